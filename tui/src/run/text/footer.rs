//! What stands below the answer: how far to trust it, and what it took.

use std::fmt::Write as _;

use super::{DIM, Extras, NO, OPEN, WEAK, duration, words, wrap};
use crate::run::solve::Ran;
use crate::run::stop;
use traces::machine::Machine;

/// Writes the lines below the answer.
pub fn write(text: &mut String, ran: &Ran, extras: Extras) {
    if !extras.verdict_only && ran.outcomes().states.iter().any(|state| ran.is_weak(state)) {
        let _ = writeln!(
            text,
            "{WEAK}*{WEAK:#} {DIM}cannot be reached on a sequentially consistent machine{DIM:#}"
        );
    }
    let mut dim = |line: &str| {
        for line in wrap::lines(line, extras.width) {
            let _ = writeln!(text, "{DIM}{line}{DIM:#}");
        }
    };
    if let Some(kind) = ran.entry.and_then(|entry| entry.kind) {
        let kind_word = if kind.allowed { "allowed" } else { "forbidden" };
        let machine = Machine::of(&ran.test.arch).order().name;
        dim(&format!("on record as {kind_word} on {machine}: {}", kind.source));
    }
    if ran.test.mixed {
        dim("mixed sizes: accesses of different sizes may meet in one location");
    }
    if let Some(entries) = ran.store_buffer {
        dim(&format!(
            "store buffers hold at most {}: more may be possible",
            words::counted(entries.into(), "store")
        ));
    }
    for notice in notices(ran) {
        let lines = wrap::lines(&notice, extras.width.map(|width| width.saturating_sub(2)));
        for (number, line) in lines.iter().enumerate() {
            let mark = if number == 0 { "!" } else { " " };
            let _ = writeln!(text, "{NO}{mark}{NO:#} {line}");
        }
    }
    let took = if extras.time { format!(" in {}", duration(ran.time)) } else { String::new() };
    let explored = match ran.found.candidates {
        Some((positive, negative)) => words::counted(positive + negative, "execution"),
        None => format!("{} explored", words::counted(ran.found.explored, "state")),
    };
    let _ = match ran.incomplete() {
        None => writeln!(text, "{DIM}complete: {explored}{took}{DIM:#}"),
        Some(reason) => writeln!(text, "{OPEN}incomplete{OPEN:#}: {reason}; {explored}{took}"),
    };
    if ran.needs_whole_transactions() {
        let _ = writeln!(text, "{DIM}--whole-transactions: the same final states in far fewer states{DIM:#}");
    }
    if extras.stats {
        let figures = ran.found.figures.iter().map(|(name, figure)| (name.as_str(), figure.to_string()));
        let mut lines: Vec<(&str, String)> = figures.collect();
        if extras.time {
            lines.extend(ran.phases.iter().map(|(name, time)| (*name, duration(*time))));
            lines.extend(stop::peak_memory().map(|bytes| ("peak memory", format!("{} MiB", bytes >> 20))));
        }
        let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, figure) in lines {
            let _ = writeln!(text, "{DIM}  {name:width$}  {figure:>12}{DIM:#}");
        }
    }
}

/// What else a person should know about the runs of a test.
pub fn notices(ran: &Ran) -> Vec<String> {
    let instr = |thread: usize, index: u32| {
        let instrs = ran.test.program.threads.get(thread).map(|t| t.instrs.as_slice()).unwrap_or_default();
        let text = instrs.get(index as usize).map_or("the end", |instr| instr.text.as_str());
        format!("P{thread} at `{text}`")
    };
    let mut lines = Vec::new();
    for spinning in &ran.found.stuck {
        let who: Vec<String> = spinning.iter().map(|(thread, index)| instr(*thread, *index)).collect();
        lines.push(format!("some runs never end: {} for ever", words::listed(&who, "spins", "spin")));
    }
    for (thread, index) in &ran.found.outside {
        let who = instr(*thread, *index);
        lines.push(format!("{who} may access memory outside every variable; such runs have no final state"));
    }
    for flag in &ran.found.flags {
        lines.push(match flag.as_str() {
            "*undef*" => "the model says that this program has undefined behaviour".to_string(),
            name => format!("the model raises the flag {name}"),
        });
    }
    lines
}
