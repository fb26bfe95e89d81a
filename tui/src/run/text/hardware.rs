//! What a test ran on, and what hardware that is not architectural adds to it.

use std::fmt::Write as _;

use sim_core::machine::Hardware;
use sim_core::outcome::State;
use traces::show::{self, Radix};

use super::{DIM, NO, OPEN, words};
use crate::run::solve::Ran;

/// Says that the results are of no architecture, if so.
pub fn warning(text: &mut String, hardware: &Hardware) {
    let strange = hardware.not_architectural();
    if !strange.is_empty() {
        let _ = writeln!(text, "{NO}NOT ARCHITECTURAL{NO:#}: {}", strange.join(", "));
    }
}

/// The final states that the architecture forbids, and those that it allows and this hardware does not show.
pub fn compared(text: &mut String, ran: &Ran, radix: Radix) {
    if ran.hardware.not_architectural().is_empty() {
        return;
    }
    let model = ran.machine.order().name;
    let Some(allowed) = &ran.architecture else {
        let _ = writeln!(
            text,
            "{OPEN}not compared{OPEN:#} with {model}: the search did not find all its final states"
        );
        return;
    };
    let found = &ran.outcomes().states;
    let added: Vec<&State> = found.iter().filter(|state| ran.is_forbidden(state)).collect();
    let lost: Vec<&State> = allowed.iter().filter(|state| found.binary_search(state).is_err()).collect();
    let mut list = |states: &[&State], what: String| {
        let _ = writeln!(text, "{what}{}", if states.is_empty() { "" } else { ":" });
        for state in states {
            let _ = writeln!(text, "    {}", show::state(&ran.test, state, radix));
        }
    };
    let count = |states: &[&State]| words::counted(states.len() as u64, "final state");
    list(&added, format!("adds {} that {model} forbids", count(&added)));
    if ran.incomplete().is_none() {
        list(&lost, format!("lacks {} that {model} allows", count(&lost)));
    } else if !lost.is_empty() {
        let _ = writeln!(text, "{DIM}{} that {model} allows not seen so far{DIM:#}", count(&lost));
    }
}

/// For one line of many: how many final states the architecture forbids.
pub fn share(ran: &Ran) -> String {
    match ran.outcomes().states.iter().filter(|state| ran.is_forbidden(state)).count() {
        0 => String::new(),
        count => format!("  {NO}{count} forbidden{NO:#}"),
    }
}
