//! Bytes of files, decompressed as they are read.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::Error;
use crate::format::Frames;

/// A stream of decompressed bytes.
pub(super) type Input = Box<dyn Read>;

/// The streams in a file, with their names: one, or one per member of an archive in the order of their names.
pub(super) fn open(path: &Path) -> Result<Vec<(String, Input)>, Error> {
    let name = path.display().to_string();
    let fail = |message: String| Error { file: name.clone(), line: 0, message };
    let mut file = File::open(path).map_err(|error| fail(error.to_string()))?;
    let mut magic = [0; 4];
    let read = file.read(&mut magic).map_err(|error| fail(error.to_string()))?;
    file.rewind().map_err(|error| fail(error.to_string()))?;
    match &magic[..read] {
        [0x1f, 0x8b, ..] => Ok(vec![(name, Box::new(flate2::read::MultiGzDecoder::new(file)))]),
        [0x28, 0xb5, 0x2f, 0xfd] => Ok(vec![(name, Box::new(Frames::new(BufReader::new(file))))]),
        [b'P', b'K', 3, 4] => members(path, file).map_err(fail),
        [b'P', b'K', 5, 6] => Err(fail("the archive is empty".to_owned())),
        _ => Ok(vec![(name, Box::new(file))]),
    }
}

/// The members of an archive, each with a file handle of its own, so that they can be read side by side.
fn members(path: &Path, file: File) -> Result<Vec<(String, Input)>, String> {
    let mut archive = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
    let mut found = vec![];
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| error.to_string())?;
        if member.is_dir() {
            continue;
        }
        let inside = member.name().map_err(|error| error.to_string())?.into_owned();
        let name = format!("{}/{inside}", path.display());
        let mut file = File::open(path).map_err(|error| error.to_string())?;
        let start = member.data_start().ok_or("the archive does not say where its members are")?;
        file.seek(SeekFrom::Start(start)).map_err(|error| error.to_string())?;
        let bytes = file.take(member.compressed_size());
        let input: Input = match member.compression() {
            zip::CompressionMethod::Stored => Box::new(bytes),
            zip::CompressionMethod::Deflated => Box::new(flate2::read::DeflateDecoder::new(bytes)),
            other => return Err(format!("{inside} is compressed by {other}, which is not read")),
        };
        found.push((name, input));
    }
    found.sort_by(|(one, _), (other, _)| natural(one).cmp(&natural(other)));
    Ok(found)
}

/// A key that puts `core_10` after `core_9`.
fn natural(name: &str) -> Vec<(u64, &str)> {
    name.split_inclusive(|c: char| !c.is_ascii_digit())
        .map(|part| {
            let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            (part[..digits].parse().unwrap_or(0), &part[digits..])
        })
        .collect()
}
