//! Which entries of the tables have been used.

use crate::memory::protocol::Family;
use crate::memory::system::{Effect, State, Step, System};

/// One flag for each entry of each table.
#[derive(Debug, PartialEq)]
pub(super) struct Coverage {
    cache: Vec<bool>,
    home: Vec<bool>,
}

impl Coverage {
    pub(super) fn new(family: &Family) -> Coverage {
        match family {
            Family::Snooping(table) => Coverage { cache: vec![false; table.len()], home: vec![] },
            Family::Directory { cache, home } => {
                Coverage { cache: vec![false; cache.len()], home: vec![false; home.len()] }
            }
        }
    }

    /// Adds what another search has used.
    pub(super) fn add(&mut self, other: &Coverage) {
        self.cache.iter_mut().zip(&other.cache).for_each(|(used, more)| *used |= more);
        self.home.iter_mut().zip(&other.home).for_each(|(used, more)| *used |= more);
    }

    /// An entry of the caches' table is used.
    pub(super) fn note_cache(&mut self, place: usize) {
        self.cache[place] = true;
    }

    /// The entries that a step used.
    pub(super) fn note(&mut self, effect: &Effect<u8>) {
        if let Some(place) = effect.cache_entry {
            self.cache[place] = true;
        }
        if let Some(place) = effect.home_entry {
            self.home[place] = true;
        }
    }

    /// The entry that makes a step wait.
    pub(super) fn note_stall(&mut self, system: &System, state: &State<u8>, step: &Step<u8>) {
        match system.stalled_entry(state, step) {
            Some((false, place)) => self.cache[place] = true,
            Some((true, place)) => self.home[place] = true,
            None => {}
        }
    }

    /// The entries that can happen according to the tables and that nothing used.
    pub(super) fn unreached(&self, family: &Family) -> Vec<String> {
        let labels = |used: &[bool], possible: &dyn Fn(usize) -> bool, label: &dyn Fn(usize) -> String| {
            let missing = (0..used.len()).filter(|&place| !used[place] && possible(place));
            missing.map(label).collect::<Vec<String>>()
        };
        match family {
            Family::Snooping(table) => labels(&self.cache, &|p| table.is_possible(p), &|p| table.label(p)),
            Family::Directory { cache, home } => {
                let mut all = labels(&self.cache, &|p| cache.is_possible(p), &|p| cache.label(p));
                all.extend(labels(&self.home, &|p| home.is_possible(p), &|p| home.label(p)));
                all
            }
        }
    }
}
