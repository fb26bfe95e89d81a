//! Why an outcome is forbidden, or how it comes about.

use crate::litmus::Test;
use crate::outcome::Prop;

use super::cat::eval::{Fail, Interp};
use super::cat::ir::{Check, Step as CatStep};
use super::cat::why::Link;
use super::cat::{Model, Problem, Vocabulary};
use super::enumerate::{Ending, Limits, Visitor, enumerate};
use super::execution::Candidate;
use super::graph::{Graph, graph};
use super::{Options, models, problem, words};

/// One edge of a chain of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Index of the event it leaves in [`Graph::events`].
    pub from: usize,
    /// Index of the event it enters.
    pub to: usize,
    /// The relation between them: `po`, `rf`, `co`, `fr`, `addr`, `data`, `ctrl`, `rmw`, …
    pub relation: String,
    /// The definitions of the model that the relation is a part of here, the outermost first.
    pub within: Vec<String>,
    /// The fence that stands between them, where that is what orders them.
    pub fence: Option<String>,
    /// The same in words.
    pub sentence: String,
}

/// The axiom that an execution breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The axiom's name in the model; empty if it has none.
    pub axiom: String,
    /// What it asks: `acyclic`, `irreflexive` or `empty`.
    pub asks: &'static str,
    /// The cycle or chain that breaks it, edge by edge.
    pub steps: Vec<Step>,
}

/// A forbidden execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The execution.
    pub execution: Graph,
    /// The axiom that it breaks.
    pub failure: Failure,
}

/// What there is to say about an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// The model allows it.
    Allowed {
        /// An execution that gives it.
        execution: Graph,
        /// Why no sequentially consistent machine gives it: an execution that would, and the order of
        /// such a machine that it lacks. `None` if one gives it.
        beyond_sc: Option<Box<Broken>>,
    },
    /// Executions give it, and the model rejects each of them: here is the one nearest to the others.
    Forbidden(Broken),
    /// No execution whatever gives it: no store writes these values, or no path leads there.
    Impossible,
    /// A limit ended the search before anything was found.
    Unknown {
        /// Which limit.
        limit: String,
    },
}

/// Explains the outcomes that satisfy `wanted`.
///
/// # Errors
/// What is wrong with the model.
pub fn explain(
    test: &Test,
    model: &Model,
    wanted: &Prop,
    options: Options,
) -> Result<Explanation, Box<Problem>> {
    let found = search(test, model, wanted, options).map_err(|fail| problem(model, fail))?;
    match found {
        Found::Accepted(execution) => {
            Ok(Explanation::Allowed { execution, beyond_sc: beyond_sc(test, wanted, options)? })
        }
        Found::Rejected(broken) => Ok(Explanation::Forbidden(broken)),
        Found::Nothing => Ok(Explanation::Impossible),
        Found::Limit(limit) => Ok(Explanation::Unknown { limit }),
    }
}

fn beyond_sc(test: &Test, wanted: &Prop, options: Options) -> Result<Option<Box<Broken>>, Box<Problem>> {
    let sc = Model::load("sc.cat", models::SC, &Vocabulary::default(), &|_| None)?;
    let found = search(test, &sc, wanted, options).map_err(|fail| problem(&sc, fail))?;
    Ok(if let Found::Rejected(broken) = found { Some(Box::new(broken)) } else { None })
}

enum Found {
    Accepted(Graph),
    Rejected(Broken),
    Nothing,
    Limit(String),
}

/// Executions with the outcome whose failure is examined before the best so far is taken.
const EXAMINED_MAX: u32 = 2_000;

/// First among the executions that respect coherence, where the model asks for that; then among all.
fn search(test: &Test, model: &Model, wanted: &Prop, options: Options) -> Result<Found, Fail> {
    for pruned in [true, false] {
        let unroll = test.unroll.unwrap_or(options.unroll);
        let limits = Limits::new(unroll, options.max_candidates, options.stop);
        let mut nearest = Nearest { wanted, accepted: None, best: None, examined: 0 };
        enumerate(test, model, &limits, pruned, &mut nearest)?;
        if let Some(execution) = nearest.accepted {
            return Ok(Found::Accepted(execution));
        }
        if let Some((_, broken)) = nearest.best {
            return Ok(Found::Rejected(broken));
        }
        if let Some(limit) = limits.reached() {
            return Ok(Found::Limit(limit));
        }
    }
    Ok(Found::Nothing)
}

/// Keeps the first accepted execution, or the rejected one that comes nearest: it passes most axioms and
/// breaks the next with the shortest cycle.
struct Nearest<'a> {
    wanted: &'a Prop,
    accepted: Option<Graph>,
    best: Option<((usize, std::cmp::Reverse<usize>), Broken)>,
    examined: u32,
}

impl Visitor for Nearest<'_> {
    fn accepted(&mut self, candidate: &Candidate, ending: Ending, _: &[String]) -> bool {
        if !self.wanted.holds(&ending.state) {
            return true;
        }
        self.accepted = Some(graph(candidate, ending.co.as_deref()).0);
        false
    }

    fn rejected<'m>(
        &mut self,
        interp: &mut Interp<'m, Candidate<'_, '_>>,
        check: &'m Check,
        ending: Ending,
    ) -> Result<(), Fail> {
        if !self.wanted.holds(&ending.state) || self.examined >= EXAMINED_MAX {
            return Ok(());
        }
        self.examined += 1;
        let this = |step: &CatStep| matches!(step, CatStep::Check(_, other, _) if std::ptr::eq(other, check));
        let passed = interp.program.steps.iter().position(this).unwrap_or(0);
        if self.best.as_ref().is_some_and(|((most, _), _)| *most > passed) {
            return Ok(());
        }
        let links: Vec<Link> = interp.counterexample(check)?;
        let rank = (passed, std::cmp::Reverse(links.len()));
        if self.best.as_ref().is_none_or(|(best, _)| rank > *best) {
            let (execution, index) = graph(&interp.exec, ending.co.as_deref());
            let steps = words::steps(links, &execution, &index);
            let axiom = check.name.as_deref().unwrap_or("").to_owned();
            let failure = Failure { axiom, asks: check.property.word(), steps };
            self.best = Some((rank, Broken { execution, failure }));
        }
        Ok(())
    }

    fn wants_rejected(&self) -> bool {
        true
    }
}
