//! Transactions through a directory: messages between caches and the homes of lines, delivered until none is
//! left, before anything else happens.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::caches::Caches;
use super::{Cost, Holds};
use crate::memory::directory::{CacheActions, CacheEvent, HomeActions, HomeEvent};
use crate::memory::system::Kind;
use crate::memory::table::{Entry, Permissions, Table};

/// Bytes of a message beside the line that it may carry: an address and a kind.
const HEAD_BYTES: u64 = 8;

/// The tables of a protocol, and what the homes know.
#[derive(Debug, Clone)]
pub(super) struct Network {
    cache: Table<CacheActions>,
    home: Table<HomeActions>,
    /// The homes of all lines that are in caches.
    homes: HashMap<u64, Home, FixedState>,
    /// Messages on their way, the first to arrive last.
    messages: Vec<Message>,
}

/// The directory entry of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Home {
    /// A row of the home's table.
    state: u8,
    owner: Option<usize>,
    /// One bit per core.
    sharers: u64,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    kind: Kind,
    to: Place,
    /// Acks to wait for, with [`Kind::Data`].
    acks: i8,
    /// Cycles from the beginning of the transaction until it arrives.
    at: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Home,
    Cache(usize),
}

/// One transaction: everything that it can change.
struct Transaction<'a> {
    network: &'a mut Network,
    caches: &'a mut Caches,
    line: u64,
    home: Home,
    /// Who asked, the state of its copy, and the acks that it waits for.
    core: usize,
    state: u8,
    acks: i8,
    /// Copies taken away.
    taken: u64,
}

impl Network {
    pub(super) fn new(cache: &Table<CacheActions>, home: &Table<HomeActions>) -> Network {
        Network {
            cache: cache.clone(),
            home: home.clone(),
            homes: HashMap::with_hasher(FixedState::with_seed(4)),
            messages: vec![],
        }
    }

    /// A core has sent the home of a line a request, and its copy waits in `state`; the state that the answer
    /// leaves it in. A message that a table has no entry for is lost, which only seeded bugs lead to.
    pub(super) fn transact(
        &mut self,
        caches: &mut Caches,
        (core, line): (usize, u64),
        request: Kind,
        state: u8,
        cost: &mut Cost,
    ) -> u8 {
        caches.now += 1;
        let counters = &mut caches.cores[core].counters;
        match request {
            Kind::GetS => counters.bus_rd += 1,
            Kind::GetM if caches.table.may(state, Permissions::READ) => counters.bus_upgr += 1,
            Kind::GetM => counters.bus_rdx += 1,
            _ => {}
        }
        let home = self.homes.remove(&line).unwrap_or_default();
        let mut transaction =
            Transaction { network: self, caches, line, home, core, state, acks: 0, taken: 0 };
        cost.cycles += transaction.run(request);
        cost.holds = Holds::Line(line);
        let Transaction { home, state, taken, .. } = transaction;
        caches.count_taken(core, taken);
        if home != Home::default() {
            self.homes.insert(line, home);
        }
        state
    }
}

impl Transaction<'_> {
    /// Delivers messages until there are none; when the last one arrives.
    fn run(&mut self, request: Kind) -> u64 {
        self.send(request, Place::Home, 0, 0);
        let mut now = 0;
        while let Some(message) = self.network.messages.pop() {
            now = message.at;
            match message.to {
                Place::Home => self.at_home(message),
                Place::Cache(to) if to == self.core => self.at_requester(message),
                Place::Cache(to) => self.at_cache(to, message),
            }
        }
        now
    }

    /// Sends a message that leaves at a time.
    fn send(&mut self, kind: Kind, to: Place, acks: i8, leaves: u64) {
        let data = matches!(kind, Kind::Data | Kind::DataE | Kind::DataHome | Kind::PutM);
        let bytes = if data { u64::from(self.caches.geometry.line_bytes) } else { 0 };
        let counters = &mut self.caches.cores[self.core].counters;
        counters.messages[kind as usize] += 1;
        counters.bus_bytes += HEAD_BYTES + bytes;
        let message = Message { kind, to, acks, at: leaves + self.caches.latencies.hop };
        let messages = &mut self.network.messages;
        let place = messages.partition_point(|other| other.at > message.at);
        messages.insert(place, message);
    }

    fn at_home(&mut self, Message { kind, at, .. }: Message) {
        let before = self.home;
        let event = before.event(kind, self.core) as usize;
        let Entry::Go { actions, next, .. } = self.network.home.entry(before.state, event) else { return };
        self.home.state = next;
        self.home.book(actions, self.core);
        let told = if actions.contains(HomeActions::INV) { before.sharers & !(1 << self.core) } else { 0 };
        let mut leaves = at;
        if kind == Kind::PutM {
            leaves += self.caches.write_back(self.core, self.line);
        }
        let requester = Place::Cache(self.core);
        for (flag, kind) in [(HomeActions::DATA, Kind::Data), (HomeActions::DATA_E, Kind::DataE)] {
            if actions.contains(flag) {
                let fetched = self.caches.take_from_memory(self.core, self.line);
                self.send(kind, requester, told.count_ones() as i8, leaves + fetched);
            }
        }
        for (flag, kind) in [(HomeActions::FWD_GET_S, Kind::FwdGetS), (HomeActions::FWD_GET_M, Kind::FwdGetM)]
        {
            if let Some(owner) = before.owner.filter(|_| actions.contains(flag)) {
                self.send(kind, Place::Cache(owner), 0, leaves);
            }
        }
        for core in (0..self.caches.cores.len()).filter(|core| told >> core & 1 != 0) {
            self.send(Kind::Inv, Place::Cache(core), 0, leaves);
        }
        for (flag, kind) in [(HomeActions::PUT_ACK, Kind::PutAck), (HomeActions::PUT_RACED, Kind::PutRaced)] {
            if actions.contains(flag) {
                self.send(kind, requester, 0, leaves);
            }
        }
    }

    fn at_requester(&mut self, message: Message) {
        let (event, acks) = cache_event(message, self.acks);
        if let Entry::Go { next, .. } = self.network.cache.entry(self.state, event as usize) {
            (self.state, self.acks) = (next, acks);
        }
    }

    fn at_cache(&mut self, core: usize, message: Message) {
        let Some(place) = self.caches.find(core, self.line) else { return };
        let state = self.caches.cores[core].ways[place].state;
        let event = cache_event(message, 0).0 as usize;
        let Entry::Go { actions, next, .. } = self.network.cache.entry(state, event) else { return };
        let sends = actions.contains(CacheActions::DATA_TO_REQUESTER);
        self.taken += u64::from(self.caches.answer(core, place, next, sends));
        let sent = if sends { self.caches.take_from_cache(self.core) } else { 0 };
        let requester = Place::Cache(self.core);
        for (flag, kind, to) in [
            (CacheActions::DATA_TO_REQUESTER, Kind::Data, requester),
            (CacheActions::DATA_TO_HOME, Kind::DataHome, Place::Home),
            (CacheActions::ACK, Kind::InvAck, requester),
        ] {
            if actions.contains(flag) {
                self.send(kind, to, 0, message.at + sent);
            }
        }
    }
}

impl Home {
    /// What a message, of a transaction that a core began, is for the home.
    fn event(&self, kind: Kind, core: usize) -> HomeEvent {
        match kind {
            Kind::GetS => HomeEvent::GetS,
            Kind::GetM => HomeEvent::GetM,
            Kind::PutM if self.owner == Some(core) => HomeEvent::PutM,
            Kind::PutS | Kind::PutE if self.owner == Some(core) => HomeEvent::PutE,
            Kind::PutS | Kind::PutE | Kind::PutM if self.sharers == 1 << core => HomeEvent::PutLast,
            Kind::PutS | Kind::PutE | Kind::PutM if self.sharers >> core & 1 != 0 => HomeEvent::PutS,
            Kind::PutS | Kind::PutE | Kind::PutM => HomeEvent::PutRaced,
            _ => HomeEvent::Data,
        }
    }

    /// Notes who has the line, after a message of a transaction that a core began.
    fn book(&mut self, actions: HomeActions, core: usize) {
        if actions.contains(HomeActions::INV) {
            self.sharers = 0;
        }
        if actions.contains(HomeActions::ADD_SHARER) {
            self.sharers |= 1 << core;
        }
        if actions.contains(HomeActions::OWNER_SHARES) {
            self.sharers |= self.owner.take().map_or(0, |owner| 1 << owner);
        }
        if actions.contains(HomeActions::SET_OWNER) {
            self.owner = Some(core);
        }
        if actions.contains(HomeActions::REMOVE) {
            self.sharers &= !(1 << core);
            self.owner = self.owner.filter(|owner| *owner != core);
        }
    }
}

/// What a message is for a cache that waits for `acks` acks (less than 0: some came before the data that counts
/// them), and that count afterwards.
fn cache_event(message: Message, acks: i8) -> (CacheEvent, i8) {
    match message.kind {
        Kind::FwdGetS => (CacheEvent::FwdGetS, acks),
        Kind::FwdGetM => (CacheEvent::FwdGetM, acks),
        Kind::Inv => (CacheEvent::Inv, acks),
        Kind::PutAck => (CacheEvent::PutAck, acks),
        Kind::PutRaced => (CacheEvent::PutRaced, acks),
        Kind::DataE => (CacheEvent::DataE, acks),
        Kind::InvAck => (if acks == 1 { CacheEvent::LastAck } else { CacheEvent::InvAck }, acks - 1),
        _ => match acks + message.acks {
            0 => (CacheEvent::Data, 0),
            acks => (CacheEvent::DataAcks, acks),
        },
    }
}
