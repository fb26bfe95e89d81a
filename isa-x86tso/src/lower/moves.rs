//! Moves: plain, widening, conditional; addresses; `setcc`.

use super::Builder;
use super::builder::{Place, port_into};
use crate::conditions::Condition;
use crate::instr::{Instr, Operand, OperandKind, Size};
use crate::operation::Operation;
use crate::registers::{ACCUMULATOR, DATA};
use sim_core::program::{Access, AluOp, Port, Tmp, Value};

/// `mov` and `movnti`.
pub(super) fn copy(b: &mut Builder<'_>, instr: &Instr) {
    let [destination, source] = instr.operands.as_slice() else {
        return;
    };
    let Some(place) = b.place(destination) else {
        return;
    };
    let value = moved(b, source, instr.size, place);
    let hint = if instr.mnemonic.operation == Operation::MoveNonTemporal {
        Access::NON_TEMPORAL
    } else {
        Access::empty()
    };
    b.write(place, instr.size, value, hint, None);
}

/// The value of a source. A store takes its lower bytes, so a low part is not cut out of its register.
fn moved(b: &mut Builder<'_>, source: &Operand, size: Size, place: Place) -> Tmp {
    match (source.register(), place) {
        (Some(named), Place::Memory(_)) if named.view.low == 0 => b.read_whole(named.view.reg, Port::Data),
        _ => b.source(source, size, port_into(place)),
    }
}

/// `movzx`, `movsx` and their sized spellings.
pub(super) fn extend(b: &mut Builder<'_>, instr: &Instr, signed: bool) {
    let [destination, source] = instr.operands.as_slice() else {
        return;
    };
    let value = b.source(source, instr.from, Port::Plain);
    let value = if signed { sign_extend(b, value, instr.from, instr.size) } else { value };
    if let Some(place) = b.place(destination) {
        b.write(place, instr.size, value, Access::empty(), None);
    }
}

fn sign_extend(b: &mut Builder<'_>, value: Tmp, from: Size, to: Size) -> Tmp {
    let value = b.alu(AluOp::SignExtend(from.bits()), &[value]);
    if to == Size::Quad { value } else { b.alu(AluOp::ZeroExtend(to.bits()), &[value]) }
}

/// `cbtw`, `cwtl`, `cltq`: the accumulator's lower half, sign-extended.
pub(super) fn widen_inside(b: &mut Builder<'_>, size: Size) {
    let half = Size::of_bits(size.bits() / 2).unwrap_or(Size::Byte);
    let value = b.read_part(Builder::sized(ACCUMULATOR, half), Port::Plain);
    let value = sign_extend(b, value, half, size);
    b.write_part(Builder::sized(ACCUMULATOR, size), value, None);
}

/// `cwtd`, `cltd`, `cqto`: the data register becomes the accumulator's sign.
pub(super) fn widen_outside(b: &mut Builder<'_>, size: Size) {
    let value = b.read_part(Builder::sized(ACCUMULATOR, size), Port::Plain);
    let most = b.constant(Value::from(size.bits()) - 1);
    let sign = b.alu(AluOp::Sar(size.bits()), &[value, most]);
    b.write_part(Builder::sized(DATA, size), sign, None);
}

/// `lea`: the address, without an access.
pub(super) fn load_address(b: &mut Builder<'_>, instr: &Instr) {
    let [destination, Operand { kind: OperandKind::Memory(memory), .. }] = instr.operands.as_slice() else {
        return;
    };
    let address = b.address(memory);
    let value = if instr.size == Size::Quad {
        address
    } else {
        b.alu(AluOp::ZeroExtend(instr.size.bits()), &[address])
    };
    if let Some(place) = b.place(destination) {
        b.write(place, instr.size, value, Access::empty(), None);
    }
}

/// `cmovcc`: the source is always read, and a 32-bit destination always loses its upper half.
pub(super) fn conditional(b: &mut Builder<'_>, instr: &Instr, condition: Condition) {
    let [destination, source] = instr.operands.as_slice() else {
        return;
    };
    let new = b.source(source, instr.size, Port::Plain);
    let Some(place) = b.place(destination) else {
        return;
    };
    let old = b.read(place, instr.size, Port::Plain, Access::empty());
    let test = b.test(condition);
    let (yes, no) = if condition.negated { (old, new) } else { (new, old) };
    let value = b.alu(AluOp::Select, &[test, yes, no]);
    b.write(place, instr.size, value, Access::empty(), None);
}

/// `setcc`: one byte, 0 or 1.
pub(super) fn set(b: &mut Builder<'_>, instr: &Instr, condition: Condition) {
    let Some(place) = instr.operands.first().and_then(|destination| b.place(destination)) else {
        return;
    };
    let mut value = b.test(condition);
    if condition.negated {
        let one = b.constant(1);
        value = b.alu(AluOp::Xor, &[value, one]);
    }
    b.write(place, Size::Byte, value, Access::empty(), None);
}
