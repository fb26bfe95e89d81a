//! The control paths of one thread as a tree that grows where it is needed.

mod prune;

use std::sync::Arc;

use indexmap::IndexMap;

use super::code::Code;
use super::domain::LazyDomain;
use super::memory::Write;
use super::window::Window;
use crate::order::{Base, Expr, ExprId, Infeasible, Mask, Path, Place, Taken, bits};
use crate::order::{Builder, Env, Flow};
use crate::outcome::Completeness;
use crate::program::Access;
use crate::program::Value;

pub use prune::Pruned;

/// Index of a node of a [`Tree`].
pub type NodeId = u32;

/// What follows the path of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The thread has ended.
    Finished,
    /// One of these ways on, each looked at when it is needed.
    Fork(Vec<Way>),
    /// The thread is back at this instruction, and the iteration has left no trace: it has stored
    /// nothing but what it had read in the same atomic instruction, and every register that matters
    /// is as it was.
    ///
    /// Without the iteration everything that can follow can follow too. Taking loads out of a run only
    /// takes constraints away. An atomic that writes what it read is next in coherence after the store
    /// it read from: whoever read from it can read from that store instead, which again only takes
    /// constraints away.
    Spin(u32),
    /// The path is longer than the bound on loops allows.
    Cut,
}

/// One way on from a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An alternative of the instruction at the end of the path.
    Alt(u8),
    /// The target of the indirect jump at the end of the path.
    Target(u32),
    /// Back to this instruction: the jump itself is taken already.
    Back(u32),
}

/// Where a way on leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Nowhere: a condition on it is known to be false.
    Never,
    /// To a path with more events than one can hold.
    TooLong,
    /// Out of memory: an address on it is known to lie outside all symbols.
    Outside,
    /// To this node.
    Node(NodeId),
}

/// A path up to the next point at which it can go on in several ways.
#[derive(Debug, Clone)]
pub struct Node {
    pub(crate) builder: Builder,
    /// The node of which this one is a continuation, and by which of its ways.
    pub parent: Option<(NodeId, usize)>,
    /// Index of the point at which its path begins.
    base: usize,
    /// Index of the next instruction.
    pub pc: u32,
    /// What follows.
    pub end: End,
    /// Where an indirect jump at the end of the path goes.
    pub jump: Option<ExprId>,
    /// The loop head that the path jumps back to where it leaves its parent's.
    pub back: Option<u32>,
    /// Choices on the path that no known condition decided.
    choices: u32,
    /// Per way of a fork: where it leads, once that is known.
    entries: Vec<Option<Entry>>,
    /// Events of the path that belong to the parent too.
    pub inherited: u8,
    /// Guards of the path that belong to the parent too.
    pub inherited_guards: u8,
    /// Loads whose value is in a register that can matter after the path.
    pub live: Mask,
    /// Loop heads on the path with the registers as they were there last.
    heads: Vec<Head>,
    /// The same path with one address less known.
    pub unplaced: Option<NodeId>,
}

/// A loop head that the path has passed.
#[derive(Debug, Clone)]
struct Head {
    pc: u32,
    /// Backward jumps to it on this path with an undecided choice since the last time.
    jumps: u32,
    /// Events and choices on the path when it was passed last.
    events: u8,
    choices: u32,
    registers: Vec<ExprId>,
}

impl Node {
    /// What a node takes of memory, in expressions of its path, or as many as fit in the room of the rest.
    fn weight(&self) -> usize {
        const REST: usize = 16;
        self.path().exprs.len() + REST
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.builder.path
    }

    /// The load exclusive that a store exclusive after the path would pair with.
    pub fn reserved(&self) -> Option<u8> {
        self.builder.exclusive.filter(|e| !self.path().events[usize::from(*e)].store)
    }

    /// Of a path that ends in [`End::Spin`]: the events of the iteration that left no trace.
    pub fn iteration(&self) -> Mask {
        let End::Spin(pc) = self.end else { return 0 };
        let from = self.heads.iter().find(|h| h.pc == pc).map_or(0, |h| h.events);
        (self.path().loads | self.path().stores) & (Mask::MAX.checked_shl(u32::from(from)).unwrap_or(0))
    }

    /// Where the path jumps back to, if there is no other way on.
    pub(crate) fn jump_back(&self) -> Option<u32> {
        match &self.end {
            End::Fork(ways) => match **ways {
                [Way::Back(target)] => Some(target),
                _ => None,
            },
            End::Finished | End::Spin(_) | End::Cut => None,
        }
    }

    /// The registers at loop head `pc` when the path passed it last.
    pub(crate) fn registers_at(&self, pc: u32) -> Option<&[ExprId]> {
        self.heads.iter().find(|h| h.pc == pc).map(|h| h.registers.as_slice())
    }
}

/// All paths of one thread that were looked at so far.
#[derive(Debug, Clone)]
pub struct Tree<'a> {
    /// The thread.
    pub code: Code<'a>,
    nodes: Vec<Node>,
    roots: IndexMap<Base, NodeId, foldhash::fast::FixedState>,
    placed: IndexMap<(NodeId, u8, Place), Option<NodeId>, foldhash::fast::FixedState>,
    /// Undecided backward jumps to one target that a path may hold.
    pub unroll: u32,
    /// Whether some path was longer than that.
    pub cut: bool,
    /// Whether some path had more accesses than one can hold.
    pub long: bool,
    /// Whether settled windows drop the values that no longer matter. Off where a person looks at them.
    pub forgetting: bool,
    /// Whether windows may be cut back to a shorter path, which may need values that theirs does not.
    pub undoing: bool,
    /// Whether windows begin anew at jumps back, so that loops end where their states repeat.
    pub rebasing: bool,
    /// Whether windows that begin anew carry the values of their pending stores, instead of beginning at a base of their own
    /// for each: then the iterations of a long run share their paths. Off in searches, which notice loops without end
    /// by their bases.
    pub carrying: bool,
    /// What the nodes take of memory: the sum of their [weights](Node::weight).
    weight: usize,
    /// How many windows have begun anew so far.
    pub(crate) begun: u64,
    /// How many of them at a point at which no path had begun before.
    begun_first: u64,
    /// Whether a loop was given up because its states do not seem to repeat.
    pub runaway: bool,
    /// The values that memory can hold, for telling which atomics write what they read.
    pub domain: Option<Arc<LazyDomain<'a>>>,
    /// The number of threads of the program.
    pub threads: usize,
    /// Whether a store could have completed with more values than can be tried.
    pub unguessed: bool,
    /// The first instruction found to access memory outside all symbols.
    pub outside: Option<u32>,
}

impl<'a> Tree<'a> {
    /// A tree without paths; `unroll` bounds the backward jumps a path may hold that wait for a condition.
    pub fn new(code: Code<'a>, unroll: u32) -> Tree<'a> {
        Tree {
            code,
            nodes: Vec::new(),
            roots: IndexMap::default(),
            placed: IndexMap::default(),
            unroll,
            cut: false,
            long: false,
            forgetting: true,
            undoing: false,
            rebasing: true,
            carrying: false,
            weight: 0,
            begun: 0,
            begun_first: 0,
            runaway: false,
            domain: None,
            threads: 1,
            unguessed: false,
            outside: None,
        }
    }

    /// Whether all paths of these trees, which bound loops alike, were followed as far as was asked.
    pub fn completeness<'t>(trees: impl Iterator<Item = &'t Tree<'a>> + Clone) -> Completeness
    where
        'a: 't,
    {
        let limit = |limit: String| Completeness::Truncated { limit, explored: 0 };
        if trees.clone().any(|tree| tree.unguessed) {
            limit(
                "more values than can be tried, of a store that may complete before its value is known"
                    .to_string(),
            )
        } else if trees.clone().any(|tree| tree.long) {
            limit(format!("{} accesses on one path", Mask::BITS))
        } else if let Some(tree) = trees.clone().find(|tree| tree.cut || tree.runaway) {
            Completeness::Bounded { unroll: tree.unroll }
        } else {
            Completeness::Complete
        }
    }

    /// What the nodes take of memory, in expressions of paths: about 50 bytes each.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Whether windows mostly begin anew where others have begun before, so that paths are worth keeping.
    pub fn comes_back(&self) -> bool {
        self.begun >= 8 * self.begun_first
    }

    fn add(&mut self, node: Node) {
        self.weight += node.weight();
        self.nodes.push(node);
    }

    /// The node with this index.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// The path of the node with this index.
    pub fn path(&self, id: NodeId) -> &Path {
        self.nodes[id as usize].path()
    }

    /// The paths that have grown, which are taken out of the tree.
    pub fn take_paths(&mut self) -> Paths {
        let (nodes, roots) = (std::mem::take(&mut self.nodes), std::mem::take(&mut self.roots));
        self.weight = 0;
        Paths { nodes, roots, placed: std::mem::take(&mut self.placed) }
    }

    /// Begins with paths that have grown in another tree of the same code, with the same bound on loops.
    pub fn resume(&mut self, paths: Paths) {
        (self.nodes, self.roots, self.placed) = (paths.nodes, paths.roots, paths.placed);
        self.weight = self.nodes.iter().map(Node::weight).sum();
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Number of different points at which paths begin.
    pub fn roots(&self) -> usize {
        self.roots.len()
    }

    /// The node that begins at the start of the thread.
    pub fn start(&mut self) -> NodeId {
        let registers = self.code.thread.init.clone().into();
        self.root(Base { registers, ..Base::default() })
    }

    /// The node that begins at `base`.
    pub fn root(&mut self, base: Base) -> NodeId {
        if let Some(id) = self.roots.get(&base) {
            return *id;
        }
        self.begun_first += 1;
        let (builder, pc) = (Builder::new(&base, self.code.order), base.pc);
        let (place, _) = self.roots.insert_full(base, self.nodes.len() as NodeId);
        let start = Start { parent: None, base: place, choices: 0 };
        self.grow(builder, start, Vec::new(), pc)
    }

    /// The bit of a guess of the value of store `e`, different for the stores of all threads; `None` if
    /// there are too many stores to tell them apart.
    pub fn guess_bit(&self, node: NodeId, e: usize) -> Option<u8> {
        let each = 64 / self.threads.max(1);
        let earlier = (self.path(node).stores & ((1 << e) - 1)).count_ones() as usize;
        (earlier < each).then(|| (self.code.index * each + earlier) as u8)
    }

    /// Which store of the program event `e` of a path is.
    pub fn site(&self, node: NodeId, e: usize) -> Option<(usize, u32, u8, u8)> {
        let path = self.path(node);
        let taken = path.events[e].taken?;
        let first = path.events[..e].iter().filter(|o| o.store && o.taken == Some(taken)).count();
        let step = path.taken[usize::from(taken)];
        Some((self.code.index, step.pc, step.alt, first as u8))
    }

    /// The stores among `stores` of a window's path whose address and value are known.
    pub fn written(&self, window: &Window, stores: Mask) -> Mask {
        let path = self.path(window.node);
        // What a store is computed from comes before it, and nothing but what is carried is computed from stores.
        let before_last = stores.checked_ilog2().map_or(0, |last| (1 << last) - 1);
        let unknown = path.loads & before_last & !window.known;
        let waiting = bits(unknown).fold(path.unplaced, |all, e| all | path.users[e]);
        debug_assert!(bits(stores).all(|e| (waiting & (1 << e) == 0) == window.write(path, e).is_some()));
        stores & !waiting
    }

    /// Whether the paths of two nodes begin at the same point.
    pub fn same_base(&self, a: NodeId, b: NodeId) -> bool {
        self.node(a).base == self.node(b).base
    }

    fn env(&self) -> Env<'a> {
        Env { thread: self.code.thread, order: self.code.order, layout: self.code.layout }
    }

    /// Extends a path up to its next fork and stores it as a node.
    fn grow(&mut self, mut builder: Builder, start: Start, mut heads: Vec<Head>, mut pc: u32) -> NodeId {
        let mut jump = None;
        let end = loop {
            if pc >= self.code.end() {
                break End::Finished;
            }
            if self.code.is_head(pc) {
                note_head(&mut heads, pc, &builder, start.choices);
            }
            let alts = self.code.thread.instrs[pc as usize].alts.len();
            if alts > 1 {
                break End::Fork((0..alts).map(|a| Way::Alt(a as u8)).collect());
            }
            let count = builder.path.taken.len();
            let next = match builder.push(self.env(), Taken { pc, alt: 0 }) {
                Ok(Flow::End) => break End::Finished,
                Ok(Flow::To(next)) => next,
                Ok(Flow::Indirect(expr)) => match builder.path.exprs.constant(expr) {
                    Some(target) => match self.jump_target(target) {
                        Some(next) => next,
                        None => break End::Finished,
                    },
                    None => {
                        jump = Some(expr);
                        break End::Fork(self.code.targets.iter().map(|t| Way::Target(*t)).collect());
                    }
                },
                // Only this instruction is impossible: what comes before it can still happen.
                Err(_) => {
                    let facts = std::mem::take(&mut builder.facts);
                    let again = self.build(start.base, facts, &builder.path.taken[..count], |_, _| {});
                    (builder, _) = again.expect("it was built before");
                    break End::Fork(vec![Way::Alt(0)]);
                }
            };
            if next <= pc {
                break End::Fork(vec![Way::Back(next)]);
            }
            pc = next;
        };
        self.store(builder, start, heads, pc, end, jump)
    }

    fn jump_target(&self, target: Value) -> Option<u32> {
        self.code.thread.place_of(self.code.index, target)
    }

    fn store(
        &mut self,
        builder: Builder,
        start: Start,
        heads: Vec<Head>,
        pc: u32,
        end: End,
        jump: Option<ExprId>,
    ) -> NodeId {
        let path = &builder.path;
        let (inherited, inherited_guards) = start.parent.map_or((0, 0), |(id, _)| {
            let path = self.path(id);
            (path.events.len() as u8, path.guards.len() as u8)
        });
        let (live_registers, entries) = match &end {
            End::Finished => (self.code.live(self.code.end()), Vec::new()),
            End::Spin(_) | End::Cut => (0, Vec::new()),
            End::Fork(ways) => {
                let live = ways.iter().fold(0, |all, way| {
                    all | match way {
                        Way::Alt(_) => self.code.live(pc),
                        Way::Target(next) | Way::Back(next) => self.code.live(*next),
                    }
                });
                (live, vec![None; ways.len()])
            }
        };
        let live = bits(live_registers)
            .filter_map(|r| path.registers.get(r))
            .chain(&jump)
            .fold(0, |mask, expr| mask | path.exprs.loads(*expr));
        let id = self.nodes.len() as NodeId;
        self.add(Node {
            builder,
            parent: start.parent,
            base: start.base,
            pc,
            end,
            jump,
            choices: start.choices,
            back: None,
            entries,
            inherited,
            inherited_guards,
            live,
            heads,
            unplaced: None,
        });
        id
    }

    /// Where the `way`-th way on from a fork leads.
    pub fn enter(&mut self, id: NodeId, way: usize) -> Entry {
        if let Some(entry) = self.nodes[id as usize].entries[way] {
            return entry;
        }
        let entry = self.explore(id, way);
        self.nodes[id as usize].entries[way] = Some(entry);
        entry
    }

    fn explore(&mut self, id: NodeId, way: usize) -> Entry {
        let node = &self.nodes[id as usize];
        let End::Fork(ways) = &node.end else { return Entry::Never };
        let pc = node.pc;
        let mut builder = node.builder.clone();
        let flow = match ways[way] {
            Way::Back(target) => Ok(Flow::To(target)),
            Way::Alt(alt) => builder.push(self.env(), Taken { pc, alt }),
            Way::Target(target) => {
                let address = self.code.thread.address_of(self.code.index, target);
                let assumed = node.jump.map_or(Ok(()), |expr| builder.assume_target(expr, address));
                assumed.map(|()| Flow::To(target))
            }
        };
        let next = match flow {
            Ok(Flow::To(next)) => next,
            Ok(Flow::End) => self.code.end(),
            // No instruction has both alternatives and an unknown target.
            Ok(Flow::Indirect(_)) | Err(Infeasible::Guard) => return Entry::Never,
            Err(Infeasible::TooLong) => return Entry::TooLong,
            Err(Infeasible::Outside) => return Entry::Outside,
        };
        let guarded = builder.path.guards.len() > node.path().guards.len();
        let open = guarded || self.has_other_way(node, way);
        let choices = node.choices + u32::from(open);
        let mut heads = node.heads.clone();
        let start = Start { parent: Some((id, way)), base: node.base, choices };
        if next > pc {
            return Entry::Node(self.grow(builder, start, heads, next));
        }
        let made = match pass_back(
            &self.code,
            self.domain.as_deref(),
            &builder,
            &mut heads,
            next,
            choices,
            self.unroll,
        ) {
            Some(end) => self.store(builder, start, heads, next, end, None),
            None => self.grow(builder, start, heads, next),
        };
        self.nodes[made as usize].back = Some(next);
        Entry::Node(made)
    }

    /// Whether another alternative than `way` of the instruction at the end of a node is possible.
    fn has_other_way(&self, node: &Node, way: usize) -> bool {
        let End::Fork(ways) = &node.end else { return false };
        ways.iter().enumerate().any(|(other, way_on)| match way_on {
            Way::Alt(alt) if other != way => {
                node.builder.clone().push(self.env(), Taken { pc: node.pc, alt: *alt }).is_ok()
            }
            _ => false,
        })
    }

    /// The same path with the address of `event` known to be at `place`; `None` if that makes a
    /// condition or another address of the path impossible.
    pub fn place(&mut self, id: NodeId, event: u8, place: Place) -> Option<NodeId> {
        if let Some(found) = self.placed.get(&(id, event, place)) {
            return *found;
        }
        let node = &self.nodes[id as usize];
        let mut facts = node.builder.facts.clone();
        facts.push((event, place));
        let (pc, end) = (node.pc, node.end.clone());
        let start = Start { parent: node.parent, base: node.base, choices: node.choices };
        let made = self
            .replay(node, facts)
            .map(|(builder, heads, jump)| self.store(builder, start, heads, pc, end, jump));
        if let Some(made) = made {
            self.nodes[made as usize].unplaced = Some(id);
        }
        self.placed.insert((id, event, place), made);
        made
    }

    /// Builds the path of a node again under more facts.
    fn replay(&self, node: &Node, facts: Vec<(u8, Place)>) -> Option<(Builder, Vec<Head>, Option<ExprId>)> {
        let mut heads = node.heads.clone();
        let (builder, jump) = self.build(node.base, facts, &node.path().taken, |pc, builder| {
            for head in heads.iter_mut().filter(|h| h.pc == pc) {
                head.registers.clone_from(&builder.path.registers);
            }
        })?;
        Some((builder, heads, jump))
    }

    /// Builds a path from its base: the instructions `taken`, before each of which `look` sees what there is so far. Also
    /// where an indirect jump at the end goes.
    fn build(
        &self,
        base: usize,
        facts: Vec<(u8, Place)>,
        taken: &[Taken],
        mut look: impl FnMut(u32, &Builder),
    ) -> Option<(Builder, Option<ExprId>)> {
        let (base, _) = self.roots.get_index(base)?;
        let mut builder = Builder::new(base, self.code.order);
        builder.facts = facts;
        let mut jump = None;
        for (index, step) in taken.iter().enumerate() {
            look(step.pc, &builder);
            jump = None;
            if let Flow::Indirect(expr) = builder.push(self.env(), *step).ok()? {
                match taken.get(index + 1) {
                    Some(next) => {
                        let target = self.code.thread.address_of(self.code.index, next.pc);
                        builder.assume_target(expr, target).ok()?;
                    }
                    None => jump = Some(expr),
                }
            }
        }
        Some((builder, jump))
    }
}

/// Paths without the code that they are paths of.
#[derive(Debug, Default)]
pub struct Paths {
    nodes: Vec<Node>,
    roots: IndexMap<Base, NodeId, foldhash::fast::FixedState>,
    placed: IndexMap<(NodeId, u8, Place), Option<NodeId>, foldhash::fast::FixedState>,
}

/// Where a node comes from.
#[derive(Debug, Clone, Copy)]
struct Start {
    parent: Option<(NodeId, usize)>,
    base: usize,
    choices: u32,
}

fn note_head(heads: &mut Vec<Head>, pc: u32, builder: &Builder, choices: u32) {
    let (events, registers) = (builder.path.events.len() as u8, builder.path.registers.clone());
    match heads.iter_mut().find(|h| h.pc == pc) {
        Some(head) => *head = Head { events, choices, registers, ..*head },
        None => heads.push(Head { pc, jumps: 0, events, choices, registers }),
    }
}

/// Takes a jump back to `target`; says if the path ends there.
fn pass_back(
    code: &Code<'_>,
    domain: Option<&LazyDomain<'_>>,
    builder: &Builder,
    heads: &mut Vec<Head>,
    target: u32,
    choices: u32,
    unroll: u32,
) -> Option<End> {
    let path = &builder.path;
    let Some(head) = heads.iter_mut().find(|h| h.pc == target) else {
        // The path began inside the loop.
        note_head(heads, target, builder, choices);
        return None;
    };
    let same = bits(code.live(target)).all(|r| path.registers.get(r) == head.registers.get(r));
    let mut iteration = usize::from(head.events)..path.events.len();
    if same
        && iteration.all(|e| !path.events[e].store || is_silent(domain, path, usize::from(head.events), e))
    {
        return Some(End::Spin(target));
    }
    if choices > head.choices {
        head.jumps += 1;
        if head.jumps > unroll {
            head.registers.clone_from(&path.registers);
            return Some(End::Cut);
        }
    }
    None
}

/// Whether store `e` is the second half of an atomic, begun at event `from` or later, that writes what it read
/// whenever the conditions of the path hold.
fn is_silent(domain: Option<&LazyDomain<'_>>, path: &Path, from: usize, e: usize) -> bool {
    let store = &path.events[e];
    let (Some(load), Some(value), None) = (store.pair, store.value, store.high) else { return false };
    if usize::from(load) < from || !store.access.contains(Access::ATOMIC) {
        return false;
    }
    let event = &path.events[usize::from(load)];
    if path.exprs.get(value) == (Expr::Load { event: load, high: false }) {
        return true;
    }
    let (Some(place), Some(domain)) = (event.place, domain) else { return false };
    let silent = |read: u128| {
        let known = |e: u8, high: bool| (e == load && !high).then_some(read as Value);
        let possible = path.guards.iter().all(|g| g.holds(path, &known) != Some(false));
        let written = path.exprs.eval(value, &known);
        !possible || written.map(|w| Write::new(place, event.size, w, None).value) == Some(read)
    };
    // Most that are not silent show it at once, without finding out what else memory can hold.
    silent(domain.initial(place, event.size))
        && domain.contents(place, event.size).is_some_and(|contents| contents.into_iter().all(silent))
}
