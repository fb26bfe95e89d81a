//! Moves, addition, subtraction and bitwise operations.

use super::Table;
use crate::encode::logical_immediate;
use crate::instr::{Compute, Function, Kind, Source};
use crate::registers::{Name, RegisterName, Width};
use crate::syntax::{Modifier, Operand, RegisterClass, Shape, Slots};
use sim_core::diagnostic::Span;
use sim_core::program::AluOp;

const SHIFTS: [Modifier; 4] = [Modifier::Lsl, Modifier::Lsr, Modifier::Asr, Modifier::Ror];

/// Where an aliased operation takes the operand that its text leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Target, first source, second source.
    Full,
    /// First and second source: the target is the zero register.
    Test,
    /// Target and second source: the first is the zero register.
    Unary,
}

impl Form {
    fn usage(self) -> &'static str {
        match self {
            Form::Full => "Rd, Rn, Rm|#imm{, LSL #k}",
            Form::Test => "Rn, Rm|#imm{, LSL #k}",
            Form::Unary => "Rd, Rm{, LSL #k}",
        }
    }

    /// Number of operands before the second source.
    fn before(self) -> usize {
        if self == Form::Full { 2 } else { 1 }
    }
}

pub fn add(table: &mut Table) {
    let sums = [
        ("ADD", false, false, Form::Full),
        ("ADDS", false, true, Form::Full),
        ("SUB", true, false, Form::Full),
        ("SUBS", true, true, Form::Full),
        ("CMN", false, true, Form::Test),
        ("CMP", true, true, Form::Test),
        ("NEG", true, false, Form::Unary),
        ("NEGS", true, true, Form::Unary),
    ];
    for (name, negate, sets_flags, form) in sums {
        table.add(name, form.usage(), move |slots| sum(slots, negate, sets_flags, form));
    }
    let with_carry = [
        ("ADC", false, false, Form::Full),
        ("ADCS", false, true, Form::Full),
        ("SBC", true, false, Form::Full),
        ("SBCS", true, true, Form::Full),
        ("NGC", true, false, Form::Unary),
        ("NGCS", true, true, Form::Unary),
    ];
    for (name, negate, sets_flags, form) in with_carry {
        let usage = if form == Form::Full { "Rd, Rn, Rm" } else { "Rd, Rm" };
        table.add(name, usage, move |slots| {
            slots.count(form.before() + 1..=form.before() + 1)?;
            binary(slots, Function::Add { negate, carry: true }, sets_flags, form)
        });
    }
    let bitwise = [
        ("AND", AluOp::And, false, false, Form::Full),
        ("ANDS", AluOp::And, false, true, Form::Full),
        ("BIC", AluOp::And, true, false, Form::Full),
        ("BICS", AluOp::And, true, true, Form::Full),
        ("EON", AluOp::Xor, true, false, Form::Full),
        ("EOR", AluOp::Xor, false, false, Form::Full),
        ("MVN", AluOp::Or, true, false, Form::Unary),
        ("ORN", AluOp::Or, true, false, Form::Full),
        ("ORR", AluOp::Or, false, false, Form::Full),
        ("TST", AluOp::And, false, true, Form::Test),
    ];
    for (name, op, invert, sets_flags, form) in bitwise {
        table.add(name, form.usage(), move |slots| {
            logic(slots, Function::Logic { op, invert }, sets_flags, form)
        });
    }
    table.add("MOV", "Rd, Rm|#imm", mov);
    for name in ["MOVZ", "MOVN", "MOVK"] {
        table.add(name, "Rd, #imm16{, LSL #k}", move |slots| move_wide(slots, name));
    }
}

/// The operands before the second source: target and first source, at one width.
fn targets(slots: &mut Slots<'_>, form: Form, class: RegisterClass) -> Option<(RegisterName, RegisterName)> {
    let first = slots.register(0, class, None)?;
    let zero = RegisterName { width: first.width, name: Name::Zero };
    match form {
        Form::Full => {
            let second = slots.register(1, class, Some(first.width));
            Some((first, second?))
        }
        Form::Test => Some((zero, first)),
        Form::Unary => Some((first, zero)),
    }
}

/// An operation on registers without shifts.
fn binary(slots: &mut Slots<'_>, function: Function, sets_flags: bool, form: Form) -> Option<Kind> {
    let (target, first) = targets(slots, form, RegisterClass::Zero)?;
    let second = slots.register(form.before(), RegisterClass::Zero, Some(target.width))?;
    let sources = vec![Source::Register(first), Source::Register(second)];
    Some(Kind::Compute(Compute { target, function, sources, sets_flags }))
}

fn sum(slots: &mut Slots<'_>, negate: bool, sets_flags: bool, form: Form) -> Option<Kind> {
    let at = form.before();
    slots.count(at + 1..=at + 2)?;
    let targets = targets(slots, form, RegisterClass::Either);
    let width = targets.as_ref().map_or(Width::X, |(target, _)| target.width);
    let second = second_of_sum(slots, at, width, form);
    let (target, first) = targets?;
    let second = second?;
    let stack = [&target, &first].iter().any(|register| register.name == Name::Stack);
    let shifted = matches!(second, Source::Modified(_, Modifier::Lsr | Modifier::Asr, _));
    if stack && shifted {
        let span = slots.operands[at + 1].span;
        return slots.error("wrong-shift", span, "beside SP only LSL and extensions are possible");
    }
    if sets_flags && target.name == Name::Stack {
        let span = slots.operands[0].span;
        return slots.error("stack-pointer", span, format!("{} cannot write {target}", slots.name));
    }
    let function = Function::Add { negate, carry: false };
    Some(Kind::Compute(Compute {
        target,
        function,
        sources: vec![Source::Register(first), second],
        sets_flags,
    }))
}

/// The second source of an addition: an immediate, a shifted or an extended register.
fn second_of_sum(slots: &mut Slots<'_>, at: usize, width: Width, form: Form) -> Option<Source> {
    let (operand, modifier) = (slots.operands.get(at)?, slots.operands.get(at + 1));
    match (&operand.shape, modifier.map(|operand| &operand.shape)) {
        (Shape::Immediate(_), _) if form != Form::Unary => add_immediate(slots, operand, modifier, width),
        (_, Some(Shape::Modifier(Modifier::Extend(bits, signed), amount))) if form != Form::Unary => {
            let span = modifier.map_or(operand.span, |modifier| modifier.span);
            extended(slots, operand, (*bits, *signed), (*amount, span), width)
        }
        _ => slots.shifted(at, width, &SHIFTS[..3]),
    }
}

fn add_immediate(
    slots: &mut Slots<'_>,
    operand: &Operand,
    shift: Option<&Operand>,
    width: Width,
) -> Option<Source> {
    let value = slots.as_immediate(operand, range(width), 1)?;
    let value = match shift {
        None => value,
        Some(Operand { shape: Shape::Modifier(Modifier::Lsl, Some(amount @ (0 | 12))), .. }) => {
            value << amount
        }
        Some(wrong) => {
            return slots.error("wrong-shift", wrong.span, "only LSL #0 and LSL #12 are possible here");
        }
    };
    let magnitude = value.unsigned_abs();
    let encodable = magnitude < 0x1000 || (magnitude < 0x100_0000 && magnitude % 0x1000 == 0);
    if !encodable {
        slots.not_encodable(operand.span, value, "12 bits, or 12 bits shifted by 12");
    }
    Some(Source::Immediate(value as u64))
}

/// `Wm, UXTB #2` and the like.
fn extended(
    slots: &mut Slots<'_>,
    operand: &Operand,
    (bits, signed): (u8, bool),
    (amount, span): (Option<i128>, Span),
    width: Width,
) -> Option<Source> {
    // The architecture extends W registers; the field's tools also take the lower part of an X register.
    let register =
        slots.as_register(operand, RegisterClass::Zero, (bits == 64 || width == Width::W).then_some(width));
    let amount = slots.in_range(amount.unwrap_or(0), span, 0..=4, 1);
    Some(Source::Modified(register?, Modifier::Extend(bits, signed), amount? as u8))
}

fn logic(slots: &mut Slots<'_>, function: Function, sets_flags: bool, form: Form) -> Option<Kind> {
    let at = form.before();
    slots.count(at + 1..=at + 2)?;
    // Only the immediate forms without flags can write SP.
    let immediate = matches!(slots.operands[at].shape, Shape::Immediate(_)) && form != Form::Unary;
    let class = if immediate && !sets_flags { RegisterClass::Either } else { RegisterClass::Zero };
    let targets = targets(slots, form, class);
    let width = targets.as_ref().map_or(Width::X, |(target, _)| target.width);
    let second = if immediate {
        slots.count(at + 1..=at + 1)?;
        let value = slots.immediate(at, range(width), 1)?;
        if logical_immediate(value as u64, width).is_none() {
            slots.not_encodable(slots.operands[at].span, value, "repeated runs of ones");
        }
        Some(Source::Immediate(value as u64))
    } else {
        slots.shifted(at, width, &SHIFTS)
    };
    let (target, first) = targets?;
    Some(Kind::Compute(Compute {
        target,
        function,
        sources: vec![Source::Register(first), second?],
        sets_flags,
    }))
}

fn mov(slots: &mut Slots<'_>) -> Option<Kind> {
    slots.count(2..=2)?;
    let target = slots.register(0, RegisterClass::Either, None);
    let width = target.as_ref().map(|target| target.width);
    let source = match slots.operands[1].shape {
        Shape::Immediate(_) => {
            let value = slots.immediate(1, range(width.unwrap_or(Width::X)), 1);
            value.map(|value| Source::Immediate(value as u64))
        }
        _ => slots.register(1, RegisterClass::Either, width).map(Source::Register),
    };
    let (function, sources, sets_flags) = (Function::Copy, vec![source?], false);
    Some(Kind::Compute(Compute { target: target?, function, sources, sets_flags }))
}

fn move_wide(slots: &mut Slots<'_>, name: &str) -> Option<Kind> {
    slots.count(2..=3)?;
    let target = slots.register(0, RegisterClass::Zero, None);
    let value = slots.immediate(1, 0..=0xffff, 1);
    let width = target.as_ref().map_or(Width::X, |target| target.width);
    let shift = match slots.operands.get(2) {
        None => Some(0),
        Some(Operand { shape: Shape::Modifier(Modifier::Lsl, Some(amount)), span }) => {
            slots.in_range(*amount, *span, 0..=i128::from(width.bits() - 16), 16)
        }
        Some(wrong) => slots.error("wrong-shift", wrong.span, "only LSL #k can stand here"),
    };
    let (target, value, shift) = (target?, value? as u16, shift? as u8);
    let wide = u64::from(value) << shift;
    let (function, source) = match name {
        "MOVK" => (Function::Keep(shift, value), Source::Register(target.clone())),
        "MOVN" => (Function::Copy, Source::Immediate(!wide)),
        _ => (Function::Copy, Source::Immediate(wide)),
    };
    Some(Kind::Compute(Compute { target, function, sources: vec![source], sets_flags: false }))
}

/// The numbers that a register of this width holds, as signed or as unsigned ones.
fn range(width: Width) -> std::ops::RangeInclusive<i128> {
    let bits = u32::from(width.bits());
    -(1 << (bits - 1))..=(1 << bits) - 1
}
