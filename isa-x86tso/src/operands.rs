//! What both spellings of operands share: a cursor over tokens, numbers, constants, registers, addresses.

use crate::instr::{Constant, Memory, Name, Operand, OperandKind};
use crate::lexer::{Kind, Token};
use crate::registers::{Class, Mode, Named, STACK, unmodelled_register};
use sim_core::diagnostic::{Diagnostic, Span, nearest};

/// A place in the tokens of one operand.
pub(crate) struct Cursor<'t, 'a, 'd> {
    pub mode: Mode,
    rest: &'t [Token<'a>],
    /// The whole operand.
    span: Span,
    pub diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'t, 'a, 'd> Cursor<'t, 'a, 'd> {
    /// At the beginning of an operand of at least one token.
    pub fn new(
        mode: Mode,
        tokens: &'t [Token<'a>],
        span: Span,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        Cursor { mode, rest: tokens, span, diagnostics }
    }

    /// The token at hand.
    pub fn peek(&self) -> Option<Token<'a>> {
        self.rest.first().copied()
    }

    /// The token after the one at hand.
    pub fn peek_second(&self) -> Option<Token<'a>> {
        self.rest.get(1).copied()
    }

    /// Takes the token at hand.
    pub fn take(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Takes the token at hand if it is this mark.
    pub fn take_mark(&mut self, mark: char) -> bool {
        let found = self.peek().is_some_and(|token| token.is(mark));
        if found {
            self.take();
        }
        found
    }

    /// Takes the token at hand if it is this word.
    pub fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_word(word));
        if found {
            self.take();
        }
        found
    }

    /// The token at hand, or the operand's end.
    pub fn here(&self) -> Span {
        self.peek().map_or(Span { start: self.span.end, end: self.span.end }, |token| token.span)
    }

    /// The operand up to the token at hand, after `from`.
    pub fn since(&self, from: Span) -> Span {
        let end = self.rest.first().map_or(self.span.end, |token| token.span.start);
        Span { start: from.start, end }
    }

    /// Reports an error and gives `None`.
    pub fn fail<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.diagnostics.push(diagnostic);
        None
    }

    /// Takes `mark` or reports that it is missing.
    pub fn expect_mark(&mut self, mark: char) -> Option<()> {
        if self.take_mark(mark) {
            return Some(());
        }
        let message = match self.peek() {
            Some(token) => format!("`{mark}` is expected before `{}`", token.text),
            None => format!("`{mark}` is missing at the end of the operand"),
        };
        // An empty place would be invisible: point at the operand instead.
        let span = if self.peek().is_some() { self.here() } else { self.span };
        self.fail(Diagnostic::error("operand-syntax", span, message))
    }

    /// Reports whatever is left of the operand.
    pub fn expect_end(&mut self) -> Option<()> {
        match self.peek() {
            None => Some(()),
            Some(token) => {
                let message = format!("`{}` does not belong here", token.text);
                self.fail(Diagnostic::error("operand-syntax", token.span, message))
            }
        }
    }

    /// A number, decimal or hexadecimal, without sign.
    pub fn number(&mut self, token: Token<'a>) -> Option<i128> {
        let lower = token.text.to_ascii_lowercase();
        let parsed = match lower.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => lower.parse::<u64>(),
        };
        match parsed {
            Ok(value) => Some(i128::from(value)),
            Err(error) => {
                let large = *error.kind() == std::num::IntErrorKind::PosOverflow;
                let problem = if large { "does not fit in 64 bits" } else { "is not a number" };
                let diagnostic =
                    Diagnostic::error("bad-number", token.span, format!("`{}` {problem}", token.text))
                        .note("Numbers are decimal (`26`) or hexadecimal (`0x1a`).");
                self.fail(diagnostic)
            }
        }
    }

    /// A sum of numbers and at most one symbol, beginning at the token at hand.
    pub fn constant(&mut self) -> Option<Constant> {
        let mut sum = Constant { symbol: None, offset: 0 };
        let mut first = true;
        loop {
            let negative = match self.peek() {
                Some(sign) if sign.is('-') || sign.is('+') => {
                    self.take();
                    sign.is('-')
                }
                _ if first => false,
                _ => return Some(sum),
            };
            first = false;
            self.add_term(&mut sum, negative)?;
        }
    }

    /// Adds the number or symbol at hand to `sum`.
    pub fn add_term(&mut self, sum: &mut Constant, negative: bool) -> Option<()> {
        match self.peek() {
            Some(token) if token.kind == Kind::Number => {
                self.take();
                let value = self.number(token)?;
                sum.offset += if negative { -value } else { value };
                if sum.offset < -(1 << 63) || sum.offset >= 1 << 64 {
                    let message = "this sum does not fit in 64 bits";
                    return self.fail(Diagnostic::error("bad-number", token.span, message));
                }
                Some(())
            }
            Some(token) if self.looks_like_register(token) => {
                let message = format!("a number or a name is expected, and `{}` is a register", token.text);
                self.fail(Diagnostic::error("operand-syntax", token.span, message))
            }
            Some(token) if token.kind == Kind::Word => {
                self.take();
                let problem = if negative {
                    Some("the address of a symbol cannot be subtracted")
                } else if sum.symbol.is_some() {
                    Some("the addresses of two symbols cannot be added")
                } else {
                    None
                };
                if let Some(problem) = problem {
                    return self.fail(Diagnostic::error("operand-syntax", token.span, problem));
                }
                sum.symbol = Some(Name { text: token.text.to_owned(), span: token.span });
                Some(())
            }
            Some(token) => {
                let message = format!("a number or a name is expected, not `{}`", token.text);
                self.fail(Diagnostic::error("operand-syntax", token.span, message))
            }
            None => {
                let message = "a number or a name is missing at the end of the operand";
                self.fail(Diagnostic::error("operand-syntax", self.span, message))
            }
        }
    }

    /// The register that the word names. Gives `None` without an error if it may be another name.
    pub fn known_register(&self, token: Token<'a>) -> Option<Named> {
        self.mode.register(token.text).filter(|_| token.kind == Kind::Word)
    }

    /// The register that the token must name, `span` being the token with its `%`.
    pub fn register(&mut self, token: Token<'a>, span: Span) -> Option<Named> {
        self.known_register(token).or_else(|| {
            let diagnostic = no_register(self.mode, token.text, span);
            self.fail(diagnostic)
        })
    }

    /// Whether the name is a register, or that of one that only the other mode has, or a vector
    /// register. Other registers' names, such as `k1`, are left to symbols unless `%` says otherwise.
    pub fn looks_like_register(&self, token: Token<'a>) -> bool {
        let vector = matches!(unmodelled_register(token.text), Some("SSE" | "AVX"));
        let known = |mode: Mode| mode.register(token.text).is_some();
        token.kind == Kind::Word && (known(Mode::Long) || known(Mode::Protected) || vector)
    }

    /// A scale.
    pub fn scale(&mut self, token: Token<'a>) -> Option<u8> {
        self.number(token).map(|value| u8::try_from(value).unwrap_or(u8::MAX))
    }
}

fn no_register(mode: Mode, text: &str, span: Span) -> Diagnostic {
    if let Some(kind) = unmodelled_register(text) {
        let message = format!("`{text}` is known but not modelled: {kind} register");
        return Diagnostic::error("unmodelled-register", span, message)
            .note("General registers are modelled; what one access moves has 64 bits at most.");
    }
    if Mode::Long.register(text).is_some() {
        let message = format!("`{text}` exists in 64-bit mode only, and this is an {} test", mode.arch());
        return Diagnostic::error("unknown-register", span, message)
            .note("Begin the test with `X86_64`, and write it in AT&T syntax.");
    }
    let diagnostic = Diagnostic::error("unknown-register", span, format!("`{text}` is not a register"));
    match nearest(text, mode.names().map(|named| named.name)) {
        Some(name) => diagnostic.note(format!("The nearest register is `{}`.", mode.spell(name))),
        None => diagnostic,
    }
}

/// An operand.
pub(crate) fn operand(kind: OperandKind, span: Span) -> Operand {
    Operand { kind, span }
}

/// Checks that the processor can compute the address: `span` is the whole operand.
pub(crate) fn check_address(mode: Mode, memory: &Memory, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    let mut report = |message: String, note: &str| {
        diagnostics.push(Diagnostic::error("bad-address", span, message).note(note));
    };
    if let Some(segment) = memory.segment.filter(|segment| matches!(segment.name, "fs" | "gs")) {
        let message =
            format!("`{}:` is known but not modelled: thread-local segment", mode.spell(segment.name));
        report(message, "The bases of the other segments are 0.");
    }
    let general =
        |named: Named| named.class == Class::General && named.view.low == 0 && named.view.bits >= 32;
    for named in memory.registers() {
        let relative =
            named.class == Class::Pointer && memory.constant.symbol.is_some() && memory.index.is_none();
        if !general(named) && !relative {
            let message = format!("`{}` cannot be part of an address", mode.spell(named.name));
            report(message, "Addresses are made of whole general registers.");
        }
    }
    if let (Some(base), Some((index, _))) = (memory.base, memory.index)
        && base.view.bits != index.view.bits
    {
        let (base, index) = (mode.spell(base.name), mode.spell(index.name));
        report(
            format!("`{base}` and `{index}` differ in width"),
            "Base and index of an address have the same width.",
        );
    }
    if let Some((index, scale)) = memory.index {
        if !matches!(scale, 1 | 2 | 4 | 8) {
            report(format!("an index cannot be scaled by {scale}"), "Scales are 1, 2, 4 and 8.");
        }
        if index.view.reg == STACK {
            report(
                format!("`{}` cannot be an index", mode.spell(index.name)),
                "Any other general register can.",
            );
        }
    }
    if memory.constant.offset < -(1 << 31) || memory.constant.offset >= 1 << 31 {
        report("the offset of this address does not fit in 32 bits".to_owned(), "Put it into a register.");
    }
}
