//! A trace as a sequence of frames, one for each state.

use serde::Serialize;
use sim_core::litmus::Test;
use sim_core::machine::{Machine, State, Step, Tally};

use super::reach::Reachable;
use crate::format::{Header, Lines};
use crate::replay::{self, Expect, Sessions, Verdict, Watch};
use crate::view::{self, Counts, OutcomeView, StepView, View};

/// Of tests with more states than this, it is not found out which final states are still open.
pub const OUTCOME_STATES_MAX: usize = 20_000;

/// A trace with more steps than this is not shown as a whole: no person would look at it.
const FRAMES_MAX: usize = 2_000;

/// Everything that an export shows.
#[derive(Debug, Clone, Serialize)]
pub struct Film {
    /// The name of the test.
    pub title: String,
    /// Its description.
    pub doc: Option<String>,
    /// Its architecture.
    pub arch: String,
    /// The memory model, such as `x86-TSO`.
    pub model: String,
    /// The whole machine: `x86-TSO with mesi caches (ways=1)`.
    pub machine: String,
    /// What makes it a machine that no architecture describes, by name; empty if nothing does.
    pub not_architectural: Vec<String>,
    /// What that means, in a few words.
    pub model_words: String,
    /// The test's question.
    pub condition: String,
    /// The test's text.
    pub source: String,
    /// One frame per state, the initial one first: `frames[n]` is after step `n` of the trace.
    pub frames: Vec<Frame>,
    /// Why the trace ends where it does, if it does not end by itself.
    pub note: Option<String>,
    /// Why no final states are shown, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_outcomes: Option<String>,
}

impl Film {
    /// What is seen, on which machine.
    pub fn heading(&self) -> String {
        let strange = if self.not_architectural.is_empty() { "" } else { ": NOT ARCHITECTURAL" };
        format!("{} on {}{strange}", self.title, self.machine)
    }
}

/// One state, and how it came about.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// The step that led here; `None` for the initial state.
    pub step: Option<StepView>,
    /// What the step changed, as traces say it.
    pub effect: String,
    /// A bookmark.
    pub bookmark: Option<String>,
    /// The number of the frame that this one follows; less than the one before where a branch begins.
    pub after: usize,
    /// The state, with what differs from the frame before.
    pub view: View,
    /// The final states and how things stand with them.
    pub outcomes: Vec<OutcomeView>,
}

impl Frame {
    /// The name and the story of the step that led here; `start` and nothing for the initial state.
    pub fn told(&self) -> (&str, String) {
        self.step.as_ref().map_or(("start", String::new()), |step| (step.name.as_str(), step.story()))
    }
}

/// Replays a trace and describes every state of it.
///
/// # Errors
/// The verdict of the replay if the trace is not as the machine runs; a trace that breaks off is shown as
/// far as it goes.
pub fn film(lines: &mut Lines<'_>) -> Result<Film, Verdict> {
    let mut camera = Camera { film: None, reach: None, branch: Vec::new(), cut: false };
    let replayed = replay::watch(lines, &Sessions::default(), Expect::default(), &mut camera);
    let note = match replayed.verdict {
        Verdict::Agrees(_) => None,
        Verdict::Open(reason) if camera.film.is_some() => Some(reason),
        other => return Err(other),
    };
    let cut = camera.cut.then(|| format!("only the first {FRAMES_MAX} states are shown"));
    let reason = Verdict::Open("there is nothing to show".to_string());
    camera.film.map(|film| Film { note: cut.or(note), ..film }).ok_or(reason)
}

/// Makes a film of a replay.
struct Camera {
    film: Option<Film>,
    reach: Option<Reachable>,
    /// The frames of the present branch, and what it has cost: `branch[n]` is after its step `n`.
    branch: Vec<(usize, Tally)>,
    cut: bool,
}

impl Watch for Camera {
    fn begin(&mut self, header: &Header, machine: &mut Machine<'_>, state: &State, order: &'static str) {
        let test = machine.test();
        let reach = Reachable::new(machine, state, OUTCOME_STATES_MAX);
        let outcomes = reach.outcomes(state, 0, None);
        let tally = Tally::new(machine);
        let view = View { counts: Counts::of(machine, &tally), ..view::build(machine, state) };
        let frame = Frame { step: None, effect: String::new(), bookmark: None, after: 0, view, outcomes };
        let hardware = header.machine.hardware().unwrap_or_default();
        let buffer = header.machine.store_buffer.map(|entries| format!(", store buffer of {entries}"));
        let buffer = buffer.unwrap_or_default();
        self.film = Some(Film {
            machine: format!("{order}{buffer}{}", view::hardware_words(&hardware)),
            not_architectural: hardware.not_architectural(),
            title: test.name.clone(),
            doc: doc(test),
            arch: test.arch.clone(),
            model: order.to_string(),
            model_words: view::machine_words(order).to_string(),
            condition: test.condition.text.clone(),
            source: header.test.text.clone(),
            frames: vec![frame],
            note: None,
            without_outcomes: reach.is_unknown().then(|| {
                format!(
                    "Not shown: on this machine the test has more than {OUTCOME_STATES_MAX} states, too many to find \
                     out from each of them which final states can still be reached."
                )
            }),
        });
        self.reach = Some(reach);
        self.branch = vec![(0, tally)];
    }

    fn keeps_states(&self) -> bool {
        !self.cut
    }

    fn step(&mut self, machine: &mut Machine<'_>, before: &State, step: &Step, after: &State, effect: &str) {
        let (Some(film), Some(reach)) = (&mut self.film, &self.reach) else { return };
        if film.frames.len() > FRAMES_MAX {
            self.cut = true;
            return;
        }
        let Some((from, mut tally)) = self.branch.last().cloned() else { return };
        tally.note(machine, before, step, after);
        let mut view = View { counts: Counts::of(machine, &tally), ..view::build(machine, after) };
        view.compare(&film.frames[from].view);
        let mut outcomes = reach.outcomes(after, self.branch.len(), Some(&film.frames[from].outcomes));
        Reachable::here(&mut outcomes, view.outcome.as_deref());
        film.frames.push(Frame {
            step: Some(view::describe(machine, before, step)),
            effect: effect.to_string(),
            bookmark: None,
            after: from,
            view,
            outcomes,
        });
        self.branch.push((film.frames.len() - 1, tally));
    }

    fn back(&mut self, to: u64) {
        self.branch.truncate(to as usize + 1);
    }

    fn bookmark(&mut self, name: &str) {
        if let (Some(film), Some((at, _))) = (&mut self.film, self.branch.last()) {
            film.frames[*at].bookmark = Some(name.to_string());
        }
    }
}

fn doc(test: &Test) -> Option<String> {
    test.doc.clone().filter(|doc| !doc.is_empty())
}
