//! The list of built-in tests.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph, Wrap};

use super::fit;
use super::style::Role;
use crate::step::gallery::Gallery;
use crate::step::theme::Theme;

/// Draws the gallery.
pub fn draw(frame: &mut Frame<'_>, gallery: &Gallery, theme: Theme) {
    let area = frame.area();
    let style = |role| theme.style(role);
    let (top, left, right, bottom) = parts(area);
    let heading = vec![
        Line::from(vec![
            Span::styled(" litmuscope ", style(Role::Title)),
            Span::styled(" see the weak outcome emerge", style(Role::Dim)),
        ]),
        Line::from(vec![
            Span::styled(" search ", style(Role::Key)),
            Span::raw(gallery.query.clone()),
            Span::styled("_", style(Role::Key)),
            Span::styled(format!("   {}", gallery.notice), style(Role::Changed)),
        ]),
    ];
    frame.render_widget(Paragraph::new(heading), top);
    let bordered = |title: String, role: Role| {
        Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(style(role))
            .title(title)
            .title_style(style(Role::Title))
    };
    let found = gallery.found();
    let list = bordered(format!(" Tests {} ", found.len()), Role::Focus);
    let inner = list.inner(left);
    frame.render_widget(list, left);
    let height = usize::from(inner.height).max(1);
    let first = first(gallery, inner);
    let width = usize::from(inner.width);
    let lines: Vec<Line<'_>> = found
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .map(|(index, entry)| {
            let chosen = index == gallery.selected;
            let line = Line::from(vec![
                Span::styled(if chosen { ">" } else { " " }, style(Role::Key)),
                Span::styled(format!("{:<8}", entry.arch), style(Role::Dim)),
                Span::styled(format!("{:<22} ", fit(entry.name, 22)), style(Role::Title)),
                Span::styled(fit(entry.description, width.saturating_sub(33)), style(Role::Dim)),
            ]);
            if chosen { line.style(style(Role::Selected)) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
    if right.height > 2 {
        preview(frame, right, gallery, style, &bordered);
    }
    let keys = [
        ("type", "to search"),
        ("arrows", "select"),
        ("enter", "step through it"),
        ("esc", "clear"),
        ("ctrl-c", "quit"),
    ];
    let mut spans = vec![Span::raw(" ")];
    for (key, short) in keys {
        spans.push(Span::styled(key, style(Role::Key)));
        spans.push(Span::styled(format!(" {short}  "), style(Role::Dim)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), bottom);
}

/// The test at a place of the screen.
pub fn target(area: Rect, gallery: &Gallery, column: u16, row: u16) -> Option<usize> {
    let inner = parts(area).1.inner(ratatui::layout::Margin::new(1, 1));
    let place = ratatui::layout::Position { x: column, y: row };
    let index = inner.contains(place).then(|| first(gallery, inner) + usize::from(row - inner.y))?;
    (index < gallery.found().len()).then_some(index)
}

/// Index of the test in the first row of the list.
fn first(gallery: &Gallery, inner: Rect) -> usize {
    let height = usize::from(inner.height).max(1);
    let count = gallery.found().len();
    gallery.selected.saturating_sub(height / 2).min(count.saturating_sub(height))
}

/// Heading, list, preview and keys.
fn parts(area: Rect) -> (Rect, Rect, Rect, Rect) {
    let rows =
        Layout::vertical([Constraint::Length(2), Constraint::Min(3), Constraint::Length(1)]).split(area);
    let below = if area.height > 20 { 11 } else { 0 };
    let parts = match area.width >= 100 {
        true => Layout::horizontal([Constraint::Percentage(48), Constraint::Min(30)]),
        false => Layout::vertical([Constraint::Min(3), Constraint::Length(below)]),
    }
    .split(rows[1]);
    (rows[0], parts[0], parts[1], rows[2])
}

fn preview(
    frame: &mut Frame<'_>,
    area: Rect,
    gallery: &Gallery,
    style: impl Fn(Role) -> Style,
    bordered: &dyn Fn(String, Role) -> Block<'static>,
) {
    let Some(entry) = gallery.found().get(gallery.selected).copied() else { return };
    let mut lines = vec![Line::styled(entry.description, style(Role::Title)), Line::raw("")];
    let body = entry.text.lines().skip_while(|l| !l.starts_with('{'));
    lines.extend(body.map(Line::raw));
    lines.push(Line::raw(""));
    if let Some(kind) = entry.kind {
        let words = if kind.allowed { "can happen" } else { "cannot happen" };
        lines.push(Line::styled(format!("{words} ({})", kind.source), style(Role::Dim)));
    }
    let text = Paragraph::new(lines).wrap(Wrap { trim: false });
    frame.render_widget(text.block(bordered(format!(" {} ", entry.name), Role::Border)), area);
}
