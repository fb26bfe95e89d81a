//! Words of the initial state and of the tail.

use super::problems::Problems;
use super::text::name_length;
use crate::diagnostic::{Diagnostic, Span};

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `x`, `exists`, `uint64_t`.
    Name,
    /// `%a`: a symbolic register.
    Symbolic,
    /// `P0`: a thread.
    Thread,
    /// `-1`, `0x1f`.
    Number,
    /// Text in double quotes.
    Quoted,
    /// A punctuation mark, see [`MARKS`].
    Mark(&'static str),
    /// Anything else.
    Other,
    /// The end of the part that is read.
    End,
}

/// The punctuation marks, longer ones first.
const MARKS: [&str; 22] = [
    "==", "!=", "<>", "=>", "/\\", "\\/", "=", "~", "(", ")", "[", "]", "{", "}", ";", ":", ",", "*", "&",
    "+", "<<", "`",
];

/// A word and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) span: Span,
}

/// Reads the tokens of a part of the text, one ahead.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    next: Token<'a>,
    last: Span,
}

impl<'a> Tokens<'a> {
    /// The tokens of `text[start..end]`.
    pub(super) fn new(text: &'a str, start: usize, end: usize) -> Tokens<'a> {
        let next = Token { kind: Kind::End, text: "", span: Span::new(start, start) };
        let mut tokens = Tokens { text, at: start, end, next, last: Span::new(start, start) };
        tokens.advance();
        tokens
    }

    /// The next token, not taken.
    pub(super) fn peek(&self) -> Token<'a> {
        self.next
    }

    /// The token after the next.
    pub(super) fn second(&self) -> Token<'a> {
        let mut later = self.clone();
        later.advance();
        later.next
    }

    /// Takes the next token.
    pub(super) fn advance(&mut self) -> Token<'a> {
        let token = self.next;
        self.last = token.span;
        self.next = self.scan();
        token
    }

    /// Place of the token that was taken last.
    pub(super) fn last(&self) -> Span {
        self.last
    }

    /// Whether the next token is this mark.
    pub(super) fn at(&self, mark: &str) -> bool {
        matches!(self.next.kind, Kind::Mark(here) if here == mark)
    }

    /// Whether the next token is this word.
    pub(super) fn at_word(&self, word: &str) -> bool {
        self.next.kind == Kind::Name && self.next.text == word
    }

    /// Takes the next token if it is this mark.
    pub(super) fn eat(&mut self, mark: &str) -> bool {
        let here = self.at(mark);
        if here {
            self.advance();
        }
        here
    }

    /// Takes the next token if it is this word.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let here = self.at_word(word);
        if here {
            self.advance();
        }
        here
    }

    /// Takes the mark that must come next, or says what was `wanted`.
    pub(super) fn expect(&mut self, mark: &str, wanted: &str, problems: &mut Problems) -> Option<()> {
        if self.eat(mark) {
            return Some(());
        }
        self.unexpected(wanted, problems)
    }

    /// Says that something else was `wanted` than what comes next.
    pub(super) fn unexpected<T>(&self, wanted: &str, problems: &mut Problems) -> Option<T> {
        let found = match self.next.kind {
            Kind::End => "nothing more comes".to_owned(),
            _ => format!("found `{}`", shorten(self.next.text)),
        };
        let error = Diagnostic::error("syntax", self.next.span, format!("expected {wanted}, {found}"));
        problems.push(error);
        None
    }

    /// Goes on to the next of these marks at this depth of brackets, without taking it.
    pub(super) fn skip_to(&mut self, marks: &[&str]) {
        let mut depth = 0usize;
        loop {
            match self.next.kind {
                Kind::End => return,
                Kind::Mark(mark) if depth == 0 && marks.contains(&mark) => return,
                Kind::Mark("{" | "[" | "(") => depth += 1,
                Kind::Mark("}" | "]" | ")") => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.advance();
        }
    }

    fn scan(&mut self) -> Token<'a> {
        let bytes = &self.text.as_bytes()[..self.end];
        while self.at < self.end && bytes[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
        let rest = &bytes[self.at..];
        let (kind, length) = match rest.first() {
            None => (Kind::End, 0),
            Some(_) => classify(&self.text[self.at..self.end], rest),
        };
        let span = Span::new(self.at, self.at + length);
        self.at += length;
        Token { kind, text: span.of(self.text), span }
    }
}

/// At most the first 40 characters.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Kind and length of the token at the beginning of `rest`, which is not empty.
fn classify(rest: &str, bytes: &[u8]) -> (Kind, usize) {
    let digits = |from: usize, digit: fn(&u8) -> bool| {
        from + bytes[from.min(bytes.len())..].iter().take_while(|byte| digit(byte)).count()
    };
    let first = bytes[0];
    let name = name_length(bytes);
    if name > 0 {
        let numbered = first == b'P' && name > 1 && bytes[1..name].iter().all(u8::is_ascii_digit);
        return (if numbered { Kind::Thread } else { Kind::Name }, name);
    }
    if first == b'%' && name_length(&bytes[1..]) > 0 {
        return (Kind::Symbolic, 1 + name_length(&bytes[1..]));
    }
    let sign = usize::from(first == b'-');
    if bytes.get(sign).is_some_and(u8::is_ascii_digit) {
        let hex = bytes[sign] == b'0'
            && matches!(bytes.get(sign + 1), Some(b'x' | b'X'))
            && bytes.get(sign + 2).is_some_and(u8::is_ascii_hexdigit);
        let end =
            if hex { digits(sign + 2, u8::is_ascii_hexdigit) } else { digits(sign, u8::is_ascii_digit) };
        return (Kind::Number, end);
    }
    if first == b'"'
        && let Some(close) = bytes[1..].iter().position(|&byte| byte == b'"' || byte == b'\n')
        && bytes[1 + close] == b'"'
    {
        return (Kind::Quoted, close + 2);
    }
    for mark in MARKS {
        if rest.starts_with(mark) {
            return (Kind::Mark(mark), mark.len());
        }
    }
    (Kind::Other, rest.chars().next().map_or(1, char::len_utf8))
}
