//! Final states and verdicts of the corpora beside the workspace, against the logs that lie with them.
//!
//! The corpora lie beside the workspace, or where `LITMUSCOPE_CORPUS_FOLDER` says; without them there is
//! nothing to check. By default a sample of each folder runs, on the engine `search`; all tests by
//!
//! ```text
//! LITMUSCOPE_CORPUS=full cargo test --release -p litmuscope-traces --test corpus -- --nocapture
//! ```
//!
//! where each test of each log must be met. `LITMUSCOPE_ENGINE=machine` takes another engine.
//!
//! There are 3,374 x86 tests, 182 of them of mixed sizes, and 6,802 AArch64 tests, 286 of them of mixed
//! sizes. All are equal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sim_core::litmus::print;
use sim_core::outcome::Completeness;
use traces::load;
use traces::log::{self, Block, Comparison};
use traces::machine::Machine;
use traces::random::compare::{Engine, Limits, run};

/// Of how many tests of a folder one runs by default.
const SAMPLE: usize = 12;

fn corpus() -> PathBuf {
    match std::env::var_os("LITMUSCOPE_CORPUS_FOLDER") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
    }
}

fn engine() -> Engine {
    let name = std::env::var("LITMUSCOPE_ENGINE").unwrap_or_default();
    Engine::ALL.into_iter().find(|engine| engine.name() == name).unwrap_or(Engine::Search)
}

/// The result of one test as a block of a log; `None` if the test is refused.
fn solve(text: &str, limits: &Limits) -> Option<(Block, bool)> {
    let test = load::parse(text).value?;
    let outcomes = run(engine(), &test, Machine::of(&test.arch), limits);
    let states = outcomes.states.iter().map(|s| print::state(&test.program, &test.observables, s) + "\n");
    let verdict = if outcomes.holds(&test.condition) { "Ok" } else { "No" };
    let block = format!(
        "Test {} Allowed\nStates {}\n{}{verdict}\nHash={}\n",
        test.name,
        outcomes.states.len(),
        states.collect::<String>(),
        test.hash
    );
    let incomplete = outcomes.completeness != Completeness::Complete;
    Some((log::read(&block).remove(0), incomplete))
}

fn check(arch: &str, mixed: bool) {
    let all = std::env::var("LITMUSCOPE_CORPUS").is_ok_and(|which| which == "full");
    let states = if all { 4_000_000 } else { 200_000 };
    let limits = Limits { states, time: Some(Duration::from_secs(60)), unroll: 2 };
    let entries = fs::read_dir(corpus().join(arch)).into_iter().flatten().flatten();
    let folders: BTreeSet<PathBuf> = entries.map(|entry| entry.path()).collect();
    let (mut totals, mut wrong) = (BTreeMap::new(), Vec::new());
    for folder in folders {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let Ok(expected) = fs::read_to_string(folder.join("expected.log")) else { continue };
        if name.starts_with("mixed") != mixed {
            continue;
        }
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let files: BTreeSet<PathBuf> =
            entries.filter(|p| p.extension().is_some_and(|e| e == "litmus")).collect();
        let mut comparison = Comparison::with(&expected);
        for file in files.iter().step_by(if all { 1 } else { SAMPLE }) {
            let text = fs::read_to_string(file).expect("a test is text");
            let Some((block, incomplete)) = solve(&text, &limits) else {
                panic!("{} is refused", file.display());
            };
            if let Some(difference) = comparison.add(&block, incomplete) {
                wrong.push(format!("{}: {difference:?}", file.display()));
            }
        }
        if all {
            let unmet: Vec<&str> = comparison.absent().collect();
            assert!(unmet.is_empty(), "{arch}/{name}: no file has {unmet:?}");
        }
        println!("{arch}/{name}: {} equal, {} not finished", comparison.equal, comparison.undecided);
        totals.insert(name, (comparison.equal, comparison.undecided));
    }
    let equal: usize = totals.values().map(|t| t.0).sum();
    println!("{arch}: {equal} equal, {} differ ({})", wrong.len(), engine().name());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn x86_64_is_as_in_the_logs() {
    check("x86_64", false);
    check("x86", false);
}

#[test]
fn x86_64_of_mixed_sizes_is_as_in_the_logs() {
    check("x86_64", true);
}

#[test]
fn aarch64_is_as_in_the_logs() {
    check("aarch64", false);
}

#[test]
fn aarch64_of_mixed_sizes_is_as_in_the_logs() {
    check("aarch64", true);
}
