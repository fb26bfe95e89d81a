//! An independent second engine: candidate executions, judged by a model in the cat language.
//!
//! It shares the meaning of instructions ([`crate::program`]) with the machine and nothing of its
//! ordering, so that agreement of the two is evidence. Source of the method: J. Alglave, L. Maranget,
//! M. Tautschnig, "Herding cats", TOPLAS 2014, section 3; of the language: `doc/herd.tex` of herdtools7.
//!
//! Data flows one way:
//!
//! | module | holds |
//! | --- | --- |
//! | [`bits`] | sets of events and relations as rows of words |
//! | [`cat`] | the language of models |
//! | `path` | control paths of a thread, values as expressions over what it loads |
//! | `layout` | the parts into which accesses divide memory |
//! | `structure` | one path per thread, as events |
//! | `solve`, `order` | reads-from with its values, coherence orders |
//! | `execution` | a candidate as a model sees it |
//! | `final_state`, `enumerate` | all candidates and their final states |
//! | `coherence` | what the text of a model promises, so that less need be enumerated |
//! | `graph`, `words`, `explain` | an execution for people, and why it is forbidden |

pub mod bits;
pub mod cat;
mod coherence;
mod enumerate;
mod execution;
mod explain;
mod final_state;
mod graph;
mod layout;
pub mod models;
mod order;
mod path;
mod solve;
mod structure;
mod words;

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

pub use cat::{Model, ModelFile, Problem, Vocabulary};
pub use explain::{Broken, Explanation, Failure, Step, explain};
pub use graph::{Deed, Graph, GraphEdge, GraphEvent};

use crate::litmus::Test;
use crate::outcome::{Completeness, Outcomes, State};
use cat::eval::{Fail, Interp};
use enumerate::{Ending, Limits, Visitor, enumerate};
use execution::Candidate;

/// How far to go.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Backward jumps to one instruction on one path; the test's own `Unroll=` goes before it.
    pub unroll: u32,
    /// Choices (of a source for a read, of a coherence order) tried before giving up.
    pub max_candidates: u64,
    /// Ends the enumeration when it becomes true.
    pub stop: Option<&'a AtomicBool>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { unroll: 2, max_candidates: u64::MAX, stop: None }
    }
}

/// The outcomes of a test under a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The final states of all accepted candidates.
    pub outcomes: Outcomes,
    /// Accepted candidates whose final state satisfies the test's proposition.
    pub positive: u64,
    /// Accepted candidates whose final state does not.
    pub negative: u64,
    /// Flags that accepted candidates raised, sorted; `*undef*` means undefined behaviour.
    pub flags: Vec<String>,
    /// Whether some path was cut because a loop was unrolled often enough.
    pub bounded: bool,
    /// Whether some path has an access outside every location: such paths count as no executions.
    pub outside: bool,
}

/// All outcomes of a test under a model.
///
/// # Errors
/// What is wrong with the model, found while it ran.
pub fn outcomes(test: &Test, model: &Model, options: Options) -> Result<Report, Box<Problem>> {
    let unroll = test.unroll.unwrap_or(options.unroll);
    let limits = Limits::new(unroll, options.max_candidates, options.stop);
    let mut found = Found { test, states: BTreeSet::new(), flags: BTreeSet::new(), positive: 0, negative: 0 };
    let met = enumerate(test, model, &limits, true, &mut found).map_err(|fail| problem(model, fail))?;
    let completeness = match limits.reached() {
        Some(limit) => Completeness::Truncated { limit, explored: limits.tried() },
        None if met.cut => Completeness::Bounded { unroll },
        None => Completeness::Complete,
    };
    Ok(Report {
        outcomes: Outcomes { states: found.states.into_iter().collect(), completeness },
        positive: found.positive,
        negative: found.negative,
        flags: found.flags.into_iter().collect(),
        bounded: met.cut,
        outside: met.outside,
    })
}

/// Collects accepted candidates.
struct Found<'t> {
    test: &'t Test,
    states: BTreeSet<State>,
    flags: BTreeSet<String>,
    positive: u64,
    negative: u64,
}

impl Visitor for Found<'_> {
    fn accepted(
        &mut self,
        _: &mut Interp<'_, Candidate<'_, '_>>,
        ending: Ending,
        flags: &[String],
    ) -> Result<bool, Fail> {
        if self.test.condition.prop.holds(&ending.state) {
            self.positive += 1;
        } else {
            self.negative += 1;
        }
        self.flags.extend(flags.iter().cloned());
        self.states.insert(ending.state);
        Ok(true)
    }
}

fn problem(model: &Model, fail: Fail) -> Box<Problem> {
    let (place, diagnostic) = match fail {
        Fail::Error { place, diagnostic, .. } => (place, *diagnostic),
        Fail::Reject | Fail::Stop => {
            let place = cat::ast::Place::default();
            (
                place,
                crate::diagnostic::Diagnostic::error("cat-limit", place.span, "the enumeration was ended"),
            )
        }
    };
    Box::new(model.problem(place, diagnostic))
}
