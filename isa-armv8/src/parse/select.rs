//! Conditional selects and compares.

use super::Table;
use crate::instr::{ConditionalCompare, Kind, Otherwise, Select, Source};
use crate::registers::{Name, RegisterName, Width};
use crate::syntax::{RegisterClass, Shape, Slots};

pub fn add(table: &mut Table) {
    let selects = [
        ("CSEL", Otherwise::Same),
        ("CSINC", Otherwise::Increment),
        ("CSINV", Otherwise::Invert),
        ("CSNEG", Otherwise::Negate),
    ];
    for (name, otherwise) in selects {
        table.add(name, "Rd, Rn, Rm, cond", move |slots| {
            slots.count(4..=4)?;
            let target = slots.register(0, RegisterClass::Zero, None);
            let width = target.as_ref().map(|target| target.width);
            let first = slots.register(1, RegisterClass::Zero, width);
            let second = slots.register(2, RegisterClass::Zero, width);
            let condition = slots.condition(3)?;
            let (target, first, second) = (target?, first?, second?);
            Some(Kind::Select(Select { target, first, second, otherwise, condition }))
        });
    }
    let aliases = [("CINC", Otherwise::Increment), ("CINV", Otherwise::Invert), ("CNEG", Otherwise::Negate)];
    for (name, otherwise) in aliases {
        table.add(name, "Rd, Rn, cond", move |slots| {
            slots.count(3..=3)?;
            let target = slots.register(0, RegisterClass::Zero, None);
            let width = target.as_ref().map(|target| target.width);
            let source = slots.register(1, RegisterClass::Zero, width);
            alias(slots, 2, target, source, otherwise)
        });
    }
    for (name, otherwise) in [("CSET", Otherwise::Increment), ("CSETM", Otherwise::Invert)] {
        table.add(name, "Rd, cond", move |slots| {
            slots.count(2..=2)?;
            let target = slots.register(0, RegisterClass::Zero, None);
            let zero = target.as_ref().map(|target| RegisterName { width: target.width, name: Name::Zero });
            alias(slots, 1, target, zero, otherwise)
        });
    }
    for (name, negate) in [("CCMP", true), ("CCMN", false)] {
        table.add(name, "Rn, Rm|#imm5, #nzcv, cond", move |slots| compare(slots, negate));
    }
}

/// The aliases select one source in both cases, and change it if the written condition holds.
fn alias(
    slots: &mut Slots<'_>,
    at: usize,
    target: Option<RegisterName>,
    source: Option<RegisterName>,
    otherwise: Otherwise,
) -> Option<Kind> {
    let condition = slots.condition(at)?;
    if condition.always() {
        let message = format!("{} cannot be inverted, which {} needs", condition.name(), slots.name);
        return slots.error("not-a-condition", slots.operands[at].span, message);
    }
    let (target, first) = (target?, source?);
    let second = first.clone();
    Some(Kind::Select(Select { target, first, second, otherwise, condition: condition.inverse() }))
}

fn compare(slots: &mut Slots<'_>, negate: bool) -> Option<Kind> {
    slots.count(4..=4)?;
    let first = slots.register(0, RegisterClass::Zero, None);
    let width: Option<Width> = first.as_ref().map(|first| first.width);
    let second = match slots.operands[1].shape {
        Shape::Immediate(_) => slots.immediate(1, 0..=31, 1).map(|value| Source::Immediate(value as u64)),
        _ => slots.register(1, RegisterClass::Zero, width).map(Source::Register),
    };
    let flags = slots.immediate(2, 0..=15, 1);
    let condition = slots.condition(3)?;
    let (first, second, flags) = (first?, second?, flags? as u8);
    Some(Kind::Compare(ConditionalCompare { first, second, negate, flags, condition }))
}
