//! A run as text: a column per core and one for the home, a line per step.

use super::Counterexample;
use super::model::{Model, Violation, line_name};
use super::words::Words;
use crate::memory::protocol::Family;
use crate::memory::system::{Kind, Message, NOBODY, Refusal, State, Step};
use crate::memory::table::Permissions;
use std::fmt::Write;

/// The width of a column.
const LANE: usize = 12;

/// A run that is being found again.
pub(super) struct Run<'a> {
    model: &'a Model,
    words: Words,
    state: State<u8>,
    /// What was last stored to each line, in values that a person can follow.
    latest: Vec<u8>,
    names: Vec<String>,
    /// Who sent the messages that are on their way.
    senders: Vec<(Label, usize)>,
    diagram: String,
}

/// A message without its data, which are renamed on the way.
type Label = (Kind, u8, u8, u8, u8);

fn label(message: &Message<u8>) -> Label {
    (message.kind, message.line, message.to, message.requester, message.acks)
}

impl<'a> Run<'a> {
    pub(super) fn new(model: &'a Model) -> Run<'a> {
        let mut run = Run {
            model,
            words: model.initial(),
            state: model.system.initial(&[0]),
            latest: vec![0; usize::from(model.system.lines)],
            names: vec![],
            senders: vec![],
            diagram: String::new(),
        };
        let mut head = " ".repeat(5);
        for core in 0..model.system.cores {
            let _ = write!(head, "{:<LANE$}", format!("P{core}"));
        }
        let _ = writeln!(run.diagram, "{head}{}", run.home_title());
        run.state_line();
        run
    }

    fn home_title(&self) -> &'static str {
        match self.model.system.protocol.family {
            Family::Snooping(_) => "memory",
            Family::Directory { .. } => "directory",
        }
    }

    /// Takes the first step to a state that `leads_there`.
    pub(super) fn advance(&mut self, mut leads_there: impl FnMut(&Words) -> bool) {
        let mut steps = vec![];
        self.model.steps(&self.state, &mut steps, |_| {});
        for step in steps {
            let mut next = self.words.clone();
            if self.model.apply(&mut next, &step).is_ok() && leads_there(&next) {
                self.note(&step, next);
                return;
            }
        }
    }

    fn note(&mut self, step: &Step<u8>, words: Words) {
        self.words = words;
        let mut next = self.state.clone();
        self.words.unpack(&mut next);
        let name = self.name(step);
        self.arrow(step, &name);
        self.names.push(name);
        self.note_senders(step, &next);
        if let Ok(effect) = self.model.system.apply(&mut self.state.clone(), step)
            && let Some((line, written)) = effect.stored
        {
            let latest = &mut self.latest[usize::from(line)];
            *latest = (*latest + written) % self.model.values;
        }
        self.state = next;
        self.state_line();
    }

    /// Ends the run; if the violation is a step, it is the one that the table does not allow.
    pub(super) fn finish(mut self, violation: Violation, at_step: bool) -> Counterexample {
        if at_step {
            let mut steps = vec![];
            self.model.steps(&self.state, &mut steps, |_| {});
            let refused = |step: &&Step<u8>| {
                let refusal = self.model.apply(&mut self.words.clone(), step).err();
                matches!((refusal, violation), (Some(Refusal::Impossible { home, place }),
                    Violation::Impossible { home: h, place: p }) if home == h && place == p)
            };
            if let Some(step) = steps.iter().find(refused) {
                let name = self.name(step);
                self.arrow(step, &name);
                self.names.push(name);
            }
        }
        // The state that was found has other names for its cores than the one that this run ends in.
        let quiet = self.model.system.is_quiet(&self.state);
        let here = if at_step { None } else { self.model.violation(&self.state, quiet) };
        let violation = here.unwrap_or(violation);
        if matches!(violation, Violation::Stuck | Violation::Endless) {
            let _ = writeln!(self.diagram, "  under way: {}", self.under_way().join("; "));
        }
        let violation = self.model.describe(violation);
        let _ = writeln!(self.diagram, "  => {violation}");
        Counterexample { violation, steps: self.names, diagram: self.diagram }
    }

    /// What keeps the present state from being at rest, in words.
    fn under_way(&self) -> Vec<String> {
        let (system, state) = (&self.model.system, &self.state);
        let mut parts = vec![];
        for (core, copy) in state.copies.iter().enumerate() {
            if system.permissions(copy.state).contains(Permissions::TRANSIENT) {
                let acks =
                    if copy.acks == 0 { String::new() } else { format!(" with {} acks to come", copy.acks) };
                parts.push(format!("P{core} in {}{acks}", system.state_name(copy.state)));
            }
        }
        if !system.home_is_settled(state.homes[0].state) {
            parts.push(format!("{} in {}", self.home_title(), system.home_name(state.homes[0].state)));
        }
        let mut steps = vec![];
        system.progress(state, &mut steps);
        parts.extend(steps.iter().map(|step| self.name(step)));
        parts
    }

    fn name(&self, step: &Step<u8>) -> String {
        let mut name = String::new();
        let push_line = |line, out: &mut String| out.push_str(&line_name(line));
        self.model.system.push_step_name(&self.state, step, push_line, &mut name);
        name
    }

    fn value(&self, line: u8, relative: u8) -> u8 {
        (relative + self.latest[usize::from(line)]) % self.model.values
    }

    /// The columns that a step starts and ends in.
    fn lanes(&mut self, step: &Step<u8>) -> (usize, Option<usize>) {
        let home = usize::from(self.model.system.cores);
        match step {
            Step::Core { core, .. } => (usize::from(*core), None),
            Step::Snoop { core } => (usize::from(*core), self.state.bus.map(|bus| usize::from(bus.core))),
            Step::Finish => (self.state.bus.map_or(home, |bus| usize::from(bus.core)), Some(home)),
            Step::Deliver(message) => {
                let to = lane(message.to, home);
                let sent = self.senders.iter().position(|(sent, _)| *sent == label(message));
                (sent.map_or(to, |place| self.senders.remove(place).1), Some(to))
            }
        }
    }

    /// Notes who sent what is new among the messages.
    fn note_senders(&mut self, step: &Step<u8>, next: &State<u8>) {
        let home = usize::from(self.model.system.cores);
        let actor = match step {
            Step::Core { core, .. } => usize::from(*core),
            Step::Deliver(message) => lane(message.to, home),
            Step::Snoop { .. } | Step::Finish => return,
        };
        let mut known: Vec<Label> = self.senders.iter().map(|(label, _)| *label).collect();
        for message in &next.messages {
            match known.iter().position(|known| *known == label(message)) {
                Some(place) => drop(known.remove(place)),
                None => self.senders.push((label(message), actor)),
            }
        }
    }

    /// The step, with an arrow if something travels.
    fn arrow(&mut self, step: &Step<u8>, name: &str) {
        let number = self.names.len() + 1;
        let (from, to) = self.lanes(step);
        let mut cells: Vec<char> = vec![' '; (usize::from(self.model.system.cores) + 1) * LANE];
        let at = |lane: usize| lane * LANE;
        if let Some(to) = to.filter(|&to| to != from) {
            cells[at(from.min(to)) + 1..at(from.max(to))].fill('-');
            cells[at(to)] = if to > from { '>' } else { '<' };
        }
        cells[at(from)] = 'o';
        let line: String = cells.into_iter().collect();
        let _ = writeln!(self.diagram, "{number:>3}  {line}{name}");
    }

    /// Where everything is after a step.
    fn state_line(&mut self) {
        let system = &self.model.system;
        for line in 0..system.lines {
            let mut text = format!("{:>4} ", if system.lines > 1 { line_name(line) } else { String::new() });
            for core in 0..system.cores {
                let copy = &self.state.copies[system.copy(core, line)];
                let holds = system.permissions(copy.state).intersects(Permissions::HOLDS);
                let data = if holds { format!("={}", self.value(line, copy.data)) } else { String::new() };
                let _ = write!(text, "{:<LANE$}", format!("{}{data}", system.state_name(copy.state)));
            }
            let home = &self.state.homes[usize::from(line)];
            let _ = write!(text, "{}={}", system.home_name(home.state), self.value(line, home.memory));
            let _ = writeln!(self.diagram, "{}", text.trim_end());
        }
    }
}

fn lane(node: u8, home: usize) -> usize {
    if node == NOBODY { home } else { usize::from(node) }
}
