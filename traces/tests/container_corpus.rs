//! Reads every test of the corpora and compares what the container makes of it with the logs beside them:
//! kind, condition, names and order of what is observed, hash.

use sim_core::litmus::{self, FrontEnd, Test, print};
use sim_core::outcome::{Quantifier, State};
use sim_core::program::code_address;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a log says about one test.
#[derive(Default)]
struct Expected {
    kind: String,
    states: Vec<String>,
    condition: String,
    hash: String,
}

/// The corpora lie beside the workspace, or where `LITMUSCOPE_CORPUS_FOLDER` says; without them there is nothing to
/// check.
fn corpus() -> PathBuf {
    match std::env::var_os("LITMUSCOPE_CORPUS_FOLDER") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
    }
}

fn blocks(log: &str) -> BTreeMap<&str, Expected> {
    let mut blocks: BTreeMap<&str, Expected> = BTreeMap::new();
    let mut lines = log.lines();
    let mut name = "";
    while let Some(line) = lines.next() {
        let mut words = line.split(' ');
        let block = blocks.entry(name).or_default();
        match words.next() {
            Some("Test") => {
                name = words.next().unwrap_or("");
                blocks.entry(name).or_default().kind = words.next().unwrap_or("").to_owned();
            }
            Some("States") => {
                let count = words.next().and_then(|count| count.parse().ok()).unwrap_or(0);
                block.states = lines.by_ref().take(count).map(str::to_owned).collect();
            }
            Some("Condition") => block.condition = line["Condition ".len()..].to_owned(),
            _ => {
                if let Some(hash) = line.strip_prefix("Hash=") {
                    block.hash = hash.to_owned();
                }
            }
        }
    }
    blocks
}

/// The left sides of a state's items.
fn names(state: &str) -> Vec<&str> {
    state.split("; ").filter_map(|item| item.split('=').next()).filter(|name| !name.is_empty()).collect()
}

fn differences<F: FrontEnd>(
    test: &Test,
    ast: &litmus::ast::Ast,
    front_end: &F,
    expected: &Expected,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, ours: &str, theirs: &str| {
        if ours != theirs {
            found.push(format!("{what}: {ours:?} instead of {theirs:?}"));
        }
    };
    let kind = match test.condition.quantifier {
        Quantifier::Exists => "Allowed",
        Quantifier::NotExists => "Forbidden",
        Quantifier::Forall => "Required",
    };
    compare("kind", kind, &expected.kind);
    compare("condition", &test.condition.text, &expected.condition);
    compare("hash", &test.hash, &expected.hash);
    if ast.meta("Hash").is_none() {
        let computed = litmus::computed_hash(ast, front_end).value.unwrap_or_default();
        compare("computed hash", &computed, &expected.hash);
    }
    if let Some(state) = expected.states.first() {
        let ours: Vec<&str> = test.observables.items.iter().map(|item| item.name.as_str()).collect();
        compare("observables", &ours.join(" "), &names(state).join(" "));
    }
    let read: Vec<Option<State>> = expected.states.iter().map(|line| read_state(test, line)).collect();
    for (line, state) in expected.states.iter().zip(&read) {
        match state {
            Some(state) => {
                let ours = print::state(&test.program, &test.observables, state);
                compare("state", &ours, line);
            }
            None => compare("state", "no value", line),
        }
    }
    found
}

/// The state that a line of a log stands for.
fn read_state(test: &Test, line: &str) -> Option<State> {
    let mut values = Vec::new();
    for item in &test.observables.items {
        let mut items = line.split("; ").filter_map(|text| text.trim_end_matches(';').split_once('='));
        let (_, text) = items.find(|(name, _)| *name == item.name)?;
        let cells: Vec<&str> = match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(cells) => cells.split(',').collect(),
            None => vec![text],
        };
        for cell in cells {
            let named =
                test.program.symbols.iter().find(|symbol| symbol.name == cell).map(|symbol| symbol.base);
            let number = cell.parse::<u64>().ok().or_else(|| Some(cell.parse::<i64>().ok()? as u64));
            values.push(
                item.ty.read(named.or(number).or_else(|| code(test, cell)).or_else(|| word(test, cell))?),
            );
        }
    }
    (values.len() == test.observables.width()).then(|| State { values: values.into() })
}

/// The code address that `label:"P0:L0"` stands for.
fn code(test: &Test, cell: &str) -> Option<u64> {
    let (thread, label) = cell.strip_prefix("label:\"P")?.strip_suffix('"')?.split_once(':')?;
    let thread: usize = thread.parse().ok()?;
    let labels = &test.program.threads.get(thread)?.labels;
    let (_, index) = labels.iter().find(|(name, _)| name == label)?;
    Some(code_address(thread, *index))
}

fn check<F: FrontEnd>(text: &str, front_end: &F, blocks: &BTreeMap<&str, Expected>) -> Result<(), String> {
    let parsed = litmus::parse(text);
    let say = |diagnostics: &[sim_core::diagnostic::Diagnostic]| {
        let first = diagnostics.first().map(|d| format!("{} at {:?}", d.message, d.span.of(text)));
        format!("refused: {}", first.unwrap_or_default())
    };
    let ast = parsed.value.ok_or_else(|| say(&parsed.diagnostics))?;
    let loaded = litmus::load(&ast, front_end);
    let test = loaded.value.ok_or_else(|| say(&loaded.diagnostics))?;
    let expected = blocks.get(test.name.as_str()).ok_or("not in the log")?;
    let found = differences(&test, &ast, front_end, expected);
    if found.is_empty() { Ok(()) } else { Err(found.join("; ")) }
}

/// The word that `instr:"NOP"` stands for.
fn word(test: &Test, cell: &str) -> Option<u64> {
    let text = cell.strip_prefix("instr:\"")?.strip_suffix('"')?;
    test.program.words.iter().find(|(_, spelling)| spelling == text).map(|(word, _)| u64::from(*word))
}

fn litmus_files(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "litmus")).collect()
}

/// Checks all folders of an architecture; lists the tests that differ.
fn check_architecture<F: FrontEnd>(name: &str, front_end: &F) {
    let mut wrong = Vec::new();
    let mut right = 0;
    let entries = std::fs::read_dir(corpus().join(name)).into_iter().flatten().flatten();
    for folder in entries.map(|entry| entry.path()).collect::<BTreeSet<_>>() {
        let Ok(log) = std::fs::read_to_string(folder.join("expected.log")) else { continue };
        let blocks = blocks(&log);
        for file in litmus_files(&folder) {
            let text = std::fs::read_to_string(&file).expect("a test is text");
            match check(&text, front_end, &blocks) {
                Ok(()) => right += 1,
                Err(why) => wrong.push(format!("{}: {why}", file.display())),
            }
        }
    }
    println!("{name}: {right} as in the logs");
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), wrong.len() + right, wrong.join("\n"));
}

#[test]
fn x86_64_tests_are_read_as_the_logs_say() {
    check_architecture("x86_64", &isa_x86tso::x86_64());
}

#[test]
fn x86_tests_are_read_as_the_logs_say() {
    check_architecture("x86", &isa_x86tso::x86());
}

#[test]
fn aarch64_tests_are_read_as_the_logs_say() {
    check_architecture("aarch64", &isa_armv8::AArch64);
}
