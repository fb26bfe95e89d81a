//! Words, numbers and marks of one instruction, with their places in the file.

use sim_core::diagnostic::{Diagnostic, Span};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A letter, `_` or `.`, then letters, digits, `_` and `.`.
    Word,
    /// A digit, then letters, digits and `_`: a number, or an attempt at one.
    Number,
    /// One of the [`MARKS`].
    Mark(char),
}

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub span: Span,
}

impl Token<'_> {
    /// Whether the token is this mark.
    pub fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// Whether the token is this word, in any case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

/// The characters that stand for themselves.
const MARKS: &str = "%$()[],:;+-*";

/// Splits `text`, which begins at byte `at` of the file. Each run of characters that belong nowhere is
/// an error and is left out.
pub(crate) fn tokens<'a>(text: &'a str, at: u32, diagnostics: &mut Vec<Diagnostic>) -> Vec<Token<'a>> {
    let mut out = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let run = |accepts: fn(char) -> bool| rest.find(|c| !accepts(c)).unwrap_or(rest.len());
        let (kind, len) = if first.is_whitespace() {
            (None, run(char::is_whitespace))
        } else if first.is_ascii_digit() {
            (Some(Kind::Number), run(|c| c.is_ascii_alphanumeric() || c == '_'))
        } else if begins_word(first) {
            (Some(Kind::Word), run(|c| begins_word(c) || c.is_ascii_digit()))
        } else if MARKS.contains(first) {
            (Some(Kind::Mark(first)), first.len_utf8())
        } else {
            (None, run(is_stray))
        };
        let begin = at as usize + start;
        let span = Span::new(begin, begin + len);
        let piece = &rest[..len];
        match kind {
            Some(kind) => out.push(Token { kind, text: piece, span }),
            None if first.is_whitespace() => {}
            None => {
                let shown: String = piece.chars().take(20).collect();
                let message = format!("`{}` cannot be part of an instruction", shown.escape_debug());
                diagnostics.push(Diagnostic::error("stray-character", span, message));
            }
        }
        start += len;
    }
    out
}

fn begins_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == '.'
}

fn is_stray(c: char) -> bool {
    !(c.is_whitespace() || c.is_ascii_digit() || begins_word(c) || MARKS.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_bytes_of_the_file() {
        let mut diagnostics = Vec::new();
        let found = tokens("movl $0x1f,é(P1_r0)", 100, &mut diagnostics);
        let texts: Vec<&str> = found.iter().map(|t| t.text).collect();
        assert_eq!(texts, ["movl", "$", "0x1f", ",", "(", "P1_r0", ")"]);
        assert_eq!(found[5].span, Span::new(114, 119));
        assert_eq!(diagnostics[0].span, Span::new(111, 113));
    }
}
