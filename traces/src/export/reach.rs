//! Which final states can still be reached from each state of a small test.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use indexmap::IndexMap;
use sim_core::machine::{Machine, State};
use sim_core::order::Order;
use sim_core::outcome::{Completeness, State as FinalState};
use sim_core::search::{self, Options};

use crate::view::{OutcomeView, Reach, final_state};

/// The final states of a test, and for each state of the machine those that can follow.
pub(super) struct Reachable {
    finals: Vec<(FinalState, OutcomeView)>,
    /// Per state, the indices of the final states that can follow. Empty if there were too many states.
    open: IndexMap<State, BTreeSet<usize>, foldhash::fast::FixedState>,
}

impl Reachable {
    /// Explores the machine from `initial`, unless it has more than `states_max` states.
    pub fn new(machine: &mut Machine<'_>, initial: &State, states_max: usize) -> Reachable {
        let mut open: IndexMap<State, BTreeSet<usize>, foldhash::fast::FixedState> = IndexMap::default();
        let mut next: Vec<Vec<usize>> = Vec::new();
        open.insert(initial.clone(), BTreeSet::new());
        while let Some((state, _)) = open.get_index(next.len()) {
            let state = state.clone();
            let mut follow = Vec::new();
            for step in machine.enabled(&state) {
                let Some(after) = machine.apply(&state, &step) else { continue };
                let entry = open.entry(after);
                follow.push(entry.index());
                entry.or_default();
            }
            next.push(follow);
            if open.len() > states_max {
                return Reachable { finals: Vec::new(), open: IndexMap::default() };
            }
        }
        let mut found: Vec<FinalState> = open.keys().filter_map(|state| machine.outcome(state)).collect();
        found.sort();
        found.dedup();
        let sequential = sequential(machine);
        let test = machine.test();
        let finals: Vec<(FinalState, OutcomeView)> = found
            .into_iter()
            .map(|state| {
                let weak = sequential.as_ref().map(|states| states.binary_search(&state).is_err());
                let asked = test.condition.prop.holds(&state);
                let text = final_state(test, &state);
                (state, OutcomeView { text, weak, asked, reach: Reach::Open })
            })
            .collect();
        let mut reachable = Reachable { finals, open };
        reachable.spread(machine, &next);
        reachable
    }

    /// Gives every state the final states of those that follow, until nothing changes.
    fn spread(&mut self, machine: &Machine<'_>, next: &[Vec<usize>]) {
        for (state, open) in &mut self.open {
            if let Some(outcome) = machine.outcome(state) {
                open.extend(self.finals.iter().position(|(known, _)| *known == outcome));
            }
        }
        let mut changed = true;
        while changed {
            changed = false;
            for index in (0..next.len()).rev() {
                let mut all = self.open[index].clone();
                next[index].iter().for_each(|after| all.extend(&self.open[*after]));
                changed |= all.len() > self.open[index].len();
                self.open[index] = all;
            }
        }
    }

    /// Whether there were too many states.
    pub fn is_unknown(&self) -> bool {
        self.open.is_empty()
    }

    /// How things stand in `state`, which is the one of frame `number`; `before` is how they stood.
    pub fn outcomes(&self, state: &State, number: usize, before: &[Reach]) -> Vec<OutcomeView> {
        let open = self.open.get(state);
        let mut outcomes: Vec<OutcomeView> = self.finals.iter().map(|(_, view)| view.clone()).collect();
        for (index, outcome) in outcomes.iter_mut().enumerate() {
            outcome.reach = match (open, before.get(index)) {
                (None, _) => Reach::Unknown,
                (Some(open), _) if open.contains(&index) => Reach::Open,
                (Some(_), Some(Reach::Lost(since))) => Reach::Lost(*since),
                (Some(_), _) => Reach::Lost(number),
            };
        }
        outcomes
    }

    /// Marks the final state that the machine has ended in.
    pub fn here(outcomes: &mut [OutcomeView], ended: Option<&str>) {
        for outcome in outcomes {
            if ended == Some(outcome.text.as_str()) {
                outcome.reach = Reach::Here;
            }
        }
    }
}

/// The final states of a sequentially consistent machine, sorted, if all are known.
fn sequential(machine: &Machine<'_>) -> Option<Vec<FinalState>> {
    let stop = AtomicBool::new(false);
    let options = Options { max_states: 100_000, ..Options::new(4, &stop) };
    let outcomes = search::outcomes(machine.test(), &Order::sc(), &options).outcomes;
    (outcomes.completeness == Completeness::Complete).then_some(outcomes.states)
}
