//! One run over caches as text, JSON or CSV.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sim_core::memory::counters::{Counters, Latencies};
use sim_core::memory::geometry::Geometry;
use sim_core::memory::protocol::Family;
use sim_core::memory::replay::{Schedule, SharedLine};
use traces::access::measures::{MEASURES, Shown, miss_percent};
use traces::access::plot::bytes;
use traces::access::{Counts, Files, Setup};

use crate::cli::ReplayFormat;

/// Cores side by side in one table.
const COLUMNS: usize = 8;
/// Lines of the sharing report that people see.
const LINES_SHOWN: usize = 10;

/// A run in one format.
pub fn one(format: ReplayFormat, files: &Files, setup: &Setup, counts: &Counts) -> String {
    match format {
        ReplayFormat::Text => text(files, setup, counts),
        ReplayFormat::Json => json(files, setup, counts),
        ReplayFormat::Csv => csv(counts),
    }
}

/// What was run: `blackscholes_four.zip, label-value, 4 cores`.
pub fn heading(files: &Files, counts: &Counts) -> String {
    let first = files.paths.first().and_then(|path| path.file_name());
    let first = first.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let more = files.paths.len().saturating_sub(1);
    let others = if more > 0 { format!(" and {more} more") } else { String::new() };
    let cores = counts.cores.len();
    format!("{first}{others}, {}, {cores} core{}", counts.format.name(), if cores == 1 { "" } else { "s" })
}

fn text(files: &Files, setup: &Setup, counts: &Counts) -> String {
    let mut out = format!("{}\n{}\n", heading(files, counts), words(setup));
    let columns: Vec<(String, &Counters)> =
        counts.cores.iter().enumerate().map(|(core, c)| (format!("core {core}"), c)).collect();
    let mut columns: Vec<_> = if columns.len() > 1 { columns } else { Vec::new() };
    columns.push(("total".to_string(), &counts.total));
    for block in columns.chunks(COLUMNS + 1) {
        out.push('\n');
        out += &table(setup, counts, block);
    }
    out + &sharing(&counts.shared_lines)
}

/// The caches in words: `mesi, 4 KiB 2-way lru with lines of 32 bytes; the cores take turns`, and what cycles are counted
/// by.
fn words(setup: &Setup) -> String {
    let cache = |g: &Geometry| {
        format!(
            "{} {}-way {} with lines of {} bytes",
            bytes(g.bytes()),
            g.ways,
            g.replacement.name(),
            g.line_bytes
        )
    };
    let mut words = format!("{}, {}", setup.protocol.name, cache(&setup.geometry));
    if let Some(geometry) = &setup.instructions {
        let _ = write!(words, ", for instructions {}", cache(geometry));
    }
    if let Some(geometry) = &setup.level2 {
        let _ = write!(words, ", second level {}", cache(geometry));
    }
    words += match setup.schedule {
        Schedule::RoundRobin => "; the cores take turns",
        Schedule::Cycles => "; the core that is earliest in time goes on",
    };
    words + "\n" + &cycles(setup)
}

/// What cycles are counted by: `a hit takes 1 cycle, a line from memory 100 more, ...`.
fn cycles(setup: &Setup) -> String {
    let Latencies { hit, memory, level2, word, writeback, hop } = setup.latencies;
    let mut words = format!("cycles: a hit {hit}, a line from memory {memory} more");
    if setup.level2.is_some() {
        let _ = write!(words, ", from the second level {level2}");
    }
    let _ = write!(words, ", each word from another cache {word}, a write-back {writeback}");
    if matches!(setup.protocol.family, Family::Directory { .. }) {
        let _ = write!(words, ", each message on the way {hop}");
    }
    words
}

fn table(setup: &Setup, counts: &Counts, columns: &[(String, &Counters)]) -> String {
    let on_bus = matches!(setup.protocol.family, Family::Snooping(_));
    let shown = MEASURES.iter().filter(|measure| match measure.shown {
        Shown::Always => true,
        Shown::Bus => on_bus,
        Shown::Directory => !on_bus,
        Shown::Level2 => setup.level2.is_some(),
        Shown::Fetches => counts.total.fetches > 0,
        Shown::Instructions => counts.total.fetches > 0 && setup.instructions.is_some(),
    });
    let mut rows = vec![(String::new(), columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())];
    for measure in shown {
        let values = columns.iter().map(|(_, counters)| (measure.of)(counters).to_string());
        rows.push((format!("{}{}", "  ".repeat(measure.depth), measure.label), values.collect()));
        if measure.key == "misses" {
            let percent = columns.iter().map(|(_, counters)| format!("{:.3}%", miss_percent(counters)));
            rows.push(("  of accesses".to_string(), percent.collect()));
        }
    }
    crate::table::columns(&rows)
}

/// The lines with most false sharing.
fn sharing(lines: &[SharedLine]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let shown = lines.len().min(LINES_SHOWN);
    let mut out = match lines.len() {
        1 => "\nCoherence misses by line\n".to_string(),
        count if count == shown => format!("\nCoherence misses by line, {count} lines\n"),
        count => format!("\nCoherence misses by line, {shown} of {count} lines\n"),
    };
    let _ = writeln!(
        out,
        "{:>18}  {:>13}  {:>12}  cores, and words written",
        "line", "false sharing", "true sharing"
    );
    for line in &lines[..shown] {
        let cores: Vec<String> = set(line.cores).map(|core| core.to_string()).collect();
        let words: Vec<String> = set(line.written).map(|word| word.to_string()).collect();
        let _ = writeln!(
            out,
            "{:>#18x}  {:>13}  {:>12}  {}; words {}",
            line.address,
            line.false_sharing,
            line.true_sharing,
            cores.join(" "),
            words.join(" ")
        );
    }
    out
}

/// The members of a set of bits.
fn set(bits: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |bit| bits >> bit & 1 != 0)
}

/// A run as one line of JSON.
pub fn json(files: &Files, setup: &Setup, counts: &Counts) -> String {
    let cache = |g: &Geometry| json!({"bytes": g.bytes(), "ways": g.ways, "line_bytes": g.line_bytes, "replacement": g.replacement.name()});
    let lines = counts.shared_lines.iter().map(|line| {
        json!({
            "address": format!("{:#x}", line.address),
            "false_sharing_misses": line.false_sharing,
            "true_sharing_misses": line.true_sharing,
            "cores": set(line.cores).collect::<Vec<_>>(),
            "words_written": set(line.written).collect::<Vec<_>>(),
        })
    });
    let object = json!({
        "files": files.paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "format": counts.format.name(),
        "protocol": setup.protocol.name,
        "cache": cache(&setup.geometry),
        "instruction_cache": setup.instructions.as_ref().map(cache),
        "level2": setup.level2.as_ref().map(cache),
        "schedule": match setup.schedule {
            Schedule::RoundRobin => "round-robin",
            Schedule::Cycles => "cycles",
        },
        "latencies": {
            "hit": setup.latencies.hit,
            "memory": setup.latencies.memory,
            "level2": setup.latencies.level2,
            "word": setup.latencies.word,
            "writeback": setup.latencies.writeback,
            "message": setup.latencies.hop,
        },
        "cores": counts.cores.iter().map(object).collect::<Vec<_>>(),
        "total": object(&counts.total),
        "shared_lines": lines.collect::<Vec<_>>(),
    });
    format!("{object}\n")
}

fn object(counters: &Counters) -> Value {
    let fields = MEASURES.iter().map(|measure| (measure.key.to_string(), (measure.of)(counters).into()));
    Value::Object(fields.collect::<Map<String, Value>>())
}

/// A run as a table: a row per core, and one for all.
fn csv(counts: &Counts) -> String {
    let mut out = format!("core,{}\n", MEASURES.map(|measure| measure.key).join(","));
    for (core, counters) in counts.cores.iter().enumerate() {
        let _ = writeln!(out, "{core},{}", values(counters));
    }
    let _ = writeln!(out, "total,{}", values(&counts.total));
    out
}

/// All counts with commas between.
pub fn values(counters: &Counters) -> String {
    MEASURES.map(|measure| (measure.of)(counters).to_string()).join(",")
}
