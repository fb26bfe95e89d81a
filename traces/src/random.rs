//! Random programs, and what the engines make of them.
//!
//! Each engine finds all final states in its own way, so that a program on which two of them differ shows
//! that one is wrong. The generators ([`armv8`], [`x86`]) write programs that observe every value that they
//! read; [`compare`] runs the engines; [`minimise`] takes away what a difference does not need.
//!
//! Everything is determined by a seed: the same seed gives the same programs on every machine.

pub mod armv8;
pub mod compare;
pub mod minimise;
pub mod rng;
pub mod sketch;
pub mod x86;

pub use compare::{Difference, Engine, Limits, Verdict};
pub use rng::Rng;
pub use sketch::Sketch;

/// A family of random programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// AArch64: symbols of one size each, every kind of access, dependency and barrier.
    Armv8,
    /// AArch64: addresses computed from what was read, so that accesses may or may not meet.
    Armv8Aliasing,
    /// AArch64: accesses of several sizes, most of them to one location.
    Armv8Mixed,
    /// X86_64: symbols of one size each.
    X86,
    /// X86_64: accesses of several sizes, most of them to one location.
    X86Mixed,
}

impl Family {
    /// All families, with their names.
    pub const ALL: [(&'static str, Family); 5] = [
        ("armv8", Family::Armv8),
        ("armv8-aliasing", Family::Armv8Aliasing),
        ("armv8-mixed", Family::Armv8Mixed),
        ("x86", Family::X86),
        ("x86-mixed", Family::X86Mixed),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Family::ALL.iter().find(|(_, family)| *family == self).map_or("", |(name, _)| name)
    }

    /// The program of this family that `seed` stands for, with about `accesses` memory accesses.
    pub fn generate(self, seed: u64, accesses: u32) -> Sketch {
        let mut rng = Rng::new(seed);
        let name = format!("random-{}-{seed}", self.name());
        match self {
            Family::Armv8 => armv8::generate(&mut rng, name, armv8::Shape::Separate, accesses),
            Family::Armv8Aliasing => {
                let shape = if rng.chance(1, 2) { armv8::Shape::Array } else { armv8::Shape::Pointer };
                armv8::generate(&mut rng, name, shape, accesses)
            }
            Family::Armv8Mixed => armv8::generate(&mut rng, name, armv8::Shape::Mixed, accesses),
            Family::X86 => x86::generate(&mut rng, name, false, accesses),
            Family::X86Mixed => x86::generate(&mut rng, name, true, accesses),
        }
    }
}
