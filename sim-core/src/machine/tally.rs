//! What a run over caches is measured by, counted from its steps.
//!
//! The state of the machine knows no counts, so that runs which meet are the same state; a [`Tally`] is told each step
//! and adds it up. An access is a miss if its core's cache had to fetch the line for it, and a hit otherwise. Cycles
//! are an estimate: every core by itself, with the latencies of [`Latencies`], nothing overlapping.

use std::ops::Range;

use smallvec::SmallVec;

use super::{CacheStep, Machine, State, Step};
use crate::memory::caches::{self, Caches, Level2Use};
use crate::memory::counters::{Counters, Latencies, MissKind};
use crate::memory::protocol::Family;
use crate::memory::snooping::Actions;
use crate::memory::system::{Demand, Kind, NOBODY};
use crate::memory::table::Permissions;

/// Bytes of a message without data: an address and a kind.
pub const CONTROL_BYTES: u64 = 8;
/// Bytes of a word, the unit of an update.
const WORD_BYTES: u64 = 4;

/// Counts of a run so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// `cores[core]`.
    pub cores: Vec<Counters>,
    /// `lines[line]`: the same, by line; cycles stay 0.
    pub lines: Vec<Counters>,
    /// What cycles are counted by.
    pub latencies: Latencies,
    /// `past[core][line]`.
    past: Vec<Vec<Past>>,
    /// `uses[core]`: the lines that a core has used, the last one last.
    uses: Vec<Vec<usize>>,
    /// `readers[line]`: the core for which the owner of a line was last told to send data, also to its home.
    readers: Vec<usize>,
}

/// What a core remembers of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Past {
    /// Whether it has ever had the line.
    had: bool,
    /// Whether another core took it away last.
    taken: bool,
    /// The bytes that others have written since it was lost.
    written: Bytes,
    /// Why the line is being fetched, until the access for which it is completes.
    fetching: Option<Fetch>,
    /// Where the data that come were sent from.
    source: Source,
}

/// Some bytes of a line: byte `b` is bit `b % 64` of word `b / 64`, where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Bytes(SmallVec<[u64; 1]>);

impl Bytes {
    fn add(&mut self, bytes: Range<usize>) {
        for byte in bytes {
            if self.0.len() <= byte / 64 {
                self.0.resize(byte / 64 + 1, 0);
            }
            self.0[byte / 64] |= 1 << (byte % 64);
        }
    }

    fn has_any(&self, mut bytes: Range<usize>) -> bool {
        bytes.any(|byte| self.0.get(byte / 64).is_some_and(|word| word & (1 << (byte % 64)) != 0))
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

/// Where the data of a line come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Source {
    /// Memory, without a second level before it.
    #[default]
    Memory,
    /// Another core's cache.
    Cache,
    /// The shared second level.
    Level2,
    /// Memory, because the second level does not have the line.
    BehindLevel2,
}

impl Source {
    /// Where data come from that no private cache delivers.
    fn of(used: Option<Level2Use>) -> Source {
        match used {
            None => Source::Memory,
            Some(Level2Use { hit: true, .. }) => Source::Level2,
            Some(Level2Use { hit: false, .. }) => Source::BehindLevel2,
        }
    }
}

/// Why a line is being fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetch {
    /// There is no copy.
    Miss(MissKind),
    /// There is a copy that must not be written.
    Upgrade,
}

impl Tally {
    /// Nothing yet, for a machine.
    pub fn new(machine: &Machine<'_>) -> Tally {
        let cores = machine.test().program.threads.len();
        let lines = machine.caches().map_or(0, |caches| caches.layout().lines());
        Tally {
            cores: vec![Counters::default(); cores],
            lines: vec![Counters::default(); lines],
            past: vec![vec![Past::default(); lines]; cores],
            uses: vec![Vec::new(); cores],
            readers: vec![0; lines],
            ..Tally::default()
        }
    }

    /// All cores together.
    pub fn total(&self) -> Counters {
        let mut total = Counters::default();
        self.cores.iter().for_each(|core| total.add(core));
        total
    }

    /// Adds a step that led from `before` to `after`.
    pub fn note(&mut self, machine: &Machine<'_>, before: &State, step: &Step, after: &State) {
        let (Some((caches, old)), Some((_, new))) = (machine.caches_in(before), machine.caches_in(after))
        else {
            return;
        };
        match *step {
            Step::Predict { .. } | Step::Issue { .. } => {}
            Step::Load { core, event } => self.access(machine, before, core, event, false),
            Step::Guess { core, event, .. } | Step::Drain { core, event } => {
                self.access(machine, before, core, event, true);
                if new.coherence.bus.is_none()
                    && let Some((_, _, line)) = caches.on_the_bus(old)
                {
                    // A store that completed with its update.
                    self.word(core, line);
                }
            }
            Step::Cache { core, step } => {
                let carried_out = caches.level2().and_then(|_| machine.cache_step(before, core, step));
                let used = carried_out.and_then(|step| caches.level2_use(old, &step));
                self.between_caches(caches, (old, new), core, step, used);
            }
        }
    }

    fn between_caches(
        &mut self,
        caches: &Caches,
        (old, new): (&caches::State, &caches::State),
        core: usize,
        step: CacheStep,
        used: Option<Level2Use>,
    ) {
        if let Some((victim, true)) = used.and_then(|used| used.victim) {
            self.count(core, victim, |counters| counters.level2_writebacks += 1);
        }
        match step {
            CacheStep::Demand { line, demand } => self.demand(caches, old, core, usize::from(line), demand),
            CacheStep::Snoop => self.snoop(caches, (old, new), core),
            CacheStep::Finish => self.finish(caches, old, used),
            CacheStep::Deliver { message } => self.deliver(caches, (old, new), usize::from(message), used),
            CacheStep::Invalidate { .. } => {}
        }
    }

    /// Changes the counts of a core and of a line.
    fn count(&mut self, core: usize, line: usize, change: impl Fn(&mut Counters)) {
        self.cores.get_mut(core).into_iter().chain(self.lines.get_mut(line)).for_each(change);
    }

    fn access(&mut self, machine: &Machine<'_>, before: &State, core: usize, event: usize, store: bool) {
        for (line, offset, length) in machine.spans(before, core, event) {
            let past = &mut self.past[core][line];
            let fetch = past.fetching.take();
            let unread = !past.written.has_any(offset..offset + length);
            past.written.clear();
            past.had = true;
            self.count(core, line, |counters| {
                let (accesses, misses) = if store {
                    (&mut counters.stores, &mut counters.write_misses)
                } else {
                    (&mut counters.loads, &mut counters.read_misses)
                };
                *accesses += 1;
                if let Some(Fetch::Miss(kind)) = fetch {
                    *misses += 1;
                    counters.miss_kinds[kind as usize] += 1;
                    counters.false_sharing_misses += u64::from(kind == MissKind::Coherence && unread);
                }
            });
            self.cores[core].cycles += self.latencies.hit;
            self.uses[core].retain(|used| *used != line);
            self.uses[core].push(line);
            for other in (0..self.past.len()).filter(|other| store && *other != core) {
                self.past[other][line].written.add(offset..offset + length);
            }
        }
    }

    fn demand(&mut self, caches: &Caches, old: &caches::State, core: usize, line: usize, demand: Demand) {
        let request = caches.system().request_name(&old.coherence, core as u8, line as u8, demand);
        let on_bus = matches!(caches.system().protocol.family, Family::Snooping(_));
        let dirty = caches.permissions(old, core, line).contains(Permissions::DIRTY);
        if demand == Demand::Evict {
            self.past[core][line].taken = false;
            self.past[core][line].written.clear();
            if dirty {
                self.count(core, line, |counters| counters.writebacks += 1);
                self.cores[core].cycles += self.latencies.writeback;
            }
        } else if request.is_some() {
            let readable = caches.permissions(old, core, line).contains(Permissions::READ);
            let kind = self.why_missing(caches, core, line);
            let past = &mut self.past[core][line];
            // The first request says what the access was: what follows it has lost the race for the line.
            past.fetching.get_or_insert(if readable { Fetch::Upgrade } else { Fetch::Miss(kind) });
            self.count(core, line, |counters| match (readable, demand) {
                (true, _) if request.as_deref() == Some("BusUpd") => counters.bus_upd += 1,
                (true, _) => counters.bus_upgr += 1,
                (false, Demand::Load) => counters.bus_rd += 1,
                (false, _) => counters.bus_rdx += 1,
            });
        }
        if on_bus && request.is_some() {
            let line_bytes = u64::from(caches.geometry().line_bytes);
            let data = if demand == Demand::Evict { line_bytes } else { 0 };
            self.count(core, line, |counters| {
                counters.deliveries += 1;
                counters.bus_bytes += CONTROL_BYTES + data;
            });
        }
    }

    fn why_missing(&self, caches: &Caches, core: usize, line: usize) -> MissKind {
        let past = &self.past[core][line];
        let since = self.uses[core].iter().rev().position(|used| *used == line).unwrap_or(usize::MAX);
        match (past.had, past.taken) {
            (false, _) => MissKind::Cold,
            (true, true) => MissKind::Coherence,
            (true, false) if (since as u64) < caches.geometry().lines() => MissKind::Conflict,
            (true, false) => MissKind::Capacity,
        }
    }

    /// A step of `asker` has taken the copy of `core` away, if it has.
    fn taken(
        &mut self,
        caches: &Caches,
        (old, new): (&caches::State, &caches::State),
        (core, line): (usize, usize),
        asker: usize,
    ) {
        let has = |state| caches.permissions(state, core, line).contains(Permissions::READ);
        if has(old) && !has(new) {
            let past = &mut self.past[core][line];
            (past.taken, past.had) = (true, true);
            past.written.clear();
            self.count(core, line, |counters| counters.invalidations_received += 1);
            self.count(asker, line, |counters| counters.invalidations_sent += 1);
        }
    }

    fn snoop(&mut self, caches: &Caches, states: (&caches::State, &caches::State), core: usize) {
        if let Some((_, asker, line)) = caches.on_the_bus(states.0) {
            self.taken(caches, states, (core, line), asker.into());
        }
    }

    fn finish(&mut self, caches: &Caches, old: &caches::State, used: Option<Level2Use>) {
        let Some((request, core, line)) = caches.on_the_bus(old) else { return };
        if [Actions::BUS_RD, Actions::BUS_RDX].contains(&request) {
            let flushed = old.coherence.bus.as_ref().is_some_and(|bus| bus.flushed.is_some());
            let source = if flushed { Source::Cache } else { Source::of(used) };
            self.filled(caches, core.into(), line, source);
        }
    }

    /// A line comes to a core.
    fn filled(&mut self, caches: &Caches, core: usize, line: usize, source: Source) {
        let line_bytes = u64::from(caches.geometry().line_bytes);
        self.count(core, line, |counters| {
            counters.bus_bytes += line_bytes;
            counters.cache_fills += u64::from(source == Source::Cache);
            counters.memory_fills += u64::from(source != Source::Cache);
            counters.level2_hits += u64::from(source == Source::Level2);
            counters.level2_misses += u64::from(source == Source::BehindLevel2);
        });
        self.cores[core].cycles += match source {
            Source::Cache => self.latencies.word * line_bytes / WORD_BYTES,
            Source::Level2 => self.latencies.level2,
            Source::Memory | Source::BehindLevel2 => self.latencies.memory,
        };
    }

    /// A word goes from a core to the other copies.
    fn word(&mut self, core: usize, line: usize) {
        self.count(core, line, |counters| counters.bus_bytes += WORD_BYTES);
        self.cores[core].cycles += self.latencies.word;
    }

    fn deliver(
        &mut self,
        caches: &Caches,
        states: (&caches::State, &caches::State),
        message: usize,
        used: Option<Level2Use>,
    ) {
        let Some(message) = states.0.coherence.messages.get(message) else { return };
        let line = usize::from(message.line);
        let (to, asker) = (usize::from(message.to), usize::from(message.requester));
        let cores = self.cores.len();
        let payer = [asker, to].into_iter().find(|core| *core < cores).unwrap_or(self.readers[line]);
        let line_bytes = u64::from(caches.geometry().line_bytes);
        let data = if matches!(message.kind, Kind::PutM | Kind::DataHome) { line_bytes } else { 0 };
        self.count(payer, line, |counters| {
            counters.deliveries += 1;
            counters.bus_bytes += CONTROL_BYTES + data;
        });
        match message.kind {
            Kind::GetS | Kind::GetM => self.past[asker][line].source = Source::of(used),
            Kind::FwdGetS | Kind::FwdGetM => {
                self.past[asker][line].source = Source::Cache;
                self.readers[line] = asker;
                self.taken(caches, states, (to, line), asker);
            }
            Kind::Inv => self.taken(caches, states, (to, line), asker),
            Kind::Data | Kind::DataE if message.to != NOBODY => {
                let source = std::mem::take(&mut self.past[to][line].source);
                self.filled(caches, to, line, source);
            }
            Kind::Data | Kind::DataE | Kind::DataHome | Kind::PutM | Kind::PutS | Kind::PutE => {}
            Kind::PutAck | Kind::PutRaced | Kind::InvAck => {}
        }
    }
}
