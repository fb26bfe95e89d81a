//! Which test shows which bug that can be seeded into a coherence protocol: `library/seeded_bugs.txt`.

use super::file;

/// A bug of a protocol, and where it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// The protocol, by name.
    pub protocol: &'static str,
    /// The bug, by name.
    pub bug: &'static str,
    /// Where it is seen.
    pub seen: Seen,
}

/// Where a bug is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// In a final state that a test asks for and its architecture forbids.
    In {
        /// The test, by name.
        test: &'static str,
        /// What the hardware needs beside the bug, as [`Hardware::named`](sim_core::machine::Hardware::named) takes it.
        features: Vec<&'static str>,
    },
    /// In no final state of any program, for this reason.
    Nowhere(&'static str),
}

/// All bugs, in the order of the file.
pub fn seeded() -> Vec<Seeded> {
    let lines = file("seeded_bugs.txt").unwrap_or("").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(line).collect()
}

/// A line `PROTOCOL BUG TEST [FEATURE...]` or `PROTOCOL BUG - REASON`.
fn line(line: &'static str) -> Option<Seeded> {
    let (protocol, rest) = line.split_once(' ')?;
    let (bug, rest) = rest.split_once(' ')?;
    let (test, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let seen = match test {
        "-" => Seen::Nowhere(rest),
        test => Seen::In { test, features: rest.split_whitespace().collect() },
    };
    Some(Seeded { protocol, bug, seen })
}
