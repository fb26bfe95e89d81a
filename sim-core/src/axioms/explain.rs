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
    /// What the model says of the innermost of them.
    pub comment: Option<String>,
    /// The same in words.
    pub sentence: String,
}

/// The axiom that an execution breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The axiom's name in the model; empty if it has none.
    pub axiom: String,
    /// What the model says of it; empty if it says nothing.
    pub meaning: String,
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
        /// such a machine that it lacks. `None` if one gives it, or if that is not known.
        beyond_sc: Option<Box<Broken>>,
        /// The steps of `beyond_sc` that are program order and that the model does not keep in `execution`.
        lacks: Vec<usize>,
        /// Whether a sequentially consistent machine is known to give it.
        sequential: bool,
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
    let found = search(test, model, wanted, None, options).map_err(|fail| problem(model, fail))?;
    match found {
        Found::Accepted(execution, ordered) => {
            let (sequential, beyond_sc) = match under_sc(test, wanted, &execution, options)? {
                Found::Accepted(..) => (true, None),
                Found::Rejected(broken) => (false, Some(Box::new(broken))),
                Found::Nothing | Found::Limit(_) => (false, None),
            };
            let lacks = beyond_sc.as_deref().map(|broken| lacks(broken, &execution, &ordered));
            let lacks = lacks.unwrap_or_default();
            Ok(Explanation::Allowed { execution, beyond_sc, lacks, sequential })
        }
        Found::Rejected(broken) => Ok(Explanation::Forbidden(broken)),
        Found::Nothing => Ok(Explanation::Impossible),
        Found::Limit(limit) => Ok(Explanation::Unknown { limit }),
    }
}

/// What a sequentially consistent machine makes of the outcome, of this `execution` rather than another.
fn under_sc(test: &Test, wanted: &Prop, execution: &Graph, options: Options) -> Result<Found, Box<Problem>> {
    let sc = Model::load("sc.cat", models::SC, &Vocabulary::default(), &|_| None)?;
    search(test, &sc, wanted, Some(execution), options).map_err(|fail| problem(&sc, fail))
}

/// The steps of a chain that are program order between events of `execution` that are not `ordered` there.
fn lacks(broken: &Broken, execution: &Graph, ordered: &[(usize, usize)]) -> Vec<usize> {
    let find = |event: usize| {
        let event = &broken.execution.events[event];
        execution.events.iter().position(|e| e.place == event.place && e.deed.is_like(&event.deed))
    };
    let lacking = |step: &Step| match (find(step.from), find(step.to)) {
        (Some(from), Some(to)) => step.relation == "po" && !ordered.contains(&(from, to)),
        _ => false,
    };
    let steps = broken.failure.steps.iter().enumerate();
    steps.filter(|(_, step)| lacking(step)).map(|(index, _)| index).collect()
}

enum Found {
    /// An execution, and the pairs of its events that the model orders.
    Accepted(Graph, Vec<(usize, usize)>),
    Rejected(Broken),
    Nothing,
    Limit(String),
}

/// Executions with the outcome whose failure is examined before the best so far is taken.
const EXAMINED_MAX: u32 = 2_000;

/// First among the executions that respect coherence, where the model asks for that; then among all. Of rejected
/// ones, the one that is `like` another comes first.
fn search(
    test: &Test,
    model: &Model,
    wanted: &Prop,
    like: Option<&Graph>,
    options: Options,
) -> Result<Found, Fail> {
    for pruned in [true, false] {
        let unroll = test.unroll.unwrap_or(options.unroll);
        let limits = Limits::new(unroll, options.max_candidates, options.stop);
        let mut nearest = Nearest { wanted, like, accepted: None, best: None, examined: 0 };
        enumerate(test, model, &limits, pruned, &mut nearest)?;
        if let Some((execution, ordered)) = nearest.accepted {
            return Ok(Found::Accepted(execution, ordered));
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

/// How near a rejected execution is: whether it is the one looked for, how many steps of the model it passes, and
/// how short the cycle is that breaks the next.
type Rank = (bool, usize, std::cmp::Reverse<usize>);

/// Keeps the first accepted execution, or the rejected one that comes nearest.
struct Nearest<'a> {
    wanted: &'a Prop,
    like: Option<&'a Graph>,
    accepted: Option<(Graph, Vec<(usize, usize)>)>,
    best: Option<(Rank, Broken)>,
    examined: u32,
}

impl Visitor for Nearest<'_> {
    fn accepted(
        &mut self,
        interp: &mut Interp<'_, Candidate<'_, '_>>,
        ending: Ending,
        _: &[String],
    ) -> Result<bool, Fail> {
        if !self.wanted.holds(&ending.state) {
            return Ok(true);
        }
        let ordered = interp.ordered()?;
        let (execution, index) = graph(&interp.exec, ending.co.as_deref());
        let shown = ordered.pairs().filter_map(|(a, b)| Some((index[a]?, index[b]?))).collect();
        self.accepted = Some((execution, shown));
        Ok(false)
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
        let (execution, index) = graph(&interp.exec, ending.co.as_deref());
        let same = self.like.is_some_and(|like| like.is_like(&execution));
        if self.best.as_ref().is_some_and(|((like, most, _), _)| (*like, *most) > (same, passed)) {
            return Ok(());
        }
        let links: Vec<Link> = interp.counterexample(check)?;
        let rank = (same, passed, std::cmp::Reverse(links.len()));
        if self.best.as_ref().is_none_or(|(best, _)| rank > *best) {
            let steps = words::steps(links, &execution, &index);
            let said = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or("").to_owned();
            let (axiom, meaning) = (said(&check.name), said(&check.comment));
            let failure = Failure { axiom, meaning, asks: check.property.word(), steps };
            self.best = Some((rank, Broken { execution, failure }));
        }
        Ok(())
    }

    fn wants_rejected(&self) -> bool {
        true
    }
}
