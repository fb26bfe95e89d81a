//! Sets and ways: where lines lie in one cache, and which one makes room.
//!
//! As long as every line of a set has a way of its own, a line always lies in the same way and nothing is remembered
//! about uses, so that situations that cannot be told apart are equal states.

use std::sync::Arc;

use super::{Caches, Order, State, VACANT};
use crate::memory::geometry::Geometry;
use crate::memory::table::Permissions;

/// The shape of a cache before a memory of some lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ways {
    pub geometry: Geometry,
    /// Lines of memory.
    pub lines: usize,
}

impl Ways {
    /// Ways in all: the length of a cache's row of places.
    pub fn count(self) -> usize {
        self.geometry.lines() as usize
    }

    /// What is remembered of all sets at the start; `number` tells this cache's sets from those of others.
    pub fn orders(self, number: usize) -> impl Iterator<Item = Order> {
        let first = number as u64 * u64::from(self.geometry.sets);
        let sets = first..first + u64::from(self.geometry.sets);
        sets.map(move |set| self.geometry.replacement.initial(self.geometry.ways, set))
    }

    fn set(self, line: usize) -> usize {
        self.geometry.set_of(line as u64) as usize
    }

    /// Whether more lines belong to the set of a line than it has ways.
    fn can_be_full(self, line: usize) -> bool {
        let belong = (0..self.lines).filter(|other| self.set(*other) == self.set(line));
        belong.count() > self.geometry.ways as usize
    }

    /// The places of a line's set.
    fn row(self, line: usize) -> std::ops::Range<usize> {
        let ways = self.geometry.ways as usize;
        let first = self.set(line) * ways;
        first..first + ways
    }

    /// The place of a line, if it has one.
    pub fn place_of(self, places: &[u8], line: usize) -> Option<usize> {
        self.row(line).find(|place| usize::from(places[*place]) == line)
    }

    /// A vacant place for a line that has none; otherwise the line that has to go first.
    pub fn room(self, places: &[u8], orders: &[Order], line: usize) -> Result<usize, u8> {
        let row = self.row(line);
        if !self.can_be_full(line) {
            let earlier = (0..line).filter(|other| self.set(*other) == self.set(line)).count();
            return Ok(row.start + earlier);
        }
        if let Some(place) = row.clone().find(|place| places[*place] == VACANT) {
            return Ok(place);
        }
        let Geometry { replacement, ways, .. } = self.geometry;
        Err(places[row.start + orders[self.set(line)].victim(replacement, ways) as usize])
    }

    /// A line gets a vacant place.
    pub fn fill(self, places: &mut [u8], orders: &mut [Order], line: usize, place: usize) {
        places[place] = line as u8;
        if self.can_be_full(line) {
            let Geometry { replacement, ways, .. } = self.geometry;
            orders[self.set(line)].fill(replacement, ways, (place - self.row(line).start) as u32);
        }
    }

    /// Notes a use of a line, if it has a place.
    pub fn hit(self, places: &[u8], orders: &mut [Order], line: usize) {
        if let Some(place) = self.place_of(places, line).filter(|_| self.can_be_full(line)) {
            let Geometry { replacement, ways, .. } = self.geometry;
            orders[self.set(line)].hit(replacement, ways, (place - self.row(line).start) as u32);
        }
    }

    /// The lines that have places, with their sets and ways, set by set.
    pub fn resident(self, places: &[u8]) -> impl Iterator<Item = (usize, u32, u32)> {
        let ways = self.geometry.ways as usize;
        let taken = places.iter().enumerate().filter(|(_, line)| **line != VACANT);
        taken.map(move |(place, line)| (usize::from(*line), (place / ways) as u32, (place % ways) as u32))
    }
}

/// The lines in the ways of all private caches, and what is remembered of their uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Residents {
    /// `places[(core * sets + set) * ways + way]` is the line that has the way, or 255.
    places: Vec<u8>,
    /// `orders[core * sets + set]`, untouched in sets that can never be full.
    orders: Vec<Order>,
}

impl Residents {
    /// None yet in the caches of `cores` cores.
    pub fn of(ways: Ways, cores: usize) -> Residents {
        let orders = (0..cores).flat_map(|core| ways.orders(core)).collect();
        Residents { places: vec![VACANT; cores * ways.count()], orders }
    }

    /// Those of one core.
    fn of_core(&mut self, ways: Ways, core: usize) -> (&mut [u8], &mut [Order]) {
        let (count, sets) = (ways.count(), ways.geometry.sets as usize);
        (&mut self.places[core * count..][..count], &mut self.orders[core * sets..][..sets])
    }
}

impl Caches {
    /// The places of a core's cache.
    pub(super) fn places<'s>(&self, state: &'s State, core: usize) -> &'s [u8] {
        let count = self.ways().count();
        &state.residents.places[core * count..][..count]
    }

    /// A vacant place for a line in a core's cache; otherwise the line that has to go first, if one can.
    pub(super) fn room(&self, state: &State, core: usize, line: usize) -> Result<usize, Option<u8>> {
        let sets = self.geometry.sets as usize;
        let orders = &state.residents.orders[core * sets..][..sets];
        self.ways().room(self.places(state, core), orders, line).map_err(|victim| {
            let settled =
                !self.permissions(state, core, usize::from(victim)).contains(Permissions::TRANSIENT);
            settled.then_some(victim)
        })
    }

    pub(super) fn occupy(&self, state: &mut State, core: usize, line: usize) {
        if self.ways().place_of(self.places(state, core), line).is_some() {
            return;
        }
        let Ok(place) = self.room(state, core, line) else { return };
        let (places, orders) = Arc::make_mut(&mut state.residents).of_core(self.ways(), core);
        self.ways().fill(places, orders, line, place);
    }

    /// Whether a use of a line matters to replacement.
    pub fn notes_use(&self, line: usize) -> bool {
        self.ways().can_be_full(line)
    }

    /// Notes a use of a line, for replacement: part of every completed load.
    pub fn touch(&self, state: &mut State, core: usize, line: usize) {
        if self.notes_use(line) {
            let (places, orders) = Arc::make_mut(&mut state.residents).of_core(self.ways(), core);
            self.ways().hit(places, orders, line);
        }
    }

    /// Frees the places of lines that are gone and that nobody is fetching.
    pub(super) fn vacate(&self, state: &mut State) {
        let fetching = state.coherence.bus.as_ref().map(|bus| (usize::from(bus.core), bus.line));
        let per_core = self.ways().count();
        for core in 0..usize::from(self.system.cores) {
            for place in core * per_core..(core + 1) * per_core {
                let line = state.residents.places[place];
                let gone = line != VACANT && self.copy(state, core, usize::from(line)).state == 0;
                if gone && fetching != Some((core, line)) {
                    Arc::make_mut(&mut state.residents).places[place] = VACANT;
                }
            }
        }
    }
}
