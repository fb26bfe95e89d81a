//! Makes frames of a replay, as it goes.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use sim_core::litmus::Test;
use sim_core::machine::{Machine, State, Step, Tally};

use super::film::{Branch, Film, Frame};
use super::reach::Reachable;
use crate::format::{Header, Lines};
use crate::replay::{self, BACK_MAX, Expect, Sessions, Verdict, Watch};
use crate::view::{self, Counts, OutcomeView, Reach, View};

/// Of tests with more states than this, it is not found out which final states are still open.
pub const OUTCOME_STATES_MAX: usize = 20_000;

/// More steps than this are not kept for a page, a picture or a handout: no person would look at them.
pub const STEPS_MAX: usize = 2_000;

/// What looks at each frame that is asked for, as soon as it is made; the film is there with what is known by then, and
/// without frames.
pub type Each<'e> = dyn FnMut(&Film, &Frame) + 'e;

/// Which frames of a trace are made, and what becomes of them.
pub struct Shots<'e> {
    /// The numbers of the frames that are asked for.
    pub steps: RangeInclusive<usize>,
    /// Whether they are kept in the film, as far as there are not too many.
    pub keep: bool,
    /// Sees all of them, however many; memory does not grow with them.
    pub each: Option<&'e mut Each<'e>>,
}

impl Default for Shots<'_> {
    fn default() -> Self {
        Shots { steps: 0..=usize::MAX, keep: true, each: None }
    }
}

/// Replays a trace and describes its states.
///
/// # Errors
/// The verdict of the replay if the trace is not as the machine runs; a trace that breaks off is shown as
/// far as it goes.
pub fn film(lines: &mut Lines<'_>, shots: Shots<'_>) -> Result<Film, Verdict> {
    let mut camera = Camera { shots, film: None, reach: None, branch: Trail::default(), last: None };
    let replayed = replay::watch(lines, &Sessions::default(), Expect::default(), &mut camera);
    let note = match replayed.verdict {
        Verdict::Agrees(_) => None,
        Verdict::Open(reason) if camera.film.is_some() => Some(reason),
        other => return Err(other),
    };
    let film = camera.film.ok_or_else(|| Verdict::Open("there is nothing to show".to_string()))?;
    let (first, last) = (*camera.shots.steps.start(), (*camera.shots.steps.end()).min(film.steps));
    let last = if camera.shots.keep { last.min(first.saturating_add(STEPS_MAX)) } else { last };
    if first > last {
        let steps = film.steps;
        return Err(Verdict::Open(format!("there is no step {first} to show: the last one is step {steps}")));
    }
    let cut = ((first, last) != (0, film.steps)).then_some((first, last));
    Ok(Film { note, cut, ..film })
}

/// Makes frames of a replay.
struct Camera<'e> {
    shots: Shots<'e>,
    film: Option<Film>,
    reach: Option<Reachable>,
    branch: Trail,
    /// The latest view, and the number of its frame.
    last: Option<(usize, View)>,
}

/// The latest moments of the present branch: as many as a trace may go back.
#[derive(Default)]
struct Trail {
    /// The beginning.
    start: Option<Moment>,
    /// The depth of the first that is kept.
    first: usize,
    moments: VecDeque<Moment>,
    /// The branch, if it is not the first.
    branch: Option<Branch>,
    /// How many branches have begun.
    branches: usize,
    /// Whether the machine has gone back since the last step.
    went_back: bool,
}

/// What is remembered of a state.
#[derive(Clone)]
struct Moment {
    /// The number of its frame.
    frame: usize,
    /// What the run there has cost.
    tally: Tally,
    /// How things stood with the final states.
    reach: Vec<Reach>,
}

impl Trail {
    fn push(&mut self, moment: Moment) {
        self.start.get_or_insert_with(|| moment.clone());
        self.moments.push_back(moment);
        if self.moments.len() > BACK_MAX as usize + 1 {
            self.moments.pop_front();
            self.first += 1;
        }
    }

    fn back(&mut self, to: usize) {
        self.went_back |= to + 1 < self.first + self.moments.len();
        if to == 0 {
            self.first = 0;
            self.moments = self.start.iter().cloned().collect();
        } else {
            self.moments.truncate((to + 1).saturating_sub(self.first));
        }
    }

    /// The branch that a step from here is on.
    fn branch(&mut self, from: usize) -> Option<Branch> {
        if std::mem::take(&mut self.went_back) {
            self.branches += 1;
            self.branch = Some(Branch { number: self.branches + 1, from });
        }
        self.branch
    }
}

impl Camera<'_> {
    /// Gives a frame away.
    fn take(&mut self, frame: Frame) {
        let Some(film) = &mut self.film else { return };
        if let Some(each) = &mut self.shots.each {
            each(film, &frame);
        }
        if self.shots.keep && film.frames.len() <= STEPS_MAX {
            film.frames.push(frame);
        }
    }

    /// Whether somebody wants to see the frame of this number.
    fn wants(&self, number: usize) -> bool {
        let room = self.film.as_ref().is_some_and(|film| film.frames.len() <= STEPS_MAX);
        self.shots.steps.contains(&number) && (self.shots.each.is_some() || self.shots.keep && room)
    }
}

impl Watch for Camera<'_> {
    fn begin(&mut self, header: &Header, machine: &mut Machine<'_>, state: &State, order: &'static str) {
        let reach = Reachable::new(machine, state, OUTCOME_STATES_MAX);
        let outcomes = reach.outcomes(state, 0, &[]);
        let tally = Tally::new(machine);
        self.film = Some(head(header, machine.test(), order, reach.is_unknown()));
        let moment = Moment { frame: 0, tally: tally.clone(), reach: stand(&outcomes) };
        self.branch.push(moment);
        self.reach = Some(reach);
        if self.wants(0) {
            let view = View { counts: Counts::of(machine, &tally), ..view::build(machine, state) };
            self.last = Some((0, view.clone()));
            let (step, effect, bookmark) = (None, String::new(), None);
            self.take(Frame { number: 0, after: 0, branch: None, step, effect, bookmark, view, outcomes });
        }
    }

    fn keeps_states(&self) -> bool {
        self.reach.as_ref().is_some_and(|reach| !reach.is_unknown())
    }

    fn step(&mut self, machine: &mut Machine<'_>, before: &State, step: &Step, after: &State, effect: &str) {
        let (Some(film), Some(reach)) = (&mut self.film, &self.reach) else { return };
        film.steps += 1;
        let number = film.steps;
        let Some(from) = self.branch.moments.back().cloned() else { return };
        let mut tally = from.tally.clone();
        tally.note(machine, before, step, after);
        let mut outcomes = reach.outcomes(after, number, &from.reach);
        self.branch.push(Moment { frame: number, tally: tally.clone(), reach: stand(&outcomes) });
        let branch = self.branch.branch(from.frame);
        if !self.wants(number) {
            return;
        }
        let of = |machine: &mut Machine<'_>, state: &State, tally: &Tally| View {
            counts: Counts::of(machine, tally),
            ..view::build(machine, state)
        };
        let old = match self.last.take() {
            Some((frame, view)) if frame == from.frame => view,
            _ => of(machine, before, &from.tally),
        };
        let mut view = of(machine, after, &tally);
        view.compare(&old);
        self.last = Some((number, view.clone()));
        Reachable::here(&mut outcomes, view.outcome.as_deref());
        let step = Some(view::describe(machine, before, step));
        let (effect, after) = (effect.to_string(), from.frame);
        self.take(Frame { number, after, branch, step, effect, bookmark: None, view, outcomes });
    }

    fn back(&mut self, to: u64) {
        self.branch.back(to as usize);
    }

    fn bookmark(&mut self, name: &str) {
        let (Some(film), Some(moment)) = (&mut self.film, self.branch.moments.back()) else { return };
        film.bookmarks.push((moment.frame, name.to_string()));
        if let Ok(at) = film.frames.binary_search_by_key(&moment.frame, |frame| frame.number) {
            film.frames[at].bookmark = Some(name.to_string());
        }
    }
}

/// A film without frames.
fn head(header: &Header, test: &Test, order: &'static str, without_outcomes: bool) -> Film {
    let hardware = header.machine.hardware().unwrap_or_default();
    let buffer = header.machine.store_buffer.map(|entries| format!(", store buffer of {entries}"));
    let buffer = buffer.unwrap_or_default();
    Film {
        machine: format!("{order}{buffer}{}", view::hardware_words(&hardware)),
        not_architectural: hardware.not_architectural(),
        title: test.name.clone(),
        doc: test.doc.clone().filter(|doc| !doc.is_empty()),
        arch: test.arch.clone(),
        model: order.to_string(),
        model_words: view::machine_words(order).to_string(),
        condition: test.condition.text.clone(),
        source: header.test.text.clone(),
        frames: Vec::new(),
        steps: 0,
        cut: None,
        bookmarks: Vec::new(),
        note: None,
        without_outcomes: without_outcomes.then(|| {
            format!(
                "Not shown: on this machine the test has more than {OUTCOME_STATES_MAX} states, too many to find \
                 out from each of them which final states can still be reached."
            )
        }),
    }
}

/// How things stand, without the rest.
fn stand(outcomes: &[OutcomeView]) -> Vec<Reach> {
    outcomes.iter().map(|outcome| outcome.reach).collect()
}
