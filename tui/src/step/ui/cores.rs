//! The cores, side by side, and memory under them.

mod row;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use traces::view::{Buffered, Cell, Change, CoreView, Status};

use super::style::{Role, sign};
use super::{block, counts, fit, more, spaced, span};
use crate::step::app::{App, Panel};

/// Columns that a core needs at least.
const WIDTH_MIN: u16 = 28;
/// Columns of the words before registers, store buffer and cache.
const LABEL: usize = 8;

/// How the cores are laid out: how many side by side, and how many such rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Cores side by side.
    pub columns: usize,
    /// Rows of cores.
    pub rows: usize,
    /// Whether each core has a line with what it has cost.
    pub counts: bool,
}

impl Grid {
    /// The grid that shows as many cores as possible in this many columns and at most `rows` rows.
    pub fn of(cores: usize, width: u16, rows: usize) -> Grid {
        let fitting = usize::from(width / WIDTH_MIN).max(1);
        let rows = cores.div_ceil(fitting).clamp(1, rows);
        Grid { columns: cores.div_ceil(rows).clamp(1, fitting), rows, counts: false }
    }
}

/// Lines that one row of cores needs; room for buffers is kept so that nothing moves while one steps.
pub fn height(app: &App<'_>, grid: Grid) -> u16 {
    let cores = &app.session.view.cores;
    let lines = if app.document.setup.protocol.is_some() { app.session.view.memory.len().min(4) } else { 0 };
    let cache = cores.iter().map(|c| c.cache.len()).max().unwrap_or(0).max(lines);
    let kept = if grid.rows > 1 { 1 } else { 2 };
    let buffer = cores.iter().map(|c| c.buffer.len()).max().unwrap_or(0).clamp(kept, 6);
    (rows(app) + 1 + buffer + cache + usize::from(grid.counts) + 2) as u16
}

/// Number of instructions of the longest program.
fn longest(app: &App<'_>) -> usize {
    app.session.view.cores.iter().map(|c| c.program.len()).max().unwrap_or(0)
}

/// Lines that the longest program wants: for a projector there is air between the instructions.
fn rows(app: &App<'_>) -> usize {
    let longest = longest(app);
    if app.settings.present { (2 * longest).saturating_sub(1) } else { longest }
}

/// The cores that fit, the one of the selected step among them.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, grid: Grid) {
    let cores = &app.session.view.cores;
    if cores.is_empty() {
        return;
    }
    let chosen = match app.focus {
        Panel::Program => app.place.0,
        _ => app.session.view.enabled.get(app.session.selected).map_or(0, |s| s.core),
    };
    let fitting = (grid.columns * grid.rows).clamp(1, cores.len());
    let first = chosen.saturating_sub(fitting - 1).min(cores.len() - fitting);
    let rows = Layout::vertical(vec![Constraint::Fill(1); grid.rows]).split(area);
    for (row, line) in rows.iter().enumerate() {
        let columns = Layout::horizontal(vec![Constraint::Fill(1); grid.columns]).split(*line);
        for (column, place) in columns.iter().enumerate() {
            let core = first + row * grid.columns + column;
            if core < first + fitting {
                one(frame, *place, app, core, grid.counts);
            }
        }
    }
}

fn one(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, core: usize, counted: bool) {
    let view = &app.session.view.cores[core];
    let after = app.session.preview.as_ref().and_then(|p| p.cores.get(core));
    let next = app.session.view.enabled.get(app.session.selected).filter(|s| s.core == core);
    let ended = if view.finished { "has ended " } else { "" };
    let title = format!(" {} {ended}", view.name);
    let frame_block = block(app, title, app.focus == Panel::Program && app.place.0 == core);
    let inner = frame_block.inner(area);
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let (buffer, cache) = (buffer(app, view, after, width), cache(app, view, after, width));
    let mut tail: Vec<Vec<Line<'_>>> = vec![vec![registers(app, view, after, width)], buffer, cache];
    tail.push(counts::line(app, core, width).filter(|_| counted).into_iter().collect());
    // What is empty gives way to the program.
    let none = |held: fn(&CoreView) -> usize| held(view) == 0 && after.is_none_or(|a| held(a) == 0);
    let empty = [none(|c| c.registers.len()), none(|c| c.buffer.len()), none(|c| c.cache.len())];
    for part in [2, 1, 0] {
        let lines = view.program.len() + tail.iter().map(Vec::len).sum::<usize>();
        if lines > height && empty[part] && tail[part].len() == 1 {
            tail[part].clear();
        }
    }
    let tail: Vec<Line<'_>> = tail.concat();
    let room = height.saturating_sub(tail.len()).max(1);
    let active = match app.focus {
        Panel::Program if app.place.0 == core => app.place.1,
        _ => next.and_then(|s| s.pc).unwrap_or_else(|| newest(view)),
    };
    let count = view.program.len();
    let keys = if app.focus == Panel::Program { "arrows" } else { "" };
    frame.render_widget(frame_block.title_bottom(more(app, count.saturating_sub(room), keys)), area);
    let first = active.saturating_sub(room / 2).min(count.saturating_sub(room));
    let column = row::Column::of(view, width);
    let mut lines: Vec<Line<'_>> = (first..count.min(first + room))
        .map(|pc| {
            let stepping = next.is_some_and(|s| s.pc == Some(pc));
            let picked = app.focus == Panel::Program && app.place == (core, pc);
            let preview = after.and_then(|a| a.program.get(pc));
            row::line(app, &view.program[pc], pc, column, (stepping, picked), preview)
        })
        .collect();
    if app.settings.present && rows(app) <= room {
        lines = spaced(lines);
    }
    // Registers and buffers of all cores stand at one height.
    let rows = rows(app);
    lines.resize(rows.min(room).max(lines.len()), Line::raw(""));
    lines.extend(tail);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The instruction that is furthest on its way.
fn newest(view: &CoreView) -> usize {
    view.program.iter().rposition(|r| !matches!(r.status, Status::Ahead | Status::Skipped)).unwrap_or(0)
}

/// The dim word before a line; nothing before those that follow it.
fn label<'t>(app: &App<'_>, word: &str) -> Span<'t> {
    span(app, format!(" {word:<width$}", width = LABEL - 1), Role::Dim)
}

fn registers<'t>(app: &App<'_>, view: &CoreView, after: Option<&CoreView>, width: usize) -> Line<'t> {
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
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

fn value_style(app: &App<'_>, cell: &Cell, preview: Option<&Cell>) -> Style {
    let theme = app.settings.theme;
    if preview.is_some() { theme.style(Role::Preview) } else { theme.change(cell.change) }
}

/// The store buffer, oldest first, with what the selected step would take out of it or put into it.
fn buffer<'t>(app: &App<'_>, view: &CoreView, after: Option<&CoreView>, width: usize) -> Vec<Line<'t>> {
    let theme = app.settings.theme;
    let room = width.saturating_sub(LABEL);
    let mut texts: Vec<(String, Style)> = Vec::new();
    for (index, entry) in view.buffer.iter().enumerate() {
        let value = format!("#{index} {}={}", entry.location, entry.value);
        if after.is_some_and(|after| leaves(&view.buffer, &after.buffer, index)) {
            texts.push((format!("{value} -> memory"), theme.style(Role::Preview)));
            continue;
        }
        let why = match entry.why.first() {
            None => "may drain".to_string(),
            Some(why) => why.split_once(" waits ").map_or(why.clone(), |(_, rest)| format!("waits {rest}")),
        };
        texts.push((format!("{value} {why}{}", sign(entry.change)), theme.change(entry.change)));
    }
    let new = after.into_iter().flat_map(|a| &a.buffer).filter(|b| b.change == Change::New);
    texts.extend(new.map(|e| (format!("-> {}={}", e.location, e.value), theme.style(Role::Preview))));
    if texts.is_empty() {
        texts.push(("empty".into(), theme.style(Role::Dim)));
    }
    texts
        .into_iter()
        .enumerate()
        .map(|(index, (text, style))| {
            let word = if index == 0 { "buffer" } else { "" };
            Line::from(vec![label(app, word), Span::styled(fit(&text, room), style)])
        })
        .collect()
}

/// Whether the entry at `index` of a store buffer is not in the buffer `after` a step any more. Stores to one location
/// leave it in their order, and in a loop nothing else tells them apart.
fn leaves(now: &[Buffered], after: &[Buffered], index: usize) -> bool {
    let same = |entry: &&Buffered| entry.location == now[index].location;
    let kept = after.iter().filter(same).filter(|entry| entry.change != Change::New).count();
    now[..index].iter().filter(same).count() + kept < now.iter().filter(same).count()
}

/// The lines of the private cache: name, state, data.
fn cache<'t>(app: &App<'_>, view: &CoreView, after: Option<&CoreView>, width: usize) -> Vec<Line<'t>> {
    let room = width.saturating_sub(LABEL);
    let new = after.into_iter().flat_map(|a| &a.cache).filter(|l| l.change == Change::New);
    let names = view.cache.iter().chain(new.clone()).map(|l| l.name.chars().count()).max().unwrap_or(0);
    if view.cache.is_empty() && app.document.setup.protocol.is_some() && new.clone().next().is_none() {
        return vec![Line::from(vec![label(app, "cache"), span(app, "empty", Role::Dim)])];
    }
    held(app, &view.cache, after.map(|a| a.cache.as_slice()), names)
        .into_iter()
        .enumerate()
        .map(|(index, (text, style))| {
            let word = if index == 0 { "cache" } else { "" };
            Line::from(vec![label(app, word), Span::styled(fit(&text, room), style)])
        })
        .collect()
}

/// The lines of a cache with what the selected step would change, names padded to `names` columns.
fn held(
    app: &App<'_>,
    lines: &[traces::view::Line],
    after: Option<&[traces::view::Line]>,
    names: usize,
) -> Vec<(String, Style)> {
    let theme = app.settings.theme;
    let now = lines.iter().map(|line| {
        let next = after.and_then(|a| a.iter().find(|l| l.name == line.name && l.queued == line.queued));
        let next = next.filter(|l| l.state != line.state || l.data != line.data);
        let text = format!("{:<names$} {:<2} {}", line.name, line.state, line.data);
        match next {
            Some(next) => (format!("{text} -> {} {}", next.state, next.data), theme.style(Role::Preview)),
            None => (format!("{text}{}", sign(line.change)), theme.change(line.change)),
        }
    });
    let new = after.into_iter().flatten().filter(|l| l.change == Change::New).map(|l| {
        let text = format!("-> {:<names$} {} {}", l.name, l.state, l.data);
        (text, theme.style(Role::Preview))
    });
    now.chain(new).collect()
}

/// Whether the cores share a second level of cache.
fn has_level2(app: &App<'_>) -> bool {
    app.document.setup.features.iter().any(|feature| feature.starts_with("l2="))
}

/// The lines of the second level that the cores share.
fn level2<'t>(app: &App<'_>) -> Vec<Span<'t>> {
    if !has_level2(app) {
        return Vec::new();
    }
    let after = app.session.preview.as_ref().map(|p| p.level2.as_slice());
    let mut texts = held(app, &app.session.view.level2, after, 0);
    if texts.is_empty() {
        texts.push(("empty".to_string(), app.settings.theme.style(Role::Dim)));
    }
    let texts = texts.into_iter().map(|(text, style)| Span::styled(format!("{text}   "), style));
    [span(app, "second level  ", Role::Dim)].into_iter().chain(texts).collect()
}

/// Lines that memory and what is between caches need, the frame included.
pub fn memory_height(app: &App<'_>) -> u16 {
    match (app.document.setup.protocol.is_some(), has_level2(app)) {
        (false, _) => 3,
        (true, false) => 6,
        (true, true) => 7,
    }
}

/// Memory in one line, and below it what is on the bus or on its way, in a frame; or all in one line.
pub fn memory(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, framed: bool) {
    let theme = app.settings.theme;
    let view = &app.session.view;
    let mut spans = if framed { vec![Span::raw(" ")] } else { vec![span(app, " memory  ", Role::Title)] };
    for (index, cell) in view.memory.iter().enumerate() {
        let after = app.session.preview.as_ref().and_then(|p| p.memory.get(index));
        let preview = after.filter(|c| c.value != cell.value);
        let text = format!("{}   ", value_text(cell, preview));
        spans.push(Span::styled(text, value_style(app, cell, preview)));
    }
    let caches = app.document.setup.protocol.is_some();
    let after = app.session.preview.iter().flat_map(|p| &p.traffic);
    let mut traffic: Vec<Span<'_>> = view
        .traffic
        .iter()
        .map(|m| Span::styled(format!("{}{}", m.text, sign(m.change)), theme.change(m.change)))
        .chain(
            after
                .filter(|m| m.change == Change::New)
                .map(|m| span(app, format!("-> {}", m.text), Role::Preview)),
        )
        .collect();
    if caches && traffic.is_empty() {
        traffic.push(span(app, "nothing is under way between the caches", Role::Dim));
    }
    let level2 = level2(app);
    if !framed {
        if !level2.is_empty() {
            spans.push(span(app, "| ", Role::Dim));
            spans.extend(level2);
        }
        for message in traffic {
            spans.extend([span(app, "| ", Role::Dim), message, Span::raw(" ")]);
        }
        frame.render_widget(Line::from(spans), area);
        return;
    }
    let title = if caches { " Memory, and between the caches " } else { " Memory " };
    let mut lines = vec![Line::from(spans)];
    if !level2.is_empty() {
        lines.push(Line::from([vec![Span::raw(" ")], level2].concat()));
    }
    lines.extend(traffic.into_iter().map(|message| Line::from(vec![Span::raw(" "), message])));
    frame.render_widget(Paragraph::new(lines).block(block(app, title, false)), area);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_stores_the_oldest_leaves() {
        let entry = |location: &str, change| Buffered {
            location: location.into(),
            value: "1".into(),
            from: "P0.1".into(),
            change,
            ..Buffered::default()
        };
        let (x, y) = (entry("x", Change::Same), entry("y", Change::Same));
        let leaving = |now: &[Buffered], after: &[Buffered]| -> Vec<bool> {
            (0..now.len()).map(|index| leaves(now, after, index)).collect()
        };
        let (xyx, yx) = ([x.clone(), y.clone(), x.clone()], [y.clone(), x.clone()]);
        assert_eq!(leaving(&xyx, &yx), [true, false, false]);
        assert_eq!(leaving(&xyx, &xyx), [false, false, false]);
        assert_eq!(leaving(&yx, &[y, x, entry("x", Change::New)]), [false, false]);
    }
}
