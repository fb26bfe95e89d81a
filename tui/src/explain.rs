//! `litmuscope explain`: why an outcome can happen, or cannot.

use std::fmt::Write as _;

use sim_core::axioms::{self, Broken, Deed, Explanation, Failure, Graph, Options};
use sim_core::litmus::Test;
use traces::input::Inputs;
use traces::load::Source;
use traces::machine::Machine;
use traces::model::ModelText;

use crate::cli::Status;
use crate::render;

/// Explains the outcome of a test that satisfies its condition, or that `outcome` describes: by another condition
/// (`0:rax=0 /\ ~(x=1)`) or as a log does (`0:rax=0; [x]=1`), under `model` or else the model of the test's machine.
pub fn explain(name: &str, outcome: Option<&str>, model: Option<&ModelText>) -> Status {
    match text(name, outcome, model) {
        Ok(text) => {
            anstream::print!("{text}");
            Status::Done
        }
        Err(Some(message)) => {
            render::error(&message);
            Status::BadInput
        }
        Err(None) => Status::BadInput,
    }
}

/// The explanation; or what is wrong, if that was not said yet.
fn text(name: &str, outcome: Option<&str>, model: Option<&ModelText>) -> Result<String, Option<String>> {
    let inputs = Inputs::collect([name], &mut std::io::stdin().lock());
    if let Some(problem) = inputs.problems.first() {
        return Err(Some(problem.clone()));
    }
    let [input] = inputs.found.as_slice() else {
        return Err(Some(format!("{name}: one test is explained at a time")));
    };
    let source = input.read().map_err(|error| Some(error.to_string()))?;
    let parsed = source.parse();
    anstream::eprint!("{}", render::diagnostics(&source, &parsed.diagnostics));
    let mut test = parsed.value.ok_or(None)?;
    if let Some(outcome) = outcome {
        let asked = source.parse_about(outcome);
        if asked.value.is_none() {
            anstream::eprint!(
                "{}",
                render::diagnostics(&Source::new("--outcome", outcome), &asked.diagnostics)
            );
        }
        test = asked.value.ok_or(None)?;
    }
    let own = ModelText::of(Machine::of(&test.arch));
    let model = model.unwrap_or(&own).model(&test.arch);
    let explanation =
        model.and_then(|model| axioms::explain(&test, &model, &test.condition.prop, Options::default()));
    let explanation = explanation.map_err(|problem| {
        let file = Source::new(problem.file.name, problem.file.text);
        anstream::eprint!("{}", render::diagnostics(&file, &[problem.diagnostic]));
        None
    })?;
    Ok(describe(&test, &explanation))
}

fn describe(test: &Test, explanation: &Explanation) -> String {
    let mut text = String::new();
    match explanation {
        Explanation::Allowed { execution, beyond_sc, lacks, sequential, cut } => {
            let _ = writeln!(text, "{}: this can happen.\n", test.name);
            graph(&mut text, test, execution);
            if let Some(broken) = beyond_sc {
                let kept = if lacks.is_empty() { "" } else { "; this one does not keep the orders marked *" };
                let who = match cut {
                    Some(unroll) => format!("execution {}", followed(*unroll)),
                    None => "machine".to_string(),
                };
                let _ = writeln!(text, "\nNo sequentially consistent {who} does this{kept}:");
                steps(&mut text, broken, lacks);
            } else if *sequential {
                let _ = writeln!(text, "\nA sequentially consistent machine does it too.");
            }
        }
        Explanation::Forbidden(broken) => {
            let _ = writeln!(text, "{}: this cannot happen. It would take this execution:\n", test.name);
            forbidden(&mut text, test, broken);
        }
        Explanation::Unseen { nearest, unroll } => {
            let (name, followed) = (&test.name, followed(*unroll));
            let _ = writeln!(
                text,
                "{name}: not known: no execution does this {followed}; longer ones are not tried."
            );
            let _ = writeln!(text, "`litmuscope run` follows loops for as long as anything new can happen.");
            if let Some(broken) = nearest {
                let _ = writeln!(text, "\nOne that would, and is not allowed:\n");
                forbidden(&mut text, test, broken);
            }
        }
        Explanation::Impossible => {
            let _ = writeln!(text, "{}: no execution gives these values, whatever the model.", test.name);
        }
        Explanation::Unknown { limit } => {
            let _ = writeln!(text, "{}: not known: {limit}", test.name);
        }
    }
    text
}

/// An execution that is not allowed, and what it breaks.
fn forbidden(text: &mut String, test: &Test, broken: &Broken) {
    graph(text, test, &broken.execution);
    let _ = writeln!(text, "\nIt breaks {}", axiom(&broken.failure));
    steps(text, broken, &[]);
}

/// How far loops were followed.
pub fn followed(unroll: u32) -> String {
    let times = if unroll == 1 { "once".to_string() } else { format!("{unroll} times") };
    format!("in which a loop jumps back at most {times}")
}

fn graph(text: &mut String, test: &Test, graph: &Graph) {
    for event in &graph.events {
        let Some((thread, index)) = event.place else { continue };
        let instrs = test.program.threads.get(thread).map(|t| t.instrs.as_slice()).unwrap_or_default();
        let instr = instrs.get(index as usize).map_or("", |instr| instr.text.as_str());
        let deed = match &event.deed {
            Deed::Read { location, value } => format!("reads {location}={value}"),
            Deed::Write { location, value } => format!("writes {location}={value}"),
            Deed::Fence { name } => name.clone(),
        };
        let _ = writeln!(text, "  P{thread}  {instr:<24}  {deed}");
    }
}

/// The axiom by its name, or by what it asks, with what it means.
fn axiom(failure: &Failure) -> String {
    let name = match failure.axiom.as_str() {
        "" => format!("an axiom without a name (`{}`)", failure.asks),
        name => format!("the axiom `{name}`"),
    };
    if failure.meaning.is_empty() { format!("{name}:") } else { format!("{name}. {}:", failure.meaning) }
}

/// The steps of a chain, those of `marked` with a star.
fn steps(text: &mut String, broken: &Broken, marked: &[usize]) {
    for (index, step) in broken.failure.steps.iter().enumerate() {
        let mark = if marked.contains(&index) { '*' } else { ' ' };
        let _ = writeln!(text, "{mark} {:<6}  {}", step.relation, step.sentence);
    }
}
