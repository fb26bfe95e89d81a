//! Between cores and caches: which lines an access needs, what a load sees there, and the steps that bring lines
//! near.
//!
//! A core's access completes as one step of the core, once every line that it touches is in its cache with the right
//! permission ([`Machine::hits`]). Until then the core's cache wants the line, and the steps of caches, bus and
//! directory are steps of the machine ([`Step::Cache`](super::Step::Cache)). They change which lines are where and nothing else; the
//! last completed store to each byte stays in [`State::memory`], beside the caches, and is what every valid copy must
//! hold ([`Machine::incoherence`]).

mod access;
mod traffic;

use std::borrow::Cow;
use std::hash::{BuildHasher as _, Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

use super::hardware::{Features, Hardware};
use super::{Machine, State};
use crate::core::{Image, Write};
use crate::memory::caches::{self, Access, Bytes, Caches, Readiness};
use crate::memory::system::Demand;
use crate::order::Place;
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

/// Who has something to say about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The private cache of a core.
    Core(usize),
    /// The directory.
    Directory,
    /// The second level that the cores share.
    Level2,
}

/// A copy or a directory entry that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheChange<'s> {
    /// Where.
    pub holder: Holder,
    /// The name of the line.
    pub line: &'s str,
    /// The state before.
    pub from: &'static str,
    /// The state after.
    pub to: &'static str,
}

/// A state of the caches, shared by the states of the machine that have it.
#[derive(Debug, Clone)]
pub struct CacheState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: caches::State,
    /// The state's hash, once somebody has asked for it: searches do, single runs don't.
    hash: OnceLock<u64>,
}

impl CacheState {
    fn new(state: caches::State) -> CacheState {
        CacheState(Arc::new(Shared { state, hash: OnceLock::new() }))
    }
}

impl Deref for CacheState {
    type Target = caches::State;

    fn deref(&self) -> &caches::State {
        &self.0.state
    }
}

impl PartialEq for CacheState {
    fn eq(&self, other: &CacheState) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.state == other.0.state
    }
}

impl Eq for CacheState {}

impl Hash for CacheState {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let hash = || foldhash::fast::FixedState::default().hash_one(&self.0.state);
        hasher.write_u64(*self.0.hash.get_or_init(hash));
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

/// The parts of an access, in the order of their addresses.
#[derive(Debug, Clone, Default)]
struct Parts<'c> {
    /// Where the bytes of the access lie that are not part of those before.
    places: &'c [(u8, u16)],
    /// How many bytes come before.
    first: usize,
}

impl Iterator for Parts<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let (&(line, offset), &(last, _)) = (self.places.first()?, self.places.last()?);
        let in_line = || self.places.iter().take_while(|(other, _)| *other == line).count();
        let length = if line == last { self.places.len() } else { in_line() };
        let part = Part { line: line.into(), offset: offset.into(), first: self.first, length };
        self.places = &self.places[length..];
        self.first += length;
        Some(part)
    }
}

impl Cached {
    /// The parts of an access. An access outside the image has none.
    fn parts(&self, place: Place, size: u8) -> Parts<'_> {
        let from = self.places.get(usize::from(place.0)..).unwrap_or_default();
        Parts { places: &from[..from.len().min(size.into())], first: 0 }
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
    pub fn cache_changes<'s>(
        &'s self,
        before: &'s State,
        after: &'s State,
    ) -> SmallVec<[CacheChange<'s>; 4]> {
        let mut changes = SmallVec::new();
        let (Some((caches, old)), Some((_, new))) = (self.caches_in(before), self.caches_in(after)) else {
            return changes;
        };
        let level2 = [old, new].map(|state| caches.level2_lines(state));
        let in_level2 = |at: usize, line: usize| match level2[at].iter().find(|held| held.line == line) {
            None => "absent",
            Some(held) if held.dirty => "dirty",
            Some(_) => "clean",
        };
        let system = caches.system();
        for (line, name) in caches.layout().names.iter().enumerate() {
            let mut compare = |holder, from, to| {
                if from != to {
                    changes.push(CacheChange { holder, line: name, from, to });
                }
            };
            for core in 0..before.cores.len() {
                let [from, to] = [old, new].map(|at| caches.state_of(at, core, line));
                if from != to {
                    compare(Holder::Core(core), system.state_name(from), system.state_name(to));
                }
            }
            let [from, to] = [old, new].map(|at| at.coherence.homes[line].state);
            if from != to {
                compare(Holder::Directory, system.home_name(from), system.home_name(to));
            }
            compare(Holder::Level2, in_level2(0, line), in_level2(1, line));
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
}
