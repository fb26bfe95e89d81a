//! Final states as the field's tools print them.

use std::fmt::Write as _;

use sim_core::litmus::Test;
use sim_core::outcome::{Observable, Source, State, Type};
use sim_core::program::{Program, Value};

/// How numbers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Radix {
    /// Decimal, signed by the type.
    #[default]
    Decimal,
    /// Hexadecimal with `0x`, in two's complement of the type's width.
    Hexadecimal,
}

/// One observed value.
///
/// The address of a symbol is printed as its name if the type is wide enough to hold it.
pub fn value(program: &Program, ty: Type, value: Value, radix: Radix) -> String {
    if ty.bytes >= 8
        && let Some(symbol) = program.symbol_based_at(value)
    {
        return program.symbols[symbol].name.clone();
    }
    match radix {
        Radix::Decimal if ty.signed => (value as i64).to_string(),
        Radix::Decimal => value.to_string(),
        Radix::Hexadecimal => format!("{:#x}", Type { signed: false, ..ty }.read(value)),
    }
}

/// The printed value of every observable of `state`, in their order: an array is `{1,2}`.
pub fn values(test: &Test, state: &State, radix: Radix) -> Vec<String> {
    let mut slots = state.values.iter();
    let mut shown = Vec::with_capacity(test.observables.items.len());
    for item in &test.observables.items {
        let cells: Vec<String> = slots
            .by_ref()
            .take(item.cells as usize)
            .map(|v| value(&test.program, item.ty, *v, radix))
            .collect();
        shown.push(if is_whole_array(item) { format!("{{{}}}", cells.join(",")) } else { cells.join("") });
    }
    shown
}

/// A state in one line: `0:X0=1; [x]=2;`.
pub fn state(test: &Test, state: &State, radix: Radix) -> String {
    let mut line = String::new();
    for (item, value) in test.observables.items.iter().zip(values(test, state, radix)) {
        let gap = if line.is_empty() { "" } else { " " };
        let _ = write!(line, "{gap}{}={value};", item.name);
    }
    line
}

/// Whether the item is an array observed as a whole, of which even a single cell is put in braces.
fn is_whole_array(item: &Observable) -> bool {
    matches!(item.source, Source::Memory { .. }) && !item.name.contains('[')
}
