//! The local order of x86-TSO.

use sim_core::order::Order;

/// Total store order as x86 processors give it.
///
/// Source: Sewell, Sarkar, Owens, Zappa Nardelli, Myreen, "x86-TSO: a rigorous and usable programmer's
/// model for x86 multiprocessors", CACM 2010; the axioms of herd7's `x86tso.cat`. Nothing is ordered
/// but by these clauses:
///
/// | clause | meaning | test that fails without it |
/// | --- | --- | --- |
/// | `READ_READ` | loads stay in program order | `MP` |
/// | `READ_WRITE` | a store waits for earlier loads | `LB` |
/// | `WRITE_WRITE` | the store buffer is first in, first out | `MP` |
/// | `FENCE` | `MFENCE` drains the store buffer | `SB+mfences` |
/// | `LOCKED` | a locked instruction drains the store buffer, before and after | `SB+xchgs` |
///
/// A load that does not wait for an earlier store to the same location is forwarded from it.
pub fn order() -> Order {
    Order::tso()
}
