//! Final states that a person asks for: `0:rax=0; [x]=1`, or a condition such as `0:rax=0 /\ ~([x]=1)`.

use sim_core::diagnostic::{Diagnostic, Parsed, Span, nearest};
use sim_core::litmus::Test;
use sim_core::outcome::{Observable, Prop, Source, State};

use crate::load;

/// What a final state is to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    prop: Prop,
    /// For each value that the proposition may ask about: where it is among the values of the test's final states.
    slots: Vec<usize>,
}

impl Goal {
    /// Reads what is asked about the final states of `test`, which is the one in `source`: equations separated by `;`, as
    /// results print a final state, or a condition with or without its quantifier, which does not matter.
    ///
    /// # Errors
    /// What is wrong with the question, with spans in it: also a value that final states of the test do not have.
    pub fn parse(source: &load::Source, test: &Test, question: &str) -> Parsed<Goal> {
        let asked = source.parse_about(question);
        let Some(asked_test) = asked.value else { return Parsed::new(None, asked.diagnostics) };
        let all = Span::new(0, question.len());
        let refused = |code, message| Parsed::new(None, vec![Diagnostic::error(code, all, message)]);
        let items = &asked_test.observables.items;
        if items.is_empty() {
            let example = example(test);
            return refused("no-equation", format!("no equation: expected one or more, such as {example}"));
        }
        let known = |name: &str| test.program.symbols.iter().any(|symbol| symbol.name == name);
        if let Some(new) = asked_test.program.symbols.iter().find(|symbol| !known(&symbol.name)) {
            return refused("unknown-location", format!("{} has no location `{}`", test.name, new.name));
        }
        let mut slots = Vec::new();
        for item in items {
            match slot_of(test, item) {
                Some(first) => slots.extend(first..first + item.cells as usize),
                None => return refused("not-observed", not_observed(test, &item.name)),
            }
        }
        let goal = Goal { slots, prop: asked_test.condition.prop };
        Parsed::new(Some(goal), asked.diagnostics)
    }

    /// Whether a final state is so.
    pub fn holds(&self, state: &State) -> bool {
        self.prop.known(&|slot| state.values.get(self.slots[slot]).copied()) == Some(true)
    }
}

/// Where the values of an observable begin among those of a test's final states, if they are there: an array that is observed
/// as a whole has those of its cells.
fn slot_of(test: &Test, wanted: &Observable) -> Option<usize> {
    let mut first = 0;
    for item in &test.observables.items {
        if let Some(cell) = cell_of(item, wanted) {
            return Some(first + cell as usize);
        }
        first += item.cells as usize;
    }
    None
}

/// The cell of `item` with which `wanted` begins, if it is part of it.
fn cell_of(item: &Observable, wanted: &Observable) -> Option<u32> {
    let cell = match (item.source, wanted.source) {
        (Source::Memory { symbol: one, offset: from }, Source::Memory { symbol: other, offset: at }) => {
            let bytes = at.checked_sub(from).filter(|_| one == other)?;
            let size = u32::from(item.ty.bytes);
            bytes.is_multiple_of(size).then_some(bytes / size)?
        }
        (one, other) => (one == other).then_some(0)?,
    };
    (item.ty == wanted.ty && cell + wanted.cells <= item.cells).then_some(cell)
}

fn example(test: &Test) -> String {
    test.observables.items.first().map_or("`0:rax=1`".to_string(), |item| format!("`{}=1`", item.name))
}

fn not_observed(test: &Test, name: &str) -> String {
    let names: Vec<&str> = test.observables.items.iter().map(|item| item.name.as_str()).collect();
    let hint = nearest(name, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
    let names = if names.is_empty() { "nothing".to_string() } else { names.join(", ") };
    format!("final states of {} have no `{name}`{} (they have {names})", test.name, hint.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sb(question: &str) -> Parsed<Goal> {
        let entry = crate::library::find("SB").expect("a built-in test");
        ask(entry.text, question)
    }

    fn ask(text: &str, question: &str) -> Parsed<Goal> {
        let source = load::Source::new("test", text);
        Goal::parse(&source, &source.parse().value.expect("a test"), question)
    }

    #[test]
    fn cells_of_observed_arrays_are_observed() {
        let text = "X86_64 arrays\n{ int x[3]={1,2,3}; y=0; }\n P0 ;\n movl $7,(y) ;\nlocations [y;]\nexists (x={1,7,3})\n";
        let state = |values: [u64; 4]| State { values: values.into() };
        for (question, at) in [("x[0]=5", 0), ("x[1]=5", 1), ("x[2]=5", 2), ("y=5", 3)] {
            let goal = ask(text, question).value.unwrap_or_else(|| panic!("{question}"));
            for place in 0..4 {
                let values = std::array::from_fn(|slot| if slot == place { 5 } else { 0 });
                assert_eq!(goal.holds(&state(values)), place == at, "{question}: {values:?}");
            }
        }
        let whole = ask(text, "x={0,5,0}").value.expect("a goal");
        assert!(whole.holds(&state([0, 5, 0, 9])) && !whole.holds(&state([5, 5, 0, 9])));
        assert!(ask(text, "x[3]=1").value.is_none());
    }

    #[test]
    fn questions_are_read_as_people_write_them() {
        let plain = sb("0:rax=0; 1:rax=1").value.expect("a goal");
        for other in ["0:RAX = 0x0 /\\ 1:rax=1", "1:rax=1; 0:rax=0;", "exists (0:rax=0 /\\ ~(1:rax=0))"] {
            let goal = sb(other).value.unwrap_or_else(|| panic!("{other}"));
            for values in [[0, 0], [0, 1], [1, 0], [1, 1]].map(|values| State { values: values.into() }) {
                assert_eq!(goal.holds(&values), plain.holds(&values), "{other}: {values:?}");
            }
        }
    }

    #[test]
    fn what_says_nothing_is_named() {
        for (question, says) in [
            ("7:rax=0", "no thread"),
            ("1:rbx=0", "final states of SB have no `1:rbx`"),
            ("x=1", "final states of SB have no `[x]`"),
            ("0:rax=foo", "SB has no location `foo`"),
            ("0:rax=0, 1:rax=0", "expected `;`"),
            ("0:rax=0 1:rax=0", "expected `;`"),
            ("x", "expected"),
            (" ; ", ""),
        ] {
            let parsed = sb(question);
            assert!(parsed.value.is_none(), "{question}");
            let message = &parsed.diagnostics[0].message;
            assert!(message.contains(says), "{question}: {message}");
        }
    }
}
