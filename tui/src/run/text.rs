//! Results for people: one test in full, or a line for each of many.

mod footer;
pub mod hardware;
mod program;
mod runs;
pub mod words;
mod wrap;

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use sim_core::outcome::State;
use traces::show::{self, Radix};

use super::engine::Engine;
use super::solve::Ran;

const TITLE: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const WEAK: Style = AnsiColor::Yellow.on_default().bold();
const YES: Style = AnsiColor::Green.on_default().bold();
const NO: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Magenta.on_default().bold();

/// What a full result has beyond the necessary, and what it lacks.
#[derive(Debug, Clone, Copy)]
pub struct Extras {
    /// The time it took.
    pub time: bool,
    /// All figures.
    pub stats: bool,
    /// The answer alone, without final states.
    pub verdict_only: bool,
    /// How values are printed.
    pub radix: Radix,
    /// Columns of the terminal that it is for, if it is for one: longer lines are broken.
    pub width: Option<usize>,
}

/// One test in full.
pub fn full(ran: &Ran, extras: Extras) -> String {
    let test = &ran.test;
    let mut text = String::new();
    let _ = writeln!(text, "{TITLE}{}{TITLE:#} {DIM}({}) {}{DIM:#}", test.name, test.arch, ground(ran));
    hardware::warning(&mut text, &ran.hardware);
    if let Some(doc) = &test.doc {
        // A file may hold anything, and a terminal obeys control characters.
        let doc: String = doc.chars().filter(|c| !c.is_control()).collect();
        for line in wrap::lines(&doc, extras.width) {
            let _ = writeln!(text, "{DIM}{line}{DIM:#}");
        }
    }
    let _ = write!(text, "\n{}\n", program::table(test, extras.width));
    if !extras.verdict_only {
        let _ = writeln!(text, "{}", states(ran, extras.radix));
    }
    let _ = writeln!(text, "{}", words::verdict(ran));
    hardware::compared(&mut text, ran, extras.radix);
    for (state, witness) in ran.outcomes().states.iter().zip(&ran.found.witnesses) {
        let _ = write!(text, "\n{}", runs::of(ran, state, witness, extras.radix));
    }
    footer::write(&mut text, ran, extras);
    text
}

/// On which machine, or under which model.
fn ground(ran: &Ran) -> String {
    let machine = format!("on {}{}", ran.machine.order().name, traces::view::hardware_words(&ran.hardware));
    match &ran.model {
        None => machine,
        Some(model) if ran.found.by == Engine::Axioms => format!("under {model}"),
        Some(model) => format!("{machine} and under {model}"),
    }
}

/// The final states as a table: a column for each location, and a `*` before weak states.
fn states(ran: &Ran, radix: Radix) -> String {
    let test = &ran.test;
    let states = &ran.outcomes().states;
    let weak = states.iter().filter(|state| ran.is_weak(state)).count();
    let mut text = words::count_of_states(states.len(), weak, ran.incomplete().is_some());
    if test.observables.items.is_empty() || states.is_empty() {
        return text + "\n";
    }
    let names: Vec<String> = test.observables.items.iter().map(|item| item.name.clone()).collect();
    let rows: Vec<(&State, Vec<String>)> =
        states.iter().map(|state| (state, show::values(test, state, radix))).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|(_, row)| &row[column]).chain([&names[column]]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("  {cell:>width$}"));
        cells.collect::<String>()
    };
    let _ = write!(text, "\n    {DIM}{}{DIM:#}\n", line(&names));
    for (state, row) in &rows {
        let (style, mark) = if ran.is_weak(state) { (WEAK, '*') } else { (Style::new(), ' ') };
        let forbidden = if ran.is_forbidden(state) { "  forbidden by the architecture" } else { "" };
        let holds = if test.condition.prop.holds(state) { "  <-" } else { "" };
        let _ =
            writeln!(text, "  {style}{mark} {}{style:#}{DIM}{holds}{DIM:#}{NO}{forbidden}{NO:#}", line(row));
    }
    text
}

/// One line for one of many tests.
pub fn row(ran: &Ran, name_width: usize) -> String {
    let (style, word) = words::short(ran);
    let (positive, negative) = ran.outcomes().count(&ran.test.condition.prop);
    let gap = " ".repeat(name_width.saturating_sub(ran.test.name.chars().count()));
    let note =
        ran.incomplete().map(|reason| format!("  {OPEN}incomplete{OPEN:#}: {reason}")).unwrap_or_default();
    let share = format!("{positive} of {}", positive + negative);
    let stuck = if ran.found.stuck.is_empty() { "" } else { "  some runs never end" };
    let (name, arch) = (&ran.test.name, &ran.test.arch);
    let strange = hardware::share(ran);
    format!(
        "{name}{gap}  {DIM}{arch:<7}{DIM:#}  {style}{word:<13}{style:#}  {share:>9}{note}{stuck}{strange}\n"
    )
}

/// A duration in three digits.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s if s < 100.0 => format!("{s:.2} s"),
        s => format!("{} min {:.0} s", (s / 60.0) as u64, s % 60.0),
    }
}
