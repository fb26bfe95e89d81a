//! Diagnostics as text: the place, the line with the word underlined, what would be right.
//!
//! Lines and columns are computed here and nowhere else.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use sim_core::diagnostic::{Diagnostic, Severity, Span};
use traces::load::Source;

/// More diagnostics than this about one text are counted, not shown.
const SHOWN_MAX: usize = 20;

/// A place in a text, as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
}

impl Place {
    /// The place of a byte offset.
    pub fn of(text: &str, offset: usize) -> Place {
        let offset = floor(text, offset);
        let before = &text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
    }
}

/// The diagnostics about `source`, each with its excerpt, in colours that the caller's stream may strip.
pub fn diagnostics(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(SHOWN_MAX) {
        text.push_str(&one(source, diagnostic));
        text.push_str("\n\n");
    }
    if let Some(more) = diagnostics.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        text.push_str(&format!("{}: and {more} more\n\n", source.name));
    }
    text
}

/// Text from a file on one line of a terminal: control characters, which a terminal would obey, as their pictures
/// (Unicode's block of control pictures), and of a very long text the beginning and the end.
pub fn printable(text: &str) -> Cow<'_, str> {
    let text = shorten(text, LINE_MAX);
    if !text.contains(char::is_control) {
        return text;
    }
    let picture = |c: char| match u32::from(c) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or(c),
        0x7f => '\u{2421}',
        _ if c.is_control() => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    Cow::Owned(text.chars().map(picture).collect())
}

/// Prints an error that has no place in a text.
pub fn error(message: &str) {
    let report = &[Group::with_title(Level::ERROR.primary_title(message))];
    anstream::eprintln!("{}", Renderer::styled().render(report));
}

fn one(source: &Source, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let excerpt = Excerpt::of(&source.text, diagnostic.span);
    let place = Place::of(&source.text, diagnostic.span.start as usize);
    let title = level.primary_title(shorten(&diagnostic.message, MESSAGE_MAX)).id(diagnostic.code);
    let mut group = Group::with_title(title);
    let snippet = Snippet::source(excerpt.text).line_start(place.line);
    let snippet = snippet.annotation(AnnotationKind::Primary.span(excerpt.range));
    // The renderer counts columns in what it is given, so of a cut line it has to be told.
    group = if excerpt.cut {
        let origin = Origin::path(source.name.as_str()).line(place.line).char_column(place.column);
        group.element(origin).element(snippet)
    } else {
        group.element(snippet.path(source.name.as_str()))
    };
    for note in &diagnostic.notes {
        group = group.element(Level::HELP.message(shorten(note, MESSAGE_MAX)));
    }
    Renderer::styled().render(&[group])
}

/// Of a message about one word, not more bytes than this are shown.
const MESSAGE_MAX: usize = 400;
/// Of a line of results.
const LINE_MAX: usize = 4000;

/// A text of at most so many bytes: without the middle, where a long word of the input makes it very long.
fn shorten(message: &str, length_max: usize) -> Cow<'_, str> {
    if message.len() <= length_max {
        return Cow::Borrowed(message);
    }
    let head = &message[..floor(message, length_max / 2)];
    let tail = &message[floor(message, message.len() - length_max / 4)..];
    Cow::Owned(format!("{head} ... {tail}"))
}

/// The line that a span begins in, cut where it is very long.
struct Excerpt<'a> {
    text: &'a str,
    /// The span in `text`.
    range: std::ops::Range<usize>,
    /// Whether `text` is less than the line.
    cut: bool,
}

impl<'a> Excerpt<'a> {
    /// Of a line longer than this many bytes only a part is shown.
    const LINE_MAX: usize = 1000;
    /// How many bytes of the span, and on either side of it, are shown of such a line.
    const AROUND: usize = 100;

    fn of(text: &'a str, span: Span) -> Excerpt<'a> {
        let start = floor(text, span.start as usize);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor(text, span.end as usize).clamp(start, line_end);
        if line_end - line_start <= Self::LINE_MAX {
            let range = start - line_start..end - line_start;
            return Excerpt { text: &text[line_start..line_end], range, cut: false };
        }
        let end = end.min(floor(text, start + Self::AROUND));
        let from = floor(text, start.saturating_sub(Self::AROUND).max(line_start));
        let to = floor(text, (end + Self::AROUND).min(line_end));
        Excerpt { text: &text[from..to], range: start - from..end - from, cut: true }
    }
}

/// The nearest character boundary at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters() {
        let text = "één\ntwee x";
        assert_eq!(Place::of(text, 0), Place { line: 1, column: 1 });
        assert_eq!(Place::of(text, text.find('x').unwrap()), Place { line: 2, column: 6 });
        assert_eq!(Place::of(text, 99), Place { line: 2, column: 7 });
    }

    #[test]
    fn excerpts_stay_small_and_inside() {
        let text = format!("a\n{}é{}", "b".repeat(1000), "c".repeat(1000));
        for span in [
            Span::new(0, 1),
            Span::new(1, 2),
            Span::new(1002, 1003),
            Span::new(2, 9999),
            Span::new(9998, 9999),
        ] {
            let excerpt = Excerpt::of(&text, span);
            assert!(excerpt.text.len() <= 3 * Excerpt::AROUND + 8);
            assert!(excerpt.range.end <= excerpt.text.len());
        }
    }
}
