//! The state of one line as a short string of 16-bit words, which steps are taken on as it is.
//!
//! Everything about one core but the messages is its *column*, a word: 6 bits of state, 3 of data, whether it is the owner
//! and a sharer, and 5 bits that are acks to come, or on a bus whether it is the requester, has still to snoop, and takes
//! the new word. A string has the columns in the order of the cores; a word for home; a word for the bus if there is
//! one; a word per message, sorted.

use super::sort;
use crate::memory::system::{Access, CORES_MAX, CacheLine, Home, Kind, Message, NOBODY, State, Transaction};

/// More acks than there are other cores are wrong; so many more, in either direction, count as the same.
const ACKS_MAX: i8 = 15;
/// Acks or roles on the bus.
const WAITS_FOR: u16 = 0x1f;
const SHARER: u16 = 1 << 5;
const OWNER: u16 = 1 << 6;
/// What the directory notes of a core.
const NOTES: u16 = SHARER | OWNER;
const REQUESTER: u16 = 1 << 2;
const WAITING: u16 = 1 << 1;
const UPDATES: u16 = 1;

/// In the word of the bus: it is busy; the shared line is raised.
const BUSY: u16 = 1 << 15;
const SHARED: u16 = 1 << 8;
/// In place of flushed data, which are less than 8.
const NOTHING: u16 = 15;

/// A place for each core: `places[core]`. Where there is no core, nor anybody, the number itself.
pub(super) type Places = [u8; 16];

/// Each core in its own place.
pub(super) const IN_PLACE: Places = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// [`Places`] in short: 4 bits for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Placement(u64);

impl Placement {
    /// Each core in its own place.
    pub(super) const SAME: Placement = Placement(0xfedc_ba98_7654_3210);

    /// The cores in an order, from place 0 on; those that are not in it stay.
    #[inline]
    pub(super) fn new(order: impl ExactSizeIterator<Item = usize>) -> Placement {
        let others = Self::SAME.0 >> (4 * order.len()) << (4 * order.len());
        Placement(order.zip(0..).fold(others, |all, (core, place)| all | place << (4 * core)))
    }

    /// For [`Placement::among`]: of these cores, one bit each.
    pub(super) fn mask(cores: u16) -> u64 {
        (0..16).fold(0, |mask, core| mask | (u64::from(cores >> core & 1) * 15) << (4 * core))
    }

    /// Only the cores of a mask are in other places.
    #[inline]
    pub(super) fn among(self, mask: u64) -> Placement {
        Placement(self.0 & mask | Self::SAME.0 & !mask)
    }

    pub(super) fn places(self) -> Places {
        std::array::from_fn(|core| (self.0 >> (4 * core) & 15) as u8)
    }
}

/// The state of one line.
#[derive(Debug, Clone)]
pub(super) struct Words {
    words: Vec<u16>,
    cores: usize,
    /// Whether there is a bus.
    bus: bool,
}

impl Words {
    /// The packed form of a state of one line.
    pub(super) fn new(state: &State<u8>, bus: bool) -> Words {
        let mut words = Words { words: vec![], cores: state.copies.len(), bus };
        words.words.resize(words.messages_start(), 0);
        (0..words.cores).for_each(|core| words.with_copy(core, |copy| *copy = state.copies[core]));
        words.with_home(0, |home| *home = state.homes[0]);
        if bus {
            words.with_bus(|transaction| *transaction = state.bus);
        }
        state.messages.iter().for_each(|message| words.send(*message));
        words
    }

    /// Becomes the state of these cores with these columns; `shared` is the word for home and, if there is one, that for
    /// the bus. Messages in any order.
    pub(super) fn assemble(
        &mut self,
        columns: impl IntoIterator<Item = u16>,
        shared: &[u16],
        messages: impl IntoIterator<Item = u16>,
    ) {
        self.words.clear();
        self.words.extend(columns);
        self.cores = self.words.len();
        self.bus = shared.len() > 1;
        self.words.extend_from_slice(shared);
        self.words.extend(messages);
        let start = self.messages_start();
        sort::by_insertion(&mut self.words[start..]);
    }

    /// Becomes the same state as another one.
    #[inline]
    pub(super) fn copy_from(&mut self, other: &Words) {
        self.words.clear();
        self.words.extend_from_slice(&other.words);
        (self.cores, self.bus) = (other.cores, other.bus);
    }

    #[inline]
    fn messages_start(&self) -> usize {
        self.cores + 1 + usize::from(self.bus)
    }

    /// All about each core but its messages.
    #[inline]
    pub(super) fn columns(&self) -> &[u16] {
        &self.words[..self.cores]
    }

    /// The messages.
    #[inline]
    pub(super) fn messages(&self) -> &[u16] {
        &self.words[self.messages_start()..]
    }

    /// The words of home and, if there is one, of the bus.
    #[inline]
    pub(super) fn shared(&self) -> &[u16] {
        &self.words[self.cores..self.messages_start()]
    }

    /// Adds `shift` of a value to every piece of data that stands somewhere: in copies for which `holds` says so, given
    /// their state, in memory, on the bus, in messages that carry data.
    pub(super) fn shift_data(&mut self, holds: impl Fn(u8) -> bool, shift: impl Fn(&mut u8)) {
        for core in 0..self.cores {
            self.with_copy(core, |copy| {
                if holds(copy.state) {
                    shift(&mut copy.data)
                }
            });
        }
        self.with_home(0, |home| shift(&mut home.memory));
        if self.bus {
            self.with_bus(|bus| bus.iter_mut().for_each(|bus| bus.flushed.iter_mut().for_each(&shift)));
        }
        let start = self.messages_start();
        for word in &mut self.words[start..] {
            let mut message = message(*word);
            if matches!(message.kind, Kind::PutM | Kind::DataHome | Kind::Data | Kind::DataE) {
                shift(&mut message.data);
                *word = packed(&message);
            }
        }
        sort::by_insertion(&mut self.words[start..]);
    }

    /// Unpacks into a state whose vectors are reused.
    pub(super) fn unpack(&self, state: &mut State<u8>) {
        state.copies.clear();
        state.copies.extend((0..self.cores).map(|core| self.copy(core)));
        state.homes.clear();
        state.homes.push(self.home());
        state.bus = if self.bus { self.transaction() } else { None };
        state.messages.clear();
        state.messages.extend(self.messages().iter().map(|&word| message(word)));
    }

    #[inline]
    fn copy(&self, core: usize) -> CacheLine<u8> {
        let word = self.words[core];
        // The sign is the highest of the 5 bits.
        let acks = if self.bus { 0 } else { ((word & WAITS_FOR) << 3) as i8 >> 3 };
        CacheLine { state: state(word), acks, data: (word >> 7 & 7) as u8 }
    }

    #[inline]
    fn home(&self) -> Home<u8> {
        let word = self.words[self.cores];
        let (owner, sharers) = (self.one(OWNER), self.set(SHARER));
        Home { state: home_state(word), owner, sharers, memory: memory(word) }
    }

    fn transaction(&self) -> Option<Transaction<u8>> {
        let word = self.words[self.cores + 1];
        (word & BUSY != 0).then(|| Transaction {
            entry_state: (word >> 11 & 15) as u8,
            event: (word >> 9 & 3) as u8,
            core: self.one(REQUESTER),
            line: 0,
            waiting: self.set(WAITING),
            updates: self.set(UPDATES),
            shared: word & SHARED != 0,
            flushed: Some(word >> 4 & 15).filter(|&data| data != NOTHING).map(|data| data as u8),
            written: (word & 15) as u8,
        })
    }

    /// The cores of whose columns a flag is set.
    #[inline]
    fn set(&self, flag: u16) -> u16 {
        self.columns().iter().rfold(0, |set, column| set << 1 | u16::from(column & flag != 0))
    }

    /// The core of whose column a flag is set, or nobody.
    #[inline]
    fn one(&self, flag: u16) -> u8 {
        self.columns().iter().position(|column| column & flag != 0).map_or(NOBODY, |core| core as u8)
    }

    #[inline]
    fn put_set(&mut self, flag: u16, set: u16) {
        for (core, column) in self.words[..self.cores].iter_mut().enumerate() {
            *column = *column & !flag | if set >> core & 1 == 1 { flag } else { 0 };
        }
    }

    #[inline]
    fn put_one(&mut self, flag: u16, core: u8) {
        self.put_set(flag, if core == NOBODY { 0 } else { 1 << core });
    }
}

impl Access<u8> for Words {
    #[inline]
    fn with_copy<R>(&mut self, core: usize, change: impl FnOnce(&mut CacheLine<u8>) -> R) -> R {
        let mut copy = self.copy(core);
        let result = change(&mut copy);
        let (kept, acks) = if self.bus {
            (OWNER | SHARER | WAITS_FOR, 0)
        } else {
            (OWNER | SHARER, copy.acks.clamp(-ACKS_MAX, ACKS_MAX) as u16 & WAITS_FOR)
        };
        let word = &mut self.words[core];
        *word = *word & kept | u16::from(copy.state) << 10 | u16::from(copy.data) << 7 | acks;
        result
    }

    fn with_home<R>(&mut self, _line: u8, change: impl FnOnce(&mut Home<u8>) -> R) -> R {
        let before = self.home();
        let mut home = before;
        let result = change(&mut home);
        self.words[self.cores] = u16::from(home.state) << 4 | u16::from(home.memory);
        if home.owner != before.owner {
            self.put_one(OWNER, home.owner);
        }
        if home.sharers != before.sharers {
            self.put_set(SHARER, home.sharers);
        }
        result
    }

    fn with_bus<R>(&mut self, change: impl FnOnce(&mut Option<Transaction<u8>>) -> R) -> R {
        let mut bus = self.transaction();
        let result = change(&mut bus);
        self.words[self.cores + 1] = bus.map_or(0, |bus| {
            let request = u16::from(bus.entry_state) << 11 | u16::from(bus.event) << 9;
            let shared = if bus.shared { SHARED } else { 0 };
            BUSY | request | shared | bus.flushed.map_or(NOTHING, u16::from) << 4 | u16::from(bus.written)
        });
        self.put_one(REQUESTER, bus.map_or(NOBODY, |bus| bus.core));
        self.put_set(WAITING, bus.map_or(0, |bus| bus.waiting));
        self.put_set(UPDATES, bus.map_or(0, |bus| bus.updates));
        result
    }

    #[inline]
    fn send(&mut self, message: Message<u8>) {
        let word = packed(&message);
        let later = self.messages().iter().rev().take_while(|&&other| other > word).count();
        self.words.insert(self.words.len() - later, word);
    }

    #[inline]
    fn place_of(&self, message: &Message<u8>) -> Option<usize> {
        let word = packed(message);
        self.messages().iter().position(|&other| other == word)
    }

    #[inline]
    fn take(&mut self, place: usize) {
        self.words.remove(self.messages_start() + place);
    }
}

/// Whether the words of home and bus say that there is a bus and it is busy.
#[inline]
pub(super) fn is_busy(shared: &[u16]) -> bool {
    shared.get(1).is_some_and(|bus| bus & BUSY != 0)
}

/// What the directory notes of the core with a column: its number, less than [`NOTES_COUNT`]; 0 is nothing.
#[inline]
pub(super) fn notes(column: u16) -> usize {
    usize::from((column & NOTES) / SHARER)
}

/// How many different notes there are.
pub(super) const NOTES_COUNT: usize = 4;

/// The state of the cache table in a column.
#[inline]
pub(super) fn state(column: u16) -> u8 {
    (column >> 10) as u8
}

/// The state of the directory's table in the word of home.
#[inline]
pub(super) fn home_state(word: u16) -> u8 {
    (word >> 4) as u8
}

/// The contents of memory in the word of home.
#[inline]
pub(super) fn memory(word: u16) -> u8 {
    (word & 15) as u8
}

/// The word of home with other contents of memory.
#[inline]
pub(super) fn with_memory(word: u16, memory: u8) -> u16 {
    word & !15 | u16::from(memory)
}

/// The column with other notes.
pub(super) fn with_notes(column: u16, notes: usize) -> u16 {
    column & !NOTES | (notes as u16 * SHARER)
}

/// A message of one line as a word, in the order of messages: kind, receiver, requester or acks, data.
#[inline]
fn packed(message: &Message<u8>) -> u16 {
    let counts = message.kind == Kind::Data;
    debug_assert!(if counts { message.requester == NOBODY } else { message.acks == 0 });
    let third = if counts { message.acks } else { message.requester };
    (message.kind as u16) << 12 | u16::from(message.to) << 8 | u16::from(third) << 4 | u16::from(message.data)
}

/// The message that a word is.
pub(super) fn message(word: u16) -> Message<u8> {
    let ((to, requester), kind) = (ends(word), KINDS[usize::from(word >> 12)]);
    let acks = if kind == Kind::Data { word >> 4 & 15 } else { 0 };
    let (to, requester) = (to as u8, requester as u8);
    Message { kind, line: 0, to, requester, acks: acks as u8, data: (word & 15) as u8 }
}

/// The kinds by number; the two numbers that no kind has never occur.
const KINDS: [Kind; 16] = [
    Kind::GetS,
    Kind::GetM,
    Kind::PutS,
    Kind::PutE,
    Kind::PutM,
    Kind::DataHome,
    Kind::FwdGetS,
    Kind::FwdGetM,
    Kind::Inv,
    Kind::PutAck,
    Kind::PutRaced,
    Kind::DataE,
    Kind::Data,
    Kind::InvAck,
    Kind::InvAck,
    Kind::InvAck,
];

#[inline]
fn counts(message: u16) -> bool {
    message >> 12 == Kind::Data as u16
}

/// The cores of a message, each less than 16: the one it goes to, and the one that asked.
#[inline]
pub(super) fn ends(message: u16) -> (usize, usize) {
    let third = if counts(message) { NOBODY.into() } else { message >> 4 & 15 };
    (usize::from(message >> 8 & 15), usize::from(third))
}

/// The two cores that a message links, if it does.
#[inline]
pub(super) fn link(message: u16) -> Option<(usize, usize)> {
    let (to, requester) = ends(message);
    (to != requester && to < CORES_MAX && requester < CORES_MAX).then_some((to, requester))
}

/// Whether a message is not about one core alone: it links two, or names none.
#[inline]
pub(super) fn is_loose(message: u16) -> bool {
    link(message).is_some() || ends(message) == (usize::from(NOBODY), usize::from(NOBODY))
}

/// A message without its cores.
#[inline]
pub(super) fn kind(message: u16) -> u16 {
    if counts(message) { message & 0xf0ff } else { message & 0xf00f }
}

/// A message with other cores.
#[inline]
pub(super) fn readdressed(message: u16, places: &Places) -> u16 {
    let place = |shift: u16| u16::from(places[usize::from(message >> shift & 15)]) << shift;
    let third = if counts(message) { message & 0xf0 } else { place(4) };
    message & 0xf00f | place(8) | third
}

/// A number whose high bits depend on all bits of `value`.
#[inline]
pub(super) fn scattered(value: u64) -> u64 {
    let product = u128::from(value ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::super::model::Model;
    use super::*;
    use crate::memory::protocol;
    use crate::memory::system::{Refusal, Step};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Steps on words do what they do on states, and words are states.
        #[test]
        fn steps_do_the_same_on_words_and_on_states(
            number in 0usize..7,
            choices in prop::collection::vec(0usize..1000, 0..80),
        ) {
            let model = Model::new(protocol::all().swap_remove(number), 3, 1);
            let mut state = model.system.initial(&[0u8]);
            let (mut words, mut unpacked) = (model.initial(), state.clone());
            let mut steps: Vec<Step<u8>> = vec![];
            for choice in choices {
                model.steps(&state, &mut steps, |_| {});
                let step = &steps[choice % steps.len()];
                let done: Result<_, Refusal> = model.system.apply(&mut state, step);
                prop_assert_eq!(model.system.apply(&mut words, step), done);
                words.unpack(&mut unpacked);
                prop_assert_eq!(&unpacked, &state);
                let fresh = Words::new(&state, words.bus);
                prop_assert_eq!(&fresh.words, &words.words);
            }
        }
    }
}
