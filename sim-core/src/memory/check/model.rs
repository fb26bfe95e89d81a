//! One line of a protocol with nothing around it: cores that may want anything, and what must hold in every state.
//!
//! Contents are numbers modulo `values`, kept relative to the last completed store: 0 is
//! current, anything else is stale. No protocol looks at contents, so adding the same number to every copy of a
//! line maps runs to runs, and one representative is enough.

use super::words::Words;
use crate::memory::protocol::{Family, Protocol};
use crate::memory::system::{
    CORES_MAX, CacheLine, Demand, Effect, Incoherence, NOBODY, Refusal, State, Step, System,
};
use crate::memory::table::{Action, Entry, Permissions, Table};

/// What must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// The line is incoherent.
    Incoherent(Incoherence),
    /// This core's cache has counted more acknowledgements, or waits for more, than there can be cores.
    Acks(u8),
    /// Something is under way and cannot go on.
    Stuck,
    /// Something is under way and goes on for ever.
    Endless,
    /// The table calls it impossible.
    Impossible {
        /// Whether it is the directory's table.
        home: bool,
        /// The number of the entry.
        place: usize,
    },
}

/// A system of one line.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) system: System,
    pub(super) values: u8,
    /// `uses[3 * state + demand]`: what a demand comes to in a state of the caches' table.
    uses: Vec<Use>,
}

/// The only line.
const LINE: u8 = 0;

impl Model {
    /// With `values` values of the line.
    pub(super) fn new(protocol: Protocol, cores: u8, values: u8) -> Model {
        let uses = match &protocol.family {
            Family::Snooping(table) => uses(table),
            Family::Directory { cache, .. } => uses(cache),
        };
        Model { system: System { protocol, cores, lines: 1 }, values, uses }
    }

    /// Everything invalid, memory current.
    pub(super) fn initial(&self) -> Words {
        Words::new(&self.system.initial(&[0]), self.has_bus())
    }

    /// Whether the caches share a bus; otherwise they send messages.
    pub(super) fn has_bus(&self) -> bool {
        matches!(self.system.protocol.family, Family::Snooping(_))
    }

    /// All steps, demands first; returns how many demands. Demands that hit and change nothing are left
    /// out, their entries go to `seen`.
    pub(super) fn steps(
        &self,
        state: &State<u8>,
        steps: &mut Vec<Step<u8>>,
        mut seen: impl FnMut(usize),
    ) -> usize {
        steps.clear();
        for (core, copy) in state.copies.iter().enumerate() {
            self.demands(core as u8, copy.state, steps, &mut seen);
        }
        let demands = steps.len();
        self.system.progress(state, steps);
        demands
    }

    /// The core that a step is about, if it is about one: exchanging cores exchanges the steps that are about them.
    pub(super) fn actor(state: &State<u8>, step: &Step<u8>) -> Option<u8> {
        let known = |core: u8| Some(core).filter(|&core| core != NOBODY);
        match step {
            Step::Core { core, .. } | Step::Snoop { core } => Some(*core),
            Step::Finish => state.bus.and_then(|bus| known(bus.core)),
            Step::Deliver(message) => known(message.to).or_else(|| known(message.requester)),
        }
    }

    /// Appends the demands of a core whose copy is in a state, as [`Model::steps`].
    pub(super) fn demands(
        &self,
        core: u8,
        state: u8,
        steps: &mut Vec<Step<u8>>,
        mut seen: impl FnMut(usize),
    ) {
        let uses = &self.uses[3 * usize::from(state)..][..3];
        for (demand, use_) in Demand::ALL.into_iter().zip(uses) {
            match *use_ {
                Use::Nothing => {}
                Use::Same(place) => seen(place),
                Use::Step => {
                    let values = if demand == Demand::Store { self.values } else { 1 };
                    steps.extend((0..values).map(|written| Step::Core { core, line: LINE, demand, written }));
                }
            }
        }
    }

    /// Takes a step and makes contents relative to the last store again.
    pub(super) fn apply(&self, state: &mut Words, step: &Step<u8>) -> Result<Effect<u8>, Refusal> {
        let effect = self.system.apply(state, step)?;
        if let Some((_, current)) = effect.stored {
            self.rebase(state, current);
        }
        Ok(effect)
    }

    /// Makes contents relative to `current`, which they have been relative to 0.
    pub(super) fn rebase(&self, state: &mut Words, current: u8) {
        if current != 0 {
            let holds = |copy: u8| self.system.permissions(copy).intersects(Permissions::HOLDS);
            state.shift_data(holds, |data| *data = self.relative(*data, current));
        }
    }

    /// Contents relative to `current`.
    #[inline]
    pub(super) fn relative(&self, data: u8, current: u8) -> u8 {
        (data + self.values - current) % self.values
    }

    /// What is wrong with a state, apart from what it leads to; `quiet` is [`System::is_quiet`].
    pub(super) fn violation(&self, state: &State<u8>, quiet: bool) -> Option<Violation> {
        let miscounts = state.copies.iter().position(Model::miscounts);
        let incoherent = self.system.incoherence(state, LINE, &0, quiet).map(Violation::Incoherent);
        incoherent.or(miscounts.map(|core| Violation::Acks(core as u8)))
    }

    /// Whether a cache waits for more acknowledgements than there can be cores, or has counted more.
    pub(super) fn miscounts(copy: &CacheLine<u8>) -> bool {
        usize::from(copy.acks.unsigned_abs()) > CORES_MAX
    }

    /// A violation as a sentence.
    pub(super) fn describe(&self, violation: Violation) -> String {
        match violation {
            Violation::Incoherent(how) => how.describe(&line_name(LINE)),
            Violation::Acks(core) => {
                format!(
                    "lost count: P{core} has missed or counted twice acknowledgements of {}",
                    line_name(LINE)
                )
            }
            Violation::Endless => "livelock: what is under way can go round for ever".to_owned(),
            Violation::Stuck => "deadlock: something is under way and nothing can go on".to_owned(),
            Violation::Impossible { home, place } => {
                let label = match &self.system.protocol.family {
                    Family::Snooping(table) => table.label(place),
                    Family::Directory { cache, .. } if !home => cache.label(place),
                    Family::Directory { home, .. } => home.label(place),
                };
                format!("the table calls this impossible: {label}")
            }
        }
    }
}

/// What a demand in a state comes to.
#[derive(Debug, Clone, Copy)]
enum Use {
    /// It cannot be, or it waits without a word in the table.
    Nothing,
    /// It hits and changes nothing, or the table stalls it: the number of the entry.
    Same(usize),
    /// A step.
    Step,
}

fn uses<A: Action>(table: &Table<A>) -> Vec<Use> {
    let of = |state: u8, demand: Demand| match table.entry(state, demand as usize) {
        Entry::Impossible => Use::Nothing,
        Entry::Stall => Use::Same(table.place(state, demand as usize)),
        Entry::Go { next, shared, .. } if demand == Demand::Load && next == state && shared == state => {
            Use::Same(table.place(state, demand as usize))
        }
        Entry::Go { .. } => Use::Step,
    };
    (0..table.states.len() as u8).flat_map(|state| Demand::ALL.map(|demand| of(state, demand))).collect()
}

/// The names of lines: x, y, z, then more.
pub(super) fn line_name(line: u8) -> String {
    ["x", "y", "z"].get(usize::from(line)).map_or_else(|| format!("line{line}"), |name| (*name).to_owned())
}
