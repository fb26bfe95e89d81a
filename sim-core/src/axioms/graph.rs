//! An execution as a graph, for people: memory accesses and fences, and what relates them.

use crate::program::{Access, Value};

use super::bits::Rel;
use super::cat::names::Base;
use super::execution::Candidate;
use super::layout::PartId;
use super::structure::{Structure, What};

/// What an event does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Reads a location.
    Read {
        /// The location, such as `x`, `t[1]` or `x+2`.
        location: String,
        /// The value, in decimal or as the name of a symbol.
        value: String,
    },
    /// Writes a location.
    Write {
        /// See [`Deed::Read`].
        location: String,
        /// See [`Deed::Read`].
        value: String,
    },
    /// A barrier.
    Fence {
        /// Its name in models, such as `DMB.SY`.
        name: String,
    },
}

impl Deed {
    /// Whether it is the same but for the value.
    pub fn is_like(&self, other: &Deed) -> bool {
        match (self, other) {
            (Deed::Read { location: a, .. }, Deed::Read { location: b, .. })
            | (Deed::Write { location: a, .. }, Deed::Write { location: b, .. })
            | (Deed::Fence { name: a }, Deed::Fence { name: b }) => a == b,
            _ => false,
        }
    }
}

/// An event of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphEvent {
    /// Its thread and the index of its instruction; initial writes have none.
    pub place: Option<(usize, u32)>,
    /// What it does.
    pub deed: Deed,
}

/// An edge of a graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GraphEdge {
    /// Index of the event it leaves.
    pub from: usize,
    /// Index of the event it enters.
    pub to: usize,
    /// `po` (to the next), `rf`, `co` (to the next), `fr` (to the first), `addr`, `data`, `ctrl` or `rmw`.
    pub relation: &'static str,
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Threads first, in program order; then initial writes.
    pub events: Vec<GraphEvent>,
    /// Sorted.
    pub edges: Vec<GraphEdge>,
}

impl Graph {
    /// Whether both have the same events, reads-from, and coherence where both have that.
    pub(crate) fn is_like(&self, other: &Graph) -> bool {
        let edges = |graph: &Graph, name: &str| -> Vec<GraphEdge> {
            graph.edges.iter().filter(|edge| edge.relation == name).cloned().collect()
        };
        let same = |name: &str| edges(self, name) == edges(other, name);
        let open = edges(self, "co").is_empty() || edges(other, "co").is_empty();
        self.events == other.events && same("rf") && (open || same("co"))
    }
}

/// The graph of a candidate, and the index in it of each event that it shows.
pub(crate) fn graph(candidate: &Candidate, co: Option<&Rel>) -> (Graph, Vec<Option<usize>>) {
    let s = candidate.s;
    let mut index = Vec::new();
    let mut events = Vec::new();
    for event in &s.events {
        let deed = match event.what {
            What::Memory(mem) => Some(access(candidate, mem)),
            What::Fence(name) => Some(Deed::Fence { name: name.to_owned() }),
            _ => None,
        };
        index.push(deed.as_ref().map(|_| events.len()));
        events.extend(deed.map(|deed| GraphEvent { place: event.thread.map(|t| (t, event.instr)), deed }));
    }
    let mut edges = Vec::new();
    let mut add = |rel: &Rel, relation: &'static str| {
        for (a, b) in rel.pairs() {
            if let (Some(from), Some(to)) = (index[a], index[b]) {
                edges.push(GraphEdge { from, to, relation });
            }
        }
    };
    add(&next_in_program(s), "po");
    let rf = reads_from(candidate);
    add(&rf, "rf");
    if let Some(co) = co {
        add(&co.minus(&co.then(co)), "co");
        let fr = rf.inverse().then(co);
        add(&fr.minus(&fr.then(co)), "fr");
    }
    for (base, name) in [(Base::Addr, "addr"), (Base::Data, "data"), (Base::Ctrl, "ctrl")] {
        add(&candidate.relation(base), name);
    }
    add(&rmw(candidate), "rmw");
    edges.sort_unstable();
    (Graph { events, edges }, index)
}

fn access(candidate: &Candidate, mem: usize) -> Deed {
    let s = candidate.s;
    let location = candidate.part(mem).map_or_else(|| "?".to_owned(), |part| part_name(s, part));
    let known = candidate.so.as_ref().and_then(|so| so.data[mem]);
    let code = candidate.part(mem).is_some_and(|part| {
        let symbol = s.layout.parts[part as usize].symbol;
        s.test.program.symbols[symbol].code
    });
    let value = known.map_or_else(
        || "?".to_owned(),
        |value| match s.test.program.word(value).filter(|_| code) {
            Some(instr) => instr.to_owned(),
            None => value_name(s, value, s.mems[mem].size),
        },
    );
    if s.mems[mem].is_write() { Deed::Write { location, value } } else { Deed::Read { location, value } }
}

/// `x`, `t[1]`, `x+2`.
pub(crate) fn part_name(s: &Structure, part: PartId) -> String {
    let part = s.layout.parts[part as usize];
    let symbol = &s.test.program.symbols[part.symbol];
    let cell = u32::from(symbol.cell.max(1));
    let (index, rest) = (part.offset / cell, part.offset % cell);
    let whole = if symbol.init.len() as u32 > cell {
        format!("{}[{index}]", symbol.name)
    } else {
        symbol.name.clone()
    };
    if rest == 0 { whole } else { format!("{whole}+{rest}") }
}

fn value_name(s: &Structure, value: Value, size: u32) -> String {
    if let Some(name) = s.test.program.address_name(value) {
        return name;
    }
    let unused = 64 - 8 * size.clamp(1, 8);
    (((value << unused) as i64) >> unused).to_string()
}

fn next_in_program(s: &Structure) -> Rel {
    let mut rel = Rel::empty(s.events.len());
    let shown = |e: usize| matches!(s.events[e].what, What::Memory(_) | What::Fence(_));
    for thread in 0..s.paths.len() {
        let all: Vec<usize> =
            (0..s.events.len()).filter(|&e| s.events[e].thread == Some(thread) && shown(e)).collect();
        let groups: Vec<&[usize]> =
            all.chunk_by(|&a, &b| s.events[a].instance == s.events[b].instance).collect();
        for pair in groups.windows(2) {
            pair[0].iter().for_each(|&a| pair[1].iter().for_each(|&b| rel.insert(a, b)));
        }
    }
    rel
}

fn reads_from(candidate: &Candidate) -> Rel {
    let s = candidate.s;
    let mut rel = Rel::empty(s.events.len());
    for (read, write) in candidate.so.iter().flat_map(|so| so.rf.iter().enumerate()) {
        if let Some(write) = write {
            rel.insert(s.mems[*write].event, s.mems[read].event);
        }
    }
    rel
}

/// Reads and writes of one atomic instruction, and of a load exclusive and the next store exclusive.
fn rmw(candidate: &Candidate) -> Rel {
    let mems = &candidate.s.mems;
    let mut rel = Rel::empty(candidate.s.events.len());
    for (w, write) in mems.iter().enumerate().filter(|(_, m)| m.is_write() && m.thread.is_some()) {
        for (r, read) in mems.iter().enumerate() {
            if read.is_write() || read.thread != write.thread || candidate.part(r) != candidate.part(w) {
                continue;
            }
            let both = read.access & write.access;
            let one = both.contains(Access::ATOMIC) && read.instance == write.instance;
            let between = |m: &super::structure::Mem| {
                m.thread == read.thread
                    && m.access.contains(Access::EXCLUSIVE)
                    && (read.instance + 1..write.instance).contains(&m.instance)
            };
            let pair = both.contains(Access::EXCLUSIVE)
                && read.instance < write.instance
                && !mems.iter().any(between);
            if one || pair {
                rel.insert(read.event, write.event);
            }
        }
    }
    rel
}
