//! Single-instruction atomics.

use super::Table;
use crate::instr::{Atomic, CompareSwap, Kind, Modify};
use crate::registers::{Name, RegisterName, Width};
use crate::syntax::{RegisterClass, Slots};
use sim_core::program::Access;

const ORDERS: [(&str, Access); 4] = [
    ("", Access::empty()),
    ("A", Access::ACQUIRE),
    ("L", Access::RELEASE),
    ("AL", Access::ACQUIRE.union(Access::RELEASE)),
];

/// Bytes by suffix; `None` as the register.
const SIZES: [(&str, Option<u8>); 3] = [("", None), ("B", Some(1)), ("H", Some(2))];

const OPERATIONS: [(&str, Modify); 8] = [
    ("ADD", Modify::Add),
    ("CLR", Modify::Clear),
    ("EOR", Modify::Xor),
    ("SET", Modify::Set),
    ("SMAX", Modify::Extreme { signed: true, largest: true }),
    ("SMIN", Modify::Extreme { signed: true, largest: false }),
    ("UMAX", Modify::Extreme { signed: false, largest: true }),
    ("UMIN", Modify::Extreme { signed: false, largest: false }),
];

pub fn add(table: &mut Table) {
    for (order_suffix, order) in ORDERS {
        for (size_suffix, size) in SIZES {
            let suffix = format!("{order_suffix}{size_suffix}");
            table.add(format!("SWP{suffix}"), "Rs, Rt, [Xn]", move |slots| {
                fetch(slots, Modify::Swap, order, size)
            });
            table.add(format!("CAS{suffix}"), "Rs, Rt, [Xn]", move |slots| {
                compare_swap(slots, 1, order, size)
            });
            for (name, modify) in OPERATIONS {
                table.add(format!("LD{name}{suffix}"), "Rs, Rt, [Xn]", move |slots| {
                    fetch(slots, modify, order, size)
                });
                // A store form discards the old value, so acquiring would mean nothing.
                if !order.contains(Access::ACQUIRE) {
                    table.add(format!("ST{name}{suffix}"), "Rs, [Xn]", move |slots| {
                        store(slots, modify, order, size)
                    });
                }
            }
        }
        table.add(format!("CASP{order_suffix}"), "Rs, R(s+1), Rt, R(t+1), [Xn]", move |slots| {
            compare_swap(slots, 2, order, None)
        });
    }
}

/// The width that the suffix asks of the registers.
fn width_of(size: Option<u8>) -> Option<Width> {
    size.map(|_| Width::W)
}

fn fetch(slots: &mut Slots<'_>, modify: Modify, order: Access, size: Option<u8>) -> Option<Kind> {
    slots.count(3..=4)?;
    let source = slots.register(0, RegisterClass::Zero, width_of(size));
    let width = width_of(size).or(source.as_ref().map(|source| source.width));
    let target = slots.register(1, RegisterClass::Zero, width);
    let address = slots.base_only(2);
    let (source, target) = (source?, target?);
    let bytes = size.unwrap_or(source.width.bytes());
    Some(Kind::Atomic(Atomic { modify, source, target, bytes, order, base: address?.base }))
}

fn store(slots: &mut Slots<'_>, modify: Modify, order: Access, size: Option<u8>) -> Option<Kind> {
    slots.count(2..=3)?;
    let source = slots.register(0, RegisterClass::Zero, width_of(size));
    let address = slots.base_only(1);
    let source = source?;
    let target = RegisterName { width: source.width, name: Name::Zero };
    let bytes = size.unwrap_or(source.width.bytes());
    Some(Kind::Atomic(Atomic { modify, source, target, bytes, order, base: address?.base }))
}

fn compare_swap(slots: &mut Slots<'_>, pair: usize, order: Access, size: Option<u8>) -> Option<Kind> {
    slots.count(2 * pair + 1..=2 * pair + 2)?;
    let mut width = width_of(size);
    let mut registers = Vec::new();
    for place in 0..2 * pair {
        let register = slots.register(place, RegisterClass::Zero, width);
        width = width.or(register.as_ref().map(|register| register.width));
        registers.push(register);
    }
    let address = slots.base_only(2 * pair);
    let mut compared = registers.into_iter().collect::<Option<Vec<_>>>()?;
    if pair == 2 {
        check_pair(slots, &compared, 0);
        check_pair(slots, &compared, 2);
    }
    let bytes = size.unwrap_or(compared.first()?.width.bytes());
    let stored = compared.split_off(pair);
    Some(Kind::CompareSwap(CompareSwap { compared, stored, bytes, order, base: address?.base }))
}

/// The registers of a pair are consecutive, the first one even.
fn check_pair(slots: &mut Slots<'_>, registers: &[RegisterName], at: usize) {
    let number = |register: &RegisterName| match register.name {
        Name::General(number) => Some(number),
        Name::Zero => Some(31),
        Name::Stack | Name::Symbolic(_) => None,
    };
    let (Some(first), Some(second)) = (number(&registers[at]), number(&registers[at + 1])) else {
        return;
    };
    if first % 2 != 0 {
        let message = format!("{} is odd: a pair begins with an even register", registers[at]);
        slots.error::<()>("odd-register", slots.operands[at].span, message);
    } else if second != first + 1 {
        let message = format!("{} does not follow {}", registers[at + 1], registers[at]);
        slots.error::<()>("not-a-pair", slots.operands[at + 1].span, message);
    }
}
