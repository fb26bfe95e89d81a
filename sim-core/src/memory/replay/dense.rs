//! What a cache does for its core, as a small array for tens of millions of look-ups a second.

use crate::memory::directory::CacheActions;
use crate::memory::protocol::{Family, Protocol};
use crate::memory::snooping::{Actions, Event};
use crate::memory::system::{Demand, Kind};
use crate::memory::table::{Entry, Permissions, Table};

/// What a cache asks of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// Nothing.
    None,
    /// A transaction on the bus that the other caches snoop.
    Bus(Event),
    /// A line for memory, over the bus.
    WriteBack,
    /// A message to the line's home.
    Home(Kind),
}

/// What a demand comes to in a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demanded {
    pub(super) request: Request,
    /// The next state: after a transaction on the bus, with the shared line low; with a message on its way, the
    /// one that waits for the answer.
    pub(super) next: u8,
    /// The state after a transaction with the shared line raised.
    pub(super) shared: u8,
}

/// The most states.
pub(super) const STATES: usize = 16;

/// The columns of the demands, and the permissions, of a cache's table.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    demands: [Demanded; STATES * 4],
    permissions: [Permissions; STATES],
}

impl Dense {
    /// Compiles a protocol.
    ///
    /// # Errors
    ///
    /// It has too many states.
    pub(super) fn new(protocol: &Protocol) -> Result<Dense, String> {
        let states = match &protocol.family {
            Family::Snooping(table) => table.states.len(),
            Family::Directory { cache, .. } => cache.states.len(),
        };
        if states > STATES {
            return Err(format!("{} has more than {STATES} states", protocol.name));
        }
        let mut dense = Dense {
            demands: [Demanded { request: Request::None, next: 0, shared: 0 }; STATES * 4],
            permissions: [Permissions::empty(); STATES],
        };
        for state in 0..states as u8 {
            for demand in Demand::ALL {
                dense.demands[usize::from(state) * 4 + demand as usize] = match &protocol.family {
                    Family::Snooping(table) => demanded(table, state, demand, bus_request),
                    Family::Directory { cache, .. } => demanded(cache, state, demand, home_request),
                };
            }
            dense.permissions[usize::from(state)] = match &protocol.family {
                Family::Snooping(table) => table.permissions(state),
                Family::Directory { cache, .. } => cache.permissions(state),
            };
        }
        Ok(dense)
    }

    #[inline]
    pub(super) fn demand(&self, state: u8, demand: Demand) -> Demanded {
        self.demands[(usize::from(state) * 4 + demand as usize) & (STATES * 4 - 1)]
    }

    #[inline]
    pub(super) fn may(&self, state: u8, permissions: Permissions) -> bool {
        self.permissions[usize::from(state) & (STATES - 1)].contains(permissions)
    }
}

fn demanded<A: Copy + crate::memory::table::Action>(
    table: &Table<A>,
    state: u8,
    demand: Demand,
    request: impl Fn(A) -> Request,
) -> Demanded {
    match table.entry(state, demand as usize) {
        Entry::Go { actions, next, shared } => Demanded { request: request(actions), next, shared },
        Entry::Stall | Entry::Impossible => Demanded { request: Request::None, next: state, shared: state },
    }
}

fn bus_request(actions: Actions) -> Request {
    match actions.snooped() {
        Some(event) => Request::Bus(event),
        None if actions.contains(Actions::WRITE_BACK) => Request::WriteBack,
        None => Request::None,
    }
}

fn home_request(actions: CacheActions) -> Request {
    let requests = [
        (CacheActions::GET_S, Kind::GetS),
        (CacheActions::GET_M, Kind::GetM),
        (CacheActions::PUT_S, Kind::PutS),
        (CacheActions::PUT_E, Kind::PutE),
        (CacheActions::PUT_M, Kind::PutM),
    ];
    let sent = requests.into_iter().find(|(action, _)| actions.contains(*action));
    sent.map_or(Request::None, |(_, kind)| Request::Home(kind))
}
