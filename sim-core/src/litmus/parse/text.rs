//! Comments, and small questions about characters.

use super::problems::Problems;
use crate::diagnostic::{Diagnostic, Span};

/// The text with every comment at or after `from` replaced by as many spaces as it has bytes, so that
/// places stay the same. Comments nest; a string in quotes is no place for a comment.
pub(super) fn blank_comments(text: &str, from: usize, problems: &mut Problems) -> String {
    let mut clean = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    let (mut at, mut kept) = (from, 0);
    while at < bytes.len() {
        if bytes[at] == b'"' {
            at = end_of_string(bytes, at);
        } else if bytes[at..].starts_with(b"(*") {
            let end = skip_comment(text, at, problems);
            clean.push_str(&text[kept..at]);
            clean.extend(bytes[at..end].iter().map(|&byte| if byte == b'\n' { '\n' } else { ' ' }));
            (at, kept) = (end, end);
        } else {
            at += 1;
        }
    }
    clean.push_str(&text[kept..]);
    clean
}

/// One past the closing quote of the string that begins at `at`; strings do not cross lines.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let inside = &bytes[at + 1..];
    match inside.iter().position(|&byte| byte == b'"' || byte == b'\n') {
        Some(length) if inside[length] == b'"' => at + length + 2,
        _ => at + 1,
    }
}

/// One past the end of the comment that begins at `start`, or the end of the text.
pub(super) fn skip_comment(text: &str, start: usize, problems: &mut Problems) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (start, 0usize);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"(*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*)") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    let span = Span::new(start, start + 2);
    problems.push(
        Diagnostic::error("unclosed-comment", span, "this comment is never closed")
            .note("comments nest: each `(*` needs its own `*)`"),
    );
    bytes.len()
}

/// The part `start..end` of `text` without white space around it, and where that begins.
pub(super) fn trim(text: &str, start: usize, end: usize) -> (&str, usize) {
    let part = text.get(start..end).unwrap_or("");
    let front = part.len() - part.trim_start().len();
    (part.trim(), start + front)
}

/// Whether a name may begin with the byte.
pub(super) fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'$')
}

/// Whether a name may go on with the byte.
pub(super) fn continues_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'.' | b'-' | b'$')
}

/// Length of the name at the beginning of `bytes`.
pub(super) fn name_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(&first) if begins_name(first) => {
            bytes.iter().position(|&byte| !continues_name(byte)).unwrap_or(bytes.len())
        }
        _ => 0,
    }
}
