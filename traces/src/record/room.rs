//! How much may be kept of the paths of a long run.

use sim_core::machine::Machine;

/// Says when paths that are not needed are to be dropped, by their [weight](Machine::weight_of_paths).
#[derive(Debug)]
pub(crate) struct Room {
    weight_max: usize,
}

impl Room {
    /// So much is always kept for what comes later: about 1.5 MB, which fit near the processor.
    const KEPT: usize = 1 << 15;

    /// The same of a run that comes back to its paths.
    const KEPT_OF_LOOPS: usize = 1 << 18;

    fn kept(machine: &Machine<'_>) -> usize {
        if machine.comes_back() { Room::KEPT_OF_LOOPS } else { Room::KEPT }
    }

    /// Whether it is worth while to drop paths.
    pub(crate) fn is_exceeded(&mut self, machine: &Machine<'_>) -> bool {
        let weight = machine.weight_of_paths();
        weight > self.weight_max && {
            self.weight_max = self.weight_max.max(Room::kept(machine));
            weight > self.weight_max
        }
    }

    /// Paths have just been dropped: before it is done again, at least as much as is left is to come.
    pub(crate) fn after_pruning(&mut self, machine: &Machine<'_>) {
        self.weight_max = (2 * machine.weight_of_paths()).max(Room::kept(machine));
    }
}

impl Default for Room {
    fn default() -> Room {
        Room { weight_max: Room::KEPT }
    }
}
