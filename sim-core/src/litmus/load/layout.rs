//! Places of symbols in memory.

use super::code::Code;
use super::declare::{Declarations, number};
use crate::diagnostic::{Diagnostic, Span};
use crate::litmus::ast::{Ast, ValueKind};
use crate::litmus::parse::problems::Problems;
use crate::program::{SYMBOL_ALIGN, Symbol, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Where the first symbol lies, unless a number of the test lies there too.
const FIRST_BASE: Value = 0x5ca1_0000;

/// Symbols begin at a multiple of this many bytes if they cannot begin at [`FIRST_BASE`].
const PAGE: Value = 0x1000;

/// Addresses are positive as 32-bit numbers.
const LAST_ADDRESS: Value = 0x7fff_ffff;

/// More memory than any test has, in bytes.
const MOST_BYTES: Value = 1 << 22;

/// Cells of undeclared symbols have this many bytes at least: those of an `int`.
const UNDECLARED_CELL: u8 = 4;

/// The address of every symbol.
pub(super) struct Layout {
    bases: BTreeMap<String, Value>,
}

impl Layout {
    /// Lays out all symbols of the test in the order of their names.
    pub(super) fn new<I: Clone>(
        ast: &Ast,
        code: &Code<I>,
        declarations: &Declarations,
        problems: &mut Problems,
    ) -> Option<Layout> {
        let names: BTreeSet<&str> = declarations.names().chain(code.symbols()).collect();
        let mut offsets = Vec::new();
        let mut total = 0;
        for name in names {
            let declaration = declarations.of(name);
            let cell = Value::from(declaration.ty.map_or(SYMBOL_ALIGN as u8, |ty| ty.bytes));
            offsets.push((name, total));
            total += (cell * Value::from(declaration.cells)).next_multiple_of(SYMBOL_ALIGN);
            if total > MOST_BYTES {
                let span = ast.init.first().map_or(Span::default(), |item| item.span);
                let message = format!("the test has more than {MOST_BYTES} bytes of memory");
                problems.push(Diagnostic::error("too-large", span, message));
                return None;
            }
        }
        let numbers = numbers(ast);
        let first = free_base(&numbers, total);
        let bases = offsets.into_iter().map(|(name, offset)| (name.to_owned(), first + offset)).collect();
        Some(Layout { bases })
    }

    /// The address of a symbol; 0 if there is none.
    pub(super) fn base(&self, name: &str) -> Value {
        self.bases.get(name).copied().unwrap_or_default()
    }

    /// The symbols with their initial contents. Those without a declared type have cells of 4 bytes, or
    /// of 8 where the initial value does not fit.
    pub(super) fn symbols<I: Clone>(&self, declarations: &Declarations, code: &Code<I>) -> Vec<Symbol> {
        let mut symbols = Vec::with_capacity(self.bases.len());
        for (name, &base) in &self.bases {
            let declaration = declarations.of(name);
            let mut values = Vec::with_capacity(declaration.cells as usize);
            for value in declaration.values() {
                let negative = matches!(&value.kind, ValueKind::Number { text, .. } if text.starts_with('-'));
                let number = number(value, declarations, &|name| self.base(name), code);
                values.push((number.unwrap_or_default(), negative));
            }
            let wide = values.iter().any(|&(value, negative)| !fits(value, negative));
            let cell = match declaration.ty {
                Some(ty) => ty.bytes,
                None if wide => 8,
                None => UNDECLARED_CELL,
            };
            let mut init = vec![0; usize::from(cell) * declaration.cells as usize];
            for (bytes, (value, negative)) in init.chunks_mut(usize::from(cell)).zip(values) {
                bytes.fill(if negative { 0xff } else { 0 });
                let length = bytes.len().min(8);
                bytes[..length].copy_from_slice(&value.to_le_bytes()[..length]);
            }
            let declared = declaration.ty.is_some();
            symbols.push(Symbol { name: name.clone(), base, init, cell, declared, code: false });
        }
        symbols
    }
}

/// Whether a value fits in a cell of 4 bytes, as an `int` or an `unsigned`.
fn fits(value: Value, negative: bool) -> bool {
    if negative { value as i64 >= i64::from(i32::MIN) } else { value <= Value::from(u32::MAX) }
}

/// Every number that the initial state, the instructions or the tail hold, sorted.
fn numbers(ast: &Ast) -> Vec<Value> {
    let mut numbers = Vec::new();
    let mut values: Vec<_> = ast.init.iter().filter_map(|item| item.value.as_ref()).collect();
    values.extend(super::observe::values(ast));
    while let Some(value) = values.pop() {
        match &value.kind {
            ValueKind::Number { value, .. } => numbers.push(*value),
            ValueKind::List(cells) => values.extend(cells),
            _ => {}
        }
    }
    for cell in ast.threads.iter().flat_map(|column| &column.cells).filter_map(|cell| cell.instr.as_ref()) {
        for word in cell.text.split(|c: char| !c.is_ascii_alphanumeric()) {
            let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
            let number = hex.map_or_else(|| word.parse().ok(), |hex| Value::from_str_radix(hex, 16).ok());
            numbers.extend(number);
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// A place for `total` bytes in which no number of the test lies.
fn free_base(numbers: &[Value], total: Value) -> Value {
    let mut base = FIRST_BASE;
    while base + total < LAST_ADDRESS {
        let next = numbers.partition_point(|&number| number < base);
        match numbers.get(next) {
            Some(&number) if number < base + total => base = (number + 1).next_multiple_of(PAGE),
            _ => return base,
        }
    }
    FIRST_BASE
}
