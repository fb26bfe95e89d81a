//! Whose turn it is.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{Cost, Holds, Replay};

/// What a line of a trace asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Read data.
    Load,
    /// Write data.
    Store,
    /// Read and then write the same data. Takes one turn.
    Modify,
    /// Fetch an instruction. Takes no turn.
    Fetch,
    /// Work without memory; the number of cycles stands in the place of the address. Takes no turn.
    Compute,
}

/// How [`Op::Modify`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Modify {
    /// A load, then a store to the same bytes.
    #[default]
    LoadStore,
    /// A load only, as cachegrind counts.
    Load,
}

/// One line of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub op: Op,
    /// Where, in bytes; of [`Op::Compute`] the number of cycles.
    pub address: u64,
    /// How many bytes, from 1.
    pub bytes: u32,
    /// Which core, if the trace names it in each line, otherwise 0. [`drive`] goes by the source instead.
    pub core: u16,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Schedule {
    /// The cores take turns, one data access each; a core at its end is skipped.
    #[default]
    RoundRobin,
    /// The core that is earliest in time goes on, the first of several. The bus, or the directory entry of
    /// each line, serves one transaction at a time, first come first served, and is held from the request to
    /// the last data.
    Cycles,
}

/// Runs the sources, one per core, to their ends.
///
/// # Errors
///
/// What a source says; the counts then are those of all events before it.
pub fn drive<E>(
    replay: &mut Replay,
    sources: &mut [impl FnMut() -> Result<Option<Event>, E>],
    schedule: Schedule,
) -> Result<(), E> {
    assert!(sources.len() <= replay.cores(), "a core per source");
    match schedule {
        Schedule::RoundRobin => round_robin(replay, sources),
        Schedule::Cycles => by_cycles(replay, sources),
    }
}

fn round_robin<E>(
    replay: &mut Replay,
    sources: &mut [impl FnMut() -> Result<Option<Event>, E>],
) -> Result<(), E> {
    let mut running: Vec<usize> = (0..sources.len()).collect();
    while !running.is_empty() {
        let mut ended = false;
        for core in &mut running {
            if !turn(replay, *core, &mut sources[*core])? {
                *core = usize::MAX;
                ended = true;
            }
        }
        if ended {
            running.retain(|&core| core != usize::MAX);
        }
    }
    Ok(())
}

/// One data access of a core with everything before it; whether there was one.
#[inline(always)]
fn turn<E>(
    replay: &mut Replay,
    core: usize,
    source: &mut impl FnMut() -> Result<Option<Event>, E>,
) -> Result<bool, E> {
    while let Some(event) = source()? {
        if replay.event(core, event).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Replay {
    /// Carries out one line of a trace; what it cost if it was a data access.
    #[inline(always)]
    pub fn event(&mut self, core: usize, event: Event) -> Option<Cost> {
        let Event { op, address, bytes, .. } = event;
        match op {
            Op::Load | Op::Store => return Some(self.access(core, op == Op::Store, address, bytes)),
            Op::Modify => return Some(self.modify(core, address, bytes)),
            Op::Compute => self.compute(core, address),
            Op::Fetch => self.fetch(core, address, bytes),
        }
        None
    }

    #[inline(never)]
    fn modify(&mut self, core: usize, address: u64, bytes: u32) -> Cost {
        let load = self.access(core, false, address, bytes);
        if self.modify == Modify::Load {
            return load;
        }
        let store = self.access(core, true, address, bytes);
        let holds = if store.holds == Holds::Nothing { load.holds } else { store.holds };
        Cost { cycles: load.cycles + store.cycles, holds }
    }
}

fn by_cycles<E>(
    replay: &mut Replay,
    sources: &mut [impl FnMut() -> Result<Option<Event>, E>],
) -> Result<(), E> {
    let mut running = vec![true; sources.len()];
    // When the bus, and the directory entry of each line, is free.
    let mut bus = 0u64;
    let mut lines: HashMap<u64, u64, FixedState> = HashMap::with_hasher(FixedState::with_seed(5));
    loop {
        let earliest = (0..sources.len()).filter(|&core| running[core]);
        let Some(core) = earliest.min_by_key(|&core| (replay.counters(core).cycles, core)) else {
            return Ok(());
        };
        let Some(event) = sources[core]()? else {
            running[core] = false;
            continue;
        };
        let start = replay.counters(core).cycles;
        let Some(cost) = replay.event(core, event) else { continue };
        let free = match cost.holds {
            Holds::Nothing => continue,
            Holds::Bus => &mut bus,
            Holds::Line(line) => lines.entry(line).or_default(),
        };
        replay.wait(core, free.saturating_sub(start));
        *free = start.max(*free).saturating_add(cost.cycles);
    }
}
