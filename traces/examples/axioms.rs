//! Runs the axiomatic engine over folders of litmus tests and compares final states, verdicts and counts
//! of candidates with the `expected.log` in each folder.
//!
//! `cargo run --release -p litmuscope-traces --example axioms -- [--model FILE.cat] [--slow MS] FOLDER...`

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use sim_core::axioms::{Model, Options, Report, Vocabulary, outcomes};
use sim_core::litmus::{Test, load, parse};
use sim_core::outcome::Quantifier;

struct Expected {
    states: Vec<String>,
    verdict: String,
    counts: (u64, u64),
}

fn expected(log: &str) -> BTreeMap<String, Expected> {
    let mut out = BTreeMap::new();
    let mut lines = log.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("Test ").and_then(|rest| rest.split(' ').next()) else { continue };
        let mut states = Vec::new();
        let mut entry = Expected { states: Vec::new(), verdict: String::new(), counts: (0, 0) };
        for line in lines.by_ref() {
            if let Some(count) = line.strip_prefix("States ") {
                let count: usize = count.trim().parse().unwrap_or(0);
                states = vec![String::new(); count];
            } else if let Some(slot) = states.iter_mut().find(|s| s.is_empty()) {
                *slot = sorted(line);
            } else if entry.verdict.is_empty() {
                entry.verdict = line.trim().to_owned();
            } else if let Some(rest) = line.strip_prefix("Observation ") {
                let words: Vec<&str> = rest.split_whitespace().rev().collect();
                entry.counts = (words[1].parse().unwrap_or(0), words[0].parse().unwrap_or(0));
            } else if line.trim().is_empty() {
                break;
            }
        }
        states.sort();
        states.dedup();
        entry.states = states;
        out.insert(name.to_owned(), entry);
    }
    out
}

fn sorted(state: &str) -> String {
    let mut parts: Vec<&str> = state.split(';').map(str::trim).filter(|p| !p.is_empty()).collect();
    parts.sort_unstable();
    parts.join("; ")
}

fn states(test: &Test, report: &Report) -> Vec<String> {
    let mut all: Vec<String> = report
        .outcomes
        .states
        .iter()
        .map(|state| {
            let mut text = String::new();
            let mut slot = 0;
            for item in &test.observables.items {
                let cells: Vec<String> =
                    (0..item.cells).map(|k| show(test, item.ty, state.values[slot + k as usize])).collect();
                slot += item.cells as usize;
                let value = if item.cells > 1 { format!("{{{}}}", cells.join(",")) } else { cells.join(",") };
                text += &format!("{}={value}; ", item.name);
            }
            sorted(&text)
        })
        .collect();
    all.sort();
    all
}

fn show(test: &Test, ty: sim_core::outcome::Type, value: u64) -> String {
    if let Some(symbol) = test.program.symbol_based_at(value) {
        return test.program.symbols[symbol].name.clone();
    }
    if let Some((symbol, offset)) = test.program.symbol_at(value) {
        return format!(
            "{}[{}]",
            test.program.symbols[symbol].name,
            offset / u32::from(test.program.symbols[symbol].cell)
        );
    }
    if ty.signed { (value as i64).to_string() } else { value.to_string() }
}

fn read(text: &str) -> Result<Test, String> {
    let ast = parse(text);
    let Some(ast) = ast.value else { return Err(format!("{:?}", ast.diagnostics)) };
    let arch = sim_core::litmus::arch(text).value.map(|w| w.text).unwrap_or_default();
    let parsed = match arch.as_str() {
        "AArch64" => load(&ast, &isa_armv8::AArch64),
        "X86" => load(&ast, &isa_x86tso::x86()),
        _ => load(&ast, &isa_x86tso::x86_64()),
    };
    parsed
        .value
        .ok_or_else(|| format!("{:?}", parsed.diagnostics.iter().map(|d| &d.message).collect::<Vec<_>>()))
}

fn model(arm: bool, file: Option<&str>) -> Model {
    let (text, vocabulary): (String, Vocabulary) = match (file, arm) {
        (Some(file), _) => (
            std::fs::read_to_string(file).expect("the model"),
            if arm { isa_armv8::VOCABULARY } else { isa_x86tso::VOCABULARY },
        ),
        (None, true) => (isa_armv8::MODEL.to_owned(), isa_armv8::VOCABULARY),
        (None, false) => (isa_x86tso::MODEL.to_owned(), isa_x86tso::VOCABULARY),
    };
    let folder = file.and_then(|f| Path::new(f).parent()).map(Path::to_owned);
    Model::load(file.unwrap_or("model.cat"), &text, &vocabulary, &|name| {
        folder.as_ref().and_then(|folder| std::fs::read_to_string(folder.join(name)).ok())
    })
    .unwrap_or_else(|p| {
        panic!("{}: {:?}: {}", p.file.name, p.diagnostic.span.of(&p.file.text), p.diagnostic.message)
    })
}

fn main() {
    let mut args = std::env::args().skip(1);
    let (mut file, mut slow, mut folders, mut quiet) = (None, Duration::MAX, Vec::new(), 3);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--model" => file = args.next(),
            "--slow" => slow = Duration::from_millis(args.next().and_then(|a| a.parse().ok()).unwrap_or(100)),
            "--show" => quiet = args.next().and_then(|a| a.parse().ok()).unwrap_or(3),
            _ => folders.push(arg),
        }
    }
    for folder in folders {
        let arm = folder.contains("aarch64");
        let model = model(arm, file.as_deref());
        let log =
            expected(&std::fs::read_to_string(Path::new(&folder).join("expected.log")).unwrap_or_default());
        let mut files: Vec<_> =
            std::fs::read_dir(&folder).expect("the folder").flatten().map(|e| e.path()).collect();
        files.retain(|f| f.extension().is_some_and(|e| e == "litmus"));
        files.sort();
        let (mut equal, mut differ, mut skipped, mut counted, mut miscounted, mut loops) = (0, 0, 0, 0, 0, 0);
        let start = Instant::now();
        for path in files {
            let text = std::fs::read_to_string(&path).expect("the test");
            let test = match read(&text) {
                Ok(mut test) => {
                    test.mixed |= folder.contains("mixed");
                    test
                }
                Err(why) => {
                    skipped += 1;
                    if skipped <= quiet {
                        println!("skip {} {why}", path.display());
                    }
                    continue;
                }
            };
            let Some(want) = log.get(&test.name) else { continue };
            let began = Instant::now();
            let limit = Options { max_candidates: 2_000_000, ..Options::default() };
            let report = outcomes(&test, &model, limit).unwrap_or_else(|p| {
                panic!("{}: {:?}: {}", p.file.name, p.diagnostic.span.of(&p.file.text), p.diagnostic.message)
            });
            if began.elapsed() > slow {
                println!("slow {} {:?} {:?}", test.name, began.elapsed(), report.outcomes.completeness);
            }
            let got = states(&test, &report);
            let holds = if report.outcomes.holds(&test.condition) { "Ok" } else { "No" };
            let bounded = want.verdict.starts_with("Loop");
            let verdict = if report.bounded { format!("Loop {holds}") } else { holds.to_owned() };
            if got == want.states && (verdict == want.verdict) {
                equal += 1;
            } else {
                differ += 1;
                if differ <= quiet {
                    println!(
                        "differ {}: {verdict} {got:?}\n   expected {} {:?}",
                        test.name, want.verdict, want.states
                    );
                }
            }
            let _ = Quantifier::Exists;
            loops += usize::from(bounded);
            if (report.positive, report.negative) == want.counts {
                counted += 1;
            } else {
                miscounted += 1;
                if miscounted <= quiet {
                    println!(
                        "count {}: {:?} expected {:?}",
                        test.name,
                        (report.positive, report.negative),
                        want.counts
                    );
                }
            }
        }
        println!(
            "{folder}: {equal} equal, {differ} differ, {skipped} skipped ({loops} with loops); counts {counted} equal, {miscounted} differ; {:.2?}",
            start.elapsed()
        );
    }
}
