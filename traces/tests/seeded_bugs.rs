//! Every bug that can be seeded into a protocol, and the test of the library that sees it: on a machine with that
//! protocol, what the test asks for can happen, and the architecture forbids it. Without the bug it cannot.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::machine::Hardware;
use sim_core::memory::protocol;
use sim_core::outcome::State;
use sim_core::search::visible::{self, Transactions};
use sim_core::search::{self, Options};
use traces::library::{self, Seeded, Seen};
use traces::load;
use traces::machine::Machine;

fn test(name: &str) -> Test {
    let entry = library::find(name).unwrap_or_else(|_| panic!("no test {name}"));
    load::parse(entry.text).value.expect("a test of the library")
}

/// The final states on some hardware that the architecture forbids.
fn forbidden(test: &Test, hardware: &Hardware) -> Vec<State> {
    let stop = AtomicBool::new(false);
    let options = Options { max_states: 60_000, ..Options::new(2, &stop) };
    let order = Machine::of(&test.arch).order();
    let allowed = search::outcomes(test, &order, &options).outcomes.states;
    let found = visible::on(test, &order, hardware, Transactions::Interleaved, &options);
    let found = found.expect("possible").outcomes.states;
    found.into_iter().filter(|state| !allowed.contains(state)).collect()
}

fn hardware(protocol: &str, bug: Option<&str>, features: &[&str]) -> Hardware {
    let bug = bug.map(|bug| format!("bug={bug}"));
    let features = features.iter().copied().chain(bug.as_deref());
    Hardware::named(Some(protocol), features).expect("possible")
}

#[test]
fn tests_see_the_bugs() {
    for Seeded { protocol, bug, seen } in library::seeded() {
        let Seen::In { test: name, features } = seen else { continue };
        let test = test(name);
        let seen = forbidden(&test, &hardware(protocol, Some(bug), &features));
        let asked = seen.iter().any(|state| test.condition.prop.holds(state));
        assert!(asked, "{name} does not see {protocol} {bug}: {seen:?}");
        let correct = forbidden(&test, &hardware(protocol, None, &features));
        assert_eq!(correct, [], "{name} on {protocol} without {bug}");
    }
}

#[test]
fn every_bug_is_accounted_for() {
    let all = protocol::all();
    let bugs = all.iter().flat_map(|p| p.bugs.iter().map(|bug| (p.name, bug.name)));
    let told: Vec<Seeded> = library::seeded();
    assert_eq!(told.len(), bugs.clone().count(), "a bug is told of twice");
    assert_eq!(bugs.collect::<BTreeSet<_>>(), told.iter().map(|told| (told.protocol, told.bug)).collect());
    for Seeded { protocol, bug, seen } in told {
        let Seen::Nowhere(why) = seen else { continue };
        for (name, features) in
            [("reread", [].as_slice()), ("reread", &["ways=1"]), ("two-writers", &["warm-caches"])]
        {
            let broken = hardware(protocol, Some(bug), features);
            assert_eq!(forbidden(&test(name), &broken), [], "{bug}: {why}");
        }
    }
}
