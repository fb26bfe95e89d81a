//! One representative for all states of a line that differ by a renaming of cores.
//!
//! Cores are sorted by what can be said of each without naming another, the mark of its [part](super::parts).
//! That settles it unless cores are tied that a message links to another core. Then marks are refined by those of
//! the linked cores until that tells no more cores apart, as in graph canonisation (McKay & Piperno 2014, §2). If a message
//! still links two tied cores, each of their class is tried as the first, and the smallest state is taken; other ties
//! do not matter, for exchanging such cores changes nothing. So the price is a sort of the cores, except in states that
//! are symmetric in a way that matters. Marks are hashes; any renaming is sound, so that two that are equal by
//! chance would cost memory, never a behaviour.

use super::joined::Joined;
use super::keys::Key;
use super::means::Means;
use super::parts::Known;
use super::sort;
use super::store;
use super::tails;
use super::words::{self, Placement, Places, link, readdressed, scattered};
use crate::memory::system::CORES_MAX;
use std::ops::Range;

/// Packs states canonically, reusing its memory.
#[derive(Debug, Clone)]
pub(super) struct Canonical {
    symmetry: bool,
    cores: usize,
    /// The cores of the last state in their places.
    order: Signatures,
    /// All orders that give the smallest form of the last state, if it was not settled by marks alone.
    orders: Vec<Signatures>,
    least: Form,
}

/// Marks with their cores in the lowest 4 bits: in the order of the cores, or sorted; for the cores that there are.
type Signatures = [u64; CORES_MAX];

/// What states are compared by: the marks by place, and the loose messages.
type Form = (Signatures, Vec<u16>);

const CORE: u64 = 15;

impl Canonical {
    pub(super) fn new(cores: u8, symmetry: bool) -> Canonical {
        let (order, least) = ([0; CORES_MAX], ([0; CORES_MAX], vec![]));
        Canonical { symmetry, cores: cores.into(), order, orders: vec![], least }
    }

    /// The key of the representative of a state, and its shard; `None` if it consists of more than can be numbered.
    #[inline]
    pub(super) fn pack<const N: usize>(
        &mut self,
        state: &Joined,
        means: &mut Means,
    ) -> Option<(Key<N>, usize)> {
        // Nothing is done as often: for the usual numbers of cores the compiler may unroll it.
        match self.cores {
            3 => self.pack_for::<N, 3>(state, means),
            4 => self.pack_for::<N, 4>(state, means),
            5 => self.pack_for::<N, 5>(state, means),
            6 => self.pack_for::<N, 6>(state, means),
            _ => self.pack_for::<N, CORES_MAX>(state, means),
        }
    }

    /// For `C` cores, or for any number if that is the greatest.
    fn pack_for<const N: usize, const C: usize>(
        &mut self,
        state: &Joined,
        means: &mut Means,
    ) -> Option<(Key<N>, usize)> {
        let cores = if C == CORES_MAX { self.cores } else { C };
        let order = &mut self.order[..cores];
        let mut marks = 0u64;
        for (core, signature) in order.iter_mut().enumerate() {
            let mark = means.known.mark(state.parts()[core]);
            marks = marks.wrapping_add(mark);
            *signature = mark | core as u64;
        }
        self.orders.clear();
        let tail = state.tail();
        if self.symmetry {
            sort::by_pairs(order);
            let linked = means.tails.linked(tail);
            if linked != 0 && tied(order) & linked != 0 {
                self.settle(state, &means.known, means.tails.messages(tail), self.order);
                self.order = self.orders[0];
            }
        }
        let order = &self.order[..cores];
        let tail = if tail == tails::EMPTY { tail } else { means.tails.placed(tail, placement(order)) };
        // Neither the names of cores nor the numbers of parts decide where a key is kept.
        let shared = state.shared().iter().fold(0, |all, &word| all << 16 | u64::from(word));
        Some((state.key(order, tail)?, store::shard_of(scattered(marks ^ shared))))
    }

    /// The ways to place the cores that lead to the representative of the last state packed: more than one if it is
    /// symmetric in a way that matters.
    pub(super) fn ways(&self) -> impl ExactSizeIterator<Item = Places> {
        let orders = if self.orders.is_empty() { std::slice::from_ref(&self.order) } else { &self.orders };
        orders.iter().map(|order| placement(&order[..self.cores]).places())
    }

    /// Orders cores of which some are tied and linked.
    fn settle(&mut self, state: &Joined, known: &Known, tail: &[u16], mut sorted: Signatures) {
        let cores = self.cores;
        let classes =
            |sorted: &Signatures| sorted[..cores].windows(2).filter(|pair| !tie(pair[0], pair[1])).count();
        let mut told_apart = classes(&sorted);
        loop {
            sorted = refined(tail, &sorted[..cores]);
            let now = classes(&sorted);
            if now == told_apart {
                break;
            }
            told_apart = now;
        }
        if let Some(class) = linked_tie(tail, &sorted[..cores]) {
            for place in class {
                let mut chosen = sorted;
                chosen[place] = scattered(chosen[place] | CORE) & !CORE | chosen[place] & CORE;
                sort::by_insertion(&mut chosen[..cores]);
                self.settle(state, known, tail, chosen);
            }
            return;
        }
        let places = placement(&sorted[..cores]).places();
        let mut form: Form = (sorted, tail.iter().map(|&message| readdressed(message, &places)).collect());
        sort::by_insertion(&mut form.1);
        for mark in &mut form.0[..cores] {
            *mark = known.mark(state.parts()[(*mark & CORE) as usize]);
        }
        if self.orders.is_empty() || form < self.least {
            self.orders.clear();
            self.least = form;
            self.orders.push(sorted);
        } else if form == self.least {
            self.orders.push(sorted);
        }
    }
}

/// The place of each core in an order.
#[inline]
fn placement(order: &[u64]) -> Placement {
    Placement::new(order.iter().map(|signature| (signature & CORE) as usize))
}

/// Whether two signatures say the same.
#[inline]
fn tie(one: u64, other: u64) -> bool {
    one | CORE == other | CORE
}

/// The cores that share their signature with another one, one bit each.
fn tied(sorted: &[u64]) -> u16 {
    sorted.windows(2).fold(0, |tied, pair| {
        let both = 1u16 << (pair[0] & CORE) | 1 << (pair[1] & CORE);
        tied | if tie(pair[0], pair[1]) { both } else { 0 }
    })
}

/// Signatures that say as much as before and what the linked cores' signatures say.
fn refined(messages: &[u16], sorted: &[u64]) -> Signatures {
    let mut before = [0u64; CORES_MAX];
    sorted.iter().for_each(|signature| before[(signature & CORE) as usize] = signature >> 4);
    let mut sums = before.map(scattered);
    for &message in messages {
        if let Some((to, requester)) = link(message) {
            let kind = u64::from(words::kind(message)) << 44;
            sums[to] = sums[to].wrapping_add(scattered(before[requester] ^ kind));
            sums[requester] = sums[requester].wrapping_add(scattered(!before[to] ^ kind));
        }
    }
    let mut refined = [0; CORES_MAX];
    for (core, signature) in refined[..sorted.len()].iter_mut().enumerate() {
        *signature = sums[core] & !CORE | core as u64;
    }
    sort::by_insertion(&mut refined[..sorted.len()]);
    refined
}

/// The places of the first class of tied cores that a message links to a tied core.
fn linked_tie(messages: &[u16], sorted: &[u64]) -> Option<Range<usize>> {
    let tied = tied(sorted);
    let is_tied = |core: usize| tied >> core & 1 != 0;
    let mut linked = 0u16;
    for (to, requester) in messages.iter().filter_map(|&message| link(message)) {
        if is_tied(to) && is_tied(requester) {
            linked |= 1 << to | 1 << requester;
        }
    }
    let first = sorted.iter().position(|signature| linked >> (signature & CORE) & 1 != 0)?;
    let same = |signature: &&u64| tie(**signature, sorted[first]);
    let before = sorted[..first].iter().rev().take_while(same).count();
    let after = sorted[first..].iter().take_while(same).count();
    Some(first - before..first + after)
}

#[cfg(test)]
mod tests {
    use super::super::lines::{Lines, Scratch};
    use super::super::model::Model;
    use super::super::space::Space;
    use super::super::words::{IN_PLACE, Words};
    use super::*;
    use crate::memory::protocol;
    use crate::memory::system::{Kind, Message, Step};
    use proptest::prelude::*;

    /// A state that a random walk of `choices` leads to.
    fn walk(model: &Model, choices: &[usize]) -> Words {
        let mut state = model.initial();
        let mut unpacked = model.system.initial(&[0]);
        let mut steps: Vec<Step<u8>> = vec![];
        for &choice in choices {
            state.unpack(&mut unpacked);
            model.steps(&unpacked, &mut steps, |_| {});
            let mut next = state.clone();
            if model.apply(&mut next, &steps[choice % steps.len()]).is_ok() {
                state = next;
            }
        }
        state
    }

    /// The state with its cores in other places.
    fn placed(state: &Words, places: &Places) -> Words {
        let mut columns = state.columns().to_vec();
        for (&column, &place) in state.columns().iter().zip(places) {
            columns[usize::from(place)] = column;
        }
        let messages = state.messages().iter().map(|&message| readdressed(message, places));
        let mut other = state.clone();
        other.assemble(columns, state.shared(), messages);
        other
    }

    fn scratch(lines: &Lines) -> Scratch {
        <Lines as Space<2>>::scratch(lines)
    }

    fn representative(state: &Words, lines: &Lines, scratch: &mut Scratch) -> Key<2> {
        lines.pack(state, scratch).expect("there are numbers enough").0
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Renaming a state does not change its representative, and the representative is itself one.
        #[test]
        fn renamed_states_have_one_representative(
            number in 0usize..7,
            choices in prop::collection::vec(0usize..1000, 0..80),
            order in Just(vec![0u8, 1, 2, 3, 4]).prop_shuffle(),
        ) {
            let model = || Model::new(protocol::all().swap_remove(number), 5, 3);
            let lines = Lines::new(model(), true);
            let mut scratch = scratch(&lines);
            let state = walk(&lines.model, &choices);
            let one = representative(&state, &lines, &mut scratch);
            // Each way that it names leads there.
            let ways: Vec<Places> = scratch.canonical.ways().collect();
            let mut in_place = Canonical::new(5, false);
            for places in ways {
                let Scratch { here, means, .. } = &mut scratch;
                here.split(&placed(&state, &places), &lines.model, means);
                let packed = in_place.pack(here, means);
                prop_assert_eq!(Some(one), packed.map(|(key, _)| key));
            }
            let mut places = IN_PLACE;
            places[..order.len()].copy_from_slice(&order);
            prop_assert_eq!(one, representative(&placed(&state, &places), &lines, &mut scratch));
            lines.enter(&one, &mut scratch);
            let Scratch { canonical, here, means, .. } = &mut scratch;
            prop_assert_eq!(Some(one), canonical.pack(here, means).map(|(key, _)| key));
        }
    }

    /// Two pairs of cores, each linked by a message: the pairs can be exchanged, the cores one by one cannot.
    #[test]
    fn linked_cores_are_told_apart_by_what_they_are_linked_to() {
        let protocol = protocol::find("msi-directory").expect("it is built in");
        let lines = Lines::new(Model::new(protocol, 4, 2), true);
        let mut scratch = scratch(&lines);
        let inv = |to, requester| Message { kind: Kind::Inv, line: 0, to, requester, acks: 0, data: 0 };
        let mut state = lines.model.system.initial(&[0]);
        state.messages = vec![inv(0, 1), inv(2, 3)];
        let words = Words::new(&state, false);
        let one = representative(&words, &lines, &mut scratch);
        let ways: Vec<Places> = scratch.canonical.ways().collect();
        assert_eq!(ways.len(), 2, "{ways:?}");
        assert_eq!((ways[0][0], ways[0][1]), (ways[1][2], ways[1][3]), "the pairs have changed places");
        for order in [[2, 3, 0, 1], [0, 2, 1, 3], [3, 2, 1, 0]] {
            let mut places = IN_PLACE;
            places[..4].copy_from_slice(&order);
            assert_eq!(one, representative(&placed(&words, &places), &lines, &mut scratch));
        }
        state.messages = vec![inv(0, 1), inv(1, 0)];
        state.messages.sort_unstable();
        assert_ne!(one, representative(&Words::new(&state, false), &lines, &mut scratch));
    }
}
