//! Meaning: from parsed instructions to micro-operations.
//!
//! The operations of each alternative are the register and memory events that the cat models see, with
//! the same edges: a value flows where `iico_data` has an edge, and `after` stands where `iico_ctrl` has
//! one. Where an edge exists without a use of the value, [`AluOp::First`]
//! carries it.

mod atomic;
mod branch;
mod builder;
mod compute;
mod exclusive;
mod memory;
mod select;
mod system;

use crate::instr::{Instr, Kind};
use crate::registers::{FLAGS, RESERVATION};
use builder::Builder;
use sim_core::diagnostic::Diagnostic;
use sim_core::litmus::Context;
use sim_core::program::{Alt, AluOp, Next, Op, Port};

/// The alternatives of an instruction; none where an error was pushed.
pub fn instruction(instr: &Instr, context: &dyn Context, diagnostics: &mut Vec<Diagnostic>) -> Vec<Alt> {
    let mut builder = Builder::new(context);
    match &instr.kind {
        Kind::Hint(_) | Kind::Prefetch(..) => {}
        Kind::Undefined(_) | Kind::SupervisorCall(_) => return vec![builder.finish("", Next::End)],
        Kind::Branch(branch) => return branch::lower(branch, context, diagnostics),
        Kind::Fence(fence) => builder.push(Op::Fence(*fence)),
        Kind::ClearExclusive(_) => {
            let none = builder.constant(0);
            builder.write_hidden(RESERVATION, none, None);
        }
        Kind::ReadFlags(target) => {
            let flags = builder.read_hidden(FLAGS, None);
            let up = builder.constant(28);
            let value = builder.alu(AluOp::Shl(64), [flags, up]);
            builder.write(target, value, None);
        }
        Kind::WriteFlags(source) => {
            let value = builder.read(source, Port::Plain, None);
            let down = builder.constant(28);
            let flags = builder.alu(AluOp::Shr(64), [value, down]);
            let flags = builder.narrow(flags, 4);
            builder.write_hidden(FLAGS, flags, None);
        }
        Kind::ReadSystem(register, system, span) => {
            return system::transfer(true, register, system, *span, context, diagnostics);
        }
        Kind::WriteSystem(register, system, span) => {
            return system::transfer(false, register, system, *span, context, diagnostics);
        }
        Kind::CapabilityAccess(base, span) => {
            return system::capability_access(base, *span, context, diagnostics);
        }
        Kind::CodeAddress(target, place) => {
            let Some(address) = branch::code_address(place, context, diagnostics) else {
                return Vec::new();
            };
            let address = builder.constant(address);
            builder.write(target, address, None);
        }
        Kind::Compute(compute) => compute::lower(compute, &mut builder),
        Kind::Load(transfer) => memory::load(transfer, &mut builder),
        Kind::Store(transfer) => memory::store(transfer, &mut builder),
        Kind::LoadExclusive(transfer) => exclusive::load(transfer, &mut builder),
        Kind::StoreExclusive(status, transfer) => {
            return exclusive::store(status, transfer, context);
        }
        Kind::Atomic(atomic) => atomic::fetch(atomic, &mut builder),
        Kind::CompareSwap(swap) => return atomic::compare_swap(swap, context),
        Kind::Select(select) => return select::select(select, context),
        Kind::Compare(compare) => return select::compare(compare, context),
    }
    vec![builder.finish("", Next::Fall)]
}
