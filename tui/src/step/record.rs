//! Every session is a trace file as it goes.

use std::path::{Path, PathBuf};

use traces::format::Header;
use traces::record::Recorder;
use traces::replay::BACK_MAX;

use super::open::Document;
use super::session::Session;

/// A trace file that follows a session.
#[derive(Debug)]
pub struct Recording {
    recorder: Option<Recorder>,
    path: PathBuf,
    /// The visited states that the present branch of the file leads through, without the first.
    trail: Vec<usize>,
    /// The highest number that a step has had in the file since it was at the beginning, or more.
    deepest: usize,
    /// The states that have a bookmark in the file.
    marks: Vec<usize>,
}

impl Recording {
    /// Begins a file, in place of one that is there; a session goes on without one if that is impossible.
    pub fn start(path: &Path, session: &Session<'_>, document: &Document) -> Option<Recording> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).ok()?;
        }
        let header = Header::new(session.test(), &document.text, document.setup.clone());
        let recorder = Recorder::create(path, &header).ok()?;
        let (path, trail, marks) = (path.into(), Vec::new(), Vec::new());
        Some(Recording { recorder: Some(recorder), path, trail, deepest: 0, marks })
    }

    /// Goes on with a file whose whole past `session` has been through; `None` if that is impossible.
    pub fn resume(path: &Path, session: &Session<'_>) -> Option<Recording> {
        let recorder = Recorder::resume(path).ok()?;
        let trail: Vec<usize> = session.history.trail()[1..].to_vec();
        let marks = session.history.marks();
        (recorder.steps() == trail.len() as u64).then_some(Recording {
            recorder: Some(recorder),
            path: path.into(),
            trail,
            deepest: session.history.count(),
            marks,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether any step was recorded.
    pub fn is_empty(&self) -> bool {
        self.trail.is_empty()
    }

    /// Brings the file in step with the session.
    pub fn follow(&mut self, session: &Session<'_>) {
        let Some(recorder) = &mut self.recorder else { return };
        let history = &session.history;
        let trail = history.trail();
        let same = trail[1..].iter().zip(&self.trail).take_while(|(a, b)| a == b).count();
        // Who reads a recording goes back so far only: what is further back is told again from the beginning.
        let again = same + (BACK_MAX as usize) < self.deepest;
        let kept = if again { 0 } else { same };
        let mut good = kept == self.trail.len() || recorder.back(kept as u64).is_ok();
        self.deepest = if kept == 0 { trail.len() - 1 } else { self.deepest.max(trail.len() - 1) };
        for node in &trail[1 + kept..] {
            let item = &history.node(*node).item;
            good &= recorder.step(&item.described.name, &item.effect).is_ok();
        }
        if history.now().mark && !self.marks.contains(&history.at()) {
            self.marks.push(history.at());
            good &= recorder.bookmark(&format!("bookmark {}", self.marks.len())).is_ok();
        }
        self.trail = trail[1..].to_vec();
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

/// A file for a new session of `test` in the user's folder for the state of programs: no earlier session is
/// written over.
pub fn fresh_path(test: &str) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = variable("XDG_STATE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(".local").join("state")))?;
    let folder = base.join("litmuscope");
    std::fs::create_dir_all(&folder).ok()?;
    free_path(&folder, test, "trace.jsonl")
}

/// A file of this kind, named after `test`, that was not there and now is, empty: `SB.html`, `SB-2.html`, ...
pub fn free_path(folder: &Path, test: &str, ending: &str) -> Option<PathBuf> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "+-_.".contains(c) { c } else { '_' };
    let name = test.rsplit(['/', '\\']).next().unwrap_or(test).trim_end_matches(".litmus");
    let name: String = name.chars().map(plain).take(100).collect();
    let paths = (1..10_000).map(|number| match number {
        1 => folder.join(format!("{name}.{ending}")),
        _ => folder.join(format!("{name}-{number}.{ending}")),
    });
    for path in paths {
        match std::fs::File::create_new(&path) {
            Ok(_) => return Some(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(_) => return None,
        }
    }
    None
}
