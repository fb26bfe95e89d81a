//! The canonical spelling, which the hash of a test is computed from (`litmus-format.md` 3.4).
//!
//! It is the operands as written with case and blanks normalised, except where herd7 prints another
//! instruction with the same meaning. The exceptions were found by comparing hashes with its logs.

mod alias;

use crate::instr::Instr;
use crate::syntax::{Modifier, Operand, Shape};

/// Spells an instruction as it is hashed; `label` gives the spelling of each label.
pub fn spell(instr: &Instr, label: &dyn Fn(&str) -> String) -> String {
    write(instr, label, Purpose::Hash)
}

/// Spells an instruction as a value: as it is hashed, except where that is no spelling of the same word.
pub fn spell_value(instr: &Instr, label: &dyn Fn(&str) -> String) -> String {
    write(instr, label, Purpose::Value)
}

/// What a spelling is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To be hashed.
    Hash,
    /// To be read.
    Value,
}

fn write(instr: &Instr, label: &dyn Fn(&str) -> String, purpose: Purpose) -> String {
    let wide_move = matches!(instr.name, "MOVZ" | "MOVN" | "MOVK");
    let operands: Vec<&Operand> =
        instr.operands.iter().filter(|operand| wide_move || !is_no_shift(operand, purpose)).collect();
    let shown: Vec<String> =
        operands.iter().map(|operand| spell_operand(operand, instr, label, purpose)).collect();
    let (name, shown) = alias::alias(instr, shown, purpose);
    let mut text = name;
    for (at, operand) in shown.iter().enumerate() {
        let separator = match at {
            0 => " ",
            // A post-index offset follows its brackets without a comma.
            _ if shown[at - 1].ends_with(']') => "",
            // herd7 prints two commas before the shift of a wide move.
            2 if wide_move && purpose == Purpose::Hash => ",,",
            _ => ",",
        };
        text.push_str(separator);
        text.push_str(operand);
    }
    text
}

/// A shift by 0 that is not shown. Words tell those to the left by 0 from the others.
fn is_no_shift(operand: &Operand, purpose: Purpose) -> bool {
    match operand.shape {
        Shape::Modifier(Modifier::Lsl, Some(0)) => true,
        Shape::Modifier(Modifier::Extend(..), _) => false,
        Shape::Modifier(_, Some(0)) => purpose == Purpose::Hash,
        _ => false,
    }
}

fn spell_operand(
    operand: &Operand,
    instr: &Instr,
    label: &dyn Fn(&str) -> String,
    purpose: Purpose,
) -> String {
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
                .filter(|(at, part)| *at == 0 || !is_zero_offset(part, *pre, purpose))
                .map(|(_, part)| spell_operand(part, instr, label, purpose))
                .collect();
            format!("[{}]{}", parts.join(","), if *pre { "!" } else { "" })
        }
    }
}

/// An offset that is not shown.
fn is_zero_offset(part: &Operand, pre: bool, purpose: Purpose) -> bool {
    match part.shape {
        // Words of byte accesses tell a shift by 0 from none.
        Shape::Modifier(..) => purpose == Purpose::Hash && is_no_shift(part, purpose),
        Shape::Immediate(0) => !pre,
        _ => false,
    }
}
