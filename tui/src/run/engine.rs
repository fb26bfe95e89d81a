//! The engines behind one interface.

use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::order::Order;
use sim_core::outcome::Outcomes;
use sim_core::search::{self, Progress};

use crate::cli::Limits;

/// What an engine found.
pub struct Found {
    /// The final states.
    pub outcomes: Outcomes,
    /// Ways in which a run cannot end, each as the (thread, instruction) that spin.
    pub stuck: Vec<Vec<(usize, u32)>>,
    /// Threads and instructions that access memory outside all symbols in some run; such runs have no
    /// final state.
    pub outside: Vec<(usize, u32)>,
    /// Number of states explored.
    pub explored: u64,
    /// What else can be counted, by name.
    pub figures: Vec<(&'static str, u64)>,
}

/// Back-jumps that are followed of a loop whose states do not repeat, if nobody says how many.
const UNROLL: u32 = 4;

/// The search over words of stores.
pub fn search(test: &Test, order: &Order, limits: &Limits, stop: &AtomicBool, progress: &Progress) -> Found {
    let options = search::Options {
        unroll: limits.unroll.or(test.unroll).unwrap_or(UNROLL),
        max_states: limits.max_states.unwrap_or(u64::MAX),
        stop,
        progress: Some(progress),
    };
    let report = search::outcomes(test, order, &options);
    let windows = report.stats.windows.iter().sum::<u64>();
    let figures = vec![
        ("joint states", report.stats.joint),
        ("transitions", report.stats.letters),
        ("windows", windows),
        ("sets of windows", report.stats.sets.iter().sum()),
        ("memories", report.stats.memories),
    ];
    Found {
        outcomes: report.outcomes,
        stuck: report.stuck.into_iter().map(|stuck| stuck.spinning).collect(),
        outside: report.outside,
        explored: report.stats.joint + windows,
        figures,
    }
}
