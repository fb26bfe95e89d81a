//! The width of an operation: from its mnemonic, its registers, keywords, or by default 32 bits.

use crate::canonical::spell_register;
use crate::check::Check;
use crate::instr::{Operand, OperandKind, Size};
use crate::mnemonics::{CL, Form};
use crate::operation::Operation;
use crate::registers::Mode;
use sim_core::diagnostic::Diagnostic;

impl Check {
    /// The widths of the operation and of its source, which differ in widening moves only.
    pub fn sizes(
        &self,
        form: Form,
        operands: &[Operand],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(Size, Size)> {
        let sizes = self.mnemonic.sizes;
        let Some(&first) = sizes.first() else { return Some((Size::Long, Size::Long)) };
        let widens = matches!(self.mnemonic.operation, Operation::Extend { .. });
        let mut agreed = self.mnemonic.size.map(|size| (size, format!("`{}`", self.name())));
        let agreeing = if widens { 1 } else { operands.len() };
        for (operand, kinds) in operands.iter().zip(form).take(agreeing) {
            // A count in CL has its own width.
            let Some(size) = self.own_size(operand).filter(|_| kinds & CL == 0) else { continue };
            match &agreed {
                None => agreed = Some((size, self.describe_operand(operand))),
                Some((other, by)) if *other != size => {
                    diagnostics.push(self.disagreement(operand, size, *other, by));
                    return None;
                }
                Some(_) => {}
            }
        }
        let default = if sizes.contains(&Size::Long) { Size::Long } else { first };
        let size = agreed.map_or(default, |(size, _)| size);
        self.exists(size, diagnostics)?;
        let from = if widens { self.source(size, operands.get(1)?, diagnostics)? } else { size };
        Some((size, from))
    }

    /// The width that an operand has by itself.
    fn own_size(&self, operand: &Operand) -> Option<Size> {
        match &operand.kind {
            OperandKind::Register(named) => Size::of_bits(named.view.bits),
            OperandKind::Memory(memory) if self.mnemonic.operation != Operation::LoadAddress => memory.size,
            _ => None,
        }
    }

    fn disagreement(&self, operand: &Operand, size: Size, other: Size, by: &str) -> Diagnostic {
        let described = self.describe_operand(operand);
        let message = format!("{described} has {} bits, and {by} has {}", size.bits(), other.bits());
        let mut diagnostic = Diagnostic::error("operand-size", operand.span, message);
        let part = operand.register().and_then(|named| self.mode.part(named.view.reg, other.bits()));
        if let Some(named) = part {
            let name = spell_register(self.mode, named);
            diagnostic = diagnostic.note(format!("The {}-bit register is `{name}`.", other.bits()));
        }
        if !self.mnemonic.suffix.is_empty() && self.mnemonic.sizes.contains(&size) {
            let word = self.mode.spell(&format!("{}{}", self.mnemonic.name, size.suffix()));
            diagnostic = diagnostic.note(format!("The {}-bit instruction is `{word}`.", size.bits()));
        }
        diagnostic
    }

    fn exists(&self, size: Size, diagnostics: &mut Vec<Diagnostic>) -> Option<()> {
        let message = if !self.mnemonic.sizes.contains(&size) {
            format!("`{}` has no {}-bit form", self.name(), size.bits())
        } else if size.bits() > self.mode.bits() {
            let arch = self.mode.arch();
            format!("`{}` with 64 bits exists in 64-bit mode only, and this is an {arch} test", self.name())
        } else {
            return Some(());
        };
        let known =
            self.mnemonic.sizes.iter().map(|size| size.bits()).filter(|&bits| bits <= self.mode.bits());
        let known: Vec<String> = known.map(|bits| bits.to_string()).collect();
        let note = format!("It works on {} bits.", known.join(", "));
        diagnostics.push(Diagnostic::error("operand-size", self.word, message).note(note));
        None
    }

    /// The width of the source of a widening move to `size`.
    fn source(&self, size: Size, operand: &Operand, diagnostics: &mut Vec<Diagnostic>) -> Option<Size> {
        let described = self.describe_operand(operand);
        let message = match (self.mnemonic.from, self.own_size(operand)) {
            (Some(from), Some(own)) if from != own => {
                format!(
                    "{described} has {} bits, and the source of `{}` has {}",
                    own.bits(),
                    self.name(),
                    from.bits()
                )
            }
            (None, None) => format!("the width of this source of `{}` is not known", self.name()),
            (Some(from), _) | (None, Some(from)) if from < size => return Some(from),
            _ => format!(
                "this source of `{}` is not narrower than the {}-bit destination",
                self.name(),
                size.bits()
            ),
        };
        let note = match self.mode {
            Mode::Long => {
                "`movzbl` and `movsbl` take 8 bits to 32, `movzwq` and `movswq` 16 to 64, and so on."
            }
            Mode::Protected => {
                "Write `BYTE PTR` or `WORD PTR` before the source, or name an 8 or 16-bit register."
            }
        };
        diagnostics.push(Diagnostic::error("operand-size", operand.span, message).note(note));
        None
    }

    /// Whether an immediate fits an operation of this width.
    pub fn immediate(
        &self,
        operand: &Operand,
        size: Size,
        operands: &[Operand],
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let OperandKind::Immediate(constant) = &operand.kind else { return };
        let operation = self.mnemonic.operation;
        let is_count = matches!(operation, Operation::Shift(_) | Operation::Bit(_));
        let bits = if is_count { 8 } else { size.bits() };
        let value = constant.offset;
        let mut report = |diagnostic: Diagnostic| diagnostics.push(diagnostic);
        if constant.symbol.is_some() {
            if bits < 32 {
                let message = format!("the address of a symbol does not fit in {bits} bits");
                report(Diagnostic::error("immediate-range", operand.span, message));
            }
            return;
        }
        let (least, most) = (-(1_i128 << (bits - 1)), (1_i128 << bits) - 1);
        if value < least || value > most {
            let message = format!("{value} does not fit in {bits} bits");
            let note = format!("It must lie between {least} and {most}.");
            report(Diagnostic::error("immediate-range", operand.span, message).note(note));
            return;
        }
        let to_register =
            operation == Operation::Move && operands.first().is_some_and(|o| o.register().is_some());
        if bits == 64 && !to_register && i32::try_from(value).is_err() {
            let message = format!("no processor can encode {value} here: it takes 32 bits, sign-extended");
            let note = "Only a move to a register takes 64 bits. The number is used as it is written.";
            report(Diagnostic::warning("immediate-range", operand.span, message).note(note));
        }
    }
}
