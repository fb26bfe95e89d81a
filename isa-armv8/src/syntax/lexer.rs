//! Words, numbers and punctuation of one instruction.

use sim_core::diagnostic::{Diagnostic, Span};

/// The code of the error for a character that begins no token.
pub const STRAY: &str = "stray-character";

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A mnemonic, register, label, condition or option, as written.
    Word(String),
    /// A number with its optional `#` and sign.
    Number(i128),
    /// A distance from this instruction in bytes: `.+8`.
    Distance(i128),
    /// One of `, [ ] !`.
    Mark(char),
}

/// Letters that may follow each other in a word: labels have dots and dollars, symbolic registers `%`.
fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | '%')
}

/// Splits `text`, which begins at byte `at` of the file. Pushes an error for each thing that is no token.
pub fn lex(text: &str, at: u32, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Token, Span)> {
    let mut lexer = Lexer { text, at: at as usize, tokens: Vec::new(), diagnostics };
    let mut place = 0;
    while let Some(c) = text[place..].chars().next() {
        place = match c {
            _ if c.is_whitespace() => place + c.len_utf8(),
            ',' | '[' | ']' | '!' => lexer.push(Token::Mark(c), place, place + 1),
            '#' | '-' | '+' | '0'..='9' => lexer.number(place),
            '.' if text[place + 1..].trim_start().starts_with(['+', '-']) => lexer.distance(place),
            _ if in_word(c) => {
                let end = lexer.end_of_word(place);
                lexer.push(Token::Word(text[place..end].to_string()), place, end)
            }
            _ => lexer.stray(c, place),
        };
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<(Token, Span)>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.at.saturating_add(start), self.at.saturating_add(end))
    }

    fn push(&mut self, token: Token, start: usize, end: usize) -> usize {
        let span = self.span(start, end);
        self.tokens.push((token, span));
        end
    }

    fn end_of_word(&self, start: usize) -> usize {
        self.text[start..].find(|c| !in_word(c)).map_or(self.text.len(), |length| start + length)
    }

    fn stray(&mut self, c: char, place: usize) -> usize {
        let end = place + c.len_utf8();
        let span = self.span(place, end);
        let error = Diagnostic::error(STRAY, span, format!("`{c}` has no meaning in an instruction"));
        self.diagnostics.push(match c {
            '{' | '}' => error.note("lists in braces belong to Neon and SVE, which are not modelled"),
            '=' => error.note("give a register the address in the initial state: `0:X1=x`"),
            _ => error,
        });
        end
    }

    /// The place after the blanks from `place` on.
    fn skip_blanks(&self, place: usize) -> usize {
        self.text.len() - self.text[place..].trim_start().len()
    }

    /// A number from `start`: an optional `#`, an optional sign, digits. Zero where it is wrong.
    fn number(&mut self, start: usize) -> usize {
        let after_hash =
            if self.text[start..].starts_with('#') { self.skip_blanks(start + 1) } else { start };
        let (value, end) = self.signed(start, after_hash);
        self.push(Token::Number(value), start, end)
    }

    fn distance(&mut self, start: usize) -> usize {
        let sign = self.skip_blanks(start + 1);
        let (value, end) = self.signed(start, sign);
        self.push(Token::Distance(value), start, end)
    }

    /// A signed number at `sign`, as part of the token that begins at `start`; and the token's end.
    fn signed(&mut self, start: usize, sign: usize) -> (i128, usize) {
        let negative = self.text[sign..].starts_with('-');
        let digits =
            if self.text[sign..].starts_with(['-', '+']) { self.skip_blanks(sign + 1) } else { sign };
        let end = self.end_of_word(digits).max(digits);
        let word = &self.text[digits..end];
        let magnitude = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(hex) if !hex.starts_with('+') => u64::from_str_radix(hex, 16),
            _ => word.parse(),
        };
        match magnitude {
            Ok(value) if negative => (-i128::from(value), end),
            Ok(value) => (i128::from(value), end),
            Err(problem) => {
                let end = end.max(start + 1);
                let span = self.span(start, end);
                let written = &self.text[start..end];
                let too_big = matches!(problem.kind(), std::num::IntErrorKind::PosOverflow);
                self.diagnostics.push(if too_big {
                    Diagnostic::error("number-too-big", span, format!("`{written}` does not fit in 64 bits"))
                } else {
                    Diagnostic::error("bad-number", span, format!("`{written}` is not a number"))
                        .note("numbers are decimal (`#12`) or hexadecimal (`#0xc`)")
                });
                (0, end)
            }
        }
    }
}
