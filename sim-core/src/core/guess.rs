//! Stores that complete before their value is known.
//!
//! Where a model does not order a store after the loads that its value comes from (the data of a store
//! exclusive under Armv8, an unlocked read-modify-write of memory under x86-TSO as its axioms stand), the
//! store may complete first. Its value is then guessed, and the window is dropped if the loads bring
//! another. A store that goes ahead of the load of its own instruction is treated alike, since that
//! load must not read it.
//!
//! *No value out of thin air.* A guess must not be confirmed by a value that comes from the guess. So each
//! guess has a bit; values carry the bits of the guesses they come from through memory and windows, and
//! what a guess turned out to depend on is kept to the end, where the dependencies of all threads together
//! must not be cyclic ([`well_founded`]).

use super::memory::{Image, Write};
use super::window::Window;
use crate::order::{Mask, Path, bits};

/// What a window knows about guesses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Guesses {
    /// Completed stores whose value is not confirmed: (event, bit of the guess, value).
    pub open: Vec<(u8, u8, u128)>,
    /// Loads that returned a value from guesses: (event, bits).
    pub loads: Vec<(u8, u64)>,
    /// Confirmed guesses and the guesses they depend on: (bit, bits), sorted.
    pub depends: Vec<(u8, u64)>,
}

impl Window {
    fn guessed(&self) -> &Guesses {
        static NONE: Guesses = Guesses { open: Vec::new(), loads: Vec::new(), depends: Vec::new() };
        self.guesses.as_deref().unwrap_or(&NONE)
    }

    /// The guesses that the value of load `e` comes from.
    fn guesses_of_load(&self, e: u8) -> u64 {
        self.guessed().loads.iter().find(|(load, _)| *load == e).map_or(0, |(_, bits)| *bits)
    }

    /// The guesses that the value of store `e` comes from.
    pub fn guesses_of_store(&self, path: &Path, e: usize) -> u64 {
        if self.guesses.is_none() {
            return 0;
        }
        if let Some((_, bit, _)) = self.guessed().open.iter().find(|(store, ..)| usize::from(*store) == e) {
            return 1 << bit;
        }
        bits(path.loads_of_value(&path.events[e])).fold(0, |all, load| all | self.guesses_of_load(load as u8))
    }

    /// Notes which guesses the value of load `e`, which is choosing now, comes from.
    pub(super) fn note_guesses(&mut self, path: &Path, e: usize, memory: &Image) {
        let event = &path.events[e];
        let Some(place) = event.place else { return };
        let mut from = memory.guesses(place, event.size);
        for group in &event.groups {
            let store = usize::from(group.store);
            if !self.has(store) {
                from |= self.guesses_of_store(path, store);
            }
        }
        if from != 0 {
            let guesses = self.guesses.get_or_insert_default();
            guesses.loads.push((e as u8, from));
            guesses.loads.sort_unstable();
        }
    }

    /// Store `e` completes with a guessed value.
    pub fn complete_guessed(&mut self, path: &Path, e: usize, mut write: Write, bit: u8) -> Write {
        write.guesses = 1 << bit;
        self.guesses.get_or_insert_default().open.push((e as u8, bit, write.value));
        self.complete_store(path, e, write);
        write
    }

    /// Checks the guesses whose value has become known; `false` if one was wrong, or confirms itself.
    pub(super) fn confirm(&mut self, path: &Path) -> bool {
        let Some(mut guesses) = self.guesses.take() else { return true };
        let mut right = true;
        let open = std::mem::take(&mut guesses.open);
        for (event, bit, value) in open {
            let e = usize::from(event);
            let sources = path.events[e].early_without;
            match self.write(path, e).filter(|_| sources & !self.known == 0) {
                None => guesses.open.push((event, bit, value)),
                Some(write) => {
                    let from: Mask = bits(sources).fold(0, |all, load| {
                        all | guesses
                            .loads
                            .iter()
                            .find(|(l, _)| usize::from(*l) == load)
                            .map_or(0, |(_, b)| *b)
                    });
                    right &= write.value == value && from & (1 << bit) == 0;
                    if from != 0 {
                        guesses.depends.push((bit, from));
                        guesses.depends.sort_unstable();
                    }
                }
            }
        }
        let empty = *guesses == Guesses::default();
        self.guesses = if empty { None } else { Some(guesses) };
        right
    }

    /// Loads from event `e` on are undone: what they bring next time may come from other guesses.
    pub(super) fn forget_guesses_from(&mut self, e: usize) {
        if let Some(guesses) = &mut self.guesses {
            guesses.loads.retain(|(load, _)| usize::from(*load) < e);
            if **guesses == Guesses::default() {
                self.guesses = None;
            }
        }
    }

    /// What the confirmed guesses of the window depend on.
    pub fn depends(&self) -> &[(u8, u64)] {
        &self.guessed().depends
    }
}

/// Whether no guess depends on itself, of those in `depends`.
pub fn well_founded(depends: &[(u8, u64)]) -> bool {
    let mut open: Vec<(u8, u64)> = depends.to_vec();
    loop {
        let pending = open.iter().fold(0_u64, |all, (bit, _)| all | 1 << bit);
        let before = open.len();
        open.retain(|(_, from)| from & pending != 0);
        if open.is_empty() {
            return true;
        }
        if open.len() == before {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_that_confirm_each_other_are_not_well_founded() {
        assert!(well_founded(&[(0, 0b10), (1, 0b100)]));
        assert!(!well_founded(&[(0, 0b10), (1, 0b01)]));
        assert!(well_founded(&[]));
    }
}
