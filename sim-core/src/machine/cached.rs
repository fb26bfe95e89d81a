//! Between cores and caches: which lines an access needs, what a load sees there, and the steps that bring lines
//! near.
//!
//! A core's access completes as one step of the core, once every line that it touches is in its cache with the right
//! permission ([`Machine::hits`]). Until then the core's cache wants the line, and the steps of caches, bus and
//! directory are steps of the machine ([`Step::Cache`]). They change which lines are where and nothing else; the
//! last completed store to each byte stays in [`State::memory`], beside the caches, and is what every valid copy must
//! hold ([`Machine::incoherence`]).

use std::borrow::Cow;
use std::hash::{BuildHasher as _, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use smallvec::SmallVec;

use super::hardware::{Features, Hardware};
use super::{Machine, State, Step};
use crate::core::{Image, Write};
use crate::memory::caches::{self, Access, Bytes, Caches, Readiness};
use crate::memory::system::{Demand, Message, NOBODY};
use crate::order::{Event, Mask, Place, Rules, bits};
use crate::program::Access as Kind;

/// A step of the caches, the bus or the directory. It belongs to a core: the one whose cache acts, or for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CacheStep {
    /// A cache acts on what its core wants, or makes room: it asks for a line, or drops one.
    Demand {
        /// Index of the line.
        line: u8,
        /// What is wanted.
        demand: Demand,
    },
    /// A cache snoops the transaction on the bus.
    Snoop,
    /// The transaction on the bus ends.
    Finish,
    /// A message arrives.
    Deliver {
        /// Its place among the messages on their way, which are sorted.
        message: u8,
    },
    /// A core applies an invalidation of its queue.
    Invalidate {
        /// Index of the line.
        line: u8,
    },
}

/// A copy or a directory entry that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheChange {
    /// Whose copy; `None` for the entry of the directory.
    pub core: Option<usize>,
    /// The name of the line.
    pub line: String,
    /// The state before.
    pub from: &'static str,
    /// The state after.
    pub to: &'static str,
}

/// A state of the caches, shared by the states of the machine that have it.
#[derive(Debug, Clone)]
pub struct CacheState(Arc<(u64, caches::State)>);

impl CacheState {
    fn new(state: caches::State) -> CacheState {
        let hash = foldhash::fast::FixedState::default().hash_one(&state);
        CacheState(Arc::new((hash, state)))
    }
}

impl Deref for CacheState {
    type Target = caches::State;

    fn deref(&self) -> &caches::State {
        &self.0.1
    }
}

impl PartialEq for CacheState {
    fn eq(&self, other: &CacheState) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || *self.0 == *other.0
    }
}

impl Eq for CacheState {}

impl Hash for CacheState {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.0.0);
    }
}

/// The caches of a machine.
#[derive(Debug)]
pub(super) struct Cached {
    pub(super) caches: Caches,
    /// `places[byte of the image]`: its line, and its offset there.
    places: Vec<(u8, u16)>,
    initial: CacheState,
    /// Whether stores to shared lines update the other copies.
    updates: bool,
}

/// The bytes of an access that lie in one line.
#[derive(Debug, Clone, Copy)]
struct Part {
    line: usize,
    /// Where in the line.
    offset: usize,
    /// Where in the access.
    first: usize,
    length: usize,
}

impl Cached {
    fn parts(&self, place: Place, size: u8) -> SmallVec<[Part; 2]> {
        let mut parts: SmallVec<[Part; 2]> = SmallVec::new();
        for first in 0..usize::from(size) {
            let Some(&(line, offset)) = self.places.get(usize::from(place.0) + first) else { break };
            match parts.last_mut().filter(|part| part.line == usize::from(line)) {
                Some(part) => part.length += 1,
                None => {
                    parts.push(Part { line: line.into(), offset: offset.into(), first, length: 1 });
                }
            }
        }
        parts
    }

    fn access(core: usize, part: &Part, demand: Demand) -> Access {
        Access { core, line: part.line, demand, offset: part.offset, bytes: Vec::new() }
    }

    /// What a load of a kind asks of its cache: an atomic gets the line for writing at once.
    fn demand(&self, access: Kind) -> Demand {
        let writes = access.intersects(Kind::ATOMIC | Kind::LOCKED) && !self.updates;
        if writes { Demand::Store } else { Demand::Load }
    }

    /// The step of a line that is in a state of memory with these bytes.
    pub(super) fn line_of(&self, memory: &Image, line: usize) -> Bytes {
        let mut bytes = self.caches.layout().contents[line].clone();
        for (&(at, offset), byte) in self.places.iter().zip(memory.bytes()) {
            if usize::from(at) == line {
                bytes[usize::from(offset)] = *byte;
            }
        }
        bytes.into()
    }

    /// Memory as a core that sees everything would read it.
    pub(super) fn newest(&self, state: &caches::State, memory: &Image) -> Image {
        let bytes = self.places.iter().map(|&(line, offset)| {
            self.caches.newest(state, usize::from(line)).get(usize::from(offset)).copied().unwrap_or(0)
        });
        memory.with_bytes(Place(0), &bytes.collect::<Vec<u8>>())
    }

    /// The state after a store, if every line that it touches is writable now.
    pub(super) fn store(&self, state: &CacheState, core: usize, write: Write) -> Option<CacheState> {
        let bytes = write.value.to_le_bytes();
        let mut next: Cow<'_, caches::State> = Cow::Borrowed(state);
        for part in self.parts(write.place, write.size) {
            let access = Access {
                bytes: bytes[part.first..part.first + part.length].to_vec(),
                ..Cached::access(core, &part, Demand::Store)
            };
            next = Cow::Owned(self.caches.store(&next, &access)?);
        }
        Some(CacheState::new(next.into_owned()))
    }

    /// Runs what is under way to its end.
    fn settle(&self, state: &mut caches::State) {
        for _ in 0..SETTLED_AFTER {
            let Some(next) =
                self.caches.progress(state).iter().find_map(|step| self.caches.apply(state, step).ok())
            else {
                return;
            };
            *state = next;
        }
    }

    /// Brings an access to the point where its cache hits, without anything in between; whether that worked.
    fn bring(&self, state: &mut caches::State, access: &Access) -> bool {
        for _ in 0..SETTLED_AFTER {
            let next = match self.caches.toward(state, access) {
                Readiness::Hits => return true,
                Readiness::Needs(step) => self.caches.apply(state, &step).ok(),
                Readiness::Waits => {
                    let mut steps = self.caches.progress(state).into_iter();
                    let moved = steps.find_map(|step| self.caches.apply(state, &step).ok());
                    moved.or_else(|| self.caches.apply_queued(state, access.core, access.line))
                }
            };
            let Some(next) = next else { return false };
            *state = next;
        }
        false
    }

    /// Every line in every cache, as far as they fit.
    fn warm(&self, cores: usize) -> caches::State {
        let mut state = self.caches.initial().clone();
        for line in 0..self.caches.layout().lines() {
            for core in 0..cores {
                let set = self.caches.geometry().set_of(line as u64);
                let full = self.caches.resident(&state, core).iter().filter(|(_, s, _)| *s == set).count();
                if full < self.caches.geometry().ways as usize {
                    let access = Access { core, line, demand: Demand::Load, offset: 0, bytes: Vec::new() };
                    self.bring(&mut state, &access);
                    self.settle(&mut state);
                }
            }
        }
        state
    }
}

/// More steps than any transaction of a correct protocol takes on the most cores there are.
const SETTLED_AFTER: usize = 10_000;

impl<'a> Machine<'a> {
    /// The same machine on other hardware. Its order must be the one that [`Hardware::order`] gives.
    ///
    /// # Errors
    ///
    /// Why this program cannot have such caches.
    pub fn on(mut self, hardware: &Hardware) -> Result<Machine<'a>, String> {
        self.features = hardware.features;
        self.coherent = hardware.is_coherent();
        let Some(config) = &hardware.caches else {
            self.cached = None;
            return Ok(self);
        };
        let program = &self.test.program;
        let caches = Caches::new(program, program.threads.len(), config)?;
        let line_bytes = caches.geometry().line_bytes;
        let widest = program.widest_access();
        if u32::from(widest) > line_bytes {
            return Err(format!("lines of {line_bytes} bytes cannot hold an access of {widest} bytes"));
        }
        let long = program.symbols.iter().find(|symbol| symbol.init.len() > line_bytes as usize);
        if let Some(symbol) = long {
            let crossed = format!("accesses may cross lines of {line_bytes} bytes in {}", symbol.name);
            if caches.geometry().lines() < 2 {
                return Err(format!("{crossed}, and a cache holds one line only"));
            }
            if config.protocol.updates() {
                return Err(format!("{crossed}, and {} updates one line at a time", config.protocol.name));
            }
        }
        let mut places = Vec::new();
        for (index, symbol) in program.symbols.iter().enumerate() {
            if self.layout.start(index).is_some() {
                let at = |byte: usize| caches.locate(symbol.base + byte as u64).unwrap_or_default();
                places
                    .extend((0..symbol.init.len()).map(at).map(|(line, offset)| (line as u8, offset as u16)));
            }
        }
        let initial = CacheState::new(caches.initial().clone());
        let mut cached = Cached { caches, places, initial, updates: config.protocol.updates() };
        if hardware.features.contains(Features::WARM) {
            cached.initial = CacheState::new(cached.warm(program.threads.len()));
        }
        self.cached = Some(cached);
        Ok(self)
    }

    /// The caches, if the machine has any.
    pub fn caches(&self) -> Option<&Caches> {
        self.cached.as_ref().map(|cached| &cached.caches)
    }

    /// The caches and their state.
    pub fn caches_in<'s>(&'s self, state: &'s State) -> Option<(&'s Caches, &'s caches::State)> {
        Some((self.caches()?, state.caches.as_ref()?))
    }

    pub(super) fn cached_in<'s>(&'s self, state: &'s State) -> Option<(&'s Cached, &'s CacheState)> {
        Some((self.cached.as_ref()?, state.caches.as_ref()?))
    }

    pub(super) fn initial_caches(&self) -> Option<CacheState> {
        self.cached.as_ref().map(|cached| cached.initial.clone())
    }

    /// Memory itself, behind the caches; `None` if there are no caches.
    pub fn memory_behind_caches(&self, state: &State) -> Option<Image> {
        let (cached, caches) = self.cached_in(state)?;
        let byte = |&(line, offset): &(u8, u16)| {
            cached.caches.memory(caches, usize::from(line)).get(usize::from(offset)).copied().unwrap_or(0)
        };
        let bytes: Vec<u8> = cached.places.iter().map(byte).collect();
        Some(state.memory.with_bytes(Place(0), &bytes))
    }

    /// The copies and directory entries whose states differ between two states.
    pub fn cache_changes(&self, before: &State, after: &State) -> Vec<CacheChange> {
        let (Some((caches, old)), Some((_, new))) = (self.caches_in(before), self.caches_in(after)) else {
            return Vec::new();
        };
        let mut changes = Vec::new();
        for (line, name) in caches.layout().names.iter().enumerate() {
            for core in 0..before.cores.len() {
                let (from, to) = (caches.state_name(old, core, line), caches.state_name(new, core, line));
                if from != to {
                    changes.push(CacheChange { core: Some(core), line: name.clone(), from, to });
                }
            }
            let home = |state: &caches::State| caches.system().home_name(state.coherence.homes[line].state);
            if home(old) != home(new) {
                let (from, to) = (home(old), home(new));
                changes.push(CacheChange { core: None, line: name.clone(), from, to });
            }
        }
        changes
    }

    /// Whether a store in a store buffer is seen by its own core alone, so that entering it changes nothing for others.
    pub fn buffers_are_private(&self) -> bool {
        !self.features.contains(Features::SHARED_STORE_BUFFER)
    }

    /// Whether loads always return the last completed store.
    pub fn is_coherent(&self) -> bool {
        self.coherent
    }

    /// What is wrong with the caches of a state, as a sentence without its full stop: two caches may write one line, or
    /// a copy is not what the last completed stores have left. Never on coherent hardware.
    pub fn incoherence(&self, state: &State) -> Option<String> {
        let (cached, caches) = self.cached_in(state)?;
        cached.caches.violation(caches, |line| cached.line_of(&state.memory, line))
    }

    /// Memory as event `event` of a core would find it now, were it a load: in its cache, in a copy whose
    /// invalidation is queued, or in a sibling's store buffer. Bytes that are nowhere near are those of
    /// the last completed store.
    pub fn seen<'s>(&self, state: &'s State, core: usize, event: usize) -> Cow<'s, Image> {
        let mut image = Cow::Borrowed(&state.memory);
        let load = &self.trees[core].path(state.cores[core].window.node).events[event];
        let Some(place) = load.place else { return image };
        if let Some((cached, caches)) = self.cached_in(state) {
            for part in cached.parts(place, load.size) {
                let copy = cached.caches.bytes(caches, core, part.line);
                let found = copy.or_else(|| cached.caches.queued(caches, core, part.line));
                let at = Place(place.0 + part.first as u16);
                if let Some(bytes) = found.and_then(|b| b.get(part.offset..part.offset + part.length))
                    && image.bytes().get(usize::from(at.0)..usize::from(at.0) + part.length) != Some(bytes)
                {
                    image = Cow::Owned(image.with_bytes(at, bytes));
                }
            }
        }
        if self.features.contains(Features::SHARED_STORE_BUFFER) && !load.access.intersects(UNSHARED) {
            for write in self.siblings_stores(state, core) {
                image.to_mut().write(write);
            }
        }
        image
    }

    /// The stores in the store buffer of the core that shares its buffer with `core`, in program order, that nothing
    /// can undo any more.
    fn siblings_stores(&self, state: &State, core: usize) -> Vec<Write> {
        let Some(sibling) = state.cores.get(core ^ 1) else { return Vec::new() };
        let (window, path) = (&sibling.window, self.trees[core ^ 1].path(sibling.window.node));
        let open_pair =
            |e: &usize| path.events[*e].pair.is_some() || path.events[*e].access.intersects(UNSHARED);
        // Retirement is in order: everything earlier has its value, and no pair is open.
        let limit = bits(path.loads & !window.known).next().unwrap_or(64);
        let limit = bits(path.stores & !window.done).find(open_pair).unwrap_or(64).min(limit);
        let retired = Mask::MAX.checked_shr(64 - limit.min(64) as u32).unwrap_or(0);
        bits(sibling.issued & !window.done & path.stores & retired)
            .filter_map(|e| window.write(path, e))
            .collect()
    }

    /// Whether event `event` of a core finds every line that it needs in its cache, with the permission it needs.
    pub fn hits(&self, state: &State, core: usize, event: usize) -> bool {
        let Some((cached, caches)) = self.cached_in(state) else { return true };
        let mut parts = self.needs(state, cached, core, event);
        parts.all(|(part, demand)| {
            let readiness = cached.caches.toward(caches, &Cached::access(core, &part, demand));
            let queued = || cached.caches.queued(caches, core, part.line).is_some();
            readiness == Readiness::Hits
                || (demand == Demand::Load && queued() && self.may_read_old_copy(state, core, event))
        })
    }

    /// The lines that an access needs now: none if it is forwarded, or memory is flat.
    pub fn lines_of(&self, state: &State, core: usize, event: usize) -> Vec<usize> {
        let cached = self.cached_in(state).map(|(cached, _)| cached);
        cached
            .into_iter()
            .flat_map(|c| self.needs(state, c, core, event))
            .map(|(part, _)| part.line)
            .collect()
    }

    /// The bytes of lines that an access needs now, as (line, offset, length).
    pub(super) fn spans(&self, state: &State, core: usize, event: usize) -> Vec<(usize, usize, usize)> {
        let cached = self.cached_in(state).map(|(cached, _)| cached);
        let parts = cached.into_iter().flat_map(|c| self.needs(state, c, core, event));
        parts.map(|(part, _)| (part.line, part.offset, part.length)).collect()
    }

    /// The lines that an access needs, and what for.
    fn needs<'s>(
        &self,
        state: &State,
        cached: &'s Cached,
        core: usize,
        event: usize,
    ) -> impl Iterator<Item = (Part, Demand)> + use<'s> {
        let window = &state.cores[core].window;
        let event = &self.trees[core].path(window.node).events[event];
        let forwarded = |e: &Event| {
            let open = e.groups.iter().filter(|group| !window.has(usize::from(group.store)));
            open.fold(0, |all, group| all | group.bytes) == e.bytes()
        };
        let demand = if event.store { Demand::Store } else { cached.demand(event.access) };
        let none = !event.store && forwarded(event);
        let parts = event.place.filter(|_| !none).map(|place| cached.parts(place, event.size));
        parts.into_iter().flatten().map(move |part| (part, demand))
    }

    /// Whether a load may read a copy whose invalidation its core has acknowledged. Executing loads in order, or
    /// one for the address of another, does not have the queue applied; barriers, acquires and locked accesses do.
    fn may_read_old_copy(&self, state: &State, core: usize, event: usize) -> bool {
        let path = self.trees[core].path(state.cores[core].window.node);
        let load = &path.events[event];
        let in_order = self.trees[core].code.order.rules.contains(Rules::READ_READ);
        let strong = UNSHARED.union(Kind::ACQUIRE).union(Kind::ACQUIRE_PC);
        let plainly = |e: usize| {
            let earlier = &path.events[e];
            (in_order || load.address_sources & (1 << e) != 0)
                && !earlier.access.intersects(strong)
                && self.fence_between(core, path, earlier, load).is_none()
        };
        !load.access.intersects(UNSHARED) && bits(load.before & path.loads).all(plainly)
    }

    /// What the cache of a core does for those of its accesses that could complete but for their lines.
    pub(super) fn demands(&self, state: &State, core: usize, waiting: Mask) -> Vec<CacheStep> {
        let mut found = Vec::new();
        let Some((cached, caches)) = self.cached_in(state) else { return found };
        for event in bits(waiting) {
            for (part, demand) in self.needs(state, cached, core, event) {
                let access = Cached::access(core, &part, demand);
                if let Readiness::Needs(caches::Step::Core { line, demand, .. }) =
                    cached.caches.toward(caches, &access)
                {
                    let step = CacheStep::Demand { line, demand };
                    if !found.contains(&step) && !self.is_held(state, core, usize::from(line), demand) {
                        found.push(step);
                    }
                }
            }
        }
        found
    }

    fn is_held(&self, state: &State, core: usize, line: usize, demand: Demand) -> bool {
        demand == Demand::Evict && self.holds(state, core, line)
    }

    /// The steps of bus, directory and queues that are under way.
    pub(super) fn traffic(&self, state: &State) -> Vec<Step> {
        let Some((cached, caches)) = self.cached_in(state) else { return Vec::new() };
        let mut steps = Vec::new();
        for step in cached.caches.progress(caches) {
            let disturbed = cached.caches.disturbs(caches, &step);
            if disturbed.is_some_and(|(core, line)| self.holds(state, core, line)) {
                continue;
            }
            let bus_core = caches.coherence.bus.as_ref().map_or(0, |bus| usize::from(bus.core));
            match step {
                caches::Step::Core { .. } => {}
                caches::Step::Snoop { core } => {
                    steps.push(Step::Cache { core: core.into(), step: CacheStep::Snoop });
                }
                caches::Step::Finish => {
                    if !self.supplies_word(state, cached, caches) {
                        steps.push(Step::Cache { core: bus_core, step: CacheStep::Finish });
                    }
                }
                caches::Step::Deliver(message) => {
                    let place = caches.coherence.messages.iter().position(|other| *other == message);
                    let step = CacheStep::Deliver { message: place.unwrap_or(0) as u8 };
                    steps.push(Step::Cache { core: concerned(&message, caches), step });
                }
            }
        }
        for core in 0..state.cores.len() {
            let queue = cached.caches.queue(caches, core);
            let apply = |line| Step::Cache { core, step: CacheStep::Invalidate { line: line as u8 } };
            steps.extend(queue.map(apply));
        }
        steps
    }

    /// Whether a store can supply the word that an update transaction waits for.
    fn supplies_word(&self, state: &State, cached: &Cached, caches: &caches::State) -> bool {
        let Some((core, line)) = cached.caches.awaits_word(caches) else { return false };
        let touches =
            |write: Write| cached.parts(write.place, write.size).iter().any(|part| part.line == line);
        let events = bits(self.trees[core].path(state.cores[core].window.node).stores);
        events.into_iter().any(|event| {
            self.draining(state, core, event).is_some_and(|w| touches(w) && self.accepted(state, core, w))
                || self
                    .guesses(state, core, event)
                    .iter()
                    .any(|step| self.guessed(state, step).is_some_and(touches))
        })
    }

    /// Whether a core holds a line against requests of other cores: it is in the middle of an atomic access to it,
    /// and could complete that now (`docs`: locked instructions and exclusive monitors).
    fn holds(&self, state: &State, core: usize, line: usize) -> bool {
        let Some((cached, _)) = self.cached_in(state) else { return false };
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        bits(path.stores & !window.done).any(|store| {
            let event = &path.events[store];
            event.pair.is_some_and(|load| window.has(usize::from(load)))
                && event
                    .place
                    .is_some_and(|p| cached.parts(p, event.size).iter().any(|part| part.line == line))
                && self.draining(state, core, store).is_some_and(|w| self.accepted(state, core, w))
                && self.hits(state, core, store)
        })
    }

    /// The caches' own form of a step.
    pub(super) fn cache_step(&self, state: &State, core: usize, step: CacheStep) -> Option<caches::Step> {
        let (_, caches) = self.cached_in(state)?;
        match step {
            CacheStep::Demand { line, demand } => {
                Some(caches::Step::Core { core: core as u8, line, demand, written: Bytes::default() })
            }
            CacheStep::Snoop => Some(caches::Step::Snoop { core: core as u8 }),
            CacheStep::Finish => Some(caches::Step::Finish),
            CacheStep::Deliver { message } => {
                caches.coherence.messages.get(usize::from(message)).cloned().map(caches::Step::Deliver)
            }
            CacheStep::Invalidate { .. } => None,
        }
    }

    /// The state of the caches after a step of theirs.
    pub(super) fn after_cache_step(&self, state: &State, core: usize, step: CacheStep) -> Option<CacheState> {
        let (cached, caches) = self.cached_in(state)?;
        if let CacheStep::Invalidate { line } = step {
            return cached.caches.apply_queued(caches, core, usize::from(line)).map(CacheState::new);
        }
        let step = self.cache_step(state, core, step)?;
        cached.caches.apply(caches, &step).ok().map(CacheState::new)
    }

    /// Writes that touch every byte of the program in a line.
    pub(super) fn writes_to_line(&self, line: usize) -> Vec<Write> {
        let Some(cached) = &self.cached else { return Vec::new() };
        let places = cached.places.iter().enumerate().filter(|(_, (at, _))| usize::from(*at) == line);
        places.map(|(place, _)| Write::new(Place(place as u16), 1, 0, None)).collect()
    }

    /// The state of the caches after a load of a core has used its lines.
    pub(super) fn after_load(&self, state: &State, core: usize, event: usize) -> Option<CacheState> {
        let (cached, caches) = self.cached_in(state)?;
        let mut next = (**caches).clone();
        for (part, _) in self.needs(state, cached, core, event) {
            cached.caches.touch(&mut next, core, part.line);
        }
        Some(if next == **caches { caches.clone() } else { CacheState::new(next) })
    }

    /// The state in which nothing is under way and the lines of an access are where it needs them, reached without
    /// anything else in between; `None` if the protocol cannot do that.
    pub(super) fn brought(&self, state: &State, core: usize, event: usize) -> Option<State> {
        let (cached, caches) = self.cached_in(state)?;
        let mut next = (**caches).clone();
        for _ in 0..2 {
            for (part, demand) in self.needs(state, cached, core, event) {
                let old = demand == Demand::Load
                    && cached.caches.queued(&next, core, part.line).is_some()
                    && self.may_read_old_copy(state, core, event);
                if !old && !cached.bring(&mut next, &Cached::access(core, &part, demand)) {
                    return None;
                }
            }
        }
        Some(State { caches: Some(CacheState::new(next)), ..state.clone() })
    }

    /// Runs what is under way between caches to its end.
    pub(super) fn settle_caches(&self, state: &mut State) {
        if let (Some(cached), Some(caches)) = (&self.cached, &state.caches)
            && !cached.caches.is_quiet(caches)
        {
            let mut next = (**caches).clone();
            cached.settle(&mut next);
            state.caches = Some(CacheState::new(next));
        }
    }
}

/// Accesses that no buffer shows to another core and that read no old copy: they need the line itself.
const UNSHARED: Kind = Kind::ATOMIC.union(Kind::LOCKED).union(Kind::EXCLUSIVE);

/// The core that a message goes to, or that a message to the home comes from.
fn concerned(message: &Message<Bytes>, caches: &caches::State) -> usize {
    match (message.to, message.requester) {
        (NOBODY, NOBODY) => {
            // Data of an old owner, for memory: it concerns the reader that has the home wait.
            let sharers = caches.coherence.homes[usize::from(message.line)].sharers;
            if sharers == 0 { 0 } else { sharers.trailing_zeros() as usize }
        }
        (NOBODY, from) => usize::from(from),
        (to, _) => usize::from(to),
    }
}
