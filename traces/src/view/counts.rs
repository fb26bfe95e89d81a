//! What a run over caches has cost so far, by core and by line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sim_core::machine::{Machine, Tally};
use sim_core::memory::counters::{Counters, MissKind};

use crate::access::measures::Shown::{Always, Level2};
use crate::access::measures::{Measure, measure};

/// What is counted, in the order in which tables show it. Names and meanings are those of memory-access traces.
pub const MEASURES: [Measure; 22] = [
    measure("loads", "loads", 0, Always, |c| c.loads),
    measure("stores", "stores", 0, Always, |c| c.stores),
    measure("hits", "hits", 0, Always, |c| c.accesses() - c.misses()),
    measure("misses", "misses", 0, Always, Counters::misses),
    measure("cold_misses", "cold", 1, Always, |c| c.miss_kinds[MissKind::Cold as usize]),
    measure("capacity_misses", "capacity", 1, Always, |c| c.miss_kinds[MissKind::Capacity as usize]),
    measure("conflict_misses", "conflict", 1, Always, |c| c.miss_kinds[MissKind::Conflict as usize]),
    measure("coherence_misses", "coherence", 1, Always, |c| c.miss_kinds[MissKind::Coherence as usize]),
    measure("false_sharing_misses", "false sharing", 2, Always, |c| c.false_sharing_misses),
    measure("bus_rd", "read requests", 0, Always, |c| c.bus_rd),
    measure("bus_rdx", "write requests", 0, Always, |c| c.bus_rdx),
    measure("bus_upgr", "upgrades", 0, Always, |c| c.bus_upgr),
    measure("bus_upd", "updates", 0, Always, |c| c.bus_upd),
    measure("invalidations_sent", "invalidations sent", 0, Always, |c| c.invalidations_sent),
    measure("invalidations_received", "invalidations received", 0, Always, |c| c.invalidations_received),
    measure("writebacks", "write-backs", 0, Always, |c| c.writebacks),
    measure("cache_fills", "lines from other caches", 0, Always, |c| c.cache_fills),
    measure("memory_fills", "lines from memory", 0, Always, |c| c.memory_fills),
    measure("level2_hits", "from the second level", 1, Level2, |c| c.level2_hits),
    measure("level2_writebacks", "second level writes back", 0, Level2, |c| c.level2_writebacks),
    measure("messages", "messages", 0, Always, |c| c.deliveries),
    measure("bus_bytes", "bytes moved", 0, Always, |c| c.bus_bytes),
];

/// Cycles, which belong to cores only.
pub const CYCLES: Measure = measure("cycles", "cycles (estimate)", 0, Always, |c| c.cycles);

/// The counts of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// `cores[core]`.
    pub cores: Vec<Count>,
    /// All cores together; their cycles are those of the core that needs most.
    pub total: Count,
    /// `lines[line]`, without cycles.
    pub lines: Vec<Count>,
    /// What cycles are estimated from, in words.
    pub estimate: String,
}

/// The counts of one core or line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    /// `P0`, `all`, or the name of a line.
    pub name: String,
    /// By the key of their [`Measure`].
    pub values: BTreeMap<String, u64>,
    /// What the last step has added, where that is not 0.
    pub added: BTreeMap<String, u64>,
}

impl Counts {
    /// The counts that a machine with caches has tallied; `None` if it has none.
    pub fn of(machine: &Machine<'_>, tally: &Tally) -> Option<Counts> {
        let caches = machine.caches()?;
        // What this hardware never does has no row.
        let never = |measure: &Measure| {
            measure.shown == Level2 && caches.level2().is_none()
                || measure.key == "bus_upd" && !caches.system().protocol.updates()
        };
        let shown: Vec<&Measure> = MEASURES.iter().filter(|measure| !never(measure)).collect();
        let line = |name: &str, counters: &Counters| Count::new(name, counters, &shown);
        let with_cycles: Vec<&Measure> = shown.iter().copied().chain([&CYCLES]).collect();
        let core = |name: &str, counters: &Counters| Count::new(name, counters, &with_cycles);
        let latencies = tally.latencies;
        let level2 = caches.level2().map(|_| format!(", from the second level {}", latencies.level2));
        Some(Counts {
            cores: tally
                .cores
                .iter()
                .enumerate()
                .map(|(n, counters)| core(&format!("P{n}"), counters))
                .collect(),
            total: core("all", &tally.total()),
            lines: caches.layout().names.iter().zip(&tally.lines).map(|(name, c)| line(name, c)).collect(),
            estimate: format!(
                "hit {}, line from memory {}{}, word from a cache {}, write-back {}",
                latencies.hit,
                latencies.memory,
                level2.unwrap_or_default(),
                latencies.word,
                latencies.writeback
            ),
        })
    }

    /// The measures that have a row.
    pub fn measures(&self) -> impl Iterator<Item = &'static Measure> {
        MEASURES.iter().chain([&CYCLES]).filter(|measure| self.total.values.contains_key(measure.key))
    }

    /// Everything that is counted by itself: the cores, all together, the lines.
    pub fn columns(&self) -> impl Iterator<Item = &Count> {
        self.cores.iter().chain([&self.total]).chain(&self.lines)
    }

    /// What the columns are, and what cycles are estimated from.
    pub fn words(&self) -> String {
        format!("By core and by line. Cycles are an estimate, nothing overlapping: {}.", self.estimate)
    }

    /// The most important counts in a line: `4 hits, 2 misses (2 cold), 9 messages, 576 bytes, 208 cycles (estimate)`.
    pub fn summary(&self) -> String {
        let of = |key| self.total.value(key).unwrap_or(0);
        let kinds = MEASURES.iter().filter(|measure| measure.key.ends_with("_misses") && of(measure.key) > 0);
        let kinds: Vec<String> = kinds
            .map(|measure| match (of(measure.key), measure.depth) {
                (count, 1) => format!("{count} {}", measure.label),
                (count, _) => format!("of these {count} by {}", measure.label),
            })
            .collect();
        let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let counted = |key, one: &str, many: &str| match of(key) {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        format!(
            "{}, {}{kinds}, {}, {} bytes, {} cycles (estimate)",
            counted("hits", "hit", "hits"),
            counted("misses", "miss", "misses"),
            counted("messages", "message", "messages"),
            of("bus_bytes"),
            of("cycles")
        )
    }

    /// Works out what has been added since `before`, which is of the same machine.
    pub(super) fn compare(&mut self, before: &Counts) {
        let pairs = self.cores.iter_mut().zip(&before.cores);
        let pairs = pairs.chain([(&mut self.total, &before.total)]);
        pairs.chain(self.lines.iter_mut().zip(&before.lines)).for_each(|(now, old)| now.compare(old));
    }
}

impl Count {
    fn new(name: &str, counters: &Counters, measures: &[&Measure]) -> Count {
        let values = measures.iter().map(|measure| (measure.key.to_string(), (measure.of)(counters)));
        Count { name: name.to_string(), values: values.collect(), added: BTreeMap::new() }
    }

    /// A count by its key, if it is kept here.
    pub fn value(&self, key: &str) -> Option<u64> {
        self.values.get(key).copied()
    }

    fn compare(&mut self, before: &Count) {
        let added = |(key, value): (&String, &u64)| {
            let added = value.checked_sub(before.value(key).unwrap_or(0))?;
            (added > 0).then(|| (key.clone(), added))
        };
        self.added = self.values.iter().filter_map(added).collect();
    }
}
