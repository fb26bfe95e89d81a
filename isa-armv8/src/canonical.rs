//! The canonical spelling, which the hash of a test is computed from (`litmus-format.md` 3.4).
//!
//! It is the operands as written with case and blanks normalised, except where herd7 prints another
//! instruction with the same meaning. The exceptions were found by comparing hashes with its logs.

use crate::instr::{Instr, Kind};
use crate::registers::{Name, RegisterName};
use crate::syntax::{Modifier, Operand, Shape};

/// Spells an instruction; `label` gives the spelling of each label.
pub fn spell(instr: &Instr, label: &dyn Fn(&str) -> String) -> String {
    let wide_move = matches!(instr.name, "MOVZ" | "MOVN" | "MOVK");
    let operands: Vec<&Operand> =
        instr.operands.iter().filter(|operand| wide_move || !is_no_shift(operand)).collect();
    let shown: Vec<String> = operands.iter().map(|operand| spell_operand(operand, instr, label)).collect();
    let (name, shown) = alias(instr, shown);
    let mut text = name;
    for (at, operand) in shown.iter().enumerate() {
        let separator = match at {
            0 => " ",
            // A post-index offset follows its brackets without a comma.
            _ if shown[at - 1].ends_with(']') => "",
            // herd7 prints two commas before the shift of a wide move.
            2 if wide_move => ",,",
            _ => ",",
        };
        text.push_str(separator);
        text.push_str(operand);
    }
    text
}

/// The name and operands that herd7 prints.
fn alias(instr: &Instr, mut shown: Vec<String>) -> (String, Vec<String>) {
    let Kind::Compute(compute) = &instr.kind else {
        let name = match &instr.kind {
            Kind::CodeAddress(..) => "ADDR".to_string(),
            Kind::Branch(_) if is_condition_without_dot(instr) => format!("B.{}", &instr.name[1..]),
            _ => instr.name.to_string(),
        };
        // herd7 prints the first register of an exclusive pair by its lower half.
        if matches!(instr.name, "LDXP" | "LDAXP") {
            shown[0] = shown[0].replacen('X', "W", 1);
        }
        return (name, shown);
    };
    let zero = RegisterName { width: compute.width(), name: Name::Zero };
    let name = match instr.name {
        "SUBS" | "ANDS" if compute.target == zero => {
            shown.remove(0);
            if instr.name == "SUBS" { "CMP" } else { "TST" }
        }
        "NEG" | "NEGS" => {
            shown.insert(1, zero.to_string());
            if instr.name == "NEG" { "SUB" } else { "SUBS" }
        }
        "SBFM" | "UBFM" => {
            for register in &mut shown[..2] {
                *register = register.replacen('W', "X", 1);
            }
            instr.name
        }
        "REV64" => "REV",
        name => name,
    };
    (name.to_string(), shown)
}

fn is_condition_without_dot(instr: &Instr) -> bool {
    matches!(instr.kind, Kind::Branch(crate::instr::Branch::Flags(..))) && !instr.name.starts_with("B.")
}

/// A shift by 0.
fn is_no_shift(operand: &Operand) -> bool {
    matches!(operand.shape, Shape::Modifier(shift, Some(0)) if !matches!(shift, Modifier::Extend(..)))
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
