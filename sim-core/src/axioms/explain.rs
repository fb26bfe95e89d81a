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
        /// Where loops were cut in the search for an execution of such a machine that gives it: after how many jumps
        /// back. Longer ones might.
        cut: Option<u32>,
    },
    /// Executions give it, and the model rejects each of them: here is the one nearest to the others.
    Forbidden(Broken),
    /// As far as loops were followed, no execution gives it; longer ones might.
    Unseen {
        /// A rejected execution that gives it, if there is one.
        nearest: Option<Broken>,
        /// Most jumps back to one place in an execution that was looked at.
        unroll: u32,
    },
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
    let (found, bound) =
        search(test, model, wanted, None, 0, options).map_err(|fail| problem(model, fail))?;
    match found {
        Found::Accepted(execution, ordered) => {
            let (beyond_sc, cut) = match under_sc(test, wanted, &execution, bound, options)? {
                Found::Accepted(..) => {
                    let (beyond_sc, lacks, sequential, cut) = (None, Vec::new(), true, None);
                    return Ok(Explanation::Allowed { execution, beyond_sc, lacks, sequential, cut });
                }
                Found::Rejected(broken) => (Some(Box::new(broken)), None),
                Found::Cut(nearest, unroll) => (nearest.map(Box::new), Some(unroll)),
                Found::Nothing | Found::Limit(_) => (None, None),
            };
            let lacks = beyond_sc.as_deref().map(|broken| lacks(broken, &execution, &ordered));
            let lacks = lacks.unwrap_or_default();
            Ok(Explanation::Allowed { execution, beyond_sc, lacks, sequential: false, cut })
        }
        Found::Rejected(broken) => Ok(Explanation::Forbidden(broken)),
        Found::Cut(nearest, unroll) => Ok(Explanation::Unseen { nearest, unroll }),
        Found::Nothing => Ok(Explanation::Impossible),
        Found::Limit(limit) => Ok(Explanation::Unknown { limit }),
    }
}

/// What a sequentially consistent machine makes of the outcome, of this `execution`, whose loops jump back at most
/// `bound` times, rather than another.
fn under_sc(
    test: &Test,
    wanted: &Prop,
    execution: &Graph,
    bound: u32,
    options: Options,
) -> Result<Found, Box<Problem>> {
    let sc = Model::load("sc.cat", models::SC, &Vocabulary::default(), &|_| None)?;
    let found = search(test, &sc, wanted, Some(execution), bound, options);
    found.map(|(found, _)| found).map_err(|fail| problem(&sc, fail))
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
    /// None is accepted; the nearest of those that give the outcome.
    Rejected(Broken),
    /// None is accepted of those whose loops jump back at most so often, and there are longer ones; the nearest.
    Cut(Option<Broken>, u32),
    /// None gives the outcome.
    Nothing,
    /// Not all were looked at.
    Limit(String),
}

/// Executions with the outcome whose failure is examined before the best so far is taken.
const EXAMINED_MAX: u32 = 2_000;

/// Executions whose loops jump back at most `first` times come first, then longer ones, so that what is found is as short
/// as can be. Returns how often its loops may jump back too.
fn search(
    test: &Test,
    model: &Model,
    wanted: &Prop,
    like: Option<&Graph>,
    first: u32,
    options: Options,
) -> Result<(Found, u32), Fail> {
    let most = test.unroll.unwrap_or(options.unroll);
    let mut nearest: Option<Broken> = None;
    for bound in first.min(most)..=most {
        let (found, cut) = within(test, model, wanted, like, bound, options)?;
        match found {
            Found::Accepted(..) | Found::Limit(_) => return Ok((found, bound)),
            Found::Rejected(broken) => nearest = nearest.or(Some(broken)),
            Found::Nothing | Found::Cut(..) => {}
        }
        if !cut {
            return Ok((nearest.map_or(Found::Nothing, Found::Rejected), bound));
        }
    }
    Ok((Found::Cut(nearest, most), most))
}

/// Among executions whose loops jump back at most `unroll` times: first among those that respect coherence, where the
/// model asks for that, then among all. Of rejected ones, the one that is `like` another comes first. Says too whether
/// there are longer ones.
fn within(
    test: &Test,
    model: &Model,
    wanted: &Prop,
    like: Option<&Graph>,
    unroll: u32,
    options: Options,
) -> Result<(Found, bool), Fail> {
    let mut cut = false;
    for pruned in [true, false] {
        let limits = Limits::new(unroll, options.max_candidates, options.stop);
        let mut nearest = Nearest { wanted, like, accepted: None, best: None, examined: 0 };
        cut = enumerate(test, model, &limits, pruned, &mut nearest)?.cut;
        if let Some((execution, ordered)) = nearest.accepted {
            return Ok((Found::Accepted(execution, ordered), cut));
        }
        if let Some(limit) = limits.reached() {
            return Ok((Found::Limit(limit), cut));
        }
        if let Some((_, broken)) = nearest.best {
            return Ok((Found::Rejected(broken), cut));
        }
    }
    Ok((Found::Nothing, cut))
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
