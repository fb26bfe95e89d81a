//! Values, final states and machines in words.

use sim_core::litmus::Test;
use sim_core::machine::Hardware;
use sim_core::outcome::State as FinalState;
use sim_core::program::{Symbol, Value};

use crate::show::{self, Radix};

/// A final state in one line, without the last semicolon: `0:rax=0; 1:rax=0`.
pub fn final_state(test: &Test, state: &FinalState) -> String {
    show::state(test, state, Radix::Decimal).trim_end_matches(';').to_string()
}

/// What a machine is, in a few words, by the name of its order.
pub fn machine_words(order: &str) -> &'static str {
    match order {
        "SC" => "every access in program order",
        "x86-TSO" => "stores wait in a FIFO buffer; loads may go before them",
        "PSO" => "stores wait in a buffer and leave it in any order",
        _ => "accesses in any order that dependencies and barriers leave open",
    }
}

/// What stands between cores and memory, after the name of a model: ` with mesi caches (sets=1, ways=2)`; nothing for one
/// flat memory.
pub fn hardware_words(hardware: &Hardware) -> String {
    let features = hardware.features();
    let list = if features.is_empty() { String::new() } else { format!(" ({})", features.join(", ")) };
    match hardware.protocol() {
        Some(protocol) => format!(" with {protocol} caches{list}"),
        None => list,
    }
}

/// The first line of a file's header and description, for lists.
pub fn source_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

/// The contents of a cell of a symbol as people read it.
pub(super) fn cell(test: &Test, symbol: &Symbol, contents: Value) -> String {
    let instr = if symbol.code { test.program.word(contents) } else { None };
    instr.map_or_else(|| value(test, contents, symbol.cell.clamp(1, 8)), str::to_owned)
}

/// A value of `bytes` bytes as people read it.
pub(super) fn value(test: &Test, value: Value, bytes: u8) -> String {
    if let Some(name) = test.program.address_name(value) {
        return format!("&{name}");
    }
    let bits = 8 * u32::from(bytes.clamp(1, 8));
    let signed = ((value << (64 - bits)) as i64) >> (64 - bits);
    // Small negative numbers are meant as such; everything else is a bit pattern.
    if (-0x1_0000..0).contains(&signed) { signed.to_string() } else { value.to_string() }
}
