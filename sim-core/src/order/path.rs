//! A control path with its memory events and, per event, what it waits for.

use std::sync::Arc;

use super::expr::{ExprId, Exprs};
use super::layout::{Place, shared_bytes};
use crate::program::{Access, GuardKind};

/// A set of events of one path: bit `i` is event `i`.
pub type Mask = u64;

/// Most events that one path can hold.
pub const EVENTS_MAX: usize = Mask::BITS as usize;

/// The members of a mask, lowest first.
pub fn bits(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (mask != 0).then(|| {
            let lowest = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            lowest
        })
    })
}

/// The members of a mask, highest first.
pub fn highest_first(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        (mask != 0).then(|| {
            let highest = mask.ilog2() as usize;
            mask &= !(1 << highest);
            highest
        })
    })
}

/// Bytes of a load that would be forwarded from one own store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The program-order-latest own store that covers these bytes.
    pub store: u8,
    /// Which bytes of the load: bit `i` is its byte `i`.
    pub bytes: u16,
    /// Having forwarded from the store, these bytes are complete once these events are.
    pub waits: Mask,
}

/// A memory event: one single-copy atomic access of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Index of its instruction in [`Path::taken`]; `None` for a store that was pending when the path began.
    pub taken: Option<u16>,
    /// Whether it writes.
    pub store: bool,
    /// What kind of access.
    pub access: Access,
    /// Width in bytes, 1 to 16.
    pub size: u8,
    /// For a load, and for a pending store whose value is [carried](super::Data::Carried): index of its value among
    /// those of the path; of an access in two halves, the upper half comes next.
    pub slot: u8,
    /// Its address.
    pub address: ExprId,
    /// Where in memory, once its address is known.
    pub place: Option<Place>,
    /// The value that a store writes (its lower half if `high` is there).
    pub value: Option<ExprId>,
    /// The upper half of a store in two halves.
    pub high: Option<ExprId>,
    /// Whether the access has two halves.
    pub halves: bool,
    /// Events that must be complete before this one may choose its sources (load) or complete (store).
    pub before: Mask,
    /// Loads of which only some bytes must be complete before this store: (event, bytes of that load).
    pub before_bytes: Vec<(u8, u16)>,
    /// For a load: the own stores that it forwards from while they are incomplete. Bytes in no group
    /// come from memory.
    pub groups: Vec<Group>,
    /// For a load: earlier loads of other instructions that share a byte with it.
    pub older: Mask,
    /// For the store of a successful read-modify-write: its load.
    pub pair: Option<u8>,
    /// The bytes of the pair that no foreign store may touch between load and store.
    pub protects: u16,
    /// For a store: the loads without which it completes early, those that its value is computed from, and the earlier
    /// loads of its own instruction that may read bytes which it writes.
    pub early_without: Mask,
    /// Sources by true dataflow: loads that the value returned (load) or the address and value
    /// written (store) are computed from, this load included.
    pub sources: Mask,
    /// The same and the sources of conditions that picked them.
    pub picked: Mask,
    /// The loads, and pending stores whose value is carried, that its address (while unknown) or its value is computed
    /// from.
    pub uses: Mask,
    /// Sources of the address, also where its value does not depend on them (`x ^ x`).
    pub address_sources: Mask,
}

impl Event {
    /// The bytes of the event as a mask from bit 0.
    pub fn bytes(&self) -> u16 {
        if self.size >= 16 { u16::MAX } else { (1 << self.size) - 1 }
    }

    /// Whether the events share a byte, as far as their addresses are known.
    pub fn may_meet(&self, other: &Event) -> bool {
        let places = self.place.zip(other.place);
        places.is_none_or(|(a, b)| shared_bytes((a, self.size), (b, other.size)) != 0)
    }
}

/// An instruction on the path and the alternative that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Taken {
    /// Index of the instruction in its thread.
    pub pc: u32,
    /// Index of the alternative.
    pub alt: u8,
}

/// A condition that the path assumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// Index of its instruction in [`Path::taken`].
    pub taken: u16,
    /// The condition.
    pub cond: ExprId,
    /// Whether it must be other than 0.
    pub expect: bool,
    /// Who depends on it.
    pub kind: GuardKind,
    /// The loads whose values decide it.
    pub loads: Mask,
}

impl Guard {
    /// Whether the guard holds, where that is known.
    pub fn holds(&self, path: &Path, load: &impl Fn(u8, bool) -> Option<u64>) -> Option<bool> {
        path.exprs.eval(self.cond, load).map(|value| (value != 0) == self.expect)
    }
}

/// A control path of one thread from some point on, with everything that the local order says about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path {
    /// The instructions, in program order.
    pub taken: Vec<Taken>,
    /// Per instruction, how many instances of it come earlier on the path.
    pub earlier: Vec<u16>,
    /// The memory events, in program order. At most [`EVENTS_MAX`]. Paths with the same beginning share those.
    pub events: Vec<Arc<Event>>,
    /// Per event, the events that [use](Event::uses) its value.
    pub users: Vec<Mask>,
    /// The assumed conditions that are not known from the start.
    pub guards: Vec<Guard>,
    /// All expressions.
    pub exprs: Exprs,
    /// Final value of each register: `registers[reg]`.
    pub registers: Vec<ExprId>,
    /// Sources of each register by true dataflow.
    pub register_sources: Vec<Mask>,
    /// All loads.
    pub loads: Mask,
    /// All stores.
    pub stores: Mask,
    /// Loads that can be forwarded to and then be incomplete for a while.
    pub soft: Mask,
    /// What any load after the path would wait for.
    pub wait_read: Mask,
    /// Events whose address is not known yet.
    pub unplaced: Mask,
    /// Loads that must not be overtaken before [older](Event::older) ones are complete.
    pub hazardous: Mask,
    /// Stores of successful read-modify-writes.
    pub paired: Mask,
    /// Number of values of loads and carried stores.
    pub slots: u8,
}

impl Path {
    /// The stores that were pending when the path began.
    pub fn pending(&self) -> Mask {
        let count = self.events.iter().take_while(|event| event.taken.is_none()).count();
        bits(Mask::MAX).take(count).fold(0, |all, e| all | 1 << e)
    }

    /// The loads that the value of a store on this path is computed from.
    pub fn loads_of_value(&self, store: &Event) -> Mask {
        store.value.iter().chain(&store.high).fold(0, |all, expr| all | self.exprs.loads(*expr))
    }

    /// The loads from whose values the address of event `e` is computed.
    pub fn address_loads(&self, e: usize) -> Mask {
        self.exprs.loads(self.events[e].address)
    }
}
