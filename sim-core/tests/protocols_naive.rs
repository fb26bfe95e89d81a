//! The checker's counts against a search that shares none of its code but the tables: states of all lines as they are,
//! in a set, and to be equal up to a renaming the smallest of all renamings.

use std::collections::{BTreeMap, VecDeque};

use sim_core::memory::check::{Config, check};
use sim_core::memory::protocol::{self, Family, Protocol};
use sim_core::memory::system::{Demand, Kind, NOBODY, State, Step, System};
use sim_core::memory::table::{Entry, Permissions};

type Key = (
    Vec<sim_core::memory::system::CacheLine<u8>>,
    Vec<sim_core::memory::system::Home<u8>>,
    Option<sim_core::memory::system::Transaction<u8>>,
    Vec<sim_core::memory::system::Message<u8>>,
);

fn permutations(count: usize) -> Vec<Vec<u8>> {
    if count == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(count - 1);
    let into = |place: usize| {
        shorter.iter().map(move |before| {
            let mut longer = before.clone();
            longer.insert(place, count as u8 - 1);
            longer
        })
    };
    (0..count).flat_map(into).collect()
}

/// The state with cores renamed by `to[old]` and lines by `line_to[old]`.
fn renamed(system: &System, state: &State<u8>, to: &[u8], line_to: &[u8]) -> Key {
    let core = |old: u8| to.get(usize::from(old)).copied().unwrap_or(NOBODY);
    let set = |old: u16| (0..to.len()).fold(0, |new, bit| new | (old >> bit & 1) << to[bit]);
    let (mut copies, mut homes) = (state.copies.clone(), state.homes.clone());
    for (line, &new_line) in line_to.iter().enumerate() {
        for (old, &new) in to.iter().enumerate() {
            copies[system.copy(new, new_line)] = state.copies[system.copy(old as u8, line as u8)];
        }
        let mut home = state.homes[line];
        (home.owner, home.sharers) = (core(home.owner), set(home.sharers));
        homes[usize::from(new_line)] = home;
    }
    let bus = state.bus.map(|mut bus| {
        (bus.core, bus.line) = (core(bus.core), line_to[usize::from(bus.line)]);
        (bus.waiting, bus.updates) = (set(bus.waiting), set(bus.updates));
        bus
    });
    let mut messages = state.messages.clone();
    for message in &mut messages {
        (message.to, message.requester) = (core(message.to), core(message.requester));
        message.line = line_to[usize::from(message.line)];
    }
    messages.sort();
    (copies, homes, bus, messages)
}

/// The contents of a line, counted from its last completed store.
fn rebase(system: &System, state: &mut State<u8>, line: u8, current: u8, values: u8) {
    let shift = |data: &mut u8| *data = (*data + values - current) % values;
    for core in 0..system.cores {
        let copy = &mut state.copies[system.copy(core, line)];
        if system.permissions(copy.state).intersects(Permissions::HOLDS) {
            shift(&mut copy.data);
        }
    }
    shift(&mut state.homes[usize::from(line)].memory);
    if let Some(bus) = state.bus.as_mut().filter(|bus| bus.line == line) {
        bus.flushed.iter_mut().for_each(shift);
    }
    for message in state.messages.iter_mut().filter(|message| message.line == line) {
        if matches!(message.kind, Kind::PutM | Kind::DataHome | Kind::Data | Kind::DataE) {
            shift(&mut message.data);
        }
    }
    state.messages.sort();
}

/// Whether a demand hits and changes nothing, which is not counted.
fn is_silent(system: &System, state: u8, demand: Demand) -> bool {
    let stays = |entry: Option<(u8, u8)>| entry == Some((state, state));
    demand == Demand::Load
        && stays(match &system.protocol.family {
            Family::Snooping(table) => match table.entry(state, demand as usize) {
                Entry::Go { next, shared, .. } => Some((next, shared)),
                Entry::Stall | Entry::Impossible => None,
            },
            Family::Directory { cache, .. } => match cache.entry(state, demand as usize) {
                Entry::Go { next, shared, .. } => Some((next, shared)),
                Entry::Stall | Entry::Impossible => None,
            },
        })
}

fn steps(system: &System, state: &State<u8>, values: u8) -> Vec<Step<u8>> {
    let mut steps = vec![];
    for line in 0..system.lines {
        for core in 0..system.cores {
            for demand in Demand::ALL {
                let written = if demand == Demand::Store { values } else { 1 };
                if !is_silent(system, state.copies[system.copy(core, line)].state, demand) {
                    steps.extend((0..written).map(|written| Step::Core { core, line, demand, written }));
                }
            }
        }
    }
    system.progress(state, &mut steps);
    steps
}

/// States, steps and depth.
fn naive(protocol: &Protocol, cores: u8, lines: u8, values: u8, symmetry: bool) -> (usize, usize, usize) {
    let system = System { protocol: protocol.clone(), cores, lines };
    let identity = |count: u8| vec![(0..count).collect::<Vec<u8>>()];
    let (core_orders, line_orders) = if symmetry {
        (permutations(cores.into()), permutations(lines.into()))
    } else {
        (identity(cores), identity(lines))
    };
    let least = |state: &State<u8>| {
        let all = core_orders.iter().flat_map(|to| line_orders.iter().map(move |line_to| (to, line_to)));
        all.map(|(to, line_to)| renamed(&system, state, to, line_to)).min().expect("the identity")
    };
    let initial = system.initial(&vec![0; usize::from(lines)]);
    let mut distances = BTreeMap::from([(least(&initial), 0)]);
    let mut open = VecDeque::from([(initial, 0)]);
    let (mut count, mut depth) = (0, 0);
    while let Some((state, distance)) = open.pop_front() {
        depth = distance;
        for step in steps(&system, &state, values) {
            let mut next = state.clone();
            let Ok(effect) = system.apply(&mut next, &step) else { continue };
            if let Some((line, written)) = effect.stored {
                rebase(&system, &mut next, line, written, values);
            }
            count += 1;
            distances.entry(least(&next)).or_insert_with(|| {
                open.push_back((next, distance + 1));
                distance + 1
            });
        }
    }
    (distances.len(), count, depth)
}

#[track_caller]
fn check_against_naive(protocol: &Protocol, cores: u8, lines: u8, values: u8, symmetry: bool) {
    let config = Config { values, symmetry, jobs: 2, ..Config::new(protocol.clone(), cores, lines) };
    let report = check(&config).expect("a valid configuration");
    assert_eq!(
        (report.states, report.steps, report.depth),
        naive(protocol, cores, lines, values, symmetry),
        "{} with {cores} cores, {lines} lines, {values} values, symmetry {symmetry}",
        protocol.name
    );
}

#[test]
fn counts_are_those_of_a_naive_search() {
    for protocol in protocol::all() {
        check_against_naive(&protocol, 3, 1, 2, true);
        check_against_naive(&protocol, 3, 1, 1, false);
        if matches!(protocol.family, Family::Snooping(_)) {
            check_against_naive(&protocol, 4, 1, 2, true);
            check_against_naive(&protocol, 3, 2, 2, true);
            check_against_naive(&protocol, 2, 3, 1, true);
            check_against_naive(&protocol, 2, 2, 3, false);
        } else {
            check_against_naive(&protocol, 2, 2, 1, true);
        }
    }
}
