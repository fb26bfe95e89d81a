//! What a run over caches has cost, as text and as JSON.

use anstyle::Style;
use serde_json::{Map, Value, json};
use traces::view::{Count, Counts};

const DIM: Style = Style::new().dimmed();

/// Cores and lines side by side in one table.
const COLUMNS: usize = 9;

/// Counts with a row for each, and a column for each core and line.
pub fn table(counts: &Counts) -> String {
    let columns: Vec<&Count> = counts.columns().collect();
    let mut text = String::new();
    for block in columns.chunks(COLUMNS) {
        let heads = block.iter().map(|column| column.name.clone());
        let mut rows = vec![(String::new(), heads.collect::<Vec<_>>())];
        for measure in counts.measures() {
            let value = |column: &&Count| column.value(measure.key).map_or(String::new(), |v| v.to_string());
            let name = format!("{}{}", "  ".repeat(measure.depth), measure.label);
            rows.push((name, block.iter().map(value).collect()));
        }
        text += &format!("\n{}", crate::table::columns(&rows));
    }
    text + &format!("{DIM}Cycles are an estimate, nothing overlapping: {}.{DIM:#}\n", counts.estimate)
}

/// Counts as JSON: those of all cores, of each core and of each line by name.
pub fn object(counts: &Counts) -> Value {
    let each = |columns: &[Count]| {
        let each = columns.iter().map(|column| (column.name.clone(), json!(column.values)));
        Value::Object(each.collect::<Map<_, _>>())
    };
    json!({
        "total": counts.total.values,
        "cores": each(&counts.cores),
        "lines": each(&counts.lines),
        "cycles_estimated_from": counts.estimate,
    })
}
