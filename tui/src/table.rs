//! Tables of numbers as text.

use std::fmt::Write as _;

/// Rows of a name and values: names to the left, values to the right, each column as wide as the widest value.
pub fn columns(rows: &[(String, Vec<String>)]) -> String {
    let name_width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let width = rows.iter().flat_map(|(_, values)| values).map(String::len).max().unwrap_or(0);
    let mut out = String::new();
    for (name, values) in rows {
        let values: String = values.iter().map(|value| format!("  {value:>width$}")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", format!("{name:name_width$}{values}").trim_end());
    }
    out
}
