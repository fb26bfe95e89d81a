//! The plain search: every reachable state of the visible machine.
//!
//! Slower than the [search over words](super::joint) and written over other operations (single steps,
//! squashes instead of dropped windows), so that agreement of the two is evidence.
//!
//! # Caches
//!
//! [`on`] explores a machine with caches. By default every step of caches, bus and directory is taken in every order
//! ([`Transactions::Interleaved`]): that is the test that caches are transparent, and it meets many states. Where only
//! outcomes are asked, [`Transactions::Whole`] takes an access and everything that brings its lines as one step, and
//! waits until nothing is under way. On coherent hardware that loses no outcome: take any run, and look at its accesses
//! in the order in which they complete. Every one of them returns or changes the last completed store and nothing
//! else, and whether the core lets it happen depends on accesses only. So the same accesses in the same order are a
//! run of whole transactions, provided that from a quiet state any line can be brought into any cache, which
//! the protocol checker proves of each protocol (no deadlock). It finds no outcome that is not there either, for it
//! takes steps of the machine only. On hardware that is not coherent it may miss outcomes.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use indexmap::IndexSet;

use super::report::{Options, Report, Stats};
use crate::litmus::Test;
use crate::machine::{Hardware, Machine, State};
use crate::order::{Layout, Order};
use crate::outcome::Outcomes;

/// How the steps between caches are explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transactions {
    /// Every order of all steps.
    #[default]
    Interleaved,
    /// An access with everything that it needs is one step.
    Whole,
}

/// All final states of `test` on the visible machine under `order`, with one flat memory.
pub fn outcomes(test: &Test, order: &Order, options: &Options<'_>) -> Report {
    let layout = Layout::new(&test.program);
    explore(Machine::new(test, order, &layout, options.unroll), options)
}

/// All final states of `test` on the visible machine under `order` on some hardware.
///
/// # Errors
///
/// Why the test cannot run on this hardware.
pub fn on(
    test: &Test,
    order: &Order,
    hardware: &Hardware,
    transactions: Transactions,
    options: &Options<'_>,
) -> Result<Report, String> {
    let layout = Layout::new(&test.program);
    let order = hardware.order(order);
    let mut machine = Machine::new(test, &order, &layout, options.unroll).on(hardware)?;
    machine.whole = transactions == Transactions::Whole;
    Ok(explore(machine, options))
}

fn explore(machine: Machine<'_>, options: &Options<'_>) -> Report {
    let test = machine.test();
    let mut machine = machine.forgetting();
    // Entering the store buffer is invisible to other cores and never in the way of another step.
    machine.eager = machine.buffers_are_private();
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
                limit = Some(format!("the limit of {} states", options.max_states));
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
