//! Sets and ways: where lines lie in a cache, and which one makes room.

use super::{Caches, State, VACANT};
use crate::memory::table::Permissions;

impl Caches {
    pub(super) fn way_place(&self, core: usize, set: u32, way: u32) -> usize {
        (core * self.geometry.sets as usize + set as usize) * self.geometry.ways as usize + way as usize
    }

    pub(super) fn way_of(&self, state: &State, core: usize, line: usize) -> Option<u32> {
        let set = self.geometry.set_of(line as u64);
        (0..self.geometry.ways).find(|&way| usize::from(state.places[self.way_place(core, set, way)]) == line)
    }

    /// Whether more lines belong to a set than it has ways.
    pub(super) fn can_be_full(&self, set: u32) -> bool {
        let belong = (0..self.layout.lines()).filter(|&line| self.geometry.set_of(line as u64) == set);
        belong.count() > self.geometry.ways as usize
    }

    /// A vacant way for a line; otherwise the line that has to go first, if one can.
    pub(super) fn room(&self, state: &State, core: usize, line: usize) -> Result<u32, Option<u8>> {
        let set = self.geometry.set_of(line as u64);
        let ways = self.geometry.ways;
        if !self.can_be_full(set) {
            let earlier = (0..line).filter(|&other| self.geometry.set_of(other as u64) == set).count();
            return Ok(earlier as u32);
        }
        let at = |way: u32| state.places[self.way_place(core, set, way)];
        if let Some(way) = (0..ways).find(|&way| at(way) == VACANT) {
            return Ok(way);
        }
        let order = state.orders[core * self.geometry.sets as usize + set as usize];
        let victim = at(order.victim(self.geometry.replacement, ways));
        let settled = !self.permissions(state, core, usize::from(victim)).contains(Permissions::TRANSIENT);
        Err(settled.then_some(victim))
    }

    pub(super) fn occupy(&self, state: &mut State, core: usize, line: usize) {
        if self.way_of(state, core, line).is_some() {
            return;
        }
        let Ok(way) = self.room(state, core, line) else { return };
        let set = self.geometry.set_of(line as u64);
        let place = self.way_place(core, set, way);
        state.places[place] = line as u8;
        if self.can_be_full(set) {
            let order = &mut state.orders[core * self.geometry.sets as usize + set as usize];
            order.fill(self.geometry.replacement, self.geometry.ways, way);
        }
    }

    /// Frees the ways of lines that are gone and that nobody is fetching.
    pub(super) fn vacate(&self, state: &mut State) {
        let fetching = state.coherence.bus.as_ref().map(|bus| (usize::from(bus.core), bus.line));
        let per_core = self.geometry.sets as usize * self.geometry.ways as usize;
        for place in 0..state.places.len() {
            let (core, line) = (place / per_core, state.places[place]);
            let gone = line != VACANT && self.copy(state, core, usize::from(line)).state == 0;
            if gone && fetching != Some((core, line)) {
                state.places[place] = VACANT;
            }
        }
    }
}
