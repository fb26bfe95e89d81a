//! One plain sentence per step: what it does, and why that matters.

use super::{CacheStep, Machine, State, Step};
use crate::core::Window;
use crate::order::{Event, Mask, Path, bits};
use crate::program::Value;

impl Machine<'_> {
    /// What `step` does in `state`, in one or two sentences.
    pub fn sentence(&self, state: &State, step: &Step) -> String {
        if let Step::Predict { core, .. } = *step {
            return format!(
                "P{core} goes on past a branch that is not decided yet; if the guess turns out wrong, \
                 everything built on it is undone."
            );
        }
        if let Step::Issue { core, event } = *step {
            return self.issue_sentence(state, core, event);
        }
        if let Step::Load { core, event } = *step {
            return self.load_sentence(state, core, event);
        }
        if let Step::Guess { core, event, value } = *step {
            let path = self.trees[core].path(state.cores[core].window.node);
            return format!(
                "{} reaches memory as {value} before its value is known: no rule makes it wait, so the guess \
                 may be right.",
                self.access_words(core, path, event)
            );
        }
        if let Step::Drain { core, event } = *step {
            return self.drain_sentence(state, core, event);
        }
        if let Step::Cache { core, step } = *step {
            return self.cache_sentence(state, core, step);
        }
        format!("{}.", self.name(state, step))
    }

    fn issue_sentence(&self, state: &State, core: usize, event: usize) -> String {
        let (location, value) = self.written(state, core, event);
        let sibling = core ^ 1;
        let shared = !self.buffers_are_private() && sibling < state.cores.len();
        let seen = match shared {
            true => format!("P{core} and P{sibling}, which share it, can see it"),
            false => format!("P{core} alone can see it"),
        };
        format!("{location}={value} goes into P{core}'s store buffer: {seen}, until it drains.")
    }

    fn load_sentence(&self, state: &State, core: usize, event: usize) -> String {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        let load = &path.events[event];
        let location = self.location(load);
        let value = self.would_load(state, core, event);
        let forwarded = load.groups.iter().find(|g| !window.has(usize::from(g.store)));
        if let Some(group) = forwarded {
            let from = self.access_words(core, path, usize::from(group.store));
            let whole = if group.bytes == load.bytes() { "is" } else { "is partly" };
            return format!(
                "{location} {whole} forwarded from the core's own {from}, which no other core can see yet: \
                 reads {value}."
            );
        }
        let hidden: Vec<String> = (0..state.cores.len())
            .filter(|other| *other != core)
            .filter_map(|other| self.hidden_store(state, other, load))
            .collect();
        let from = self.source_words(state, core, event);
        match hidden.as_slice() {
            [] => format!("Reads {location}={value} from {from}."),
            all => {
                format!(
                    "Reads {location}={value} from {from}. {} cannot be seen: still buffered.",
                    all.join(", ")
                )
            }
        }
    }

    /// Where a load finds its bytes, in words.
    fn source_words(&self, state: &State, core: usize, event: usize) -> String {
        let Some((caches, at)) = self.caches_in(state) else { return "memory".into() };
        let line = self.lines_of(state, core, event).first().copied();
        let Some(line) = line else { return "memory".into() };
        if caches.bytes(at, core, line).is_none() && caches.queued(at, core, line).is_some() {
            return format!(
                "the old copy of {}, whose invalidation P{core} has acknowledged and not applied yet",
                { &caches.layout().names[line] }
            );
        }
        format!("P{core}'s cache ({} in {})", caches.layout().names[line], caches.state_name(at, core, line))
    }

    /// What happens between caches.
    fn cache_sentence(&self, state: &State, core: usize, step: CacheStep) -> String {
        let Some((caches, at)) = self.caches_in(state) else { return String::new() };
        if let CacheStep::Invalidate { line } = step {
            let line = &caches.layout().names[usize::from(line)];
            return format!(
                "P{core} applies the invalidation of {line} that it has acknowledged before: its old copy is gone."
            );
        }
        self.cache_step(state, core, step).map_or_else(String::new, |step| caches.sentence(at, &step))
    }

    fn drain_sentence(&self, state: &State, core: usize, event: usize) -> String {
        let (location, value) = self.written(state, core, event);
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        let overtaken = bits(path.loads & window.done & !bits_to(event));
        let write = window.write(path, event);
        let squashed: Vec<String> = (0..state.cores.len())
            .filter(|other| *other != core)
            .filter_map(|other| {
                let window = &state.cores[other].window;
                let path = self.trees[other].path(window.node);
                write.and_then(|w| window.victim(path, w)).map(|v| self.access_words(other, path, v))
            })
            .collect();
        let place = match (self.caches_in(state), self.lines_of(state, core, event).first()) {
            (Some((caches, at)), Some(line)) => {
                format!("is written in P{core}'s cache ({} in {})", caches.layout().names[*line], {
                    caches.state_name(at, core, *line)
                })
            }
            _ => "reaches memory".to_owned(),
        };
        let past =
            if self.is_direct(core, path, event) { " at once, not through the store buffer" } else { "" };
        let mut text = format!("{location}={value} {place}{past}: every core sees it from now on.");
        if !squashed.is_empty() {
            text.push_str(&format!(" {} went too early and is undone.", squashed.join(", ")));
        } else if overtaken.count() > 0 {
            text.push_str(&format!(" Later loads of P{core} have gone before it."));
        }
        text
    }

    /// What a load would return now, in words.
    fn would_load(&self, state: &State, core: usize, event: usize) -> String {
        let mut window = state.cores[core].window.clone();
        let path = self.trees[core].path(window.node);
        window.choose(path, event, &self.seen(state, core, event));
        self.loaded_words(&window, path, event).unwrap_or("?".into())
    }

    /// Where a store writes and what, in words.
    pub fn written(&self, state: &State, core: usize, event: usize) -> (String, String) {
        let window = &state.cores[core].window;
        let path = self.trees[core].path(window.node);
        let store = &path.events[event];
        let words = |half| {
            let value = window.eval(path, half);
            value.map_or("?".into(), |value| self.value_words(value))
        };
        let value = match (store.value, store.high) {
            (Some(low), Some(high)) => format!("{{{},{}}}", words(low), words(high)),
            (low, _) => low.map_or("?".into(), words),
        };
        (self.location(store), value)
    }

    /// What a load has returned as people read it, if that is known: an instruction where it reads code, both values where it
    /// fills two registers.
    pub fn loaded_words(&self, window: &Window, path: &Path, event: usize) -> Option<String> {
        let load = &path.events[event];
        let code = load.place.and_then(|place| self.symbol_at(place)).is_some_and(|(symbol, _)| symbol.code);
        let words = |value| {
            let instr = if code { self.test.program.word(value) } else { None };
            instr.map_or_else(|| self.value_words(value), str::to_owned)
        };
        let half = |high| window.loaded(path, event as u8, high).map(words);
        let low = half(false)?;
        Some(if load.halves { format!("{{{low},{}}}", half(true)?) } else { low })
    }

    /// A value as people read it: the name of what it is the address of, else decimal.
    pub fn value_words(&self, value: Value) -> String {
        match self.test.program.address_name(value) {
            Some(name) => format!("&{name}"),
            None if value > 0xffff_ffff_ffff_0000 => (value as i64).to_string(),
            None if (0xffff_0000..=0xffff_ffff).contains(&value) => (value as u32 as i32).to_string(),
            None => value.to_string(),
        }
    }

    /// A store of another core to the bytes of `load` that has not completed, in words.
    fn hidden_store(&self, state: &State, other: usize, load: &Event) -> Option<String> {
        let at = &state.cores[other];
        let path = self.trees[other].path(at.window.node);
        let place = load.place?;
        bits(at.issued & !at.window.done & path.stores).find_map(|e| {
            let store = &path.events[e];
            let shared = store.place.is_some_and(|p| {
                p.0 < place.0 + u16::from(load.size) && place.0 < p.0 + u16::from(store.size)
            });
            let (location, value) = self.written(state, other, e);
            shared.then(|| format!("P{other}'s {location}={value}"))
        })
    }
}

/// The events up to and including `event`.
fn bits_to(event: usize) -> Mask {
    Mask::MAX >> (63 - event.min(63))
}
