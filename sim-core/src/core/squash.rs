//! Undoing what was built on a false prediction: what hardware does where the search just drops a window.

use super::settle::{Followed, Rest};
use super::tree::{End, Entry, NodeId, Tree, Way};
use super::window::Window;
use crate::order::{Mask, bits};

/// The events before event `e`.
fn before(e: usize) -> Mask {
    (1_u64.checked_shl(e as u32).unwrap_or(0)).wrapping_sub(1)
}

impl Tree<'_> {
    /// Settles a window; where a prediction turns out false, undoes what was built on it and settles again.
    /// `fresh` are the loads whose value became known just now.
    ///
    /// A window whose path cannot go on (an access outside memory, a path that is too long) stays where it
    /// is. `None` if a store that has completed would have to be undone: stores do not wait for the
    /// choices of selects and compare-and-swaps that they do not depend on.
    pub fn repair(&mut self, mut window: Window, mut fresh: Mask) -> Option<Window> {
        loop {
            window = match self.settle_or_keep(window, fresh, usize::MAX) {
                Followed::Rests(rest) => return Some(self.follow(rest)),
                Followed::Ends(_, window) => window,
            };
            let cut = match self.false_guard(&window, fresh) {
                Some(guard) => self.undo_guard(&window, guard),
                None => match self.misplaced_load(&window) {
                    Some(load) => self.squash(&window, load),
                    // What is left is a wrong guess, which nothing can undo, or a path that cannot go on.
                    None if window.guesses.is_some() => return None,
                    None => return Some(window),
                },
            };
            if self.path(window.node).stores & window.done & !cut.done != 0 {
                return None;
            }
            // The conditions of the shorter path hold: the first false one has just been undone.
            fresh = 0;
            window = cut;
        }
    }

    /// Takes the jumps back that are decided. An iteration that has left no trace is undone: the thread is
    /// where it was before, as [`End::Spin`] argues.
    fn follow(&mut self, rest: Rest) -> Window {
        let Rest { mut window, mut back } = rest;
        while let Some(way) = back {
            let mut guards_from = usize::MAX;
            let next = match self.anew(&window, way) {
                Some(Some(anew)) => anew,
                anew => {
                    let Entry::Node(child) = self.enter(window.node, way) else { return window };
                    if anew.is_none() && self.is_full(child) {
                        return window;
                    }
                    match (anew, &self.node(child).end) {
                        (Some(_), End::Finished | End::Fork(_)) | (_, End::Cut) => return window,
                        (_, End::Spin(_)) => match self.node(child).iteration() {
                            events if events & (window.done | window.known) == 0 => return window,
                            events => self.squash(&window, events.trailing_zeros() as usize),
                        },
                        (None, End::Finished | End::Fork(_)) => match self.moved(&window, child) {
                            Some(next) => {
                                guards_from = self.node(child).inherited_guards.into();
                                next
                            }
                            None => return window,
                        },
                    }
                }
            };
            match self.settle_or_keep(next, 0, guards_from) {
                Followed::Rests(rest) => Rest { window, back } = rest,
                Followed::Ends(..) => return window,
            }
        }
        window
    }

    /// Whether the instruction behind the path of `node` is known not to fit on a path any more.
    fn is_full(&mut self, node: NodeId) -> bool {
        let one = matches!(&self.node(node).end, End::Fork(ways) if matches!(**ways, [Way::Alt(_)]));
        let full = one && self.enter(node, 0) == Entry::TooLong;
        self.long |= full;
        full
    }

    /// The first condition of the path that is known to be false, of those with a load in `fresh`.
    fn false_guard(&self, window: &Window, fresh: Mask) -> Option<usize> {
        let path = self.path(window.node);
        path.guards
            .iter()
            .position(|guard| guard.loads & fresh != 0 && window.decides(path, guard) == Some(false))
    }

    /// The window before the choice that made condition `guard` part of the path.
    fn undo_guard(&self, window: &Window, guard: usize) -> Window {
        let mut id = window.node;
        while usize::from(self.node(id).inherited_guards) > guard {
            let Some((parent, _)) = self.node(id).parent else { break };
            id = parent;
        }
        let Some((fork, _)) = self.node(id).parent else { return self.squash(window, 0) };
        self.cut(window, fork, self.path(fork).events.len())
    }

    /// The first load that went ahead of an access whose address shows that it should not have.
    fn misplaced_load(&mut self, window: &Window) -> Option<usize> {
        let path = self.path(window.node);
        for e in bits(path.unplaced) {
            let path = self.path(window.node);
            let event = &path.events[e];
            let Some(address) = window.eval(path, event.address) else { continue };
            let place = self.code.layout.place(address, event.size, event.store)?;
            let node = self.place(window.node, e as u8, place)?;
            let moved = Window { node, ..window.clone() };
            if let Some(load) = self.misplaced(&moved, e) {
                return Some(load);
            }
        }
        None
    }

    /// The window without load `e` and everything younger.
    ///
    /// The caller has made sure that no younger store has completed.
    pub fn squash(&self, window: &Window, e: usize) -> Window {
        let mut id = window.node;
        while usize::from(self.node(id).inherited) > e {
            let Some((parent, _)) = self.node(id).parent else { break };
            id = parent;
        }
        while let Some(unplaced) = self.node(id).unplaced
            && self.relies(id, e)
        {
            id = unplaced;
        }
        self.cut(window, id, e)
    }

    /// Whether an address on the path of `node` is known by what a load from index `e` on returned.
    fn relies(&self, node: NodeId, e: usize) -> bool {
        let builder = &self.node(node).builder;
        builder
            .facts
            .iter()
            .any(|(event, _)| self.path(node).address_loads(usize::from(*event)) & !before(e) != 0)
    }

    /// The window on the shorter path of `node` without the events from `e` on.
    fn cut(&self, window: &Window, node: NodeId, e: usize) -> Window {
        let path = self.path(node);
        let mut cut = Window { node, ..window.clone() };
        cut.values.resize(usize::from(path.slots), 0);
        for event in path.events.iter().skip(e).filter(|event| !event.store) {
            cut.values[usize::from(event.slot)] = 0;
            if event.halves {
                cut.values[usize::from(event.slot) + 1] = 0;
            }
        }
        let kept = before(e);
        cut.done &= kept;
        // What pending stores carry comes from before the path.
        cut.known &= kept | path.stores;
        cut.stale &= kept;
        cut.forget_guesses_from(e);
        match self.node(node).reserved().filter(|r| usize::from(*r) < e) {
            None => cut.lost = 0,
            // What was lost has not been noted on the longer path. A store exclusive may always fail.
            Some(_) if self.node(window.node).reserved() != self.node(node).reserved() => cut.lost = u16::MAX,
            Some(_) => {}
        }
        cut
    }

    /// Whether a store younger than event `e` has completed: then `e` cannot be undone.
    pub fn is_settled(&self, window: &Window, e: usize) -> bool {
        self.path(window.node).stores & window.done & !before(e + 1) != 0
    }
}
