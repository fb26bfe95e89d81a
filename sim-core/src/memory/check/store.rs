//! The visited set of a search that asks again for what it has found: keys with numbers, in shards that threads can fill side
//! by side.
//!
//! Whoever adds a key says to which shard it belongs; it is numbered there in the order of insertion. Each shard
//! finds its keys through an open-addressing table with linear probing; a slot is 4 bytes, a number and 4 more bits
//! of the hash, so that most other keys are passed over without a look at them.

use super::keys::{Key, hash};
use std::hint::black_box;

/// How many shards there are: about as many as threads that insert, few enough that what goes to one at a time fills a few
/// lines of a cache.
pub(super) const SHARDS: usize = 16;
/// Bits of a number within its shard.
const LOCAL_BITS: u32 = 28;
const LOCAL_MASK: u32 = (1 << LOCAL_BITS) - 1;
const EMPTY: u32 = u32::MAX;
/// Keys of a shard that all caches of a computer hold side by side with those of the other shards.
const NEAR: usize = 1 << 11;
/// What is kept free in each shard for what is found before anyone asks again whether it is full.
const RESERVE: usize = 1 << 22;

/// The shard that a hash names: its highest bits.
#[inline]
pub(super) fn shard_of(hash: u64) -> usize {
    (hash >> (64 - SHARDS.trailing_zeros())) as usize
}

/// A key: its shard, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(u32);

impl Id {
    /// No key.
    pub(super) const NONE: Id = Id(u32::MAX);

    #[inline]
    pub(super) fn new(shard: usize, local: u32) -> Id {
        Id((shard as u32) << LOCAL_BITS | local)
    }

    #[inline]
    pub(super) fn shard(self) -> usize {
        (self.0 >> LOCAL_BITS) as usize
    }

    #[inline]
    pub(super) fn local(self) -> u32 {
        self.0 & LOCAL_MASK
    }
}

/// All keys.
#[derive(Debug)]
pub(super) struct Store<const N: usize> {
    pub(super) shards: Vec<Shard<N>>,
}

impl<const N: usize> Store<N> {
    pub(super) fn new() -> Store<N> {
        Store { shards: (0..SHARDS).map(|_| Shard::new()).collect() }
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    /// All numbers, shard by shard.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        let of = |(shard, length)| (0..length).map(move |local| Id::new(shard, local));
        self.lengths().into_iter().enumerate().flat_map(of)
    }

    /// The number of keys in each shard.
    pub(super) fn lengths(&self) -> [u32; SHARDS] {
        std::array::from_fn(|shard| self.shards[shard].len() as u32)
    }

    /// All keys counted through, shard by shard: the place of the first of each shard.
    pub(super) fn bases(&self) -> [u32; SHARDS] {
        let mut before = 0;
        self.lengths().map(|length| {
            before += length;
            before - length
        })
    }

    /// Bytes in use.
    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(Shard::bytes).sum()
    }

    /// Whether some shard may run out of numbers.
    pub(super) fn is_full(&self) -> bool {
        self.shards.iter().any(|shard| shard.len() + RESERVE > LOCAL_MASK as usize)
    }

    /// The key with a number.
    #[inline]
    pub(super) fn get(&self, id: Id) -> &Key<N> {
        &self.shards[id.shard()].keys[id.local() as usize]
    }

    /// The number of a key that is in a shard.
    #[inline]
    pub(super) fn find(&self, shard: usize, key: &Key<N>) -> Option<Id> {
        self.shards[shard].find(key, hash(key)).ok().map(|local| Id::new(shard, local))
    }
}

/// Keys that belong together.
#[derive(Debug)]
pub(super) struct Shard<const N: usize> {
    slots: Vec<u32>,
    keys: Vec<Key<N>>,
}

impl<const N: usize> Shard<N> {
    fn new() -> Shard<N> {
        Shard { slots: vec![EMPTY; 16], keys: vec![] }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.keys[..]) + size_of_val(&self.slots[..])
    }

    /// The number of a key, or the slot that it would take.
    #[inline]
    fn find(&self, key: &Key<N>, hash: u64) -> Result<u32, usize> {
        self.probe(hash, |local| self.keys[local as usize] == *key)
    }

    /// The first key with this tag that is the one, or the slot that it would take.
    #[inline]
    fn probe(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let (mask, tag) = (self.slots.len() - 1, tag(hash));
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == EMPTY {
                return Err(slot);
            }
            if found & !LOCAL_MASK == tag && is_it(found & LOCAL_MASK) {
                return Ok(found & LOCAL_MASK);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Brings what [`Shard::insert`] will look at near, where it may be far away.
    #[inline]
    pub(super) fn touch(&self, keys: &[Key<N>]) {
        if self.len() < NEAR {
            return;
        }
        let slot = |key| self.slots[hash(key) as usize & (self.slots.len() - 1)];
        black_box(keys.iter().fold(0, |sum, key| sum ^ slot(key)));
        let first = |key| self.probe(hash(key), |_| true).map_or(0, |local| self.keys[local as usize][0]);
        black_box(keys.iter().fold(0, |sum, key| sum ^ first(key)));
    }

    /// Finds or adds a key.
    #[inline]
    pub(super) fn insert(&mut self, key: &Key<N>) -> u32 {
        let hash = hash(key);
        let slot = match self.find(key, hash) {
            Ok(local) => return local,
            Err(slot) => slot,
        };
        let local = self.len() as u32;
        self.slots[slot] = tag(hash) | local;
        self.keys.push(*key);
        if (local as usize + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        local
    }

    fn grow(&mut self) {
        let mut larger = vec![EMPTY; self.slots.len() * 2];
        let mask = larger.len() - 1;
        for (local, key) in (0..).zip(&self.keys) {
            let hash = hash(key);
            let mut slot = hash as usize & mask;
            while larger[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            larger[slot] = tag(hash) | local;
        }
        self.slots = larger;
    }
}

/// Bits of a hash that are not in the number of the slot in any table of a likely size.
#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 28) as u32 & !LOCAL_MASK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_numbers_while_the_tables_grow() {
        let mut store = Store::new();
        let mut distinct: Vec<(Id, Key<2>)> = vec![];
        for n in 0u64..20_000 {
            let key = [(n % 7) << 40 | (n % 300), n / 2];
            let shard = shard_of(hash(&key));
            let known = store.find(shard, &key);
            let id = Id::new(shard, store.shards[shard].insert(&key));
            match known {
                Some(known) => assert_eq!(id, known),
                None => distinct.push((id, key)),
            }
        }
        assert!(distinct.len() > 10_000);
        assert_eq!(store.len(), distinct.len());
        for (id, key) in &distinct {
            assert_eq!(store.get(*id), key);
            assert_eq!(store.find(shard_of(hash(key)), key), Some(*id));
        }
        assert_eq!(store.ids().count(), distinct.len());
    }

    #[test]
    fn the_same_key_may_stand_in_two_shards() {
        let mut store = Store::new();
        assert_eq!(store.shards[1].insert(&[7]), 0);
        assert_eq!(store.shards[2].insert(&[8]), 0);
        assert_eq!((store.find(1, &[8]), store.find(2, &[8])), (None, Some(Id::new(2, 0))));
    }
}
