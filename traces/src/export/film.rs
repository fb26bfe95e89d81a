//! A trace as a sequence of frames, one for each state: what they are. [`film`](super::film()) makes them.

use serde::Serialize;

use crate::view::{OutcomeView, StepView, View};

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
    /// One frame per state that is shown, in the order of the trace.
    #[serde(skip)]
    pub frames: Vec<Frame>,
    /// The steps of the whole trace, on all branches.
    #[serde(skip)]
    pub steps: usize,
    /// Which frames are shown, if not all: the numbers of the first and the last.
    #[serde(skip)]
    pub cut: Option<(usize, usize)>,
    /// The bookmarks, by frame, in the order of the trace.
    #[serde(skip)]
    pub bookmarks: Vec<(usize, String)>,
    /// Why the trace ends where it does, if it does not end by itself.
    #[serde(skip)]
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

    /// Which steps are shown, if not all: `the first 2000 are shown`, `100 to 200 are shown`.
    pub fn cut_words(&self) -> Option<String> {
        self.cut.map(|cut| match cut {
            (0, last) => format!("the first {last} are shown"),
            (first, last) if first == last => format!("only {first} is shown"),
            (first, last) => format!("{first} to {last} are shown"),
        })
    }

    /// Why not everything is shown that happened: what is left out, and where the trace breaks off.
    pub fn notes(&self) -> Option<String> {
        let cut = self.cut_words().map(|words| format!("of {} steps {words}", self.steps));
        let notes: Vec<String> = cut.into_iter().chain(self.note.clone()).collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

/// One state, and how it came about.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// Its number: how many steps of the trace lie before it, on all branches. The initial state has 0.
    pub number: usize,
    /// The number of the frame that this one follows; less than the one before where a branch begins.
    pub after: usize,
    /// The branch that it is on; `None` for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// The step that led here; `None` for the initial state.
    pub step: Option<StepView>,
    /// What the step changed, as traces say it.
    pub effect: String,
    /// A bookmark.
    #[serde(skip)]
    pub bookmark: Option<String>,
    /// The state, with what differs from the frame that this one follows.
    pub view: View,
    /// The final states and how things stand with them.
    pub outcomes: Vec<OutcomeView>,
}

/// A branch of a trace that is not the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// Its number: 2 for the second.
    pub number: usize,
    /// The number of the frame where it leaves another.
    pub from: usize,
}

impl Frame {
    /// The name and the story of the step that led here; `start` and nothing for the initial state.
    pub fn told(&self) -> (&str, String) {
        self.step.as_ref().map_or(("start", String::new()), |step| (step.name.as_str(), step.story()))
    }

    /// What the machine did before the step, if a branch begins with it: `back to step 1`.
    pub fn back_words(&self) -> Option<String> {
        (self.number > 0 && self.after + 1 != self.number).then(|| match self.after {
            0 => "back to the start".to_string(),
            after => format!("back to step {after}"),
        })
    }

    /// The branch that it is on, if that is not the first: `branch 2, from step 1`.
    pub fn branch_words(&self) -> Option<String> {
        self.branch.map(|Branch { number, from }| match from {
            0 => format!("branch {number}, from the start"),
            from => format!("branch {number}, from step {from}"),
        })
    }
}
