//! One representative for all states that differ by a renaming of cores and lines.
//!
//! Cores are sorted by what can be said of each without naming another (a signature); ties are refined
//! by the signatures of the cores that messages link them to, as in graph canonisation. Cores that are still
//! tied can mostly be exchanged without a difference: no message links two of them. Where one does, each tied core
//! is tried as the first and the smallest result is taken. So the price is a sort, except in states that are
//! symmetric in a way that matters. Any renaming is sound: a poor signature would cost memory, never a
//! behaviour.

use super::pack;
use crate::memory::system::{CORES_MAX, NOBODY, State};

/// Packs states canonically, reusing its memory.
#[derive(Debug, Clone)]
pub(super) struct Canonical {
    cores: usize,
    lines: usize,
    symmetry: bool,
    links: Vec<Link>,
    keys: Vec<u32>,
    trial: Vec<u8>,
}

/// A message between a receiver and the cache that asked: `kind` stands for all else about it.
#[derive(Debug, Clone, Copy)]
struct Link {
    to: usize,
    requester: usize,
    kind: u64,
}

type Signatures = [u64; CORES_MAX];

/// A renaming: `new[old]`, and the same for lines.
struct Renaming<'a> {
    core: &'a [u8; 16],
    /// `old_core[new]`.
    order: &'a [usize],
    line: &'a [u8; 16],
}

impl Canonical {
    pub(super) fn new(cores: u8, lines: u8, symmetry: bool) -> Canonical {
        Canonical {
            cores: usize::from(cores),
            lines: usize::from(lines),
            symmetry,
            links: vec![],
            keys: vec![],
            trial: vec![],
        }
    }

    /// Appends the packed representative of a state.
    pub(super) fn pack(&mut self, state: &State<u8>, out: &mut Vec<u8>) {
        let start = out.len();
        let mut lines: [usize; 8] = std::array::from_fn(|line| line);
        if !self.symmetry {
            let order: [usize; CORES_MAX] = std::array::from_fn(|core| core);
            self.emit(state, &order[..self.cores], &lines[..self.lines], out);
            return;
        }
        if self.lines == 1 {
            self.pack_lines(state, &lines[..1], start, out);
            return;
        }
        let mut weights = [0; 8];
        for (line, weight) in weights.iter_mut().enumerate().take(self.lines) {
            *weight = self.line_weight(state, line);
        }
        lines[..self.lines].sort_unstable_by_key(|&line| weights[line]);
        self.pack_line_orders(state, &mut lines, &weights, 0, start, out);
    }

    /// Tries all orders of the lines from `fixed` on that respect the weights.
    fn pack_line_orders(
        &mut self,
        state: &State<u8>,
        lines: &mut [usize; 8],
        weights: &[u64; 8],
        fixed: usize,
        start: usize,
        out: &mut Vec<u8>,
    ) {
        if fixed + 1 >= self.lines {
            self.pack_lines(state, &lines[..self.lines], start, out);
            return;
        }
        let tied = lines[fixed..self.lines]
            .iter()
            .take_while(|&&line| weights[line] == weights[lines[fixed]])
            .count();
        for choice in fixed..fixed + tied {
            lines.swap(fixed, choice);
            self.pack_line_orders(state, lines, weights, fixed + 1, start, out);
            lines.swap(fixed, choice);
        }
    }

    /// What can be said of a line without naming cores.
    fn line_weight(&self, state: &State<u8>, line: usize) -> u64 {
        let home = &state.homes[line];
        let mut weight = mix(u64::from(home.state), u64::from(home.memory));
        for core in 0..self.cores {
            let role = u64::from(home.owner as usize == core) | u64::from(home.sharers >> core & 1) << 1;
            let copy = u64::from(pack::copy(&state.copies[line * self.cores + core]));
            weight = weight.wrapping_add(mix(copy, role));
        }
        for message in state.messages.iter().filter(|message| usize::from(message.line) == line) {
            weight = weight.wrapping_add(mix(message_kind(pack::message(message), 0), 7));
        }
        weight ^ state.bus.as_ref().map_or(0, |bus| u64::from(usize::from(bus.line) == line))
    }

    fn pack_lines(&mut self, state: &State<u8>, lines: &[usize], start: usize, out: &mut Vec<u8>) {
        let signatures = self.signatures(state, lines);
        self.settle(state, lines, signatures, start, out);
    }

    /// Orders the cores, where they are tied in every way that may matter.
    fn settle(
        &mut self,
        state: &State<u8>,
        lines: &[usize],
        mut signatures: Signatures,
        start: usize,
        out: &mut Vec<u8>,
    ) {
        let mut order: [usize; CORES_MAX] = std::array::from_fn(|core| core);
        let order = &mut order[..self.cores];
        sort(order, &signatures);
        if !self.links.is_empty() && has_tie(order, &signatures) {
            signatures = self.refined(&signatures);
            sort(order, &signatures);
            if let Some(tied) = self.linked_tie(order, &signatures) {
                for place in tied {
                    let mut chosen = signatures;
                    chosen[order[place]] = mix(chosen[order[place]], 0x11);
                    self.settle(state, lines, chosen, start, out);
                }
                return;
            }
        }
        let mut trial = std::mem::take(&mut self.trial);
        trial.clear();
        self.emit(state, order, lines, &mut trial);
        if out.len() == start || trial[..] < out[start..] {
            out.truncate(start);
            out.extend_from_slice(&trial);
        }
        self.trial = trial;
    }

    /// Places in the order of cores that are tied and that a message links to tied cores: the first such class.
    fn linked_tie(&self, order: &[usize], signatures: &Signatures) -> Option<std::ops::Range<usize>> {
        let equal = |place: usize| signatures[order[place]] == signatures[order[place + 1]];
        let last = order.len() - 1;
        let mut tied = 0u16;
        for place in (0..last).filter(|&place| equal(place)) {
            tied |= 1 << order[place] | 1 << order[place + 1];
        }
        let both_tied = |link: &&Link| tied >> link.to & tied >> link.requester & 1 != 0;
        let linked = self
            .links
            .iter()
            .filter(both_tied)
            .fold(0, |set, link| set | 1u16 << link.to | 1 << link.requester);
        let place = order.iter().position(|core| linked >> core & 1 != 0)?;
        let first = (0..place).rev().take_while(|&place| equal(place)).last().unwrap_or(place);
        let more = (place..last).take_while(|&place| equal(place)).count();
        Some(first..place + more + 1)
    }

    fn signatures(&mut self, state: &State<u8>, lines: &[usize]) -> Signatures {
        let mut signatures = [0u64; CORES_MAX];
        for (core, signature) in signatures.iter_mut().enumerate().take(self.cores) {
            for &line in lines {
                let home = &state.homes[line];
                let role = u64::from(home.owner as usize == core) | u64::from(home.sharers >> core & 1) << 1;
                let copy = pack::copy(&state.copies[line * self.cores + core]);
                *signature = mix(*signature, u64::from(copy) << 2 | role);
            }
            if let Some(bus) = &state.bus {
                let role = u64::from(bus.core as usize == core) << 2
                    | u64::from(bus.waiting >> core & 1) << 1
                    | u64::from(bus.updates >> core & 1);
                *signature = mix(*signature, role);
            }
        }
        self.links.clear();
        for message in &state.messages {
            let place = lines.iter().position(|&line| line == usize::from(message.line)).unwrap_or(0);
            let kind = message_kind(pack::message(message), place);
            let (to, requester) = (usize::from(message.to), usize::from(message.requester));
            if message.to != NOBODY {
                signatures[to] = signatures[to].wrapping_add(mix(kind, 1));
            }
            if message.requester != NOBODY {
                signatures[requester] = signatures[requester].wrapping_add(mix(kind, 2));
            }
            if message.to != NOBODY && message.requester != NOBODY {
                self.links.push(Link { to, requester, kind });
            }
        }
        signatures
    }

    /// Signatures that say as much as before and what the linked cores' signatures say.
    fn refined(&self, signatures: &Signatures) -> Signatures {
        let mut refined = *signatures;
        for _ in 0..2 {
            let before = refined;
            for link in &self.links {
                refined[link.to] = refined[link.to].wrapping_add(mix(before[link.requester], link.kind ^ 3));
                refined[link.requester] =
                    refined[link.requester].wrapping_add(mix(before[link.to], link.kind ^ 4));
            }
        }
        refined
    }

    fn emit(&mut self, state: &State<u8>, order: &[usize], lines: &[usize], out: &mut Vec<u8>) {
        let (mut core, mut line) = ([NOBODY; 16], [NOBODY; 16]);
        order.iter().enumerate().for_each(|(new, &old)| core[old] = new as u8);
        lines.iter().enumerate().for_each(|(new, &old)| line[old] = new as u8);
        let renaming = Renaming { core: &core, order, line: &line };
        for &line in lines {
            for &core in order {
                pack::push_copy(pack::copy(&state.copies[line * self.cores + core]), out);
            }
        }
        for &line in lines {
            let mut home = state.homes[line];
            home.owner = core[usize::from(home.owner)];
            home.sharers = renaming.set(home.sharers);
            pack::push_home(&home, out);
        }
        let bus = state.bus.map(|mut bus| {
            bus.core = core[usize::from(bus.core)];
            bus.line = renaming.line[usize::from(bus.line)];
            bus.waiting = renaming.set(bus.waiting);
            bus.updates = renaming.set(bus.updates);
            bus
        });
        pack::push_bus(bus.as_ref(), out);
        self.keys.clear();
        self.keys.extend(state.messages.iter().map(|message| {
            let mut message = *message;
            message.to = renaming.core[usize::from(message.to)];
            message.requester = renaming.core[usize::from(message.requester)];
            message.line = renaming.line[usize::from(message.line)];
            pack::message(&message)
        }));
        self.keys.sort_unstable();
        self.keys.iter().for_each(|&key| pack::push_message(key, out));
    }
}

impl Renaming<'_> {
    fn set(&self, old: u16) -> u16 {
        self.order.iter().enumerate().fold(0, |new, (place, &core)| new | (old >> core & 1) << place)
    }
}

/// A message apart from its cores, with its line's place among the lines.
fn message_kind(key: u32, place: usize) -> u64 {
    u64::from(key & 0xf0_00ff) | (place as u64) << 32
}

fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15)
        * u128::from(b.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ 0xa076_1d64_78bd_642f | 1);
    (product >> 64) as u64 ^ product as u64
}

fn sort(order: &mut [usize], signatures: &Signatures) {
    for end in 1..order.len() {
        let core = order[end];
        let mut place = end;
        while place > 0 && signatures[order[place - 1]] > signatures[core] {
            order[place] = order[place - 1];
            place -= 1;
        }
        order[place] = core;
    }
}

fn has_tie(order: &[usize], signatures: &Signatures) -> bool {
    order.windows(2).any(|pair| signatures[pair[0]] == signatures[pair[1]])
}

#[cfg(test)]
mod tests {
    use super::super::model::Model;
    use super::*;
    use crate::memory::protocol;
    use crate::memory::system::{Step, System};
    use proptest::prelude::*;

    /// A state that a random walk of `choices` leads to.
    fn walk(model: &Model, choices: &[usize]) -> State<u8> {
        let mut state = model.initial();
        let mut steps: Vec<Step<u8>> = vec![];
        for &choice in choices {
            model.steps(&state, &mut steps, |_| {});
            let mut next = state.clone();
            if model.apply(&mut next, &steps[choice % steps.len()]).is_ok() {
                state = next;
            }
        }
        state
    }

    /// The state with cores renamed by `to[old]` and lines by `line_to[old]`.
    fn renamed(state: &State<u8>, to: &[usize], line_to: &[usize]) -> State<u8> {
        let cores = to.len();
        let core = |old: u8| to.get(usize::from(old)).map_or(NOBODY, |&new| new as u8);
        let set = |old: u16| (0..cores).fold(0, |new, bit| new | (old >> bit & 1) << to[bit]);
        let mut other = state.clone();
        for (line, &new_line) in line_to.iter().enumerate() {
            for (old, &new) in to.iter().enumerate() {
                other.copies[new_line * cores + new] = state.copies[line * cores + old];
            }
            let mut home = state.homes[line];
            (home.owner, home.sharers) = (core(home.owner), set(home.sharers));
            other.homes[new_line] = home;
        }
        for message in &mut other.messages {
            (message.to, message.requester) = (core(message.to), core(message.requester));
            message.line = line_to[usize::from(message.line)] as u8;
        }
        other.messages.sort();
        if let Some(bus) = &mut other.bus {
            (bus.core, bus.line) = (core(bus.core), line_to[usize::from(bus.line)] as u8);
            (bus.waiting, bus.updates) = (set(bus.waiting), set(bus.updates));
        }
        other
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Renaming a state does not change its representative, and the representative is itself one.
        #[test]
        fn renamed_states_have_one_representative(
            number in 0usize..7,
            choices in prop::collection::vec(0usize..1000, 0..80),
            cores in Just(vec![0usize, 1, 2, 3]).prop_shuffle(),
            lines in Just(vec![0usize, 1]).prop_shuffle(),
        ) {
            let protocol = protocol::all().swap_remove(number);
            let model = Model { system: System { protocol, cores: 4, lines: 2 }, values: 3, skip_twins: false };
            let state = walk(&model, &choices);
            let mut canonical = Canonical::new(4, 2, true);
            let (mut one, mut other, mut again) = (vec![], vec![], vec![]);
            canonical.pack(&state, &mut one);
            canonical.pack(&renamed(&state, &cores, &lines), &mut other);
            prop_assert_eq!(&one, &other);
            let mut unpacked = state.clone();
            pack::unpack(&model.system, &one, &mut unpacked);
            canonical.pack(&unpacked, &mut again);
            prop_assert_eq!(&one, &again);
            // Unpacking gives the very state where nothing is renamed.
            let (mut plain, mut same) = (vec![], state.clone());
            Canonical::new(4, 2, false).pack(&state, &mut plain);
            pack::unpack(&model.system, &plain, &mut same);
            prop_assert_eq!(same, state);
        }
    }
}
