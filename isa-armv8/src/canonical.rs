//! The canonical spelling, which the hash of a test is computed from (`litmus-format.md` 3.4).
//!
//! It is the operands as written with case and blanks normalised, except where the field's tools print
//! another instruction with the same meaning.

use crate::instr::{Instr, Kind};
use crate::registers::{Name, RegisterName};
use crate::syntax::{Modifier, Operand, Shape};

/// Spells an instruction; `label` gives the spelling of each label.
pub fn spell(instr: &Instr, label: &dyn Fn(&str) -> String) -> String {
    let operands: Vec<&Operand> = instr.operands.iter().filter(|operand| !is_no_shift(operand)).collect();
    let shown: Vec<String> = operands.iter().map(|operand| spell_operand(operand, instr, label)).collect();
    let (name, shown) = alias(instr, &operands, shown);
    let mut text = name;
    for (at, operand) in shown.iter().enumerate() {
        // A post-index offset follows its brackets without a comma.
        let separator = match at {
            0 => " ",
            _ if shown[at - 1].ends_with(']') => "",
            _ => ",",
        };
        text.push_str(separator);
        text.push_str(operand);
    }
    text
}

/// The name and operands that the field's tools print.
fn alias(instr: &Instr, operands: &[&Operand], mut shown: Vec<String>) -> (String, Vec<String>) {
    let zero_first = matches!(
        operands.first().map(|operand| &operand.shape),
        Some(Shape::Register(RegisterName { name: Name::Zero, .. }))
    );
    match &instr.kind {
        Kind::CodeAddress(..) => ("ADDR".to_string(), shown),
        Kind::Atomic(atomic) if instr.name.starts_with("ST") => {
            let zero = RegisterName { width: atomic.source.width, name: Name::Zero };
            shown.insert(1, zero.to_string());
            (instr.name.replacen("ST", "LD", 1), shown)
        }
        Kind::Compute(_) if zero_first && matches!(instr.name, "SUBS" | "ANDS") => {
            shown.remove(0);
            (if instr.name == "SUBS" { "CMP" } else { "TST" }.to_string(), shown)
        }
        Kind::Branch(_) if is_condition_without_dot(instr) => (format!("B.{}", &instr.name[1..]), shown),
        _ => (instr.name.to_string(), shown),
    }
}

fn is_condition_without_dot(instr: &Instr) -> bool {
    matches!(instr.kind, Kind::Branch(crate::instr::Branch::Flags(..))) && !instr.name.starts_with("B.")
}

/// `LSL #0`.
fn is_no_shift(operand: &Operand) -> bool {
    matches!(operand.shape, Shape::Modifier(Modifier::Lsl, Some(0)))
}

fn spell_operand(operand: &Operand, instr: &Instr, label: &dyn Fn(&str) -> String) -> String {
    match &operand.shape {
        Shape::Register(register) => register.to_string(),
        Shape::Immediate(value) => format!("#{value}"),
        Shape::Modifier(modifier, None) => modifier.name().to_string(),
        Shape::Modifier(modifier, Some(amount)) => format!("{} #{amount}", modifier.name()),
        Shape::Distance(bytes) => format!(".{bytes:+}"),
        Shape::Word(word) if instr.kind.target().is_some() => label(word),
        Shape::Word(word) => word.to_ascii_uppercase(),
        Shape::Memory(parts, pre) => {
            let parts: Vec<String> = parts
                .iter()
                .enumerate()
                .filter(|(at, part)| *at == 0 || !is_zero_offset(part, *pre))
                .map(|(_, part)| spell_operand(part, instr, label))
                .collect();
            format!("[{}]{}", parts.join(","), if *pre { "!" } else { "" })
        }
    }
}

/// An offset that is not shown.
fn is_zero_offset(part: &Operand, pre: bool) -> bool {
    is_no_shift(part) || (!pre && matches!(part.shape, Shape::Immediate(0)))
}
