//! The runs to a final state, step by step.

use std::fmt::Write as _;

use sim_core::outcome::State;
use traces::show::{self, Radix};

use super::{DIM, TITLE, WEAK, words};
use crate::run::solve::Ran;
use crate::run::witness::{Told, Witness};

/// How one final state comes about.
pub fn of(ran: &Ran, state: &State, witness: &Witness, radix: Radix) -> String {
    let values = show::values(&ran.test, state, radix);
    let items = ran.test.observables.items.iter().zip(values);
    let title: Vec<String> = items.map(|(item, value)| format!("{}={value}", item.name)).collect();
    let weak = if ran.is_weak(state) { format!("  {WEAK}* weak{WEAK:#}") } else { String::new() };
    let mut text = format!("{TITLE}{}{TITLE:#}{weak}\n", title.join("; "));
    match (&witness.clearest, &witness.shortest) {
        (None, None) => text.push_str("  no run was put together\n"),
        (Some(clearest), Some(shortest)) if clearest == shortest => {
            run(&mut text, "closest to program order, and shortest", clearest);
        }
        (clearest, shortest) => {
            for (title, told) in [("closest to program order", clearest), ("shortest", shortest)] {
                if let Some(told) = told {
                    run(&mut text, title, told);
                }
            }
        }
    }
    text
}

fn run(text: &mut String, title: &str, told: &Told) {
    let order = words::inversions(told.inversions);
    let _ = writeln!(text, "  {DIM}{title}: {} steps, {order}{DIM:#}", told.steps.len());
    let width = told.steps.iter().map(|step| step.step.chars().count()).max().unwrap_or(0);
    for (index, step) in told.steps.iter().enumerate() {
        let gap = " ".repeat(width - step.step.chars().count());
        let _ = writeln!(text, "  {:>3}  {}{gap}  {DIM}{}{DIM:#}", index + 1, step.step, step.sentence);
    }
}
