//! Accesses of cores: the lines that they need, and what a load sees there.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::{CacheState, Cached, Parts};
use crate::core::{Image, Write};
use crate::machine::{Features, Machine, State};
use crate::memory::system::Demand;
use crate::order::{Mask, Place, Rules, bits};
use crate::program::Access as Kind;

/// Accesses that no buffer shows to another core and that read no old copy: they need the line itself.
const UNSHARED: Kind = Kind::ATOMIC.union(Kind::LOCKED).union(Kind::EXCLUSIVE);

impl Machine<'_> {
    /// Memory as event `event` of a core would find it now, were it a load: in its cache, in a copy whose
    /// invalidation is queued, or in a sibling's store buffer. Bytes that are nowhere near are those of
    /// the last completed store.
    pub fn seen<'s>(&self, state: &'s State, core: usize, event: usize) -> Cow<'s, Image> {
        let mut image = Cow::Borrowed(&state.memory);
        let load = &self.trees[core].path(state.cores[core].window.node).events[event];
        let Some(place) = load.place else { return image };
        if let Some((cached, caches)) = self.cached_in(state) {
            for part in cached.parts(place, load.size) {
                let copy = cached.caches.bytes(caches, core, part.line);
                let found = copy.or_else(|| cached.caches.queued(caches, core, part.line));
                let at = Place(place.0 + part.first as u16);
                if let Some(bytes) = found.and_then(|b| b.get(part.offset..part.offset + part.length))
                    && image.bytes().get(usize::from(at.0)..usize::from(at.0) + part.length) != Some(bytes)
                {
                    image = Cow::Owned(image.with_bytes(at, bytes));
                }
            }
        }
        if self.features.contains(Features::SHARED_STORE_BUFFER) && !load.access.intersects(UNSHARED) {
            for write in self.siblings_stores(state, core) {
                image.to_mut().write(write);
            }
        }
        image
    }

    /// The stores in the store buffer of the core that shares its buffer with `core`, in program order, that nothing
    /// can undo any more.
    fn siblings_stores(&self, state: &State, core: usize) -> Vec<Write> {
        let Some(sibling) = state.cores.get(core ^ 1) else { return Vec::new() };
        let (window, path) = (&sibling.window, self.trees[core ^ 1].path(sibling.window.node));
        let open_pair =
            |e: &usize| path.events[*e].pair.is_some() || path.events[*e].access.intersects(UNSHARED);
        // Retirement is in order: everything earlier has its value, and no pair is open.
        let limit = bits(path.loads & !window.known).next().unwrap_or(64);
        let limit = bits(path.stores & !window.done).find(open_pair).unwrap_or(64).min(limit);
        let retired = Mask::MAX.checked_shr(64 - limit.min(64) as u32).unwrap_or(0);
        bits(sibling.issued & !window.done & path.stores & retired)
            .filter_map(|e| window.write(path, e))
            .collect()
    }

    /// Whether event `event` of a core finds every line that it needs in its cache, with the permission it needs.
    pub fn hits(&self, state: &State, core: usize, event: usize) -> bool {
        let Some((cached, caches)) = self.cached_in(state) else { return true };
        let (mut parts, demand) = self.needs(state, cached, core, event);
        parts.all(|part| {
            let queued = || cached.caches.queued(caches, core, part.line).is_some();
            cached.caches.hits(caches, &Cached::access(core, &part, demand))
                || (demand == Demand::Load && queued() && self.may_read_old_copy(state, core, event))
        })
    }

    /// The lines that an access needs now: none if it is forwarded, or memory is flat.
    pub fn lines_of(&self, state: &State, core: usize, event: usize) -> Vec<usize> {
        self.spans(state, core, event).map(|(line, ..)| line).collect()
    }

    /// The bytes of lines that an access needs now, as (line, offset, length).
    pub(in crate::machine) fn spans<'s>(
        &'s self,
        state: &State,
        core: usize,
        event: usize,
    ) -> impl Iterator<Item = (usize, usize, usize)> + use<'s> {
        let parts = self.cached.as_ref().map(|cached| self.needs(state, cached, core, event).0);
        parts.unwrap_or_default().map(|part| (part.line, part.offset, part.length))
    }

    /// The lines that an access needs, none if it is forwarded, and what for.
    pub(super) fn needs<'s>(
        &self,
        state: &State,
        cached: &'s Cached,
        core: usize,
        event: usize,
    ) -> (Parts<'s>, Demand) {
        let window = &state.cores[core].window;
        let event = &self.trees[core].path(window.node).events[event];
        let demand = if event.store { Demand::Store } else { cached.demand(event.access) };
        let open = event.groups.iter().filter(|group| !window.has(usize::from(group.store)));
        let forwarded = !event.store && open.fold(0, |all, group| all | group.bytes) == event.bytes();
        let place = event.place.filter(|_| !forwarded);
        (place.map(|place| cached.parts(place, event.size)).unwrap_or_default(), demand)
    }

    /// Whether a load may read a copy whose invalidation its core has acknowledged. Executing loads in order, or
    /// one for the address of another, does not have the queue applied; barriers, acquires and locked accesses do.
    fn may_read_old_copy(&self, state: &State, core: usize, event: usize) -> bool {
        let path = self.trees[core].path(state.cores[core].window.node);
        let load = &path.events[event];
        let in_order = self.trees[core].code.order.rules.contains(Rules::READ_READ);
        let strong = UNSHARED.union(Kind::ACQUIRE).union(Kind::ACQUIRE_PC);
        let plainly = |e: usize| {
            let earlier = &path.events[e];
            !earlier.store
                && (in_order || load.address_sources & (1 << e) != 0)
                && !earlier.access.intersects(strong)
                && self.fence_between(core, path, earlier, load).is_none()
        };
        !load.access.intersects(UNSHARED) && bits(load.before).all(plainly)
    }

    /// The state of the caches after a load of a core has used its lines.
    pub(in crate::machine) fn after_load(
        &self,
        state: &State,
        core: usize,
        event: usize,
    ) -> Option<CacheState> {
        let (cached, caches) = self.cached_in(state)?;
        let lines = self.needs(state, cached, core, event).0.map(|part| part.line);
        let used: SmallVec<[usize; 2]> = lines.filter(|line| cached.caches.notes_use(*line)).collect();
        if used.is_empty() {
            return Some(caches.clone());
        }
        let mut next = (**caches).clone();
        used.into_iter().for_each(|line| cached.caches.touch(&mut next, core, line));
        Some(if next == **caches { caches.clone() } else { CacheState::new(next) })
    }

    /// The state in which nothing is under way and the lines of an access are where it needs them, reached without
    /// anything else in between; `None` if the protocol cannot do that.
    pub(in crate::machine) fn brought(&self, state: &State, core: usize, event: usize) -> Option<State> {
        let (cached, caches) = self.cached_in(state)?;
        let mut next = (**caches).clone();
        for _ in 0..2 {
            let (parts, demand) = self.needs(state, cached, core, event);
            for part in parts {
                let old = demand == Demand::Load
                    && cached.caches.queued(&next, core, part.line).is_some()
                    && self.may_read_old_copy(state, core, event);
                if !old && !cached.bring(&mut next, &Cached::access(core, &part, demand)) {
                    return None;
                }
            }
        }
        Some(State { caches: Some(CacheState::new(next)), ..state.clone() })
    }

    /// Runs what is under way between caches to its end.
    pub(in crate::machine) fn settle_caches(&self, state: &mut State) {
        if let (Some(cached), Some(caches)) = (&self.cached, &state.caches)
            && !cached.caches.is_quiet(caches)
        {
            let mut next = (**caches).clone();
            cached.settle(&mut next);
            state.caches = Some(CacheState::new(next));
        }
    }
}
