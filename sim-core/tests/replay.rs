//! The trace-driven simulator against a simulator written for being read: lists of lines, scans, and
//! the definitions as they stand in textbooks.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sim_core::memory::counters::{Counters, Latencies};
use sim_core::memory::geometry::Geometry;
use sim_core::memory::protocol;
use sim_core::memory::replacement::Replacement;
use sim_core::memory::replay::{Config, Modify, Replay};
use sim_core::memory::system::{Demand, Kind, State, Step, System};
use sim_core::memory::table::Permissions;

const CORES: usize = 3;
const LINE: u64 = 16;

fn geometry() -> Geometry {
    Geometry { line_bytes: LINE as u32, sets: 2, ways: 2, replacement: Replacement::Lru }
}

fn config(protocol: &str, cores: usize, level2: Option<Geometry>) -> Config {
    Config {
        protocol: protocol::find(protocol).expect("it is built in"),
        cores,
        geometry: geometry(),
        instructions: None,
        level2,
        latencies: Latencies::default(),
        modify: Modify::LoadStore,
    }
}

fn replay(protocol: &str, level2: Option<Geometry>) -> Replay {
    Replay::new(&config(protocol, CORES, level2)).expect("a valid configuration")
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

/// Counts that a directory does not change: what misses and why, what is taken away, what is written back.
fn unchanged(counters: &Counters) -> Counters {
    Counters {
        cache_fills: 0,
        memory_fills: 0,
        bus_bytes: 0,
        messages: [0; Kind::COUNT],
        cycles: 0,
        idle_cycles: 0,
        ..*counters
    }
}

proptest! {
    /// Which states caches are in does not depend on what joins them. The bus's MESI lets any cache supply a line and
    /// drops a line in E silently; the directory's supplies it from memory unless a cache owns it, and is told.
    #[test]
    fn a_directory_misses_and_invalidates_as_the_bus_does(accesses in accesses(), msi in any::<bool>(), bytes in 1u32..20) {
        let (bus, directory) = if msi { ("msi", "msi-directory") } else { ("mesi", "mesi-directory") };
        let (mut bus, mut directory) = (replay(bus, None), replay(directory, None));
        for &(core, store, address) in &accesses {
            bus.access(core, store, address, bytes);
            directory.access(core, store, address, bytes);
        }
        for core in 0..CORES {
            prop_assert_eq!(unchanged(bus.counters(core)), unchanged(directory.counters(core)));
        }
        prop_assert_eq!(bus.shared_lines(), directory.shared_lines());
        let total = directory.total();
        let of = |kind: Kind| total.messages[kind as usize];
        prop_assert_eq!(of(Kind::GetS), total.bus_rd);
        prop_assert_eq!(of(Kind::GetM), total.bus_rdx + total.bus_upgr);
        prop_assert_eq!(of(Kind::PutM), total.writebacks);
        prop_assert_eq!(of(Kind::PutAck), of(Kind::PutS) + of(Kind::PutE) + of(Kind::PutM));
        prop_assert_eq!(of(Kind::Inv) + of(Kind::FwdGetM), total.invalidations_sent);
        prop_assert_eq!((of(Kind::InvAck), of(Kind::DataHome)), (of(Kind::Inv), of(Kind::FwdGetS)));
        prop_assert_eq!(of(Kind::FwdGetS) + of(Kind::FwdGetM), total.cache_fills);
        prop_assert_eq!(of(Kind::Data) + of(Kind::DataE), total.cache_fills + total.memory_fills);
        prop_assert_eq!(of(Kind::PutRaced), 0);
        if msi {
            prop_assert_eq!((of(Kind::PutE), of(Kind::DataE)), (0, 0));
            prop_assert_eq!(bus.total().cache_fills, total.cache_fills);
        }
        let with_data = [Kind::Data, Kind::DataE, Kind::DataHome, Kind::PutM].map(of).iter().sum::<u64>();
        prop_assert_eq!(total.bus_bytes, 8 * total.messages.iter().sum::<u64>() + LINE * with_data);
    }

    /// The same messages as in the machine and the checker, every transaction being carried to its end there too.
    #[test]
    fn a_directory_sends_what_the_machine_sends(accesses in accesses(), msi in any::<bool>(), last in any::<bool>()) {
        let name = if msi { "msi-directory" } else { "mesi-directory" };
        let one_line = Geometry { sets: 1, ways: 1, ..geometry() };
        let mut replay = Replay::new(&Config { geometry: one_line, ..config(name, CORES, None) }).expect("caches");
        let protocol = protocol::find(name).expect("it is built in");
        let mut machine = Told::new(System { protocol, cores: CORES as u8, lines: 10 }, last);
        for &(core, store, address) in &accesses {
            replay.access(core, store, address, 4);
            machine.access(core, if store { Demand::Store } else { Demand::Load }, (address / LINE) as u8);
        }
        prop_assert_eq!(replay.total().messages, machine.delivered);
    }
}

/// A system of caches with a line each, and the messages that it has delivered.
struct Told {
    system: System,
    state: State<u8>,
    has: [Option<u8>; CORES],
    delivered: [u64; Kind::COUNT],
    /// Whether the last of several messages goes first.
    last: bool,
}

impl Told {
    fn new(system: System, last: bool) -> Told {
        let state = system.initial(&[0; 10]);
        Told { system, state, has: [None; CORES], delivered: [0; Kind::COUNT], last }
    }

    fn access(&mut self, core: usize, demand: Demand, line: u8) {
        let valid = |line: &u8| {
            let copy = &self.state.copies[self.system.copy(core as u8, *line)];
            self.system.permissions(copy.state).contains(Permissions::READ)
        };
        if let Some(old) = self.has[core].replace(line).filter(|old| *old != line).filter(valid) {
            self.demand(core, Demand::Evict, old);
        }
        while !self.system.hits(&self.state, core as u8, line, demand) {
            self.demand(core, demand, line);
        }
        self.demand(core, demand, line);
    }

    /// A demand and all that follows.
    fn demand(&mut self, core: usize, demand: Demand, line: u8) {
        let step = Step::Core { core: core as u8, line, demand, written: 0 };
        self.system.apply(&mut self.state, &step).expect("nothing else is under way");
        while !self.system.is_quiet(&self.state) {
            let mut steps = vec![];
            self.system.progress(&self.state, &mut steps);
            if self.last {
                steps.reverse();
            }
            let taken = steps.iter().find(|step| self.system.apply(&mut self.state, step).is_ok());
            let Some(Step::Deliver(message)) = taken else { panic!("a message can be delivered") };
            self.delivered[message.kind as usize] += 1;
        }
    }
}

#[test]
fn a_transaction_takes_its_longest_chain_of_messages() {
    let mut replay = replay("mesi-directory", None);
    let Latencies { hit, memory, word, writeback, hop, .. } = Latencies::default();
    let line = word * LINE / 4;
    let mut cycles = |core, store, address| replay.access(core, store, address, 4).cycles;
    assert_eq!(cycles(0, false, 0), hit + 2 * hop + memory, "the home has the data");
    assert_eq!(cycles(1, false, 0), hit + 3 * hop + line, "the owner sends them");
    assert_eq!(cycles(0, true, 0), hit + 2 * hop + memory, "the sharer's ack is faster than memory");
    assert_eq!(cycles(0, true, 4), hit);
    assert_eq!(
        cycles(0, false, 32) + cycles(0, false, 64),
        2 * (hit + 2 * hop + memory) + 2 * hop + writeback
    );
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
    let refused = |cores, level2| Replay::new(&config("mesi", cores, level2)).expect_err("refused");
    let wide = Geometry { line_bytes: 64, ..geometry() };
    assert_eq!(refused(0, None), "the number of cores must be from 1 to 64, not 0");
    assert_eq!(refused(2, Some(wide)), "the second level must have the line size of the first");
}
