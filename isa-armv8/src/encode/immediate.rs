//! Data processing (immediate).

use super::fields::{Fields, wide};
use crate::instr::{Fill, Target};
use crate::registers::{Name, RegisterName, Width};
use crate::syntax::Modifier;

/// "PC-rel. addressing": `ADR`.
///
/// # Errors
/// If the target is too far away.
pub fn code_address(register: &RegisterName, target: &Target, fields: Fields<'_>) -> Result<u32, String> {
    // A multiple of 4: the lower two bits, `immlo`, are 0.
    Ok(0b10000 << 24 | fields.distance(target, 19)? << 5 | fields.zero(register)?)
}

/// "Add/subtract (immediate)" of a value at the width of the target.
///
/// # Errors
/// If the value is more than 12 bits, perhaps shifted by 12, or a register cannot stand in its place.
pub fn add(
    [target, source]: [&RegisterName; 2],
    value: u64,
    negate: bool,
    sets_flags: bool,
    fields: Fields<'_>,
) -> Result<u32, String> {
    let value = value as i64;
    // A negative number is subtracted instead of added.
    let (negate, magnitude) = (negate != (value < 0), value.unsigned_abs());
    let shifted_zero = value == 0 && fields.written_shift() == Some((Modifier::Lsl, Some(12)));
    let immediate = match magnitude {
        0 if shifted_zero => 1 << 12,
        0..0x1000 => magnitude as u32,
        0x1000..0x100_0000 if magnitude.is_multiple_of(0x1000) => 1 << 12 | (magnitude >> 12) as u32,
        _ => return Err(fields.not_encodable(value)),
    };
    let rd = if sets_flags { fields.zero(target)? } else { fields.stack(target)? };
    let op = u32::from(negate) << 30 | u32::from(sets_flags) << 29 | 0b100010 << 23;
    Ok(wide(target.width) | op | immediate << 10 | fields.stack(source)? << 5 | rd)
}

/// "Logical (immediate)" with `opc` 0 `AND`, 1 `ORR`, 2 `EOR`, 3 `ANDS`.
///
/// # Errors
/// If the value is no [`logical_immediate`], or a register cannot stand in its place.
pub fn logic(
    [target, source]: [&RegisterName; 2],
    value: u64,
    opc: u32,
    fields: Fields<'_>,
) -> Result<u32, String> {
    let immediate =
        logical_immediate(value, target.width).ok_or_else(|| fields.not_encodable(value as i64))?;
    let rd = if opc == 3 { fields.zero(target)? } else { fields.stack(target)? };
    let op = opc << 29 | 0b100100 << 23;
    Ok(wide(target.width) | op | immediate << 10 | fields.zero(source)? << 5 | rd)
}

/// The fields `N`, `immr` and `imms` (from the highest bit) of a logical immediate: a rotated run of ones,
/// repeated every 2, 4, 8, 16, 32 or 64 bits. `None` if the value is none.
pub fn logical_immediate(value: u64, width: Width) -> Option<u32> {
    let value = match width {
        Width::X => value,
        Width::W => (value & 0xffff_ffff) | value << 32,
    };
    let period = (1..=6).map(|log| 1_u32 << log).find(|period| value.rotate_right(*period) == value)?;
    let element = value & u64::MAX >> (64 - period);
    let ones = element.count_ones();
    if ones == 0 || ones == period {
        return None;
    }
    let run = u64::MAX >> (64 - ones);
    let repeated = (0..64 / period).fold(0, |all, copy| all | run << (copy * period));
    let rotation = (0..period).find(|rotation| repeated.rotate_right(*rotation) == value)?;
    // Above the length of the run, `imms` says the period: ones down to a 0 in the place of its bit.
    let period_bits = !(2 * period - 1) & 0b11_1111;
    let n = u32::from(period == 64);
    Some(n << 12 | rotation << 6 | period_bits | (ones - 1))
}

/// "Move wide (immediate)": 16 bits, shifted by a multiple of 16, with `opc` 0 `MOVN`, 2 `MOVZ`, 3 `MOVK`.
///
/// # Errors
/// If the target is the stack pointer.
pub fn move_wide(
    target: &RegisterName,
    value: u16,
    shift: u32,
    opc: u32,
    fields: Fields<'_>,
) -> Result<u32, String> {
    let op = opc << 29 | 0b100101 << 23 | (shift / 16) << 21;
    Ok(wide(target.width) | op | u32::from(value) << 5 | fields.zero(target)?)
}

/// `MOV` of a number, by the first of `MOVZ`, `MOVN` and `ORR` that holds it.
///
/// # Errors
/// If none does.
pub fn move_number(target: &RegisterName, value: u64, fields: Fields<'_>) -> Result<u32, String> {
    let bits = u32::from(target.width.bits());
    let ones = u64::MAX >> (64 - bits);
    let chunk = |value: u64| {
        (0..bits).step_by(16).find_map(|shift| {
            let chunk = (value >> shift) as u16;
            (u64::from(chunk) << shift == value).then_some((chunk, shift))
        })
    };
    if target.name != Name::Stack {
        for (value, opc) in [(value & ones, 2), (!value & ones, 0)] {
            if let Some((chunk, shift)) = chunk(value) {
                return move_wide(target, chunk, shift, opc, fields);
            }
        }
    }
    let zero = RegisterName { width: target.width, name: Name::Zero };
    logic([target, &zero], value, 1, fields)
}

/// "Bitfield": `SBFM`, `BFM`, `UBFM` by what fills the other bits, with `immr` and `imms`.
///
/// # Errors
/// If a register is the stack pointer.
pub fn bitfield(
    [target, source]: [&RegisterName; 2],
    fill: Fill,
    [immr, imms]: [u32; 2],
    fields: Fields<'_>,
) -> Result<u32, String> {
    let opc = match fill {
        Fill::Sign => 0,
        Fill::Old => 1,
        Fill::Zero => 2,
    };
    let sf = wide(target.width);
    let op = sf | opc << 29 | 0b100110 << 23 | (sf >> 31) << 22;
    Ok(op | immr << 16 | imms << 10 | fields.zero(source)? << 5 | fields.zero(target)?)
}

/// "Extract": `EXTR`.
///
/// # Errors
/// If a register is the stack pointer.
pub fn extract(registers: [&RegisterName; 3], shift: u32, fields: Fields<'_>) -> Result<u32, String> {
    let sf = wide(registers[0].width);
    Ok(sf | 0b100111 << 23 | (sf >> 31) << 22 | shift << 10 | fields.three(registers)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logical_immediates() {
        for value in [1, 0x80, 0xff, 0x8000_0001, 0x5555_5555, 0xffff_fffe, 0x00ff_00ff] {
            assert!(logical_immediate(value, Width::W).is_some(), "{value:#x}");
        }
        for value in [0, 5, 0xffff_ffff, 0x101, 0x1234] {
            assert!(logical_immediate(value, Width::W).is_none(), "{value:#x}");
        }
        assert!(logical_immediate(0xffff_ffff, Width::X).is_some());
        assert!(logical_immediate(u64::MAX, Width::X).is_none());
    }
}
