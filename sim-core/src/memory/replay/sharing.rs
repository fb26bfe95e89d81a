//! True and false sharing, line by line.
//!
//! A coherence miss is true sharing if the missing core wants a word that another core has written since
//! the line was lost, and false sharing otherwise (Torrellas, Lam & Hennessy 1994, by word).

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::Touch;
use crate::memory::system::Demand;

/// Words of a line that are told apart: bits of a mask.
const WORDS_MAX: u32 = 64;

/// What has been seen of one line that went from core to core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLine {
    /// The address of its first byte.
    pub address: u64,
    /// Coherence misses on words that another core had written.
    pub true_sharing: u64,
    /// Coherence misses on other words.
    pub false_sharing: u64,
    /// The cores that missed it so, one bit per core.
    pub cores: u64,
    /// The words that were written while others had lost the line, one bit per word.
    pub written: u64,
}

#[derive(Debug, Clone)]
struct Log {
    /// Per word, the number of the transaction since which its last writer may write it.
    last: Box<[u64]>,
    seen: SharedLine,
}

/// All lines that have been taken away from a core.
#[derive(Debug, Clone)]
pub(super) struct Sharing {
    logs: HashMap<u64, Log, FixedState>,
    line_shift: u32,
    word_shift: u32,
}

impl Sharing {
    pub(super) fn new(line_bytes: u32) -> Sharing {
        let line_shift = line_bytes.ilog2();
        // Words of 4 bytes, larger only where a line has too many of them.
        let word_shift = 2.max(line_shift - WORDS_MAX.ilog2().min(line_shift));
        Sharing { logs: HashMap::with_hasher(FixedState::with_seed(2)), line_shift, word_shift }
    }

    /// The words of a line that bytes `first` to `last` of it lie in.
    #[inline]
    pub(super) fn words(&self, first: u32, last: u32) -> u64 {
        let (low, high) = (first >> self.word_shift, last >> self.word_shift);
        (u64::MAX >> (63 - (high - low))) << low
    }

    /// The words that a touch writes.
    #[inline]
    pub(super) fn written(&self, touch: Touch) -> u64 {
        let words = self.words(touch.first, touch.last);
        if touch.demand == Demand::Store { words } else { 0 }
    }

    /// A core loses a line: from now on its writers matter.
    pub(super) fn lost(&mut self, line: u64) {
        let words = 1usize << (self.line_shift - self.word_shift.min(self.line_shift));
        let address = line << self.line_shift;
        let seen = SharedLine { address, true_sharing: 0, false_sharing: 0, cores: 0, written: 0 };
        self.logs.entry(line).or_insert_with(|| Log { last: vec![0; words].into(), seen });
    }

    /// The words that a core has written since transaction `since`, told when its right to write ends.
    pub(super) fn wrote(&mut self, line: u64, mut words: u64, since: u64) {
        let Some(log) = self.logs.get_mut(&line) else { return };
        log.seen.written |= words;
        while words != 0 {
            log.last[words.trailing_zeros() as usize] = since;
            words &= words - 1;
        }
    }

    /// A coherence miss on `words` of a line lost in transaction `lost`; whether it is false sharing.
    pub(super) fn missed(&mut self, line: u64, core: usize, words: u64, lost: u64) -> bool {
        let Some(log) = self.logs.get_mut(&line) else { return false };
        log.seen.cores |= 1 << core;
        let mut wanted = log.last.iter().enumerate().filter(|(word, _)| words >> word & 1 != 0);
        let truly = wanted.any(|(_, &since)| since >= lost);
        if truly {
            log.seen.true_sharing += 1
        } else {
            log.seen.false_sharing += 1
        }
        !truly
    }

    /// The lines with coherence misses, those with most false sharing first, then by address.
    pub(super) fn report(&self) -> Vec<SharedLine> {
        let mut lines: Vec<SharedLine> = self.logs.values().map(|log| log.seen.clone()).collect();
        lines.retain(|line| line.true_sharing + line.false_sharing > 0);
        lines.sort_by_key(|line| (std::cmp::Reverse(line.false_sharing), line.address));
        lines
    }
}
