//! What files of names, kinds and conditions change in tests, as herd7 reads them.

use std::collections::BTreeMap;

use sim_core::diagnostic::{Diagnostic, Parsed};
use sim_core::litmus::Test;
use sim_core::outcome::Quantifier;
use traces::load::{Source, said};

/// Changes to tests, by the names that these have in their files.
#[derive(Debug, Clone, Default)]
pub struct Revisions {
    /// Other names.
    names: BTreeMap<String, String>,
    /// Other quantifiers.
    kinds: BTreeMap<String, Quantifier>,
    /// Other conditions, quantifier included.
    conditions: BTreeMap<String, String>,
}

impl Revisions {
    /// Takes in a file of lines `OLD NEW`.
    ///
    /// # Errors
    /// A sentence about the file or the first line that is none.
    pub fn rename(&mut self, path: &str) -> Result<(), String> {
        self.names.extend(read(path, "two names", |new| Some(new.to_string()))?);
        Ok(())
    }

    /// Takes in a file of lines `NAME Allow`, `NAME Forbid` or `NAME Require`; what follows is a comment.
    ///
    /// # Errors
    /// A sentence about the file or the first line that is none.
    pub fn kinds(&mut self, path: &str) -> Result<(), String> {
        let kind = |rest: &str| match rest.split_whitespace().next()? {
            "Allow" | "Allowed" => Some(Quantifier::Exists),
            "Forbid" | "Forbidden" => Some(Quantifier::NotExists),
            "Require" | "Required" => Some(Quantifier::Forall),
            _ => None,
        };
        self.kinds.extend(read(path, "a name, and Allow, Forbid or Require", kind)?);
        Ok(())
    }

    /// Takes in a file of lines `NAME "CONDITION"`.
    ///
    /// # Errors
    /// A sentence about the file or the first line that is none.
    pub fn conditions(&mut self, path: &str) -> Result<(), String> {
        let quoted = |rest: &str| rest.strip_prefix('"')?.strip_suffix('"').map(str::to_string);
        self.conditions.extend(read(path, "a name, and a condition in quotes", quoted)?);
        Ok(())
    }

    /// `test`, which `source` was parsed to, with what is to be changed.
    ///
    /// # Errors
    /// What is wrong with its new condition, with the text of that.
    pub fn apply(&self, source: &Source, mut test: Test) -> Result<Test, (Source, Vec<Diagnostic>)> {
        let name = test.name.clone();
        if let Some(condition) = self.conditions.get(&name) {
            let Parsed { value, diagnostics } = source.parse_about(condition);
            test =
                value.ok_or_else(|| (Source::new(format!("condition of {name}"), condition), diagnostics))?;
            test.condition.quantify(quantifier(condition));
        }
        if let Some(kind) = self.kinds.get(&name) {
            test.condition.quantify(*kind);
        }
        if let Some(new) = self.names.get(&name) {
            test.name.clone_from(new);
        }
        Ok(test)
    }
}

/// The quantifier that a condition begins with.
fn quantifier(condition: &str) -> Quantifier {
    let condition = condition.trim_start();
    match condition {
        _ if condition.starts_with('~') => Quantifier::NotExists,
        _ if condition.starts_with("forall") => Quantifier::Forall,
        _ => Quantifier::Exists,
    }
}

/// The first word of each line of a file that is no comment, with what the rest means.
fn read<T>(
    path: &str,
    expected: &str,
    meaning: impl Fn(&str) -> Option<T>,
) -> Result<Vec<(String, T)>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {}", said(&error)))?;
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            let parts = line.split_once(char::is_whitespace);
            let entry = parts.and_then(|(name, rest)| Some((name.to_string(), meaning(rest.trim())?)));
            entry.ok_or_else(|| format!("{path}: line {number}: expected {expected}"))
        })
        .collect()
}
