//! From the paths on a command line to the files they mean.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The names that a folder's traces end in.
const ENDINGS: [&str; 3] = [".jsonl", ".jsonl.gz", ".jsonl.zst"];

/// The files that `paths` mean, those of a folder sorted; and a sentence for each path that means none.
pub fn traces(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<String>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let mut files = BTreeSet::new();
        match walk(path, &mut files, &mut BTreeSet::new()) {
            Err(error) => problems.push(format!("{}: {error}", path.display())),
            Ok(()) if files.is_empty() => {
                problems.push(format!(
                    "{}: no trace (*{}) in this folder",
                    path.display(),
                    ENDINGS.join(", *")
                ));
            }
            Ok(()) => found.extend(files),
        }
    }
    (found, problems)
}

/// Adds the traces below `dir`, following links, but into no folder twice.
fn walk(dir: &Path, files: &mut BTreeSet<PathBuf>, visited: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    if !visited.insert(dir.canonicalize()?) {
        return Ok(());
    }
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() || (kind.is_symlink() && path.is_dir()) {
            walk(&path, files, visited)?;
        } else if ENDINGS.iter().any(|ending| entry.file_name().to_string_lossy().ends_with(ending)) {
            files.insert(path);
        }
    }
    Ok(())
}
