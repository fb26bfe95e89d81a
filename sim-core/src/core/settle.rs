//! What follows by itself: conditions that become known, addresses that become known, paths that go on.

use smallvec::SmallVec;

use super::tree::{End, Entry, NodeId, Tree};
use super::window::Window;
use crate::order::{Base, Data, ExprId, Mask, Path, Pending, bits};
use crate::program::{Access, Value};

/// What became of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It goes on.
    Live(Window),
    /// A prediction it was built on is false.
    Dead,
    /// It came back to a loop head without leaving a trace, by this node, whose path ends in
    /// [`End::Spin`]. What can follow can also follow without the iteration, so that the window need not
    /// be looked at.
    Spin(NodeId),
}

impl Settled {
    /// The window, if it goes on.
    pub fn live(self) -> Option<Window> {
        match self {
            Settled::Live(window) => Some(window),
            _ => None,
        }
    }
}

/// Most points at which paths of one thread may begin: a loop whose states never repeat makes a new one
/// in each iteration.
const ROOTS_MAX: usize = 1 << 14;

/// Most stores that may be pending where a window begins anew: a loop that stores faster than its stores
/// complete would go on for ever.
const PENDING_MAX: u32 = 8;

/// A window that goes on, when all that follows by itself has followed.
pub(super) struct Rest {
    pub window: Window,
    /// The way on that comes next, if that is decided and a jump back.
    pub back: Option<usize>,
}

/// What became of a window when everything was followed that is decided.
pub(super) enum Followed {
    /// It goes on.
    Rests(Rest),
    /// It does not, and this is what it was before.
    Ends(Settled, Window),
}

/// How a fork stands for a window.
enum Fork {
    /// Exactly this way on, or none.
    One(usize),
    None,
    /// Several ways, or not decided yet.
    Open,
}

impl Tree<'_> {
    /// The window at the start of the thread.
    pub fn initial(&mut self) -> Settled {
        let node = self.start();
        let window = Window::new(node, self.path(node));
        self.settle(window, 0)
    }

    /// Follows everything that is decided: checks conditions whose loads are among `fresh` (those whose
    /// value became known just now), places accesses whose address is known, takes the only way on.
    pub fn settle(&mut self, window: Window, fresh: Mask) -> Settled {
        self.settle_guards(window, fresh, usize::MAX)
    }

    /// The same for a window that has just gone on to a path whose conditions from index `from` on
    /// have not been looked at.
    pub fn settle_from(&mut self, window: Window, from: usize) -> Settled {
        self.settle_guards(window, 0, from)
    }

    fn settle_guards(&mut self, window: Window, fresh: Mask, guards_from: usize) -> Settled {
        match self.settle_or_keep(window, fresh, guards_from) {
            Followed::Rests(rest) => Settled::Live(rest.window),
            Followed::Ends(end, _) => end,
        }
    }

    /// The same, which gives a window that cannot go on back as it was.
    pub(super) fn settle_or_keep(
        &mut self,
        mut window: Window,
        mut fresh: Mask,
        mut guards_from: usize,
    ) -> Followed {
        let mut first: Option<Window> = None;
        let (end, last) = loop {
            if !self.guards_hold(&window, fresh, guards_from) {
                break (Settled::Dead, window);
            }
            if window.guesses.is_some() {
                first.get_or_insert_with(|| window.clone());
                if !window.confirm(self.path(window.node)) {
                    break (Settled::Dead, window);
                }
            }
            fresh = 0;
            let next = match self.place_one(&window) {
                Placed::Dead => break (Settled::Dead, window),
                Placed::Moved(moved) => moved,
                Placed::None => match self.fork(&window) {
                    Fork::None => break (Settled::Dead, window),
                    Fork::Open => {
                        self.forget(&mut window);
                        return Followed::Rests(Rest { window, back: None });
                    }
                    Fork::One(way) => {
                        // A jump back is not taken before something asks for what comes behind it.
                        if self.goes_back(window.node, way) {
                            self.forget(&mut window);
                            return Followed::Rests(Rest { window, back: Some(way) });
                        }
                        match self.advance(&window, way) {
                            Settled::Live(next) => {
                                let reached = self.node(next.node);
                                // The conditions on the way to a longer path are those that have decided for it.
                                let longer = reached.parent == Some((window.node, way));
                                guards_from =
                                    if longer { usize::MAX } else { reached.inherited_guards.into() };
                                next
                            }
                            end => break (end, window),
                        }
                    }
                },
            };
            first.get_or_insert(std::mem::replace(&mut window, next));
        };
        Followed::Ends(end, first.unwrap_or(last))
    }

    fn goes_back(&mut self, node: NodeId, way: usize) -> bool {
        self.node(node).jump_back().is_some()
            || matches!(self.enter(node, way), Entry::Node(child) if self.node(child).back.is_some())
    }

    /// The one form in which a settled window is kept: jumps back that are decided are taken where the
    /// window begins anew behind them, and a window that spins is dropped.
    pub fn renew(&mut self, mut window: Window) -> Option<Window> {
        while self.rebasing
            && let Fork::One(way) = self.fork(&window)
            && let Entry::Node(child) = self.enter(window.node, way)
        {
            if matches!(self.node(child).end, End::Spin(_)) {
                // What it has read it need not have read: the window before that is still there, if there is one.
                if window.done == 0 {
                    break;
                }
                return None;
            }
            let Some(anew) = self.anew(&window, way) else { break };
            window = self.settle(anew?, 0).live()?;
        }
        Some(window)
    }

    /// Whether no condition of the path is known to be false, of those with a load in `fresh` and those
    /// from index `from` on.
    fn guards_hold(&self, window: &Window, fresh: Mask, from: usize) -> bool {
        let path = self.path(window.node);
        path.guards.iter().enumerate().all(|(index, guard)| {
            let due = index >= from || guard.loads & fresh != 0;
            !due || window.decides(path, guard) != Some(false)
        })
    }

    /// Gives one access whose address has become known its place.
    fn place_one(&mut self, window: &Window) -> Placed {
        let path = self.path(window.node);
        for e in bits(path.unplaced) {
            let event = &path.events[e];
            let Some(address) = window.eval(path, event.address) else { continue };
            let Some(place) = self.code.layout.place(address, event.size, event.store) else {
                if path.guards.iter().all(|g| g.loads & !window.known == 0) {
                    let pc = event.taken.map(|t| path.taken[usize::from(t)].pc);
                    self.outside = self.outside.or(pc);
                }
                return Placed::Dead;
            };
            let Some(node) = self.place(window.node, e as u8, place) else { return Placed::Dead };
            let moved = Window { node, ..window.clone() };
            return match self.misplaced(&moved, e) {
                Some(_) => Placed::Dead,
                None => Placed::Moved(moved),
            };
        }
        Placed::None
    }

    /// The first load that went ahead of access `e`, whose address is known only now, and should not have.
    pub(super) fn misplaced(&self, window: &Window, e: usize) -> Option<usize> {
        let path = self.path(window.node);
        let complete = window.complete(path);
        bits(path.loads & window.done).filter(|later| *later > e).find(|later| {
            let later = *later;
            let event = &path.events[later];
            let missed_store = event.groups.iter().any(|g| usize::from(g.store) == e);
            let overtaken = window.stale & (1 << later) != 0
                && event.older & (1 << e) != 0
                && window.hazard(path, e, event, complete);
            missed_store || overtaken
        })
    }

    /// The only way on from the end of the path, if that is decided.
    pub fn decided(&mut self, window: &Window) -> Option<usize> {
        match self.fork(window) {
            Fork::One(way) => Some(way),
            Fork::None | Fork::Open => None,
        }
    }

    fn fork(&mut self, window: &Window) -> Fork {
        let node = self.node(window.node);
        if node.jump_back().is_some() {
            return Fork::One(0);
        }
        let (ways, from) = match &node.end {
            End::Fork(ways) => (ways.len(), node.path().guards.len()),
            _ => return Fork::Open,
        };
        let mut only = None;
        for way in 0..ways {
            let possible = match self.enter(window.node, way) {
                Entry::Never => false,
                Entry::Outside | Entry::TooLong => true,
                Entry::Node(child) => match self.guards_known(window, child, from) {
                    Some(holds) => holds,
                    None => return Fork::Open,
                },
            };
            if possible && only.replace(way).is_some() {
                return Fork::Open;
            }
        }
        only.map_or(Fork::None, Fork::One)
    }

    /// Whether the conditions of a path from index `from` on hold, if that is known.
    fn guards_known(&self, window: &Window, node: NodeId, from: usize) -> Option<bool> {
        let path = self.path(node);
        for guard in &path.guards[from..] {
            if !window.decides(path, guard)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Takes a way on. At a jump back, a window that holds nothing but pending stores begins anew, so
    /// that iterations after which nothing differs give equal windows.
    pub fn advance(&mut self, window: &Window, way: usize) -> Settled {
        let node = match self.enter(window.node, way) {
            Entry::Never => return Settled::Dead,
            Entry::TooLong => {
                self.long = true;
                return Settled::Dead;
            }
            Entry::Outside => {
                let pc = self.node(window.node).pc;
                self.outside = self.outside.or(Some(pc));
                return Settled::Dead;
            }
            Entry::Node(node) => node,
        };
        match self.node(node).end {
            End::Spin(_) => return Settled::Spin(node),
            End::Cut => {
                self.cut = true;
                return Settled::Dead;
            }
            End::Finished | End::Fork(_) => {}
        }
        if self.rebasing
            && let Some(anew) = self.anew(window, way)
        {
            return anew.map_or(Settled::Dead, Settled::Live);
        }
        self.moved(window, node).map_or(Settled::Dead, Settled::Live)
    }

    /// The window on a longer path, unless that has a store exclusive succeed whose bytes are lost.
    pub(super) fn moved(&self, window: &Window, node: NodeId) -> Option<Window> {
        let path = self.path(node);
        let mut values = SmallVec::with_capacity(path.slots.into());
        values.extend_from_slice(&window.values);
        values.resize(path.slots.into(), 0);
        let mut moved = Window { node, values, guesses: window.guesses.clone(), ..*window };
        let reserved = self.node(window.node).reserved();
        if reserved.is_some() && self.node(node).reserved() != reserved {
            moved.lost = 0;
            let events = &path.events[self.path(window.node).events.len()..];
            let paired = events.iter().find(|e| e.store && e.pair == reserved);
            if paired.is_some_and(|store| store.protects & window.lost != 0) {
                return None;
            }
        }
        Some(moved)
    }

    /// The window that begins anew where a way on jumps back, if it can; the inner value is missing if
    /// too many have.
    pub(super) fn anew(&mut self, window: &Window, way: usize) -> Option<Option<Window>> {
        let (base, carried) = match self.node(window.node).jump_back() {
            // What comes behind the jump need not be looked at.
            Some(target) => {
                let path = self.path(window.node);
                self.rebase(window, path, target, &path.registers)?
            }
            None => {
                let Entry::Node(child) = self.enter(window.node, way) else { return None };
                let (path, target) = (self.path(child), self.node(child).back?);
                self.rebase(window, path, target, self.node(child).registers_at(target)?)?
            }
        };
        if self.roots() >= ROOTS_MAX {
            self.runaway = true;
            return Some(None);
        }
        self.begun += 1;
        let root = self.root(base);
        Some(Some(Window::carrying(root, self.path(root), &carried)))
    }

    /// The loop head `target`, to which the path `after` jumps back with these registers, with the contents of the window, if
    /// nothing is in flight but stores with known address and value; and the values that its pending stores carry.
    fn rebase(
        &self,
        window: &Window,
        after: &Path,
        target: u32,
        registers: &[ExprId],
    ) -> Option<(Base, Vec<Value>)> {
        let builder = &self.node(window.node).builder;
        let path = &builder.path;
        let reserved = self.node(window.node).reserved().is_some();
        let open = path.loads & !(window.known & window.complete(path)) != 0;
        let left = path.stores & !window.done;
        if open || reserved || window.guesses.is_some() || left.count_ones() > PENDING_MAX {
            return None;
        }
        let settled = |e: usize| {
            let event = &path.events[e];
            event.pair.is_none() && event.before & !path.stores & !window.done == 0
        };
        if !bits(left).all(settled) {
            return None;
        }
        let mut contents: Box<[Value]> = vec![0; registers.len()].into();
        for (register, expr) in bits(self.code.live(target)).filter_map(|r| Some((r, registers.get(r)?))) {
            contents[register] = window.eval(after, *expr)?;
        }
        let left: Vec<usize> = bits(left).collect();
        let renumber =
            |mask: Mask| left.iter().enumerate().fold(0, |all, (new, old)| all | ((mask >> old) & 1) << new);
        let mut carried = Vec::new();
        let pending = left
            .iter()
            .map(|e| {
                let event = &path.events[*e];
                let write = window.write(path, *e)?;
                let low = window.eval(path, event.value?)?;
                let high = event.high.map(|h| window.eval(path, h)).map_or(Some(None), |v| v.map(Some))?;
                let data = if self.carrying {
                    carried.extend([low].into_iter().chain(high));
                    Data::Carried { halves: high.is_some() }
                } else {
                    Data::Known(low, high)
                };
                Some(Pending {
                    place: write.place,
                    address: window.eval(path, event.address).unwrap_or(0),
                    size: event.size,
                    data,
                    access: event.access & (Access::RELEASE | Access::LOCKED),
                    before: renumber(event.before),
                })
            })
            .collect::<Option<Vec<Pending>>>()?;
        let base = Base {
            pc: target,
            registers: contents,
            pending,
            wait_read: renumber(path.wait_read),
            wait_write: renumber(builder.wait_write),
            wait_any: renumber(builder.wait_any),
        };
        Some((base, carried))
    }

    /// The first event of the path that may yet be undone: the first that is not complete, or whose
    /// read-modify-write is not.
    fn undoable(&self, window: &Window) -> usize {
        let path = self.path(window.node);
        let open = (path.loads | path.stores) & !(window.complete(path) & (window.known | path.stores));
        let pairs = bits(open).filter_map(|e| path.events[e].pair.map(usize::from));
        bits(open).chain(pairs).min().unwrap_or(usize::MAX)
    }

    /// The loads whose values the path of `node` needs for what has not happened, or may be undone: events
    /// from index `open` on.
    fn needs(&self, node: NodeId, window: &Window, open: usize) -> Mask {
        let node = self.node(node);
        let mut needed = node.live;
        for (e, event) in node.path().events.iter().enumerate() {
            if !window.has(e) || e >= open {
                needed |= event.uses;
            }
        }
        for (e, _) in &node.builder.facts {
            let loads = node.path().address_loads(usize::from(*e));
            if loads.checked_shr(open.min(64) as u32).unwrap_or(0) != 0 {
                needed |= loads;
            }
        }
        let done = window.known & (1_u64.checked_shl(open.min(64) as u32).unwrap_or(0)).wrapping_sub(1);
        for guard in &node.path().guards {
            if guard.loads & !done != 0 {
                needed |= guard.loads;
            }
        }
        needed
    }

    /// Drops the values that can no longer matter.
    fn forget(&self, window: &mut Window) {
        if !self.forgetting {
            return;
        }
        let node = self.node(window.node);
        let path = node.path();
        let open = if self.undoing { self.undoable(window) } else { usize::MAX };
        let mut needed = self.needs(window.node, window, open);
        let mut id = window.node;
        while let Some((parent, _)) = self.node(id).parent
            && self.path(parent).events.len() > open
        {
            needed |= self.needs(parent, window, open);
            id = parent;
        }
        for (e, ..) in window.guesses.iter().flat_map(|g| &g.open) {
            needed |= path.events[usize::from(*e)].early_without;
        }
        // A forwarded load whose value is not known yet still asks its store.
        for e in bits(path.loads & window.done & !window.known) {
            for group in &path.events[e].groups {
                needed |= path.events[usize::from(group.store)].uses;
            }
        }
        for e in bits(window.known & !needed) {
            let event = &path.events[e];
            window.values[usize::from(event.slot)] = 0;
            if event.halves {
                window.values[usize::from(event.slot) + 1] = 0;
            }
        }
        if path.unplaced & path.loads == 0 {
            window.stale = 0;
        }
    }
}

enum Placed {
    None,
    Dead,
    Moved(Window),
}
