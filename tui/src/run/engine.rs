//! The engines behind one interface.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sim_core::axioms::{self, Model, Problem};
use sim_core::litmus::Test;
use sim_core::machine::Hardware;
use sim_core::order::Order;
use sim_core::outcome::Outcomes;
use sim_core::search::visible::Transactions;
use sim_core::search::witness::Witnesses;
use sim_core::search::{self, Progress};

use super::witness::{self, Witness};
use crate::cli::{self, Limits};

/// An engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The search over words of stores.
    Search,
    /// The plain search over the states of the visible machine.
    Machine,
    /// Candidate executions, judged by a model.
    Axioms,
}

/// What an engine found.
#[derive(Debug)]
pub struct Found {
    /// The engine.
    pub by: Engine,
    /// The final states.
    pub outcomes: Outcomes,
    /// Ways in which a run cannot end, each as the (thread, instruction) that spin.
    pub stuck: Vec<Vec<(usize, u32)>>,
    /// Threads and instructions that access memory outside all symbols in some run; such runs have no
    /// final state.
    pub outside: Vec<(usize, u32)>,
    /// Number of states explored, or of candidate executions tried.
    pub explored: u64,
    /// Number of candidate executions that satisfy the proposition, and that do not, where the engine has
    /// such.
    pub candidates: Option<(u64, u64)>,
    /// Flags that a model raised.
    pub flags: Vec<String>,
    /// How the final states come about, in their order, if that was asked for.
    pub witnesses: Vec<Witness>,
    /// What else can be counted, by name.
    pub figures: Vec<(String, u64)>,
}

/// Why a test cannot be run.
#[derive(Debug)]
pub enum Failure {
    /// What is wrong with the model, if that shows only when it judges this test.
    Model(Box<Problem>),
    /// Why there is no such hardware for this test.
    Hardware(String),
}

/// What the engines need besides a test.
pub struct Setting<'a> {
    /// The machine's local order.
    pub order: &'a Order,
    /// Gives the model that the axioms judge by; asked only by them.
    pub model: &'a dyn Fn() -> Result<Arc<Model>, Box<Problem>>,
    /// What stands between cores and memory.
    pub hardware: &'a Hardware,
    /// How steps between caches are explored.
    pub transactions: Transactions,
    /// What ends a test early.
    pub limits: &'a Limits,
    /// Whether one final state for and one against the condition are enough.
    pub verdict_only: bool,
    /// Whether to tell how the final states come about.
    pub witness: bool,
    /// Whether one test may use several processors.
    pub parallel: bool,
    /// Where a running search says how far it is.
    pub progress: &'a Progress,
}

/// Back-jumps that are followed of a loop whose states do not repeat, if nobody says how many.
const UNROLL: u32 = 4;

/// Back-jumps of every loop that candidate executions have, if nobody says how many: as in herd7.
const UNROLL_AXIOMS: u32 = 2;

impl Engine {
    /// The engines that an option asks for; the first gives the result, the others check it.
    pub fn chosen(engine: cli::Engine) -> (Engine, &'static [Engine]) {
        match engine {
            cli::Engine::Search => (Engine::Search, &[]),
            cli::Engine::Machine => (Engine::Machine, &[]),
            cli::Engine::Axioms => (Engine::Axioms, &[]),
            cli::Engine::All => (Engine::Search, &[Engine::Machine, Engine::Axioms]),
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Search => "search",
            Engine::Machine => "machine",
            Engine::Axioms => "axioms",
        }
    }

    /// All final states of `test`, until `stop` is set.
    ///
    /// # Errors
    /// Why this test cannot be run so.
    pub fn outcomes(self, test: &Test, setting: &Setting<'_>, stop: &AtomicBool) -> Result<Found, Failure> {
        let Setting { hardware, transactions, .. } = *setting;
        match self {
            Engine::Search => {
                let (order, options) = (hardware.order(setting.order), options(test, setting, stop));
                if setting.witness {
                    let found = Witnesses::search(test, &order, &options);
                    let witnesses = witness::witnesses(test, &order, &found, stop);
                    return Ok(Found { witnesses, ..self.found(found.report) });
                }
                Ok(self.found(search::outcomes(test, &order, &options)))
            }
            Engine::Machine => {
                let options = options(test, setting, stop);
                let report = search::visible::on(test, setting.order, hardware, transactions, &options);
                report.map(|report| self.found(report)).map_err(Failure::Hardware)
            }
            Engine::Axioms => judge(test, setting, stop).map_err(Failure::Model),
        }
    }

    fn found(self, report: search::Report) -> Found {
        let windows = report.stats.windows.iter().sum::<u64>();
        let figures = figures(&report.stats);
        Found {
            by: self,
            outcomes: report.outcomes,
            stuck: report.stuck.into_iter().map(|stuck| stuck.spinning).collect(),
            outside: report.outside,
            explored: report.stats.joint + windows,
            candidates: None,
            flags: Vec::new(),
            witnesses: Vec::new(),
            figures,
        }
    }
}

/// What a search has counted, and where it grew: in which thread, and after how many stores.
fn figures(stats: &search::Stats) -> Vec<(String, u64)> {
    let mut figures: Vec<(String, u64)> = [
        ("joint states", stats.joint),
        ("transitions", stats.letters),
        ("windows", stats.windows.iter().sum()),
        ("sets of windows", stats.sets.iter().sum()),
        ("memories", stats.memories),
    ]
    .map(|(name, figure)| (name.to_string(), figure))
    .into();
    for (thread, (windows, sets)) in stats.windows.iter().zip(&stats.sets).enumerate() {
        figures.push((format!("windows of P{thread}"), *windows));
        figures.push((format!("sets of windows of P{thread}"), *sets));
    }
    let widest = stats.layers.iter().enumerate().max_by_key(|(stores, joint)| (**joint, Reverse(*stores)));
    if let Some((stores, joint)) = widest {
        figures.push((format!("joint states after {stores} stores, the most"), *joint));
    }
    figures.retain(|(_, figure)| *figure > 0);
    figures
}

fn options<'a>(test: &Test, setting: &Setting<'a>, stop: &'a AtomicBool) -> search::Options<'a> {
    let limits = setting.limits;
    search::Options {
        unroll: limits.unroll.or(test.unroll).unwrap_or(UNROLL),
        max_states: limits.max_states.unwrap_or(u64::MAX),
        verdict_only: setting.verdict_only,
        parallel: setting.parallel,
        stop,
        progress: Some(setting.progress),
    }
}

fn judge(test: &Test, setting: &Setting<'_>, stop: &AtomicBool) -> Result<Found, Box<Problem>> {
    let limits = setting.limits;
    let options = axioms::Options {
        unroll: limits.unroll.unwrap_or(UNROLL_AXIOMS),
        max_candidates: limits.max_states.unwrap_or(u64::MAX),
        stop: Some(stop),
    };
    let report = axioms::outcomes(test, &*(setting.model)()?, options)?;
    let accepted = report.positive + report.negative;
    Ok(Found {
        by: Engine::Axioms,
        outcomes: report.outcomes,
        stuck: Vec::new(),
        outside: Vec::new(),
        explored: accepted,
        candidates: Some((report.positive, report.negative)),
        flags: report.flags,
        witnesses: Vec::new(),
        figures: vec![("executions".to_string(), accepted)],
    })
}
