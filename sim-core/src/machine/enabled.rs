//! Which steps a state allows.

use super::{CacheStep, Machine, State, Step};
use crate::core::{End, Entry, Window, Write};
use crate::order::{Mask, Path, bits};

impl Machine<'_> {
    /// The steps that `state` allows: by core, predictions first, then in program order, then what the core's cache does
    /// for it; and after all cores, what is under way between caches.
    pub fn enabled(&mut self, state: &State) -> Vec<Step> {
        let mut steps: Vec<Step> =
            (0..state.cores.len()).flat_map(|core| self.enabled_on(state, core)).collect();
        for step in self.traffic(state) {
            // An invalidation must not undo a load on which a completed store depends.
            let risky = matches!(step, Step::Cache { step: CacheStep::Invalidate { .. }, .. });
            if !risky || self.apply(state, &step).is_some() {
                steps.push(step);
            }
        }
        steps
    }

    /// The steps that `state` allows one core: predictions first, then in program order, then what its cache does for
    /// it.
    pub fn enabled_on(&mut self, state: &State, core: usize) -> Vec<Step> {
        let mut steps: Vec<Step> =
            self.ways(state, core, None).into_iter().map(|(way, _)| Step::Predict { core, way }).collect();
        let issuable = self.issuable(state, core);
        let path = self.trees[core].path(state.cores[core].window.node);
        let (events, stores) = (path.events.len(), path.stores);
        let mut missing: Mask = 0;
        for event in 0..events {
            let step = if stores & (1 << event) == 0 {
                Step::Load { core, event }
            } else if issuable & (1 << event) != 0 {
                Step::Issue { core, event }
            } else {
                Step::Drain { core, event }
            };
            // A load must not turn out to contradict a store that has completed.
            let risky = state.cores[core].window.done & stores & !((1 << event) - 1) != 0;
            if self.core_allows(state, &step) {
                if !self.lines_allow(state, &step) {
                    missing |= 1 << event;
                } else if !risky || self.apply(state, &step).is_some() {
                    steps.push(step);
                }
            }
            let guesses = self.guesses(state, core, event);
            match guesses.first() {
                Some(guess) if !self.lines_allow(state, guess) => missing |= 1 << event,
                _ => steps.extend(guesses),
            }
        }
        let demands = self.demands(state, core, missing);
        steps.extend(demands.into_iter().map(|step| Step::Cache { core, step }));
        steps
    }

    /// The step to take first so that `step`, which a machine without caches and with eager store buffers would
    /// allow, can be taken: a store enters the store buffer, a cache asks for a line, a message arrives. `None` if
    /// `step` is possible now, or nothing brings it nearer. Taking these steps one after the other gets there.
    pub fn toward(&mut self, state: &State, step: &Step) -> Option<Step> {
        let (Step::Load { core, event } | Step::Guess { core, event, .. } | Step::Drain { core, event }) =
            *step
        else {
            return None;
        };
        if self.core_allows(state, step) {
            if self.lines_allow(state, step) {
                return None;
            }
            let demand = self.demands(state, core, 1 << event).into_iter().next();
            let demand = demand.map(|step| Step::Cache { core, step });
            return demand.or_else(|| self.traffic(state).into_iter().next());
        }
        bits(self.issuable(state, core)).next().map(|event| Step::Issue { core, event })
    }

    /// Whether the caches let a step of a core happen.
    fn lines_allow(&self, state: &State, step: &Step) -> bool {
        match *step {
            Step::Load { core, event } | Step::Guess { core, event, .. } | Step::Drain { core, event } => {
                self.whole || self.hits(state, core, event)
            }
            Step::Predict { .. } | Step::Issue { .. } | Step::Cache { .. } => true,
        }
    }

    /// Whether the cache of a core does this for one of its accesses, which could complete but for its lines.
    fn demanded(&mut self, state: &State, core: usize, demand: CacheStep) -> bool {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        let (open, stores) = ((path.loads | path.stores) & !window.done, path.stores);
        bits(open).any(|event| {
            let step = if stores & (1 << event) == 0 {
                Step::Load { core, event }
            } else {
                Step::Drain { core, event }
            };
            self.intends(state, core, event, demand)
                && !self.lines_allow(state, &step)
                && (self.core_allows(state, &step) || !self.guesses(state, core, event).is_empty())
        })
    }

    /// Whether `state` allows `step`.
    pub fn allows(&mut self, state: &State, step: &Step) -> bool {
        self.core_allows(state, step) && self.lines_allow(state, step)
    }

    /// Whether `state` allows `step`, were all lines where accesses need them.
    fn core_allows(&mut self, state: &State, step: &Step) -> bool {
        match *step {
            Step::Predict { core, way } => {
                core < state.cores.len() && self.predicted(state, core, way).is_some()
            }
            Step::Issue { core, event } => {
                core < state.cores.len() && bits(self.issuable(state, core)).any(|e| e == event)
            }
            Step::Load { core, event } => self.may_load(state, core, event),
            Step::Guess { core, event, .. } => {
                core < state.cores.len() && self.guesses(state, core, event).contains(step)
            }
            Step::Drain { core, event } => {
                self.draining(state, core, event).is_some_and(|write| self.accepted(state, core, write))
            }
            Step::Cache { core, step } => {
                self.cache_may(state, core, step) && self.after_cache_step(state, core, step).is_some()
            }
        }
    }

    /// Whether `state` allows a step of the caches, if their protocol does.
    pub(super) fn cache_may(&mut self, state: &State, core: usize, step: CacheStep) -> bool {
        match step {
            CacheStep::Demand { .. } => core < state.cores.len() && self.demanded(state, core, step),
            _ => self.is_under_way(state, core, step),
        }
    }

    /// Whether no other core refuses a store.
    pub(super) fn accepted(&self, state: &State, core: usize, write: Write) -> bool {
        (0..state.cores.len()).all(|other| other == core || !self.refuses(state, other, write))
    }

    /// The steps by which store `event` completes before its value is known.
    pub(super) fn guesses(&self, state: &State, core: usize, event: usize) -> Vec<Step> {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        let early = path.events.get(event).is_some_and(|e| e.early_without & !window.known != 0)
            && window.ready(path, event, window.complete(path));
        // A copy that is not the last completed store does not say which guesses it comes from.
        if !early || (self.cached.is_some() && !self.coherent) {
            return Vec::new();
        }
        let writes = self.domain.writes(&self.trees[core], window, event).unwrap_or_default();
        let accepted = writes.into_iter().filter(|write| self.accepted(state, core, *write));
        accepted.map(|write| Step::Guess { core, event, value: write.value }).collect()
    }

    fn may_load(&self, state: &State, core: usize, event: usize) -> bool {
        let Some(at) = state.cores.get(core) else { return false };
        let path = self.trees[core].path(at.window.node);
        path.events.get(event).is_some_and(|e| !e.store)
            && self.behind_store(state, core, event).is_none()
            && at.window.ready(path, event, at.window.complete(path))
    }

    /// The earlier store that has to enter the store buffer before load `event` executes, or to complete if it never enters
    /// one, if there is such a store: so it is where instructions execute in program order.
    pub fn behind_store(&self, state: &State, core: usize, event: usize) -> Option<usize> {
        let at = &state.cores[core];
        let path = self.trees[core].path(at.window.node);
        let this = &path.events[event];
        let earlier = path.stores & ((1 << event) - 1) & !(at.issued | at.window.done);
        let waits = self.in_order(core) && !this.store && this.taken.is_some();
        bits(earlier).next().filter(|_| waits)
    }

    /// What store `event` of a core would write if it completed now, if the core itself allows that.
    pub(super) fn draining(&self, state: &State, core: usize, event: usize) -> Option<Write> {
        let at = state.cores.get(core)?;
        let path = self.trees[core].path(at.window.node);
        let store = path.events.get(event).filter(|e| e.store)?;
        let early = store.early_without & !at.window.known != 0;
        let begun = at.issued & (1 << event) != 0 || self.is_direct(core, path, event);
        if early || !begun || !at.window.ready(path, event, at.window.complete(path)) {
            return None;
        }
        at.window.write(path, event)
    }

    /// Whether a store completes without having been in a store buffer: that of a read-modify-write where instructions
    /// execute in program order, for its load has waited until the buffer is empty (Intel SDM vol. 3, 8.2.3.9).
    pub(super) fn is_direct(&self, core: usize, path: &Path, event: usize) -> bool {
        path.events[event].pair.is_some() && self.in_order(core)
    }

    /// Whether a core holds the line against a foreign store: it would have to undo a load on which a
    /// store that has completed depends.
    pub fn refuses(&self, state: &State, core: usize, write: Write) -> bool {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        window.victim(path, write).is_some_and(|victim| self.trees[core].is_settled(window, victim))
    }

    /// The stores of a core that can enter the store buffer: their address and value are known.
    pub(super) fn issuable(&self, state: &State, core: usize) -> Mask {
        let at = &state.cores[core];
        let path = self.trees[core].path(at.window.node);
        let open = (path.loads | path.stores) & !(at.window.done | at.issued);
        let next = if self.in_order(core) { open & open.wrapping_neg() } else { open };
        let buffered = bits(next & path.stores).filter(|e| !self.is_direct(core, path, *e));
        self.trees[core].written(&at.window, buffered.fold(0, |all, e| all | 1 << e))
    }

    /// The window of a core that predicts a way on, if it can.
    pub(super) fn predicted(&mut self, state: &State, core: usize, way: usize) -> Option<Window> {
        self.ways(state, core, Some(way)).pop().map(|(_, window)| window)
    }

    /// The ways on that a core can predict, with its windows there: at an undecided fork behind which a load might go early.
    /// If one is asked about, of that one only.
    fn ways(&mut self, state: &State, core: usize, asked: Option<usize>) -> Vec<(usize, Window)> {
        let window = &state.cores[core].window;
        let tree = &mut self.trees[core];
        let node = tree.node(window.node);
        let (events, guards) = (node.path().events.len(), node.path().guards.len());
        let (waits, known) = (node.path().wait_read, window.known);
        let End::Fork(ways) = &node.end else { return Vec::new() };
        let count = ways.len();
        if tree.decided(window).is_some() {
            return Vec::new();
        }
        let mut open: Mask = 0;
        let mut found = Vec::new();
        for way in 0..count {
            let Entry::Node(child) = tree.enter(window.node, way) else { continue };
            let path = tree.path(child);
            open |= path.guards[guards..].iter().fold(0, |all, g| all | g.loads) & !known;
            let refuted =
                path.guards[guards..].iter().any(|guard| window.decides(path, guard) == Some(false));
            let end = &tree.node(child).end;
            if *end == End::Cut {
                tree.cut = true;
            } else if asked.is_none_or(|asked| asked == way)
                && !refuted
                && !matches!(end, End::Spin(_))
                && let Some(ahead) = tree.advance(window, way).live()
            {
                found.push((way, ahead));
            }
        }
        // If any load behind the fork waits for what decides it, predicting it shows nothing.
        let inside = events < 64 && open >> events != 0;
        let useless = open != 0 && !inside && open & !waits == 0;
        if useless { Vec::new() } else { found }
    }
}
