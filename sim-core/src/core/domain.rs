//! Which values each store could write, by an over-approximation over all runs.
//!
//! Needed where a store may complete before its value is known (no model that orders it after the loads
//! its value comes from): the value is guessed from here and checked when those loads have chosen.
//!
//! An abstract interpretation, flow-sensitive in registers and flow-insensitive in memory. A value carries
//! the stores it went through, so that a store outside loops never feeds itself (an increment of memory
//! would otherwise have endlessly many values).

mod analysis;
mod relevance;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::memory::{Image, Write};
use super::tree::Tree;
use super::window::Window;
use crate::order::{Layout, Path, Place, bits};
use crate::program::{Program, Value};
use values::{Memory, at, overlapping};

/// One store of the program: thread, instruction, alternative, and which store of it.
pub type Site = (usize, u32, u8, u8);

/// The values that each store could write.
#[derive(Debug, Clone, Default)]
pub struct Domain {
    stores: BTreeMap<Site, Option<BTreeSet<u128>>>,
    /// `None` if nothing is known of memory.
    memory: Option<Memory>,
}

impl Domain {
    /// Analyses a program.
    pub fn new(program: &Program, layout: &Layout) -> Domain {
        analysis::run(program, layout)
    }

    /// What the store could write; `None` if that could be anything.
    pub fn values(&self, site: Site) -> Option<&BTreeSet<u128>> {
        self.stores.get(&site)?.as_ref()
    }

    /// What threads other than `thread` could write to exactly these bytes; `None` if that could be anything, or
    /// to some of them together with others.
    fn foreign(&self, thread: usize, place: Place, size: u8) -> Option<BTreeSet<u128>> {
        let mut all = BTreeSet::new();
        for (cell, written) in overlapping(self.memory.as_ref()?, place, size) {
            if cell.thread != thread {
                let written = written.as_ref().filter(|_| cell.is_exactly(place, size))?;
                all.extend(written.iter().map(|(value, _)| *value));
            }
        }
        Some(all)
    }
}

/// The domain of a program, computed when it is first needed.
#[derive(Debug)]
pub struct LazyDomain<'a> {
    program: &'a Program,
    layout: &'a Layout,
    domain: SharedDomain,
}

/// A domain that is computed when the first of those who share it needs it.
pub type SharedDomain = Arc<OnceLock<Domain>>;

impl<'a> LazyDomain<'a> {
    /// The domain of `program`, not computed yet.
    pub fn new(program: &'a Program, layout: &'a Layout) -> LazyDomain<'a> {
        LazyDomain::shared(program, layout, Arc::default())
    }

    /// The domain of `program`, shared with others.
    pub fn shared(program: &'a Program, layout: &'a Layout, domain: SharedDomain) -> LazyDomain<'a> {
        LazyDomain { program, layout, domain }
    }

    /// What some bytes hold at the start.
    pub fn initial(&self, place: Place, size: u8) -> u128 {
        Image::new(self.program).read(place, size)
    }

    /// The values that some bytes can have in any run; `None` if that could be anything.
    pub fn contents(&self, place: Place, size: u8) -> Option<BTreeSet<u128>> {
        let domain = self.domain.get_or_init(|| Domain::new(self.program, self.layout));
        let written = domain.memory.as_ref()?;
        let values = at(written, &Image::new(self.program), place, size)?;
        Some(values.into_iter().map(|(value, _)| value).collect())
    }

    /// What store `e` of a window's path could turn out to write; `None` if that could be anything.
    pub fn writes(&self, tree: &Tree<'_>, window: &Window, e: usize) -> Option<Vec<Write>> {
        let path = tree.path(window.node);
        if let Some(write) = window.write(path, e) {
            return Some(vec![write]);
        }
        let event = &path.events[e];
        let place = event.place?;
        let domain = self.domain.get_or_init(|| Domain::new(self.program, self.layout));
        let values = match passed_load(path, window, e) {
            Some(load) => {
                let foreign = domain.foreign(tree.code.index, place, event.size)?;
                foreign.into_iter().filter_map(|read| after_reading(path, window, e, (load, read))).collect()
            }
            None => domain.values(tree.site(window.node, e)?)?.clone(),
        };
        Some(values.iter().map(|v| Write { value: *v, ..Write::new(place, event.size, 0, None) }).collect())
    }
}

/// The load that store `e` goes ahead of if it completes now, where it is the only one whose value is missing: the
/// load of the same instruction, from the same bytes. As it must not read what its own instruction writes, nor
/// anything older, it reads what another thread writes to them afterwards.
fn passed_load(path: &Path, window: &Window, e: usize) -> Option<usize> {
    let store = &path.events[e];
    let missing = path.events[e].early_without & !window.known;
    let load = bits(missing).next()?;
    let event = &path.events[load];
    let same = store.taken.is_some()
        && (event.taken, event.place, event.size) == (store.taken, store.place, store.size)
        && !event.halves
        && store.high.is_none();
    (same && missing == 1 << load && !window.has(load)).then_some(load)
}

/// What store `e` writes if a load turns out to read a value.
fn after_reading(path: &Path, window: &Window, e: usize, (load, read): (usize, u128)) -> Option<u128> {
    let event = &path.events[e];
    let known = |e: u8, high: bool| {
        if usize::from(e) == load { Some(read as Value) } else { window.loaded(path, e, high) }
    };
    let low = path.exprs.eval(event.value?, &known)?;
    Some(Write::new(event.place?, event.size, low, None).value)
}
