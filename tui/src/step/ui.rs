//! The screen of a session: pure functions of its state.

mod cores;
mod editor;
pub mod gallery;
mod graph;
mod outcomes;
mod popups;
mod steps;
pub mod style;
mod timeline;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph, Wrap};

use super::app::{App, Panel, Popup, Target};
use super::command::{self, Command};
use super::setup;
use style::Role;

/// How much fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Everything.
    Wide,
    /// Everything but the graph.
    Medium,
    /// One core at a time.
    Narrow,
    /// Words.
    Tiny,
}

impl Shape {
    /// The shape for a screen.
    pub fn of(area: Rect, present: bool) -> Shape {
        match (area.width, area.height) {
            // On a projector letters are large and eyes are far: fewer things.
            (w, h) if w >= 110 && h >= 28 && !present => Shape::Wide,
            (w, h) if w >= 80 && h >= 20 => Shape::Medium,
            (w, h) if w >= 60 && h >= 15 => Shape::Narrow,
            _ => Shape::Tiny,
        }
    }
}

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, app: &App<'_>) {
    let area = frame.area();
    match Shape::of(area, app.settings.present) {
        Shape::Wide => Areas::wide(area, app).draw(frame, app),
        Shape::Medium => Areas::medium(area, app).draw(frame, app),
        Shape::Narrow => narrow(frame, area, app),
        Shape::Tiny => tiny(frame, area, app),
    }
    match &app.popup {
        None => {}
        Some(Popup::Help { scroll }) => popups::help(frame, area, app, *scroll),
        Some(Popup::Palette { query, selected }) => popups::palette(frame, area, app, query, *selected),
        Some(Popup::Graph) => graph::full(frame, area, app),
        Some(Popup::Explain { scroll }) => popups::explain(frame, area, app, *scroll),
        Some(Popup::Machine(form)) => popups::machine(frame, area, app, form),
        Some(Popup::Fences { trials, selected }) => popups::fences(frame, area, app, trials, *selected),
        Some(Popup::Edit(editor)) => editor::draw(frame, area, app, editor),
    }
}

/// Where the panels of the larger shapes lie.
struct Areas {
    header: Rect,
    cores: Rect,
    memory: Rect,
    steps: Rect,
    last: Rect,
    outcomes: Rect,
    graph: Option<Rect>,
    timeline: Rect,
    footer: Rect,
}

impl Areas {
    fn wide(area: Rect, app: &App<'_>) -> Areas {
        let rows = Layout::vertical([
            Constraint::Length(1),
            Constraint::Min(10),
            Constraint::Length(4),
            Constraint::Length(1),
        ])
        .split(area);
        let side = if area.width >= 150 { 56 } else { 40 };
        let columns = Layout::horizontal([Constraint::Min(60), Constraint::Length(side)]).split(rows[1]);
        let height = cores::height(app).min(rows[1].height.saturating_sub(13));
        let left = Layout::vertical([
            Constraint::Length(height),
            Constraint::Length(3),
            Constraint::Min(5),
            Constraint::Length(5),
        ])
        .split(columns[0]);
        let wanted = outcomes::height(app).min(rows[1].height / 2);
        let right = Layout::vertical([Constraint::Length(wanted), Constraint::Min(4)]).split(columns[1]);
        Areas {
            header: rows[0],
            cores: left[0],
            memory: left[1],
            steps: left[2],
            last: left[3],
            outcomes: right[0],
            graph: Some(right[1]),
            timeline: rows[2],
            footer: rows[3],
        }
    }

    fn medium(area: Rect, app: &App<'_>) -> Areas {
        let listed = (app.session.outcomes.len().div_ceil(2) as u16 + 2).clamp(3, area.height / 5);
        let height = cores::height(app).min(area.height.saturating_sub(listed + 12));
        let rows = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(height),
            Constraint::Length(1),
            Constraint::Min(5),
            Constraint::Length(listed),
            Constraint::Length(3),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .split(area);
        Areas {
            header: rows[0],
            cores: rows[1],
            memory: rows[2],
            steps: rows[3],
            last: rows[5],
            outcomes: rows[4],
            graph: None,
            timeline: rows[6],
            footer: rows[7],
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App<'_>) {
        header(frame, self.header, app);
        cores::draw(frame, self.cores, app);
        cores::memory(frame, self.memory, app, self.memory.height >= 3);
        steps::draw(frame, self.steps, app);
        steps::last(frame, self.last, app);
        outcomes::draw(frame, self.outcomes, app);
        match self.graph {
            Some(area) => {
                graph::panel(frame, area, app);
                timeline::draw(frame, self.timeline, app);
            }
            None => timeline::line(frame, self.timeline, app),
        }
        footer(frame, self.footer, app);
    }
}

/// What lies at a place of the screen, if it can be clicked.
pub fn target(area: Rect, app: &App<'_>, column: u16, row: u16) -> Option<Target> {
    let areas = match Shape::of(area, app.settings.present) {
        Shape::Wide => Areas::wide(area, app),
        Shape::Medium => Areas::medium(area, app),
        Shape::Narrow | Shape::Tiny => return None,
    };
    let inside = |area: Rect| {
        let inner = area.inner(ratatui::layout::Margin::new(1, 1));
        let place = ratatui::layout::Position { x: column, y: row };
        inner.contains(place).then(|| (inner, row - inner.y))
    };
    if let Some((inner, row)) = inside(areas.steps) {
        return steps::at(app, inner, row).map(Target::Step);
    }
    let (inner, row) = inside(areas.outcomes)?;
    outcomes::at(app, inner, row, column - inner.x).map(Target::Outcome)
}

fn narrow(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Percentage(45),
        Constraint::Length(1),
        Constraint::Min(4),
        Constraint::Length(1),
    ])
    .split(area);
    header(frame, rows[0], app);
    if app.focus == Panel::Outcomes {
        outcomes::draw(frame, rows[1], app);
    } else {
        cores::draw(frame, rows[1], app);
    }
    cores::memory(frame, rows[2], app, false);
    steps::draw(frame, rows[3], app);
    footer(frame, rows[4], app);
}

fn tiny(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let now = app.session.history.now();
    let theme = app.settings.theme;
    let mut lines = vec![Line::styled(
        format!("{} step {}", app.session.test().name, now.depth),
        theme.style(Role::Title),
    )];
    let room = usize::from(area.height).saturating_sub(4).max(1);
    let first = app.session.selected.saturating_sub(room.saturating_sub(1));
    for (index, step) in app.session.view.enabled.iter().enumerate().skip(first).take(room) {
        let chosen = index == app.session.selected;
        let style = theme.style(if chosen { Role::Selected } else { Role::Text });
        lines.push(Line::styled(
            format!("{}{} {}", if chosen { '>' } else { ' ' }, index + 1, step.name),
            style,
        ));
    }
    if let Some(outcome) = &app.session.view.outcome {
        lines.push(Line::styled(format!("ended: {outcome}"), theme.style(Role::Open)));
    }
    lines.push(Line::raw(format!(
        "{} of {} outcomes open",
        app.session.open_count(),
        app.session.outcomes.len()
    )));
    lines.push(Line::styled("space u r w q; larger shows more", theme.style(Role::Dim)));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), area);
}

fn header(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    let theme = app.settings.theme;
    let session = &app.session;
    let test = session.test();
    let now = session.history.now();
    let mut left = vec![
        Span::styled(format!(" {} ", test.name), theme.style(Role::Title)),
        Span::styled(
            format!("{} on {}", test.arch, setup::words(&app.document.setup, session.order().name)),
            theme.style(Role::Dim),
        ),
        Span::raw("  "),
        Span::styled(format!("step {}", now.depth), theme.style(Role::Key)),
    ];
    if now.mark {
        left.push(Span::styled(" [marked]", theme.style(Role::Goal)));
    }
    if let Some(goal) = &session.goal
        && let Some(outcome) = session.outcomes.get(goal.outcome)
    {
        let left_over = match &goal.way {
            Some(way) if way.is_empty() => "reached".into(),
            Some(way) => format!("{} to go", way.len()),
            None => "looking".into(),
        };
        left.push(Span::styled(format!("  goal {} ({left_over})", outcome.text), theme.style(Role::Goal)));
    }
    if app.playing.is_some() {
        left.push(Span::styled(format!("  playing, {} ms", app.settings.pause), theme.style(Role::Key)));
    }
    if !app.notice.is_empty() {
        left.push(Span::styled(format!("  {}", app.notice), theme.style(Role::Changed)));
    }
    let status = if session.outcomes.is_empty() && !session.outcomes_complete {
        "searching ".to_string()
    } else {
        let weak = session.outcomes.iter().filter(|o| o.weak == Some(true)).count();
        let (open, all) = (session.open_count(), session.outcomes.len());
        match area.width >= 100 {
            true => format!("{open} of {all} outcomes open, {weak} weak "),
            false => format!("{open}/{all} open "),
        }
    };
    let width = status.len() as u16 + 1;
    let parts = Layout::horizontal([Constraint::Min(10), Constraint::Length(width)]).split(area);
    frame.render_widget(Paragraph::new(Line::from(left)), parts[0]);
    frame.render_widget(
        Paragraph::new(Line::styled(status, theme.style(Role::Dim))).right_aligned(),
        parts[1],
    );
}

/// The keys that matter now, as many as fit.
fn footer(frame: &mut Frame<'_>, area: Rect, app: &App<'_>) {
    const SHOWN: [Command; 17] = [
        Command::Take,
        Command::Undo,
        Command::Redo,
        Command::Weak,
        Command::Play,
        Command::Explain,
        Command::Graph,
        Command::Fence,
        Command::Help,
        Command::Quit,
        Command::Palette,
        Command::Machine,
        Command::Edit,
        Command::Gallery,
        Command::Resolution,
        Command::Mark,
        Command::Theme,
    ];
    let theme = app.settings.theme;
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    let digits = std::iter::once(("1-9", "take"));
    let keys = SHOWN.iter().map(|c| command::of(*c)).map(|e| (e.keys[0], e.short));
    for (key, short) in keys.clone().take(1).chain(digits).chain(keys.skip(1)) {
        let width = key.len() + short.len() + 3;
        if used + width > usize::from(area.width) {
            break;
        }
        used += width;
        spans.push(Span::styled(key.to_string(), theme.style(Role::Key)));
        spans.push(Span::styled(format!(" {short}  "), theme.style(Role::Dim)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// A panel's frame.
fn block<'t>(app: &App<'_>, title: impl Into<Line<'t>>, focused: bool) -> Block<'t> {
    let theme = app.settings.theme;
    let role = if focused { Role::Focus } else { Role::Border };
    Block::bordered()
        .border_type(if focused { BorderType::Thick } else { BorderType::Rounded })
        .border_style(theme.style(role))
        .title(title)
        .title_style(theme.style(Role::Title))
}

/// A span that is plain unless it has a role.
fn span<'t>(app: &App<'_>, text: impl Into<String>, role: Role) -> Span<'t> {
    Span::styled(text.into(), app.settings.theme.style(role))
}

/// Text cut to a number of columns, with `~` where something was left out.
pub(crate) fn fit(text: &str, width: usize) -> String {
    use ratatui::text::Line as Measured;
    if Measured::raw(text).width() <= width {
        return text.to_string();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if Measured::raw(kept.as_str()).width() >= width {
            kept.pop();
            break;
        }
    }
    kept.push('~');
    kept
}

/// A style that is only the background of the selection.
fn selected(app: &App<'_>) -> Style {
    app.settings.theme.style(Role::Selected)
}
