//! One test on one machine, stepped through by a person. Knows no terminal.

mod lead;

use sim_core::litmus::Test;
use sim_core::machine::{CacheStep, Machine, State, Step, Tally};
use sim_core::order::Order;
use traces::session::Session as Bench;
use traces::view::{self, Counts, Effect, Graph, OutcomeView, Reach, StepView, Tracker, View};

use super::history::History;
use super::open::Deed;
use super::reach::{Answer, Invisible, Set, Worker};

/// What is kept about a visited state.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The step that led here; `None` at the start.
    pub step: Option<Step>,
    /// The same, described in the state before.
    pub described: StepView,
    /// The state.
    pub state: State,
    /// What the step did, as traces write it.
    pub effect: String,
    /// Where values came from.
    tracker: Tracker,
    /// What the steps that led here have cost.
    tally: Tally,
    /// What can be reached from here, once that is known.
    pub open: Option<Set>,
}

/// Where the search for what can happen stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Explored {
    /// States looked at.
    pub states: usize,
    /// Whether these are all.
    pub complete: bool,
}

/// A goal that is being led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// The outcome.
    pub outcome: usize,
    /// The steps that are left, if a way is known.
    pub way: Option<Vec<Step>>,
    /// Number of the question that asked for it.
    asked: u64,
}

/// How finely a person steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resolution {
    /// Every step of the machine.
    #[default]
    Every,
    /// An instruction does at once what needs no other instruction: all its loads, its stores into the store
    /// buffer, and the store of an atomic into memory.
    Instructions,
    /// Stores enter the store buffer by themselves.
    Events,
    /// The same, and steps that leave every outcome open follow by themselves while they are the only one.
    Choices,
}

impl Resolution {
    /// The next one, around the end.
    pub fn next(self) -> Resolution {
        match self {
            Resolution::Every => Resolution::Instructions,
            Resolution::Instructions => Resolution::Events,
            Resolution::Events => Resolution::Choices,
            Resolution::Choices => Resolution::Every,
        }
    }

    /// A few words.
    pub fn word(self) -> &'static str {
        match self {
            Resolution::Every => "every step",
            Resolution::Instructions => "whole instructions",
            Resolution::Events => "memory events",
            Resolution::Choices => "choices only",
        }
    }
}

/// A stepping session.
#[derive(Debug)]
pub struct Session<'a> {
    machine: Machine<'a>,
    bench: &'a Bench,
    steps: Vec<Step>,
    worker: Worker,
    asked: u64,
    /// What was visited.
    pub history: History<Moment>,
    /// The present state, compared with the one before.
    pub view: View,
    /// The execution so far.
    pub graph: Graph,
    /// The state after the selected step, compared with the present one.
    pub preview: Option<View>,
    /// The execution after the selected step.
    pub preview_graph: Option<Graph>,
    /// All outcomes, once they are known.
    pub outcomes: Vec<OutcomeView>,
    /// Those that only this hardware shows, and no architecture allows.
    pub beyond: Set,
    /// Whether these are all that the test has.
    pub outcomes_complete: bool,
    /// What each enabled step does to the outcomes: `effects[step]`.
    pub effects: Vec<Effect>,
    /// Where the search stands.
    pub explored: Explored,
    /// Index of the selected enabled step.
    pub selected: usize,
    /// The goal, if there is one.
    pub goal: Option<Goal>,
    /// How finely to step.
    pub resolution: Resolution,
}

impl<'a> Session<'a> {
    /// A session at the start of a test.
    pub fn new(bench: &'a Bench) -> Session<'a> {
        let mut machine = bench.machine();
        let state = machine.initial();
        let tracker = Tracker::new(&machine, &state);
        let described = StepView { name: "start".into(), ..StepView::default() };
        let view = view::build(&mut machine, &state);
        let graph = tracker.graph();
        let tally = Tally::new(&machine);
        let first =
            Moment { step: None, described, state, effect: String::new(), tracker, tally, open: None };
        let mut session = Session {
            machine,
            bench,
            steps: Vec::new(),
            worker: Worker::start(bench),
            asked: 0,
            history: History::new(first),
            view,
            graph,
            preview: None,
            preview_graph: None,
            outcomes: Vec::new(),
            beyond: Set::new(),
            outcomes_complete: false,
            effects: Vec::new(),
            explored: Explored::default(),
            selected: 0,
            goal: None,
            resolution: Resolution::Every,
        };
        session.arrive();
        session
    }

    /// The test.
    pub fn test(&self) -> &'a Test {
        self.machine.test()
    }

    /// The memory model.
    pub fn order(&self) -> &'a Order {
        self.bench.order()
    }

    /// The steps that led to the present state.
    pub fn run(&self) -> Vec<Step> {
        self.history.trail().iter().filter_map(|i| self.history.node(*i).item.step).collect()
    }

    /// Takes the enabled step with this index. Returns whether there is one.
    pub fn take(&mut self, index: usize) -> bool {
        let Some(step) = self.steps.get(index).copied() else { return false };
        let instruction = self.instruction(&step);
        self.advance(step);
        self.follow(instruction.as_deref());
        self.arrive();
        true
    }

    /// The instruction whose access a step is about, as in the names of steps: `P0.1`, `P0.1#2`.
    fn instruction(&self, step: &Step) -> Option<String> {
        let state = &self.history.now().item.state;
        let name = self.machine.name(state, step);
        name.split(' ').next().filter(|name| name.contains('.')).map(String::from)
    }

    /// Whether a step completes the store of an atomic.
    fn is_atomic(&self, step: &Step) -> bool {
        let Step::Drain { core, event } = *step else { return false };
        let window = &self.history.now().item.state.cores[core].window;
        self.machine.tree(core).path(window.node).events[event].pair.is_some()
    }

    /// Performs a step without looking around.
    fn advance(&mut self, step: Step) -> bool {
        let before = self.history.now().item.state.clone();
        let Some(after) = self.machine.apply(&before, &step) else { return false };
        let mut tracker = self.history.now().item.tracker.clone();
        tracker.step(&self.machine, &before, &step, &after);
        let mut tally = self.history.now().item.tally.clone();
        tally.note(&self.machine, &before, &step, &after);
        let described = view::describe(&self.machine, &before, &step);
        if let Some(goal) = &mut self.goal
            && let Some(way) = &mut goal.way
        {
            if way.first() == Some(&step) {
                way.remove(0);
            } else if !Invisible::on(&self.machine).hides(&step) {
                goal.way = None;
            }
        }
        let mut effect = String::new();
        traces::record::effect::effect(&self.machine, &before, &after, &step, &mut effect);
        let moment = Moment { step: Some(step), described, state: after, effect, tracker, tally, open: None };
        self.history.push(moment, |a, b| a.step == b.step);
        true
    }

    /// Does again what was done in an earlier session, as far as it is possible here. Returns how much.
    pub fn repeat(&mut self, deeds: &[Deed]) -> usize {
        let mut done = 0;
        for deed in deeds {
            match deed {
                Deed::Step(name) => {
                    if !self.bring_about(name) {
                        break;
                    }
                }
                Deed::Back(depth) => self.history.jump_depth(*depth),
                Deed::Mark => self.history.mark(),
            }
            done += 1;
        }
        if done > 0 {
            self.arrive();
        }
        done
    }

    /// The names of the steps that led to the present state, without those of caches: these depend on the
    /// machine.
    pub fn deeds(&self) -> Vec<Deed> {
        let trail = self.history.trail();
        let steps = trail[1..].iter().map(|i| &self.history.node(*i).item);
        let own = steps.filter(|item| !matches!(item.step, Some(Step::Cache { .. })));
        own.map(|item| Deed::Step(item.described.name.clone())).collect()
    }

    /// At coarser resolutions, takes what needs no decision after a step of `instruction`.
    fn follow(&mut self, instruction: Option<&str>) {
        for _ in 0..64 {
            let state = self.history.now().item.state.clone();
            let steps = self.machine.enabled(&state);
            // Between coherent caches nothing that is under way decides anything.
            let coherent = self.machine.is_coherent();
            let issue = |step: &&Step| matches!(step, Step::Issue { .. }) || coherent && is_under_way(step);
            let next = match self.resolution {
                Resolution::Every => None,
                Resolution::Instructions => steps.iter().find(|step| {
                    let whole =
                        matches!(step, Step::Issue { .. } | Step::Load { .. }) || self.is_atomic(step);
                    whole && instruction.is_some() && self.instruction(step).as_deref() == instruction
                }),
                Resolution::Events => steps.iter().find(issue),
                Resolution::Choices => {
                    steps.iter().find(issue).or_else(|| steps.first().filter(|_| steps.len() == 1))
                }
            };
            match next.copied() {
                Some(step) if self.advance(step) => {}
                _ => return,
            }
        }
    }

    /// Looks around at the present state.
    fn arrive(&mut self) {
        let mut view = self.view_of(self.history.at());
        if let Some(parent) = self.history.now().parent {
            view.compare(&self.view_of(parent));
        }
        self.view = view;
        let state = self.history.now().item.state.clone();
        self.graph = self.history.now().item.tracker.graph();
        self.steps = self.machine.enabled(&state);
        self.effects = vec![Effect::default(); self.steps.len()];
        self.selected = 0;
        self.asked = self.worker.ask_open(self.run(), self.steps.clone());
        self.seek();
        self.judge();
        self.select(self.suggested());
    }

    /// The view of a visited state, with what the steps that led there have cost.
    fn view_of(&mut self, node: usize) -> View {
        let Moment { state, tally, .. } = &self.history.node(node).item;
        let counts = Counts::of(&self.machine, tally);
        View { counts, ..view::build(&mut self.machine, state) }
    }

    /// Asks for the way to the goal if the present state is on none that is known.
    fn seek(&mut self) {
        let unknown = self.goal.as_ref().filter(|goal| goal.way.is_none());
        if let Some(outcome) = unknown.map(|goal| goal.outcome) {
            let asked = self.worker.ask_way(self.run(), outcome);
            self.goal = Some(Goal { outcome, way: None, asked });
        }
    }

    /// Selects an enabled step and looks at what it would do.
    pub fn select(&mut self, index: usize) {
        self.selected = index.min(self.steps.len().saturating_sub(1));
        let state = self.history.now().item.state.clone();
        (self.preview, self.preview_graph) = (None, None);
        let Some(step) = self.steps.get(self.selected).copied() else { return };
        let Some(after) = self.machine.apply(&state, &step) else { return };
        let mut view = view::build(&mut self.machine, &after);
        view.compare(&self.view);
        self.preview = Some(view);
        let mut tracker = self.history.now().item.tracker.clone();
        tracker.step(&self.machine, &state, &step, &after);
        self.preview_graph = Some(tracker.graph());
    }

    /// Moves in time by `change`; looks around if that succeeded.
    pub fn travel(&mut self, change: impl FnOnce(&mut History<Moment>) -> bool) -> bool {
        let at = self.history.at();
        let moved = change(&mut self.history);
        if self.history.at() != at {
            if let Some(goal) = &mut self.goal {
                goal.way = None;
            }
            self.arrive();
        }
        moved
    }

    /// Sets the goal, or clears it.
    pub fn aim(&mut self, outcome: Option<usize>) {
        self.goal = outcome.map(|outcome| Goal { outcome, way: None, asked: 0 });
        self.seek();
        self.select(self.suggested());
    }

    /// Changes the resolution.
    pub fn set_resolution(&mut self, resolution: Resolution) {
        self.resolution = resolution;
        self.follow(None);
        self.arrive();
    }

    /// Takes in what the background has found. Returns whether anything changed.
    pub fn poll(&mut self) -> bool {
        let mut changed = false;
        while let Some(answer) = self.worker.poll() {
            self.take_in(answer);
            changed = true;
        }
        changed
    }

    /// Whether the steps of the trail lead from the start to the present state again.
    #[cfg(test)]
    pub fn replays(&mut self) -> bool {
        let mut state = self.machine.initial();
        for step in self.run() {
            match self.machine.apply(&state, &step) {
                Some(after) => state = after,
                None => return false,
            }
        }
        state == self.history.now().item.state
    }

    /// Waits until the last question is answered, for at most `time` between answers: for tests and
    /// measurements.
    pub fn settle(&mut self, time: std::time::Duration) {
        while !self.is_settled() {
            match self.worker.wait(time) {
                Some(answer) => self.take_in(answer),
                None => return,
            }
        }
    }

    /// Whether every question has been answered.
    pub fn is_settled(&self) -> bool {
        self.asked == 0 && self.goal.as_ref().is_none_or(|g| g.asked == 0)
    }

    fn take_in(&mut self, answer: Answer) {
        match answer {
            Answer::Outcomes { all, sequential, described, complete } => {
                let test = self.machine.test();
                let describe = |state: &sim_core::outcome::State| OutcomeView {
                    text: view::final_state(test, state),
                    weak: sequential.as_ref().map(|s| s.binary_search(state).is_err()),
                    asked: test.condition.prop.holds(state),
                    reach: Reach::Unknown,
                };
                self.outcomes = all.iter().map(describe).collect();
                let beyond = |index: &usize| {
                    described.as_ref().is_some_and(|d| d.binary_search(&all[*index]).is_err())
                };
                self.beyond = (0..all.len()).filter(beyond).collect();
                self.outcomes_complete = complete;
            }
            Answer::Explored { states, complete } => self.explored = Explored { states, complete },
            Answer::Open { id, run, next } if id == self.asked => {
                self.asked = 0;
                let now = run.last().cloned().flatten();
                self.history.annotate(&run);
                self.effects = next
                    .into_iter()
                    .map(|after| match (&now, after) {
                        (Some(now), Some(after)) => Effect {
                            known: true,
                            keeps: after.iter().copied().collect(),
                            kills: now.difference(&after).copied().collect(),
                        },
                        _ => Effect::default(),
                    })
                    .collect();
                self.effects.resize(self.steps.len(), Effect::default());
                self.judge();
            }
            Answer::Way { id, way } => {
                if let Some(goal) = self.goal.as_mut().filter(|g| g.asked == id) {
                    goal.asked = 0;
                    goal.way = way;
                    self.select(self.suggested());
                }
            }
            Answer::Open { .. } => {}
        }
    }

    /// Works out how things stand with each outcome.
    fn judge(&mut self) {
        let trail = self.history.trail();
        let open: Vec<Option<&Set>> =
            trail.iter().map(|i| self.history.node(*i).item.open.as_ref()).collect();
        let finished = self.view.outcome.clone();
        for (index, outcome) in self.outcomes.iter_mut().enumerate() {
            outcome.reach = if finished.as_ref() == Some(&outcome.text) {
                Reach::Here
            } else {
                match open.last().copied().flatten() {
                    None => Reach::Unknown,
                    Some(set) if set.contains(&index) => Reach::Open,
                    Some(_) => match open.iter().position(|s| s.is_some_and(|s| !s.contains(&index))) {
                        Some(0) => Reach::Never,
                        Some(depth) => Reach::Lost(depth),
                        None => Reach::Unknown,
                    },
                }
            };
        }
    }

    /// The outcome to lead a newcomer to: a weak one that the condition asks about, or a weak one, or one
    /// that the condition asks about.
    pub fn interesting(&self) -> Option<usize> {
        let find = |wanted: &dyn Fn(&OutcomeView) -> bool| self.outcomes.iter().position(wanted);
        find(&|o| o.weak == Some(true) && o.asked)
            .or_else(|| find(&|o| o.weak == Some(true)))
            .or_else(|| find(&|o| o.asked))
    }

    /// The outcomes in the order of the screen: what is asked stays at the top, of the others the weak ones come
    /// first, and those that are lost last.
    pub fn ranked(&self) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.outcomes.len()).collect();
        all.sort_by_key(|index| {
            let outcome = &self.outcomes[*index];
            let lost = matches!(outcome.reach, Reach::Lost(_) | Reach::Never);
            (!outcome.asked, lost, outcome.weak != Some(true))
        });
        all
    }

    /// The final state as traces write it, once the machine has finished.
    pub fn final_text(&self) -> Option<String> {
        let test = self.machine.test();
        let outcome = self.machine.outcome(&self.history.now().item.state)?;
        Some(traces::record::outcome_text(&test.program, &test.observables, &outcome))
    }

    /// Number of outcomes that can still be reached.
    pub fn open_count(&self) -> usize {
        self.outcomes.iter().filter(|o| matches!(o.reach, Reach::Open | Reach::Here)).count()
    }
}

/// Whether a step goes on with what a cache has begun.
fn is_under_way(step: &Step) -> bool {
    let Step::Cache { step, .. } = step else { return false };
    matches!(step, CacheStep::Snoop | CacheStep::Finish | CacheStep::Deliver { .. })
}

impl History<Moment> {
    /// Notes what is open at each state of the present trail.
    fn annotate(&mut self, open: &[Option<Set>]) {
        for (index, set) in self.trail().into_iter().zip(open) {
            if set.is_some() {
                self.item_mut(index).open.clone_from(set);
            }
        }
    }
}
