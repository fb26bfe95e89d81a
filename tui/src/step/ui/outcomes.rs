//! The outcomes and how things stand with them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use traces::view::{OutcomeView, Reach};

use super::style::Role;
use super::{block, fit, more, selected, spaced, span};
use crate::step::app::{App, Panel};

/// The letter by which steps refer to an outcome.
pub fn letter(index: usize) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}

/// Lines that the panel needs at this width, its frame included.
pub fn height(app: &App<'_>, width: u16) -> u16 {
    let columns = columns(app, width.saturating_sub(2), 1);
    let below = usize::from(asks_for_nothing(app));
    let rows = app.session.outcomes.len().max(1).div_ceil(columns);
    // For a projector there is air between the outcomes.
    let rows = if app.settings.present { 2 * rows - 1 } else { rows };
    (rows + below + 2).min(100) as u16
}

/// How many columns of outcomes stand side by side.
fn columns(app: &App<'_>, width: u16, height: usize) -> usize {
    let longest = app.session.outcomes.iter().map(|o| o.text.chars().count()).max().unwrap_or(0);
    let wide = usize::from(width) / 2 >= longest + 14;
    if wide && app.session.outcomes.len() > height { 2 } else { 1 }
}

/// How many columns there are, and the index of the first row, in a panel of this size inside its frame.
fn shape(app: &App<'_>, inner: Rect) -> (usize, usize) {
    let height = usize::from(inner.height).max(1);
    let columns = columns(app, inner.width, height);
    let row = app.session.ranked().iter().position(|o| *o == app.outcome).unwrap_or(0) / columns;
    (columns, (row + 1).saturating_sub(height))
}

/// Whether so many rows stand with air between them: for a projector, where there is room.
fn is_spaced(app: &App<'_>, rows: usize, height: usize) -> bool {
    app.settings.present && 2 * rows <= height + 1
}

/// Whether no outcome is what the test asks about.
fn asks_for_nothing(app: &App<'_>) -> bool {
    let session = &app.session;
    let asked = session.outcomes.iter().any(|o| o.asked);
    session.outcomes_complete && !session.outcomes.is_empty() && !asked
}

/// What there is to say below the outcomes, if there is room.
fn notes<'t>(app: &App<'_>) -> Vec<Line<'t>> {
    let session = &app.session;
    let mut lines = Vec::new();
    if session.outcomes.is_empty() {
        let text = if session.outcomes_complete { " no run ends" } else { " searching for all outcomes" };
        lines.push(Line::from(span(app, text, Role::Dim)));
    } else if asks_for_nothing(app) {
        lines.push(Line::from(span(app, " what is asked: never (e: why)", Role::Key)));
    } else if !session.outcomes_complete {
        lines.push(Line::from(span(app, " there may be more: not all states were looked at", Role::Key)));
    }
    let explored = session.explored;
    let words = match (explored.complete, session.outcomes_complete) {
        (true, true) => format!(" all {} states explored", explored.states),
        (true, false) => format!(" {} states explored, loops bounded", explored.states),
        (false, _) if explored.states > 0 => format!(" {} states so far", explored.states),
        _ => return lines,
    };
    lines.push(Line::from(span(app, words, Role::Dim)));
    lines
}

/// The outcome at a place inside the panel's frame.
pub fn at(app: &App<'_>, inner: Rect, row: u16, column: u16) -> Option<usize> {
    let (columns, first) = shape(app, inner);
    let place = usize::from(column) * columns / usize::from(inner.width.max(1));
    let rows = app.session.outcomes.len().div_ceil(columns);
    let row = match is_spaced(app, rows, usize::from(inner.height)) {
        true if row % 2 == 1 => return None,
        true => usize::from(row / 2),
        false => usize::from(row),
    };
    app.session.ranked().get((first + row) * columns + place).copied()
}

/// The outcomes, in two columns where the panel is low and wide.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let session = &app.session;
    let focused = app.focus == Panel::Outcomes;
    let title = Line::from(vec![Span::raw(" Outcomes "), span(app, "! weak  + open  x lost ", Role::Dim)]);
    let frame_block = block(app, title, focused);
    let inner = frame_block.inner(area);
    let height = usize::from(inner.height).max(1);
    let (columns, first) = shape(app, inner);
    let ranked = session.ranked();
    let hidden = ranked.len().saturating_sub(height * columns);
    let keys = if focused { "arrows" } else { "Tab, arrows" };
    frame.render_widget(frame_block.title_bottom(more(app, hidden, keys)), area);
    let width = usize::from(inner.width) / columns;
    let mut lines: Vec<Line<'_>> = Vec::new();
    for start in (first * columns..ranked.len()).step_by(columns).take(height) {
        let mut spans = Vec::new();
        for index in ranked.iter().copied().skip(start).take(columns) {
            let line = one(app, index, &session.outcomes[index], width);
            spans.extend(
                line.spans
                    .into_iter()
                    .map(|s| if focused && index == app.outcome { s.patch_style(selected(app)) } else { s }),
            );
        }
        lines.push(Line::from(spans));
    }
    if is_spaced(app, lines.len(), height) {
        lines = spaced(lines);
    }
    lines.extend(notes(app));
    lines.truncate(height);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// An outcome whole if there is room, else without what all outcomes have in common.
fn telling(app: &App<'_>, text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_string();
    }
    let outcomes = &app.session.outcomes;
    let common = |part: &&str| outcomes.iter().all(|o| o.text.split("; ").any(|other| other == *part));
    let differs: Vec<&str> = text.split("; ").filter(|part| !common(part)).collect();
    if differs.is_empty() { text.to_string() } else { differs.join("; ") }
}

fn one<'t>(app: &App<'_>, index: usize, outcome: &OutcomeView, width: usize) -> Line<'t> {
    let goal = app.session.goal.as_ref().is_some_and(|g| g.outcome == index);
    let role = match (outcome.reach, outcome.weak) {
        (Reach::Lost(_) | Reach::Never, _) => Role::Lost,
        (Reach::Unknown, _) => Role::Dim,
        (_, Some(true)) => Role::Weak,
        _ => Role::Open,
    };
    let state = match outcome.reach {
        Reach::Lost(depth) => format!(" lost @{depth}"),
        Reach::Here => " here".into(),
        Reach::Never => " never".into(),
        Reach::Unknown => " ?".into(),
        Reach::Open if app.session.beyond.contains(&index) => " what-if".into(),
        Reach::Open if outcome.weak == Some(true) => " weak".into(),
        Reach::Open => String::new(),
    };
    let mark = format!("{}{} {} ", if goal { '>' } else { ' ' }, letter(index), outcome.sign());
    // Where there is little room the words give way to the outcome: the signs say the same.
    let words = [
        (if outcome.asked { " asked" } else { "" }, state.as_str()),
        (
            if outcome.asked { " asked" } else { "" },
            if outcome.reach == Reach::Open { "" } else { state.as_str() },
        ),
        ("", if outcome.reach == Reach::Open { "" } else { state.as_str() }),
    ];
    let text = telling(app, &outcome.text, width.saturating_sub(mark.len() + 1));
    let length = text.chars().count() + mark.len() + 1;
    let fits = words.iter().find(|(asked, state)| length + asked.len() + state.len() <= width);
    let (asked, state) = fits.copied().unwrap_or(words[2]);
    let room = width.saturating_sub(mark.len() + state.len() + asked.len() + 1);
    let text = fit(&text, room);
    let tail = " ".repeat(room.saturating_sub(text.chars().count()));
    Line::from(vec![
        span(app, mark, if goal { Role::Goal } else { role }),
        span(app, text, role),
        span(app, asked, Role::Key),
        span(app, format!("{state}{tail} "), role),
    ])
}
