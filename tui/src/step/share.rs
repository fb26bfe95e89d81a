//! The session as a page to give away, written in the background.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use traces::export::{Shots, film, html};
use traces::format::Lines;

use super::record::free_path;

/// A page that is being written.
#[derive(Debug)]
pub struct Sharing {
    answer: Receiver<Result<PathBuf, String>>,
}

impl Sharing {
    /// Writes the recorded session in `trace` as a page in the present folder, named after `test`.
    pub fn start(trace: PathBuf, test: &str) -> Sharing {
        let (outbox, answer) = channel();
        let test = test.to_string();
        std::thread::spawn(move || {
            let _ = outbox.send(write(&trace, &test));
        });
        Sharing { answer }
    }

    /// What came of it, in words, once that is known.
    pub fn poll(&self) -> Option<String> {
        match self.answer.try_recv() {
            Ok(Ok(path)) => Some(format!("written as a page: {}", path.display())),
            Ok(Err(reason)) => Some(reason),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some("the page could not be written".into()),
        }
    }
}

fn write(trace: &Path, test: &str) -> Result<PathBuf, String> {
    let mut lines = Lines::open(trace).map_err(|e| e.to_string())?;
    let film =
        film(&mut lines, Shots::default()).map_err(|_| "the recorded session cannot be read".to_string())?;
    let page = html::html(&film).map_err(|e| e.to_string())?;
    let path = free_path(Path::new("."), test, "html").ok_or("no file can be written here")?;
    std::fs::write(&path, page).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path))
}
