//! From the name of a step to the step, mostly without listing what is possible.

use memchr::memchr;
use sim_core::core::End;
use sim_core::machine::{CacheStep, Machine, State, Step};
use sim_core::memory::system::Demand;
use sim_core::order::{Mask, Path};

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
        let at = state.cores.get(core)?;
        let (window, node) = (at.window.node, machine.tree(core).node(at.window.node));
        let (path, happened) = (node.path(), at.window.done);
        let mut candidates: Mask = match (named.verb, &node.end) {
            (Verb::Predict, End::Fork(ways)) => (1 << ways.len().min(63)) - 1,
            (Verb::Predict, _) => 0,
            (Verb::Load, _) => path.loads & !happened,
            (Verb::Buffer, _) => path.stores & !(happened | at.issued),
            (Verb::Drain, _) => path.stores & !happened,
        };
        while candidates != 0 {
            let candidate = candidates.trailing_zeros() as usize;
            candidates &= candidates - 1;
            let step = match named.verb {
                Verb::Predict => Step::Predict { core, way: candidate },
                _ if !named.is_of(machine.tree(core).path(window), candidate) => continue,
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
        let mut rest = name.as_bytes();
        let actor = passed(&mut rest, b"P").then(|| number(&mut rest)).flatten();
        let Some(core) = actor.filter(|_| passed(&mut rest, b" ")).map(|core| core as usize) else {
            let mut arrivals = (0..messages).filter_map(|message| machine.delivery(state, message));
            let arrival = arrivals.find(|step| self.is_called(machine, state, step, name))?;
            return Some((arrival, machine.apply(state, &arrival)?));
        };
        if core >= cores {
            return None;
        }
        let (verb, object) = rest.split_at(memchr(b' ', rest)?);
        let object = &object[1..];
        let of_line = |line: u8| match verb {
            b"invalidates" => Some(CacheStep::Invalidate { line }),
            _ => {
                let demands = [Demand::Load, Demand::Store, Demand::Evict];
                let demand = demands.into_iter().find(|demand| demand.name().as_bytes() == verb)?;
                Some(CacheStep::Demand { line, demand })
            }
        };
        match verb {
            b"snoops" => self.if_called(machine, state, Step::Cache { core, step: CacheStep::Snoop }, name),
            b"ends" => self.if_called(machine, state, Step::Cache { core, step: CacheStep::Finish }, name),
            _ => (0..lines).find_map(|line| {
                let names = &machine.caches()?.layout().names;
                let step = Step::Cache { core, step: of_line(line)? };
                let named = object.starts_with(names[usize::from(line)].as_bytes());
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

impl Named {
    fn parse(name: &str) -> Option<Named> {
        let mut rest = name.as_bytes().strip_prefix(b"P")?;
        let core = number(&mut rest)? as usize;
        let instruction = match passed(&mut rest, b".") {
            true => {
                let pc = number(&mut rest)?;
                let instance = if passed(&mut rest, b"#") { number(&mut rest)? } else { 1 };
                Some((pc, instance as usize))
            }
            false => None,
        };
        let verbs: [(&[u8], Verb); 5] = [
            (b" load ", Verb::Load),
            (b" drain ", Verb::Drain),
            (b" buffer ", Verb::Buffer),
            (b" store ", Verb::Drain),
            (b" predict ", Verb::Predict),
        ];
        let (word, verb) = verbs.into_iter().find(|(word, _)| rest.starts_with(word))?;
        // What a cache asks for on behalf of an access is no step of the core.
        let of_cache = instruction.is_none() && [b" load ".as_slice(), b" store "].contains(&word);
        (!of_cache).then_some(Named { core, instruction, verb })
    }

    /// Whether event `event` of a path belongs to the instance of the instruction, or without one was pending when the path
    /// began.
    fn is_of(self, path: &Path, event: usize) -> bool {
        let taken = path.events[event].taken.map(usize::from);
        let instance = taken.map(|taken| (path.taken[taken].pc + 1, usize::from(path.earlier[taken]) + 1));
        instance == self.instruction
    }
}

/// The number with which a text begins, which goes on behind it.
fn number(text: &mut &[u8]) -> Option<u32> {
    let mut number: Option<u32> = None;
    while let Some((digit, rest)) = text.split_first().filter(|(byte, _)| byte.is_ascii_digit()) {
        number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u32::from(digit - b'0'))?);
        *text = rest;
    }
    number
}

/// Whether a text begins so; then it goes on behind that.
fn passed(text: &mut &[u8], beginning: &[u8]) -> bool {
    let rest = text.strip_prefix(beginning);
    *text = rest.unwrap_or(text);
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use sim_core::machine::Hardware;

    use super::*;
    use crate::format::Setup;
    use crate::record::random::Random;
    use crate::session::Session;
    use crate::{library, load};

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

    /// What a name leads to is what a list of all possible steps has under that name, and nothing if it has none.
    #[test]
    fn names_lead_to_what_is_possible_under_them() {
        let tests =
            ["SB", "xchg-ping-pong", "armv8/spinlock-casa", "armv8/ticket-lock", "armv8/MP+dmb.sy+addr"];
        let mut seeds = 0..;
        let (mut found, mut refused) = (0, 0);
        for (name, protocol) in tests.iter().flat_map(|name| {
            [None, Some("mesi"), Some("dragon"), Some("msi-directory")].map(|protocol| (name, protocol))
        }) {
            let text = match *name {
                "xchg-ping-pong" => XCHG,
                name => library::find(name).expect("it is built in").text,
            };
            let test = load::parse(text).value.expect("a test");
            let hardware = Hardware::named(protocol, []).expect("it is built in");
            let setup = Setup::new(crate::machine::Machine::of(&test.arch), &test).on(&hardware);
            let session = Session::new(test, setup).expect("a machine");
            let (mut machine, mut random) =
                (session.machine().carrying(), Random::new(seeds.next().unwrap()));
            let (mut state, mut resolver) = (machine.initial(), Resolver::default());
            let mut seen: Vec<String> = Vec::new();
            for _ in 0..150 {
                let steps = machine.enabled(&state);
                let names: Vec<String> = steps.iter().map(|step| machine.name(&state, step)).collect();
                for (step, name) in steps.iter().zip(&names) {
                    assert!(machine.allows(&state, step), "{name}");
                    let next = machine.apply(&state, step).expect("it is enabled");
                    assert_eq!(resolver.take(&mut machine, &state, name), Some((*step, next)), "{name}");
                    found += 1;
                }
                for name in seen.iter().filter(|name| !names.contains(name)) {
                    assert_eq!(resolver.take(&mut machine, &state, name), None, "{name}");
                    refused += 1;
                }
                seen.extend(names.iter().filter(|name| !seen.contains(name)).cloned().collect::<Vec<_>>());
                seen.truncate(64);
                let Some(last) = steps.len().checked_sub(1) else { break };
                let step = steps[random.below(last as u64 + 1) as usize];
                state = machine.apply(&state, &step).expect("it is enabled");
            }
        }
        assert!(found > 1000 && refused > 1000, "{found} and {refused}");
    }

    const XCHG: &str = "X86_64 xchg
{ }
 P0                | P1                ;
L0:                | L1:               ;
 movl $1,%eax      | movl (x),%eax     ;
 xchgl %eax,(x)    | movl %eax,(y)     ;
 cmpl $0,%eax      | jmp L1            ;
 jne L0            |                   ;
 movl $0,(x)       |                   ;
 jmp L0            |                   ;
exists (0:rax=9)
";
}
