//! Which earlier accesses of its thread a step overtakes, and which missing clause lets it.

use super::{Machine, State, Step};
use crate::order::{Mask, Rules, bits};

impl Machine<'_> {
    /// The earlier accesses of its core that have not completed when event `event` completes, in program order:
    /// indices of events on the core's path.
    pub fn overtaken(&self, state: &State, core: usize, event: usize) -> Vec<usize> {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        let this = &path.events[event];
        let earlier: Mask = (path.loads | path.stores) & !window.complete(path) & ((1 << event) - 1);
        // The parts of one instruction have no order that a program could see.
        bits(earlier).filter(|e| this.taken.is_none() || path.events[*e].taken != this.taken).collect()
    }

    /// What `step` does and why that matters, and which rule lets it overtake others.
    pub fn story(&mut self, state: &State, step: &Step) -> String {
        let rule = self.overtaking_sentence(state, step);
        [self.sentence(state, step)].into_iter().chain(rule).collect::<Vec<_>>().join(" ")
    }

    /// What `step` overtakes and which rule lets it, in a sentence; `None` if it overtakes nothing.
    pub fn overtaking_sentence(&self, state: &State, step: &Step) -> Option<String> {
        let (Step::Load { core, event } | Step::Guess { core, event, .. } | Step::Drain { core, event }) =
            *step
        else {
            return None;
        };
        let overtaken = self.overtaken(state, core, event);
        let path = self.trees[core].path(state.cores[core].window.node);
        let this = &path.events[event];
        let names: Vec<String> = overtaken.iter().map(|e| self.access_words(core, path, *e)).collect();
        let first = &path.events[*overtaken.first()?];
        let kind = |store: bool| if store { "store" } else { "load" };
        let order = &self.trees[core].code.order;
        let never = match (first.store, this.store) {
            (false, false) => Rules::READ_READ,
            (false, true) => Rules::READ_WRITE,
            (true, true) => Rules::WRITE_WRITE,
            (true, false) => Rules::WRITE_READ,
        };
        let kinds = format!("a {} go before an earlier {}", kind(this.store), kind(first.store));
        let forwarded = this.groups.iter().any(|g| overtaken.contains(&usize::from(g.store)));
        let rule = if order.rules.contains(never) || forwarded {
            // The clause holds in general, and does not matter here: the value comes from the store itself.
            format!("{} lets a core read its own store before anybody else can", order.name)
        } else if order.rules.contains(Rules::READ_READ) {
            format!("{} lets {kinds}", order.name)
        } else {
            format!("{} lets {kinds} unless a dependency, a barrier or the location orders them", order.name)
        };
        Some(format!("It goes before {}: {rule}.", list(&names)))
    }
}

/// `a`, `a and b`, `a, b and c`; at most three of them by name.
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= 3 => format!("{} and {last}", first.join(", ")),
        [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn lists_stay_short() {
        let names: Vec<String> = ["a", "b", "c", "d"].map(String::from).into();
        assert_eq!(list(&names[..1]), "a");
        assert_eq!(list(&names[..2]), "a and b");
        assert_eq!(list(&names[..3]), "a, b and c");
        assert_eq!(list(&names), "a, b and 2 more");
    }
}
