//! Protocols on an atomic snooping bus.
//!
//! A cache that needs the bus takes it when it is free and keeps it until its transaction is over: every
//! other cache snoops the request, one after the other, and answers by raising the shared line or by
//! flushing the line; then the requester finishes with the flushed data or memory's. Requests are atomic
//! too: a cache decides what to ask for in the moment in which it gets the bus, so that an upgrade that
//! lost its copy becomes a read-for-ownership by itself.

mod dragon;
mod mesi;
mod mesif;
mod moesi;
mod msi;

use super::protocol::{Bug, Protocol};
use super::table::{Action, Entry, columns};

columns! {
    /// What can happen to a line in one cache.
    Event {
        Load "Load" "Its core loads.";
        Store "Store" "Its core stores.";
        Evict "Evict" "The cache needs the place.";
        BusRd "BusRd" "Another cache wants to read.";
        BusRdX "BusRdX" "Another cache wants the line alone, with data.";
        BusUpgr "BusUpgr" "Another cache, which has the data, wants the line alone.";
        BusUpd "BusUpd" "Another cache writes a word of a shared line.";
    }
}

bitflags::bitflags! {
    /// What a cache does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Actions: u16 {
        /// The access of the core completes.
        const HIT = 1 << 0;
        /// Put BusRd on the bus.
        const BUS_RD = 1 << 1;
        /// Put BusRdX on the bus.
        const BUS_RDX = 1 << 2;
        /// Put BusUpgr on the bus.
        const BUS_UPGR = 1 << 3;
        /// Put BusUpd with the new word on the bus; the store completes with the transaction.
        const BUS_UPD = 1 << 4;
        /// Write the line to memory over the bus.
        const WRITE_BACK = 1 << 5;
        /// Raise the shared line.
        const SHARED = 1 << 6;
        /// Put the line on the bus in memory's place.
        const FLUSH = 1 << 7;
        /// Memory takes what is flushed.
        const MEMORY = 1 << 8;
        /// Take the new word from the bus when the transaction completes.
        const UPDATE = 1 << 9;
        /// Everything that needs the bus.
        const BUS = Self::BUS_RD.bits() | Self::BUS_RDX.bits() | Self::BUS_UPGR.bits()
            | Self::BUS_UPD.bits() | Self::WRITE_BACK.bits();
    }
}

impl Action for Actions {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Actions::HIT, "hit"),
        (Actions::BUS_RD, "BusRd"),
        (Actions::BUS_RDX, "BusRdX"),
        (Actions::BUS_UPGR, "BusUpgr"),
        (Actions::BUS_UPD, "BusUpd"),
        (Actions::WRITE_BACK, "WB"),
        (Actions::SHARED, "shared"),
        (Actions::FLUSH, "Flush"),
        (Actions::MEMORY, "mem"),
        (Actions::UPDATE, "update"),
    ];
}

impl Actions {
    /// How the other caches see a request: `None` for a write-back, which only memory takes.
    pub fn snooped(self) -> Option<Event> {
        let request = self & Actions::BUS;
        match request {
            Actions::BUS_RD => Some(Event::BusRd),
            Actions::BUS_RDX => Some(Event::BusRdX),
            Actions::BUS_UPGR => Some(Event::BusUpgr),
            Actions::BUS_UPD => Some(Event::BusUpd),
            _ => None,
        }
    }
}

/// The bus protocols, from simple to refined.
pub(super) fn protocols() -> Vec<Protocol> {
    vec![msi::protocol(), mesi::protocol(), moesi::protocol(), mesif::protocol(), dragon::protocol()]
}

/// An entry that takes the bus for `request` and ends in `alone` or in `shared`.
fn bus<S: Copy>(request: Actions, alone: S, shared: S) -> Entry<S, Actions> {
    Entry::Go { actions: request, next: alone, shared }
}

/// A bug of a bus protocol: entries of the cache table that stand otherwise.
fn bug<S: super::table::Row>(
    name: &'static str,
    text: &'static str,
    entries: &[(S, Event, Entry<S, Actions>)],
) -> Bug {
    let patches = entries.iter().map(|&(state, event, entry)| super::table::Patch::new(state, event, entry));
    Bug { name, text, bus: patches.collect(), cache: vec![], home: vec![] }
}
