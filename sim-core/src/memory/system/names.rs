//! Names of steps and states, for people and for recorded traces.

use super::{Contents, Demand, Kind, NOBODY, State, Step, System, bus};
use crate::litmus::print::push_decimal;
use crate::memory::directory::CacheActions;
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
        let mut text = String::new();
        self.push_request(state, core, line, demand, &mut text);
        Some(text).filter(|text| !text.is_empty())
    }

    /// Appends the [name of a request](Self::request_name) to `out`, if there is one.
    fn push_request<D: Contents>(
        &self,
        state: &State<D>,
        core: u8,
        line: u8,
        demand: Demand,
        out: &mut String,
    ) {
        let from = state.copies[self.copy(core, line)].state;
        match &self.protocol.family {
            Family::Snooping(table) => {
                if let Entry::Go { actions, .. } = table.entry(from, demand as usize) {
                    (actions & Actions::BUS).push_text(out);
                }
            }
            Family::Directory { cache, .. } => {
                if let Entry::Go { actions, .. } = cache.entry(from, demand as usize) {
                    (actions - CacheActions::HIT).push_text(out);
                }
            }
        }
    }

    /// Appends the stable name of a step, such as `P0 store x: BusRdX`, `P1 snoops BusRdX x`, `Inv x to P2`, to `out`.
    pub fn push_step_name<D: Contents>(
        &self,
        state: &State<D>,
        step: &Step<D>,
        push_line: impl Fn(u8, &mut String),
        out: &mut String,
    ) {
        let push_core = |before: &str, core: u8, out: &mut String| {
            out.push_str(before);
            push_decimal(core.into(), out);
        };
        match step {
            Step::Core { core, line, demand, .. } => {
                push_core("P", *core, out);
                out.push(' ');
                out.push_str(demand.name());
                out.push(' ');
                push_line(*line, out);
                let named = out.len();
                out.push_str(": ");
                let request = out.len();
                self.push_request(state, *core, *line, *demand, out);
                if out.len() == request {
                    out.truncate(named);
                }
            }
            Step::Snoop { core } => {
                push_core("P", *core, out);
                out.push_str(" snoops ");
                self.push_bus(state, push_line, out);
            }
            Step::Finish => {
                push_core("P", state.bus.as_ref().map_or(NOBODY, |bus| bus.core), out);
                out.push_str(" ends ");
                self.push_bus(state, push_line, out);
            }
            Step::Deliver(message) => {
                out.push_str(message.kind.name());
                out.push(' ');
                push_line(message.line, out);
                match (message.to, message.requester) {
                    (NOBODY, NOBODY) => out.push_str(" to dir"),
                    (NOBODY, from) => {
                        push_core(" from P", from, out);
                        out.push_str(" to dir");
                    }
                    (to, NOBODY) => {
                        push_core(" to P", to, out);
                        if message.acks > 0 {
                            out.push_str(" acks=");
                            push_decimal(message.acks as u64, out);
                        }
                    }
                    (to, requester) => {
                        push_core(" to P", to, out);
                        push_core(" for P", requester, out);
                    }
                }
            }
        }
    }

    fn push_bus<D: Contents>(&self, state: &State<D>, push_line: impl Fn(u8, &mut String), out: &mut String) {
        if let (Family::Snooping(table), Some(bus)) = (&self.protocol.family, &state.bus) {
            bus::request(table, bus).push_text(out);
            out.push(' ');
            push_line(bus.line, out);
        }
    }
}
