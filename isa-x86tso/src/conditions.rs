//! The sixteen conditions of jumps, conditional moves and `setcc`, with their aliases.

/// A condition on the flags; its negation is [`Condition::negated`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Condition {
    /// What must hold.
    pub test: Test,
    /// Whether it must not hold.
    pub negated: bool,
}

/// The conditions of even encoding; the odd ones are their negations (SDM volume 1, appendix B).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// OF.
    Overflow,
    /// CF.
    Carry,
    /// ZF.
    Zero,
    /// CF or ZF.
    CarryOrZero,
    /// SF.
    Sign,
    /// PF.
    Parity,
    /// SF != OF.
    Less,
    /// ZF, or SF != OF.
    LessOrEqual,
}

/// A test with its names; the first is the canonical one (`c`, `nb`: the spellings that the field's
/// hashes are made of). `lt` and `gt` are not in the manual; litmus tests use them.
const NAMES: [(Test, [&[&str]; 2]); 8] = [
    (Test::Overflow, [&["o"], &["no"]]),
    (Test::Carry, [&["c", "b", "nae"], &["nb", "nc", "ae"]]),
    (Test::Zero, [&["e", "z"], &["ne", "nz"]]),
    (Test::CarryOrZero, [&["be", "na"], &["a", "nbe"]]),
    (Test::Sign, [&["s"], &["ns"]]),
    (Test::Parity, [&["p", "pe"], &["np", "po"]]),
    (Test::Less, [&["l", "lt", "nge"], &["ge", "nl"]]),
    (Test::LessOrEqual, [&["le", "ng"], &["g", "gt", "nle"]]),
];

/// Every condition with its canonical name and the name at hand.
pub(crate) fn all() -> impl Iterator<Item = (Condition, &'static str, &'static str)> {
    NAMES.iter().flat_map(|(test, sides)| {
        sides.iter().zip([false, true]).flat_map(move |(names, negated)| {
            let condition = Condition { test: *test, negated };
            names.iter().map(move |name| (condition, names[0], *name))
        })
    })
}
