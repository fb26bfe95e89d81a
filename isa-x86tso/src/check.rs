//! Whether operands fit an instruction: their number, kinds and sizes; and whether `lock` does.

use crate::instr::{Instr, Operand, OperandKind, Size};
use crate::mnemonics::{CL, Form, I, Kinds, L, M, Mnemonic, R};
use crate::operands::check_address;
use crate::operation::Operation;
use crate::registers::{Class, Mode};
use sim_core::diagnostic::{Diagnostic, Span};

/// Builds the instruction from operands in the order of the text, or reports everything that is wrong.
/// `word` is the place of the mnemonic and `lock` that of the prefix.
pub(crate) fn fit(
    mode: Mode,
    mnemonic: &'static Mnemonic,
    word: Span,
    lock: Option<Span>,
    mut operands: Vec<Operand>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Instr> {
    if mode == Mode::Long {
        operands.reverse();
    }
    let check = Check { mode, mnemonic, word };
    if let Some(span) = lock {
        check.lock(span, &operands, diagnostics);
    }
    let form = check.form(&operands, diagnostics)?;
    if mnemonic.operation != Operation::Nop {
        for operand in &operands {
            if let OperandKind::Memory(memory) = &operand.kind {
                check_address(mode, memory, operand.span, diagnostics);
            }
        }
    }
    let (size, from) = check.sizes(form, &operands, diagnostics)?;
    for operand in &operands {
        check.immediate(operand, size, form, &operands, diagnostics);
    }
    Some(Instr { mnemonic, lock: lock.is_some(), size, from, operands })
}

struct Check {
    mode: Mode,
    mnemonic: &'static Mnemonic,
    word: Span,
}

impl Check {
    fn name(&self) -> String {
        self.mode.spell(&self.mnemonic.word())
    }

    fn lock(&self, span: Span, operands: &[Operand], diagnostics: &mut Vec<Diagnostic>) {
        let operation = self.mnemonic.operation;
        if !operation.lockable() {
            let message = format!("`lock` cannot stand before `{}`", self.name());
            diagnostics.push(Diagnostic::error("not-lockable", span, message).note(
                "It can stand before add, adc, and, btc, btr, bts, cmpxchg, dec, inc, neg, not, or, sbb, sub, xadd, xchg and xor \
                 with a memory destination.",
            ));
        } else if !written_to_memory(operation, operands) {
            let message = format!("`lock` needs a memory destination, and this `{}` has none", self.name());
            diagnostics.push(Diagnostic::error("not-lockable", span, message).note("Leave `lock` out."));
        }
    }

    /// The form that the operands have.
    fn form(&self, operands: &[Operand], diagnostics: &mut Vec<Diagnostic>) -> Option<Form> {
        let counted: Vec<Form> =
            self.mnemonic.forms.iter().copied().filter(|form| form.len() == operands.len()).collect();
        if counted.is_empty() {
            self.report_count(operands, diagnostics);
            return None;
        }
        let fits = |form: &Form| operands.iter().zip(*form).all(|(operand, &kinds)| accepts(operand, kinds));
        let Some(form) = counted.iter().copied().find(fits) else {
            self.report_kinds(operands, &counted, diagnostics);
            return None;
        };
        let mut memories = operands.iter().filter(|operand| operand.memory().is_some());
        if let (Some(first), Some(second)) = (memories.next(), memories.next()) {
            let span = if first.span > second.span { first.span } else { second.span };
            let message = format!("`{}` cannot have two memory operands", self.name());
            diagnostics.push(
                Diagnostic::error("operand-kind", span, message).note("Load one into a register first."),
            );
            return None;
        }
        Some(form)
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
            diagnostic = diagnostic.note(format!("Form: {}.", self.describe(form)));
        }
        diagnostics.push(diagnostic);
    }

    fn report_kinds(&self, operands: &[Operand], forms: &[Form], diagnostics: &mut Vec<Diagnostic>) {
        let wrong = |form: Form| {
            operands.iter().zip(form).filter(|(operand, kinds)| !accepts(operand, **kinds)).count()
        };
        let Some(nearest) = forms.iter().copied().min_by_key(|form| wrong(form)) else {
            return;
        };
        for (operand, &kinds) in operands.iter().zip(nearest) {
            if accepts(operand, kinds) {
                continue;
            }
            let message = format!("{} cannot be this operand of `{}`", describe(operand), self.name());
            let mut diagnostic = Diagnostic::error("operand-kind", operand.span, message)
                .note(format!("It must be {}.", describe_kinds(kinds)))
                .note(format!("Form: {}.", self.describe(nearest)));
            if self.mode == Mode::Long && matches!(operand.kind, OperandKind::Immediate(_)) {
                diagnostic = diagnostic
                    .note("X86_64 tests are in AT&T syntax: the source first, then the destination.");
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
        format!("`{}` {}", self.name(), words.join(", "))
    }

    /// The sizes of the operation and of its source.
    fn sizes(
        &self,
        form: Form,
        operands: &[Operand],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(Size, Size)> {
        let mnemonic = self.mnemonic;
        if mnemonic.sizes.is_empty() {
            return Some((Size::Long, Size::Long));
        }
        let mut agreed = mnemonic.size.map(|size| (size, format!("`{}`", self.name())));
        let narrower = matches!(mnemonic.operation, Operation::Extend { .. });
        let sized = if narrower { &operands[..1] } else { operands };
        for (operand, kinds) in sized.iter().zip(form) {
            let Some(size) = self.operand_size(operand).filter(|_| kinds & CL == 0) else {
                continue;
            };
            match &agreed {
                Some((other, by)) if *other != size => {
                    let message = format!(
                        "{} has {} bits, and {by} has {}",
                        describe(operand),
                        size.bits(),
                        other.bits()
                    );
                    let mut diagnostic = Diagnostic::error("operand-size", operand.span, message);
                    if let Some(named) =
                        operand.register().and_then(|n| self.mode.part(n.view.reg, other.bits()))
                    {
                        let sigil = if self.mode == Mode::Long { "%" } else { "" };
                        let name = self.mode.spell(named.name);
                        diagnostic =
                            diagnostic.note(format!("The {}-bit register is `{sigil}{name}`.", other.bits()));
                    }
                    if let Some(size) =
                        mnemonic.size.filter(|_| mnemonic.sizes.len() > 1 && !mnemonic.suffix.is_empty())
                    {
                        let _ = size;
                        diagnostic = diagnostic.note(format!(
                            "The {}-bit instruction is `{}`.",
                            self.operand_size(operand).map_or(0, Size::bits),
                            self.mode.spell(&format!(
                                "{}{}",
                                mnemonic.name,
                                self.operand_size(operand).map_or("", Size::suffix)
                            ))
                        ));
                    }
                    diagnostics.push(diagnostic);
                    return None;
                }
                Some(_) => {}
                None => agreed = Some((size, describe(operand))),
            }
        }
        let default = if mnemonic.sizes.contains(&Size::Long) { Size::Long } else { mnemonic.sizes[0] };
        let size = agreed.map_or(default, |(size, _)| size);
        self.existing(size, diagnostics)?;
        if narrower {
            self.source(size, operands, diagnostics).map(|from| (size, from))
        } else {
            Some((size, size))
        }
    }

    fn existing(&self, size: Size, diagnostics: &mut Vec<Diagnostic>) -> Option<()> {
        let message = if !self.mnemonic.sizes.contains(&size) {
            format!("`{}` has no {}-bit form", self.name(), size.bits())
        } else if size.bits() > self.mode.bits() {
            format!(
                "`{}` with 64 bits exists in 64-bit mode only, and this is an {} test",
                self.name(),
                self.mode.arch()
            )
        } else {
            return Some(());
        };
        let sizes: Vec<String> = self
            .mnemonic
            .sizes
            .iter()
            .filter(|s| s.bits() <= self.mode.bits())
            .map(|s| s.bits().to_string())
            .collect();
        let note = format!("There are forms of {} bits.", sizes.join(", "));
        diagnostics.push(Diagnostic::error("operand-size", self.word, message).note(note));
        None
    }

    /// The size of the source of a widening move.
    fn source(&self, size: Size, operands: &[Operand], diagnostics: &mut Vec<Diagnostic>) -> Option<Size> {
        let operand = operands.get(1)?;
        let written = self.operand_size(operand);
        let problem = match (self.mnemonic.from, written) {
            (Some(from), Some(written)) if from != written => {
                format!(
                    "{} has {} bits, and the source of `{}` {}",
                    describe(operand),
                    written.bits(),
                    self.name(),
                    from.bits()
                )
            }
            (None, None) => format!("the size of this source of `{}` is not known", self.name()),
            (from, written) => {
                let from = from.or(written).unwrap_or(Size::Byte);
                if from < size {
                    return Some(from);
                }
                format!(
                    "the source of `{}` must be narrower than its {}-bit destination",
                    self.name(),
                    size.bits()
                )
            }
        };
        let note = match self.mode {
            Mode::Long => {
                "`movzbl` and `movsbl` take 8 bits to 32, `movzwq` and `movswq` 16 to 64, and so on."
            }
            Mode::Protected => {
                "Write `BYTE PTR` or `WORD PTR` before the source, or name an 8 or 16-bit register."
            }
        };
        diagnostics.push(Diagnostic::error("operand-size", operand.span, problem).note(note));
        None
    }

    /// The size that an operand has by itself.
    fn operand_size(&self, operand: &Operand) -> Option<Size> {
        match &operand.kind {
            OperandKind::Register(named) => Size::of_bits(named.view.bits),
            OperandKind::Memory(memory) if self.mnemonic.operation != Operation::LoadAddress => memory.size,
            _ => None,
        }
    }

    /// Whether an immediate fits the operation.
    fn immediate(
        &self,
        operand: &Operand,
        size: Size,
        form: Form,
        operands: &[Operand],
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let OperandKind::Immediate(constant) = &operand.kind else {
            return;
        };
        let operation = self.mnemonic.operation;
        let counts = matches!(operation, Operation::Shift(_) | Operation::Bit(_));
        let bits = if counts { 8 } else { size.bits() };
        let value = constant.offset;
        if constant.symbol.is_some() {
            if bits < 32 {
                let message = format!("the address of a symbol does not fit in {bits} bits");
                diagnostics.push(Diagnostic::error("immediate-range", operand.span, message));
            }
            return;
        }
        if value < -(1 << (bits - 1)) || value >= 1 << bits {
            let message = format!("{value} does not fit in {bits} bits");
            let note =
                format!("It must lie between {} and {}.", -(1_i128 << (bits - 1)), (1_i128 << bits) - 1);
            diagnostics.push(Diagnostic::error("immediate-range", operand.span, message).note(note));
            return;
        }
        let whole = operation == Operation::Move && form.len() == 2 && operands[0].register().is_some();
        if bits == 64 && !whole && i32::try_from(value).is_err() {
            let message =
                format!("no x86 instruction has room for {value} here: it takes 32 bits, sign-extended");
            let note = "Only a move to a register takes 64 bits. The value is used as it is written.";
            diagnostics.push(Diagnostic::warning("immediate-range", operand.span, message).note(note));
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

fn describe(operand: &Operand) -> String {
    match &operand.kind {
        OperandKind::Register(named) => match named.class {
            Class::General => format!("`{}`", named.name),
            Class::Pointer => "the instruction pointer".to_owned(),
            Class::Segment => "a segment register".to_owned(),
        },
        OperandKind::Immediate(_) => "an immediate".to_owned(),
        OperandKind::Memory(_) => "memory".to_owned(),
        OperandKind::Label(_) => "a label".to_owned(),
    }
}

fn describe_kinds(kinds: Kinds) -> String {
    let names = [(R, "register"), (M, "memory"), (I, "immediate"), (L, "label"), (CL, "CL")];
    let words: Vec<&str> =
        names.iter().filter(|(kind, _)| kinds & kind != 0).map(|(_, name)| *name).collect();
    words.join(" or ")
}
