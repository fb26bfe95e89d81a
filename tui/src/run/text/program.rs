//! The program of a test as a table.

use std::fmt::Write as _;

use sim_core::litmus::Test;
use sim_core::program::{Program, Symbol, Thread, Value};

use super::{DIM, TITLE, wrap};

/// The initial state that is not 0, and a column of instructions for each thread; threads that do not fit
/// beside the others in `width` columns come below them.
pub fn table(test: &Test, width: Option<usize>) -> String {
    let program = &test.program;
    let width = width.map(|width| width.saturating_sub(INDENT.len()));
    let mut text = String::new();
    let init = initial(program);
    if !init.is_empty() {
        for line in wrap::items(&init, "  ", width) {
            let _ = writeln!(text, "{INDENT}{DIM}{line}{DIM:#}");
        }
    }
    let columns: Vec<Column> = program.threads.iter().enumerate().map(column).collect();
    let mut rest = columns.as_slice();
    while !rest.is_empty() {
        let (group, below) = rest.split_at(fitting(rest, width));
        write_columns(&mut text, group);
        if !below.is_empty() {
            text.push('\n');
        }
        rest = below;
    }
    text
}

const INDENT: &str = "  ";
const BETWEEN: &str = " │ ";

/// A thread: its heading, its lines, and the width of the widest.
struct Column {
    head: String,
    lines: Vec<String>,
    width: usize,
}

fn column((number, thread): (usize, &Thread)) -> Column {
    let (head, lines) = (format!("P{number}"), lines(thread));
    let width = lines.iter().chain([&head]).map(|line| line.chars().count()).max().unwrap_or(0);
    Column { head, lines, width }
}

/// How many of the first columns fit beside each other; at least one.
fn fitting(columns: &[Column], width: Option<usize>) -> usize {
    let Some(width) = width else { return columns.len() };
    let mut used = 0;
    let fit = columns.iter().take_while(|column| {
        used += column.width + if used == 0 { 0 } else { BETWEEN.chars().count() };
        used <= width
    });
    fit.count().max(1)
}

fn write_columns(text: &mut String, columns: &[Column]) {
    let row = |cells: Vec<&str>| {
        let cells = cells.iter().zip(columns).map(|(cell, column)| format!("{cell:<0$}", column.width));
        cells.collect::<Vec<String>>().join(BETWEEN).trim_end().to_string()
    };
    let heads = row(columns.iter().map(|column| column.head.as_str()).collect());
    let _ = writeln!(text, "{INDENT}{TITLE}{heads}{TITLE:#}");
    for at in 0..columns.iter().map(|column| column.lines.len()).max().unwrap_or(0) {
        let cells = columns.iter().map(|column| column.lines.get(at).map_or("", String::as_str)).collect();
        let _ = writeln!(text, "{INDENT}{}", row(cells));
    }
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
    let value = |value: Value| program.address_name(value).unwrap_or_else(|| value.to_string());
    let data = program.symbols.iter().filter(|symbol| !symbol.code);
    let symbols = data.filter(|symbol| symbol.init.iter().any(|byte| *byte != 0));
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
