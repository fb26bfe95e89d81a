//! Data processing (register), and which operations of one name are encoded with an immediate.

use super::fields::{Fields, Last, extension, shift, wide};
use super::immediate;
use crate::instr::{Compute, ConditionalCompare, Fill, Function, Otherwise, Select, Source};
use crate::registers::{Name, RegisterName, Width};
use crate::syntax::Modifier;
use sim_core::program::AluOp;

/// The word of a computation.
///
/// # Errors
/// If a number does not fit, or a register cannot stand in its place.
pub fn compute(compute: &Compute, fields: Fields<'_>) -> Result<u32, String> {
    let target = &compute.target;
    let bits = u32::from(target.width.bits());
    let source = |at: usize| match compute.sources.get(at) {
        Some(Source::Register(register) | Source::Modified(register, ..)) => Ok(register),
        _ => Err(format!("{} has no such encoding", fields.instr.name)),
    };
    match compute.function {
        Function::Copy => copy(compute, fields),
        Function::Add { negate, carry: true } => add_with_carry(compute, negate, fields),
        Function::Add { negate, carry: false } => add(compute, negate, fields),
        Function::Logic { op, invert } => logic(compute, op, invert, fields),
        Function::Shift(modifier) => match compute.sources.get(1) {
            Some(Source::Immediate(amount)) => {
                shift_by_number(target, source(0)?, modifier, *amount as u32, fields)
            }
            _ => two_sources([target, source(0)?, source(1)?], 0b1000 | shift(modifier), fields),
        },
        Function::Field { fill, rotate, last } => {
            immediate::bitfield([target, source(0)?], fill, [rotate.into(), last.into()], fields)
        }
        Function::Extract(shift) => {
            immediate::extract([target, source(0)?, source(1)?], shift.into(), fields)
        }
        Function::Keep(shift, value) => immediate::move_wide(target, value, shift.into(), 3, fields),
        Function::Unary(AluOp::SignExtend(from)) => {
            immediate::bitfield([target, source(0)?], Fill::Sign, [0, u32::from(from) - 1], fields)
        }
        Function::Unary(AluOp::ZeroExtend(from)) => {
            immediate::bitfield([target, source(0)?], Fill::Zero, [0, u32::from(from) - 1], fields)
        }
        Function::Unary(op) => {
            let opcode = match op {
                AluOp::ReverseBits(_) => 0,
                AluOp::ReverseBytes(_, 16) => 1,
                AluOp::ReverseBytes(_, 32) => 2,
                AluOp::ReverseBytes(..) => 3,
                AluOp::LeadingZeros(_) => 4,
                AluOp::LeadingSigns(_) => 5,
                AluOp::CountOnes => 7,
                _ => return Err(format!("{} has no encoding here", fields.instr.name)),
            };
            one_source([target, source(0)?], opcode, fields)
        }
        Function::Absolute => one_source([target, source(0)?], 8, fields),
        Function::MultiplyAdd { negate, long } => {
            let op31 = long.map_or(0, |signed| if signed { 0b001 } else { 0b101 });
            let addend = fields.zero(source(2)?)?;
            three_sources([target, source(0)?, source(1)?], op31, negate, addend, fields)
        }
        Function::Binary(op) => {
            let registers = [target, source(0)?, source(1)?];
            match op {
                AluOp::MulHighSigned => three_sources(registers, 0b010, false, 31, fields),
                AluOp::MulHighUnsigned => three_sources(registers, 0b110, false, 31, fields),
                AluOp::DivUnsigned(_) => two_sources(registers, 2, fields),
                AluOp::DivSigned(_) => two_sources(registers, 3, fields),
                _ => Err(format!("{} of {bits} bits has no encoding here", fields.instr.name)),
            }
        }
    }
}

/// The moves, as what they are aliases of.
fn copy(compute: &Compute, fields: Fields<'_>) -> Result<u32, String> {
    let target = &compute.target;
    match compute.sources.first() {
        Some(Source::Immediate(value)) => {
            let shift = fields.written_shift().and_then(|(_, amount)| amount).unwrap_or(0) as u32;
            match fields.instr.name {
                "MOVZ" => immediate::move_wide(target, fields.number(1) as u16, shift, 2, fields),
                "MOVN" => immediate::move_wide(target, fields.number(1) as u16, shift, 0, fields),
                _ => immediate::move_number(target, *value, fields),
            }
        }
        Some(Source::Register(source)) if [target, source].iter().any(|r| r.name == Name::Stack) => {
            immediate::add([target, source], 0, false, false, fields)
        }
        Some(Source::Register(source) | Source::Modified(source, ..)) => {
            let zero = RegisterName { width: target.width, name: Name::Zero };
            let op = wide(target.width) | 1 << 29 | 0b01010 << 24;
            Ok(op | fields.three([target, &zero, source])?)
        }
        None => Err(format!("{} has no encoding here", fields.instr.name)),
    }
}

/// "Add/subtract (immediate)", "Add/subtract (shifted register)", "Add/subtract (extended register)".
fn add(compute: &Compute, negate: bool, fields: Fields<'_>) -> Result<u32, String> {
    let (target, sets_flags) = (&compute.target, compute.sets_flags);
    let op = wide(target.width) | u32::from(negate) << 30 | u32::from(sets_flags) << 29;
    let [Source::Register(first), second] = compute.sources.as_slice() else {
        return Err(format!("{} has no such encoding", fields.instr.name));
    };
    let (register, modifier, amount) = match second {
        Source::Immediate(value) => {
            // A number written as an unsigned one of the width may be a negative one.
            let value = if target.width == Width::W { *value as i32 as u64 } else { *value };
            return immediate::add([target, first], value, negate, sets_flags, fields);
        }
        Source::Register(register) => (register, Modifier::Lsl, 0),
        Source::Modified(register, modifier, amount) => (register, *modifier, *amount),
    };
    let rm = fields.zero(register)? << 16;
    let amount = u32::from(amount);
    let stack = [target, first].iter().any(|register| register.name == Name::Stack);
    let option = match modifier {
        Modifier::Extend(bits, signed) => extension(bits, signed),
        // Beside the stack pointer LSL is an extension from all bits of the width.
        Modifier::Lsl if stack => extension(target.width.bits(), false),
        _ => {
            let op = op | 0b01011 << 24 | shift(modifier) << 22 | amount << 10;
            return Ok(op | rm | fields.zero(first)? << 5 | fields.zero(target)?);
        }
    };
    if amount > 4 {
        return Err(fields.not_encodable(amount.into()));
    }
    let last = if sets_flags { Last::Zero } else { Last::Stack };
    let op = op | 0b0101_1001 << 21 | option << 13 | amount << 10;
    Ok(op | rm | fields.stack(first)? << 5 | fields.register(target, last)?)
}

/// "Add/subtract (with carry)".
fn add_with_carry(compute: &Compute, negate: bool, fields: Fields<'_>) -> Result<u32, String> {
    let [Source::Register(first), Source::Register(second)] = compute.sources.as_slice() else {
        return Err(format!("{} has no such encoding", fields.instr.name));
    };
    let op = u32::from(negate) << 30 | u32::from(compute.sets_flags) << 29 | 0b1101_0000 << 21;
    Ok(wide(compute.target.width) | op | fields.three([&compute.target, first, second])?)
}

/// "Logical (immediate)" and "Logical (shifted register)".
fn logic(compute: &Compute, op: AluOp, invert: bool, fields: Fields<'_>) -> Result<u32, String> {
    let target = &compute.target;
    let opc = match (op, compute.sets_flags) {
        (AluOp::And, true) => 3,
        (AluOp::Or, _) => 1,
        (AluOp::Xor, _) => 2,
        _ => 0,
    };
    let [Source::Register(first), second] = compute.sources.as_slice() else {
        return Err(format!("{} has no such encoding", fields.instr.name));
    };
    let (register, modifier, amount) = match second {
        // The names that invert are aliases of those that do not.
        Source::Immediate(value) => {
            let value = if invert { !value } else { *value };
            return immediate::logic([target, first], value, opc, fields);
        }
        Source::Register(register) => (register, Modifier::Lsl, 0),
        Source::Modified(register, modifier, amount) => (register, *modifier, *amount),
    };
    let word = opc << 29 | 0b01010 << 24 | shift(modifier) << 22 | u32::from(invert) << 21;
    let registers = fields.three([target, first, register])?;
    Ok(wide(target.width) | word | u32::from(amount) << 10 | registers)
}

/// Shifts by a number, as the bitfield moves and extractions that they are aliases of.
fn shift_by_number(
    target: &RegisterName,
    source: &RegisterName,
    modifier: Modifier,
    amount: u32,
    fields: Fields<'_>,
) -> Result<u32, String> {
    let bits = u32::from(target.width.bits());
    match modifier {
        Modifier::Ror => immediate::extract([target, source, source], amount, fields),
        Modifier::Asr => immediate::bitfield([target, source], Fill::Sign, [amount, bits - 1], fields),
        Modifier::Lsr => immediate::bitfield([target, source], Fill::Zero, [amount, bits - 1], fields),
        Modifier::Lsl | Modifier::Extend(..) => {
            let fields_of = [(bits - amount) % bits, bits - 1 - amount];
            immediate::bitfield([target, source], Fill::Zero, fields_of, fields)
        }
    }
}

/// "Data-processing (1 source)".
fn one_source([target, source]: [&RegisterName; 2], opcode: u32, fields: Fields<'_>) -> Result<u32, String> {
    let op = 1 << 30 | 0b1101_0110 << 21 | opcode << 10;
    Ok(wide(target.width) | op | fields.zero(source)? << 5 | fields.zero(target)?)
}

/// "Data-processing (2 source)".
fn two_sources(registers: [&RegisterName; 3], opcode: u32, fields: Fields<'_>) -> Result<u32, String> {
    Ok(wide(registers[0].width) | 0b1101_0110 << 21 | opcode << 10 | fields.three(registers)?)
}

/// "Data-processing (3 source)".
fn three_sources(
    registers: [&RegisterName; 3],
    op31: u32,
    negate: bool,
    addend: u32,
    fields: Fields<'_>,
) -> Result<u32, String> {
    let op = 0b11011 << 24 | op31 << 21 | u32::from(negate) << 15 | addend << 10;
    Ok(wide(registers[0].width) | op | fields.three(registers)?)
}

/// "Conditional select".
///
/// # Errors
/// If a register is the stack pointer.
pub fn select(select: &Select, fields: Fields<'_>) -> Result<u32, String> {
    let (op, op2) = match select.otherwise {
        Otherwise::Same => (0, 0),
        Otherwise::Increment => (0, 1),
        Otherwise::Invert => (1, 0),
        Otherwise::Negate => (1, 1),
    };
    let word = op << 30 | 0b1101_0100 << 21 | select.condition.code() << 12 | op2 << 10;
    Ok(wide(select.target.width) | word | fields.three([&select.target, &select.first, &select.second])?)
}

/// "Conditional compare (register)" and "Conditional compare (immediate)".
///
/// # Errors
/// If a register is the stack pointer.
pub fn conditional_compare(compare: &ConditionalCompare, fields: Fields<'_>) -> Result<u32, String> {
    let (second, immediate) = match &compare.second {
        Source::Immediate(value) => (*value as u32, 1),
        Source::Register(register) | Source::Modified(register, ..) => (fields.zero(register)?, 0),
    };
    let op = u32::from(compare.negate) << 30 | 1 << 29 | 0b1101_0010 << 21;
    let word = op | second << 16 | compare.condition.code() << 12 | immediate << 11;
    Ok(wide(compare.first.width) | word | fields.zero(&compare.first)? << 5 | u32::from(compare.flags))
}
