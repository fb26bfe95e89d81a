//! Caches are transparent: on every protocol, a test has the outcomes of the search. And what is not transparent is
//! seen: seeded bugs, and hardware that no architecture describes.

use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::machine::Hardware;
use sim_core::memory::protocol;
use sim_core::outcome::{Completeness, Outcomes};
use sim_core::search::visible::{self, Transactions};
use sim_core::search::{self, Options};
use traces::library::{self, Entry};
use traces::load;
use traces::machine::Machine;

/// How far the searches go.
fn options(stop: &AtomicBool, max_states: u64) -> Options<'_> {
    Options { unroll: 2, max_states, verdict_only: false, stop, progress: None, parallel: false }
}

#[track_caller]
fn test(text: &str) -> Test {
    load::parse(text).value.expect("a test")
}

fn built_in(machine: &str, name: &str) -> &'static Entry {
    let found = library::entries().iter().find(|e| e.machine() == machine && e.name == name);
    found.unwrap_or_else(|| panic!("no test {machine}/{name}"))
}

/// All final states according to the search.
fn searched(test: &Test) -> Option<Outcomes> {
    let stop = AtomicBool::new(false);
    let found = search::outcomes(test, &Machine::of(&test.arch).order(), &options(&stop, 200_000)).outcomes;
    (found.completeness == Completeness::Complete).then_some(found)
}

/// What the machine finds on some hardware, within a number of states.
#[track_caller]
fn on(test: &Test, hardware: &Hardware, transactions: Transactions, max_states: u64) -> Outcomes {
    let stop = AtomicBool::new(false);
    let order = Machine::of(&test.arch).order();
    let report = visible::on(test, &order, hardware, transactions, &options(&stop, max_states));
    report.unwrap_or_else(|reason| panic!("{}: {reason}", test.name)).outcomes
}

/// Hardware with each protocol.
fn protocols(features: &[&str]) -> Vec<Hardware> {
    let named = |p: &protocol::Protocol| Hardware::named(Some(p.name), features.iter().copied());
    protocol::all().iter().map(|p| named(p).expect("possible")).collect()
}

/// Compares a test's outcomes on some hardware with those of the search; whether the machine got to the end.
#[track_caller]
fn compare(test: &Test, hardware: &Hardware, transactions: Transactions, max_states: u64) -> bool {
    let Some(expected) = searched(test) else { return false };
    let found = on(test, hardware, transactions, max_states);
    let complete = found.completeness == Completeness::Complete;
    let missing = expected.states.iter().filter(|state| complete && !found.states.contains(state)).count();
    let extra = found.states.iter().filter(|state| !expected.states.contains(state)).count();
    let (protocol, features) = (hardware.protocol(), hardware.features());
    let name = &test.name;
    assert_eq!(
        (missing, extra),
        (0, 0),
        "missing and additional states of {name} on {protocol:?} {features:?}"
    );
    complete
}

/// Every order of all steps between caches, on the smallest tests.
#[test]
fn interleaved_transactions_are_transparent() {
    for name in ["x86tso/SB", "x86tso/MP", "x86tso/SB+mfences", "armv8/MP", "armv8/CoRR"] {
        let (machine, name) = name.split_once('/').expect("a folder");
        let test = test(built_in(machine, name).text);
        for hardware in protocols(&[]) {
            assert!(compare(&test, &hardware, Transactions::Interleaved, 400_000), "{name} is too large");
        }
    }
}
