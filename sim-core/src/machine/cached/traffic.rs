//! Steps of caches, bus and directory: which a state allows, and what they lead to.

use super::{CacheState, CacheStep, Cached, Part};
use crate::core::Write;
use crate::machine::{Machine, State, Step};
use crate::memory::caches::{self, Bytes, Readiness};
use crate::memory::system::{Message, NOBODY};
use crate::order::{Mask, Place, bits};

impl Machine<'_> {
    /// What the cache of a core does for those of its accesses that could complete but for their lines.
    pub(in crate::machine) fn demands(&self, state: &State, core: usize, waiting: Mask) -> Vec<CacheStep> {
        let mut found = Vec::new();
        let Some((cached, caches)) = self.cached_in(state) else { return found };
        for event in bits(waiting) {
            let (parts, demand) = self.needs(state, cached, core, event);
            for part in parts {
                let access = Cached::access(core, &part, demand);
                if let Readiness::Needs(caches::Step::Core { line, demand, .. }) =
                    cached.caches.toward(caches, &access)
                {
                    let step = CacheStep::Demand { line, demand };
                    if !found.contains(&step) {
                        found.push(step);
                    }
                }
            }
        }
        found
    }

    /// Whether the cache of a core would do this for one of its accesses.
    pub(in crate::machine) fn intends(
        &self,
        state: &State,
        core: usize,
        event: usize,
        demand: CacheStep,
    ) -> bool {
        let (Some((cached, caches)), CacheStep::Demand { line, demand }) = (self.cached_in(state), demand)
        else {
            return false;
        };
        let (mut parts, wanted) = self.needs(state, cached, core, event);
        let would = |part: Part| {
            let next = cached.caches.intended(caches, &Cached::access(core, &part, wanted));
            matches!(next, Readiness::Needs(caches::Step::Core { line: l, demand: d, .. }) if (l, d) == (line, demand))
        };
        parts.any(would)
    }

    /// The steps of bus, directory and queues that are under way.
    pub(in crate::machine) fn traffic(&self, state: &State) -> Vec<Step> {
        let Some((cached, caches)) = self.cached_in(state) else { return Vec::new() };
        let mut steps = Vec::new();
        for step in cached.caches.progress(caches) {
            if !self.lets_pass(state, &step) {
                continue;
            }
            let bus_core = caches.coherence.bus.as_ref().map_or(0, |bus| usize::from(bus.core));
            match step {
                caches::Step::Core { .. } => {}
                caches::Step::Snoop { core } => {
                    steps.push(Step::Cache { core: core.into(), step: CacheStep::Snoop });
                }
                caches::Step::Finish => steps.push(Step::Cache { core: bus_core, step: CacheStep::Finish }),
                caches::Step::Deliver(message) => {
                    let place = caches.coherence.messages.iter().position(|other| *other == message);
                    let step = CacheStep::Deliver { message: place.unwrap_or(0) as u8 };
                    steps.push(Step::Cache { core: concerned(&message, caches), step });
                }
            }
        }
        for core in 0..state.cores.len() {
            let queue = cached.caches.queue(caches, core);
            let apply = |line| Step::Cache { core, step: CacheStep::Invalidate { line: line as u8 } };
            steps.extend(queue.map(apply));
        }
        steps
    }

    /// Whether a step is one of those that [are under way](Self::traffic), if the protocol can take it.
    pub(in crate::machine) fn is_under_way(&self, state: &State, core: usize, step: CacheStep) -> bool {
        let Some((cached, caches)) = self.cached_in(state) else { return false };
        if let CacheStep::Invalidate { line } = step {
            return cached.caches.queue(caches, core).any(|queued| queued == usize::from(line));
        }
        let coherence = &caches.coherence;
        let named_so = match step {
            CacheStep::Deliver { message } => {
                // Of equal messages the first arrives.
                let place = usize::from(message);
                let first = place == 0 || coherence.messages.get(place - 1) != coherence.messages.get(place);
                first && self.delivery(state, message) == Some(Step::Cache { core, step })
            }
            CacheStep::Finish => coherence.bus.as_ref().is_some_and(|bus| usize::from(bus.core) == core),
            _ => true,
        };
        let carried_out = self.cache_step(state, core, step).filter(|_| named_so);
        carried_out
            .is_some_and(|step| cached.caches.is_under_way(caches, &step) && self.lets_pass(state, &step))
    }

    /// Whether no core has anything against a step that is under way: none holds the line that it would take away, or
    /// supplies the word that it waits for.
    fn lets_pass(&self, state: &State, step: &caches::Step) -> bool {
        let Some((cached, caches)) = self.cached_in(state) else { return false };
        let taken = cached.caches.takes_away(caches, step);
        taken.is_none_or(|(core, line)| !self.holds(state, core, line))
            && (*step != caches::Step::Finish || !self.supplies_word(state, cached, caches))
    }

    /// Whether a store can supply the word that an update transaction waits for.
    fn supplies_word(&self, state: &State, cached: &Cached, caches: &caches::State) -> bool {
        let Some((core, line)) = cached.caches.awaits_word(caches) else { return false };
        let touches = |write: Write| cached.parts(write.place, write.size).any(|part| part.line == line);
        let events = bits(self.trees[core].path(state.cores[core].window.node).stores);
        events.into_iter().any(|event| {
            self.draining(state, core, event).is_some_and(|w| touches(w) && self.accepted(state, core, w))
                || self
                    .guesses(state, core, event)
                    .iter()
                    .any(|step| self.guessed(state, step).is_some_and(touches))
        })
    }

    /// Whether a core holds a line against the stores of other cores: it is in the middle of an atomic access to it, and
    /// could complete that now. It lets others read the line, for their loads may come before its store.
    fn holds(&self, state: &State, core: usize, line: usize) -> bool {
        let Some((cached, _)) = self.cached_in(state) else { return false };
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        bits(path.stores & !window.done).any(|store| {
            let event = &path.events[store];
            event.pair.is_some_and(|load| window.has(usize::from(load)))
                && event.place.is_some_and(|p| cached.parts(p, event.size).any(|part| part.line == line))
                && self.draining(state, core, store).is_some_and(|w| self.accepted(state, core, w))
                && self.hits(state, core, store)
        })
    }

    /// The step by which the message at a place among those on their way arrives, possible now or not.
    pub fn delivery(&self, state: &State, message: u8) -> Option<Step> {
        let (_, caches) = self.cached_in(state)?;
        let arriving = caches.coherence.messages.get(usize::from(message))?;
        Some(Step::Cache { core: concerned(arriving, caches), step: CacheStep::Deliver { message } })
    }

    /// The caches' own form of a step.
    pub(in crate::machine) fn cache_step(
        &self,
        state: &State,
        core: usize,
        step: CacheStep,
    ) -> Option<caches::Step> {
        let (_, caches) = self.cached_in(state)?;
        match step {
            CacheStep::Demand { line, demand } => {
                Some(caches::Step::Core { core: core as u8, line, demand, written: Bytes::default() })
            }
            CacheStep::Snoop => Some(caches::Step::Snoop { core: core as u8 }),
            CacheStep::Finish => Some(caches::Step::Finish),
            CacheStep::Deliver { message } => {
                caches.coherence.messages.get(usize::from(message)).cloned().map(caches::Step::Deliver)
            }
            CacheStep::Invalidate { .. } => None,
        }
    }

    /// The state of the caches after a step of theirs.
    pub(in crate::machine) fn after_cache_step(
        &self,
        state: &State,
        core: usize,
        step: CacheStep,
    ) -> Option<CacheState> {
        let (cached, caches) = self.cached_in(state)?;
        if let CacheStep::Invalidate { line } = step {
            return cached.caches.apply_queued(caches, core, usize::from(line)).map(CacheState::new);
        }
        let step = self.cache_step(state, core, step)?;
        cached.caches.apply(caches, &step).ok().map(CacheState::new)
    }

    /// Writes that touch every byte of the program in a line.
    pub(in crate::machine) fn writes_to_line(&self, line: usize) -> Vec<Write> {
        let Some(cached) = &self.cached else { return Vec::new() };
        let places = cached.places.iter().enumerate().filter(|(_, (at, _))| usize::from(*at) == line);
        places.map(|(place, _)| Write::new(Place(place as u16), 1, 0, None)).collect()
    }
}

/// The core that a message goes to, or that a message to the home comes from.
fn concerned(message: &Message<Bytes>, caches: &caches::State) -> usize {
    match (message.to, message.requester) {
        (NOBODY, NOBODY) => {
            // Data of an old owner, for memory: it concerns the reader that has the home wait.
            let sharers = caches.coherence.homes[usize::from(message.line)].sharers;
            if sharers == 0 { 0 } else { sharers.trailing_zeros() as usize }
        }
        (NOBODY, from) => usize::from(from),
        (to, _) => usize::from(to),
    }
}
