//! The caches of all cores, and what happens to a copy that another core asks for.

use super::dense::{Dense, Request};
use super::history::History;
use super::sharing::Sharing;
use super::tags::{Tags, VACANT};
use super::{Config, Touch};
use crate::memory::counters::{Counters, Latencies};
use crate::memory::geometry::Geometry;
use crate::memory::replacement::Order;
use crate::memory::system::Demand;
use crate::memory::table::Permissions;

/// Everything between the cores and the interconnect.
#[derive(Debug, Clone)]
pub(super) struct Caches {
    pub(super) table: Dense,
    /// Every core's data cache.
    pub(super) geometry: Geometry,
    /// Every core's instruction cache.
    instructions: Option<Geometry>,
    pub(super) latencies: Latencies,
    pub(super) cores: Vec<Core>,
    /// The shared cache before memory.
    pub(super) level2: Option<Tags>,
    pub(super) sharing: Sharing,
    /// Transactions so far.
    pub(super) now: u64,
}

/// One core's data cache.
#[derive(Debug, Clone)]
pub(super) struct Core {
    /// `ways[set * ways + way]`.
    pub(super) ways: Vec<Way>,
    /// `recent[set]`: where in `ways` the set was used last.
    recent: Vec<u32>,
    orders: Vec<Order>,
    pub(super) instructions: Option<Tags>,
    pub(super) history: History,
    pub(super) counters: Counters,
    /// Data accesses so far.
    used: u64,
}

/// A place for a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// The line, or [`VACANT`].
    pub(super) line: u64,
    pub(super) state: u8,
    /// The core's count of accesses at the last use.
    pub(super) used: u64,
    /// Words written since the core was last free to write, and the transaction that made it so.
    pub(super) written: u64,
    pub(super) since: u64,
}

impl Core {
    #[inline(always)]
    fn settle(&mut self, place: usize, state: u8, shared: bool, written: u64) {
        self.used += 1;
        self.counters.shared_accesses += u64::from(shared);
        let way = &mut self.ways[place];
        way.state = state;
        way.used = self.used;
        way.written |= written;
    }
}

impl Caches {
    /// Empty caches.
    ///
    /// # Errors
    ///
    /// The protocol has too many states.
    pub(super) fn new(config: &Config) -> Result<Caches, String> {
        let mut caches = Caches {
            table: Dense::new(&config.protocol)?,
            geometry: config.geometry,
            instructions: config.instructions,
            latencies: config.latencies,
            cores: vec![],
            level2: config.level2.map(Tags::new),
            sharing: Sharing::new(config.geometry.line_bytes),
            now: 0,
        };
        (0..config.cores).for_each(|_| caches.add_core());
        Ok(caches)
    }

    /// One more core, with empty caches.
    pub(super) fn add_core(&mut self) {
        let geometry = self.geometry;
        let order = |set| geometry.replacement.initial(geometry.ways, u64::from(set));
        let vacant = Way { line: VACANT, state: 0, used: 0, written: 0, since: 0 };
        self.cores.push(Core {
            ways: vec![vacant; geometry.lines() as usize],
            recent: (0..geometry.sets).map(|set| set * geometry.ways).collect(),
            orders: (0..geometry.sets).map(order).collect(),
            instructions: self.instructions.map(Tags::new),
            history: History::new(geometry.lines()),
            counters: Counters::default(),
            used: 0,
        });
    }

    /// Serves a core's touch of a line if its cache can do that without asking anybody; whether it can.
    #[inline(always)]
    pub(super) fn hit(&mut self, core: usize, touch: Touch) -> bool {
        let set = self.geometry.set_of(touch.line) as usize;
        let cache = &mut self.cores[core];
        let mut place = cache.recent[set] as usize;
        if cache.ways[place].line != touch.line {
            let Some(found) = self.find(core, touch.line) else { return false };
            place = found;
            self.promote(core, place);
        }
        let cache = &mut self.cores[core];
        let entry = self.table.demand(cache.ways[place].state, touch.demand);
        if entry.request != Request::None {
            return false;
        }
        let shared = !self.table.may(entry.next, Permissions::EXCLUSIVE);
        cache.settle(place, entry.next, shared, self.sharing.written(touch));
        true
    }

    /// Serves an access in the place that its set was used last, and the work after it, and counts them; whether that
    /// has the line, and lets it be. Otherwise nothing has happened. This is what nearly all accesses come to.
    #[inline(always)]
    pub(super) fn hit_again(&mut self, core: usize, touch: Touch, work: u64) -> bool {
        let set = self.geometry.set_of(touch.line) as usize;
        let cache = &mut self.cores[core];
        let place = cache.recent[set] as usize;
        let way = cache.ways[place];
        let entry = self.table.demand(way.state, touch.demand);
        if way.line != touch.line || entry.request != Request::None {
            return false;
        }
        let shared = !self.table.may(entry.next, Permissions::EXCLUSIVE);
        cache.settle(place, entry.next, shared, self.sharing.written(touch));
        cache.counters.access(touch.demand == Demand::Store, self.latencies.hit);
        cache.counters.compute(work);
        true
    }

    /// The place of a line in a core's cache.
    pub(super) fn find(&self, core: usize, line: u64) -> Option<usize> {
        let base = self.geometry.set_of(line) as usize * self.geometry.ways as usize;
        let set = &self.cores[core].ways[base..base + self.geometry.ways as usize];
        set.iter().position(|way| way.line == line).map(|way| base + way)
    }

    /// Notes a hit in a place. A second one, nothing else in the set having been used, would change nothing.
    fn promote(&mut self, core: usize, place: usize) {
        let Geometry { ways, replacement, .. } = self.geometry;
        let (set, way) = (place / ways as usize, place as u32 % ways);
        let cache = &mut self.cores[core];
        cache.recent[set] = place as u32;
        cache.orders[set].hit(replacement, ways, way);
    }

    /// The place that a line will have in a core's cache; what is there has to go.
    pub(super) fn room(&self, core: usize, line: u64) -> usize {
        let Geometry { ways, replacement, .. } = self.geometry;
        let set = self.geometry.set_of(line) as usize;
        let base = set * ways as usize;
        let cache = &self.cores[core];
        let vacant = cache.ways[base..base + ways as usize].iter().position(|way| way.line == VACANT);
        base + vacant.unwrap_or_else(|| cache.orders[set].victim(replacement, ways) as usize)
    }

    /// Puts a line into a place of a core's cache, in a state.
    pub(super) fn install(&mut self, core: usize, place: usize, line: u64, state: u8) {
        let Geometry { ways, replacement, .. } = self.geometry;
        let (set, way) = (place / ways as usize, place as u32 % ways);
        let cache = &mut self.cores[core];
        cache.recent[set] = place as u32;
        cache.orders[set].fill(replacement, ways, way);
        cache.ways[place] = Way { line, state, used: cache.used, written: 0, since: self.now };
    }

    /// Notes that a core has used its copy of a line, which is in `state` now.
    pub(super) fn settle(&mut self, core: usize, place: usize, state: u8, touch: Touch) {
        let shared = !self.table.may(state, Permissions::EXCLUSIVE);
        self.cores[core].settle(place, state, shared, self.sharing.written(touch));
    }

    /// Another core's request puts a copy into another state; whether that takes it away. `flushed` says that
    /// the cache sends its data.
    pub(super) fn answer(&mut self, core: usize, place: usize, next: u8, flushed: bool) -> bool {
        let taken = !self.table.may(next, Permissions::READ);
        let cache = &mut self.cores[core];
        let before = cache.ways[place];
        let dirty = |state| self.table.may(state, Permissions::DIRTY);
        cache.counters.snoop_flushes += u64::from(flushed && dirty(before.state) && !dirty(next));
        cache.ways[place] = Way { state: next, written: 0, ..before };
        if taken {
            cache.ways[place].line = VACANT;
            cache.counters.invalidations_received += 1;
            cache.history.lose(before.line, before.used, Some(self.now));
            self.sharing.lost(before.line);
        }
        if before.written != 0 {
            self.sharing.wrote(before.line, before.written, before.since);
        }
        taken
    }

    /// Copies that a transaction of a core has taken away.
    pub(super) fn count_taken(&mut self, core: usize, taken: u64) {
        let counters = &mut self.cores[core].counters;
        counters.invalidating += u64::from(taken > 0);
        counters.invalidations_sent += taken;
    }

    /// A line comes from another cache; the cycles that it is on its way.
    pub(super) fn take_from_cache(&mut self, core: usize) -> u64 {
        self.cores[core].counters.cache_fills += 1;
        self.latencies.word * u64::from(self.geometry.line_bytes) / 4
    }

    /// A line comes from memory, or from the second level; the cycles that this takes.
    pub(super) fn take_from_memory(&mut self, core: usize, line: u64) -> u64 {
        let hit = self.level2.as_mut().map(|level2| level2.access(line));
        let counters = &mut self.cores[core].counters;
        counters.memory_fills += 1;
        counters.level2_hits += u64::from(hit == Some(true));
        counters.level2_misses += u64::from(hit == Some(false));
        if hit == Some(true) { self.latencies.level2 } else { self.latencies.memory }
    }

    /// A dirty line goes back to memory; the cycles that this takes.
    pub(super) fn write_back(&mut self, core: usize, line: u64) -> u64 {
        self.cores[core].counters.writebacks += 1;
        self.level2.as_mut().map(|level2| level2.access(line));
        self.latencies.writeback
    }
}
