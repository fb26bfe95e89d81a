//! From the paths on a command line to the files they mean, and what those hold.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use traces::access;

use crate::cli::ReplayKind;

/// The names that a folder's recorded traces end in.
const ENDINGS: [&str; 3] = [".jsonl", ".jsonl.gz", ".jsonl.zst"];

/// What the paths on a command line mean.
pub enum Paths {
    /// Recorded traces, those of a folder sorted; and a sentence for each path that means none.
    Steps(Vec<PathBuf>, Vec<String>),
    /// The files of one memory-access trace.
    Accesses(Vec<PathBuf>),
}

/// What `paths` mean, where `kind` is what somebody said that they hold.
///
/// # Errors
/// A sentence, if they hold both.
pub fn sort(paths: &[PathBuf], kind: Option<ReplayKind>) -> Result<Paths, String> {
    match kind {
        Some(ReplayKind::Steps) => return Ok(steps(paths)),
        Some(_) => return Ok(Paths::Accesses(paths.to_vec())),
        None => {}
    }
    let recorded: Vec<Option<bool>> = paths.iter().map(|path| is_recorded(path)).collect();
    let other =
        |wanted: bool| recorded.iter().position(|found| *found == Some(wanted)).map(|at| paths[at].display());
    match (other(true), other(false)) {
        (Some(steps), Some(accesses)) => Err(format!(
            "{steps} is a recorded trace and {accesses} is none: replay memory-access traces by themselves, or say \
             what files hold by --kind"
        )),
        (_, None) => Ok(steps(paths)),
        (None, Some(_)) => Ok(Paths::Accesses(paths.to_vec())),
    }
}

/// Whether a path is a folder, or a file that by its name or its first byte is a recorded trace; `None` if there is
/// no such file, which is reported like the others.
fn is_recorded(path: &Path) -> Option<bool> {
    if path.is_dir() || is_named_like_a_trace(path) {
        return Some(true);
    }
    path.exists().then(|| access::is_json(path).unwrap_or(false))
}

/// Whether a path ends like that of a recorded trace.
pub fn is_named_like_a_trace(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The recorded traces that `paths` mean.
fn steps(paths: &[PathBuf]) -> Paths {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let mut files = BTreeSet::new();
        match walk(path, &mut files, &mut BTreeSet::new()) {
            Err(error) => problems.push(format!("{}: {}", path.display(), traces::load::said(&error))),
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
    Paths::Steps(found, problems)
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
        } else if is_named_like_a_trace(&path) && (kind.is_file() || (kind.is_symlink() && path.is_file())) {
            files.insert(path);
        }
    }
    Ok(())
}
