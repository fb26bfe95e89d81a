//! How long it takes to find all outcomes: single tests, growing families, and the built-in library.
//!
//! `cargo bench -p litmuscope-traces --bench search`; figures are kept in `benches/README.md`.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sim_core::litmus::Test;
use sim_core::search::{Options, outcomes};
use traces::families::FAMILIES;
use traces::machine::Machine;
use traces::{library, load};

fn solve(test: &Test) -> usize {
    let stop = AtomicBool::new(false);
    let options = Options { max_states: 1_000_000, ..Options::new(2, &stop) };
    outcomes(test, &Machine::of(&test.arch).order(), &options).outcomes.states.len()
}

fn parse(text: &str) -> Test {
    load::parse(text).value.expect("a test")
}

/// From the text to all outcomes, the built-in tests that people meet first.
fn single(c: &mut Criterion) {
    let mut group = c.benchmark_group("text to outcomes");
    for name in ["SB", "MP", "LB", "IRIW", "MP+dmb.sy+addr", "spinlock-casa", "ticket-lock"] {
        let Some(entry) = library::entries().iter().find(|entry| entry.name == name) else { continue };
        group.bench_function(name, |b| b.iter(|| solve(&parse(black_box(entry.text)))));
    }
    group.finish();
}

/// The families, at sizes that end within a second.
fn families(c: &mut Criterion) {
    let mut group = c.benchmark_group("families");
    group.sample_size(10);
    for family in FAMILIES {
        for (first, second) in [(2, 1), (3, 2), (4, 2), (5, 2)] {
            let test = parse(&family.test(first, second));
            let id = BenchmarkId::new(family.name, format!("{first}x{second}"));
            group.bench_with_input(id, &test, |b, test| b.iter(|| solve(black_box(test))));
        }
    }
    group.finish();
}

/// The whole library, and the scaling families beside the project where they are there.
fn batches(c: &mut Criterion) {
    let mut group = c.benchmark_group("batches");
    group.sample_size(10);
    let tests: Vec<Test> = library::entries().iter().map(|entry| parse(entry.text)).collect();
    group.bench_function("library", |b| b.iter(|| tests.iter().map(solve).sum::<usize>()));
    for arch in ["x86_64", "aarch64"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/bench").join(arch);
        let mut names: Vec<_> =
            std::fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
        names.sort();
        for path in names {
            let Some(stem) = path.file_stem().and_then(|s| s.to_str()) else { continue };
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let test = parse(&text);
            group.bench_function(stem, |b| b.iter(|| solve(black_box(&test))));
        }
    }
    group.finish();
}

criterion_group!(benches, single, families, batches);
criterion_main!(benches);
