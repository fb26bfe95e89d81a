//! Steps from a state as [words](super::words): of any protocol, the slow way.

use super::joined::{Joined, Taken};
use super::means::Means;
use super::model::{Model, Violation};
use super::space::Wrong;
use super::twins::Twins;
use super::words::Words;
use crate::memory::system::{Refusal, State, Step};

/// The present state, in both forms, and the next.
#[derive(Debug)]
pub(super) struct OnWords {
    here: Words,
    unpacked: State<u8>,
    steps: Vec<Step<u8>>,
    next: Words,
    after: Joined,
}

impl OnWords {
    pub(super) fn new(model: &Model) -> OnWords {
        OnWords {
            here: model.initial(),
            unpacked: model.system.initial(&[0]),
            steps: vec![],
            next: model.initial(),
            after: Joined::new(model),
        }
    }

    /// Takes every step from a state, of the steps of twins only the first one's.
    pub(super) fn each_step(
        &mut self,
        model: &Model,
        state: &Joined,
        twins: &Twins,
        means: &mut Means,
        mut taken: impl FnMut(&mut Means, Taken),
    ) -> Result<(), Wrong<Violation>> {
        let OnWords { here, unpacked, steps, next, after } = self;
        state.join(means, here);
        here.unpack(unpacked);
        let demands = model.steps(unpacked, steps, |place| means.coverage.note_cache(place));
        let mut changed = true;
        for (number, step) in steps.iter().enumerate() {
            let actor = Model::actor(unpacked, step).map(usize::from);
            let weight = twins.weight(actor);
            if weight == 0 {
                continue;
            }
            if changed {
                next.copy_from(here);
            }
            let result = model.apply(next, step);
            changed = result.is_ok();
            match result {
                Ok(effect) => {
                    means.coverage.note(&effect);
                    after.split(next, model, means);
                    taken(means, Taken { progress: number >= demands, actor, weight, after });
                }
                Err(Refusal::Waits) => means.coverage.note_stall(&model.system, unpacked, step),
                Err(Refusal::Impossible { home, place }) => {
                    return Err(Wrong { violation: Violation::Impossible { home, place }, at_step: true });
                }
            }
        }
        Ok(())
    }
}
