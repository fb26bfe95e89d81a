//! A run as a terminal recording: asciicast, version 2.

use std::fmt::Write as _;

use serde_json::json;

use super::Film;
use super::draw::{Ink, Sheet};

/// Seconds between states.
const SECONDS: f64 = 2.0;

/// The film as a recording: a header, then an event per state.
pub fn cast(film: &Film) -> String {
    let sheet = Sheet::new(film);
    let title = film.heading();
    let header = json!({"version": 2, "width": sheet.columns + 2, "height": sheet.rows + 1, "title": title});
    let mut text = format!("{header}\n");
    for number in 0..film.frames.len() {
        // Clear the screen, then put each piece in its place.
        let mut screen = String::from("\u{1b}[0m\u{1b}[2J\u{1b}[?25l");
        for piece in sheet.pieces(film, number) {
            let style = match piece.ink {
                Ink::Plain => "0",
                Ink::Title => "0;1;38;2;86;180;233",
                Ink::Soft => "0;2",
                Ink::Changed => "0;1;38;2;240;228;66",
                Ink::Weak => "0;1;38;2;213;94;0",
                Ink::Open => "0;38;2;0;158;115",
            };
            let shown: String = piece.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let _ = write!(screen, "\u{1b}[{};{}H\u{1b}[{style}m{shown}", piece.row + 1, piece.column + 2);
        }
        let _ = writeln!(text, "{}", json!([SECONDS * number as f64, "o", screen]));
    }
    let end = json!([SECONDS * film.frames.len() as f64, "o", "\u{1b}[0m\u{1b}[?25h\r\n"]);
    let _ = writeln!(text, "{end}");
    text
}
