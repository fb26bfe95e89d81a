//! Coherence orders: what they must respect, and all of those that do.

use std::rc::Rc;

use super::bits::Rel;
use super::layout::PartId;
use super::solve::{Coherence, Solution};
use super::structure::{MemId, Structure};
use crate::program::Access;

/// A strict partial order on the writes to each location, transitively closed.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    before: Rel,
}

impl Order {
    pub fn new(mems: usize) -> Order {
        Order { before: Rel::empty(mems) }
    }

    /// Adds `a` before `b`; `false` if that contradicts the order.
    fn add(&mut self, a: MemId, b: MemId) -> bool {
        if a == b || self.before.has(b, a) {
            return false;
        }
        if !self.before.has(a, b) {
            let after: Vec<MemId> = self.before.next(b).chain([b]).collect();
            for earlier in 0..self.before.universe() {
                if earlier == a || self.before.has(earlier, a) {
                    after.iter().for_each(|&later| self.before.insert(earlier, later));
                }
            }
        }
        true
    }

    /// Adds what holds whatever is read: initial writes come first, writes of a thread in program order.
    pub fn program(&mut self, s: &Structure, coherence: Coherence, part: &[Option<PartId>]) -> bool {
        let writes = |m: &MemId| s.mems[*m].is_write();
        for b in (0..s.mems.len()).filter(writes) {
            for a in (0..s.mems.len()).filter(writes) {
                let (x, y) = (&s.mems[a], &s.mems[b]);
                let initial = x.thread.is_none() && y.thread.is_some();
                let earlier = x.thread.is_some() && x.thread == y.thread && x.instance < y.instance;
                let ordered = initial || (coherence.per_location && earlier);
                if ordered && part[a].is_some() && part[a] == part[b] && !self.add(a, b) {
                    return false;
                }
            }
        }
        true
    }

    /// Adds what follows from what `read` reads; `false` if no coherence order fits.
    pub fn read(
        &mut self,
        s: &Structure,
        coherence: Coherence,
        part: &[Option<PartId>],
        rf: &[Option<MemId>],
        read: MemId,
    ) -> bool {
        let Some(source) = rf[read] else { return true };
        if !coherence.per_location {
            return true;
        }
        let r = &s.mems[read];
        for (other, m) in s.mems.iter().enumerate() {
            if m.thread != r.thread || part[other] != part[read] || other == read {
                continue;
            }
            let seen = if m.is_write() { Some(other) } else { rf[other] };
            let Some(seen) = seen else { continue };
            let fits = if m.instance < r.instance {
                // What an earlier access of the thread wrote or read is not newer than what this reads.
                seen == source || self.add(seen, source)
            } else if m.instance > r.instance {
                // What a later one wrote is newer; what it read is not older.
                (seen == source && !m.is_write()) || (seen != source && self.add(source, seen))
            } else {
                // The write of an atomic instruction is newer than what its read reads.
                let atomic = m.is_write() && (m.access & r.access).contains(Access::ATOMIC);
                !atomic || !coherence.rmw || (seen != source && self.add(source, seen))
            };
            if !fits {
                return false;
            }
        }
        true
    }
}

/// All coherence orders that respect an [`Order`], one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Orders {
    /// For each location: its writes in each order that is possible.
    choices: Vec<Vec<Vec<MemId>>>,
    /// Which of them is next.
    at: Vec<usize>,
    done: bool,
    /// The pairs of locations with one order only.
    fixed: Rel,
    /// Whether some orders are left out because there are too many.
    pub too_many: bool,
}

/// More orders of the writes to one location than any test in use has.
const ORDERS_MAX: usize = 400_000;

impl Orders {
    /// The orders of a solution.
    pub fn new(s: &Structure, so: &Solution) -> Orders {
        let mut orders = Orders {
            choices: Vec::new(),
            at: Vec::new(),
            done: false,
            fixed: Rel::empty(s.events.len()),
            too_many: false,
        };
        let mut locations: Vec<Vec<MemId>> = vec![Vec::new(); s.layout.parts.len()];
        for (id, mem) in s.mems.iter().enumerate() {
            if let (true, Some(part)) = (mem.is_write(), so.part[id]) {
                locations[part as usize].push(id);
            }
        }
        for writes in locations.iter().filter(|writes| writes.len() > 1) {
            let mut all = Vec::new();
            orders.too_many |= !extensions(writes, &so.order.before, &mut Vec::new(), &mut all);
            if all.len() == 1 {
                total(s, &all[0], &mut orders.fixed);
            } else {
                orders.choices.push(all);
            }
        }
        orders.at = vec![0; orders.choices.len()];
        orders
    }

    /// The next order, as a relation between events.
    pub fn next(&mut self, s: &Structure) -> Option<Rc<Rel>> {
        if self.done {
            return None;
        }
        let mut rel = self.fixed.clone();
        for (all, &at) in self.choices.iter().zip(&self.at) {
            total(s, &all[at], &mut rel);
        }
        self.done = true;
        for (all, at) in self.choices.iter().zip(&mut self.at).rev() {
            *at += 1;
            if *at < all.len() {
                self.done = false;
                break;
            }
            *at = 0;
        }
        Some(Rc::new(rel))
    }
}

fn total(s: &Structure, order: &[MemId], rel: &mut Rel) {
    for (k, &a) in order.iter().enumerate() {
        order[k + 1..].iter().for_each(|&b| rel.insert(s.mems[a].event, s.mems[b].event));
    }
}

/// All linear extensions; `false` if there are too many.
fn extensions(writes: &[MemId], before: &Rel, order: &mut Vec<MemId>, out: &mut Vec<Vec<MemId>>) -> bool {
    if order.len() == writes.len() {
        out.push(order.clone());
        return out.len() < ORDERS_MAX;
    }
    for &next in writes {
        let waits = |&w: &MemId| w != next && !order.contains(&w) && before.has(w, next);
        if !order.contains(&next) && !writes.iter().any(waits) {
            order.push(next);
            let go_on = extensions(writes, before, order, out);
            order.pop();
            if !go_on {
                return false;
            }
        }
    }
    true
}
