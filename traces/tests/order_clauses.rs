//! Every clause of the machines' orders matters: a machine without it has other outcomes on the test that
//! the clause names.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::order::{Clause, Order, Rules};
use sim_core::outcome::{Completeness, State};
use sim_core::search::{Options, outcomes};
use traces::library::{self, Entry};
use traces::load;

fn states(test: &Test, order: &Order) -> BTreeSet<State> {
    let stop = AtomicBool::new(false);
    let report = outcomes(test, order, &Options { max_states: 1_000_000, ..Options::new(2, &stop) });
    assert_eq!(report.outcomes.completeness, Completeness::Complete, "{}", test.name);
    report.outcomes.states.into_iter().collect()
}

fn load(entry: &Entry) -> Test {
    load::parse(entry.text).value.unwrap_or_else(|| panic!("{} does not load", entry.path))
}

#[track_caller]
fn check(machine: &str, order: &Order, clauses: &[Clause]) {
    for clause in clauses {
        let found = library::find(&format!("{machine}/{}", clause.test));
        let test = load(found.unwrap_or_else(|_| panic!("{machine} has no test {}", clause.test)));
        let (whole, less) = (states(&test, order), states(&test, &order.without(clause.rule)));
        assert_ne!(whole, less, "without {:?}, {} has the same outcomes", clause.rule, test.name);
        // To wait less allows more; to forward less allows less.
        let (narrow, wide) = if clause.rule == Rules::FORWARDING { (less, whole) } else { (whole, less) };
        assert!(narrow.is_subset(&wide), "without {:?}, {} has fewer outcomes", clause.rule, test.name);
    }
}

#[test]
fn each_clause_of_armv8_shows_in_its_test() {
    check("armv8", &isa_armv8::order(), isa_armv8::CLAUSES);
}

#[test]
fn each_clause_of_x86_tso_shows_in_its_test() {
    check("x86tso", &isa_x86tso::order(), isa_x86tso::CLAUSES);
}

fn all(clauses: &[Clause]) -> Rules {
    clauses.iter().fold(Rules::empty(), |all, clause| {
        assert!(!all.intersects(clause.rule), "{:?} stands twice", clause.rule);
        all.union(clause.rule)
    })
}

#[test]
fn the_clauses_are_the_whole_order_of_armv8() {
    assert_eq!(all(isa_armv8::CLAUSES), isa_armv8::order().rules);
}

/// The rules of x86-TSO that are no clause follow from the clauses: without them nothing changes.
#[test]
fn the_clauses_give_the_whole_order_of_x86_tso() {
    let order = isa_x86tso::order();
    let rest = order.rules.difference(all(isa_x86tso::CLAUSES));
    assert_eq!(rest, Rules::SAME_LOCATION | Rules::HAZARD | Rules::INSIDE);
    let tests = library::entries().iter().filter(|e| e.machine() == "x86tso" && e.family() != "algorithms");
    let mut compared = 0;
    for test in tests.map(load) {
        assert_eq!(states(&test, &order), states(&test, &order.without(rest)), "{}", test.name);
        compared += 1;
    }
    assert!(compared > 80, "only {compared} tests");
}
