//! The line at the top: what runs, where it is, where it goes. The line at the foot: keys.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use traces::view::Reach;

use super::outcomes::letter;
use super::span;
use super::style::Role;
use crate::step::app::App;
use crate::step::command::{self, Command};
use crate::step::setup;

/// The test, the machine, the step, the goal or a message, and how many outcomes are open.
pub fn header(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let session = &app.session;
    let test = session.test();
    let now = session.history.now();
    let machine = setup::words(&app.document.setup, session.order().name);
    let wide = area.width >= 100;
    let on = if wide { format!("{} on {machine}", test.arch) } else { format!("on {machine}") };
    let mut left = vec![
        span(app, format!(" {} ", test.name), Role::Title),
        span(app, format!("{on}  "), Role::Dim),
        span(app, format!("step {}", now.depth), Role::Key),
    ];
    if now.mark {
        left.push(span(app, " [marked]", Role::Goal));
    }
    let status = status(app, wide);
    let width = status.len() as u16 + 1;
    let parts = Layout::horizontal([Constraint::Min(10), Constraint::Length(width)]).split(area);
    if app.notice.is_empty() {
        let used = Line::from(left.clone()).width();
        left.extend(goal(app, usize::from(parts[0].width).saturating_sub(used)));
        if app.playing.is_some() {
            left.push(span(app, format!("  playing ({} ms)", app.settings.pause), Role::Key));
        }
    } else {
        left.push(span(app, format!("  {}", app.notice), Role::Changed));
    }
    frame.render_widget(Line::from(left), parts[0]);
    frame.render_widget(Line::from(span(app, status, Role::Dim)).right_aligned(), parts[1]);
}

/// The goal and how far it is, in as many words as there is room for.
fn goal<'t>(app: &App<'_>, room: usize) -> Option<Span<'t>> {
    let goal = app.session.goal.as_ref()?;
    let outcome = app.session.outcomes.get(goal.outcome)?;
    let (long, short) = match &goal.way {
        Some(way) if way.is_empty() => ("reached".to_string(), "reached".to_string()),
        Some(way) => {
            let accesses = if way.len() == 1 { "access" } else { "accesses" };
            (format!("{} {accesses} to go", way.len()), format!("{} to go", way.len()))
        }
        None if matches!(outcome.reach, Reach::Lost(_)) => ("lost: b goes back".into(), "lost".into()),
        None if app.session.is_settled() => ("no way found".into(), "no way".into()),
        None => ("looking for a way".into(), "looking".into()),
    };
    let letter = letter(goal.outcome);
    let words = [
        format!("  goal {} ({long})", outcome.text),
        format!("  goal {letter} ({long})"),
        format!("  goal {letter} ({short})"),
    ];
    // Room is kept for what playing says.
    let room = if app.playing.is_some() { room.saturating_sub(20) } else { room };
    let fits = words.iter().find(|words| words.len() <= room).unwrap_or(&words[2]);
    Some(span(app, fits.clone(), Role::Goal))
}

fn status(app: &App<'_>, wide: bool) -> String {
    let session = &app.session;
    if session.outcomes.is_empty() && !session.outcomes_complete {
        return "searching ".into();
    }
    let open = session.outcomes.iter().filter(|o| matches!(o.reach, Reach::Open | Reach::Here));
    let weak = open.filter(|o| o.weak == Some(true)).count();
    let (open, all) = (session.open_count(), session.outcomes.len());
    let known = session.outcomes.iter().all(|o| o.reach != Reach::Unknown);
    match (known, wide) {
        (false, _) => format!("{all} outcomes "),
        (true, true) => format!("{open} of {all} outcomes open, {weak} weak "),
        (true, false) => format!("{open}/{all} open "),
    }
}

/// The keys that matter now, as many as fit.
pub fn footer(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    const SHOWN: [Command; 20] = [
        Command::Take,
        Command::Undo,
        Command::Redo,
        Command::Weak,
        Command::Play,
        Command::Explain,
        Command::Help,
        Command::Quit,
        Command::Graph,
        Command::Counts,
        Command::Fence,
        Command::Machine,
        Command::Edit,
        Command::Gallery,
        Command::Palette,
        Command::Waiting,
        Command::Resolution,
        Command::Mark,
        Command::Share,
        Command::Theme,
    ];
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    let digits = std::iter::once(("1-9", "take"));
    // Without caches there is nothing to count.
    let useful = |c: &&Command| **c != Command::Counts || app.session.view.counts.is_some();
    let keys = SHOWN.iter().filter(useful).map(|c| command::of(*c)).map(|e| (e.keys[0], e.short));
    for (key, short) in keys.clone().take(1).chain(digits).chain(keys.skip(1)) {
        let width = key.len() + short.len() + 3;
        if used + width > usize::from(area.width) {
            break;
        }
        used += width;
        spans.push(span(app, key.to_string(), Role::Key));
        spans.push(span(app, format!(" {short}  "), Role::Dim));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}
