//! The enabled steps with what each does to the outcomes, what still waits, and what the last step did.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use traces::view::{Effect, Status, StepView};

use super::outcomes::letter;
use super::style::Role;
use super::{block, fit, more, selected, span, wrap};
use crate::step::app::{App, Panel};

/// The enabled steps.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let session = &app.session;
    let steps = &session.view.enabled;
    let hint = match area.width >= 70 {
        true => format!(" arrows preview, a digit takes; z: {} ", session.resolution.word()),
        false => format!(" z: {} ", session.resolution.word()),
    };
    let title =
        Line::from(vec![Span::raw(format!(" Steps: {} possible ", steps.len())), span(app, hint, Role::Dim)]);
    let frame_block = block(app, title, app.focus == Panel::Steps);
    let inner = frame_block.inner(area);
    let shown = content(app, inner);
    let hidden = (0..steps.len()).filter(|step| shown.iter().all(|(index, _)| index != step)).count();
    frame.render_widget(frame_block.title_bottom(more(app, hidden, "arrows")), area);
    let lines = shown.into_iter().map(|(_, line)| line).collect::<Vec<Line<'_>>>();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Lines that the steps need at least, the frame included: one each, and one for the sentence of the selected.
pub fn height(app: &App<'_>) -> u16 {
    (app.session.view.enabled.len() as u16).saturating_add(3)
}

/// The step that a row of the panel is about, counted inside its frame.
pub fn at(app: &App<'_>, inner: Rect, row: u16) -> Option<usize> {
    let lines = content(app, inner);
    lines.get(usize::from(row)).map(|(index, _)| *index).filter(|i| *i < app.session.view.enabled.len())
}

/// How much is said about each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Its whole sentence, and which rule lets it happen.
    All,
    /// Its whole sentence.
    Sentence,
    /// One line of it.
    Line,
    /// What fits beside its name.
    Beside,
}

/// The lines that fit, each with the step it is about.
fn content<'t>(app: &App<'_>, inner: Rect) -> Vec<(usize, Line<'t>)> {
    let session = &app.session;
    let steps = &session.view.enabled;
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    if steps.is_empty() {
        return nothing(app, width);
    }
    // The selected step says everything, the others as much as there is room for.
    let levels = [Detail::All, Detail::Sentence, Detail::Line, Detail::Beside];
    let said = |detail: Detail, own: Detail, airy: bool| {
        let mut lines: Vec<(usize, Line<'t>)> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            if airy && index > 0 {
                lines.push((usize::MAX, Line::raw("")));
            }
            let chosen = index == session.selected;
            let detail = if chosen { own } else { detail };
            lines.extend(one(app, index, step, detail, width).into_iter().map(|line| (index, line)));
        }
        lines
    };
    // For a projector there is air between the steps.
    let airy = if app.settings.present { [true, false].as_slice() } else { &[false] };
    let tries = airy.iter().flat_map(|airy| levels.iter().map(|detail| (*detail, *airy)));
    let mut lines = tries
        .map(|(detail, airy)| said(detail, Detail::All, airy))
        .find(|lines| lines.len() <= height)
        .unwrap_or_else(|| {
            let own = if height < steps.len() + 2 { Detail::Line } else { Detail::Sentence };
            said(Detail::Beside, own, false)
        });
    let waiting = waiting(app);
    if !waiting.is_empty() && lines.len() + 2 < height {
        lines.push((usize::MAX, Line::raw("")));
        lines.push((usize::MAX, Line::from(span(app, " Not possible yet", Role::Title))));
        for why in waiting {
            let pieces = wrap(&why, width.saturating_sub(5));
            for (at, piece) in pieces.into_iter().enumerate() {
                let sign = if at == 0 { "  . " } else { "    " };
                lines.push((usize::MAX, Line::from(span(app, format!("{sign}{piece}"), Role::Dim))));
            }
        }
        if lines.len() > height {
            lines.truncate(height - 1);
            lines.push((usize::MAX, Line::from(span(app, "  d shows all", Role::Dim))));
        }
    }
    let at = lines.iter().rposition(|(index, _)| *index == session.selected).unwrap_or(0);
    let first = (at + 1).saturating_sub(height);
    lines.into_iter().skip(first).take(height).collect()
}

/// What stands there when no step is possible.
fn nothing<'t>(app: &App<'_>, width: usize) -> Vec<(usize, Line<'t>)> {
    let session = &app.session;
    let mut lines = match &session.view.outcome {
        Some(outcome) => vec![Line::from(vec![
            span(app, " The run has ended: ", Role::Text),
            span(app, outcome.clone(), Role::Open),
        ])],
        None => {
            let stuck = "No step is possible: the threads that are left wait for something that no thread \
                         can do any more, or spin for ever.";
            wrap(stuck, width.saturating_sub(2))
                .into_iter()
                .map(|piece| Line::from(span(app, format!(" {piece}"), Role::Text)))
                .collect()
        }
    };
    let weak = if has_weak(app) { "w to another weak outcome, " } else { "" };
    let keys = format!("u goes back, Home to the start, {weak}o opens another test");
    for piece in wrap(&keys, width.saturating_sub(2)) {
        lines.push(Line::from(span(app, format!(" {piece}"), Role::Dim)));
    }
    lines.into_iter().map(|line| (0, line)).collect()
}

/// The lines about one step.
fn one<'t>(app: &App<'_>, index: usize, step: &StepView, detail: Detail, width: usize) -> Vec<Line<'t>> {
    let session = &app.session;
    let chosen = index == session.selected;
    let names = session.view.enabled.iter().map(|s| s.name.chars().count()).max().unwrap_or(0).min(28);
    let effect = session.effects.get(index);
    let words = effect.map(|e| effect_words(app, e)).unwrap_or_default();
    let mut spans = vec![
        span(app, if chosen { ">" } else { " " }, Role::Key),
        span(app, format!("{} ", index + 1), Role::Key),
        span(app, format!("{:<names$}  ", fit(&step.name, names)), Role::Title),
    ];
    let room = width.saturating_sub(names + 5 + usize::from(index > 8));
    if detail == Detail::Beside {
        let gap = room.saturating_sub(words.chars().count() + 2);
        spans.push(span(app, format!("{:<gap$}  ", fit(&step.sentence, gap)), Role::Dim));
        spans.push(effect_span(app, effect, words));
    } else {
        spans.push(effect_span(app, effect, fit(&words, room)));
    }
    let mut texts = Vec::new();
    match detail {
        Detail::Beside => {}
        Detail::Line => texts.push(fit(&step.sentence, width.saturating_sub(5))),
        Detail::Sentence => texts.extend(wrap(&step.sentence, width.saturating_sub(5))),
        Detail::All => {
            texts.extend(wrap(&story(step), width.saturating_sub(5)));
        }
    }
    let role = if chosen { Role::Text } else { Role::Dim };
    let line = Line::from(spans);
    let mut lines = vec![if chosen { line.style(selected(app)) } else { line }];
    lines.extend(texts.into_iter().map(|text| Line::from(span(app, format!("    {text}"), role))));
    lines
}

/// What a step does, where each byte of a load comes from if they do not all come from one place, and which
/// rule lets the step overtake others.
pub fn story(step: &StepView) -> String {
    let bytes = step.bytes.as_ref().filter(|bytes| bytes.parts.len() > 1);
    let bytes = bytes.map(|bytes| format!("Byte by byte: {bytes}."));
    let parts = [Some(step.sentence.clone()), bytes, step.rule.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Why accesses that have not happened cannot.
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
    let sign = |all: &[usize]| if weak(all) { " !" } else { "" };
    match effect {
        Effect { known: false, .. } if app.session.is_settled() => "effect on outcomes not known".into(),
        Effect { known: false, .. } => String::new(),
        Effect { kills, keeps, .. } if kills.is_empty() => match keeps.as_slice() {
            [_] => String::new(),
            all if all.len() == app.session.outcomes.len() => "keeps every outcome open".into(),
            all => format!("keeps {} open", if all.len() <= 6 { name(all) } else { all.len().to_string() }),
        },
        Effect { keeps, .. } if keeps.len() == 1 => {
            let weak = if weak(keeps) { ", the weak one !" } else { "" };
            format!("decides: only {} is left{weak}", name(keeps))
        }
        Effect { kills, .. } if kills.len() <= 6 => format!("loses {}{}", name(kills), sign(kills)),
        Effect { kills, keeps, .. } => format!("loses {}{}, keeps {}", kills.len(), sign(kills), keeps.len()),
    }
}

/// What the last step did, or what the test is about before the first.
fn last_lines<'t>(app: &App<'_>, width: usize) -> Vec<Line<'t>> {
    let session = &app.session;
    let now = session.history.now();
    let mut lines: Vec<Line<'t>> = Vec::new();
    let mut say = |text: &str, role: Role| {
        lines.extend(
            wrap(text, width).into_iter().map(|piece| Line::from(span(app, format!(" {piece}"), role))),
        );
    };
    if now.depth == 0 {
        if let Some(doc) = session.test().doc.as_ref().filter(|d| !d.is_empty()) {
            say(doc, Role::Text);
        }
        say(&session.test().condition.text, Role::Title);
        return lines;
    }
    say(&format!("{}: {}", now.item.described.name, story(&now.item.described)), Role::Text);
    let lost: Vec<usize> = (0..session.outcomes.len())
        .filter(|o| session.outcomes[*o].reach == traces::view::Reach::Lost(now.depth))
        .collect();
    match lost.len() {
        0 => {}
        1..=8 => {
            let names: Vec<String> = lost.iter().map(|o| letter(*o)).collect();
            say(&format!("It lost {}.", names.join(" ")), Role::Lost);
        }
        many => say(&format!("It lost {many} outcomes."), Role::Lost),
    }
    if let Some(outcome) = &session.view.outcome {
        let weak = session.outcomes.iter().find(|o| o.text == *outcome).and_then(|o| o.weak);
        let cycle = &session.graph.cycle_words;
        match weak {
            Some(true) if cycle.is_empty() => {
                say("Weak: no sequentially consistent run ends so. e says why.", Role::Weak);
            }
            Some(true) => say(
                &format!(
                    "Weak: no sequentially consistent run ends so, since {cycle} is a cycle. e says why, f finds \
                     the fence that forbids it."
                ),
                Role::Weak,
            ),
            Some(false) if has_weak(app) => {
                say("A sequentially consistent run can end so too. w leads to a weak one.", Role::Open)
            }
            Some(false) => say("A sequentially consistent run can end so too.", Role::Open),
            None => {}
        }
    }
    lines
}

/// The steps before the last one, newest first, in dim letters.
fn earlier<'t>(app: &App<'_>, width: usize, room: usize) -> Vec<Line<'t>> {
    let history = &app.session.history;
    let mut lines = Vec::new();
    for index in history.trail().iter().rev().skip(1) {
        let node = history.node(*index);
        if lines.len() >= room || node.depth == 0 {
            break;
        }
        let described = &node.item.described;
        let words = format!(" {} {}: {}", node.depth, described.name, described.sentence);
        lines.push(Line::from(span(app, fit(&words, width), Role::Dim)));
    }
    lines
}

/// What the last step did, and those before it: in a frame, or without one where there is little room.
pub fn last(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let depth = app.session.history.now().depth;
    let framed = area.height >= 5;
    let width = usize::from(area.width).saturating_sub(if framed { 4 } else { 2 });
    let room = usize::from(area.height).saturating_sub(if framed { 2 } else { 0 });
    let mut lines = last_lines(app, width);
    let left = room.saturating_sub(lines.len() + 1);
    if framed && left > 0 {
        let earlier = earlier(app, width, left);
        if !earlier.is_empty() {
            lines.push(Line::raw(""));
            lines.extend(earlier);
        }
    }
    lines.truncate(room);
    let text = Paragraph::new(lines);
    let title =
        if depth == 0 { " The question ".to_string() } else { format!(" Step {depth}: what it did ") };
    match framed {
        true => frame.render_widget(text.block(block(app, title, false)), area),
        false => frame.render_widget(text, area),
    }
}

/// Whether some outcome of the test is known to be weak.
fn has_weak(app: &App<'_>) -> bool {
    app.session.outcomes.iter().any(|outcome| outcome.weak == Some(true))
}
