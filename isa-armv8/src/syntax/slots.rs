//! The operands of one instruction, asked for one by one; what does not fit is reported where it stands.

use super::operand::{Modifier, Operand, Shape};
use crate::condition::Condition;
use crate::instr::{Address, Index, Source, Target};
use crate::registers::{self, Name, RegisterName, Width};
use sim_core::diagnostic::{Diagnostic, Span, nearest};
use std::ops::RangeInclusive;

/// What register number 31 means in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterClass {
    /// The zero register.
    Zero,
    /// The stack pointer.
    Stack,
    /// Either, as it is written.
    Either,
}

/// The operands of one instruction.
pub struct Slots<'a> {
    /// The mnemonic, in upper case.
    pub name: &'static str,
    /// Where the mnemonic stands.
    pub span: Span,
    /// What follows it.
    pub operands: &'a [Operand],
    /// How the instruction is written, for notes.
    pub usage: &'a str,
    /// The base register of the address, and where it stands, if it is written as a capability.
    pub capability: Option<(RegisterName, Span)>,
    /// Receives what is wrong.
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Slots<'a> {
    /// An error with the usage as a note. Gives `None`.
    pub fn error<T>(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> Option<T> {
        let usage = format!("{} is written `{}`", self.name, self.usage);
        self.diagnostics.push(Diagnostic::error(code, span, message).note(usage));
        None
    }

    /// Checks the number of operands.
    pub fn count(&mut self, expect: RangeInclusive<usize>) -> Option<()> {
        let given = self.operands.len();
        if expect.contains(&given) {
            return Some(());
        }
        let (least, most) = (*expect.start(), *expect.end());
        let wanted = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        let plural = if most == 1 { "" } else { "s" };
        let message = format!("{} takes {wanted} operand{plural}, not {given}", self.name);
        let span = self.operands.get(most).map_or(self.span, |surplus| surplus.span);
        self.error("operand-count", span, message)
    }

    /// A register. Without a width any will do.
    pub fn register(
        &mut self,
        at: usize,
        class: RegisterClass,
        width: Option<Width>,
    ) -> Option<RegisterName> {
        let operand = self.operands.get(at)?;
        self.as_register(operand, class, width)
    }

    /// As [`Slots::register`], of a given operand.
    pub fn as_register(
        &mut self,
        operand: &Operand,
        class: RegisterClass,
        width: Option<Width>,
    ) -> Option<RegisterName> {
        let Shape::Register(register) = &operand.shape else {
            return self.not_a_register(operand);
        };
        match (class, &register.name) {
            (RegisterClass::Zero, Name::Stack) => {
                let message = format!("{register} cannot stand here");
                return self.error("stack-pointer", operand.span, message);
            }
            (RegisterClass::Stack, Name::Zero) => {
                let message = format!("{register} cannot stand here: this place means the stack pointer");
                return self.error("zero-register", operand.span, message);
            }
            _ => {}
        }
        if let Some(width) = width.filter(|width| *width != register.width) {
            // A symbolic register without a letter takes the width of its place.
            if let (Name::Symbolic(_), 0) = (&register.name, register_letter(operand)) {
                return Some(RegisterName { width, ..register.clone() });
            }
            let right = RegisterName { width, ..register.clone() };
            let message =
                format!("{register} has {} bits where {} are needed", register.width.bits(), width.bits());
            self.diagnostics.push(
                Diagnostic::error("register-width", operand.span, message).note(format!("write {right}")),
            );
            return None;
        }
        Some(register.clone())
    }

    fn not_a_register<T>(&mut self, operand: &Operand) -> Option<T> {
        if let Shape::Word(word) = &operand.shape {
            if let Some(family) = registers::unmodelled(word) {
                let message = format!("`{word}` is {family}: known but not modelled");
                self.diagnostics.push(Diagnostic::error("not-modelled", operand.span, message));
                return None;
            }
            let message = format!("`{word}` is not a register");
            return self.error("not-a-register", operand.span, message);
        }
        let message = format!("a register is needed here, not {}", describe(operand));
        self.error("not-a-register", operand.span, message)
    }

    /// A number in a range that is a multiple of `step`.
    pub fn immediate(&mut self, at: usize, range: RangeInclusive<i128>, step: i128) -> Option<i128> {
        let operand = self.operands.get(at)?;
        self.as_immediate(operand, range, step)
    }

    /// As [`Slots::immediate`], of a given operand.
    pub fn as_immediate(
        &mut self,
        operand: &Operand,
        range: RangeInclusive<i128>,
        step: i128,
    ) -> Option<i128> {
        let Shape::Immediate(value) = operand.shape else {
            let message = format!("a number is needed here, not {}", describe(operand));
            return self.error("not-a-number", operand.span, message);
        };
        self.in_range(value, operand.span, range, step)
    }

    /// Checks a number.
    pub fn in_range(
        &mut self,
        value: i128,
        span: Span,
        range: RangeInclusive<i128>,
        step: i128,
    ) -> Option<i128> {
        if range.contains(&value) && value % step == 0 {
            return Some(value);
        }
        let steps = if step == 1 { String::new() } else { format!(" and a multiple of {step}") };
        let message =
            format!("{value} is out of range: it must be {} to {}{steps}", range.start(), range.end());
        self.diagnostics.push(Diagnostic::error("out-of-range", span, message));
        None
    }

    /// A warning: the field's tools compute with any constant, and an assembler does not.
    pub fn not_encodable(&mut self, span: Span, value: i128, holds: &str) {
        let message = format!("no encoding of {} holds {value}", self.name);
        let note = format!("it holds {holds}; the test runs, but does not assemble");
        self.diagnostics.push(Diagnostic::warning("not-encodable", span, message).note(note));
    }

    /// A label of the thread, or a distance such as `.+8`.
    pub fn target(&mut self, at: usize) -> Option<Target> {
        let operand = self.operands.get(at)?;
        match &operand.shape {
            Shape::Word(label) => Some(Target::Label(label.clone(), operand.span)),
            Shape::Distance(bytes) => {
                let bytes = self.in_range(*bytes, operand.span, -(1 << 20)..=(1 << 20), 4)?;
                Some(Target::Relative((bytes / 4) as i64, operand.span))
            }
            _ => {
                let message = format!("a label is needed here, not {}", describe(operand));
                self.error("not-a-label", operand.span, message)
            }
        }
    }

    /// A condition code.
    pub fn condition(&mut self, at: usize) -> Option<Condition> {
        let operand = self.operands.get(at)?;
        let Shape::Word(word) = &operand.shape else {
            let message = format!("a condition is needed here, not {}", describe(operand));
            return self.error("not-a-condition", operand.span, message);
        };
        if let Some(condition) = Condition::parse(word) {
            return Some(condition);
        }
        let message = format!("`{word}` is not a condition");
        let names: Vec<&str> = Condition::names().map(|(name, _)| name).collect();
        let note = match nearest(word, names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("the conditions are {}", names.join(" ")),
        };
        self.diagnostics.push(Diagnostic::error("not-a-condition", operand.span, message).note(note));
        None
    }

    /// The second operand of an operation with `width` bits: a register with an optional shift, one of
    /// `allowed`.
    pub fn shifted(&mut self, at: usize, width: Width, allowed: &[Modifier]) -> Option<Source> {
        let register = self.register(at, RegisterClass::Zero, Some(width));
        let Some(operand) = self.operands.get(at + 1) else {
            return register.map(Source::Register);
        };
        let Shape::Modifier(modifier, amount) = operand.shape else {
            let message = format!("a shift is needed here, not {}", describe(operand));
            return self.error("not-a-shift", operand.span, message);
        };
        if !allowed.contains(&modifier) {
            let names: Vec<&str> = allowed.iter().map(|modifier| modifier.name()).collect();
            let message = format!("{} is not possible here, only {}", modifier.name(), names.join(", "));
            return self.error("wrong-shift", operand.span, message);
        }
        let Some(amount) = amount else {
            let message = format!("{} needs a number of bits", modifier.name());
            return self.error("no-shift-amount", operand.span, message);
        };
        let amount = self.in_range(amount, operand.span, 0..=i128::from(width.bits() - 1), 1)?;
        Some(Source::Modified(register?, modifier, amount as u8))
    }

    /// The base register of an address: of 64 bits, or in its capability form.
    pub fn base(&mut self, operand: &Operand) -> Option<RegisterName> {
        if let Shape::Word(word) = &operand.shape
            && let Some(register) = registers::capability(word)
        {
            self.capability = Some((register.clone(), operand.span));
            return Some(register);
        }
        self.as_register(operand, RegisterClass::Stack, Some(Width::X))
    }

    /// The parts of an operand in brackets, whether `!` follows, and its place.
    pub fn memory(&mut self, at: usize) -> Option<(&'a [Operand], bool, Span)> {
        let operand: &'a Operand = self.operands.get(at)?;
        match &operand.shape {
            Shape::Memory(parts, pre) => Some((parts, *pre, operand.span)),
            _ => {
                let message = format!("an address in brackets is needed here, not {}", describe(operand));
                self.error("not-an-address", operand.span, message)
            }
        }
    }

    /// An address `[Xn]` without an offset (an offset of 0 is allowed), as of `LDAR`.
    pub fn base_only(&mut self, at: usize) -> Option<Address> {
        let (parts, pre, span) = self.memory(at)?;
        let base = self.base(parts.first()?);
        let zero = matches!(parts, [_] | [_, Operand { shape: Shape::Immediate(0), .. }]);
        let surplus = self.operands.get(at + 1).map(|operand| operand.span);
        if !zero || pre || surplus.is_some() {
            let name = self.name;
            let place = surplus.or(parts.get(1).map(|part| part.span)).unwrap_or(span);
            return self.error("no-offset", place, format!("{name} takes no offset and no write-back"));
        }
        Some(Address { base: base?, offset: Source::Immediate(0), index: Index::Offset })
    }
}

/// Number of letters before the percent sign of a symbolic register operand, from its width in the text.
fn register_letter(operand: &Operand) -> u32 {
    let Shape::Register(RegisterName { name: Name::Symbolic(name), .. }) = &operand.shape else {
        return 1;
    };
    (operand.span.end - operand.span.start).saturating_sub(name.len() as u32 + 1)
}

/// What an operand is, for messages.
pub fn describe(operand: &Operand) -> String {
    match &operand.shape {
        Shape::Register(register) => format!("the register {register}"),
        Shape::Immediate(value) => format!("the number {value}"),
        Shape::Modifier(modifier, _) => format!("the shift {}", modifier.name()),
        Shape::Memory(..) => "an address in brackets".to_string(),
        Shape::Distance(value) => format!("the distance .{value:+}"),
        Shape::Word(word) => format!("`{word}`"),
    }
}
