//! The visible machine: cores and memory, one step at a time.
//!
//! A [`State`] is plain data; [`Machine::enabled`] lists the [`Step`]s that it allows, in a fixed order, and
//! [`Machine::apply`] performs one. Between two steps the machine does by itself what has no choice in it:
//! it fetches up to the next undecided branch, resolves branches, and squashes what was built on a false
//! prediction. Steps never change which outcomes exist compared with the [search](crate::search).
//!
//! On a [`Hardware`] with caches, the steps of caches, bus and directory are steps too ([`CacheStep`]). They are
//! transparent: a load needs a readable copy and a store a writable one, valid copies hold the last completed store,
//! so what completes is what completes on flat memory.

mod alone;
mod cached;
mod enabled;
pub mod hardware;
mod names;
mod overtake;
mod sentence;
mod step;
pub mod tally;
mod why;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::core::{Code, Image, LazyDomain, Paths, SharedDomain, Tree, Window};
use crate::litmus::Test;
use crate::order::{Layout, Mask, Order, Rules};
use crate::outcome::{Completeness, State as FinalState};
use crate::program::Value;
use crate::search::product::Shape;
pub use cached::{CacheChange, CacheState, CacheStep, Holder};
pub use hardware::{Features, Hardware};
pub use step::Step;
pub use tally::Tally;
pub use why::{Reason, Wait};

/// One core of a [`State`]. Cores are equal if what can follow is: however often their paths have begun anew.
#[derive(Debug, Clone)]
pub struct Core {
    /// The instructions in flight.
    pub window: Window,
    /// The stores on the path that are in the store buffer, or have left it.
    pub issued: Mask,
    /// How often the path has begun anew in the run that has led here, at a jump back.
    begun: u32,
}

impl PartialEq for Core {
    fn eq(&self, other: &Core) -> bool {
        (&self.window, self.issued) == (&other.window, other.issued)
    }
}

impl Eq for Core {}

impl Hash for Core {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.window, self.issued).hash(hasher);
    }
}

/// The whole machine at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// `cores[thread]`. A state shares with others the cores that have not changed between them.
    pub cores: SmallVec<[Arc<Core>; 4]>,
    /// The last completed store to each byte: what a core that sees everything would read.
    pub memory: Image,
    /// The private caches, what is between them, and the memory behind them; `None` if memory is flat.
    pub caches: Option<CacheState>,
}

/// A program on a machine. Holds the paths that its states refer to.
#[derive(Debug)]
pub struct Machine<'a> {
    test: &'a Test,
    layout: &'a Layout,
    shape: Shape,
    domain: Arc<LazyDomain<'a>>,
    trees: Vec<Tree<'a>>,
    features: Features,
    coherent: bool,
    cached: Option<cached::Cached>,
    /// Whether stores enter the store buffer by themselves, without a step of their own.
    pub eager: bool,
    /// Whether an access that misses brings its lines by itself, in the same step, and waits until nothing is
    /// under way between caches. See [`search::visible`](crate::search::visible) for what that leaves out.
    pub whole: bool,
}

impl<'a> Machine<'a> {
    /// The machine that runs `test` under `order`. `unroll` bounds how many times one path may predict a
    /// jump back to one place.
    pub fn new(test: &'a Test, order: &'a Order, layout: &'a Layout, unroll: u32) -> Machine<'a> {
        Machine::sharing(test, order, layout, unroll, SharedDomain::default())
    }

    /// The same, which shares what is found out about the values of `test` with other machines.
    pub fn sharing(
        test: &'a Test,
        order: &'a Order,
        layout: &'a Layout,
        unroll: u32,
        domain: SharedDomain,
    ) -> Machine<'a> {
        let shape = Shape::new(test, layout);
        let domain = Arc::new(LazyDomain::shared(&test.program, layout, domain));
        let trees = test
            .program
            .threads
            .iter()
            .enumerate()
            .map(|(index, thread)| {
                let observed = shape.observed[index].iter().fold(0, |all, r| all | 1 << r);
                let mut tree = Tree::new(Code::new(thread, index, observed, order, layout), unroll);
                tree.forgetting = false;
                tree.undoing = true;
                tree.domain = Some(Arc::clone(&domain));
                tree.threads = test.program.threads.len();
                tree
            })
            .collect();
        let features = Features::empty();
        let (coherent, cached) = (true, None);
        let (eager, whole) = (false, false);
        Machine { test, layout, shape, domain, trees, features, coherent, cached, eager, whole }
    }

    /// Drops values from states that can no longer matter, so that fewer states differ.
    #[must_use]
    pub fn forgetting(mut self) -> Machine<'a> {
        self.trees.iter_mut().for_each(|tree| tree.forgetting = true);
        self
    }

    /// Lets iterations of a long run share their paths, whatever they store: see [`Tree::carrying`].
    #[must_use]
    pub fn carrying(mut self) -> Machine<'a> {
        self.trees.iter_mut().for_each(|tree| tree.carrying = true);
        self
    }

    /// The test that runs.
    pub fn test(&self) -> &'a Test {
        self.test
    }

    /// The paths of one thread.
    pub fn tree(&self, core: usize) -> &Tree<'a> {
        &self.trees[core]
    }

    /// Whether two states of one run have a core on the same path, or one on a continuation of the other's: whether its path
    /// has not begun anew between them.
    pub fn is_on_same_path(&self, before: &State, after: &State, core: usize) -> bool {
        let (old, new) = (&before.cores[core], &after.cores[core]);
        old.begun == new.begun && self.trees[core].same_base(old.window.node, new.window.node)
    }

    /// Whether instructions execute in program order, so that nothing needs to be predicted.
    fn in_order(&self, core: usize) -> bool {
        self.trees[core].code.order.rules.contains(Rules::READ_READ | Rules::READ_WRITE)
    }

    /// The state at the start.
    pub fn initial(&mut self) -> State {
        let memory = Image::new(&self.test.program);
        let mut state = State { cores: SmallVec::new(), memory, caches: self.initial_caches() };
        for core in 0..self.trees.len() {
            let node = self.trees[core].start();
            let window = Window::new(node, self.trees[core].path(node));
            let window = self.trees[core].repair(window.clone(), 0).unwrap_or(window);
            state.cores.push(Arc::new(Core { window, issued: 0, begun: 0 }));
            self.issue_all(&mut state, core);
        }
        state
    }

    /// Whether every thread has ended, every store has completed, and nothing is under way between caches.
    pub fn is_final(&self, state: &State) -> bool {
        self.caches_in(state).is_none_or(|(caches, at)| caches.is_quiet(at))
            && (0..state.cores.len()).all(|core| self.has_ended(state, core))
    }

    /// Whether a thread has ended and all its stores have completed.
    fn has_ended(&self, state: &State, core: usize) -> bool {
        let (window, tree) = (&state.cores[core].window, &self.trees[core]);
        let path = tree.path(window.node);
        let all = path.loads | path.stores;
        tree.node(window.node).end == crate::core::End::Finished
            && window.complete(path) & all == all
            && window.known & path.loads == path.loads
    }

    /// The observed registers of a thread, as far as they are known.
    fn observed(&self, state: &State, core: usize) -> Option<Vec<Value>> {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        self.shape.observed[core].iter().map(|r| window.eval(path, path.registers[usize::from(*r)])).collect()
    }

    /// The final state that a finished machine shows; `None` if it has not finished.
    pub fn outcome(&self, state: &State) -> Option<FinalState> {
        if !self.is_final(state) {
            return None;
        }
        let registers: Option<Vec<Vec<Value>>> =
            (0..state.cores.len()).map(|core| self.observed(state, core)).collect();
        match self.cached_in(state) {
            Some((cached, caches)) if !self.coherent => {
                Some(self.shape.state(&cached.newest(caches, &state.memory), &registers?))
            }
            _ => Some(self.shape.state(&state.memory, &registers?)),
        }
    }

    /// Whether all paths that states have led to so far were followed.
    pub fn completeness(&self) -> Completeness {
        Tree::completeness(self.trees.iter())
    }

    /// Number of paths that the machine holds for the states it has shown.
    pub fn paths(&self) -> usize {
        self.trees.iter().map(Tree::len).sum()
    }

    /// What those paths take of memory, in expressions: about 50 bytes each.
    pub fn weight_of_paths(&self) -> usize {
        self.trees.iter().map(Tree::weight).sum()
    }

    /// Whether the run of some core comes back to paths that it has been on.
    pub fn comes_back(&self) -> bool {
        self.trees.iter().any(Tree::comes_back)
    }

    /// All paths, which another machine for the same test, order and bound on loops can [go on with](Self::resume).
    /// States of this one must not be used any more.
    pub fn take_paths(&mut self) -> Vec<Paths> {
        self.trees.iter_mut().map(Tree::take_paths).collect()
    }

    /// Begins with the paths of another machine. States of this one must not be used any more.
    pub fn resume(&mut self, paths: Vec<Paths>) {
        self.trees.iter_mut().zip(paths).for_each(|(tree, paths)| tree.resume(paths));
    }

    /// Forgets all paths but those of `states`, so that a run without end needs no memory without end. Other states
    /// must not be used any more.
    pub fn prune(&mut self, states: &mut [&mut State]) {
        for (core, tree) in self.trees.iter_mut().enumerate() {
            let pruned = tree.prune(states.iter().map(|state| state.cores[core].window.node));
            for state in states.iter_mut() {
                let node = &mut Arc::make_mut(&mut state.cores[core]).window.node;
                *node = pruned.id(*node);
            }
        }
    }
}
