//! What the run so far has cost: a table over everything else, and a line in each core.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use traces::view::{Count, Counts};

use super::popups::show;
use super::style::Role;
use super::{fit, span, wrap};
use crate::step::app::App;

/// Columns of the table on the screen at most.
const WIDTH: u16 = 110;
/// Columns of a value, and of that with what was added to it: `   12 +3 `.
const VALUE: usize = 5;
const COLUMN: usize = 9;

/// All counts by core and by line; what the last step added stands behind its count.
pub fn popup(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, scroll: usize) {
    let now = app.session.history.now();
    let room = usize::from(area.width.min(WIDTH)).saturating_sub(4);
    let lines = match &app.session.view.counts {
        Some(counts) => table(app, counts, room),
        None => vec![Line::raw("Without caches nothing is counted: M gives this machine some.")],
    };
    let step = fit(&now.item.described.name, room.saturating_sub(58));
    let title = format!("Counts after step {}: {step}  (space takes a step, u undoes)", now.depth);
    show(frame, area, app, &title, WIDTH, lines, scroll);
}

fn table<'t>(app: &App<'_>, counts: &Counts, room: usize) -> Vec<Line<'t>> {
    let labels = counts.measures().map(|measure| measure.label.len() + 2 * measure.depth);
    let label = labels.max().unwrap_or(0) + 1;
    let columns: Vec<&Count> = counts.columns().collect();
    let mut lines = Vec::new();
    for block in columns.chunks((room.saturating_sub(label) / COLUMN).max(1)) {
        let mut heads = vec![span(app, format!("{:label$}", "by core and by line"), Role::Dim)];
        heads.extend(block.iter().map(|column| {
            let name = fit(&column.name, COLUMN - 1);
            span(app, format!("{:<COLUMN$}", format!("{name:>VALUE$}")), Role::Title)
        }));
        lines.push(Line::from(heads));
        for measure in counts.measures() {
            let name = format!("{:indent$}{}", "", measure.label, indent = 2 * measure.depth);
            let mut cells = vec![Span::raw(format!("{name:label$}"))];
            cells.extend(block.iter().flat_map(|column| value(app, column, measure.key)));
            lines.push(Line::from(cells));
        }
    }
    let estimate = format!("Cycles are an estimate: {}.", counts.estimate);
    lines.extend(wrap(&estimate, room).into_iter().map(|words| Line::from(span(app, words, Role::Dim))));
    lines
}

fn value<'t>(app: &App<'_>, column: &Count, key: &str) -> [Span<'t>; 2] {
    let rest = COLUMN - VALUE;
    match (column.value(key), column.added.get(key)) {
        (None, _) => [Span::raw(" ".repeat(COLUMN)), Span::raw("")],
        (Some(value), None) => {
            let role = if value == 0 { Role::Dim } else { Role::Text };
            [span(app, format!("{value:>VALUE$}"), role), Span::raw(" ".repeat(rest))]
        }
        (Some(value), Some(added)) => [
            span(app, format!("{value:>VALUE$}"), Role::Changed),
            span(app, format!("{:<rest$}", format!(" +{added}")), Role::Changed),
        ],
    }
}

/// The most important counts of a core, in a line.
pub fn line<'t>(app: &App<'_>, core: usize, width: usize) -> Option<Line<'t>> {
    let count = app.session.view.counts.as_ref()?.cores.get(core)?;
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (name, key) in [
        ("hits", "hits"),
        ("misses", "misses"),
        ("false sharing", "false_sharing_misses"),
        ("messages", "messages"),
    ] {
        let value = count.value(key).unwrap_or(0);
        if value == 0 && key == "false_sharing_misses" {
            continue;
        }
        let added = count.added.get(key).map_or(String::new(), |added| format!(" +{added}"));
        let text = format!("{name} {value}{added}  ");
        used += text.len();
        if used > width + 2 {
            break;
        }
        spans.push(span(app, text, if added.is_empty() { Role::Dim } else { Role::Changed }));
    }
    Some(Line::from(spans))
}
