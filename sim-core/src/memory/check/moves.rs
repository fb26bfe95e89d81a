//! What each step of a directory protocol does, found once ("transition caching", Blom, van de Pol & Weber 2010).
//!
//! A step of a cache changes the part of its core, and that of the core which the message names that it takes. A step of
//! the home changes the part of the core whose message it takes and, alike, the parts of all cores of which the directory
//! notes the same. So a step is taken on a small state of the cores concerned, where nothing is known of the others but what
//! the directory notes of them; what comes of it is kept as changes of parts.

use std::collections::HashMap;
use std::ops::Range;

use super::acts::{Act, Case, Change, Done, Loose};
use super::fates::{Fate, without};
use super::means::Means;
use super::model::Model;
use super::parts::{ME, OTHER, UNKNOWN, seen_by};
use super::words::{self, NOTES_COUNT, Words, ends, is_loose, with_notes};
use crate::memory::system::{NOBODY, Refusal, State, Step};

type Hash = foldhash::fast::FixedState;

/// The acts that a thread knows.
#[derive(Debug)]
pub(super) struct Moves {
    /// Of each part by number, those that do not depend on a loose message: a range of `acts`.
    acts_of: Vec<Option<Range<u32>>>,
    /// With the number of what it does, if nothing else decides that.
    acts: Vec<(Act, Option<u32>)>,
    /// The numbers of cases.
    numbers: HashMap<u64, u32, Hash>,
    done: Vec<Done>,
    small: Words,
    unpacked: State<u8>,
    steps: Vec<Step<u8>>,
}

impl Moves {
    /// With nothing known.
    pub(super) fn new(model: &Model) -> Moves {
        Moves {
            acts_of: vec![],
            acts: vec![],
            numbers: HashMap::default(),
            done: vec![],
            small: model.initial(),
            unpacked: model.system.initial(&[0]),
            steps: vec![],
        }
    }

    /// What a core with a part can do, and what can be done for it, loose messages left out: numbers for [`Moves::act`].
    #[inline]
    pub(super) fn acts(&mut self, part: u16, model: &Model, means: &mut Means) -> Range<u32> {
        match self.acts_of.get(usize::from(part)) {
            Some(Some(acts)) => acts.clone(),
            Some(None) | None => self.find_acts(part, model, means),
        }
    }

    #[cold]
    fn find_acts(&mut self, part: u16, model: &Model, means: &mut Means) -> Range<u32> {
        let (column, messages) = means.known.part(part);
        self.steps.clear();
        let seen = |place| means.coverage.note_cache(place);
        model.demands(ME as u8, words::state(column), &mut self.steps, seen);
        let mut acts: Vec<Act> = self.steps.iter().filter_map(Act::demand).collect();
        let mut own = messages.to_vec();
        own.dedup();
        own.retain(|&message| !is_loose(message));
        acts.extend(own.into_iter().map(Act::arrival));
        let start = self.acts.len() as u32;
        for act in acts {
            let case = Case { part, act, home: 0, others: [0; NOTES_COUNT] };
            let number = (!act.is_at_home()).then(|| self.number(&case, model, means));
            self.acts.push((act, number));
        }
        let (acts, at) = (start..self.acts.len() as u32, usize::from(part));
        self.acts_of.resize(self.acts_of.len().max(at + 1), None);
        self.acts_of[at] = Some(acts.clone());
        acts
    }

    /// An act by number, with the number of what it does if the part alone decides that.
    #[inline]
    pub(super) fn act(&self, number: u32) -> (Act, Option<u32>) {
        self.acts[number as usize]
    }

    /// The number of what an act does.
    #[inline]
    pub(super) fn number(&mut self, case: &Case, model: &Model, means: &mut Means) -> u32 {
        let key = case.key();
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        let done = self.find_out(case, model, means);
        let number = self.done.len() as u32;
        self.done.push(done);
        self.numbers.insert(key, number);
        number
    }

    /// What an act does.
    #[inline]
    pub(super) fn done(&self, number: u32) -> &Done {
        &self.done[number as usize]
    }

    #[cold]
    fn find_out(&mut self, case: &Case, model: &Model, means: &mut Means) -> Done {
        let at_home = case.act.is_at_home();
        let column = if case.part == UNKNOWN { 0 } else { means.known.part(case.part).0 };
        let concerned = if at_home { case.others } else { [1, 0, 0, 0] };
        let notes: Vec<usize> =
            (0..NOTES_COUNT).flat_map(|notes| vec![notes; usize::from(concerned[notes])]).collect();
        let columns = std::iter::once(column).chain(notes.iter().map(|&notes| with_notes(0, notes)));
        self.small.assemble(columns, &[case.home], case.act.message());
        let step = case.act.step();
        match model.system.apply(&mut self.small, &step) {
            Ok(effect) => {
                means.coverage.note(&effect);
                let stored = effect.stored.map_or(0, |(_, written)| written);
                Done::Change(self.change(case, &notes, stored, model, means))
            }
            Err(Refusal::Waits) => {
                self.small.unpack(&mut self.unpacked);
                means.coverage.note_stall(&model.system, &self.unpacked, &step);
                Done::Waits
            }
            Err(Refusal::Impossible { home, place }) => Done::Impossible { home, place },
        }
    }

    /// What has come of the small state; of the cores behind the first, what the directory noted of each before.
    fn change(
        &mut self,
        case: &Case,
        before: &[usize],
        stored: u8,
        model: &Model,
        means: &mut Means,
    ) -> Change {
        let names = |core: usize, message: u16| <[usize; 2]>::from(ends(message)).contains(&core);
        let sent = self.small.messages();
        let seen = |core: usize| {
            let naming = sent.iter().filter(move |&&message| names(core, message));
            naming.map(move |&message| seen_by(core, message))
        };
        let (mut fates, mut loose) = ([None; NOTES_COUNT], Loose::default());
        for (core, &notes) in (1..).zip(before) {
            fates[notes] = means.fates.number(Fate {
                notes: notes ^ words::notes(self.small.columns()[core]),
                loses: case.act.message().filter(|_| case.act.is_link()).map(|link| seen_by(OTHER, link)),
                gains: seen(core).collect(),
            });
            let linking = sent.iter().filter(|&&message| names(ME, message) && names(core, message));
            loose.links[notes] = linking.map(|&message| seen_by(ME, message)).collect();
        }
        let nobody = usize::from(NOBODY);
        loose.rest.extend(sent.iter().filter(|&&message| ends(message) == (nobody, nobody)));
        let is_any = !loose.rest.is_empty() || loose.links.iter().any(|links| !links.is_empty());
        let loose = is_any.then(|| Box::new(loose));
        let home = self.small.shared()[0];
        let mut part = UNKNOWN;
        if case.part != UNKNOWN {
            let mut messages = without(means.known.part(case.part).1, case.act.message());
            messages.extend(seen(ME));
            part = means.known.number(model, self.small.columns()[ME], messages);
        }
        Change { part, home, stored, fates, loose }
    }
}
