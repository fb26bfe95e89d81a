//! The plain search: every reachable state of the visible machine.
//!
//! Slower than the [search over words](super::joint) and written over other operations (single steps,
//! squashes instead of dropped windows), so that agreement of the two is evidence.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use indexmap::IndexSet;

use super::report::{Options, Report, Stats};
use crate::litmus::Test;
use crate::machine::{Machine, State};
use crate::order::{Layout, Order};
use crate::outcome::Outcomes;

/// All final states of `test` on the visible machine under `order`.
pub fn outcomes(test: &Test, order: &Order, options: &Options<'_>) -> Report {
    let layout = Layout::new(&test.program);
    let mut machine = Machine::new(test, order, &layout, options.unroll).forgetting();
    // Entering the store buffer is invisible to other cores and never in the way of another step.
    machine.eager = true;
    let mut seen: IndexSet<State, foldhash::fast::FixedState> = IndexSet::default();
    seen.insert(machine.initial());
    let (mut found, mut steps, mut next, mut limit) = (BTreeSet::new(), 0, 0, None);
    while let Some(state) = seen.get_index(next).cloned() {
        next += 1;
        if let Some(outcome) = machine.outcome(&state)
            && test.filter.as_ref().is_none_or(|filter| filter.holds(&outcome))
        {
            found.insert(outcome);
        }
        for step in machine.enabled(&state) {
            steps += 1;
            seen.extend(machine.apply(&state, &step));
        }
        if next % 256 == 0 {
            if let Some(progress) = options.progress {
                progress.states.store(seen.len() as u64, Ordering::Relaxed);
                progress.frontier.store((seen.len() - next) as u64, Ordering::Relaxed);
            }
            if seen.len() as u64 > options.max_states {
                limit = Some(format!("{} states", options.max_states));
            } else if options.stop.load(Ordering::Relaxed) {
                limit = Some("stopped".to_string());
            }
            if limit.is_some() {
                break;
            }
        }
    }
    let completeness = machine.completeness().within(limit, seen.len() as u64);
    Report {
        outcomes: Outcomes { states: found.into_iter().collect(), completeness },
        stuck: Vec::new(),
        outside: Vec::new(),
        stats: Stats { joint: seen.len() as u64, letters: steps, ..Stats::default() },
    }
}
