//! What lies over the panels: help, the palette, explanations, machines, fences.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Padding, Paragraph};
use sim_core::machine::Features;
use sim_core::outcome::Quantifier;
use traces::view::{Reach, machine_words};

use super::outcomes::letter;
use super::style::Role;
use super::{block, fit, graph, selected, span, steps, wrap};
use crate::run::text::words::counted;
use crate::step::app::{App, Panel};
use crate::step::command;
use crate::step::fence::Trials;
use crate::step::setup::{self, Form};

/// A centred area of at most this size.
fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Text over everything, as high as it needs to be.
pub(super) fn show(
    frame: &mut Frame<'_>,
    screen: Rect,
    app: &App<'_>,
    title: &str,
    width: u16,
    lines: Vec<Line<'_>>,
    scroll: usize,
) {
    let inner = usize::from(width.min(screen.width)).saturating_sub(4).max(1);
    let lines: Vec<Line<'_>> = lines.into_iter().flat_map(|line| folded(line, inner)).collect();
    let height = lines.len();
    let area = centred(screen, width, (height + 2).min(usize::from(u16::MAX)) as u16);
    let scroll = scroll.min((height + 2).saturating_sub(usize::from(area.height)));
    let more = if height + 2 > usize::from(area.height) { ", arrows scroll" } else { "" };
    let frame_block =
        block(app, format!(" {title}  (Esc closes{more}) "), true).padding(Padding::horizontal(1));
    let text = Paragraph::new(lines).scroll((scroll as u16, 0)).block(frame_block);
    frame.render_widget(Clear, area);
    frame.render_widget(text, area);
}

/// A line of one style in as many lines as it needs, those after the first further in; other lines as they are.
fn folded(line: Line<'_>, width: usize) -> Vec<Line<'_>> {
    let [only] = line.spans.as_slice() else { return vec![line] };
    if line.width() <= width {
        return vec![line];
    }
    let indent = only.content.chars().take_while(|c| *c == ' ').count().min(width / 3);
    let style = only.style;
    wrap(&only.content, width.saturating_sub(indent + 2))
        .into_iter()
        .enumerate()
        .map(|(at, piece)| {
            let indent = indent + if at == 0 { 0 } else { 2 };
            Line::from(Span::styled(format!("{:indent$}{piece}", ""), style))
        })
        .collect()
}

/// What the panel with the focus understands.
fn panel_keys(panel: Panel) -> (&'static str, [(&'static str, &'static str); 4]) {
    match panel {
        Panel::Steps => (
            "This panel: the steps that are possible",
            [
                ("up down", "Select a step and preview it in all panels"),
                ("space enter", "Take the selected step; a digit takes that step at once"),
                ("z", "Take larger steps, or smaller ones"),
                ("d", "What is not possible yet, and why"),
            ],
        ),
        Panel::Outcomes => (
            "This panel: the outcomes of the test",
            [
                ("up down", "Select an outcome"),
                ("enter", "Make it the goal: space then leads there, p plays the way"),
                ("b", "Back to where the selected outcome was lost"),
                ("w", "Make the weak outcome the goal"),
            ],
        ),
        Panel::Program => (
            "This panel: the programs",
            [
                ("up down", "Select an instruction"),
                ("enter", "Take a step of it, or say what it waits for"),
                ("f", "Try fences between the instructions"),
                ("E", "Edit the test"),
            ],
        ),
    }
}

/// The keys of the panel with the focus, then all keys.
pub fn help(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, scroll: usize) {
    let column = if area.width < 90 { 12 } else { 20 };
    let room = usize::from(area.width.min(100)).saturating_sub(column + 6);
    let key = |keys: &str, words: &str| -> Vec<Line<'_>> {
        let wide = Line::raw(keys).width().max(column - 1) + 1;
        let pieces = wrap(words, room.saturating_sub(wide - column)).into_iter().enumerate();
        pieces
            .map(|(at, piece)| {
                let keys = if at == 0 { keys } else { "" };
                Line::from(vec![span(app, format!("  {keys:<wide$}"), Role::Key), Span::raw(piece)])
            })
            .collect()
    };
    let (title, keys) = panel_keys(app.focus);
    let mut lines = vec![Line::from(span(app, title, Role::Title))];
    lines.extend(keys.iter().flat_map(|(keys, words)| key(keys, words)));
    let mut section = "";
    for entry in command::ENTRIES {
        if entry.section != section {
            section = entry.section;
            lines.push(Line::raw(""));
            lines.push(Line::from(span(app, section, Role::Title)));
        }
        lines.extend(key(&entry.keys.join(" "), entry.long));
    }
    lines.push(Line::raw(""));
    lines.push(Line::from(span(app, "Signs", Role::Title)));
    for (signs, words) in [
        ("*", "changed by the last step"),
        ("->", "what the selected step would change"),
        ("! + x =", "an outcome is weak and open, open, lost, or here"),
        ("?", "not known yet, or only predicted"),
        (". b ~ +", "an instruction waits, is in the store buffer, has its value, is done"),
        ("\u{2026}", "an event of the graph that has not happened"),
    ] {
        lines.extend(key(signs, words));
    }
    show(frame, area, app, "Help", 100, lines, scroll);
}

/// What is not possible yet.
pub fn waiting(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, scroll: usize) {
    let mut lines = Vec::new();
    for core in &app.session.view.cores {
        let why: Vec<&String> = core.window.iter().flat_map(|a| &a.why).collect();
        if why.is_empty() {
            continue;
        }
        lines.push(Line::from(span(app, core.name.clone(), Role::Title)));
        lines.extend(why.into_iter().map(|why| Line::raw(format!("  {why}."))));
    }
    if lines.is_empty() {
        lines.push(Line::raw("Nothing waits: every access that has not happened can happen now."));
    }
    show(frame, area, app, "Not possible yet", 100, lines, scroll);
}

/// Finding a command.
pub fn palette(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, query: &str, chosen: usize) {
    let found = command::matching(query);
    let mut lines = vec![Line::from(vec![
        span(app, "> ", Role::Key),
        Span::raw(query.to_string()),
        span(app, "_", Role::Key),
    ])];
    for (index, entry) in found.iter().enumerate() {
        let line = Line::from(vec![
            span(app, format!(" {:<10}", entry.keys[0]), Role::Key),
            span(app, format!("{:<12}", entry.short), Role::Title),
            Span::raw(entry.long),
        ]);
        lines.push(if index == chosen { line.style(selected(app)) } else { line });
    }
    match query.trim().parse::<usize>() {
        Ok(depth) => lines.push(Line::from(span(app, format!(" Enter goes to step {depth}"), Role::Title))),
        Err(_) if found.is_empty() => {
            lines.push(Line::from(span(app, " no command has these letters", Role::Dim)));
        }
        Err(_) => {}
    }
    let area = centred(area, 96, 20);
    let room = usize::from(area.height).saturating_sub(3);
    let skip = (chosen + 1).saturating_sub(room.max(1));
    lines.drain(1..1 + skip.min(lines.len() - 1));
    frame.render_widget(Clear, area);
    frame.render_widget(
        Paragraph::new(lines).block(block(app, " Commands, or the number of a step ", true)),
        area,
    );
}

/// Why: steps, waits, outcomes.
pub fn explain(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, scroll: usize) {
    let session = &app.session;
    let heading = |text: &str| Line::from(span(app, text.to_string(), Role::Title));
    let order = session.order().name;
    let mut lines = vec![heading("The machine"), Line::raw(format!("  {order}: {}.", machine_words(order)))];
    let strange = Features::ALL.into_iter().filter(|(feature, name, _)| {
        Features::WHAT_IF.contains(*feature) && app.document.setup.features.iter().any(|known| known == name)
    });
    lines.extend(strange.map(|(_, name, words)| Line::raw(format!("  What if ({name}): {words}."))));
    let bugs = app.document.setup.features.iter().filter_map(|feature| feature.strip_prefix("bug="));
    lines.extend(bugs.map(|bug| Line::raw(format!("  The protocol of its caches has the bug {bug}."))));
    lines.push(Line::raw(""));
    lines.push(heading("The question"));
    lines.push(Line::raw(format!("  {}", session.test().condition.text)));
    for words in question(app) {
        lines.push(Line::raw(format!("  {words}")));
    }
    match app.reason.as_ref().and_then(|r| r.lines.as_ref()) {
        Some(reason) => lines.extend(reason.iter().map(|r| Line::raw(format!("  {r}")))),
        None => lines.push(Line::from(span(app, "  looking for the reason ...", Role::Dim))),
    }
    lines.push(Line::raw(""));
    if session.history.now().depth > 0 {
        let step = &session.history.now().item.described;
        lines.push(heading("The last step"));
        lines.push(Line::raw(format!("  {}: {}", step.name, steps::story(step))));
        if let Some(bytes) = step.bytes.as_ref().filter(|b| b.parts.len() == 1) {
            lines.push(Line::raw(format!("  Bytes: {bytes}.")));
        }
        lines.push(Line::raw(""));
    }
    let waiting = steps::waiting(app);
    if !waiting.is_empty() {
        lines.push(heading("What waits, and why"));
        lines.extend(
            session
                .view
                .cores
                .iter()
                .flat_map(|c| &c.window)
                .flat_map(|a| &a.why)
                .map(|why| Line::raw(format!("  {why}."))),
        );
        lines.push(Line::raw(""));
    }
    if !session.graph.cycle_words.is_empty() {
        lines.push(heading("Why this run is weak"));
        lines.push(Line::raw(format!("  {} is a cycle:", session.graph.cycle_words)));
        for edge in session.graph.cycle.iter().map(|e| &session.graph.edges[*e]) {
            lines.push(Line::raw(format!("    {}", graph::edge_words(&session.graph, edge))));
        }
        lines.push(Line::raw(
            "  In one order of all accesses each of these would have to come before the next.",
        ));
        lines.push(Line::raw("  f tries fences that forbid it."));
    }
    show(frame, area, app, "Why", 104, lines, scroll);
}

/// The answer to the test's question, in words.
fn question(app: &App<'_>) -> Vec<String> {
    let session = &app.session;
    let outcomes = &session.outcomes;
    if outcomes.is_empty() && !session.outcomes_complete {
        return vec!["The search has not ended: the answer is not known yet.".into()];
    }
    let asked: Vec<_> = outcomes.iter().filter(|o| o.asked).collect();
    let sure =
        if session.outcomes_complete { "" } else { " among those found so far (the search is not complete)" };
    let mut words = Vec::new();
    match (session.test().condition.quantifier, asked.len(), outcomes.len()) {
        (Quantifier::Forall, a, n) if a == n => words.push(format!("It holds in all {n} outcomes{sure}.")),
        (Quantifier::Forall, a, n) => {
            words.push(format!("It holds in {a} of {n} outcomes, not in all{sure}."))
        }
        (_, 0, n) => {
            words.push(format!("It cannot happen on this machine: it holds in none of {n} outcomes{sure}."));
            let why = if setup::is_architectural(&app.document.setup) {
                "Below stands what forbids it; "
            } else {
                ""
            };
            words.push(format!("{why}M switches to another machine."));
        }
        (_, a, n) => words.push(format!("It can happen: it holds in {a} of {n} outcomes{sure}.")),
    }
    if !session.beyond.is_empty() {
        let names: Vec<String> = session.beyond.iter().map(|o| letter(*o)).collect();
        let names = names.join(" ");
        words.push(format!("Only this hardware shows {names}: no processor of the architecture does."));
    }
    for outcome in asked.iter().filter(|o| o.weak == Some(true)) {
        words.push(format!("{} is weak: no sequentially consistent run ends so.", outcome.text));
    }
    for outcome in asked {
        match outcome.reach {
            Reach::Lost(depth) => {
                words.push(format!("{} was lost by step {depth}; b goes back there.", outcome.text))
            }
            Reach::Open => words.push(format!("{} can still be reached; w leads there.", outcome.text)),
            _ => {}
        }
    }
    words
}

/// Choosing a machine.
pub fn machine(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, form: &Form) {
    let room = usize::from(area.width.min(110)).saturating_sub(48);
    let mut lines = Vec::new();
    for (index, choice) in form.lines.iter().enumerate() {
        let chosen = &choice.options[choice.at];
        let line = Line::from(vec![
            span(app, if index == form.selected { ">" } else { " " }, Role::Key),
            span(app, format!(" {:<14}", choice.name), Role::Title),
            span(app, format!("< {:<22} > ", fit(&chosen.name, 22)), Role::Key),
            Span::raw(fit(&chosen.words, room)),
        ]);
        lines.push(if index == form.selected { line.style(selected(app)) } else { line });
    }
    if !setup::is_architectural(&form.setup()) {
        lines.push(Line::raw(""));
        lines.push(Line::from(span(app, "  No architecture here describes this machine.", Role::Weak)));
    }
    if !form.problem.is_empty() {
        lines.push(Line::from(span(app, format!("  {}", form.problem), Role::Error)));
    }
    lines.push(Line::raw(""));
    lines.push(Line::from(span(
        app,
        "  up/down a line   left/right another choice   Enter runs: the steps so far are taken again",
        Role::Dim,
    )));
    show(frame, area, app, "Run the same test on another machine", 110, lines, 0);
}

/// Fences that were tried.
pub fn fences(frame: &mut Frame<'_>, area: Rect, app: &App<'_>, trials: &Trials, chosen: usize) {
    let width = usize::from(area.width.min(100)).saturating_sub(4);
    let mut lines = Vec::new();
    match &trials.watched {
        Some(watched) => lines.push(Line::from(vec![
            Span::raw(" Which fence forbids "),
            span(app, watched.clone(), Role::Weak),
            Span::raw("?"),
        ])),
        None => lines.push(Line::raw(" What each fence leaves:")),
    }
    lines.push(Line::raw(""));
    for (index, trial) in trials.found().iter().enumerate() {
        let (sign, role) = match trial.forbids {
            Some(true) => ("forbidden", Role::Open),
            Some(false) => ("still there", Role::Weak),
            None => ("not known", Role::Dim),
        };
        let line = Line::from(vec![
            span(app, format!(" {:<44}", fit(&trial.title, 44)), Role::Title),
            span(app, format!("{:<13}", if trials.watched.is_some() { sign } else { "" }), role),
            span(app, format!("{} left", counted(trial.left.len() as u64, "outcome")), Role::Dim),
        ]);
        lines.push(if index == chosen { line.style(selected(app)) } else { line });
        if index == chosen {
            for outcome in &trial.left {
                lines.push(Line::from(span(app, fit(&format!("     {outcome}"), width), Role::Dim)));
            }
        }
    }
    if !trials.finished {
        lines.push(Line::from(span(app, " trying ...", Role::Dim)));
    } else if trials.found().is_empty() {
        lines.push(Line::raw(" There is no place for a fence between two accesses of one thread."));
    }
    let room = usize::from(area.height).saturating_sub(6);
    let skip = (chosen + 4).saturating_sub(room.max(4));
    show(frame, area, app, "Fences: Enter runs the test with it", 100, lines, skip);
}
