//! From the name of a step to the step, mostly without listing what is possible.

use std::ops::Range;

use sim_core::core::End;
use sim_core::machine::{CacheStep, Machine, State, Step};
use sim_core::memory::system::Demand;
use sim_core::order::Path;

/// Finds steps by their names.
#[derive(Debug, Default)]
pub struct Resolver {
    /// The name of the step that is looked at.
    name: String,
}

/// What a name says about an access: `P1.2#3 load x`, `P1 drain x pending 2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Named {
    core: usize,
    /// The number of the instruction, from 1, and of its instance; `None` for a store that was pending when the path began.
    instruction: Option<(u32, usize)>,
    verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Buffer,
    Load,
    Drain,
    Predict,
}

impl Resolver {
    /// The step called `name`, and the state after it; `None` if `state` does not allow it.
    pub fn take(&mut self, machine: &mut Machine<'_>, state: &State, name: &str) -> Option<(Step, State)> {
        let found = match Named::parse(name) {
            Some(named) => self.of_core(machine, state, named, name),
            None => self.of_caches(machine, state, name),
        };
        found.or_else(|| {
            let steps = machine.enabled(state);
            let step = steps.into_iter().find(|step| self.is_called(machine, state, step, name))?;
            Some((step, machine.apply(state, &step)?))
        })
    }

    /// The first step of a core that is called so and possible.
    fn of_core(
        &mut self,
        machine: &mut Machine<'_>,
        state: &State,
        named: Named,
        name: &str,
    ) -> Option<(Step, State)> {
        let core = named.core;
        let window = &state.cores.get(core)?.window;
        let node = machine.tree(core).node(window.node);
        let candidates = match (named.verb, &node.end) {
            (Verb::Predict, End::Fork(ways)) => 0..ways.len(),
            (Verb::Predict, _) => return None,
            _ => accesses(node.path(), named.instruction)?,
        };
        for candidate in candidates {
            let step = match named.verb {
                Verb::Predict => Step::Predict { core, way: candidate },
                Verb::Buffer => Step::Issue { core, event: candidate },
                Verb::Load => Step::Load { core, event: candidate },
                Verb::Drain => Step::Drain { core, event: candidate },
            };
            let found = self.if_called(machine, state, step, name);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The first step between caches that is called so and possible.
    fn of_caches(&mut self, machine: &mut Machine<'_>, state: &State, name: &str) -> Option<(Step, State)> {
        let (cores, lines) = (state.cores.len(), machine.caches()?.layout().lines() as u8);
        let messages = state.caches.as_ref()?.coherence.messages.len() as u8;
        let actor = name.strip_prefix('P').and_then(|rest| rest.split_once(' '));
        let Some((core, action)) = actor.and_then(|(core, action)| Some((core.parse().ok()?, action))) else {
            let mut arrivals = (0..messages).filter_map(|message| machine.delivery(state, message));
            let arrival = arrivals.find(|step| self.is_called(machine, state, step, name))?;
            return Some((arrival, machine.apply(state, &arrival)?));
        };
        if core >= cores {
            return None;
        }
        let (verb, object) = action.split_once(' ')?;
        let of_line = |line: u8| match verb {
            "invalidates" => Some(CacheStep::Invalidate { line }),
            _ => {
                let demands = [Demand::Load, Demand::Store, Demand::Evict];
                let demand = demands.into_iter().find(|demand| demand.name() == verb)?;
                Some(CacheStep::Demand { line, demand })
            }
        };
        match verb {
            "snoops" => self.if_called(machine, state, Step::Cache { core, step: CacheStep::Snoop }, name),
            "ends" => self.if_called(machine, state, Step::Cache { core, step: CacheStep::Finish }, name),
            _ => (0..lines).find_map(|line| {
                let names = &machine.caches()?.layout().names;
                let step = Step::Cache { core, step: of_line(line)? };
                let named = object.starts_with(names[usize::from(line)].as_str());
                named.then(|| self.if_called(machine, state, step, name))?
            }),
        }
    }

    /// A step with the state after it, if it is called so and possible.
    fn if_called(
        &mut self,
        machine: &mut Machine<'_>,
        state: &State,
        step: Step,
        name: &str,
    ) -> Option<(Step, State)> {
        let next = self.is_called(machine, state, &step, name).then(|| machine.apply(state, &step))?;
        Some((step, next?))
    }

    fn is_called(&mut self, machine: &Machine<'_>, state: &State, step: &Step, name: &str) -> bool {
        self.name.clear();
        machine.push_name(state, step, &mut self.name);
        self.name == name
    }
}

/// The accesses of an instance of an instruction, or without one those that were pending when the path began; `None` if
/// it is not on the path.
fn accesses(path: &Path, instruction: Option<(u32, usize)>) -> Option<Range<usize>> {
    let taken = match instruction {
        None => None,
        Some((number, instance)) => {
            let mut instances = (0..path.taken.len()).filter(|at| path.taken[*at].pc + 1 == number);
            Some(instances.nth(instance.checked_sub(1)?)? as u16)
        }
    };
    let first = path.events.partition_point(|event| event.taken < taken);
    let count = path.events[first..].iter().take_while(|event| event.taken == taken).count();
    Some(first..first + count)
}

/// What comes before and after the first such byte: for texts of a few bytes.
fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    let place = text.as_bytes().iter().position(|other| *other == byte)?;
    Some((&text[..place], &text[place + 1..]))
}

impl Named {
    fn parse(name: &str) -> Option<Named> {
        let (actor, action) = cut(name.strip_prefix('P')?, b' ')?;
        let verb = match cut(action, b' ')?.0 {
            "buffer" => Verb::Buffer,
            "load" => Verb::Load,
            "drain" | "store" => Verb::Drain,
            "predict" => Verb::Predict,
            _ => return None,
        };
        let (core, instruction) = match cut(actor, b'.') {
            Some((core, instance)) => {
                let (number, instance) = cut(instance, b'#').unwrap_or((instance, "1"));
                (core, Some((number.parse().ok()?, instance.parse().ok()?)))
            }
            // What a cache asks for on behalf of an access is no step of the core.
            None if action.starts_with("load") || action.starts_with("store") => return None,
            None => (actor, None),
        };
        Some(Named { core: core.parse().ok()?, instruction, verb })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accesses_are_taken_apart() {
        let named = |core, instruction, verb| Some(Named { core, instruction, verb });
        assert_eq!(Named::parse("P1.2#3 load x"), named(1, Some((2, 3)), Verb::Load));
        assert_eq!(Named::parse("P1.2 store x"), named(1, Some((2, 1)), Verb::Drain));
        assert_eq!(Named::parse("P0 store x: GetM"), None);
        assert_eq!(Named::parse("P0 drain x+2:1 pending 2"), named(0, None, Verb::Drain));
        assert_eq!(Named::parse("P10.12 buffer x[1]"), named(10, Some((12, 1)), Verb::Buffer));
        assert_eq!(Named::parse("P0.1 predict to instruction 3"), named(0, Some((1, 1)), Verb::Predict));
        for other in ["P0 load x: BusRd", "P0.1", "Q0.1 load x", "P0.x load x", ""] {
            assert_eq!(Named::parse(other), None, "{other}");
        }
    }
}
