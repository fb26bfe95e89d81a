//! The litmus library is complete, readable and right: every test is described, sourced and judged, its
//! verdict is the one on record, and its final states are the expected ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use sim_core::outcome::Completeness;
use sim_core::search::{Options, Report, outcomes};
use traces::library::{self, Entry};
use traces::load;
use traces::log::{self, Block, Comparison};
use traces::machine::Machine;
use traces::show::{self, Radix};

/// The folders of the library with the architectures that their headers may name.
const FOLDERS: [(&str, &[&str]); 2] = [("x86tso", &["X86_64", "X86"]), ("armv8", &["AArch64"])];

fn folder(machine: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("library").join(machine)
}

/// The built-in tests of a machine by name; each name stands in one family only.
#[track_caller]
fn tests(machine: &str) -> BTreeMap<&'static str, &'static Entry> {
    let mut found = BTreeMap::new();
    for entry in library::entries().iter().filter(|e| e.machine() == machine) {
        let other = found.insert(entry.name, entry);
        assert_eq!(other, None, "{machine}/{} stands in two families", entry.name);
    }
    found
}

/// The lines of a file of a machine's folder that are not comments, as (first word, rest).
fn lines(machine: &str, file: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(folder(machine).join(file)).expect(file);
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            (word.to_owned(), rest.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_test_has_a_verdict_and_every_verdict_a_test() {
    for (machine, _) in FOLDERS {
        let kinds = lines(machine, "kinds.txt");
        let names: Vec<&str> = kinds.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.is_sorted(), "{machine}/kinds.txt is not sorted");
        let tests = tests(machine);
        assert_eq!(names, tests.keys().copied().collect::<Vec<_>>(), "{machine}");
        for (name, rest) in &kinds {
            let (kind, source) = rest.split_once(' ').unwrap_or_default();
            assert!(matches!(kind, "Allowed" | "Forbidden"), "{machine}/{name}: {kind}");
            assert!(source.trim().len() >= 5, "{machine}/{name} has no source for its verdict");
        }
    }
}

#[test]
fn every_test_says_what_it_shows_and_where_it_comes_from() {
    for (machine, archs) in FOLDERS {
        for (name, entry) in tests(machine) {
            assert!(entry.path.ends_with(&format!("/{name}.litmus")), "{} is called {name}", entry.path);
            assert!(archs.contains(&entry.arch), "{machine}/{name}: {}", entry.arch);
            let doc = entry.description;
            assert!((20..=110).contains(&doc.len()), "{machine}/{name}: {} bytes: {doc}", doc.len());
            assert!(doc.ends_with(['.', '?']), "{machine}/{name}: not a sentence: {doc}");
            assert!(!entry.source.is_empty(), "{machine}/{name} has no source");
            let last = entry.text.lines().last().unwrap_or("");
            assert!(last.starts_with("exists ("), "{machine}/{name} asks no question");
        }
    }
}

#[test]
fn families_are_listed() {
    for (machine, _) in FOLDERS {
        let families = lines(machine, "families.txt");
        let listed: BTreeSet<&str> = families.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(listed.len(), families.len(), "{machine}/families.txt lists a family twice");
        let entries = library::entries().iter().filter(|e| e.machine() == machine);
        let there: BTreeSet<&str> = entries.filter_map(|e| e.path.split('/').nth(1)).collect();
        assert_eq!(listed, there, "{machine}");
    }
}

#[test]
fn columns_are_aligned() {
    for (machine, _) in FOLDERS {
        for (name, entry) in tests(machine) {
            let rows: Vec<&str> =
                entry.text.lines().filter(|line| line.starts_with(' ') && line.ends_with(" ;")).collect();
            let bars = |row: &str| row.match_indices(" | ").map(|(at, _)| at).collect::<Vec<_>>();
            for row in &rows {
                assert_eq!((row.len(), bars(row)), (rows[0].len(), bars(rows[0])), "{machine}/{name}: {row}");
                assert!(row.len() <= 110, "{machine}/{name}: too wide");
            }
        }
    }
}

/// All final states of a built-in test as a block of a log, and whether they are all.
#[track_caller]
fn run(entry: &Entry) -> (Block, bool) {
    let parsed = load::parse(entry.text);
    assert_eq!(parsed.diagnostics, [], "{}", entry.path);
    let test = parsed.value.expect("no diagnostics");
    let stop = AtomicBool::new(false);
    let options = Options { max_states: 1_000_000, ..Options::new(2, &stop) };
    let Report { outcomes, stuck, outside, .. } = outcomes(&test, &Machine::of(&test.arch).order(), &options);
    // A store exclusive may fail for ever.
    let (may, must) = (entry.text.contains(" STXR "), entry.name.starts_with("deadlock"));
    assert!(stuck.is_empty() || may || must, "{} can get stuck", entry.path);
    assert!(!must || stuck.iter().any(|stuck| stuck.spinning.len() == 2), "{} ends always", entry.path);
    assert_eq!(outside, [], "{} leaves its memory", entry.path);
    let mut text = format!("Test {}\nStates {}\n", entry.name, outcomes.states.len());
    for state in &outcomes.states {
        let _ = writeln!(text, "{}", show::state(&test, state, Radix::Decimal));
    }
    let _ =
        writeln!(text, "{}\nHash={}", if outcomes.holds(&test.condition) { "Ok" } else { "No" }, test.hash);
    (log::read(&text).remove(0), outcomes.completeness == Completeness::Complete)
}

#[test]
fn verdicts_and_final_states_are_the_expected_ones() {
    let mut problems = String::new();
    for (machine, _) in FOLDERS {
        let mut expected = Comparison::with(library::expected(machine));
        for (name, entry) in tests(machine) {
            let (block, complete) = run(entry);
            let found = block.verdict == Some(log::Verdict::Ok);
            let allowed = entry.kind.expect("listed").allowed;
            let judged = if complete { found == allowed } else { allowed || !found };
            let difference = expected.add(&block, !complete);
            let place = format!("{machine}/{name}");
            if !judged || difference.is_some() {
                let _ = writeln!(problems, "{place}: found: {found}, allowed: {allowed}: {difference:?}");
            }
        }
        assert_eq!(expected.unexpected, 0, "{machine}/expected.log lacks tests");
        assert_eq!(expected.other_hash, [], "{machine}/expected.log is about other versions of tests");
        assert_eq!(expected.absent().collect::<Vec<_>>(), Vec::<&str>::new(), "{machine}/expected.log");
    }
    assert!(problems.is_empty(), "\n{problems}");
}
