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
    let rows =
        Layout::vertical([Constraint::Length(2), Constraint::Min(3), Constraint::Length(1)]).split(area);
    let heading = vec![
        Line::from(vec![
            Span::styled(" litmuscope ", style(Role::Title)),
            Span::styled(" see the weak outcome emerge", style(Role::Dim)),
        ]),
        Line::from(vec![
            Span::styled(" search ", style(Role::Key)),
            Span::raw(gallery.query.clone()),
            Span::styled("_", style(Role::Key)),
        ]),
    ];
    frame.render_widget(Paragraph::new(heading), rows[0]);
    let wide = area.width >= 100;
    let parts = match wide {
        true => Layout::horizontal([Constraint::Percentage(48), Constraint::Min(30)]).split(rows[1]),
        false => {
            Layout::vertical([Constraint::Min(3), Constraint::Length(if area.height > 20 { 11 } else { 0 })])
                .split(rows[1])
        }
    };
    let bordered = |title: String, role: Role| {
        Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(style(role))
            .title(title)
            .title_style(style(Role::Title))
    };
    let found = gallery.found();
    let list = bordered(format!(" Tests {} ", found.len()), Role::Focus);
    let inner = list.inner(parts[0]);
    frame.render_widget(list, parts[0]);
    let height = usize::from(inner.height).max(1);
    let first = gallery.selected.saturating_sub(height / 2).min(found.len().saturating_sub(height));
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
    if parts[1].height > 2 {
        preview(frame, parts[1], gallery, style, &bordered);
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
    frame.render_widget(Paragraph::new(Line::from(spans)), rows[2]);
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
