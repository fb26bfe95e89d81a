//! The cores, side by side, and memory under them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use traces::view::{Buffered, Cell, Change, CoreView, Row, Status};

use super::style::{Role, sign};
use super::{block, fit, span};
use crate::step::app::{App, Panel};

/// Lines that the cores need: so that nothing moves while one steps, room for buffers is kept.
pub fn height(app: &App<'_>) -> u16 {
    let cores = &app.session.view.cores;
    let program = cores.iter().map(|c| c.program.len()).max().unwrap_or(0);
    let cache = cores.iter().map(|c| c.cache.len() + usize::from(!c.cache.is_empty())).max().unwrap_or(0);
    let buffer = cores.iter().map(|c| c.buffer.len()).max().unwrap_or(0).clamp(2, 6);
    (program + cache + buffer + 5) as u16
}

/// The cores that fit, the one of the selected step among them.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let cores = &app.session.view.cores;
    if cores.is_empty() {
        return;
    }
    let fitting = usize::from(area.width / 34).clamp(1, cores.len());
    let chosen = match app.focus {
        Panel::Program => app.place.0,
        _ => app.session.view.enabled.get(app.session.selected).map_or(0, |s| s.core),
    };
    let first = chosen.saturating_sub(fitting - 1).min(cores.len() - fitting);
    let columns = Layout::horizontal(vec![Constraint::Fill(1); fitting]).split(area);
    for (column, core) in (first..first + fitting).enumerate() {
        one(frame, columns[column], app, core);
    }
}

fn one(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, core: usize) {
    let view = &app.session.view.cores[core];
    let after = app.session.preview.as_ref().and_then(|p| p.cores.get(core));
    let next = app.session.view.enabled.get(app.session.selected).filter(|s| s.core == core);
    let ended = if view.finished { "ended " } else { "" };
    let title = format!(" {} {ended}", view.name);
    let frame_block = block(app, title, app.focus == Panel::Program && app.place.0 == core);
    let inner = frame_block.inner(area);
    frame.render_widget(frame_block, area);
    let width = usize::from(inner.width);
    let mut tail = vec![registers(app, view, after, width)];
    tail.push(Line::from(vec![
        span(app, "store buffer", Role::Dim),
        span(app, if view.buffer.is_empty() { " empty" } else { ", oldest first" }, Role::Dim),
    ]));
    tail.extend(buffer(app, view, after, width));
    if !view.cache.is_empty() {
        tail.push(span(app, "cache", Role::Dim).into());
        tail.extend(view.cache.iter().map(|l| {
            let style = app.settings.theme.change(l.change);
            Line::styled(
                fit(&format!("  {:<6}{:<4}{}{}", l.name, l.state, l.data, sign(l.change)), width),
                style,
            )
        }));
    }
    let room = usize::from(inner.height).saturating_sub(tail.len()).max(1);
    let active = match app.focus {
        Panel::Program if app.place.0 == core => app.place.1,
        _ => next.and_then(|s| s.pc).unwrap_or_else(|| newest(view)),
    };
    let count = view.program.len();
    let first = active.saturating_sub(room / 2).min(count.saturating_sub(room));
    let texts = view.program.iter().map(|r| labelled(r).chars().count()).max().unwrap_or(0);
    let column = texts.min(width.saturating_sub(14)).max(8);
    let mut lines: Vec<Line<'_>> = (first..count.min(first + room))
        .map(|pc| {
            let stepping = next.is_some_and(|s| s.pc == Some(pc));
            let picked = app.focus == Panel::Program && app.place == (core, pc);
            let preview = after.and_then(|a| a.program.get(pc));
            row(app, &view.program[pc], pc, column, width, stepping, picked, preview)
        })
        .collect();
    lines.extend(tail);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The instruction that is furthest on its way.
fn newest(view: &CoreView) -> usize {
    view.program.iter().rposition(|r| !matches!(r.status, Status::Ahead | Status::Skipped)).unwrap_or(0)
}

/// The instruction with its label.
fn labelled(row: &Row) -> String {
    row.labels.first().map(|l| format!("{l}: ")).unwrap_or_default() + &row.text
}

#[allow(clippy::too_many_arguments)]
fn row<'t>(
    app: &App<'_>,
    row: &Row,
    pc: usize,
    column: usize,
    width: usize,
    stepping: bool,
    picked: bool,
    preview: Option<&Row>,
) -> Line<'t> {
    let theme = app.settings.theme;
    let text = fit(&labelled(row), column);
    let pad = column.saturating_sub(Line::raw(text.as_str()).width());
    let role = match row.status {
        Status::Ahead | Status::Skipped => Role::Dim,
        Status::Ready => Role::Title,
        _ => Role::Text,
    };
    let pointer = if stepping { ">" } else { " " };
    let mut spans = vec![
        span(app, pointer, Role::Key),
        span(app, format!("{:>2} ", pc + 1), Role::Dim),
        Span::styled(
            format!("{text}{}", " ".repeat(pad + 1)),
            if picked { theme.style(Role::Selected) } else { theme.style(role) },
        ),
    ];
    let turns = if row.instances > 1 { format!(" x{}", row.instances) } else { String::new() };
    let words = match (row.status, row.detail.as_str()) {
        (status, "") => status.word().to_string(),
        (Status::Done, detail) => detail.to_string(),
        (Status::Waiting, detail) => format!("waits {detail}"),
        (Status::Predicted, detail) => format!("? {detail}"),
        (status, detail) => format!("{} {detail}", status.word()),
    };
    let shown = format!("{words}{turns}{}", sign(row.change));
    let left = width.saturating_sub(column + 5);
    let becomes = preview.filter(|p| p.change != Change::Same).map(|p| match (p.status, p.detail.as_str()) {
        (Status::Done, detail) if !detail.is_empty() => detail.to_string(),
        (status, detail) => format!("{} {detail}", status.word()).trim_end().to_string(),
    });
    match becomes {
        Some(becomes) if stepping || row.detail.is_empty() => {
            spans.push(span(app, fit(&format!("{} -> {becomes}", row.status.word()), left), Role::Preview));
        }
        _ => spans.push(Span::styled(
            fit(&shown, left),
            match row.change {
                Change::Same if row.status == Status::Ready => theme.style(Role::Open),
                Change::Same => theme.style(Role::Dim),
                change => theme.change(change),
            },
        )),
    }
    Line::from(spans)
}

fn registers<'t>(app: &App<'_>, view: &CoreView, after: Option<&CoreView>, width: usize) -> Line<'t> {
    let mut spans = Vec::new();
    let mut used = 0;
    for (index, cell) in view.registers.iter().enumerate() {
        let preview = after.and_then(|a| a.registers.get(index)).filter(|c| c.value != cell.value);
        let text = value_text(cell, preview);
        used += text.chars().count() + 2;
        if used > width + 2 {
            spans.push(span(app, "~", Role::Dim));
            break;
        }
        spans.push(Span::styled(format!("{text}  "), value_style(app, cell, preview)));
    }
    Line::from(spans)
}

/// `x=0*`, or `x=0 -> 1` before a step that changes it.
fn value_text(cell: &Cell, preview: Option<&Cell>) -> String {
    match preview {
        Some(after) => format!("{}={} -> {}", cell.name, cell.value, after.value),
        None => format!("{}={}{}", cell.name, cell.value, sign(cell.change)),
    }
}

fn value_style(app: &App<'_>, cell: &Cell, preview: Option<&Cell>) -> ratatui::style::Style {
    let theme = app.settings.theme;
    if preview.is_some() { theme.style(Role::Preview) } else { theme.change(cell.change) }
}

fn buffer<'t>(app: &App<'_>, view: &CoreView, after: Option<&CoreView>, width: usize) -> Vec<Line<'t>> {
    let theme = app.settings.theme;
    let stays = |b: &Buffered| {
        after.is_none_or(|a| a.buffer.iter().any(|x| x.from == b.from && x.location == b.location))
    };
    let mut lines: Vec<Line<'t>> = view
        .buffer
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let why = match entry.why.first() {
                None => "may drain".to_string(),
                Some(why) => {
                    why.split_once(" waits ").map_or(why.clone(), |(_, rest)| format!("waits {rest}"))
                }
            };
            let text = format!(
                " #{index} {}={} ({}) {}{}",
                entry.location,
                entry.value,
                entry.from,
                why,
                sign(entry.change)
            );
            match stays(entry) {
                true => Line::styled(fit(&text, width), theme.change(entry.change)),
                false => {
                    let text = format!(" #{index} {}={} -> memory", entry.location, entry.value);
                    Line::styled(fit(&text, width), theme.style(Role::Preview))
                }
            }
        })
        .collect();
    let new = after.into_iter().flat_map(|a| &a.buffer).filter(|b| b.change == Change::New);
    lines.extend(new.map(|entry| {
        Line::styled(
            fit(&format!(" + {}={} ({})", entry.location, entry.value, entry.from), width),
            theme.style(Role::Preview),
        )
    }));
    lines
}

/// Memory in one line, in a frame or without.
pub fn memory(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, framed: bool) {
    let view = &app.session.view;
    let mut spans = if framed { vec![Span::raw(" ")] } else { vec![span(app, " memory  ", Role::Title)] };
    for (index, cell) in view.memory.iter().enumerate() {
        let after = app.session.preview.as_ref().and_then(|p| p.memory.get(index));
        let preview = after.filter(|c| c.value != cell.value);
        spans
            .push(Span::styled(format!("{}   ", value_text(cell, preview)), value_style(app, cell, preview)));
    }
    let line = Paragraph::new(Line::from(spans));
    match framed {
        true => frame.render_widget(line.block(block(app, " Memory ", false)), area),
        false => frame.render_widget(line, area),
    }
}
