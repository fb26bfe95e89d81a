//! `litmuscope list`: the built-in tests.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use traces::library::{self, Entry};

use crate::cli::Status;
use crate::render;

const NAME: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

/// Lists the tests whose name, as it is typed, contains one of `words`, or all; with the source of each expectation if
/// `verbose`.
pub fn list(words: &[String], verbose: bool) -> Status {
    let wanted = |entry: &&Entry| {
        let name = entry.label().to_lowercase();
        words.is_empty() || words.iter().any(|word| name.contains(&word.to_lowercase()))
    };
    let entries: Vec<&Entry> = library::entries().iter().filter(wanted).collect();
    if entries.is_empty() && !words.is_empty() {
        render::error(&format!("no built-in test has a name with {}", words.join(" or ")));
        return Status::BadInput;
    }
    match print(&entries, verbose) {
        Ok(()) => Status::Done,
        // Whoever reads has seen enough.
        Err(_) => Status::Done,
    }
}

fn print(entries: &[&Entry], verbose: bool) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let labels: Vec<String> = entries.iter().map(|entry| entry.label()).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    for (entry, name) in entries.iter().zip(&labels) {
        let kind = match entry.kind {
            Some(kind) if kind.allowed => "allowed",
            Some(_) => "forbidden",
            None => "",
        };
        let (arch, description) = (entry.arch, entry.description);
        let gap = " ".repeat(width - name.chars().count());
        writeln!(out, "{NAME}{name}{NAME:#}{gap}  {arch:<7}  {kind:<9}  {description}")?;
        if verbose && let Some(kind) = entry.kind {
            writeln!(out, "{:width$}  {DIM}{}: {}{DIM:#}", "", entry.path, kind.source)?;
        }
    }
    Ok(())
}
