//! Whose turn it is.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{Cost, Demand, Holds, Replay, Touch, last_byte};

/// What a line of a trace asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Read data.
    Load,
    /// Write data.
    Store,
    /// Work without memory; the number of cycles stands in the place of the address. Takes no turn.
    Compute,
    /// Read and then write the same data. Takes one turn.
    Modify,
    /// Fetch an instruction. Takes no turn.
    Fetch,
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

/// What a core does, and the work that it does next.
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
    /// Cycles of work without memory that follow.
    pub work: u64,
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

/// Runs the sources, one per core, to their ends. A source puts its next events into an empty list, and none at its end.
///
/// # Errors
///
/// What a source says; the counts then are those of all events before it.
pub fn drive<E>(
    replay: &mut Replay,
    sources: &mut [impl FnMut(&mut Vec<Event>) -> Result<(), E>],
    schedule: Schedule,
) -> Result<(), E> {
    assert!(sources.len() <= replay.cores(), "a core per source");
    let mut queues: Vec<_> =
        sources.iter_mut().map(|source| Queue { source, events: vec![], taken: 0 }).collect();
    match schedule {
        Schedule::RoundRobin => round_robin(replay, &mut queues),
        Schedule::Cycles => by_cycles(replay, &mut queues),
    }
}

/// The events of a core in their order.
struct Queue<'a, S> {
    source: &'a mut S,
    /// Events at hand; those before `taken` are over.
    events: Vec<Event>,
    taken: usize,
}

impl<E, S: FnMut(&mut Vec<Event>) -> Result<(), E>> Queue<'_, S> {
    /// The next event; `None` at the end.
    #[inline(always)]
    fn next(&mut self) -> Result<Option<&Event>, E> {
        if self.taken == self.events.len() {
            self.fill()?;
        }
        self.taken += 1;
        Ok(self.events.get(self.taken - 1))
    }

    /// Takes over from the source.
    #[cold]
    #[inline(never)]
    fn fill(&mut self) -> Result<(), E> {
        self.events.clear();
        self.taken = 0;
        (self.source)(&mut self.events)
    }
}

fn round_robin<E, S>(replay: &mut Replay, queues: &mut [Queue<S>]) -> Result<(), E>
where
    S: FnMut(&mut Vec<Event>) -> Result<(), E>,
{
    let mut running: Vec<usize> = (0..queues.len()).collect();
    while !running.is_empty() {
        let mut ended = false;
        for core in &mut running {
            if !turn(replay, *core, &mut queues[*core])? {
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
fn turn<E, S>(replay: &mut Replay, core: usize, queue: &mut Queue<S>) -> Result<bool, E>
where
    S: FnMut(&mut Vec<Event>) -> Result<(), E>,
{
    while let Some(event) = queue.next()? {
        if replay.event(core, event).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Replay {
    /// Carries out an event and the work after it; what it cost, without that work, if it was a data access.
    #[inline(always)]
    pub fn event(&mut self, core: usize, event: &Event) -> Option<Cost> {
        if self.quick_access(core, event) {
            return Some(Cost { cycles: self.caches.latencies.hit, holds: Holds::Nothing });
        }
        let Event { op, address, bytes, work, .. } = *event;
        if work > 0 {
            self.compute(core, work);
        }
        if op == Op::Fetch {
            self.fetch(core, address, bytes);
            return None;
        }
        self.other(core, op, address, bytes)
    }

    /// Carries out an access of one line, and the work after it, if it is quickly seen that the core's cache serves it;
    /// whether it has done so.
    #[inline(always)]
    fn quick_access(&mut self, core: usize, event: &Event) -> bool {
        let Event { op, address, bytes, work, .. } = *event;
        let demand = if op == Op::Store { Demand::Store } else { Demand::Load };
        let last = last_byte(address, bytes);
        let line = address >> self.shift;
        let touch = Touch { line, demand, first: self.offset(address), last: self.offset(last) };
        matches!(op, Op::Load | Op::Store)
            && line == last >> self.shift
            && self.caches.hit_again(core, touch, work)
    }

    /// Carries out what is rarer, or takes longer.
    #[inline(never)]
    fn other(&mut self, core: usize, op: Op, address: u64, bytes: u32) -> Option<Cost> {
        match op {
            Op::Load | Op::Store => return Some(self.access(core, op == Op::Store, address, bytes)),
            Op::Modify => return Some(self.modify(core, address, bytes)),
            Op::Compute => self.compute(core, address),
            Op::Fetch => self.fetch(core, address, bytes),
        }
        None
    }

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

fn by_cycles<E, S>(replay: &mut Replay, queues: &mut [Queue<S>]) -> Result<(), E>
where
    S: FnMut(&mut Vec<Event>) -> Result<(), E>,
{
    let mut running = vec![true; queues.len()];
    // When the bus, and the directory entry of each line, is free.
    let mut bus = 0u64;
    let mut lines: HashMap<u64, u64, FixedState> = HashMap::with_hasher(FixedState::with_seed(5));
    loop {
        let earliest = (0..queues.len()).filter(|&core| running[core]);
        let Some(core) = earliest.min_by_key(|&core| (replay.counters(core).cycles, core)) else {
            return Ok(());
        };
        let Some(event) = queues[core].next()? else {
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

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;
    use crate::memory::counters::{Counters, Latencies};
    use crate::memory::geometry::Geometry;
    use crate::memory::protocol;
    use crate::memory::replacement::Replacement;
    use proptest::prelude::*;

    /// What the cores count when their events come in blocks of some length.
    fn counts(
        name: &str,
        schedule: Schedule,
        block: usize,
        traces: &[Vec<Event>],
    ) -> Result<Vec<Counters>, String> {
        let config = Config {
            protocol: protocol::find(name).expect("it is built in"),
            cores: traces.len(),
            geometry: Geometry { line_bytes: 16, sets: 2, ways: 2, replacement: Replacement::Lru },
            instructions: None,
            level2: None,
            latencies: Latencies::default(),
            modify: Modify::LoadStore,
        };
        let mut replay = Replay::new(&config)?;
        let mut sources: Vec<_> = traces
            .iter()
            .map(|trace| {
                let mut blocks = trace.chunks(block);
                move |events: &mut Vec<Event>| {
                    assert!(events.is_empty());
                    events.extend_from_slice(blocks.next().unwrap_or_default());
                    Ok::<(), String>(())
                }
            })
            .collect();
        drive(&mut replay, &mut sources, schedule)?;
        Ok((0..traces.len()).map(|core| *replay.counters(core)).collect())
    }

    /// The same events with work on its own.
    fn apart(trace: &[Event]) -> Vec<Event> {
        let alone = |event: &Event| Event { work: 0, ..*event };
        let work = |event: &Event| Event { op: Op::Compute, address: event.work, ..alone(event) };
        trace.iter().flat_map(|event| [alone(event), work(event)]).collect()
    }

    fn trace() -> impl Strategy<Value = Vec<Event>> {
        let ops = [Op::Load, Op::Store, Op::Compute, Op::Modify, Op::Fetch];
        let event = (prop::sample::select(ops.to_vec()), 0u64..200, 1u32..20, 0u64..3 * 50);
        let event = event.prop_map(|(op, address, bytes, work)| {
            let work = work.saturating_sub(100);
            Event { op, address, bytes, core: 0, work }
        });
        prop::collection::vec(event, 0..80)
    }

    proptest! {
        /// Work that follows an event is work on its own, however events are cut into blocks.
        #[test]
        fn work_may_stand_with_what_it_follows(
            traces in prop::collection::vec(trace(), 1..4),
            name in prop::sample::select(vec!["mesi", "dragon", "msi-directory"]),
            by_cycles in any::<bool>(),
            block in 1usize..20,
        ) {
            let schedule = if by_cycles { Schedule::Cycles } else { Schedule::RoundRobin };
            let alone: Vec<_> = traces.iter().map(|trace| apart(trace)).collect();
            prop_assert_eq!(counts(name, schedule, block, &traces), counts(name, schedule, 1, &alone));
        }
    }
}
