//! Choosing a machine: a form with a line for each thing that can differ.

use traces::format::Setup;
use traces::machine::Machine;
use traces::view::machine_words;

/// The form, with one choice per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The lines.
    pub lines: Vec<Choice>,
    /// Index of the selected line.
    pub selected: usize,
    base: Setup,
}

/// One thing that can differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is.
    pub name: &'static str,
    /// What it can be, each with a few words about it.
    pub options: Vec<(String, String)>,
    /// Which it is.
    pub at: usize,
}

/// Depths of store buffers that are offered.
const DEPTHS: [Option<u32>; 6] = [None, Some(1), Some(2), Some(3), Some(4), Some(8)];

impl Form {
    /// The form that shows a machine.
    pub fn new(now: &Setup) -> Form {
        let models = Machine::ALL.map(|m| (m.name().to_string(), machine_words(m.order().name).to_string()));
        let depths = DEPTHS.map(|depth| match depth {
            None => ("no bound".to_string(), "as the architecture allows".to_string()),
            Some(1) => ("1 store".into(), "later accesses wait until it has drained".into()),
            Some(count) => (format!("{count} stores"), "later accesses wait while it is full".into()),
        });
        let model = Machine::ALL.iter().position(|m| m.name() == now.model).unwrap_or(0);
        let depth = DEPTHS.iter().position(|d| *d == now.store_buffer).unwrap_or(0);
        let lines = vec![
            Choice { name: "memory model", options: models.into(), at: model },
            Choice { name: "store buffer", options: depths.into(), at: depth },
        ];
        Form { lines, selected: 0, base: now.clone() }
    }

    /// A key by its name.
    pub fn key(&mut self, key: &str) {
        let moved =
            |at: usize, by: isize, count: usize| (at as isize + by).rem_euclid(count as isize) as usize;
        let count = self.lines.len();
        match key {
            "down" | "j" | "tab" => self.selected = moved(self.selected, 1, count),
            "up" | "k" | "backtab" => self.selected = moved(self.selected, -1, count),
            "left" | "right" | "h" | "l" | "space" => {
                let by = if matches!(key, "left" | "h") { -1 } else { 1 };
                let line = &mut self.lines[self.selected];
                line.at = moved(line.at, by, line.options.len());
            }
            _ => {}
        }
    }

    /// The machine that is chosen.
    pub fn setup(&self) -> Setup {
        Setup {
            model: Machine::ALL[self.lines[0].at].name().to_string(),
            store_buffer: DEPTHS[self.lines[1].at],
            ..self.base.clone()
        }
    }
}

/// A machine in a few words: `x86-TSO, store buffer of 2`.
pub fn words(setup: &Setup, order: &str) -> String {
    let mut words = order.to_string();
    if let Some(entries) = setup.store_buffer {
        words.push_str(&format!(", store buffer of {entries}"));
    }
    if let Some(protocol) = &setup.protocol {
        words.push_str(&format!(", {protocol}"));
    }
    for feature in &setup.features {
        words.push_str(&format!(", {feature}"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_shows_and_changes_a_machine() {
        let test = traces::load::parse(traces::library::find("SB").unwrap().text).value.unwrap();
        let setup = Setup { store_buffer: Some(2), ..Setup::new(Machine::Pso, &test) };
        let mut form = Form::new(&setup);
        assert_eq!(form.setup(), setup, "nothing chosen, nothing changed");
        ["left", "down", "right"].iter().for_each(|key| form.key(key));
        assert_eq!(form.setup(), Setup { store_buffer: Some(3), ..Setup::new(Machine::Tso, &test) });
    }
}
