//! Single-instruction atomics: a read and a write, two events.
//!
//! Where there are several atomic reads in an alternative (`CASP`), the first atomic write pairs with the
//! first of them and the second with the second: they have the same addresses.

use super::builder::Builder;
use crate::instr::{Atomic, CompareSwap, Modify};
use crate::registers::{Name, RegisterName};
use sim_core::litmus::Context;
use sim_core::program::{Access, Alt, AluOp, GuardKind, Next, Op, Port, Tmp, Value};

/// The kind of the read: one whose value no register receives is never acquiring (B.1).
fn read_access(order: Access, target: &RegisterName) -> Access {
    match target.name {
        Name::Zero => Access::ATOMIC | Access::NO_RETURN,
        _ => Access::ATOMIC | (order & Access::ACQUIRE),
    }
}

/// The kind of the write.
fn write_access(order: Access) -> Access {
    Access::ATOMIC | (order & Access::RELEASE)
}

/// Swap and fetch-and-modify. The write of a swap does not depend on the read, and is ordered after it.
pub fn fetch(atomic: &Atomic, builder: &mut Builder<'_>) {
    let (size, bits) = (atomic.bytes, 8 * atomic.bytes);
    let addr = builder.read(&atomic.base, Port::Address, None);
    let operand = builder.read(&atomic.source, Port::Data, None);
    let old = builder.load(addr, size, read_access(atomic.order, &atomic.target));
    let value = match atomic.modify {
        Modify::Swap => operand,
        Modify::Add => builder.alu(AluOp::Add(bits), [old, operand]),
        Modify::Clear => {
            let kept = builder.invert(operand, bits);
            builder.alu(AluOp::And, [old, kept])
        }
        Modify::Xor => builder.alu(AluOp::Xor, [old, operand]),
        Modify::Set => builder.alu(AluOp::Or, [old, operand]),
        Modify::Extreme { signed, largest } => {
            let less = if signed { AluOp::LessSigned(bits) } else { AluOp::LessUnsigned(bits) };
            let below = builder.alu(less, [old, operand]);
            builder.alu(AluOp::Select, if largest { [below, operand, old] } else { [below, old, operand] })
        }
    };
    let in_order = if atomic.modify == Modify::Swap { Access::AFTER_PREVIOUS } else { Access::empty() };
    let access = write_access(atomic.order) | in_order;
    builder.push(Op::Store { addr, value, high: None, size, access, after: None });
    builder.write(&atomic.target, old, None);
}

/// How a compare-and-swap goes (B.2: the union of four ways).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Equal; the register receives what memory held.
    Success,
    /// Equal; the register keeps what it held, and its readers wait for the comparison as for a pick.
    SuccessEarly,
    /// Unequal; memory receives what it held.
    WriteBack,
    /// Unequal; nothing is written.
    Failure,
}

/// Compare-and-swap of one register or of a pair.
pub fn compare_swap(swap: &CompareSwap, context: &dyn Context) -> Vec<Alt> {
    let ways = [
        ("succeeds", Way::Success),
        ("succeeds early", Way::SuccessEarly),
        ("fails, writes back", Way::WriteBack),
        ("fails", Way::Failure),
    ];
    ways.map(|(label, way)| {
        let mut builder = Builder::new(context);
        compare_swap_way(swap, way, &mut builder);
        builder.finish(label, Next::Fall)
    })
    .into()
}

fn compare_swap_way(swap: &CompareSwap, way: Way, builder: &mut Builder<'_>) {
    let base = builder.read(&swap.base, Port::Address, None);
    let addresses = addresses(base, swap, builder);
    let compared = read_all(&swap.compared, swap, builder);
    let access = load_access(swap, way);
    let old: Vec<Tmp> = addresses.iter().map(|addr| builder.load(*addr, swap.bytes, access)).collect();
    let equal = all_equal(&old, &compared, builder);
    let succeeds = matches!(way, Way::Success | Way::SuccessEarly);
    let guard = builder.guard(equal, succeeds, GuardKind::Pick);
    let old = joined(&old, builder);
    let stored = match way {
        Way::Success | Way::SuccessEarly => {
            let values: Vec<Tmp> =
                swap.stored.iter().map(|register| builder.read(register, Port::Data, None)).collect();
            joined(&values, builder)
        }
        Way::WriteBack => old.clone(),
        Way::Failure => Vec::new(),
    };
    for (addr, value) in addresses.iter().zip(stored) {
        let access = write_access(swap.order);
        let (addr, after, size) = (*addr, Some(guard), swap.bytes);
        builder.push(Op::Store { addr, value, high: None, size, access, after });
    }
    let (results, after) = match way {
        Way::SuccessEarly => (joined(&compared, builder), Some(guard)),
        _ => (old, None),
    };
    for (register, value) in swap.compared.iter().zip(results) {
        builder.write(register, value, after);
    }
}

/// The read of a failing compare-and-swap that does not write is an ordinary one, unless its result is
/// dropped.
fn load_access(swap: &CompareSwap, way: Way) -> Access {
    let dropped = swap.compared.iter().all(|register| register.name == Name::Zero);
    match swap.compared.first() {
        Some(register) if dropped || way != Way::Failure => read_access(swap.order, register),
        _ => swap.order & Access::ACQUIRE,
    }
}

fn addresses(base: Tmp, swap: &CompareSwap, builder: &mut Builder<'_>) -> Vec<Tmp> {
    let mut addresses = vec![base];
    if swap.compared.len() == 2 {
        let distance = builder.constant(Value::from(swap.bytes));
        addresses.push(builder.alu(AluOp::Add(64), [base, distance]));
    }
    addresses
}

/// Reads registers at the size of the access.
fn read_all(registers: &[RegisterName], swap: &CompareSwap, builder: &mut Builder<'_>) -> Vec<Tmp> {
    let mut values = Vec::new();
    for register in registers {
        let whole = builder.read(register, Port::Data, None);
        values.push(builder.narrow(whole, 8 * swap.bytes));
    }
    values
}

fn all_equal(left: &[Tmp], right: &[Tmp], builder: &mut Builder<'_>) -> Tmp {
    let mut all = builder.constant(1);
    for (at, (left, right)) in left.iter().zip(right).enumerate() {
        let equal = builder.alu(AluOp::Eq, [*left, *right]);
        all = if at == 0 { equal } else { builder.alu(AluOp::And, [all, equal]) };
    }
    all
}

/// The values of a pair, each depending on both (every read of a `CASP` goes to every write).
fn joined(values: &[Tmp], builder: &mut Builder<'_>) -> Vec<Tmp> {
    match values {
        [low, high] => vec![builder.with(*low, *high), builder.with(*high, *low)],
        _ => values.to_vec(),
    }
}
