//! Trying fences: every kind at every place that matters, each searched in the background.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};

use sim_core::litmus::Test;
use sim_core::outcome::Completeness;
use sim_core::search::Options;
use traces::fences;
use traces::session::Session as Bench;

use super::open::Document;

/// A fence that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Where and what: `mfence after P0.1`.
    pub title: String,
    /// The outcomes that are left.
    pub left: Vec<String>,
    /// Whether these are all.
    pub complete: bool,
    /// Whether the outcome that is watched is gone; `None` if the search was too long to tell.
    pub forbids: Option<bool>,
    /// The name of the test with the fence.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Fences being tried.
#[derive(Debug)]
pub struct Trials {
    found: Vec<Trial>,
    answers: Receiver<Trial>,
    stop: Arc<AtomicBool>,
    /// The outcome that is watched.
    pub watched: Option<String>,
    /// Whether all were tried.
    pub finished: bool,
}

impl Trials {
    /// Tries the fences of the document's architecture on its machine.
    pub fn start(document: &Document, watched: Option<String>) -> Trials {
        let (outbox, answers) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (text, setup, goal, stopped) =
            (document.text.clone(), document.setup.clone(), watched.clone(), stop.clone());
        std::thread::spawn(move || {
            let Some(test) = traces::load::parse(&text).value else { return };
            for Candidate { title, name, text } in candidates(&test, &text) {
                let Some(changed) = traces::load::parse(&text).value else { continue };
                let Ok(bench) = Bench::new(changed, setup.clone()) else { continue };
                let options = Options { max_states: 200_000, ..Options::new(setup.unroll, &stopped) };
                let found = bench.outcomes(&options).outcomes;
                let left: Vec<String> =
                    found.states.iter().map(|s| traces::view::final_state(&bench.test, s)).collect();
                let complete = found.completeness == Completeness::Complete;
                let stays = goal.as_ref().is_none_or(|g| left.contains(g));
                let forbids = (complete || stays).then_some(!stays);
                if outbox.send(Trial { title, left, complete, forbids, name, text }).is_err() {
                    return;
                }
            }
        });
        Trials { found: Vec::new(), answers, stop, watched, finished: false }
    }

    /// What was tried so far: those that forbid the watched outcome first.
    pub fn found(&self) -> &[Trial] {
        &self.found
    }

    /// Takes in what was found. Returns whether anything was.
    pub fn poll(&mut self) -> bool {
        let before = (self.found.len(), self.finished);
        loop {
            match self.answers.try_recv() {
                Ok(trial) => self.found.push(trial),
                Err(error) => {
                    self.finished |= error == std::sync::mpsc::TryRecvError::Disconnected;
                    break;
                }
            }
        }
        self.found.sort_by_key(|t| t.forbids != Some(true));
        before != (self.found.len(), self.finished)
    }
}

impl Drop for Trials {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// A fence to try.
struct Candidate {
    title: String,
    name: String,
    text: String,
}

/// Every fence at every place, then in every thread at once.
fn candidates(test: &Test, text: &str) -> Vec<Candidate> {
    let places = fences::places(test);
    let mut all = Vec::new();
    for fence in fences::of(&test.arch) {
        // As the fence stands in names of tests.
        let word = fence.to_lowercase().replace(' ', ".");
        let with = |title: String, name: String, places: &[fences::Place]| {
            let text = fences::renamed(&fences::insert(test, text, fence, places), &test.name, &name);
            Candidate { title, name, text }
        };
        for (thread, pc) in &places {
            let place = format!("P{thread}.{}", pc + 1);
            let name = format!("{}+{word}-{place}", test.name);
            all.push(with(format!("{fence} after {place}"), name, &[(*thread, *pc)]));
        }
        if places.len() > 1 {
            let title = format!("{fence} between all accesses of every thread");
            all.push(with(title, format!("{}+{word}s", test.name), &places));
        }
    }
    all
}
