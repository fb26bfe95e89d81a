//! The states of one line as a space to search.
//!
//! A state is kept by its parts ([`joined`](super::joined)). The steps of a directory protocol are taken on that form
//! ([`network`](super::network)); those of a bus, of which there are few, on words.

use std::sync::Arc;

use super::canonical::Canonical;
use super::coverage::Coverage;
use super::fates::Fates;
use super::joined::Joined;
use super::keys::Key;
use super::model::{Model, Violation};
use super::moves::Means;
use super::network::{Network, Taken as ByParts};
use super::numbers::Numbers;
use super::parts::{self, Known, Signs};
use super::space::{Space, Successor, Wrong};
use super::tails::{self, Tails};
use super::twins::Twins;
use super::words::{self, Places, Words};
use crate::memory::system::{Refusal, State, Step};

/// One line.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) model: Model,
    /// Whether states that differ by a renaming of cores count as one.
    pub(super) symmetry: bool,
    parts: Arc<Numbers>,
    tails: Arc<Numbers>,
}

/// What a thread needs to expand states.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) canonical: Canonical,
    /// The present state.
    pub(super) here: Joined,
    pub(super) twins: Twins,
    pub(super) coverage: Coverage,
    pub(super) known: Known,
    pub(super) tails: Tails,
    fates: Fates,
    network: Network,
    on_words: OnWords,
}

/// For steps that are taken on words: the present state, in both forms, and the next.
#[derive(Debug)]
struct OnWords {
    here: Words,
    unpacked: State<u8>,
    steps: Vec<Step<u8>>,
    next: Words,
    joined: Joined,
}

/// A step that was taken from the present state.
pub(super) struct Taken<'a> {
    /// Whether it was under way, rather than a new demand.
    pub(super) progress: bool,
    /// The core that it is about, if it is about one.
    pub(super) actor: Option<usize>,
    /// How many steps it stands for.
    pub(super) weight: usize,
    pub(super) after: &'a Joined,
    canonical: &'a mut Canonical,
    known: &'a Known,
    tails: &'a mut Tails,
}

impl Taken<'_> {
    /// The key of the representative of the state after the step, and its shard; `None` if it consists of more than can be
    /// numbered.
    #[inline]
    pub(super) fn pack<const N: usize>(&mut self) -> Option<(Key<N>, usize)> {
        self.canonical.pack(self.after, self.known, self.tails)
    }

    /// After [`Taken::pack`]: a way to place the cores that leads to the representative.
    pub(super) fn places(&self) -> Places {
        self.canonical.ways().next().expect("there is a way to pack a state")
    }
}

impl Lines {
    /// One line of a model.
    pub(super) fn new(model: Model, symmetry: bool) -> Lines {
        let parts = Arc::new(Numbers::new(parts::UNKNOWN.into()));
        Lines { model, symmetry, parts, tails: Arc::new(tails::numbers()) }
    }

    /// Bytes of what states are kept by.
    pub(super) fn bytes(&self) -> usize {
        self.parts.bytes() + self.tails.bytes()
    }

    /// The key of the representative of a state, and its shard; `None` if it consists of more than can be numbered.
    pub(super) fn pack<const N: usize>(
        &self,
        words: &Words,
        scratch: &mut Scratch,
    ) -> Option<(Key<N>, usize)> {
        let Scratch { canonical, known, tails, on_words, .. } = scratch;
        on_words.joined.split(words, &self.model, known, tails);
        canonical.pack(&on_words.joined, known, tails)
    }

    /// Goes to the state of a key.
    #[inline]
    pub(super) fn enter<const N: usize>(&self, key: &Key<N>, scratch: &mut Scratch) {
        let Scratch { here, known, tails, twins, .. } = scratch;
        here.load(key, &self.model, known, tails);
        if self.symmetry {
            *twins = Twins::of(here, known, tails);
        }
    }

    /// Looks for what is wrong with the present state: whether it is [quiet](crate::memory::system::System::is_quiet).
    fn examine(&self, scratch: &mut Scratch) -> Result<bool, Wrong<Violation>> {
        let Scratch { here, known, tails, on_words, .. } = scratch;
        let (mut once, mut twice) = (Signs::empty(), Signs::empty());
        for &part in here.parts() {
            let signs = known.facts(part).signs;
            twice |= once & signs;
            once |= signs;
        }
        let home = here.shared()[0];
        let quiet = !once.contains(Signs::BUSY)
            && here.tail() == tails::EMPTY
            && !words::is_busy(here.shared())
            && self.model.system.home_is_settled(words::home_state(home));
        let lost = quiet && !once.contains(Signs::DIRTY) && words::memory(home) != 0;
        let shared = once.contains(Signs::EXCLUSIVE) && twice.contains(Signs::READS);
        if lost || shared || once.contains(Signs::WRONG) || twice.contains(Signs::OWNS) {
            here.join(known, tails, &mut on_words.here);
            on_words.here.unpack(&mut on_words.unpacked);
            if let Some(violation) = self.model.violation(&on_words.unpacked, quiet) {
                return Err(Wrong { violation, at_step: false });
            }
        }
        Ok(quiet)
    }

    /// Takes every step from the present state; of the steps of interchangeable cores only the first core's, if `once`.
    pub(super) fn each_step(
        &self,
        scratch: &mut Scratch,
        once: bool,
        taken: impl FnMut(Taken),
    ) -> Result<(), Wrong<Violation>> {
        if self.model.has_bus() {
            self.each_step_on_words(scratch, once, taken)
        } else {
            self.each_step_by_parts(scratch, once, taken)
        }
    }

    fn each_step_by_parts(
        &self,
        scratch: &mut Scratch,
        once: bool,
        mut taken: impl FnMut(Taken),
    ) -> Result<(), Wrong<Violation>> {
        let Scratch { canonical, here, twins, coverage, known, tails, fates, network, .. } = scratch;
        let twins = if once { *twins } else { Twins::none() };
        let mut means = Means { model: &self.model, known, tails, fates, coverage };
        network.each_step(here, &twins, &mut means, |means, step| {
            let Means { known, tails, .. } = means;
            let ByParts { progress, actor, weight, after } = step;
            taken(Taken { progress, actor, weight, after, canonical, known, tails });
        })
    }

    pub(super) fn each_step_on_words(
        &self,
        scratch: &mut Scratch,
        once: bool,
        mut taken: impl FnMut(Taken),
    ) -> Result<(), Wrong<Violation>> {
        let Scratch { canonical, here, twins, coverage, known, tails, on_words, .. } = scratch;
        let OnWords { here: words, unpacked, steps, next, joined: after } = on_words;
        here.join(known, tails, words);
        words.unpack(unpacked);
        let demands = self.model.steps(unpacked, steps, |place| coverage.note_cache(place));
        let mut changed = true;
        for (number, step) in steps.iter().enumerate() {
            let actor = Model::actor(unpacked, step).map(usize::from);
            let weight = if once { twins.weight(actor) } else { 1 };
            if weight == 0 {
                continue;
            }
            if changed {
                next.copy_from(words);
            }
            let result = self.model.apply(next, step);
            changed = result.is_ok();
            match result {
                Ok(effect) => {
                    coverage.note(&effect);
                    after.split(next, &self.model, known, tails);
                    let progress = number >= demands;
                    taken(Taken { progress, actor, weight, after, canonical, known, tails });
                }
                Err(Refusal::Waits) => coverage.note_stall(&self.model.system, unpacked, step),
                Err(Refusal::Impossible { home, place }) => {
                    return Err(Wrong { violation: Violation::Impossible { home, place }, at_step: true });
                }
            }
        }
        Ok(())
    }
}

impl<const N: usize> Space<N> for Lines {
    type Scratch = Scratch;
    type Violation = Violation;

    fn scratch(&self) -> Scratch {
        let (model, cores) = (&self.model, self.model.system.cores);
        let has_bus = model.has_bus();
        Scratch {
            canonical: Canonical::new(cores, self.symmetry),
            here: Joined::new(cores, has_bus),
            twins: Twins::none(),
            coverage: Coverage::new(&model.system.protocol.family),
            known: Known::new(Arc::clone(&self.parts), model),
            tails: Tails::new(Arc::clone(&self.tails)),
            fates: Fates::new(model),
            network: Network::new(model),
            on_words: OnWords {
                here: model.initial(),
                unpacked: model.system.initial(&[0]),
                steps: vec![],
                next: model.initial(),
                joined: Joined::new(cores, has_bus),
            },
        }
    }

    fn initial(&self, scratch: &mut Scratch) -> (Key<N>, usize) {
        self.pack(&self.model.initial(), scratch).expect("the first state can be numbered")
    }

    fn limit(&self) -> Option<String> {
        (self.parts.is_full() || self.tails.is_full())
            .then(|| "the most parts of states that can be numbered".to_owned())
    }

    fn expand(
        &self,
        key: &Key<N>,
        scratch: &mut Scratch,
        mut found: impl FnMut(Successor<N>),
    ) -> Result<(), Wrong<Violation>> {
        self.enter(key, scratch);
        let quiet = self.examine(scratch)?;
        let mut goes_on = false;
        self.each_step(scratch, true, |mut taken| {
            let onward = taken.progress && !std::mem::replace(&mut goes_on, true);
            if let Some((key, shard)) = taken.pack() {
                found(Successor { key, shard, weight: taken.weight, onward });
            }
        })?;
        if quiet || goes_on { Ok(()) } else { Err(Wrong { violation: Violation::Stuck, at_step: false }) }
    }
}
