//! Many configurations side by side.

use std::fmt::Write as _;

use sim_core::memory::counters::{Counters, MissKind};
use traces::access::measures::{MEASURES, miss_percent};
use traces::access::plot::{Point, bytes, label, varied};
use traces::access::{Counts, Setup};

use super::report::values;

/// The runs as points of a plot.
pub fn points(runs: &[(&Setup, Counts)]) -> Vec<Point> {
    let point = |(setup, counts): &(&Setup, Counts)| Point {
        protocol: setup.protocol.name,
        geometry: setup.geometry,
        total: counts.total,
    };
    runs.iter().map(point).collect()
}

type Cell = fn(&Counters) -> String;

/// The columns behind those that name the configuration.
const COLUMNS: [(&str, Cell); 8] = [
    ("misses", |c| c.misses().to_string()),
    ("of accesses", |c| format!("{:.3}%", miss_percent(c))),
    ("coherence", |c| c.miss_kinds[MissKind::Coherence as usize].to_string()),
    ("falsely", |c| c.false_sharing_misses.to_string()),
    ("transactions", |c| c.bus_transactions().to_string()),
    ("bytes", |c| c.bus_bytes.to_string()),
    ("write-backs", |c| c.writebacks.to_string()),
    ("cycles (est.)", |c| c.cycles.to_string()),
];

/// A table, and a chart of the misses.
pub fn text(heading: &str, points: &[Point]) -> String {
    let mut rows: Vec<Vec<String>> = vec![["protocol", "size", "ways", "line"].map(str::to_string).into()];
    rows[0].extend(COLUMNS.map(|(name, _)| name.to_string()));
    for point in points {
        let geometry = &point.geometry;
        let mut row = vec![
            point.protocol.to_string(),
            bytes(geometry.bytes()),
            geometry.ways.to_string(),
            geometry.line_bytes.to_string(),
        ];
        row.extend(COLUMNS.map(|(_, cell)| cell(&point.total)));
        rows.push(row);
    }
    let widths: Vec<usize> =
        (0..rows[0].len()).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0)).collect();
    let mut out = format!("{heading}\n\n");
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
            0 => format!("{cell:width$}"),
            _ => format!("  {cell:>width$}"),
        });
        let _ = writeln!(out, "{}", cells.collect::<String>());
    }
    out + &chart(points)
}

/// Cells of the longest bar.
const BAR: f64 = 48.0;

/// Misses as bars, in eighths of a cell.
fn chart(points: &[Point]) -> String {
    let dimensions = varied(points);
    let names: Vec<String> = points.iter().map(|point| label(point, &dimensions)).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let percents: Vec<f64> = points.iter().map(|point| miss_percent(&point.total)).collect();
    let most = percents.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut out = "\nmisses per 100 accesses\n".to_string();
    for (name, percent) in names.iter().zip(percents) {
        let eighths = (percent / most * BAR * 8.0).round() as usize;
        let last = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
        let _ = writeln!(out, "{name:width$}  {}{last} {percent:.3}", "█".repeat(eighths / 8));
    }
    out
}

/// A row per configuration, with the counts of all cores together.
pub fn csv(runs: &[(&Setup, Counts)]) -> String {
    let mut out = format!("protocol,size,ways,line,{}\n", MEASURES.map(|measure| measure.key).join(","));
    for (setup, counts) in runs {
        let geometry = &setup.geometry;
        let _ = writeln!(
            out,
            "{},{},{},{},{}",
            setup.protocol.name,
            geometry.bytes(),
            geometry.ways,
            geometry.line_bytes,
            values(&counts.total)
        );
    }
    out
}
