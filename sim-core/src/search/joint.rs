//! The walk over joint states: memory and one set of windows per thread.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use indexmap::IndexSet;
use smallvec::SmallVec;

use super::automaton::{Automaton, Emission, SetId};
use super::endings::Endings;
use super::product::{Products, Shape};
use super::report::{Options, Report, Stats, Stuck};
use super::words::{Edge, Graph, Letter, Words};
use crate::core::{Code, Image, LazyDomain, Tree};
use crate::litmus::Test;
use crate::order::{Layout, Order};
use crate::outcome::{Completeness, Outcomes};

type Hash = foldhash::fast::FixedState;

/// Memory and the set of windows of each thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Joint {
    pub memory: u32,
    pub sets: SmallVec<[SetId; 4]>,
}

/// All final states of `test` under `order`.
pub fn outcomes(test: &Test, order: &Order, options: &Options<'_>) -> Report {
    search(test, order, options, None).0
}

/// All final states of `test` under `order`, with words that lead to each.
pub(super) fn outcomes_and_words(test: &Test, order: &Order, options: &Options<'_>) -> (Report, Words) {
    search(test, order, options, Some(Graph::default()))
}

fn search(test: &Test, order: &Order, options: &Options<'_>, graph: Option<Graph>) -> (Report, Words) {
    let layout = Layout::new(&test.program);
    let domain = Arc::new(LazyDomain::new(&test.program, &layout));
    // Where some loop has states that do not repeat, a second attempt bounds it.
    for rebasing in [true, false] {
        let mut search = Search::new(test, order, &layout, &domain, options, rebasing);
        search.graph.clone_from(&graph);
        let limit = search.run(options);
        if !search.threads.iter().any(|t| t.tree.runaway) {
            return search.report(limit, options);
        }
    }
    let completeness = Completeness::Truncated { limit: "loops".into(), explored: 0 };
    let report = Report {
        outcomes: Outcomes { states: Vec::new(), completeness },
        stuck: Vec::new(),
        outside: Vec::new(),
        stats: Stats::default(),
    };
    (report, Words::default())
}

pub(super) struct Search<'a> {
    test: &'a Test,
    shape: Shape,
    pub threads: Vec<Automaton<'a>>,
    memories: IndexSet<Image, Hash>,
    joints: IndexSet<Joint, Hash>,
    products: Products,
    stuck: BTreeSet<Stuck>,
    pub letters: u64,
    layers: Vec<u64>,
    /// How joint states follow each other, if anybody wants to know.
    graph: Option<Graph>,
}

/// Joint states from which on a layer is worked on thread by thread of the program.
const WIDE: usize = 256;

/// Most joint states that are worked on at once.
const BLOCK: usize = 4096;

impl<'a> Search<'a> {
    fn new(
        test: &'a Test,
        order: &'a Order,
        layout: &'a Layout,
        domain: &Arc<LazyDomain<'a>>,
        options: &Options<'a>,
        rebasing: bool,
    ) -> Search<'a> {
        let shape = Shape::new(test, layout);
        let threads = test
            .program
            .threads
            .iter()
            .enumerate()
            .map(|(index, thread)| {
                let observed = shape.observed[index].clone();
                let live = observed.iter().fold(0, |all, r| all | 1 << r);
                let code = Code::new(thread, index, live, order, layout);
                let mut automaton = Automaton::new(code, observed, Arc::clone(domain), options.unroll);
                automaton.bound(options.max_states, options.stop);
                automaton.tree.rebasing = rebasing;
                automaton.tree.domain = Some(Arc::clone(domain));
                automaton.tree.threads = test.program.threads.len();
                automaton
            })
            .collect();
        Search {
            test,
            shape,
            threads,
            memories: IndexSet::default(),
            joints: IndexSet::default(),
            products: Products::default(),
            stuck: BTreeSet::new(),
            letters: 0,
            layers: Vec::new(),
            graph: None,
        }
    }

    /// Walks over all joint states; gives the limit that ended the walk early.
    fn run(&mut self, options: &Options<'_>) -> Option<String> {
        let memory = self.memories.insert_full(Image::new(&self.test.program)).0 as u32;
        let sets = self.threads.iter_mut().map(Automaton::initial).collect();
        self.joints.insert(Joint { memory, sets });
        let mut next = 0;
        while next < self.joints.len() {
            let layer = next..self.joints.len();
            self.layers.push(layer.len() as u64);
            while next < layer.end {
                if layer.len() < WIDE {
                    self.step(next);
                    next += 1;
                } else {
                    let end = layer.end.min(next + BLOCK);
                    self.steps(next..end, options.parallel);
                    next = end;
                }
                if let Some(limit) = self.limit(next, options) {
                    return Some(limit);
                }
            }
        }
        None
    }

    /// The limit that the search has hit, `next` being the joint state to be looked at next.
    fn limit(&self, next: usize, options: &Options<'_>) -> Option<String> {
        let states = self.size();
        if let Some(progress) = options.progress {
            progress.states.store(states, Ordering::Relaxed);
            progress.frontier.store((self.joints.len() - next) as u64, Ordering::Relaxed);
        }
        if states > options.max_states || self.threads.iter().any(Automaton::is_full) {
            Some(format!("the limit of {} states", options.max_states))
        } else if options.stop.load(Ordering::Relaxed) {
            Some("stopped".into())
        } else if self.threads.iter().any(|t| t.tree.runaway) {
            Some("runaway".into())
        } else {
            None
        }
    }

    fn size(&self) -> u64 {
        let windows: usize = self.threads.iter().map(Automaton::windows).sum();
        (self.joints.len() + windows) as u64
    }

    pub fn at(&self, index: usize) -> (Joint, Image) {
        let joint = self.joints[index].clone();
        let memory = self.memories[joint.memory as usize].clone();
        (joint, memory)
    }

    /// Looks at one joint state: how threads can end there, and which stores can complete next.
    fn step(&mut self, index: usize) {
        let (joint, memory) = self.at(index);
        self.end(index, &joint, &memory);
        for thread in 0..self.threads.len() {
            let emitted = self.threads[thread].emit(joint.sets[thread], &memory, joint.memory);
            for emission in emitted.iter() {
                self.follow(index, &joint, &memory, thread, emission);
            }
        }
    }

    /// Adds the joint state after `thread` has completed a store, if some run of each thread fits.
    fn follow(&mut self, index: usize, joint: &Joint, memory: &Image, thread: usize, emission: &Emission) {
        self.letters += 1;
        let mut sets = joint.sets.clone();
        for (other, automaton) in self.threads.iter_mut().enumerate() {
            sets[other] = if other == thread {
                emission.set
            } else {
                automaton.observe(joint.sets[other], memory, joint.memory, emission.write)
            };
            if automaton.is_empty(sets[other]) {
                return;
            }
        }
        self.reach(index, memory, thread, emission, sets);
    }

    /// Adds the joint state of these sets, `thread` having completed a store in joint state `from`.
    pub fn reach(
        &mut self,
        from: usize,
        memory: &Image,
        thread: usize,
        emission: &Emission,
        sets: SmallVec<[SetId; 4]>,
    ) {
        let mut after = memory.clone();
        after.write(emission.write);
        let memory = self.memories.insert_full(after).0 as u32;
        let to = self.joints.insert_full(Joint { memory, sets }).0;
        if let Some(graph) = &mut self.graph {
            graph.edges.push(Edge {
                from: from as u32,
                to: to as u32,
                letter: Letter { thread, write: emission.write },
                overtakes: emission.overtakes,
            });
        }
    }

    /// Records the final states, and the ways to spin for ever, in which memory stays as it is.
    fn end(&mut self, index: usize, joint: &Joint, memory: &Image) {
        let mut endings = Vec::with_capacity(self.threads.len());
        for (automaton, set) in self.threads.iter_mut().zip(&joint.sets) {
            let ending = automaton.endings(*set, memory, joint.memory);
            if ending.is_empty() {
                return;
            }
            endings.push(ending);
        }
        self.record(index, memory, &endings);
    }

    pub fn record(&mut self, index: usize, memory: &Image, endings: &[Arc<Endings>]) {
        if endings.iter().all(|e| !e.finals.is_empty()) {
            let product = self.products.add(&self.shape, memory, endings);
            if let Some(graph) = &mut self.graph {
                graph.ends.push((index as u32, product));
            }
        }
        if endings.iter().any(|e| !e.spins.is_empty()) {
            self.record_stuck(endings);
        }
    }

    /// One entry per way in which the fewest threads spin: those that cannot end otherwise, or one that can.
    fn record_stuck(&mut self, endings: &[Arc<Endings>]) {
        let must: Vec<(usize, u32)> = endings
            .iter()
            .enumerate()
            .filter(|(_, e)| e.finals.is_empty())
            .filter_map(|(thread, e)| Some((thread, *e.spins.first()?)))
            .collect();
        if !must.is_empty() {
            self.stuck.insert(Stuck { spinning: must });
            return;
        }
        for (thread, ending) in endings.iter().enumerate() {
            for pc in &ending.spins {
                self.stuck.insert(Stuck { spinning: vec![(thread, *pc)] });
            }
        }
    }

    fn report(mut self, limit: Option<String>, options: &Options<'_>) -> (Report, Words) {
        let (filter, prop) = (self.test.filter.as_ref(), &self.test.condition.prop);
        let listing = self.products.listing(&self.shape);
        let (states, stopped) = if options.verdict_only {
            listing.examples(filter, prop, options.stop)
        } else {
            listing.states(filter, options.stop)
        };
        let limit = limit.or_else(|| stopped.then(|| "stopped".to_string()));
        let words = self.graph.take().map(|graph| graph.words(&listing, &states));
        let stats = Stats {
            joint: self.joints.len() as u64,
            letters: self.letters,
            windows: self.threads.iter().map(|t| t.windows() as u64).collect(),
            sets: self.threads.iter().map(|t| t.sets() as u64).collect(),
            memories: self.memories.len() as u64,
            layers: self.layers,
        };
        let followed = Tree::completeness(self.threads.iter().map(|t| &t.tree));
        let completeness = followed.within(limit, stats.joint);
        let outside = self
            .threads
            .iter()
            .enumerate()
            .filter_map(|(thread, t)| t.tree.outside.map(|pc| (thread, pc)))
            .collect();
        let outcomes = Outcomes { states, completeness };
        let stuck = self.stuck.into_iter().collect();
        (Report { outcomes, stuck, outside, stats }, words.unwrap_or_default())
    }
}
