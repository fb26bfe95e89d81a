//! The trace-driven simulator against a simulator written for being read: lists of lines, scans, and
//! the definitions as they stand in textbooks.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sim_core::memory::counters::Latencies;
use sim_core::memory::geometry::Geometry;
use sim_core::memory::protocol;
use sim_core::memory::replacement::Replacement;
use sim_core::memory::replay::{Config, Replay};

const CORES: usize = 3;
const LINE: u64 = 16;

fn geometry() -> Geometry {
    Geometry { line_bytes: LINE as u32, sets: 2, ways: 2, replacement: Replacement::Lru }
}

fn replay(protocol: &str, level2: Option<Geometry>) -> Replay {
    let protocol = protocol::find(protocol).expect("it is built in");
    let latencies = Latencies::default();
    let config =
        Config { protocol, cores: CORES, geometry: geometry(), instructions: None, level2, latencies };
    Replay::new(&config).expect("a valid configuration")
}

/// MESI told naively.
#[derive(Default)]
struct Naive {
    /// Per core and set: line and state, most recently used last.
    sets: BTreeMap<(usize, u64), Vec<(u64, char)>>,
    /// Per core: lines by last use, oldest first, as a fully associative cache without a bound has them.
    uses: BTreeMap<usize, Vec<u64>>,
    /// Per core and line: whether it was lost to a write, and the words that others have written since.
    lost: BTreeMap<(usize, u64), (bool, BTreeSet<u64>)>,
    misses: [u64; CORES],
    kinds: [u64; 4],
    falsely: u64,
    invalidated: u64,
    writebacks: u64,
    upgrades: u64,
}

impl Naive {
    fn state(&self, core: usize, line: u64) -> Option<char> {
        let set = self.sets.get(&(core, line % 2))?;
        set.iter().find(|(other, _)| *other == line).map(|(_, state)| *state)
    }

    fn set_state(&mut self, core: usize, line: u64, state: char) {
        let set = self.sets.entry((core, line % 2)).or_default();
        set.retain(|(other, _)| *other != line);
        if state != 'I' {
            set.push((line, state));
        }
    }

    fn access(&mut self, core: usize, store: bool, address: u64) {
        let (line, word) = (address / LINE, address % LINE / 4);
        let had = self.state(core, line);
        if had.is_none() {
            self.miss(core, line, word);
        }
        let others: Vec<usize> = (0..CORES).filter(|&c| c != core && self.state(c, line).is_some()).collect();
        let state = match (store, had) {
            (false, Some(state)) => state,
            (false, None) if others.is_empty() => 'E',
            (false, None) => 'S',
            (true, _) => 'M',
        };
        self.upgrades += u64::from(store && had == Some('S'));
        for other in others {
            if store {
                self.set_state(other, line, 'I');
                self.lost.insert((other, line), (true, BTreeSet::new()));
                self.invalidated += 1;
            } else if had.is_none() {
                let place = self.sets.get_mut(&(other, line % 2)).expect("it has the line");
                place.iter_mut().filter(|(l, _)| *l == line).for_each(|(_, state)| *state = 'S');
            }
        }
        if store {
            let losers = self.lost.iter_mut().filter(|((loser, l), _)| *loser != core && *l == line);
            losers.for_each(|(_, (_, written))| written.extend([word]));
        }
        self.set_state(core, line, state);
        let uses = self.uses.entry(core).or_default();
        uses.retain(|other| *other != line);
        uses.push(line);
    }

    fn miss(&mut self, core: usize, line: u64, word: u64) {
        self.misses[core] += 1;
        let recent = self.uses.get(&core).and_then(|uses| uses.iter().rev().position(|other| *other == line));
        let kind = match (self.lost.remove(&(core, line)), recent) {
            (Some((true, written)), _) => {
                self.falsely += u64::from(!written.contains(&word));
                3
            }
            (_, Some(distance)) if distance < 4 => 2,
            (_, Some(_)) => 1,
            (_, None) => 0,
        };
        self.kinds[kind] += 1;
        let set = self.sets.entry((core, line % 2)).or_default();
        if set.len() == 2 {
            let (victim, state) = set.remove(0);
            self.writebacks += u64::from(state == 'M');
            self.lost.insert((core, victim), (false, BTreeSet::new()));
        }
    }
}

fn accesses() -> impl Strategy<Value = Vec<(usize, bool, u64)>> {
    prop::collection::vec((0..CORES, any::<bool>(), (0u64..40).prop_map(|word| word * 4)), 0..400)
}

proptest! {
    #[test]
    fn mesi_counts_are_those_of_the_naive_simulator(accesses in accesses()) {
        let (mut fast, mut naive) = (replay("mesi", None), Naive::default());
        for &(core, store, address) in &accesses {
            fast.access(core, store, address, 4);
            naive.access(core, store, address);
        }
        for core in 0..CORES {
            prop_assert_eq!(fast.counters(core).misses(), naive.misses[core]);
        }
        let total = fast.total();
        prop_assert_eq!(total.miss_kinds, naive.kinds);
        prop_assert_eq!(total.false_sharing_misses, naive.falsely);
        prop_assert_eq!(total.invalidations_sent, naive.invalidated);
        prop_assert_eq!(total.invalidations_received, naive.invalidated);
        prop_assert_eq!(total.writebacks, naive.writebacks);
        prop_assert_eq!(total.bus_upgr, naive.upgrades);
    }

    /// Whatever the protocol: sums agree with each other.
    #[test]
    fn counts_add_up(accesses in accesses(), name in prop::sample::select(vec!["msi", "mesi", "moesi", "mesif", "dragon"])) {
        let level2 = Geometry { sets: 4, ways: 2, ..geometry() };
        let mut replay = replay(name, Some(level2));
        for &(core, store, address) in &accesses {
            replay.access(core, store, address, 4);
        }
        let total = replay.total();
        prop_assert_eq!(total.accesses(), accesses.len() as u64);
        prop_assert_eq!(total.miss_kinds.iter().sum::<u64>(), total.misses());
        prop_assert_eq!(total.cache_fills + total.memory_fills, total.misses());
        prop_assert_eq!(total.bus_rd + total.bus_rdx, total.misses());
        prop_assert_eq!(total.level2_hits + total.level2_misses, total.memory_fills);
        let lines = replay.shared_lines();
        prop_assert_eq!(lines.iter().map(|line| line.false_sharing).sum::<u64>(), total.false_sharing_misses);
        let coherence: u64 = lines.iter().map(|line| line.true_sharing + line.false_sharing).sum();
        prop_assert_eq!(coherence, total.miss_kinds[3]);
        let bytes = LINE * (total.misses() + total.writebacks) + 4 * total.bus_upd;
        prop_assert_eq!(total.bus_bytes, bytes);
    }
}

#[test]
fn an_access_that_straddles_lines_touches_both_and_misses_once() {
    let mut replay = replay("mesi", None);
    replay.access(0, false, 14, 4);
    replay.access(0, false, 0, 4);
    replay.access(0, false, 16, 4);
    let counters = replay.counters(0);
    assert_eq!((counters.loads, counters.misses(), counters.bus_rd), (3, 1, 2));
}

#[test]
fn false_sharing_names_the_line() {
    let mut replay = replay("mesi", None);
    for _ in 0..10 {
        replay.access(0, true, 0x40, 4);
        replay.access(1, true, 0x44, 4);
    }
    let lines = replay.shared_lines();
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].address, lines[0].true_sharing, lines[0].false_sharing), (0x40, 0, 18));
    assert_eq!((lines[0].cores, lines[0].written), (0b11, 0b11));
}

#[test]
fn addresses_at_the_end_of_memory_are_no_problem() {
    let mut replay = replay("moesi", None);
    replay.access(0, true, u64::MAX - 1, 4096);
    replay.fetch(0, u64::MAX, 16);
    replay.compute(0, u64::MAX);
    replay.compute(0, u64::MAX);
    replay.access(0, true, 0, 4);
    assert_eq!((replay.counters(0).stores, replay.counters(0).cycles), (2, u64::MAX));
}

#[test]
fn impossible_simulators_are_refused_with_the_reason() {
    let refused = |name: &str, cores, level2| {
        let protocol = protocol::find(name).expect("it is built in");
        let latencies = Latencies::default();
        let config = Config { protocol, cores, geometry: geometry(), instructions: None, level2, latencies };
        Replay::new(&config).expect_err("refused")
    };
    let wide = Geometry { line_bytes: 64, ..geometry() };
    assert_eq!(refused("mesi", 0, None), "the number of cores must be from 1 to 64, not 0");
    assert_eq!(refused("mesi", 2, Some(wide)), "the second level must have the line size of the first");
    let directory = refused("msi-directory", 2, None);
    assert_eq!(directory, "msi-directory needs a directory; memory-access traces run on the bus protocols");
}
