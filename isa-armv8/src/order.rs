//! The local order of Armv8-A.

use sim_core::order::{Clause, Order, Rules};

/// The clauses of the model, each once.
///
/// Source: the Armv8-A memory model of the Arm Architecture Reference Manual, section B2.3, as written in
/// herdtools7's `aarch64.cat`, `aarch64hwreqs.cat` and `aarch64deps.cat` (state of August 2026), base mode.
pub const CLAUSES: &[Clause] = &[
    Clause::new(
        Rules::ADDRESS,
        "dob: addr",
        "an access waits for the loads its address comes from",
        "MP+dmb.sy+addr",
    ),
    Clause::new(
        Rules::ADDRESS_PICK,
        "pob: pick-addr; [W]",
        "a store waits for the conditions that picked its address",
        "LB+pick-addr+dmb.sy",
    ),
    Clause::new(
        Rules::DATA,
        "dob: data; pob: pick-data",
        "a store waits for what its data was computed from and picked by",
        "LB+datas",
    ),
    Clause::new(
        Rules::CONTROL,
        "dob: ctrl; [W]; pob: pick-ctrl; [W]",
        "a store waits for what earlier branches were computed from and picked by",
        "LB+ctrls",
    ),
    Clause::new(
        Rules::ADDRESS_PO,
        "dob: addr; [M]; po; [W]; pob: pick-addr; [M]; po; [W]",
        "a store waits for what earlier addresses were computed from and picked by",
        "LB+addrs+WW",
    ),
    Clause::new(
        Rules::FORWARD,
        "dob: (addr | data); [M]; lmrs; [R]",
        "a forwarded load waits for the sources of the store it forwards from",
        "MP+rel+data-lrs-acq",
    ),
    Clause::new(
        Rules::PICK_BEFORE,
        "pick-dep; lob; [W]",
        "a store waits for what its predecessors were picked by",
        "LB+pick-rfi-acqpc+dmb.sy",
    ),
    Clause::new(
        Rules::ATOMIC_PAIR,
        "aob: rmw",
        "the store of a read-modify-write waits for its load",
        "LDADDf",
    ),
    Clause::new(
        Rules::FORWARD_ATOMIC,
        "aob: rmw; lmrs; [A | Q]",
        "an acquire forwarded from a read-modify-write waits for its load",
        "MP+rel+rmw-lrs-acq",
    ),
    Clause::new(
        Rules::ACQUIRE,
        "bob: [A | Q]; po; [M]",
        "accesses wait for earlier acquire loads",
        "MP+rel+acq",
    ),
    Clause::new(
        Rules::RELEASE,
        "bob: [M]; po; [L]",
        "a release waits for all earlier accesses",
        "MP+rel+acq",
    ),
    Clause::new(
        Rules::RELEASE_ACQUIRE,
        "bob: [L]; po; [A]",
        "an acquire (not the processor-consistent kind) waits for earlier releases",
        "SB+rel-acqs",
    ),
    Clause::new(
        Rules::ATOMIC_FULL,
        "bob: range([A]; amo; [L]); po; [M]",
        "accesses wait for the store of an earlier acquire-release atomic",
        "SB+SWPALs",
    ),
    Clause::new(Rules::FENCE, "bob: dmb; DSB-ob", "accesses wait across barriers", "SB+dmb.sys"),
    Clause::new(
        Rules::CONTEXT,
        "IFB-ob",
        "after ISB, accesses wait for what decided earlier branches and addresses",
        "MP+dmb.sy+ctrlisb",
    ),
    Clause::new(Rules::SAME_LOCATION, "lmws", "a store waits for earlier accesses to its bytes", "CoWW"),
    Clause::new(
        Rules::HAZARD,
        "haz-ob",
        "a load must not be overtaken while an earlier load of its bytes is incomplete",
        "CoRR",
    ),
    Clause::new(Rules::ATOMICITY, "atomic", "no foreign store inside a read-modify-write", "rmw-ldxr-stxr"),
    Clause::new(
        Rules::INSIDE,
        "iico_order",
        "the second access of an ordered instruction waits for the first",
        "STILP-order",
    ),
    Clause::new(
        Rules::FORWARDING,
        "obs: rfe, not rfi",
        "a load may take its value from an own store that nobody else can see yet",
        "SB+rfi-acqs",
    ),
];

/// The Armv8-A model: all [`CLAUSES`].
pub fn order() -> Order {
    Order::relaxed("Armv8-A", CLAUSES.iter().fold(Rules::empty(), |all, c| all.union(c.rule)))
}
