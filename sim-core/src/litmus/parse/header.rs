//! The first line, and the metadata up to the initial state.

use super::problems::Problems;
use super::text::skip_comment;
use crate::diagnostic::{Diagnostic, Span};
use crate::litmus::ast::Word;

/// What the first line says.
pub(super) struct Head {
    pub(super) arch: Word,
    pub(super) name: Word,
    pub(super) texname: Option<Word>,
    pub(super) doc: Option<Word>,
    /// Where the rest of the file begins.
    pub(super) end: usize,
}

/// Reads `ARCH NAME (texname) "description"`; the description may be on the next line.
pub(super) fn first_line(text: &str, problems: &mut Problems) -> Option<Head> {
    let mut at = start(text, problems)?;
    let arch = take(text, &mut at, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if arch.text.is_empty() {
        let end = text[at..].chars().next().map_or(at, |first| at + first.len_utf8());
        let message = "a test begins with the name of its architecture";
        problems.push(Diagnostic::error("header", Span::new(at, end), message).note(SHAPE));
        return None;
    }
    skip_blanks(text, &mut at);
    let mut name = take(text, &mut at, |byte| byte.is_ascii_alphanumeric() || b"_/.+-[]:".contains(&byte));
    if name.text.is_empty() {
        let message = format!("the name of the test is missing after `{}`", arch.text);
        problems.push(Diagnostic::error("header", Span::new(at, at), message).note(SHAPE));
        return None;
    }
    if let Some(stem) = name.text.strip_suffix(".litmus").filter(|stem| !stem.is_empty()) {
        name.text = stem.to_owned();
    }
    skip_blanks(text, &mut at);
    let texname = delimited(text, &mut at, b'(', b')');
    skip_blanks(text, &mut at);
    let mut behind = at;
    skip_blanks(text, &mut behind);
    if text.as_bytes().get(behind) == Some(&b'\n') {
        behind += 1;
        skip_blanks(text, &mut behind);
    }
    let doc = delimited(text, &mut behind, b'"', b'"');
    if doc.is_some() {
        at = behind;
    }
    Some(Head { arch, name, texname, doc, end: at })
}

const SHAPE: &str = "the first line is `ARCH NAME`, such as `X86_64 SB`";

/// Where the first line begins: behind a byte order mark, white space and comments.
fn start(text: &str, problems: &mut Problems) -> Option<usize> {
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        if text[at..].starts_with("(*") {
            at = skip_comment(text, at, problems);
        } else {
            break;
        }
    }
    if at < text.len() {
        return Some(at);
    }
    if problems.none() {
        let error = Diagnostic::error("empty", Span::new(0, 0), "the file is empty");
        problems.push(error.note(SHAPE));
    }
    None
}

fn take(text: &str, at: &mut usize, belongs: impl Fn(u8) -> bool) -> Word {
    let rest = &text.as_bytes()[*at..];
    let length = rest.iter().position(|&byte| !belongs(byte)).unwrap_or(rest.len());
    let span = Span::new(*at, *at + length);
    *at += length;
    Word { text: span.of(text).to_owned(), span }
}

fn skip_blanks(text: &str, at: &mut usize) {
    let rest = &text.as_bytes()[*at..];
    *at += rest.iter().position(|byte| !b" \t\r".contains(byte)).unwrap_or(rest.len());
}

/// What stands between `open` and the next `close`, if `open` is next. `(*` opens a comment instead.
fn delimited(text: &str, at: &mut usize, open: u8, close: u8) -> Option<Word> {
    let rest = &text.as_bytes()[*at..];
    if rest.first() != Some(&open) || rest.starts_with(b"(*") {
        return None;
    }
    let length = rest[1..].iter().position(|&byte| byte == close)?;
    let span = Span::new(*at + 1, *at + 1 + length);
    *at += length + 2;
    Some(Word { text: span.of(text).to_owned(), span })
}

/// The lines `key = value` from `at` on, and where the `{` of the initial state is. Other lines are
/// free text.
pub(super) fn metadata(
    text: &str,
    mut at: usize,
    problems: &mut Problems,
) -> Option<(Vec<(Word, Word)>, usize)> {
    let bytes = text.as_bytes();
    let begin = at;
    let mut meta = Vec::new();
    while at < bytes.len() {
        let rest = &bytes[at..];
        match rest[0] {
            b'{' => return Some((meta, at)),
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'(' if rest.starts_with(b"(*") => at = skip_comment(text, at, problems),
            _ => {
                let line = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                match key_value(text, at, at + line) {
                    Some(pair) => {
                        meta.push(pair);
                        at += line;
                    }
                    None => at += rest[..line].iter().position(|&byte| byte == b'{').unwrap_or(line),
                }
            }
        }
    }
    if problems.none() {
        let span = Span::new(begin.min(bytes.len()), begin.min(bytes.len()));
        let message = "the initial state `{ ... }` is missing after the header";
        let error = Diagnostic::error("no-init", span, message);
        problems.push(error.note("an empty initial state is written `{}`"));
    }
    None
}

/// The line `start..end` as a key and its value.
fn key_value(text: &str, start: usize, end: usize) -> Option<(Word, Word)> {
    let line = text.get(start..end)?;
    let (key, value) = line.split_once('=')?;
    let name = key.trim_end();
    let proper = |byte: u8| byte.is_ascii_alphanumeric() || b"_/.-".contains(&byte);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.bytes().all(proper) {
        return None;
    }
    let from = start + key.len() + 1 + (value.len() - value.trim_start().len());
    let value = value.trim();
    let word = |text: &str, at| Word { text: text.to_owned(), span: Span::new(at, at + text.len()) };
    Some((word(name, start), word(value, from)))
}
