//! Loads and stores.

use super::fields::{Fields, extension};
use crate::instr::{Address, Atomic, CompareSwap, Index, Modify, Source, Transfer};
use crate::registers::{RegisterName, Width};
use crate::syntax::Modifier;
use sim_core::program::Access;

/// Field `size` in bits 30 and 31 of an access of this many bytes.
fn size(bytes: u8) -> u32 {
    bytes.trailing_zeros() << 30
}

/// Field `opc` in bits 22 and 23 of a load or store of one register.
fn opc(load: bool, signed: bool, width: Width) -> u32 {
    let opc = match (load, signed, width) {
        (false, ..) => 0,
        (true, false, _) => 1,
        (true, true, Width::X) => 2,
        (true, true, Width::W) => 3,
    };
    opc << 22
}

/// The word of a load or store of one or two registers.
///
/// # Errors
/// If the address has no encoding.
pub fn transfer(transfer: &Transfer, load: bool, fields: Fields<'_>) -> Result<u32, String> {
    match transfer.registers.as_slice() {
        [register] => one(register, transfer, load, fields),
        [first, second] => pair([first, second], transfer, load, fields),
        _ => Err(format!("{} has no encoding here", fields.instr.name)),
    }
}

fn one(register: &RegisterName, transfer: &Transfer, load: bool, fields: Fields<'_>) -> Result<u32, String> {
    let address = &transfer.address;
    let name = fields.instr.name;
    let opc = opc(load, transfer.signed, register.width);
    let rt = fields.zero(register)?;
    let size = size(transfer.bytes);
    if name.starts_with("LDAPUR") || name.starts_with("STLUR") {
        // "LDAPR/STLR (unscaled immediate)"
        return Ok(size | 0b011001 << 24 | opc | unscaled(address, fields)? | rt);
    }
    if name.starts_with("LDAPR") {
        // "Atomic memory operations": LDAPR
        return Ok(size | 0b111000 << 24 | 0b1011_1111_1100 << 12 | base(address, fields)? | rt);
    }
    if transfer.access.intersects(Access::ACQUIRE | Access::RELEASE) {
        let strong = !name.starts_with("LDLAR") && !name.starts_with("STLLR");
        return Ok(size | ordered(load, strong, true) | base(address, fields)? | rt);
    }
    let only_unscaled = name.starts_with("LDUR") || name.starts_with("STUR");
    Ok(opc | plain(address, transfer.bytes, only_unscaled, fields)? | rt)
}

/// "Load/store exclusive register" and "Load/store ordered": `L`, `o0`, and `o2` where it is no exclusive;
/// the unused registers are 31.
fn ordered(load: bool, strong: bool, ordered: bool) -> u32 {
    let op = u32::from(ordered) << 23 | u32::from(load) << 22 | u32::from(strong) << 15;
    0b001000 << 24 | op | 31 << 16 | 31 << 10
}

/// `Rn`.
fn base(address: &Address, fields: Fields<'_>) -> Result<u32, String> {
    Ok(fields.stack(&address.base)? << 5)
}

/// An immediate offset; `None` where a register holds it.
fn immediate(address: &Address) -> Option<i64> {
    match address.offset {
        Source::Immediate(offset) => Some(offset as i64),
        Source::Register(_) | Source::Modified(..) => None,
    }
}

/// `imm9` and `Rn`.
fn unscaled(address: &Address, fields: Fields<'_>) -> Result<u32, String> {
    let offset = fields.signed(immediate(address).unwrap_or(0), 9)?;
    Ok(offset << 12 | base(address, fields)?)
}

/// "Load/store register (unsigned immediate)", "(unscaled immediate)", "(immediate post-indexed)",
/// "(immediate pre-indexed)" and "(register offset)": everything but `opc` and `Rt`.
fn plain(address: &Address, bytes: u8, only_unscaled: bool, fields: Fields<'_>) -> Result<u32, String> {
    let class = size(bytes) | 0b111000 << 24;
    let Some(offset) = immediate(address) else {
        return Ok(class | register_offset(address, bytes, fields)? | base(address, fields)?);
    };
    let scaled = offset / i64::from(bytes);
    match address.index {
        Index::Post => Ok(class | 0b01 << 10 | unscaled(address, fields)?),
        Index::Pre => Ok(class | 0b11 << 10 | unscaled(address, fields)?),
        Index::Offset if !only_unscaled && offset % i64::from(bytes) == 0 && (0..4096).contains(&scaled) => {
            Ok(class | 1 << 24 | (scaled as u32) << 10 | base(address, fields)?)
        }
        Index::Offset => Ok(class | unscaled(address, fields)?),
    }
}

/// `Rm`, `option` and `S` of a register offset.
fn register_offset(address: &Address, bytes: u8, fields: Fields<'_>) -> Result<u32, String> {
    let (register, modifier, amount) = match &address.offset {
        Source::Register(register) => (register, Modifier::Lsl, 0),
        Source::Modified(register, modifier, amount) => (register, *modifier, *amount),
        Source::Immediate(offset) => return Err(fields.not_encodable(*offset as i64)),
    };
    let option = match modifier {
        Modifier::Extend(bits, signed) => extension(bits, signed),
        _ => extension(64, false),
    };
    let scale = bytes.trailing_zeros();
    let scaled = match u32::from(amount) {
        // Of bytes, a shift by 0 is told from none.
        0 if scale == 0 => fields.written_shift().is_some_and(|(_, amount)| amount.is_some()),
        0 => false,
        amount if amount == scale => true,
        amount => return Err(fields.not_encodable(amount.into())),
    };
    let rm = fields.zero(register)?;
    Ok(1 << 21 | rm << 16 | option << 13 | u32::from(scaled) << 12 | 0b10 << 10)
}

/// "Load/store register (unsigned immediate)" and its relatives: `PRFM`, `PRFUM`.
///
/// # Errors
/// If the address has no encoding.
pub fn prefetch(operation: u8, address: &Address, fields: Fields<'_>) -> Result<u32, String> {
    Ok(plain(address, 8, fields.instr.name == "PRFUM", fields)? | 0b10 << 22 | u32::from(operation))
}

/// "Load/store no-allocate pair (offset)", "Load/store register pair (post-indexed)", "(offset)",
/// "(pre-indexed)", and "Load/store ordered pair" of `FEAT_LRCPC3`.
fn pair(
    registers: [&RegisterName; 2],
    transfer: &Transfer,
    load: bool,
    fields: Fields<'_>,
) -> Result<u32, String> {
    let (address, width) = (&transfer.address, registers[0].width);
    let (first, second) = (fields.zero(registers[0])?, fields.zero(registers[1])?);
    let ordered = transfer.access.intersects(Access::ACQUIRE | Access::ACQUIRE_PC | Access::RELEASE);
    if ordered && !transfer.in_order {
        return Err(format!("the encoding of {} is not known here", fields.instr.name));
    }
    if ordered {
        let op = size(width.bytes()) | 0b011001 << 24 | u32::from(load) << 22;
        let no_write_back = u32::from(address.index == Index::Offset) << 12;
        let registers = second << 16 | base(address, fields)? | first;
        return Ok(op | no_write_back | 0b10 << 10 | registers);
    }
    let opc = match (transfer.signed, width) {
        (true, _) => 1,
        (false, Width::X) => 2,
        (false, Width::W) => 0,
    };
    let mode = match address.index {
        Index::Offset if transfer.access.contains(Access::NON_TEMPORAL) => 0,
        Index::Post => 1,
        Index::Offset => 2,
        Index::Pre => 3,
    };
    let offset = immediate(address).unwrap_or(0);
    let imm7 = fields.signed(offset / i64::from(transfer.bytes), 7)?;
    let op = opc << 30 | 0b101 << 27 | mode << 23 | u32::from(load) << 22;
    Ok(op | imm7 << 15 | second << 10 | base(address, fields)? | first)
}

/// "Load/store exclusive register" and "Load/store exclusive pair"; `status` is the first register of a
/// store.
///
/// # Errors
/// If a register cannot stand in its place.
pub fn exclusive(
    transfer: &Transfer,
    status: Option<&RegisterName>,
    fields: Fields<'_>,
) -> Result<u32, String> {
    let strong = transfer.access.intersects(Access::ACQUIRE | Access::RELEASE);
    let mut word = size(transfer.bytes) | ordered(status.is_none(), strong, false);
    if let Some(status) = status {
        word = word & !(31 << 16) | fields.zero(status)? << 16;
    }
    if let [_, second] = transfer.registers.as_slice() {
        word = word & !(31 << 10) | 1 << 21 | fields.zero(second)? << 10;
    }
    let first = transfer.registers.first().map_or(Ok(31), |register| fields.zero(register))?;
    Ok(word | base(&transfer.address, fields)? | first)
}

/// "Atomic memory operations".
///
/// # Errors
/// If a register cannot stand in its place.
pub fn atomic(atomic: &Atomic, fields: Fields<'_>) -> Result<u32, String> {
    let (o3, opc) = match atomic.modify {
        Modify::Swap => (1, 0),
        Modify::Add => (0, 0),
        Modify::Clear => (0, 1),
        Modify::Xor => (0, 2),
        Modify::Set => (0, 3),
        Modify::Extreme { signed, largest } => (0, 4 + 2 * u32::from(!signed) + u32::from(!largest)),
    };
    let acquire = u32::from(atomic.order.contains(Access::ACQUIRE)) << 23;
    let release = u32::from(atomic.order.contains(Access::RELEASE)) << 22;
    let op = size(atomic.bytes) | 0b111000 << 24 | acquire | release | 1 << 21 | o3 << 15 | opc << 12;
    let rs = fields.zero(&atomic.source)? << 16;
    Ok(op | rs | fields.stack(&atomic.base)? << 5 | fields.zero(&atomic.target)?)
}

/// "Compare and swap" and "Compare and swap pair".
///
/// # Errors
/// If a register cannot stand in its place.
pub fn compare_swap(swap: &CompareSwap, fields: Fields<'_>) -> Result<u32, String> {
    let ([compared, ..], [stored, ..]) = (swap.compared.as_slice(), swap.stored.as_slice()) else {
        return Err(format!("{} has no encoding here", fields.instr.name));
    };
    let acquire = u32::from(swap.order.contains(Access::ACQUIRE)) << 22;
    let release = u32::from(swap.order.contains(Access::RELEASE)) << 15;
    let class = match swap.compared.len() {
        1 => size(swap.bytes) | 1 << 23,
        _ => u32::from(swap.bytes == 8) << 30,
    };
    let op = class | 0b001000 << 24 | acquire | 1 << 21 | release | 31 << 10;
    let rs = fields.zero(compared)? << 16;
    Ok(op | rs | fields.stack(&swap.base)? << 5 | fields.zero(stored)?)
}
