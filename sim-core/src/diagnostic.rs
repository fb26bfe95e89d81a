//! Problems in an input, as values: what is wrong, where, and what would be right.
//!
//! Nothing here prints: the program renders a [`Diagnostic`] against the text it came from.

use std::cmp::Reverse;

/// A half-open range of UTF-8 byte offsets into the text of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte; never less than `start`.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Span {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text under the span; empty where the span does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, and its author should know something.
    Warning,
}

/// One problem in an input text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable short name of the kind of problem, such as `unknown-instruction`.
    pub code: &'static str,
    /// Whether the input can still be used.
    pub severity: Severity,
    /// What is wrong, in one sentence without a final full stop.
    pub message: String,
    /// The word that is wrong.
    pub span: Span,
    /// What would be right, or what helps: each a sentence.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error without notes.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code, severity: Severity::Error, message: message.into(), span, notes: Vec::new() }
    }

    /// A warning without notes.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code, severity: Severity::Warning, message: message.into(), span, notes: Vec::new() }
    }

    /// The same with one more note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }
}

/// A value read from text, with everything that was wrong or odd about the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// The value, where the text could be used; `None` only beside at least one error.
    pub value: Option<T>,
    /// In the order of their spans.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Parsed<T> {
    /// `value` if no diagnostic is an error, and the diagnostics sorted by place.
    pub fn new(value: Option<T>, mut diagnostics: Vec<Diagnostic>) -> Parsed<T> {
        diagnostics.sort_by_key(|d| (d.span, d.severity, d.code));
        let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
        debug_assert!(failed || value.is_some(), "no value and no error");
        Parsed { value: if failed { None } else { value }, diagnostics }
    }

    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|d| d.severity == Severity::Error)
    }
}

/// The entry of `known` that is nearest to `word` (ignoring case), if one is near enough to be meant.
///
/// Near means an edit distance (insert, delete, replace, swap neighbours) of at most a third of the
/// word's length, at least 1. Ties go to the entry that begins like the word for longer, then to the earlier.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().take(40).collect();
    // A name of one letter is near to every other such name.
    let most = (word.len() / 3).max(usize::from(word.len() > 1));
    let mut best: Option<(usize, Reverse<usize>, &str)> = None;
    for candidate in known {
        let other: Vec<char> = candidate.to_lowercase().chars().collect();
        if other.len().abs_diff(word.len()) > most {
            continue;
        }
        let distance = edit_distance(&word, &other);
        let alike = word.iter().zip(&other).take_while(|(a, b)| a == b).count();
        let better =
            best.is_none_or(|(least, most_alike, _)| (distance, Reverse(alike)) < (least, most_alike));
        if distance <= most && better {
            best = Some((distance, Reverse(alike), candidate));
        }
    }
    best.map(|(.., candidate)| candidate)
}

/// The optimal string alignment distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_typing_errors_and_nothing_else() {
        let known = ["STLXP", "STLR", "LDR", "MOV"];
        assert_eq!(nearest("STLXPX", known), Some("STLXP"));
        assert_eq!(nearest("lrd", known), Some("LDR"));
        assert_eq!(nearest("VADDPS", known), None);
        assert_eq!(nearest("movll", ["cmovll", "movl"]), Some("movl"));
    }
}
