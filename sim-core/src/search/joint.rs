//! The walk over joint states: memory and one set of windows per thread.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use indexmap::IndexSet;
use smallvec::SmallVec;

use super::automaton::{Automaton, Endings, SetId};
use super::product::{Products, Shape};
use crate::core::{Code, Image, LazyDomain, Write};
use crate::litmus::Test;
use crate::order::{Layout, Order};
use crate::outcome::{Completeness, Outcomes};

type Hash = foldhash::fast::FixedState;

/// What a search may use.
#[derive(Debug)]
pub struct Options<'a> {
    /// Backward jumps to one target that one thread may predict before any of them is decided.
    pub unroll: u32,
    /// Most states (joint states and windows) to hold.
    pub max_states: u64,
    /// Whether to give no more than one final state in which the condition holds and one in which it does
    /// not, instead of all of them.
    pub verdict_only: bool,
    /// Set from outside to end the search.
    pub stop: &'a AtomicBool,
    /// Written to while the search goes on.
    pub progress: Option<&'a Progress>,
}

/// Figures of a running search, to be read by others.
#[derive(Debug, Default)]
pub struct Progress {
    /// States found.
    pub states: AtomicU64,
    /// Joint states that have not been looked at.
    pub frontier: AtomicU64,
}

/// Figures of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Joint states.
    pub joint: u64,
    /// Steps between joint states.
    pub letters: u64,
    /// Windows of each thread.
    pub windows: Vec<u64>,
    /// Sets of windows of each thread.
    pub sets: Vec<u64>,
    /// Different memories.
    pub memories: u64,
}

/// A way in which a program can fail to end: nothing can change memory any more, and these threads spin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stuck {
    /// Per spinning thread: its index and the instruction at the head of its loop.
    pub spinning: Vec<(usize, u32)>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The final states.
    pub outcomes: Outcomes,
    /// The ways in which the program can fail to end, sorted.
    pub stuck: Vec<Stuck>,
    /// Threads and instructions that access memory outside all symbols in some run; such runs have no
    /// final state.
    pub outside: Vec<(usize, u32)>,
    /// Figures.
    pub stats: Stats,
}

/// Memory and the set of windows of each thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Joint {
    memory: u32,
    sets: SmallVec<[SetId; 4]>,
}

/// All final states of `test` under `order`.
pub fn outcomes(test: &Test, order: &Order, options: &Options<'_>) -> Report {
    let report = search(test, order, options, true);
    match report {
        Ok(report) => report,
        // Some loop has states that do not repeat: bound it.
        Err(Runaway) => search(test, order, options, false).unwrap_or_else(|Runaway| Report {
            outcomes: Outcomes {
                states: Vec::new(),
                completeness: Completeness::Truncated { limit: "loops".into(), explored: 0 },
            },
            stuck: Vec::new(),
            outside: Vec::new(),
            stats: Stats::default(),
        }),
    }
}

/// Some loop makes new states in each iteration.
struct Runaway;

struct Search<'a> {
    test: &'a Test,
    shape: Shape,
    threads: Vec<Automaton<'a>>,
    memories: IndexSet<Image, Hash>,
    joints: IndexSet<Joint, Hash>,
    products: Products,
    stuck: BTreeSet<Stuck>,
    letters: u64,
}

fn search(test: &Test, order: &Order, options: &Options<'_>, rebasing: bool) -> Result<Report, Runaway> {
    let layout = Layout::new(&test.program);
    let domain = Arc::new(LazyDomain::new(&test.program, &layout));
    let mut search = Search::new(test, order, &layout, &domain, options.unroll, rebasing);
    let limit = search.run(options);
    if search.threads.iter().any(|t| t.tree.runaway) {
        return Err(Runaway);
    }
    Ok(search.report(limit, options))
}

impl<'a> Search<'a> {
    fn new(
        test: &'a Test,
        order: &'a Order,
        layout: &'a Layout,
        domain: &Arc<LazyDomain<'a>>,
        unroll: u32,
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
                let mut automaton = Automaton::new(code, observed, Arc::clone(domain), unroll);
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
        }
    }

    /// Walks over all joint states; gives the limit that ended the walk early.
    fn run(&mut self, options: &Options<'_>) -> Option<String> {
        let memory = self.memories.insert_full(Image::new(&self.test.program)).0 as u32;
        let sets = self.threads.iter_mut().map(Automaton::initial).collect();
        self.joints.insert(Joint { memory, sets });
        let mut next = 0;
        while let Some(joint) = self.joints.get_index(next).cloned() {
            next += 1;
            self.step(&joint);
            if next % 64 == 0 || self.threads.len() > 6 {
                let states = self.size();
                if let Some(progress) = options.progress {
                    progress.states.store(states, Ordering::Relaxed);
                    progress.frontier.store((self.joints.len() - next) as u64, Ordering::Relaxed);
                }
                if states > options.max_states {
                    return Some(format!("{} states", options.max_states));
                }
                if options.stop.load(Ordering::Relaxed) {
                    return Some("stopped".into());
                }
            }
            if self.threads.iter().any(|t| t.tree.runaway) {
                return Some("runaway".into());
            }
        }
        None
    }

    fn size(&self) -> u64 {
        let windows: usize = self.threads.iter().map(Automaton::windows).sum();
        (self.joints.len() + windows) as u64
    }

    /// Looks at one joint state: how threads can end there, and which stores can complete next.
    fn step(&mut self, joint: &Joint) {
        let memory = self.memories[joint.memory as usize].clone();
        self.end(joint, &memory);
        for thread in 0..self.threads.len() {
            let emitted = self.threads[thread].emit(joint.sets[thread], &memory, joint.memory);
            for (write, set) in emitted.iter() {
                self.letters += 1;
                if let Some(next) = self.follow(joint, &memory, thread, *write, *set) {
                    self.joints.insert(next);
                }
            }
        }
    }

    /// The joint state after `thread` has completed `write`; `None` if no run of some thread fits.
    fn follow(
        &mut self,
        joint: &Joint,
        memory: &Image,
        thread: usize,
        write: Write,
        set: SetId,
    ) -> Option<Joint> {
        let mut sets = joint.sets.clone();
        for (other, automaton) in self.threads.iter_mut().enumerate() {
            sets[other] = if other == thread {
                set
            } else {
                automaton.observe(joint.sets[other], memory, joint.memory, write)
            };
            if automaton.is_empty(sets[other]) {
                return None;
            }
        }
        let mut after = memory.clone();
        after.write(write);
        let memory = self.memories.insert_full(after).0 as u32;
        Some(Joint { memory, sets })
    }

    /// Records the final states, and the ways to spin for ever, in which memory stays as it is.
    fn end(&mut self, joint: &Joint, memory: &Image) {
        let mut endings = Vec::with_capacity(self.threads.len());
        for (automaton, set) in self.threads.iter_mut().zip(&joint.sets) {
            let ending = automaton.endings(*set, memory, joint.memory);
            if ending.finals.is_empty() && ending.spins.is_empty() {
                return;
            }
            endings.push(ending);
        }
        if endings.iter().all(|e| !e.finals.is_empty()) {
            self.products.add(&self.shape, memory, &endings);
        }
        if endings.iter().any(|e| !e.spins.is_empty()) {
            self.record_stuck(&endings);
        }
    }

    /// One entry per way in which the fewest threads spin: those that cannot end otherwise, or one that can.
    fn record_stuck(&mut self, endings: &[std::sync::Arc<Endings>]) {
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

    fn report(self, limit: Option<String>, options: &Options<'_>) -> Report {
        let (filter, prop) = (self.test.filter.as_ref(), &self.test.condition.prop);
        let (states, stopped) = if options.verdict_only {
            self.products.examples(&self.shape, filter, prop, options.stop)
        } else {
            self.products.states(&self.shape, filter, options.stop)
        };
        let limit = limit.or_else(|| stopped.then(|| "stopped".to_string()));
        let unroll = options.unroll;
        let stats = Stats {
            joint: self.joints.len() as u64,
            letters: self.letters,
            windows: self.threads.iter().map(|t| t.windows() as u64).collect(),
            sets: self.threads.iter().map(|t| t.sets() as u64).collect(),
            memories: self.memories.len() as u64,
        };
        let cut = self.threads.iter().any(|t| t.tree.cut);
        let completeness = match limit {
            Some(limit) => Completeness::Truncated { limit, explored: stats.joint },
            None if self.threads.iter().any(|t| t.tree.unguessed) => Completeness::Truncated {
                limit: "values of a store that completes before its value is known".into(),
                explored: stats.joint,
            },
            None if cut => Completeness::Bounded { unroll },
            None => Completeness::Complete,
        };
        let outside = self
            .threads
            .iter()
            .enumerate()
            .filter_map(|(thread, t)| t.tree.outside.map(|pc| (thread, pc)))
            .collect();
        Report {
            outcomes: Outcomes { states, completeness },
            stuck: self.stuck.into_iter().collect(),
            outside,
            stats,
        }
    }
}
