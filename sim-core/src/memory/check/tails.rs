//! The *loose* messages of a state, those that name two cores or none: a *tail*, with a number, and what becomes of it, found
//! once.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexSet;

use super::model::Model;
use super::numbers::Numbers;
use super::sort;
use super::words::{Placement, link, readdressed};

type Hash = foldhash::fast::FixedState;

/// Bits of the number of a tail.
pub(super) const TAIL_BITS: u32 = 22;

/// Changes that a thread remembers at most: what is forgotten is found again.
const CHANGES_MAX: usize = 1 << 20;

/// The number of a tail.
pub(super) type Tail = u32;
/// The tail without messages.
pub(super) const EMPTY: Tail = 0;
/// Instead of a number, where there are more tails than numbers.
pub(super) const UNKNOWN: Tail = u32::MAX;

/// Numbers for tails, with the empty one in its place.
pub(super) fn numbers() -> Numbers {
    let numbers = Numbers::new(1 << TAIL_BITS);
    numbers.number(&[]);
    numbers
}

/// What may become of a tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Change {
    /// A message is added.
    With(u16),
    /// The message at a place is taken away.
    Without(u16),
    /// Cores stand in other places.
    Placed(Placement),
    /// Contents are relative to what has been stored.
    Rebased(u8),
}

/// The cores that messages of a tail link.
#[derive(Debug, Clone, Copy)]
struct Linked {
    /// One bit each.
    cores: u16,
    /// [`Placement::mask`].
    mask: u64,
}

/// The tails that a thread knows.
#[derive(Debug)]
pub(super) struct Tails {
    numbers: Arc<Numbers>,
    /// By number: the messages, sorted.
    all: IndexSet<Box<[u16]>, Hash>,
    /// By number: the cores that messages link.
    linked: Vec<Linked>,
    changed: HashMap<(Tail, Change), Tail, Hash>,
}

impl Tails {
    pub(super) fn new(numbers: Arc<Numbers>) -> Tails {
        let (all, changed) = (IndexSet::default(), HashMap::default());
        let mut tails = Tails { numbers, all, linked: vec![], changed };
        tails.learn();
        tails
    }

    /// The number of the tail of some messages, or [`UNKNOWN`].
    pub(super) fn number(&mut self, mut messages: Vec<u16>) -> Tail {
        sort::by_insertion(&mut messages);
        let number = self.all.get_index_of(&messages[..]).or_else(|| {
            let number = self.numbers.number(&messages);
            self.learn();
            number
        });
        number.map_or(UNKNOWN, |number| number as Tail)
    }

    /// Learns what other threads have met, if a tail is among it.
    #[inline]
    pub(super) fn keep_up(&mut self, tail: Tail) {
        if tail as usize >= self.all.len() {
            self.learn();
        }
    }

    #[cold]
    fn learn(&mut self) {
        for tail in self.numbers.beginning_at(self.all.len()) {
            let links = tail.iter().filter_map(|&message| link(message));
            let cores = links.fold(0, |all, (to, requester)| all | 1 << to | 1 << requester);
            self.linked.push(Linked { cores, mask: Placement::mask(cores) });
            self.all.insert(tail);
        }
    }

    /// The messages of a tail, sorted.
    #[inline]
    pub(super) fn messages(&self, tail: Tail) -> &[u16] {
        self.all.get_index(tail as usize).map_or(&[], |messages| messages)
    }

    /// The cores that messages of a tail link, one bit each.
    #[inline]
    pub(super) fn linked(&self, tail: Tail) -> u16 {
        self.linked.get(tail as usize).map_or(0, |linked| linked.cores)
    }

    /// A tail with one more message.
    pub(super) fn with(&mut self, tail: Tail, message: u16) -> Tail {
        self.changed(tail, Change::With(message), |messages| messages.push(message))
    }

    /// A tail without the message at a place.
    pub(super) fn without(&mut self, tail: Tail, place: usize) -> Tail {
        self.changed(tail, Change::Without(place as u16), |messages| {
            messages.remove(place);
        })
    }

    /// A tail with cores in other places.
    #[inline]
    pub(super) fn placed(&mut self, tail: Tail, placement: Placement) -> Tail {
        let Some(linked) = self.linked.get(tail as usize) else { return UNKNOWN };
        // Where the others stand does not matter.
        let placement = placement.among(linked.mask);
        if placement == Placement::SAME {
            return tail;
        }
        self.changed(tail, Change::Placed(placement), |messages| {
            let places = placement.places();
            messages.iter_mut().for_each(|message| *message = readdressed(*message, &places));
        })
    }

    /// A tail with contents relative to what has been stored.
    pub(super) fn rebased(&mut self, tail: Tail, stored: u8, model: &Model) -> Tail {
        self.changed(tail, Change::Rebased(stored), |messages| {
            let mut words = model.initial();
            words.assemble([], &[0], messages.iter().copied());
            model.rebase(&mut words, stored);
            messages.copy_from_slice(words.messages());
        })
    }

    #[inline]
    fn changed(&mut self, tail: Tail, change: Change, edit: impl FnOnce(&mut Vec<u16>)) -> Tail {
        if let Some(&after) = self.changed.get(&(tail, change)) {
            return after;
        }
        if tail == UNKNOWN {
            return UNKNOWN;
        }
        let mut messages = self.messages(tail).to_vec();
        edit(&mut messages);
        let after = self.number(messages);
        if self.changed.len() == CHANGES_MAX {
            self.changed.clear();
        }
        self.changed.insert((tail, change), after);
        after
    }
}
