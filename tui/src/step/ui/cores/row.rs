//! One instruction of a program column: as it is written, and how far it is.

use ratatui::text::{Line, Span};
use traces::view::{Change, CoreView, Row, Status};

use crate::step::app::App;
use crate::step::ui::style::{Role, sign};
use crate::step::ui::{fit, span};

/// How a program column is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Columns for the instruction.
    text: usize,
    /// Columns for how far it is.
    status: usize,
}

/// Columns of the pointer and the number of the instruction.
const NUMBER: usize = 4;
/// Below this many columns a status is a sign and its detail, without words.
const WORDS_MIN: usize = 16;

impl Column {
    /// The division of a column of this width: the instructions first, but the status keeps some room.
    pub fn of(view: &CoreView, width: usize) -> Column {
        let texts = view.program.iter().map(|r| Line::raw(labelled(r)).width()).max().unwrap_or(0);
        let text = texts.min(width.saturating_sub(NUMBER + 9)).max(8);
        Column { text, status: width.saturating_sub(NUMBER + text + 1) }
    }
}

/// The instruction with its label.
fn labelled(row: &Row) -> String {
    row.labels.first().map(|l| format!("{l}: ")).unwrap_or_default() + &row.text
}

/// The line of an instruction; `marks` says whether the selected step is about it, and whether it is selected.
pub fn line<'t>(
    app: &App<'_>,
    row: &Row,
    pc: usize,
    column: Column,
    marks: (bool, bool),
    preview: Option<&Row>,
) -> Line<'t> {
    let theme = app.settings.theme;
    let (stepping, picked) = marks;
    let text = fit(&labelled(row), column.text);
    let pad = column.text.saturating_sub(Line::raw(text.as_str()).width());
    let role = match row.status {
        _ if picked => Role::Selected,
        Status::Ahead | Status::Skipped => Role::Dim,
        Status::Ready => Role::Title,
        _ => Role::Text,
    };
    let becomes = preview.filter(|p| p.change != Change::Same);
    let status = match becomes {
        Some(after) if stepping || row.detail.is_empty() => {
            let words = format!("-> {}", words(after, column.status.saturating_sub(3)));
            span(app, fit(&words, column.status), Role::Preview)
        }
        _ => {
            let style = match row.change {
                Change::Same if row.status == Status::Ready => theme.style(Role::Open),
                Change::Same => theme.style(Role::Dim),
                change => theme.change(change),
            };
            let words = format!("{}{}", words(row, column.status), sign(row.change));
            Span::styled(fit(&words, column.status), style)
        }
    };
    Line::from(vec![
        span(app, if stepping { ">" } else { " " }, Role::Key),
        span(app, format!("{:>2} ", pc + 1), Role::Dim),
        Span::styled(format!("{text}{}", " ".repeat(pad + 1)), theme.style(role)),
        status,
    ])
}

/// How far an instruction is, in words that fit or in a sign.
fn words(row: &Row, room: usize) -> String {
    let turns = if row.instances > 1 { format!(" x{}", row.instances) } else { String::new() };
    let words = match (row.status, row.detail.as_str()) {
        (status, "") => status.word().to_string(),
        (Status::Done, detail) => detail.to_string(),
        (Status::Waiting, detail) => format!("waits {detail}"),
        (Status::Predicted, detail) => format!("? {detail}"),
        (status, detail) => format!("{} {detail}", status.word()),
    };
    if words.chars().count() + turns.len() <= room || row.detail.is_empty() || room >= WORDS_MIN {
        return words + &turns;
    }
    let detail = row.detail.strip_prefix("for ").unwrap_or(&row.detail);
    let detail = detail.strip_prefix("read ").unwrap_or(detail);
    format!("{} {}{turns}", row.status.sign(), detail.trim_end_matches(" in memory"))
}
