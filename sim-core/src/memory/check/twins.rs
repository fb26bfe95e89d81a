//! Cores that can be exchanged without a change: what one of them can do, the others can do with the same result, up
//! to a renaming.

use super::joined::Joined;
use super::means::Means;
use super::parts::Signs;
use super::words::{IN_PLACE, readdressed};
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

    /// The classes in a representative, where cores with the same part stand side by side: exactly those pairs of cores whose
    /// exchange gives the same state.
    pub(super) fn of(state: &Joined, means: &Means) -> Twins {
        let mut twins = Twins::none();
        let parts = state.parts();
        for core in 1..parts.len() {
            let same = parts[..core].iter().rev().take_while(|&&part| part == parts[core]).count();
            if same == 0 {
                continue;
            }
            let is_linked = means.known.facts(parts[core]).signs.contains(Signs::LINKED);
            let alike =
                |&other: &usize| !is_linked || may_swap(means.tails.messages(state.tail()), other, core);
            if let Some(other) = (core - same..core).find(alike) {
                twins.first[core] = twins.first[other];
                twins.size[usize::from(twins.first[other])] += 1;
            }
        }
        twins
    }

    /// How many steps the step of this core stands for: as many as it has twins, none if it is not the first.
    #[inline]
    pub(super) fn weight(&self, core: Option<usize>) -> usize {
        let Some(core) = core else { return 1 };
        if usize::from(self.first[core]) == core { usize::from(self.size[core]) } else { 0 }
    }
}

/// Whether the messages are the same after an exchange of two cores.
fn may_swap(messages: &[u16], one: usize, other: usize) -> bool {
    let mut places = IN_PLACE;
    places.swap(one, other);
    let times = |sought| messages.iter().filter(|&&message| message == sought).count();
    messages.iter().all(|&message| {
        let image = readdressed(message, &places);
        image == message || times(image) == times(message)
    })
}
