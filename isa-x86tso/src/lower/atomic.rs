//! Exchanges: `xchg`, `xadd`, `cmpxchg`.

use super::Builder;
use super::builder::{port_into, register};
use crate::instr::{Instr, Operand};
use crate::registers::{ACCUMULATOR, Mode};
use sim_core::litmus::Context;
use sim_core::program::{Access, Alt, AluOp, GuardKind, Port};

/// The destination and the register, whichever is written first: memory is the destination.
fn ordered(instr: &Instr) -> Option<(&Operand, &Operand)> {
    match instr.operands.as_slice() {
        [register, memory] if memory.memory().is_some() => Some((memory, register)),
        [destination, register] => Some((destination, register)),
        _ => None,
    }
}

/// `xchg`: with memory it is locked whether it says so or not.
pub(super) fn exchange(b: &mut Builder<'_>, instr: &Instr) {
    let Some((destination, source)) = ordered(instr) else {
        return;
    };
    if destination.memory().is_some() {
        b.lock();
    }
    let (Some(place), Some(source)) = (b.place(destination), b.place(source)) else {
        return;
    };
    let access = b.update();
    let new = b.read(source, instr.size, port_into(place), Access::empty());
    let old = b.read(place, instr.size, Port::Plain, access);
    b.write(place, instr.size, new, access, None);
    b.write(source, instr.size, old, Access::empty(), None);
}

/// `xadd`: the sum goes to the destination last, which matters where both are one register.
pub(super) fn exchange_add(b: &mut Builder<'_>, instr: &Instr) {
    let [destination, source] = instr.operands.as_slice() else {
        return;
    };
    let (Some(place), Some(source)) = (b.place(destination), b.place(source)) else {
        return;
    };
    let access = b.update();
    let added = b.read(source, instr.size, port_into(place), Access::empty());
    let old = b.read(place, instr.size, Port::Plain, access);
    let (sum, flags) = b.add_with_flags(instr.size.bits(), old, added, None);
    b.write(source, instr.size, old, Access::empty(), None);
    b.write(place, instr.size, sum, access, None);
    b.write_flags(flags, None);
}

/// `cmpxchg`: equal, the register is stored; different, the accumulator receives what was found. The
/// silicon then writes back what it read, which nobody can see: here there is no store.
pub(super) fn compare_exchange(mode: Mode, instr: &Instr, context: &dyn Context) -> Vec<Alt> {
    let side = |equal: bool| {
        let mut b = Builder::new(mode, instr, context);
        exchange_if(&mut b, instr, equal);
        b.fall(if equal { "equal" } else { "different" })
    };
    vec![side(true), side(false)]
}

fn exchange_if(b: &mut Builder<'_>, instr: &Instr, equal: bool) {
    let Some((destination, source)) = ordered(instr) else {
        return;
    };
    let (Some(place), Some(source)) = (b.place(destination), register(Some(source))) else {
        return;
    };
    let (size, access) = (instr.size, b.update());
    let accumulator = Builder::sized(ACCUMULATOR, size);
    let expected = b.read_part(accumulator, Port::Plain);
    let found = b.read(place, size, Port::Plain, access);
    let same = b.alu(AluOp::Eq, &[expected, found]);
    let guard = b.guard(same, equal, GuardKind::Pick);
    let (_, flags) = b.subtract_with_flags(size.bits(), expected, found, None);
    if equal {
        let new = b.read_part(source.view, port_into(place));
        b.write(place, size, new, access, Some(guard));
    } else {
        b.write_part(accumulator, found, Some(guard));
    }
    b.write_flags(flags, None);
}
