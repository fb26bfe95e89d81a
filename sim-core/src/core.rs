//! One core: the window of instructions in flight on a control path, and what can happen to it.
//!
//! A [`Window`] is a path with the set of its events that have happened and the values that its loads
//! have received. The [`Tree`] holds the paths of one thread, grown lazily. The operations are those of
//! the hardware: a load *chooses its sources* (memory, or own stores that have not completed), a store
//! *completes*, a foreign store *strikes* the window, a condition is *settled*. They are used by the search
//! over all outcomes and by the visible machine alike.

mod code;
mod domain;
mod guess;
mod memory;
mod settle;
mod squash;
mod tree;
mod window;

pub use code::Code;
pub use domain::{Domain, LazyDomain, SharedDomain, Site};
pub use guess::{Guesses, well_founded};
pub use memory::{Image, Write};
pub use settle::Settled;
pub use tree::{End, Entry, Node, NodeId, Paths, Pruned, Tree, Way};
pub use window::Window;
