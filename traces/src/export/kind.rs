//! What a file is to hold, by its name.

use sim_core::diagnostic::{Diagnostic, Span};

/// What a trace can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One self-contained page.
    Html,
    /// A picture per step.
    SvgSeries,
    /// One picture that moves.
    Svg,
    /// A terminal recording (asciicast v2).
    Cast,
    /// A handout with the run as a table.
    Markdown,
    /// Every state in full.
    Json,
}

impl Kind {
    /// By the name of the file: `.html`, `.svg` (with `%d` or `%02d` a series), `.cast`, `.md`, `.json`.
    ///
    /// # Errors
    /// About the word in the name that is wrong.
    pub fn of(name: &str) -> Result<Kind, Diagnostic> {
        let file = name.rfind('/').map_or(0, |at| at + 1);
        let dot = name[file..].rfind('.').map_or(name.len(), |at| file + at);
        let kind = match name[dot..].to_ascii_lowercase().as_str() {
            ".html" | ".htm" => Kind::Html,
            ".svg" => Kind::Svg,
            ".cast" => Kind::Cast,
            ".md" => Kind::Markdown,
            ".json" => Kind::Json,
            _ => {
                let message =
                    format!("{name}: expected a name that ends in .html, .svg, .cast, .md or .json");
                let span = if dot == name.len() { Span::new(file, dot) } else { Span::new(dot, name.len()) };
                return Err(Diagnostic::error("file-kind", span, message));
            }
        };
        let places = places(name);
        let Some(first) = places.first() else { return Ok(kind) };
        let wrong = |span, message: &str| Err(Diagnostic::error("number-in-name", span, message).note(RIGHT));
        if let Some(place) = places.iter().find(|place| !place.is_number) {
            return wrong(place.span, "this stands for nothing in the name of a file");
        }
        if kind != Kind::Svg {
            return wrong(first.span, "only pictures (.svg) are written one per step; this is one file");
        }
        match places.get(1) {
            Some(second) => wrong(second.span, "a second place for the number of the step"),
            None => Ok(Kind::SvgSeries),
        }
    }
}

const RIGHT: &str =
    "for one picture per step write %d, or %02d for at least two digits, once: `--to sb-%02d.svg`";

/// A `%` in a name with digits and a letter behind it.
struct Place {
    span: Span,
    /// Whether it is `%d`, `%2d` or `%02d`.
    is_number: bool,
}

fn places(name: &str) -> Vec<Place> {
    let place = |(at, _): (usize, &str)| {
        let rest = &name[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letter = *rest.as_bytes().get(digits)?;
        letter
            .is_ascii_alphabetic()
            .then(|| Place { span: Span::new(at, at + digits + 2), is_number: letter == b'd' && digits <= 2 })
    };
    name.match_indices('%').filter_map(place).collect()
}

/// `name` with `number` in place of its `%d`, `%2d` or `%02d`; `None` if it has none.
pub fn numbered(name: &str, number: usize) -> Option<String> {
    let Place { span, .. } = places(name).into_iter().find(|place| place.is_number)?;
    let (start, end) = (span.start as usize, span.end as usize);
    let width = &name[start + 1..end - 1];
    let zeros = width.starts_with('0');
    let width: usize = width.parse().unwrap_or(0);
    let number = if zeros { format!("{number:0width$}") } else { format!("{number:width$}") };
    Some(format!("{}{number}{}", &name[..start], &name[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_series_are_numbered() {
        assert_eq!(numbered("sb-%02d.svg", 7).as_deref(), Some("sb-07.svg"));
        assert_eq!(numbered("%d.svg", 12).as_deref(), Some("12.svg"));
        assert_eq!(numbered("100%.svg", 1), None);
        assert_eq!(Kind::of("a/sb-%02d.svg"), Ok(Kind::SvgSeries));
        assert_eq!(Kind::of("100%.svg"), Ok(Kind::Svg));
        assert_eq!(Kind::of("100%.html"), Ok(Kind::Html));
    }

    #[test]
    fn what_is_wrong_in_a_name_is_pointed_at() {
        for (name, word) in [
            ("sb-%s.svg", "%s"),
            ("sb-%03d.html", "%03d"),
            ("sb-%02d-%03d.svg", "%03d"),
            ("sb-%123d.svg", "%123d"),
            ("a.b/sb.pdf", ".pdf"),
            ("a.b/sb", "sb"),
        ] {
            let problem = Kind::of(name).expect_err(name);
            assert_eq!(problem.span.of(name), word, "{name}");
        }
    }
}
