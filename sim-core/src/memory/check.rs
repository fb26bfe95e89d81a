//! The protocol checker: every reachable state of a protocol alone, driven by cores that may want
//! anything at any time.
//!
//! Checked in every state: at most one cache is exclusive, and then no other can read (single writer,
//! many readers); every readable copy equals the last completed store (data value); at most one cache
//! answers for a line; memory is up to date when nobody is responsible; nothing happens that the table calls
//! impossible; what is under way can go on, and to an end: from every state one in which nothing is under way is
//! reached without a new demand (no deadlock, no lost message). Entries of the tables that no reachable
//! state uses are listed.
//!
//! The search is exact: breadth first over full states, packed and compared byte by byte. Equal up
//! to a renaming of cores and lines counts as equal ([`canonical`]); values are kept relative to the last
//! store ([`model`]), which is a renaming too.

mod canonical;
mod diagram;
mod model;
mod pack;
mod store;
mod worker;

use super::protocol::Protocol;
use super::system::{CORES_MAX, State, Step, System};
use crate::outcome::Completeness;
use canonical::Canonical;
use model::Model;
use store::Store;
use worker::{Coverage, Worker};

pub use model::Violation;

/// What to check.
#[derive(Debug, Clone)]
pub struct Config {
    /// The protocol, perhaps with a bug.
    pub protocol: Protocol,
    /// 1 to [`CORES_MAX`].
    pub cores: u8,
    /// 1 to [`LINES_MAX`].
    pub lines: u8,
    /// How many values a line can have, 1 to [`VALUES_MAX`].
    pub values: u8,
    /// Whether states that differ by a renaming of cores or lines count as one.
    pub symmetry: bool,
    /// Stop when this many states have been found.
    pub states_max: usize,
    /// Threads to use; 0 counts as 1. What is reported does not depend on it.
    pub jobs: usize,
}

/// The most lines.
pub const LINES_MAX: u8 = 8;
/// The most values of a line.
pub const VALUES_MAX: u8 = 8;

/// What the checker found.
#[derive(Debug, Clone)]
pub struct Report {
    /// States found.
    pub states: usize,
    /// Steps taken from them, those that change nothing left out.
    pub steps: usize,
    /// The greatest distance of a state from the initial one, in steps.
    pub depth: usize,
    /// Bytes that the found states take, with the table that finds them and what is noted of each.
    pub bytes: usize,
    /// Whether these are all states. Never complete if there is a counterexample.
    pub completeness: Completeness,
    /// Entries that can happen according to the tables and did not; meaningful if complete.
    pub unreached: Vec<String>,
    /// A shortest run into a state that must not be.
    pub counterexample: Option<Counterexample>,
}

/// A shortest run into a state that must not be.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// What is wrong with the last state or step.
    pub violation: String,
    /// The names of the steps.
    pub steps: Vec<String>,
    /// The run as a message diagram: a column per core and one for the home, a line per step.
    pub diagram: String,
}

impl Config {
    /// Everything on for a protocol with 2 values and at most 100 million states, on one thread.
    pub fn new(protocol: Protocol, cores: u8, lines: u8) -> Config {
        Config { protocol, cores, lines, values: 2, symmetry: true, states_max: 100_000_000, jobs: 1 }
    }

    /// Why the checker would refuse this, if it would.
    ///
    /// # Errors
    ///
    /// A sentence that names the parameter and its range.
    pub fn validate(&self) -> Result<(), String> {
        let within = |name: &str, value: u8, max: u8| {
            let fine = (1..=max).contains(&value);
            if fine { Ok(()) } else { Err(format!("{name} must be from 1 to {max}, not {value}")) }
        };
        within("the number of cores", self.cores, CORES_MAX as u8)?;
        within("the number of lines", self.lines, LINES_MAX)?;
        within("the number of values", self.values, VALUES_MAX)?;
        if self.states_max == 0 || self.states_max > u32::MAX as usize {
            return Err(format!("the limit must be from 1 to {} states", u32::MAX));
        }
        Ok(())
    }
}

/// Explores the protocol.
///
/// # Errors
///
/// As [`Config::validate`].
pub fn check(config: &Config) -> Result<Report, String> {
    config.validate()?;
    let system = System { protocol: config.protocol.clone(), cores: config.cores, lines: config.lines };
    let model = Model { system, values: config.values, skip_twins: config.symmetry };
    let mut search = Search::new(model, config.symmetry);
    search.run(config.states_max, config.jobs);
    Ok(search.report())
}

/// What is wrong: the state with this index, or the step from it.
struct Found {
    violation: Violation,
    state: u32,
    step: Option<Step<u8>>,
}

struct Search {
    model: Model,
    canonical: Canonical,
    store: Store,
    /// `onward[state]`: the state after the first step that is under way; itself if there is none.
    onward: Vec<u32>,
    coverage: Coverage,
    steps: usize,
    depth: usize,
    limit: Option<usize>,
    found: Option<Found>,
}

/// States that one worker expands before its results are added: enough to be worth a thread, few enough that
/// what it finds twice costs little.
const SHARE: usize = 4096;

impl Search {
    fn new(model: Model, symmetry: bool) -> Search {
        let canonical = Canonical::new(model.system.cores, model.system.lines, symmetry);
        let coverage = Coverage::new(&model.system.protocol.family);
        Search {
            model,
            canonical,
            store: Store::new(),
            onward: vec![],
            coverage,
            steps: 0,
            depth: 0,
            limit: None,
            found: None,
        }
    }

    /// Expands states in the order of their indices, a share per worker at a time, and adds what they found in that same
    /// order: so indices, and everything that is reported, are the same for any number of workers.
    fn run(&mut self, states_max: usize, jobs: usize) {
        let mut initial = vec![];
        self.canonical.pack(&self.model.initial(), &mut initial);
        self.store.insert(&initial, store::hash(&initial), 0);
        let mut workers: Vec<Worker> =
            (0..jobs.max(1)).map(|_| Worker::new(&self.model, &self.canonical)).collect();
        let (mut index, mut level_end) = (0, 1);
        while index < self.store.len() {
            let end = self.store.len().min(index + SHARE * workers.len());
            let share = (end - index).div_ceil(workers.len());
            let (model, store) = (&self.model, &self.store);
            let ranges = (index..end).step_by(share).map(|from| from..end.min(from + share));
            let mut tasks: Vec<_> = workers.iter_mut().zip(ranges).collect();
            match tasks.as_mut_slice() {
                [(worker, range)] => worker.expand(model, store, range.clone()),
                _ => std::thread::scope(|scope| {
                    for (worker, range) in tasks {
                        scope.spawn(move || worker.expand(model, store, range));
                    }
                }),
            }
            for worker in &mut workers {
                for expanded in worker.states.drain(..) {
                    if index == level_end {
                        self.depth += 1;
                        level_end = self.store.len();
                    }
                    if let Some((violation, step)) = expanded.wrong {
                        self.found = Some(Found { violation, state: index as u32, step });
                        return;
                    }
                    let mut onward = index as u32;
                    for (number, successor) in worker.successors[expanded.successors].iter().enumerate() {
                        let bytes = &worker.bytes[successor.bytes.clone()];
                        let place = successor
                            .known
                            .unwrap_or_else(|| self.store.insert(bytes, successor.hash, index as u32).0);
                        if expanded.onward == Some(number) {
                            onward = place;
                        }
                        self.steps += 1;
                    }
                    self.onward.push(onward);
                    index += 1;
                    if self.store.len() >= states_max {
                        self.limit = Some(states_max);
                        return;
                    }
                }
            }
        }
        workers.iter().for_each(|worker| self.coverage.add(&worker.coverage));
        let endless = endless(&self.onward);
        self.found = endless.map(|state| Found { violation: Violation::Endless, state, step: None });
    }

    fn report(self) -> Report {
        let counterexample = self.found.as_ref().map(|found| self.counterexample(found));
        let limit = self.limit.map(|limit| format!("{limit} states"));
        let limit = limit.or_else(|| self.found.as_ref().map(|_| "the first violation".to_owned()));
        let explored = self.store.len() as u64;
        Report {
            states: self.store.len(),
            steps: self.steps,
            depth: self.depth,
            bytes: self.store.bytes() + 4 * self.onward.capacity(),
            completeness: match limit {
                Some(limit) => Completeness::Truncated { limit, explored },
                None => Completeness::Complete,
            },
            unreached: self.coverage.unreached(&self.model.system.protocol.family),
            counterexample,
        }
    }

    /// Runs the path to the violation again from the initial state: the stored states are known up
    /// to renaming only.
    fn counterexample(&self, found: &Found) -> Counterexample {
        let mut path = vec![found.state];
        while let Some(&last) = path.last().filter(|last| **last != 0) {
            path.push(self.store.parent(last));
        }
        let mut canonical = self.canonical.clone();
        let mut run = diagram::Run::new(&self.model);
        for &target in path.iter().rev().skip(1) {
            let target = self.store.get(target);
            let leads_there = |next: &State<u8>| {
                let mut bytes = vec![];
                canonical.pack(next, &mut bytes);
                bytes == target
            };
            run.advance(leads_there);
        }
        run.finish(found.violation, found.step.is_some())
    }
}

/// A state from which following `onward` never comes to rest, if there is one.
fn endless(onward: &[u32]) -> Option<u32> {
    // 0 unknown, 1 on the walk from the current start, 2 comes to rest.
    let mut known = vec![0u8; onward.len()];
    let mut walk = vec![];
    for start in 0..onward.len() as u32 {
        let mut at = start;
        while known[at as usize] == 0 {
            known[at as usize] = 1;
            walk.push(at);
            let next = onward[at as usize];
            if next == at {
                break;
            }
            if known[next as usize] == 1 {
                return Some(start);
            }
            at = next;
        }
        walk.drain(..).for_each(|state| known[state as usize] = 2);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::endless;

    #[test]
    fn a_walk_that_goes_round_never_comes_to_rest() {
        assert_eq!(endless(&[0, 0, 1, 2, 4, 1]), None);
        assert_eq!(endless(&[0, 2, 3, 1]), Some(1));
        assert_eq!(endless(&[2, 1, 0]), Some(0));
        assert_eq!(endless(&[1, 1, 4, 0, 3, 4]), None);
        assert_eq!(endless(&[1, 1, 3, 4, 2]), Some(2));
        assert_eq!(endless(&[]), None);
    }
}
