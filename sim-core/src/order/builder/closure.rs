//! What is ordered before an event, through others.

use super::Builder;
use crate::order::path::{Event, Mask, bits};

impl Builder {
    /// Appends the closure of an event and what forwarding from it waits for.
    pub(super) fn close(&mut self, event: &Event, forward: Mask) {
        let waits = event.groups.iter().fold(event.before, |all, group| all | group.waits);
        self.closure.push(self.all_before(waits, &event.before_bytes));
        self.forward.push(forward);
    }

    /// Everything that is ordered before an event that waits for the events `direct` and for some bytes of
    /// the loads in `partly`: such a load counts with what those bytes wait for only.
    fn all_before(&self, direct: Mask, partly: &[(u8, u16)]) -> Mask {
        let mut direct = direct;
        for (load, bytes) in partly {
            let load = &self.path.events[usize::from(*load)];
            let groups = load.groups.iter().filter(|g| g.bytes & bytes != 0);
            direct |= groups.fold(load.before, |all, group| all | group.waits);
        }
        // What the latest are ordered behind need not be asked again.
        let (mut all, mut open) = (direct, direct);
        while let Some(e) = open.checked_ilog2().map(|e| e as usize) {
            all |= self.closure[e];
            open &= !(1 << e | self.closure[e]);
        }
        all
    }

    /// What the predecessors of a store were computed or picked from.
    pub(super) fn picked_before(&self, direct: Mask, partly: &[(u8, u16)]) -> Mask {
        let mut picked = 0;
        for e in bits(self.all_before(direct, partly)) {
            picked |= self.path.events[e].picked & !(1 << e);
        }
        for (load, bytes) in partly {
            let groups = self.path.events[usize::from(*load)].groups.iter().filter(|g| g.bytes & bytes != 0);
            picked |= groups.fold(0, |all, g| all | self.path.events[usize::from(g.store)].picked);
        }
        picked
    }
}
