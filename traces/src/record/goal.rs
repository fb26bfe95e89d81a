//! Final states that a person asks for: `0:rax=0; [x]=1`.

use sim_core::diagnostic::nearest;
use sim_core::litmus::{Test, print};
use sim_core::outcome::{Observable, State};
use sim_core::program::Value;

use crate::show::{self, Radix};

/// Some of a final state's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// Index of an observable, and its value as it is printed.
    wanted: Vec<(usize, String)>,
}

impl Goal {
    /// Reads equations, separated by `;` or `/\`. Names are those of final states; letter case and the
    /// brackets of `[x]` do not matter.
    ///
    /// # Errors
    /// A sentence about the first equation that says nothing about the test's final states.
    pub fn parse(test: &Test, text: &str) -> Result<Goal, String> {
        let equations = text.split([';']).flat_map(|part| part.split("/\\")).map(str::trim);
        let mut wanted = Vec::new();
        for equation in equations.filter(|equation| !equation.is_empty()) {
            let Some((name, value)) = equation.split_once('=') else {
                return Err(format!("`{equation}`: expected an equation, such as {}", example(test)));
            };
            let item = find(test, name.trim())?;
            wanted.push((item, normal(test, &test.observables.items[item], value.trim())));
        }
        if wanted.is_empty() {
            return Err(format!("no equation: expected one or more, such as {}", example(test)));
        }
        Ok(Goal { wanted })
    }

    /// Whether a final state has these values.
    pub fn holds(&self, test: &Test, state: &State) -> bool {
        let values = show::values(test, state, Radix::Decimal);
        self.wanted.iter().all(|(item, value)| values.get(*item) == Some(value))
    }
}

fn example(test: &Test) -> String {
    test.observables.items.first().map_or("`0:rax=1`".to_string(), |item| format!("`{}=1`", item.name))
}

fn find(test: &Test, name: &str) -> Result<usize, String> {
    let plain = |name: &str| {
        let inner = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
        inner.unwrap_or(name).to_lowercase()
    };
    let items = &test.observables.items;
    items.iter().position(|item| plain(&item.name) == plain(name)).ok_or_else(|| {
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        let hint = nearest(name, names.iter().copied()).map(|n| format!("; did you mean `{n}`?"));
        format!(
            "final states of {} have no `{name}`{} (they have {})",
            test.name,
            hint.unwrap_or_default(),
            if names.is_empty() { "nothing".to_string() } else { names.join(", ") }
        )
    })
}

/// A value as final states print it.
fn normal(test: &Test, item: &Observable, text: &str) -> String {
    if text.starts_with('{') {
        let inner = text.trim_matches(|c| c == '{' || c == '}');
        let cells: Vec<String> = inner.split(',').map(|cell| normal(test, item, cell.trim())).collect();
        return format!("{{{}}}", cells.join(","));
    }
    match number(text) {
        Some(value) => print::contents(&test.program, item.ty, item.ty.read(value)),
        None => text.to_string(),
    }
}

/// A decimal or hexadecimal number with or without a sign.
fn number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => Value::from_str_radix(digits, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if negative { value.wrapping_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sb() -> Test {
        let entry = crate::library::find("SB").expect("a built-in test");
        crate::load::parse(entry.text).value.expect("a test")
    }

    #[test]
    fn names_and_values_are_read_as_people_write_them() {
        let test = sb();
        let names: Vec<&str> = test.observables.items.iter().map(|item| item.name.as_str()).collect();
        let plain = Goal::parse(&test, &format!("{}=0; {}=1", names[0], names[1])).unwrap();
        let fancy = Goal::parse(&test, &format!("{} = 0x0 /\\ {}=1;", names[0].to_uppercase(), names[1]));
        assert_eq!(fancy, Ok(plain));
    }

    #[test]
    fn what_says_nothing_is_named() {
        let test = sb();
        let error = Goal::parse(&test, "7:rax=0").unwrap_err();
        assert!(error.starts_with("final states of SB have no `7:rax`"), "{error}");
        assert!(Goal::parse(&test, "x").unwrap_err().starts_with("`x`: expected an equation"));
        assert!(Goal::parse(&test, " ; ").unwrap_err().starts_with("no equation"));
    }
}
