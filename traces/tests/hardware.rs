//! Caches are transparent: on every protocol, a test has the outcomes of the search. And what is not transparent is
//! seen: seeded bugs, and hardware that no architecture describes.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::machine::{CacheStep, Hardware, Step, Tally};
use sim_core::memory::counters::Counters;
use sim_core::memory::protocol;
use sim_core::outcome::{Completeness, Outcomes};
use sim_core::search::visible::{self, Transactions};
use sim_core::search::{self, Options};
use traces::format::Setup;
use traces::library::{self, Entry};
use traces::machine::Machine;
use traces::random::Family;
use traces::record::random::Random;
use traces::record::schedule::step_named;
use traces::session::Session;
use traces::{load, view};

/// How far the searches go.
fn options(stop: &AtomicBool, max_states: u64) -> Options<'_> {
    Options { unroll: 2, max_states, verdict_only: false, stop, progress: None, parallel: false }
}

#[track_caller]
fn test(text: &str) -> Test {
    load::parse(text).value.expect("a test")
}

fn built_in(machine: &str, name: &str) -> &'static Entry {
    let found = library::entries().iter().find(|e| e.machine() == machine && e.name == name);
    found.unwrap_or_else(|| panic!("no test {machine}/{name}"))
}

/// All final states according to the search.
fn searched(test: &Test) -> Option<Outcomes> {
    let stop = AtomicBool::new(false);
    let found = search::outcomes(test, &Machine::of(&test.arch).order(), &options(&stop, 200_000)).outcomes;
    (found.completeness == Completeness::Complete).then_some(found)
}

/// What the machine finds on some hardware, within a number of states.
#[track_caller]
fn on(test: &Test, hardware: &Hardware, transactions: Transactions, max_states: u64) -> Outcomes {
    let stop = AtomicBool::new(false);
    let order = Machine::of(&test.arch).order();
    let report = visible::on(test, &order, hardware, transactions, &options(&stop, max_states));
    report.unwrap_or_else(|reason| panic!("{}: {reason}", test.name)).outcomes
}

/// Hardware with each protocol.
fn protocols(features: &[&str]) -> Vec<Hardware> {
    let named = |p: &protocol::Protocol| Hardware::named(Some(p.name), features.iter().copied());
    protocol::all().iter().map(|p| named(p).expect("possible")).collect()
}

/// Compares a test's outcomes on some hardware with those of the search; whether the machine got to the end.
#[track_caller]
fn compare(test: &Test, hardware: &Hardware, transactions: Transactions, max_states: u64) -> bool {
    let Some(expected) = searched(test) else { return false };
    let found = on(test, hardware, transactions, max_states);
    let complete = found.completeness == Completeness::Complete;
    let missing = expected.states.iter().filter(|state| complete && !found.states.contains(state)).count();
    let extra = found.states.iter().filter(|state| !expected.states.contains(state)).count();
    let (protocol, features) = (hardware.protocol(), hardware.features());
    let name = &test.name;
    assert_eq!(
        (missing, extra),
        (0, 0),
        "missing and additional states of {name} on {protocol:?} {features:?}"
    );
    complete
}

/// Every order of all steps between caches, on the smallest tests.
#[test]
fn interleaved_transactions_are_transparent() {
    for name in ["x86tso/SB", "x86tso/MP", "x86tso/SB+mfences", "armv8/MP", "armv8/CoRR"] {
        let (machine, name) = name.split_once('/').expect("a folder");
        let test = test(built_in(machine, name).text);
        for hardware in protocols(&[]) {
            assert!(compare(&test, &hardware, Transactions::Interleaved, 400_000), "{name} is too large");
        }
    }
}

/// An access with all that its caches do for it as one step, on every test of the library that the machine gets to
/// the end of.
#[test]
fn whole_transactions_are_transparent_on_the_library() {
    let (mut finished, mut open) = (0, Vec::new());
    for entry in library::entries() {
        let test = test(entry.text);
        for hardware in protocols(&[]) {
            match compare(&test, &hardware, Transactions::Whole, 1_500) {
                true => finished += 1,
                false => open.push(entry.name),
            }
        }
    }
    println!("{finished} finished; not: {open:?}");
    // The others have more states than this test can wait for.
    assert!(finished > 7 * library::entries().len() / 2, "only {finished} were finished");
}

/// Evictions, here and from a shared second level, lines that several variables share, and lines that are everywhere at
/// the start are as transparent.
#[test]
fn small_and_shared_caches_are_transparent() {
    for (machine, name) in
        [("x86tso", "SB"), ("x86tso", "MP"), ("armv8", "MP+dmb.sy+addr"), ("armv8", "2+2W")]
    {
        let test = test(built_in(machine, name).text);
        for features in [
            &["sets=1", "ways=1", "l2=64,1"][..],
            &["line-size=16", "shared-lines", "l2=16,1"],
            &["warm-caches"],
            &["sets=2", "ways=1", "replacement=random:3", "warm-caches"],
        ] {
            for hardware in protocols(features) {
                compare(&test, &hardware, Transactions::Interleaved, 6_000);
                assert!(compare(&test, &hardware, Transactions::Whole, 20_000), "{name} is too large");
            }
        }
    }
}

/// While an atomic access has read and not yet written, other cores may read its line: P1 sees the store that waited for
/// the first half, and not the second half, though that could complete at once.
#[test]
fn loads_come_between_the_halves_of_an_atomic_access() {
    let test = test(IN_TWO_HALVES);
    assert_eq!(searched(&test).expect("it is small").states.len(), 4);
    for hardware in [protocols(&[]), protocols(&["sets=1", "ways=1"])].concat() {
        assert!(compare(&test, &hardware, Transactions::Whole, 20_000));
        compare(&test, &hardware, Transactions::Interleaved, 20_000);
    }
}

const IN_TWO_HALVES: &str = "AArch64 atomic-in-two-halves
{ 0:X0=x; 0:X3=y; 1:X0=x; 1:X3=y; }
 P0               | P1           ;
 MOV W2,#1        | LDAR W1,[X3] ;
 LDADD W2,W1,[X0] | LDR W2,[X0]  ;
 CBNZ W1,L0       |              ;
 STR W2,[X3]      |              ;
L0:               |              ;
exists (1:X1=1 /\\ 1:X2=0)
";

/// Random programs, with atomics, exclusives, mixed sizes and computed addresses.
#[test]
fn random_programs_do_not_see_caches() {
    let (mut finished, mut runs) = (0, 0);
    for (_, family) in Family::ALL {
        for seed in 0..40 {
            let test = test(&family.generate(1000 + seed, 3 + (seed % 3) as u32).text());
            let all = protocols(&[]);
            let hardware = &all[seed as usize % all.len()];
            runs += 2;
            finished += u32::from(compare(&test, hardware, Transactions::Whole, 3_000));
            finished += u32::from(compare(&test, hardware, Transactions::Interleaved, 3_000));
        }
    }
    assert!(finished * 2 > runs, "only {finished} of {runs} were finished");
}

/// The catalogues, where they are at hand: every test on every protocol, and where there are few enough states also with
/// all steps between caches in every order.
#[test]
fn corpora_do_not_see_caches() {
    let all = protocols(&[]);
    let (mut runs, mut finished, mut interleaved) = (0, 0, 0);
    for folder in ["x86_64/catalogue", "aarch64/catalogue"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus").join(folder);
        let mut files = Vec::new();
        litmus_files(&root, &mut files);
        files.sort();
        for file in &files {
            let Ok(text) = fs::read_to_string(file) else { continue };
            let Some(test) = load::parse(&text).value else { continue };
            for hardware in &all {
                runs += 1;
                finished += usize::from(compare(&test, hardware, Transactions::Whole, 10_000));
                interleaved += usize::from(compare(&test, hardware, Transactions::Interleaved, 4_000));
            }
        }
    }
    assert_eq!(finished, runs, "some tests are too large");
    assert!(interleaved * 2 >= runs, "only {interleaved} of {runs} were finished step by step");
}

fn litmus_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            litmus_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "litmus") {
            found.push(path);
        }
    }
}

/// The final states on some hardware that the architecture forbids, and how many it allows and the hardware lacks.
#[track_caller]
fn differences(name: &str, what_if: &str) -> (usize, usize) {
    let (machine, name) = name.split_once('/').expect("a folder");
    let test = test(built_in(machine, name).text);
    let hardware = Hardware::named(None, [what_if]).expect("possible");
    assert_eq!(hardware.not_architectural(), [what_if]);
    let allowed = searched(&test).expect("small").states;
    let found = on(&test, &hardware, Transactions::Interleaved, 200_000);
    assert_eq!(found.completeness, Completeness::Complete, "{name}");
    let added = found.states.iter().filter(|state| !allowed.contains(state)).count();
    (added, allowed.iter().filter(|state| !found.states.contains(state)).count())
}

/// What hardware that no architecture describes adds, and that barriers take it back.
#[test]
fn what_ifs_show_what_architectures_forbid() {
    for (what_if, name) in [
        // McKenney's example: the address dependency does not have the queue applied.
        ("invalidate-queue", "armv8/MP+dmb.sy+addr"),
        ("invalidate-queue", "x86tso/MP"),
        ("shared-store-buffer", "x86tso/WRC"),
        ("shared-store-buffer", "x86tso/IRIW"),
        ("shared-store-buffer", "armv8/WRC+addrs"),
        ("shared-store-buffer", "armv8/IRIW+addrs"),
        ("unordered-store-buffer", "x86tso/MP"),
        ("no-load-hazard-check", "armv8/CoRR"),
    ] {
        let (added, lacking) = differences(name, what_if);
        assert!(added > 0 && lacking == 0, "{name} with {what_if}: {added} added, {lacking} lacking");
    }
    for (what_if, name) in [
        ("invalidate-queue", "armv8/MP+dmb.sys"),
        ("invalidate-queue", "armv8/MP+rel+acq"),
        ("invalidate-queue", "armv8/CoRR"),
        ("invalidate-queue", "x86tso/SB+mfences"),
        ("shared-store-buffer", "x86tso/MP"),
        ("shared-store-buffer", "x86tso/SB+mfences"),
        ("unordered-store-buffer", "x86tso/SB+mfences"),
        ("no-load-hazard-check", "x86tso/CoRR"),
    ] {
        assert_eq!(differences(name, what_if), (0, 0), "{name} with {what_if}");
    }
    // A core that waits for its own stores never reads them early: some weak outcomes go.
    assert_eq!(differences("x86tso/SB", "no-forwarding"), (0, 0));
    let (added, lacking) = differences("x86tso/n6", "no-forwarding");
    assert!(added == 0 && lacking > 0, "{added} added, {lacking} lacking");
}

/// Runs drawn at random: names mean one step each, sentences end, copies are right, counts and views fit together.
#[test]
fn random_runs_over_caches_are_named_counted_and_shown() {
    let mut random = Random::new(5);
    for name in ["x86tso/SB", "armv8/MP+dmb.sy+addr", "armv8/CoRR", "x86tso/SB+xchgs"] {
        let (machine, name) = name.split_once('/').expect("a folder");
        let test = test(built_in(machine, name).text);
        let shapes = [
            &[][..],
            &["sets=1", "ways=1"],
            &["sets=1", "ways=1", "l2=64,1"],
            &["line-size=16", "shared-lines", "warm-caches"],
        ];
        for hardware in shapes.into_iter().flat_map(protocols) {
            let model = Machine::of(&test.arch);
            let session =
                Session::new(test.clone(), Setup::new(model, &test).on(&hardware)).expect("possible");
            let mut machine = session.machine();
            let mut state = machine.initial();
            let mut tally = Tally::new(&machine);
            let mut accesses = 0;
            loop {
                let steps = machine.enabled(&state);
                let names: BTreeSet<String> = steps.iter().map(|step| machine.name(&state, step)).collect();
                assert_eq!(names.len(), steps.len(), "{names:?}");
                let Some(step) = steps.get(random.below(steps.len().max(1) as u64) as usize) else { break };
                assert!(
                    machine.sentence(&state, step).trim_end().ends_with('.'),
                    "{}",
                    machine.sentence(&state, step)
                );
                let next = machine.apply(&state, step).expect("an enabled step");
                assert_eq!(machine.incoherence(&next), None);
                tally.note(&machine, &state, step, &next);
                accesses +=
                    u64::from(matches!(step, Step::Load { .. } | Step::Drain { .. } | Step::Guess { .. }));
                state = next;
            }
            assert!(machine.is_final(&state), "{name} on {:?} stops", hardware.protocol());
            let total = tally.total();
            assert!(total.accesses() <= accesses && total.misses() <= total.accesses());
            assert_eq!(total.miss_kinds.iter().sum::<u64>(), total.misses());
            assert_eq!(total.invalidations_sent, total.invalidations_received);
            assert!(total.misses() == 0 || total.deliveries > 0);
            let counted: [fn(&Counters) -> u64; 4] =
                [Counters::accesses, |c| c.deliveries, |c| c.invalidations_received, |c| c.memory_fills];
            for of in counted {
                assert_eq!(tally.lines.iter().map(of).sum::<u64>(), of(&total));
            }
            let (caches, at) = machine.caches_in(&state).expect("it has caches");
            let level2 = if caches.level2().is_some() { total.memory_fills } else { 0 };
            assert_eq!(total.level2_hits + total.level2_misses, level2);
            let held = caches.level2_lines(at).len();
            let view = view::build(&mut machine, &state);
            assert_eq!(view.level2.len(), held);
            assert_eq!(view.traffic, []);
            for (core, shown) in view.cores.iter().enumerate() {
                let (caches, at) = machine.caches_in(&state).expect("it has caches");
                assert_eq!(shown.cache.len(), caches.resident(at, core).len());
                assert!(shown.cache.iter().all(|line| !line.state.is_empty() && !line.name.is_empty()));
            }
        }
    }
}

/// On a run that is known step by step, every count is known too.
#[test]
fn counts_of_a_known_run() {
    let test = test(built_in("x86tso", "SB").text);
    let hardware = Hardware::named(Some("mesi"), []).expect("possible");
    let session =
        Session::new(test.clone(), Setup::new(Machine::Tso, &test).on(&hardware)).expect("possible");
    let mut machine = session.machine();
    let mut state = machine.initial();
    let mut tally = Tally::new(&machine);
    for name in [
        "P0.1 buffer x",
        "P1.1 buffer y",
        "P0 load y: BusRd",
        "P1 snoops BusRd y",
        "P0 ends BusRd y",
        "P0.2 load y",
        "P0 store x: BusRdX",
        "P1 snoops BusRdX x",
        "P0 ends BusRdX x",
        "P0.1 drain x",
        "P1 load x: BusRd",
        "P0 snoops BusRd x",
        "P1 ends BusRd x",
        "P1.2 load x",
        "P1 store y: BusRdX",
        "P0 snoops BusRdX y",
        "P1 ends BusRdX y",
        "P1.1 drain y",
    ] {
        let step =
            step_named(&mut machine, &state, name).unwrap_or_else(|(_, names)| panic!("{name}: {names:?}"));
        let next = machine.apply(&state, &step).expect("an enabled step");
        tally.note(&machine, &state, &step, &next);
        state = next;
    }
    assert!(machine.is_final(&state));
    let counts = |c: &Counters| {
        (
            c.loads,
            c.stores,
            c.read_misses,
            c.write_misses,
            c.cache_fills,
            c.memory_fills,
            c.invalidations_received,
        )
    };
    assert_eq!(counts(&tally.cores[0]), (1, 1, 1, 1, 0, 2, 1));
    assert_eq!(counts(&tally.cores[1]), (1, 1, 1, 1, 2, 0, 0));
    assert_eq!((tally.total().deliveries, tally.total().miss_kinds), (4, [4, 0, 0, 0]));
    // Four lines of 64 bytes and four requests; two fills from memory and two of 16 words from a cache.
    assert_eq!(tally.total().bus_bytes, 4 * 64 + 4 * 8);
    assert_eq!((tally.cores[0].cycles, tally.cores[1].cycles), (2 * (1 + 100), 2 * (1 + 32)));
    let view = view::build(&mut machine, &state);
    let lines: Vec<String> =
        view.cores[0].cache.iter().map(|l| format!("{} {} {}", l.name, l.state, l.data)).collect();
    assert_eq!(lines, ["x S 1"]);
    assert_eq!(view.memory.iter().map(|cell| cell.value.as_str()).collect::<Vec<_>>(), ["1", "0 (old)"]);
}

/// What two cores pay for counters of their own: the misses in all, and those by false sharing.
fn two_counters(hardware: &Hardware) -> (u64, u64) {
    let test = test(built_in("x86tso", "two-counters").text);
    let session = Session::new(test.clone(), Setup::new(Machine::Tso, &test).on(hardware)).expect("possible");
    let mut machine = session.machine();
    let mut state = machine.initial();
    let mut tally = Tally::new(&machine);
    // Each core increments once, by a load and a store, and then again.
    let rounds = [["P0.1 ", "P0.3 "], ["P1.1 ", "P1.3 "], ["P0.4 ", "P0.6 "], ["P1.4 ", "P1.6 "]];
    for (round, instructions) in rounds.into_iter().enumerate() {
        let core = round % 2;
        let mut completed = 0;
        // What is under way between caches goes before new requests.
        let asks = |step: &Step| matches!(step, Step::Cache { step: CacheStep::Demand { .. }, .. });
        while completed < 2 {
            let steps = machine.enabled(&state);
            let of_round = |step: &&Step| {
                let name = machine.name(&state, step);
                instructions.iter().any(|instruction| name.starts_with(instruction))
            };
            let own = steps.iter().find(of_round);
            let under_way = steps.iter().find(|step| matches!(step, Step::Cache { .. }) && !asks(step));
            let asked = steps.iter().find(|step| asks(step) && step.core() == core);
            let step = own.or(under_way).or(asked).expect("a step");
            let next = machine.apply(&state, step).expect("an enabled step");
            tally.note(&machine, &state, step, &next);
            completed += u32::from(matches!(step, Step::Load { .. } | Step::Drain { .. }));
            state = next;
        }
    }
    (tally.total().misses(), tally.total().false_sharing_misses)
}

/// Two counters in one line go back and forth between the caches, and each way is counted as false sharing; in lines of
/// their own they stay where they are.
#[test]
fn false_sharing_is_counted() {
    for (apart, together) in protocols(&[]).iter().zip(&protocols(&["shared-lines"])) {
        let name = apart.protocol();
        assert_eq!(two_counters(apart), (2, 0), "{name:?}");
        let (misses, shared) = two_counters(together);
        // Without invalidations nothing goes back and forth.
        let back_and_forth = if name == Some("dragon") { 0 } else { 2 };
        assert_eq!((misses, shared), (2 + back_and_forth, back_and_forth), "{name:?}");
    }
}

/// What waits in a store buffer is never the store of a locked instruction: that completes beside its load.
#[test]
fn locked_stores_complete_without_a_store_buffer() {
    let (mut direct, mut buffered) = (0, 0);
    for name in ["SB+xchgs", "SB+lock-adds", "R+po+xchg"] {
        let test = test(built_in("x86tso", name).text);
        let session = Session::new(test.clone(), Setup::new(Machine::Tso, &test)).expect("possible");
        let mut machine = session.machine();
        let initial = machine.initial();
        let (mut found, mut left) = (HashSet::from([initial.clone()]), vec![initial]);
        while let Some(state) = left.pop() {
            for step in machine.enabled(&state) {
                if let Step::Issue { core, event } | Step::Drain { core, event } = step {
                    let at = &state.cores[core];
                    let locked = machine.tree(core).path(at.window.node).events[event].pair.is_some();
                    let waited = at.issued >> event & 1 == 1;
                    let step = machine.name(&state, &step);
                    assert_eq!(step.contains(" store "), locked, "{name}: {step}");
                    assert!(!(locked && waited), "{name}: {step}");
                    direct += u32::from(locked);
                    buffered += u32::from(waited);
                }
                let after = machine.apply(&state, &step).expect("an enabled step");
                if found.insert(after.clone()) {
                    left.push(after);
                }
            }
        }
    }
    assert!(direct > 20 && buffered > 0, "{direct} and {buffered}");
}
