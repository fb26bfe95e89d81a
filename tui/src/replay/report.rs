//! What replays found, as text or JSON.

use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::Value;
use sim_core::machine::Hardware;
use traces::format::Setup;
use traces::replay::{Divergence, Found, Replayed, Verdict};
use traces::view::hardware_words;

use super::costs;
use crate::cli::{ReplayFormat, Status};
use crate::render::printable;
use crate::run::text::words::counted;

const DIM: Style = Style::new().dimmed();
const YES: Style = AnsiColor::Green.on_default().bold();
const NO: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Magenta.on_default().bold();

/// Reports replays in order, and counts them.
pub struct Reporter {
    format: ReplayFormat,
    /// Number of files in all; of many, only those that do not agree are shown to people.
    files: usize,
    /// Where completions are compared too.
    across: Option<String>,
    totals: Totals,
}

/// How many of each.
#[derive(Debug, Default, Serialize)]
struct Totals {
    traces: u64,
    steps: u64,
    agree: u64,
    open: u64,
    diverge: u64,
    unusable: u64,
}

/// More files than this are not listed one by one.
const LISTED_MAX: usize = 20;

impl Reporter {
    /// A reporter for this many files; completions are compared on `protocol` too, if that is there.
    pub fn new(format: ReplayFormat, files: usize, protocol: Option<&str>) -> Reporter {
        Reporter { format, files, across: protocol.map(str::to_string), totals: Totals::default() }
    }

    /// Reports one file.
    ///
    /// # Errors
    /// Those of the system, when nobody reads.
    pub fn report(&mut self, path: &Path, replayed: &Replayed) -> io::Result<()> {
        let totals = &mut self.totals;
        totals.traces += 1;
        totals.steps += replayed.steps;
        *match replayed.verdict {
            Verdict::Agrees(_) => &mut totals.agree,
            Verdict::Open(_) => &mut totals.open,
            Verdict::Diverges(_) => &mut totals.diverge,
            Verdict::Unusable { .. } => &mut totals.unusable,
        } += 1;
        let mut out = anstream::stdout().lock();
        match self.format {
            ReplayFormat::Text
                if self.files > LISTED_MAX && matches!(replayed.verdict, Verdict::Agrees(_)) =>
            {
                Ok(())
            }
            ReplayFormat::Text | ReplayFormat::Csv => {
                out.write_all(text(path, replayed, self.across.as_deref()).as_bytes())?;
                match &replayed.counts {
                    Some(counts) if self.files == 1 => out.write_all(costs::table(counts).as_bytes()),
                    Some(counts) => writeln!(out, "  {DIM}{}{DIM:#}", counts.summary()),
                    None => Ok(()),
                }
            }
            ReplayFormat::Json => writeln!(out, "{}", serde_json::to_string(&Object::of(path, replayed))?),
        }
    }

    /// Writes the summary; gives how it all ended.
    pub fn finish(self) -> Status {
        let totals = &self.totals;
        if self.format == ReplayFormat::Text && self.files > 1 {
            let figures =
                [(totals.open, "end early"), (totals.diverge, "diverge"), (totals.unusable, "unusable")];
            let others: String =
                figures.iter().filter(|f| f.0 > 0).map(|(count, what)| format!(", {count} {what}")).collect();
            let (traces, steps) = (counted(totals.traces, "trace"), counted(totals.steps, "step"));
            anstream::println!("{traces}, {steps}: {} agree{others}", totals.agree);
        } else if self.format == ReplayFormat::Json
            && let Ok(summary) = serde_json::to_string(totals)
        {
            anstream::println!("{{\"summary\":{summary}}}");
        }
        [
            (totals.open, Status::Incomplete),
            (totals.diverge, Status::Failed),
            (totals.unusable, Status::BadInput),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .fold(Status::Done, |all, (_, status)| all.and(*status))
    }
}

/// The hardware of a trace.
fn hardware(replayed: &Replayed) -> Option<Hardware> {
    replayed.machine.as_ref()?.hardware().ok()
}

fn text(path: &Path, replayed: &Replayed, across: Option<&str>) -> String {
    let path = path.display();
    match &replayed.verdict {
        Verdict::Agrees(outcome) => {
            let steps = counted(replayed.steps, "step");
            let with = hardware(replayed).map(|hardware| hardware_words(&hardware)).unwrap_or_default();
            let too = match across {
                Some("off") => " (completions also without caches)".to_string(),
                Some(name) => format!(" (completions also on {name})"),
                None => String::new(),
            };
            let end = outcome.as_deref().map_or("the machine has not finished".into(), printable);
            format!("{path}: {YES}agrees{YES:#}, {steps}{with}{too}; {DIM}{end}{DIM:#}\n")
        }
        Verdict::Open(reason) => format!("{path}: {OPEN}ends early{OPEN:#}: {}\n", printable(reason)),
        Verdict::Diverges(divergence) => {
            format!("{path}: {NO}diverges{NO:#}: {}\n", printable(&divergence.to_string()))
        }
        Verdict::Unusable { line, reason } => {
            let place = if *line > 0 { format!("line {line}: ") } else { String::new() };
            format!("{path}: {NO}unusable{NO:#}: {place}{}\n", printable(reason))
        }
    }
}

/// One line of JSON about one file.
#[derive(Debug, Serialize)]
struct Object<'a> {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<&'a str>,
    /// The machine that it was recorded on.
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<&'a Setup>,
    /// What of it no architecture describes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_architectural: Vec<String>,
    steps: u64,
    /// What the run has cost, on caches.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Value>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    divergence: Option<Difference<'a>>,
}

#[derive(Debug, Serialize)]
struct Difference<'a> {
    step: u64,
    name: &'a str,
    expected: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    possible: Option<&'a [String]>,
    /// Where, if not on the machine that the trace was recorded on.
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'a str>,
}

impl<'a> Object<'a> {
    fn of(path: &Path, replayed: &'a Replayed) -> Object<'a> {
        let mut object = Object {
            file: path.display().to_string(),
            test: replayed.test.as_deref(),
            machine: replayed.machine.as_ref(),
            not_architectural: hardware(replayed).map_or(Vec::new(), |h| h.not_architectural()),
            steps: replayed.steps,
            counts: replayed.counts.as_ref().map(costs::object),
            verdict: "",
            outcome: None,
            line: None,
            message: None,
            divergence: None,
        };
        match &replayed.verdict {
            Verdict::Agrees(outcome) => {
                object.verdict = "agrees";
                object.outcome = outcome.as_deref();
            }
            Verdict::Open(reason) => {
                object.verdict = "open";
                object.message = Some(reason.clone());
            }
            Verdict::Diverges(divergence) => {
                object.verdict = "diverges";
                object.line = Some(divergence.line);
                object.message = Some(divergence.to_string());
                object.divergence = Some(Difference::of(divergence));
            }
            Verdict::Unusable { line, reason } => {
                object.verdict = "unusable";
                object.line = (*line > 0).then_some(*line);
                object.message = Some(reason.clone());
            }
        }
        object
    }
}

impl<'a> Difference<'a> {
    fn of(divergence: &'a Divergence) -> Difference<'a> {
        let mut difference = Difference {
            step: divergence.step,
            name: &divergence.name,
            expected: &divergence.expected,
            effect: None,
            outcome: None,
            possible: None,
            protocol: None,
        };
        match &divergence.found {
            Found::Impossible(enabled) => difference.possible = Some(enabled),
            Found::Effect(effect) => difference.effect = Some(effect),
            Found::Outcome(outcome) => difference.outcome = outcome.as_deref(),
            Found::Elsewhere(protocol, effect) => {
                difference.protocol = Some(protocol);
                difference.effect = effect.as_deref();
            }
            Found::EndsElsewhere(protocol, outcome) => {
                difference.protocol = Some(protocol);
                difference.outcome = outcome.as_deref();
            }
        }
        difference
    }
}
