//! The names that a model finds already bound.

use crate::program::Access;

/// What the sets of an instruction set are called in its models.
///
/// A front end's crate states it beside its model: the core knows no architecture.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vocabulary {
    /// Sets of memory accesses: those with any of the flags.
    pub accesses: &'static [(&'static str, Access)],
    /// Sets of fences: those with this very [`name`](crate::program::Fence::name).
    pub fences: &'static [&'static str],
    /// Sets that the architecture has and that are always empty here.
    pub empty: &'static [&'static str],
}

/// A set or relation that the execution defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Base {
    /// The identity.
    Id,
    /// Equal location.
    Loc,
    /// Equal offset in the symbol.
    SameLowOrderBits,
    /// Same thread.
    Int,
    /// Different threads, or one event initial.
    Ext,
    /// Program order.
    Po,
    /// Reads-from.
    Rf,
    /// Register write to the register reads of its value.
    RfReg,
    /// Parts of one single-copy atomic access.
    Si,
    /// Dataflow inside an instruction.
    IicoData,
    /// Control inside an instruction.
    IicoCtrl,
    /// Order inside an instruction.
    IicoOrder,
    /// Same execution of an instruction.
    SameInstance,
    /// Same instruction of the program.
    SameStatic,
    /// Initial writes before others, others before final writes.
    Pco,
    /// Address dependency.
    Addr,
    /// Data dependency.
    Data,
    /// Control dependency.
    Ctrl,
    /// The set of all coherence orders.
    CoherenceOrders,
    /// Memory accesses.
    M,
    /// Memory reads.
    R,
    /// Memory writes.
    W,
    /// Initial writes.
    Iw,
    /// Writes chosen as last of an observed location.
    Fw,
    /// Branches and picks.
    B,
    /// Branches.
    Bcc,
    /// Picks.
    Pred,
    /// Fences.
    F,
    /// Register reads.
    Rreg,
    /// Register writes.
    Wreg,
    /// Register reads for an address.
    AddrPort,
    /// Register reads for the data of a store.
    DataPort,
    /// Events without a location.
    NoLoc,
    /// An empty set.
    EmptySet,
    /// Accesses with any of these flags.
    Access(Access),
    /// Fences with this name.
    Fence(&'static str),
}

/// A built-in function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Prim {
    /// First events of a relation.
    Domain,
    /// Second events of a relation.
    Range,
    /// A set's classes by location.
    ClassesLoc,
    /// Equivalence classes of a relation.
    Classes,
    /// All linear extensions.
    Linearisations,
    /// Pairs of a relation with different values.
    DifferentValues,
    /// Empty without address translation.
    Nothing,
    /// Its argument.
    Same,
    /// An error.
    Fail,
    /// What only other languages of the family use.
    Unsupported,
}

const SETS_AND_RELATIONS: [(&str, Base); 47] = [
    ("id", Base::Id),
    ("loc", Base::Loc),
    ("same-low-order-bits", Base::SameLowOrderBits),
    ("int", Base::Int),
    ("ext", Base::Ext),
    ("po", Base::Po),
    ("rf", Base::Rf),
    ("rf-reg", Base::RfReg),
    ("sm", Base::Si),
    ("si", Base::Si),
    ("iico_data", Base::IicoData),
    ("iico_ctrl", Base::IicoCtrl),
    ("iico_order", Base::IicoOrder),
    ("same-instance", Base::SameInstance),
    ("same-instr", Base::SameInstance),
    ("same-static", Base::SameStatic),
    ("pco", Base::Pco),
    ("addr", Base::Addr),
    ("data", Base::Data),
    ("ctrl", Base::Ctrl),
    ("coherence-orders", Base::CoherenceOrders),
    ("M", Base::M),
    ("R", Base::R),
    ("W", Base::W),
    ("IW", Base::Iw),
    ("FW", Base::Fw),
    ("Exp", Base::M),
    ("NExp", Base::EmptySet),
    ("SPEC", Base::EmptySet),
    ("EXEC", Base::M),
    ("SPURIOUS", Base::EmptySet),
    ("B", Base::B),
    ("BCC", Base::Bcc),
    ("PRED", Base::Pred),
    ("F", Base::F),
    ("Rreg", Base::Rreg),
    ("Wreg", Base::Wreg),
    ("ADDR", Base::AddrPort),
    ("DATA", Base::DataPort),
    ("no-loc", Base::NoLoc),
    ("CutOff", Base::EmptySet),
    ("FAULT", Base::EmptySet),
    ("FAULT-RD", Base::EmptySet),
    ("FAULT-WR", Base::EmptySet),
    ("EXC-ENTRY", Base::EmptySet),
    ("EXC-RET", Base::EmptySet),
    ("emptyset", Base::EmptySet),
];

const FUNCTIONS: [(&str, Prim); 21] = [
    ("domain", Prim::Domain),
    ("range", Prim::Range),
    ("classes-loc", Prim::ClassesLoc),
    ("classes", Prim::Classes),
    ("linearisations", Prim::Linearisations),
    ("different-values", Prim::DifferentValues),
    ("same-oa", Prim::Nothing),
    ("at-least-one-writable", Prim::Nothing),
    ("as_transitive", Prim::Same),
    ("fail", Prim::Fail),
    ("fromto", Prim::Unsupported),
    ("tag2events", Prim::Unsupported),
    ("tag2scope", Prim::Unsupported),
    ("tag2level", Prim::Unsupported),
    ("tag2fenced", Prim::Unsupported),
    ("loc2events", Prim::Unsupported),
    ("lift", Prim::Unsupported),
    ("delift", Prim::Unsupported),
    ("deliftinter", Prim::Unsupported),
    ("bisimulation", Prim::Unsupported),
    ("tag2instrs", Prim::Unsupported),
];

/// What a predefined name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Predefined {
    /// A set or relation.
    Base(Base),
    /// A function.
    Prim(Prim),
}

/// All predefined names.
pub(crate) fn predefined(vocabulary: &Vocabulary) -> impl Iterator<Item = (&'static str, Predefined)> {
    let bases = SETS_AND_RELATIONS.iter().copied();
    let accesses = vocabulary.accesses.iter().map(|&(name, flags)| (name, Base::Access(flags)));
    let fences = vocabulary.fences.iter().map(|&name| (name, Base::Fence(name)));
    let empty = vocabulary.empty.iter().map(|&name| (name, Base::EmptySet));
    bases
        .chain(empty)
        .chain(accesses)
        .chain(fences)
        .map(|(name, base)| (name, Predefined::Base(base)))
        .chain(FUNCTIONS.iter().map(|&(name, prim)| (name, Predefined::Prim(prim))))
}
