//! What the run so far has cost: a table over everything else, and a line in each core.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use traces::access::measures::Measure;
use traces::view::{Count, Counts};

use super::popups::show;
use super::style::Role;
use super::{fit, span, wrap};
use crate::step::app::App;

/// Columns of the table on the screen, frame included.
const WIDTH_MIN: usize = 80;
const WIDTH_MAX: usize = 110;
/// Columns of a value, and of that with what was added to it: `   12 +3 `.
const VALUE: usize = 5;
const COLUMN: usize = 9;
/// Lines around the rows of a table: the frame, the names, what cycles are estimated from, keys.
const AROUND: usize = 6;

/// All counts by core and by line; what the last step added stands behind its count.
pub fn popup(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, scroll: usize) {
    let now = app.session.history.now();
    let counts = app.session.view.counts.as_ref();
    let wanted = counts.map_or(0, |counts| label(counts) + COLUMN * counts.columns().count() + 4);
    let width = wanted.clamp(WIDTH_MIN, WIDTH_MAX).min(usize::from(area.width));
    let lines = match counts {
        Some(counts) => table(app, counts, width.saturating_sub(4), usize::from(area.height)),
        None => vec![Line::raw("Without caches nothing is counted: M gives this machine some.")],
    };
    let step = fit(&now.item.described.name, width.saturating_sub(56));
    let title = format!("Counts after step {}: {step}", now.depth);
    show(frame, area, app, &title, width as u16, lines, scroll);
}

/// Columns of the names of rows.
fn label(counts: &Counts) -> usize {
    counts.measures().map(|measure| measure.label.len() + 2 * measure.depth).max().unwrap_or(0) + 1
}

/// The table, which leaves out what is 0 everywhere where it does not fit otherwise.
fn table<'t>(app: &App<'_>, counts: &Counts, width: usize, height: usize) -> Vec<Line<'t>> {
    let label = label(counts);
    let all: Vec<&Measure> = counts.measures().collect();
    let fits = all.len() + AROUND <= height;
    let counted = |measure: &&Measure| fits || counts.total.value(measure.key) != Some(0);
    let rows: Vec<&Measure> = all.iter().copied().filter(counted).collect();
    let columns: Vec<&Count> = counts.columns().collect();
    let mut lines = Vec::new();
    for block in columns.chunks((width.saturating_sub(label) / COLUMN).max(1)) {
        let mut heads = vec![span(app, format!("{:label$}", "by core and by line"), Role::Dim)];
        heads.extend(block.iter().map(|column| {
            let name = fit(&column.name, COLUMN - 1);
            span(app, format!("{:<COLUMN$}", format!("{name:>VALUE$}")), Role::Title)
        }));
        lines.push(Line::from(heads));
        for measure in &rows {
            let name = format!("{:indent$}{}", "", measure.label, indent = 2 * measure.depth);
            let mut cells = vec![Span::raw(format!("{name:label$}"))];
            cells.extend(block.iter().flat_map(|column| value(app, column, measure.key)));
            lines.push(Line::from(cells));
        }
    }
    let estimate = format!("Cycles are an estimate: {}.", counts.estimate);
    let left_out = if fits { "" } else { "What is 0 everywhere is left out. " };
    let keys = format!("{left_out}space steps, u goes back, c closes.");
    let words = wrap(&estimate, width).into_iter().chain([keys]);
    lines.extend(words.map(|words| Line::from(span(app, words, Role::Dim))));
    lines
}

fn value<'t>(app: &App<'_>, column: &Count, key: &str) -> [Span<'t>; 2] {
    let rest = COLUMN - VALUE;
    match (column.value(key), column.added.get(key)) {
        (None, _) => [Span::raw(" ".repeat(VALUE)), Span::raw(" ".repeat(rest))],
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
    const SHOWN: [(&str, &str); 4] = [
        ("hits", "hits"),
        ("misses", "misses"),
        ("false sharing", "false_sharing_misses"),
        ("messages", "messages"),
    ];
    let count = app.session.view.counts.as_ref()?.cores.get(core)?;
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (name, key) in SHOWN {
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
