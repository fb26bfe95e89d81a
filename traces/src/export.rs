//! Traces as pages, pictures, films and handouts: all drawn from one [`Film`], which shows what the terminal
//! shows.

pub mod cast;
mod draw;
mod film;
pub mod html;
pub mod json;
pub mod markdown;
mod reach;
pub mod svg;

pub use film::{Film, Frame, OUTCOME_STATES_MAX, film};

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
    /// A sentence that says which endings there are.
    pub fn of(name: &str) -> Result<Kind, String> {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match ending.as_str() {
            "html" | "htm" => Ok(Kind::Html),
            "svg" if numbered(name, 0).is_some() => Ok(Kind::SvgSeries),
            "svg" => Ok(Kind::Svg),
            "cast" => Ok(Kind::Cast),
            "md" => Ok(Kind::Markdown),
            "json" => Ok(Kind::Json),
            _ => Err(format!("{name}: expected a name that ends in .html, .svg, .cast, .md or .json")),
        }
    }
}

/// `name` with `number` in place of its `%d`, `%2d` or `%02d`; `None` if it has none.
pub fn numbered(name: &str, number: usize) -> Option<String> {
    let at = name.find('%')?;
    let rest = &name[at + 1..];
    let digits = rest.find('d')?;
    let width = &rest[..digits];
    if !width.bytes().all(|b| b.is_ascii_digit()) || width.len() > 2 {
        return None;
    }
    let zeros = width.starts_with('0');
    let width: usize = width.parse().unwrap_or(0);
    let number = if zeros { format!("{number:0width$}") } else { format!("{number:width$}") };
    Some(format!("{}{number}{}", &name[..at], &rest[digits + 1..]))
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
        assert!(Kind::of("sb.pdf").is_err());
    }
}
