//! Memory-access traces on coherent caches: accesses in, counts out.
//!
//! The same tables as everywhere decide, but a transaction happens at once: the bus is atomic, a directory's
//! messages are all delivered before anything else happens, and a core waits for its access. Which core goes
//! next is up to the caller, or to [`drive()`]. Nothing here reads a file.
//!
//! What is counted: an access misses if its cache has no copy; a store to a shared copy is an upgrade (or an
//! update), not a miss. An access that straddles two lines touches both, and misses once at most. A
//! modification is one load followed by one store to the same bytes. Every copy in another cache that a
//! transaction takes away is one invalidation.

mod bus;
mod caches;
mod dense;
mod drive;
mod history;
mod network;
mod recency;
mod sharing;
mod tags;

use super::counters::{Counters, Latencies, MissKind};
use super::geometry::Geometry;
use super::protocol::{Family, Protocol};
use super::system::Demand;
use bus::Bus;
use caches::Caches;
use dense::{Demanded, Request};
use network::Network;
use tags::VACANT;

pub use drive::{Event, Modify, Op, Schedule, drive};
pub use sharing::SharedLine;

/// The most cores of a trace.
pub const REPLAY_CORES_MAX: usize = 64;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Config {
    /// The coherence protocol.
    pub protocol: Protocol,
    /// 1 to [`REPLAY_CORES_MAX`].
    pub cores: usize,
    /// Every core's data cache.
    pub geometry: Geometry,
    /// Every core's instruction cache; without one, fetches are counted and nothing else.
    pub instructions: Option<Geometry>,
    /// A shared cache between the data caches and memory.
    pub level2: Option<Geometry>,
    /// Cycles that things take.
    pub latencies: Latencies,
    /// How a modification counts.
    pub modify: Modify,
}

/// The simulator.
#[derive(Debug, Clone)]
pub struct Replay {
    caches: Caches,
    interconnect: Interconnect,
    modify: Modify,
    shift: u32,
}

/// What the caches are joined by.
#[derive(Debug, Clone)]
enum Interconnect {
    Bus(Bus),
    Network(Network),
}

/// What an access took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Cycles in all, without waiting for others.
    pub cycles: u64,
    /// What nobody else could use meanwhile.
    pub holds: Holds,
}

/// What an access needs for itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Holds {
    /// Nothing: its cache served it.
    #[default]
    Nothing,
    /// The bus.
    Bus,
    /// The directory entry of a line.
    Line(u64),
}

/// One line of an access.
#[derive(Debug, Clone, Copy)]
struct Touch {
    line: u64,
    demand: Demand,
    /// Its first and last byte in the line.
    first: u32,
    last: u32,
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
        Ok(Replay {
            caches: Caches::new(config)?,
            interconnect: match &config.protocol.family {
                Family::Snooping(table) => Interconnect::Bus(Bus::new(table)),
                Family::Directory { cache, home } => Interconnect::Network(Network::new(cache, home)),
            },
            modify: config.modify,
            shift: config.geometry.line_bytes.ilog2(),
        })
    }

    /// The number of cores.
    pub fn cores(&self) -> usize {
        self.caches.cores.len()
    }

    /// Makes sure that there is a core with this index, less than [`REPLAY_CORES_MAX`], by adding cores with
    /// empty caches.
    #[inline]
    pub fn include(&mut self, core: usize) {
        assert!(core < REPLAY_CORES_MAX, "core {core} of at most {REPLAY_CORES_MAX}");
        while self.cores() <= core {
            self.caches.add_core();
        }
    }

    /// The counts of a core.
    pub fn counters(&self, core: usize) -> &Counters {
        &self.caches.cores[core].counters
    }

    /// The counts of all cores together.
    pub fn total(&self) -> Counters {
        let mut total = Counters::default();
        self.caches.cores.iter().for_each(|core| total.add(&core.counters));
        total
    }

    /// Lines that went from core to core, those with most false sharing first.
    pub fn shared_lines(&self) -> Vec<SharedLine> {
        self.caches.sharing.report()
    }

    /// A core works for some cycles without touching memory.
    #[inline]
    pub fn compute(&mut self, core: usize, cycles: u64) {
        self.caches.cores[core].counters.compute(cycles);
    }

    /// A core waits for others.
    fn wait(&mut self, core: usize, cycles: u64) {
        let counters = &mut self.caches.cores[core].counters;
        counters.cycles = counters.cycles.saturating_add(cycles);
        counters.idle_cycles = counters.idle_cycles.saturating_add(cycles);
    }

    /// A core fetches an instruction.
    #[inline]
    pub fn fetch(&mut self, core: usize, address: u64, bytes: u32) {
        let core = &mut self.caches.cores[core];
        core.counters.fetches += 1;
        if let Some(tags) = &mut core.instructions {
            let (first, last) = (tags.line(address), tags.line(last_byte(address, bytes)));
            let missed = (first..=last).filter(|&line| !tags.access(line)).count();
            core.counters.fetch_misses += u64::from(missed > 0);
        }
    }

    /// A core loads or stores; what that takes. Counts the access and its cycles.
    pub fn access(&mut self, core: usize, store: bool, address: u64, bytes: u32) -> Cost {
        let demand = if store { Demand::Store } else { Demand::Load };
        let last = last_byte(address, bytes);
        let line = address >> self.shift;
        let touch = Touch { line, demand, first: self.offset(address), last: self.offset(last) };
        let hit = self.caches.latencies.hit;
        let mut cost = Cost { cycles: hit, holds: Holds::Nothing };
        if line != last >> self.shift || !self.caches.hit(core, touch) {
            self.lines(core, touch, last >> self.shift, &mut cost);
        }
        self.caches.cores[core].counters.access(store, cost.cycles);
        cost
    }

    /// Where in its line an address is.
    #[inline]
    fn offset(&self, address: u64) -> u32 {
        address as u32 & (self.caches.geometry.line_bytes - 1)
    }

    /// The lines of an access up to line `end`, one after the other; it misses once at most. `touch` has the
    /// first line, with the access's last byte in the last one.
    #[cold]
    fn lines(&mut self, core: usize, touch: Touch, end: u64, cost: &mut Cost) {
        let mut missed = false;
        for line in touch.line..=end {
            let first = if line == touch.line { touch.first } else { 0 };
            let last = if line == end { touch.last } else { self.offset(u64::MAX) };
            let touch = Touch { line, first, last, ..touch };
            missed |= !self.caches.hit(core, touch) && self.ask(core, touch, !missed, cost);
        }
        let counters = &mut self.caches.cores[core].counters;
        counters.idle_cycles = counters.idle_cycles.saturating_add(cost.cycles - self.caches.latencies.hit);
    }

    /// Serves a touch of a line that needs others; whether it missed, which is counted if it `counts`.
    fn ask(&mut self, core: usize, touch: Touch, counts: bool, cost: &mut Cost) -> bool {
        let found = self.caches.find(core, touch.line);
        let place = found.unwrap_or_else(|| self.fill(core, touch, counts, cost));
        // A write-update protocol fetches the line for a store first, and then updates the other copies.
        let entry = self.caches.table.demand(self.caches.cores[core].ways[place].state, touch.demand);
        let state = self.transact(core, touch.line, entry, cost);
        if touch.demand == Demand::Store && entry.request != Request::None {
            self.caches.cores[core].ways[place].since = self.caches.now;
        }
        self.caches.settle(core, place, state, touch);
        found.is_none()
    }

    /// Brings a line into the cache; its place. The state is the one that a load or store of it finds.
    fn fill(&mut self, core: usize, touch: Touch, counts: bool, cost: &mut Cost) -> usize {
        let Touch { line, demand, first, last } = touch;
        let place = self.caches.room(core, line);
        self.evict(core, place, cost);
        let cache = &mut self.caches.cores[core];
        let newer =
            |used: u64| cache.ways.iter().filter(|way| way.line != VACANT && way.used > used).count() as u64;
        let (kind, lost) = cache.history.recover(line, newer);
        let state = self.transact(core, line, self.caches.table.demand(0, demand), cost);
        self.caches.install(core, place, line, state);
        let caches = &mut self.caches;
        let words = caches.sharing.words(first, last);
        let falsely = match lost.and_then(|lost| lost.invalidated) {
            Some(taken) if kind == MissKind::Coherence => caches.sharing.missed(line, core, words, taken),
            Some(_) | None => false,
        };
        if counts {
            let counters = &mut caches.cores[core].counters;
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

    /// Makes a place of a cache vacant.
    fn evict(&mut self, core: usize, place: usize, cost: &mut Cost) {
        let caches = &mut self.caches;
        let cache = &mut caches.cores[core];
        let way = cache.ways[place];
        if way.line == VACANT {
            return;
        }
        cache.history.lose(way.line, way.used, None);
        cache.ways[place].line = VACANT;
        if way.written != 0 {
            caches.sharing.wrote(way.line, way.written, way.since);
        }
        let entry = caches.table.demand(way.state, Demand::Evict);
        self.transact(core, way.line, entry, cost);
    }

    /// Carries out what a cache asks of others; the state that this leaves its copy in.
    fn transact(&mut self, core: usize, line: u64, entry: Demanded, cost: &mut Cost) -> u8 {
        let caches = &mut self.caches;
        match (&mut self.interconnect, entry.request) {
            (Interconnect::Bus(bus), Request::Bus(event)) => {
                let shared = bus.transact(caches, core, line, event, cost);
                if shared { entry.shared } else { entry.next }
            }
            (Interconnect::Bus(bus), Request::WriteBack) => {
                bus.write_back(caches, core, line, cost);
                entry.next
            }
            (Interconnect::Network(network), Request::Home(kind)) => {
                network.transact(caches, (core, line), kind, entry.next, cost)
            }
            (Interconnect::Bus(_) | Interconnect::Network(_), _) => entry.next,
        }
    }
}

/// The address of the last byte of an access, which has at least one.
#[inline]
fn last_byte(address: u64, bytes: u32) -> u64 {
    address.saturating_add(u64::from(bytes.max(1) - 1))
}
