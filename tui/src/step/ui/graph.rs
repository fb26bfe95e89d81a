//! The execution as a graph: a column of events per core, and the edges between them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Wrap};
use traces::view::{EdgeKind, Graph};

use super::style::Role;
use super::{block, fit, span};
use crate::step::app::App;

/// In a panel.
pub fn panel(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let title = Line::from(vec![Span::raw(" Graph "), span(app, "g: larger ", Role::Dim)]);
    let frame_block = block(app, title, false);
    let inner = frame_block.inner(area);
    frame.render_widget(frame_block, area);
    body(frame, inner, app);
}

/// On the whole screen.
pub fn full(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let title = Line::from(vec![
        Span::raw(format!(" Graph after step {} ", app.session.history.now().depth)),
        span(app, "u r space arrows work here too; Esc closes ", Role::Dim),
    ]);
    let frame_block = block(app, title, true);
    let inner = frame_block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(frame_block, area);
    body(frame, inner, app);
}

fn body(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let graph = &app.session.graph;
    let cores = app.session.view.cores.len().max(1);
    let tallest = (0..cores).map(|c| graph.events.iter().filter(|e| e.core == c).count()).max().unwrap_or(0);
    let rows = Layout::vertical([
        Constraint::Length((2 * tallest + 1).min(usize::from(area.height).saturating_sub(4)) as u16),
        Constraint::Min(1),
    ])
    .split(area);
    let columns = Layout::horizontal(vec![Constraint::Fill(1); cores]).split(rows[0]);
    for (core, column) in columns.iter().enumerate() {
        frame.render_widget(Paragraph::new(events(app, graph, core, column)), *column);
    }
    frame.render_widget(Paragraph::new(edges(app, graph)).wrap(Wrap { trim: true }), rows[1]);
}

/// One core's events from top to bottom, the oldest left out if there are too many.
fn events<'t>(app: &App<'_>, graph: &Graph, core: usize, area: &Rect) -> Vec<Line<'t>> {
    let all: Vec<usize> = (0..graph.events.len()).filter(|e| graph.events[*e].core == core).collect();
    let room = (usize::from(area.height).saturating_sub(1) / 2).max(1);
    let shown = &all[all.len().saturating_sub(room)..];
    let mut lines = vec![Line::from(span(app, format!("P{core}"), Role::Dim))];
    for (place, index) in shown.iter().enumerate() {
        let event = &graph.events[*index];
        let in_cycle =
            graph.cycle.iter().any(|e| graph.edges[*e].from == *index || graph.edges[*e].to == *index);
        let role = match (event.done, in_cycle) {
            (false, _) => Role::Dim,
            (true, true) => Role::Weak,
            (true, false) => Role::Text,
        };
        let text = format!("{} {}{}", event.label, event.text, if event.done { "" } else { " ..." });
        lines.push(Line::from(span(app, fit(&text, usize::from(area.width)), role)));
        if place + 1 < shown.len() {
            let next = shown[place + 1];
            let depends = graph
                .edges
                .iter()
                .any(|e| e.from == *index && e.to == next && e.kind == EdgeKind::Dependency);
            lines.push(Line::from(span(app, if depends { "| po, dependency" } else { "| po" }, Role::Dim)));
        }
    }
    lines
}

/// The edges between cores in words: those of now, then those that the selected step would add.
fn edges<'t>(app: &App<'_>, graph: &Graph) -> Vec<Line<'t>> {
    let name = |g: &Graph, e: usize| g.events.get(e).map(|e| e.label.clone()).unwrap_or_default();
    let mut lines = Vec::new();
    for kind in [EdgeKind::Rf, EdgeKind::Co, EdgeKind::Fr, EdgeKind::Dependency] {
        let mut spans = Vec::new();
        for (index, edge) in graph.edges.iter().enumerate().filter(|(_, e)| e.kind == kind) {
            let role = if graph.cycle.contains(&index) { Role::Weak } else { Role::Text };
            spans.push(span(
                app,
                format!("{} {} {}   ", name(graph, edge.from), kind.name(), name(graph, edge.to)),
                role,
            ));
        }
        if let Some(after) = &app.session.preview_graph
            && after.events.len() >= graph.events.len()
        {
            let new = after.edges.iter().filter(|e| e.kind == kind && !graph.edges.contains(e));
            spans.extend(new.map(|e| {
                span(
                    app,
                    format!("({} {} {})   ", name(after, e.from), kind.name(), name(after, e.to)),
                    Role::Preview,
                )
            }));
        }
        if !spans.is_empty() {
            lines.push(Line::from(spans));
        }
    }
    if !graph.cycle_words.is_empty() {
        lines.push(Line::from(span(app, format!("{} is a cycle:", graph.cycle_words), Role::Weak)));
        lines.push(Line::from(span(app, "no sequentially consistent run does this.", Role::Weak)));
    } else if let Some(after) = app.session.preview_graph.as_ref().filter(|g| !g.cycle_words.is_empty()) {
        lines.push(Line::from(span(
            app,
            format!("the selected step closes {}", after.cycle_words),
            Role::Preview,
        )));
    }
    lines
}
