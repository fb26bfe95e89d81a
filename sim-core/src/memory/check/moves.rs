//! What each step of a directory protocol does, found once ("transition caching", Blom, van de Pol & Weber 2010).
//!
//! A step of a cache changes the part of its core, and that of the core which the message names that it takes. A step of
//! the home changes the part of the core whose message it takes and, alike, the parts of all cores of which the directory
//! notes the same. So a step is taken on a small state of the cores concerned, where nothing is known of the others but what
//! the directory notes of them; what comes of it is kept as changes of parts.

use std::collections::HashMap;
use std::ops::Range;

use super::fates::{Fate, FateId, without};
use super::means::Means;
use super::model::Model;
use super::parts::{ME, OTHER, UNKNOWN, seen_by};
use super::words::{self, NOTES_COUNT, Words, ends, is_loose, with_notes};
use crate::memory::system::{Demand, NOBODY, Refusal, State, Step};

type Hash = foldhash::fast::FixedState;

/// What a core's cache does or the home does for it: the arrival of a message, as the core sees it, or a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Act(u16);

/// In place of the kind of a message: a demand.
const DEMAND: u16 = 15 << 12;

impl Act {
    pub(super) fn arrival(message: u16) -> Act {
        Act(message)
    }

    fn demand(step: &Step<u8>) -> Option<Act> {
        match step {
            Step::Core { demand, written, .. } => {
                Some(Act(DEMAND | (*demand as u16) << 4 | u16::from(*written)))
            }
            Step::Snoop { .. } | Step::Finish | Step::Deliver(_) => None,
        }
    }

    /// Whether it is under way, rather than a new demand.
    #[inline]
    pub(super) fn is_under_way(self) -> bool {
        self.0 < DEMAND
    }

    /// Whether it happens at home.
    #[inline]
    pub(super) fn is_at_home(self) -> bool {
        self.is_under_way() && ends(self.0).0 == usize::from(NOBODY)
    }

    /// Whether it is the arrival of a message that names another core.
    fn is_link(self) -> bool {
        self.is_under_way() && words::link(self.0).is_some()
    }

    fn step(self) -> Step<u8> {
        if self.is_under_way() {
            return Step::Deliver(words::message(self.0));
        }
        let demand = Demand::ALL[usize::from(self.0 >> 4 & 3)];
        Step::Core { core: ME as u8, line: 0, demand, written: (self.0 & 15) as u8 }
    }
}

/// All that decides what an act does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    /// The part of the core that acts; [`UNKNOWN`] if none does.
    pub(super) part: u16,
    pub(super) act: Act,
    /// At home: its word. Otherwise 0, as what follows.
    pub(super) home: u16,
    /// At home: of how many other cores the directory notes what, by notes; of the first nothing.
    pub(super) others: [u8; NOTES_COUNT],
}

impl Case {
    #[inline]
    fn key(&self) -> u64 {
        let others = self.others[1..].iter().fold(0, |all, &count| all << 4 | u64::from(count));
        u64::from(self.part) << 44 ^ u64::from(self.act.0) << 28 ^ u64::from(self.home) << 12 ^ others
    }
}

/// What an act does.
#[derive(Debug, Clone)]
pub(super) enum Done {
    /// It changes something.
    Change(Change),
    /// It has to wait.
    Waits,
    /// The table has no entry for it.
    Impossible {
        /// Whether it is the directory's table.
        home: bool,
        /// The number of the entry.
        place: usize,
    },
}

/// A change of a state.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The part of the core that acts, afterwards.
    pub(super) part: u16,
    /// The word of home afterwards, if it is an act at home.
    pub(super) home: u16,
    /// What has been stored, to which contents are now relative.
    pub(super) stored: u8,
    /// What happens to another core that is concerned, by what the directory notes of it. At a cache only that which the
    /// message names is, as if nothing were noted of it.
    pub(super) fates: [Option<FateId>; NOTES_COUNT],
    /// New loose messages, if any.
    pub(super) loose: Option<Box<Loose>>,
}

/// New loose messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Loose {
    /// Links to each other core that is concerned, by what the directory notes of it, as the core sees them that acts.
    pub(super) links: [Vec<u16>; NOTES_COUNT],
    /// Those that name no core.
    pub(super) rest: Vec<u16>,
}

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
        acts.extend(own.into_iter().map(Act));
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
        let arriving = case.act.is_under_way().then_some(case.act.0);
        self.small.assemble(columns, &[case.home], arriving);
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
    fn change(&mut self, case: &Case, before: &[usize], stored: u8, model: &Model, means: &mut Means) -> Change {
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
                loses: case.act.is_link().then(|| seen_by(OTHER, case.act.0)),
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
            let mut messages = without(means.known.part(case.part).1, Some(case.act.0));
            messages.extend(seen(ME));
            part = means.known.number(model, self.small.columns()[ME], messages);
        }
        Change { part, home, stored, fates, loose }
    }
}
