//! Addition, subtraction, logic, multiplication, and the carry flag by itself.

use super::Builder;
use super::builder::port_into;
use crate::flags::{ALL, CARRY, OVERFLOW};
use crate::instr::{Instr, Operand, Size};
use crate::operation::{Binary, CarryChange, Unary};
use crate::registers::{ACCUMULATOR, DATA};
use sim_core::program::{Access, AluOp, Port, Tmp, Value};

/// Two operands, the first of which is also the destination (of `cmp` and `test` there is none).
pub(super) fn binary(b: &mut Builder<'_>, instr: &Instr, binary: Binary) {
    let [destination, source] = instr.operands.as_slice() else {
        return;
    };
    let bits = instr.size.bits();
    let only_flags = matches!(binary, Binary::Compare | Binary::Test);
    let Some(place) = b.place(destination) else {
        return;
    };
    let port = if only_flags { Port::Plain } else { port_into(place) };
    let y = b.source(source, instr.size, port);
    let access = b.update();
    let x = b.read(place, instr.size, Port::Plain, access);
    let (result, flags) = match binary {
        Binary::Add => b.add_with_flags(bits, x, y, None),
        Binary::Subtract | Binary::Compare => b.subtract_with_flags(bits, x, y, None),
        Binary::AddCarry => {
            let carry = b.carry();
            b.add_with_flags(bits, x, y, Some(carry))
        }
        Binary::SubtractBorrow => {
            let borrow = b.carry();
            b.subtract_with_flags(bits, x, y, Some(borrow))
        }
        Binary::And | Binary::Test => logic(b, bits, AluOp::And, x, y),
        Binary::Or => logic(b, bits, AluOp::Or, x, y),
        Binary::Xor => logic(b, bits, AluOp::Xor, x, y),
    };
    if !only_flags {
        b.write(place, instr.size, result, access, None);
    }
    b.write_flags(flags, None);
}

fn logic(b: &mut Builder<'_>, bits: u8, op: AluOp, x: Tmp, y: Tmp) -> (Tmp, Tmp) {
    let result = b.alu(op, &[x, y]);
    (result, b.result_flags(bits, result))
}

/// One operand: `inc`, `dec` (which keep CF), `neg`, `not` (which keeps all flags).
pub(super) fn unary(b: &mut Builder<'_>, instr: &Instr, unary: Unary) {
    let Some(place) = instr.operands.first().and_then(|destination| b.place(destination)) else {
        return;
    };
    let (size, bits, access) = (instr.size, instr.size.bits(), b.update());
    let x = b.read(place, size, port_into(place), access);
    let (result, flags, which) = match unary {
        Unary::Increment => {
            let one = b.constant(1);
            let (result, flags) = b.add_with_flags(bits, x, one, None);
            (result, flags, ALL & !CARRY)
        }
        Unary::Decrement => {
            let one = b.constant(1);
            let (result, flags) = b.subtract_with_flags(bits, x, one, None);
            (result, flags, ALL & !CARRY)
        }
        Unary::Negate => {
            let zero = b.constant(0);
            let (result, flags) = b.subtract_with_flags(bits, zero, x, None);
            (result, flags, ALL)
        }
        Unary::Not => {
            let ones = b.constant(Value::MAX >> (64 - bits));
            let result = b.alu(AluOp::Xor, &[x, ones]);
            (result, result, 0)
        }
    };
    b.write(place, size, result, access, None);
    match which {
        0 => {}
        ALL => b.write_flags(flags, None),
        which => b.merge_flags(which, flags),
    }
}

/// `imul` with one to three operands, `mul` with one.
pub(super) fn multiply(b: &mut Builder<'_>, instr: &Instr, signed: bool) {
    let size = instr.size;
    match instr.operands.as_slice() {
        [factor] => widening(b, factor, size, signed),
        [destination, rest @ ..] => {
            let Some(place) = b.place(destination) else {
                return;
            };
            let x = b.source(rest.first().unwrap_or(destination), size, Port::Plain);
            let y = match rest {
                [_, immediate] => b.source(immediate, size, Port::Plain),
                _ => b.read(place, size, Port::Plain, Access::empty()),
            };
            let (low, high) = product(b, size, x, y, signed);
            b.write(place, size, low, Access::empty(), None);
            product_flags(b, size, low, high, signed);
        }
        [] => {}
    }
}

/// The double-width product of the accumulator, into accumulator and data register (of bytes: into AX).
fn widening(b: &mut Builder<'_>, factor: &Operand, size: Size, signed: bool) {
    let x = b.source(factor, size, Port::Plain);
    let y = b.read_part(Builder::sized(ACCUMULATOR, size), Port::Plain);
    let (low, high) = product(b, size, x, y, signed);
    if size == Size::Byte {
        let moved = b.shift_left(high, 8);
        let whole = b.alu(AluOp::Or, &[moved, low]);
        b.write_part(Builder::sized(ACCUMULATOR, Size::Word), whole, None);
    } else {
        b.write_part(Builder::sized(ACCUMULATOR, size), low, None);
        b.write_part(Builder::sized(DATA, size), high, None);
    }
    product_flags(b, size, low, high, signed);
}

/// Lower and upper half of a product.
fn product(b: &mut Builder<'_>, size: Size, x: Tmp, y: Tmp, signed: bool) -> (Tmp, Tmp) {
    let bits = size.bits();
    if size == Size::Quad {
        let high = if signed { AluOp::MulHighSigned } else { AluOp::MulHighUnsigned };
        return (b.alu(AluOp::Mul(64), &[x, y]), b.alu(high, &[x, y]));
    }
    let (x, y) = if signed {
        (b.alu(AluOp::SignExtend(bits), &[x]), b.alu(AluOp::SignExtend(bits), &[y]))
    } else {
        (x, y)
    };
    let whole = b.alu(AluOp::Mul(64), &[x, y]);
    let low = b.alu(AluOp::ZeroExtend(bits), &[whole]);
    let high = b.shift_right(whole, Value::from(bits));
    (low, b.alu(AluOp::ZeroExtend(bits), &[high]))
}

/// CF and OF tell that the upper half matters; the others come from the lower half.
fn product_flags(b: &mut Builder<'_>, size: Size, low: Tmp, high: Tmp, signed: bool) {
    let bits = size.bits();
    let most = b.constant(Value::from(bits) - 1);
    let expected = if signed { b.alu(AluOp::Sar(bits), &[low, most]) } else { b.constant(0) };
    let (one, same) = (b.constant(1), b.alu(AluOp::Eq, &[high, expected]));
    let lost = b.alu(AluOp::Xor, &[same, one]);
    let (carry, overflow) = (b.flag(CARRY, lost), b.flag(OVERFLOW, lost));
    let lost = b.alu(AluOp::Or, &[carry, overflow]);
    let rest = b.result_flags(bits, low);
    let flags = b.merge(rest, lost, CARRY | OVERFLOW);
    b.write_flags(flags, None);
}

/// `clc`, `stc`, `cmc`.
pub(super) fn carry(b: &mut Builder<'_>, change: CarryChange) {
    let new = match change {
        CarryChange::Clear => b.constant(0),
        CarryChange::Set => b.constant(CARRY),
        CarryChange::Complement => {
            let (old, all) = (b.read_flags(), b.constant(CARRY));
            b.alu(AluOp::Xor, &[old, all])
        }
    };
    b.merge_flags(CARRY, new);
}
