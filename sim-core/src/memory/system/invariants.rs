//! What must hold of every line in every state.

use super::{Contents, State, System};
use crate::memory::table::Permissions;

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoherence {
    /// One cache is exclusive and another can read.
    NotSingleWriter,
    /// This core's cache can read contents that are not the last store's.
    Stale {
        /// Whose cache.
        core: u8,
    },
    /// Two caches answer for the line.
    TwoOwners,
    /// Nothing is under way, no cache is responsible for the line, and memory is out of date.
    MemoryStale,
}

impl Incoherence {
    /// As a sentence without its full stop.
    pub fn describe(self, line: &str) -> String {
        match self {
            Incoherence::NotSingleWriter => {
                format!("single writer broken: one cache has {line} exclusive and another can read it")
            }
            Incoherence::Stale { core } => {
                format!("data value broken: P{core} can load {line} and would not get the last store")
            }
            Incoherence::TwoOwners => format!("two caches answer for {line}"),
            Incoherence::MemoryStale => {
                format!("the last store to {line} is lost: no cache has it, and memory has an older one")
            }
        }
    }
}

impl System {
    /// What is wrong with a line whose last completed store left `current` (single writer or many
    /// readers; data value; one owner). `quiet` is [`System::is_quiet`].
    pub fn incoherence<D: Contents>(
        &self,
        state: &State<D>,
        line: u8,
        current: &D,
        quiet: bool,
    ) -> Option<Incoherence> {
        let (mut readers, mut exclusive, mut owners, mut dirty) = (0, 0, 0, 0);
        for core in 0..self.cores {
            let copy = &state.copies[self.copy(core, line)];
            let may = self.permissions(copy.state);
            readers += u8::from(may.contains(Permissions::READ));
            exclusive += u8::from(may.contains(Permissions::EXCLUSIVE));
            owners += u8::from(may.contains(Permissions::OWNED));
            dirty += u8::from(may.contains(Permissions::DIRTY));
            if may.contains(Permissions::READ) && copy.data != *current {
                return Some(Incoherence::Stale { core });
            }
        }
        if exclusive > 0 && readers > 1 {
            return Some(Incoherence::NotSingleWriter);
        }
        if owners > 1 {
            return Some(Incoherence::TwoOwners);
        }
        let lost = quiet && dirty == 0 && state.homes[usize::from(line)].memory != *current;
        lost.then_some(Incoherence::MemoryStale)
    }
}
