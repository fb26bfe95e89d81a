//! The progress of a run on standard error, where that is a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for many tests, or nothing.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar for `count` things called `what`; nothing for a single one, or where standard error is no
    /// terminal.
    pub fn new(count: usize, what: &str) -> Bar {
        if count < 2 || !std::io::stderr().is_terminal() {
            return Bar(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(count as u64);
        let style = ProgressStyle::with_template(&format!(
            "{{wide_bar}} {{pos}}/{{len}} {what}, {{elapsed}}, {{eta}} left"
        ));
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Bar(bar)
    }

    /// One more test is done.
    pub fn step(&self) {
        self.0.inc(1);
    }

    /// Prints without the bar in the way.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// Takes the bar off the screen.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// A line that shows a number of states, states per second and the frontier of one search.
pub struct Spinner(ProgressBar);

impl Spinner {
    /// A line if `wanted`, even where standard error is no terminal in case it is looked at later.
    pub fn new(wanted: bool) -> Spinner {
        Spinner(if wanted { ProgressBar::new_spinner() } else { ProgressBar::hidden() })
    }

    /// Shows the figures.
    pub fn show(&self, states: u64, frontier: u64, elapsed: Duration) {
        let rate = states as f64 / elapsed.as_secs_f64().max(1e-3);
        let seconds = elapsed.as_secs_f64();
        self.0.set_message(format!("{states} states, {rate:.0}/s, frontier {frontier}, {seconds:.1} s"));
        self.0.tick();
    }

    /// Takes the line off the screen.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}
