//! Verdicts in words.

use anstyle::Style;
use sim_core::outcome::Quantifier;

use super::{NO, OPEN, WEAK, YES};
use crate::run::solve::Ran;

/// The condition and its answer: `exists (0:rax=0)` and `can happen: in 1 of 4 final states`.
pub fn verdict(ran: &Ran) -> String {
    let condition = &ran.test.condition;
    let (positive, negative) = ran.outcomes().count(&condition.prop);
    let total = positive + negative;
    let (style, _) = short(ran);
    let words = match (condition.quantifier, ran.answer()) {
        (Quantifier::Exists | Quantifier::NotExists, None) => {
            format!("not known: seen in none of the final states found so far ({total})")
        }
        (Quantifier::Forall, None) => {
            format!("not known: true in all final states found so far ({total})")
        }
        (Quantifier::Exists, Some(true)) => format!("can happen: {}", share(positive, total)),
        (Quantifier::Exists, Some(false)) => format!("cannot happen: {}", share(0, total)),
        (Quantifier::NotExists, Some(true)) => format!("holds, it cannot happen: {}", share(0, total)),
        (Quantifier::NotExists, Some(false)) => {
            format!("does not hold, it can happen: {}", share(positive, total))
        }
        (Quantifier::Forall, Some(true)) => format!("always holds: {}", share(positive, total)),
        (Quantifier::Forall, Some(false)) => format!("does not always hold: {}", share(positive, total)),
    };
    let (verdict, rest) = words.split_once(':').unwrap_or((&words, ""));
    format!("{}\n{style}{verdict}{style:#}:{rest}", condition.text)
}

fn share(positive: usize, total: usize) -> String {
    match (positive, total) {
        (_, 0) => "there is no final state".to_string(),
        (0, 1) => "not in the only final state".to_string(),
        (0, t) => format!("in none of {t} final states"),
        (1, 1) => "in the only final state".to_string(),
        (p, t) if p == t => format!("in all {t} final states"),
        _ => format!("in {positive} of {total} final states"),
    }
}

/// The answer in one or two words, and its style.
pub fn short(ran: &Ran) -> (Style, &'static str) {
    match (ran.test.condition.quantifier, ran.answer()) {
        (_, None) => (OPEN, "not known"),
        (Quantifier::Exists, Some(true)) => (YES, "can happen"),
        (Quantifier::Exists, Some(false)) => (NO, "cannot happen"),
        (Quantifier::NotExists, Some(true)) | (Quantifier::Forall, Some(true)) => (YES, "holds"),
        (Quantifier::NotExists, Some(false)) | (Quantifier::Forall, Some(false)) => (NO, "does not hold"),
    }
}

/// How many final states there are, and how many of them are weak.
pub fn count_of_states(states: usize, weak: usize, incomplete: bool) -> String {
    let total = counted(states as u64, "final state");
    let so_far = if incomplete { " found so far" } else { "" };
    let weak = match weak {
        0 => String::new(),
        _ => format!(", {WEAK}{weak} weak{WEAK:#}"),
    };
    format!("{total}{so_far}{weak}")
}

/// `a spins`, `a and b spin`, `a, b and c spin`.
pub fn listed(items: &[String], one: &str, many: &str) -> String {
    match items {
        [] => format!("nobody {one}"),
        [item] => format!("{item} {one}"),
        [items @ .., last] => format!("{} and {last} {many}", items.join(", ")),
    }
}

/// `1 state`, `2 states`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// How far a run departs from program order.
pub fn inversions(count: u32) -> String {
    match count {
        0 => "in program order".to_string(),
        1 => "1 access completes before an earlier one".to_string(),
        n => format!("{n} times an access completes before an earlier one"),
    }
}
