//! From the name of a step to the step, mostly without listing what is possible.

use sim_core::machine::{Machine, State, Step};

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
    /// The number of the instruction, from 1; `None` for a store that was pending when the path began.
    instruction: Option<u32>,
    verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Buffer,
    Load,
    Drain,
}

impl Resolver {
    /// The step called `name`, and the state after it; `None` if `state` does not allow it.
    pub fn take(&mut self, machine: &mut Machine<'_>, state: &State, name: &str) -> Option<(Step, State)> {
        if let Some(named) = Named::parse(name)
            && let Some(found) = self.access(machine, state, named, name)
        {
            return Some(found);
        }
        let steps = machine.enabled(state);
        let step = steps.into_iter().find(|step| self.is_called(machine, state, step, name))?;
        let next = machine.apply(state, &step)?;
        Some((step, next))
    }

    /// The first access of the path that is called so and possible.
    fn access(
        &mut self,
        machine: &mut Machine<'_>,
        state: &State,
        named: Named,
        name: &str,
    ) -> Option<(Step, State)> {
        let core = named.core;
        let window = &state.cores.get(core)?.window;
        for event in 0..machine.tree(core).path(window.node).events.len() {
            let path = machine.tree(core).path(window.node);
            let access = &path.events[event];
            let instruction = access.taken.map(|taken| path.taken[usize::from(taken)].pc + 1);
            if instruction != named.instruction
                || access.store != (named.verb != Verb::Load)
                || window.has(event)
            {
                continue;
            }
            let step = match named.verb {
                Verb::Buffer => Step::Issue { core, event },
                Verb::Load => Step::Load { core, event },
                Verb::Drain => Step::Drain { core, event },
            };
            if self.is_called(machine, state, &step, name)
                && let Some(next) = machine.apply(state, &step)
            {
                return Some((step, next));
            }
        }
        None
    }

    fn is_called(&mut self, machine: &Machine<'_>, state: &State, step: &Step, name: &str) -> bool {
        self.name.clear();
        machine.push_name(state, step, &mut self.name);
        self.name == name
    }
}

impl Named {
    fn parse(name: &str) -> Option<Named> {
        let (actor, action) = name.strip_prefix('P')?.split_once(' ')?;
        let verb = match action.split_once(' ')?.0 {
            "buffer" => Verb::Buffer,
            "load" => Verb::Load,
            "drain" => Verb::Drain,
            _ => return None,
        };
        let (core, instruction) = match actor.split_once('.') {
            Some((core, instance)) => (core, Some(instance.split_once('#').map_or(instance, |(pc, _)| pc))),
            None => (actor, None),
        };
        let instruction = instruction.map(str::parse).transpose().ok()?;
        Some(Named { core: core.parse().ok()?, instruction, verb })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accesses_are_taken_apart() {
        let named = |core, instruction, verb| Some(Named { core, instruction, verb });
        assert_eq!(Named::parse("P1.2#3 load x"), named(1, Some(2), Verb::Load));
        assert_eq!(Named::parse("P0 drain x+2:1 pending 2"), named(0, None, Verb::Drain));
        assert_eq!(Named::parse("P10.12 buffer x[1]"), named(10, Some(12), Verb::Buffer));
        for other in ["P0.1 predict to instruction 3", "P0.1", "Q0.1 load x", "P0.x load x", ""] {
            assert_eq!(Named::parse(other), None, "{other}");
        }
    }
}
