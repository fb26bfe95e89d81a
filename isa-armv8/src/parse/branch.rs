//! Branches.

use super::Table;
use crate::condition::Condition;
use crate::instr::{Branch, Kind};
use crate::registers::{LINK, Name, RegisterName, Width};
use crate::syntax::RegisterClass;

pub fn add(table: &mut Table) {
    for (name, link) in [("B", false), ("BL", true)] {
        table.add(name, "label", move |slots| {
            slots.count(1..=1)?;
            Some(Kind::Branch(Branch::Always { target: slots.target(0)?, link }))
        });
    }
    for (name, condition) in Condition::names() {
        for dot in ["", "."] {
            table.add(format!("B{dot}{name}"), "label", move |slots| {
                slots.count(1..=1)?;
                Some(Kind::Branch(Branch::Flags(condition, slots.target(0)?)))
            });
        }
    }
    for (name, zero) in [("CBZ", true), ("CBNZ", false)] {
        table.add(name, "Rt, label", move |slots| {
            slots.count(2..=2)?;
            let register = slots.register(0, RegisterClass::Zero, None);
            let target = slots.target(1);
            Some(Kind::Branch(Branch::Register { register: register?, bit: None, zero, target: target? }))
        });
    }
    for (name, zero) in [("TBZ", true), ("TBNZ", false)] {
        table.add(name, "Rt, #bit, label", move |slots| {
            slots.count(3..=3)?;
            let register = slots.register(0, RegisterClass::Zero, None);
            let most = register.as_ref().map_or(63, |register| register.width.bits() - 1);
            let bit = slots.immediate(1, 0..=i128::from(most), 1).map(|bit| bit as u8);
            let target = slots.target(2);
            bit?;
            Some(Kind::Branch(Branch::Register { register: register?, bit, zero, target: target? }))
        });
    }
    for (name, link) in [("BR", false), ("BLR", true)] {
        table.add(name, "Xn", move |slots| {
            slots.count(1..=1)?;
            let register = slots.register(0, RegisterClass::Zero, Some(Width::X))?;
            Some(Kind::Branch(Branch::Indirect { register, link }))
        });
    }
    table.add("RET", "{Xn}", |slots| {
        slots.count(0..=1)?;
        let register = match slots.operands {
            [] => RegisterName { width: Width::X, name: Name::General(LINK) },
            _ => slots.register(0, RegisterClass::Zero, Some(Width::X))?,
        };
        Some(Kind::Branch(Branch::Indirect { register, link: false }))
    });
}
