//! `--expect`: comparing results with a log.

use std::fmt::Write as _;
use std::path::Path;

use traces::log::{Comparison, Difference, LogState, Verdict, read};

use super::herd::{self, Extras};
use super::solve::Ran;
use crate::cli::RunOptions;

/// States listed for one difference before the rest is only counted.
const STATES_MAX: usize = 10;

/// The expected results.
pub struct Expectations(Comparison);

impl Expectations {
    /// Reads the log that the options name, if they name one.
    ///
    /// # Errors
    /// A sentence.
    pub fn open(options: &RunOptions) -> Result<Option<Expectations>, String> {
        options.expect.as_deref().map(Expectations::read).transpose()
    }

    fn read(path: &Path) -> Result<Expectations, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {}", path.display(), traces::load::said(&error)))?;
        let comparison = Comparison::with(&text);
        if comparison.is_empty() {
            return Err(format!("{}: there is no result block in this log", path.display()));
        }
        Ok(Expectations(comparison))
    }

    /// Compares one result; gives the difference in words, or nothing.
    pub fn compare(&mut self, ran: &Ran) -> String {
        // Through the block as it is printed, so that what is compared is what a log would hold.
        let block = read(&herd::block(ran, Extras::default())).pop().unwrap_or_default();
        match self.0.add(&block, ran.incomplete().is_some()) {
            Some(difference) => describe(&block.name, &difference),
            None => String::new(),
        }
    }

    /// The summary, and whether every expectation was met; if the run was `partial`, absent tests count
    /// for nothing.
    pub fn summary(&self, partial: bool) -> (String, bool) {
        let mut text = String::new();
        let absent: Vec<&str> = self.0.absent().collect();
        let (equal, differ, undecided) = (self.0.equal, self.0.differ, self.0.undecided);
        if !partial {
            for name in absent.iter().take(STATES_MAX) {
                let _ = writeln!(text, "absent  {name}");
            }
        }
        for (name, expected, got) in &self.0.other_hash {
            let _ = writeln!(
                text,
                "hash    {name}: expected {expected}, got {got}: the log may be about another test"
            );
        }
        let _ = write!(text, "{equal} equal, {differ} differ, {} absent", absent.len());
        for (count, word) in [(undecided, "incomplete"), (self.0.unexpected, "not in the log")] {
            if count > 0 {
                let _ = write!(text, ", {count} {word}");
            }
        }
        text.push('\n');
        (text, differ == 0 && (partial || absent.is_empty()))
    }
}

fn describe(name: &str, difference: &Difference) -> String {
    let mut text = format!("differ  {name}");
    if let Some((expected, got)) = difference.verdicts {
        let _ = write!(text, ": expected {}, got {}", word(expected), word(got));
    }
    text.push('\n');
    list(&mut text, "missing", &difference.missing);
    list(&mut text, "extra", &difference.extra);
    text
}

fn word(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Ok) => "Ok",
        Some(Verdict::No) => "No",
        Some(Verdict::Undef) => "Undef",
        None => "no verdict",
    }
}

fn list(text: &mut String, title: &str, states: &[LogState]) {
    for state in states.iter().take(STATES_MAX) {
        let items: Vec<String> =
            state.iter().map(|(location, value)| format!("{location}={value};")).collect();
        let _ = writeln!(text, "    {title}: {}", items.join(" "));
    }
    if states.len() > STATES_MAX {
        let _ = writeln!(text, "    {title}: and {} more", states.len() - STATES_MAX);
    }
}
