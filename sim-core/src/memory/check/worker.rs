//! Expanding states: the part of the search that several threads do at once.

use std::ops::Range;

use super::canonical::Canonical;
use super::model::{Model, Violation};
use super::pack;
use super::store::{self, Store};
use crate::memory::protocol::Family;
use crate::memory::system::{Refusal, State, Step, System};

/// One thread's tools and results, reused from share to share.
pub(super) struct Worker {
    canonical: Canonical,
    here: State<u8>,
    next: State<u8>,
    steps: Vec<Step<u8>>,
    /// Which entries of the tables this worker has used.
    pub(super) coverage: Coverage,
    /// The packed successors, one after the other.
    pub(super) bytes: Vec<u8>,
    /// The successors of all states of the share, in order.
    pub(super) successors: Vec<Successor>,
    /// The states of the share, up to the first that is wrong.
    pub(super) states: Vec<Expanded>,
}

/// One state after a step.
pub(super) struct Successor {
    /// Where it stands in [`Worker::bytes`].
    pub(super) bytes: Range<usize>,
    pub(super) hash: u64,
    /// Its index, if it had been found before the share was begun.
    pub(super) known: Option<u32>,
}

/// One state that was expanded.
pub(super) struct Expanded {
    /// What is wrong with it, or with a step from it.
    pub(super) wrong: Option<(Violation, Option<Step<u8>>)>,
    /// Its successors in [`Worker::successors`].
    pub(super) successors: Range<usize>,
    /// The first of them that comes from a step under way.
    pub(super) onward: Option<usize>,
}

impl Worker {
    pub(super) fn new(model: &Model, canonical: &Canonical) -> Worker {
        Worker {
            canonical: canonical.clone(),
            here: model.initial(),
            next: model.initial(),
            steps: vec![],
            coverage: Coverage::new(&model.system.protocol.family),
            bytes: vec![],
            successors: vec![],
            states: vec![],
        }
    }

    /// Expands the states with these indices, up to the first that is wrong.
    pub(super) fn expand(&mut self, model: &Model, store: &Store, states: Range<usize>) {
        self.bytes.clear();
        self.successors.clear();
        self.states.clear();
        for index in states {
            pack::unpack(&model.system, store.get(index as u32), &mut self.here);
            let first = self.successors.len();
            let (wrong, onward) = match self.successors_of(model) {
                Ok(onward) => (None, onward),
                Err(wrong) => (Some(wrong), None),
            };
            // Looked up together, so that their cache misses overlap.
            store.touch(self.successors[first..].iter().map(|successor| successor.hash));
            for successor in &mut self.successors[first..] {
                successor.known = store.find(&self.bytes[successor.bytes.clone()], successor.hash);
            }
            let stop = wrong.is_some();
            self.states.push(Expanded { wrong, successors: first..self.successors.len(), onward });
            if stop {
                return;
            }
        }
    }

    /// Packs the successors of the present state: the first that comes from a step under way, counted from 0.
    fn successors_of(&mut self, model: &Model) -> Result<Option<usize>, (Violation, Option<Step<u8>>)> {
        if let Some(violation) = model.violation(&self.here) {
            return Err((violation, None));
        }
        let (mut onward, mut count) = (None, 0);
        let coverage = &mut self.coverage;
        let demands = model.steps(&self.here, &mut self.steps, |place| coverage.cache[place] = true);
        for (number, step) in self.steps.iter().enumerate() {
            self.next.clone_from(&self.here);
            match model.apply(&mut self.next, step) {
                Ok(effect) => {
                    self.coverage.note(effect.cache_entry, effect.home_entry);
                    if number >= demands && onward.is_none() {
                        onward = Some(count);
                    }
                    count += 1;
                    let start = self.bytes.len();
                    self.canonical.pack(&self.next, &mut self.bytes);
                    let bytes = start..self.bytes.len();
                    let hash = store::hash(&self.bytes[bytes.clone()]);
                    self.successors.push(Successor { bytes, hash, known: None });
                }
                Err(Refusal::Waits) => self.coverage.stalled(&model.system, &self.here, step),
                Err(Refusal::Impossible { home, place }) => {
                    return Err((Violation::Impossible { home, place }, Some(*step)));
                }
            }
        }
        let stuck = onward.is_none() && !model.system.is_quiet(&self.here);
        if stuck { Err((Violation::Stuck, None)) } else { Ok(onward) }
    }
}

/// Which entries of the tables have been used.
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

    /// Adds what another worker has used.
    pub(super) fn add(&mut self, other: &Coverage) {
        self.cache.iter_mut().zip(&other.cache).for_each(|(used, more)| *used |= more);
        self.home.iter_mut().zip(&other.home).for_each(|(used, more)| *used |= more);
    }

    fn note(&mut self, cache: Option<usize>, home: Option<usize>) {
        if let Some(place) = cache {
            self.cache[place] = true;
        }
        if let Some(place) = home {
            self.home[place] = true;
        }
    }

    fn stalled(&mut self, system: &System, state: &State<u8>, step: &Step<u8>) {
        match system.stalled_entry(state, step) {
            Some((false, place)) => self.cache[place] = true,
            Some((true, place)) => self.home[place] = true,
            None => {}
        }
    }

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
