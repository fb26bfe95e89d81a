//! The local order of Armv8-A.

use sim_core::order::{Order, Rules};

/// One clause of the model: what it says, where it stands, and a test whose outcomes change without it.
#[derive(Debug, Clone, Copy)]
pub struct Clause {
    /// The clause.
    pub rule: Rules,
    /// The relation of `aarch64.cat` that holds it.
    pub source: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Name of a test of the library that distinguishes a machine without it.
    pub test: &'static str,
}

const fn clause(rule: Rules, source: &'static str, meaning: &'static str, test: &'static str) -> Clause {
    Clause { rule, source, meaning, test }
}

/// The clauses of the model, each once.
///
/// Source: the Armv8-A memory model of the Arm Architecture Reference Manual, section B2.3, as written in
/// herdtools7's `aarch64.cat`, `aarch64hwreqs.cat` and `aarch64deps.cat` (state of August 2026), base mode.
pub const CLAUSES: &[Clause] = &[
    clause(
        Rules::ADDRESS,
        "dob: addr",
        "an access waits for the loads its address comes from",
        "MP+dmb.sy+addr",
    ),
    clause(Rules::DATA, "dob: data", "a store waits for the loads its data comes from", "LB+datas"),
    clause(
        Rules::CONTROL,
        "dob: ctrl; [W]",
        "a store waits for the loads that decide earlier branches",
        "LB+ctrls",
    ),
    clause(
        Rules::ADDRESS_PO,
        "dob: addr; [M]; po; [W]",
        "a store waits for the loads that earlier addresses come from",
        "LB+addrs+WW",
    ),
    clause(
        Rules::FORWARD,
        "dob: (addr | data); [M]; lmrs; [R]",
        "a forwarded load waits for the sources of the store it forwards from",
        "MP+rel+data-lrs-acq",
    ),
    clause(
        Rules::PICK,
        "pob",
        "a store waits for the conditions that picked its data, its address, or what came before it",
        "S+rel+CSEL-data",
    ),
    clause(
        Rules::PICK_BEFORE,
        "pick-dep; lob; [W]",
        "a store waits for what its predecessors were picked by",
        "LB+CSEL-rfi-data+DMB",
    ),
    clause(
        Rules::ATOMIC_PAIR,
        "aob: rmw",
        "the store of a read-modify-write waits for its load",
        "rmw-swp-pair",
    ),
    clause(
        Rules::FORWARD_ATOMIC,
        "aob: rmw; lmrs; [A | Q]",
        "an acquire forwarded from a read-modify-write waits for its load",
        "MP+rel+rmw-lrs-acq",
    ),
    clause(Rules::ACQUIRE, "bob: [A | Q]; po; [M]", "accesses wait for earlier acquire loads", "MP+rel+acq"),
    clause(Rules::RELEASE, "bob: [M]; po; [L]", "a release waits for all earlier accesses", "MP+rel+acq"),
    clause(
        Rules::RELEASE_ACQUIRE,
        "bob: [L]; po; [A]",
        "an acquire (not the processor-consistent kind) waits for earlier releases",
        "SB+rel+acq",
    ),
    clause(
        Rules::ATOMIC_FULL,
        "bob: range([A]; amo; [L]); po; [M]",
        "accesses wait for the store of an earlier acquire-release atomic",
        "SB+LDADDAL",
    ),
    clause(Rules::FENCE, "bob: dmb; DSB-ob", "accesses wait across barriers", "SB+dmb.sys"),
    clause(
        Rules::CONTEXT,
        "IFB-ob",
        "after ISB, accesses wait for what decided earlier branches and addresses",
        "MP+dmb.sy+ctrlisb",
    ),
    clause(Rules::SAME_LOCATION, "lmws", "a store waits for earlier accesses to its bytes", "CoRW1"),
    clause(
        Rules::HAZARD,
        "haz-ob",
        "a load must not be overtaken while an earlier load of its bytes is incomplete",
        "CoRR",
    ),
    clause(Rules::ATOMICITY, "atomic", "no foreign store inside a read-modify-write", "rmw-ldxr-stxr"),
    clause(
        Rules::INSIDE,
        "iico_order",
        "the second access of an ordered instruction waits for the first",
        "MP+STILP+LDIAPP",
    ),
];

/// The Armv8-A model: all [`CLAUSES`], and forwarding.
pub fn order() -> Order {
    Order::relaxed("Armv8-A", CLAUSES.iter().fold(Rules::empty(), |all, c| all.union(c.rule)))
}
