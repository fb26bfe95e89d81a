//! What can still happen, found in the background: which final states each visited state leaves open, and
//! a way to one of them.
//!
//! States are named by the steps that lead to them, since nodes of a machine's paths are its own. The worker
//! runs the machine without what changes no outcome: stores enter buffers that no other core sees by themselves,
//! and there are no coherent caches. It explores all states from the start; where they are too many it explores
//! those from the present state, and begins anew as soon as that is another one.

mod explorer;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use sim_core::litmus::Test;
use sim_core::machine::{Features, Hardware, Machine, State, Step};
use sim_core::order::Order;
use sim_core::outcome::{Completeness, State as FinalState};
use sim_core::search;
use traces::format::Setup;
use traces::machine::Machine as ByName;
use traces::session::Session as Bench;

use explorer::Explorer;
pub use explorer::Invisible;

/// Outcomes by their index.
pub type Set = BTreeSet<usize>;

/// A question about the end of a run.
#[derive(Debug)]
struct Question {
    id: u64,
    run: Vec<Step>,
    about: About,
}

#[derive(Debug)]
enum About {
    /// What is open at each state of the run, and after each of these steps from its end?
    Open { next: Vec<Step> },
    /// A way to an outcome.
    Way { outcome: usize },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The final states of the test, and which of them a sequentially consistent machine has.
    Outcomes {
        /// All of them, sorted.
        all: Vec<FinalState>,
        /// Those of a sequentially consistent machine, sorted, if they are known.
        sequential: Option<Vec<FinalState>>,
        /// Those that the architecture allows, sorted, where the hardware is not as it describes.
        described: Option<Vec<FinalState>>,
        /// Whether there are no more.
        complete: bool,
    },
    /// How far the exploration is.
    Explored {
        /// States that were found.
        states: usize,
        /// Whether these are all.
        complete: bool,
    },
    /// What is open; `None` where that is not known.
    Open {
        /// Number of the question.
        id: u64,
        /// Per state of the run, the first included.
        run: Vec<Option<Set>>,
        /// Per next step.
        next: Vec<Option<Set>>,
    },
    /// A way; `None` if there is none or it was not found.
    Way {
        /// Number of the question.
        id: u64,
        /// The steps.
        way: Option<Vec<Step>>,
    },
}

/// States that are explored at most, from the start and from the present state.
const STATES_MAX: usize = 150_000;
/// States that the search for outcomes may hold.
const SEARCHED_MAX: u64 = 2_000_000;
/// States that are expanded between looks at the questions.
const SLICE: usize = 256;

/// A thread that answers. It ends by itself soon after this is dropped.
#[derive(Debug)]
pub struct Worker {
    questions: Sender<Question>,
    answers: Receiver<Answer>,
    stop: Arc<AtomicBool>,
    latest: u64,
}

impl Worker {
    /// Starts to explore.
    pub fn start(bench: &Bench) -> Worker {
        let (questions, inbox) = channel();
        let (outbox, answers) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (test, setup, stopped) = (bench.test.clone(), bench.setup.clone(), stop.clone());
        let work = move || {
            if let Some(bench) = plain(test, setup) {
                work(&bench, &inbox, &outbox, &stopped);
            }
        };
        // Without a thread nothing is known in advance; everything else still works.
        let _ = std::thread::Builder::new().name("reach".into()).spawn(work);
        Worker { questions, answers, stop, latest: 0 }
    }

    /// Asks what is open along `run` and after each of `next`. Returns the number of the question.
    pub fn ask_open(&mut self, run: Vec<Step>, next: Vec<Step>) -> u64 {
        self.ask(run, About::Open { next })
    }

    /// Asks for a way from the end of `run` to `outcome`. Returns the number of the question.
    pub fn ask_way(&mut self, run: Vec<Step>, outcome: usize) -> u64 {
        self.ask(run, About::Way { outcome })
    }

    fn ask(&mut self, run: Vec<Step>, about: About) -> u64 {
        self.latest += 1;
        let _ = self.questions.send(Question { id: self.latest, run, about });
        self.latest
    }

    /// An answer that has come, without waiting.
    pub fn poll(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// The next answer, waiting for it at most this long.
    pub fn wait(&self, time: std::time::Duration) -> Option<Answer> {
        self.answers.recv_timeout(time).ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The questions that still interest somebody: the latest of each kind.
#[derive(Debug, Default)]
struct Waiting {
    open: Option<Question>,
    way: Option<Question>,
}

impl Waiting {
    fn put(&mut self, question: Question) {
        match question.about {
            About::Open { .. } => self.open = Some(question),
            About::Way { .. } => self.way = Some(question),
        }
    }

    /// Takes in what was asked meanwhile; waits for something to be asked if nothing else is to be done.
    /// Returns whether anybody can still ask.
    fn listen(&mut self, inbox: &Receiver<Question>, idle: bool) -> bool {
        if idle && self.open.is_none() && self.way.is_none() {
            match inbox.recv() {
                Ok(question) => self.put(question),
                Err(_) => return false,
            }
        }
        loop {
            match inbox.try_recv() {
                Ok(question) => self.put(question),
                Err(error) => return error == TryRecvError::Empty,
            }
        }
    }
}

/// The machine to explore: without caches if they are coherent, since then no outcome shows them.
fn plain(test: Test, setup: Setup) -> Option<Bench> {
    let hardware = setup.hardware().ok()?;
    let features = hardware.features.difference(Features::WARM);
    let setup = match hardware.is_coherent() {
        true => setup.on(&Hardware { features, ..Hardware::flat() }),
        false => setup,
    };
    Bench::new(test, setup).ok()
}

/// What the architecture allows, where the hardware is not as it describes.
fn described(bench: &Bench, options: &search::Options<'_>) -> Option<Vec<FinalState>> {
    if bench.hardware().not_architectural().is_empty() {
        return None;
    }
    let model = ByName::named(&bench.setup.model).ok()?;
    let order = model.order().buffered(bench.setup.store_buffer);
    let found = search::outcomes(&bench.test, &order, options).outcomes;
    (found.completeness == Completeness::Complete).then_some(found.states)
}

fn work(bench: &Bench, inbox: &Receiver<Question>, outbox: &Sender<Answer>, stop: &AtomicBool) {
    let transparent = bench.is_searchable();
    // A state of the machine takes more room than one of the search.
    let max_states = if transparent { SEARCHED_MAX } else { STATES_MAX as u64 };
    let options = search::Options { max_states, ..search::Options::new(bench.setup.unroll, stop) };
    let report = bench.outcomes(&options);
    let complete = report.outcomes.completeness == Completeness::Complete;
    let sequential = search::outcomes(&bench.test, &Order::sc(), &options).outcomes;
    let known = sequential.completeness == Completeness::Complete;
    let outcomes = report.outcomes.states;
    let described = described(bench, &options);
    let _ = outbox.send(Answer::Outcomes {
        all: outcomes.clone(),
        sequential: known.then_some(sequential.states),
        described,
        complete,
    });
    let mut machine = bench.machine().forgetting();
    let invisible = Invisible::on(&machine);
    machine.eager = machine.buffers_are_private();
    let root = machine.initial();
    let mut whole = Explorer::new(root.clone(), outcomes.len(), STATES_MAX, invisible);
    let mut local: Option<Explorer> = None;
    let mut waiting = Waiting::default();
    while !stop.load(Ordering::Relaxed) {
        let (asked, way_asked) = (waiting.open.as_ref().map(|q| q.id), waiting.way.as_ref().map(|q| q.id));
        if !waiting.listen(inbox, whole.finished()) {
            return;
        }
        let changed =
            asked != waiting.open.as_ref().map(|q| q.id) || way_asked != waiting.way.as_ref().map(|q| q.id);
        if !whole.finished() {
            whole.explore(&mut machine, &outcomes, SLICE);
            let explored = Answer::Explored { states: whole.len(), complete: whole.complete() };
            let _ = outbox.send(explored);
            // A way may be known before everything is.
            let shown = |q: &Question| matches!(q.about, About::Way { outcome } if whole.has(outcome));
            if !whole.finished() && waiting.way.as_ref().is_some_and(shown) {
                let known = waiting.way.as_ref().and_then(|q| from_start(&whole, q));
                if let Some(answer @ Answer::Way { way: Some(_), .. }) = known {
                    let _ = outbox.send(answer);
                    waiting.way = None;
                }
            }
            continue;
        }
        if whole.complete() {
            for question in waiting.open.take().into_iter().chain(waiting.way.take()) {
                let _ = outbox.send(from_start(&whole, &question).unwrap_or_else(|| unknown(&question)));
            }
            continue;
        }
        let Some(question) = waiting.open.as_ref().or(waiting.way.as_ref()) else { continue };
        if changed || local.is_none() {
            let present = replay(&mut machine, &root, &question.run, invisible);
            local = present.map(|state| Explorer::new(state, outcomes.len(), STATES_MAX, invisible));
        }
        if let Some(local) = local.as_mut().filter(|l| !l.finished()) {
            local.explore(&mut machine, &outcomes, SLICE);
            continue;
        }
        for question in waiting.open.take().into_iter().chain(waiting.way.take()) {
            let known = local.as_ref().and_then(|local| from_present(local, &question));
            let _ = outbox.send(known.unwrap_or_else(|| unknown(&question)));
        }
        local = None;
    }
}

/// The state at the end of a run.
fn replay(machine: &mut Machine<'_>, root: &State, run: &[Step], invisible: Invisible) -> Option<State> {
    run.iter()
        .filter(|step| !invisible.hides(step))
        .try_fold(root.clone(), |state, step| machine.apply(&state, step))
}

/// The answer of an exploration that began at the start.
fn from_start(whole: &Explorer, question: &Question) -> Option<Answer> {
    let states = whole.follow(&question.run)?;
    let last = *states.last()?;
    Some(match &question.about {
        About::Open { next } => Answer::Open {
            id: question.id,
            run: states.iter().map(|s| Some(whole.open(*s))).collect(),
            next: next.iter().map(|step| whole.after(last, step).map(|to| whole.open(to))).collect(),
        },
        About::Way { outcome } => Answer::Way { id: question.id, way: whole.way(last, *outcome) },
    })
}

/// The answer of an exploration that began at the end of the run.
fn from_present(local: &Explorer, question: &Question) -> Option<Answer> {
    match &question.about {
        About::Way { outcome } => Some(Answer::Way { id: question.id, way: local.way(0, *outcome) }),
        About::Open { next } => local.complete().then(|| {
            let mut run = vec![None; question.run.len()];
            run.push(Some(local.open(0)));
            let next = next.iter().map(|step| local.after(0, step).map(|to| local.open(to))).collect();
            Answer::Open { id: question.id, run, next }
        }),
    }
}

fn unknown(question: &Question) -> Answer {
    match &question.about {
        About::Open { next } => Answer::Open {
            id: question.id,
            run: vec![None; question.run.len() + 1],
            next: vec![None; next.len()],
        },
        About::Way { .. } => Answer::Way { id: question.id, way: None },
    }
}
