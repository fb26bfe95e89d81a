//! A model with every name resolved: what the evaluator runs.

use std::sync::Arc;

use super::ast::{Binary, Place, Property, Unary, Use};
use super::names::{Base, Prim};

/// An expression.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// The empty relation.
    Zero,
    /// Everything.
    Universe,
    /// A tag.
    Tag(Arc<str>),
    /// A binding of the file level: an index into [`Program::slots`].
    Global(u32),
    /// A local binding: how many were made after it.
    Local(u32),
    /// What the execution defines.
    Base(Base),
    /// A built-in function.
    Prim(Prim),
    /// A name without a binding: an error where it is evaluated.
    Unbound(Arc<str>),
    /// `{…}`
    Braces(Vec<Node>),
    /// A tuple.
    Tuple(Vec<Node>),
    /// A function's value.
    Apply(Box<Node>, Box<Node>),
    /// An operator with one operand.
    Unary(Unary, Box<Node>),
    /// Operands joined by an operator.
    Joined(Binary, Vec<Node>),
    /// Local bindings.
    Let(Binds, Box<Node>),
    /// A function.
    Fun(Arc<Function>),
    /// The second where the first fails.
    Try(Box<Node>, Box<Node>),
    /// A choice.
    If(Box<Cond>, Box<Node>, Box<Node>),
    /// A choice by a tag.
    MatchTag(Box<Node>, Vec<(Arc<str>, Node)>, Option<Box<Node>>),
    /// A choice by emptiness; the last has two local bindings more (three where ordered).
    MatchSet {
        /// The set.
        of: Box<Node>,
        /// Where it is empty.
        none: Box<Node>,
        /// Whether the rest is split into smaller and larger elements.
        ordered: bool,
        /// Where it is not.
        some: Box<Node>,
    },
}

/// What `if` tests.
#[derive(Debug, Clone)]
pub(crate) enum Cond {
    /// Equality.
    Equal(Node, Node),
    /// Inclusion.
    Subset(Node, Node),
    /// Membership.
    In(Node, Node),
}

/// A function. Its formals are the innermost locals of its body, the first outermost.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// The name it was defined by, or `fun`.
    pub name: Arc<str>,
    /// `None`: the whole argument is one local. Otherwise the parts of a tuple of this length.
    pub arity: Option<usize>,
    /// Its value.
    pub body: Node,
}

/// Local bindings, the first outermost.
#[derive(Debug, Clone)]
pub(crate) enum Binds {
    /// Each in the environment before all of them.
    Together(Vec<LocalDef>),
    /// Functions that see each other and themselves.
    Functions(Vec<Arc<Function>>),
    /// Values (and functions) as a least fixpoint, each seeing all.
    Fixpoint(Vec<Node>),
}

/// A local binding.
#[derive(Debug, Clone)]
pub(crate) enum LocalDef {
    /// A value; made before the members that take it apart.
    Value(Node),
    /// Part `index` of the tuple that is the value of `of`, counted from the first of these bindings.
    Member {
        /// Which binding of this group.
        of: usize,
        /// Which part.
        index: usize,
        /// How many parts there must be.
        arity: usize,
    },
}

/// A binding of the file level.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub def: SlotDef,
    /// Where it is bound.
    pub place: Place,
    /// What the comment before it says.
    pub comment: Option<Arc<str>>,
}

/// The value of a [`Slot`].
#[derive(Debug, Clone)]
pub(crate) enum SlotDef {
    /// An expression.
    Value(Node),
    /// Part `index` of the tuple in another slot.
    Member {
        /// The slot of the tuple.
        slot: u32,
        /// Which part.
        index: usize,
        /// How many parts there must be.
        arity: usize,
    },
    /// A value of a recursive group: an index into [`Program::groups`].
    Recursive(u32),
    /// Bound by `with … from`.
    Chosen,
}

/// Values that are defined together as a least fixpoint.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// The slots and their bodies.
    pub members: Vec<(u32, Node)>,
    /// What must hold after each round.
    pub when: Option<Check>,
    /// Where it stands.
    pub place: Place,
}

/// A check.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    /// Whether the property must not hold.
    pub negated: bool,
    /// The property.
    pub property: Property,
    /// Of what.
    pub of: Node,
    /// The check's name.
    pub name: Option<Arc<str>>,
    /// The whole check.
    pub place: Place,
    /// What the comment before it says.
    pub comment: Option<Arc<str>>,
}

/// A procedure: its formals are like a function's.
#[derive(Debug, Clone)]
pub(crate) struct Procedure {
    /// See [`Function::arity`].
    pub arity: Option<usize>,
    /// What it does.
    pub body: Vec<Step>,
}

/// Something that is done, in order.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A check; of the file level with its index, by which results are kept.
    Check(Use, Check, Option<u32>),
    /// Local bindings, seen by the steps after it.
    Let(Binds),
    /// The rest runs once for each member of the set; an index into [`Program::slots`].
    With(u32, Node),
    /// Runs the steps for all members, each as a new innermost local.
    Forall(Node, Vec<Step>),
    /// Runs a procedure.
    Call(u32, Node),
    /// Runs the steps of the tag.
    Match(Node, Vec<(Arc<str>, Vec<Step>)>, Option<Vec<Step>>),
    /// A name of a procedure without a binding.
    Unbound(Arc<str>, Place),
}

/// A resolved model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    /// Bindings of the file level, in the order in which they are made.
    pub slots: Vec<Slot>,
    /// Recursive groups.
    pub groups: Vec<Group>,
    /// Procedures.
    pub procedures: Vec<Procedure>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Number of checks of the file level.
    pub checks: u32,
    /// The tags of each `enum`.
    pub tags: Vec<Vec<Arc<str>>>,
    /// All names of the file level that are bound at the end.
    pub names: Vec<String>,
}
