//! The hash by which logs identify a test: the same as that of the field's tools.
//!
//! It is the MD5 of the concatenated MD5s of four texts: the metadata that says which memory is used (or
//! nothing), the initial state, the table of instructions, and the observed locations; each in a
//! canonical spelling, so that layout, the names of labels, the condition's values and its quantifier do
//! not matter.

use super::FrontEnd;
use super::ast::{Ast, Declared, Init, Location, LocationKind, Value, ValueKind};
use super::load::code::Code;
use super::load::observe;
use md5::{Digest, Md5};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The hash as 32 hexadecimal digits.
pub(super) fn compute<F: FrontEnd>(ast: &Ast, code: &Code<F::Instr>, front_end: &F) -> String {
    let mut whole = Md5::new();
    let memory = memory_metadata(ast);
    if !memory.is_empty() {
        whole.update(Md5::digest(memory));
    }
    whole.update(Md5::digest(initial_state(ast)));
    whole.update(Md5::digest(table(code, front_end)));
    whole.update(Md5::digest(observed(ast)));
    whole.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The metadata about memory: by decreasing key, as the tools accumulate them.
fn memory_metadata(ast: &Ast) -> String {
    const HASHED: [&str; 3] = ["memorytype", "mt", "cachetype"];
    let mut pairs: Vec<(&str, &str)> =
        ast.meta.iter().map(|(key, value)| (key.text.as_str(), value.text.as_str())).collect();
    pairs.sort_by_key(|(key, _)| *key);
    pairs
        .iter()
        .rev()
        .map(|(key, value)| (key.to_ascii_lowercase(), value))
        .filter(|(key, _)| HASHED.contains(&key.as_str()))
        .map(|(key, value)| format!("{key}={value}"))
        .collect()
}

fn initial_state(ast: &Ast) -> String {
    let mut items: Vec<&Init> = ast.init.iter().collect();
    items.sort_by_key(|item| order(&item.location.kind));
    items.dedup_by_key(|item| order(&item.location.kind));
    let items: Vec<String> = items.into_iter().map(initial).collect();
    items.join("; ")
}

/// Registers by thread and name, then symbolic registers, then symbols, then cells of arrays. Unlike in
/// results, registers are compared as they are written.
fn order(kind: &LocationKind) -> (u8, usize, &str, u32) {
    match kind {
        LocationKind::Register { thread, name } | LocationKind::Symbolic { thread: Some(thread), name } => {
            (0, *thread, name, 0)
        }
        LocationKind::Symbolic { thread: None, name } => (1, 0, name, 0),
        LocationKind::Symbol(name) => (2, 0, name, 0),
        LocationKind::Element { symbol, index } => (3, 0, symbol, *index),
    }
}

fn initial(item: &Init) -> String {
    let location = location(&item.location);
    let value = item.value.as_ref().map_or_else(|| "0".to_owned(), value);
    match &item.ty {
        // What begins as an instruction has a type without being given one.
        Declared::None if item.is_instruction() => format!("ins_t {location}={value}"),
        Declared::None => format!("{location}={value}"),
        Declared::Pointer => format!("*{location}={value}"),
        Declared::Type(ty) => format!("{} {location}={value}", ty.text),
        Declared::Atomic(ty) => format!("_Atomic {} {location}={value}", ty.text),
        Declared::PointerTo(ty) => format!("{} *{location}={value}", ty.text),
        Declared::Array { of, length } => format!("{} {location}[{length}]", of.text),
    }
}

fn location(location: &Location) -> String {
    match &location.kind {
        LocationKind::Register { thread, name } | LocationKind::Symbolic { thread: Some(thread), name } => {
            format!("{thread}:{name}")
        }
        LocationKind::Symbolic { thread: None, name } | LocationKind::Symbol(name) => name.clone(),
        LocationKind::Element { symbol, index } => format!("{symbol}[{index}]"),
    }
}

/// Numbers and instructions are hashed as they are written.
fn value(of: &Value) -> String {
    match &of.kind {
        ValueKind::Number { text, .. } => text.clone(),
        ValueKind::Symbol(name) => name.clone(),
        ValueKind::Element { symbol, index: 0 } => symbol.clone(),
        ValueKind::Element { symbol, index } => format!("{symbol}+{index}"),
        ValueKind::Label { thread, name } => format!("{thread}:{name}"),
        ValueKind::Instruction { instr, quoted: true } => format!("instr:\"{}\"", instr.text),
        ValueKind::Instruction { instr, quoted: false } => instr.text.to_ascii_uppercase(),
        ValueKind::List(cells) => {
            let cells: Vec<String> = cells.iter().map(value).collect();
            format!("{{{}}}", cells.join(","))
        }
    }
}

/// The table, padded to columns, with labels on rows of their own and renamed in alphabetical order.
fn table<F: FrontEnd>(code: &Code<F::Instr>, front_end: &F) -> String {
    let mut names = BTreeSet::new();
    for thread in &code.threads {
        names.extend(thread.labels.iter().map(|label| label.name.as_str()));
        let mentioned = thread.instrs.iter().flat_map(|parsed| &parsed.mentions.labels);
        names.extend(mentioned.map(|(name, _)| name.as_str()));
    }
    let renamed: BTreeMap<&str, String> =
        names.into_iter().enumerate().map(|(index, name)| (name, format!("L{index:02}"))).collect();
    let rename = |name: &str| renamed.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let mut columns = Vec::new();
    for thread in &code.threads {
        let mut column = Vec::new();
        let mut labels = thread.labels.iter().peekable();
        for index in 0..=thread.instrs.len() {
            while let Some(label) = labels.next_if(|label| label.index as usize <= index) {
                column.push(format!("{}:", rename(&label.name)));
            }
            if let Some(parsed) = thread.instrs.get(index) {
                column.push(front_end.canonical(&parsed.instr, &rename));
            }
        }
        columns.push(column);
    }
    let widths: Vec<usize> =
        columns.iter().map(|column| column.iter().map(String::len).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
        let cells: Vec<String> = columns
            .iter()
            .zip(&widths)
            .map(|(column, &width)| format!(" {:<width$} ", column.get(row).map_or("", String::as_str)))
            .collect();
        let _ = writeln!(text, "{};", cells.join("|"));
    }
    text
}

/// What `locations` and the condition name, but not what the filter does.
fn observed(ast: &Ast) -> String {
    let mut all: Vec<&Location> = observe::shown(ast);
    all.sort_by_key(|location| order(&location.kind));
    all.dedup_by_key(|location| order(&location.kind));
    let all: Vec<String> = all.into_iter().map(location).collect();
    all.join("; ")
}
