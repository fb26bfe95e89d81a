//! The visited set: strings of 16-bit words with numbers, in shards that threads can fill side by side.
//!
//! A string belongs to the shard that its hash names, and is numbered there in the order of insertion. Each shard
//! finds its strings through an open-addressing table with linear probing; a slot is 4 bytes, a number and 6 more bits
//! of the hash, so that most other strings are passed over without a look at them. Equality is always decided by the
//! words. Slots hold no hash to grow by: a table that grows hashes its strings again.

use super::words::scattered;
use std::hint::black_box;

/// How many shards there are: more than threads that insert, few enough to go round.
pub(super) const SHARDS: usize = 64;
/// Bits of a number within its shard.
const LOCAL_BITS: u32 = 26;
const LOCAL_MASK: u32 = (1 << LOCAL_BITS) - 1;
const EMPTY: u32 = u32::MAX;
/// Strings of a shard that all caches of a computer hold side by side with those of the other shards.
const NEAR: usize = 1 << 11;
/// What is kept free in each shard for what is found before anyone asks again whether it is full.
const RESERVE: usize = 1 << 22;

/// The hash of a string, the same on every run.
#[inline]
pub(super) fn hash(words: &[u16]) -> u64 {
    let (quads, rest) = words.as_chunks::<4>();
    let joined = |words: &[u16]| words.iter().rfold(0, |all, &word| all << 16 | u64::from(word));
    let hash = quads.iter().fold(words.len() as u64, |hash, quad| scattered(hash ^ joined(quad)));
    scattered(hash.wrapping_add(joined(rest)))
}

/// The shard that a hash names: its highest bits.
#[inline]
pub(super) fn shard_of(hash: u64) -> usize {
    (hash >> 58) as usize
}

/// A string: its shard, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(u32);

impl Id {
    /// No string.
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

/// All strings.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) shards: Vec<Shard>,
}

impl Store {
    pub(super) fn new() -> Store {
        Store { shards: (0..SHARDS).map(|_| Shard::new()).collect() }
    }

    /// The number of strings.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    /// All numbers, shard by shard.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        let of = |(shard, length)| (0..length).map(move |local| Id::new(shard, local));
        self.lengths().into_iter().enumerate().flat_map(of)
    }

    /// The number of strings in each shard.
    pub(super) fn lengths(&self) -> [u32; SHARDS] {
        std::array::from_fn(|shard| self.shards[shard].len() as u32)
    }

    /// All strings counted through, shard by shard: the place of the first of each shard.
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
        let full = |shard: &Shard| {
            shard.len() + RESERVE > LOCAL_MASK as usize
                || shard.strings.len() + 64 * RESERVE > u32::MAX as usize
        };
        self.shards.iter().any(full)
    }

    /// The string with a number.
    #[inline]
    pub(super) fn get(&self, id: Id) -> &[u16] {
        self.shards[id.shard()].get(id.local())
    }

    /// The number of a string that is there.
    #[inline]
    pub(super) fn find(&self, words: &[u16], hash: u64) -> Option<Id> {
        let shard = shard_of(hash);
        self.shards[shard].find(words, hash).ok().map(|local| Id::new(shard, local))
    }
}

/// Strings whose hashes begin alike.
#[derive(Debug)]
pub(super) struct Shard {
    slots: Vec<u32>,
    strings: Vec<u16>,
    /// Where each string ends.
    ends: Vec<u32>,
}

impl Shard {
    fn new() -> Shard {
        Shard { slots: vec![EMPTY; 16], strings: vec![], ends: vec![] }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn bytes(&self) -> usize {
        2 * self.strings.len() + 4 * (self.ends.len() + self.slots.len())
    }

    #[inline]
    fn get(&self, local: u32) -> &[u16] {
        let local = local as usize;
        let start = if local == 0 { 0 } else { self.ends[local - 1] };
        &self.strings[start as usize..self.ends[local] as usize]
    }

    /// The number of a string, or the slot that it would take.
    #[inline]
    fn find(&self, words: &[u16], hash: u64) -> Result<u32, usize> {
        self.probe(hash, |local| self.get(local) == words)
    }

    /// The first string with this tag that is the one, or the slot that it would take.
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
    pub(super) fn touch(&self, hashes: impl Iterator<Item = u64> + Clone) {
        if self.len() < NEAR {
            return;
        }
        let slot = |hash: u64| self.slots[hash as usize & (self.slots.len() - 1)];
        black_box(hashes.clone().fold(0, |sum, hash| sum ^ slot(hash)));
        let string = |hash| self.probe(hash, |_| true).map_or(0, |local| self.get(local)[0]);
        black_box(hashes.fold(0, |sum, hash| sum ^ string(hash)));
    }

    /// Finds or adds a string.
    pub(super) fn insert(&mut self, words: &[u16], hash: u64) -> u32 {
        let slot = match self.find(words, hash) {
            Ok(local) => return local,
            Err(slot) => slot,
        };
        let local = self.len() as u32;
        self.slots[slot] = tag(hash) | local;
        self.strings.extend_from_slice(words);
        self.ends.push(self.strings.len() as u32);
        if (local as usize + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        local
    }

    fn grow(&mut self) {
        let mut larger = vec![EMPTY; self.slots.len() * 2];
        let mask = larger.len() - 1;
        for local in 0..self.len() as u32 {
            let hash = hash(self.get(local));
            let mut slot = hash as usize & mask;
            while larger[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            larger[slot] = tag(hash) | local;
        }
        self.slots = larger;
    }
}

/// Bits of a hash that are neither in the number of the shard nor, in any table of a likely size, in that of the slot.
#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 26) as u32 & !LOCAL_MASK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(store: &mut Store, words: &[u16], hash: u64) -> Id {
        let shard = shard_of(hash);
        Id::new(shard, store.shards[shard].insert(words, hash))
    }

    #[test]
    fn strings_keep_their_numbers_while_the_tables_grow() {
        let mut store = Store::new();
        let mut distinct: Vec<(Id, Vec<u16>)> = vec![];
        for n in 0u16..20_000 {
            let words = &[n % 7, n % 300, n, n / 2, n, 1][..1 + usize::from(n % 6)];
            let known = store.find(words, hash(words));
            let id = insert(&mut store, words, hash(words));
            match known {
                Some(known) => assert_eq!(id, known),
                None => distinct.push((id, words.to_vec())),
            }
        }
        assert_eq!(store.len(), distinct.len());
        for (id, words) in &distinct {
            assert_eq!(store.get(*id), words);
            assert_eq!(store.find(words, hash(words)), Some(*id));
        }
        assert_eq!(store.ids().count(), distinct.len());
    }

    #[test]
    fn equal_hashes_do_not_make_strings_equal() {
        let mut store = Store::new();
        let one = insert(&mut store, &[1], 7);
        let two = insert(&mut store, &[2], 7);
        assert_ne!(one, two);
        assert_eq!(insert(&mut store, &[1], 7), one);
        assert_eq!((store.get(one), store.get(two)), (&[1][..], &[2][..]));
    }

    #[test]
    fn hashes_spread_over_shards_and_slots() {
        let hashes: Vec<u64> =
            (0u16..64).flat_map(|a| (0..64).map(move |b| hash(&[a, b, 0, 0, a]))).collect();
        let mut shards = [0; SHARDS];
        hashes.iter().for_each(|&hash| shards[shard_of(hash)] += 1);
        assert!(shards.iter().all(|&count| (16..192).contains(&count)), "{shards:?}");
        let mut low: Vec<u64> = hashes.iter().map(|hash| hash & 0xffff).collect();
        low.sort_unstable();
        low.dedup();
        assert!(low.len() > 3600, "{} of 4096", low.len());
    }
}
