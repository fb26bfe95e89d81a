//! Stable names of steps, and a sentence for each.

use super::{Machine, State, Step};
use crate::core::{End, Way};
use crate::order::{Event, Path};

impl Machine<'_> {
    /// The name of a step: the core and the instruction (counted from 1; `#2` for its second instance in
    /// flight), what is done, and to what. It does not depend on the order in which steps are listed.
    pub fn name(&self, state: &State, step: &Step) -> String {
        let core = step.core();
        let node = self.trees[core].node(state.cores[core].window.node);
        match *step {
            Step::Predict { way, .. } => {
                let what = match &node.end {
                    End::Fork(ways) => match ways.get(way) {
                        Some(Way::Alt(alt)) => self.test.program.threads[core].instrs[node.pc as usize].alts
                            [usize::from(*alt)]
                        .label
                        .to_string(),
                        Some(Way::Target(pc) | Way::Back(pc)) => format!("to instruction {}", pc + 1),
                        None => String::new(),
                    },
                    _ => String::new(),
                };
                format!("P{core}.{} predict {what}", node.pc + 1)
            }
            Step::Issue { event, .. } => self.access_name(core, node.path(), event, "buffer"),
            Step::Load { event, .. } => self.access_name(core, node.path(), event, "load"),
            Step::Guess { event, value, .. } => {
                self.access_name(core, node.path(), event, &format!("drain early {value} to"))
            }
            Step::Drain { event, .. } => self.access_name(core, node.path(), event, "drain"),
        }
    }

    fn access_name(&self, core: usize, path: &Path, index: usize, verb: &str) -> String {
        let location = self.location(&path.events[index]);
        match path.events[index].taken {
            None => format!("P{core} {verb} {location} pending {}", index + 1),
            Some(_) => format!("{} {verb} {location}", self.instance_name(core, path, index)),
        }
    }

    /// The name of an access of a core's path: the core and the instruction, as in names of steps.
    pub fn instance_name(&self, core: usize, path: &Path, index: usize) -> String {
        let Some(taken) = path.events[index].taken else { return format!("P{core} pending {}", index + 1) };
        let pc = path.taken[usize::from(taken)].pc;
        match path.taken[..usize::from(taken)].iter().filter(|t| t.pc == pc).count() {
            0 => format!("P{core}.{}", pc + 1),
            earlier => format!("P{core}.{}#{}", pc + 1, earlier + 1),
        }
    }

    /// The bytes that an event accesses, as a symbol, a symbol with an offset, or `?`.
    pub fn location(&self, event: &Event) -> String {
        let Some(place) = event.place else { return "?".into() };
        let program = &self.test.program;
        for (index, symbol) in program.symbols.iter().enumerate() {
            let Some(start) = self.layout.start(index) else { continue };
            let Some(offset) = place.0.checked_sub(start.0) else { continue };
            if usize::from(offset) >= symbol.init.len() {
                continue;
            }
            let whole = symbol.cell == event.size;
            let cells = symbol.init.len() / usize::from(symbol.cell.max(1));
            return match (whole && offset % u16::from(symbol.cell) == 0, cells, offset) {
                (true, 1, _) => symbol.name.clone(),
                (true, ..) => format!("{}[{}]", symbol.name, offset / u16::from(symbol.cell)),
                (false, _, 0) => format!("{}:{}", symbol.name, event.size),
                (false, ..) => format!("{}+{offset}:{}", symbol.name, event.size),
            };
        }
        "?".into()
    }
}
