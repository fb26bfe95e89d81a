//! Schedules written by hand: one step per line, by its name or as much of it as tells it apart.

use std::fmt;
use std::io;

use sim_core::machine::{Machine, State, Step};

use super::Run;

/// A line that names no step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleError {
    /// Its number, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// The names of the steps that it could mean; empty if none.
    pub meant: Vec<String>,
    /// The names of the steps that are possible there.
    pub enabled: Vec<String>,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        let ScheduleError { line, text, meant, enabled } = self;
        match (meant.as_slice(), enabled.as_slice()) {
            ([], []) => write!(f, "line {line}: `{text}`: the machine has finished, no step is possible"),
            ([], _) => write!(f, "line {line}: no step `{text}` is possible here, only {}", list(enabled)),
            _ => write!(f, "line {line}: `{text}` could be {}", list(meant)),
        }
    }
}

/// The step that `state` allows and `text` names: its whole name, or the beginning of no other's. Several
/// spaces count as one.
///
/// # Errors
/// The names that `text` could mean, if several, and all that are possible.
pub fn step_named(
    machine: &mut Machine<'_>,
    state: &State,
    text: &str,
) -> Result<Step, (Vec<String>, Vec<String>)> {
    let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let steps = machine.enabled(state);
    let names: Vec<String> = steps.iter().map(|step| machine.name(state, step)).collect();
    if let Some(exact) = names.iter().position(|name| *name == wanted) {
        return Ok(steps[exact]);
    }
    let fits: Vec<usize> = (0..names.len()).filter(|i| names[*i].starts_with(&wanted)).collect();
    match fits.as_slice() {
        [only] => Ok(steps[*only]),
        several => Err((several.iter().map(|i| names[*i].clone()).collect(), names)),
    }
}

/// Takes the steps of a schedule. `#` begins a comment; empty lines mean nothing.
///
/// # Errors
/// Those of the system while recording; inside, the first line that names no step.
pub fn follow(run: &mut Run<'_>, schedule: &str) -> io::Result<Result<(), ScheduleError>> {
    let schedule = schedule.strip_prefix('\u{feff}').unwrap_or(schedule);
    for (index, line) in schedule.lines().enumerate() {
        let text = comment_off(line).trim();
        if text.is_empty() {
            continue;
        }
        match step_named(&mut run.machine, &run.state, text) {
            Ok(step) => run.take(&step)?,
            Err((meant, enabled)) => {
                return Ok(Err(ScheduleError { line: index + 1, text: text.to_string(), meant, enabled }));
            }
        }
    }
    Ok(Ok(()))
}

/// The line without a comment: `#` at its beginning or after a space, for names have `#` inside words.
fn comment_off(line: &str) -> &str {
    let begins = |at: &usize| *at == 0 || line[..*at].ends_with(char::is_whitespace);
    let comment = line.match_indices('#').map(|(at, _)| at).find(begins);
    &line[..comment.unwrap_or(line.len())]
}

#[cfg(test)]
mod tests {
    use super::comment_off;

    #[test]
    fn numbers_of_instances_are_no_comments() {
        assert_eq!(comment_off("P0.2#2 load x # again"), "P0.2#2 load x ");
        assert_eq!(comment_off("# all"), "");
    }
}
