//! What a session says can still happen, against an exploration of its machine that leaves nothing out.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use sim_core::machine::{Hardware, State};
use traces::session::Session as Bench;
use traces::view::{Reach, final_state};

use super::{Dice, PATIENCE, visit};
use crate::step::app::App;
use crate::step::open::Wishes;

/// The final states that can be reached from the present state.
fn reached(app: &App<'_>) -> BTreeSet<String> {
    let bench = Bench::new(app.session.test().clone(), app.document.setup.clone()).unwrap();
    let mut machine = bench.machine().forgetting();
    let mut state = machine.initial();
    for step in app.session.run() {
        state = machine.apply(&state, &step).unwrap();
    }
    let mut states: IndexSet<State> = IndexSet::from([state]);
    let (mut next, mut found) = (0, BTreeSet::new());
    while let Some(state) = states.get_index(next).cloned() {
        next += 1;
        found.extend(machine.outcome(&state).map(|outcome| final_state(&bench.test, &outcome)));
        let steps = machine.enabled(&state);
        states.extend(steps.iter().filter_map(|step| machine.apply(&state, step)));
    }
    found
}

/// The final states that the screen calls open.
fn open(app: &App<'_>) -> BTreeSet<String> {
    let outcomes = app.session.outcomes.iter();
    outcomes.filter(|o| matches!(o.reach, Reach::Open | Reach::Here)).map(|o| o.text.clone()).collect()
}

#[test]
fn what_is_open_is_what_the_machine_reaches() {
    for (name, protocol, features) in [
        ("SB", None, ""),
        ("SB", None, "shared-store-buffer"),
        ("SB+mfences", None, "shared-store-buffer"),
        ("MP", None, "shared-store-buffer unordered-store-buffer"),
        ("SB", None, "no-forwarding"),
        ("armv8/CoRR", None, "no-load-hazard-check"),
        ("MP", Some("mesi"), "invalidate-queue"),
        ("MP", Some("mesi"), "bug=missing-invalidation warm-caches"),
        ("SB+mfences", Some("msi"), "bug=upgrade-unsent warm-caches"),
        ("SB", Some("mesi"), "shared-store-buffer"),
    ] {
        let hardware = Hardware::named(protocol, features.split_whitespace()).unwrap();
        let wishes = Wishes { hardware, ..Wishes::default() };
        visit(name, &wishes, PATIENCE, |app| {
            let mut dice = Dice(7);
            loop {
                let steps: Vec<&str> = app.session.view.enabled.iter().map(|s| s.name.as_str()).collect();
                assert_eq!(open(app), reached(app), "{name} {features}: before {steps:?}");
                if steps.is_empty() {
                    break;
                }
                for _ in 0..3 {
                    let count = app.session.view.enabled.len();
                    app.session.take(dice.roll(count));
                }
                app.session.settle(PATIENCE);
            }
        });
    }
}
