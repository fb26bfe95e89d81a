//! Numbers for strings of words, the same for all threads.
//!
//! Which string has which number depends on which thread met it first, so nothing that is reported may depend on that.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexSet;

type Words = Box<[u16]>;
type Set = IndexSet<Words, foldhash::fast::FixedState>;

/// Numbers that are kept free for what is found before anyone asks again whether there are enough.
const RESERVE: usize = 1 << 14;

/// Strings with numbers from 0 on, as they come.
#[derive(Debug)]
pub(super) struct Numbers {
    all: Mutex<Set>,
    most: usize,
}

impl Numbers {
    /// With no string yet, and at most so many ever.
    pub(super) fn new(most: usize) -> Numbers {
        Numbers { all: Mutex::default(), most }
    }

    fn all(&self) -> MutexGuard<'_, Set> {
        // A thread that panicked has at most not added its string.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether numbers may run out.
    pub(super) fn is_full(&self) -> bool {
        self.all().len() + RESERVE > self.most
    }

    /// Bytes in use, about.
    pub(super) fn bytes(&self) -> usize {
        // A string, where it is, its hash, and its place in the table of the set.
        self.all().iter().map(|words| size_of_val(&words[..]) + size_of::<Words>() + 16).sum()
    }

    /// The number of a string, which is added if it is new and there is a number left.
    pub(super) fn number(&self, words: &[u16]) -> Option<usize> {
        let mut all = self.all();
        let known = all.get_index_of(words);
        known.or_else(|| (all.len() < self.most).then(|| all.insert_full(words.into()).0))
    }

    /// The strings with numbers from `first` on.
    pub(super) fn beginning_at(&self, first: usize) -> Vec<Words> {
        self.all().iter().skip(first).cloned().collect()
    }
}
