//! The tests that come with the program, embedded in it.
//!
//! `library/<machine>/<family>/NAME.litmus` are the tests, and `library/<machine>/kinds.txt` says what
//! each is expected to show, with the source of the claim: lines `NAME Allowed|Forbidden source`.
//! `library/<machine>/expected.log` has all final states of each, as herd prints them, and
//! `library/<machine>/families.txt` names the families in the order in which to read them.
//! `library/seeded_bugs.txt` says which test shows which bug of a coherence protocol.

mod seeded;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use sim_core::diagnostic::nearest;

pub use seeded::{Seeded, Seen, seeded};

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
    /// Where the test comes from: the value of the metadata line `Source=`.
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
    /// What somebody types to mean this test, as [`find`] takes it: `SB`, or `armv8/SB` where an earlier machine has a
    /// test of that name.
    pub fn label(&self) -> String {
        let bare = find(self.name).is_ok_and(|found| found.path == self.path);
        if bare { self.name.to_string() } else { format!("{}/{}", self.machine(), self.name) }
    }

    /// The folder of the test's machine: `x86tso` or `armv8`.
    pub fn machine(&self) -> &'static str {
        folder(self.path)
    }

    /// The folder of the test's family, such as `two-threads`.
    pub fn family(&self) -> &'static str {
        self.path.split('/').nth(1).unwrap_or("")
    }
}

/// The machine whose tests come first, and are meant where two machines have tests of one name.
const FIRST: &str = "x86tso";

/// All built-in tests: by machine (x86-TSO first), family (in the order of `families.txt`), and path.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let kinds = FILES.iter().filter(|(path, _)| path.ends_with("/kinds.txt"));
        let kinds: BTreeMap<(&str, &str), Kind> =
            kinds.flat_map(|(path, text)| text.lines().filter_map(|line| kind(folder(path), line))).collect();
        let entries = FILES.iter().filter_map(|(path, text)| entry(path, text, &kinds));
        let mut entries: Vec<Entry> = entries.collect();
        let families = families();
        let rank = |entry: &Entry| families.iter().position(|f| *f == (entry.machine(), entry.family()));
        entries.sort_by_cached_key(|entry| (entry.machine() != FIRST, rank(entry).unwrap_or(families.len())));
        entries
    })
}

/// The families, as (machine, family), in the order in which `families.txt` says to read them.
fn families() -> Vec<(&'static str, &'static str)> {
    let lists = FILES.iter().filter(|(path, _)| path.ends_with("/families.txt"));
    let lines = lists.flat_map(|(path, text)| text.lines().map(|line| (folder(path), line)));
    let named = lines.filter(|(_, line)| !line.starts_with('#'));
    named.filter_map(|(machine, line)| Some((machine, line.split_whitespace().next()?))).collect()
}

/// The test called `name`, or `machine/name` where two machines have tests of one name; without a
/// machine, the first of that name in [`entries`].
///
/// # Errors
/// What was perhaps meant, as it would have to be typed.
pub fn find(name: &str) -> Result<&'static Entry, Option<String>> {
    let (machine, bare) = match name.split_once('/') {
        Some((machine, bare)) => (Some(machine), bare),
        None => (None, name),
    };
    let found = entries().iter().find(|e| e.name == bare && machine.is_none_or(|m| e.machine() == m));
    found.ok_or_else(|| meant(name).map(Entry::label))
}

/// The test that a name could mean which is none: the name of its file, or of another folder, or misspelled.
fn meant(name: &str) -> Option<&'static Entry> {
    let (folder, base) = name.rsplit_once('/').map_or(("", name), |(folder, base)| (folder, base));
    let base = base.strip_suffix(".litmus").unwrap_or(base);
    // A folder may be called as an architecture is, more or less: `aarch64`, `x86_64`, `X86-TSO`.
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let folder = plain(folder);
    let like = |known: &str| folder.contains(&plain(known)) || plain(known).contains(&folder);
    let there = |entry: &&Entry| !folder.is_empty() && (like(entry.arch) || like(entry.machine()));
    let here: Vec<&Entry> = entries().iter().filter(there).collect();
    let all: Vec<&Entry> = if here.is_empty() { entries().iter().collect() } else { here };
    let name = nearest(base, all.iter().map(|e| e.name))?;
    all.into_iter().find(|e| e.name == name)
}

/// The expected final states of a machine's tests: a log as herd prints it; empty if there is none.
pub fn expected(machine: &str) -> &'static str {
    file(&format!("{machine}/expected.log")).unwrap_or("")
}

/// The entry of one embedded file, if it is a test.
fn entry(
    path: &'static str,
    text: &'static str,
    kinds: &BTreeMap<(&'static str, &'static str), Kind>,
) -> Option<Entry> {
    let base = path.rsplit('/').next()?.strip_suffix(".litmus")?;
    let head = text.split("\n{").next().unwrap_or("");
    let mut words = head.split_whitespace();
    let (arch, name) = (words.next()?, words.next().unwrap_or(base));
    let source = head.lines().find_map(|line| line.strip_prefix("Source=")).unwrap_or("").trim();
    let description = head.split('"').nth(1).unwrap_or("");
    let kind = kinds.get(&(folder(path), name)).copied();
    Some(Entry { name, arch, path, text, description, source, kind })
}

/// What a line of `kinds.txt` says of which test of a machine.
fn kind(machine: &'static str, line: &'static str) -> Option<((&'static str, &'static str), Kind)> {
    let (name, rest) = line.split_once(char::is_whitespace)?;
    let (word, source) = rest.trim_start().split_once(char::is_whitespace)?;
    let allowed = match word {
        "Allowed" => true,
        "Forbidden" => false,
        _ => return None,
    };
    Some(((machine, name), Kind { allowed, source: source.trim() }))
}

/// The first folder of a path.
fn folder(path: &'static str) -> &'static str {
    path.split('/').next().unwrap_or("")
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
        assert_eq!(find("no-such-test-at-all"), Err(None));
    }

    #[test]
    fn what_was_meant_is_said_as_it_is_typed() {
        for (typed, meant) in [
            ("SBB", "SB"),
            ("SB.litmus", "SB"),
            ("aarch64/SB", "armv8/SB"),
            ("AArch64/SB.litmus", "armv8/SB"),
            ("X86-TSO/SB", "SB"),
            ("tests/armv8/MP.litmus", "armv8/MP"),
            ("armv8/SBB", "armv8/SB"),
        ] {
            assert_eq!(find(typed), Err(Some(meant.to_string())), "{typed}");
        }
        assert!(entries().iter().all(|entry| find(&entry.label()).map(|found| found.path) == Ok(entry.path)));
    }

    #[test]
    fn names_are_unique_on_each_machine() {
        for entry in entries() {
            let full = format!("{}/{}", entry.machine(), entry.name);
            assert_eq!(find(&full).map(|found| found.path), Ok(entry.path));
        }
    }

    #[test]
    fn entries_come_in_the_order_of_their_families() {
        let mut met: Vec<(&str, &str)> = entries().iter().map(|e| (e.machine(), e.family())).collect();
        met.dedup();
        let mut listed = families();
        listed.sort_by_key(|(machine, _)| *machine != FIRST);
        assert_eq!(met, listed);
        assert_eq!(met[0], ("x86tso", "intro"));
    }

    #[test]
    fn what_an_entry_says_comes_from_its_file() {
        let sb = find("SB").expect("SB is there");
        assert_eq!((sb.arch, sb.kind.map(|kind| kind.allowed)), ("X86_64", Some(true)));
        assert!(sb.description.starts_with("Store buffering"));
        assert!(sb.source.contains("Intel"));
    }
}
