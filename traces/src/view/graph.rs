//! The execution so far as events with edges: program order, reads-from, coherence, from-reads, dependencies.
//!
//! A state forgets which store gave a value; a [`Tracker`] follows a run step by step and remembers. It is
//! plain data, to be kept beside each state of a history.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use sim_core::machine::{Machine, State, Step};

use super::{Change, steps};

/// What an edge means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EdgeKind {
    /// Program order.
    Po,
    /// The load takes its value from the store.
    Rf,
    /// The store completes before the other store to its location.
    Co,
    /// The load reads something older than the store.
    Fr,
    /// The later access is computed from the load, or ordered by what is.
    Dependency,
}

impl EdgeKind {
    /// As the field calls it.
    pub fn name(self) -> &'static str {
        match self {
            EdgeKind::Po => "po",
            EdgeKind::Rf => "rf",
            EdgeKind::Co => "co",
            EdgeKind::Fr => "fr",
            EdgeKind::Dependency => "dep",
        }
    }
}

/// An edge between two events, by their indices in [`Graph::events`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Index of the first event.
    pub from: usize,
    /// Index of the second event.
    pub to: usize,
    /// What it means.
    pub kind: EdgeKind,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphEvent {
    /// `a`, `b`, ..., `z`, `a1`, ...
    pub label: String,
    /// The core.
    pub core: usize,
    /// Index of its instruction; `None` if it is no longer known.
    pub pc: Option<usize>,
    /// `W x=1`, `R y=?`.
    pub text: String,
    /// Whether it has happened.
    pub done: bool,
    /// Against the state before.
    pub change: Change,
}

/// The execution so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Graph {
    /// By core, in program order.
    pub events: Vec<GraphEvent>,
    /// The edges.
    pub edges: Vec<Edge>,
    /// Indices of edges that form a cycle of program order and communication, in order: no sequentially
    /// consistent run has one. Empty if there is none.
    pub cycle: Vec<usize>,
    /// The cycle in words.
    pub cycle_words: String,
}

/// Who wrote a byte: index of a node, or nobody since the start.
type Writer = Option<usize>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    core: usize,
    pc: Option<usize>,
    store: bool,
    location: String,
    /// Bytes it touches, once its address is known: first byte and number.
    place: Option<(u16, u8)>,
    value: String,
    done: bool,
    /// Per byte of a load that has happened: the store it came from.
    read: Vec<Writer>,
    /// Undone: it is no longer part of the execution.
    gone: bool,
    /// The loads that it is computed from.
    depends: Vec<usize>,
}

/// Follows a run and remembers where values came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracker {
    nodes: Vec<Node>,
    /// `live[core][event]`: the node of each event on the core's path.
    live: Vec<Vec<usize>>,
    /// `order[core]`: nodes of the core in program order, also those that left the path.
    order: Vec<Vec<usize>>,
    /// Per byte of memory: the stores to it that have completed, in order.
    coherence: BTreeMap<u16, Vec<usize>>,
}

/// More events than this are not followed: a spinning loop would make a picture nobody can read.
const NODES_MAX: usize = 400;

impl Tracker {
    /// At the start of a run.
    pub fn new(machine: &Machine<'_>, state: &State) -> Tracker {
        let cores = state.cores.len();
        let mut tracker =
            Tracker { live: vec![Vec::new(); cores], order: vec![Vec::new(); cores], ..Tracker::default() };
        tracker.sync(machine, None, state);
        tracker
    }

    /// After `step` has led from `before` to `after`.
    pub fn step(&mut self, machine: &Machine<'_>, before: &State, step: &Step, after: &State) {
        if self.nodes.len() > NODES_MAX {
            return;
        }
        let core = step.core();
        let node = steps::event(step).and_then(|e| self.live.get(core).and_then(|l| l.get(e)).copied());
        if let (Some(node), Some(event)) = (node, steps::event(step)) {
            let happened = before.cores[core].window.done & (1 << event) == 0;
            let path = machine.tree(core).path(before.cores[core].window.node);
            let stored = path.events[event].store;
            if stored && matches!(step, Step::Drain { .. } | Step::Guess { .. }) && happened {
                self.nodes[node].done = true;
                self.place(machine, before, core, event, node);
                for byte in self.nodes[node].bytes() {
                    self.coherence.entry(byte).or_default().push(node);
                }
            } else if !stored && happened {
                self.place(machine, before, core, event, node);
                let forwarded: Vec<(u16, usize)> = path.events[event]
                    .groups
                    .iter()
                    .filter(|g| !before.cores[core].window.has(usize::from(g.store)))
                    .filter_map(|g| Some((g.bytes, *self.live[core].get(usize::from(g.store))?)))
                    .collect();
                let sources = self.nodes[node].bytes().enumerate().map(|(index, byte)| {
                    let own =
                        forwarded.iter().find(|(bytes, _)| bytes >> index & 1 == 1).map(|(_, store)| *store);
                    own.or_else(|| self.coherence.get(&byte).and_then(|all| all.last().copied()))
                });
                self.nodes[node].read = sources.collect();
                self.nodes[node].done = true;
            }
        }
        self.sync(machine, Some(before), after);
    }

    fn place(&mut self, machine: &Machine<'_>, state: &State, core: usize, event: usize, node: usize) {
        let path = machine.tree(core).path(state.cores[core].window.node);
        let event = &path.events[event];
        self.nodes[node].place = event.place.map(|p| (p.0, event.size));
    }

    /// Brings the nodes of every core in step with its path.
    fn sync(&mut self, machine: &Machine<'_>, before: Option<&State>, after: &State) {
        for core in 0..after.cores.len() {
            let tree = machine.tree(core);
            let window = &after.cores[core].window;
            let path = tree.path(window.node);
            let mut live = std::mem::take(&mut self.live[core]);
            if before.is_some_and(|before| !machine.is_on_same_path(before, after, core)) {
                // The window has begun anew: only stores in flight are still on its path.
                live.retain(|node| self.nodes[*node].store && !self.nodes[*node].done);
                live.truncate(path.events.iter().take_while(|e| e.taken.is_none()).count());
            }
            for (index, node) in live.iter().enumerate() {
                // A squash undoes loads that have happened, or takes events off the path.
                let kept = path.events.get(index);
                let pc = kept.and_then(|e| e.taken).map(|t| path.taken[usize::from(t)].pc as usize);
                let same = kept.is_some_and(|e| e.store == self.nodes[*node].store)
                    && (pc.is_none() || pc == self.nodes[*node].pc);
                if !same {
                    self.nodes[*node].gone = true;
                } else if window.done & (1 << index) == 0 {
                    self.nodes[*node].done = false;
                    self.nodes[*node].read.clear();
                }
            }
            let kept = live.iter().take_while(|n| !self.nodes[**n].gone).count();
            for node in live.drain(kept..) {
                self.nodes[node].gone = true;
            }
            for index in live.len()..path.events.len() {
                let event = &path.events[index];
                let pc = event.taken.map(|t| path.taken[usize::from(t)].pc as usize);
                self.nodes.push(Node {
                    core,
                    pc,
                    store: event.store,
                    location: String::new(),
                    place: None,
                    value: String::new(),
                    done: false,
                    read: Vec::new(),
                    gone: false,
                    depends: Vec::new(),
                });
                live.push(self.nodes.len() - 1);
                self.order[core].push(self.nodes.len() - 1);
            }
            for (index, node) in live.iter().enumerate() {
                let event = &path.events[index];
                let value = if event.store {
                    machine.written(after, core, index).1
                } else {
                    machine.loaded_words(window, path, index).unwrap_or("?".into())
                };
                let sources = (event.sources & !(1 << index)) | event.address_sources;
                let depends = sim_core::order::bits(sources).filter_map(|e| live.get(e).copied()).collect();
                let at = &mut self.nodes[*node];
                at.location = machine.location(event);
                at.value = value;
                at.depends = depends;
            }
            self.live[core] = live;
        }
    }

    /// The picture of the execution so far.
    pub fn graph(&self) -> Graph {
        let shown: Vec<usize> =
            self.order.iter().flatten().copied().filter(|n| !self.nodes[*n].gone).collect();
        let index = |node: usize| shown.iter().position(|n| *n == node);
        let events = shown.iter().enumerate().map(|(i, n)| {
            let node = &self.nodes[*n];
            let letter = if node.store { 'W' } else { 'R' };
            GraphEvent {
                label: label(i),
                core: node.core,
                pc: node.pc,
                text: format!("{letter} {}={}", node.location, node.value),
                done: node.done,
                change: Change::Same,
            }
        });
        let mut graph = Graph { events: events.collect(), ..Graph::default() };
        let mut edge = |from: Option<usize>, to: Option<usize>, kind| {
            if let (Some(from), Some(to)) = (from, to)
                && from != to
                && !graph.edges.iter().any(|e| e.from == from && e.to == to && e.kind == kind)
            {
                graph.edges.push(Edge { from, to, kind });
            }
        };
        for core in &self.order {
            let here: Vec<usize> = core.iter().copied().filter(|n| !self.nodes[*n].gone).collect();
            for pair in here.windows(2) {
                edge(index(pair[0]), index(pair[1]), EdgeKind::Po);
            }
        }
        for to in &shown {
            for from in &self.nodes[*to].depends {
                edge(index(*from), index(*to), EdgeKind::Dependency);
            }
        }
        for (byte, stores) in &self.coherence {
            for pair in stores.windows(2) {
                edge(index(pair[0]), index(pair[1]), EdgeKind::Co);
            }
            for load in shown.iter().filter(|n| !self.nodes[**n].store && self.nodes[**n].done) {
                let node = &self.nodes[*load];
                let Some(at) = node.bytes().position(|b| b == *byte) else { continue };
                let source = node.read.get(at).copied().flatten();
                let next = match source.map(|s| stores.iter().position(|n| *n == s)) {
                    None => stores.first(),
                    Some(Some(place)) => stores.get(place + 1),
                    // Forwarded from a store that has not completed: everything complete is older.
                    Some(None) => None,
                };
                edge(index(*load), next.and_then(|n| index(*n)), EdgeKind::Fr);
            }
        }
        for load in shown.iter().filter(|n| !self.nodes[**n].store) {
            for source in self.nodes[*load].read.iter().flatten() {
                edge(index(*source), index(*load), EdgeKind::Rf);
            }
        }
        graph.find_cycle();
        graph
    }
}

impl Node {
    fn bytes(&self) -> std::ops::Range<u16> {
        self.place.map_or(0..0, |(start, size)| start..start + u16::from(size))
    }
}

/// `a` to `z`, then `a1` and so on.
fn label(index: usize) -> String {
    let letter = char::from(b'a' + (index % 26) as u8);
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}

impl Graph {
    /// Finds a shortest cycle of program order and communication among events that have happened.
    fn find_cycle(&mut self) {
        let order = self.program_order();
        let mut best: Option<Vec<(usize, usize, EdgeKind)>> = None;
        for start in 0..self.events.len() {
            if let Some(cycle) = self.shortest(start, &order)
                && best.as_ref().is_none_or(|b| cycle.len() < b.len())
            {
                best = Some(cycle);
            }
        }
        let Some(cycle) = best else { return };
        for (from, to, kind) in cycle {
            if self.cycle_words.is_empty() {
                self.cycle_words = self.events[from].label.clone();
            }
            self.cycle_words.push_str(&format!(" {} {}", kind.name(), self.events[to].label));
            let place = self.edges.iter().position(|e| e.from == from && e.to == to && e.kind == kind);
            let place = place.unwrap_or_else(|| {
                self.edges.push(Edge { from, to, kind });
                self.edges.len() - 1
            });
            self.cycle.push(place);
        }
    }

    /// Program order among events that have happened, not only between neighbours.
    fn program_order(&self) -> Vec<(usize, usize)> {
        let mut order = Vec::new();
        for from in 0..self.events.len() {
            for to in from + 1..self.events.len() {
                let same = self.events[from].core == self.events[to].core;
                if same && self.events[from].done && self.events[to].done {
                    order.push((from, to));
                }
            }
        }
        order
    }

    fn shortest(&self, start: usize, order: &[(usize, usize)]) -> Option<Vec<(usize, usize, EdgeKind)>> {
        let mut came: BTreeMap<usize, (usize, EdgeKind)> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        let communication =
            self.edges.iter().filter(|e| !matches!(e.kind, EdgeKind::Po | EdgeKind::Dependency));
        let all: Vec<(usize, usize, EdgeKind)> = communication
            .map(|e| (e.from, e.to, e.kind))
            .chain(order.iter().map(|(a, b)| (*a, *b, EdgeKind::Po)))
            .filter(|(a, b, _)| self.events[*a].done && self.events[*b].done)
            .collect();
        while let Some(at) = queue.pop_front() {
            for (_, to, kind) in all.iter().filter(|(from, ..)| *from == at) {
                if *to == start {
                    let mut cycle = vec![(at, start, *kind)];
                    let mut back = at;
                    while back != start {
                        let (before, kind) = came[&back];
                        cycle.push((before, back, kind));
                        back = before;
                    }
                    cycle.reverse();
                    return Some(cycle);
                }
                if !came.contains_key(to) {
                    came.insert(*to, (at, *kind));
                    queue.push_back(*to);
                }
            }
        }
        None
    }
}
