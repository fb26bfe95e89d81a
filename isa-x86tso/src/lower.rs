//! Meaning: each instruction as alternatives of micro-operations.

mod arithmetic;
mod atomic;
mod bits;
mod builder;
mod control;
mod moves;
mod shifts;

use crate::instr::Instr;
use crate::operation::Operation;
use crate::registers::Mode;
pub(crate) use builder::Builder;
use sim_core::litmus::Context;
use sim_core::program::Alt;

/// The alternatives of `instr` in its place; never empty.
pub(crate) fn lower(mode: Mode, instr: &Instr, context: &dyn Context) -> Vec<Alt> {
    match instr.mnemonic.operation {
        Operation::Jump | Operation::Return => control::leave(instr, context),
        Operation::Branch(condition) => control::branch(mode, instr, condition, context),
        Operation::CompareExchange => atomic::compare_exchange(mode, instr, context),
        _ => {
            let mut builder = Builder::new(mode, instr, context);
            straight(&mut builder, instr);
            vec![builder.fall("")]
        }
    }
}

/// Instructions that have one way to execute.
fn straight(b: &mut Builder<'_>, instr: &Instr) {
    match instr.mnemonic.operation {
        Operation::Move | Operation::MoveNonTemporal => moves::copy(b, instr),
        Operation::Extend { signed } => moves::extend(b, instr, signed),
        Operation::WidenInside => moves::widen_inside(b, instr.size),
        Operation::WidenOutside => moves::widen_outside(b, instr.size),
        Operation::LoadAddress => moves::load_address(b, instr),
        Operation::ConditionalMove(condition) => moves::conditional(b, instr, condition),
        Operation::Set(condition) => moves::set(b, instr, condition),
        Operation::Binary(binary) => arithmetic::binary(b, instr, binary),
        Operation::Unary(unary) => arithmetic::unary(b, instr, unary),
        Operation::Multiply { signed } => arithmetic::multiply(b, instr, signed),
        Operation::Carry(change) => arithmetic::carry(b, change),
        Operation::Shift(shift) => shifts::shift(b, instr, shift),
        Operation::Bit(change) => bits::test(b, instr, change),
        Operation::ByteSwap => bits::swap_bytes(b, instr),
        Operation::Exchange => atomic::exchange(b, instr),
        Operation::ExchangeAdd => atomic::exchange_add(b, instr),
        Operation::Fence => control::fence(b),
        Operation::Event(name) => control::event(b, name),
        Operation::Nop
        | Operation::Jump
        | Operation::Branch(_)
        | Operation::Return
        | Operation::CompareExchange => {}
    }
}
