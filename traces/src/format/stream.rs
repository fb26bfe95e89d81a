//! Lines of a file, compressed or not, without ever holding more than one.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use memchr::memchr;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::frames::Frames;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// `.gz`.
    Gzip,
    /// `.zst`.
    Zstd,
}

impl Compression {
    /// How a file is to be compressed, by the extension of its path.
    pub fn of(path: &Path) -> Compression {
        match path.extension().and_then(|e| e.to_str()) {
            Some("gz") => Compression::Gzip,
            Some("zst") => Compression::Zstd,
            _ => Compression::Plain,
        }
    }

    /// How a file is compressed, by the bytes with which it begins (RFC 1952 section 2.3.1, RFC 8878 section 3.1.1), of which
    /// there may be too few.
    pub fn of_bytes(beginning: &[u8]) -> Compression {
        let begins = |magic: &[u8]| !beginning.is_empty() && beginning.iter().zip(magic).all(|(a, b)| a == b);
        if begins(&[0x1f, 0x8b]) {
            Compression::Gzip
        } else if begins(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Compression::Zstd
        } else {
            Compression::Plain
        }
    }
}

/// Compressed files are written in blocks of this many bytes, each of which can be read without the next.
const BLOCK_BYTES: usize = 256 << 10;

/// Writes lines. What was written survives the death of the process: each line if the file is plain, each
/// block of 256 KiB if it is compressed.
pub struct Writer {
    out: Box<dyn Write + Send>,
    compression: Compression,
    /// What is not in the file yet.
    block: Vec<u8>,
}

impl Writer {
    /// A new, empty file.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(path: &Path) -> io::Result<Writer> {
        Ok(Writer::new(File::create(path)?, Compression::of(path)))
    }

    /// Goes on at the end of a file.
    ///
    /// # Errors
    /// Those of the system.
    pub fn append(path: &Path) -> io::Result<Writer> {
        Ok(Writer::new(OpenOptions::new().append(true).open(path)?, Compression::of(path)))
    }

    /// Writes to `out`.
    pub fn new(out: impl Write + Send + 'static, compression: Compression) -> Writer {
        Writer { out: Box::new(out), compression, block: Vec::new() }
    }

    /// Writes one line; `text` has no line break.
    ///
    /// # Errors
    /// Those of the system.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.block.extend_from_slice(text.as_bytes());
        self.block.push(b'\n');
        if self.compression == Compression::Plain || self.block.len() >= BLOCK_BYTES {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Makes sure that all lines are in the file.
    ///
    /// # Errors
    /// Those of the system.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        match self.compression {
            Compression::Plain => self.out.write_all(&self.block)?,
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(&self.block)?;
                self.out.write_all(&encoder.finish()?)?;
            }
            Compression::Zstd => {
                self.out.write_all(&compress_to_vec(self.block.as_slice(), CompressionLevel::Fastest))?;
            }
        }
        self.block.clear();
        self.out.flush()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nobody is left to be told; `flush` is there for those who want to know.
        let _ = self.flush();
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("compression", &self.compression).finish_non_exhaustive()
    }
}

/// No line of a trace has this many bytes: its header holds a test, and that is bounded.
pub const LINE_MAX: u64 = 4 * crate::load::SIZE_MAX;

/// A line has more than `LINE_MAX` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// Reads lines, one at a time.
pub struct Lines<'a> {
    input: Box<dyn BufRead + 'a>,
    compression: Compression,
    buffer: Vec<u8>,
    /// Number of the present line, from 1.
    pub number: u64,
    /// Whether the present line has its line break.
    pub whole: bool,
}

impl<'a> Lines<'a> {
    /// The lines of a file, compressed or not.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(path: &Path) -> io::Result<Lines<'static>> {
        Ok(Lines::new(File::open(path)?))
    }

    /// The lines of `input`, which tells by its first bytes how it is compressed.
    pub fn new(input: impl Read + 'a) -> Lines<'a> {
        let mut raw = BufReader::with_capacity(64 << 10, input);
        // What cannot be read is told where the first line is asked for.
        let compression = raw.fill_buf().map_or(Compression::Plain, Compression::of_bytes);
        let input: Box<dyn BufRead + 'a> = match compression {
            Compression::Plain => Box::new(raw),
            Compression::Gzip => Box::new(BufReader::with_capacity(64 << 10, MultiGzDecoder::new(raw))),
            Compression::Zstd => Box::new(BufReader::with_capacity(64 << 10, Frames::new(raw))),
        };
        Lines { input, compression, buffer: Vec::new(), number: 0, whole: true }
    }

    /// Reads on to the end and says what of the file is damaged, if it is compressed: checksums stand behind what they are
    /// for.
    pub fn damage(&mut self) -> Option<io::Error> {
        while self.compression != Compression::Plain {
            match self.input.fill_buf().map(<[u8]>::len) {
                Ok(0) => break,
                Ok(read) => self.input.consume(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Some(error),
            }
        }
        None
    }

    /// Goes to the next line; gives whether there is one.
    ///
    /// # Errors
    /// Those of the system; a compressed file that breaks off has the kind `UnexpectedEof`; [`TooLong`] comes
    /// as an error of kind `InvalidData`.
    pub fn advance(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        self.number += 1;
        loop {
            let block = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                block => block?,
            };
            let line_break = memchr(b'\n', block);
            let line = &block[..line_break.unwrap_or(block.len())];
            if self.buffer.len() + line.len() >= LINE_MAX as usize {
                return Err(io::Error::new(io::ErrorKind::InvalidData, TooLong));
            }
            self.buffer.extend_from_slice(line);
            self.whole = line_break.is_some();
            let (end, read) = (block.is_empty(), line.len() + usize::from(self.whole));
            self.input.consume(read);
            if self.whole || end {
                return Ok(self.whole || !self.buffer.is_empty());
            }
        }
    }

    /// The present line without its line break, and the first one without a byte order mark.
    pub fn bytes(&self) -> &[u8] {
        match self.buffer.strip_prefix("\u{feff}".as_bytes()) {
            Some(rest) if self.number == 1 => rest,
            _ => &self.buffer,
        }
    }
}

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a line of more than {} MiB", LINE_MAX >> 20)
    }
}

impl std::error::Error for TooLong {}

impl std::fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines").field("number", &self.number).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_written_in_blocks_is_read_as_lines() {
        let wanted: Vec<String> = (0..40_000).map(|n| format!("line {n} of a file")).collect();
        for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            let file = Shared::default();
            let mut writer = Writer::new(file.clone(), compression);
            wanted.iter().for_each(|line| writer.line(line).unwrap());
            writer.flush().unwrap();
            let bytes = file.0.lock().unwrap().clone();
            let mut lines = Lines::new(bytes.as_slice());
            for line in &wanted {
                assert!(lines.advance().unwrap());
                assert_eq!(lines.bytes(), line.as_bytes(), "{compression:?}");
            }
            assert!(!lines.advance().unwrap());
            // Of a file that was cut, every block before the cut can be read.
            let mut cut = Lines::new(&bytes[..bytes.len() - 5]);
            let mut count = 0;
            while let Ok(true) = cut.advance() {
                count += 1;
            }
            assert!(count > 10_000, "{compression:?}: {count}");
        }
    }
}
