//! The execution as a graph: a column of events per core, arrows between cores, and the edges in words.

mod lines;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Wrap};
use traces::view::{Edge, EdgeKind, Graph};

use super::style::Role;
use super::{block, fit, span};
use crate::step::app::App;
use lines::Canvas;

/// In a panel.
pub fn panel(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let title = Line::from(vec![Span::raw(" Graph "), span(app, "g: larger ", Role::Dim)]);
    let frame_block = block(app, title, false);
    let inner = frame_block.inner(area).inner(Margin::new(1, 0));
    frame.render_widget(frame_block, area);
    body(frame, inner, app, false);
}

/// On the whole screen.
pub fn full(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let title = Line::from(vec![
        Span::raw(format!(" Graph after step {} ", app.session.history.now().depth)),
        span(app, "u r space arrows work here too; Esc closes ", Role::Dim),
    ]);
    let frame_block = block(app, title, true);
    let inner = frame_block.inner(area).inner(Margin::new(2, 1));
    frame.render_widget(Clear, area);
    frame.render_widget(frame_block, area);
    body(frame, inner, app, true);
}

fn body(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, roomy: bool) {
    let graph = &app.session.graph;
    let mut words = in_words(app, graph);
    if roomy {
        // There is room to spell the cycle out.
        let edges = graph.cycle.iter().map(|e| &graph.edges[*e]);
        words.extend(edges.map(|e| Line::from(span(app, format!("  {}", edge_words(graph, e)), Role::Text))));
    }
    let wanted = words.len() as u16 + 1;
    let rows = Layout::vertical([
        Constraint::Min(area.height.saturating_sub(wanted).min(area.height / 2)),
        Constraint::Length(wanted),
    ])
    .split(area);
    picture(frame, rows[0], app, if roomy { (8, 44) } else { (4, 44) });
    frame.render_widget(Paragraph::new(words).wrap(Wrap { trim: false }), rows[1]);
}

/// Where an event stands: its row, and the columns that its text takes.
#[derive(Debug, Clone)]
struct Spot {
    row: u16,
    from: u16,
    to: u16,
}

/// Events and arrows; `apart` is how far apart rows of events and columns of cores stand at most.
fn picture(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, apart: (usize, usize)) {
    let graph = &app.session.graph;
    let cores = app.session.view.cores.len().max(1);
    if area.width < 8 || area.height < 2 {
        return;
    }
    let of_core = |core: usize| (0..graph.events.len()).filter(move |e| graph.events[*e].core == core);
    let text = |e: usize| {
        let event = &graph.events[e];
        format!("{} {}{}", event.label, event.text, if event.done { "" } else { "\u{2026}" })
    };
    let tallest = (0..cores).map(|c| of_core(c).count()).max().unwrap_or(0).max(1);
    // Events stand as far apart as there is room; the oldest are left out if there is too little.
    let pitch = (usize::from(area.height - 1) / tallest).clamp(2, apart.0);
    let room = (usize::from(area.height - 2) / pitch + 1).max(1);
    let widest = (0..graph.events.len()).map(|e| Line::raw(text(e)).width()).max().unwrap_or(4);
    let width = widest.min((usize::from(area.width) / cores).saturating_sub(1)).max(3) as u16;
    let left = |core: usize| match cores {
        1 => 0,
        _ => {
            let spread = usize::from(area.width.saturating_sub(width)).min((cores - 1) * apart.1);
            (core * spread / (cores - 1)) as u16
        }
    };
    let mut spots: Vec<Option<Spot>> = vec![None; graph.events.len()];
    let mut texts: Vec<(u16, u16, Line<'_>)> = Vec::new();
    for core in 0..cores {
        texts.push((left(core), 0, Line::from(span(app, format!("P{core}"), Role::Dim))));
        let all: Vec<usize> = of_core(core).collect();
        let shown = &all[all.len().saturating_sub(room)..];
        for (place, index) in shown.iter().enumerate() {
            let row = (1 + place * pitch) as u16;
            let words = fit(&text(*index), usize::from(width));
            let to = left(core) + Line::raw(words.as_str()).width() as u16;
            texts.push((left(core), row, Line::from(span(app, words, event_role(graph, *index)))));
            spots[*index] = Some(Spot { row, from: left(core), to });
            if let Some(next) = shown.get(place + 1) {
                let names = between(graph, *index, *next);
                for below in 1..pitch as u16 {
                    let words = if below == 1 { format!("| {names}") } else { "|".into() };
                    let words = fit(&words, usize::from(width));
                    texts.push((left(core), row + below, Line::from(span(app, words, Role::Dim))));
                }
            }
        }
    }
    let mut canvas = Canvas::new(area);
    let mut labels: Vec<(u16, u16, Line<'_>)> = Vec::new();
    for (edge, role, dashed) in arrows(app) {
        let (Some(from), Some(to)) = (spots[edge.from].clone(), spots[edge.to].clone()) else { continue };
        let style = app.settings.theme.style(role);
        let rightwards = from.from < to.from;
        let (start, end, head) =
            if rightwards { (from.to, to.from - 1, ">") } else { (from.from - 1, to.to, "<") };
        canvas.line((start, from.row), (end, to.row), dashed, style);
        labels.push((end, to.row, Line::styled(head, style)));
        // A third of the way: where two arrows cross, their names stay apart.
        let third = |a: u16, b: u16| ((2 * i32::from(a) + i32::from(b) + 1) / 3) as u16;
        if start.abs_diff(end) >= 4 {
            let (column, row) = (third(start, end), third(from.row, to.row));
            labels.push((column, row, Line::styled(edge.kind.name(), style)));
        }
    }
    canvas.draw(frame.buffer_mut());
    for (column, row, line) in labels.into_iter().chain(texts).filter(|(_, row, _)| *row < area.height) {
        let place = Rect::new(area.x + column, area.y + row, area.width.saturating_sub(column), 1);
        frame.render_widget(line, place);
    }
}

/// The arrows between cores: those that are, then those that the selected step would add.
fn arrows<'g>(app: &'g App<'_>) -> Vec<(&'g Edge, Role, bool)> {
    let graph = &app.session.graph;
    let across = |g: &Graph, e: &Edge| g.events[e.from].core != g.events[e.to].core;
    let now = graph.edges.iter().enumerate().filter(|(_, e)| across(graph, e)).map(|(index, edge)| {
        let role = if graph.cycle.contains(&index) { Role::Weak } else { Role::Text };
        (edge, role, false)
    });
    let mut all: Vec<_> = now.collect();
    if let Some(after) = preview(app) {
        let new = after.edges.iter().filter(|e| across(after, e) && !graph.edges.contains(e));
        all.extend(new.map(|edge| (edge, Role::Preview, true)));
    }
    // What matters most is drawn last.
    all.sort_by_key(|(_, role, _)| *role == Role::Weak);
    all
}

/// The graph after the selected step, where its events are those of now.
fn preview<'g>(app: &'g App<'_>) -> Option<&'g Graph> {
    let now = &app.session.graph.events;
    app.session.preview_graph.as_ref().filter(|after| {
        after.events.len() >= now.len()
            && now.iter().zip(&after.events).all(|(a, b)| a.core == b.core && a.label == b.label)
            && after.edges.iter().all(|e| e.from.max(e.to) < now.len())
    })
}

fn event_role(graph: &Graph, index: usize) -> Role {
    let in_cycle = graph.cycle.iter().any(|e| graph.edges[*e].from == index || graph.edges[*e].to == index);
    match (graph.events[index].done, in_cycle) {
        (false, _) => Role::Dim,
        (true, true) => Role::Weak,
        (true, false) => Role::Text,
    }
}

/// What joins two events that follow each other on one core.
fn between(graph: &Graph, from: usize, to: usize) -> String {
    let mut kinds: Vec<EdgeKind> =
        graph.edges.iter().filter(|e| e.from == from && e.to == to).map(|e| e.kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds.iter().map(|k| k.name()).collect::<Vec<_>>().join(" ")
}

/// The edges other than program order in words, with those that the selected step would add in brackets,
/// and the cycle.
fn in_words<'t>(app: &App<'_>, graph: &Graph) -> Vec<Line<'t>> {
    let name = |g: &Graph, e: usize| g.events.get(e).map(|e| e.label.clone()).unwrap_or_default();
    let mut lines = Vec::new();
    for kind in [EdgeKind::Rf, EdgeKind::Co, EdgeKind::Fr, EdgeKind::Dependency] {
        let words = |g: &Graph, e: &Edge| format!("{} {} {}", name(g, e.from), kind.name(), name(g, e.to));
        let mut spans: Vec<Span<'t>> = Vec::new();
        for (index, edge) in graph.edges.iter().enumerate().filter(|(_, e)| e.kind == kind) {
            let role = if graph.cycle.contains(&index) { Role::Weak } else { Role::Text };
            spans.push(span(app, format!("{}   ", words(graph, edge)), role));
        }
        if let Some(after) = preview(app) {
            let new = after.edges.iter().filter(|e| e.kind == kind && !graph.edges.contains(e));
            spans.extend(new.map(|e| span(app, format!("({})   ", words(after, e)), Role::Preview)));
        }
        if !spans.is_empty() {
            lines.push(Line::from(spans));
        }
    }
    if !graph.cycle_words.is_empty() {
        lines.push(Line::from(span(app, format!("{} is a cycle:", graph.cycle_words), Role::Weak)));
        lines.push(Line::from(span(app, "no sequentially consistent run does this.", Role::Weak)));
    } else if let Some(after) = app.session.preview_graph.as_ref().filter(|g| !g.cycle_words.is_empty()) {
        let words = format!("the selected step closes {}", after.cycle_words);
        lines.push(Line::from(span(app, words, Role::Preview)));
    }
    lines
}

/// An edge of the graph as a sentence without full stop.
pub(super) fn edge_words(graph: &Graph, edge: &Edge) -> String {
    let name = |e: usize| format!("{} ({})", graph.events[e].label, graph.events[e].text);
    let (from, to) = (name(edge.from), name(edge.to));
    match edge.kind {
        EdgeKind::Po => format!("{from} stands before {to} in the program"),
        EdgeKind::Rf => format!("{from} is what {to} reads"),
        EdgeKind::Co => format!("{from} is overwritten by {to}"),
        EdgeKind::Fr => format!("{from} reads something older than {to}"),
        EdgeKind::Dependency => format!("{from} is needed for {to}"),
    }
}
