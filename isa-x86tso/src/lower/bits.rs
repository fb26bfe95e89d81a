//! Single bits, and the order of bytes.

use super::Builder;
use super::builder::{Place, port_into};
use crate::flags::CARRY;
use crate::instr::{Instr, OperandKind};
use crate::operation::BitChange;
use sim_core::program::{Access, AluOp, Port, Value};

/// `bt`, `bts`, `btr`, `btc`: the bit goes to CF. A register's index modulo the width, an immediate one
/// too; with memory, a register's signed index reaches words beyond the one addressed (SDM volume 2, BT).
pub(super) fn test(b: &mut Builder<'_>, instr: &Instr, change: BitChange) {
    let [destination, index] = instr.operands.as_slice() else {
        return;
    };
    let (size, bits) = (instr.size, instr.size.bits());
    let Some(mut place) = b.place(destination) else {
        return;
    };
    let access = b.update();
    let whole = b.source(index, size, port_into(place));
    if let (Place::Memory(address), OperandKind::Register(_)) = (place, &index.kind) {
        let log = b.constant(Value::from(bits.trailing_zeros()));
        let extended = b.alu(AluOp::SignExtend(bits), &[whole]);
        let words = b.alu(AluOp::Sar(64), &[extended, log]);
        let bytes = b.shift_left(words, Value::from(size.bytes().trailing_zeros()));
        place = Place::Memory(b.alu(AluOp::Add(b.mode.bits()), &[address, bytes]));
    }
    let offset = b.mask(whole, Value::from(bits) - 1);
    let x = b.read(place, size, Port::Plain, access);
    let moved = b.alu(AluOp::Shr(bits), &[x, offset]);
    let carry = b.flag(CARRY, moved);
    if change != BitChange::Keep {
        let one = b.constant(1);
        let bit = b.alu(AluOp::Shl(bits), &[one, offset]);
        let result = match change {
            BitChange::Set => b.alu(AluOp::Or, &[x, bit]),
            BitChange::Complement | BitChange::Keep => b.alu(AluOp::Xor, &[x, bit]),
            BitChange::Reset => {
                let set = b.alu(AluOp::Or, &[x, bit]);
                b.alu(AluOp::Xor, &[set, bit])
            }
        };
        b.write(place, size, result, access, None);
    }
    b.merge_flags(CARRY, carry);
}

/// `bswap`.
pub(super) fn swap_bytes(b: &mut Builder<'_>, instr: &Instr) {
    let Some(place) = instr.operands.first().and_then(|operand| b.place(operand)) else {
        return;
    };
    let bits = instr.size.bits();
    let x = b.read(place, instr.size, Port::Plain, Access::empty());
    let result = b.alu(AluOp::ReverseBytes(bits, bits), &[x]);
    b.write(place, instr.size, result, Access::empty(), None);
}
