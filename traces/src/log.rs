//! Logs of the herd family: result blocks by herd, litmus, rmem and this program.
//!
//! A block begins with `Test NAME KIND`. Of it are read the final states (below `States n` or
//! `Histogram (n states)`, there with counts and `*>` or `:>` before each), the verdict (`Ok`, `No`,
//! ... with `Loop` before it where a loop was cut), and the hash. Everything else is skipped, and so is
//! everything between blocks.

mod compare;

use std::collections::BTreeSet;

pub use compare::{Comparison, Difference};

/// A final state as a set of (location, value), each in canonical spelling: `[x]` is `x`, numbers are
/// decimal.
pub type LogState = BTreeSet<(String, String)>;

/// What one block says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block {
    /// Name of the test.
    pub name: String,
    /// The distinct final states.
    pub states: BTreeSet<LogState>,
    /// The verdict, if the block has one.
    pub verdict: Option<Verdict>,
    /// Whether the tool cut a loop, so that there may be more states.
    pub bounded: bool,
    /// The test's hash, if the block has one.
    pub hash: Option<String>,
}

/// Whether the condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Ok,
    /// It does not.
    No,
    /// The tool does not know.
    Undef,
}

/// Reads all blocks of a log, in order. Lines that belong to none are skipped.
pub fn read(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut place = Place::Outside;
    for line in text.lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("Test ").and_then(|rest| rest.split_whitespace().next()) {
            blocks.push(Block { name: name.to_string(), ..Block::default() });
            place = Place::Head;
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        place = place.step(line, block);
    }
    blocks
}

/// Which part of a block the next line belongs to.
#[derive(Clone, Copy)]
enum Place {
    Outside,
    Head,
    States,
    Tail,
}

impl Place {
    fn step(self, line: &str, block: &mut Block) -> Place {
        match self {
            Place::Outside => Place::Outside,
            Place::Head if line.starts_with("States") || line.starts_with("Histogram") => Place::States,
            Place::Head => Place::Head,
            Place::States => {
                if let Some((bounded, verdict)) = verdict(line) {
                    block.bounded = bounded;
                    block.verdict = verdict;
                    return Place::Tail;
                }
                if let Some(state) = state(line) {
                    block.states.insert(state);
                }
                Place::States
            }
            Place::Tail => {
                if let Some(hash) = line.strip_prefix("Hash=") {
                    block.hash = Some(hash.trim().to_string());
                }
                Place::Tail
            }
        }
    }
}

/// Whether a loop was cut, and the verdict, if `line` is a verdict line.
fn verdict(line: &str) -> Option<(bool, Option<Verdict>)> {
    let (bounded, rest) = match line.strip_prefix("Loop ") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, line),
    };
    let verdict = match rest.split_whitespace().next()? {
        "Ok" | "Succeeded" => Some(Verdict::Ok),
        "No" | "Failed" => Some(Verdict::No),
        "Undef" => Some(Verdict::Undef),
        word if word.starts_with("??") => None,
        _ => return None,
    };
    Some((bounded, verdict))
}

/// The state in a line `[count (:>|*>)] loc=value; ... [#comment]`, unless the line has none.
fn state(line: &str) -> Option<LogState> {
    let line = without_comment(line);
    let line = match line.split_once("*>").or_else(|| line.split_once(":>")) {
        Some((_, rest)) => rest,
        None => line,
    };
    let equations: LogState = line
        .split(';')
        .filter(|item| !item.trim().is_empty())
        .map(|item| match item.split_once('=') {
            Some((location, value)) => (spell_location(location.trim()), spell_value(value.trim())),
            None => (item.trim().to_string(), String::new()),
        })
        .collect();
    (!equations.is_empty()).then_some(equations)
}

/// The part of a line before a `#` that stands in no quotes.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let comment = line.find(|c| {
        quoted ^= c == '"';
        c == '#' && !quoted
    });
    &line[..comment.unwrap_or(line.len())]
}

/// `[x]` as `x`; anything else as it is.
fn spell_location(location: &str) -> String {
    let inner = location.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(location).trim().to_string()
}

/// Numbers as decimal, anything else without blanks.
fn spell_value(value: &str) -> String {
    let (sign, digits) = match value.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", value),
    };
    match digits.strip_prefix("0x").map(|hex| u64::from_str_radix(hex, 16)) {
        Some(Ok(number)) => format!("{sign}{number}"),
        _ => value.chars().filter(|c| !c.is_whitespace()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(state: &[(&str, &str)]) -> LogState {
        state.iter().map(|(l, v)| (l.to_string(), v.to_string())).collect()
    }

    #[test]
    fn a_herd_block_is_read() {
        let text = "noise\nTest MP Allowed\nStates 2\n1:X0=0; [x]=0x10;\nx={1, 2};\nLoop No\nWitnesses\n\
            Positive: 0 Negative: 2\nCondition exists (1:X0=1)\nObservation MP Never 0 2\nHash=12ab\n\n";
        let blocks = read(text);
        assert_eq!(blocks.len(), 1);
        let block = &blocks[0];
        assert_eq!((block.name.as_str(), block.hash.as_deref()), ("MP", Some("12ab")));
        assert_eq!((block.bounded, block.verdict), (true, Some(Verdict::No)));
        let states = [one(&[("1:X0", "0"), ("x", "16")]), one(&[("x", "{1,2}")])];
        assert_eq!(block.states, states.into_iter().collect());
    }

    #[test]
    fn a_litmus_histogram_is_read() {
        let text = "Test SB Allowed\nHistogram (2 states)\n1391  *>0:EAX=0; 1:EAX=0; # weak\n\
            12    :>0:EAX=1; 1:EAX=1;\nOk\n\nWitnesses\nPositive: 1391, Negative: 12\n\
            Condition exists (0:EAX=0 /\\ 1:EAX=0) is validated\nHash=7dbd\n";
        let block = &read(text)[0];
        assert_eq!(block.verdict, Some(Verdict::Ok));
        assert!(block.states.contains(&one(&[("0:EAX", "0"), ("1:EAX", "0")])));
        assert_eq!(block.states.len(), 2);
    }

    #[test]
    fn a_number_in_an_instruction_begins_no_comment() {
        let block = &read("Test A Allowed\nStates 1\n0:X0=instr:\"MOV W0,#1\"; 0:X1=2; # rare\nOk\n")[0];
        let state = one(&[("0:X0", "instr:\"MOVW0,#1\""), ("0:X1", "2")]);
        assert_eq!(block.states, [state].into_iter().collect());
    }

    #[test]
    fn a_block_without_states_and_a_cut_off_log_are_read() {
        let blocks = read("Test A Required\nStates 0\nNo\nTest B Allowed\nStates 3\n0:X0=1;\n");
        assert_eq!(blocks[0].states.len(), 0);
        assert_eq!(blocks[0].verdict, Some(Verdict::No));
        assert_eq!((blocks[1].states.len(), blocks[1].verdict), (1, None));
    }
}
