//! Runs in which each step is drawn at random: for programs too big to search.

use std::io;

use sim_core::machine::Step;

use super::Run;

/// Small, fast, and the same everywhere: SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The numbers that follow from `seed`.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0. The bias is below `bound` in 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }
}

/// How often a step is drawn compared with others. Stores complete late and predictions are rare, so that
/// store buffers fill and weak outcomes show.
fn weight(step: &Step) -> u64 {
    match step {
        Step::Predict { .. } => 1,
        Step::Drain { .. } | Step::Guess { .. } => 2,
        Step::Load { .. } | Step::Issue { .. } | Step::Cache { .. } => 6,
    }
}

/// Takes at most `steps_max` steps, until the machine can do nothing more; gives how many it took.
///
/// # Errors
/// Those of the system, while recording.
pub fn random_run(run: &mut Run<'_>, random: &mut Random, steps_max: u64) -> io::Result<u64> {
    for taken in 0..steps_max {
        let steps = run.machine.enabled(&run.state);
        let total: u64 = steps.iter().map(weight).sum();
        if total == 0 {
            return Ok(taken);
        }
        let mut drawn = random.below(total);
        for step in &steps {
            if drawn < weight(step) {
                run.take(step)?;
                break;
            }
            drawn -= weight(step);
        }
    }
    Ok(steps_max)
}
