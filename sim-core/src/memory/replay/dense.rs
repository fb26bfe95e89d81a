//! A bus protocol's table as two small arrays, for tens of millions of look-ups a second.

use crate::memory::protocol::{Family, Protocol};
use crate::memory::snooping::{Actions, Event};
use crate::memory::system::Demand;
use crate::memory::table::{Entry, Permissions, Table};

/// What a cache asks of the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Request {
    /// Nothing.
    None,
    Rd,
    RdX,
    Upgr,
    Upd,
    WriteBack,
}

/// What a demand comes to in a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demanded {
    pub(super) request: Request,
    /// The next state, or the one after a transaction with the shared line low.
    pub(super) alone: u8,
    /// The state after a transaction with the shared line raised.
    pub(super) shared: u8,
}

/// What a snooped request comes to in a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Snooped {
    pub(super) next: u8,
    pub(super) shared: bool,
    pub(super) flush: bool,
}

/// The most states.
const STATES: usize = 8;

/// The table.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    demands: [Demanded; STATES * 4],
    snoops: [Snooped; STATES * 4],
    permissions: [Permissions; STATES],
}

impl Dense {
    /// Compiles a bus protocol.
    ///
    /// # Errors
    ///
    /// The protocol has a directory.
    pub(super) fn new(protocol: &Protocol) -> Result<Dense, String> {
        let Family::Snooping(table) = &protocol.family else {
            return Err(format!(
                "{} needs a directory; memory-access traces run on the bus protocols",
                protocol.name
            ));
        };
        if table.states.len() > STATES {
            return Err(format!("{} has more than {STATES} states", protocol.name));
        }
        let mut dense = Dense {
            demands: [Demanded { request: Request::None, alone: 0, shared: 0 }; STATES * 4],
            snoops: [Snooped { next: 0, shared: false, flush: false }; STATES * 4],
            permissions: [Permissions::empty(); STATES],
        };
        for state in 0..table.states.len() {
            dense.permissions[state] = table.permissions(state as u8);
            for demand in Demand::ALL {
                dense.demands[state * 4 + demand as usize] = demanded(table, state as u8, demand);
            }
            for (column, event) in
                [Event::BusRd, Event::BusRdX, Event::BusUpgr, Event::BusUpd].iter().enumerate()
            {
                dense.snoops[state * 4 + column] = snooped(table, state as u8, *event);
            }
        }
        Ok(dense)
    }

    #[inline]
    pub(super) fn demand(&self, state: u8, demand: Demand) -> Demanded {
        self.demands[(usize::from(state) * 4 + demand as usize) & (STATES * 4 - 1)]
    }

    #[inline]
    pub(super) fn snoop(&self, state: u8, request: Request) -> Snooped {
        let column = (request as usize).saturating_sub(1) & 3;
        self.snoops[(usize::from(state) * 4 + column) & (STATES * 4 - 1)]
    }

    #[inline]
    pub(super) fn may(&self, state: u8, permissions: Permissions) -> bool {
        self.permissions[usize::from(state) & (STATES - 1)].contains(permissions)
    }
}

fn demanded(table: &Table<Actions>, state: u8, demand: Demand) -> Demanded {
    match table.entry(state, demand as usize) {
        Entry::Go { actions, next, shared } => {
            let request = match actions.snooped() {
                Some(Event::BusRd) => Request::Rd,
                Some(Event::BusRdX) => Request::RdX,
                Some(Event::BusUpgr) => Request::Upgr,
                Some(Event::BusUpd) => Request::Upd,
                Some(Event::Load | Event::Store | Event::Evict) | None => Request::None,
            };
            let writes_back = actions.contains(Actions::WRITE_BACK);
            Demanded { request: if writes_back { Request::WriteBack } else { request }, alone: next, shared }
        }
        Entry::Stall | Entry::Impossible => Demanded { request: Request::None, alone: state, shared: state },
    }
}

fn snooped(table: &Table<Actions>, state: u8, event: Event) -> Snooped {
    match table.entry(state, event as usize) {
        Entry::Go { actions, next, .. } => Snooped {
            next,
            shared: actions.contains(Actions::SHARED),
            flush: actions.contains(Actions::FLUSH),
        },
        Entry::Stall | Entry::Impossible => Snooped { next: state, shared: false, flush: false },
    }
}
