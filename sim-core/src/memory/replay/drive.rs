//! Whose turn it is.

use super::{Cost, Replay};

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

/// One line of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub op: Op,
    /// Where, in bytes; of [`Op::Compute`] the number of cycles.
    pub address: u64,
    /// How many bytes, from 1.
    pub bytes: u32,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Schedule {
    /// The cores take turns, one data access each; a core at its end is skipped.
    #[default]
    RoundRobin,
    /// The core that is earliest in time goes on, the first of several; the bus serves one transaction at a
    /// time, first come first served, and is held from its request to its last data.
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
#[inline]
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
    #[inline]
    pub fn event(&mut self, core: usize, event: Event) -> Option<Cost> {
        let Event { op, address, bytes } = event;
        match op {
            Op::Compute => self.compute(core, address),
            Op::Fetch => self.fetch(core, address, bytes),
            Op::Load => return Some(self.access(core, false, address, bytes)),
            Op::Store => return Some(self.access(core, true, address, bytes)),
            Op::Modify => {
                let load = self.access(core, false, address, bytes);
                let store = self.access(core, true, address, bytes);
                return Some(Cost { cycles: load.cycles + store.cycles, bus: load.bus || store.bus });
            }
        }
        None
    }
}

fn by_cycles<E>(
    replay: &mut Replay,
    sources: &mut [impl FnMut() -> Result<Option<Event>, E>],
) -> Result<(), E> {
    let mut running = vec![true; sources.len()];
    let mut bus_free = 0u64;
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
        if let Some(cost) = replay.event(core, event).filter(|cost| cost.bus) {
            let wait = bus_free.saturating_sub(start);
            replay.wait(core, wait);
            bus_free = bus_free.max(start).saturating_add(cost.cycles);
        }
    }
}
