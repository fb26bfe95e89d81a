//! Everything on the screen of a session that is not the machine itself, and how keys change it. Knows no
//! terminal: keys come as names, and what to draw is read from here.

mod popup;

use super::command::{self, Command};
use super::edit::Editor;
use super::fence::Trials;
use super::open::{Document, Opening};
use super::reason::Reason;
use super::session::Session;
use super::setup::Form;
use super::share::Sharing;
use super::theme::Theme;
use traces::view::Status;

/// What stays when one test is left for another.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The colours.
    pub theme: Theme,
    /// Larger spacing, less on the screen: for a projector.
    pub present: bool,
    /// Milliseconds between steps that are played.
    pub pause: u64,
}

/// A panel that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    /// The enabled steps.
    Steps,
    /// The outcomes.
    Outcomes,
    /// The program columns.
    Program,
}

impl Panel {
    const ALL: [Panel; 3] = [Panel::Steps, Panel::Outcomes, Panel::Program];

    fn moved(self, by: usize) -> Panel {
        let at = Panel::ALL.iter().position(|p| *p == self).unwrap_or(0);
        Panel::ALL[(at + by) % Panel::ALL.len()]
    }
}

/// Something that can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// An enabled step.
    Step(usize),
    /// An outcome.
    Outcome(usize),
}

/// What lies over the panels.
#[derive(Debug)]
pub enum Popup {
    /// All keys.
    Help {
        /// Lines that are scrolled away.
        scroll: usize,
    },
    /// Finding a command.
    Palette {
        /// What was typed.
        query: String,
        /// Index of the selected command among those found.
        selected: usize,
    },
    /// What is not possible yet.
    Waiting {
        /// Lines that are scrolled away.
        scroll: usize,
    },
    /// The graph.
    Graph,
    /// What the run has cost.
    Counts {
        /// Lines that are scrolled away.
        scroll: usize,
    },
    /// The explanation.
    Explain {
        /// Lines that are scrolled away.
        scroll: usize,
    },
    /// Choosing a machine.
    Machine(Form),
    /// Fences that were tried.
    Fences {
        /// What was tried so far.
        trials: Trials,
        /// Index of the selected one.
        selected: usize,
    },
    /// The text of the test.
    Edit(Box<Editor>),
}

/// Where to go when a session ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Out of the program.
    Quit,
    /// To the list of tests.
    Gallery,
    /// To another session.
    Open(Box<Opening>),
}

/// A session and everything around it.
#[derive(Debug)]
pub struct App<'a> {
    /// The machine and its past.
    pub session: Session<'a>,
    /// What runs.
    pub document: &'a Document,
    /// What stays.
    pub settings: Settings,
    /// Which panel the arrows work in.
    pub focus: Panel,
    /// The selected outcome.
    pub outcome: usize,
    /// The selected core and instruction of the program.
    pub place: (usize, usize),
    /// What lies on top.
    pub popup: Option<Popup>,
    /// Whether steps are played, and how many milliseconds until the next.
    pub playing: Option<u64>,
    /// Why the test's question is answered as it is, once somebody asked.
    pub reason: Option<Reason>,
    /// The file that the session is recorded in.
    pub recorded: Option<String>,
    /// A page of the session that is being written.
    pub sharing: Option<Sharing>,
    /// A short message about the last key.
    pub notice: String,
    /// Set when the session is to end.
    pub next: Option<Next>,
}

impl<'a> App<'a> {
    /// A session with nothing on top.
    pub fn new(session: Session<'a>, document: &'a Document, settings: Settings) -> App<'a> {
        App {
            session,
            document,
            settings,
            focus: Panel::Steps,
            outcome: 0,
            place: (0, 0),
            popup: None,
            playing: None,
            reason: None,
            recorded: None,
            sharing: None,
            notice: String::new(),
            next: None,
        }
    }

    /// A key by its name: `a`, `A`, `space`, `enter`, `esc`, `ctrl-c`, `left`, ...
    pub fn key(&mut self, key: &str) {
        self.notice.clear();
        if key == "ctrl-c" {
            self.next = Some(Next::Quit);
            return;
        }
        match self.popup.take() {
            Some(popup) => self.popup_key(popup, key),
            None => self.session_key(key),
        }
    }

    /// A click on an enabled step selects it; on the selected one it takes it. A click on an outcome makes
    /// it the goal.
    pub fn click(&mut self, target: Option<Target>) {
        self.notice.clear();
        match target {
            _ if self.popup.is_some() => self.popup = None,
            Some(Target::Step(index)) if index == self.session.selected => {
                self.session.take(index);
            }
            Some(Target::Step(index)) => {
                self.focus = Panel::Steps;
                self.session.select(index);
            }
            Some(Target::Outcome(index)) => {
                self.outcome = index;
                self.session.aim(Some(index));
            }
            None => {}
        }
    }

    fn session_key(&mut self, key: &str) {
        if let Some(digit) = key.parse::<usize>().ok().filter(|d| (1..=9).contains(d)) {
            self.playing = None;
            if !self.session.take(digit - 1) {
                self.notice = format!("there is no step {digit}");
            }
            return;
        }
        match (key, command::named(key)) {
            ("esc", _) => {
                if self.playing.take().is_none() {
                    self.session.aim(None);
                }
            }
            (_, Some(command)) => self.command(command),
            (_, None) => self.notice = format!("`{key}` does nothing here: ? lists all keys"),
        }
    }

    /// Carries a command out.
    pub fn command(&mut self, command: Command) {
        if command != Command::Play && command != Command::Faster && command != Command::Slower {
            self.playing = None;
        }
        match command {
            Command::Take => self.take(),
            Command::SelectNext => self.arrow(1),
            Command::SelectPrevious => self.arrow(-1),
            Command::Undo => self.travel("this is the start", |h| h.undo()),
            Command::Redo => self.travel("there is nothing to redo: take a step", |h| h.redo()),
            Command::First => self.travel("", |h| {
                h.jump_depth(0);
                true
            }),
            Command::Last => self.travel("", |h| {
                h.jump_depth(usize::MAX);
                true
            }),
            Command::BranchPrevious => {
                self.travel("there is only one branch: undo and take another step", |h| h.branch(-1))
            }
            Command::BranchNext => {
                self.travel("there is only one branch: undo and take another step", |h| h.branch(1))
            }
            Command::Mark => self.session.history.toggle_mark(),
            Command::MarkNext => self.travel("there is no bookmark: m sets one", |h| h.jump_mark(1)),
            Command::WhereLost => self.where_lost(),
            Command::Weak => self.weak(),
            Command::Play => {
                self.playing = if self.playing.is_some() { None } else { Some(0) };
            }
            Command::Faster => self.settings.pause = (self.settings.pause / 2).max(50),
            Command::Slower => self.settings.pause = (self.settings.pause * 2).min(6400),
            Command::FocusNext => self.focus = self.focus.moved(1),
            Command::FocusPrevious => self.focus = self.focus.moved(2),
            Command::Graph => self.popup = Some(Popup::Graph),
            Command::Counts => self.popup = Some(Popup::Counts { scroll: 0 }),
            Command::Explain => {
                if self.reason.is_none() {
                    self.reason = Some(Reason::start(self.document));
                }
                self.popup = Some(Popup::Explain { scroll: 0 });
            }
            Command::Waiting => self.popup = Some(Popup::Waiting { scroll: 0 }),
            Command::Fence => self.fences(),
            Command::Edit => {
                let editor = Editor::new(&self.document.text);
                self.popup = Some(Popup::Edit(Box::new(editor)));
            }
            Command::Machine => {
                self.popup = Some(Popup::Machine(Form::new(&self.document.setup)));
            }
            Command::Resolution => {
                let next = self.session.resolution.next();
                self.session.set_resolution(next);
                self.notice = format!("stepping by {}", next.word());
            }
            Command::Theme => {
                self.settings.theme = self.settings.theme.next();
                self.notice = format!("theme: {}", self.settings.theme.name());
            }
            Command::Share => match &self.recorded {
                Some(trace) => {
                    self.sharing = Some(Sharing::start(trace.into(), &self.document.name));
                    self.notice = "writing a page of this session".into();
                }
                None => self.notice = "this session is not recorded".into(),
            },
            Command::Gallery => self.next = Some(Next::Gallery),
            Command::Palette => self.popup = Some(Popup::Palette { query: String::new(), selected: 0 }),
            Command::Help => self.popup = Some(Popup::Help { scroll: 0 }),
            Command::Quit => self.next = Some(Next::Quit),
        }
    }

    fn take(&mut self) {
        if self.focus == Panel::Program {
            self.take_instruction();
        } else if self.focus == Panel::Outcomes {
            if self.outcome < self.session.outcomes.len() {
                self.session.aim(Some(self.outcome));
                self.focus = Panel::Steps;
            }
        } else if !self.session.take(self.session.selected) {
            self.notice = match &self.session.view.outcome {
                Some(_) => "the run has ended: u goes back, Home to the start".into(),
                None => "no step is possible: the threads wait for each other".into(),
            };
        }
    }

    /// Takes a step of the selected instruction, or says what it waits for.
    fn take_instruction(&mut self) {
        let (core, pc) = self.place;
        let view = &self.session.view;
        if let Some(index) = view.enabled.iter().position(|s| s.core == core && s.pc == Some(pc)) {
            self.session.take(index);
            return;
        }
        let name = format!("P{core}.{}", pc + 1);
        let Some(core) = view.cores.get(core) else { return };
        let own = |access: &&traces::view::Access| access.name.split([' ', '#']).next() == Some(&name);
        let why = core.window.iter().find(own).and_then(|a| a.why.first().cloned());
        let row = core.program.get(pc);
        self.notice = why.unwrap_or_else(|| match row.map(|r| r.status) {
            Some(Status::Ahead) => format!("{name} is not fetched yet: an earlier branch is not decided"),
            Some(Status::Skipped) => format!("{name} is on a path that is not taken"),
            _ => format!("{name} has nothing more to do"),
        });
    }

    fn arrow(&mut self, by: isize) {
        let moved = |at: usize, count: usize| {
            if count == 0 { 0 } else { (at as isize + by).rem_euclid(count as isize) as usize }
        };
        match self.focus {
            Panel::Steps => {
                let next = moved(self.session.selected, self.session.view.enabled.len());
                self.session.select(next);
            }
            Panel::Outcomes => {
                let ranked = self.session.ranked();
                let at = ranked.iter().position(|o| *o == self.outcome).unwrap_or(0);
                self.outcome = ranked.get(moved(at, ranked.len())).copied().unwrap_or(0);
            }
            Panel::Program => {
                let counts: Vec<usize> = self.session.view.cores.iter().map(|c| c.program.len()).collect();
                let total: usize = counts.iter().sum();
                let flat = counts[..self.place.0.min(counts.len())].iter().sum::<usize>() + self.place.1;
                let mut flat = moved(flat, total);
                for (core, count) in counts.iter().enumerate() {
                    if flat < *count {
                        self.place = (core, flat);
                        break;
                    }
                    flat -= count;
                }
                let (core, pc) = self.place;
                let steps = &self.session.view.enabled;
                if let Some(index) = steps.iter().position(|s| s.core == core && s.pc == Some(pc)) {
                    self.session.select(index);
                }
            }
        }
    }

    fn travel(
        &mut self,
        otherwise: &str,
        change: impl FnOnce(&mut super::history::History<super::session::Moment>) -> bool,
    ) {
        if !self.session.travel(change) {
            self.notice = otherwise.into();
        }
    }

    fn where_lost(&mut self) {
        match self.session.outcomes.get(self.outcome).map(|o| o.reach) {
            Some(traces::view::Reach::Lost(depth)) => {
                self.travel("", |h| {
                    h.jump_depth(depth.saturating_sub(1));
                    true
                });
                self.notice = format!("step {depth} lost it: this is the state before");
            }
            _ => self.notice = "the selected outcome is not lost (Tab to the outcomes, arrows select)".into(),
        }
    }

    fn weak(&mut self) {
        let outcomes = &self.session.outcomes;
        let weak: Vec<usize> = (0..outcomes.len()).filter(|o| outcomes[*o].weak == Some(true)).collect();
        let now = self.session.goal.as_ref().map(|g| g.outcome);
        let next = match now {
            Some(now) if weak.len() > 1 && weak.contains(&now) => {
                weak.iter().find(|o| **o > now).or(weak.first()).copied()
            }
            _ => self.session.interesting(),
        };
        match next {
            Some(next) => {
                self.outcome = next;
                self.session.aim(Some(next));
                if weak.is_empty() {
                    self.notice =
                        "no outcome is weak here: leading to the one that the test asks about".into();
                }
            }
            None if outcomes.is_empty() && !self.session.outcomes_complete => {
                self.notice = "the search for outcomes has not ended".into();
            }
            None => self.notice = "no outcome of this machine is weak: e explains".into(),
        }
    }

    fn fences(&mut self) {
        let goal = self.session.interesting();
        let watched = goal.map(|g| self.session.outcomes[g].text.clone());
        let trials = Trials::start(self.document, watched);
        self.popup = Some(Popup::Fences { trials, selected: 0 });
    }

    /// The wheel of a mouse: time, or what lies on top.
    pub fn scroll(&mut self, down: bool) {
        let key = match (self.popup.is_some(), down) {
            (true, true) => "down",
            (true, false) => "up",
            (false, true) => "right",
            (false, false) => "left",
        };
        self.key(key);
    }

    /// Lets time pass: takes in what the background found, and plays. Returns whether anything changed.
    pub fn tick(&mut self, millis: u64) -> bool {
        let mut changed = self.session.poll();
        if let Some(Popup::Fences { trials, .. }) = &mut self.popup {
            changed |= trials.poll();
        }
        if let Some(reason) = &mut self.reason {
            changed |= reason.poll();
        }
        if let Some(words) = self.sharing.as_ref().and_then(Sharing::poll) {
            (self.notice, self.sharing) = (words, None);
            changed = true;
        }
        if let Some(left) = self.playing {
            // The way to the goal may not be known yet.
            let knows = self.session.goal.as_ref().is_none_or(|g| g.way.is_some());
            if left > millis || !knows {
                self.playing = Some(left.saturating_sub(millis));
            } else {
                self.playing = Some(self.settings.pause);
                let arrived =
                    self.session.goal.as_ref().and_then(|g| g.way.as_ref()).is_some_and(Vec::is_empty);
                if arrived || !self.session.take(self.session.suggested()) {
                    self.playing = None;
                }
                changed = true;
            }
        }
        changed
    }
}
