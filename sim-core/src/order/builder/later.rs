//! What a path makes the accesses after it wait for.

use super::{Builder, Env, low_mask};
use crate::order::path::{Mask, bits};
use crate::order::{Order, Rules};
use crate::program::{Access, Fence, Side};

impl Builder {
    /// What every store waits for that comes on the path from event `from` on, or after the path.
    pub fn store_waits(&self, order: &Order, from: usize) -> Mask {
        let after = self.wait_write | self.decided(order.rules);
        let stores = self.path.stores & !low_mask(from);
        bits(stores).fold(after, |all, e| all & self.closure[e])
    }

    /// What any later store waits for because of the branches and addresses so far.
    pub(super) fn decided(&self, rules: Rules) -> Mask {
        let when = |rule: Rules, mask: Mask| if rules.contains(rule) { mask } else { 0 };
        when(Rules::CONTROL, self.control) | when(Rules::ADDRESS_PO, self.address)
    }

    /// Appends a fence.
    pub(super) fn fence(&mut self, order: &Order, fence: &Fence) {
        let path = &mut self.path;
        if order.rules.contains(Rules::FENCE) {
            let mut waits = 0;
            for (side, mask) in [
                (Side::READ, path.loads & !self.no_return),
                (Side::NO_RETURN, self.no_return),
                (Side::WRITE, path.stores),
            ] {
                waits |= if fence.before.contains(side) { mask } else { 0 };
            }
            if fence.after.intersects(Side::READ | Side::NO_RETURN) {
                path.wait_read |= waits;
            }
            if fence.after.contains(Side::WRITE) {
                self.wait_write |= waits;
            }
            if fence.after.contains(Side::ANY) {
                self.wait_any |= waits;
            }
        }
        if fence.context && order.rules.contains(Rules::CONTEXT) {
            let waits = self.control | self.address | self.wait_any;
            path.wait_read |= waits;
            self.wait_write |= waits;
        }
    }

    /// Adds what the events from `first` on make later instructions wait for.
    pub(super) fn accumulate(&mut self, env: Env<'_>, first: usize) {
        let rules = env.order.rules;
        for number in first..self.path.events.len() {
            let event = &self.path.events[number];
            let bit: Mask = 1 << number;
            let (read, write) = if event.store {
                let full = event.pair.is_some_and(|load| {
                    event.access.contains(Access::ATOMIC | Access::RELEASE)
                        && self.path.events[usize::from(load)].access.contains(Access::ACQUIRE)
                });
                let full = full && rules.contains(Rules::ATOMIC_FULL);
                let locked = event.access.contains(Access::LOCKED) && rules.contains(Rules::LOCKED);
                if event.access.contains(Access::RELEASE) {
                    self.releases |= bit;
                }
                (
                    full || locked || rules.contains(Rules::WRITE_READ),
                    full || rules.contains(Rules::WRITE_WRITE),
                )
            } else {
                if event.access.contains(Access::NO_RETURN) {
                    self.no_return |= bit;
                }
                let acquire = event.access.intersects(Access::ACQUIRE | Access::ACQUIRE_PC)
                    && rules.contains(Rules::ACQUIRE);
                (acquire || rules.contains(Rules::READ_READ), acquire || rules.contains(Rules::READ_WRITE))
            };
            if read {
                self.path.wait_read |= bit;
            }
            if write {
                self.wait_write |= bit;
            }
        }
        self.bound_buffer(env.order);
    }

    /// With a bounded store buffer, whatever comes now waits for all stores but the latest few.
    pub(super) fn bound_buffer(&mut self, order: &Order) {
        let Some(entries) = order.buffer else { return };
        let mut older = self.path.stores;
        for _ in 0..entries.min(Mask::BITS) {
            if older != 0 {
                older &= !(1 << (Mask::BITS - 1 - older.leading_zeros()));
            }
        }
        self.path.wait_read |= older;
        self.wait_write |= older;
    }
}
