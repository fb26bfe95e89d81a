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

    /// The quoted line under the header: what the test shows.
    pub fn description(&self) -> &'static str {
        self.head().split('"').nth(1).unwrap_or("")
    }

    /// Where the test comes from: the value of the metadata line `Source=`.
    pub fn source(&self) -> &'static str {
        self.head().lines().find_map(|line| line.strip_prefix("Source=")).unwrap_or("").trim()
    }

    /// What is expected of its condition, if that is on record.
    pub fn kind(&self) -> Option<Kind> {
        let kinds = file(&format!("{}/kinds.txt", self.machine()))?;
        kinds.lines().find_map(|line| Kind::of(line, self.name))
    }

    /// The text above the initial state.
    fn head(&self) -> &'static str {
        self.text.split("\n{").next().unwrap_or("")
    }
}

impl Kind {
    /// What a line of `kinds.txt` says of the test called `name`, if it is about that.
    fn of(line: &'static str, name: &str) -> Option<Kind> {
        let rest = line.strip_prefix(name)?;
        let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
        let (word, source) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let allowed = match word {
            "Allowed" => true,
            "Forbidden" => false,
            _ => return None,
        };
        Some(Kind { allowed, source: source.trim() })
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

/// The expected final states of a machine's tests: a log as herd prints it; empty if there is none.
pub fn expected(machine: &str) -> &'static str {
    file(&format!("{machine}/expected.log")).unwrap_or("")
}

/// The entry of one embedded file, if it is a test.
fn entry(path: &'static str, text: &'static str) -> Option<Entry> {
    let base = path.rsplit('/').next()?.strip_suffix(".litmus")?;
    let mut words = text.split_whitespace();
    let (arch, name) = (words.next()?, words.next().unwrap_or(base));
    Some(Entry { name, arch, path, text })
}

/// The text of an embedded file.
fn file(name: &str) -> Option<&'static str> {
    let at = FILES.binary_search_by(|(path, _)| (*path).cmp(name)).ok()?;
    Some(FILES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_the_x86_test_first() {
        assert_eq!(find("SB").map(Entry::machine), Ok("x86tso"));
        assert_eq!(find("armv8/SB").map(Entry::machine), Ok("armv8"));
        assert_eq!(find("SBB"), Err(Some("SB")));
        assert_eq!(find("no-such-test-at-all"), Err(None));
    }

    #[test]
    fn names_are_unique_on_each_machine() {
        for entry in entries() {
            let full = format!("{}/{}", entry.machine(), entry.name);
            assert_eq!(find(&full).map(|found| found.path), Ok(entry.path));
        }
    }

    #[test]
    fn what_an_entry_says_comes_from_its_file() {
        let sb = find("SB").expect("SB is there");
        assert_eq!((sb.arch, sb.kind().map(|kind| kind.allowed)), ("X86_64", Some(true)));
        assert!(sb.description().starts_with("Store buffering"));
        assert!(sb.source().contains("Intel"));
    }
}
