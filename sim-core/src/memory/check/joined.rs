//! The state of one line as the numbers of its cores' [parts](super::parts), and the rest: the words of home and bus, and the
//! number of the [tail](super::tails), the messages that belong to no core's part.
//!
//! As a key: 16 bits for the part in each place, and in the highest 32 bits the word of home and, on a bus, its word,
//! otherwise the number of the tail.

use super::keys::Key;
use super::means::Means;
use super::model::Model;
use super::parts::{UNKNOWN, seen_by, told_by};
use super::tails::{self, TAIL_BITS, Tail};
use super::words::{Words, ends, is_loose};
use crate::memory::system::CORES_MAX;

/// The state of one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joined {
    cores: usize,
    /// By core; behind them 0.
    parts: [u16; CORES_MAX],
    /// The word of home, and that of the bus if there is one.
    shared: [u16; 2],
    has_bus: bool,
    tail: Tail,
}

impl Joined {
    /// Without a state of the model yet.
    pub(super) fn new(model: &Model) -> Joined {
        Joined {
            cores: model.system.cores.into(),
            parts: [0; CORES_MAX],
            shared: [0; 2],
            has_bus: model.has_bus(),
            tail: tails::EMPTY,
        }
    }

    /// Becomes the state that a key is.
    #[inline]
    pub(super) fn load<const N: usize>(&mut self, key: &Key<N>, model: &Model, means: &mut Means) {
        for core in 0..self.cores {
            let part = (key[core / 4] >> (16 * (core % 4))) as u16;
            means.known.keep_up(model, part);
            self.parts[core] = part;
        }
        let rest = (key[N - 1] >> 32) as u32;
        let low = rest & ((1 << TAIL_BITS) - 1);
        self.shared[0] = (rest >> TAIL_BITS) as u16;
        if self.has_bus {
            self.shared[1] = low as u16;
        } else {
            means.tails.keep_up(low);
            self.tail = low;
        }
    }

    /// Becomes the state that words are.
    pub(super) fn split(&mut self, words: &Words, model: &Model, means: &mut Means) {
        for core in 0..self.cores {
            let names_it = |message: &&u16| <[usize; 2]>::from(ends(**message)).contains(&core);
            let messages = words.messages().iter().filter(names_it).map(|&message| seen_by(core, message));
            self.parts[core] = means.known.number(model, words.columns()[core], messages);
        }
        self.put_shared(words.shared());
        let loose = words.messages().iter().copied().filter(|&message| is_loose(message));
        self.tail = means.tails.number(loose.collect());
    }

    /// Makes `words` the same state.
    pub(super) fn join(&self, means: &Means, words: &mut Words) {
        let columns = self.parts().iter().map(|&part| means.known.part(part).0);
        let told = |(core, &part): (usize, &u16)| {
            let messages = means.known.part(part).1.iter();
            messages.filter(|&&message| !is_loose(message)).map(move |&message| told_by(core, core, message))
        };
        let loose = means.tails.messages(self.tail).iter().copied();
        let messages = self.parts().iter().enumerate().flat_map(told).chain(loose);
        words.assemble(columns, self.shared(), messages);
    }

    /// Changes the part of a core.
    #[inline]
    pub(super) fn put(&mut self, core: usize, part: u16) {
        self.parts[core] = part;
    }

    /// Changes the words of home and bus.
    #[inline]
    pub(super) fn put_shared(&mut self, shared: &[u16]) {
        self.shared[..shared.len()].copy_from_slice(shared);
    }

    /// Changes the tail.
    #[inline]
    pub(super) fn put_tail(&mut self, tail: Tail) {
        self.tail = tail;
    }

    /// The number of each core's part.
    #[inline]
    pub(super) fn parts(&self) -> &[u16] {
        &self.parts[..self.cores]
    }

    /// The words of home and bus.
    #[inline]
    pub(super) fn shared(&self) -> &[u16] {
        &self.shared[..1 + usize::from(self.has_bus)]
    }

    #[inline]
    pub(super) fn tail(&self) -> Tail {
        self.tail
    }

    /// The key of the state with other cores in its places, `order[place]` in the lowest 4 bits, and with a tail for these
    /// places. None if something has no number.
    #[inline]
    pub(super) fn key<const N: usize>(&self, order: &[u64], tail: Tail) -> Option<Key<N>> {
        let (mut lanes, mut known) = ([[0; 4]; N], tail != tails::UNKNOWN);
        for (lane, core) in lanes.as_flattened_mut().iter_mut().zip(order) {
            *lane = self.parts[(core & 15) as usize];
            known &= *lane != UNKNOWN;
        }
        debug_assert!(self.shared[0] < 1 << (32 - TAIL_BITS), "a home has 64 states at most");
        let low: u64 = if self.has_bus { self.shared[1].into() } else { tail.into() };
        let mut key = lanes.map(|lane| lane.iter().rfold(0, |all, &part| all << 16 | u64::from(part)));
        key[N - 1] |= (u64::from(self.shared[0]) << TAIL_BITS | low) << 32;
        known.then_some(key)
    }
}

/// A step that was taken from a state.
pub(super) struct Taken<'a> {
    /// Whether it was under way, rather than a new demand.
    pub(super) progress: bool,
    /// The core that it is about, if it is about one.
    pub(super) actor: Option<usize>,
    /// How many steps it stands for.
    pub(super) weight: usize,
    pub(super) after: &'a Joined,
}

/// Numbers of the shortest key for a number of cores.
pub(super) const fn key_len(cores: usize) -> usize {
    (16 * cores + 32).div_ceil(64)
}
