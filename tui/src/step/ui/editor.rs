//! The text of the test, with what is wrong underlined.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Wrap};

use super::style::Role;
use super::{block, span};
use crate::step::app::App;
use crate::step::edit::{Editor, Problem};

/// On the whole screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, editor: &Editor) {
    let errors = editor.problems().iter().filter(|p| p.error).count();
    let title = Line::from(vec![
        Span::raw(format!(" {} ", app.document.name)),
        span(app, "F5 or Ctrl-R runs  Ctrl-S saves  Tab next problem  Esc leaves ", Role::Dim),
    ]);
    let frame_block = block(app, title, true);
    let inner = frame_block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(frame_block, area);
    let rows = Layout::vertical([Constraint::Min(1), Constraint::Length(3)]).split(inner);
    let (line, column) = editor.cursor();
    let first = line.saturating_sub(usize::from(rows[0].height).saturating_sub(1));
    let left = column.saturating_sub(usize::from(rows[0].width).saturating_sub(6));
    let lines: Vec<Line<'_>> = editor
        .lines()
        .iter()
        .enumerate()
        .skip(first)
        .take(usize::from(rows[0].height))
        .map(|(number, text)| {
            let problems: Vec<&Problem> = editor.problems().iter().filter(|p| p.line == number).collect();
            let mut spans = vec![span(app, format!("{:>3} ", number + 1), Role::Dim)];
            spans.extend(marked(app, text, &problems, left));
            Line::from(spans)
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), rows[0]);
    let here = editor.problems().iter().find(|p| p.line == line).or(editor.problems().first());
    let words = match (here, errors) {
        _ if editor.saving.is_some() => vec![Line::from(vec![
            span(app, "save as ", Role::Key),
            Span::raw(editor.saving.clone().unwrap_or_default()),
            span(app, "_   Enter saves, Esc does not   ", Role::Key),
            span(app, editor.notice.clone(), Role::Changed),
        ])],
        _ if !editor.notice.is_empty() => {
            vec![Line::from(span(app, editor.notice.clone(), Role::Changed))]
        }
        (Some(problem), _) => vec![Line::from(span(
            app,
            format!("line {}: {}", problem.line + 1, problem.message),
            if problem.error { Role::Error } else { Role::Changed },
        ))],
        (None, _) => vec![Line::from(span(app, "no errors: F5 runs it, Ctrl-S saves it", Role::Open))],
    };
    frame.render_widget(Paragraph::new(words).wrap(Wrap { trim: true }), rows[1]);
    let before: String = editor.lines()[line].chars().skip(left).take(column - left).collect();
    let x = rows[0].x + 4 + Line::raw(before).width() as u16;
    let y = rows[0].y + (line - first) as u16;
    frame.set_cursor_position(Position { x: x.min(area.right().saturating_sub(2)), y });
}

/// A line with its problems underlined.
fn marked<'t>(app: &App<'_>, text: &str, problems: &[&Problem], left: usize) -> Vec<Span<'t>> {
    let wrong = |at: usize| problems.iter().find(|p| p.from <= at && at < p.to);
    let mut spans: Vec<Span<'t>> = Vec::new();
    let mut at = left;
    let letters: Vec<char> = text.chars().collect();
    while at < letters.len() {
        let now = wrong(at).map(|p| p.error);
        let end = (at..letters.len()).find(|i| wrong(*i).map(|p| p.error) != now).unwrap_or(letters.len());
        let piece: String = letters[at..end].iter().collect();
        spans.push(match now {
            None => Span::raw(piece),
            Some(true) => span(app, piece, Role::Error),
            Some(false) => span(app, piece, Role::Changed).patch_style(Modifier::UNDERLINED),
        });
        at = end;
    }
    // A problem at the end of the line has no letter to stand under.
    if problems.iter().any(|p| p.error && p.from >= letters.len()) {
        spans.push(span(app, " ", Role::Error));
    }
    spans
}
