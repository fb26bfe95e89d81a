//! Results in the format that was asked for.

use sim_core::diagnostic::Diagnostic;
use traces::load::Source;
use traces::show::Radix;
use traces::view::hardware_words;

use super::solve::Ran;
use super::text::{hardware, words};
use super::{herd, json, text};
use crate::cli::{Format, RunOptions};

/// Turns results into text of one format.
pub struct Reporter<'a> {
    options: &'a RunOptions,
    /// Whether each test gets a line only.
    many: bool,
    /// Whether to show times.
    time: bool,
    /// Columns of the terminal that results go to, if they go to one.
    width: Option<usize>,
    totals: Totals,
}

/// How the tests of a batch came out.
#[derive(Debug, Default)]
struct Totals {
    yes: u64,
    no: u64,
    open: u64,
    bad: u64,
    incomplete: u64,
}

impl<'a> Reporter<'a> {
    /// A reporter for a number of tests. Where a person looks, times are shown.
    pub fn new(options: &'a RunOptions, tests: usize, terminal: bool) -> Reporter<'a> {
        let time = options.time || (terminal && options.format == Format::Text);
        let width = if terminal { columns() } else { None };
        Reporter { options, many: tests > 1, time, width, totals: Totals::default() }
    }

    fn radix(&self) -> Radix {
        if self.options.hexa { Radix::Hexadecimal } else { Radix::Decimal }
    }

    /// A test that ran.
    pub fn ran(&mut self, ran: &Ran) -> String {
        match ran.answer() {
            Some(true) => self.totals.yes += 1,
            Some(false) => self.totals.no += 1,
            None => self.totals.open += 1,
        }
        self.totals.incomplete += u64::from(ran.incomplete().is_some());
        let (time, radix) = (self.time, self.radix());
        let (stats, verdict_only) = (self.options.stats, self.options.verdict_only);
        match self.options.format {
            Format::Herd => herd::block(ran, herd::Extras { time, stats, radix }),
            Format::Json => json::ran(ran, json::Extras { time, stats, verdict_only }),
            Format::Text if self.many => text::row(ran, NAME_WIDTH),
            Format::Text => {
                text::full(ran, text::Extras { time, stats, verdict_only, radix, width: self.width })
            }
        }
    }

    /// A text that is no test; said on standard error already.
    pub fn invalid(&mut self, source: &Source, diagnostics: &[Diagnostic]) -> String {
        self.totals.bad += 1;
        match self.options.format {
            Format::Json => json::invalid(source, diagnostics),
            Format::Herd | Format::Text => String::new(),
        }
    }

    /// An input that could not be used; said on standard error already.
    pub fn failed(&mut self, file: &str, message: &str) -> String {
        self.totals.bad += 1;
        match self.options.format {
            Format::Json => json::failed(file, message),
            Format::Herd | Format::Text => String::new(),
        }
    }

    /// What stands below all results.
    pub fn end(&self) -> String {
        let totals = &self.totals;
        if !self.many || self.options.format != Format::Text {
            return String::new();
        }
        let ran = totals.yes + totals.no + totals.open;
        let mut parts = vec![format!("{} with yes", totals.yes), format!("{} with no", totals.no)];
        for (count, word) in
            [(totals.open, "not known"), (totals.incomplete, "incomplete"), (totals.bad, "could not be used")]
        {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        let hardware = &self.options.hardware;
        let (tests, with) = (words::counted(ran, "test"), hardware_words(hardware));
        let mut text = format!("\n{tests}{with}: {}\n", parts.join(", "));
        hardware::warning(&mut text, hardware);
        text
    }
}

/// The width of the terminal, where it says.
fn columns() -> Option<usize> {
    let (columns, _) = ratatui::crossterm::terminal::size().ok()?;
    (columns > 0).then_some(usize::from(columns))
}

/// Names are padded to this many characters.
const NAME_WIDTH: usize = 36;
