//! Why the outcome that the test asks about is allowed or forbidden, by the axioms, found in the background.

use std::sync::mpsc::{Receiver, channel};

use sim_core::axioms::{Explanation, Failure, Options, explain};
use traces::machine::Machine;
use traces::model::ModelText;

use super::open::Document;
use crate::explain::followed;

/// An explanation that is being looked for, or was found.
#[derive(Debug)]
pub struct Reason {
    answer: Receiver<Vec<String>>,
    /// The explanation, a sentence a line, once it is there.
    pub lines: Option<Vec<String>>,
}

/// Executions that are looked at before one gives up.
const CANDIDATES_MAX: u64 = 2_000_000;

impl Reason {
    /// Looks for the reason behind the condition of the document's test.
    pub fn start(document: &Document) -> Reason {
        let (outbox, answer) = channel();
        let (text, model) = (document.text.clone(), document.setup.model.clone());
        let strange =
            document.setup.hardware().map(|hardware| hardware.not_architectural()).unwrap_or_default();
        std::thread::spawn(move || {
            let Some(test) = traces::load::parse(&text).value else { return };
            let Ok(machine) = Machine::named(&model) else { return };
            let Ok(model) = ModelText::of(machine).model(&test.arch) else { return };
            let options = Options { max_candidates: CANDIDATES_MAX, ..Options::default() };
            let Ok(found) = explain(&test, &model, &test.condition.prop, options) else { return };
            let mut lines = words(&found);
            if !strange.is_empty() {
                lines.insert(
                    0,
                    format!(
                        "Of {} the axioms know nothing. Without it, on {}:",
                        strange.join(", "),
                        machine.order().name
                    ),
                );
            }
            let _ = outbox.send(lines);
        });
        Reason { answer, lines: None }
    }

    /// Takes the explanation in. Returns whether it has just come.
    pub fn poll(&mut self) -> bool {
        match self.answer.try_recv() {
            Ok(lines) => {
                self.lines = Some(lines);
                true
            }
            Err(_) => false,
        }
    }
}

fn words(found: &Explanation) -> Vec<String> {
    match found {
        Explanation::Forbidden(broken) => {
            let mut lines =
                vec!["It is forbidden: every execution that would give it breaks the model.".to_string()];
            lines.extend(chain(&broken.failure));
            lines
        }
        Explanation::Unseen { nearest, unroll } => {
            let mut lines = vec![format!("Not known: no execution gives it {}.", followed(*unroll))];
            if let Some(broken) = nearest {
                lines.push("One that would breaks the model.".to_string());
                lines.extend(chain(&broken.failure));
            }
            lines
        }
        Explanation::Allowed { beyond_sc: Some(broken), cut, .. } => {
            let followed = cut.map(|unroll| format!(" {}", followed(unroll))).unwrap_or_default();
            let mut lines = vec![format!(
                "The model allows it. No sequentially consistent execution gives it{followed}:"
            )];
            lines.extend(chain(&broken.failure));
            lines
        }
        Explanation::Allowed { sequential: true, .. } => {
            vec!["The model allows it, and so does sequential consistency.".to_string()]
        }
        Explanation::Allowed { .. } => vec!["The model allows it.".to_string()],
        Explanation::Impossible => {
            vec!["No execution whatever gives it: no store writes these values.".to_string()]
        }
        Explanation::Unknown { limit } => {
            vec![format!("Not known: the search for executions ended at {limit}.")]
        }
    }
}

/// The chain that breaks an axiom, a line an edge.
fn chain(failure: &Failure) -> Vec<String> {
    let name = if failure.axiom.is_empty() { String::new() } else { format!(" `{}`", failure.axiom) };
    let mut lines = vec![format!("The axiom{name} asks for `{}`, and this breaks it:", failure.asks)];
    lines.extend(failure.steps.iter().map(|step| format!("  {}", step.sentence)));
    lines
}
