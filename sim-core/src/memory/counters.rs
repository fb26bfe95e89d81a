//! What a run over caches is measured by.

use super::system::Kind;

/// Why an access missed (Hill's three, and coherence).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MissKind {
    /// The core touches the line for the first time.
    Cold,
    /// The line was evicted, and a fully associative cache of the same size with LRU would have lost it too.
    Capacity,
    /// The line was evicted, and a fully associative cache of the same size would have kept it.
    Conflict,
    /// Another core's write took the line away.
    Coherence,
}

/// Counts of one core, or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Loads.
    pub loads: u64,
    /// Stores.
    pub stores: u64,
    /// Loads that found no copy.
    pub read_misses: u64,
    /// Stores that found no copy. A store to a shared copy is no miss.
    pub write_misses: u64,
    /// Misses by [`MissKind`], in its order.
    pub miss_kinds: [u64; 4],
    /// Coherence misses on words that no other core has written since the line was lost.
    pub false_sharing_misses: u64,
    /// Instruction fetches.
    pub fetches: u64,
    /// Instruction fetches that missed the instruction cache.
    pub fetch_misses: u64,
    /// Read transactions of this core.
    pub bus_rd: u64,
    /// Read-for-ownership transactions.
    pub bus_rdx: u64,
    /// Upgrades of shared copies.
    pub bus_upgr: u64,
    /// Updates of shared copies.
    pub bus_upd: u64,
    /// Write-backs of evicted lines.
    pub writebacks: u64,
    /// Transactions of this core that took at least one other cache's copy away.
    pub invalidating: u64,
    /// Copies in other caches that this core took away.
    pub invalidations_sent: u64,
    /// Copies that other cores took away.
    pub invalidations_received: u64,
    /// Lines that came from another cache.
    pub cache_fills: u64,
    /// Lines that came from memory (or the shared second level).
    pub memory_fills: u64,
    /// Dirty copies that a snoop made clean or took away.
    pub snoop_flushes: u64,
    /// Accesses after which the line was not exclusive in this cache.
    pub shared_accesses: u64,
    /// Fills that the shared second level served; 0 without one.
    pub level2_hits: u64,
    /// Fills that it had to fetch from memory.
    pub level2_misses: u64,
    /// Dirty lines that it wrote to memory to make room, in steps for this core. Counted in runs of programs only.
    pub level2_writebacks: u64,
    /// Transactions on the bus, or messages between caches and directory that were delivered, for this core. Counted in
    /// runs of programs only: those of memory-access traces are [`bus_transactions`](Counters::bus_transactions) and
    /// [`messages`](Counters::messages).
    pub deliveries: u64,
    /// Bytes of lines and words on the bus, or of messages to and from the directory.
    pub bus_bytes: u64,
    /// Messages of this core's transactions by [`Kind`], in its order; none on a bus.
    pub messages: [u64; Kind::COUNT],
    /// Cycles until the core was done (an estimate from [`Latencies`]).
    pub cycles: u64,
    /// Of these, cycles of other work.
    pub compute_cycles: u64,
    /// Of these, cycles in which the core waited for the bus or for data.
    pub idle_cycles: u64,
}

impl Counters {
    /// Accesses that missed.
    pub fn misses(&self) -> u64 {
        self.read_misses + self.write_misses
    }

    /// Loads and stores.
    pub fn accesses(&self) -> u64 {
        self.loads + self.stores
    }

    /// Transactions on the bus.
    pub fn bus_transactions(&self) -> u64 {
        self.bus_rd + self.bus_rdx + self.bus_upgr + self.bus_upd + self.writebacks
    }

    /// Counts a load or store that takes some cycles.
    #[inline(always)]
    pub(super) fn access(&mut self, store: bool, cycles: u64) {
        self.loads += u64::from(!store);
        self.stores += u64::from(store);
        self.cycles = self.cycles.saturating_add(cycles);
    }

    /// Counts cycles of other work.
    #[inline(always)]
    pub(super) fn compute(&mut self, cycles: u64) {
        self.cycles = self.cycles.saturating_add(cycles);
        self.compute_cycles = self.compute_cycles.saturating_add(cycles);
    }

    /// Adds another core's counts; of the cycles, the longest run counts.
    pub fn add(&mut self, other: &Counters) {
        self.loads += other.loads;
        self.stores += other.stores;
        self.read_misses += other.read_misses;
        self.write_misses += other.write_misses;
        for (sum, kind) in self.miss_kinds.iter_mut().zip(other.miss_kinds) {
            *sum += kind;
        }
        self.false_sharing_misses += other.false_sharing_misses;
        self.fetches += other.fetches;
        self.fetch_misses += other.fetch_misses;
        self.bus_rd += other.bus_rd;
        self.bus_rdx += other.bus_rdx;
        self.bus_upgr += other.bus_upgr;
        self.bus_upd += other.bus_upd;
        self.writebacks += other.writebacks;
        self.invalidating += other.invalidating;
        self.invalidations_sent += other.invalidations_sent;
        self.invalidations_received += other.invalidations_received;
        self.cache_fills += other.cache_fills;
        self.memory_fills += other.memory_fills;
        self.snoop_flushes += other.snoop_flushes;
        self.shared_accesses += other.shared_accesses;
        self.level2_hits += other.level2_hits;
        self.level2_misses += other.level2_misses;
        self.level2_writebacks += other.level2_writebacks;
        self.deliveries += other.deliveries;
        self.bus_bytes += other.bus_bytes;
        for (sum, count) in self.messages.iter_mut().zip(other.messages) {
            *sum += count;
        }
        self.cycles = self.cycles.max(other.cycles);
        self.compute_cycles = self.compute_cycles.saturating_add(other.compute_cycles);
        self.idle_cycles = self.idle_cycles.saturating_add(other.idle_cycles);
    }
}

/// Cycles that things take. The default follows a common coherence assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latencies {
    /// An access that the cache serves.
    pub hit: u64,
    /// Fetching a line from memory, on top of a hit.
    pub memory: u64,
    /// Fetching a line from the shared second level, on top of a hit.
    pub level2: u64,
    /// Sending one word to other caches; a line takes as often that as it has words.
    pub word: u64,
    /// Writing a dirty line back.
    pub writeback: u64,
    /// A message between a cache and a directory, or between two caches, on top of what it carries.
    pub hop: u64,
}

impl Default for Latencies {
    fn default() -> Latencies {
        Latencies { hit: 1, memory: 100, level2: 20, word: 2, writeback: 100, hop: 10 }
    }
}
