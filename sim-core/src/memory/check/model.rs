//! A protocol with nothing around it: cores that may want anything, and what must hold in every state.
//!
//! Contents are numbers modulo `values`, kept relative to the last completed store of their line: 0 is
//! current, anything else is stale. No protocol looks at contents, so adding the same number to every copy of a
//! line maps runs to runs, and one representative is enough.

use crate::memory::protocol::Family;
use crate::memory::system::{Demand, Effect, Incoherence, Kind, Refusal, State, Step, System};
use crate::memory::table::{Entry, Permissions};

/// What must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// A line is incoherent.
    Incoherent {
        /// The line.
        line: u8,
        /// How.
        how: Incoherence,
    },
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

/// A system and the number of values.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) system: System,
    pub(super) values: u8,
    /// Whether demands of cores that are interchangeable with their neighbour are left out.
    pub(super) skip_twins: bool,
}

impl Model {
    /// Everything invalid, memory current.
    pub(super) fn initial(&self) -> State<u8> {
        self.system.initial(&vec![0; usize::from(self.system.lines)])
    }

    /// All steps (up to renaming, if twins are skipped), demands first; returns how many demands. Demands that hit and change nothing are left
    /// out, their entries go to `seen`.
    pub(super) fn steps(
        &self,
        state: &State<u8>,
        steps: &mut Vec<Step<u8>>,
        mut seen: impl FnMut(usize),
    ) -> usize {
        steps.clear();
        let twins = if self.skip_twins { self.twins(state) } else { 0 };
        for line in 0..self.system.lines {
            for core in (0..self.system.cores).filter(|core| twins & 1 << core == 0) {
                for demand in Demand::ALL {
                    match self.use_of(state.copies[self.system.copy(core, line)].state, demand) {
                        Use::Nothing => {}
                        Use::Same(place) => seen(place),
                        Use::Step => self.demands(core, line, demand, steps),
                    }
                }
            }
        }
        let demands = steps.len();
        self.system.progress(state, steps);
        demands
    }

    /// Cores that can be exchanged with the one before them without a change, one bit per core: no message
    /// is about either, and everything else about them is equal.
    fn twins(&self, state: &State<u8>) -> u16 {
        let mut involved = state.bus.as_ref().map_or(0, |bus| 1u16 << bus.core);
        for message in &state.messages {
            involved |= 1 << message.to | 1 << message.requester;
        }
        for home in &state.homes {
            involved |= 1 << home.owner;
        }
        let mut uneven = involved | involved << 1 | 1;
        let mut differ = |set: u16| uneven |= set ^ set << 1;
        if let Some(bus) = &state.bus {
            differ(bus.waiting);
            differ(bus.updates);
        }
        for home in &state.homes {
            differ(home.sharers);
        }
        for line in 0..self.system.lines {
            let first = self.system.copy(0, line);
            let copies = &state.copies[first..first + usize::from(self.system.cores)];
            for (place, pair) in copies.windows(2).enumerate() {
                uneven |= u16::from(pair[0] != pair[1]) << (place + 1);
            }
        }
        !uneven
    }

    fn demands(&self, core: u8, line: u8, demand: Demand, steps: &mut Vec<Step<u8>>) {
        let values = if demand == Demand::Store { self.values } else { 1 };
        steps.extend((0..values).map(|written| Step::Core { core, line, demand, written }));
    }

    fn use_of(&self, state: u8, demand: Demand) -> Use {
        match &self.system.protocol.family {
            Family::Snooping(table) => use_of(
                table.entry(state, demand as usize),
                state,
                table.place(state, demand as usize),
                demand,
            ),
            Family::Directory { cache, .. } => use_of(
                cache.entry(state, demand as usize),
                state,
                cache.place(state, demand as usize),
                demand,
            ),
        }
    }

    /// Takes a step and makes contents relative to the last store again.
    pub(super) fn apply(&self, state: &mut State<u8>, step: &Step<u8>) -> Result<Effect<u8>, Refusal> {
        let effect = self.system.apply(state, step)?;
        if let Some((line, written)) = effect.stored.filter(|(_, written)| *written != 0) {
            self.rebase(state, line, written);
        }
        Ok(effect)
    }

    fn rebase(&self, state: &mut State<u8>, line: u8, current: u8) {
        let shift = |data: &mut u8| *data = (*data + self.values - current) % self.values;
        for core in 0..self.system.cores {
            let copy = &mut state.copies[self.system.copy(core, line)];
            if self.system.permissions(copy.state).intersects(Permissions::HOLDS) {
                shift(&mut copy.data);
            }
        }
        shift(&mut state.homes[usize::from(line)].memory);
        if let Some(bus) = state.bus.as_mut().filter(|bus| bus.line == line) {
            bus.flushed.iter_mut().for_each(shift);
        }
        for message in state.messages.iter_mut().filter(|message| message.line == line) {
            if matches!(message.kind, Kind::PutM | Kind::DataHome | Kind::Data | Kind::DataE) {
                shift(&mut message.data);
            }
        }
        state.messages.sort_unstable();
    }

    /// What is wrong with a state, apart from what it leads to.
    pub(super) fn violation(&self, state: &State<u8>) -> Option<Violation> {
        let quiet = self.system.is_quiet(state);
        (0..self.system.lines).find_map(|line| {
            let how = self.system.incoherence(state, line, &0, quiet)?;
            Some(Violation::Incoherent { line, how })
        })
    }

    /// A violation as a sentence.
    pub(super) fn describe(&self, violation: Violation) -> String {
        match violation {
            Violation::Incoherent { line, how } => how.describe(&line_name(line)),
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
enum Use {
    /// It cannot be, or it waits without a word in the table.
    Nothing,
    /// It hits and changes nothing, or the table stalls it: the number of the entry.
    Same(usize),
    /// A step.
    Step,
}

fn use_of<A: Copy>(entry: Entry<u8, A>, state: u8, place: usize, demand: Demand) -> Use {
    match entry {
        Entry::Impossible => Use::Nothing,
        Entry::Stall => Use::Same(place),
        Entry::Go { next, shared, .. } if demand == Demand::Load && next == state && shared == state => {
            Use::Same(place)
        }
        Entry::Go { .. } => Use::Step,
    }
}

/// The names of lines: x, y, z, then more.
pub(super) fn line_name(line: u8) -> String {
    ["x", "y", "z"].get(usize::from(line)).map_or_else(|| format!("line{line}"), |name| (*name).to_owned())
}
