//! The visited set: byte strings in an arena, found through an open-addressing table of indices.
//!
//! A slot holds 32 bits of the hash beside the index, so that most misses are seen without touching the
//! arena; equality is always decided by the bytes.

use foldhash::fast::FixedState;
use std::hash::BuildHasher;

const EMPTY: u64 = u64::MAX;
const CHUNK_BYTES: usize = 1 << 24;
/// Strings begin at multiples of this many bytes, so that 32 bits address 16 GiB.
const GRAIN: usize = 4;

/// The hash of a byte string, the same on every run.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    FixedState::with_seed(0x6d65_7369).hash_one(bytes)
}

/// Byte strings with indices counted from 0, and the index of the string that each was found from.
pub(super) struct Store {
    chunks: Vec<Vec<u8>>,
    places: Vec<u32>,
    parents: Vec<u32>,
    slots: Vec<u64>,
}

impl Store {
    pub(super) fn new() -> Store {
        Store { chunks: vec![], places: vec![], parents: vec![], slots: vec![EMPTY; 1 << 12] }
    }

    /// The number of strings.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Bytes allocated.
    pub(super) fn bytes(&self) -> usize {
        let arena: usize = self.chunks.iter().map(Vec::capacity).sum();
        arena + 4 * self.places.capacity() + 4 * self.parents.capacity() + 8 * self.slots.capacity()
    }

    /// The string with an index.
    #[inline]
    pub(super) fn get(&self, index: u32) -> &[u8] {
        let at = self.places[index as usize] as usize * GRAIN;
        let chunk = &self.chunks[at / CHUNK_BYTES][at % CHUNK_BYTES..];
        let length = usize::from(u16::from_le_bytes([chunk[0], chunk[1]]));
        &chunk[2..2 + length]
    }

    /// Where a string was found from; the first is its own parent.
    pub(super) fn parent(&self, index: u32) -> u32 {
        self.parents[index as usize]
    }

    /// Brings the slots of hashes near, all at once.
    pub(super) fn touch(&self, hashes: impl Iterator<Item = u64>) {
        let mask = self.slots.len() - 1;
        let sum = hashes.fold(0, |sum, hash| sum ^ self.slots[tag(hash) as usize & mask]);
        std::hint::black_box(sum);
    }

    /// The index of a string that is there.
    #[inline]
    pub(super) fn find(&self, bytes: &[u8], hash: u64) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let tag = tag(hash);
        let mut slot = tag as usize & mask;
        while self.slots[slot] != EMPTY {
            let found = self.slots[slot];
            if (found >> 32) as u32 == tag && self.get(found as u32) == bytes {
                return Some(found as u32);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    /// Finds or adds a string: its index, and whether it is new.
    pub(super) fn insert(&mut self, bytes: &[u8], hash: u64, parent: u32) -> (u32, bool) {
        let mask = self.slots.len() - 1;
        let tag = tag(hash);
        let mut slot = tag as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == EMPTY {
                break;
            }
            if (found >> 32) as u32 == tag && self.get(found as u32) == bytes {
                return (found as u32, false);
            }
            slot = (slot + 1) & mask;
        }
        let index = self.places.len() as u32;
        self.slots[slot] = u64::from(tag) << 32 | u64::from(index);
        self.append(bytes);
        self.parents.push(parent);
        if self.places.len() * 3 > self.slots.len() * 2 {
            self.grow();
        }
        (index, true)
    }

    fn append(&mut self, bytes: &[u8]) {
        let needed = (2 + bytes.len()).next_multiple_of(GRAIN);
        if self.chunks.last().is_none_or(|chunk| chunk.len() + needed > CHUNK_BYTES) {
            self.chunks.push(Vec::with_capacity(CHUNK_BYTES));
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        self.places.push(((number * CHUNK_BYTES + chunk.len()) / GRAIN) as u32);
        chunk.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
        chunk.extend_from_slice(bytes);
        chunk.resize(chunk.len().next_multiple_of(GRAIN), 0);
    }

    fn grow(&mut self) {
        let larger = vec![EMPTY; self.slots.len() * 2];
        let mask = larger.len() - 1;
        for entry in std::mem::replace(&mut self.slots, larger) {
            if entry == EMPTY {
                continue;
            }
            let mut slot = (entry >> 32) as usize & mask;
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = entry;
        }
    }
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_keep_their_indices_while_the_table_grows() {
        let mut store = Store::new();
        let string = |n: u32| n.to_le_bytes()[..1 + n as usize % 4].to_vec();
        let mut distinct: Vec<Vec<u8>> = vec![];
        for n in 0..20_000 {
            let bytes = string(n);
            let known = store.len();
            let (index, new) = store.insert(&bytes, hash(&bytes), 0);
            assert_eq!(new, index as usize == known);
            if new {
                distinct.push(bytes);
            }
        }
        assert_eq!(store.len(), distinct.len());
        for (index, bytes) in distinct.iter().enumerate() {
            assert_eq!(store.get(index as u32), bytes);
            assert_eq!(store.insert(bytes, hash(bytes), 0), (index as u32, false));
        }
    }

    #[test]
    fn equal_hashes_do_not_make_strings_equal() {
        let mut store = Store::new();
        assert_eq!(store.insert(b"one", 7, 0), (0, true));
        assert_eq!(store.insert(b"two", 7, 0), (1, true));
        assert_eq!(store.insert(b"one", 7, 0), (0, false));
    }
}
