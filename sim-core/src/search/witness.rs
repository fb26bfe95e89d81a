//! A run of the visible machine to each final state, read off the search over words.
//!
//! The search has kept how joint states follow each other, so that for a final state the word of completed
//! stores that leads to it can be read back. Against that word each thread is alone: what it does between
//! two letters is found among its own windows, without the windows of the others, and the runs of all
//! threads together, letter by letter, are a run of the machine. So no run is searched for among the states
//! of the whole machine; and what comes out is replayed there, step by step, before it is shown.
//!
//! *Preference.* Of the words that lead to a final state a few are tried, those with the fewest letters, or
//! with the fewest stores that overtake another. Against a word, each thread's run is the best there is.

use std::sync::Arc;

use std::sync::atomic::{AtomicBool, Ordering};

use super::cheapest::Cheapest;
use super::joint::outcomes_and_words;
use super::report::{Options, Report};
use super::words::{Cost, Letter, Preference, Words};
use crate::core::Image;
use crate::litmus::Test;
use crate::machine::{Core, Machine, State, Step};
use crate::order::{Layout, Order};
use crate::outcome::State as FinalState;

/// A run from the initial state to a final one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Every step of the visible machine.
    pub steps: Vec<Step>,
    /// The final state.
    pub outcome: FinalState,
    /// Accesses that complete before earlier ones of their thread, counted by pairs; a prediction counts
    /// as one.
    pub inversions: u32,
}

/// What a search found, with what it takes to tell how.
#[derive(Debug)]
pub struct Witnesses<'a> {
    /// What the search found.
    pub report: Report,
    /// As in [`Options`].
    pub unroll: u32,
    words: Words,
    test: &'a Test,
    order: &'a Order,
}

/// Most states of one thread against one word that are looked at.
const STATES_MAX: usize = 100_000;

impl<'a> Witnesses<'a> {
    /// Finds all final states of `test` under `order`.
    pub fn search(test: &'a Test, order: &'a Order, options: &Options<'_>) -> Witnesses<'a> {
        let (report, words) = outcomes_and_words(test, order, options);
        Witnesses { report, words, test, order, unroll: options.unroll }
    }

    /// A run to the final state with this index in the report; `None` if none was found among the words
    /// that were kept, or `stop` was set.
    pub fn run(&self, state: usize, preference: Preference, stop: &AtomicBool) -> Option<Run> {
        let outcome = self.report.outcomes.states.get(state)?;
        let layout = Layout::new(&self.test.program);
        let cost = |run: &Run| Cost::default().and(run.steps.len() as u32, run.inversions, preference);
        let mut best: Option<Run> = None;
        for word in self.words.to(state, preference) {
            let Some(run) = self.along(&layout, &word, outcome, preference, stop) else { continue };
            if best.as_ref().is_none_or(|best| cost(&run) < cost(best)) {
                best = Some(run);
            }
        }
        best
    }

    /// The best run to `outcome` in which stores complete as a word says.
    fn along(
        &self,
        layout: &Layout,
        word: &[Letter],
        outcome: &FinalState,
        preference: Preference,
        stop: &AtomicBool,
    ) -> Option<Run> {
        let mut machine = Machine::new(self.test, self.order, layout, self.unroll).forgetting();
        machine.eager = true;
        let alone = |core| along(&mut machine, core, word, outcome, preference, stop);
        let runs: Option<Vec<Alone>> = (0..self.test.program.threads.len()).map(alone).collect();
        let (runs, costs): (Vec<_>, Vec<_>) = runs?.into_iter().map(|run| (run.steps, run.cost)).unzip();
        let mut machine = Machine::new(self.test, self.order, layout, self.unroll);
        let steps = played(&mut machine, &merged(word, runs), outcome)?;
        let inversions = costs.into_iter().map(|cost| cost.inversions(preference)).sum();
        Some(Run { steps, outcome: outcome.clone(), inversions })
    }
}

/// A run of a machine whose stores enter the store buffer by themselves, as one of `machine` in full: with the steps
/// in which they do, each where the next step needs it. `None` if it does not lead to `outcome`.
pub(super) fn played(machine: &mut Machine<'_>, eager: &[Step], outcome: &FinalState) -> Option<Vec<Step>> {
    let mut state = machine.initial();
    let mut steps = Vec::new();
    for step in eager {
        while !machine.allows(&state, step) {
            let mut enabled = machine.enabled_on(&state, step.core()).into_iter();
            let issue = enabled.find(|step| matches!(step, Step::Issue { .. }))?;
            state = machine.apply(&state, &issue)?;
            steps.push(issue);
        }
        state = machine.apply(&state, step)?;
        steps.push(*step);
    }
    (machine.outcome(&state).as_ref() == Some(outcome)).then_some(steps)
}

/// The run of one thread against a word.
struct Alone {
    /// `steps[n]`: what the thread does after `n` letters, its own letter being the last.
    steps: Vec<Vec<Step>>,
    cost: Cost,
}

/// What happens next to a thread against a word.
#[derive(Clone, Copy)]
enum Move {
    /// It does something between two letters.
    Between(Step),
    /// It completes the next letter.
    Own(Step),
    /// Another thread completes the next letter.
    Foreign,
}

/// The best run of one thread against a word to the registers of `outcome`.
fn along(
    machine: &mut Machine<'_>,
    core: usize,
    word: &[Letter],
    outcome: &FinalState,
    preference: Preference,
    stop: &AtomicBool,
) -> Option<Alone> {
    let start = machine.initial();
    let mut memories: Vec<Image> = vec![start.memory.clone()];
    for letter in word {
        let mut after = memories[memories.len() - 1].clone();
        after.write(letter.write);
        memories.push(after);
    }
    let mut walk: Cheapest<(usize, Arc<Core>), Move> = Cheapest::new((0, start.cores[core].clone()));
    while let Some((index, cost)) = walk.take() {
        let (position, at) = walk.state(index)?.clone();
        let mut state = State { memory: memories[position].clone(), ..start.clone() };
        state.cores[core] = at;
        if position == word.len() && machine.ends_in(&state, core, outcome) {
            return Some(Alone { steps: segments(walk.steps_to(index), word.len()), cost });
        }
        if walk.found() > STATES_MAX || stop.load(Ordering::Relaxed) {
            return None;
        }
        let next = word.get(position);
        if let Some(letter) = next.filter(|letter| letter.thread != core)
            && let Some(after) = machine.observe(&state, core, letter.write)
        {
            walk.reach((position + 1, after.cores[core].clone()), cost, index, Move::Foreign);
        }
        for step in machine.enabled_on(&state, core) {
            let (position, made) = match machine.completes(&state, &step) {
                None => (position, Move::Between(step)),
                Some(write) if next.is_some_and(|letter| is_letter(letter, core, &write)) => {
                    (position + 1, Move::Own(step))
                }
                Some(_) => continue,
            };
            let inversions = machine.inversions(&state, &step);
            if let Some(after) = machine.apply(&state, &step) {
                let cost = cost.and(1, inversions, preference);
                walk.reach((position, after.cores[core].clone()), cost, index, made);
            }
        }
    }
    None
}

/// Whether a store of a thread is this letter; which guesses a value comes from is no part of it.
fn is_letter(letter: &Letter, core: usize, write: &crate::core::Write) -> bool {
    let expected = &letter.write;
    letter.thread == core
        && (expected.place, expected.size, expected.value) == (write.place, write.size, write.value)
}

fn segments(moves: Vec<Move>, letters: usize) -> Vec<Vec<Step>> {
    let mut steps = vec![Vec::new(); letters + 1];
    let mut position = 0;
    for made in moves {
        match made {
            Move::Between(step) => steps[position].push(step),
            Move::Own(step) => {
                steps[position].push(step);
                position += 1;
            }
            Move::Foreign => position += 1,
        }
    }
    steps
}

/// The runs of all threads as one: before each letter what the other threads do, then what its own thread
/// does, the letter itself being the last of it.
fn merged(word: &[Letter], runs: Vec<Vec<Vec<Step>>>) -> Vec<Step> {
    let mut steps = Vec::new();
    for position in 0..=word.len() {
        let owner = word.get(position).map(|letter| letter.thread);
        let others = (0..runs.len()).filter(|thread| Some(*thread) != owner);
        for thread in others.chain(owner) {
            steps.extend(&runs[thread][position]);
        }
    }
    steps
}
