//! The 32-bit word that an instruction is.
//!
//! Each module follows one part of the index of A64 encodings in the Arm Architecture Reference Manual
//! (DDI 0487, chapter C4 "A64 Instruction Set Encoding"), each function one of its classes.

mod branch;
mod fields;
mod immediate;
mod load_store;
mod register;

use crate::instr::{Instr, Kind};
use fields::Fields;
pub use immediate::logical_immediate;
use sim_core::litmus::Context;

/// The word of an instruction in its place.
///
/// # Errors
/// Why no word means what the instruction says, in words: the field's tools compute with any constant and
/// any register, and encodings do not hold all of them.
pub fn word(instr: &Instr, context: &dyn Context) -> Result<u32, String> {
    let fields = Fields { instr, context };
    match &instr.kind {
        Kind::Hint(number) => Ok(branch::hint(*number)),
        Kind::Undefined(number) => Ok(branch::undefined(*number)),
        Kind::SupervisorCall(number) => Ok(branch::supervisor_call(*number)),
        Kind::Fence(fence) => branch::barrier(fence.name),
        Kind::ClearExclusive(number) => Ok(branch::clear_exclusive(*number)),
        Kind::ReadFlags(register) => branch::system_register(true, branch::NZCV, register, fields),
        Kind::WriteFlags(register) => branch::system_register(false, branch::NZCV, register, fields),
        Kind::ReadSystem(register, system, _) => {
            branch::system_register(true, system.encoding, register, fields)
        }
        Kind::WriteSystem(register, system, _) => {
            branch::system_register(false, system.encoding, register, fields)
        }
        Kind::CapabilityAccess(..) => {
            Err("encodings of accesses by capability are not known here".to_owned())
        }
        Kind::Branch(branch) => branch::branch(branch, fields),
        Kind::CodeAddress(register, target) => immediate::code_address(register, target, fields),
        Kind::Compute(compute) => register::compute(compute, fields),
        Kind::Select(select) => register::select(select, fields),
        Kind::Compare(compare) => register::conditional_compare(compare, fields),
        Kind::Prefetch(operation, address) => load_store::prefetch(*operation, address, fields),
        Kind::Load(transfer) => load_store::transfer(transfer, true, fields),
        Kind::Store(transfer) => load_store::transfer(transfer, false, fields),
        Kind::LoadExclusive(transfer) => load_store::exclusive(transfer, None, fields),
        Kind::StoreExclusive(status, transfer) => load_store::exclusive(transfer, Some(status), fields),
        Kind::Atomic(atomic) => load_store::atomic(atomic, fields),
        Kind::CompareSwap(swap) => load_store::compare_swap(swap, fields),
    }
}
