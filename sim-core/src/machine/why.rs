//! Why an event cannot happen yet: the earlier events it waits for, and the clause that makes it wait.

use super::{Machine, State};
use crate::order::{Event, Mask, Path, Rules, bits};
use crate::program::{Access, GuardKind, Op, Side};

/// An earlier event of the same core that has to complete first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Index of that event on the core's path.
    pub event: usize,
    /// What orders the two.
    pub reason: Reason,
}

/// What orders an event after an earlier one of its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The model keeps the program order of these kinds of accesses.
    ProgramOrder,
    /// Both access the same bytes.
    SameLocation,
    /// They are the two halves of one atomic operation.
    Pair,
    /// The address of the later access is computed from what the earlier one loads.
    Address,
    /// The value of the later access is computed from what the earlier one loads, or picked by it.
    Dependency,
    /// A branch that the earlier load decides.
    Control,
    /// The earlier access is a load acquire.
    Acquire,
    /// The later access is a store release.
    Release,
    /// The later access is a load acquire, the earlier one a store release.
    ReleaseAcquire,
    /// One of them is locked.
    Locked,
    /// The fence at this index of the path's instructions.
    Fence(usize),
    /// Another clause of the model.
    Other,
}

impl Machine<'_> {
    /// What event `event` of a core still waits for: empty once it may happen, as far as its own core is
    /// concerned.
    pub fn waits(&self, state: &State, core: usize, event: usize) -> Vec<Wait> {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        let complete = window.complete(path);
        let later = &path.events[event];
        let partly = later
            .before_bytes
            .iter()
            .filter(|(load, bytes)| bytes & !window.complete_bytes(path, usize::from(*load), complete) != 0)
            .fold(0, |all: Mask, (load, _)| all | 1 << load);
        let address = if later.place.is_none() { path.exprs.loads(later.address) & !window.known } else { 0 };
        bits((later.before | partly | address) & !complete)
            .map(|e| Wait { event: e, reason: self.reason(core, path, e, event) })
            .collect()
    }

    /// Why event `event` of a core cannot happen, as sentences without full stop; empty if it can.
    pub fn why_not(&self, state: &State, core: usize, event: usize) -> Vec<String> {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        let subject = self.access_words(core, path, event);
        let mut reasons: Vec<String> = self
            .waits(state, core, event)
            .iter()
            .map(|wait| format!("{subject} {}", self.wait_words(core, path, wait)))
            .collect();
        let this = &path.events[event];
        if this.store && reasons.is_empty() && window.write(path, event).is_none() {
            reasons.push(format!("{subject} waits for its value"));
        }
        if let Some(store) = self.behind_store(state, core, event).filter(|_| reasons.is_empty()) {
            let until =
                if self.is_direct(core, path, store) { "has completed" } else { "is in the store buffer" };
            let store = self.access_words(core, path, store);
            reasons.push(format!("{subject} waits until {store} {until}"));
        }
        if reasons.is_empty() && !self.hits(state, core, event) {
            reasons.push(format!("{subject} waits for a copy of its line that it may use"));
        }
        if let (true, true, Some(write)) = (this.store, reasons.is_empty(), window.write(path, event)) {
            for other in (0..state.cores.len()).filter(|other| *other != core) {
                if self.refuses(state, other, write) {
                    reasons.push(format!(
                        "{subject} waits for P{other}, which is in the middle of an atomic access"
                    ));
                }
            }
        }
        reasons
    }

    /// What is waited for, and why: `waits for MFENCE (P0.2), which waits for P0.1 store x`.
    pub fn wait_words(&self, core: usize, path: &Path, wait: &Wait) -> String {
        let first = self.access_words(core, path, wait.event);
        let model = self.trees[core].code.order.name;
        match wait.reason {
            Reason::Fence(taken) => {
                let pc = path.taken[taken].pc as usize;
                let text = &self.test.program.threads[core].instrs[pc].text;
                format!("waits for {text} (P{core}.{}), which waits for {first}", pc + 1)
            }
            Reason::ProgramOrder => format!("waits for {first}: {model} keeps their program order"),
            Reason::SameLocation => format!("waits for {first}: both are to the same location"),
            Reason::Pair => format!("waits for {first}, the other half of the atomic access"),
            Reason::Address => {
                format!("waits for {first}, from which its address is computed (address dependency)")
            }
            Reason::Dependency => {
                format!("waits for {first}, from which its value is computed (data dependency)")
            }
            Reason::Control => format!("waits for {first}, which decides an earlier branch"),
            Reason::Acquire => format!("waits for {first}, a load acquire"),
            Reason::Release => format!("waits for {first}: a store release waits for everything earlier"),
            Reason::ReleaseAcquire => format!("waits for {first}: a load acquire waits for earlier releases"),
            Reason::Locked => format!("waits for {first}: locked accesses order everything"),
            Reason::Other => format!("waits for {first}: {model} orders them"),
        }
    }

    /// What orders event `later` of a path after `first`.
    pub fn reason(&self, core: usize, path: &Path, first: usize, later: usize) -> Reason {
        let rules = self.trees[core].code.order.rules;
        let (a, b) = (&path.events[first], &path.events[later]);
        let kept = match (a.store, b.store) {
            (false, false) => Rules::READ_READ,
            (false, true) => Rules::READ_WRITE,
            (true, true) => Rules::WRITE_WRITE,
            (true, false) => Rules::WRITE_READ,
        };
        let bit: Mask = 1 << first;
        if b.pair.is_some_and(|pair| usize::from(pair) == first) {
            Reason::Pair
        } else if rules.contains(kept) {
            Reason::ProgramOrder
        } else if same_location(a, b) {
            Reason::SameLocation
        } else if rules.contains(Rules::LOCKED) && (a.access | b.access).contains(Access::LOCKED) {
            Reason::Locked
        } else if !a.store && b.address_sources & bit != 0 {
            Reason::Address
        } else if !a.store && (b.sources & !(1 << later)) & bit != 0 {
            Reason::Dependency
        } else if let Some(taken) = self.fence_between(core, path, a, b) {
            Reason::Fence(taken)
        } else if !a.store && a.access.intersects(Access::ACQUIRE | Access::ACQUIRE_PC) {
            Reason::Acquire
        } else if b.store && b.access.contains(Access::RELEASE) {
            Reason::Release
        } else if a.store && a.access.contains(Access::RELEASE) && b.access.contains(Access::ACQUIRE) {
            Reason::ReleaseAcquire
        } else if path.guards.iter().any(|g| g.kind == GuardKind::Branch && g.loads & bit != 0) && b.store {
            Reason::Control
        } else if !a.store && b.picked & bit != 0 {
            Reason::Dependency
        } else {
            Reason::Other
        }
    }

    /// The fence between two events that orders them.
    pub(super) fn fence_between(&self, core: usize, path: &Path, a: &Event, b: &Event) -> Option<usize> {
        let from = a.taken.map_or(0, |t| usize::from(t) + 1);
        let to = usize::from(b.taken?);
        let instrs = &self.test.program.threads[core].instrs;
        (from..to).find(|t| {
            let taken = path.taken[*t];
            let ops = &instrs[taken.pc as usize].alts[usize::from(taken.alt)].ops;
            ops.iter().any(|op| matches!(op, Op::Fence(f) if f.before.intersects(side(a)) && f.after.intersects(side(b))))
        })
    }
}

/// The side of a fence on which an event stands.
fn side(event: &Event) -> Side {
    match (event.store, event.access.contains(Access::NO_RETURN)) {
        (true, _) => Side::WRITE,
        (false, true) => Side::NO_RETURN,
        (false, false) => Side::READ,
    }
}

/// Whether two events with known places share a byte.
fn same_location(a: &Event, b: &Event) -> bool {
    match (a.place, b.place) {
        (Some(p), Some(q)) => p.0 < q.0 + u16::from(b.size) && q.0 < p.0 + u16::from(a.size),
        _ => false,
    }
}
