//! What a load waits for, and which own stores it forwards from.

use super::dataflow::Info;
use super::{Builder, Env, Infeasible, low_mask};
use crate::order::Rules;
use crate::order::layout::{Place, shared_bytes};
use crate::order::path::{EVENTS_MAX, Event, Group, Mask, highest_first};
use crate::program::Access;

impl Builder {
    /// Appends a load.
    pub(super) fn load(
        &mut self,
        env: Env<'_>,
        mut event: Event,
        address: &Info,
        first: usize,
    ) -> Result<u8, Infeasible> {
        let rules = env.order.rules;
        event.place = self.place(env, &event)?;
        event.address_sources = address.sources;
        let earlier = low_mask(first);
        let mut before = self.path.wait_read;
        if rules.contains(Rules::ADDRESS) {
            before |= address.sources;
        }
        if rules.contains(Rules::RELEASE_ACQUIRE) && event.access.contains(Access::ACQUIRE) {
            before |= self.releases;
        }
        if rules.contains(Rules::LOCKED) && event.access.contains(Access::LOCKED) {
            before |= self.path.stores & earlier;
        }
        before |= self.inside(rules, &event, first);
        let number = self.path.events.len() as u8;
        event.sources = if usize::from(number) < EVENTS_MAX { 1 << number } else { 0 };
        event.picked = event.sources;
        if let Some(place) = event.place {
            self.forwarding(rules, &mut event, place, earlier, &mut before);
            if rules.contains(Rules::HAZARD) {
                event.older = self.overlapping(self.path.loads & earlier, place, event.size);
            }
        }
        event.before = before;
        for group in &mut event.groups {
            group.waits &= !before;
        }
        self.address |= address.picked;
        self.add(event, 0)
    }

    /// Finds, for each byte of a load, the latest own store that covers it.
    fn forwarding(&self, rules: Rules, event: &mut Event, place: Place, earlier: Mask, before: &mut Mask) {
        let mut open = event.bytes();
        let stores = self.overlapping(self.path.stores & earlier, place, event.size);
        for number in highest_first(stores) {
            let store = &self.path.events[number];
            let Some(at) = store.place else { continue };
            let bytes = shared_bytes((place, event.size), (at, store.size)) & open;
            if bytes == 0 {
                continue;
            }
            open &= !bytes;
            event.sources |= store.sources;
            event.picked |= store.picked;
            if rules.contains(Rules::FORWARDING) {
                let mut waits = if rules.contains(Rules::FORWARD) { self.forward[number] } else { 0 };
                if let Some(load) = store.pair
                    && rules.contains(Rules::FORWARD_ATOMIC)
                    && event.access.intersects(Access::ACQUIRE | Access::ACQUIRE_PC)
                {
                    waits |= 1 << load;
                }
                event.groups.push(Group { store: number as u8, bytes, waits });
            } else {
                *before |= 1 << number;
            }
            if open == 0 {
                break;
            }
        }
    }
}
