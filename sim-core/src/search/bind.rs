//! Letting loads choose their sources at the present memory, with whatever that requires.

use crate::core::{Image, Settled, Tree, Window};
use crate::order::{Mask, bits};

/// What came of an attempt to complete events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bound {
    /// They are complete in this window.
    Live(Window),
    /// They wait for a store that has not completed.
    Blocked,
    /// A prediction of the window turned out false.
    Dead,
}

/// Lets the loads that `need` consists of, or waits for, choose at the present memory, as few as possible,
/// until all of `need` is complete.
pub(crate) fn bind(tree: &mut Tree<'_>, mut window: Window, need: Mask, memory: &Image) -> Bound {
    loop {
        let path = tree.path(window.node);
        let complete = window.complete(path);
        let Some(e) = bits(need & !complete).next() else { return Bound::Live(window) };
        let event = &path.events[e];
        if event.store {
            return Bound::Blocked;
        }
        let waits = if window.has(e) {
            event.groups.iter().filter(|g| !window.has(usize::from(g.store))).fold(0, |all, g| all | g.waits)
        } else if event.place.is_none() {
            event.before | path.exprs.loads(event.address)
        } else {
            event.before
        } & !complete;
        if waits != 0 {
            match bind(tree, window, waits, memory) {
                Bound::Live(next) => window = next,
                end => return end,
            }
        } else if event.place.is_none() {
            // Its address depends on a value that a pending store will give.
            return Bound::Blocked;
        } else {
            match choose(tree, window, e, memory) {
                Settled::Live(next) => window = next,
                Settled::Dead | Settled::Spin(_) => return Bound::Dead,
            }
        }
    }
}

/// Lets load `e` choose at the present memory, with what it waits for and with the earlier loads of its
/// bytes, which a later write would otherwise find incomplete.
pub(crate) fn bind_one(tree: &mut Tree<'_>, mut window: Window, e: usize, memory: &Image) -> Bound {
    loop {
        let path = tree.path(window.node);
        let event = &path.events[e];
        if window.has(e) {
            return Bound::Live(window);
        }
        let need = event.before | if event.place.is_none() { path.exprs.loads(event.address) } else { 0 };
        let bound = if need & !window.complete(path) != 0 {
            bind(tree, window, need, memory)
        } else if event.place.is_none() {
            Bound::Blocked
        } else if let Some(older) = window.exposed(path, e) {
            bind_older(tree, window, older, e, memory)
        } else {
            match choose(tree, window, e, memory) {
                Settled::Live(next) => Bound::Live(next),
                Settled::Dead | Settled::Spin(_) => Bound::Dead,
            }
        };
        match bound {
            Bound::Live(next) => window = next,
            end => return end,
        }
    }
}

/// Completes the bytes that load `older` shares with the later load `e`, or some of them.
pub(crate) fn bind_older(
    tree: &mut Tree<'_>,
    window: Window,
    older: usize,
    e: usize,
    memory: &Image,
) -> Bound {
    if !window.has(older) {
        return bind_one(tree, window, older, memory);
    }
    let path = tree.path(window.node);
    let waits = window.pending_waits(path, older, &path.events[e]);
    bind(tree, window, waits, memory)
}

/// Lets one load choose its sources.
pub(crate) fn choose(tree: &mut Tree<'_>, mut window: Window, e: usize, memory: &Image) -> Settled {
    let known = window.known;
    let root = tree.path(window.node);
    window.choose(root, e, memory);
    let fresh = window.known & !known;
    tree.settle(window, fresh)
}
