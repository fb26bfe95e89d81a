//! The local order: for each memory event of a thread, the earlier events it waits for.
//!
//! Every multicopy-atomic architecture is one machine in which each memory event completes once, in one
//! global order; the local order is all that differs. An architecture states it here as data: a set of
//! [`Rules`]. [`Path`] applies the rules to a control path and gives each event its predecessors.
//!
//! Sources: the external-completion form of the Armv8 model (Deacon et al., `ec.cat`, with its proof of
//! equivalence for any local order inside program order); Sewell et al. 2010 for x86-TSO. The names of the
//! clauses (`dob`, `pob`, `aob`, `bob`, `lmws`, `lmrs`, `haz-ob`) are those of `aarch64.cat`.

mod base;
mod builder;
mod expr;
mod layout;
mod path;

pub use base::{Base, Data, Pending};
pub use builder::Infeasible;
pub(crate) use builder::{Builder, Env, Flow};
pub use expr::{Expr, ExprId, Exprs};
pub(crate) use layout::shared_bytes;
pub use layout::{Layout, Place};
pub use path::{EVENTS_MAX, Event, Group, Guard, Mask, Path, Taken, bits};

bitflags::bitflags! {
    /// The clauses of a memory model that order events of one thread.
    ///
    /// "Waits for" means: completes only after. "Sources" of a value are the loads it was computed from,
    /// through registers and through the latest own store to the same bytes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct Rules: u32 {
        /// Loads wait for earlier loads.
        const READ_READ = 1 << 0;
        /// Stores wait for earlier loads.
        const READ_WRITE = 1 << 1;
        /// Stores wait for earlier stores.
        const WRITE_WRITE = 1 << 2;
        /// Loads wait for earlier stores.
        const WRITE_READ = 1 << 3;
        /// A locked load waits for earlier stores; loads wait for earlier locked stores.
        const LOCKED = 1 << 4;
        /// Accesses on the far side of a fence wait for those on its near side (`bob`, `DSB-ob`).
        const FENCE = 1 << 5;
        /// After context synchronisation, accesses wait for the sources of earlier branches and
        /// addresses, and for what an earlier synchronising fence waits for (`IFB-ob`).
        const CONTEXT = 1 << 6;
        /// Accesses wait for earlier acquire loads, of both kinds (`bob`).
        const ACQUIRE = 1 << 7;
        /// A release store waits for all earlier accesses (`bob`).
        const RELEASE = 1 << 8;
        /// An acquire load (not the processor-consistent kind) waits for earlier releases (`bob`).
        const RELEASE_ACQUIRE = 1 << 9;
        /// Accesses wait for the store of an earlier atomic that is acquire and release (`bob`).
        const ATOMIC_FULL = 1 << 10;
        /// An access waits for the sources of its address (`dob`: addr).
        const ADDRESS = 1 << 11;
        /// A store waits for what its address was *picked* by: the conditions of selects and
        /// compare-and-swaps (`pob`: pick-addr;[W]).
        const ADDRESS_PICK = 1 << 12;
        /// A store waits for what its data was computed from and picked by (`pob`: pick-data).
        const DATA = 1 << 13;
        /// A store waits for what earlier branches were computed from and picked by
        /// (`pob`: pick-ctrl;[W]).
        const CONTROL = 1 << 14;
        /// A store waits for what earlier addresses were computed from and picked by
        /// (`pob`: pick-addr;[M];po;[W]).
        const ADDRESS_PO = 1 << 15;
        /// A store waits for what any of its predecessors was computed or picked from
        /// (`pick-dep; lob; [W]`).
        const PICK_BEFORE = 1 << 16;
        /// A store waits for earlier accesses to the same bytes (`lmws`).
        const SAME_LOCATION = 1 << 17;
        /// A forwarded load waits for the sources of the address and data of the store that it
        /// forwards from (`dob`: (addr|data); lmrs).
        const FORWARD = 1 << 18;
        /// An acquire load that forwards from the store of a read-modify-write waits for the load of
        /// that read-modify-write (`aob`: rmw; lmrs; [A|Q]).
        const FORWARD_ATOMIC = 1 << 19;
        /// The store of a read-modify-write waits for its load (`aob`: rmw).
        const ATOMIC_PAIR = 1 << 20;
        /// A load that has chosen its source must not be overtaken by a foreign store while an earlier
        /// load of the same bytes is incomplete (`haz-ob`).
        const HAZARD = 1 << 21;
        /// No foreign store comes between the load and the store of a read-modify-write (`atomic`).
        const ATOMICITY = 1 << 22;
        /// An access waits for the access before it in the same instruction where the instruction says
        /// so (`iico_order`).
        const INSIDE = 1 << 23;
        /// A load may take its value from its latest own store before that store completes; without
        /// it, the load waits for the store.
        const FORWARDING = 1 << 24;
        /// A store waits for the earlier loads of its own instruction. Without it, an unlocked
        /// read-modify-write of memory may write before it reads: no processor does so, but the axioms
        /// of x86-TSO allow it.
        const INSIDE_DATA = 1 << 25;
    }
}

/// One clause of a memory model: what it says, where it stands, and a test whose outcomes change without it.
#[derive(Debug, Clone, Copy)]
pub struct Clause {
    /// The clause.
    pub rule: Rules,
    /// The relation or axiom of the published model that holds it.
    pub source: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Name of a test of the library that distinguishes a machine without it.
    pub test: &'static str,
}

impl Clause {
    /// A clause: rule, source, meaning, test.
    pub const fn new(rule: Rules, source: &'static str, meaning: &'static str, test: &'static str) -> Clause {
        Clause { rule, source, meaning, test }
    }
}

/// A memory model as data: what [`Path`] needs to know of an architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Short name, such as `x86-TSO`.
    pub name: &'static str,
    /// The clauses that hold.
    pub rules: Rules,
    /// Most stores that may wait in a store buffer while something later completes, if bounded.
    /// A bounded buffer may show fewer outcomes.
    pub buffer: Option<u32>,
}

/// The clauses that every machine here has, whatever its model: coherence, atomicity, and values that
/// come from somewhere.
const COMMON: Rules = Rules::SAME_LOCATION
    .union(Rules::ATOMIC_PAIR)
    .union(Rules::HAZARD)
    .union(Rules::ATOMICITY)
    .union(Rules::INSIDE)
    .union(Rules::FORWARDING)
    .union(Rules::FENCE);

impl Order {
    /// Sequential consistency (Lamport 1979): program order is kept.
    pub const fn sc() -> Order {
        Order {
            name: "SC",
            rules: Self::tso().rules.union(Rules::WRITE_READ).union(Rules::INSIDE_DATA),
            buffer: None,
        }
    }

    /// Total store order (Sewell et al. 2010, x86-TSO): program order is kept, but a load does not wait
    /// for earlier stores.
    pub const fn tso() -> Order {
        Order { name: "x86-TSO", rules: Self::pso().rules.union(Rules::WRITE_WRITE), buffer: None }
    }

    /// Partial store order (SPARC V8): as total store order, but stores to different locations
    /// complete in any order.
    pub const fn pso() -> Order {
        let rules = COMMON.union(Rules::READ_READ).union(Rules::READ_WRITE).union(Rules::LOCKED);
        Order { name: "PSO", rules, buffer: None }
    }

    /// The clauses common to all machines, and nothing else: an architecture adds its own.
    pub const fn relaxed(name: &'static str, rules: Rules) -> Order {
        Order { name, rules: COMMON.union(rules), buffer: None }
    }

    /// The same without some clauses: for seeing what they forbid.
    #[must_use]
    pub fn without(&self, rules: Rules) -> Order {
        Order { rules: self.rules.difference(rules), ..self.clone() }
    }

    /// The same with a store buffer of at most `entries` stores.
    #[must_use]
    pub fn buffered(&self, entries: Option<u32>) -> Order {
        Order { buffer: entries, ..self.clone() }
    }
}
