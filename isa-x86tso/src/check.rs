//! Whether operands fit an instruction: their number and kinds; and whether `lock` does.

use crate::canonical::spell_register;
use crate::instr::{Instr, Memory, Operand, OperandKind};
use crate::mnemonics::{CL, Form, I, Kinds, L, M, Mnemonic, R};
use crate::operands::check_address;
use crate::operation::Operation;
use crate::registers::{Class, Mode, Named};
use sim_core::diagnostic::{Diagnostic, Span};

/// The instruction at hand.
pub(crate) struct Check {
    pub mode: Mode,
    pub mnemonic: &'static Mnemonic,
    /// Place of the mnemonic.
    pub word: Span,
}

impl Check {
    /// Builds the instruction from operands in the order of the text, or reports everything that is
    /// wrong. `lock` is the place of the prefix.
    pub fn fit(
        &self,
        lock: Option<Span>,
        mut operands: Vec<Operand>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Instr> {
        if self.mode == Mode::Long {
            operands.reverse();
        }
        if let Some(span) = lock {
            self.lock(span, &operands, diagnostics);
        }
        let form = self.form(&operands, diagnostics)?;
        // A no-op computes no address.
        if self.mnemonic.operation != Operation::Nop {
            for operand in &operands {
                if let OperandKind::Memory(memory) = &operand.kind {
                    check_address(self.mode, memory, operand.span, diagnostics);
                }
            }
        }
        self.high_bytes(&operands, diagnostics);
        let (size, from) = self.sizes(form, &operands, diagnostics)?;
        for operand in &operands {
            self.immediate(operand, size, &operands, diagnostics);
        }
        Some(Instr { mnemonic: self.mnemonic, lock: lock.is_some(), size, from, operands })
    }

    /// The mnemonic as this mode's tests spell it.
    pub fn name(&self) -> String {
        self.mode.spell(&self.mnemonic.word())
    }

    fn lock(&self, span: Span, operands: &[Operand], diagnostics: &mut Vec<Diagnostic>) {
        let operation = self.mnemonic.operation;
        let (message, note) = if !operation.lockable() {
            let note = "It can stand before adc, add, and, btc, btr, bts, cmpxchg, dec, inc, neg, not, or, sbb, \
                        sub, xadd, xchg and xor with a memory destination.";
            (format!("`lock` cannot stand before `{}`", self.name()), note)
        } else if !written_to_memory(operation, operands) {
            let message = format!("`lock` needs a memory destination, and this `{}` has none", self.name());
            (message, "Leave `lock` out, or name a memory destination.")
        } else {
            return;
        };
        diagnostics.push(Diagnostic::error("not-lockable", span, message).note(note));
    }

    /// The form that the operands have.
    fn form(&self, operands: &[Operand], diagnostics: &mut Vec<Diagnostic>) -> Option<Form> {
        let forms = self.mnemonic.forms.iter().copied();
        let counted: Vec<Form> = forms.filter(|form| form.len() == operands.len()).collect();
        if counted.is_empty() {
            self.report_count(operands, diagnostics);
            return None;
        }
        let mismatches = |form: Form| {
            operands.iter().zip(form).filter(|(operand, kinds)| !accepts(operand, **kinds)).count()
        };
        let nearest = counted.into_iter().min_by_key(|form| mismatches(form))?;
        if mismatches(nearest) > 0 {
            self.report_kinds(operands, nearest, diagnostics);
            return None;
        }
        let memories: Vec<Span> = operands.iter().filter(|o| o.memory().is_some()).map(|o| o.span).collect();
        if memories.len() > 1 {
            let span = memories.into_iter().max().unwrap_or(self.word);
            let message = format!("`{}` cannot have two memory operands", self.name());
            diagnostics.push(
                Diagnostic::error("operand-kind", span, message).note("Load one into a register first."),
            );
            return None;
        }
        Some(nearest)
    }

    fn report_count(&self, operands: &[Operand], diagnostics: &mut Vec<Diagnostic>) {
        let mut counts: Vec<usize> = self.mnemonic.forms.iter().map(|form| form.len()).collect();
        counts.sort_unstable();
        counts.dedup();
        let most = counts.last().copied().unwrap_or(0);
        let mut spans: Vec<Span> = operands.iter().map(|operand| operand.span).collect();
        spans.sort_unstable();
        let span = match spans.get(most..) {
            Some([first, .., last]) => first.to(*last),
            Some([extra]) => *extra,
            _ => self.word,
        };
        let wanted = match counts.as_slice() {
            [0] => "no operand".to_owned(),
            [1] => "one operand".to_owned(),
            counts => {
                let words: Vec<String> = counts.iter().map(usize::to_string).collect();
                format!("{} operands", words.join(" or "))
            }
        };
        let message = format!("`{}` takes {wanted}, not {}", self.name(), operands.len());
        let mut diagnostic = Diagnostic::error("operand-count", span, message);
        for form in self.mnemonic.forms.iter().filter(|form| !form.is_empty()) {
            diagnostic = diagnostic.note(self.describe(form));
        }
        diagnostics.push(diagnostic);
    }

    fn report_kinds(&self, operands: &[Operand], form: Form, diagnostics: &mut Vec<Diagnostic>) {
        for (operand, &kinds) in operands.iter().zip(form) {
            if accepts(operand, kinds) {
                continue;
            }
            let message =
                format!("{} cannot be this operand of `{}`", self.describe_operand(operand), self.name());
            let mut diagnostic = Diagnostic::error("operand-kind", operand.span, message)
                .note(format!("It must be a {}.", describe_kinds(kinds)))
                .note(self.describe(form));
            if self.mode == Mode::Long && matches!(operand.kind, OperandKind::Immediate(_)) {
                diagnostic = diagnostic.note("X86_64 tests name the source first, then the destination.");
            }
            diagnostics.push(diagnostic);
        }
    }

    /// A form in the order of the text.
    fn describe(&self, form: Form) -> String {
        let mut words: Vec<String> = form.iter().map(|kinds| describe_kinds(*kinds)).collect();
        if self.mode == Mode::Long {
            words.reverse();
        }
        format!("The form is: {} {}.", self.name(), words.join(", "))
    }

    /// An operand as the subject of a sentence.
    pub fn describe_operand(&self, operand: &Operand) -> String {
        match &operand.kind {
            OperandKind::Register(named) => match named.class {
                Class::General => format!("`{}`", spell_register(self.mode, *named)),
                Class::Pointer => "the instruction pointer".to_owned(),
                Class::Segment => "a segment register".to_owned(),
            },
            OperandKind::Immediate(_) => "an immediate".to_owned(),
            OperandKind::Memory(_) => "memory".to_owned(),
            OperandKind::Label(_) => "a label".to_owned(),
        }
    }

    /// The encoding of bits 8 to 15 of a register excludes the prefix that 64-bit operations and the
    /// registers of 64-bit mode need (SDM volume 1, 3.4.1.1).
    fn high_bytes(&self, operands: &[Operand], diagnostics: &mut Vec<Diagnostic>) {
        let Some((high, span)) =
            operands.iter().find_map(|o| o.register().filter(|r| r.view.low > 0).map(|r| (r, o.span)))
        else {
            return;
        };
        let registers = operands.iter().filter_map(Operand::register).filter(Named::needs_prefix);
        let addresses = operands.iter().filter_map(Operand::memory).flat_map(Memory::registers);
        let addresses = addresses.filter(Named::is_numbered);
        if let Some(other) = registers.chain(addresses).next() {
            let (high, other) = (spell_register(self.mode, high), spell_register(self.mode, other));
            let message = format!("`{high}` cannot be used together with `{other}`");
            let note =
                "The prefix that 64-bit mode's registers need leaves no encoding for ah, bh, ch and dh.";
            diagnostics.push(Diagnostic::error("operand-kind", span, message).note(note));
        }
    }
}

/// Whether the operation writes its memory operand.
fn written_to_memory(operation: Operation, operands: &[Operand]) -> bool {
    let either = matches!(operation, Operation::Exchange | Operation::CompareExchange);
    let candidates = if either { operands } else { operands.get(..1).unwrap_or_default() };
    candidates.iter().any(|operand| operand.memory().is_some())
}

fn accepts(operand: &Operand, kinds: Kinds) -> bool {
    let own = match &operand.kind {
        OperandKind::Register(named) if named.class != Class::General => 0,
        OperandKind::Register(named) if named.name == "cl" => R | CL,
        OperandKind::Register(_) => R,
        OperandKind::Immediate(_) => I,
        OperandKind::Memory(_) => M,
        OperandKind::Label(_) => L,
    };
    own & kinds != 0
}

fn describe_kinds(kinds: Kinds) -> String {
    let names = [(R, "register"), (M, "memory operand"), (I, "number"), (L, "label"), (CL, "register CL")];
    let words: Vec<&str> =
        names.iter().filter(|(kind, _)| kinds & kind != 0).map(|(_, name)| *name).collect();
    words.join(" or ")
}
