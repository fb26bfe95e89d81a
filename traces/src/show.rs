//! Final states as the field's tools print them.

use sim_core::litmus::{Test, print};
use sim_core::outcome::{State, Type};
use sim_core::program::Value;

/// How numbers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Radix {
    /// Decimal, signed by the type.
    #[default]
    Decimal,
    /// Hexadecimal with `0x`, in two's complement of the type's width.
    Hexadecimal,
}

/// The printed value of every observable of `state`, in their order: `1`, `x`, `{1,2}`.
pub fn values(test: &Test, state: &State, radix: Radix) -> Vec<String> {
    print::values(&test.observables, state, |ty, cell| value(test, ty, cell, radix))
}

/// A state in one line: `0:X0=1; [x]=2;`.
pub fn state(test: &Test, state: &State, radix: Radix) -> String {
    let equations: Vec<String> = test
        .observables
        .items
        .iter()
        .zip(values(test, state, radix))
        .map(|(item, value)| format!("{}={value};", item.name))
        .collect();
    equations.join(" ")
}

fn value(test: &Test, ty: Type, value: Value, radix: Radix) -> String {
    let decimal = print::contents(&test.program, ty, value);
    let is_number = decimal.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
    match radix {
        Radix::Hexadecimal if is_number => format!("{:#x}", Type { signed: false, ..ty }.read(value)),
        _ => decimal,
    }
}
