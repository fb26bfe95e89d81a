//! Final states as products: memory, and for each thread a set of ends that combine freely.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indexmap::{IndexMap, IndexSet};

use super::automaton::{Ending, Endings};
use super::union::{Union, Visitor};
use crate::core::{Image, well_founded};
use crate::litmus::Test;
use crate::order::{Layout, Place};
use crate::outcome::{Prop, Source, State, Type};
use crate::program::Value;

type Hash = foldhash::fast::FixedState;

/// Where the value of one slot of a final state comes from.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// An observed register of a thread: index of the thread, index among its observed registers.
    Register(usize, usize),
    /// Bytes of memory.
    Memory(Place, u8),
    /// A symbol that has no place in memory.
    Nowhere,
}

/// How the final states of a test are put together.
#[derive(Debug)]
pub(crate) struct Shape {
    slots: Vec<(Origin, Type)>,
    /// `observed[thread]`: the observed registers, ascending.
    pub observed: Vec<Vec<u8>>,
}

impl Shape {
    /// The shape of the final states of `test`.
    pub fn new(test: &Test, layout: &Layout) -> Shape {
        let observed: Vec<Vec<u8>> =
            (0..test.program.threads.len()).map(|thread| observed_registers(test, thread)).collect();
        let slots = test
            .observables
            .slots()
            .map(|(item, cell)| {
                let origin = match item.source {
                    Source::Register { thread, reg } => observed
                        .get(thread)
                        .and_then(|all| all.binary_search(&reg.0).ok())
                        .map_or(Origin::Nowhere, |index| Origin::Register(thread, index)),
                    Source::Memory { symbol, offset } => layout.start(symbol).map_or(Origin::Nowhere, |at| {
                        let place = at.0 + (offset + cell * u32::from(item.ty.bytes)) as u16;
                        Origin::Memory(Place(place), item.ty.bytes.min(8))
                    }),
                };
                (origin, item.ty)
            })
            .collect();
        Shape { slots, observed }
    }

    /// The part of a final state that memory gives; 0 in the other slots.
    fn memory(&self, memory: &Image) -> Box<[Value]> {
        let value = |(origin, ty): &(Origin, Type)| match origin {
            Origin::Memory(place, size) => ty.read(memory.read(*place, *size) as Value),
            _ => 0,
        };
        self.slots.iter().map(value).collect()
    }

    /// Fills in the part of a final state that one thread gives.
    fn fill(&self, values: &mut [Value], thread: usize, registers: &[Value]) {
        for (value, (origin, ty)) in values.iter_mut().zip(&self.slots) {
            if let Origin::Register(t, index) = origin
                && *t == thread
            {
                *value = ty.read(registers[*index]);
            }
        }
    }

    /// Whether a slot has its value once memory and the threads up to `thread` have given theirs.
    fn is_filled(&self, slot: usize, thread: usize) -> bool {
        !matches!(self.slots[slot].0, Origin::Register(t, _) if t > thread)
    }

    /// The final state with this memory and these observed registers of each thread.
    pub fn state(&self, memory: &Image, registers: &[Vec<Value>]) -> State {
        let mut values = self.memory(memory);
        for (thread, registers) in registers.iter().enumerate() {
            self.fill(&mut values, thread, registers);
        }
        State { values }
    }
}

/// The registers of a thread that belong to final states, ascending.
fn observed_registers(test: &Test, thread: usize) -> Vec<u8> {
    let mut registers: Vec<u8> = test
        .observables
        .items
        .iter()
        .filter_map(|item| match item.source {
            Source::Register { thread: t, reg } if t == thread => Some(reg.0),
            _ => None,
        })
        .collect();
    registers.sort_unstable();
    registers.dedup();
    registers
}

/// A product as it is stored: the memory part of its states, and a number for the ends of each thread.
type Stored = (Box<[Value]>, Box<[u32]>);

/// A set of final states as a union of products, each stored once.
#[derive(Debug, Default)]
pub(crate) struct Products {
    ends: IndexSet<Vec<Ending>, Hash>,
    products: IndexSet<Stored, Hash>,
}

impl Products {
    /// Adds all combinations of the ends of the threads with this memory.
    pub fn add(&mut self, shape: &Shape, memory: &Image, endings: &[Arc<Endings>]) {
        let ids = endings.iter().map(|e| match self.ends.get_index_of(&e.finals) {
            Some(index) => index as u32,
            None => self.ends.insert_full(e.finals.clone()).0 as u32,
        });
        let ids = ids.collect();
        self.products.insert((shape.memory(memory), ids));
    }

    /// Hands each final state to `wanted`.
    fn each(&self, shape: &Shape, wanted: &mut impl Wanted) {
        let mut endings: IndexSet<&Ending, Hash> = IndexSet::default();
        let mut number = |ending| endings.insert_full(ending).0 as u32;
        let numbers: Vec<Vec<u32>> =
            self.ends.iter().map(|set| set.iter().map(&mut number).collect()).collect();
        let mut groups: IndexMap<&[Value], Vec<&[u32]>, Hash> = IndexMap::default();
        for (memory, ids) in &self.products {
            groups.entry(memory).or_default().push(ids);
        }
        for (memory, products) in groups {
            let union = Union::new(shape.observed.len(), products.iter().copied());
            let chosen = vec![0; shape.observed.len()];
            let guessing = endings.iter().any(|e| !e.depends.is_empty());
            let mut states = States {
                shape,
                numbers: &numbers,
                endings: &endings,
                values: memory.into(),
                chosen,
                guessing,
                wanted: &mut *wanted,
            };
            if !union.walk(&mut states) {
                return;
            }
        }
    }

    /// All final states that pass the filter, sorted; and whether `stop` was set before all were listed.
    pub fn states(&self, shape: &Shape, filter: Option<&Prop>, stop: &AtomicBool) -> (Vec<State>, bool) {
        let mut all = All { filter, found: Vec::new(), stop, stopped: false };
        self.each(shape, &mut all);
        let All { mut found, stopped, .. } = all;
        found.sort_unstable();
        // Ends that differ only in what their guesses depend on look the same.
        found.dedup();
        (found, stopped)
    }

    /// One final state in which `prop` holds and one in which it does not, of those that pass the filter,
    /// without listing them all; and whether `stop` was set before both were found.
    pub fn examples(
        &self,
        shape: &Shape,
        filter: Option<&Prop>,
        prop: &Prop,
        stop: &AtomicBool,
    ) -> (Vec<State>, bool) {
        let mut examples = Examples { filter, prop, yes: None, no: None, stop, steps: 0, stopped: false };
        self.each(shape, &mut examples);
        let mut states: Vec<State> = examples.yes.into_iter().chain(examples.no).collect();
        states.sort_unstable();
        (states, examples.stopped)
    }
}

/// Who looks at final states, slot by slot.
trait Wanted {
    /// Whether any state with these slots is of interest; `known(slot)` is `None` for a slot that is open.
    fn begins(&mut self, known: &dyn Fn(usize) -> Option<Value>) -> bool;

    /// A final state; `false` to be shown no more.
    fn state(&mut self, values: &[Value]) -> bool;
}

/// All states that pass a filter.
struct All<'a> {
    filter: Option<&'a Prop>,
    found: Vec<State>,
    stop: &'a AtomicBool,
    stopped: bool,
}

impl Wanted for All<'_> {
    fn begins(&mut self, known: &dyn Fn(usize) -> Option<Value>) -> bool {
        self.filter.is_none_or(|filter| filter.known(known) != Some(false))
    }

    fn state(&mut self, values: &[Value]) -> bool {
        self.found.push(State { values: values.into() });
        if self.found.len().is_multiple_of(POLL) {
            self.stopped = self.stop.load(Ordering::Relaxed);
        }
        !self.stopped
    }
}

/// States or beginnings of states between two looks at whether to stop.
const POLL: usize = 4096;

/// One state that answers a proposition with yes and one with no.
struct Examples<'a> {
    filter: Option<&'a Prop>,
    prop: &'a Prop,
    yes: Option<State>,
    no: Option<State>,
    stop: &'a AtomicBool,
    steps: usize,
    stopped: bool,
}

impl Wanted for Examples<'_> {
    fn begins(&mut self, known: &dyn Fn(usize) -> Option<Value>) -> bool {
        self.steps += 1;
        if self.steps.is_multiple_of(POLL) {
            self.stopped |= self.stop.load(Ordering::Relaxed);
        }
        let filtered = self.filter.is_some_and(|filter| filter.known(known) == Some(false));
        let answered = match self.prop.known(known) {
            Some(true) => self.yes.is_some(),
            Some(false) => self.no.is_some(),
            None => false,
        };
        !self.stopped && !filtered && !answered
    }

    fn state(&mut self, values: &[Value]) -> bool {
        let state = State { values: values.into() };
        let example = if self.prop.holds(&state) { &mut self.yes } else { &mut self.no };
        example.get_or_insert(state);
        !self.stopped && (self.yes.is_none() || self.no.is_none())
    }
}

/// The final states of one memory, put together thread by thread.
struct States<'a, W> {
    shape: &'a Shape,
    /// `numbers[set]`: the ends of a set, as indices of `endings`.
    numbers: &'a [Vec<u32>],
    endings: &'a IndexSet<&'a Ending, Hash>,
    values: Box<[Value]>,
    /// `chosen[thread]`: index of its end.
    chosen: Vec<u32>,
    /// Whether some end depends on guesses.
    guessing: bool,
    wanted: &'a mut W,
}

impl<W: Wanted> Visitor for States<'_, W> {
    fn members(&self, _: usize, set: u32) -> &[u32] {
        &self.numbers[set as usize]
    }

    fn choose(&mut self, thread: usize, member: u32) -> bool {
        self.chosen[thread] = member;
        self.shape.fill(&mut self.values, thread, &self.endings[member as usize].registers);
        let known = |slot: usize| self.shape.is_filled(slot, thread).then(|| self.values[slot]);
        self.wanted.begins(&known)
    }

    fn visit(&mut self) -> bool {
        if self.guessing {
            let depends = self.chosen.iter().flat_map(|end| &self.endings[*end as usize].depends);
            if !well_founded(&depends.copied().collect::<Vec<_>>()) {
                return true;
            }
        }
        self.wanted.state(&self.values)
    }
}
