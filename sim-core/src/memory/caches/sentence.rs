//! Names of steps, and what they mean as sentences.

use super::{Actions, Bytes, Caches, Level2Use, State, Step};
use crate::memory::system::{Demand, Kind, Message, NOBODY};
use crate::memory::table::Action;

impl Caches {
    /// The stable name of a step, such as `P0 store x: BusRdX`.
    pub fn name(&self, state: &State, step: &Step) -> String {
        let mut name = String::new();
        self.push_name(state, step, &mut name);
        name
    }

    /// Appends the [name](Self::name) of a step to `out`.
    pub fn push_name(&self, state: &State, step: &Step, out: &mut String) {
        let names = &self.layout.names;
        let push_line = |line, out: &mut String| {
            out.push_str(names.get(usize::from(line)).map_or("", String::as_str));
        };
        self.system.push_step_name(&state.coherence, step, push_line, out);
    }

    /// What a step does, in a sentence or two.
    pub fn sentence(&self, state: &State, step: &Step) -> String {
        let Ok(after) = self.apply(state, step) else {
            return "This step cannot be taken now.".to_owned();
        };
        let used = self.level2_use(state, step);
        let text = match step {
            Step::Core { core, line, demand, .. } => {
                self.demanded(state, &after, usize::from(*core), usize::from(*line), *demand)
            }
            Step::Snoop { core } => self.snooped(state, &after, usize::from(*core)),
            Step::Finish => self.finished(state, &after, used),
            Step::Deliver(message) if message.to == NOBODY => self.received_at_home(state, &after, message),
            Step::Deliver(message) => self.received(state, &after, message),
        };
        text + &used.map(|used| self.level2_words(step, used)).unwrap_or_default()
    }

    /// What the second level does, as sentences after that about a step.
    fn level2_words(&self, step: &Step, used: Level2Use) -> String {
        let what = match (step, used.write) {
            // Said already.
            (Step::Finish, _) => String::new(),
            (_, true) => " The second level takes the data.".to_owned(),
            (_, false) => format!(" The data come from {}.", source(Some(used))),
        };
        let room = used.victim.map(|(victim, dirty)| {
            let written = if dirty { " and is written to memory" } else { "" };
            format!(" {} makes room there{written}.", self.line_name(victim))
        });
        what + &room.unwrap_or_default()
    }

    fn line_name(&self, line: usize) -> String {
        self.layout.names.get(line).cloned().unwrap_or_default()
    }

    fn demanded(&self, state: &State, after: &State, core: usize, line: usize, demand: Demand) -> String {
        let x = self.line_name(line);
        let change = self.change(state, after, core, line);
        let request = self.system.request_name(&state.coherence, core as u8, line as u8, demand);
        let what = match (demand, &request) {
            (Demand::Load, Some(_)) => format!("wants to read {x} and has no copy"),
            (Demand::Store, Some(_)) => format!("wants to write {x} and may not yet"),
            (Demand::Evict, Some(_)) => format!("needs the place of {x}"),
            (Demand::Load, None) => format!("reads {x} in its cache"),
            (Demand::Store, None) => format!("writes {x} in its cache"),
            (Demand::Evict, None) => format!("needs the place of {x} and drops its copy without a word"),
        };
        let request = request.map_or_else(String::new, |request| format!(": it sends {request}"));
        format!("P{core} {what}{request}{change}.")
    }

    fn snooped(&self, state: &State, after: &State, core: usize) -> String {
        let Some((request, from, line)) = self.on_the_bus(state) else { return String::new() };
        let change = self.change(state, after, core, line);
        let (before, now) = (state.coherence.bus.as_ref(), after.coherence.bus.as_ref());
        let new = |has: fn(&super::system::Transaction<Bytes>) -> bool| {
            now.is_some_and(has) && !before.is_some_and(has)
        };
        let answer = match (new(|bus| bus.shared), new(|bus| bus.flushed.is_some())) {
            (true, true) => ", raises the shared line and puts the data on the bus",
            (true, false) => " and raises the shared line",
            (false, true) => " and puts the data on the bus",
            (false, false) => "",
        };
        format!("P{core} snoops P{from}'s {} for {}{answer}{change}.", request.text(), self.line_name(line))
    }

    fn finished(&self, state: &State, after: &State, used: Option<Level2Use>) -> String {
        let Some((request, core, line)) = self.on_the_bus(state) else { return String::new() };
        let core = usize::from(core);
        let change = self.change(state, after, core, line);
        let flushed = state.coherence.bus.as_ref().is_some_and(|bus| bus.flushed.is_some());
        let had = self.bytes(state, core, line).is_some();
        let has = self.bytes(after, core, line).is_some();
        let update = request.contains(Actions::BUS_UPD);
        let what = match (update, had, has) {
            (true, _, _) => {
                "the store has been undone in the meantime, and every copy stays as it is".to_owned()
            }
            (false, false, _) if flushed => "the data come from another cache".to_owned(),
            (false, false, _) => format!("the data come from {}", source(used)),
            (false, true, false) if used.is_some() => "the second level has the data".to_owned(),
            (false, true, false) => "memory has the data".to_owned(),
            (false, true, true) => "no other cache has a copy any more".to_owned(),
        };
        format!("P{core}'s {} for {} ends: {what}{change}.", request.text(), self.line_name(line))
    }

    fn received_at_home(&self, state: &State, after: &State, message: &Message<Bytes>) -> String {
        let line = usize::from(message.line);
        let who = match message.requester {
            NOBODY => "The owner's data".to_owned(),
            core => format!("P{core}'s {}", message.kind.name()),
        };
        let name = |state: &State| self.system.home_name(state.coherence.homes[line].state);
        let change = arrow(name(state), name(after));
        format!(
            "{who} for {} arrives at the directory{change}.{}",
            self.line_name(line),
            self.answers(state, after)
        )
    }

    fn received(&self, state: &State, after: &State, message: &Message<Bytes>) -> String {
        let (to, line) = (usize::from(message.to), usize::from(message.line));
        let (x, asker) = (self.line_name(line), message.requester);
        let what = match message.kind {
            Kind::Data if message.acks > 0 => {
                format!("the data of {x}, and acknowledgements to wait for: {}", message.acks)
            }
            Kind::DataE => format!("the data of {x}, which no other cache has"),
            Kind::InvAck => format!("word that a sharer has invalidated its copy of {x}"),
            Kind::Inv => format!("the order to invalidate {x}, which P{asker} wants to write"),
            Kind::FwdGetS => format!("word that P{asker} wants to read {x}"),
            Kind::FwdGetM => format!("word that P{asker} wants to write {x}"),
            Kind::PutAck => format!("word that the directory has taken {x} back"),
            Kind::PutRaced => format!("word that a request for {x} from another core is on its way to it"),
            Kind::Data | Kind::DataHome => format!("the data of {x}"),
            Kind::GetS | Kind::GetM | Kind::PutS | Kind::PutE | Kind::PutM => format!("a request for {x}"),
        };
        let change = self.change(state, after, to, line);
        format!("P{to} receives {what}{change}.{}", self.answers(state, after))
    }

    /// ` (E -> M)`, or nothing.
    fn change(&self, state: &State, after: &State, core: usize, line: usize) -> String {
        arrow(self.state_name(state, core, line), self.state_name(after, core, line))
    }

    /// What a step has sent, as a sentence, or nothing.
    fn answers(&self, state: &State, after: &State) -> String {
        let mut known = state.coherence.messages.clone();
        let mut sent = vec![];
        for message in &after.coherence.messages {
            match known.iter().position(|other| other == message) {
                Some(place) => drop(known.remove(place)),
                None if message.to == NOBODY => {
                    sent.push(format!("{} to the directory", message.kind.name()))
                }
                None => sent.push(format!("{} to P{}", message.kind.name(), message.to)),
            }
        }
        if sent.is_empty() { String::new() } else { format!(" It sends {}.", sent.join(", ")) }
    }
}

/// Where data come from that no private cache delivers.
fn source(used: Option<Level2Use>) -> &'static str {
    match used {
        None => "memory",
        Some(Level2Use { hit: true, .. }) => "the second level",
        Some(Level2Use { hit: false, .. }) => "memory, and the second level keeps a copy",
    }
}

fn arrow(from: &str, to: &str) -> String {
    if from == to { String::new() } else { format!(" ({from} -> {to})") }
}
