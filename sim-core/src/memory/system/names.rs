//! Names of steps and states, for people and for recorded traces.

use super::{Contents, Demand, Kind, NOBODY, State, Step, System, bus};
use crate::memory::protocol::Family;
use crate::memory::snooping::Actions;
use crate::memory::table::{Action, Entry};

impl Kind {
    /// How many there are.
    pub const COUNT: usize = Kind::InvAck as usize + 1;

    /// As in the literature.
    pub fn name(self) -> &'static str {
        match self {
            Kind::GetS => "GetS",
            Kind::GetM => "GetM",
            Kind::PutS => "PutS",
            Kind::PutE => "PutE",
            Kind::PutM => "PutM",
            Kind::DataHome | Kind::Data => "Data",
            Kind::FwdGetS => "Fwd-GetS",
            Kind::FwdGetM => "Fwd-GetM",
            Kind::Inv => "Inv",
            Kind::PutAck => "Put-Ack",
            Kind::PutRaced => "Put-Raced",
            Kind::DataE => "DataE",
            Kind::InvAck => "Inv-Ack",
        }
    }
}

impl System {
    /// The name of a state of the directory table, or `mem` on a bus.
    pub fn home_name(&self, state: u8) -> &'static str {
        match &self.protocol.family {
            Family::Snooping(_) => "mem",
            Family::Directory { home, .. } => home.name(state),
        }
    }

    /// What a cache asks for if it acts on a demand now: `BusRdX`, `GetM`, or `None` if it asks for nothing.
    pub fn request_name<D: Contents>(
        &self,
        state: &State<D>,
        core: u8,
        line: u8,
        demand: Demand,
    ) -> Option<String> {
        let from = state.copies[self.copy(core, line)].state;
        let text = match &self.protocol.family {
            Family::Snooping(table) => match table.entry(from, demand as usize) {
                Entry::Go { actions, .. } => (actions & Actions::BUS).text(),
                Entry::Stall | Entry::Impossible => String::new(),
            },
            Family::Directory { cache, .. } => match cache.entry(from, demand as usize) {
                Entry::Go { actions, .. } => (actions - crate::memory::directory::CacheActions::HIT).text(),
                Entry::Stall | Entry::Impossible => String::new(),
            },
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// The stable name of a step, such as `P0 store x: BusRdX`, `P1 snoops BusRdX x`, `Inv x to P2`.
    pub fn step_name<D: Contents>(
        &self,
        state: &State<D>,
        step: &Step<D>,
        line_name: impl Fn(u8) -> String,
    ) -> String {
        match step {
            Step::Core { core, line, demand, .. } => {
                let request = self.request_name(state, *core, *line, *demand);
                let request = request.map_or_else(String::new, |request| format!(": {request}"));
                format!("P{core} {} {}{request}", demand.name(), line_name(*line))
            }
            Step::Snoop { core } => format!("P{core} snoops {}", self.on_the_bus(state, line_name)),
            Step::Finish => {
                let core = state.bus.as_ref().map_or(NOBODY, |bus| bus.core);
                format!("P{core} ends {}", self.on_the_bus(state, line_name))
            }
            Step::Deliver(message) => {
                let name = message.kind.name();
                let line = line_name(message.line);
                let acks = if message.acks > 0 { format!(" acks={}", message.acks) } else { String::new() };
                match (message.to, message.requester) {
                    (NOBODY, NOBODY) => format!("{name} {line} to dir"),
                    (NOBODY, from) => format!("{name} {line} from P{from} to dir"),
                    (to, NOBODY) => format!("{name} {line} to P{to}{acks}"),
                    (to, requester) => format!("{name} {line} to P{to} for P{requester}"),
                }
            }
        }
    }

    fn on_the_bus<D: Contents>(&self, state: &State<D>, line_name: impl Fn(u8) -> String) -> String {
        match (&self.protocol.family, &state.bus) {
            (Family::Snooping(table), Some(bus)) => {
                format!("{} {}", bus::request(table, bus).text(), line_name(bus.line))
            }
            (Family::Snooping(_) | Family::Directory { .. }, _) => String::new(),
        }
    }
}
