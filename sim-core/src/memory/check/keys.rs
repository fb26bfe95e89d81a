//! A visited set of short keys: each is a few 64-bit numbers and stands in the table itself, so that one look at memory
//! finds it.
//!
//! A key belongs to the shard that its hash names, so that threads can fill shards side by side; in its shard it is found
//! by linear probing.

use super::words::scattered;
use std::hint::black_box;

/// How many shards there are: more than threads that insert, few enough to go round.
pub(super) const SHARDS: usize = 64;
/// Keys that are looked up side by side, so that the waits for memory overlap.
const ABREAST: usize = 32;

/// What is kept. The highest bit of the last number is never set.
pub(super) type Key<const N: usize> = [u64; N];

/// Some keys whose hashes begin alike.
#[derive(Debug)]
pub(super) struct Shard<const N: usize> {
    /// A power of two; three quarters of them are taken at most.
    slots: Vec<Key<N>>,
    len: usize,
}

/// The shard that a key belongs to.
#[inline]
pub(super) fn shard_of<const N: usize>(key: &Key<N>) -> usize {
    (hash(key) >> (64 - SHARDS.trailing_zeros())) as usize
}

/// The hash of a key, the same on every run.
#[inline]
pub(super) fn hash<const N: usize>(key: &Key<N>) -> u64 {
    key.iter().fold(0, |hash, &part| scattered(hash ^ part))
}

impl<const N: usize> Shard<N> {
    /// What stands in a slot that is free.
    const FREE: Key<N> = [u64::MAX; N];

    pub(super) fn new() -> Shard<N> {
        Shard { slots: vec![Self::FREE; 16], len: 0 }
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes in use.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.slots[..])
    }

    /// Adds keys, and appends those that were not there to `fresh`.
    pub(super) fn add(&mut self, keys: &[Key<N>], fresh: &mut Vec<Key<N>>) {
        for keys in keys.chunks(ABREAST) {
            if (self.len + keys.len()) * 4 > self.slots.len() * 3 {
                self.grow();
            }
            let slot = |key| self.slots[hash(key) as usize & (self.slots.len() - 1)][0];
            black_box(keys.iter().fold(0, |sum, key| sum ^ slot(key)));
            for key in keys {
                if self.insert(key) {
                    fresh.push(*key);
                }
            }
        }
    }

    /// Adds a key, if it is not there; there is room.
    #[inline]
    fn insert(&mut self, key: &Key<N>) -> bool {
        let mask = self.slots.len() - 1;
        let mut slot = hash(key) as usize & mask;
        loop {
            let found = &mut self.slots[slot];
            if found == key {
                return false;
            }
            if *found == Self::FREE {
                *found = *key;
                self.len += 1;
                return true;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let larger = vec![Self::FREE; self.slots.len() * 2];
        let smaller = std::mem::replace(&mut self.slots, larger);
        self.len = 0;
        for key in smaller.iter().filter(|&&key| key != Self::FREE) {
            self.insert(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_fresh_once_however_much_the_table_grows() {
        let keys: Vec<Key<2>> = (0..50_000).map(|n| [n % 223, n % 40_000]).collect();
        let mut known = std::collections::HashSet::new();
        let first: Vec<Key<2>> = keys.iter().copied().filter(|key| known.insert(*key)).collect();
        for size in [1, 7, 5_000, 50_000] {
            let (mut shard, mut fresh) = (Shard::new(), vec![]);
            keys.chunks(size).for_each(|keys| shard.add(keys, &mut fresh));
            assert_eq!(fresh, first);
            assert_eq!(shard.len(), first.len());
        }
    }

    #[test]
    fn keys_spread_over_shards_and_slots() {
        let keys: Vec<Key<1>> = (0..64).flat_map(|a| (0..64).map(move |b| [a << 40 | b])).collect();
        let mut shards = [0; SHARDS];
        keys.iter().for_each(|key| shards[shard_of(key)] += 1);
        assert!(shards.iter().all(|&count| (16..192).contains(&count)), "{shards:?}");
        let mut low: Vec<u64> = keys.iter().map(|key| hash(key) & 0xffff).collect();
        low.sort_unstable();
        low.dedup();
        assert!(low.len() > 3600, "{} of 4096", low.len());
    }
}
