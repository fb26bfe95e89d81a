//! A run to a final state: the one that is easiest to follow, or a shortest one.
//!
//! Dijkstra's algorithm over the states of the visible machine with stores that enter the store buffer by
//! themselves; the steps in which they do are put back where the first later step needs them. A run costs
//! its *inversions* (for each access that completes, the earlier accesses of its thread that have not) and
//! its steps. The clearest run has the fewest inversions, and of those the fewest steps: it departs from
//! program order only where the outcome demands it. The shortest has the fewest steps, and of those the
//! fewest inversions.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};

use indexmap::IndexMap;
use indexmap::map::Entry;

use sim_core::litmus::Test;
use sim_core::machine::{Machine, State, Step};
use sim_core::order::{Layout, Mask, Order, bits};
use sim_core::outcome::State as FinalState;

/// Which of several runs to one final state is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preference {
    /// The one with the fewest accesses out of program order.
    #[default]
    Clearest,
    /// The one with the fewest steps.
    Shortest,
}

/// What a search for runs may use.
#[derive(Debug)]
pub struct Limits<'a> {
    /// As in [`Machine::new`].
    pub unroll: u32,
    /// Most states to hold.
    pub max_states: u64,
    /// Set from outside to end the search.
    pub stop: &'a AtomicBool,
}

/// A run from the initial state to a final one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Every step, with those in which stores enter the store buffer.
    pub steps: Vec<Step>,
    /// The final state.
    pub outcome: FinalState,
    /// Accesses that complete before earlier ones of their thread, counted by pairs.
    pub inversions: u32,
}

/// What a search for runs found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// One run for each wanted final state, cheapest first.
    pub runs: Vec<Run>,
    /// The limit that ended the search before all states were seen. `None` also where the search ended
    /// because enough was found.
    pub limit: Option<String>,
    /// States that were found.
    pub explored: u64,
}

/// Runs of `test` to the final states that `wanted` holds for, one for each, until `count` are found.
pub fn witnesses(
    test: &Test,
    order: &Order,
    preference: Preference,
    count: usize,
    limits: &Limits<'_>,
    wanted: impl Fn(&FinalState) -> bool,
) -> Found {
    let layout = Layout::new(&test.program);
    let mut machine = Machine::new(test, order, &layout, limits.unroll).forgetting();
    machine.eager = true;
    let mut walk = Walk::new(machine.initial());
    let mut runs: Vec<Run> = Vec::new();
    let mut limit = None;
    let mut looked_at = 0_u64;
    while let Some((index, cost)) = walk.cheapest() {
        let state = walk.state(index).clone();
        if let Some(outcome) = machine.outcome(&state)
            && runs.iter().all(|run| run.outcome != outcome)
            && test.filter.as_ref().is_none_or(|filter| filter.holds(&outcome))
            && wanted(&outcome)
        {
            let steps = whole_run(test, order, &layout, limits.unroll, &walk.steps_to(index));
            runs.extend(steps.map(|steps| Run { steps, outcome, inversions: cost.inversions(preference) }));
            if runs.len() >= count {
                break;
            }
        }
        for step in machine.enabled(&state) {
            let inversions = inversions(&machine, &state, &step);
            if let Some(next) = machine.apply(&state, &step) {
                walk.reach(next, cost.and(inversions, preference), index, step);
            }
        }
        looked_at += 1;
        if looked_at.is_multiple_of(256) {
            if walk.len() > limits.max_states {
                limit = Some(format!("{} states", limits.max_states));
            } else if limits.stop.load(Ordering::Relaxed) {
                limit = Some("stopped".to_string());
            }
            if limit.is_some() {
                break;
            }
        }
    }
    if limit.is_none() && machine.is_cut() && runs.len() < count {
        limit = Some(format!("loops cut after {} back-jumps", limits.unroll));
    }
    Found { runs, limit, explored: walk.len() }
}

/// The cost of a run: what counts first in the upper half, what counts next in the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost(u64);

impl Cost {
    fn and(self, inversions: u32, preference: Preference) -> Cost {
        let inversions = u64::from(inversions);
        Cost(match preference {
            Preference::Clearest => self.0 + (inversions << 32) + 1,
            Preference::Shortest => self.0 + (1 << 32) + inversions,
        })
    }

    fn inversions(self, preference: Preference) -> u32 {
        match preference {
            Preference::Clearest => (self.0 >> 32) as u32,
            Preference::Shortest => self.0 as u32,
        }
    }
}

/// The states found so far, each with the cheapest known way to it.
struct Walk {
    found: IndexMap<State, Way, foldhash::fast::FixedState>,
    /// Where to go on: cheapest first, and of those the one found first.
    open: BinaryHeap<Reverse<(Cost, usize)>>,
}

/// The last step of the cheapest known way to a state, with the state before it.
struct Way {
    cost: Cost,
    last: Option<(usize, Step)>,
}

impl Walk {
    fn new(initial: State) -> Walk {
        let mut walk = Walk { found: IndexMap::default(), open: BinaryHeap::new() };
        walk.found.insert(initial, Way { cost: Cost(0), last: None });
        walk.open.push(Reverse((Cost(0), 0)));
        walk
    }

    fn len(&self) -> u64 {
        self.found.len() as u64
    }

    fn state(&self, index: usize) -> &State {
        self.found.get_index(index).map(|(state, _)| state).expect("an index that was given out")
    }

    /// Takes the cheapest state that has not been taken at this cost.
    fn cheapest(&mut self) -> Option<(usize, Cost)> {
        loop {
            let Reverse((cost, index)) = self.open.pop()?;
            if self.found[index].cost == cost {
                return Some((index, cost));
            }
        }
    }

    fn reach(&mut self, state: State, cost: Cost, from: usize, step: Step) {
        let way = Way { cost, last: Some((from, step)) };
        let index = match self.found.entry(state) {
            Entry::Occupied(known) if known.get().cost <= cost => return,
            Entry::Occupied(mut known) => {
                *known.get_mut() = way;
                known.index()
            }
            Entry::Vacant(new) => {
                let index = new.index();
                new.insert(way);
                index
            }
        };
        self.open.push(Reverse((cost, index)));
    }

    fn steps_to(&self, mut index: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some((from, step)) = &self.found[index].last {
            steps.push(*step);
            index = *from;
        }
        steps.reverse();
        steps
    }
}

/// The earlier accesses of its thread that have not completed when a step completes one; 1 for a prediction.
fn inversions(machine: &Machine<'_>, state: &State, step: &Step) -> u32 {
    match *step {
        Step::Predict { .. } => 1,
        Step::Issue { .. } => 0,
        Step::Load { core, event } | Step::Guess { core, event, .. } | Step::Drain { core, event } => {
            let window = &state.cores[core].window;
            let path = machine.tree(core).path(window.node);
            let earlier: Mask = (path.loads | path.stores) & !window.done & ((1 << event) - 1);
            bits(earlier).count() as u32
        }
    }
}

/// The run with the steps in which stores enter the store buffer, each where the next step needs it.
fn whole_run(test: &Test, order: &Order, layout: &Layout, unroll: u32, eager: &[Step]) -> Option<Vec<Step>> {
    let mut machine = Machine::new(test, order, layout, unroll);
    let mut state = machine.initial();
    let mut steps = Vec::new();
    for step in eager {
        while !machine.allows(&state, step) {
            let issue = machine
                .enabled(&state)
                .into_iter()
                .find(|s| matches!(s, Step::Issue { core, .. } if *core == step.core()))?;
            state = machine.apply(&state, &issue)?;
            steps.push(issue);
        }
        state = machine.apply(&state, step)?;
        steps.push(*step);
    }
    Some(steps)
}
