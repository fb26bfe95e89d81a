//! Pictures of a run: one per step, with everything in the same place, or one that moves.

use std::fmt::Write as _;

use super::Film;
use super::draw::{Ink, Piece, Sheet};
use super::html::escape;

/// Size of a character cell and of the margin, in user units.
const CELL: (f64, f64) = (9.0, 20.0);
const MARGIN: f64 = 20.0;

/// Seconds that each state is shown in the moving picture.
const SECONDS: f64 = 2.0;

/// The picture of the frame at `index` in the film.
pub fn still(film: &Film, index: usize) -> String {
    let sheet = Sheet::new(film);
    let mut text = open(film, &sheet);
    pieces(&mut text, &sheet.pieces(film, index));
    text + "</svg>\n"
}

/// All frames one after the other, over and over. Each is a group `step-N`, so that a drawing program can
/// take it apart; where nothing moves, the last is seen.
pub fn moving(film: &Film) -> String {
    let sheet = Sheet::new(film);
    let mut text = open(film, &sheet);
    let count = film.frames.len();
    let total = SECONDS * count as f64;
    let share = 100.0 / count as f64;
    let _ = writeln!(
        text,
        "<style>.f{{visibility:hidden;animation:f {total}s step-end infinite}}.f:last-of-type{{visibility:visible}}\
         @keyframes f{{0%{{visibility:visible}}{share:.4}%{{visibility:hidden}}100%{{visibility:hidden}}}}\
         @media (prefers-reduced-motion:reduce){{.f{{animation:none}}}}</style>"
    );
    for (index, frame) in film.frames.iter().enumerate() {
        let delay = SECONDS * index as f64 - total;
        let style = if count > 1 { format!(" style=\"animation-delay:{delay}s\"") } else { String::new() };
        let _ = writeln!(text, "<g id=\"step-{}\" class=\"f\"{style}>", frame.number);
        pieces(&mut text, &sheet.pieces(film, index));
        text.push_str("</g>\n");
    }
    text + "</svg>\n"
}

fn open(film: &Film, sheet: &Sheet) -> String {
    let width = sheet.columns as f64 * CELL.0 + 2.0 * MARGIN;
    let height = sheet.rows as f64 * CELL.1 + 2.0 * MARGIN;
    let title = escape(&film.heading());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"15\">\n\
         <title>{title}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"#fbfaf7\"/>\n"
    )
}

fn pieces(text: &mut String, pieces: &[Piece]) {
    for piece in pieces {
        let x = MARGIN + piece.column as f64 * CELL.0;
        let y = MARGIN + (piece.row as f64 + 0.75) * CELL.1;
        let length = piece.text.chars().count() as f64 * CELL.0;
        if piece.ink == Ink::Changed {
            let top = MARGIN + piece.row as f64 * CELL.1 + 1.0;
            let (left, width, height) = (x - 3.0, length + 6.0, CELL.1 - 2.0);
            let _ = writeln!(
                text,
                "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"4\" fill=\"#fdf3c4\"/>"
            );
        }
        let style = match piece.ink {
            Ink::Plain | Ink::Changed => "fill=\"#1b1d22\"",
            Ink::Title => "fill=\"#0072b2\" font-weight=\"bold\"",
            Ink::Soft => "fill=\"#5b6069\"",
            Ink::Weak => "fill=\"#b34f00\" font-weight=\"bold\"",
            Ink::Open => "fill=\"#007a59\"",
        };
        let content = escape(&piece.text);
        let _ = writeln!(
            text,
            "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" {style}>{content}</text>"
        );
    }
}
