//! A program as lines of text, easy to take apart.

use std::fmt::Write;

/// A litmus test that is still in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// Architecture as headers name it.
    pub arch: &'static str,
    /// Name of the test.
    pub name: String,
    /// Items of the initial state, without semicolons.
    pub init: Vec<String>,
    /// `threads[thread][row]`: one instruction, or one label with its colon.
    pub threads: Vec<Vec<String>>,
    /// What final states consist of: `0:X1`, `x`, `t[1]`.
    pub observed: Vec<String>,
}

impl Sketch {
    /// Number of instructions and labels.
    pub fn rows(&self) -> usize {
        self.threads.iter().map(Vec::len).sum()
    }

    /// The test as a litmus file.
    pub fn text(&self) -> String {
        let mut text = format!("{} {}\n{{\n", self.arch, self.name);
        for item in &self.init {
            let _ = writeln!(text, " {item};");
        }
        text.push_str("}\n");
        let titles: Vec<String> = (0..self.threads.len()).map(|t| format!("P{t}")).collect();
        let width = |t: usize| self.threads[t].iter().map(String::len).chain([2]).max().unwrap_or(2);
        let widths: Vec<usize> = (0..self.threads.len()).map(width).collect();
        let mut row = |cells: Vec<&str>| {
            let cells: Vec<String> =
                cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            let _ = writeln!(text, " {} ;", cells.join(" | "));
        };
        row(titles.iter().map(String::as_str).collect());
        for line in 0..self.threads.iter().map(Vec::len).max().unwrap_or(0) {
            row(self.threads.iter().map(|t| t.get(line).map_or("", String::as_str)).collect());
        }
        let _ = writeln!(
            text,
            "locations [{}]",
            self.observed.iter().fold(String::new(), |all, o| all + o + "; ")
        );
        text.push_str("exists (true)\n");
        text
    }
}
