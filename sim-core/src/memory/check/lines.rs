//! The states of one line as a space to search: unpack a state, take every step, pack what comes of it.

use super::canonical::Canonical;
use super::coverage::Coverage;
use super::model::{Model, Violation};
use super::space::{Space, Successors, Wrong};
use super::twins::Twins;
use super::words::Words;
use crate::memory::system::{Refusal, State, Step};

/// One line.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) model: Model,
    /// Whether states that differ by a renaming of cores count as one.
    pub(super) symmetry: bool,
}

/// What a thread needs to expand states.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) canonical: Canonical,
    /// The present state, in both forms.
    pub(super) here: Words,
    unpacked: State<u8>,
    pub(super) twins: Twins,
    next: Words,
    steps: Vec<Step<u8>>,
    pub(super) coverage: Coverage,
}

/// A step that was taken.
pub(super) struct Taken<'a> {
    /// Whether it was under way, rather than a new demand.
    pub(super) progress: bool,
    /// The core that it is about, if it is about one.
    pub(super) actor: Option<u8>,
    /// How many steps it stands for.
    pub(super) weight: usize,
    pub(super) before: &'a Words,
    pub(super) after: &'a Words,
    pub(super) canonical: &'a mut Canonical,
}

impl Lines {
    /// Goes to a packed state.
    pub(super) fn enter(&self, packed: &[u16], scratch: &mut Scratch) {
        scratch.here.load(packed);
        scratch.here.unpack(&mut scratch.unpacked);
        if self.symmetry {
            scratch.twins = Twins::of(&scratch.here);
        }
    }

    /// Takes every step from the present state; of the steps of interchangeable cores only the first core's, if `once`.
    pub(super) fn each_step(
        &self,
        scratch: &mut Scratch,
        once: bool,
        mut taken: impl FnMut(Taken),
    ) -> Result<(), Wrong<Violation>> {
        let Scratch { canonical, here, unpacked, twins, next, steps, coverage } = scratch;
        let quiet = self.model.system.is_quiet(unpacked);
        if let Some(violation) = self.model.violation(unpacked, quiet) {
            return Err(Wrong { violation, at_step: false });
        }
        let demands = self.model.steps(unpacked, steps, |place| coverage.note_cache(place));
        let (mut changed, mut goes_on) = (true, quiet);
        for (number, step) in steps.iter().enumerate() {
            let actor = Model::actor(unpacked, step);
            let weight = if once { twins.weight(actor) } else { 1 };
            if weight == 0 {
                continue;
            }
            if changed {
                next.copy_from(here);
            }
            let result = self.model.apply(next, step);
            changed = result.is_ok();
            match result {
                Ok(effect) => {
                    coverage.note(&effect);
                    let progress = number >= demands;
                    goes_on |= progress;
                    taken(Taken { progress, actor, weight, before: here, after: next, canonical });
                }
                Err(Refusal::Waits) => coverage.note_stall(&self.model.system, unpacked, step),
                Err(Refusal::Impossible { home, place }) => {
                    return Err(Wrong { violation: Violation::Impossible { home, place }, at_step: true });
                }
            }
        }
        if goes_on { Ok(()) } else { Err(Wrong { violation: Violation::Stuck, at_step: false }) }
    }
}

impl Space for Lines {
    type Scratch = Scratch;
    type Violation = Violation;

    fn scratch(&self) -> Scratch {
        Scratch {
            canonical: Canonical::new(self.model.system.cores, self.symmetry),
            here: self.model.initial(),
            unpacked: self.model.system.initial(&[0]),
            twins: Twins::none(),
            next: self.model.initial(),
            steps: vec![],
            coverage: Coverage::new(&self.model.system.protocol.family),
        }
    }

    fn initial(&self) -> Vec<u16> {
        let mut packed = vec![];
        self.scratch().canonical.pack(&self.model.initial(), &mut packed);
        packed
    }

    fn expand(
        &self,
        packed: &[u16],
        scratch: &mut Scratch,
        found: &mut Successors,
    ) -> Result<(), Wrong<Violation>> {
        self.enter(packed, scratch);
        let mut rests = true;
        self.each_step(scratch, true, |taken| {
            taken.canonical.pack(taken.after, found.buffer());
            found.push(taken.weight);
            if taken.progress && std::mem::take(&mut rests) {
                found.goes_on();
            }
        })
    }
}
