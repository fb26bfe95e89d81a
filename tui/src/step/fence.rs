//! Trying fences: every kind at every place that matters, each searched in the background.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};

use sim_core::litmus::Test;
use sim_core::order::Order;
use sim_core::outcome::Completeness;
use sim_core::search::{self, Options};
use traces::fences;

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
    /// Whether the outcome that is watched is gone.
    pub forbids: bool,
    /// The text of the test with the fence.
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
    /// Tries the fences of the document's architecture under `order`.
    pub fn start(document: &Document, order: &Order, watched: Option<String>) -> Trials {
        let (outbox, answers) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (text, order, goal, stopped) =
            (document.text.clone(), order.clone(), watched.clone(), stop.clone());
        let unroll = document.setup.unroll;
        std::thread::spawn(move || {
            let Some(test) = traces::load::parse(&text).value else { return };
            for (title, text) in candidates(&test, &text) {
                let Some(changed) = traces::load::parse(&text).value else { continue };
                let options = Options { max_states: 200_000, ..Options::new(unroll, &stopped) };
                let found = search::outcomes(&changed, &order, &options).outcomes;
                let left: Vec<String> =
                    found.states.iter().map(|s| traces::view::final_state(&changed, s)).collect();
                let complete = found.completeness == Completeness::Complete;
                let forbids = complete && goal.as_ref().is_some_and(|g| !left.contains(g));
                if outbox.send(Trial { title, left, complete, forbids, text }).is_err() {
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
        self.found.sort_by_key(|t| !t.forbids);
        before != (self.found.len(), self.finished)
    }
}

impl Drop for Trials {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Every fence at every place, then in every thread at once.
fn candidates(test: &Test, text: &str) -> Vec<(String, String)> {
    let places = fences::places(test);
    let mut all = Vec::new();
    for fence in fences::of(&test.arch) {
        for (thread, pc) in &places {
            let title = format!("{fence} after P{thread}.{}", pc + 1);
            all.push((title, fences::insert(test, text, fence, &[(*thread, *pc)])));
        }
        if places.len() > 1 {
            let title = format!("{fence} between all accesses of every thread");
            all.push((title, fences::insert(test, text, fence, &places)));
        }
    }
    all
}
