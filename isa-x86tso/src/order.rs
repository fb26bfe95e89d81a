//! The local order of x86-TSO.

use sim_core::order::{Clause, Order, Rules};

/// The clauses of the model that do not follow from others, each once.
///
/// Source: Sewell, Sarkar, Owens, Zappa Nardelli, Myreen, "x86-TSO: a rigorous and usable programmer's
/// model for x86 multiprocessors", CACM 2010; the axioms of herd7's `x86tso.cat`.
///
/// The order of accesses to one location, that of the accesses of one instruction, and the load-load hazard
/// follow: loads stay in order, and so do stores and stores after loads.
pub const CLAUSES: &[Clause] = &[
    Clause::new(Rules::READ_READ, "ghb: [R]; po; [R]", "loads stay in program order", "MP"),
    Clause::new(Rules::READ_WRITE, "ghb: [R]; po; [W]", "a store waits for earlier loads", "LB"),
    Clause::new(Rules::WRITE_WRITE, "ghb: [W]; po; [W]", "the store buffer is first in, first out", "MP"),
    Clause::new(Rules::FENCE, "ghb: mfence", "`MFENCE` drains the store buffer", "SB+mfences"),
    Clause::new(
        Rules::LOCKED,
        "ghb: implied",
        "a locked instruction drains the store buffer, before and after",
        "SB+xchgs",
    ),
    Clause::new(
        Rules::ATOMIC_PAIR,
        "uniproc: rmw",
        "a locked instruction reads before it writes",
        "xchg-both-win",
    ),
    Clause::new(Rules::ATOMICITY, "atomic", "no foreign store inside a locked instruction", "lock-inc"),
    Clause::new(
        Rules::FORWARDING,
        "ghb: rfe, not rfi",
        "a load takes its value from an own store that is still in the store buffer",
        "n6",
    ),
];

/// Total store order as x86 processors give it: all [`CLAUSES`], and what follows from them.
pub fn order() -> Order {
    Order::tso()
}
