//! Shifts, bit fields, extensions and functions of one register.

use super::Table;
use crate::instr::{Compute, Fill, Function, Kind, Source};
use crate::registers::{RegisterName, Width};
use crate::syntax::{Modifier, RegisterClass, Shape, Slots};
use sim_core::program::AluOp;

pub fn add(table: &mut Table) {
    let shifts =
        [("LSL", Modifier::Lsl), ("LSR", Modifier::Lsr), ("ASR", Modifier::Asr), ("ROR", Modifier::Ror)];
    for (name, shift) in shifts {
        for suffix in ["", "V"] {
            table.add(format!("{name}{suffix}"), "Rd, Rn, Rm|#k", move |slots| {
                shift_by(slots, shift, suffix.is_empty())
            });
        }
    }
    let fields = [
        ("SBFM", Fill::Sign, Naming::Rotation),
        ("UBFM", Fill::Zero, Naming::Rotation),
        ("BFM", Fill::Old, Naming::Rotation),
        ("SBFX", Fill::Sign, Naming::Extract),
        ("UBFX", Fill::Zero, Naming::Extract),
        ("BFXIL", Fill::Old, Naming::Extract),
        ("SBFIZ", Fill::Sign, Naming::Insert),
        ("UBFIZ", Fill::Zero, Naming::Insert),
        ("BFI", Fill::Old, Naming::Insert),
    ];
    for (name, fill, naming) in fields {
        let usage = match naming {
            Naming::Rotation => "Rd, Rn, #immr, #imms",
            Naming::Extract | Naming::Insert => "Rd, Rn, #lsb, #width",
        };
        table.add(name, usage, move |slots| {
            slots.count(4..=4)?;
            let registers = two_registers(slots);
            field(slots, registers?, 2, fill, naming)
        });
    }
    table.add("BFC", "Rd, #lsb, #width", |slots| {
        slots.count(3..=3)?;
        let target = slots.register(0, RegisterClass::Zero, None)?;
        let zero = RegisterName { width: target.width, name: crate::registers::Name::Zero };
        field(slots, (target, zero), 1, Fill::Old, Naming::Insert)
    });
    table.add("EXTR", "Rd, Rn, Rm, #lsb", |slots| {
        slots.count(4..=4)?;
        let registers = two_registers(slots);
        let width = registers.as_ref().map(|(target, _)| target.width);
        let low = slots.register(2, RegisterClass::Zero, width);
        let most = width.map_or(63, |width| width.bits() - 1);
        let shift = slots.immediate(3, 0..=i128::from(most), 1)?;
        let (target, high) = registers?;
        compute(target, Function::Extract(shift as u8), vec![high, low?])
    });
    add_extensions(table);
    add_unary(table);
}

fn add_extensions(table: &mut Table) {
    let extensions = [
        ("SXTB", 8, true),
        ("SXTH", 16, true),
        ("SXTW", 32, true),
        ("UXTB", 8, false),
        ("UXTH", 16, false),
        ("UXTW", 32, false),
    ];
    for (name, bits, signed) in extensions {
        let usage = if bits == 32 { "Xd, Wn" } else { "Rd, Wn" };
        table.add(name, usage, move |slots| {
            slots.count(2..=2)?;
            let target = slots.register(0, RegisterClass::Zero, (bits == 32).then_some(Width::X));
            // The field's tools write either width of the source.
            let source = slots.register(1, RegisterClass::Zero, None)?;
            let function = if signed { AluOp::SignExtend(bits) } else { AluOp::ZeroExtend(bits) };
            compute(target?, Function::Unary(function), vec![source])
        });
    }
}

fn add_unary(table: &mut Table) {
    /// A function of a width in bits.
    type OfWidth = fn(u8) -> Function;
    let functions: [(&str, OfWidth, Option<Width>); 9] = [
        ("ABS", |_| Function::Absolute, None),
        ("CLS", |w| Function::Unary(AluOp::LeadingSigns(w)), None),
        ("CLZ", |w| Function::Unary(AluOp::LeadingZeros(w)), None),
        ("CNT", |_| Function::Unary(AluOp::CountOnes), None),
        ("RBIT", |w| Function::Unary(AluOp::ReverseBits(w)), None),
        ("REV", |w| Function::Unary(AluOp::ReverseBytes(w, w)), None),
        ("REV16", |w| Function::Unary(AluOp::ReverseBytes(w, 16)), None),
        ("REV32", |w| Function::Unary(AluOp::ReverseBytes(w, 32)), Some(Width::X)),
        ("REV64", |w| Function::Unary(AluOp::ReverseBytes(w, 64)), Some(Width::X)),
    ];
    for (name, function, width) in functions {
        table.add(name, if width.is_some() { "Xd, Xn" } else { "Rd, Rn" }, move |slots| {
            slots.count(2..=2)?;
            let target = slots.register(0, RegisterClass::Zero, width);
            let width = width.or(target.as_ref().map(|target| target.width));
            let source = slots.register(1, RegisterClass::Zero, width);
            let target = target?;
            let bits = target.width.bits();
            compute(target, function(bits), vec![source?])
        });
    }
}

fn compute(target: RegisterName, function: Function, sources: Vec<RegisterName>) -> Option<Kind> {
    let sources = sources.into_iter().map(Source::Register).collect();
    Some(Kind::Compute(Compute { target, function, sources, sets_flags: false }))
}

/// Target and first source at one width.
fn two_registers(slots: &mut Slots<'_>) -> Option<(RegisterName, RegisterName)> {
    let target = slots.register(0, RegisterClass::Zero, None);
    let width = target.as_ref().map(|target| target.width);
    let source = slots.register(1, RegisterClass::Zero, width);
    Some((target?, source?))
}

fn shift_by(slots: &mut Slots<'_>, shift: Modifier, immediate: bool) -> Option<Kind> {
    slots.count(3..=3)?;
    let registers = two_registers(slots);
    let width = registers.as_ref().map(|(target, _)| target.width);
    let amount = match slots.operands[2].shape {
        Shape::Immediate(_) if immediate => {
            let most = width.map_or(63, |width| width.bits() - 1);
            slots.immediate(2, 0..=i128::from(most), 1).map(|amount| Source::Immediate(amount as u64))
        }
        _ => slots.register(2, RegisterClass::Zero, width).map(Source::Register),
    };
    let (target, source) = registers?;
    let sources = vec![Source::Register(source), amount?];
    Some(Kind::Compute(Compute { target, function: Function::Shift(shift), sources, sets_flags: false }))
}

/// What the two numbers of a bit-field instruction are.
#[derive(Debug, Clone, Copy)]
enum Naming {
    /// Right rotation, and highest bit of the source field.
    Rotation,
    /// Lowest bit in the source, and number of bits: moved down to bit 0.
    Extract,
    /// Lowest bit in the target, and number of bits: moved up from bit 0.
    Insert,
}

fn field(
    slots: &mut Slots<'_>,
    (target, source): (RegisterName, RegisterName),
    at: usize,
    fill: Fill,
    naming: Naming,
) -> Option<Kind> {
    let bits = i128::from(target.width.bits());
    let first = slots.immediate(at, 0..=bits - 1, 1);
    let second = match naming {
        Naming::Rotation => slots.immediate(at + 1, 0..=bits - 1, 1),
        Naming::Extract | Naming::Insert => slots.immediate(at + 1, 1..=bits - first.unwrap_or(0), 1),
    };
    let (first, second) = (first?, second?);
    let (rotate, last) = match naming {
        Naming::Rotation => (first, second),
        Naming::Extract => (first, first + second - 1),
        Naming::Insert => ((bits - first) % bits, second - 1),
    };
    let function = Function::Field { fill, rotate: rotate as u8, last: last as u8 };
    let sources = match fill {
        Fill::Old => vec![source, target.clone()],
        Fill::Zero | Fill::Sign => vec![source],
    };
    compute(target, function, sources)
}
