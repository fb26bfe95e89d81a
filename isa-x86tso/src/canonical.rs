//! The canonical spelling of an instruction: shown on screens, and part of the field's `Hash`.
//!
//! What other tools accept is spelled as they spell it, down to a space inside `(%rax, %rbx,8)` and two
//! spaces after `CMP`, `INC` and `DEC` in 32-bit tests; otherwise their hashes would not be ours. One
//! spelling of theirs is not followed: a `cmovc` with the destination first, which reads as its reverse.

use crate::instr::{Constant, Instr, Memory, Operand, OperandKind};
use crate::operation::{Binary, Operation, Unary};
use crate::registers::{Mode, Named};

/// Spells `instr`; `label` gives the spelling of each label.
pub(crate) fn spell(mode: Mode, instr: &Instr, label: &dyn Fn(&str) -> String) -> String {
    let lock = match (instr.lock, mode) {
        (false, _) => "",
        (true, Mode::Long) => "lock; ",
        (true, Mode::Protected) => "LOCK; ",
    };
    if instr.mnemonic.name == "NOP" {
        return "NOP".to_owned();
    }
    let name = match mode {
        Mode::Long => instr.mnemonic.word(),
        Mode::Protected => intel_name(instr),
    };
    let mut operands: Vec<String> =
        instr.operands.iter().map(|operand| spell_operand(mode, operand, label)).collect();
    if mode == Mode::Long {
        operands.reverse();
    }
    if operands.is_empty() { format!("{lock}{name}") } else { format!("{lock}{name} {}", operands.join(",")) }
}

fn intel_name(instr: &Instr) -> String {
    let name = instr.mnemonic.word().to_ascii_uppercase();
    match instr.mnemonic.operation {
        Operation::Unary(Unary::Increment | Unary::Decrement) | Operation::Binary(Binary::Compare) => {
            format!("{name} ")
        }
        Operation::Exchange if name.starts_with("UXCH") => "UNLOCKED XCHG".to_owned(),
        _ => name,
    }
}

fn spell_operand(mode: Mode, operand: &Operand, label: &dyn Fn(&str) -> String) -> String {
    match &operand.kind {
        OperandKind::Register(named) => spell_register(mode, *named),
        OperandKind::Immediate(constant) => format!("${}", spell_constant(constant)),
        OperandKind::Label(name) => label(&name.text),
        OperandKind::Memory(memory) => match mode {
            Mode::Long => att_memory(memory),
            Mode::Protected => intel_memory(memory),
        },
    }
}

/// A register as this mode's tests name it: `%rax`, `EAX`.
pub(crate) fn spell_register(mode: Mode, named: Named) -> String {
    match mode {
        Mode::Long => format!("%{}", named.name),
        Mode::Protected => named.name.to_ascii_uppercase(),
    }
}

fn spell_constant(constant: &Constant) -> String {
    match &constant.symbol {
        None => constant.offset.to_string(),
        Some(symbol) if constant.offset == 0 => symbol.text.clone(),
        Some(symbol) => format!("{}{:+}", symbol.text, constant.offset),
    }
}

fn att_memory(memory: &Memory) -> String {
    let segment = memory.segment.map_or(String::new(), |named| format!("%{}:", named.name));
    let registers = match (memory.base, memory.index) {
        (None, None) => return format!("{segment}({})", spell_constant(&memory.constant)),
        (Some(base), None) => format!("%{}", base.name),
        (base, Some((index, scale))) => {
            let base = base.map_or(String::new(), |base| format!("%{}", base.name));
            format!("{base}, %{},{scale}", index.name)
        }
    };
    let absent = memory.constant.symbol.is_none() && memory.constant.offset == 0;
    let constant = if absent { String::new() } else { spell_constant(&memory.constant) };
    format!("{segment}{constant}({registers})")
}

fn intel_memory(memory: &Memory) -> String {
    let size = memory.size.map_or(String::new(), |size| format!("{} PTR ", size.keyword()));
    let segment =
        memory.segment.map_or(String::new(), |named| format!("{}:", spell_register(Mode::Protected, named)));
    let upper = |named: Named| named.name.to_ascii_uppercase();
    let mut terms: Vec<String> = memory.base.into_iter().map(upper).collect();
    terms.extend(memory.index.map(|(index, scale)| format!("{}*{scale}", upper(index))));
    if memory.constant.symbol.is_some() || terms.is_empty() {
        terms.push(spell_constant(&memory.constant));
        return format!("{size}{segment}[{}]", terms.join("+"));
    }
    let offset =
        if memory.constant.offset == 0 { String::new() } else { format!("{:+}", memory.constant.offset) };
    format!("{size}{segment}[{}{offset}]", terms.join("+"))
}
