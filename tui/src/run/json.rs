//! Results as JSON: one object per line.
//!
//! A test that ran:
//!
//! | key | value |
//! | --- | --- |
//! | `test`, `arch`, `hash` | strings from the test; `hash` is herd's |
//! | `file` | string: the path, or the name of a built-in test |
//! | `machine` | string: `sc`, `tso`, `pso` or `armv8` |
//! | `model` | string: the file of the cat model; only with `--model` |
//! | `flags` | array of strings: flags that the model raises, `*undef*` for undefined behaviour; not if there are none |
//! | `protocol` | string: that of the caches; only with caches |
//! | `features` | array of strings: what else differs from the plain machine, such as `ways=1`; not if nothing does |
//! | `not_architectural` | array of strings: which of that no architecture describes; not if nothing is |
//! | `forbidden` | array of the states that the architecture forbids, as in `states`; only with `not_architectural`, and null if they are not known |
//! | `condition` | string, in canonical spelling |
//! | `holds` | whether the condition holds; null if an incomplete result leaves it open |
//! | `observation` | string: `never`, `sometimes` or `always` of the proposition; null if open |
//! | `complete` | whether these are all final states |
//! | `incomplete` | string: why not; only if `complete` is false |
//! | `states` | array of objects from location to value; values are strings, spelled as in a log; not with `--verdict-only` |
//! | `positive`, `negative` | number of states that satisfy the proposition, and that do not |
//! | `stuck` | array of the ways found in which runs never end, each an array of `[thread, instruction]` that spin |
//! | `outside` | array of `[thread, instruction]` that may access memory outside all variables; such runs have no final state |
//! | `mixed` | whether the test has accesses of mixed sizes |
//! | `store_buffer` | number of stores that a store buffer may hold; only with `--store-buffer` |
//! | `explored` | number of states that the search explored, or of executions that the model accepts |
//! | `witnesses` | array, parallel to `states`: how each comes about, an object of `clearest` and `shortest`, each `{inversions, steps}` or null, a step being `{step, sentence}`; only with `--witness` |
//! | `figures` | object from names to numbers; only with `--stats` |
//! | `seconds` | number; only with `--time` |
//! | `phases` | object from the names of phases to seconds; only with `--stats --time` |
//! | `peak_memory` | number of bytes that the process has used at most so far, where the system tells; only with `--stats --time` |
//!
//! A file that could not be used has `file` and `errors`: an array of objects with `message`, and where
//! the error has a place, `code`, `line`, `column` (both from 1) and `notes`.

use serde::Serialize;
use serde_json::{Map, Value, json};
use sim_core::diagnostic::{Diagnostic, Severity};
use sim_core::outcome::State;
use traces::load::Source;
use traces::show::{self, Radix};

use super::herd;
use super::solve::Ran;
use super::stop;
use super::witness::Witness;
use crate::render::Place;

#[derive(Serialize)]
struct Line<'a> {
    test: &'a str,
    arch: &'a str,
    file: &'a str,
    hash: &'a str,
    machine: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    features: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_architectural: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forbidden: Option<Option<Vec<Map<String, Value>>>>,
    condition: &'a str,
    holds: Option<bool>,
    observation: Option<String>,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    states: Option<Vec<Map<String, Value>>>,
    positive: usize,
    negative: usize,
    stuck: &'a [Vec<(usize, u32)>],
    outside: &'a [(usize, u32)],
    mixed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    store_buffer: Option<u32>,
    explored: u64,
    #[serde(skip_serializing_if = "<[Witness]>::is_empty")]
    witnesses: &'a [Witness],
    #[serde(skip_serializing_if = "Option::is_none")]
    figures: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phases: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory: Option<u64>,
}

/// What a line has beyond the necessary, and what it lacks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    /// `seconds`.
    pub time: bool,
    /// `figures`.
    pub stats: bool,
    /// No `states`.
    pub verdict_only: bool,
}

/// The line of a test that ran.
pub fn ran(ran: &Ran, extras: Extras) -> String {
    let test = &ran.test;
    let (positive, negative) = ran.outcomes().count(&test.condition.prop);
    let object = |state: &State| -> Map<String, Value> {
        let values = show::values(test, state, Radix::Decimal);
        let items = test.observables.items.iter().zip(values);
        items.map(|(item, value)| (item.name.clone(), Value::String(value))).collect()
    };
    let states = ran.outcomes().states.iter().map(object);
    let not_architectural = ran.hardware.not_architectural();
    let forbidden =
        ran.outcomes().states.iter().filter(|state| ran.is_forbidden(state)).map(object).collect();
    let incomplete = ran.incomplete();
    let line = Line {
        test: &test.name,
        arch: &test.arch,
        file: &ran.source.name,
        hash: &test.hash,
        machine: ran.machine.name(),
        model: ran.model.as_deref(),
        flags: ran.found.flags.clone(),
        protocol: ran.hardware.protocol(),
        features: ran.hardware.features(),
        forbidden: (!not_architectural.is_empty()).then(|| ran.architecture.as_ref().map(|_| forbidden)),
        not_architectural,
        condition: &test.condition.text,
        holds: ran.answer(),
        observation: Some(herd::observation(ran).to_lowercase()).filter(|word| word != "unknown"),
        complete: incomplete.is_none(),
        incomplete,
        states: (!extras.verdict_only).then(|| states.collect()),
        positive,
        negative,
        stuck: &ran.found.stuck,
        outside: &ran.found.outside,
        mixed: test.mixed,
        store_buffer: ran.store_buffer,
        explored: ran.found.explored,
        witnesses: &ran.found.witnesses,
        figures: extras
            .stats
            .then(|| ran.found.figures.iter().map(|(name, n)| (name.clone(), (*n).into())).collect()),
        seconds: extras.time.then_some(ran.time.as_secs_f64()),
        phases: (extras.time && extras.stats).then(|| {
            ran.phases.iter().map(|(name, time)| (name.to_string(), time.as_secs_f64().into())).collect()
        }),
        peak_memory: if extras.time && extras.stats { stop::peak_memory() } else { None },
    };
    // Strings, numbers and string keys always serialise.
    serde_json::to_string(&line).unwrap_or_default() + "\n"
}

/// The line of a text that is no test.
pub fn invalid(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let errors: Vec<Value> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| {
            let place = Place::of(&source.text, diagnostic.span.start as usize);
            json!({
                "code": diagnostic.code,
                "message": diagnostic.message,
                "line": place.line,
                "column": place.column,
                "notes": diagnostic.notes,
            })
        })
        .collect();
    format!("{}\n", json!({ "file": source.name, "errors": errors }))
}

/// The line of an input about which there is only one thing to say.
pub fn failed(file: &str, message: &str) -> String {
    format!("{}\n", json!({ "file": file, "errors": [{ "message": message }] }))
}
