//! Exclusives. The reservation is a hidden register: a load exclusive writes its address and size into
//! it, a store exclusive may succeed only where it finds its own there, and clears it in any case.
//!
//! The status register depends on nothing, and the data register of a store exclusive is read without
//! making a data dependency (`mixed-size.md` 3.4): an ordinary port.

use super::builder::Builder;
use crate::instr::Transfer;
use crate::registers::{RESERVATION, RegisterName};
use sim_core::litmus::Context;
use sim_core::program::{Alt, AluOp, GuardKind, Next, Op, Port, Tmp, Value};

/// The contents of the reservation register for an access: the address, and the bytes per register.
fn reservation(address: Tmp, transfer: &Transfer, builder: &mut Builder<'_>) -> Tmp {
    let tag = builder.constant(Value::from(transfer.bytes) << 56);
    builder.alu(AluOp::Xor, [address, tag])
}

/// A load exclusive of one register, or of two in one access.
pub fn load(transfer: &Transfer, builder: &mut Builder<'_>) {
    let address = builder.read(&transfer.address.base, Port::Address, None);
    let reservation = reservation(address, transfer, builder);
    match transfer.registers.as_slice() {
        [register] => {
            let value = builder.load(address, transfer.bytes, transfer.access);
            builder.write_hidden(RESERVATION, reservation, None);
            builder.write(register, value, None);
        }
        registers => {
            let (low, high) = builder.load_pair(address, transfer.bytes, transfer.access);
            builder.write_hidden(RESERVATION, reservation, None);
            for (register, value) in registers.iter().zip([low, high]) {
                builder.write(register, value, None);
            }
        }
    }
}

/// A store exclusive: it succeeds, or fails for no reason.
pub fn store(status: &RegisterName, transfer: &Transfer, context: &dyn Context) -> Vec<Alt> {
    let way = |label, succeeds: bool| {
        let mut builder = Builder::new(context);
        let held = builder.read_hidden(RESERVATION, None);
        let address = builder.read(&transfer.address.base, Port::Address, None);
        let values: Vec<Tmp> =
            transfer.registers.iter().map(|register| builder.read(register, Port::Plain, None)).collect();
        if succeeds {
            write(held, address, &values, transfer, &mut builder);
        }
        let seen = builder.pass(held, GuardKind::Check);
        let none = builder.constant(0);
        builder.write_hidden(RESERVATION, none, Some(seen));
        let outcome = builder.constant(u64::from(!succeeds));
        builder.write(status, outcome, None);
        builder.finish(label, Next::Fall)
    };
    vec![way("succeeds", true), way("fails", false)]
}

/// The store of a store exclusive that succeeds.
fn write(held: Tmp, address: Tmp, values: &[Tmp], transfer: &Transfer, builder: &mut Builder<'_>) {
    let own = reservation(address, transfer, builder);
    let same = builder.alu(AluOp::Eq, [held, own]);
    let after = Some(builder.guard(same, true, GuardKind::Check));
    let (size, access) = (transfer.bytes * values.len() as u8, transfer.access);
    if let Some(value) = values.first() {
        let high = values.get(1).copied();
        builder.push(Op::Store { addr: address, value: *value, high, size, access, after });
    }
}
