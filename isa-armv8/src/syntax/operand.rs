//! From tokens to operands: what stands between the commas.

use super::lexer::Token;
use crate::registers::{self, RegisterName};
use sim_core::diagnostic::{Diagnostic, Span};

/// What is done to a register operand before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// Shift left.
    Lsl,
    /// Shift right, zeros in.
    Lsr,
    /// Shift right, sign in.
    Asr,
    /// Rotate right.
    Ror,
    /// Extend the lower 8, 16, 32 or 64 bits (first) with or without sign (second), then shift left.
    Extend(u8, bool),
}

const MODIFIERS: [(&str, Modifier); 12] = [
    ("LSL", Modifier::Lsl),
    ("LSR", Modifier::Lsr),
    ("ASR", Modifier::Asr),
    ("ROR", Modifier::Ror),
    ("UXTB", Modifier::Extend(8, false)),
    ("UXTH", Modifier::Extend(16, false)),
    ("UXTW", Modifier::Extend(32, false)),
    ("UXTX", Modifier::Extend(64, false)),
    ("SXTB", Modifier::Extend(8, true)),
    ("SXTH", Modifier::Extend(16, true)),
    ("SXTW", Modifier::Extend(32, true)),
    ("SXTX", Modifier::Extend(64, true)),
];

impl Modifier {
    /// As it is written.
    pub fn name(self) -> &'static str {
        MODIFIERS.iter().find(|(_, modifier)| *modifier == self).map_or("", |(name, _)| name)
    }
}

/// The kinds of operands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A register.
    Register(RegisterName),
    /// A number.
    Immediate(i128),
    /// `LSL #3`, `UXTW`.
    Modifier(Modifier, Option<i128>),
    /// `[X1,X2,LSL #3]`: what stands in the brackets, and whether `!` follows.
    Memory(Vec<Operand>, bool),
    /// `.+8`.
    Distance(i128),
    /// Anything else: a label, a condition, a domain.
    Word(String),
}

/// One operand and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand {
    /// What it is.
    pub shape: Shape,
    /// Where it stands.
    pub span: Span,
}

/// Groups the tokens after the mnemonic, or pushes an error and gives `None`.
pub fn group(tokens: &[(Token, Span)], diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<Operand>> {
    let mut reader = Reader { tokens, next: 0, diagnostics };
    let mut operands = Vec::new();
    while reader.next < tokens.len() {
        // A post-index offset may follow its brackets without a comma.
        let after_brackets = matches!(operands.last(), Some(Operand { shape: Shape::Memory(..), .. }));
        if !operands.is_empty() && !reader.eat(',') && !after_brackets {
            return reader.wrong("expected-comma", "a comma is missing before");
        }
        operands.push(reader.operand(true)?);
    }
    Some(operands)
}

struct Reader<'a> {
    tokens: &'a [(Token, Span)],
    next: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn eat(&mut self, mark: char) -> bool {
        let found = matches!(self.tokens.get(self.next), Some((Token::Mark(c), _)) if *c == mark);
        self.next += usize::from(found);
        found
    }

    /// An error at the next token, or at the last one where there is none.
    fn wrong<T>(&mut self, code: &'static str, message: &str) -> Option<T> {
        let (ended, token) = match self.tokens.get(self.next) {
            Some(token) => (false, token),
            None => (true, self.tokens.last()?),
        };
        let shown = match &token.0 {
            Token::Word(word) => format!("`{word}`"),
            Token::Number(value) => format!("`#{value}`"),
            Token::Distance(value) => format!("`.{value:+}`"),
            Token::Mark(mark) => format!("`{mark}`"),
        };
        let message =
            if ended { format!("the instruction ends after {shown}") } else { format!("{message} {shown}") };
        self.diagnostics.push(Diagnostic::error(code, token.1, message));
        None
    }

    fn operand(&mut self, outside: bool) -> Option<Operand> {
        let Some((token, span)) = self.tokens.get(self.next) else {
            return self.wrong("expected-operand", "");
        };
        let (shape, span) = match token {
            Token::Word(word) => {
                self.next += 1;
                self.word(word, *span)
            }
            Token::Number(value) => (Shape::Immediate(*value), *span),
            Token::Distance(value) => (Shape::Distance(*value), *span),
            Token::Mark('[') if outside => return self.memory(*span),
            Token::Mark(_) => {
                return self.wrong("expected-operand", "an operand is missing before");
            }
        };
        if !matches!(token, Token::Word(_)) {
            self.next += 1;
        }
        Some(Operand { shape, span })
    }

    fn word(&mut self, word: &str, span: Span) -> (Shape, Span) {
        if let Some(register) = registers::parse(word) {
            return (Shape::Register(register), span);
        }
        let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) else {
            return (Shape::Word(word.to_string()), span);
        };
        match self.tokens.get(self.next) {
            Some((Token::Number(amount), place)) => {
                self.next += 1;
                (Shape::Modifier(*modifier, Some(*amount)), span.to(*place))
            }
            _ => (Shape::Modifier(*modifier, None), span),
        }
    }

    fn memory(&mut self, open: Span) -> Option<Operand> {
        self.next += 1;
        let mut parts = vec![self.operand(false)?];
        while !self.eat(']') {
            if !self.eat(',') {
                return self.wrong("expected-bracket", "`]` or a comma is missing before");
            }
            parts.push(self.operand(false)?);
        }
        let pre = self.eat('!');
        let close = self.tokens[self.next - 1].1;
        Some(Operand { shape: Shape::Memory(parts, pre), span: open.to(close) })
    }
}
