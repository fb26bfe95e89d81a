//! A second level of cache that all cores share, between the interconnect and memory.
//!
//! It takes part in no protocol: whoever asks memory for a line is answered by it. So the home of a line in
//! [`Caches`] stands for this level and memory together, and always holds what they would answer; beside it stands
//! which lines this level has, and what memory itself holds. A line is filled when the interconnect asks for it or
//! gives it back, and a dirty one that makes room is written to memory, all in the step that needs it. The level neither
//! includes nor excludes what the private caches have: a line that leaves it stays there.

use super::ways::Ways;
use super::{Bytes, Caches, State, Step, VACANT};
use crate::memory::replacement::Order;
use crate::memory::system::{Home, MemoryUse};

/// What a shared second level holds, and memory behind it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Shared {
    /// `places[set * ways + way]` is the line that has the way, or 255.
    places: Vec<u8>,
    /// `orders[set]`, untouched in sets that can never be full.
    orders: Vec<Order>,
    /// The lines that are newer here than in memory: `dirty[line]`.
    dirty: Vec<bool>,
    /// `memory[line]`.
    memory: Vec<Bytes>,
}

/// What a step does in the shared second level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level2Use {
    /// The line.
    pub line: usize,
    /// Whether the line is given back; otherwise it is asked for.
    pub write: bool,
    /// Whether the level has the line already.
    pub hit: bool,
    /// The line that makes room, and whether it has to be written to memory.
    pub victim: Option<(usize, bool)>,
}

/// A line in the shared second level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level2Line<'s> {
    /// The line.
    pub line: usize,
    /// Its set.
    pub set: u32,
    /// Its way in the set.
    pub way: u32,
    /// Whether memory has older contents.
    pub dirty: bool,
    /// Its contents.
    pub bytes: &'s [u8],
}

impl Shared {
    /// Empty, before a memory.
    pub(super) fn new(ways: Ways, memory: &[Bytes]) -> Shared {
        Shared {
            places: vec![VACANT; ways.count()],
            orders: ways.orders(0).collect(),
            dirty: vec![false; memory.len()],
            memory: memory.to_vec(),
        }
    }

    /// What a use of memory does here.
    fn looks_up(&self, ways: Ways, MemoryUse { line, write }: MemoryUse) -> Level2Use {
        let line = usize::from(line);
        let hit = ways.place_of(&self.places, line).is_some();
        let victim = if hit { None } else { ways.room(&self.places, &self.orders, line).err() };
        let victim = victim.map(usize::from).map(|victim| (victim, self.dirty[victim]));
        Level2Use { line, write, hit, victim }
    }

    /// Carries a use out; `homes` is how it leaves them.
    fn carry_out(&mut self, ways: Ways, homes: &[Home<Bytes>], used: Level2Use) {
        if let Some((victim, dirty)) = used.victim {
            if dirty {
                self.memory[victim] = homes[victim].memory.clone();
                self.dirty[victim] = false;
            }
            ways.place_of(&self.places, victim).into_iter().for_each(|place| self.places[place] = VACANT);
        }
        if used.hit {
            ways.hit(&self.places, &mut self.orders, used.line);
        } else if let Ok(place) = ways.room(&self.places, &self.orders, used.line) {
            ways.fill(&mut self.places, &mut self.orders, used.line, place);
        }
        self.dirty[used.line] |= used.write;
    }
}

impl Caches {
    /// What a step that can be taken does in the shared second level: nothing if there is none, or the step needs no
    /// memory.
    pub fn level2_use(&self, state: &State, step: &Step) -> Option<Level2Use> {
        let (ways, shared) = (self.level2?, state.level2.as_ref()?);
        Some(shared.looks_up(ways, self.system.memory_use(&state.coherence, step)?))
    }

    pub(super) fn use_level2(&self, state: &mut State, used: Option<Level2Use>) {
        if let (Some(ways), Some(shared), Some(used)) = (self.level2, state.level2.as_mut(), used) {
            shared.carry_out(ways, &state.coherence.homes, used);
        }
    }

    /// The lines in the shared second level, set by set.
    pub fn level2_lines<'s>(&self, state: &'s State) -> Vec<Level2Line<'s>> {
        let Some((ways, shared)) = self.level2.zip(state.level2.as_ref()) else { return vec![] };
        let line = |(line, set, way): (usize, u32, u32)| {
            let bytes = &*state.coherence.homes[line].memory;
            Level2Line { line, set, way, dirty: shared.dirty[line], bytes }
        };
        ways.resident(&shared.places).map(line).collect()
    }

    /// The line in memory, behind all caches.
    pub fn memory<'s>(&self, state: &'s State, line: usize) -> &'s [u8] {
        match &state.level2 {
            Some(shared) => &shared.memory[line],
            None => &state.coherence.homes[line].memory,
        }
    }

    /// What is wrong with the shared second level, as a sentence without its full stop: a line that it does not have,
    /// or has clean, is not as in memory.
    pub(super) fn level2_violation(&self, state: &State) -> Option<String> {
        let (ways, shared) = (self.level2?, state.level2.as_ref()?);
        let newer = |line: &usize| {
            let home = &state.coherence.homes[*line].memory;
            let held = shared.dirty[*line] && ways.place_of(&shared.places, *line).is_some();
            !held && *home != shared.memory[*line]
        };
        let line = (0..self.layout.lines()).find(newer)?;
        Some(format!(
            "the second level has lost {}, which memory has an older one of",
            self.layout.names[line]
        ))
    }
}
