//! Plain, acquiring and releasing loads and stores, and pairs of them: two accesses.

use super::builder::Builder;
use super::compute::modified;
use crate::instr::{Address, Index, Source, Transfer};
use crate::registers::Width;
use sim_core::program::{Access, AluOp, Op, Port, Tmp, Value};

/// The address of an access, and the new contents of the base register if it changes.
fn locate(address: &Address, builder: &mut Builder<'_>) -> (Tmp, Option<Tmp>) {
    let base = builder.read(&address.base, Port::Address, None);
    let offset = match &address.offset {
        Source::Immediate(0) => return (base, (address.index != Index::Offset).then_some(base)),
        Source::Immediate(offset) => builder.constant(*offset),
        Source::Register(register) => builder.read(register, Port::Address, None),
        Source::Modified(register, modifier, amount) => {
            let value = builder.read(register, Port::Address, None);
            modified(value, *modifier, *amount, Width::X, builder)
        }
    };
    let sum = builder.alu(AluOp::Add(64), [base, offset]);
    match address.index {
        Index::Offset => (sum, None),
        Index::Pre => (sum, Some(sum)),
        Index::Post => (base, Some(sum)),
    }
}

/// The address `bytes` further for the second access of a pair.
fn advance(address: Tmp, bytes: u8, at: usize, builder: &mut Builder<'_>) -> Tmp {
    if at == 0 {
        return address;
    }
    let distance = builder.constant(bytes as Value * at as Value);
    builder.alu(AluOp::Add(64), [address, distance])
}

/// The access of register number `at`.
fn access_of(transfer: &Transfer, at: usize) -> Access {
    let order = if transfer.in_order && at > 0 { Access::AFTER_PREVIOUS } else { Access::empty() };
    transfer.access | order
}

/// A load of one or two registers. The base depends on the base alone.
pub fn load(transfer: &Transfer, builder: &mut Builder<'_>) {
    let (address, base) = locate(&transfer.address, builder);
    let mut loaded = Vec::new();
    for at in 0..transfer.registers.len() {
        let addr = advance(address, transfer.bytes, at, builder);
        let value = builder.load(addr, transfer.bytes, access_of(transfer, at));
        loaded.push(if transfer.signed {
            builder.alu(AluOp::SignExtend(8 * transfer.bytes), [value])
        } else {
            value
        });
    }
    if let Some(base) = base {
        builder.write(&transfer.address.base, base, None);
    }
    for (register, value) in transfer.registers.iter().zip(loaded) {
        builder.write(register, value, None);
    }
}

/// A store of one or two registers. With post-indexing, the base of a single store depends on the data,
/// too (5.1 of the cat reference: an edge of herd's semantics that outcomes can show).
pub fn store(transfer: &Transfer, builder: &mut Builder<'_>) {
    let (address, mut base) = locate(&transfer.address, builder);
    let values: Vec<Tmp> =
        transfer.registers.iter().map(|register| builder.read(register, Port::Data, None)).collect();
    for (at, value) in values.iter().enumerate() {
        let addr = advance(address, transfer.bytes, at, builder);
        let access = access_of(transfer, at);
        builder.push(Op::Store {
            addr,
            value: *value,
            high: None,
            size: transfer.bytes,
            access,
            after: None,
        });
    }
    if let (Index::Post, [value], Some(new)) = (transfer.address.index, values.as_slice(), base) {
        base = Some(builder.with(new, *value));
    }
    if let Some(base) = base {
        builder.write(&transfer.address.base, base, None);
    }
}
