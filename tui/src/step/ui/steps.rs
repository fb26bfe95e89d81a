//! The enabled steps with what each does to the outcomes, what still waits, and what the last step did.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use traces::view::{Effect, Status};

use super::outcomes::letter;
use super::style::Role;
use super::{block, fit, selected, span};
use crate::step::app::{App, Panel};

/// The enabled steps.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let session = &app.session;
    let steps = &session.view.enabled;
    let title = Line::from(vec![
        Span::raw(format!(" Steps {} ", steps.len())),
        span(app, format!("{}  arrows preview, a digit takes ", session.resolution.word()), Role::Dim),
    ]);
    let frame_block = block(app, title, app.focus == Panel::Steps);
    let inner = frame_block.inner(area);
    frame.render_widget(frame_block, area);
    let shown = content(app, inner).into_iter().map(|(_, line)| line).collect::<Vec<Line<'_>>>();
    frame.render_widget(Paragraph::new(shown), inner);
}

/// The step that a row of the panel is about, counted inside its frame.
pub fn at(app: &App<'_>, inner: Rect, row: u16) -> Option<usize> {
    let lines = content(app, inner);
    lines.get(usize::from(row)).map(|(index, _)| *index).filter(|i| *i < app.session.view.enabled.len())
}

/// The lines that fit, each with the step it is about.
fn content<'t>(app: &App<'_>, inner: Rect) -> Vec<(usize, Line<'t>)> {
    let session = &app.session;
    let steps = &session.view.enabled;
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let names = steps.iter().map(|s| s.name.chars().count()).max().unwrap_or(0).min(28);
    let roomy = steps.len() * 2 <= height;
    let mut lines: Vec<(usize, Line<'t>)> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let chosen = index == session.selected;
        let effect = session.effects.get(index);
        let mut spans = vec![
            span(app, if chosen { ">" } else { " " }, Role::Key),
            span(app, format!("{} ", index + 1), Role::Key),
            Span::styled(
                format!("{:<names$}  ", fit(&step.name, names)),
                app.settings.theme.style(Role::Title),
            ),
        ];
        let room = width.saturating_sub(names + 5 + usize::from(index > 8));
        let words = effect.map(|e| effect_words(app, e)).unwrap_or_default();
        if roomy || chosen {
            spans.push(effect_span(app, effect, fit(&words, room)));
        } else {
            let gap = room.saturating_sub(words.chars().count() + 2);
            spans.push(span(app, format!("{:<gap$}  ", fit(&step.sentence, gap)), Role::Dim));
            spans.push(effect_span(app, effect, words));
        }
        let line = Line::from(spans);
        lines.push((index, if chosen { line.style(selected(app)) } else { line }));
        if roomy || chosen {
            lines.push((
                index,
                Line::from(span(app, fit(&format!("    {}", step.sentence), width), Role::Text)),
            ));
        }
    }
    if steps.is_empty() {
        let text = match &session.view.outcome {
            Some(outcome) => format!("The run has ended: {outcome}"),
            None => "No step is possible.".into(),
        };
        lines.push((0, Line::from(span(app, text, Role::Open))));
        lines.push((
            0,
            Line::from(span(app, "u goes back, Home to the start, o opens another test", Role::Dim)),
        ));
    }
    for why in waiting(app) {
        lines.push((usize::MAX, Line::from(span(app, fit(&format!("  . {why}"), width), Role::Dim))));
    }
    let at = lines.iter().rposition(|(index, _)| *index == session.selected).unwrap_or(0);
    let first = (at + 1).saturating_sub(height);
    lines.into_iter().skip(first).take(height).collect()
}

/// Why accesses that have not happened cannot, where that is worth a line.
pub fn waiting(app: &App<'_>) -> Vec<String> {
    let accesses = app.session.view.cores.iter().flat_map(|c| &c.window);
    accesses
        .filter(|a| matches!(a.status, Status::Waiting | Status::Buffered | Status::Predicted))
        .filter_map(|a| a.why.first().cloned())
        .collect()
}

fn effect_span<'t>(app: &App<'_>, effect: Option<&Effect>, words: String) -> Span<'t> {
    let role = match effect {
        Some(effect) if effect.known && effect.kills.is_empty() => Role::Dim,
        Some(effect) if effect.known && effect.keeps.len() == 1 => Role::Weak,
        Some(effect) if effect.known => Role::Lost,
        _ => Role::Dim,
    };
    span(app, words, role)
}

/// What a step keeps and kills, in words.
fn effect_words(app: &App<'_>, effect: &Effect) -> String {
    let name = |all: &[usize]| all.iter().map(|o| letter(*o)).collect::<Vec<_>>().join(" ");
    let weak = |all: &[usize]| {
        all.iter().any(|o| app.session.outcomes.get(*o).is_some_and(|o| o.weak == Some(true)))
    };
    match effect {
        Effect { known: false, .. } => "effect on outcomes not known yet".into(),
        Effect { kills, keeps, .. } if kills.is_empty() && keeps.len() > 1 => {
            "keeps every outcome open".into()
        }
        Effect { kills, .. } if kills.is_empty() => String::new(),
        Effect { keeps, .. } if keeps.len() == 1 => {
            format!(
                "decides: only {} is left{}",
                name(keeps),
                if weak(keeps) { ", the weak one" } else { "" }
            )
        }
        Effect { kills, .. } if kills.len() <= 6 => {
            format!("loses {}{}", name(kills), if weak(kills) { ", the weak one" } else { "" })
        }
        Effect { kills, keeps, .. } => format!("loses {}, keeps {}", kills.len(), keeps.len()),
    }
}

/// What the last step did.
pub fn last(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let session = &app.session;
    let now = session.history.now();
    let mut lines = Vec::new();
    if now.depth == 0 {
        let doc = session.test().doc.clone().unwrap_or_default();
        lines.push(Line::from(span(app, doc, Role::Text)));
        lines.push(Line::from(span(app, session.test().condition.text.clone(), Role::Title)));
    } else {
        lines.push(Line::from(vec![
            span(app, format!("{}: ", now.item.described.name), Role::Title),
            span(app, now.item.described.sentence.clone(), Role::Text),
        ]));
        let lost: Vec<String> = (0..session.outcomes.len())
            .filter(|o| session.outcomes[*o].reach == traces::view::Reach::Lost(now.depth))
            .map(letter)
            .collect();
        if !lost.is_empty() {
            lines.push(Line::from(span(app, format!("It lost {}.", lost.join(" ")), Role::Lost)));
        }
        if let Some(outcome) = &session.view.outcome {
            let weak = session.outcomes.iter().find(|o| o.text == *outcome).and_then(|o| o.weak);
            let words = match weak {
                Some(true) => format!(
                    "Weak: no sequentially consistent run ends so. {} is a cycle.",
                    session.graph.cycle_words
                ),
                Some(false) => "A sequentially consistent run can end so too.".into(),
                None => String::new(),
            };
            lines.push(Line::from(span(app, words, Role::Weak)));
        }
    }
    let title = if now.depth == 0 { " The question ".to_string() } else { format!(" Step {} ", now.depth) };
    let text = Paragraph::new(lines).wrap(Wrap { trim: true });
    frame.render_widget(text.block(block(app, title, false)), area);
}
