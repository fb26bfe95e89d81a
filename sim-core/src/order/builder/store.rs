//! What a store waits for, and which read-modify-write it completes.

use super::dataflow::Info;
use super::{Builder, Env, Infeasible, low_mask};
use crate::order::Rules;
use crate::order::layout::shared_bytes;
use crate::order::path::{Event, Mask, bits};
use crate::program::Access;

impl Builder {
    /// Appends a store.
    pub(super) fn store(
        &mut self,
        env: Env<'_>,
        mut event: Event,
        address: &Info,
        data: &Info,
        after: Mask,
        first: usize,
    ) -> Result<u8, Infeasible> {
        let rules = env.order.rules;
        event.place = self.place(env, &event)?;
        let earlier = low_mask(first);
        event.pair = self.pair(&event, first);
        event.sources = address.sources | data.sources;
        event.address_sources = address.sources;
        event.picked = address.picked | data.picked | after | event.sources;
        // Of its own instruction's loads, a store waits for those of the bytes that it writes (aarch64.cat:
        // `aob`), not for the other half of a pair.
        let other = (first..self.path.events.len()).filter(|e| !self.path.events[*e].may_meet(&event));
        let after = other.fold(after, |all, e| all & !(1 << e));
        let when = |rule: Rules, mask: Mask| if rules.contains(rule) { mask } else { 0 };
        let mut before = self.wait_write;
        before |= when(Rules::ADDRESS, address.sources);
        before |= when(Rules::ADDRESS_PICK, address.picked);
        before |= when(Rules::DATA, data.data_picked | after);
        before |= when(Rules::INSIDE_DATA, self.path.loads & !earlier);
        before |= self.decided(rules);
        if event.access.contains(Access::RELEASE) {
            before |= when(Rules::RELEASE, (self.path.loads | self.path.stores) & earlier);
        }
        before |= self.inside(rules, &event, first);
        if let Some(load) = event.pair {
            before |= when(Rules::ATOMIC_PAIR, 1 << load);
            if rules.contains(Rules::ATOMICITY) {
                event.protects = self.protected(&event, usize::from(load));
            }
        }
        if let Some(place) = event.place
            && rules.contains(Rules::SAME_LOCATION)
        {
            for other in
                bits(self.overlapping((self.path.loads | self.path.stores) & earlier, place, event.size))
            {
                let shared = {
                    let o = &self.path.events[other];
                    o.place.map_or(0, |at| shared_bytes((at, o.size), (place, event.size)))
                };
                let whole = self.path.events[other].store || shared == self.path.events[other].bytes();
                if whole {
                    before |= 1 << other;
                } else {
                    event.before_bytes.push((other as u8, shared));
                }
            }
        }
        // The store itself is no predecessor: its own load may be among the sources of its address.
        before &= low_mask(self.path.events.len());
        if rules.contains(Rules::PICK_BEFORE) {
            before |= self.picked_before(before, &event.before_bytes);
        }
        event.before = before;
        event.early_without = self.early_without(&event, first);
        let forward = address.sources | data.data;
        self.address |= address.picked;
        self.add(event, forward)
    }

    /// The loads without which a store completes early.
    fn early_without(&self, store: &Event, first: usize) -> Mask {
        let own = (first..self.path.events.len()).filter(|e| {
            let load = &self.path.events[*e];
            !load.store && load.may_meet(store)
        });
        own.fold(self.path.loads_of_value(store), |all, e| all | 1 << e)
    }

    /// The load that a store completes a read-modify-write with.
    fn pair(&self, store: &Event, first: usize) -> Option<u8> {
        if store.access.contains(Access::ATOMIC) {
            // Inside one instruction: the load of the same address.
            return (first..self.path.events.len())
                .find(|e| {
                    let load = &self.path.events[*e];
                    !load.store && load.access.contains(Access::ATOMIC) && load.address == store.address
                })
                .map(|e| e as u8);
        }
        if store.access.contains(Access::EXCLUSIVE) {
            return self.exclusive.filter(|e| !self.path.events[usize::from(*e)].store);
        }
        None
    }

    /// The bytes of a pair that no own store between load and store covers.
    fn protected(&self, store: &Event, load: usize) -> u16 {
        let Some(place) = self.path.events[load].place else { return 0 };
        let mut open = store.bytes();
        for between in self.path.events[load + 1..].iter().filter(|e| e.store) {
            if let Some(at) = between.place {
                open &= !shared_bytes((place, store.size), (at, between.size));
            }
        }
        open
    }
}
