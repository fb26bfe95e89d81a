//! What a core remembers of lines that it has lost, to say why it misses them.

use std::collections::HashMap;

use crate::memory::counters::MissKind;
use foldhash::fast::FixedState;

/// A line that a core had and has lost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lost {
    /// The core's count of accesses when it last used the line.
    pub(super) used: u64,
    /// The number of the transaction that took it away; `None` if it was evicted.
    pub(super) invalidated: Option<u64>,
}

/// The lost lines of one core. Grows with the lines that the core touches, not with the trace.
#[derive(Debug, Clone)]
pub(super) struct History {
    lost: HashMap<u64, Lost, FixedState>,
    /// The last uses of all lost lines, sorted.
    uses: Vec<u64>,
}

impl History {
    pub(super) fn new() -> History {
        History { lost: HashMap::with_hasher(FixedState::with_seed(1)), uses: vec![] }
    }

    /// Notes that a line last used at `used` is gone.
    pub(super) fn lose(&mut self, line: u64, used: u64, invalidated: Option<u64>) {
        let place = self.uses.partition_point(|&other| other < used);
        self.uses.insert(place, used);
        self.lost.insert(line, Lost { used, invalidated });
    }

    /// The line comes back: why it was missing, and what is known of its loss. `resident_newer` counts the
    /// lines in the cache used since a given time, `capacity` all lines that the cache can hold.
    pub(super) fn recover(
        &mut self,
        line: u64,
        capacity: u64,
        resident_newer: impl Fn(u64) -> u64,
    ) -> (MissKind, Option<Lost>) {
        let Some(lost) = self.lost.remove(&line) else {
            return (MissKind::Cold, None);
        };
        let place = self.uses.partition_point(|&other| other < lost.used);
        self.uses.remove(place);
        if lost.invalidated.is_some() {
            return (MissKind::Coherence, Some(lost));
        }
        // The line's distance in a fully associative LRU cache: the lines used since it was.
        let distance = (self.uses.len() - place) as u64 + resident_newer(lost.used);
        let kind = if distance < capacity { MissKind::Conflict } else { MissKind::Capacity };
        (kind, Some(lost))
    }
}
