//! The states of one line as a space to search.
//!
//! A state is kept by its parts ([`joined`](super::joined)). The steps of a directory protocol are taken on that form
//! ([`network`](super::network)); those of a bus, of which there are few, on words.

use super::canonical::Canonical;
use super::joined::{Joined, Taken};
use super::keys::Key;
use super::means::{Means, Shared};
use super::model::{Model, Violation};
use super::network::Network;
use super::on_words::OnWords;
use super::parts::Signs;
use super::space::{Space, Successor, Wrong};
use super::tails;
use super::twins::Twins;
use super::words::{self, Words};

/// One line.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) model: Model,
    /// Whether states that differ by a renaming of cores count as one.
    pub(super) symmetry: bool,
    shared: Shared,
}

/// What a thread needs to expand states.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) canonical: Canonical,
    /// The present state.
    pub(super) here: Joined,
    pub(super) twins: Twins,
    pub(super) means: Means,
    pub(super) on_words: OnWords,
    network: Network,
}

impl Lines {
    /// One line of a model.
    pub(super) fn new(model: Model, symmetry: bool) -> Lines {
        Lines { model, symmetry, shared: Shared::new() }
    }

    /// Bytes of what states are kept by.
    pub(super) fn bytes(&self) -> usize {
        self.shared.bytes()
    }

    /// The key of the representative of a state, and its shard; `None` if it consists of more than can be numbered.
    pub(super) fn pack<const N: usize>(
        &self,
        words: &Words,
        scratch: &mut Scratch,
    ) -> Option<(Key<N>, usize)> {
        let mut state = Joined::new(&self.model);
        state.split(words, &self.model, &mut scratch.means);
        scratch.canonical.pack(&state, &mut scratch.means)
    }

    /// Goes to the state of a key.
    #[inline]
    pub(super) fn enter<const N: usize>(&self, key: &Key<N>, scratch: &mut Scratch) {
        scratch.here.load(key, &self.model, &mut scratch.means);
        if self.symmetry {
            scratch.twins = Twins::of(&scratch.here, &scratch.means);
        }
    }

    /// Looks for what is wrong with the present state: whether it is [quiet](crate::memory::system::System::is_quiet).
    fn examine(&self, scratch: &mut Scratch) -> Result<bool, Wrong<Violation>> {
        let Scratch { here, means, .. } = scratch;
        let (mut once, mut twice) = (Signs::empty(), Signs::empty());
        for &part in here.parts() {
            let signs = means.known.facts(part).signs;
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
            let (mut words, mut unpacked) = (self.model.initial(), self.model.system.initial(&[0]));
            here.join(means, &mut words);
            words.unpack(&mut unpacked);
            if let Some(violation) = self.model.violation(&unpacked, quiet) {
                return Err(Wrong { violation, at_step: false });
            }
        }
        Ok(quiet)
    }

    /// Takes every step from the present state, of the steps of `twins` only the first one's.
    pub(super) fn each_step(
        &self,
        scratch: &mut Scratch,
        twins: &Twins,
        mut taken: impl FnMut(&mut Canonical, &mut Means, Taken),
    ) -> Result<(), Wrong<Violation>> {
        let Scratch { canonical, here, means, on_words, network, .. } = scratch;
        let taken = |means: &mut Means, step: Taken| taken(canonical, means, step);
        if self.model.has_bus() {
            on_words.each_step(&self.model, here, twins, means, taken)
        } else {
            network.each_step(&self.model, here, twins, means, taken)
        }
    }
}

impl<const N: usize> Space<N> for Lines {
    type Scratch = Scratch;
    type Violation = Violation;

    fn scratch(&self) -> Scratch {
        let model = &self.model;
        Scratch {
            canonical: Canonical::new(model.system.cores, self.symmetry),
            here: Joined::new(model),
            twins: Twins::none(),
            means: Means::new(&self.shared, model),
            on_words: OnWords::new(model),
            network: Network::new(model),
        }
    }

    fn initial(&self, scratch: &mut Scratch) -> (Key<N>, usize) {
        self.pack(&self.model.initial(), scratch).expect("the first state can be numbered")
    }

    fn limit(&self) -> Option<String> {
        self.shared.limit()
    }

    fn expand(
        &self,
        key: &Key<N>,
        scratch: &mut Scratch,
        mut found: impl FnMut(Successor<N>),
    ) -> Result<(), Wrong<Violation>> {
        self.enter(key, scratch);
        let quiet = self.examine(scratch)?;
        let (twins, mut goes_on) = (scratch.twins, false);
        self.each_step(scratch, &twins, |canonical, means, taken| {
            let onward = taken.progress && !std::mem::replace(&mut goes_on, true);
            if let Some((key, shard)) = canonical.pack(taken.after, means) {
                found(Successor { key, shard, weight: taken.weight, onward });
            }
        })?;
        if quiet || goes_on { Ok(()) } else { Err(Wrong { violation: Violation::Stuck, at_step: false }) }
    }
}
