//! Stable names of steps, and of what they are about.

use std::fmt::Write as _;

use super::{CacheStep, Machine, State, Step};
use crate::core::{End, Way};
use crate::litmus::print::push_decimal;
use crate::memory::caches::{self, Bytes};
use crate::memory::system::Message;
use crate::order::{Event, Path, Place};
use crate::program::Symbol;

impl Machine<'_> {
    /// The name of a step: the core and the instruction (counted from 1; `#2` for its second instance in
    /// flight), what is done, and to what. It does not depend on the order in which steps are listed.
    pub fn name(&self, state: &State, step: &Step) -> String {
        let mut name = String::new();
        self.push_name(state, step, &mut name);
        name
    }

    /// Appends the [name](Self::name) of a step to `out`.
    pub fn push_name(&self, state: &State, step: &Step, out: &mut String) {
        let core = step.core();
        let node = self.trees[core].node(state.cores[core].window.node);
        match *step {
            Step::Predict { way, .. } => {
                push_place(core, node.pc, out);
                out.push_str(" predict ");
                let End::Fork(ways) = &node.end else { return };
                match ways.get(way) {
                    Some(Way::Alt(alt)) => {
                        let instr = &self.test.program.threads[core].instrs[node.pc as usize];
                        out.push_str(instr.alts[usize::from(*alt)].label);
                    }
                    Some(Way::Target(pc) | Way::Back(pc)) => {
                        out.push_str("to instruction ");
                        push_decimal(u64::from(*pc) + 1, out);
                    }
                    None => {}
                }
            }
            Step::Issue { event, .. } => self.push_access(core, node.path(), event, "buffer", out),
            Step::Load { event, .. } => self.push_access(core, node.path(), event, "load", out),
            Step::Guess { event, value, .. } => {
                self.push_access(core, node.path(), event, &format!("drain early {value} to"), out);
            }
            Step::Drain { event, .. } => {
                let verb = if self.is_direct(core, node.path(), event) { "store" } else { "drain" };
                self.push_access(core, node.path(), event, verb, out);
            }
            Step::Cache { core, step } => self.push_cache_step(state, core, step, out),
        }
    }

    /// Appends the name of a step of the caches: `P0 store x: BusRdX`, `P1 snoops BusRdX x`, `Inv x to P2`. Of several
    /// equal messages with different data, the later ones have a number.
    fn push_cache_step(&self, state: &State, core: usize, step: CacheStep, out: &mut String) {
        let Some((caches, at)) = self.caches_in(state) else { return };
        if let CacheStep::Invalidate { line } = step {
            out.push('P');
            push_decimal(core as u64, out);
            out.push_str(" invalidates ");
            out.push_str(&caches.layout().names[usize::from(line)]);
            return;
        }
        let Some(carried_out) = self.cache_step(state, core, step) else { return };
        let start = out.len();
        caches.push_name(at, &carried_out, out);
        let (CacheStep::Deliver { message: place }, caches::Step::Deliver(message)) = (step, carried_out)
        else {
            return;
        };
        let earlier = &at.coherence.messages[..usize::from(place)];
        let differs = |place: usize| place == 0 || earlier[place] != earlier[place - 1];
        let alike = |other: &Message<Bytes>| {
            let ends = |m: &Message<Bytes>| (m.line, m.to, m.requester);
            ends(other) == ends(&message)
                && caches.name(at, &caches::Step::Deliver(other.clone())) == out[start..]
        };
        match (0..earlier.len()).filter(|place| differs(*place) && alike(&earlier[*place])).count() {
            0 => {}
            count => {
                out.push_str(" #");
                push_decimal(count as u64 + 1, out);
            }
        }
    }

    /// An event in words: `P1.2 load x`, `P0.1#2 store y`.
    pub fn access_words(&self, core: usize, path: &Path, index: usize) -> String {
        let verb = if path.events[index].store { "store" } else { "load" };
        let mut words = String::new();
        self.push_access(core, path, index, verb, &mut words);
        words
    }

    fn push_access(&self, core: usize, path: &Path, index: usize, verb: &str, out: &mut String) {
        let event = &path.events[index];
        if event.taken.is_some() {
            self.push_instance(core, path, index, out);
            out.push(' ');
            out.push_str(verb);
            out.push(' ');
            self.push_location(event, out);
        } else {
            out.push('P');
            push_decimal(core as u64, out);
            out.push(' ');
            out.push_str(verb);
            out.push(' ');
            self.push_location(event, out);
            out.push_str(" pending ");
            push_decimal(index as u64 + 1, out);
        }
    }

    /// The name of an access of a core's path: the core and the instruction, as in names of steps.
    pub fn instance_name(&self, core: usize, path: &Path, index: usize) -> String {
        let mut name = String::new();
        self.push_instance(core, path, index, &mut name);
        name
    }

    /// Appends the [name of an access](Self::instance_name) to `out`.
    pub fn push_instance(&self, core: usize, path: &Path, index: usize, out: &mut String) {
        let Some(taken) = path.events[index].taken else {
            // Writing to a string cannot fail, so the results are of no interest here and below.
            let _ = write!(out, "P{core} pending {}", index + 1);
            return;
        };
        push_place(core, path.taken[usize::from(taken)].pc, out);
        let earlier = path.earlier[usize::from(taken)];
        if earlier > 0 {
            out.push('#');
            push_decimal(u64::from(earlier) + 1, out);
        }
    }

    /// The bytes that an event accesses, as a symbol, a symbol with an offset, or `?`.
    pub fn location(&self, event: &Event) -> String {
        let mut location = String::new();
        self.push_location(event, &mut location);
        location
    }

    /// Appends the [location](Self::location) of an event to `out`.
    pub fn push_location(&self, event: &Event, out: &mut String) {
        let Some((symbol, offset)) = event.place.and_then(|place| self.symbol_at(place)) else {
            out.push('?');
            return;
        };
        out.push_str(&symbol.name);
        let whole = symbol.cell == event.size;
        let cells = symbol.init.len() / usize::from(symbol.cell.max(1));
        let _ = match (whole && offset % u16::from(symbol.cell) == 0, cells, offset) {
            (true, 1, _) => Ok(()),
            (true, ..) => write!(out, "[{}]", offset / u16::from(symbol.cell)),
            (false, _, 0) => write!(out, ":{}", event.size),
            (false, ..) => write!(out, "+{offset}:{}", event.size),
        };
    }

    /// The symbol that a byte of memory belongs to, and the byte's offset in it.
    pub fn symbol_at(&self, place: Place) -> Option<(&Symbol, u16)> {
        self.test.program.symbols.iter().enumerate().find_map(|(index, symbol)| {
            let offset = place.0.checked_sub(self.layout.start(index)?.0)?;
            (usize::from(offset) < symbol.init.len()).then_some((symbol, offset))
        })
    }
}

/// Appends the place of an instruction, `P1.2`.
fn push_place(core: usize, pc: u32, out: &mut String) {
    out.push('P');
    push_decimal(core as u64, out);
    out.push('.');
    push_decimal(u64::from(pc) + 1, out);
}
