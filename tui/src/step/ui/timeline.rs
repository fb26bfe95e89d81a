//! The past and the undone future as a line, with branches and bookmarks.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::style::Role;
use super::{block, span};
use crate::step::app::App;

/// In a frame, with the branches below.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let title = Line::from(vec![
        Span::raw(" Time "),
        span(app, "left/right  Home End  [ ] branch  m mark ", Role::Dim),
    ]);
    let frame_block = block(app, title, false);
    let inner = frame_block.inner(area);
    frame.render_widget(frame_block, area);
    let lines = vec![one(app, usize::from(inner.width)), branches(app)];
    frame.render_widget(Paragraph::new(lines), inner);
}

/// One line without a frame.
pub fn line(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    frame.render_widget(Paragraph::new(one(app, usize::from(area.width))), area);
}

fn one<'t>(app: &App<'_>, width: usize) -> Line<'t> {
    let history = &app.session.history;
    let line = history.line();
    let now = history.now().depth;
    let item = |depth: usize| {
        let node = history.node(line[depth]);
        let mark = if node.mark { "'" } else { "" };
        let more =
            if node.children.len() > 1 { format!("+{}", node.children.len() - 1) } else { String::new() };
        let name = format!("{}{mark}{more}", node.item.described.name);
        if depth == now { format!("[{depth} {name}]") } else { name }
    };
    // As much of the past as fits, with a third of the room for the future.
    let (mut first, mut last) = (now, now);
    let mut used = item(now).chars().count();
    loop {
        let before = first.checked_sub(1).map(|d| item(d).chars().count() + 4);
        let after = (last + 1 < line.len()).then(|| item(last + 1).chars().count() + 4);
        let room = width.saturating_sub(used + 8);
        match (before, after) {
            (_, Some(w)) if w <= room && last - now < (now - first).div_ceil(2).max(1) => {
                last += 1;
                used += w;
            }
            (Some(w), _) if w <= room => {
                first -= 1;
                used += w;
            }
            (_, Some(w)) if w <= room => {
                last += 1;
                used += w;
            }
            _ => break,
        }
    }
    let mut spans = vec![span(app, if first > 0 { " .. " } else { " " }, Role::Dim)];
    for depth in first..=last {
        let role = match depth.cmp(&now) {
            std::cmp::Ordering::Less => Role::Text,
            std::cmp::Ordering::Equal => Role::Key,
            std::cmp::Ordering::Greater => Role::Dim,
        };
        spans.push(span(app, item(depth), role));
        if depth < last {
            spans.push(span(app, " -- ", Role::Dim));
        }
    }
    if last + 1 < line.len() {
        spans.push(span(app, " ..", Role::Dim));
    }
    Line::from(spans)
}

fn branches<'t>(app: &App<'_>) -> Line<'t> {
    let history = &app.session.history;
    let all = (0..history.count()).filter(|i| history.node(*i).children.is_empty()).count();
    let marks = (0..history.count()).filter(|i| history.node(*i).mark).count();
    let others: Vec<String> =
        history.now().children.iter().map(|c| history.node(*c).item.described.name.clone()).collect();
    let taken =
        if others.is_empty() { String::new() } else { format!("   taken from here: {}", others.join(", ")) };
    let words = format!(
        " {} state{} visited, {all} branch{}, {marks} bookmark{}{taken}",
        history.count(),
        if history.count() == 1 { "" } else { "s" },
        if all == 1 { "" } else { "es" },
        if marks == 1 { "" } else { "s" },
    );
    let recorded = app.recorded.as_ref().map(|path| format!("   recorded in {path}")).unwrap_or_default();
    Line::from(span(app, words + &recorded, Role::Dim))
}
