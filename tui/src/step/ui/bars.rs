//! The line at the top: what runs, where it is, where it goes. The line at the foot: keys.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use traces::view::Reach;

use super::outcomes::letter;
use super::style::Role;
use super::{fit, span};
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
    let title = span(app, format!(" {} ", test.name), Role::Title);
    let mut step = vec![span(app, format!("step {}", now.depth), Role::Key)];
    if now.mark {
        step.push(span(app, " [marked]", Role::Goal));
    }
    let status = status(app, wide);
    let width = status.len() as u16 + 1;
    let parts = Layout::horizontal([Constraint::Min(10), Constraint::Length(width)]).split(area);
    let columns = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
    let room = usize::from(parts[0].width).saturating_sub(title.width() + columns(&step) + 4);
    if app.notice.is_empty() {
        // The goal is said in full where the machine has its whole name beside it.
        step.extend(goal(app, room.saturating_sub(on.chars().count())));
        if app.playing.is_some() {
            step.push(span(app, format!("  playing ({} ms)", app.settings.pause), Role::Key));
        }
    } else {
        step.push(span(app, format!("  {}", app.notice), Role::Changed));
    }
    // The name of the machine has the room that the others leave, with two columns on either side.
    let room = usize::from(parts[0].width).saturating_sub(title.width() + columns(&step) + 4);
    let on = if room < 4 { String::new() } else { format!("{}  ", fit(&on, room)) };
    let left: Vec<Span<'_>> = [title, span(app, on, Role::Dim)].into_iter().chain(step).collect();
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
    // There may be outcomes that were not found.
    let more = if session.outcomes_complete { "" } else { "+" };
    let (open, all) = (session.open_count(), format!("{}{more}", session.outcomes.len()));
    let known = session.outcomes.iter().all(|o| o.reach != Reach::Unknown);
    match (known, wide) {
        (false, _) => format!("{all} outcomes "),
        (true, true) => format!("{open} of {all} outcomes open, {weak} weak "),
        (true, false) => format!("{open}/{all} open "),
    }
}

/// What the footer shows, in its order: commands that belong together, and how early they give way where there is
/// little room.
const SHOWN: [(&[Command], u8); 27] = [
    (&[Command::Take], 0),
    (&[Command::Undo], 0),
    (&[Command::Redo], 2),
    (&[Command::Weak], 0),
    (&[Command::Play], 2),
    (&[Command::Explain], 1),
    (&[Command::FocusNext], 0),
    (&[Command::Help], 0),
    (&[Command::Quit], 0),
    (&[Command::Graph], 3),
    (&[Command::Counts], 3),
    (&[Command::Fence], 3),
    (&[Command::Machine], 3),
    (&[Command::Edit], 3),
    (&[Command::Gallery], 3),
    (&[Command::Palette], 4),
    (&[Command::Waiting], 4),
    (&[Command::Resolution], 4),
    (&[Command::Mark], 4),
    (&[Command::Share], 4),
    (&[Command::Theme], 4),
    (&[Command::WhereLost], 5),
    (&[Command::First, Command::Last], 5),
    (&[Command::BranchPrevious, Command::BranchNext], 5),
    (&[Command::MarkNext], 5),
    (&[Command::Slower, Command::Faster], 5),
    (&[Command::SelectPrevious, Command::SelectNext], 5),
];

/// What gives way first.
const EARLY_MAX: u8 = 5;

/// Keys, a word for what they do, and how early they give way.
struct Hint {
    keys: String,
    word: String,
    early: u8,
}

/// All hints that mean something on this machine.
fn hints(app: &App<'_>) -> Vec<Hint> {
    // Without caches there is nothing to count.
    let useful = |commands: &[Command]| commands != [Command::Counts] || app.session.view.counts.is_some();
    let shown = SHOWN.iter().filter(|(commands, _)| useful(commands)).map(|(commands, early)| {
        let entries = || commands.iter().map(|c| command::of(*c));
        let keys = entries().map(|e| e.keys[0]).collect::<Vec<_>>().join(" ");
        let mut words: Vec<&str> = entries().map(|e| e.short).collect();
        words.dedup();
        Hint { keys, word: words.join(", "), early: *early }
    });
    let mut hints: Vec<Hint> = shown.collect();
    hints.insert(1, Hint { keys: "1-9".into(), word: "take".into(), early: 2 });
    hints
}

/// Lines that the footer has on a screen.
pub fn footer_height(screen: Rect, app: &App<'_>) -> u16 {
    if screen.height < 28 {
        return 1;
    }
    let lines = rows(&hints(app), usize::from(screen.width), usize::MAX).len();
    u16::try_from(lines).unwrap_or(1).clamp(1, 3)
}

/// The hints that are shown, in at most so many rows of this width: those that give way first are left out.
fn rows(hints: &[Hint], width: usize, rows_max: usize) -> Vec<Vec<&Hint>> {
    let laid = |early: u8, few: usize| {
        let mut rows: Vec<Vec<&Hint>> = vec![Vec::new()];
        let mut used = 1;
        for (index, hint) in hints.iter().enumerate() {
            if hint.early > early || hint.early == early && index >= few {
                continue;
            }
            let columns = hint.keys.len() + hint.word.len() + 3;
            if used + columns > width && used > 1 {
                rows.push(Vec::new());
                used = 1;
            }
            used += columns;
            rows.last_mut().expect("there is a row").push(hint);
        }
        rows
    };
    // Whole groups as long as they fit, and of the next one as much as there is room for.
    let groups = (0..=EARLY_MAX).rev();
    let mut tried = groups
        .flat_map(|early| (0..=hints.len()).rev().map(move |few| (early, few)))
        .map(|(e, f)| laid(e, f));
    tried.find(|rows| rows.len() <= rows_max).unwrap_or_default()
}

/// The keys, as many as fit.
pub fn footer(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let hints = hints(app);
    let rows = rows(&hints, usize::from(area.width), usize::from(area.height));
    let lines = rows.into_iter().map(|row| {
        let keys = row.into_iter().flat_map(|hint| {
            [span(app, hint.keys.as_str(), Role::Key), span(app, format!(" {}  ", hint.word), Role::Dim)]
        });
        Line::from([Span::raw(" ")].into_iter().chain(keys).collect::<Vec<Span<'_>>>())
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<Line<'_>>>()), area);
}

#[cfg(test)]
mod tests {
    use super::SHOWN;
    use crate::step::command::{Command, ENTRIES};

    #[test]
    fn every_command_is_in_the_footer() {
        for entry in ENTRIES.iter().filter(|entry| entry.command != Command::FocusPrevious) {
            assert!(SHOWN.iter().any(|(commands, _)| commands.contains(&entry.command)), "{}", entry.long);
        }
    }
}
