//! Replaying traces: every step is taken again and compared with what was recorded.

mod branch;
mod resolve;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use sim_core::litmus::Test;
use sim_core::machine::{self, Machine, State};

use crate::format::{Footer, Header, Line, Lines, Mark, Setup, Step, TooLong};
use crate::record::effect::effect;
use crate::record::{outcome_text, paths_max};
use crate::session::Session;
pub use branch::BACK_MAX;
use branch::Branch;
use resolve::Resolver;

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The name of the test, if the header could be read.
    pub test: Option<String>,
    /// Steps that were taken and agree.
    pub steps: u64,
    /// What was found.
    pub verdict: Verdict,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every step and the final state are as recorded. The final state, if the machine has finished.
    Agrees(Option<String>),
    /// Every step is as recorded, but the file ends before its footer: a sentence about where.
    Open(String),
    /// The machine does something else.
    Diverges(Box<Divergence>),
    /// The file is no trace, or not of this test, or not in order.
    Unusable {
        /// The line, from 1; 0 if the file cannot be read at all.
        line: u64,
        /// A sentence.
        reason: String,
    },
}

/// The first step that is not as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The line, from 1.
    pub line: u64,
    /// The number of the step; one more than the last if the final state differs.
    pub step: u64,
    /// The recorded name; empty for the final state.
    pub name: String,
    /// The recorded effect, or final state.
    pub expected: String,
    /// What happens instead.
    pub found: Found,
}

/// What happens instead of what was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The step is not possible; these are.
    Impossible(Vec<String>),
    /// The step has this effect.
    Effect(String),
    /// The final state is this one, or the machine has not finished.
    Outcome(Option<String>),
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Divergence { line, step, name, expected, found } = self;
        match found {
            Found::Impossible(enabled) if enabled.is_empty() => {
                write!(
                    f,
                    "line {line}: step {step} `{name}` is not possible: the machine can do nothing more"
                )
            }
            Found::Impossible(enabled) => {
                let names: Vec<String> = enabled.iter().map(|n| format!("`{n}`")).collect();
                write!(f, "line {line}: step {step} `{name}` is not possible here, only {}", names.join(", "))
            }
            Found::Effect(effect) => {
                write!(f, "line {line}: step {step} `{name}`: recorded `{expected}`, now `{effect}`")
            }
            Found::Outcome(Some(outcome)) => {
                write!(f, "line {line}: the final state was recorded as `{expected}`, and is `{outcome}`")
            }
            Found::Outcome(None) => {
                write!(
                    f,
                    "line {line}: the final state was recorded as `{expected}`, and the machine has not finished"
                )
            }
        }
    }
}

/// Sessions by test and machine, to be shared by all replays of a batch: most traces of a folder have few tests.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<IndexMap<(String, Setup), Arc<Session>, foldhash::fast::FixedState>>);

impl Sessions {
    /// Not more sessions than this are kept.
    const KEPT_MAX: usize = 256;

    /// The session that a header describes.
    ///
    /// # Errors
    /// Those of [`Session::of`].
    pub fn of(&self, header: &Header) -> Result<Arc<Session>, String> {
        let key = (header.test.text.clone(), header.machine.clone());
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get(&key).cloned();
        if let Some(session) = known
            && session.test.hash == header.test.hash
            && crate::format::md5_of(&header.test.text) == header.test.md5
        {
            return Ok(session);
        }
        let session = Arc::new(Session::of(header)?);
        let mut sessions = lock();
        if sessions.len() >= Self::KEPT_MAX {
            sessions.clear();
        }
        sessions.insert(key, Arc::clone(&session));
        Ok(session)
    }
}

/// Looks on while a trace is replayed.
pub trait Watch {
    /// The machine stands at the beginning; `order` is the name of its local order.
    fn begin(&mut self, _header: &Header, _machine: &mut Machine<'_>, _state: &State, _order: &'static str) {}

    /// Whether it compares states with later ones, so that none must be forgotten.
    fn keeps_states(&self) -> bool {
        false
    }

    /// A step was taken, as it is recorded.
    fn step(
        &mut self,
        _: &mut Machine<'_>,
        _before: &State,
        _: &machine::Step,
        _after: &State,
        _effect: &str,
    ) {
    }

    /// The machine is back where it was after the step of this number.
    fn back(&mut self, _to: u64) {}

    /// The present state has a name.
    fn bookmark(&mut self, _name: &str) {}
}

impl Watch for () {}

/// Replays a trace. If `of` is there, the trace must be of that test.
pub fn replay(lines: &mut Lines<'_>, sessions: &Sessions, of: Option<&Test>) -> Replayed {
    watch(lines, sessions, of, &mut ())
}

/// The same while `watcher` looks on.
pub fn watch(
    lines: &mut Lines<'_>,
    sessions: &Sessions,
    of: Option<&Test>,
    watcher: &mut impl Watch,
) -> Replayed {
    let header = match read_header(lines) {
        Ok(header) => header,
        Err(verdict) => return Replayed { test: None, steps: 0, verdict },
    };
    let test = Some(header.test.name.clone());
    let unusable = |reason| Verdict::Unusable { line: 1, reason };
    if let Some(of) = of
        && of.hash != header.test.hash
    {
        let reason = format!(
            "this is a trace of {} ({}), not of {} ({})",
            header.test.name, header.test.hash, of.name, of.hash
        );
        return Replayed { test, steps: 0, verdict: unusable(reason) };
    }
    match sessions.of(&header) {
        Ok(session) => {
            let mut player = Player::new(session.machine());
            watcher.begin(&header, &mut player.machine, &player.state, session.order().name);
            let verdict = player.play(lines, watcher);
            Replayed { test, steps: player.agreed, verdict }
        }
        Err(reason) => Replayed { test, steps: 0, verdict: unusable(reason) },
    }
}

/// Reads the first line.
///
/// # Errors
/// The verdict on a file without one.
pub fn read_header(lines: &mut Lines<'_>) -> Result<Box<Header>, Verdict> {
    if !lines.advance().map_err(|error| read_error(&error, 1, 0))? {
        return Err(Verdict::Open("the file is empty".to_string()));
    }
    match parse(lines) {
        Ok(Line::Header(header)) => Ok(header),
        Ok(_) => {
            let reason = "the header is missing: this is a later line of a trace".to_string();
            Err(Verdict::Unusable { line: 1, reason })
        }
        Err(_) if is_cut(lines) => {
            Err(Verdict::Open("the file ends in its first line, the header: nothing to replay".to_string()))
        }
        Err(reason) => Err(Verdict::Unusable { line: 1, reason }),
    }
}

/// What the present line says.
fn parse<'l>(lines: &'l Lines<'_>) -> Result<Line<'l>, String> {
    let text = std::str::from_utf8(lines.bytes())
        .map_err(|error| format!("not UTF-8 text at byte {}", error.valid_up_to() + 1))?;
    Line::parse(text).map_err(|error| error.to_string())
}

/// Whether the present line, which says nothing, looks like the beginning of one that does.
fn is_cut(lines: &Lines<'_>) -> bool {
    !lines.whole && lines.bytes().starts_with(b"{")
}

fn read_error(error: &io::Error, line: u64, steps: u64) -> Verdict {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        let agreed = counted(steps);
        return Verdict::Open(format!(
            "the compressed file breaks off in line {line}; {agreed} before it agree"
        ));
    }
    let reason = match error.get_ref().and_then(|e| e.downcast_ref::<TooLong>()) {
        Some(too_long) => too_long.to_string(),
        None => format!("cannot be read: {error}"),
    };
    Verdict::Unusable { line, reason }
}

fn counted(steps: u64) -> String {
    if steps == 1 { "1 step".to_string() } else { format!("{steps} steps") }
}

/// A machine that follows a trace.
struct Player<'a> {
    machine: Machine<'a>,
    state: State,
    /// The way back.
    branch: Branch,
    /// With more paths than this, those that are not needed are dropped.
    paths_max: usize,
    resolver: Resolver,
    /// Steps that were taken.
    agreed: u64,
    /// The effect of the last step.
    effect: String,
}

impl<'a> Player<'a> {
    fn new(mut machine: Machine<'a>) -> Player<'a> {
        let state = machine.initial();
        Player {
            paths_max: paths_max(&machine),
            branch: Branch::new(&state),
            machine,
            state,
            resolver: Resolver::default(),
            agreed: 0,
            effect: String::new(),
        }
    }

    /// Follows the lines after the header to the end of the file.
    fn play(&mut self, lines: &mut Lines<'_>, watcher: &mut impl Watch) -> Verdict {
        let mut end: Option<Footer> = None;
        loop {
            match lines.advance() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return read_error(&error, lines.number, self.agreed),
            }
            let line = lines.number;
            if end.is_some() {
                let reason = "the trace has ended in the line before".to_string();
                return Verdict::Unusable { line, reason };
            }
            let followed = match parse(lines) {
                Ok(Line::Step(step)) => self.step(&step, line, watcher),
                Ok(Line::Mark(Mark::Bookmark(name))) => {
                    watcher.bookmark(&name);
                    Ok(())
                }
                Ok(Line::Mark(Mark::Back(to))) => self.back(to, line).map(|()| watcher.back(to)),
                Ok(Line::Footer(footer)) => self.end(&footer, line).map(|()| end = Some(footer)),
                Ok(Line::Header(_)) => Err(Verdict::Unusable { line, reason: "a second header".to_string() }),
                Err(_) if is_cut(lines) => Err(Verdict::Open(format!(
                    "the file ends in the middle of line {line}; {} before it agree",
                    counted(self.agreed)
                ))),
                Err(reason) => Err(Verdict::Unusable { line, reason }),
            };
            if let Err(verdict) = followed {
                return verdict;
            }
        }
        match end {
            Some(footer) => Verdict::Agrees(footer.outcome),
            None => Verdict::Open(format!(
                "the file ends without a footer: whoever wrote it was stopped; {} agree",
                counted(self.agreed)
            )),
        }
    }

    fn step(&mut self, recorded: &Step<'_>, line: u64, watcher: &mut impl Watch) -> Result<(), Verdict> {
        let number = recorded.step;
        let at = self.branch.at();
        if number != at + 1 {
            return Err(Verdict::Unusable { line, reason: out_of_order(number, at) });
        }
        let diverges = |found| {
            Verdict::Diverges(Box::new(Divergence {
                line,
                step: number,
                name: recorded.name.to_string(),
                expected: recorded.effect.to_string(),
                found,
            }))
        };
        let Some((step, next)) = self.resolver.take(&mut self.machine, &self.state, &recorded.name) else {
            let enabled = self.machine.enabled(&self.state);
            let names = enabled.iter().map(|step| self.machine.name(&self.state, step)).collect();
            return Err(diverges(Found::Impossible(names)));
        };
        self.effect.clear();
        effect(&self.machine, &self.state, &next, &step, &mut self.effect);
        if self.effect != recorded.effect {
            return Err(diverges(Found::Effect(self.effect.clone())));
        }
        watcher.step(&mut self.machine, &self.state, &step, &next, &self.effect);
        self.branch.push(step, &next);
        self.state = next;
        self.agreed += 1;
        if self.machine.paths() > self.paths_max && !watcher.keeps_states() {
            let states = self.branch.states().chain([&mut self.state]);
            self.machine.prune(&mut states.collect::<Vec<_>>());
            self.paths_max = paths_max(&self.machine);
        }
        Ok(())
    }

    fn back(&mut self, to: u64, line: u64) -> Result<(), Verdict> {
        let unusable = |reason| Err(Verdict::Unusable { line, reason });
        let at = self.branch.at();
        if to > at {
            return unusable(format!("goes back to step {to}, but the last one was step {at}"));
        }
        if at - to > self.branch.depth() {
            return unusable(format!(
                "goes back {} steps, further than the last {BACK_MAX} that are kept",
                at - to
            ));
        }
        match self.branch.back(&mut self.machine, to) {
            Some(state) => self.state = state,
            None => return unusable(format!("step {to} cannot be reached again")),
        }
        Ok(())
    }

    fn end(&mut self, footer: &Footer, line: u64) -> Result<(), Verdict> {
        let at = self.branch.at();
        if footer.end != at {
            let reason = format!("the footer says that the last step is {}, but it is {at}", footer.end);
            return Err(Verdict::Unusable { line, reason });
        }
        let test = self.machine.test();
        let outcome = self.machine.outcome(&self.state);
        let outcome = outcome.map(|outcome| outcome_text(&test.program, &test.observables, &outcome));
        if outcome == footer.outcome {
            return Ok(());
        }
        let unfinished = || "none: the machine has not finished".to_string();
        Err(Verdict::Diverges(Box::new(Divergence {
            line,
            step: at + 1,
            name: String::new(),
            expected: footer.outcome.clone().unwrap_or_else(unfinished),
            found: Found::Outcome(outcome),
        })))
    }
}

fn out_of_order(number: u64, last: u64) -> String {
    match number.checked_sub(last + 1) {
        Some(1) => format!("step {number} follows step {last}: step {} is missing", last + 1),
        Some(_) => {
            format!("step {number} follows step {last}: steps {} to {} are missing", last + 1, number - 1)
        }
        None => format!("step {number} follows step {last}: the lines are out of order"),
    }
}
