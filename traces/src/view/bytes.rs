//! Which bytes an access touches, and where a load gets each of them.

use std::fmt;

use serde::{Deserialize, Serialize};
use sim_core::machine::{Machine, State};
use sim_core::order::{Event, Mask};

/// The bytes that an access touches: `x+0..4` for the first four of `x`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bytes {
    /// The symbol that they belong to.
    pub symbol: String,
    /// Offset of the first in the symbol.
    pub first: u16,
    /// How many, 1 to 16.
    pub size: u8,
    /// Of a load: where they come from, in ascending order, each byte in one part. Empty for a store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// Neighbouring bytes of a load with one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Offset of the first in the symbol.
    pub first: u16,
    /// Offset of the one behind the last.
    pub end: u16,
    /// Where they come from.
    pub source: Source,
}

/// Where bytes of a load come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Memory, if there are no caches.
    Memory,
    /// The core's cache, if there is one.
    Cache,
    /// An own store that has not completed, by its instruction: `P0.1`.
    Store(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Memory => f.write_str("memory"),
            Source::Cache => f.write_str("cache"),
            Source::Store(name) => f.write_str(name),
        }
    }
}

/// `x+0..4`, or of a load `x+0..1 from P0.1, x+1..4 from memory`.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parts.is_empty() {
            return write!(f, "{}+{}..{}", self.symbol, self.first, self.first + u16::from(self.size));
        }
        for (index, part) in self.parts.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}+{}..{} from {}", self.symbol, part.first, part.end, part.source)?;
        }
        Ok(())
    }
}

/// The bytes of event `event` of a core's path, with the sources that a load has if it has chosen them, or would
/// choose in `state`. `None` while its address is not known.
pub fn bytes(machine: &Machine<'_>, state: &State, core: usize, event: usize) -> Option<Bytes> {
    let window = &state.cores[core].window;
    let path = machine.tree(core).path(window.node);
    let access = &path.events[event];
    let (symbol, first) = machine.symbol_at(access.place?)?;
    let name = |store: usize| Source::Store(machine.instance_name(core, path, store));
    let elsewhere = || if state.caches.is_some() { Source::Cache } else { Source::Memory };
    let parts = sources(access, window.done).map(|run| Part {
        first: first + u16::from(run.first),
        end: first + u16::from(run.end),
        source: run.store.map_or_else(elsewhere, name),
    });
    let parts = if access.store { Vec::new() } else { parts.collect() };
    Some(Bytes { symbol: symbol.name.clone(), first, size: access.size, parts })
}

/// Bytes `first..end` of a load with one source.
pub(crate) struct Run {
    pub first: u8,
    pub end: u8,
    /// The own store that they are forwarded from; without one they come from memory or the cache.
    pub store: Option<usize>,
}

/// The runs of a load's bytes by source, where the events in `done` have happened.
pub(crate) fn sources(load: &Event, done: Mask) -> impl Iterator<Item = Run> {
    let source = move |byte: u8| {
        let holds = |store: u8, bytes: u16| bytes >> byte & 1 != 0 && done & (1 << store) == 0;
        load.groups.iter().find(|group| holds(group.store, group.bytes)).map(|group| usize::from(group.store))
    };
    let mut next = 0;
    std::iter::from_fn(move || {
        let first = next;
        let store = (first < load.size).then(|| source(first))?;
        next = (first + 1..load.size).find(|byte| source(*byte) != store).unwrap_or(load.size);
        Some(Run { first, end: next, store })
    })
}
