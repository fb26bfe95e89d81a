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
//! The search is exact: breadth first over full states, packed and compared word by word. Equal up
//! to a renaming of cores and lines counts as equal; values are kept relative to the last store ([`model`]), which is
//! a renaming too.
//!
//! First comes one line alone ([`lines`]). A state is kept as the numbers of a few things that many states share
//! ([`joined`]): for each core all that concerns it alone ([`parts`]), and the messages that link cores ([`tails`]). What a
//! step of a directory protocol does to them is found once and then looked up ([`network`], [`moves`]); steps on a bus are
//! taken on the state spelt out ([`on_words`], [`words`]). Each state is replaced by the representative of all renamings of
//! cores ([`canonical`]).
//!
//! A step changes one line, and what it can know of the others is only whether one of them holds the bus; so what can be
//! wrong with several lines is wrong with one. Several lines together are then tuples of states of one ([`product`]), of
//! which each has been expanded once ([`classes`]). One line is searched for what is wrong, with the way to each state at
//! hand ([`search`], [`store`]); of several, where nothing can be wrong any more, the states are only counted
//! ([`mod@count`], [`keys`]).

mod acts;
mod canonical;
mod classes;
mod count;
mod coverage;
mod diagram;
mod fates;
mod joined;
mod keys;
mod lines;
mod means;
mod model;
mod moves;
mod network;
mod numbers;
mod on_words;
mod parts;
mod piece;
mod product;
mod search;
mod sort;
mod space;
mod store;
mod tails;
mod twins;
mod words;

use super::protocol::Protocol;
use super::system::CORES_MAX;
use crate::outcome::Completeness;
use classes::Classes;
use count::count;
use coverage::Coverage;
use lines::Lines;
use model::{Model, Violation};
use product::Product;
use search::{End, Limits, Search};
use space::{Space, Wrong};
use store::Id;
use words::Words;

/// Numbers of the longest key: for each line a class of 32 bits and a cell of 4 bits for each core; and a bit that is free.
const KEY_MAX: usize = LINES_MAX as usize * (32 + 4 * CORES_MAX) / 64 + 1;

/// Numbers of the key of a state of one line: for up to 6 cores, and for any number.
const KEY_SHORT: usize = joined::key_len(6);
const KEY_LONG: usize = joined::key_len(CORES_MAX);

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
    /// Stop when this many states have been found, or a few more.
    pub states_max: usize,
    /// Stop when the found states take this many bytes, or a few more.
    pub bytes_max: usize,
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
    /// States found. With a counterexample or a limit of a search over one line: those of one line.
    pub states: usize,
    /// Steps from the representatives, loads that hit left out. A step of a core that others can be exchanged with counts
    /// for each of them, though it is taken once.
    pub steps: usize,
    /// The greatest distance of a state from the initial one, in steps.
    pub depth: usize,
    /// Bytes that the found states take, with the tables that find them and what is noted of each; with several lines, what
    /// is known of one included.
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
    /// Everything on for a protocol with 2 values, at most 4 thousand million states and any memory, on one thread.
    pub fn new(protocol: Protocol, cores: u8, lines: u8) -> Config {
        Config {
            protocol,
            cores,
            lines,
            values: 2,
            symmetry: true,
            states_max: 4_000_000_000,
            bytes_max: usize::MAX,
            jobs: 1,
        }
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
        if self.states_max == 0 {
            return Err("the limit must be 1 state or more".to_owned());
        }
        Ok(())
    }
}

/// Explores the protocol.
///
/// # Errors
///
/// As [`Config::validate`]; or no threads can be started.
pub fn check(config: &Config) -> Result<Report, String> {
    config.validate()?;
    let threads = rayon::ThreadPoolBuilder::new().num_threads(config.jobs.max(1)).build();
    let threads = threads.map_err(|error| format!("cannot start {} threads: {error}", config.jobs))?;
    let is_short = joined::key_len(config.cores.into()) <= KEY_SHORT;
    Ok(threads.install(|| if is_short { explore::<KEY_SHORT>(config) } else { explore::<KEY_LONG>(config) }))
}

/// First one line, which is all that can be wrong with several; then all of them together.
fn explore<const N: usize>(config: &Config) -> Report {
    let model = Model::new(config.protocol.clone(), config.cores, config.values);
    let lines = Lines::new(model, config.symmetry);
    let mut limits = Limits { states: config.states_max, bytes: config.bytes_max, beside: 0 };
    let mut one = Search::<N, Lines>::new(&lines);
    let mut end = one.run(&limits);
    if let (End::Complete, Some(state)) = (&end, one.endless()) {
        end = End::Wrong(state, Wrong { violation: Violation::Endless, at_step: false });
    }
    let mut report = summary(&one, &end, &lines);
    report.unreached = unreached(&one, &lines);
    if let End::Wrong(state, wrong) = end {
        report.counterexample = Some(counterexample(&one, &lines, state, wrong));
    } else if matches!(end, End::Complete) && config.lines > 1 {
        let classes = Classes::new(&one, &lines);
        let product = Product::new(&classes, config.cores, config.lines, config.symmetry);
        limits.beside = report.bytes + classes.bytes();
        // The highest bit of a key stays free.
        let all = match product.bits() / 64 {
            0 => count::<1>(&product, &limits),
            1 => count::<2>(&product, &limits),
            _ => count::<KEY_MAX>(&product, &limits),
        };
        report.bytes = all.bytes + limits.beside;
        (report.states, report.steps, report.depth) = (all.states, all.steps, all.depth);
        report.completeness = completeness(all.limit, all.states);
    }
    report
}

/// What a search has found, without entries and counterexample.
fn summary<const N: usize>(search: &Search<N, Lines>, end: &End<Violation>, lines: &Lines) -> Report {
    let limit = match end {
        End::Complete => None,
        End::Limit(limit) => Some(limit.clone()),
        End::Wrong(..) => Some("the first violation".to_owned()),
    };
    Report {
        states: search.store.len(),
        steps: search.steps,
        depth: search.depth(),
        bytes: search.bytes() + lines.bytes(),
        completeness: completeness(limit, search.store.len()),
        unreached: vec![],
        counterexample: None,
    }
}

/// Complete unless a limit was reached after so many states.
fn completeness(limit: Option<String>, states: usize) -> Completeness {
    let truncated = |limit| Completeness::Truncated { limit, explored: states as u64 };
    limit.map_or(Completeness::Complete, truncated)
}

fn unreached<const N: usize>(search: &Search<N, Lines>, lines: &Lines) -> Vec<String> {
    let family = &lines.model.system.protocol.family;
    let mut coverage = Coverage::new(family);
    search.scratches().for_each(|scratch| coverage.add(&scratch.means.coverage));
    coverage.unreached(family)
}

/// Runs the way to the violation again from the initial state: the found states are known up to renaming only.
fn counterexample<const N: usize>(
    search: &Search<N, Lines>,
    lines: &Lines,
    state: Id,
    wrong: Wrong<Violation>,
) -> Counterexample {
    let mut scratch = <Lines as Space<N>>::scratch(lines);
    let mut run = diagram::Run::new(&lines.model);
    for &target in &search.way_to(state)[1..] {
        let target = search.store.get(target);
        let leads_there =
            |next: &Words| lines.pack(next, &mut scratch).is_some_and(|(key, _)| key == *target);
        run.advance(leads_there);
    }
    run.finish(wrong.violation, wrong.at_step)
}
