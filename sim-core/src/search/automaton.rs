//! What one thread can do against a word of completed stores.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indexmap::{IndexMap, IndexSet};

use super::bind::{Bound, bind, bind_older, bind_one};
use super::endings::Endings;
use super::seen::Seen;
use crate::core::{Code, End, Entry, Image, LazyDomain, Settled, Tree, Window, Write};
use crate::order::{Mask, bits, shared_bytes};

pub(super) type Hash = foldhash::fast::FixedState;

/// What a thread can emit.
pub type Emitted = Arc<[Emission]>;

/// A store that a thread can complete next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emission {
    /// What it writes.
    pub write: Write,
    /// The set that it leads to.
    pub set: SetId,
    /// The fewest earlier stores of the thread that it overtakes.
    pub overtakes: u32,
}

/// A store that one window can complete.
pub(super) struct Completion {
    pub write: Write,
    /// The earlier stores that it overtakes.
    pub overtakes: u32,
    pub after: Settled,
}

/// Index of a set of windows of one [`Automaton`].
pub type SetId = u32;

/// The sets of windows of one thread, each stored once, and how they follow each other.
#[derive(Debug)]
pub struct Automaton<'a> {
    /// The paths of the thread.
    pub tree: Tree<'a>,
    pub(super) observed: Vec<u8>,
    limits: Limits<'a>,
    domain: Arc<LazyDomain<'a>>,
    windows: IndexSet<Window, Hash>,
    sets: IndexSet<Box<[u32]>, Hash>,
    emitted: IndexMap<(SetId, u32), Emitted, Hash>,
    observing: IndexMap<(SetId, u32, Write), SetId, Hash>,
    pub(super) ended: IndexMap<(SetId, u32), Arc<Endings>, Hash>,
}

/// What ends the work on one thread early.
#[derive(Debug)]
struct Limits<'a> {
    /// Most windows to hold.
    windows: u64,
    /// Set from outside.
    stop: &'a AtomicBool,
    /// Whether the windows have reached their limit.
    full: bool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

/// Windows between two looks at the limits.
const POLL: usize = 256;

impl<'a> Automaton<'a> {
    /// The automaton of a thread; `observed` are the registers that belong to final states.
    pub fn new(code: Code<'a>, observed: Vec<u8>, domain: Arc<LazyDomain<'a>>, unroll: u32) -> Automaton<'a> {
        Automaton {
            tree: Tree::new(code, unroll),
            observed,
            limits: Limits { windows: u64::MAX, stop: &NEVER, full: false },
            domain,
            windows: IndexSet::default(),
            sets: IndexSet::default(),
            emitted: IndexMap::default(),
            observing: IndexMap::default(),
            ended: IndexMap::default(),
        }
    }

    /// Gives up, with answers that must not be used, when there are more than `windows` windows or `stop`
    /// is set.
    pub fn bound(&mut self, windows: u64, stop: &'a AtomicBool) {
        self.limits = Limits { windows, stop, full: false };
    }

    /// Whether it has given up for having too many windows.
    pub fn is_full(&self) -> bool {
        self.limits.full
    }

    /// Whether to go on with a walk that has seen so many windows.
    pub(super) fn goes_on(&mut self, seen: usize) -> bool {
        let limits = &mut self.limits;
        if seen.is_multiple_of(POLL) {
            limits.full |= (self.windows.len() + seen) as u64 > limits.windows;
            return !limits.full && !limits.stop.load(Ordering::Relaxed);
        }
        !limits.full
    }

    /// The set at the start; its window may be absent if no run of the thread is possible.
    pub fn initial(&mut self) -> SetId {
        let start = self.tree.initial().live();
        let start = start.and_then(|w| self.tree.renew(w));
        self.intern(start)
    }

    /// Number of different windows so far.
    pub fn windows(&self) -> usize {
        self.windows.len()
    }

    /// Number of different sets so far.
    pub fn sets(&self) -> usize {
        self.sets.len()
    }

    /// Whether no window is left in a set: no run of the thread fits the word.
    pub fn is_empty(&self, set: SetId) -> bool {
        self.sets[set as usize].is_empty()
    }

    fn intern(&mut self, windows: impl IntoIterator<Item = Window>) -> SetId {
        let mut ids: Vec<u32> = windows.into_iter().map(|w| self.windows.insert_full(w).0 as u32).collect();
        ids.sort_unstable();
        ids.dedup();
        self.sets.insert_full(ids.into()).0 as SetId
    }

    pub(crate) fn members(&self, set: SetId) -> Vec<Window> {
        self.sets[set as usize].iter().map(|id| self.windows[*id as usize].clone()).collect()
    }

    /// The stores that the thread can complete next, and the set that each leads to. `memory_id`
    /// identifies `memory`.
    pub fn emit(&mut self, set: SetId, memory: &Image, memory_id: u32) -> Emitted {
        if let Some(found) = self.emitted.get(&(set, memory_id)) {
            return Arc::clone(found);
        }
        let mut found: BTreeMap<Write, (Vec<Window>, u32)> = BTreeMap::new();
        let mut completions = Vec::new();
        let mut walk = Walk::new(self.members(set));
        while self.goes_on(walk.seen.len())
            && let Some((window, from)) = walk.next()
        {
            let path = self.tree.path(window.node);
            let stores = path.stores & !window.done;
            for e in bits(stores).filter(|e| *e >= from) {
                self.complete(&window, e, memory, &mut completions);
            }
            for Completion { write, overtakes, after } in completions.drain(..) {
                if let Some(next) = after.live().and_then(|w| self.tree.renew(w)) {
                    let (windows, fewest) = found.entry(write).or_insert((Vec::new(), u32::MAX));
                    windows.push(next);
                    *fewest = overtakes.min(*fewest);
                }
            }
            // A store behind the end of the path may have to wait for one on it.
            if self.tree.node(window.node).builder.wait_write & stores == 0 {
                let next = self.onward(&window, memory);
                walk.extend(&self.tree, &window, next);
            }
        }
        let emission =
            |(write, (windows, overtakes))| Emission { write, set: self.intern(windows), overtakes };
        let result: Emitted = found.into_iter().map(emission).collect();
        self.emitted.insert((set, memory_id), Arc::clone(&result));
        result
    }

    /// Completes store `e`: with its value, and if it can complete before that is known, with each value
    /// that it could turn out to have.
    pub(super) fn complete(&mut self, window: &Window, e: usize, memory: &Image, out: &mut Vec<Completion>) {
        let Some(mut ready) = self.prepare(window.clone(), e, memory) else { return };
        let early = self.tree.path(ready.node).events[e].early_without & !ready.known;
        if early != 0 {
            self.guess(&ready, e, out);
            let Bound::Live(next) = bind(&mut self.tree, ready, early, memory) else { return };
            let Some(next) = self.prepare(next, e, memory) else { return };
            ready = next;
        }
        let path = self.tree.path(ready.node);
        let Some(write) = ready.write(path, e) else { return };
        let mut next = ready;
        let known = next.known;
        next.complete_store(path, e, write);
        let fresh = next.known & !known;
        out.push(self.completed(next, fresh, e, write));
    }

    /// Store `e` has completed as `write` and left the window `next`.
    fn completed(&mut self, next: Window, fresh: Mask, e: usize, write: Write) -> Completion {
        let earlier = self.tree.path(next.node).stores & !next.done & ((1 << e) - 1);
        Completion { write, overtakes: earlier.count_ones(), after: self.tree.settle(next, fresh) }
    }

    /// Completes store `e` with each value that it could have.
    fn guess(&mut self, ready: &Window, e: usize, out: &mut Vec<Completion>) {
        let Some(bit) = self.tree.guess_bit(ready.node, e) else {
            self.tree.unguessed = true;
            return;
        };
        let Some(writes) = self.domain.writes(&self.tree, ready, e) else {
            self.tree.unguessed = true;
            return;
        };
        for write in writes {
            let path = self.tree.path(ready.node);
            let mut next = ready.clone();
            let known = next.known;
            let write = next.complete_guessed(path, e, write, bit);
            let fresh = next.known & !known;
            out.push(self.completed(next, fresh, e, write));
        }
    }

    /// Lets all loads choose that store `e` waits for.
    fn prepare(&mut self, mut window: Window, e: usize, memory: &Image) -> Option<Window> {
        loop {
            let path = self.tree.path(window.node);
            let complete = window.complete(path);
            let event = &path.events[e];
            if window.ready(path, e, complete) {
                return Some(window);
            }
            let address = if event.place.is_none() { path.exprs.loads(event.address) } else { 0 };
            let missing = (event.before | address) & !complete;
            if missing & path.stores != 0 {
                return None;
            }
            let partly = event.before_bytes.iter().find_map(|(load, bytes)| {
                let left = bytes & !window.complete_bytes(path, usize::from(*load), complete);
                (left != 0).then_some((usize::from(*load), left))
            });
            let bound = match partly {
                _ if missing != 0 => bind(&mut self.tree, window, missing, memory),
                // Only some bytes of the load have to be complete: those wait for less than all.
                Some((load, _)) if !window.has(load) => bind_one(&mut self.tree, window, load, memory),
                Some((load, left)) => {
                    let waits = window.waits_of_bytes(path, load, left) & !complete;
                    if waits == 0 {
                        return None;
                    }
                    bind(&mut self.tree, window, waits, memory)
                }
                None => return None,
            };
            match bound {
                Bound::Live(next) => window = next,
                _ => return None,
            }
        }
    }

    /// The windows that follow where the path of `window` ends in a fork: the fork is decided by letting
    /// its loads choose, or each way is tried where that cannot decide it.
    pub(super) fn onward(&mut self, window: &Window, memory: &Image) -> Vec<Settled> {
        self.decide(window, memory).map_or_else(|| self.predict(window), |settled| vec![settled])
    }

    /// Lets the loads choose that decide the fork at the end of the path, if they are on the path and any
    /// store behind the fork waits for them.
    fn decide(&mut self, window: &Window, memory: &Image) -> Option<Settled> {
        let (loads, waits) = self.fork_loads(window)?;
        let open = loads & !window.known;
        if open == 0 || open & !waits != 0 {
            return None;
        }
        Some(match bind(&mut self.tree, window.clone(), loads, memory) {
            // Forwarded from a store whose value is not known yet.
            Bound::Live(next) if next.node == window.node && loads & !next.known != 0 => Settled::Dead,
            Bound::Live(next) => Settled::Live(next),
            _ => Settled::Dead,
        })
    }

    /// The loads on the path that decide the fork at its end, and what any store behind it waits for;
    /// `None` if the fork's own instruction has a say, or there is no fork.
    fn fork_loads(&mut self, window: &Window) -> Option<(Mask, Mask)> {
        let node = self.tree.node(window.node);
        let (events, guards) = (node.path().events.len(), node.path().guards.len());
        let End::Fork(ways) = &node.end else { return None };
        let (mut loads, mut waits) = (0, Mask::MAX);
        for way in 0..ways.len() {
            if let Entry::Node(child) = self.tree.enter(window.node, way) {
                loads |= self.tree.path(child).guards[guards..].iter().fold(0, |all, g| all | g.loads);
                if self.tree.node(child).back.is_some() {
                    // A window begins anew behind a jump back if nothing is left open before it.
                    loads |= self.tree.path(window.node).loads;
                }
                waits &= self.tree.node(child).builder.store_waits(self.tree.code.order, events);
            }
        }
        if events < 64 && loads >> events != 0 {
            return None;
        }
        // A load that forwards from a store is known when the sources of that store are.
        let path = self.tree.path(window.node);
        loads |= bits(loads & !window.known).fold(0, |all, e| all | path.events[e].sources) & path.loads;
        Some((loads, waits))
    }

    /// The window on each way on from the fork at the end of its path.
    fn predict(&mut self, window: &Window) -> Vec<Settled> {
        let End::Fork(ways) = &self.tree.node(window.node).end else { return Vec::new() };
        (0..ways.len())
            .map(|way| match self.tree.advance(window, way) {
                Settled::Live(next) => {
                    let from = usize::from(self.tree.node(next.node).inherited_guards);
                    self.tree.settle_from(next, from)
                }
                end => end,
            })
            .collect()
    }

    /// The set that remains when another thread completes `write`. `memory` is the memory before it,
    /// identified by `memory_id`.
    pub fn observe(&mut self, set: SetId, memory: &Image, memory_id: u32, write: Write) -> SetId {
        if let Some(found) = self.observing.get(&(set, memory_id, write)) {
            return *found;
        }
        let mut before = Seen::default();
        before.extend(self.members(set));
        // The walk may find more windows to begin at: those in which one more load has chosen.
        let mut next = 0;
        while self.goes_on(next)
            && let Some(window) = before.get(next).cloned()
        {
            next += 1;
            self.hurry(window, memory, write, &mut before);
        }
        let mut after = Vec::new();
        for mut window in before.into_windows() {
            let node = self.tree.node(window.node);
            if window.strike(node.path(), node.reserved(), write) {
                after.extend(self.tree.renew(window));
            }
        }
        let result = self.intern(after);
        self.observing.insert((set, memory_id, write), result);
        result
    }

    /// Adds the windows in which one more load hurries to read what `write` will change.
    fn hurry(&mut self, window: Window, memory: &Image, write: Write, out: &mut Seen) {
        let mut walk = Walk::new(vec![window]);
        while self.goes_on(walk.seen.len())
            && let Some((window, from)) = walk.next()
        {
            let path = self.tree.path(window.node);
            for e in bits(path.loads & !window.done).filter(|e| *e >= from) {
                out.extend(self.hurry_one(&window, e, memory, write));
            }
            out.extend(self.hurry_older(&window, memory, write));
            let path = self.tree.path(window.node);
            let waits = path.wait_read;
            if waits & path.stores & !window.done != 0 {
                // Any load behind the end of the path waits for one of these stores.
                continue;
            }
            let open = self.fork_loads(&window).map_or(0, |(loads, _)| loads & !window.known);
            let next = if open != 0 && open & !waits == 0 {
                // Any load behind the fork waits for what decides it: nothing to predict.
                self.onward(&window, memory)
            } else {
                self.predict(&window)
            };
            walk.extend(&self.tree, &window, next);
        }
    }

    /// Lets load `e` choose if the write is about to change what it would read.
    fn hurry_one(&mut self, window: &Window, e: usize, memory: &Image, write: Write) -> Option<Window> {
        let event = &self.tree.path(window.node).events[e];
        let hit = |window: &Window, tree: &Tree<'_>| {
            let event = &tree.path(window.node).events[e];
            event.place.is_some_and(|at| {
                shared_bytes((at, event.size), (write.place, write.size)) & window.final_bytes(event) != 0
            })
        };
        if event.place.is_some() && !hit(window, &self.tree) {
            return None;
        }
        match bind_one(&mut self.tree, window.clone(), e, memory) {
            Bound::Live(next) => hit(&next, &self.tree).then_some(next),
            _ => None,
        }
    }

    /// Lets a load choose, or complete, that a load which the write overtakes would otherwise have passed.
    fn hurry_older(&mut self, window: &Window, memory: &Image, write: Write) -> Option<Window> {
        let path = self.tree.path(window.node);
        let (older, e) = window.overtaken(path, write).find_map(|e| Some((window.exposed(path, e)?, e)))?;
        match bind_older(&mut self.tree, window.clone(), older, e, memory) {
            Bound::Live(next) => Some(next),
            _ => None,
        }
    }
}

/// Windows to look at, each once, with the first of its events that has not been looked at in the
/// window that it continues.
pub(super) struct Walk {
    open: Vec<(Window, usize)>,
    pub seen: Seen,
}

impl Walk {
    pub fn new(windows: Vec<Window>) -> Walk {
        Walk { open: windows.into_iter().rev().map(|w| (w, 0)).collect(), seen: Seen::default() }
    }

    pub fn next(&mut self) -> Option<(Window, usize)> {
        while let Some((window, from)) = self.open.pop() {
            if self.seen.insert(window.clone()) {
                return Some((window, from));
            }
        }
        None
    }

    /// Adds the windows that `next` goes on to behind the end of its path.
    pub fn extend(&mut self, tree: &Tree<'_>, window: &Window, next: Vec<Settled>) {
        let events = tree.path(window.node).events.len();
        for next in next.into_iter().filter_map(Settled::live) {
            let longer = tree.node(next.node).parent.is_some();
            self.open.push((next, if longer { events } else { 0 }));
        }
    }
}
