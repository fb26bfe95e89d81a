//! `--engine all`: do the engines agree?

use std::fmt::Write as _;

use sim_core::litmus::Test;
use sim_core::outcome::{Completeness, State};
use traces::show::{self, Radix};

use super::engine::{Engine, Found};

/// States that one engine found and another, which claims to know all, did not.
#[derive(Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The engine that found them.
    pub found_by: Engine,
    /// The engine that did not.
    pub missed_by: Engine,
    /// The states; not empty.
    pub states: Vec<State>,
}

/// Every disagreement between `first` and one of `others`.
pub fn disagreements(first: &Found, others: &[Found]) -> Vec<Disagreement> {
    others.iter().flat_map(|other| [missed(first, other), missed(other, first)]).flatten().collect()
}

/// What `a` found and `b` missed.
fn missed(a: &Found, b: &Found) -> Option<Disagreement> {
    if b.outcomes.completeness != Completeness::Complete {
        return None;
    }
    let missing = a.outcomes.states.iter().filter(|state| b.outcomes.states.binary_search(state).is_err());
    let states: Vec<State> = missing.cloned().collect();
    (!states.is_empty()).then_some(Disagreement { found_by: a.by, missed_by: b.by, states })
}

/// A disagreement in words, with how to see it again.
pub fn describe(test: &Test, file: &str, disagreements: &[Disagreement]) -> String {
    let mut text = format!("disagreement about {} ({file})\n", test.name);
    for disagreement in disagreements {
        let (found, missed) = (disagreement.found_by.name(), disagreement.missed_by.name());
        let _ = writeln!(text, "    found by the {found}, not by the {missed}:");
        for state in &disagreement.states {
            let _ = writeln!(text, "        {}", show::state(test, state, Radix::Decimal));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::outcome::Outcomes;

    fn found(by: Engine, states: &[u64], complete: bool) -> Found {
        let completeness = match complete {
            true => Completeness::Complete,
            false => Completeness::Truncated { limit: "1 s".to_string(), explored: 0 },
        };
        let states = states.iter().map(|value| State { values: Box::new([*value]) }).collect();
        let outcomes = Outcomes { states, completeness };
        Found {
            by,
            outcomes,
            stuck: Vec::new(),
            outside: Vec::new(),
            explored: 0,
            candidates: None,
            flags: Vec::new(),
            witnesses: Vec::new(),
            figures: Vec::new(),
        }
    }

    fn count(a: &[u64], a_complete: bool, b: &[u64], b_complete: bool) -> usize {
        let first = found(Engine::Search, a, a_complete);
        disagreements(&first, &[found(Engine::Machine, b, b_complete)]).len()
    }

    #[test]
    fn complete_results_are_equal_or_disagree() {
        assert_eq!(count(&[1, 2], true, &[1, 2], true), 0);
        assert_eq!(count(&[1, 2], true, &[1], true), 1);
        assert_eq!(count(&[1, 2], true, &[1, 3], true), 2);
    }

    #[test]
    fn an_incomplete_result_is_a_lower_bound() {
        assert_eq!(count(&[1, 2], true, &[1], false), 0);
        assert_eq!(count(&[1, 2], true, &[3], false), 1);
        assert_eq!(count(&[1], false, &[2], false), 0);
    }
}
