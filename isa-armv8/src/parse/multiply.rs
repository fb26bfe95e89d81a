//! Multiplication and division.

use super::Table;
use crate::instr::{Compute, Function, Kind, Source};
use crate::registers::{Name, RegisterName, Width};
use crate::syntax::{RegisterClass, Slots};
use sim_core::program::AluOp;

pub fn add(table: &mut Table) {
    // Name, whether the product is subtracted, extension of 32-bit factors, whether an addend is written.
    let products = [
        ("MADD", false, None, true),
        ("MSUB", true, None, true),
        ("MUL", false, None, false),
        ("MNEG", true, None, false),
        ("SMADDL", false, Some(true), true),
        ("SMSUBL", true, Some(true), true),
        ("SMULL", false, Some(true), false),
        ("SMNEGL", true, Some(true), false),
        ("UMADDL", false, Some(false), true),
        ("UMSUBL", true, Some(false), true),
        ("UMULL", false, Some(false), false),
        ("UMNEGL", true, Some(false), false),
    ];
    for (name, negate, long, addend) in products {
        let usage = match (long, addend) {
            (None, true) => "Rd, Rn, Rm, Ra",
            (None, false) => "Rd, Rn, Rm",
            (Some(_), true) => "Xd, Wn, Wm, Xa",
            (Some(_), false) => "Xd, Wn, Wm",
        };
        table.add(name, usage, move |slots| {
            slots.count(3 + usize::from(addend)..=3 + usize::from(addend))?;
            let target = slots.register(0, RegisterClass::Zero, long.map(|_| Width::X));
            let width = target.as_ref().map(|target| target.width);
            let factor = if long.is_some() { Some(Width::W) } else { width };
            let first = slots.register(1, RegisterClass::Zero, factor);
            let second = slots.register(2, RegisterClass::Zero, factor);
            let third = match addend {
                true => slots.register(3, RegisterClass::Zero, width),
                false => width.map(|width| RegisterName { width, name: Name::Zero }),
            };
            compute(target?, Function::MultiplyAdd { negate, long }, vec![first?, second?, third?])
        });
    }
    table.add("SMULH", "Xd, Xn, Xm", |slots| binary(slots, Some(Width::X), |_| AluOp::MulHighSigned));
    table.add("UMULH", "Xd, Xn, Xm", |slots| binary(slots, Some(Width::X), |_| AluOp::MulHighUnsigned));
    table.add("SDIV", "Rd, Rn, Rm", |slots| binary(slots, None, AluOp::DivSigned));
    table.add("UDIV", "Rd, Rn, Rm", |slots| binary(slots, None, AluOp::DivUnsigned));
}

fn binary(slots: &mut Slots<'_>, width: Option<Width>, op: fn(u8) -> AluOp) -> Option<Kind> {
    slots.count(3..=3)?;
    let target = slots.register(0, RegisterClass::Zero, width);
    let width = width.or(target.as_ref().map(|target| target.width));
    let first = slots.register(1, RegisterClass::Zero, width);
    let second = slots.register(2, RegisterClass::Zero, width);
    let target = target?;
    let function = Function::Binary(op(target.width.bits()));
    compute(target, function, vec![first?, second?])
}

fn compute(target: RegisterName, function: Function, sources: Vec<RegisterName>) -> Option<Kind> {
    let sources = sources.into_iter().map(Source::Register).collect();
    Some(Kind::Compute(Compute { target, function, sources, sets_flags: false }))
}
