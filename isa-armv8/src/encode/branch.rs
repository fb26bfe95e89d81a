//! Branches, exception generating and system instructions; and `UDF`, of the reserved encodings.

use super::fields::{Fields, wide};
use crate::instr::Branch;
use crate::registers::{RegisterName, Width};

/// `op0`, `op1`, `CRn`, `CRm`, `op2` of the condition flags.
pub const NZCV: [u16; 5] = [3, 3, 4, 2, 0];

/// "Unconditional branch (immediate)", "Unconditional branch (register)", "Conditional branch
/// (immediate)", "Compare and branch (immediate)", "Test and branch (immediate)".
///
/// # Errors
/// If the target is too far away.
pub fn branch(branch: &Branch, fields: Fields<'_>) -> Result<u32, String> {
    match branch {
        Branch::Always { target, link } => {
            Ok(u32::from(*link) << 31 | 0b00101 << 26 | fields.distance(target, 26)?)
        }
        Branch::Flags(condition, target) => {
            Ok(0b0101_0100 << 24 | fields.distance(target, 19)? << 5 | condition.code())
        }
        Branch::Register { register, bit: None, zero, target } => {
            let op = u32::from(!zero) << 24;
            let distance = fields.distance(target, 19)? << 5;
            Ok(wide(register.width) | 0b011010 << 25 | op | distance | fields.zero(register)?)
        }
        Branch::Register { register, bit: Some(bit), zero, target } => {
            let op = u32::from(!zero) << 24;
            let bit = u32::from(*bit);
            let place = (bit >> 5) << 31 | (bit & 0b11111) << 19;
            Ok(place | 0b011011 << 25 | op | fields.distance(target, 14)? << 5 | fields.zero(register)?)
        }
        Branch::Indirect { register, link } => {
            let opc = match fields.instr.name {
                "RET" => 2,
                _ => u32::from(*link),
            };
            Ok(0b110_1011 << 25 | opc << 21 | 0b11111 << 16 | fields.zero(register)? << 5)
        }
    }
}

/// "Exception generation": `SVC`.
pub fn supervisor_call(number: u16) -> u32 {
    0xd400_0001 | u32::from(number) << 5
}

/// "Reserved": `UDF`.
pub fn undefined(number: u16) -> u32 {
    number.into()
}

/// "Hints": number 0 to 127.
pub fn hint(number: u8) -> u32 {
    0xd503_201f | u32::from(number) << 5
}

/// "Barriers": `CLREX` with its operand, 0 to 15.
pub fn clear_exclusive(number: u8) -> u32 {
    0xd503_305f | u32::from(number) << 8
}

/// "Barriers": `DMB`, `DSB` and `ISB`, by the name of the set that holds their events.
///
/// # Errors
/// If there is no such barrier.
pub fn barrier(name: &str) -> Result<u32, String> {
    let (op2, domain) = match name.split_once('.') {
        Some(("DSB", domain)) => (0b100, domain),
        Some(("DMB", domain)) => (0b101, domain),
        _ => (0b110, name),
    };
    let crm = match domain {
        "OSHLD" => 1,
        "OSHST" => 2,
        "OSH" => 3,
        "NSHLD" => 5,
        "NSHST" => 6,
        "NSH" => 7,
        "ISHLD" => 9,
        "ISHST" => 10,
        "ISH" => 11,
        "LD" => 13,
        "ST" => 14,
        "SY" | "ISB" => 15,
        _ => return Err(format!("{name} has no encoding here")),
    };
    Ok(0xd503_301f | crm << 8 | op2 << 5)
}

/// "System register move": `MRS` (`read`) and `MSR` of a register with these `op0` (2 or 3), `op1`, `CRn`,
/// `CRm` and `op2`.
///
/// # Errors
/// If the general-purpose register is the stack pointer.
pub fn system_register(
    read: bool,
    system: [u16; 5],
    register: &RegisterName,
    fields: Fields<'_>,
) -> Result<u32, String> {
    debug_assert_eq!(register.width, Width::X);
    let [op0, op1, crn, crm, op2] = system.map(u32::from);
    let system = op0 << 19 | op1 << 16 | crn << 12 | crm << 8 | op2 << 5;
    Ok(0b1101_0101_0001 << 20 | u32::from(read) << 21 | system | fields.zero(register)?)
}
