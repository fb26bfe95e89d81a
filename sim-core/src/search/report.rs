//! What a search is asked, and what it answers.

use std::sync::atomic::{AtomicBool, AtomicU64};

use crate::outcome::Outcomes;

/// What a search may use.
#[derive(Debug)]
pub struct Options<'a> {
    /// Backward jumps to one target that one thread may predict before any of them is decided.
    pub unroll: u32,
    /// Most states (joint states and windows) to hold.
    pub max_states: u64,
    /// Whether to give no more than one final state in which the condition holds and one in which it does
    /// not, instead of all of them.
    pub verdict_only: bool,
    /// Whether the threads of the program may be worked on in parallel. The report is the same.
    pub parallel: bool,
    /// Set from outside to end the search.
    pub stop: &'a AtomicBool,
    /// Written to while the search goes on.
    pub progress: Option<&'a Progress>,
}

impl<'a> Options<'a> {
    /// No limit but `unroll`, and no more than one processor.
    pub fn new(unroll: u32, stop: &'a AtomicBool) -> Options<'a> {
        Options { unroll, max_states: u64::MAX, verdict_only: false, parallel: false, stop, progress: None }
    }
}

/// Figures of a running search, to be read by others.
#[derive(Debug, Default)]
pub struct Progress {
    /// States found.
    pub states: AtomicU64,
    /// Joint states that have not been looked at.
    pub frontier: AtomicU64,
}

/// Figures of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Joint states.
    pub joint: u64,
    /// Steps between joint states.
    pub letters: u64,
    /// Windows of each thread.
    pub windows: Vec<u64>,
    /// Sets of windows of each thread.
    pub sets: Vec<u64>,
    /// Different memories.
    pub memories: u64,
    /// `layers[n]`: the joint states that need `n` completed stores to be reached.
    pub layers: Vec<u64>,
}

/// A way in which a program can fail to end: nothing can change memory any more, and these threads spin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stuck {
    /// Per spinning thread: its index and the instruction at the head of its loop.
    pub spinning: Vec<(usize, u32)>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The final states.
    pub outcomes: Outcomes,
    /// The ways in which the program can fail to end, sorted.
    pub stuck: Vec<Stuck>,
    /// Threads and instructions that access memory outside all symbols in some run; such runs have no
    /// final state.
    pub outside: Vec<(usize, u32)>,
    /// Figures.
    pub stats: Stats,
}
