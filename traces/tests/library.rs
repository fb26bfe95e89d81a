//! The litmus library is complete and consistent: every test is described, sourced and judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the library with the architectures that their headers may name.
const FOLDERS: [(&str, &[&str]); 2] = [("x86tso", &["X86_64", "X86"]), ("armv8", &["AArch64"])];

fn folder(arch: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("library").join(arch)
}

/// Name and text of every `FAMILY/NAME.litmus` of a folder, by name.
#[track_caller]
fn tests(arch: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for family in fs::read_dir(folder(arch)).expect("the folder exists") {
        let family = family.expect("readable").path();
        if !family.is_dir() {
            continue;
        }
        for file in fs::read_dir(&family).expect("readable") {
            let file = file.expect("readable").path();
            assert_eq!(file.extension().and_then(|e| e.to_str()), Some("litmus"), "{}", file.display());
            let name = file.file_stem().and_then(|n| n.to_str()).expect("a name").to_owned();
            let text = fs::read_to_string(&file).expect("readable");
            assert_eq!(found.insert(name.clone(), text), None, "{arch}/{name} stands in two families");
        }
    }
    found
}

/// The lines of `kinds.txt` as (name, verdict, source).
fn kinds(arch: &str) -> Vec<(String, String, String)> {
    let text = fs::read_to_string(folder(arch).join("kinds.txt")).expect("kinds.txt");
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.splitn(2, ' ');
            let name = words.next().unwrap_or("").to_owned();
            let (kind, source) = words.next().unwrap_or("").trim_start().split_once(' ').unwrap_or_default();
            (name, kind.to_owned(), source.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_test_has_a_verdict_and_every_verdict_a_test() {
    for (arch, _) in FOLDERS {
        let kinds = kinds(arch);
        let names: Vec<&String> = kinds.iter().map(|(name, ..)| name).collect();
        assert!(names.is_sorted(), "{arch}/kinds.txt is not sorted");
        let judged: BTreeSet<&String> = names.iter().copied().collect();
        assert_eq!(judged.len(), names.len(), "{arch}/kinds.txt names a test twice");
        let tests = tests(arch);
        assert_eq!(judged, tests.keys().collect(), "{arch}");
        for (name, kind, source) in &kinds {
            assert!(matches!(kind.as_str(), "Allowed" | "Forbidden"), "{arch}/{name}: {kind}");
            assert!(source.len() >= 5, "{arch}/{name} has no source for its verdict");
        }
    }
}

#[test]
fn every_test_says_what_it_shows_and_where_it_comes_from() {
    for (arch, headers) in FOLDERS {
        for (name, text) in tests(arch) {
            let mut lines = text.lines();
            let header = lines.next().unwrap_or("");
            assert!(
                headers.iter().any(|h| header == format!("{h} {name}")),
                "{arch}/{name}: header `{header}`"
            );
            let doc = lines.next().unwrap_or("");
            assert!(doc.starts_with('"') && doc.ends_with(['"']) && doc.len() > 20, "{arch}/{name}: {doc}");
            assert!(doc.len() <= 112, "{arch}/{name}: too long for one line: {doc}");
            assert!(doc.ends_with(".\"") || doc.ends_with("?\""), "{arch}/{name}: {doc}");
            let source = lines.next().unwrap_or("");
            assert!(source.starts_with("Source=") && source.len() > 12, "{arch}/{name}: {source}");
            assert!(text.lines().last().unwrap_or("").starts_with("exists ("), "{arch}/{name}: no question");
        }
    }
}

#[test]
fn columns_are_aligned() {
    for (arch, _) in FOLDERS {
        for (name, text) in tests(arch) {
            let rows: Vec<&str> =
                text.lines().filter(|line| line.starts_with(' ') && line.ends_with(" ;")).collect();
            let bars = |row: &str| row.match_indices(" | ").map(|(at, _)| at).collect::<Vec<_>>();
            for row in &rows {
                assert_eq!((row.len(), bars(row)), (rows[0].len(), bars(rows[0])), "{arch}/{name}: {row}");
                assert!(row.len() <= 110, "{arch}/{name}: too wide");
            }
        }
    }
}
