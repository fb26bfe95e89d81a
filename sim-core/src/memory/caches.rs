//! Private caches of cores that run a program: the coherence [`System`] with bytes as contents, and the
//! sets and ways that lines have to fit in.
//!
//! The caches decide nothing by themselves: whoever drives them says what cores want ([`Access`]), is told
//! which step brings that nearer ([`Caches::toward`]), and takes the steps that are under way from
//! [`Caches::progress`]. A load reads and a store writes when its cache hits, as a step of the core
//! ([`Caches::load`], [`Caches::store`]). In write-update protocols a store to a shared line completes with its bus
//! transaction: it supplies the word when every other cache has snooped ([`Caches::awaits_word`]).
//!
//! With [`Config::early_ack`] a cache acknowledges an invalidation before it applies it: the copy waits in the
//! core's invalidate queue and can still be read there ([`Caches::queued`]). No architecture here allows that.

mod level2;
mod sentence;
mod ways;

use std::sync::Arc;

use super::geometry::Geometry;
use super::layout::{Layout, Packing};
use super::protocol::{Family, Protocol};
use super::replacement::{Order, Replacement, WAYS_MAX};
use super::snooping::Actions;
use super::system::{self, CORES_MAX, Demand, Kind, Refusal, System};
use super::table::{Action, Entry, Permissions};
use crate::program::{Program, Value};
use level2::Shared;
pub use level2::{Level2Line, Level2Use};
use ways::{Residents, Ways};

/// The bytes of a line; empty where there are none.
pub type Bytes = Arc<[u8]>;
/// One step of the caches.
pub type Step = system::Step<Bytes>;

/// No line.
const VACANT: u8 = u8::MAX;

/// What caches to build.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The protocol, perhaps with a bug.
    pub protocol: Protocol,
    /// Bytes of a line, used if `geometry` is `None`.
    pub line_bytes: u32,
    /// The shape of every cache; `None` for one that holds as much of the program as it can.
    pub geometry: Option<Geometry>,
    /// How symbols lie in lines.
    pub packing: Packing,
    /// The shape of a second level that the cores share; its lines are as long as those of the others.
    pub level2: Option<Geometry>,
    /// Whether invalidations are acknowledged before they are applied.
    pub early_ack: bool,
}

/// Caches over a program's memory.
#[derive(Debug, Clone)]
pub struct Caches {
    system: System,
    geometry: Geometry,
    layout: Layout,
    /// The shared second level, if there is one.
    level2: Option<Ways>,
    early_ack: bool,
    /// A line of zeros.
    blank: Bytes,
    initial: State,
}

/// A state of all caches, memory and what is between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// Copies, homes, bus and messages.
    pub coherence: system::State<Bytes>,
    /// Which lines have a way in the caches. States between which that does not change share it.
    residents: Arc<Residents>,
    /// `queues[core]`: the invalidations that a core has acknowledged and not applied, by line, with the copies that they are about; no queues unless invalidations are acknowledged early.
    queues: Vec<Vec<(u8, Bytes)>>,
    /// The shared second level; `None` if memory itself answers.
    level2: Option<Shared>,
}

/// What a core wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Which core.
    pub core: usize,
    /// Which line.
    pub line: usize,
    /// [`Demand::Load`] or [`Demand::Store`].
    pub demand: Demand,
    /// Where a store writes in the line.
    pub offset: usize,
    /// What a store writes; empty for a load.
    pub bytes: Vec<u8>,
}

/// A transaction on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusView {
    /// `BusRdX`.
    pub request: String,
    /// The requester.
    pub core: usize,
    /// The line.
    pub line: usize,
    /// The caches that have not snooped it yet.
    pub waiting: Vec<usize>,
    /// Whether the shared line is raised.
    pub shared: bool,
    /// Whether a cache has put the line on the bus.
    pub flushed: bool,
}

/// How far an access is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// The cache can serve it now.
    Hits,
    /// This step of the cache comes first.
    Needs(Step),
    /// Something under way comes first.
    Waits,
}

impl Caches {
    /// Caches of `cores` cores (1 to [`CORES_MAX`]) for a program.
    ///
    /// # Errors
    ///
    /// Why there are no such caches.
    pub fn new(program: &Program, cores: usize, config: &Config) -> Result<Caches, String> {
        let line_bytes = config.geometry.map_or(config.line_bytes, |geometry| geometry.line_bytes);
        let shape = |sets, ways| Geometry { line_bytes, sets, ways, replacement: Replacement::Lru };
        shape(1, 1).validate(None)?;
        let layout = Layout::new(program, line_bytes, config.packing);
        let lines = layout.lines().max(1);
        if lines >= usize::from(VACANT) {
            return Err(format!("the caches hold {} lines of memory at most, not {lines}", VACANT - 1));
        }
        if !(1..=CORES_MAX).contains(&cores) {
            return Err(format!("the number of cores must be from 1 to {CORES_MAX}, not {cores}"));
        }
        let ways = (lines as u32).min(WAYS_MAX);
        let geometry = config.geometry.unwrap_or(shape(1 << (lines as u32 / ways).ilog2(), ways));
        let memory_bytes = lines as u64 * u64::from(line_bytes);
        geometry.validate(Some(memory_bytes))?;
        if let Some(level2) = config.level2 {
            level2.validate(Some(memory_bytes)).map_err(|reason| format!("second level: {reason}"))?;
            if level2.line_bytes != line_bytes {
                return Err("the second level must have the line size of the first".to_owned());
            }
        }
        let lines = layout.lines();
        let system = System { protocol: config.protocol.clone(), cores: cores as u8, lines: lines as u8 };
        let memory: Vec<Bytes> = layout.contents.iter().map(|line| line.as_slice().into()).collect();
        let ways = Ways { geometry, lines };
        let level2 = config.level2.map(|geometry| Ways { geometry, lines });
        let initial = State {
            coherence: system.initial(&memory),
            residents: Arc::new(Residents::of(ways, cores)),
            queues: vec![vec![]; if config.early_ack { cores } else { 0 }],
            level2: level2.map(|ways| Shared::new(ways, &memory)),
        };
        let blank = vec![0; line_bytes as usize].into();
        Ok(Caches { system, geometry, layout, level2, early_ack: config.early_ack, blank, initial })
    }

    /// Nothing cached.
    pub fn initial(&self) -> &State {
        &self.initial
    }

    /// The protocol on its cores and lines.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The shape of every cache.
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// The shape of the shared second level, if there is one.
    pub fn level2(&self) -> Option<Geometry> {
        self.level2.map(|ways| ways.geometry)
    }

    fn ways(&self) -> Ways {
        Ways { geometry: self.geometry, lines: self.layout.lines() }
    }

    /// Which line holds which byte.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What a core's cache may do with a line.
    pub fn permissions(&self, state: &State, core: usize, line: usize) -> Permissions {
        self.system.permissions(self.copy(state, core, line).state)
    }

    /// The name of the state of a line in a core's cache.
    pub fn state_name(&self, state: &State, core: usize, line: usize) -> &'static str {
        self.system.state_name(self.state_of(state, core, line))
    }

    /// The state of a line in a core's cache, by its number in the protocol's table.
    pub(crate) fn state_of(&self, state: &State, core: usize, line: usize) -> u8 {
        self.copy(state, core, line).state
    }

    /// The bytes of a line in a core's cache, if it has them. Where a broken protocol lets a cache go on without data,
    /// they are 0.
    pub fn bytes<'a>(&'a self, state: &'a State, core: usize, line: usize) -> Option<&'a [u8]> {
        let holds = self.permissions(state, core, line).intersects(Permissions::HOLDS);
        let data = &self.copy(state, core, line).data;
        holds.then_some(if data.is_empty() { &*self.blank } else { &**data })
    }

    /// The lines in a core's cache, with their sets and ways, set by set.
    pub fn resident(&self, state: &State, core: usize) -> Vec<(usize, u32, u32)> {
        self.ways().resident(self.places(state, core)).collect()
    }

    /// How far an access is in a state.
    pub fn toward(&self, state: &State, access: &Access) -> Readiness {
        match self.intended(state, access) {
            Readiness::Needs(step) if self.system.apply(&mut state.coherence.clone(), &step).is_err() => {
                Readiness::Waits
            }
            readiness => readiness,
        }
    }

    /// The same, where the step of the cache may have to wait for something under way.
    pub fn intended(&self, state: &State, access: &Access) -> Readiness {
        let (core, line) = (access.core as u8, access.line as u8);
        if self.hits(state, access) {
            return Readiness::Hits;
        }
        if self.queued(state, access.core, access.line).is_some() {
            // A queued invalidation is applied before its core says anything about the line.
            return Readiness::Waits;
        }
        if self.ways().place_of(self.places(state, access.core), access.line).is_none()
            && let Err(victim) = self.room(state, access.core, access.line)
        {
            return victim.map_or(Readiness::Waits, |victim| {
                Readiness::Needs(self.core_step(core, victim, Demand::Evict, Bytes::default()))
            });
        }
        Readiness::Needs(self.core_step(core, line, access.demand, Bytes::default()))
    }

    /// Whether the cache can serve an access now.
    pub fn hits(&self, state: &State, access: &Access) -> bool {
        self.ready(state, access) || self.supplies_word(state, access)
    }

    fn ready(&self, state: &State, access: &Access) -> bool {
        let (core, line) = (access.core as u8, access.line as u8);
        let bus = state.coherence.bus.as_ref();
        let own = bus.is_some_and(|bus| bus.core == core && bus.line == line);
        (access.demand == Demand::Load || !own)
            && self.system.hits(&state.coherence, core, line, access.demand)
    }

    /// Whether an access is a store for whose word a transaction of its core waits.
    fn supplies_word(&self, state: &State, access: &Access) -> bool {
        access.demand == Demand::Store && self.awaits_word(state) == Some((access.core, access.line))
    }

    /// The core and the line of an update transaction that every other cache has snooped: a store of that core
    /// supplies the word and completes with it ([`Caches::store`]). If the store has been undone in the meantime, the
    /// transaction ends like any other, and changes nothing.
    pub fn awaits_word(&self, state: &State) -> Option<(usize, usize)> {
        state.coherence.bus.as_ref().filter(|bus| bus.waiting == 0)?;
        let (request, core, line) = self.on_the_bus(state)?;
        request.contains(Actions::BUS_UPD).then_some((usize::from(core), line))
    }

    fn core_step(&self, core: u8, line: u8, demand: Demand, written: Bytes) -> Step {
        Step::Core { core, line, demand, written }
    }

    /// The steps that are under way, whoever wants what.
    pub fn progress(&self, state: &State) -> Vec<Step> {
        let mut steps = vec![];
        self.system.progress(&state.coherence, &mut steps);
        steps.retain(|step| self.system.apply(&mut state.coherence.clone(), step).is_ok());
        steps
    }

    /// Whether a step is one of those that [are under way](Self::progress), if it can be taken.
    pub fn is_under_way(&self, state: &State, step: &Step) -> bool {
        self.system.is_under_way(&state.coherence, step)
    }

    /// Which core's copy of which line a step takes away for a store of another core: a core that holds a line (an
    /// atomic instruction, a reservation that must not be lost) refuses such steps.
    pub fn takes_away(&self, state: &State, step: &Step) -> Option<(usize, usize)> {
        match step {
            Step::Snoop { core } => {
                let (request, _, line) = self.on_the_bus(state)?;
                (!request.contains(Actions::BUS_RD)).then_some((usize::from(*core), line))
            }
            Step::Deliver(message) if matches!(message.kind, Kind::FwdGetM | Kind::Inv) => {
                Some((usize::from(message.to), usize::from(message.line)))
            }
            Step::Core { .. } | Step::Finish | Step::Deliver(_) => None,
        }
    }

    /// Takes a step.
    ///
    /// # Errors
    ///
    /// The step cannot be taken in this state.
    pub fn apply(&self, state: &State, step: &Step) -> Result<State, Refusal> {
        let mut next = state.clone();
        if *step == Step::Finish
            && let Some((core, line)) = self.awaits_word(state)
        {
            // No store supplies a word: the line stays as it is.
            let unchanged = self.copy(state, core, line).data.clone();
            next.coherence.bus.iter_mut().for_each(|bus| bus.written = unchanged.clone());
        }
        self.carry_out(&mut next, step)?;
        if let Step::Core { core, line, demand: Demand::Load | Demand::Store, .. } = step {
            self.occupy(&mut next, usize::from(*core), usize::from(*line));
        }
        self.vacate(&mut next);
        if self.early_ack {
            self.keep_what_was_lost(state, &mut next, step);
        }
        Ok(next)
    }

    /// A step of the protocol, and of the second level behind it.
    fn carry_out(&self, state: &mut State, step: &Step) -> Result<(), Refusal> {
        let used = self.level2_use(state, step);
        self.system.apply(&mut state.coherence, step)?;
        self.use_level2(state, used);
        Ok(())
    }

    /// Puts the copy that a step has taken away from a core into that core's invalidate queue.
    fn keep_what_was_lost(&self, before: &State, after: &mut State, step: &Step) {
        let Some((core, line)) = self.takes_away(before, step) else {
            return;
        };
        let readable = |state| self.permissions(state, core, line).contains(Permissions::READ);
        if readable(before) && !readable(after) {
            let queue = &mut after.queues[core];
            let place = queue.partition_point(|(other, _)| usize::from(*other) < line);
            queue.insert(place, (line as u8, self.copy(before, core, line).data.clone()));
        }
    }

    /// The copy of a line whose invalidation waits in a core's queue: older than the line may be by now.
    pub fn queued<'a>(&self, state: &'a State, core: usize, line: usize) -> Option<&'a [u8]> {
        let queue = state.queues.get(core)?;
        queue.iter().find(|(queued, _)| usize::from(*queued) == line).map(|(_, bytes)| &**bytes)
    }

    /// The lines whose invalidations wait in a core's queue, lowest first.
    pub fn queue(&self, state: &State, core: usize) -> impl Iterator<Item = usize> {
        state.queues.get(core).into_iter().flatten().map(|(line, _)| usize::from(*line))
    }

    /// The state after a core has applied the queued invalidation of a line; `None` if there is none. Queues keep no
    /// order between lines: only before a core says anything about a line is its entry applied.
    pub fn apply_queued(&self, state: &State, core: usize, line: usize) -> Option<State> {
        let place = state.queues.get(core)?.iter().position(|(queued, _)| usize::from(*queued) == line)?;
        let mut next = state.clone();
        next.queues[core].remove(place);
        Some(next)
    }

    /// What a load of `size` bytes at an offset of a line returns, if the cache hits.
    pub fn load(
        &self,
        state: &State,
        core: usize,
        line: usize,
        offset: usize,
        size: usize,
    ) -> Option<Vec<u8>> {
        let access = Access { core, line, demand: Demand::Load, offset, bytes: vec![] };
        let bytes = self.bytes(state, core, line).filter(|_| self.ready(state, &access))?;
        bytes.get(offset..offset.checked_add(size)?).map(<[u8]>::to_vec)
    }

    /// Completes a store: the state after it, or `None` if the cache does not hit and no transaction waits for the
    /// word.
    pub fn store(&self, state: &State, access: &Access) -> Option<State> {
        let bytes = self.bytes(state, access.core, access.line)?;
        let fits = access.offset.checked_add(access.bytes.len())? <= bytes.len();
        if !fits || access.demand != Demand::Store {
            return None;
        }
        let written = patched(bytes, access.offset, &access.bytes);
        let mut next = state.clone();
        let step = if self.supplies_word(state, access) {
            next.coherence.bus.iter_mut().for_each(|bus| bus.written = written.clone());
            Step::Finish
        } else if self.ready(state, access) {
            self.core_step(access.core as u8, access.line as u8, Demand::Store, written)
        } else {
            return None;
        };
        self.carry_out(&mut next, &step).ok()?;
        self.touch(&mut next, access.core, access.line);
        Some(next)
    }

    /// What the bus is busy with.
    pub fn transaction(&self, state: &State) -> Option<BusView> {
        let bus = state.coherence.bus.as_ref()?;
        let (request, core, line) = self.on_the_bus(state)?;
        Some(BusView {
            request: request.text(),
            core: usize::from(core),
            line,
            waiting: (0..usize::from(self.system.cores))
                .filter(|core| bus.waiting & 1 << core != 0)
                .collect(),
            shared: bus.shared,
            flushed: bus.flushed.is_some(),
        })
    }

    /// Whether nothing is on its way, and no cache is a cache is between two states.
    pub fn is_quiet(&self, state: &State) -> bool {
        self.system.is_quiet(&state.coherence)
    }

    /// Memory as a core that sees everything would read it: the newest contents of the line of an address.
    pub fn newest<'a>(&'a self, state: &'a State, line: usize) -> &'a [u8] {
        let dirty = |core: &usize| self.permissions(state, *core, line).contains(Permissions::DIRTY);
        let owner = (0..usize::from(self.system.cores)).find(dirty);
        owner.and_then(|core| self.bytes(state, core, line)).unwrap_or(&state.coherence.homes[line].memory)
    }

    /// The line and the offset of an address.
    pub fn locate(&self, address: Value) -> Option<(usize, usize)> {
        self.layout.locate(address)
    }

    /// What is incoherent in a state in which the last completed stores have left `current(line)`, as a sentence
    /// without its full stop. Correct protocols never get there.
    pub fn violation(&self, state: &State, current: impl Fn(usize) -> Bytes) -> Option<String> {
        let quiet = self.is_quiet(state);
        let incoherence = (0..self.layout.lines()).find_map(|line| {
            let found = self.system.incoherence(&state.coherence, line as u8, &current(line), quiet);
            found.map(|incoherence| incoherence.describe(&self.layout.names[line]))
        });
        incoherence.or_else(|| self.level2_violation(state))
    }

    fn place(&self, core: usize, line: usize) -> usize {
        self.system.copy(core as u8, line as u8)
    }

    fn copy<'a>(&self, state: &'a State, core: usize, line: usize) -> &'a system::CacheLine<Bytes> {
        &state.coherence.copies[self.place(core, line)]
    }

    /// The request on the bus, `BusRdX`, its core and its line.
    pub(crate) fn on_the_bus(&self, state: &State) -> Option<(Actions, u8, usize)> {
        let bus = state.coherence.bus.as_ref()?;
        let Family::Snooping(table) = &self.system.protocol.family else { return None };
        match table.entry(bus.entry_state, usize::from(bus.event)) {
            Entry::Go { actions, .. } => Some((actions & Actions::BUS, bus.core, usize::from(bus.line))),
            Entry::Stall | Entry::Impossible => None,
        }
    }
}

fn patched(bytes: &[u8], offset: usize, written: &[u8]) -> Bytes {
    let mut all = bytes.to_vec();
    for (byte, new) in all.iter_mut().skip(offset).zip(written) {
        *byte = *new;
    }
    all.into()
}
