//! The runs that are read off the search, against the best runs that there are.
//!
//! The best run to a final state is found here among all states of the visible machine, by Dijkstra's
//! algorithm, with none of the search's words.

use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::machine::Machine;
use sim_core::order::{Layout, Order};
use sim_core::outcome::{Completeness, State};
use sim_core::search::cheapest::Cheapest;
use sim_core::search::witness::{Run, Witnesses};
use sim_core::search::{Cost, Options, Preference};
use traces::{library, load};

const UNROLL: u32 = 2;

/// States of the visible machine beyond which a test is left out.
const STATES_MAX: usize = 4_000;

/// The cost of the best run to each final state, stores entering the store buffer by themselves; `None` if
/// there are too many states.
fn best(test: &Test, order: &Order, preference: Preference) -> Option<Vec<(State, Cost)>> {
    let layout = Layout::new(&test.program);
    let mut machine = Machine::new(test, order, &layout, UNROLL).forgetting();
    machine.eager = true;
    let mut walk = Cheapest::new(machine.initial());
    let mut found: Vec<(State, Cost)> = Vec::new();
    while let Some((index, cost)) = walk.take() {
        let state = walk.state(index)?.clone();
        if let Some(outcome) = machine.outcome(&state)
            && found.iter().all(|(known, _)| *known != outcome)
        {
            found.push((outcome, cost));
        }
        for step in machine.enabled(&state) {
            let inversions = machine.inversions(&state, &step);
            if let Some(next) = machine.apply(&state, &step) {
                walk.reach(next, cost.and(1, inversions, preference), index, step);
            }
        }
        if walk.found() > STATES_MAX {
            return None;
        }
    }
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Some(found)
}

/// The cost of a run, without the steps in which stores enter the store buffer.
fn cost(test: &Test, order: &Order, run: &Run, preference: Preference) -> Cost {
    let layout = Layout::new(&test.program);
    let mut machine = Machine::new(test, order, &layout, UNROLL);
    let mut state = machine.initial();
    let mut cost = Cost::default();
    for step in &run.steps {
        let issue = matches!(step, sim_core::machine::Step::Issue { .. });
        cost = cost.and(u32::from(!issue), machine.inversions(&state, step), preference);
        state = machine.apply(&state, step).expect("a step that the machine allows");
    }
    assert_eq!(machine.outcome(&state).as_ref(), Some(&run.outcome), "{}", test.name);
    cost
}

#[test]
fn every_final_state_of_the_library_has_a_run_and_the_best_one_where_all_runs_can_be_compared() {
    let stop = AtomicBool::new(false);
    let (mut compared, mut worse) = (0, Vec::new());
    for entry in library::entries() {
        let test = load::parse(entry.text).value.expect("a test of the library");
        let order = traces::machine::Machine::of(&test.arch).order();
        let options = Options { max_states: 20_000, ..Options::new(UNROLL, &stop) };
        let witnesses = Witnesses::search(&test, &order, &options);
        let states = &witnesses.report.outcomes.states;
        if witnesses.report.outcomes.completeness != Completeness::Complete || states.len() > 64 {
            continue;
        }
        for preference in [Preference::Clearest, Preference::Shortest] {
            let best = best(&test, &order, preference);
            for (index, state) in states.iter().enumerate() {
                let run = witnesses.run(index, preference, &stop);
                let run = run.unwrap_or_else(|| panic!("{}: no run to {state:?}", test.name));
                let cost = cost(&test, &order, &run, preference);
                assert_eq!(run.inversions, cost.inversions(preference), "{}", test.name);
                let Some(best) = &best else { continue };
                let known = best.iter().find(|(found, _)| found == state).map(|(_, cost)| *cost);
                let known = known.unwrap_or_else(|| panic!("{}: {state:?} is not reached", test.name));
                assert!(known <= cost, "{}: {state:?}", test.name);
                compared += 1;
                if known < cost {
                    worse.push(format!("{} {preference:?} {index}: {known:?} {cost:?}", test.name));
                    assert!(known.first() == cost.first(), "{}", worse.join("\n"));
                }
            }
        }
    }
    assert!(compared > 1_000);
    // Words do not tell loads apart: of runs equal in what counts first, another may be better in what
    // counts next.
    assert!(worse.len() < compared / 100, "{}", worse.join("\n"));
}
