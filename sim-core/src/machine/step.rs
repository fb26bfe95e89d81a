//! Performing a step.

use std::sync::Arc;

use super::{CacheStep, Core, Machine, State};
use crate::core::{Window, Write};
use crate::order::Mask;

/// Something that the machine can do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A core assumes one of the ways on at the end of its path.
    Predict {
        /// Index of the core.
        core: usize,
        /// Index of the way on.
        way: usize,
    },
    /// A store enters the store buffer: from now on later loads of its core may forward from it.
    Issue {
        /// Index of the core.
        core: usize,
        /// Index of the event on the core's path.
        event: usize,
    },
    /// A load chooses its sources.
    Load {
        /// Index of the core.
        core: usize,
        /// Index of the event on the core's path.
        event: usize,
    },
    /// A store whose value is not known yet completes with a guess of it, which must turn out right.
    Guess {
        /// Index of the core.
        core: usize,
        /// Index of the event on the core's path.
        event: usize,
        /// The value that is written.
        value: u128,
    },
    /// A store completes: every core sees it from now on. It leaves the store buffer, unless it is that of a locked
    /// instruction, which never enters one.
    Drain {
        /// Index of the core.
        core: usize,
        /// Index of the event on the core's path.
        event: usize,
    },
    /// Something happens between caches.
    Cache {
        /// Index of the core whose cache acts, or for whom.
        core: usize,
        /// What happens.
        step: CacheStep,
    },
}

impl Step {
    /// The core that takes the step.
    pub fn core(&self) -> usize {
        match self {
            Step::Predict { core, .. }
            | Step::Issue { core, .. }
            | Step::Load { core, .. }
            | Step::Guess { core, .. }
            | Step::Drain { core, .. }
            | Step::Cache { core, .. } => *core,
        }
    }
}

impl Machine<'_> {
    /// The state after `step`; `None` if `state` does not allow it.
    pub fn apply(&mut self, state: &State, step: &Step) -> Option<State> {
        let allowed = match *step {
            // What the protocol refuses, or cannot be predicted, shows when it is carried out.
            Step::Cache { core, step } => self.cache_may(state, core, step),
            Step::Predict { core, .. } => core < state.cores.len(),
            _ => self.allows(state, step),
        };
        if !allowed {
            return None;
        }
        let brought = match *step {
            Step::Load { core, event } | Step::Guess { core, event, .. } | Step::Drain { core, event }
                if self.whole && self.cached.is_some() =>
            {
                Some(self.brought(state, core, event)?)
            }
            _ => None,
        };
        let state = brought.as_ref().unwrap_or(state);
        let mut next = state.clone();
        match *step {
            Step::Predict { core, way } => {
                let window = self.predicted(state, core, way)?;
                self.replace(&mut next, core, &state.cores[core].window, window, 0)?;
            }
            Step::Issue { core, event } => Arc::make_mut(&mut next.cores[core]).issued |= 1 << event,
            Step::Load { core, event } => {
                let mut window = state.cores[core].window.clone();
                let known = window.known;
                window.choose(self.trees[core].path(window.node), event, &self.seen(state, core, event));
                let fresh = window.known & !known;
                next.caches = self.after_load(state, core, event);
                self.replace(&mut next, core, &state.cores[core].window, window, fresh)?;
            }
            Step::Guess { core, event, .. } | Step::Drain { core, event } => {
                let mut window = state.cores[core].window.clone();
                let path = self.trees[core].path(window.node);
                let known = window.known;
                let write = if let Step::Guess { .. } = *step {
                    let write = self.guessed(state, step)?;
                    let bit = self.trees[core].guess_bit(window.node, event)?;
                    Arc::make_mut(&mut next.cores[core]).issued |= 1 << event;
                    window.complete_guessed(path, event, write, bit)
                } else {
                    let write = window.write(path, event)?;
                    window.complete_store(path, event, write);
                    write
                };
                let fresh = window.known & !known;
                next.memory.write(write);
                if let Some((cached, caches)) = self.cached_in(state) {
                    next.caches = Some(cached.store(caches, core, write)?);
                }
                for other in (0..state.cores.len()).filter(|other| *other != core) {
                    self.strike(&mut next, other, write)?;
                }
                self.replace(&mut next, core, &state.cores[core].window, window, fresh)?;
            }
            Step::Cache { core, step } => {
                let caches = self.after_cache_step(state, core, step)?;
                if let CacheStep::Invalidate { line } = step {
                    for write in self.writes_to_line(usize::from(line)) {
                        // Loads that have read the old copy too early are undone, as by a foreign store.
                        self.strike(&mut next, core, write)?;
                    }
                }
                next.caches = Some(caches);
            }
        }
        if self.whole {
            self.settle_caches(&mut next);
        }
        debug_assert!(
            !self.coherent || self.incoherence(&next).is_none(),
            "{}: {:?}",
            self.name(state, step),
            self.incoherence(&next)
        );
        Some(next)
    }

    /// What an early store writes.
    pub(super) fn guessed(&self, state: &State, step: &Step) -> Option<Write> {
        let Step::Guess { core, event, value } = *step else { return None };
        let at = self.trees[core].path(state.cores[core].window.node).events.get(event)?;
        Some(Write { value, ..Write::new(at.place?, at.size, 0, None) })
    }

    /// Gives a core, whose window was `old`, a new one and lets everything follow that has no choice in it; `None` if that
    /// would undo a completed store.
    fn replace(
        &mut self,
        state: &mut State,
        core: usize,
        old: &Window,
        window: Window,
        fresh: Mask,
    ) -> Option<()> {
        let tree = &mut self.trees[core];
        let earlier = tree.begun;
        let window = tree.repair(window, fresh)?;
        let path = tree.path(window.node);
        let goes_on = tree.begun == earlier && tree.same_base(window.node, old.node);
        let begun = state.cores[core].begun.wrapping_add(u32::from(!goes_on));
        let issued = if goes_on {
            // A squash takes younger stores out of the store buffer.
            let events = path.events.len() as u32;
            let kept = state.cores[core].issued & 1_u64.checked_shl(events).unwrap_or(0).wrapping_sub(1);
            tree.written(&window, kept & path.stores)
        } else {
            // Only stores in the store buffer are still in flight where a path begins anew.
            path.events.iter().take_while(|e| e.taken.is_none()).enumerate().fold(0, |m, (e, _)| m | 1 << e)
        };
        state.cores[core] = Arc::new(Core { window, issued, begun });
        self.issue_all(state, core);
        Some(())
    }

    /// A foreign store completes: squashes what it overtakes.
    pub(super) fn strike(&mut self, state: &mut State, core: usize, write: Write) -> Option<()> {
        let node = self.trees[core].node(state.cores[core].window.node);
        if state.cores[core].window.ignores(node.path(), node.reserved(), write) {
            return Some(());
        }
        let old = Arc::clone(&state.cores[core]);
        let mut window = old.window.clone();
        loop {
            let node = self.trees[core].node(window.node);
            if window.strike(node.path(), node.reserved(), write) {
                break;
            }
            let Some(victim) = window.victim(node.path(), write) else { break };
            window = self.trees[core].squash(&window, victim);
        }
        if window == old.window {
            return Some(());
        }
        self.replace(state, core, &old.window, window, 0)
    }

    /// Lets stores enter the store buffer by themselves, if the machine is eager.
    pub(super) fn issue_all(&mut self, state: &mut State, core: usize) {
        let mut more = if self.eager { self.issuable(state, core) } else { 0 };
        while more != 0 {
            Arc::make_mut(&mut state.cores[core]).issued |= more;
            more = self.issuable(state, core);
        }
    }
}
