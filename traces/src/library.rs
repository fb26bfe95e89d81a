//! The tests that come with the program, embedded in it.
//!
//! `library/<machine>/<family>/NAME.litmus` are the tests, and `library/<machine>/kinds.txt` says what
//! each is expected to show, with the source of the claim: lines `NAME Allowed|Forbidden source`.
//! `library/<machine>/expected.log` has all final states of each, as herd prints them.

use std::sync::OnceLock;

use sim_core::diagnostic::nearest;

/// Every embedded file: its name relative to the library, and its text; sorted by name.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// A built-in test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name from the test's header, such as `SB+mfences`.
    pub name: &'static str,
    /// The architecture from the test's header, such as `X86_64`.
    pub arch: &'static str,
    /// The file relative to the library, such as `x86tso/sb/SB.litmus`.
    pub path: &'static str,
    /// The whole file.
    pub text: &'static str,
    /// The quoted line under the header: what the test shows.
    pub description: &'static str,
    /// Where the test comes from.
    pub source: &'static str,
    /// What is expected of its condition, if that is on record.
    pub kind: Option<Kind>,
}

/// A line of `kinds.txt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Whether the proposition of the condition can hold.
    pub allowed: bool,
    /// Who says so.
    pub source: &'static str,
}

impl Entry {
    /// The folder of the test's machine: `x86tso` or `armv8`.
    pub fn machine(&self) -> &'static str {
        self.path.split('/').next().unwrap_or("")
    }
}

/// The machine whose tests come first, and are meant where two machines have tests of one name.
const FIRST: &str = "x86tso";

/// All built-in tests, by machine (x86-TSO first) and then path.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let mut entries: Vec<Entry> = FILES.iter().filter_map(|(path, text)| entry(path, text)).collect();
        entries.sort_by_key(|entry| entry.machine() != FIRST);
        entries
    })
}

/// The test called `name`, or `machine/name` where two machines have tests of one name; without a
/// machine, the first of that name in [`entries`].
///
/// # Errors
/// The nearest name, if one is near.
pub fn find(name: &str) -> Result<&'static Entry, Option<&'static str>> {
    let (machine, bare) = match name.split_once('/') {
        Some((machine, bare)) => (Some(machine), bare),
        None => (None, name),
    };
    let found = entries().iter().find(|e| e.name == bare && machine.is_none_or(|m| e.machine() == m));
    found.ok_or_else(|| nearest(bare, entries().iter().map(|e| e.name)))
}

/// The entry of one embedded file, if it is a test.
fn entry(path: &'static str, text: &'static str) -> Option<Entry> {
    let base = path.rsplit('/').next()?.strip_suffix(".litmus")?;
    let mut words = text.split_whitespace();
    let (arch, name) = (words.next()?, words.next().unwrap_or(base));
    let machine = path.split('/').next()?;
    Some(Entry {
        name,
        arch,
        path,
        text,
        description: description(text),
        source: source(text),
        kind: kind(machine, name),
    })
}

/// The first quoted text before the initial state.
fn description(text: &'static str) -> &'static str {
    let head = text.split("\n{").next().unwrap_or("");
    head.split('"').nth(1).unwrap_or("")
}

/// The value of the metadata line `Source=`.
fn source(text: &'static str) -> &'static str {
    let head = text.split("\n{").next().unwrap_or("");
    head.lines().find_map(|line| line.strip_prefix("Source=")).unwrap_or("").trim()
}

/// The expected final states of a machine's tests: a log as herd prints it; empty if there is none.
pub fn expected(machine: &str) -> &'static str {
    file(&format!("{machine}/expected.log")).unwrap_or("")
}

fn file(name: &str) -> Option<&'static str> {
    let at = FILES.binary_search_by(|(path, _)| (*path).cmp(name)).ok()?;
    Some(FILES[at].1)
}

/// The line of the machine's `kinds.txt` that begins with `name`.
fn kind(machine: &str, name: &str) -> Option<Kind> {
    file(&format!("{machine}/kinds.txt"))?.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
        let (word, source) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let allowed = match word {
            "Allowed" => true,
            "Forbidden" => false,
            _ => return None,
        };
        Some(Kind { allowed, source: source.trim() })
    })
}
