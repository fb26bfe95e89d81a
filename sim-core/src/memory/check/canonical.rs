//! One representative for all states of a line that differ by a renaming of cores.
//!
//! Cores are sorted by what can be said of each without naming another: its column, and its messages (a signature).
//! That settles it unless cores are tied that a message links to another core. Then signatures are refined by those of
//! the linked cores until that tells no more cores apart, as in graph canonisation (McKay & Piperno 2014, §2). If a message
//! still links two tied cores, each of their class is tried as the first, and the smallest string is taken; other ties
//! do not matter, for exchanging such cores changes nothing. So the price is a sort of the cores, except in states that
//! are symmetric in a way that matters. Signatures are hashes; any renaming is sound, so that two that are equal by
//! chance would cost memory, never a behaviour.

use super::words::{self, IN_PLACE, Places, Words, insertion_sort, link, scattered};
use crate::memory::system::CORES_MAX;
use std::ops::Range;

/// Packs states canonically, reusing its memory.
#[derive(Debug, Clone)]
pub(super) struct Canonical {
    cores: usize,
    symmetry: bool,
    /// The places of the cores that give the smallest string of the last state. More than one way if the state is
    /// symmetric in a way that matters.
    pub(super) ways: Vec<Places>,
    trial: Vec<u16>,
}

/// Signatures with their cores in the lowest 4 bits: in the order of the cores, or sorted; for the cores that there are.
type Signatures = [u64; CORES_MAX];

const CORE: u64 = 15;

impl Canonical {
    pub(super) fn new(cores: u8, symmetry: bool) -> Canonical {
        Canonical { cores: usize::from(cores), symmetry, ways: vec![], trial: vec![] }
    }

    /// Appends the packed representative of a state.
    pub(super) fn pack(&mut self, state: &Words, out: &mut Vec<u16>) {
        self.ways.clear();
        let mut places = IN_PLACE;
        if self.symmetry {
            let mut signatures = [0; CORES_MAX];
            for (core, signature) in signatures[..self.cores].iter_mut().enumerate() {
                *signature = state.signature(core) << 4 | core as u64;
            }
            let tied = rank(&signatures[..self.cores], &mut places);
            if tied != 0 && state.messages().iter().any(|&message| links(message, tied)) {
                insertion_sort(&mut signatures[..self.cores]);
                let start = out.len();
                self.settle(state, signatures, start, out);
                return;
            }
        }
        state.push_placed(&places, out);
        self.ways.push(places);
    }

    /// Orders cores of which some are tied and linked.
    fn settle(&mut self, state: &Words, mut sorted: Signatures, start: usize, out: &mut Vec<u16>) {
        let cores = self.cores;
        let classes =
            |sorted: &Signatures| sorted[..cores].windows(2).filter(|pair| !tie(pair[0], pair[1])).count();
        let mut known = classes(&sorted);
        loop {
            sorted = refined(state.messages(), &sorted[..cores]);
            let now = classes(&sorted);
            if now == known {
                break;
            }
            known = now;
        }
        if let Some(class) = linked_tie(state.messages(), &sorted[..cores]) {
            for place in class {
                let mut chosen = sorted;
                chosen[place] = scattered(chosen[place] | CORE) & !CORE | chosen[place] & CORE;
                insertion_sort(&mut chosen[..cores]);
                self.settle(state, chosen, start, out);
            }
            return;
        }
        let mut places = IN_PLACE;
        for (signature, place) in sorted[..cores].iter().zip(0..) {
            places[(signature & CORE) as usize] = place;
        }
        self.trial.clear();
        state.push_placed(&places, &mut self.trial);
        if out.len() == start || self.trial[..] < out[start..] {
            out.truncate(start);
            out.extend_from_slice(&self.trial);
            self.ways.clear();
        }
        if self.trial[..] == out[start..] {
            self.ways.push(places);
        }
    }
}

/// Places cores by the order of their signatures, without a branch that cannot be foreseen: the cores that are tied with
/// another one, one bit each.
#[inline]
fn rank(signatures: &[u64], places: &mut Places) -> u16 {
    let mut tied = 0;
    for (core, &one) in signatures.iter().enumerate() {
        let (mut place, mut ties) = (0, 0u8);
        for &other in signatures {
            place += u8::from(other < one);
            ties += u8::from(tie(one, other));
        }
        places[core] = place;
        tied |= u16::from(ties > 1) << core;
    }
    tied
}

/// Whether two signatures say the same.
#[inline]
fn tie(one: u64, other: u64) -> bool {
    one | CORE == other | CORE
}

/// The cores that share their signature with another one, one bit each.
fn tied(sorted: &[u64]) -> u16 {
    let ties = sorted.windows(2).filter(|pair| tie(pair[0], pair[1]));
    ties.fold(0, |tied, pair| tied | 1 << (pair[0] & CORE) | 1 << (pair[1] & CORE))
}

/// Whether a message links one of these cores to another core.
#[inline]
fn links(message: u16, cores: u16) -> bool {
    link(message).is_some_and(|(to, requester)| cores >> to & 1 != 0 || cores >> requester & 1 != 0)
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
    insertion_sort(&mut refined[..sorted.len()]);
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
    use super::super::model::Model;
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
    fn placed(state: &Words, places: &[u8]) -> Words {
        let (mut all, mut other, mut packed) = (IN_PLACE, state.clone(), vec![]);
        all[..places.len()].copy_from_slice(places);
        state.push_placed(&all, &mut packed);
        other.load(&packed);
        other
    }

    fn representative(state: &Words, canonical: &mut Canonical) -> Vec<u16> {
        let mut packed = vec![];
        canonical.pack(state, &mut packed);
        packed
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Renaming a state does not change its representative, and the representative is itself one.
        #[test]
        fn renamed_states_have_one_representative(
            number in 0usize..7,
            choices in prop::collection::vec(0usize..1000, 0..80),
            places in Just(vec![0u8, 1, 2, 3, 4]).prop_shuffle(),
        ) {
            let model = Model::new(protocol::all().swap_remove(number), 5, 3);
            let mut canonical = Canonical::new(5, true);
            let state = walk(&model, &choices);
            let one = representative(&state, &mut canonical);
            let other = placed(&state, &places);
            prop_assert_eq!(&one, &representative(&other, &mut canonical));
            let mut again = state.clone();
            again.load(&one);
            prop_assert_eq!(&one, &representative(&again, &mut canonical));
            // The ways that it names lead there.
            canonical.pack(&state, &mut vec![]);
            for places in &canonical.ways {
                let mut packed = vec![];
                state.push_placed(places, &mut packed);
                prop_assert_eq!(&one, &packed);
            }
        }
    }

    /// Two pairs of cores, each linked by a message: the pairs can be exchanged, the cores one by one cannot.
    #[test]
    fn linked_cores_are_told_apart_by_what_they_are_linked_to() {
        let model = Model::new(protocol::find("msi-directory").expect("it is built in"), 4, 2);
        let inv = |to, requester| Message { kind: Kind::Inv, line: 0, to, requester, acks: 0, data: 0 };
        let mut state = model.system.initial(&[0]);
        state.messages = vec![inv(0, 1), inv(2, 3)];
        let state = Words::new(&state, false);
        let mut canonical = Canonical::new(4, true);
        let one = representative(&state, &mut canonical);
        let ways = &canonical.ways;
        assert_eq!(ways.len(), 2, "{ways:?}");
        assert_eq!((ways[0][0], ways[0][1]), (ways[1][2], ways[1][3]), "the pairs have changed places");
        for places in [[2, 3, 0, 1], [0, 2, 1, 3], [3, 2, 1, 0]] {
            assert_eq!(one, representative(&placed(&state, &places), &mut canonical));
        }
        let mut unlike = model.system.initial(&[0]);
        unlike.messages = vec![inv(0, 1), inv(1, 0)];
        unlike.messages.sort_unstable();
        assert_ne!(one, representative(&Words::new(&unlike, false), &mut canonical));
    }
}
