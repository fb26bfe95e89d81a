//! The state of one core: which events of its path have happened, and what its loads have received.

use smallvec::SmallVec;

use super::guess::Guesses;
use super::memory::{Image, Write, ones};
use super::tree::NodeId;
use crate::order::{Event, ExprId, Group, Guard, Mask, Path, bits, shared_bytes};
use crate::program::Value;

/// A core in the middle of a run. Equal windows have equal futures.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// The node whose path is in the window.
    pub node: NodeId,
    /// Events that have happened: loads that have chosen their sources, stores that have completed.
    pub done: Mask,
    /// Loads among `done` whose whole value is known. The others forwarded from a store whose value is
    /// not known yet. Also stores that [carry](crate::order::Data::Carried) their value.
    pub known: Mask,
    /// Loads among `done` that a foreign store has overtaken while an earlier load had no address.
    pub stale: Mask,
    /// Bytes of the latest load exclusive, its store exclusive not being on the path yet, that a foreign
    /// store has changed since.
    pub lost: u16,
    /// Values of loads and carried stores by [`Event::slot`]; 0 for a load that has not happened or whose value no longer
    /// matters.
    pub values: SmallVec<[Value; 6]>,
    /// Stores that completed with a guessed value, and what came of them; mostly there are none.
    pub guesses: Option<Box<Guesses>>,
}

impl Clone for Window {
    fn clone(&self) -> Window {
        // Unlike `SmallVec`'s own, this copies the values as one block.
        Window { values: SmallVec::from_slice(&self.values), guesses: self.guesses.clone(), ..*self }
    }
}

impl Window {
    /// The window at the beginning of a path of `path.slots` loaded values.
    pub fn new(node: NodeId, path: &Path) -> Window {
        let values = SmallVec::from_elem(0, usize::from(path.slots));
        Window { node, done: 0, known: 0, stale: 0, lost: 0, values, guesses: None }
    }

    /// The same where the pending stores with which the path begins carry `values`.
    pub fn carrying(node: NodeId, path: &Path, values: &[Value]) -> Window {
        let mut window = Window::new(node, path);
        window.values[..values.len()].copy_from_slice(values);
        window.known = if values.is_empty() { 0 } else { path.stores & path.pending() };
        window
    }

    /// Whether event `e` has happened.
    pub fn has(&self, e: usize) -> bool {
        self.done & (1 << e) != 0
    }

    /// The groups of bytes of a load that are forwarded from stores that have not completed.
    fn forwarded<'p>(&self, event: &'p Event) -> impl Iterator<Item = &'p Group> {
        let done = self.done;
        event.groups.iter().filter(move |g| done & (1 << g.store) == 0)
    }

    /// The bytes of a load that has chosen its sources whose source can no longer change rank: from
    /// memory, or from an own store that has completed since.
    pub fn final_bytes(&self, event: &Event) -> u16 {
        self.forwarded(event).fold(event.bytes(), |open, group| open & !group.bytes)
    }

    /// The bytes of event `e` that are complete.
    ///
    /// A forwarded byte is complete when the sources of its store are (Armv8's `dob`, `aob` with `lmrs`).
    pub fn complete_bytes(&self, path: &Path, e: usize, complete: Mask) -> u16 {
        let event = &path.events[e];
        if !self.has(e) {
            return 0;
        }
        self.forwarded(event)
            .filter(|group| group.waits & !complete != 0)
            .fold(event.bytes(), |open, group| open & !group.bytes)
    }

    /// What `bytes` of load `e`, which has chosen its sources, wait for.
    pub fn waits_of_bytes(&self, path: &Path, e: usize, bytes: u16) -> Mask {
        self.forwarded(&path.events[e]).filter(|g| g.bytes & bytes != 0).fold(0, |all, g| all | g.waits)
    }

    /// The events that are complete as a whole.
    pub fn complete(&self, path: &Path) -> Mask {
        let mut complete = self.done & !path.soft;
        // What a forwarded load waits for is earlier in program order.
        for e in bits(self.done & path.soft) {
            if self.forwarded(&path.events[e]).all(|g| g.waits & !complete == 0) {
                complete |= 1 << e;
            }
        }
        complete
    }

    /// Whether all that event `e` waits for is complete, its address is known, and it has not happened.
    pub fn ready(&self, path: &Path, e: usize, complete: Mask) -> bool {
        let event = &path.events[e];
        !self.has(e)
            && event.place.is_some()
            && event.before & !complete == 0
            && event
                .before_bytes
                .iter()
                .all(|(load, bytes)| bytes & !self.complete_bytes(path, usize::from(*load), complete) == 0)
    }

    /// The value that load `e` returned, as far as it is known.
    pub fn loaded(&self, path: &Path, e: u8, high: bool) -> Option<Value> {
        let event = &path.events[usize::from(e)];
        let bit = 1 << e;
        if self.known & bit != 0 {
            return self.values.get(usize::from(event.slot) + usize::from(high)).copied();
        }
        if self.done & bit == 0 {
            return None;
        }
        let whole = self.assemble(path, event)?;
        Some(split(event, whole)[usize::from(high)])
    }

    /// The bytes of a load that forwards from stores, if the values of those are known.
    fn assemble(&self, path: &Path, event: &Event) -> Option<u128> {
        let mut whole = self.stored(event);
        for group in self.forwarded(event) {
            let store = &path.events[usize::from(group.store)];
            let write = self.write(path, usize::from(group.store))?;
            let (to, from) = (event.place?, store.place?);
            whole = overlay(whole, group.bytes, i32::from(to.0) - i32::from(from.0), write.value);
        }
        Some(whole)
    }

    /// The part of a load's value that is stored in the window.
    fn stored(&self, event: &Event) -> u128 {
        let slot = usize::from(event.slot);
        let at = |index: usize| self.values.get(index).copied().unwrap_or(0);
        Write::new(event.place.unwrap_or(crate::order::Place(0)), event.size, at(slot), {
            event.halves.then(|| at(slot + 1))
        })
        .value
    }

    fn keep(&mut self, event: &Event, whole: u128) {
        let [low, high] = split(event, whole);
        self.values[usize::from(event.slot)] = low;
        if event.halves {
            self.values[usize::from(event.slot) + 1] = high;
        }
    }

    /// Whether `guard`, a condition of `path`, holds, if that is known.
    pub fn decides(&self, path: &Path, guard: &Guard) -> Option<bool> {
        // What is computed from loads is known exactly if all of them are.
        if guard.loads & !self.known != 0 {
            return None;
        }
        guard.holds(path, &|e, high| self.loaded(path, e, high))
    }

    /// The value of an expression of the path, if it is known.
    pub fn eval(&self, path: &Path, expr: ExprId) -> Option<Value> {
        path.exprs.eval(expr, &|e, high| self.loaded(path, e, high))
    }

    /// What store `e` writes, if its address and value are known.
    pub fn write(&self, path: &Path, e: usize) -> Option<Write> {
        let event = &path.events[e];
        let low = self.eval(path, event.value?)?;
        let high = match event.high {
            Some(high) => Some(self.eval(path, high)?),
            None => None,
        };
        let guesses = self.guesses_of_store(path, e);
        Some(Write { guesses, ..Write::new(event.place?, event.size, low, high) })
    }

    /// Load `e` chooses its sources, all in one instant: for each byte its latest own store if that
    /// has not completed, else memory.
    pub fn choose(&mut self, path: &Path, e: usize, memory: &Image) {
        let event = &path.events[e];
        let Some(place) = event.place else { return };
        let mut whole = memory.read(place, event.size);
        for group in self.forwarded(event) {
            whole = overlay(whole, group.bytes, 0, 0);
        }
        self.note_guesses(path, e, memory);
        self.done |= 1 << e;
        self.keep(event, whole);
        self.learn(path);
    }

    /// Notes the values of forwarded loads that have become known.
    pub fn learn(&mut self, path: &Path) {
        for e in bits(self.done & !self.known & path.loads) {
            let event = &path.events[e];
            if let Some(whole) = self.assemble(path, event) {
                self.keep(event, whole);
                self.known |= 1 << e;
            }
        }
    }

    /// Store `e` completes with the value `write`.
    pub fn complete_store(&mut self, path: &Path, e: usize, write: Write) {
        for load in bits(self.done & !self.known & path.loads) {
            let event = &path.events[load];
            if let Some(group) = event.groups.iter().find(|g| usize::from(g.store) == e)
                && let Some(place) = event.place
            {
                let shift = i32::from(place.0) - i32::from(write.place.0);
                let whole = overlay(self.stored(event), group.bytes, shift, write.value);
                self.keep(event, whole);
            }
        }
        self.done |= 1 << e;
        self.learn(path);
    }

    /// A store of another core completes. Returns whether this window can be part of such a run: whether
    /// it has no [victim](Self::victim).
    ///
    /// `reserved` is the load exclusive at the end of the path that a later store exclusive may pair with.
    pub fn strike(&mut self, path: &Path, reserved: Option<u8>, write: Write) -> bool {
        for e in bits(self.done & path.loads) {
            let hit = self.overtakes(&path.events[e], write);
            if hit == 0 {
                continue;
            }
            if reserved == Some(e as u8) {
                self.lost |= hit;
            }
            if path.unplaced & path.loads & ((1 << e) - 1) != 0 {
                self.stale |= 1 << e;
            }
        }
        self.victim(path, write).is_none()
    }

    /// Whether a [strike](Self::strike) would change nothing here.
    pub fn ignores(&self, path: &Path, reserved: Option<u8>, write: Write) -> bool {
        let marks = reserved.is_some() || path.unplaced & path.loads != 0;
        !marks && self.victim(path, write).is_none()
    }

    /// The first load that must not have chosen its sources yet when a store of another core completes.
    ///
    /// Such a store must not overtake a load that has chosen while an earlier load of the same bytes is
    /// incomplete (`haz-ob`: the later load is the victim), nor come between the load and the store of a
    /// read-modify-write (`atomic`: its load is the victim).
    pub fn victim(&self, path: &Path, write: Write) -> Option<usize> {
        let mut complete = None;
        let surely_complete = self.done & !path.soft;
        let open = path.loads & !surely_complete;
        // Behind the first open load.
        let after = open & open.wrapping_neg();
        let endangered = self.done & path.hazardous & !(after | after.wrapping_sub(1));
        let overtaken = bits(endangered).find(|e| {
            let event = &path.events[*e];
            event.older & !surely_complete != 0 && self.overtakes(event, write) != 0 && {
                let complete = *complete.get_or_insert_with(|| self.complete(path));
                bits(event.older & !complete).any(|older| self.hazard(path, older, event, complete))
            }
        });
        let broken = bits(path.paired & !self.done).find_map(|s| {
            let store = &path.events[s];
            let load = usize::from(store.pair?);
            let hit = if self.has(load) { self.overtakes(&path.events[load], write) } else { 0 };
            (hit & store.protects != 0).then_some(load)
        });
        overtaken.into_iter().chain(broken).min()
    }

    /// The bytes of a load with final source that a write of another core changes.
    fn overtakes(&self, event: &Event, write: Write) -> u16 {
        let Some(at) = event.place else { return 0 };
        shared_bytes((at, event.size), (write.place, write.size)) & self.final_bytes(event)
    }

    /// The first earlier load that shares with load `e` a byte that it has not completed: a foreign store
    /// must not overtake `e` before it has (`haz-ob`).
    pub fn exposed(&self, path: &Path, e: usize) -> Option<usize> {
        let (event, complete) = (&path.events[e], self.complete(path));
        bits(event.older & !complete).find(|older| self.hazard(path, *older, event, complete))
    }

    /// The loads that a foreign store would overtake, if it completed now.
    pub fn overtaken<'p>(&'p self, path: &'p Path, write: Write) -> impl Iterator<Item = usize> + 'p {
        bits(self.done & path.loads).filter(move |e| self.overtakes(&path.events[*e], write) != 0)
    }

    /// What the forwarded bytes that load `e` shares with `later` wait for.
    pub fn pending_waits(&self, path: &Path, e: usize, later: &Event) -> Mask {
        let event = &path.events[e];
        let (Some(at), Some(place)) = (event.place, later.place) else { return 0 };
        let shared = shared_bytes((at, event.size), (place, later.size));
        self.forwarded(event).filter(|g| g.bytes & shared != 0).fold(0, |all, g| all | g.waits)
    }

    /// Whether `older` shares a byte with a later load that it has not completed.
    pub fn hazard(&self, path: &Path, older: usize, later: &Event, complete: Mask) -> bool {
        let event = &path.events[older];
        let (Some(at), Some(place)) = (event.place, later.place) else { return false };
        let shared = shared_bytes((at, event.size), (place, later.size));
        shared & !self.complete_bytes(path, older, complete) != 0
    }
}

/// `whole` with the bytes in `bytes` taken from `from`, whose first byte lies `shift` bytes before.
fn overlay(whole: u128, bytes: u16, shift: i32, from: u128) -> u128 {
    let mask = bits(u64::from(bytes)).fold(0, |mask, byte| mask | 0xff << (8 * byte));
    let moved = if shift >= 0 { from >> (8 * shift) } else { from << (-8 * shift) };
    (whole & !mask) | (moved & mask)
}

/// The lower and upper half of a value, or the whole and 0.
fn split(event: &Event, whole: u128) -> [Value; 2] {
    if event.halves {
        let half = 4 * u32::from(event.size);
        [(whole & ones(half)) as Value, (whole >> half) as Value]
    } else {
        [whole as Value, 0]
    }
}
