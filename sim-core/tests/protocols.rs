//! The protocol tables as printed, what the checker finds in each, and every seeded bug.

use sim_core::memory::check::{Config, Report, check};
use sim_core::memory::protocol::{self, Protocol};
use sim_core::outcome::Completeness;

fn checked(protocol: Protocol, cores: u8, lines: u8, symmetry: bool) -> Report {
    check(&Config { symmetry, ..Config::new(protocol, cores, lines) }).expect("a valid configuration")
}

#[test]
fn tables_print_as_in_the_textbook() {
    for protocol in protocol::all() {
        insta::assert_snapshot!(format!("table_{}", protocol.name), protocol.render(None));
    }
}

#[test]
fn a_bug_is_marked_in_the_table() {
    let mesi = protocol::find("mesi").expect("it is built in");
    let bug = mesi.bug("missing-invalidation").expect("it is built in");
    insta::assert_snapshot!(mesi.render(Some(bug)));
}

/// Every state of every protocol satisfies the invariants, every entry of every table is used.
#[test]
fn protocols_are_correct_and_have_no_superfluous_entries() {
    let mut lines = vec![];
    for protocol in protocol::all() {
        for (cores, count) in [(1, 1), (2, 1), (3, 1), (4, 1), (2, 2)] {
            let report = checked(protocol.clone(), cores, count, true);
            let name = protocol.name;
            assert!(report.counterexample.is_none(), "{name} {cores}: {:?}", report.counterexample);
            assert_eq!(report.completeness, Completeness::Complete);
            if cores >= 3 {
                assert_eq!(report.unreached, Vec::<String>::new(), "{name} with {cores} cores");
            }
            let (states, steps, depth) = (report.states, report.steps, report.depth);
            lines.push(format!(
                "{name} {cores} cores {count} lines: {states} states, {steps} steps, depth {depth}"
            ));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// Symmetry loses nothing: the same entries are used at the same greatest distance from the start.
#[test]
fn symmetry_reduction_finds_what_the_plain_search_finds() {
    for protocol in protocol::all() {
        for (cores, count) in [(2, 1), (3, 1), (2, 2)] {
            let (reduced, plain) = (
                checked(protocol.clone(), cores, count, true),
                checked(protocol.clone(), cores, count, false),
            );
            assert!(plain.counterexample.is_none());
            assert_eq!(reduced.depth, plain.depth, "{}", protocol.name);
            assert_eq!(reduced.unreached, plain.unreached, "{}", protocol.name);
            assert!(reduced.states < plain.states);
            // No orbit is larger than the group.
            let group =
                (1..=usize::from(cores)).product::<usize>() * (1..=usize::from(count)).product::<usize>();
            assert!(reduced.states * group >= plain.states, "{}", protocol.name);
        }
    }
}

#[test]
fn every_seeded_bug_is_found() {
    let mut lines = vec![];
    for protocol in protocol::all() {
        for bug in &protocol.bugs {
            let report = checked(protocol.with_bug(bug), 3, 1, true);
            let found = report
                .counterexample
                .unwrap_or_else(|| panic!("{} {} is not found", protocol.name, bug.name));
            let plain =
                checked(protocol.with_bug(bug), 3, 1, false).counterexample.expect("found with symmetry");
            assert_eq!(found.steps.len(), plain.steps.len(), "{} {}", protocol.name, bug.name);
            lines.push(format!(
                "{} {}: {} after {}",
                protocol.name,
                bug.name,
                found.violation,
                found.steps.len()
            ));
        }
    }
    assert!(lines.len() >= 10);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_counterexample_is_a_message_diagram() {
    let msi = protocol::find("msi-directory").expect("it is built in");
    let bug = msi.bug("writeback-race").expect("it is built in");
    let report = checked(msi.with_bug(bug), 2, 1, true);
    insta::assert_snapshot!(report.counterexample.expect("a bug").diagram);
}

#[test]
fn a_reached_limit_is_no_proof() {
    let protocol = protocol::find("mesi-directory").expect("it is built in");
    let report =
        check(&Config { states_max: 100, ..Config::new(protocol, 3, 1) }).expect("a valid configuration");
    assert!(matches!(report.completeness, Completeness::Truncated { .. }));
    assert!(report.states >= 100 && report.states < 200);
}

#[test]
fn impossible_configurations_are_refused_with_the_reason() {
    let protocol = protocol::find("msi").expect("it is built in");
    let refused = |cores, lines, values| {
        let config = Config { values, ..Config::new(protocol.clone(), cores, lines) };
        check(&config).expect_err("out of range")
    };
    assert_eq!(refused(0, 1, 2), "the number of cores must be from 1 to 14, not 0");
    assert_eq!(refused(2, 9, 2), "the number of lines must be from 1 to 8, not 9");
    assert_eq!(refused(2, 1, 0), "the number of values must be from 1 to 8, not 0");
}

/// More values of a line add no behaviour that two do not have.
#[test]
fn protocols_do_not_look_at_data() {
    for protocol in protocol::all() {
        let with = |values| {
            check(&Config { values, ..Config::new(protocol.clone(), 2, 1) }).expect("a valid configuration")
        };
        let (one, two, three) = (with(1), with(2), with(3));
        assert!(one.states <= two.states && two.states <= three.states);
        assert_eq!(two.unreached, three.unreached);
        assert!(three.counterexample.is_none());
    }
}

/// Threads change how long it takes, and nothing else: states, steps, coverage, limits and counterexamples.
#[test]
fn reports_do_not_depend_on_threads() {
    let with = |protocol: &Protocol, states_max: usize, jobs: usize| {
        let config = Config { states_max, jobs, ..Config::new(protocol.clone(), 3, 1) };
        let report = check(&config).expect("a valid configuration");
        let steps = report.counterexample.map(|found| (found.violation, found.steps));
        (report.states, report.steps, report.depth, report.completeness, report.unreached, steps)
    };
    for protocol in protocol::all() {
        let broken = protocol.bugs.iter().map(|bug| (protocol.with_bug(bug), 1_000_000));
        for (checked, states_max) in
            [(protocol.clone(), 1_000_000), (protocol.clone(), 40)].into_iter().chain(broken)
        {
            let mut one = with(&checked, states_max, 1);
            let mut three = with(&checked, states_max, 3);
            if one.3 != Completeness::Complete {
                // What else was used is known of a complete search only.
                (one.4, three.4) = (vec![], vec![]);
            }
            assert_eq!(one, three, "{}", checked.name);
        }
    }
}
