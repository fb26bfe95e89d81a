//! Caches between cores and memory: whatever the protocol, the geometry and the order of steps, loads
//! return the last completed store (the caches are transparent), and every access completes.

use proptest::prelude::*;
use sim_core::memory::caches::{Access, Bytes, Caches, Config, Readiness, State, Step};
use sim_core::memory::geometry::Geometry;
use sim_core::memory::layout::Packing;
use sim_core::memory::protocol;
use sim_core::memory::replacement::Replacement;
use sim_core::memory::system::Demand;
use sim_core::program::{Program, Symbol, Value};

const CORES: usize = 3;
const SYMBOLS: usize = 4;

fn program() -> Program {
    let symbol = |number: usize| Symbol {
        name: ["x", "y", "z", "t"][number].to_owned(),
        base: 0x1000 + 0x40 * number as Value,
        init: vec![number as u8; 4],
        cell: 4,
        declared: false,
        code: false,
    };
    Program { symbols: (0..SYMBOLS).map(symbol).collect(), ..Program::default() }
}

fn caches(number: usize, geometry: Option<Geometry>, level2: Option<Geometry>, packing: Packing) -> Caches {
    let protocol = protocol::all().swap_remove(number);
    let config = Config { protocol, line_bytes: 16, geometry, packing, level2, early_ack: false };
    Caches::new(&program(), CORES, &config).expect("a valid configuration")
}

/// Drives the caches with one wish per core at a time, and keeps what memory must hold.
struct Driver {
    caches: Caches,
    state: State,
    memory: Vec<[u8; 4]>,
    /// Per core: the symbol and, of a store, the value.
    wishes: Vec<Option<(usize, Option<[u8; 4]>)>>,
    completed: usize,
}

impl Driver {
    fn new(caches: Caches) -> Driver {
        let state = caches.initial().clone();
        let memory = (0..SYMBOLS).map(|number| [number as u8; 4]).collect();
        Driver { caches, state, memory, wishes: vec![None; CORES], completed: 0 }
    }

    fn access(&self, core: usize) -> Option<Access> {
        let (symbol, value) = self.wishes[core]?;
        let (line, offset) = self.caches.locate(0x1000 + 0x40 * symbol as Value)?;
        let demand = if value.is_some() { Demand::Store } else { Demand::Load };
        Some(Access { core, line, demand, offset, bytes: value.map_or(vec![], |value| value.to_vec()) })
    }

    /// Takes the `choice`-th of all possible steps; whether there was any.
    fn step(&mut self, choice: usize) -> bool {
        let mut hits = vec![];
        let mut steps = self.caches.progress(&self.state);
        for core in 0..CORES {
            let Some(access) = self.access(core) else { continue };
            match self.caches.toward(&self.state, &access) {
                Readiness::Hits => hits.push(access),
                Readiness::Needs(step) => steps.push(step),
                Readiness::Waits => {}
            }
        }
        if !hits.is_empty() {
            // A transaction that waits for the word of a store does not end without it.
            let awaited = self.caches.awaits_word(&self.state);
            let comes = hits.iter().any(|hit| Some((hit.core, hit.line)) == awaited && !hit.bytes.is_empty());
            steps.retain(|step| !comes || *step != Step::Finish);
        }
        let count = hits.len() + steps.len();
        if count == 0 {
            return false;
        }
        match hits.get(choice % count) {
            Some(access) => self.complete(access),
            None => {
                let step = &steps[choice % count - hits.len()];
                assert!(self.caches.sentence(&self.state, step).ends_with('.'));
                assert!(!self.caches.name(&self.state, step).is_empty());
                self.state = self.caches.apply(&self.state, step).expect("an offered step");
            }
        }
        assert_eq!(self.caches.violation(&self.state, |line| self.line(line)), None);
        true
    }

    /// What a line must hold.
    fn line(&self, line: usize) -> Bytes {
        let mut bytes = self.caches.layout().contents[line].clone();
        for (symbol, value) in self.memory.iter().enumerate() {
            match self.caches.locate(0x1000 + 0x40 * symbol as Value) {
                Some((at, offset)) if at == line => bytes[offset..offset + 4].copy_from_slice(value),
                _ => {}
            }
        }
        bytes.into()
    }

    fn complete(&mut self, access: &Access) {
        let (symbol, value) = self.wishes[access.core].take().expect("it wanted something");
        match value {
            None => {
                let loaded = self.caches.load(&self.state, access.core, access.line, access.offset, 4);
                assert_eq!(loaded.as_deref(), Some(&self.memory[symbol][..]));
                self.caches.touch(&mut self.state, access.core, access.line);
            }
            Some(value) => {
                self.state = self.caches.store(&self.state, access).expect("it hits");
                self.memory[symbol] = value;
            }
        }
        self.completed += 1;
    }
}

fn geometries() -> impl Strategy<Value = Option<Geometry>> {
    let shape = |sets, ways, replacement| Some(Geometry { line_bytes: 16, sets, ways, replacement });
    prop_oneof![
        Just(None),
        Just(shape(1, 1, Replacement::Lru)),
        Just(shape(1, 2, Replacement::Fifo)),
        Just(shape(2, 1, Replacement::Lru)),
        Just(shape(1, 2, Replacement::TreePlru)),
        Just(shape(1, 3, Replacement::Random { seed: 5 })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn loads_return_the_last_completed_store(
        number in 0usize..7,
        geometry in geometries(),
        level2 in geometries(),
        wishes in prop::collection::vec((0..CORES, 0..SYMBOLS, any::<bool>(), any::<[u8; 4]>()), 1..40),
        choices in prop::collection::vec(any::<usize>(), 64),
    ) {
        let mut driver = Driver::new(caches(number, geometry, level2, Packing::Apart));
        let mut turn = 0;
        let total = wishes.len();
        let mut queue = wishes;
        while driver.completed < total {
            if let Some(place) = queue.iter().position(|(core, ..)| driver.wishes[*core].is_none()) {
                let (core, symbol, store, value) = queue.remove(place);
                driver.wishes[core] = Some((symbol, store.then_some(value)));
            }
            prop_assert!(driver.step(choose(&choices, turn)), "nothing can go on");
            turn += 1;
            prop_assert!(turn < 20_000, "accesses do not complete");
        }
        while driver.step(0) {}
        for symbol in 0..SYMBOLS {
            let (line, offset) = driver.caches.locate(0x1000 + 0x40 * symbol as Value).expect("a symbol");
            prop_assert_eq!(&driver.caches.newest(&driver.state, line)[offset..offset + 4], &driver.memory[symbol]);
        }
    }

    /// Symbols in one line: a store to one of them keeps the others.
    #[test]
    fn symbols_that_share_a_line_keep_their_bytes(
        number in 0usize..7,
        wishes in prop::collection::vec((0..CORES, 0..SYMBOLS, any::<bool>(), any::<[u8; 4]>()), 1..30),
        choices in prop::collection::vec(any::<usize>(), 64),
    ) {
        let mut driver = Driver::new(caches(number, None, None, Packing::Together));
        prop_assert_eq!(&driver.caches.layout().names, &["x,y,z,t"]);
        let total = wishes.len();
        let mut queue = wishes.into_iter();
        let mut turn = 0;
        while driver.completed < total {
            if driver.wishes.iter().all(Option::is_none) {
                for (core, symbol, store, value) in queue.by_ref().take(CORES) {
                    driver.wishes[core].get_or_insert((symbol, store.then_some(value)));
                }
            }
            if driver.wishes.iter().all(Option::is_none) {
                break;
            }
            prop_assert!(driver.step(choose(&choices, turn)), "nothing can go on");
            turn += 1;
            prop_assert!(turn < 20_000, "accesses do not complete");
        }
    }
}

/// The choice of a turn: never periodic, as a schedule that favours nobody.
fn choose(choices: &[usize], turn: usize) -> usize {
    let mixed = (choices[turn % choices.len()] ^ turn).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 32
}

/// The sentences of two stores and a load that meet on one line.
#[track_caller]
fn story(protocol: &str) -> String {
    let number = protocol::all().iter().position(|p| p.name == protocol).expect("a protocol");
    let mut driver = Driver::new(caches(number, None, None, Packing::Apart));
    let mut lines = vec![];
    for (core, value) in [(0, Some([7; 4])), (1, None), (2, Some([8; 4]))] {
        driver.wishes[core] = Some((0, value));
        while driver.wishes[core].is_some() {
            let access = driver.access(core).expect("a wish");
            match driver.caches.toward(&driver.state, &access) {
                Readiness::Hits => lines.push(format!("P{core} completes")),
                Readiness::Needs(step) => {
                    lines.push(driver.caches.name(&driver.state, &step));
                    lines.push(format!("  {}", driver.caches.sentence(&driver.state, &step)));
                }
                Readiness::Waits => {
                    let step = driver.caches.progress(&driver.state).swap_remove(0);
                    lines.push(driver.caches.name(&driver.state, &step));
                    lines.push(format!("  {}", driver.caches.sentence(&driver.state, &step)));
                }
            }
            driver.step(0);
        }
    }
    lines.join("\n")
}

/// The second level is asked before memory, keeps what passes, and writes what was given back when it makes room.
#[test]
fn a_second_level_stands_before_memory() {
    for number in 0..7 {
        let one = Some(Geometry { line_bytes: 16, sets: 1, ways: 1, replacement: Replacement::Lru });
        let mut driver = Driver::new(caches(number, one, one, Packing::Apart));
        let mut uses = vec![];
        // A second load by another core; a store that has to be given back; and what follows takes its place.
        for (core, symbol, value) in
            [(0, 0, None), (1, 0, None), (0, 1, Some([9; 4])), (0, 2, None), (0, 3, None)]
        {
            driver.wishes[core] = Some((symbol, value));
            while driver.wishes[core].is_some() {
                let access = driver.access(core).expect("a wish");
                let step = match driver.caches.toward(&driver.state, &access) {
                    Readiness::Hits => None,
                    Readiness::Needs(step) => Some(step),
                    Readiness::Waits => Some(driver.caches.progress(&driver.state).swap_remove(0)),
                };
                uses.extend(step.and_then(|step| driver.caches.level2_use(&driver.state, &step)));
                driver.step(0);
            }
            while let Some(step) = driver.caches.progress(&driver.state).into_iter().next() {
                uses.extend(driver.caches.level2_use(&driver.state, &step));
                driver.state = driver.caches.apply(&driver.state, &step).expect("it is under way");
            }
        }
        let name = driver.caches.system().protocol.name;
        let first = uses.first().map(|used| (used.line, used.write, used.hit, used.victim));
        assert_eq!(first, Some((0, false, false, None)), "{name}");
        // y is given back dirty, and leaves when the next line comes.
        assert!(uses.iter().any(|used| used.line == 1 && used.write), "{name}: {uses:?}");
        assert!(uses.iter().any(|used| used.victim == Some((1, true))), "{name}: {uses:?}");
        let held: Vec<(usize, bool)> =
            driver.caches.level2_lines(&driver.state).iter().map(|line| (line.line, line.dirty)).collect();
        assert_eq!(held, [(3, false)], "{name}");
        assert_eq!(driver.caches.memory(&driver.state, 1)[..4], [9; 4], "{name}");
    }
}

#[test]
fn steps_tell_what_happens() {
    insta::assert_snapshot!("story_mesi", story("mesi"));
    insta::assert_snapshot!("story_dragon", story("dragon"));
    insta::assert_snapshot!("story_mesi_directory", story("mesi-directory"));
}

#[test]
fn impossible_caches_are_refused_with_the_reason() {
    let refused = |cores, geometry, level2| {
        let config = Config {
            protocol: protocol::find("mesi").expect("it is built in"),
            line_bytes: 16,
            geometry,
            packing: Packing::Apart,
            level2,
            early_ack: false,
        };
        Caches::new(&program(), cores, &config).expect_err("refused")
    };
    let large = Geometry { line_bytes: 16, sets: 4, ways: 2, replacement: Replacement::Lru };
    assert_eq!(refused(2, Some(large), None), "the cache has 8 lines and memory only 4");
    assert_eq!(refused(2, None, Some(large)), "second level: the cache has 8 lines and memory only 4");
    let wide = Geometry { line_bytes: 32, sets: 1, ways: 1, replacement: Replacement::Lru };
    assert_eq!(refused(2, None, Some(wide)), "the second level must have the line size of the first");
    assert_eq!(refused(15, None, None), "the number of cores must be from 1 to 14, not 15");
}
