//! Final states as products: memory, and for each thread a set of ends that combine freely.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::automaton::{Ending, Endings};
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

/// Most products of one memory with which each smaller one is compared.
const COMPARED_MAX: usize = 512;

/// One product: the ends of each thread, also as sets of numbers.
struct Product<'a> {
    members: Vec<Members>,
    sets: Vec<&'a [Ending]>,
}

impl Product<'_> {
    fn contains(&self, other: &Product<'_>) -> bool {
        self.members.iter().zip(&other.members).all(|(a, b)| a.contains(b))
    }
}

/// The memory of some final states, and the ends that each thread can choose from.
type Choice<'a> = (&'a [Value], Vec<&'a [Ending]>);

/// A product as it is stored: the memory part of its states, and a number for the ends of each thread.
type Stored = (Box<[Value]>, Box<[u32]>);

/// A set of small numbers.
struct Members(Vec<u64>);

impl Members {
    fn new(numbers: impl Iterator<Item = usize>) -> Members {
        let mut words = Vec::new();
        for number in numbers {
            let word = number / 64;
            if words.len() <= word {
                words.resize(word + 1, 0);
            }
            words[word] |= 1 << (number % 64);
        }
        Members(words)
    }

    fn contains(&self, other: &Members) -> bool {
        other.0.iter().enumerate().all(|(i, word)| word & !self.0.get(i).copied().unwrap_or(0) == 0)
    }
}

/// A set of final states as a union of products, each stored once.
#[derive(Debug, Default)]
pub(crate) struct Products {
    ends: IndexMap<Vec<Ending>, (), Hash>,
    products: IndexSet<Stored, Hash>,
}

impl Products {
    /// Adds all combinations of the ends of the threads with this memory.
    pub fn add(&mut self, shape: &Shape, memory: &Image, endings: &[Arc<Endings>]) {
        let ids = endings.iter().map(|e| match self.ends.get_index_of(&e.finals) {
            Some(index) => index as u32,
            None => self.ends.insert_full(e.finals.clone(), ()).0 as u32,
        });
        let ids = ids.collect();
        self.products.insert((shape.memory(memory), ids));
    }

    /// The products that no other one contains, as far as that is cheap to see: per memory, the larger
    /// ones first.
    fn largest(&self) -> Vec<Choice<'_>> {
        let mut numbers: IndexSet<&Ending, Hash> = IndexSet::default();
        let mut groups: IndexMap<&[Value], Vec<Product<'_>>, Hash> = IndexMap::default();
        for (memory, ids) in &self.products {
            let sets: Vec<&[Ending]> =
                ids.iter().filter_map(|id| self.ends.get_index(*id as usize)).map(|(e, ())| &**e).collect();
            let members = sets.iter().map(|set| Members::new(set.iter().map(|e| numbers.insert_full(e).0)));
            let members = members.collect();
            groups.entry(memory).or_default().push(Product { members, sets });
        }
        let mut largest = Vec::new();
        for (memory, mut products) in groups {
            products.sort_by_key(|p| std::cmp::Reverse(p.sets.iter().map(|s| s.len()).product::<usize>()));
            let mut kept: Vec<Product<'_>> = Vec::new();
            for product in products {
                if !kept.iter().take(COMPARED_MAX).any(|larger| larger.contains(&product)) {
                    kept.push(product);
                }
            }
            largest.extend(kept.into_iter().map(|p| (memory, p.sets)));
        }
        largest
    }

    /// Calls `visit` for each final state, some perhaps several times, until it returns `false`.
    fn each(&self, shape: &Shape, mut visit: impl FnMut(&[Value]) -> bool) {
        for (memory, sets) in self.largest() {
            let guessing = sets.iter().any(|set| set.iter().any(|e| !e.depends.is_empty()));
            let mut values: Box<[Value]> = memory.into();
            let mut chosen = vec![0; sets.len()];
            for (thread, set) in sets.iter().enumerate() {
                shape.fill(&mut values, thread, &set[0].registers);
            }
            loop {
                let counts = !guessing || {
                    let tuple = sets.iter().zip(&chosen).flat_map(|(set, c): (_, &usize)| &set[*c].depends);
                    well_founded(&tuple.copied().collect::<Vec<_>>())
                };
                if counts && !visit(&values) {
                    return;
                }
                let Some(next) = (0..chosen.len()).find(|t| chosen[*t] + 1 < sets[*t].len()) else { break };
                chosen[next] += 1;
                chosen[..next].fill(0);
                for thread in 0..=next {
                    shape.fill(&mut values, thread, &sets[thread][chosen[thread]].registers);
                }
            }
        }
    }

    /// All final states that pass the filter, sorted.
    pub fn states(&self, shape: &Shape, filter: Option<&Prop>) -> Vec<State> {
        let mut found: IndexSet<Box<[Value]>, Hash> = IndexSet::default();
        self.each(shape, |values| {
            if !found.contains(values) {
                found.insert(values.into());
            }
            true
        });
        let mut states: Vec<State> = found.into_iter().map(|values| State { values }).collect();
        if let Some(filter) = filter {
            states.retain(|state| filter.holds(state));
        }
        states.sort_unstable();
        states
    }

    /// One final state in which `prop` holds and one in which it does not, of those that pass the filter,
    /// without listing them all.
    pub fn examples(&self, shape: &Shape, filter: Option<&Prop>, prop: &Prop) -> Vec<State> {
        let (mut yes, mut no) = (None, None);
        self.each(shape, |values| {
            let state = State { values: values.into() };
            if filter.is_none_or(|filter| filter.holds(&state)) {
                if prop.holds(&state) {
                    yes.get_or_insert(state);
                } else {
                    no.get_or_insert(state);
                }
            }
            yes.is_none() || no.is_none()
        });
        let mut states: Vec<State> = yes.into_iter().chain(no).collect();
        states.sort_unstable();
        states
    }
}
