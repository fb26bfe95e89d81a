//! The axioms of x86-TSO and the names that x86 models use.

use sim_core::axioms::Vocabulary;
use sim_core::program::Access;

/// x86-TSO in the cat language.
pub const MODEL: &str = include_str!("../models/x86tso.cat");

/// What the sets of x86 are called in models.
pub const VOCABULARY: Vocabulary = Vocabulary {
    accesses: &[("X", Access::ATOMIC.union(Access::LOCKED)), ("NT", Access::NON_TEMPORAL)],
    fences: &["MFENCE", "LFENCE", "SFENCE", "ClFlush", "ClFlushOpt"],
    empty: &[],
};
