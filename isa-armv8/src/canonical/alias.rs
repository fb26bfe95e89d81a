//! The name under which an instruction with several is spelled.

use super::Purpose;
use crate::instr::{Branch, Compute, Function, Instr, Kind, Otherwise, Select, Source};
use crate::registers::{Name, RegisterName};

/// The name, and the operands that it has of those as written.
pub fn alias(instr: &Instr, mut shown: Vec<String>, purpose: Purpose) -> (String, Vec<String>) {
    let hashed = purpose == Purpose::Hash;
    let name = match &instr.kind {
        Kind::Compute(compute) => computation(instr.name, compute, &mut shown, hashed),
        Kind::Select(select) => selection(instr.name, select, &mut shown),
        Kind::CodeAddress(..) if hashed => "ADDR",
        Kind::Branch(Branch::Flags(..)) if !instr.name.starts_with("B.") => {
            return (format!("B.{}", &instr.name[1..]), shown);
        }
        // The first register of an exclusive pair is hashed by its lower half.
        Kind::LoadExclusive(_) if hashed && matches!(instr.name, "LDXP" | "LDAXP") => {
            shown[0] = shown[0].replacen('X', "W", 1);
            instr.name
        }
        _ => instr.name,
    };
    (name.to_string(), shown)
}

fn computation(name: &'static str, compute: &Compute, shown: &mut Vec<String>, hashed: bool) -> &'static str {
    let zero = RegisterName { width: compute.width(), name: Name::Zero };
    let is_zero = |at: usize| compute.sources.get(at) == Some(&Source::Register(zero.clone()));
    let of_register = !matches!(compute.sources.get(1), Some(Source::Immediate(_)));
    match name {
        "SUBS" | "ANDS" if compute.target == zero => {
            shown.remove(0);
            if name == "SUBS" { "CMP" } else { "TST" }
        }
        "NEG" | "NEGS" if hashed => {
            shown.insert(1, zero.to_string());
            if name == "NEG" { "SUB" } else { "SUBS" }
        }
        "SUB" | "SUBS" if !hashed && of_register && is_zero(0) => {
            shown.remove(1);
            if name == "SUB" { "NEG" } else { "NEGS" }
        }
        "ORN" if of_register && is_zero(0) => {
            shown.remove(1);
            "MVN"
        }
        "SBFM" | "UBFM" if hashed => {
            for register in &mut shown[..2] {
                *register = register.replacen('W', "X", 1);
            }
            name
        }
        "REV64" => "REV",
        _ if matches!(compute.function, Function::MultiplyAdd { .. }) && is_zero(2) => {
            shown.truncate(3);
            without_addend(name)
        }
        _ => name,
    }
}

/// The name of a multiplication that adds the zero register.
fn without_addend(name: &'static str) -> &'static str {
    match name {
        "MADD" => "MUL",
        "MSUB" => "MNEG",
        "SMADDL" => "SMULL",
        "SMSUBL" => "SMNEGL",
        "UMADDL" => "UMULL",
        "UMSUBL" => "UMNEGL",
        _ => name,
    }
}

fn selection(name: &'static str, select: &Select, shown: &mut Vec<String>) -> &'static str {
    if select.first != select.second || select.condition.always() || !matches!(name, "CSINC" | "CSINV") {
        return name;
    }
    let (name, operands) = match (&select.first.name, select.otherwise) {
        (Name::Zero, Otherwise::Increment) => ("CSET", 1),
        (Name::Zero, _) => ("CSETM", 1),
        (_, Otherwise::Increment) => ("CINC", 2),
        _ => return name,
    };
    shown.truncate(operands);
    shown.push(select.condition.inverse().name().to_string());
    name
}
