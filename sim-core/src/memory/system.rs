//! Carries protocol tables out: caches, homes, the bus, and messages, one named step at a time.
//!
//! Everything is plain data. A line's contents are a type parameter `D`: a small number for the checker,
//! bytes for the machine. The system decides nothing about *when* a core asks for what: whoever drives it
//! offers [`Step::Core`] steps and takes the others from [`System::progress`].

mod bus;
mod invariants;
mod names;
mod network;

use std::fmt::Debug;
use std::hash::Hash;

use super::directory::CacheActions;
use super::protocol::{Family, Protocol};
use super::snooping::Actions;
use super::table::{Entry, Permissions};

pub use invariants::Incoherence;

/// Contents of a line. The default stands wherever there is none.
pub trait Contents: Clone + Default + Eq + Ord + Hash + Debug {}
impl<T: Clone + Default + Eq + Ord + Hash + Debug> Contents for T {}

/// The most cores that a system has.
pub const CORES_MAX: usize = 14;

/// No core.
pub const NOBODY: u8 = 15;

/// A line in one cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct CacheLine<D> {
    /// A row of the cache table.
    pub state: u8,
    /// Acknowledgements still to come; less than 0 if some came before the data that counts them.
    pub acks: i8,
    /// The contents, or the default where the state needs none.
    pub data: D,
}

impl<D: Default> CacheLine<D> {
    /// Clears data that the state does not hold, so that equal situations are equal states.
    fn forget(&mut self, permissions: Permissions) {
        if !permissions.intersects(Permissions::HOLDS) {
            self.data = D::default();
        }
    }
}

/// A line at home: memory, and its directory entry if the protocol has a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Home<D> {
    /// A row of the directory table; 0 on a bus.
    pub state: u8,
    /// The owner, or [`NOBODY`].
    pub owner: u8,
    /// The sharers, one bit per core.
    pub sharers: u16,
    /// The contents of memory.
    pub memory: D,
}

/// What the bus is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Transaction<D> {
    /// The requester's state when it took the bus: with `event`, the entry that is being carried out.
    pub entry_state: u8,
    /// The column of that entry.
    pub event: u8,
    /// The requester.
    pub core: u8,
    /// The line.
    pub line: u8,
    /// Caches that have not snooped yet, one bit per core.
    pub waiting: u16,
    /// Caches that take the new word at the end, one bit per core.
    pub updates: u16,
    /// Whether the shared line is raised.
    pub shared: bool,
    /// What a cache has flushed.
    pub flushed: Option<D>,
    /// The contents after the store, in an update.
    pub written: D,
}

/// What a message says. Those up to [`Kind::PutM`] and [`Kind::DataHome`] go to the home, the others to a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Read request.
    GetS,
    /// Write request.
    GetM,
    /// A shared copy is given up.
    PutS,
    /// An unchanged line is given back.
    PutE,
    /// A line is given back with data.
    PutM,
    /// Data for memory.
    DataHome,
    /// A forwarded read request.
    FwdGetS,
    /// A forwarded write request.
    FwdGetM,
    /// Invalidate.
    Inv,
    /// The line is taken back.
    PutAck,
    /// The line was given back too late.
    PutRaced,
    /// Data for a requester, which becomes exclusive.
    DataE,
    /// Data for a requester, with the number of acks to wait for.
    Data,
    /// A sharer has invalidated.
    InvAck,
}

/// A message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Message<D> {
    /// What it says.
    pub kind: Kind,
    /// About which line.
    pub line: u8,
    /// The cache it goes to, or [`NOBODY`] for the home.
    pub to: u8,
    /// The cache that asked first, where the receiver must know, otherwise [`NOBODY`].
    pub requester: u8,
    /// Acks to wait for, with [`Kind::Data`].
    pub acks: u8,
    /// The data, if it carries any.
    pub data: D,
}

/// A state of the whole system. Equal states are equal values.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct State<D> {
    /// `copies[line * cores + core]`.
    pub copies: Vec<CacheLine<D>>,
    /// `homes[line]`.
    pub homes: Vec<Home<D>>,
    /// The transaction that holds the bus.
    pub bus: Option<Transaction<D>>,
    /// Messages on their way, sorted: the network knows no order.
    pub messages: Vec<Message<D>>,
}

impl<D: Clone> Clone for State<D> {
    fn clone(&self) -> State<D> {
        State {
            copies: self.copies.clone(),
            homes: self.homes.clone(),
            bus: self.bus.clone(),
            messages: self.messages.clone(),
        }
    }

    /// Reuses the vectors, which searches need.
    fn clone_from(&mut self, other: &State<D>) {
        self.copies.clone_from(&other.copies);
        self.homes.clone_from(&other.homes);
        self.bus.clone_from(&other.bus);
        self.messages.clone_from(&other.messages);
    }
}

/// A state in whatever form it is kept: what a step changes of it.
pub trait Access<D> {
    /// Changes the copy at a place ([`System::copy`]).
    fn with_copy<R>(&mut self, place: usize, change: impl FnOnce(&mut CacheLine<D>) -> R) -> R;
    /// Changes a line at home.
    fn with_home<R>(&mut self, line: u8, change: impl FnOnce(&mut Home<D>) -> R) -> R;
    /// Changes what the bus is busy with.
    fn with_bus<R>(&mut self, change: impl FnOnce(&mut Option<Transaction<D>>) -> R) -> R;
    /// Adds a message.
    fn send(&mut self, message: Message<D>);
    /// The place of a message among those that are on their way.
    fn place_of(&self, message: &Message<D>) -> Option<usize>;
    /// Takes the message at a place away.
    fn take(&mut self, place: usize);
}

impl<D: Contents> Access<D> for State<D> {
    fn with_copy<R>(&mut self, place: usize, change: impl FnOnce(&mut CacheLine<D>) -> R) -> R {
        change(&mut self.copies[place])
    }

    fn with_home<R>(&mut self, line: u8, change: impl FnOnce(&mut Home<D>) -> R) -> R {
        change(&mut self.homes[usize::from(line)])
    }

    fn with_bus<R>(&mut self, change: impl FnOnce(&mut Option<Transaction<D>>) -> R) -> R {
        change(&mut self.bus)
    }

    fn send(&mut self, message: Message<D>) {
        let place = self.messages.partition_point(|other| *other < message);
        self.messages.insert(place, message);
    }

    fn place_of(&self, message: &Message<D>) -> Option<usize> {
        self.messages.iter().position(|other| other == message)
    }

    fn take(&mut self, place: usize) {
        self.messages.remove(place);
    }
}

/// What a core wants of its cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Demand {
    /// Read the line. The same column in every cache table.
    Load = 0,
    /// Write the line.
    Store = 1,
    /// Make room: no core asks for this, its cache does.
    Evict = 2,
}

impl Demand {
    /// All demands.
    pub const ALL: [Demand; 3] = [Demand::Load, Demand::Store, Demand::Evict];

    /// As in names of steps.
    pub fn name(self) -> &'static str {
        match self {
            Demand::Load => "load",
            Demand::Store => "store",
            Demand::Evict => "evict",
        }
    }
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step<D> {
    /// A cache acts on a demand: it hits, asks, or drops.
    Core {
        /// Whose cache.
        core: u8,
        /// The line.
        line: u8,
        /// What is wanted.
        demand: Demand,
        /// The contents after the store; the default for other demands.
        written: D,
    },
    /// A cache snoops the transaction on the bus.
    Snoop {
        /// Whose cache.
        core: u8,
    },
    /// The transaction on the bus ends: data arrive, the requester goes on.
    Finish,
    /// A message arrives.
    Deliver(Message<D>),
}

/// What a step did beyond changing the state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effect<D> {
    /// A store completed: the line and its contents now.
    pub stored: Option<(u8, D)>,
    /// The entry of the cache table that was carried out, by number.
    pub cache_entry: Option<usize>,
    /// The entry of the directory table that was carried out, by number.
    pub home_entry: Option<usize>,
}

/// How a step uses memory, behind the caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryUse {
    /// The line.
    pub line: u8,
    /// Whether memory takes the line; otherwise it delivers it.
    pub write: bool,
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not now: the table says stall, the bus is busy, or not everyone has snooped.
    Waits,
    /// The table says that this cannot happen. The number of the entry, in the directory's table if `home`.
    Impossible {
        /// Whether it is an entry of the directory's table.
        home: bool,
        /// The number of the entry.
        place: usize,
    },
}

/// A protocol on a number of cores and lines.
#[derive(Debug, Clone)]
pub struct System {
    /// The tables.
    pub protocol: Protocol,
    /// 1 to [`CORES_MAX`].
    pub cores: u8,
    /// 1 or more.
    pub lines: u8,
}

impl System {
    /// The state in which no cache has anything and memory is `memory[line]`.
    pub fn initial<D: Contents>(&self, memory: &[D]) -> State<D> {
        assert_eq!(memory.len(), usize::from(self.lines));
        let home = |contents: &D| Home { state: 0, owner: NOBODY, sharers: 0, memory: contents.clone() };
        State {
            copies: vec![CacheLine::default(); usize::from(self.cores) * usize::from(self.lines)],
            homes: memory.iter().map(home).collect(),
            bus: None,
            messages: vec![],
        }
    }

    /// The place of a copy in [`State::copies`].
    #[inline]
    pub fn copy(&self, core: u8, line: u8) -> usize {
        usize::from(line) * usize::from(self.cores) + usize::from(core)
    }

    /// What a cache may do with a line in a state of the cache table.
    #[inline]
    pub fn permissions(&self, state: u8) -> Permissions {
        match &self.protocol.family {
            Family::Snooping(table) => table.permissions(state),
            Family::Directory { cache, .. } => cache.permissions(state),
        }
    }

    /// The name of a state of the cache table.
    pub fn state_name(&self, state: u8) -> &'static str {
        match &self.protocol.family {
            Family::Snooping(table) => table.name(state),
            Family::Directory { cache, .. } => cache.name(state),
        }
    }

    /// Whether nothing is under way.
    pub fn is_quiet<D: Contents>(&self, state: &State<D>) -> bool {
        let settled = |state: u8| !self.permissions(state).contains(Permissions::TRANSIENT);
        state.bus.is_none()
            && state.messages.is_empty()
            && state.copies.iter().all(|copy| settled(copy.state))
            && state.homes.iter().all(|home| self.home_is_settled(home.state))
    }

    /// Whether a home in a state of the directory's table waits for nothing.
    pub fn home_is_settled(&self, state: u8) -> bool {
        match &self.protocol.family {
            Family::Snooping(_) => true,
            Family::Directory { home, .. } => !home.permissions(state).contains(Permissions::TRANSIENT),
        }
    }

    /// Whether a demand is served by the cache alone, now.
    pub fn hits<D: Contents>(&self, state: &State<D>, core: u8, line: u8, demand: Demand) -> bool {
        let from = state.copies[self.copy(core, line)].state;
        match &self.protocol.family {
            Family::Snooping(table) => hit(table.entry(from, demand as usize), Actions::HIT),
            Family::Directory { cache, .. } => hit(cache.entry(from, demand as usize), CacheActions::HIT),
        }
    }

    /// The entry that makes a step wait, if the table says so: whether it is the directory's, and its number.
    pub fn stalled_entry<D: Contents>(&self, state: &State<D>, step: &Step<D>) -> Option<(bool, usize)> {
        match (&self.protocol.family, step) {
            (Family::Directory { cache, home }, Step::Deliver(message)) => {
                network::stalled_entry(self, cache, home, state, message)
            }
            (Family::Directory { cache, .. }, Step::Core { core, line, demand, .. }) => {
                let from = state.copies[self.copy(*core, *line)].state;
                let stalls = cache.entry(from, *demand as usize) == Entry::Stall;
                stalls.then(|| (false, cache.place(from, *demand as usize)))
            }
            (Family::Directory { .. } | Family::Snooping(_), _) => None,
        }
    }

    /// How a step that can be taken uses memory, if it does.
    pub fn memory_use<D: Contents>(&self, state: &State<D>, step: &Step<D>) -> Option<MemoryUse> {
        match (&self.protocol.family, step) {
            (Family::Snooping(table), step) => bus::memory_use(self, table, state, step),
            (Family::Directory { home, .. }, Step::Deliver(message)) => {
                network::memory_use(home, state, message)
            }
            (Family::Directory { .. }, _) => None,
        }
    }

    /// The steps that need no demand: snoops, the end of a transaction, messages. Some may have to wait
    /// ([`Refusal::Waits`]). Appended, so that a caller can reuse the vector.
    pub fn progress<D: Contents>(&self, state: &State<D>, steps: &mut Vec<Step<D>>) {
        if let Some(bus) = &state.bus {
            let waiting = (0..self.cores).filter(|core| bus.waiting & 1 << core != 0);
            steps.extend(waiting.map(|core| Step::Snoop { core }));
            if bus.waiting == 0 {
                steps.push(Step::Finish);
            }
        }
        for (place, message) in state.messages.iter().enumerate() {
            if place == 0 || state.messages[place - 1] != *message {
                steps.push(Step::Deliver(message.clone()));
            }
        }
    }

    /// Whether a step is one of those that [need no demand](Self::progress).
    pub fn is_under_way<D: Contents>(&self, state: &State<D>, step: &Step<D>) -> bool {
        match step {
            Step::Core { .. } => false,
            Step::Snoop { core } => state.bus.as_ref().is_some_and(|bus| bus.waiting & 1 << core != 0),
            Step::Finish => state.bus.as_ref().is_some_and(|bus| bus.waiting == 0),
            Step::Deliver(message) => state.messages.contains(message),
        }
    }

    /// Takes a step. On refusal the state is as it was.
    ///
    /// # Errors
    ///
    /// The step has to wait, or the table has no entry for it.
    pub fn apply<D: Contents>(
        &self,
        state: &mut impl Access<D>,
        step: &Step<D>,
    ) -> Result<Effect<D>, Refusal> {
        match &self.protocol.family {
            Family::Snooping(table) => bus::apply(self, table, state, step),
            Family::Directory { cache, home } => network::apply(self, cache, home, state, step),
        }
    }
}

fn hit<A: bitflags::Flags>(entry: Entry<u8, A>, flag: A) -> bool {
    matches!(entry, Entry::Go { actions, .. } if actions.contains(flag))
}
