//! The engines behind one interface.

use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::order::Order;
use sim_core::outcome::Outcomes;
use sim_core::search::{self, Progress};

use crate::cli::{Engine, Limits};

/// What an engine found.
#[derive(Debug)]
pub struct Found {
    /// The engine.
    pub by: Explorer,
    /// The final states.
    pub outcomes: Outcomes,
    /// Ways in which a run cannot end, each as the (thread, instruction) that spin.
    pub stuck: Vec<Vec<(usize, u32)>>,
    /// Threads and instructions that access memory outside all symbols in some run; such runs have no
    /// final state.
    pub outside: Vec<(usize, u32)>,
    /// Number of states explored.
    pub explored: u64,
    /// What else can be counted, by name.
    pub figures: Vec<(&'static str, u64)>,
}

/// Back-jumps that are followed of a loop whose states do not repeat, if nobody says how many.
const UNROLL: u32 = 4;

/// An engine that explores a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explorer {
    /// The search over words of stores.
    Search,
    /// The plain search over the states of the visible machine.
    Machine,
}

impl Explorer {
    /// The engines that an option asks for; the first gives the result, the others check it.
    pub fn chosen(engine: Engine) -> &'static [Explorer] {
        match engine {
            Engine::Search | Engine::Axioms => &[Explorer::Search],
            Engine::Machine => &[Explorer::Machine],
            Engine::All => &[Explorer::Search, Explorer::Machine],
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Explorer::Search => "search",
            Explorer::Machine => "machine",
        }
    }

    /// All final states of `test` under `order`, within `limits` and until `stop` is set.
    pub fn outcomes(
        self,
        test: &Test,
        order: &Order,
        limits: &Limits,
        stop: &AtomicBool,
        progress: &Progress,
    ) -> Found {
        let options = search::Options {
            unroll: limits.unroll.or(test.unroll).unwrap_or(UNROLL),
            max_states: limits.max_states.unwrap_or(u64::MAX),
            stop,
            progress: Some(progress),
        };
        let report = match self {
            Explorer::Search => search::outcomes(test, order, &options),
            Explorer::Machine => search::visible::outcomes(test, order, &options),
        };
        let windows = report.stats.windows.iter().sum::<u64>();
        let figures = vec![
            ("joint states", report.stats.joint),
            ("transitions", report.stats.letters),
            ("windows", windows),
            ("sets of windows", report.stats.sets.iter().sum()),
            ("memories", report.stats.memories),
        ];
        Found {
            by: self,
            outcomes: report.outcomes,
            stuck: report.stuck.into_iter().map(|stuck| stuck.spinning).collect(),
            outside: report.outside,
            explored: report.stats.joint + windows,
            figures: figures.into_iter().filter(|(_, figure)| *figure > 0).collect(),
        }
    }
}
