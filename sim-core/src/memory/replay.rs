//! Memory-access traces on coherent caches: accesses in, counts out.
//!
//! The same tables as everywhere decide ([`dense`] is their compiled form), but a transaction happens at
//! once: the bus is atomic, and a core waits for its access. Which core goes next is up to the caller, or
//! to [`drive()`]. Nothing here reads a file.
//!
//! What is counted: an access misses if its cache has no copy; a store to a shared copy is an upgrade (or an
//! update), not a miss. An access that straddles two lines touches both, and misses once at most. A
//! modification is one load followed by one store to the same bytes. Every copy in another cache that a
//! transaction takes away is one invalidation.

mod dense;
mod drive;
mod history;
mod sharing;
mod tags;

use super::counters::{Counters, Latencies, MissKind};
use super::geometry::Geometry;
use super::protocol::Protocol;
use super::replacement::Order;
use super::system::Demand;
use super::table::Permissions;
use dense::{Demanded, Dense, Request};
use history::History;
use sharing::Sharing;
use tags::{Tags, VACANT};

pub use drive::{Event, Op, Schedule, drive};
pub use sharing::SharedLine;

/// The most cores of a trace.
pub const REPLAY_CORES_MAX: usize = 64;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Config {
    /// A bus protocol.
    pub protocol: Protocol,
    /// 1 to [`REPLAY_CORES_MAX`].
    pub cores: usize,
    /// Every core's data cache.
    pub geometry: Geometry,
    /// Every core's instruction cache; without one, fetches are counted and nothing else.
    pub instructions: Option<Geometry>,
    /// A shared cache between the bus and memory.
    pub level2: Option<Geometry>,
    /// Cycles that things take.
    pub latencies: Latencies,
}

/// The simulator.
#[derive(Debug, Clone)]
pub struct Replay {
    table: Dense,
    geometry: Geometry,
    shift: u32,
    latencies: Latencies,
    cores: Vec<Core>,
    /// Every core's instruction cache.
    instructions: Option<Geometry>,
    level2: Option<Tags>,
    sharing: Sharing,
    /// Transactions so far.
    now: u64,
}

/// One core's data cache. Ways of all sets in one row: `set * ways + way`.
#[derive(Debug, Clone)]
struct Core {
    lines: Vec<u64>,
    ways: Vec<Way>,
    orders: Vec<Order>,
    instructions: Option<Tags>,
    history: History,
    counters: Counters,
    /// Data accesses so far.
    used: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Way {
    state: u8,
    /// The core's count of accesses at the last use.
    used: u64,
    /// Words written since the core was last free to write, and the transaction that made it so.
    written: u64,
    since: u64,
}

/// What an access took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Cycles in all, without waiting for the bus.
    pub cycles: u64,
    /// Whether it needed the bus.
    pub bus: bool,
}

impl Replay {
    /// Empty caches.
    ///
    /// # Errors
    ///
    /// Why there are no such caches.
    pub fn new(config: &Config) -> Result<Replay, String> {
        if !(1..=REPLAY_CORES_MAX).contains(&config.cores) {
            return Err(format!(
                "the number of cores must be from 1 to {REPLAY_CORES_MAX}, not {}",
                config.cores
            ));
        }
        config.geometry.validate(None)?;
        config.instructions.map_or(Ok(()), |geometry| geometry.validate(None))?;
        config.level2.map_or(Ok(()), |geometry| geometry.validate(None))?;
        if config.level2.is_some_and(|level2| level2.line_bytes != config.geometry.line_bytes) {
            return Err("the second level must have the line size of the first".to_owned());
        }
        let core = |_| Core::new(config.geometry, config.instructions);
        Ok(Replay {
            table: Dense::new(&config.protocol)?,
            geometry: config.geometry,
            shift: config.geometry.line_bytes.ilog2(),
            latencies: config.latencies,
            cores: (0..config.cores).map(core).collect(),
            instructions: config.instructions,
            level2: config.level2.map(Tags::new),
            sharing: Sharing::new(config.geometry.line_bytes),
            now: 0,
        })
    }

    /// The number of cores.
    pub fn cores(&self) -> usize {
        self.cores.len()
    }

    /// Makes sure that there is a core with this index, adding cores with empty caches; whether there can be.
    #[inline]
    pub fn include(&mut self, core: usize) -> bool {
        if core >= REPLAY_CORES_MAX {
            return false;
        }
        while self.cores.len() <= core {
            self.cores.push(Core::new(self.geometry, self.instructions));
        }
        true
    }

    /// The counts of a core.
    pub fn counters(&self, core: usize) -> &Counters {
        &self.cores[core].counters
    }

    /// The counts of all cores together.
    pub fn total(&self) -> Counters {
        let mut total = Counters::default();
        self.cores.iter().for_each(|core| total.add(&core.counters));
        total
    }

    /// Lines that went from core to core, those with most false sharing first.
    pub fn shared_lines(&self) -> Vec<SharedLine> {
        self.sharing.report()
    }

    /// A core works for some cycles without touching memory.
    #[inline]
    pub fn compute(&mut self, core: usize, cycles: u64) {
        let counters = &mut self.cores[core].counters;
        counters.cycles = counters.cycles.saturating_add(cycles);
        counters.compute_cycles = counters.compute_cycles.saturating_add(cycles);
    }

    /// A core waits for its turn on the bus.
    fn wait(&mut self, core: usize, cycles: u64) {
        let counters = &mut self.cores[core].counters;
        counters.cycles = counters.cycles.saturating_add(cycles);
        counters.idle_cycles = counters.idle_cycles.saturating_add(cycles);
    }

    /// A core fetches an instruction.
    pub fn fetch(&mut self, core: usize, address: u64, bytes: u32) {
        let core = &mut self.cores[core];
        core.counters.fetches += 1;
        if let Some(tags) = &mut core.instructions {
            let (first, last) = (tags.line(address), tags.line(last_byte(address, bytes)));
            let missed = (first..=last).filter(|&line| !tags.access(line)).count();
            core.counters.fetch_misses += u64::from(missed > 0);
        }
    }

    /// A core loads or stores; what that takes. Counts the access and its cycles.
    #[inline]
    pub fn access(&mut self, core: usize, store: bool, address: u64, bytes: u32) -> Cost {
        let counters = &mut self.cores[core].counters;
        if store {
            counters.stores += 1
        } else {
            counters.loads += 1
        }
        let demand = if store { Demand::Store } else { Demand::Load };
        let (first, last) = (address >> self.shift, last_byte(address, bytes) >> self.shift);
        let mut cost = Cost { cycles: self.latencies.hit, bus: false };
        let mut missed = false;
        for line in first..=last {
            let low = if line == first { address as u32 & (self.geometry.line_bytes - 1) } else { 0 };
            let end = last_byte(address, bytes) as u32 & (self.geometry.line_bytes - 1);
            let high = if line == last { end } else { self.geometry.line_bytes - 1 };
            let words = self.sharing.words(low, high);
            missed |= self.touch(core, line, demand, words, !missed, &mut cost);
        }
        let counters = &mut self.cores[core].counters;
        counters.cycles = counters.cycles.saturating_add(cost.cycles);
        counters.idle_cycles = counters.idle_cycles.saturating_add(cost.cycles - self.latencies.hit);
        cost
    }

    /// One line of an access; whether it missed. Only the first miss of an access is counted.
    #[inline]
    fn touch(
        &mut self,
        core: usize,
        line: u64,
        demand: Demand,
        words: u64,
        counts: bool,
        cost: &mut Cost,
    ) -> bool {
        let ways = self.geometry.ways;
        let set = self.geometry.set_of(line) as usize;
        let base = set * ways as usize;
        let cache = &mut self.cores[core];
        cache.used += 1;
        let found = cache.lines[base..base + ways as usize].iter().position(|&other| other == line);
        let (place, missed) = match found {
            Some(way) => {
                cache.orders[set].hit(self.geometry.replacement, ways, way as u32);
                (base + way, false)
            }
            None => (self.fill(core, line, demand, words, counts, cost), true),
        };
        self.finish(core, place, line, demand, words, cost);
        missed
    }

    /// Serves an access to a line that is in the cache.
    #[inline]
    fn finish(&mut self, core: usize, place: usize, line: u64, demand: Demand, words: u64, cost: &mut Cost) {
        let way = self.cores[core].ways[place];
        let entry = self.table.demand(way.state, demand);
        let state = match entry.request {
            Request::None => entry.alone,
            Request::Rd | Request::RdX | Request::Upgr | Request::Upd | Request::WriteBack => {
                self.transact(core, line, entry, cost).0
            }
        };
        let cache = &mut self.cores[core];
        let way = &mut cache.ways[place];
        way.state = state;
        way.used = cache.used;
        if demand == Demand::Store {
            if entry.request != Request::None {
                way.since = self.now;
            }
            way.written |= words;
        }
        cache.counters.shared_accesses += u64::from(!self.table.may(state, Permissions::EXCLUSIVE));
    }

    /// Brings a line into the cache; its place. The state is the one that a load or store of it finds.
    #[cold]
    fn fill(
        &mut self,
        core: usize,
        line: u64,
        demand: Demand,
        words: u64,
        counts: bool,
        cost: &mut Cost,
    ) -> usize {
        let set = self.geometry.set_of(line) as usize;
        let (ways, replacement) = (self.geometry.ways, self.geometry.replacement);
        let base = set * ways as usize;
        let cache = &mut self.cores[core];
        let vacant = cache.lines[base..base + ways as usize].iter().position(|&other| other == VACANT);
        let way = vacant.map_or_else(|| cache.orders[set].victim(replacement, ways), |way| way as u32);
        let place = base + way as usize;
        if vacant.is_none() {
            self.evict(core, place, cost);
        }
        let cache = &mut self.cores[core];
        let newer = |used: u64| {
            let lines = cache.lines.iter().zip(&cache.ways);
            lines.filter(|(line, way)| **line != VACANT && way.used > used).count() as u64
        };
        let (kind, lost) = cache.history.recover(line, newer);
        let entry = self.table.demand(0, demand);
        let (state, _) = self.transact(core, line, entry, cost);
        let falsely = match lost.and_then(|lost| lost.invalidated) {
            Some(taken) if kind == MissKind::Coherence => self.sharing.missed(line, core, words, taken),
            Some(_) | None => false,
        };
        let cache = &mut self.cores[core];
        cache.orders[set].fill(replacement, ways, way);
        cache.lines[place] = line;
        cache.ways[place] = Way { state, used: cache.used, written: 0, since: self.now };
        if counts {
            let counters = &mut cache.counters;
            if demand == Demand::Store {
                counters.write_misses += 1
            } else {
                counters.read_misses += 1
            }
            counters.miss_kinds[kind as usize] += 1;
            counters.false_sharing_misses += u64::from(falsely);
        }
        place
    }

    fn evict(&mut self, core: usize, place: usize, cost: &mut Cost) {
        let cache = &mut self.cores[core];
        let (line, way) = (cache.lines[place], cache.ways[place]);
        cache.history.lose(line, way.used, None);
        cache.lines[place] = VACANT;
        if way.written != 0 {
            self.sharing.wrote(line, way.written, way.since);
        }
        if self.table.demand(way.state, Demand::Evict).request == Request::WriteBack {
            let counters = &mut cache.counters;
            counters.writebacks += 1;
            counters.bus_bytes += u64::from(self.geometry.line_bytes);
            cost.cycles += self.latencies.writeback;
            cost.bus = true;
            self.now += 1;
            self.level2.as_mut().map(|level2| level2.access(line));
        }
    }

    /// One bus transaction: the requester's next state, and whether the shared line was raised.
    fn transact(&mut self, core: usize, line: u64, entry: Demanded, cost: &mut Cost) -> (u8, bool) {
        self.now += 1;
        cost.bus = true;
        let (mut shared, mut flushed, mut taken) = (false, false, 0);
        for other in 0..self.cores.len() {
            if other != core
                && let Some(snooped) = self.snoop(other, line, entry.request)
            {
                shared |= snooped.shared;
                flushed |= snooped.flushed;
                taken += u64::from(snooped.taken);
            }
        }
        self.account(core, line, entry.request, flushed, taken, cost);
        (if shared { entry.shared } else { entry.alone }, shared)
    }

    fn account(
        &mut self,
        core: usize,
        line: u64,
        request: Request,
        flushed: bool,
        taken: u64,
        cost: &mut Cost,
    ) {
        let counters = &mut self.cores[core].counters;
        let line_bytes = u64::from(self.geometry.line_bytes);
        counters.invalidating += u64::from(taken > 0);
        counters.invalidations_sent += taken;
        match request {
            Request::Rd => counters.bus_rd += 1,
            Request::RdX => counters.bus_rdx += 1,
            Request::Upgr => counters.bus_upgr += 1,
            Request::Upd => {
                counters.bus_upd += 1;
                counters.bus_bytes += 4;
                cost.cycles += self.latencies.word;
            }
            Request::None | Request::WriteBack => {}
        }
        if !matches!(request, Request::Rd | Request::RdX) {
            return;
        }
        counters.bus_bytes += line_bytes;
        if flushed {
            counters.cache_fills += 1;
            cost.cycles += self.latencies.word * line_bytes / 4;
            return;
        }
        counters.memory_fills += 1;
        let hit = self.level2.as_mut().map(|level2| level2.access(line));
        counters.level2_hits += u64::from(hit == Some(true));
        counters.level2_misses += u64::from(hit == Some(false));
        cost.cycles += if hit == Some(true) { self.latencies.level2 } else { self.latencies.memory };
    }

    /// A cache snoops a request for a line, if it has the line.
    fn snoop(&mut self, core: usize, line: u64, request: Request) -> Option<Answer> {
        let ways = self.geometry.ways as usize;
        let base = self.geometry.set_of(line) as usize * ways;
        let cache = &mut self.cores[core];
        let way = cache.lines[base..base + ways].iter().position(|&other| other == line)?;
        let place = base + way;
        let before = cache.ways[place];
        let snooped = self.table.snoop(before.state, request);
        let taken = !self.table.may(snooped.next, Permissions::READ);
        let dirty = |state| self.table.may(state, Permissions::DIRTY);
        cache.counters.snoop_flushes +=
            u64::from(dirty(before.state) && !dirty(snooped.next) && snooped.flush);
        cache.ways[place] = Way { state: snooped.next, written: 0, ..before };
        if taken {
            cache.lines[place] = VACANT;
            cache.counters.invalidations_received += 1;
            cache.history.lose(line, before.used, Some(self.now));
            self.sharing.lost(line);
        }
        if before.written != 0 {
            self.sharing.wrote(line, before.written, before.since);
        }
        Some(Answer { shared: snooped.shared, flushed: snooped.flush, taken })
    }
}

/// What a cache answers to a snooped request.
struct Answer {
    shared: bool,
    flushed: bool,
    taken: bool,
}

impl Core {
    fn new(geometry: Geometry, instructions: Option<Geometry>) -> Core {
        let order = |set| geometry.replacement.initial(geometry.ways, u64::from(set));
        Core {
            lines: vec![VACANT; geometry.lines() as usize],
            ways: vec![Way::default(); geometry.lines() as usize],
            orders: (0..geometry.sets).map(order).collect(),
            instructions: instructions.map(Tags::new),
            history: History::new(geometry.lines()),
            counters: Counters::default(),
            used: 0,
        }
    }
}

/// The address of the last byte of an access, which has at least one.
#[inline]
fn last_byte(address: u64, bytes: u32) -> u64 {
    address.saturating_add(u64::from(bytes.max(1) - 1))
}
