//! Private caches of cores that run a program: the coherence [`System`] with bytes as contents, and the
//! sets and ways that lines have to fit in.
//!
//! The caches decide nothing by themselves: whoever drives them says what cores want ([`Access`]), is told
//! which step brings that nearer ([`Caches::toward`]), and takes the steps that are under way from
//! [`Caches::progress`]. A load reads and a store writes when its cache hits, as a step of the core
//! ([`Caches::load`], [`Caches::store`]); only in write-update protocols a store to a shared line completes with its bus
//! transaction ([`Done::stored`]).

mod sentence;

use std::sync::Arc;

use super::geometry::Geometry;
use super::layout::{Layout, Packing};
use super::protocol::{Family, Protocol};
use super::replacement::{Order, Replacement, WAYS_MAX};
use super::snooping::Actions;
use super::system::{self, CORES_MAX, Demand, Kind, NOBODY, Refusal, System};
use super::table::{Entry, Permissions};
use crate::program::{Program, Value};

/// The bytes of a line; empty where there are none.
pub type Bytes = Arc<[u8]>;
/// One step of the caches.
pub type Step = system::Step<Bytes>;

/// No line.
const VACANT: u8 = u8::MAX;

/// What caches to build.
#[derive(Debug, Clone)]
pub struct Config {
    /// The protocol, perhaps with a bug.
    pub protocol: Protocol,
    /// The number of cores, 1 to [`CORES_MAX`].
    pub cores: usize,
    /// Bytes of a line, used if `geometry` is `None`.
    pub line_bytes: u32,
    /// The shape of every cache; `None` for one that holds as much of the program as it can.
    pub geometry: Option<Geometry>,
    /// How symbols lie in lines.
    pub packing: Packing,
}

/// Caches over a program's memory.
#[derive(Debug, Clone)]
pub struct Caches {
    system: System,
    geometry: Geometry,
    layout: Layout,
    initial: State,
}

/// A state of all caches, memory and what is between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// Copies, homes, bus and messages.
    pub coherence: system::State<Bytes>,
    /// `places[(core * sets + set) * ways + way]` is the line that has the way, or 255.
    places: Vec<u8>,
    /// `orders[core * sets + set]`, untouched in sets that can never be full.
    orders: Vec<Order>,
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

/// What a step did beyond changing the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// The core and the line of a store that completed with a transaction.
    pub stored: Option<(usize, usize)>,
}

impl Caches {
    /// Caches for a program.
    ///
    /// # Errors
    ///
    /// Why there are no such caches.
    pub fn new(program: &Program, config: &Config) -> Result<Caches, String> {
        let line_bytes = config.geometry.map_or(config.line_bytes, |geometry| geometry.line_bytes);
        let shape = |sets, ways| Geometry { line_bytes, sets, ways, replacement: Replacement::Lru };
        shape(1, 1).validate(None)?;
        let layout = Layout::new(program, line_bytes, config.packing);
        let lines = layout.lines().max(1);
        if lines >= usize::from(VACANT) {
            return Err(format!("the caches hold {} lines of memory at most, not {lines}", VACANT - 1));
        }
        if !(1..=CORES_MAX).contains(&config.cores) {
            return Err(format!("the number of cores must be from 1 to {CORES_MAX}, not {}", config.cores));
        }
        let ways = (lines as u32).min(WAYS_MAX);
        let geometry = config.geometry.unwrap_or(shape(1 << (lines as u32 / ways).ilog2(), ways));
        geometry.validate(Some(lines as u64 * u64::from(line_bytes)))?;
        let (cores, lines) = (config.cores as u8, layout.lines() as u8);
        let system = System { protocol: config.protocol.clone(), cores, lines };
        let memory: Vec<Bytes> = layout.contents.iter().map(|line| line.as_slice().into()).collect();
        let sets = config.cores * geometry.sets as usize;
        let order = |set| geometry.replacement.initial(geometry.ways, set as u64);
        let initial = State {
            coherence: system.initial(&memory),
            places: vec![VACANT; sets * geometry.ways as usize],
            orders: (0..sets).map(order).collect(),
        };
        Ok(Caches { system, geometry, layout, initial })
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
        self.system.state_name(self.copy(state, core, line).state)
    }

    /// The bytes of a line in a core's cache, if it has them.
    pub fn bytes<'a>(&self, state: &'a State, core: usize, line: usize) -> Option<&'a [u8]> {
        let holds = self.permissions(state, core, line).intersects(Permissions::HOLDS);
        holds.then(|| &*state.coherence.copies[self.place(core, line)].data)
    }

    /// The lines in a core's cache, with their sets and ways, set by set.
    pub fn resident(&self, state: &State, core: usize) -> Vec<(usize, u32, u32)> {
        let (sets, ways) = (self.geometry.sets, self.geometry.ways);
        let mut found = vec![];
        for set in 0..sets {
            for way in 0..ways {
                let line = state.places[self.way_place(core, set, way)];
                if line != VACANT {
                    found.push((usize::from(line), set, way));
                }
            }
        }
        found
    }

    /// How far an access is in a state.
    pub fn toward(&self, state: &State, access: &Access) -> Readiness {
        let (core, line) = (access.core as u8, access.line as u8);
        if self.ready(state, access) {
            return Readiness::Hits;
        }
        if self.way_of(state, access.core, access.line).is_none()
            && let Err(victim) = self.room(state, access.core, access.line)
        {
            return victim.map_or(Readiness::Waits, |victim| {
                self.if_possible(state, self.core_step(core, victim, Demand::Evict, Bytes::default()))
            });
        }
        let written = match (self.bytes(state, access.core, access.line), access.demand) {
            (Some(bytes), Demand::Store) => patched(bytes, access.offset, &access.bytes),
            _ => Bytes::default(),
        };
        self.if_possible(state, self.core_step(core, line, access.demand, written))
    }

    fn ready(&self, state: &State, access: &Access) -> bool {
        let (core, line) = (access.core as u8, access.line as u8);
        let bus = state.coherence.bus.as_ref();
        let own = bus.is_some_and(|bus| bus.core == core && bus.line == line);
        (access.demand == Demand::Load || !own)
            && self.system.hits(&state.coherence, core, line, access.demand)
    }

    fn core_step(&self, core: u8, line: u8, demand: Demand, written: Bytes) -> Step {
        Step::Core { core, line, demand, written }
    }

    fn if_possible(&self, state: &State, step: Step) -> Readiness {
        let possible = self.system.apply(&mut state.coherence.clone(), &step).is_ok();
        if possible { Readiness::Needs(step) } else { Readiness::Waits }
    }

    /// The steps that are under way, whoever wants what.
    pub fn progress(&self, state: &State) -> Vec<Step> {
        let mut steps = vec![];
        self.system.progress(&state.coherence, &mut steps);
        steps.retain(|step| self.system.apply(&mut state.coherence.clone(), step).is_ok());
        steps
    }

    /// Which core's copy of which line a step may take away or read: a core that holds a line (an
    /// atomic instruction, a reservation that must not be lost) refuses such steps.
    pub fn disturbs(&self, state: &State, step: &Step) -> Option<(usize, usize)> {
        match step {
            Step::Core { core, line, demand: Demand::Evict, .. } => {
                Some((usize::from(*core), usize::from(*line)))
            }
            Step::Snoop { core } => {
                state.coherence.bus.as_ref().map(|bus| (usize::from(*core), usize::from(bus.line)))
            }
            Step::Deliver(message) if matches!(message.kind, Kind::FwdGetS | Kind::FwdGetM | Kind::Inv) => {
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
    pub fn apply(&self, state: &State, step: &Step) -> Result<(State, Done), Refusal> {
        let mut next = state.clone();
        let requester = state.coherence.bus.as_ref().map_or(NOBODY, |bus| bus.core);
        let effect = self.system.apply(&mut next.coherence, step)?;
        if let Step::Core { core, line, demand: Demand::Load | Demand::Store, .. } = step {
            self.occupy(&mut next, usize::from(*core), usize::from(*line));
        }
        self.vacate(&mut next);
        let stored = effect.stored.map(|(line, _)| (usize::from(requester), usize::from(line)));
        Ok((next, Done { stored }))
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

    /// Notes a use of a line, for replacement: part of every completed load.
    pub fn touch(&self, state: &mut State, core: usize, line: usize) {
        let set = self.geometry.set_of(line as u64);
        if let Some(way) = self.way_of(state, core, line).filter(|_| self.can_be_full(set)) {
            let order = &mut state.orders[core * self.geometry.sets as usize + set as usize];
            order.hit(self.geometry.replacement, self.geometry.ways, way);
        }
    }

    /// Completes a store that hits: the state after it, or `None` if the cache does not hit.
    pub fn store(&self, state: &State, access: &Access) -> Option<State> {
        let bytes = self.bytes(state, access.core, access.line)?;
        let fits = access.offset.checked_add(access.bytes.len())? <= bytes.len();
        let written = patched(bytes, access.offset, &access.bytes);
        let step = self.core_step(access.core as u8, access.line as u8, Demand::Store, written);
        if !fits || access.demand != Demand::Store || !self.ready(state, access) {
            return None;
        }
        let mut next = self.apply(state, &step).ok()?.0;
        self.touch(&mut next, access.core, access.line);
        Some(next)
    }

    /// Memory as a core that sees everything would read it: the newest contents of the line of an address.
    pub fn newest<'a>(&self, state: &'a State, line: usize) -> &'a [u8] {
        let dirty = |core: &usize| self.permissions(state, *core, line).contains(Permissions::DIRTY);
        let owner = (0..usize::from(self.system.cores)).find(dirty);
        owner.and_then(|core| self.bytes(state, core, line)).unwrap_or(&state.coherence.homes[line].memory)
    }

    /// The line and the offset of an address.
    pub fn locate(&self, address: Value) -> Option<(usize, usize)> {
        self.layout.locate(address)
    }

    /// What is incoherent in a state, as a sentence. Correct protocols never get there.
    pub fn violation(&self, state: &State) -> Option<String> {
        let quiet = self.system.is_quiet(&state.coherence);
        (0..self.layout.lines()).find_map(|line| {
            let readable = |core: &usize| self.permissions(state, *core, line).contains(Permissions::READ);
            let reader = (0..usize::from(self.system.cores)).find(readable);
            let memory = &state.coherence.homes[line].memory;
            let current = reader.map_or(memory, |core| &self.copy(state, core, line).data);
            let found = self.system.incoherence(&state.coherence, line as u8, current, quiet);
            found.map(|incoherence| incoherence.describe(&self.layout.names[line]))
        })
    }

    fn place(&self, core: usize, line: usize) -> usize {
        self.system.copy(core as u8, line as u8)
    }

    fn copy<'a>(&self, state: &'a State, core: usize, line: usize) -> &'a system::CacheLine<Bytes> {
        &state.coherence.copies[self.place(core, line)]
    }

    fn way_place(&self, core: usize, set: u32, way: u32) -> usize {
        (core * self.geometry.sets as usize + set as usize) * self.geometry.ways as usize + way as usize
    }

    fn way_of(&self, state: &State, core: usize, line: usize) -> Option<u32> {
        let set = self.geometry.set_of(line as u64);
        (0..self.geometry.ways).find(|&way| usize::from(state.places[self.way_place(core, set, way)]) == line)
    }

    /// Whether more lines belong to a set than it has ways.
    fn can_be_full(&self, set: u32) -> bool {
        let belong = (0..self.layout.lines()).filter(|&line| self.geometry.set_of(line as u64) == set);
        belong.count() > self.geometry.ways as usize
    }

    /// A vacant way for a line; otherwise the line that has to go first, if one can.
    fn room(&self, state: &State, core: usize, line: usize) -> Result<u32, Option<u8>> {
        let set = self.geometry.set_of(line as u64);
        let ways = self.geometry.ways;
        if !self.can_be_full(set) {
            let earlier = (0..line).filter(|&other| self.geometry.set_of(other as u64) == set).count();
            return Ok(earlier as u32);
        }
        let at = |way: u32| state.places[self.way_place(core, set, way)];
        if let Some(way) = (0..ways).find(|&way| at(way) == VACANT) {
            return Ok(way);
        }
        let order = state.orders[core * self.geometry.sets as usize + set as usize];
        let victim = at(order.victim(self.geometry.replacement, ways));
        let settled = !self.permissions(state, core, usize::from(victim)).contains(Permissions::TRANSIENT);
        Err(settled.then_some(victim))
    }

    fn occupy(&self, state: &mut State, core: usize, line: usize) {
        if self.way_of(state, core, line).is_some() {
            return;
        }
        let Ok(way) = self.room(state, core, line) else { return };
        let set = self.geometry.set_of(line as u64);
        let place = self.way_place(core, set, way);
        state.places[place] = line as u8;
        if self.can_be_full(set) {
            let order = &mut state.orders[core * self.geometry.sets as usize + set as usize];
            order.fill(self.geometry.replacement, self.geometry.ways, way);
        }
    }

    /// Frees the ways of lines that are gone and that nobody is fetching.
    fn vacate(&self, state: &mut State) {
        let fetching = state.coherence.bus.as_ref().map(|bus| (usize::from(bus.core), bus.line));
        let per_core = self.geometry.sets as usize * self.geometry.ways as usize;
        for place in 0..state.places.len() {
            let (core, line) = (place / per_core, state.places[place]);
            let gone = line != VACANT && self.copy(state, core, usize::from(line)).state == 0;
            if gone && fetching != Some((core, line)) {
                state.places[place] = VACANT;
            }
        }
    }

    /// The request on the bus, `BusRdX`, and its line.
    fn on_the_bus(&self, state: &State) -> Option<(Actions, u8, usize)> {
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
