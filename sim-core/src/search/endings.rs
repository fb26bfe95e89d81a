//! How a thread can end, or spin for ever, if memory stays as it is.

use std::sync::Arc;

use super::automaton::{Automaton, SetId, Walk};
use super::bind::{Bound, bind};
use crate::core::{End, Image, NodeId, Settled, Window};
use crate::order::{Mask, bits};
use crate::program::Value;

/// One end of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ending {
    /// The final contents of the observed registers: `registers[i]` belongs to the `i`-th observed
    /// register of the thread.
    pub registers: Box<[Value]>,
    /// What the guesses of the thread turned out to depend on: (guess, guesses as a bit set).
    pub depends: Box<[(u8, u64)]>,
}

/// How a thread can end against a word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endings {
    /// The possible ends, sorted.
    pub finals: Vec<Ending>,
    /// The instructions at which the thread can spin for ever if memory stays as it is, sorted.
    pub spins: Vec<u32>,
}

impl Endings {
    /// Whether the thread can neither end nor spin for ever.
    pub fn is_empty(&self) -> bool {
        self.finals.is_empty() && self.spins.is_empty()
    }
}

/// What follows a window without open stores.
enum Rest {
    /// Nothing: no run fits.
    Never,
    /// The thread has ended.
    Finished(Window),
    /// These ways on from a window.
    On(Window, Vec<Settled>),
}

impl Automaton<'_> {
    /// How the thread can end if memory stays as it is.
    pub fn endings(&mut self, set: SetId, memory: &Image, memory_id: u32) -> Arc<Endings> {
        if let Some(found) = self.ended.get(&(set, memory_id)) {
            return Arc::clone(found);
        }
        let mut endings = Endings::default();
        for window in self.members(set) {
            self.end(window, memory, &mut endings);
        }
        endings.finals.sort_unstable();
        endings.finals.dedup();
        endings.spins.sort_unstable();
        endings.spins.dedup();
        let endings = Arc::new(endings);
        self.ended.insert((set, memory_id), Arc::clone(&endings));
        endings
    }

    /// Adds how the thread can end from one window.
    fn end(&mut self, window: Window, memory: &Image, endings: &mut Endings) {
        let (start, stale) = (window.node, window.done);
        let mut spins = Vec::new();
        let mut storing = Vec::new();
        let mut walk = Walk::new(vec![window]);
        while self.goes_on(walk.seen.len())
            && let Some((window, _)) = walk.next()
        {
            let path = self.tree.path(window.node);
            if path.stores & !window.done != 0 {
                storing.push(window);
                continue;
            }
            match self.rest(window, memory) {
                Rest::Finished(window) => endings.finals.extend(self.ending(&window)),
                Rest::On(from, onward) => {
                    spins.extend(self.spinning(&onward, start, stale));
                    walk.extend(&self.tree, &from, onward);
                }
                Rest::Never => {}
            }
        }
        // A thread that can change memory, such as by a store exclusive that may fail, is not bound to spin.
        if self.stores_silently(storing, memory, (start, stale), &mut spins) {
            endings.spins.append(&mut spins);
        }
    }

    /// Lets a window go on behind stores that leave memory as it is, and adds where that spins for ever;
    /// `false` if it could store something else.
    fn stores_silently(
        &mut self,
        storing: Vec<Window>,
        memory: &Image,
        (start, stale): (NodeId, Mask),
        spins: &mut Vec<u32>,
    ) -> bool {
        let mut walk = Walk::new(storing);
        while self.goes_on(walk.seen.len())
            && let Some((window, _)) = walk.next()
        {
            let stores = self.tree.path(window.node).stores & !window.done;
            let mut completions = Vec::new();
            for e in bits(stores) {
                self.complete(&window, e, memory, &mut completions);
            }
            if completions.iter().any(|c| memory.read(c.write.place, c.write.size) != c.write.value) {
                return false;
            }
            let onward: Vec<Settled> = completions.into_iter().map(|completion| completion.after).collect();
            spins.extend(self.spinning(&onward, start, stale));
            walk.extend(&self.tree, &window, onward);
            if stores == 0
                && let Rest::On(from, onward) = self.rest(window, memory)
            {
                spins.extend(self.spinning(&onward, start, stale));
                walk.extend(&self.tree, &from, onward);
            }
        }
        true
    }

    /// What a window without open stores comes to when all its loads choose at the present memory.
    fn rest(&mut self, window: Window, memory: &Image) -> Rest {
        let (loads, node) = (self.tree.path(window.node).loads, window.node);
        let Bound::Live(next) = bind(&mut self.tree, window, loads, memory) else { return Rest::Never };
        if next.node != node {
            Rest::On(next.clone(), vec![Settled::Live(next)])
        } else if self.tree.node(next.node).end == End::Finished {
            Rest::Finished(next)
        } else {
            let onward = self.onward(&next, memory);
            Rest::On(next, onward)
        }
    }

    /// The heads of the loops that these ways on spin in for ever.
    fn spinning(&self, onward: &[Settled], start: NodeId, stale: Mask) -> Vec<u32> {
        let spins = onward.iter().filter_map(|settled| match settled {
            Settled::Spin(spin) => self.spins(*spin, start, stale),
            _ => None,
        });
        spins.collect()
    }

    /// The loop head of an iteration without a trace that has read nothing but the present memory, and
    /// so repeats for ever. The walk to it began in node `start`, where the events `stale` had happened.
    fn spins(&self, spin: NodeId, start: NodeId, stale: Mask) -> Option<u32> {
        let node = self.tree.node(spin);
        let stale = if self.tree.same_base(spin, start) { stale } else { 0 };
        match node.end {
            End::Spin(pc) if node.iteration() & stale == 0 => Some(pc),
            _ => None,
        }
    }

    /// The end that a finished window is.
    fn ending(&self, window: &Window) -> Option<Ending> {
        let path = self.tree.path(window.node);
        let registers = self.observed.iter().map(|r| window.eval(path, path.registers[usize::from(*r)]));
        Some(Ending { registers: registers.collect::<Option<_>>()?, depends: window.depends().into() })
    }
}
