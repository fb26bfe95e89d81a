//! The cat language as it is written.

use crate::diagnostic::Span;

/// Where something stands: a file of the model and the place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Index into the files of the model.
    pub file: u16,
    /// The place in its text.
    pub span: Span,
}

/// An expression and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub place: Place,
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    /// `r+`
    Plus,
    /// `r*`
    Star,
    /// `r?`
    Option,
    /// `r^-1`
    Inverse,
    /// `~e`
    Not,
    /// `[S]`
    Identity,
}

/// An operator between operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `a | b`
    Union,
    /// `a & b`
    Inter,
    /// `a \ b`
    Minus,
    /// `a ; b`
    Seq,
    /// `A * B`
    Product,
    /// `x ++ S`
    Add,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `0`
    Zero,
    /// `_`
    Universe,
    /// `'name`
    Tag(String),
    /// A name.
    Name(String),
    /// `{e, …}`, empty for `{}`.
    Braces(Vec<Expr>),
    /// `(e, …)` with none or at least two.
    Tuple(Vec<Expr>),
    /// `f a`
    Apply(Box<Expr>, Box<Expr>),
    /// An operator with one operand.
    Unary(Unary, Box<Expr>),
    /// Operands joined by one operator: at least two, exactly two of a product.
    Joined(Binary, Vec<Expr>),
    /// `let … in e`
    Let(Binds, Box<Expr>),
    /// `fun … -> e`
    Fun(Formals, Box<Expr>),
    /// `try a with b`
    Try(Box<Expr>, Box<Expr>),
    /// `if c then a else b`
    If(Cond, Box<Expr>, Box<Expr>),
    /// `match e with 'tag -> … || _ -> … end`
    MatchTag(Box<Expr>, Vec<(String, Expr)>, Option<Box<Expr>>),
    /// `match e with {} -> … || … end`
    MatchSet(Box<Expr>, Box<Expr>, SetPattern, Box<Expr>),
}

/// The pattern of a set that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub enum SetPattern {
    /// `element ++ rest`
    Any(Pattern, Pattern),
    /// `less | element ++ greater`
    Ordered(Pattern, Pattern, Pattern),
}

/// A name to bind; `None` is `_`.
pub type Pattern = Option<String>;

/// The formal arguments of a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Formals {
    /// The whole argument.
    One(Pattern),
    /// The parts of a tuple: none, two or more.
    Tuple(Vec<Pattern>),
}

/// Bindings made together.
#[derive(Debug, Clone, PartialEq)]
pub struct Binds {
    /// Whether they may mention each other.
    pub recursive: bool,
    /// Each of them.
    pub binds: Vec<Bind>,
}

/// One binding.
#[derive(Debug, Clone, PartialEq)]
pub struct Bind {
    /// What is bound.
    pub to: BindTo,
    /// To what.
    pub value: Expr,
    /// The name's place.
    pub place: Place,
}

/// The left side of a binding.
#[derive(Debug, Clone, PartialEq)]
pub enum BindTo {
    /// A value.
    Value(Pattern),
    /// The parts of a tuple.
    Tuple(Vec<Pattern>),
    /// A function.
    Function(String, Formals),
}

/// What `if` tests in an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Cond {
    /// `a = b`
    Equal(Box<Expr>, Box<Expr>),
    /// `a subset b`
    Subset(Box<Expr>, Box<Expr>),
    /// `a in b`
    In(Box<Expr>, Box<Expr>),
    /// Settings of the tool.
    Variant(Variant),
}

/// A proposition over settings of the tool.
#[derive(Debug, Clone, PartialEq)]
pub enum Variant {
    /// Whether it is set.
    Name(String),
    /// Negation.
    Not(Box<Variant>),
    /// Both.
    And(Box<Variant>, Box<Variant>),
    /// At least one.
    Or(Box<Variant>, Box<Variant>),
}

/// What a check asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// No cycle.
    Acyclic,
    /// Nothing is related to itself.
    Irreflexive,
    /// Nothing is in it.
    Empty,
}

impl Property {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Property::Acyclic => "acyclic",
            Property::Irreflexive => "irreflexive",
            Property::Empty => "empty",
        }
    }
}

/// `[~] acyclic|irreflexive|empty e [as name]`
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Whether the property must not hold.
    pub negated: bool,
    /// The property.
    pub property: Property,
    /// Of what.
    pub of: Expr,
    /// The check's name.
    pub name: Option<String>,
    /// The whole check.
    pub place: Place,
}

/// What follows from a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Candidates that fail it are rejected.
    Require,
    /// Candidates that satisfy it are marked.
    Flag,
    /// Candidates that fail it are marked as undefined.
    Undefined,
    /// It must hold.
    Assert,
}

/// An instruction and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Ins {
    /// What it is.
    pub kind: InsKind,
    /// Where it stands.
    pub place: Place,
    /// What the comment before it says.
    pub comment: Option<String>,
}

/// What an instruction is.
#[derive(Debug, Clone, PartialEq)]
pub enum InsKind {
    /// `let …`, with the check that each round of a fixpoint must pass.
    Let(Binds, Option<Check>),
    /// A check.
    Check(Use, Check),
    /// `include "file"`
    Include(String),
    /// `procedure name(…) = … end`
    Procedure(String, Formals, Vec<Ins>),
    /// `call name argument`
    Call(String, Expr),
    /// `forall x in S do … end`
    Forall(String, Expr, Vec<Ins>),
    /// `with x from S`
    With(String, Expr),
    /// `if "variant" … else … end`
    If(Variant, Vec<Ins>, Vec<Ins>),
    /// `match e with 'tag -> … end`
    Match(Expr, Vec<(String, Vec<Ins>)>, Option<Vec<Ins>>),
    /// `enum name = 'tag || …`
    Enum(String, Vec<String>),
    /// `show`, `unshow`, `debug` and what only other languages of the family use.
    Nothing,
}

/// A parsed file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// The name that its title begins with, and where. A string names no architecture.
    pub title: Option<(String, Span)>,
    /// Whether it computes dependencies itself, over all events.
    pub catdep: bool,
    /// Its instructions.
    pub body: Vec<Ins>,
}
