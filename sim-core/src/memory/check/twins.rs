//! Cores that can be exchanged without a change: what one of them can do, the others can do with the same result, up
//! to a renaming.

use super::words::{IN_PLACE, Words, readdressed};
use crate::memory::system::CORES_MAX;

/// The classes of interchangeable cores of a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Twins {
    /// The first core of each core's class.
    pub(super) first: [u8; CORES_MAX],
    size: [u8; CORES_MAX],
}

impl Twins {
    /// No core is like another.
    pub(super) fn none() -> Twins {
        Twins { first: std::array::from_fn(|core| core as u8), size: [1; CORES_MAX] }
    }

    /// The classes in a state: exactly those pairs of cores whose exchange gives the same state.
    pub(super) fn of(state: &Words) -> Twins {
        let mut twins = Twins::none();
        let columns = state.columns();
        for core in 1..columns.len() {
            let alike = |other: &usize| columns[*other] == columns[core] && may_swap(state, *other, core);
            if let Some(other) = (0..core).find(alike) {
                twins.first[core] = twins.first[other];
                twins.size[usize::from(twins.first[other])] += 1;
            }
        }
        twins
    }

    /// How many steps the step of this core stands for: as many as it has twins, none if it is not the first.
    #[inline]
    pub(super) fn weight(&self, core: Option<u8>) -> usize {
        let Some(core) = core.map(usize::from) else { return 1 };
        if usize::from(self.first[core]) == core { usize::from(self.size[core]) } else { 0 }
    }
}

/// Whether the messages are the same after an exchange of two cores.
fn may_swap(state: &Words, one: usize, other: usize) -> bool {
    let mut places = IN_PLACE;
    places.swap(one, other);
    let times = |sought| state.messages().iter().filter(|&&message| message == sought).count();
    state.messages().iter().all(|&message| {
        let image = readdressed(message, &places);
        image == message || times(image) == times(message)
    })
}
