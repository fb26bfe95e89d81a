//! What a core remembers of lines that it has lost, to say why it misses them.

use std::collections::HashMap;

use super::recency::Recency;
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

/// The lost lines of one core. Of lines that were evicted only as many are kept as the cache holds: which of the others
/// were ever there is one bit each. So memory grows with the lines that the core touches, and slowly.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Lines that the cache can hold.
    capacity: usize,
    /// All lines that the core ever had: a bit each, 64 neighbours together.
    seen: HashMap<u64, u64, FixedState>,
    /// Lines that were taken away, and those of `uses`.
    lost: HashMap<u64, Lost, FixedState>,
    /// Of the lost lines those used last, at most as many as the cache holds.
    uses: Recency,
}

impl History {
    pub(super) fn new(capacity: u64) -> History {
        History {
            capacity: capacity as usize,
            seen: HashMap::with_hasher(FixedState::with_seed(3)),
            lost: HashMap::with_hasher(FixedState::with_seed(1)),
            uses: Recency::default(),
        }
    }

    /// Notes that a line last used at `used` is gone.
    pub(super) fn lose(&mut self, line: u64, used: u64, invalidated: Option<u64>) {
        self.uses.insert(used, line);
        self.lost.insert(line, Lost { used, invalidated });
        // A cache of this size with LRU has lost the oldest: lines used since then stay lines used since then.
        if self.uses.len() > self.capacity
            && let Some(oldest) = self.uses.pop_first()
            && self.lost.get(&oldest).is_some_and(|lost| lost.invalidated.is_none())
        {
            self.lost.remove(&oldest);
        }
    }

    /// The line comes back: why it was missing, and what is known of its loss. `resident_newer` counts the
    /// lines in the cache used since a given time.
    pub(super) fn recover(
        &mut self,
        line: u64,
        resident_newer: impl Fn(u64) -> u64,
    ) -> (MissKind, Option<Lost>) {
        let bit = 1 << (line % 64);
        let seen = self.seen.entry(line / 64).or_default();
        let cold = *seen & bit == 0;
        *seen |= bit;
        let Some(lost) = self.lost.remove(&line) else {
            return (if cold { MissKind::Cold } else { MissKind::Capacity }, None);
        };
        let lost_newer = self.uses.remove(lost.used);
        // The line's distance in a fully associative LRU cache is the number of lines used since it was.
        let kept = |newer: usize| newer as u64 + resident_newer(lost.used) < self.capacity as u64;
        let kind = match (lost.invalidated, lost_newer) {
            (Some(_), _) => MissKind::Coherence,
            (None, Some(newer)) if kept(newer) => MissKind::Conflict,
            (None, _) => MissKind::Capacity,
        };
        (kind, Some(lost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of the misses on `lines` in a cache of one set with `capacity` ways and LRU, run to its end.
    fn kinds(capacity: usize, lines: &[u64]) -> Vec<MissKind> {
        let mut history = History::new(capacity as u64);
        let mut cache: Vec<(u64, u64)> = vec![];
        let mut found = vec![];
        for (used, line) in (1..).zip(lines) {
            if let Some(place) = cache.iter().position(|(_, other)| other == line) {
                cache.remove(place);
            } else {
                if cache.len() == capacity {
                    let (used, line) = cache.remove(0);
                    history.lose(line, used, None);
                }
                let newer = |since: u64| cache.iter().filter(|(used, _)| *used > since).count() as u64;
                found.push(history.recover(*line, newer).0);
            }
            cache.push((used, *line));
        }
        assert!(history.uses.len() <= capacity && history.lost.len() <= capacity);
        found
    }

    #[test]
    fn a_fully_associative_cache_has_no_conflicts() {
        let around: Vec<u64> = (0..300).map(|n| n * 7 % 10).collect();
        let found = kinds(8, &around);
        assert_eq!(found[..10], [MissKind::Cold; 10]);
        assert!(found[10..].iter().all(|kind| *kind == MissKind::Capacity), "{found:?}");
    }

    #[test]
    fn only_what_the_cache_could_hold_is_a_conflict() {
        let mut history = History::new(2);
        for line in 0..5 {
            assert_eq!(history.recover(line, |_| 0).0, MissKind::Cold);
            history.lose(line, line, (line == 1).then_some(9));
        }
        assert_eq!(history.recover(4, |_| 0).0, MissKind::Conflict);
        assert_eq!(history.recover(3, |_| 2).0, MissKind::Capacity);
        assert_eq!(history.recover(0, |_| 0).0, MissKind::Capacity);
        assert_eq!(history.recover(1, |_| 0).0, MissKind::Coherence);
    }
}
