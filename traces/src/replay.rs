//! Replaying traces: every step is taken again and compared with what was recorded.

mod branch;
mod course;
mod memo;
mod resolve;
mod sessions;

use std::fmt;
use std::io;

use sim_core::litmus::Test;
use sim_core::machine::{self, Machine, State};

use crate::format::{Footer, Header, Line, Lines, Mark, Setup, Step, TooLong};
use crate::record::outcome_text;
use crate::view::Counts;
pub use branch::BACK_MAX;
use course::Course;
use memo::Memo;
pub use sessions::Sessions;

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The name of the test, if the header could be read.
    pub test: Option<String>,
    /// The machine that it was recorded on, likewise.
    pub machine: Option<Setup>,
    /// Steps that were taken and agree.
    pub steps: u64,
    /// What the steps of the present branch have cost, if the machine has caches.
    pub counts: Option<Counts>,
    /// What was found.
    pub verdict: Verdict,
}

impl Replayed {
    /// Of a trace without a step that could be taken.
    pub fn nothing(header: Option<&Header>, verdict: Verdict) -> Replayed {
        let (test, machine) = header.map(|h| (h.test.name.clone(), h.machine.clone())).unzip();
        Replayed { test, machine, steps: 0, counts: None, verdict }
    }
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
    /// The recorded effect, or final state; empty for that of a machine that had not finished.
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
    /// On other hardware, which is named, the step has this effect, or is not possible.
    Elsewhere(String, Option<String>),
    /// On other hardware, which is named, the final state is this one, or the machine has not finished.
    EndsElsewhere(String, Option<String>),
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Divergence { line, step, name, expected, found } = self;
        let ended = |outcome: &Option<String>| match outcome {
            Some(outcome) => format!("is `{outcome}`"),
            None => "there is none: the machine has not finished".to_string(),
        };
        let recorded = match expected.as_str() {
            "" => "recorded before the machine had finished".to_string(),
            outcome => format!("recorded as `{outcome}`"),
        };
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
            Found::Elsewhere(hardware, Some(effect)) => {
                write!(
                    f,
                    "line {line}: step {step} `{name}`: recorded `{expected}`, on {hardware} `{effect}`"
                )
            }
            Found::Elsewhere(hardware, None) => {
                write!(f, "line {line}: step {step} `{name}` is not possible on {hardware}")
            }
            Found::EndsElsewhere(hardware, outcome) => {
                write!(f, "line {line}: the final state was {recorded}, and on {hardware} {}", ended(outcome))
            }
            Found::Outcome(outcome) => {
                write!(f, "line {line}: the final state was {recorded}, and {}", ended(outcome))
            }
        }
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

    /// Whether it looks at states. Otherwise each may be another one that is equal to it.
    fn looks(&self) -> bool {
        true
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

impl Watch for () {
    fn looks(&self) -> bool {
        false
    }
}

/// What a trace must agree with, beside the machine that it was recorded on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expect<'e> {
    /// It must be of this test.
    pub test: Option<&'e Test>,
    /// Its completions must be possible, and have the same values, on caches with this protocol (`off` for flat memory).
    /// What happens between caches may differ.
    pub protocol: Option<&'e str>,
}

/// Replays a trace. If `of` is there, the trace must be of that test.
pub fn replay(lines: &mut Lines<'_>, sessions: &Sessions, of: Option<&Test>) -> Replayed {
    watch(lines, sessions, Expect { test: of, protocol: None }, &mut ())
}

/// Replays a trace while `watcher` looks on.
pub fn watch(
    lines: &mut Lines<'_>,
    sessions: &Sessions,
    expect: Expect<'_>,
    watcher: &mut impl Watch,
) -> Replayed {
    let of = expect.test;
    let header = match read_header(lines) {
        Ok(header) => header,
        Err(verdict) => return Replayed::nothing(None, sound(verdict, lines)),
    };
    let nothing = |reason| Replayed::nothing(Some(&*header), Verdict::Unusable { line: 1, reason });
    if let Some(of) = of
        && of.hash != header.test.hash
    {
        let is = &header.test;
        let reason = format!(
            "this is a trace of {} for {} ({}), not of {} for {} ({})",
            is.name, is.arch, is.hash, of.name, of.arch, of.hash
        );
        return nothing(reason);
    }
    let elsewhere = expect.protocol.map(|protocol| elsewhere(&header, protocol));
    let session = match sessions.of(&header) {
        Ok(session) => session,
        Err(reason) => return nothing(reason),
    };
    match elsewhere.as_ref().map(|header| sessions.of(header)).transpose() {
        Ok(other) => {
            let (machine, memo) = sessions.machine(&session);
            let memo = if watcher.looks() { Memo::of_nothing() } else { memo };
            let mut player = Player::new(Course::new(machine, memo, true));
            player.other = other.as_ref().map(|other| {
                let mut machine = other.machine().carrying();
                machine.whole = true;
                let course = Course::new(machine, Memo::default(), false);
                Other { name: expect.protocol.unwrap_or_default(), course }
            });
            let Course { machine, point, .. } = &mut player.course;
            watcher.begin(&header, machine, &point.state, session.order().name);
            let verdict = sound(player.play(lines, watcher), lines);
            let Course { machine, point, .. } = &player.course;
            let counts = point.tally.as_ref().and_then(|tally| Counts::of(machine, tally));
            let steps = player.agreed;
            let Course { machine, memo, .. } = player.course;
            sessions.keep(&session, machine, memo);
            Replayed { steps, counts, ..Replayed::nothing(Some(&*header), verdict) }
        }
        // Nothing is wrong with the trace.
        Err(reason) => {
            let name = expect.protocol.unwrap_or_default();
            let reason = format!("cannot be compared with {name}: {reason}");
            Replayed::nothing(Some(&*header), Verdict::Unusable { line: 0, reason })
        }
    }
}

/// The header of the same run on caches with another protocol.
fn elsewhere(header: &Header, protocol: &str) -> Header {
    let mut header = header.clone();
    header.machine.protocol = (protocol != "off").then(|| protocol.to_string());
    if protocol == "off" {
        // What is left of hardware without caches.
        header.machine.features.clear();
    }
    header
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

/// The verdict on a trace, unless that is no better than a compressed file that turns out to be damaged: its lines are
/// judged before the checksum behind them is.
fn sound(verdict: Verdict, lines: &mut Lines<'_>) -> Verdict {
    let line = match &verdict {
        Verdict::Diverges(divergence) => divergence.line,
        Verdict::Unusable { line, .. } => *line,
        Verdict::Agrees(_) | Verdict::Open(_) => return verdict,
    };
    match lines.damage() {
        // A file that breaks off is whole up to there.
        Some(damage) if damage.kind() != io::ErrorKind::UnexpectedEof => {
            Verdict::Unusable { line, reason: format!("cannot be read: {damage}") }
        }
        Some(_) | None => verdict,
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
        let agreed = before(steps);
        return Verdict::Open(format!("the compressed file breaks off in line {line}; {agreed}"));
    }
    let reason = match error.get_ref().and_then(|e| e.downcast_ref::<TooLong>()) {
        Some(too_long) => too_long.to_string(),
        None => format!("cannot be read: {error}"),
    };
    Verdict::Unusable { line, reason }
}

/// That the steps before some place agree.
fn before(steps: u64) -> String {
    match steps {
        0 => "there is no step before it".to_string(),
        1 => "the step before it agrees".to_string(),
        _ => format!("the {steps} steps before it agree"),
    }
}

/// A trace on its way.
struct Player<'a> {
    /// The machine that it was recorded on.
    course: Course<'a>,
    /// Another, on which completions must agree.
    other: Option<Other<'a>>,
    /// Steps that were taken.
    agreed: u64,
}

/// Other hardware.
struct Other<'a> {
    name: &'a str,
    course: Course<'a>,
}

impl<'a> Player<'a> {
    fn new(course: Course<'a>) -> Player<'a> {
        Player { course, other: None, agreed: 0 }
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
            if lines.bytes().trim_ascii().is_empty() {
                continue;
            }
            if end.is_some() {
                let reason = "a line behind the footer, which ends the trace".to_string();
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
                    "the file ends in the middle of line {line}; {}",
                    before(self.agreed)
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
                "the file ends without a footer: whoever wrote it was stopped; {}",
                before(self.agreed)
            )),
        }
    }

    fn step(&mut self, recorded: &Step<'_>, line: u64, watcher: &mut impl Watch) -> Result<(), Verdict> {
        let number = recorded.step;
        let at = self.course.at();
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
        let course = &mut self.course;
        let Some((step, next)) = course.find(&recorded.name) else {
            let enabled = course.machine.enabled(&course.point.state);
            let names = enabled.iter().map(|step| course.machine.name(&course.point.state, step)).collect();
            return Err(diverges(Found::Impossible(names)));
        };
        if course.effect != recorded.effect {
            return Err(diverges(Found::Effect(course.effect.clone())));
        }
        if let Some(other) = &mut self.other {
            other.follow(&step, recorded).map_err(diverges)?;
        }
        watcher.step(&mut course.machine, &course.point.state, &step, &next, &course.effect);
        course.go(step, next, !watcher.keeps_states());
        self.agreed += 1;
        Ok(())
    }

    fn back(&mut self, to: u64, line: u64) -> Result<(), Verdict> {
        let others = self.other.iter_mut().map(|other| &mut other.course);
        let mut courses = [&mut self.course].into_iter().chain(others);
        courses.try_for_each(|course| course.back(to)).map_err(|reason| Verdict::Unusable { line, reason })
    }

    fn end(&mut self, footer: &Footer, line: u64) -> Result<(), Verdict> {
        let at = self.course.at();
        if footer.end != at {
            let reason = format!("the footer says that the last step is {}, but it is {at}", footer.end);
            return Err(Verdict::Unusable { line, reason });
        }
        let outcome = final_state(&self.course);
        let found = match &mut self.other {
            _ if outcome != footer.outcome => Found::Outcome(outcome),
            Some(other) if final_state(&other.course) != outcome => {
                Found::EndsElsewhere(other.name.to_string(), final_state(&other.course))
            }
            Some(_) | None => return Ok(()),
        };
        Err(Verdict::Diverges(Box::new(Divergence {
            line,
            step: at + 1,
            name: String::new(),
            expected: footer.outcome.clone().unwrap_or_default(),
            found,
        })))
    }
}

impl Other<'_> {
    /// Takes a recorded step, unless it is between caches, and compares.
    fn follow(&mut self, step: &machine::Step, recorded: &Step<'_>) -> Result<(), Found> {
        let course = &mut self.course;
        if matches!(step, machine::Step::Cache { .. }) {
            course.stay();
            return Ok(());
        }
        let Some((step, next)) = course.find(&recorded.name) else {
            return Err(Found::Elsewhere(self.name.to_string(), None));
        };
        // With caches the same bytes come from the core's cache.
        let values = |effect: &str| effect.replace(" from cache", " from memory");
        if values(&course.effect) != values(&recorded.effect) {
            return Err(Found::Elsewhere(self.name.to_string(), Some(course.effect.clone())));
        }
        course.go(step, next, true);
        Ok(())
    }
}

/// The final state of a machine that has finished.
fn final_state(course: &Course<'_>) -> Option<String> {
    let test = course.machine.test();
    let outcome = course.machine.outcome(&course.point.state)?;
    Some(outcome_text(&test.program, &test.observables, &outcome))
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
