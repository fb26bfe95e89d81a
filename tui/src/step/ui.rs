//! The screen of a session: pure functions of its state.

mod bars;
mod cores;
mod counts;
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
        Some(Popup::Waiting { scroll }) => popups::waiting(frame, area, app, *scroll),
        Some(Popup::Graph) => graph::full(frame, area, app),
        Some(Popup::Counts { scroll }) => counts::popup(frame, area, app, *scroll),
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
    grid: cores::Grid,
    memory: Rect,
    steps: Rect,
    last: Option<Rect>,
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
            Constraint::Length(bars::footer_height(area, app)),
        ])
        .split(area);
        let count = app.session.view.cores.len();
        // Cores that do not fit beside the outcomes stand above them.
        let side = if area.width >= 150 { 56 } else { 40 };
        let beside = count * 34 <= usize::from(area.width - side);
        let side = if beside { side } else { side.max(52) };
        let width = if beside { area.width - side } else { area.width };
        let grid =
            cores::Grid { counts: app.session.view.counts.is_some(), ..cores::Grid::of(count, width, 2) };
        let height = cores::height(app, grid) * grid.rows as u16;
        let height = height.min(rows[1].height.saturating_sub(13));
        let above = Constraint::Length(if beside { 0 } else { height });
        let [above, below] = Layout::vertical([above, Constraint::Min(0)]).areas(rows[1]);
        let columns = Layout::horizontal([Constraint::Min(60), Constraint::Length(side)]).split(below);
        let memory = cores::memory_height(app);
        let above_steps = memory + if beside { height } else { 0 };
        let left = Layout::vertical([
            Constraint::Length(above_steps - memory),
            Constraint::Length(memory),
            Constraint::Min(5),
            Constraint::Length(columns[0].height.saturating_sub(above_steps) * 2 / 5),
        ])
        .split(columns[0]);
        let wanted = (outcomes::height(app, side) + 1).max(6).min(columns[1].height / 2);
        let right = Layout::vertical([Constraint::Length(wanted), Constraint::Min(4)]).split(columns[1]);
        Areas {
            header: rows[0],
            cores: if beside { left[0] } else { above },
            grid,
            memory: left[1],
            steps: left[2],
            last: Some(left[3]),
            outcomes: right[0],
            graph: Some(right[1]),
            timeline: rows[2],
            footer: rows[3],
        }
    }

    fn medium(area: Rect, app: &App<'_>) -> Areas {
        let grid =
            cores::Grid::of(app.session.view.cores.len(), area.width, if area.height < 22 { 1 } else { 2 });
        let footer = bars::footer_height(area, app);
        let wanted = cores::height(app, grid) * grid.rows as u16;
        let (list, few) = (outcomes::height(app, area.width), (area.height / 6).max(4));
        // A long list of outcomes takes the place of the cores while it has the focus.
        let instead = app.focus == Panel::Outcomes && list > few;
        let wanted = if instead { 0 } else { wanted };
        let listed = list.clamp(3, if instead { area.height.saturating_sub(9 + footer) } else { few }.max(3));
        let taken = wanted + listed + 3 + footer;
        // The steps come first, what the last one did gets what they leave.
        let steps = steps::height(app).clamp(5, 9);
        let last = area.height.saturating_sub(taken + steps).min(3);
        let height = wanted.min(area.height.saturating_sub(listed + last + 8 + footer));
        let rows = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(height),
            Constraint::Length(1),
            Constraint::Min(5),
            Constraint::Length(listed),
            Constraint::Length(last),
            Constraint::Length(1),
            Constraint::Length(footer),
        ])
        .split(area);
        Areas {
            header: rows[0],
            cores: rows[1],
            grid,
            memory: rows[2],
            steps: rows[3],
            last: (last > 0).then_some(rows[5]),
            outcomes: rows[4],
            graph: None,
            timeline: rows[6],
            footer: rows[7],
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, app: &App<'_>) {
        bars::header(frame, self.header, app);
        cores::draw(frame, self.cores, app, self.grid);
        cores::memory(frame, self.memory, app, self.memory.height >= 3);
        steps::draw(frame, self.steps, app);
        if let Some(area) = self.last {
            steps::last(frame, area, app);
        }
        outcomes::draw(frame, self.outcomes, app);
        match self.graph {
            Some(area) => {
                graph::panel(frame, area, app);
                timeline::draw(frame, self.timeline, app);
            }
            None => timeline::line(frame, self.timeline, app),
        }
        bars::footer(frame, self.footer, app);
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
    bars::header(frame, rows[0], app);
    if app.focus == Panel::Outcomes {
        outcomes::draw(frame, rows[1], app);
    } else {
        cores::draw(
            frame,
            rows[1],
            app,
            cores::Grid { columns: usize::from(area.width / 40).max(1), rows: 1, counts: false },
        );
    }
    cores::memory(frame, rows[2], app, false);
    steps::draw(frame, rows[3], app);
    bars::footer(frame, rows[4], app);
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

/// The mark in a panel's lower edge that says how many things there are for which it has no room, and the keys that
/// show them; nothing if it shows all.
fn more<'t>(app: &App<'_>, hidden: usize, keys: &str) -> Line<'t> {
    let keys = if keys.is_empty() { String::new() } else { format!(" ({keys})") };
    let words = if hidden == 0 { String::new() } else { format!(" {hidden} more{keys} ") };
    Line::from(span(app, words, Role::Key)).right_aligned()
}

/// The lines with an empty one between any two.
fn spaced(lines: Vec<Line<'_>>) -> Vec<Line<'_>> {
    let mut spaced: Vec<Line<'_>> = lines.into_iter().flat_map(|line| [line, Line::raw("")]).collect();
    spaced.pop();
    spaced
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

/// Text in lines of at most a number of columns, broken between words where that is possible.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let columns = |text: &str| ratatui::text::Line::raw(text).width();
    let width = width.max(8);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last] = fit(word, width);
        } else if columns(&lines[last]) + 1 + columns(word) <= width {
            lines[last].push(' ');
            lines[last].push_str(word);
        } else {
            lines.push(fit(word, width));
        }
    }
    lines
}

/// A style that is only the background of the selection.
fn selected(app: &App<'_>) -> Style {
    app.settings.theme.style(Role::Selected)
}
