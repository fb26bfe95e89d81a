//! The counts of a run by name, in the order in which reports show them.

use sim_core::memory::counters::{Counters, MissKind};
use sim_core::memory::system::Kind;

/// One count.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its name in JSON and CSV.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// How many counts it is a part of: parts are indented.
    pub depth: usize,
    /// When people want to see it.
    pub shown: Shown,
    /// Its value.
    pub of: fn(&Counters) -> u64,
}

/// When a count says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// In every run.
    Always,
    /// On a bus.
    Bus,
    /// With a directory.
    Directory,
    /// With a second level.
    Level2,
    /// With instruction fetches.
    Fetches,
    /// With instruction caches.
    Instructions,
}

/// A count by its names, its depth, when it is shown, and its value.
pub(crate) const fn measure(
    key: &'static str,
    label: &'static str,
    depth: usize,
    shown: Shown,
    of: fn(&Counters) -> u64,
) -> Measure {
    Measure { key, label, depth, shown, of }
}

use Shown::{Always, Bus, Directory, Fetches, Instructions, Level2};

/// All counts.
pub const MEASURES: [Measure; 50] = [
    measure("accesses", "accesses", 0, Always, Counters::accesses),
    measure("loads", "loads", 1, Always, |c| c.loads),
    measure("stores", "stores", 1, Always, |c| c.stores),
    measure("hits", "hits", 0, Always, |c| c.accesses() - c.misses()),
    measure("misses", "misses", 0, Always, Counters::misses),
    measure("read_misses", "of loads", 1, Always, |c| c.read_misses),
    measure("write_misses", "of stores", 1, Always, |c| c.write_misses),
    measure("cold_misses", "cold", 1, Always, |c| c.miss_kinds[MissKind::Cold as usize]),
    measure("capacity_misses", "capacity", 1, Always, |c| c.miss_kinds[MissKind::Capacity as usize]),
    measure("conflict_misses", "conflict", 1, Always, |c| c.miss_kinds[MissKind::Conflict as usize]),
    measure("coherence_misses", "coherence", 1, Always, |c| c.miss_kinds[MissKind::Coherence as usize]),
    measure("true_sharing_misses", "true sharing", 2, Always, |c| {
        c.miss_kinds[MissKind::Coherence as usize] - c.false_sharing_misses
    }),
    measure("false_sharing_misses", "false sharing", 2, Always, |c| c.false_sharing_misses),
    measure("private_accesses", "accesses to private lines", 0, Always, |c| {
        c.accesses().saturating_sub(c.shared_accesses)
    }),
    measure("shared_accesses", "accesses to shared lines", 0, Always, |c| c.shared_accesses),
    measure("bus_transactions", "bus transactions", 0, Bus, Counters::bus_transactions),
    measure("bus_rd", "BusRd", 1, Bus, |c| c.bus_rd),
    measure("bus_rdx", "BusRdX", 1, Bus, |c| c.bus_rdx),
    measure("bus_upgr", "BusUpgr", 1, Bus, |c| c.bus_upgr),
    measure("bus_upd", "BusUpd", 1, Bus, |c| c.bus_upd),
    measure("writebacks", "write-backs", 1, Bus, |c| c.writebacks),
    measure("messages", "messages", 0, Directory, |c| c.messages.iter().sum()),
    measure("get_s", "GetS", 1, Directory, |c| c.messages[Kind::GetS as usize]),
    measure("get_m", "GetM", 1, Directory, |c| c.messages[Kind::GetM as usize]),
    measure("upgrades", "of a shared copy", 2, Directory, |c| c.bus_upgr),
    measure("put_s", "PutS", 1, Directory, |c| c.messages[Kind::PutS as usize]),
    measure("put_e", "PutE", 1, Directory, |c| c.messages[Kind::PutE as usize]),
    measure("put_m", "PutM, write-backs", 1, Directory, |c| c.messages[Kind::PutM as usize]),
    measure("put_ack", "Put-Ack", 1, Directory, |c| c.messages[Kind::PutAck as usize]),
    measure("fwd_get_s", "Fwd-GetS", 1, Directory, |c| c.messages[Kind::FwdGetS as usize]),
    measure("fwd_get_m", "Fwd-GetM", 1, Directory, |c| c.messages[Kind::FwdGetM as usize]),
    measure("inv", "Inv", 1, Directory, |c| c.messages[Kind::Inv as usize]),
    measure("inv_ack", "Inv-Ack", 1, Directory, |c| c.messages[Kind::InvAck as usize]),
    measure("data", "Data to the requester", 1, Directory, |c| c.messages[Kind::Data as usize]),
    measure("data_exclusive", "DataE, the only copy", 1, Directory, |c| c.messages[Kind::DataE as usize]),
    measure("data_home", "Data to the directory", 1, Directory, |c| c.messages[Kind::DataHome as usize]),
    measure("bus_bytes", "bytes of traffic", 0, Always, |c| c.bus_bytes),
    measure("invalidating_transactions", "transactions that invalidate", 0, Always, |c| c.invalidating),
    measure("invalidations_sent", "invalidations sent", 0, Always, |c| c.invalidations_sent),
    measure("invalidations_received", "invalidations received", 0, Always, |c| c.invalidations_received),
    measure("cache_fills", "lines from other caches", 0, Always, |c| c.cache_fills),
    measure("memory_fills", "lines from memory", 0, Always, |c| c.memory_fills),
    measure("level2_hits", "of these from the second level", 1, Level2, |c| c.level2_hits),
    measure("level2_misses", "missing there", 1, Level2, |c| c.level2_misses),
    measure("snoop_flushes", "dirty copies flushed for others", 0, Always, |c| c.snoop_flushes),
    measure("fetches", "instruction fetches", 0, Fetches, |c| c.fetches),
    measure("fetch_misses", "that missed", 1, Instructions, |c| c.fetch_misses),
    measure("cycles", "cycles (estimate)", 0, Always, |c| c.cycles),
    measure("compute_cycles", "cycles of other work", 0, Always, |c| c.compute_cycles),
    measure("idle_cycles", "cycles of waiting", 0, Always, |c| c.idle_cycles),
];

/// Misses per 100 accesses.
pub fn miss_percent(counters: &Counters) -> f64 {
    100.0 * counters.misses() as f64 / (counters.accesses() as f64).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_a_name_of_its_own() {
        let mut keys = MEASURES.map(|measure| measure.key).to_vec();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), MEASURES.len());
    }

    #[test]
    fn parts_add_up() {
        let counters = Counters {
            loads: 7,
            stores: 3,
            read_misses: 2,
            write_misses: 1,
            miss_kinds: [1, 0, 1, 1],
            false_sharing_misses: 1,
            ..Counters::default()
        };
        let of = |key: &str| {
            let measure = MEASURES.iter().find(|measure| measure.key == key);
            measure.map(|measure| (measure.of)(&counters))
        };
        assert_eq!((of("accesses"), of("hits"), of("misses")), (Some(10), Some(7), Some(3)));
        assert_eq!((of("true_sharing_misses"), of("false_sharing_misses")), (Some(0), Some(1)));
        assert_eq!(miss_percent(&counters), 30.0);
    }
}
