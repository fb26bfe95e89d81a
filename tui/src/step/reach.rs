//! What can still happen, found in the background: which final states each visited state leaves open, and
//! the shortest way to one of them.
//!
//! States are named by the steps that lead to them, since nodes of a machine's paths are its own. The worker
//! runs the machine with stores entering their buffers by themselves, which changes no outcome.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

use indexmap::IndexSet;
use sim_core::litmus::Test;
use sim_core::machine::{Machine, State, Step};
use sim_core::order::{Layout, Order};
use sim_core::outcome::{Completeness, State as FinalState};
use sim_core::search;

/// Outcomes by their index.
pub type Set = BTreeSet<usize>;

/// A question.
#[derive(Debug)]
enum Request {
    /// What is open at each state of this run, and after each of these steps from its end?
    Open { id: u64, run: Vec<Step>, next: Vec<Step> },
    /// The shortest way from the end of this run to an outcome.
    Way { id: u64, run: Vec<Step>, outcome: usize },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The final states of the test, and which of them a sequentially consistent machine has.
    Outcomes { all: Vec<FinalState>, sequential: Option<Vec<FinalState>>, complete: bool },
    /// How many states were explored so far, and whether these are all.
    Explored { states: usize, complete: bool },
    /// What is open at each state of the run and after each next step; `sure` if nothing else is.
    Open { id: u64, run: Vec<Set>, next: Vec<Set>, sure: bool },
    /// The way; `None` if there is none or it was not found.
    Way { id: u64, way: Option<Vec<Step>> },
}

/// States that are explored at most.
const STATES_MAX: usize = 150_000;
/// States that are expanded between looks at the questions.
const SLICE: usize = 512;

/// A thread that answers.
#[derive(Debug)]
pub struct Worker {
    requests: Option<Sender<Request>>,
    answers: Receiver<Answer>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    latest: u64,
}

impl Worker {
    /// Starts to explore `test` under `order`.
    pub fn start(test: &Test, order: &Order, unroll: u32) -> Worker {
        let (requests, inbox) = channel();
        let (outbox, answers) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (test, order, stopped) = (test.clone(), order.clone(), stop.clone());
        let work = move || work(&test, &order, unroll, &inbox, &outbox, &stopped);
        // Without a thread nothing is known in advance; everything else still works.
        let thread = std::thread::Builder::new().name("reach".into()).spawn(work).ok();
        Worker { requests: Some(requests), answers, stop, thread, latest: 0 }
    }

    /// Asks what is open along `run` and after each of `next`. Returns the number of the question.
    pub fn ask_open(&mut self, run: Vec<Step>, next: Vec<Step>) -> u64 {
        self.latest += 1;
        self.send(Request::Open { id: self.latest, run, next });
        self.latest
    }

    /// Asks for the shortest way from the end of `run` to `outcome`.
    pub fn ask_way(&mut self, run: Vec<Step>, outcome: usize) -> u64 {
        self.latest += 1;
        self.send(Request::Way { id: self.latest, run, outcome });
        self.latest
    }

    fn send(&self, request: Request) {
        if let Some(requests) = &self.requests {
            let _ = requests.send(request);
        }
    }

    /// An answer that has come, without waiting.
    pub fn poll(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// The next answer, waiting for it at most this long.
    #[cfg(test)]
    pub fn wait(&self, time: std::time::Duration) -> Option<Answer> {
        self.answers.recv_timeout(time).ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(
    test: &Test,
    order: &Order,
    unroll: u32,
    inbox: &Receiver<Request>,
    outbox: &Sender<Answer>,
    stop: &AtomicBool,
) {
    let options = search::Options { max_states: 2_000_000, ..search::Options::new(unroll, stop) };
    let report = search::outcomes(test, order, &options);
    let complete = report.outcomes.completeness == Completeness::Complete;
    let sequential = search::outcomes(test, &Order::sc(), &options).outcomes;
    let known = sequential.completeness == Completeness::Complete;
    let all = report.outcomes.states;
    let _ = outbox.send(Answer::Outcomes {
        all: all.clone(),
        sequential: known.then_some(sequential.states),
        complete,
    });
    let layout = Layout::new(&test.program);
    let mut explorer = Explorer::new(test, order, &layout, unroll, all);
    let mut waiting: VecDeque<Request> = VecDeque::new();
    while !stop.load(Ordering::Relaxed) {
        if explorer.finished() {
            match waiting.pop_front().map_or_else(|| inbox.recv().map_err(|_| ()), Ok) {
                Ok(request) => {
                    let _ = outbox.send(explorer.answer(&request));
                }
                Err(()) => return,
            }
            continue;
        }
        explorer.explore(SLICE);
        if explorer.finished() {
            explorer.propagate();
        }
        let _ = outbox.send(Answer::Explored {
            states: explorer.states.len(),
            complete: explorer.finished() && !explorer.truncated,
        });
        loop {
            match inbox.try_recv() {
                Ok(request) => {
                    // Only the latest question of a kind still interests anybody.
                    waiting.retain(|r| std::mem::discriminant(r) != std::mem::discriminant(&request));
                    waiting.push_back(request);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }
}

/// All reachable states with what follows from each.
struct Explorer<'a> {
    machine: Machine<'a>,
    outcomes: Vec<FinalState>,
    states: IndexSet<State, foldhash::fast::FixedState>,
    /// Per expanded state: the steps and where they lead.
    next: Vec<Vec<(Step, usize)>>,
    /// Per expanded state: the outcome that it shows.
    shows: Vec<Option<usize>>,
    /// Per state: the outcomes that can be reached, in words of 64.
    open: Vec<u64>,
    words: usize,
    truncated: bool,
}

impl<'a> Explorer<'a> {
    fn new(
        test: &'a Test,
        order: &'a Order,
        layout: &'a Layout,
        unroll: u32,
        outcomes: Vec<FinalState>,
    ) -> Self {
        let mut machine = Machine::new(test, order, layout, unroll).forgetting();
        machine.eager = true;
        let mut states = IndexSet::default();
        states.insert(machine.initial());
        let words = outcomes.len().div_ceil(64).max(1);
        Explorer {
            machine,
            outcomes,
            states,
            next: Vec::new(),
            shows: Vec::new(),
            open: Vec::new(),
            words,
            truncated: false,
        }
    }

    fn finished(&self) -> bool {
        self.truncated || self.next.len() == self.states.len()
    }

    /// Expands some more states.
    fn explore(&mut self, count: usize) {
        for _ in 0..count {
            let Some(state) = self.states.get_index(self.next.len()).cloned() else { return };
            let outcome = self.machine.outcome(&state);
            self.shows.push(outcome.and_then(|o| self.outcomes.binary_search(&o).ok()));
            let mut next = Vec::new();
            for step in self.machine.enabled(&state) {
                if let Some(after) = self.machine.apply(&state, &step) {
                    next.push((step, self.states.insert_full(after).0));
                }
            }
            self.next.push(next);
            if self.states.len() > STATES_MAX {
                self.truncated = true;
                return;
            }
        }
    }

    /// Carries outcomes back along the steps, to a fixed point.
    fn propagate(&mut self) {
        let (count, words) = (self.states.len(), self.words);
        self.open = vec![0; count * words];
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (from, next) in self.next.iter().enumerate() {
            for (_, to) in next {
                before[*to].push(from as u32);
            }
        }
        let mut work: Vec<usize> = Vec::new();
        for (state, shows) in self.shows.iter().enumerate() {
            if let Some(outcome) = shows {
                self.open[state * words + outcome / 64] |= 1 << (outcome % 64);
                work.push(state);
            }
        }
        while let Some(state) = work.pop() {
            for from in &before[state] {
                let from = *from as usize;
                let mut more = false;
                for word in 0..words {
                    let gained = self.open[state * words + word] & !self.open[from * words + word];
                    self.open[from * words + word] |= gained;
                    more |= gained != 0;
                }
                if more {
                    work.push(from);
                }
            }
        }
    }

    fn open(&self, state: usize) -> Set {
        let words = self.open.get(state * self.words..(state + 1) * self.words).unwrap_or(&[]);
        (0..self.outcomes.len())
            .filter(|o| words.get(o / 64).is_some_and(|w| w >> (o % 64) & 1 == 1))
            .collect()
    }

    /// The states that a run visits, as far as they were explored.
    fn follow(&self, run: &[Step]) -> Option<Vec<usize>> {
        let mut visited = vec![0];
        for step in run {
            let at = visited[visited.len() - 1];
            visited.push(self.after(at, step)?);
        }
        Some(visited)
    }

    fn after(&self, state: usize, step: &Step) -> Option<usize> {
        if matches!(step, Step::Issue { .. }) {
            return Some(state);
        }
        self.next.get(state)?.iter().find(|(s, _)| s == step).map(|(_, to)| *to)
    }

    fn answer(&self, request: &Request) -> Answer {
        match request {
            Request::Open { id, run, next } => {
                let states = self.follow(run);
                let last = states.as_ref().and_then(|s| s.last().copied());
                let after = |step| last.and_then(|at| self.after(at, step)).map(|to| self.open(to));
                let ends: Option<Vec<Set>> = next.iter().map(after).collect();
                let sure = !self.truncated && states.is_some() && ends.is_some();
                let run = states.unwrap_or_default().iter().map(|s| self.open(*s)).collect();
                Answer::Open { id: *id, run, next: ends.unwrap_or_default(), sure }
            }
            Request::Way { id, run, outcome } => {
                let way = self.follow(run).and_then(|states| self.way(*states.last()?, *outcome));
                Answer::Way { id: *id, way }
            }
        }
    }

    /// A shortest way from a state to an outcome.
    fn way(&self, from: usize, outcome: usize) -> Option<Vec<Step>> {
        let mut came: Vec<Option<(usize, Step)>> = vec![None; self.states.len()];
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if self.shows.get(at).copied().flatten() == Some(outcome) {
                let mut way = Vec::new();
                let mut back = at;
                while let Some((before, step)) = came[back].filter(|_| back != from) {
                    way.push(step);
                    back = before;
                }
                way.reverse();
                return Some(way);
            }
            for (step, to) in self.next.get(at).into_iter().flatten() {
                if came[*to].is_none() && *to != from {
                    came[*to] = Some((at, *step));
                    queue.push_back(*to);
                }
            }
        }
        None
    }
}
