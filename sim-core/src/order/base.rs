//! Where a path begins.

use super::layout::Place;
use super::path::Mask;
use crate::program::{Access, Value};

/// A store that had not completed when a path began, with known address and value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pending {
    /// Where it writes.
    pub place: Place,
    /// Its address.
    pub address: Value,
    /// Width in bytes.
    pub size: u8,
    /// Lower 8 bytes of its value.
    pub value: Value,
    /// Upper half, of a store in two halves.
    pub high: Option<Value>,
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
