//! Arguments of `export`.

use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = NOTES)]
pub struct ExportArgs {
    /// A recorded trace
    #[arg(value_name = "TRACE")]
    pub trace: PathBuf,

    /// What to write, by its ending: a page (.html), a picture that moves (.svg) or one per step
    /// (NAME-%02d.svg), a terminal recording (.cast), a handout (.md), every state in full (.json); several
    /// with commas between
    #[arg(long, required = true, value_name = "FILE", value_delimiter = ',')]
    pub to: Vec<String>,

    /// Show only the states after step A to step B of the trace, both included: 100..200, 1990.. or ..50 (0 is the
    /// beginning) [default: all of them in .json, elsewhere the first 2000]
    #[arg(long, value_name = "A..B", value_parser = steps)]
    pub steps: Option<RangeInclusive<usize>>,
}

const NOTES: &str = "\
A page, a picture or a handout shows at most 2000 steps, from A on, and says so where the trace has more; .json has \
all of them. Steps are numbered through the whole trace, as the page shows them: where the trace goes back, numbers go on.";

/// `A..B`, `A..` or `..B`.
fn steps(text: &str) -> Result<RangeInclusive<usize>, String> {
    let expected = || format!("expected two numbers of steps, such as 100..200, not `{text}`");
    let (first, last) = text.split_once("..").ok_or_else(expected)?;
    let number = |text: &str, open| match text.trim() {
        "" => Ok(open),
        digits => digits.parse().map_err(|_| expected()),
    };
    let range = number(first, 0)?..=number(last.strip_prefix('=').unwrap_or(last), usize::MAX)?;
    if range.is_empty() {
        return Err(format!("the first number must not be greater than the second: `{text}` has no step"));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn ranges_of_steps_may_be_open() {
        assert_eq!(steps("100..200"), Ok(100..=200));
        assert_eq!(steps("7..7"), Ok(7..=7));
        assert_eq!(steps("..50"), Ok(0..=50));
        assert_eq!(steps("1990.."), Ok(1990..=usize::MAX));
        for wrong in ["", "5", "a..b", "1..2..3", "-1..2", "9..8"] {
            assert!(steps(wrong).is_err(), "{wrong}");
        }
    }
}
