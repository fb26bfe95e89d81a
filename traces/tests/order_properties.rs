//! What must hold between machines on the built-in x86 tests, whatever the tests are.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::order::Order;
use sim_core::outcome::{Completeness, Source, State};
use sim_core::program::{Alt, Fence, Instr, Next, Op, Side};
use sim_core::search::{Options, outcomes};
use traces::{library, load};

/// The built-in x86 tests without jumps, which instructions can be put into anywhere.
fn straight() -> Vec<Test> {
    let tests = library::entries().iter().filter(|entry| entry.machine() == "x86tso");
    let tests = tests.filter_map(|entry| load::parse(entry.text).value).filter(|test| {
        let alts = test.program.threads.iter().flat_map(|t| &t.instrs).flat_map(|i| &i.alts);
        alts.clone().count() > 0 && alts.clone().all(|alt| alt.next == Next::Fall)
    });
    let tests: Vec<Test> = tests.collect();
    assert!(tests.len() > 50, "only {} tests are straight", tests.len());
    tests
}

fn states(test: &Test, order: &Order) -> BTreeSet<State> {
    let stop = AtomicBool::new(false);
    let options = Options { max_states: 1_000_000, ..Options::new(2, &stop) };
    let report = outcomes(test, order, &options);
    assert_eq!(report.outcomes.completeness, Completeness::Complete, "{}", test.name);
    report.outcomes.states.into_iter().collect()
}

/// The test with a full fence before instruction `at` of thread `thread`.
fn fenced(test: &Test, thread: usize, at: usize) -> Test {
    let mut test = test.clone();
    let fence = Fence { name: "MFENCE", before: Side::MEMORY, after: Side::MEMORY, context: false };
    let instrs = &mut test.program.threads[thread].instrs;
    let span = instrs[at].span;
    let alt = Alt { label: "", ops: vec![Op::Fence(fence)], next: Next::Fall };
    instrs.insert(at, Instr { text: "mfence".into(), span, alts: vec![alt] });
    test
}

#[test]
fn what_sequential_consistency_allows_total_store_order_allows() {
    for test in straight() {
        assert!(states(&test, &Order::sc()).is_subset(&states(&test, &Order::tso())), "{}", test.name);
    }
}

#[test]
fn a_fence_never_adds_an_outcome_and_fences_everywhere_give_sequential_consistency() {
    for test in straight() {
        let (free, sequential) = (states(&test, &Order::tso()), states(&test, &Order::sc()));
        let mut full = test.clone();
        for thread in 0..test.program.threads.len() {
            for at in (0..test.program.threads[thread].instrs.len()).rev() {
                let one = states(&fenced(&test, thread, at), &Order::tso());
                assert!(one.is_subset(&free), "{} with a fence at P{thread}.{at}", test.name);
                full = fenced(&full, thread, at);
            }
        }
        assert_eq!(states(&full, &Order::tso()), sequential, "{} with all fences", test.name);
    }
}

#[test]
fn the_order_of_threads_does_not_matter() {
    for test in straight() {
        let last = test.program.threads.len() - 1;
        let mut turned = test.clone();
        turned.program.threads.reverse();
        for item in &mut turned.observables.items {
            if let Source::Register { thread, .. } = &mut item.source {
                *thread = last - *thread;
            }
        }
        assert_eq!(states(&test, &Order::tso()), states(&turned, &Order::tso()), "{}", test.name);
    }
}
