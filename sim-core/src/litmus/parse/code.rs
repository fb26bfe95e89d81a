//! The table of instructions: a heading and rows, one column per thread.

use super::problems::Problems;
use super::text::{name_length, trim};
use super::token::shorten;
use super::value::not_modelled;
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::litmus::ast::{Cell, Column, Word};

/// The words that begin the tail.
const TAIL: [&str; 8] = ["exists", "forall", "final", "locations", "filter", "observed", "Observed", "cases"];

/// More threads than any test has; results and traces number them in one byte.
const MOST_THREADS: usize = 64;

/// Where the table that begins at `start` ends and the tail begins.
pub(super) fn end_of_table(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut negation = None;
    let mut row_begins = false;
    while at < bytes.len() {
        let length = name_length(&bytes[at..]).max(1);
        let word = text.get(at..at + length).unwrap_or("");
        match word {
            "exists" => return negation.unwrap_or(at),
            _ if TAIL.contains(&word) => return at,
            "(" if row_begins => return at,
            "~" | "not" => negation = Some(at),
            _ if word.trim().is_empty() && !word.is_empty() => {}
            _ => negation = None,
        }
        if !bytes[at].is_ascii_whitespace() {
            row_begins = bytes[at] == b';';
        }
        at += if bytes[at] == b'"' { string_length(&bytes[at..]) } else { length };
    }
    bytes.len()
}

/// Length of the string in quotes at the beginning; strings do not cross lines.
fn string_length(bytes: &[u8]) -> usize {
    match bytes[1..].iter().position(|&byte| byte == b'"' || byte == b'\n') {
        Some(length) if bytes[1 + length] == b'"' => length + 2,
        _ => 1,
    }
}

/// Reads the table in `text[start..end]`.
pub(super) fn table(text: &str, start: usize, end: usize, problems: &mut Problems) -> Option<Vec<Column>> {
    let (heading, mut at) = next_row(text, start, end);
    let Some(heading) = heading else {
        let (rest, at) = trim(text, start, end);
        let span = Span::new(at, at + rest.lines().next().map_or(0, str::len));
        let message = "the table of instructions is missing";
        problems.push(
            Diagnostic::error("no-table", span, message)
                .note("it begins with a row of threads that ends with `;`, such as `P0 | P1 ;`"),
        );
        return None;
    };
    let mut threads = headings(text, &heading, problems)?;
    while !problems.full() {
        let (row, next) = next_row(text, at, end);
        let Some(row) = row else { break };
        add_row(text, &row, &mut threads, problems);
        at = next;
    }
    let (rest, place) = trim(text, at, end);
    if !rest.is_empty() {
        unfinished(rest, place, problems);
    }
    Some(threads)
}

/// The cells of the next row as ranges, and where the row after it begins.
fn next_row(text: &str, start: usize, end: usize) -> (Option<Vec<(usize, usize)>>, usize) {
    let bytes = &text.as_bytes()[..end];
    let mut cells = Vec::new();
    let (mut at, mut cell) = (start, start);
    while at < end {
        match bytes[at] {
            b'|' => {
                cells.push((cell, at));
                cell = at + 1;
            }
            // `lock;` is a prefix of the instruction behind it.
            b';' if !is_prefix(text, cell, at) => {
                cells.push((cell, at));
                return (Some(cells), at + 1);
            }
            b'"' => at += string_length(&bytes[at..]) - 1,
            _ => {}
        }
        at += 1;
    }
    (None, start)
}

fn is_prefix(text: &str, start: usize, end: usize) -> bool {
    let (word, _) = trim(text, start, end);
    word.len() >= 4 && word.is_char_boundary(word.len() - 4) && {
        let (before, last) = word.split_at(word.len() - 4);
        last.eq_ignore_ascii_case("lock") && (before.is_empty() || before.trim_end().ends_with(':'))
    }
}

fn headings(text: &str, row: &[(usize, usize)], problems: &mut Problems) -> Option<Vec<Column>> {
    let mut threads = Vec::new();
    for (index, &(start, end)) in row.iter().enumerate() {
        let (heading, at) = trim(text, start, end);
        let span = Span::new(at, at + heading.len());
        let name = heading.split([':', '.']).next().unwrap_or("").trim_end();
        let number: Option<usize> = name.strip_prefix('P').and_then(|digits| digits.parse().ok());
        if name != heading && heading.as_bytes().get(name.len()) == Some(&b'.') && number.is_some() {
            return not_modelled(span, "fault handlers are", problems);
        }
        if index >= MOST_THREADS {
            let message = format!("more than {MOST_THREADS} threads");
            problems.push(Diagnostic::error("threads", span, message));
            return None;
        }
        if number != Some(index) {
            let message = match number {
                Some(_) => format!("threads are out of order: found `{}`", shorten(heading)),
                None => format!("`{}` is no thread", shorten(heading)),
            };
            let error = Diagnostic::error("threads", span, message);
            problems.push(error.note(format!(
                "the threads are called P0, P1, and so on from left to right: this one is `P{index}`"
            )));
            return None;
        }
        let heading = Word { text: heading.to_owned(), span };
        threads.push(Column { heading, cells: Vec::new() });
    }
    Some(threads)
}

fn add_row(text: &str, row: &[(usize, usize)], threads: &mut [Column], problems: &mut Problems) {
    let blank = row.iter().all(|&(start, end)| trim(text, start, end).0.is_empty());
    if row.len() == 1 && blank {
        return;
    }
    if row.len() != threads.len() {
        wrong_count(text, row, threads.len(), problems);
        return;
    }
    for (&(start, end), thread) in row.iter().zip(threads) {
        if let Some(cell) = cell(text, start, end, problems) {
            thread.cells.push(cell);
        }
    }
}

fn wrong_count(text: &str, row: &[(usize, usize)], threads: usize, problems: &mut Problems) {
    for &(start, end) in row {
        if let Some(place) = inner_line_end(text, start, end) {
            missing_semicolon(place, problems);
            return;
        }
    }
    let (first, last) = (row[0].0, row[row.len() - 1].1);
    let (content, at) = trim(text, first, last);
    let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let message = format!(
        "this row has {}, and there {} {}",
        plural(row.len(), "cell"),
        if threads == 1 { "is" } else { "are" },
        plural(threads, "thread"),
    );
    let error = Diagnostic::error("cells", Span::new(at, at + content.len()), message);
    problems.push(error.note("cells are separated by `|`; a cell may be empty, but not left out"));
}

/// Where the first line inside the cell ends, if its text goes over several lines.
fn inner_line_end(text: &str, start: usize, end: usize) -> Option<usize> {
    let (content, at) = trim(text, start, end);
    let line = content.find('\n')?;
    Some(at + content[..line].trim_end().len())
}

fn missing_semicolon(at: usize, problems: &mut Problems) {
    let error =
        Diagnostic::error("missing-semicolon", Span::new(at, at), "expected `;` at the end of the row");
    problems.push(error.note("each row of the table ends with `;`, the last one too"));
}

/// What stands between the last `;` and the tail.
fn unfinished(rest: &str, at: usize, problems: &mut Problems) {
    let word = &rest[..name_length(rest.as_bytes())];
    if rest.starts_with('~') || word == "not" {
        let span = Span::new(at, at + word.len().max(1));
        problems.push(Diagnostic::error("quantifier", span, "only `exists` can be negated"));
        return;
    }
    if let Some(near) = nearest(word, TAIL) {
        let span = Span::new(at, at + word.len());
        let message = format!("`{word}` does not begin a condition");
        problems.push(Diagnostic::error("quantifier", span, message).note(format!("did you mean `{near}`?")));
        return;
    }
    missing_semicolon(at + rest.lines().next().map_or(0, |line| line.trim_end().len()), problems);
}

/// The labels and the instruction of a cell, `None` if there is nothing.
fn cell(text: &str, start: usize, end: usize, problems: &mut Problems) -> Option<Cell> {
    let mut cell = Cell::default();
    let mut at = start;
    loop {
        let (rest, place) = trim(text, at, end);
        let length = name_length(rest.as_bytes());
        let behind = rest[length..].trim_start();
        if length == 0 || !behind.starts_with(':') {
            if !rest.is_empty() {
                if let Some(line) = inner_line_end(text, place, end) {
                    missing_semicolon(line, problems);
                    return None;
                }
                let span = Span::new(place, place + rest.len());
                cell.instr = Some(Word { text: rest.to_owned(), span });
            }
            break;
        }
        let span = Span::new(place, place + length);
        if &rest[..length] == "codevar" {
            return not_modelled(span, "code variables are", problems);
        }
        cell.labels.push(Word { text: rest[..length].to_owned(), span });
        at = place + (rest.len() - behind.len()) + 1;
    }
    (cell != Cell::default()).then_some(cell)
}
