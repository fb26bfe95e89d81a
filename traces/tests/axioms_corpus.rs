//! The axiomatic engine against herd7's results: final states, verdicts, and the numbers of candidate
//! executions that satisfy the condition and that do not.
//!
//! A sample of each folder of the corpora is compared; all of them by
//! `LITMUSCOPE_CORPUS=full cargo test --release -p litmuscope-traces --test axioms_corpus -- --nocapture`.
//! Without the corpora the test passes.

use std::path::{Path, PathBuf};

use sim_core::axioms::{Model, Options, Report, outcomes};
use sim_core::litmus::Test;
use traces::log::{Block, Verdict};
use traces::show::Radix;
use traces::{load, log, show};

/// Tests compared in each folder, unless all are.
const SAMPLE: usize = 25;

/// Tests that we mean to answer otherwise, or cannot state: branches into other threads' code, and the
/// printing of code addresses.
const APART: [&str; 3] = ["A250", "A257", "L025"];

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    [root, Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus")]
        .into_iter()
        .find(|p| p.is_dir())
}

/// The numbers in the `Observation` line of each block, in order.
fn counts(text: &str) -> Vec<(u64, u64)> {
    let numbers = |line: &str| {
        let mut words = line.split_whitespace().rev();
        let (negative, positive) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some((positive, negative))
    };
    text.lines().filter(|line| line.starts_with("Observation ")).filter_map(numbers).collect()
}

/// Our answer as the reader of logs sees it.
fn answer(test: &Test, report: &Report) -> Block {
    let mut text = format!("Test {} Allowed\nStates {}\n", test.name, report.outcomes.states.len());
    for state in &report.outcomes.states {
        text += &format!("{}\n", show::state(test, state, Radix::Decimal));
    }
    text += if report.outcomes.holds(&test.condition) { "Ok\n" } else { "No\n" };
    log::read(&text).remove(0)
}

struct Tally {
    equal: usize,
    unread: usize,
    wrong: Vec<String>,
}

fn folder(path: &Path, full: bool, tally: &mut Tally) {
    let arm = path.to_string_lossy().contains("aarch64");
    let (text, vocabulary) = match arm {
        true => (isa_armv8::MODEL, isa_armv8::VOCABULARY),
        false => (isa_x86tso::MODEL, isa_x86tso::VOCABULARY),
    };
    let model = Model::load("model.cat", text, &vocabulary, &|_| None).expect("our own model loads");
    let expected = std::fs::read_to_string(path.join("expected.log")).expect("every folder has a log");
    let blocks = log::read(&expected);
    let counts = counts(&expected);
    assert_eq!(blocks.len(), counts.len(), "{}", path.display());
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(path).expect("a folder").flatten().map(|e| e.path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "litmus"));
    files.sort();
    let step = if full { 1 } else { files.len().div_ceil(SAMPLE).max(1) };
    for file in files.iter().step_by(step) {
        let text = std::fs::read_to_string(file).expect("a test");
        let Some(mut test) = load::parse(&text).value else {
            tally.unread += 1;
            continue;
        };
        test.mixed |= path.to_string_lossy().contains("mixed");
        let Some(at) = blocks.iter().position(|b| b.name == test.name) else { continue };
        if APART.contains(&test.name.as_str()) {
            continue;
        }
        let report = outcomes(&test, &model, Options::default()).expect("our own model runs");
        let (ours, theirs) = (answer(&test, &report), &blocks[at]);
        let same = ours.states == theirs.states
            && ours.verdict == theirs.verdict
            && ours.verdict != Some(Verdict::Undef)
            && report.bounded == theirs.bounded
            && (report.positive, report.negative) == counts[at];
        if same {
            tally.equal += 1;
        } else {
            tally.wrong.push(format!(
                "{}: {} states, {:?} candidates; herd7 {} states, {:?}",
                file.display(),
                ours.states.len(),
                (report.positive, report.negative),
                theirs.states.len(),
                counts[at],
            ));
        }
    }
}

#[test]
fn states_verdicts_and_counts_equal_those_of_herd7() {
    let Some(corpus) = corpus() else { return };
    let full = std::env::var("LITMUSCOPE_CORPUS").is_ok_and(|v| v == "full");
    let mut tally = Tally { equal: 0, unread: 0, wrong: Vec::new() };
    for arch in ["aarch64", "x86", "x86_64"] {
        let mut folders: Vec<PathBuf> =
            std::fs::read_dir(corpus.join(arch)).expect("a folder").flatten().map(|e| e.path()).collect();
        folders.sort();
        for path in folders {
            let before = (tally.equal, tally.wrong.len());
            folder(&path, full, &mut tally);
            println!(
                "{}: {} equal, {} differ",
                path.display(),
                tally.equal - before.0,
                tally.wrong.len() - before.1
            );
        }
    }
    assert!(tally.wrong.is_empty(), "{} differ:\n{}", tally.wrong.len(), tally.wrong.join("\n"));
    assert!(tally.equal > 400, "only {} tests were compared, {} unread", tally.equal, tally.unread);
}
