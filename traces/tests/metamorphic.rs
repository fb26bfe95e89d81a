//! What must hold between a program and a changed one, whatever the program: on random programs, and on
//! the built-in tests.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::litmus::Test;
use sim_core::outcome::{Completeness, Outcomes};
use sim_core::program::Op;
use traces::library::{self, Entry};
use traces::load;
use traces::machine::Machine;
use traces::random::compare::{Engine, Limits, run};
use traces::random::{Family, Rng, Sketch};
use traces::show::{self, Radix};

/// Final states: values by the names of registers and locations.
type States = BTreeSet<BTreeMap<String, String>>;

fn outcomes(test: &Test) -> Option<Outcomes> {
    let limits = Limits { states: 50_000, ..Limits::default() };
    let outcomes = run(Engine::Search, test, Machine::of(&test.arch), &limits);
    (outcomes.completeness == Completeness::Complete).then_some(outcomes)
}

/// All final states, with names changed by `rename`; `None` if they are not all known.
fn renamed(text: &str, rename: &dyn Fn(&str) -> String) -> Option<States> {
    let parsed = load::parse(text);
    let test = parsed.value.unwrap_or_else(|| panic!("{:?} in\n{text}", parsed.diagnostics));
    let outcomes = outcomes(&test)?;
    let names: Vec<String> = test.observables.items.iter().map(|item| rename(&item.name)).collect();
    let state = |state| names.iter().cloned().zip(show::values(&test, state, Radix::Decimal)).collect();
    Some(outcomes.states.iter().map(state).collect())
}

fn states(text: &str) -> Option<States> {
    renamed(text, &str::to_owned)
}

/// Runs `check` on programs of each family. It says whether it came to a result; most must.
fn each_program(programs: u64, mut check: impl FnMut(&Sketch, &mut Rng) -> bool) {
    for (name, family) in Family::ALL {
        let mut done = 0;
        for seed in 0..programs {
            let sketch = family.generate(1_000_000 + seed, 3 + (seed % 4) as u32);
            done += u64::from(check(&sketch, &mut Rng::new(seed)));
        }
        assert!(done * 10 >= programs * 9, "{name}: only {done} of {programs} programs were compared");
    }
}

#[test]
fn an_instruction_without_effect_changes_nothing() {
    each_program(60, |sketch, rng| {
        let mut padded = sketch.clone();
        for thread in &mut padded.threads {
            for _ in 0..2 {
                let at = rng.below(thread.len() as u32 + 1) as usize;
                thread.insert(at, "NOP".to_string());
            }
        }
        let (plain, changed) = (states(&sketch.text()), states(&padded.text()));
        assert_eq!(plain, changed, "{}\n{}", sketch.text(), padded.text());
        plain.is_some()
    });
}

#[test]
fn the_order_of_threads_does_not_matter() {
    each_program(60, |sketch, _| {
        let last = sketch.threads.len() - 1;
        let turn = |item: &str| -> String {
            match item.split_once(':') {
                Some((before, after)) => {
                    let (head, thread) = before.split_at(before.len() - 1);
                    let thread: usize = thread.parse().expect("a thread of one digit");
                    format!("{head}{}:{after}", last - thread)
                }
                None => item.to_string(),
            }
        };
        let mut turned = sketch.clone();
        turned.threads.reverse();
        turned.init = sketch.init.iter().map(|item| turn(item)).collect();
        turned.observed = sketch.observed.iter().map(|item| turn(item)).collect();
        let (plain, changed) = (states(&sketch.text()), renamed(&turned.text(), &turn));
        assert_eq!(plain, changed, "{}\n{}", sketch.text(), turned.text());
        plain.is_some()
    });
}

/// Replaces each word of letters and digits.
fn words(text: &str, replace: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        out += &replace(&rest[..end]);
        rest = &rest[end..];
        let next = rest.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        out += &rest[..next];
        rest = &rest[next..];
    }
    out
}

/// A random renaming of the registers of an architecture, and the one that undoes it. Pairs of AArch64
/// registers stay pairs, since some instructions want an even and an odd one; `rax` stays, since `cmpxchg`
/// means it.
fn renaming(arch: &str, rng: &mut Rng) -> [BTreeMap<String, String>; 2] {
    let classes: Vec<Vec<String>> = match arch {
        "AArch64" => {
            let names = |n: u8| ["W", "X"].map(|letter| format!("{letter}{n}"));
            (0..10).map(|pair| [names(2 * pair), names(2 * pair + 1)].concat()).collect()
        }
        _ => {
            let lettered = |l: &str| [format!("{l}l"), format!("{l}x"), format!("e{l}x"), format!("r{l}x")];
            let indexed = |l: &str| [format!("{l}l"), l.to_string(), format!("e{l}"), format!("r{l}")];
            let numbered = |n: u8| ["b", "w", "d", ""].map(|size| format!("r{n}{size}"));
            let all = [lettered("b"), lettered("c"), lettered("d"), indexed("si"), indexed("di")];
            all.into_iter().chain([numbered(8), numbered(9)]).map(|names| names.to_vec()).collect()
        }
    };
    let mut order: Vec<usize> = (0..classes.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, rng.below(at as u32 + 1) as usize);
    }
    let mut maps = [BTreeMap::new(), BTreeMap::new()];
    for (from, to) in classes.iter().zip(order.iter().map(|index| &classes[*index])) {
        for (from, to) in from.iter().zip(to) {
            maps[0].insert(from.clone(), to.clone());
            maps[1].insert(to.clone(), from.clone());
        }
    }
    maps
}

#[test]
fn the_names_of_registers_do_not_matter() {
    each_program(60, |sketch, rng| {
        let [there, back] = renaming(sketch.arch, rng);
        let by = |map: &BTreeMap<String, String>, text: &str| {
            words(text, &|word| map.get(word).cloned().unwrap_or_else(|| word.to_string()))
        };
        let mut changed = sketch.clone();
        let lists = changed.threads.iter_mut().chain([&mut changed.init, &mut changed.observed]);
        lists.flatten().for_each(|text| *text = by(&there, text));
        let (plain, other) = (states(&sketch.text()), renamed(&changed.text(), &|name| by(&back, name)));
        assert_eq!(plain, other, "{}\n{}", sketch.text(), changed.text());
        plain.is_some()
    });
}

/// A row with less order than `row`, if it has any order: a barrier gone, an acquire or a release plain.
fn weaker(row: &str) -> Option<String> {
    const GONE: [&str; 4] = ["DMB", "DSB", "ISB", "mfence"];
    const PLAIN: [(&str, &str); 10] = [
        ("LDAR", "LDR"),
        ("LDAPR", "LDR"),
        ("STLR", "STR"),
        ("LDAXR", "LDXR"),
        ("STLXR", "STXR"),
        ("SWPAL", "SWPA"),
        ("SWPA", "SWP"),
        ("CASAL", "CASL"),
        ("LDADDAL", "LDADDL"),
        ("LDADDL", "LDADD"),
    ];
    let mnemonic = row.split(' ').next().unwrap_or("");
    if GONE.contains(&mnemonic) {
        return Some("NOP".to_string());
    }
    let (from, to) = PLAIN.iter().find(|(from, _)| mnemonic == *from)?;
    Some(row.replacen(from, to, 1))
}

#[test]
fn less_order_never_removes_an_outcome_of_a_random_program() {
    let mut compared = 0;
    each_program(80, |sketch, _| {
        let Some(ordered) = states(&sketch.text()) else { return false };
        for thread in 0..sketch.threads.len() {
            for row in 0..sketch.threads[thread].len() {
                let Some(less) = weaker(&sketch.threads[thread][row]) else { continue };
                let mut freed = sketch.clone();
                freed.threads[thread][row] = less;
                let Some(free) = states(&freed.text()) else { continue };
                let gone: Vec<_> = ordered.difference(&free).collect();
                assert!(gone.is_empty(), "{gone:?}\n{}\n{}", sketch.text(), freed.text());
                compared += 1;
            }
        }
        true
    });
    assert!(compared > 200, "only {compared} pairs");
}

fn built_in(machine: &str) -> impl Iterator<Item = (&'static Entry, Test)> {
    let entries = library::entries().iter().filter(move |e| e.machine() == machine);
    entries.filter(|e| e.family() != "algorithms").filter_map(|e| Some((e, load::parse(e.text).value?)))
}

#[test]
fn removing_a_barrier_never_removes_an_outcome_of_a_built_in_test() {
    let mut compared = 0;
    for (entry, test) in built_in("armv8").chain(built_in("x86tso")) {
        let Some(ordered) = outcomes(&test) else { continue };
        for thread in 0..test.program.threads.len() {
            for at in 0..test.program.threads[thread].instrs.len() {
                let mut freed = test.clone();
                let mut ops =
                    freed.program.threads[thread].instrs[at].alts.iter_mut().map(|alt| &mut alt.ops);
                let Some(ops) = ops.next().filter(|ops| ops.iter().any(|op| matches!(op, Op::Fence(_))))
                else {
                    continue;
                };
                ops.clear();
                let Some(free) = outcomes(&freed) else { continue };
                let gone = ordered.states.iter().find(|state| !free.states.contains(state));
                assert_eq!(gone, None, "{} without the barrier at P{thread}.{}", entry.path, at + 1);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "only {compared} barriers");
}

/// An access of a program that both architectures have.
#[derive(Clone, Copy)]
enum Plain {
    Load {
        location: usize,
    },
    Store {
        location: usize,
        value: u32,
    },
    /// Stores what was read last, or 0.
    Copy {
        location: usize,
    },
    Fence,
}

const LOCATIONS: [&str; 3] = ["x", "y", "z"];

fn plain_program(rng: &mut Rng) -> Vec<Vec<Plain>> {
    let threads = 2 + rng.below(2);
    let locations = 2 + rng.below(2);
    let mut access = || {
        let location = rng.below(locations) as usize;
        match rng.weighted(&[(8, 0), (8, 1), (2, 2), (2, 3)]) {
            0 => Plain::Load { location },
            1 => Plain::Store { location, value: 1 + rng.below(2) },
            2 => Plain::Copy { location },
            _ => Plain::Fence,
        }
    };
    (0..threads).map(|_| (0..4).map(|_| access()).collect()).collect()
}

/// The program in one architecture; its final states have the values read as `thread:index`.
fn translated(program: &[Vec<Plain>], arch: &'static str) -> Option<States> {
    const X86: [&str; 4] = ["ax", "bx", "cx", "dx"];
    let arm = arch == "AArch64";
    let mut sketch = Sketch {
        arch,
        name: "plain".into(),
        init: LOCATIONS.map(String::from).to_vec(),
        threads: Vec::new(),
        observed: LOCATIONS.map(String::from).to_vec(),
    };
    let mut names = BTreeMap::new();
    for (thread, accesses) in program.iter().enumerate() {
        let mut rows = Vec::new();
        let mut reads = 0;
        if arm {
            sketch.init.extend((0..3).map(|l| format!("{thread}:X{}={}", 20 + l, LOCATIONS[l])));
        }
        for access in accesses {
            match *access {
                Plain::Load { location } if arm => rows.push(format!("LDR W{reads},[X{}]", 20 + location)),
                Plain::Load { location } => {
                    rows.push(format!("movl ({}),%e{}", LOCATIONS[location], X86[reads]));
                }
                Plain::Store { location, value } if arm => {
                    rows.push(format!("MOV W10,#{value}"));
                    rows.push(format!("STR W10,[X{}]", 20 + location));
                }
                Plain::Store { location, value } => {
                    rows.push(format!("movl ${value},({})", LOCATIONS[location]))
                }
                Plain::Copy { location } if arm => {
                    let from = if reads == 0 { "WZR".into() } else { format!("W{}", reads - 1) };
                    rows.push(format!("STR {from},[X{}]", 20 + location));
                }
                Plain::Copy { location } => {
                    let from = if reads == 0 { "$0".into() } else { format!("%e{}", X86[reads - 1]) };
                    rows.push(format!("movl {from},({})", LOCATIONS[location]));
                }
                Plain::Fence => rows.push(if arm { "DMB SY" } else { "mfence" }.to_string()),
            }
            if matches!(access, Plain::Load { .. }) {
                let register = if arm { format!("X{reads}") } else { format!("r{}", X86[reads]) };
                names.insert(format!("{thread}:{register}"), format!("{thread}:{reads}"));
                reads += 1;
            }
        }
        sketch.threads.push(rows);
    }
    sketch.observed.extend(names.keys().cloned());
    renamed(&sketch.text(), &|name| names.get(name).map_or_else(|| name.to_string(), Clone::clone))
}

#[test]
fn what_total_store_order_allows_armv8_allows() {
    let (mut compared, mut strict) = (0, 0);
    for seed in 0..300 {
        let program = plain_program(&mut Rng::new(seed));
        let (Some(tso), Some(arm)) = (translated(&program, "X86_64"), translated(&program, "AArch64")) else {
            continue;
        };
        let gone: Vec<_> = tso.difference(&arm).collect();
        assert!(gone.is_empty(), "seed {seed}: {gone:?}");
        compared += 1;
        strict += u32::from(tso.len() < arm.len());
    }
    assert!(compared >= 290 && strict >= 100, "{compared} compared, {strict} of them with more on Armv8");
}

/// Tests of one name are the same idea on both architectures.
#[test]
fn what_a_built_in_x86_test_allows_its_armv8_counterpart_allows() {
    let arm: BTreeMap<&str, Test> = built_in("armv8").map(|(entry, test)| (entry.name, test)).collect();
    let mut compared = 0;
    for (entry, x86) in built_in("x86tso") {
        let Some(arm) = arm.get(entry.name) else { continue };
        let (Some(tso), Some(weak)) = (outcomes(&x86), outcomes(arm)) else { continue };
        assert!(!tso.holds(&x86.condition) || weak.holds(&arm.condition), "{}", entry.name);
        compared += 1;
    }
    assert!(compared > 35, "only {compared} tests have a counterpart");
}
