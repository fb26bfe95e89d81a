//! The first word of a test: its architecture.

use sim_core::diagnostic::{Diagnostic, Span, nearest};

/// Architectures that have a front end, as headers name them.
const KNOWN: [&str; 3] = ["X86_64", "X86", "AArch64"];

/// Architectures of the format that have none.
const NOT_MODELLED: [&str; 9] = ["ARM", "PPC", "RISCV", "MIPS", "C", "LISA", "JAVA", "ASL", "CPP"];

/// The first word of `text` behind blanks and comments, and its place.
pub fn architecture(text: &str) -> Result<(Span, &str), Diagnostic> {
    let start = skip_blanks(text);
    let rest = &text[start..];
    let Some(first) = rest.chars().next() else {
        return Err(
            Diagnostic::error("empty-file", Span::new(0, 0), "there is no test in this file").note(HEADER)
        );
    };
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    if end == 0 {
        let span = Span::new(start, start + first.len_utf8());
        let message = format!("a test cannot begin with `{}`", first.escape_default());
        return Err(Diagnostic::error("no-header", span, message).note(HEADER));
    }
    Ok((Span::new(start, start + end), &rest[..end]))
}

const HEADER: &str = "A test begins with its architecture and its name, such as `X86_64 SB` or `AArch64 MP`.";

/// That `arch` has no front end.
pub fn unknown_architecture(span: Span, arch: &str) -> Diagnostic {
    let shown: String = arch.chars().take(40).collect();
    if NOT_MODELLED.contains(&arch) {
        let message = format!("tests for `{shown}` are not supported");
        return Diagnostic::error("architecture-not-modelled", span, message)
            .note(format!("Supported are {}.", KNOWN.join(", ")));
    }
    let error = Diagnostic::error("unknown-architecture", span, format!("`{shown}` is not an architecture"));
    let alias = match shown.to_ascii_lowercase().as_str() {
        "arm64" | "armv8" => Some("AArch64"),
        "amd64" | "x86-64" | "x64" => Some("X86_64"),
        _ => nearest(&shown, KNOWN),
    };
    match alias {
        Some(name) => error.note(format!("Did you mean `{name}`?")),
        None => error.note(HEADER),
    }
}

/// Byte offset of the first character that is neither blank nor in a comment.
fn skip_blanks(text: &str) -> usize {
    let mut at = 0;
    let mut depth = 0usize;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with("(*") {
            depth += 1;
            at += 2;
        } else if depth > 0 && rest.starts_with("*)") {
            depth -= 1;
            at += 2;
        } else if depth > 0 || c.is_whitespace() || c == '\u{feff}' {
            at += c.len_utf8();
        } else {
            break;
        }
    }
    at
}
