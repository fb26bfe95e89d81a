//! Shifts and rotations, by an immediate or by CL.

use super::Builder;
use super::builder::port_into;
use crate::flags::{ALL, CARRY, OVERFLOW};
use crate::instr::{Instr, OperandKind};
use crate::operation::Shift;
use sim_core::program::{AluOp, Port, Tmp, Value};

/// Counts are taken modulo 32, of 64-bit operands modulo 64. A count of 0 leaves all flags.
pub(super) fn shift(b: &mut Builder<'_>, instr: &Instr, shift: Shift) {
    let Some((destination, count)) = instr.operands.split_first() else {
        return;
    };
    let Some(place) = b.place(destination) else {
        return;
    };
    let (size, bits, access) = (instr.size, instr.size.bits(), b.update());
    let most: Value = if bits == 64 { 63 } else { 31 };
    let known = match count.first().map(|operand| &operand.kind) {
        None => Some(1),
        Some(OperandKind::Immediate(constant)) => Some(b.value(constant) & most),
        Some(_) => None,
    };
    let count = match (known, count.first().and_then(|operand| operand.register())) {
        (None, Some(named)) => {
            let count = b.read_part(named.view, port_into(place));
            b.mask(count, most)
        }
        (known, _) => b.constant(known.unwrap_or(0)),
    };
    let x = b.read(place, size, Port::Plain, access);
    let result = shifted(b, shift, bits, x, count);
    b.write(place, size, result, access, None);
    if known == Some(0) {
        return;
    }
    let (new, which) = shift_flags(b, shift, bits, x, count, result);
    if known.is_some() && which == ALL {
        return b.write_flags(new, None);
    }
    let old = b.read_flags();
    let mut flags = b.merge(old, new, which);
    if known.is_none() {
        flags = b.alu(AluOp::Select, &[count, flags, old]);
    }
    b.write_flags(flags, None);
}

fn shifted(b: &mut Builder<'_>, shift: Shift, bits: u8, x: Tmp, count: Tmp) -> Tmp {
    match shift {
        Shift::Left => b.alu(AluOp::Shl(bits), &[x, count]),
        Shift::Right => b.alu(AluOp::Shr(bits), &[x, count]),
        Shift::ArithmeticRight => b.alu(AluOp::Sar(bits), &[x, count]),
        Shift::RotateRight => b.alu(AluOp::Ror(bits), &[x, count]),
        Shift::RotateLeft => {
            let width = b.constant(Value::from(bits));
            let back = b.alu(AluOp::Sub(64), &[width, count]);
            b.alu(AluOp::Ror(bits), &[x, back])
        }
    }
}

/// The flags after a shift by `count`, which is not 0, and which of them it writes.
fn shift_flags(b: &mut Builder<'_>, shift: Shift, bits: u8, x: Tmp, count: Tmp, result: Tmp) -> (Tmp, Value) {
    let top = Value::from(bits) - 1;
    let one = b.constant(1);
    let before = b.alu(AluOp::Sub(64), &[count, one]);
    let carry = match shift {
        Shift::Left => {
            let last = b.alu(AluOp::Shl(bits), &[x, before]);
            b.shift_right(last, top)
        }
        Shift::Right => b.alu(AluOp::Shr(bits), &[x, before]),
        Shift::ArithmeticRight => b.alu(AluOp::Sar(bits), &[x, before]),
        Shift::RotateLeft => result,
        Shift::RotateRight => b.shift_right(result, top),
    };
    let overflow = match shift {
        Shift::Left | Shift::RotateLeft => {
            let sign = b.shift_right(result, top);
            b.alu(AluOp::Xor, &[sign, carry])
        }
        Shift::Right => b.shift_right(x, top),
        Shift::ArithmeticRight => b.constant(0),
        Shift::RotateRight => {
            let (sign, next) = (b.shift_right(result, top), b.shift_right(result, top - 1));
            b.alu(AluOp::Xor, &[sign, next])
        }
    };
    let (carry, overflow) = (b.flag(CARRY, carry), b.flag(OVERFLOW, overflow));
    let moved = b.alu(AluOp::Or, &[carry, overflow]);
    if matches!(shift, Shift::RotateLeft | Shift::RotateRight) {
        return (moved, CARRY | OVERFLOW);
    }
    let rest = b.result_flags(bits, result);
    (b.merge(rest, moved, CARRY | OVERFLOW), ALL)
}
