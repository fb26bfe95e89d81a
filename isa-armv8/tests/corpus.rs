//! Public litmus tests load, and get the hashes that herd7 printed for them.
//!
//! The tests lie beside the workspace and are no part of it; without them there is nothing to check.

use isa_armv8::AArch64;
use sim_core::diagnostic::Parsed;
use sim_core::litmus::{self, Test};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Tests that may be refused, and why.
const REFUSED: [(&str, &str); 2] = [
    ("A260", "an address outside of every symbol, on a path that the model forbids"),
    ("A261", "an address outside of every symbol, on a path that the model forbids"),
];

/// Tests whose hash is not known to be reproducible: the spelling of `LDXP` and `STXP` in it is not found.
const OTHER_HASH: [&str; 1] = ["L032"];

/// `hashes[test name]` from the result blocks of a log.
fn hashes(log: &str) -> BTreeMap<&str, &str> {
    let mut name = "";
    let mut hashes = BTreeMap::new();
    for line in log.lines() {
        if let Some(rest) = line.strip_prefix("Test ") {
            name = rest.rsplit_once(' ').map_or(rest, |(name, _)| name);
        } else if let Some(hash) = line.strip_prefix("Hash=") {
            hashes.insert(name, hash);
        }
    }
    hashes
}

/// The entries of a folder, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = read.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn load(text: &str) -> Parsed<Test> {
    let parsed = litmus::parse(text);
    match &parsed.value {
        Some(ast) => litmus::load(ast, &AArch64),
        None => Parsed { value: None, diagnostics: parsed.diagnostics },
    }
}

#[test]
fn the_corpus_loads_with_its_hashes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/aarch64");
    let mut wrong = Vec::new();
    for folder in entries(&root) {
        let Ok(log) = std::fs::read_to_string(folder.join("expected.log")) else { continue };
        let expected = hashes(&log);
        for path in entries(&folder) {
            if path.extension().is_none_or(|extension| extension != "litmus") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a listed file can be read");
            let parsed = load(&text);
            let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            match parsed.value {
                Some(test) if expected.get(test.name.as_str()) == Some(&test.hash.as_str()) => {}
                Some(_) if OTHER_HASH.contains(&name) => {}
                Some(test) => wrong.push(format!("{}: hash {}", path.display(), test.hash)),
                None if REFUSED.iter().any(|(refused, _)| *refused == name) => {}
                None => {
                    let errors: Vec<_> = parsed.diagnostics.iter().map(|d| d.message.as_str()).collect();
                    wrong.push(format!("{}: {}", path.display(), errors.join("; ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
