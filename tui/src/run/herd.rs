//! Results as herd7 prints them, for its family of tools.
//!
//! A block has the lines of herd7 in their order and spelling, with these meanings of our own:
//!
//! * `Positive` and `Negative` count distinct final states that satisfy the proposition and that do
//!   not (swapped under `~exists`, as there). With `--engine axioms` they count candidate executions, as
//!   herd7 does.
//! * An incomplete result says `Undef` where the states found do not decide the condition, and
//!   `Loop` before the verdict where a loop was cut. Its observation is `Sometimes` if both kinds of
//!   states were found, else `Unknown`: more states might change it.
//! * Lines that herd7 does not have stand after the observation, where log readers skip them:
//!   `Incomplete NAME reason`; `Buffer NAME stores` where store buffers are bounded; `Stuck NAME ways` where
//!   some runs never end; `Outside NAME instructions` where some runs access memory outside all variables
//!   and so have no final state; with `--stats`, `Explored NAME states`.
//! * `Time NAME seconds` is wall-clock time, and printed only where it is asked for.

use std::fmt::Write as _;

use sim_core::outcome::{Completeness, Observation, Quantifier};
use traces::show::{self, Radix};

use super::solve::Ran;

/// What a block has beyond the necessary.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    /// A `Time` line.
    pub time: bool,
    /// An `Explored` line.
    pub stats: bool,
    /// How values are printed.
    pub radix: Radix,
}

/// The block of a test, with the empty line after it.
pub fn block(ran: &Ran, extras: Extras) -> String {
    let (test, outcomes) = (&ran.test, ran.outcomes());
    let name = &test.name;
    let (positive, negative) = match ran.found.candidates {
        Some(candidates) => candidates,
        None => {
            let (positive, negative) = outcomes.count(&test.condition.prop);
            (positive as u64, negative as u64)
        }
    };
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{line}");
    };
    let (kind, swap) = match test.condition.quantifier {
        Quantifier::Exists => ("Allowed", false),
        Quantifier::NotExists => ("Forbidden", true),
        Quantifier::Forall => ("Required", false),
    };
    line(format_args!("Test {name} {kind}"));
    line(format_args!("States {}", outcomes.states.len()));
    for state in &outcomes.states {
        line(format_args!("{}", show::state(test, state, extras.radix)));
    }
    line(format_args!("{}", verdict(ran)));
    line(format_args!("Witnesses"));
    let (first, second) = if swap { (negative, positive) } else { (positive, negative) };
    line(format_args!("Positive: {first} Negative: {second}"));
    for flag in &ran.found.flags {
        line(format_args!("Flag {flag}"));
    }
    line(format_args!("Condition {}", test.condition.text));
    line(format_args!("Observation {name} {} {positive} {negative}", observation(ran)));
    if let Some(reason) = ran.incomplete() {
        line(format_args!("Incomplete {name} {reason}"));
    }
    if let Some(entries) = ran.store_buffer {
        line(format_args!("Buffer {name} {entries}"));
    }
    for (word, count) in [("Stuck", ran.found.stuck.len()), ("Outside", ran.found.outside.len())] {
        if count > 0 {
            line(format_args!("{word} {name} {count}"));
        }
    }
    if extras.stats {
        line(format_args!("Explored {name} {}", ran.found.explored));
    }
    if extras.time {
        line(format_args!("Time {name} {:.2}", ran.time.as_secs_f64()));
    }
    line(format_args!("Hash={}", test.hash));
    line(format_args!(""));
    text
}

/// `Ok`, `No` or `Undef`, after `Loop` where a loop was cut. A program that the model calls undefined has no answer.
pub fn verdict(ran: &Ran) -> String {
    let undefined = ran.found.flags.iter().any(|flag| flag == "*undef*");
    let word = match ran.answer() {
        _ if undefined => "Undef",
        Some(true) => "Ok",
        Some(false) => "No",
        None => "Undef",
    };
    match ran.outcomes().completeness {
        Completeness::Bounded { .. } => format!("Loop {word}"),
        _ => word.to_string(),
    }
}

/// `Never`, `Sometimes` or `Always` of the proposition; `Unknown` where that is open.
pub fn observation(ran: &Ran) -> &'static str {
    let outcomes = ran.outcomes();
    match outcomes.observation(&ran.test.condition.prop) {
        Observation::Sometimes => "Sometimes",
        _ if outcomes.completeness != Completeness::Complete => "Unknown",
        Observation::Never => "Never",
        Observation::Always => "Always",
    }
}
