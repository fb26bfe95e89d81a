//! What the steps of others do to the part of a core, found once for each part.

use std::num::NonZeroU16;

use indexmap::IndexSet;

use super::model::Model;
use super::parts::{Known, UNKNOWN};
use super::words::{self, Words, with_notes};

type Hash = foldhash::fast::FixedState;

/// What happens to the part of a core.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Fate {
    /// The bits that change in what the directory notes of it.
    pub(super) notes: usize,
    /// A message that it loses, as it sees it.
    pub(super) loses: Option<u16>,
    /// Messages that it gains, as it sees them.
    pub(super) gains: Vec<u16>,
}

/// The number of a fate.
pub(super) type FateId = NonZeroU16;

/// The fates that a thread knows, and what becomes of parts.
#[derive(Debug)]
pub(super) struct Fates {
    all: IndexSet<Fate, Hash>,
    /// By fate.
    fated: Vec<After>,
    /// By what has been stored.
    rebased: Vec<After>,
    alone: Words,
}

/// What parts become: a number by number, or [`UNKNOWN`].
#[derive(Debug, Default)]
struct After(Vec<u16>);

impl After {
    #[inline]
    fn get(&self, part: u16) -> Option<u16> {
        self.0.get(usize::from(part)).copied().filter(|&after| after != UNKNOWN)
    }

    fn note(&mut self, part: u16, after: u16) {
        let at = usize::from(part);
        self.0.resize(self.0.len().max(at + 1), UNKNOWN);
        self.0[at] = after;
    }
}

impl Fates {
    /// With none known.
    pub(super) fn new(model: &Model) -> Fates {
        let mut rebased = vec![];
        rebased.resize_with(model.values.into(), After::default);
        // The first is that nothing happens.
        let all = std::iter::once(Fate::default()).collect();
        Fates { all, fated: vec![After::default()], rebased, alone: model.initial() }
    }

    /// The number of a fate, unless nothing happens.
    pub(super) fn number(&mut self, fate: Fate) -> Option<FateId> {
        let number = self.all.insert_full(fate).0;
        self.fated.resize_with(self.all.len(), After::default);
        FateId::new(number as u16)
    }

    /// The part of a core to which a fate happens, afterwards.
    #[inline]
    pub(super) fn fated(&mut self, part: u16, fate: FateId, model: &Model, known: &mut Known) -> u16 {
        match self.fated[usize::from(fate.get())].get(part) {
            Some(after) => after,
            None if part == UNKNOWN => UNKNOWN,
            None => self.find_fated(part, fate, model, known),
        }
    }

    #[cold]
    fn find_fated(&mut self, part: u16, fate: FateId, model: &Model, known: &mut Known) -> u16 {
        let happens = &self.all[usize::from(fate.get())];
        let (column, messages) = known.part(part);
        let column = with_notes(column, words::notes(column) ^ happens.notes);
        let mut messages = without(messages, happens.loses);
        messages.extend_from_slice(&happens.gains);
        let after = known.number(model, column, messages);
        self.fated[usize::from(fate.get())].note(part, after);
        after
    }

    /// A part with contents relative to what has been stored.
    #[inline]
    pub(super) fn rebased(&mut self, part: u16, stored: u8, model: &Model, known: &mut Known) -> u16 {
        match self.rebased[usize::from(stored)].get(part) {
            Some(after) => after,
            None if part == UNKNOWN => UNKNOWN,
            None => self.find_rebased(part, stored, model, known),
        }
    }

    #[cold]
    fn find_rebased(&mut self, part: u16, stored: u8, model: &Model, known: &mut Known) -> u16 {
        let (column, messages) = known.part(part);
        self.alone.assemble([column], &[0], messages.iter().copied());
        model.rebase(&mut self.alone, stored);
        let after = known.number(model, self.alone.columns()[0], self.alone.messages().iter().copied());
        self.rebased[usize::from(stored)].note(part, after);
        after
    }
}

/// The messages without one of them.
pub(super) fn without(messages: &[u16], lost: Option<u16>) -> Vec<u16> {
    let mut kept = messages.to_vec();
    if let Some(place) = kept.iter().position(|&message| Some(message) == lost) {
        kept.remove(place);
    }
    kept
}
