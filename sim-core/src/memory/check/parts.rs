//! All that can be said of one core without naming another, its *part* of a state, and a number for each part.
//!
//! A part is the core's column and the messages that name it, as it sees them: it is [`ME`] there, whoever else is named is
//! [`OTHER`]. Many states share few parts; a state that keeps their numbers is short ("collapse", Holzmann 1997).
//!
//! Nothing that is reported depends on the [numbers](super::numbers). What orders parts is their *mark*, which depends on
//! the part alone.

use std::sync::Arc;

use bitflags::bitflags;
use indexmap::IndexSet;

use super::model::Model;
use super::numbers::Numbers;
use super::sort;
use super::words::{self, IN_PLACE, Places, Words, readdressed, scattered};
use crate::memory::system::{NOBODY, State};
use crate::memory::table::Permissions;

/// The core of a part, in its messages.
pub(super) const ME: usize = 0;
/// Any other core there.
pub(super) const OTHER: usize = 1;
/// Instead of a number, where there are more parts than numbers.
pub(super) const UNKNOWN: u16 = u16::MAX;

type Hash = foldhash::fast::FixedState;

bitflags! {
    /// What of a part matters for what must hold of a state.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Signs: u8 {
        /// The cache can read the line.
        const READS = 1;
        /// The cache may write it.
        const EXCLUSIVE = 1 << 1;
        /// The cache answers for it.
        const OWNS = 1 << 2;
        /// Memory may be out of date.
        const DIRTY = 1 << 3;
        /// Something is under way.
        const BUSY = 1 << 4;
        /// The part is wrong, whatever the others are.
        const WRONG = 1 << 5;
        /// A message links the core to another one.
        const LINKED = 1 << 6;
    }
}

/// What there is to know of a part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) signs: Signs,
    /// What the directory notes of the core.
    pub(super) notes: u8,
}

/// The parts that a thread knows.
#[derive(Debug, Clone)]
pub(super) struct Known {
    numbers: Arc<Numbers>,
    /// By number, as the facts.
    all: IndexSet<Box<[u16]>, Hash>,
    facts: Vec<Facts>,
    /// By number: 60 bits that depend on all of a part, the same on every run; the lowest 4 bits are 0.
    marks: Vec<u64>,
    alone: Words,
    unpacked: State<u8>,
    buffer: Vec<u16>,
}

impl Known {
    pub(super) fn new(numbers: Arc<Numbers>, model: &Model) -> Known {
        let (alone, unpacked) = (model.initial(), model.system.initial(&[0]));
        Known {
            numbers,
            all: IndexSet::default(),
            facts: vec![],
            marks: vec![],
            alone,
            unpacked,
            buffer: vec![],
        }
    }

    /// The number of the part with a column and messages, which need not be sorted; or [`UNKNOWN`].
    pub(super) fn number(
        &mut self,
        model: &Model,
        column: u16,
        messages: impl IntoIterator<Item = u16>,
    ) -> u16 {
        self.buffer.clear();
        self.buffer.push(column);
        self.buffer.extend(messages);
        sort::by_insertion(&mut self.buffer[1..]);
        if let Some(number) = self.all.get_index_of(&self.buffer[..]) {
            return number as u16;
        }
        let number = self.numbers.number(&self.buffer);
        self.learn(model);
        number.map_or(UNKNOWN, |number| number as u16)
    }

    /// Learns what other threads have met, if `number` is among it.
    #[inline]
    pub(super) fn keep_up(&mut self, model: &Model, number: u16) {
        if usize::from(number) >= self.facts.len() {
            self.learn(model);
        }
    }

    #[cold]
    fn learn(&mut self, model: &Model) {
        for part in self.numbers.beginning_at(self.all.len()) {
            let facts = self.study(model, &part);
            self.facts.push(facts);
            self.marks.push(mark(&part));
            self.all.insert(part);
        }
    }

    fn study(&mut self, model: &Model, part: &[u16]) -> Facts {
        self.alone.assemble([part[0]], &[0, 0][..self.alone.shared().len()], []);
        self.alone.unpack(&mut self.unpacked);
        let copy = self.unpacked.copies[0];
        let may = model.system.permissions(copy.state);
        let signs = [
            (Signs::READS, may.contains(Permissions::READ)),
            (Signs::EXCLUSIVE, may.contains(Permissions::EXCLUSIVE)),
            (Signs::OWNS, may.contains(Permissions::OWNED)),
            (Signs::DIRTY, may.contains(Permissions::DIRTY)),
            (Signs::BUSY, may.contains(Permissions::TRANSIENT) || part.len() > 1),
            (Signs::WRONG, may.contains(Permissions::READ) && copy.data != 0 || Model::miscounts(&copy)),
            (Signs::LINKED, part[1..].iter().any(|&message| words::is_loose(message))),
        ];
        let signs = signs.into_iter().filter_map(|(sign, is)| is.then_some(sign)).collect();
        Facts { signs, notes: words::notes(part[0]) as u8 }
    }

    /// What there is to know of a part that is known.
    #[inline]
    pub(super) fn facts(&self, number: u16) -> &Facts {
        &self.facts[usize::from(number)]
    }

    /// The mark of a part: it differs from that of any other part, but by chance. 0 if there is no such number.
    #[inline]
    pub(super) fn mark(&self, number: u16) -> u64 {
        self.marks.get(usize::from(number)).copied().unwrap_or(0)
    }

    /// The column of a part that is known, and its messages.
    #[inline]
    pub(super) fn part(&self, number: u16) -> (u16, &[u16]) {
        let part = &self.all[usize::from(number)];
        (part[0], &part[1..])
    }
}

fn mark(words: &[u16]) -> u64 {
    words.iter().fold(0, |hash, &word| scattered(hash ^ u64::from(word))) & !15
}

/// A message that names `core`, as that core sees it.
#[inline]
pub(super) fn seen_by(core: usize, message: u16) -> u16 {
    let mut places: Places = [OTHER as u8; 16];
    places[core] = ME as u8;
    places[usize::from(NOBODY)] = NOBODY;
    readdressed(message, &places)
}

/// A message that `core` sees, and that links it to `other` if to any.
#[inline]
pub(super) fn told_by(core: usize, other: usize, message: u16) -> u16 {
    let mut places = IN_PLACE;
    (places[ME], places[OTHER]) = (core as u8, other as u8);
    readdressed(message, &places)
}
