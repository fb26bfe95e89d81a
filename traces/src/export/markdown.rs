//! A handout: the test, and the run as a table.

use std::fmt::Write as _;

use super::Film;
use super::handout::{finals, outcome_words};
use crate::view::{Count, Counts};

/// The film as a page of Markdown.
pub fn markdown(film: &Film) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# {}\n", cell(&film.heading()));
    if let Some(doc) = &film.doc {
        let _ = writeln!(text, "{}\n", cell(doc));
    }
    let fence = "`".repeat(3.max(longest_run(&film.source) + 1));
    let _ = writeln!(text, "{fence}\n{}\n{fence}\n", film.source.trim_end());
    let _ = writeln!(text, "| step | | what happens | {} | memory |", buffers(film, |c| c.name.clone()));
    let _ = writeln!(text, "| ---: | --- | --- | {} | --- |", buffers(film, |_| "---".to_string()));
    for frame in &film.frames {
        let number = frame.number;
        if let Some(back) = frame.back_words() {
            let empty = " |".repeat(frame.view.cores.len() + 1);
            let _ = writeln!(text, "| | *{back}* | {} |{empty}", frame.branch_words().unwrap_or_default());
        }
        let (name, story) = frame.told();
        let columns: Vec<String> = frame
            .view
            .cores
            .iter()
            .map(|core| {
                let registers = core.registers.iter().map(|r| format!("{}={}", r.name, r.value));
                let waiting = core.buffer.iter().map(|b| format!("[{}:={}]", b.location, b.value));
                let lines = core.cache.iter().map(|l| format!("({} {} {})", l.name, l.state, l.data));
                registers.chain(waiting).chain(lines).collect::<Vec<_>>().join(" ")
            })
            .collect();
        let memory = frame.view.memory.iter().map(|cell| format!("{}={}", cell.name, cell.value));
        let level2 = frame.view.level2.iter().map(|l| format!("({} {} {})", l.name, l.state, l.data));
        let memory: Vec<String> = memory.chain(level2).collect();
        let mark = frame.bookmark.as_ref().map(|b| format!(" ({b})")).unwrap_or_default();
        let columns: Vec<String> = columns.iter().map(|column| cell(column)).collect();
        let _ = writeln!(
            text,
            "| {number} | {} | {} | {} | {} |",
            cell(&format!("{name}{mark}")),
            says(&story, &frame.effect),
            columns.join(" | "),
            cell(&memory.join(" "))
        );
    }
    let _ = writeln!(text, "\nIn brackets: stores in the store buffer, oldest first.");
    if film.frames.iter().any(|frame| frame.view.cores.iter().any(|core| !core.cache.is_empty())) {
        let _ = writeln!(text, "In parentheses: lines of the cache, with their state and data.");
    }
    if let Some(counted) = film.frames.last().and_then(|frame| frame.view.counts.as_ref()) {
        counts(&mut text, counted);
    }
    let _ = writeln!(text, "\n## The question\n\n{}\n\n{}", code(&film.condition), cell(&film.answer()));
    if let Some(reason) = &film.without_outcomes {
        let _ = writeln!(text, "\n## Final states\n\n{}", cell(reason));
    }
    for (index, outcome) in finals(film).iter().enumerate() {
        if index == 0 {
            let _ = writeln!(text, "\n## Final states\n");
        }
        let words = outcome_words(film, outcome).map(|words| format!(" ({words})")).unwrap_or_default();
        let _ = writeln!(text, "* {}{words}", code(&outcome.text));
    }
    if let Some(notes) = film.notes() {
        let _ = writeln!(text, "\n*{}*", cell(&notes));
    }
    text
}

/// What the run has cost, as a table.
fn counts(text: &mut String, counted: &Counts) {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let names = counted.columns().map(|column| cell(&column.name));
    let heads = [String::new()].into_iter().chain(names).collect();
    let rule = ["---"].into_iter().chain(counted.columns().map(|_| "---:")).map(String::from).collect();
    let _ = writeln!(text, "\n## What the run has cost\n\n{}\n{}", row(heads), row(rule));
    for measure in counted.measures() {
        let value =
            |column: &Count| column.value(measure.key).map_or(String::new(), |value| value.to_string());
        let label = format!("{}{}", "&nbsp;&nbsp;".repeat(measure.depth), measure.label);
        let _ = writeln!(
            text,
            "{}",
            row([label].into_iter().chain(counted.columns().map(value)).collect::<Vec<_>>())
        );
    }
    let _ = writeln!(text, "\n{}", counted.words());
}

fn buffers(film: &Film, of: impl Fn(&crate::view::CoreView) -> String) -> String {
    let cores = film.frames.first().map(|f| f.view.cores.iter().map(of).collect::<Vec<_>>());
    cores.unwrap_or_default().join(" | ")
}

/// What a step does, and which bytes it is about.
fn says(story: &str, effect: &str) -> String {
    let gap = if story.is_empty() || effect.is_empty() { "" } else { "<br>" };
    format!("{}{gap}{}", cell(story), cell(effect))
}

/// Text that stays what it is inside a table.
fn cell(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => safe.push(' '),
            '|' | '*' | '_' | '<' | '\\' | '`' | '[' | ']' | '#' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Text as code.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let gap = if text.contains('`') { " " } else { "" };
    format!("{fence}{gap}{}{gap}{fence}", text.replace(['\n', '\r'], " "))
}

/// The longest run of backquotes.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
