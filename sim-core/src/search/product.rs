//! Final states as products: memory, and for each thread a set of ends that combine freely.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indexmap::{IndexMap, IndexSet};

use super::endings::{Ending, Endings};
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

    /// Whether a final state has these observed registers of one thread.
    pub fn agrees(&self, state: &State, thread: usize, registers: &[Value]) -> bool {
        let mut values = state.values.clone();
        self.fill(&mut values, thread, registers);
        values == state.values
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
    /// Adds all combinations of the ends of the threads with this memory; gives the number of the product.
    pub fn add(&mut self, shape: &Shape, memory: &Image, endings: &[Arc<Endings>]) -> usize {
        let ids = endings.iter().map(|e| match self.ends.get_index_of(&e.finals) {
            Some(index) => index as u32,
            None => self.ends.insert_full(e.finals.clone()).0 as u32,
        });
        let ids = ids.collect();
        self.products.insert_full((shape.memory(memory), ids)).0
    }

    /// The products, ready to be listed.
    pub fn listing<'p>(&'p self, shape: &'p Shape) -> Listing<'p> {
        let mut endings: IndexSet<&Ending, Hash> = IndexSet::default();
        let mut number = |ending| endings.insert_full(ending).0 as u32;
        let numbers = self.ends.iter().map(|set| set.iter().map(&mut number).collect()).collect();
        let guessing = endings.iter().any(|e| !e.depends.is_empty());
        Listing { products: &self.products, shape, numbers, endings, guessing }
    }
}

/// A union of products whose states can be listed.
pub(crate) struct Listing<'p> {
    products: &'p IndexSet<Stored, Hash>,
    shape: &'p Shape,
    /// `numbers[set]`: the ends of a set, as indices of `endings`.
    numbers: Vec<Vec<u32>>,
    endings: IndexSet<&'p Ending, Hash>,
    /// Whether some end depends on guesses.
    guessing: bool,
}

impl<'p> Listing<'p> {
    /// Hands each final state of these products to `wanted`.
    fn each(&self, products: impl Iterator<Item = &'p Stored>, wanted: &mut impl Wanted) {
        let mut groups: IndexMap<&[Value], Vec<&[u32]>, Hash> = IndexMap::default();
        for (memory, ids) in products {
            groups.entry(memory).or_default().push(ids);
        }
        let threads = self.shape.observed.len();
        for (memory, products) in groups {
            let union = Union::new(threads, products.iter().copied());
            let (values, chosen) = (memory.into(), vec![0; threads]);
            if !union.walk(&mut States { listing: self, values, chosen, wanted: &mut *wanted }) {
                return;
            }
        }
    }

    /// Hands each final state of one product to `visit`.
    pub fn each_of(&self, product: usize, visit: impl FnMut(&[Value])) {
        self.each(self.products.get_index(product).into_iter(), &mut Each(visit));
    }

    /// All final states that pass the filter, sorted; and whether `stop` was set before all were listed.
    pub fn states(&self, filter: Option<&Prop>, stop: &AtomicBool) -> (Vec<State>, bool) {
        let mut all = All { filter, found: Vec::new(), stop, stopped: false };
        self.each(self.products.iter(), &mut all);
        let All { mut found, stopped, .. } = all;
        found.sort_unstable();
        // Ends that differ only in what their guesses depend on look the same.
        found.dedup();
        (found, stopped)
    }

    /// One final state in which `prop` holds and one in which it does not, of those that pass the filter,
    /// without listing them all; and whether `stop` was set before both were found.
    pub fn examples(&self, filter: Option<&Prop>, prop: &Prop, stop: &AtomicBool) -> (Vec<State>, bool) {
        let mut examples = Examples { filter, prop, yes: None, no: None, stop, steps: 0, stopped: false };
        self.each(self.products.iter(), &mut examples);
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

/// Every state.
struct Each<F>(F);

impl<F: FnMut(&[Value])> Wanted for Each<F> {
    fn begins(&mut self, _: &dyn Fn(usize) -> Option<Value>) -> bool {
        true
    }

    fn state(&mut self, values: &[Value]) -> bool {
        (self.0)(values);
        true
    }
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
    listing: &'a Listing<'a>,
    values: Box<[Value]>,
    /// `chosen[thread]`: index of its end.
    chosen: Vec<u32>,
    wanted: &'a mut W,
}

impl<W> States<'_, W> {
    fn end(&self, thread: usize) -> &Ending {
        self.listing.endings[self.chosen[thread] as usize]
    }
}

impl<W: Wanted> Visitor for States<'_, W> {
    fn members(&self, _: usize, set: u32) -> &[u32] {
        &self.listing.numbers[set as usize]
    }

    fn choose(&mut self, thread: usize, member: u32) -> bool {
        self.chosen[thread] = member;
        let Listing { shape, endings, .. } = self.listing;
        shape.fill(&mut self.values, thread, &endings[member as usize].registers);
        let known = |slot: usize| shape.is_filled(slot, thread).then(|| self.values[slot]);
        self.wanted.begins(&known)
    }

    fn visit(&mut self) -> bool {
        if self.listing.guessing {
            let depends = (0..self.chosen.len()).flat_map(|thread| &self.end(thread).depends);
            if !well_founded(&depends.copied().collect::<Vec<_>>()) {
                return true;
            }
        }
        self.wanted.state(&self.values)
    }
}
