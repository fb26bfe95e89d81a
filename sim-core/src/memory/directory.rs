//! Directory protocols over a network that reorders messages at will.
//!
//! The home of a line (its directory entry and memory) answers requests; caches pass through transient
//! states while they wait, named after what they wait for: `IM_AD` goes from I to M and waits for acks
//! and data. The tables follow Sorin, Hill & Wood, *A Primer on Memory Consistency and Cache Coherence*,
//! §8.2 and §8.3. Differs: the primer keeps forwarded requests in order; here nothing is in order, so
//! the home tells a cache whose Put it receives too late that a request has been forwarded to it
//! (`Put-Raced` in place of `Put-Ack`), and the cache waits for that request (`MI_F`, `SI_F`) before it
//! forgets the line; and while the home waits for data (`S_D`) it lets every request wait.

mod mesi;
mod msi;

use super::protocol::{Bug, Protocol};
use super::table::{Action, Column, Entry, Patch, Row, columns};

columns! {
    /// What can happen to a line in one cache.
    CacheEvent {
        Load "Load" "Its core loads.";
        Store "Store" "Its core stores.";
        Evict "Evict" "The cache needs the place.";
        FwdGetS "Fwd-GetS" "The home forwards a read request to the owner.";
        FwdGetM "Fwd-GetM" "The home forwards a write request to the owner.";
        Inv "Inv" "The home tells a sharer to invalidate for a writer.";
        PutAck "Put-Ack" "The home has taken the line back.";
        PutRaced "Put-Raced" "The home had forwarded a request before the Put arrived.";
        DataE "DataE" "Data, and no other cache has the line.";
        Data "Data" "Data, and all acks that belong to it are here.";
        DataAcks "Data,acks" "Data, and more acks are to come.";
        InvAck "Inv-Ack" "A sharer has invalidated; more acks or the data are to come.";
        LastAck "Last-Ack" "The last sharer has invalidated.";
    }
}

columns! {
    /// What can happen to a line at its home.
    HomeEvent {
        GetS "GetS" "A cache wants to read.";
        GetM "GetM" "A cache wants to write.";
        PutM "PutM+owner" "The owner gives the line back, with data.";
        PutE "PutE+owner" "The owner gives the line back, unchanged.";
        PutS "Put+sharer" "A sharer, not the last, gives up its copy.";
        PutLast "Put+last" "The last sharer gives up its copy.";
        PutRaced "Put+other" "A cache that is no longer owner or sharer gives up its copy.";
        Data "Data" "The old owner delivers the data of a forwarded read.";
    }
}

bitflags::bitflags! {
    /// What a cache does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct CacheActions: u16 {
        /// The access of the core completes.
        const HIT = 1 << 0;
        /// Ask the home for a copy.
        const GET_S = 1 << 1;
        /// Ask the home for the line alone.
        const GET_M = 1 << 2;
        /// Give up a shared copy.
        const PUT_S = 1 << 3;
        /// Give up an exclusive, unchanged copy.
        const PUT_E = 1 << 4;
        /// Give back the line with data.
        const PUT_M = 1 << 5;
        /// Send the data to the cache that asked.
        const DATA_TO_REQUESTER = 1 << 6;
        /// Send the data to the home.
        const DATA_TO_HOME = 1 << 7;
        /// Tell the writer that the copy is gone.
        const ACK = 1 << 8;
        /// Take the data.
        const TAKE = 1 << 9;
    }
}

bitflags::bitflags! {
    /// What the home does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct HomeActions: u16 {
        /// Send the data and the number of acks to wait for to the requester.
        const DATA = 1 << 0;
        /// Send the data as the only copy.
        const DATA_E = 1 << 1;
        /// Forward the read to the owner.
        const FWD_GET_S = 1 << 2;
        /// Forward the write to the owner.
        const FWD_GET_M = 1 << 3;
        /// Tell all other sharers to invalidate, and forget all sharers.
        const INV = 1 << 4;
        /// The requester becomes a sharer.
        const ADD_SHARER = 1 << 5;
        /// The owner becomes a sharer; there is no owner any more.
        const OWNER_SHARES = 1 << 6;
        /// The requester becomes the owner.
        const SET_OWNER = 1 << 7;
        /// The sender is no longer owner or sharer.
        const REMOVE = 1 << 8;
        /// Memory takes the data of the message.
        const WRITE = 1 << 9;
        /// Tell the sender that the line is taken back.
        const PUT_ACK = 1 << 10;
        /// Tell the sender that a forwarded request is on its way to it.
        const PUT_RACED = 1 << 11;
    }
}

impl Action for CacheActions {
    const NAMES: &'static [(Self, &'static str)] = &[
        (CacheActions::HIT, "hit"),
        (CacheActions::GET_S, "GetS"),
        (CacheActions::GET_M, "GetM"),
        (CacheActions::PUT_S, "PutS"),
        (CacheActions::PUT_E, "PutE"),
        (CacheActions::PUT_M, "PutM+data"),
        (CacheActions::DATA_TO_REQUESTER, "data>req"),
        (CacheActions::DATA_TO_HOME, "data>dir"),
        (CacheActions::ACK, "ack>req"),
        (CacheActions::TAKE, "take"),
    ];
}

impl Action for HomeActions {
    const NAMES: &'static [(Self, &'static str)] = &[
        (HomeActions::DATA, "data>req"),
        (HomeActions::DATA_E, "dataE>req"),
        (HomeActions::FWD_GET_S, "Fwd-GetS>owner"),
        (HomeActions::FWD_GET_M, "Fwd-GetM>owner"),
        (HomeActions::INV, "Inv>sharers"),
        (HomeActions::ADD_SHARER, "+sharer"),
        (HomeActions::OWNER_SHARES, "owner shares"),
        (HomeActions::SET_OWNER, "owner=req"),
        (HomeActions::REMOVE, "-req"),
        (HomeActions::WRITE, "mem"),
        (HomeActions::PUT_ACK, "Put-Ack"),
        (HomeActions::PUT_RACED, "Put-Raced"),
    ];
}

/// The directory protocols.
pub(super) fn protocols() -> Vec<Protocol> {
    vec![msi::protocol(), mesi::protocol()]
}

/// The actions of a home that keeps a line and tells a late sender so.
const RACED: HomeActions = HomeActions::PUT_RACED;

/// A bug in the cache table.
fn cache_bug<S: Row>(
    name: &'static str,
    text: &'static str,
    entries: &[(S, CacheEvent, Entry<S, CacheActions>)],
) -> Bug {
    Bug { name, text, bus: vec![], cache: patches(entries), home: vec![] }
}

/// A bug in the directory table.
fn home_bug<S: Row>(
    name: &'static str,
    text: &'static str,
    entries: &[(S, HomeEvent, Entry<S, HomeActions>)],
) -> Bug {
    Bug { name, text, bus: vec![], cache: vec![], home: patches(entries) }
}

fn patches<S: Row, E: Column, A: Copy>(entries: &[(S, E, Entry<S, A>)]) -> Vec<Patch<A>> {
    entries.iter().map(|&(state, event, entry)| Patch::new(state, event, entry)).collect()
}
