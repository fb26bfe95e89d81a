//! Where a path begins.

use super::layout::Place;
use super::path::Mask;
use crate::program::{Access, Value};

/// What a store writes that had not completed when a path began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Data {
    /// These values: the whole or its lower half, and its upper half if it has two.
    Known(Value, Option<Value>),
    /// Values that each window on the path carries among those of its loads, so that runs that write other values are on
    /// the same path.
    Carried {
        /// Whether there are two halves.
        halves: bool,
    },
}

/// A store that had not completed when a path began, with known address and value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pending {
    /// Where it writes.
    pub place: Place,
    /// Its address.
    pub address: Value,
    /// Width in bytes.
    pub size: u8,
    /// What it writes.
    pub data: Data,
    /// What kind of access.
    pub access: Access,
    /// The pending stores that it waits for: bit `i` is the `i`-th.
    pub before: Mask,
}

/// Where a path begins: a point of a thread at which everything earlier but some stores is complete.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Base {
    /// Index of the next instruction.
    pub pc: u32,
    /// Contents of each register.
    pub registers: Box<[Value]>,
    /// Stores that have not completed, in program order.
    pub pending: Vec<Pending>,
    /// The pending stores that later loads wait for.
    pub wait_read: Mask,
    /// The pending stores that later stores wait for.
    pub wait_write: Mask,
    /// The pending stores that context synchronisation waits for.
    pub wait_any: Mask,
}
