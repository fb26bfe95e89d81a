//! The program of a test as a table.

use std::fmt::Write as _;

use sim_core::litmus::Test;
use sim_core::program::{Program, Symbol, Thread, Value};

use super::{DIM, TITLE};

/// The initial state that is not 0, and a column of instructions for each thread.
pub fn table(test: &Test) -> String {
    let program = &test.program;
    let mut text = String::new();
    let init = initial(program);
    if !init.is_empty() {
        let _ = writeln!(text, "  {DIM}{}{DIM:#}", init.join("  "));
    }
    let columns: Vec<Vec<String>> = program.threads.iter().map(lines).collect();
    let widths: Vec<usize> = columns
        .iter()
        .map(|lines| lines.iter().map(|l| l.chars().count()).max().unwrap_or(0).max(2))
        .collect();
    let row = |cells: Vec<&str>| {
        let cells: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join(" │ ").trim_end().to_string()
    };
    let heads: Vec<String> = (0..columns.len()).map(|thread| format!("P{thread}")).collect();
    let _ = writeln!(text, "  {TITLE}{}{TITLE:#}", row(heads.iter().map(String::as_str).collect()));
    for at in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
        let cells = columns.iter().map(|lines| lines.get(at).map_or("", String::as_str)).collect();
        let _ = writeln!(text, "  {}", row(cells));
    }
    text
}

/// The instructions of a thread, each label on a line of its own.
fn lines(thread: &Thread) -> Vec<String> {
    let mut lines = Vec::new();
    let own = &thread.instrs[..thread.own() as usize];
    for at in 0..=own.len() {
        let labels = thread.labels.iter().filter(|(_, place)| *place as usize == at);
        lines.extend(labels.map(|(label, _)| format!("{label}:")));
        lines.extend(own.get(at).map(|instr| instr.text.clone()));
    }
    lines
}

/// `x=1`, `0:X1=x`: what does not begin as 0.
fn initial(program: &Program) -> Vec<String> {
    let value = |value: Value| match program.symbol_based_at(value) {
        Some(symbol) => program.symbols[symbol].name.clone(),
        None => value.to_string(),
    };
    let symbols = program.symbols.iter().filter(|symbol| symbol.init.iter().any(|byte| *byte != 0));
    let mut items: Vec<String> = symbols
        .map(|symbol| {
            let cells: Vec<String> = cells(symbol).map(value).collect();
            match cells.as_slice() {
                [one] => format!("{}={one}", symbol.name),
                _ => format!("{}={{{}}}", symbol.name, cells.join(",")),
            }
        })
        .collect();
    for (number, thread) in program.threads.iter().enumerate() {
        let named =
            program.registers.iter().zip(&thread.init).filter(|(reg, init)| !reg.hidden && **init != 0);
        items.extend(named.map(|(reg, init)| format!("{number}:{}={}", reg.name, value(*init))));
    }
    items
}

/// The initial cells of a symbol, little endian; of a 16-byte cell the lower half.
fn cells(symbol: &Symbol) -> impl Iterator<Item = Value> {
    symbol.init.chunks(usize::from(symbol.cell.max(1))).map(|cell| {
        let low = cell.iter().take(8).rev();
        low.fold(0, |value, byte| value << 8 | Value::from(*byte))
    })
}
