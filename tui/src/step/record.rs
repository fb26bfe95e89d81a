//! Every session is a trace file as it goes.

use std::path::{Path, PathBuf};

use traces::format::{Header, Setup};
use traces::record::Recorder;

use super::app::Document;
use super::session::Session;

/// A trace file that follows a session.
#[derive(Debug)]
pub struct Recording {
    recorder: Option<Recorder>,
    /// The visited states that the present branch of the file leads through, without the first.
    trail: Vec<usize>,
}

impl Recording {
    /// Begins the file; a session goes on without one if that is impossible.
    pub fn start(path: &Path, session: &Session<'_>, document: &Document) -> Option<Recording> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).ok()?;
        }
        let setup = Setup::new(document.machine, session.test());
        let header = Header::new(session.test(), &document.text, setup);
        let recorder = Recorder::create(path, &header).ok()?;
        Some(Recording { recorder: Some(recorder), trail: Vec::new() })
    }

    /// Brings the file in step with the session.
    pub fn follow(&mut self, session: &Session<'_>) {
        let Some(recorder) = &mut self.recorder else { return };
        let trail: Vec<usize> = session.history.trail()[1..].to_vec();
        if trail == self.trail {
            return;
        }
        let same = trail.iter().zip(&self.trail).take_while(|(a, b)| a == b).count();
        let mut good = same == self.trail.len() || recorder.back(same as u64).is_ok();
        for node in &trail[same..] {
            let item = &session.history.node(*node).item;
            good &= recorder.step(&item.described.name, &item.effect).is_ok();
        }
        self.trail = trail;
        if !good {
            // The disk is full, or the folder gone: what was written stays.
            self.recorder = None;
        }
    }

    /// Ends the file.
    pub fn finish(mut self, session: &Session<'_>) {
        self.follow(session);
        if let Some(recorder) = self.recorder.take() {
            let _ = recorder.finish(session.final_text());
        }
    }
}

/// Where the sessions of a test are kept if nobody says: the user's folder for the state of programs.
pub fn default_path(test: &str) -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = folder("XDG_STATE_HOME")
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".local").join("state")))?;
    let plain = |c: char| if c.is_ascii_alphanumeric() || "+-_.".contains(c) { c } else { '_' };
    let name: String = test.chars().map(plain).collect();
    Some(base.join("litmuscope").join(format!("{name}.trace.jsonl")))
}
