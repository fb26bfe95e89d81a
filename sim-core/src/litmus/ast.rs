//! A `.litmus` file as it is written: every part with its place, no name resolved.

use crate::diagnostic::Span;
use crate::outcome::Quantifier;
use crate::program::Value as Number;

/// A piece of text and its place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ast {
    /// Architecture, the first word of the file.
    pub arch: Word,
    /// Name of the test. `--` stands for the name of the file, which whoever read the file puts here.
    pub name: Word,
    /// The name for typesetting, in parentheses after the name.
    pub texname: Option<Word>,
    /// The quoted description.
    pub doc: Option<Word>,
    /// Lines `key = value` before the initial state, in the order of the file.
    pub meta: Vec<(Word, Word)>,
    /// The initial state, in the order of the file.
    pub init: Vec<Init>,
    /// The threads, `P0` first; never empty.
    pub threads: Vec<Column>,
    /// What to observe besides what the condition names.
    pub locations: Vec<Observed>,
    /// Which final states count.
    pub filter: Option<Prop>,
    /// The question.
    pub condition: Condition,
}

/// One thread: a column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The heading, such as `P0`.
    pub heading: Word,
    /// The cells that are not empty, from top to bottom.
    pub cells: Vec<Cell>,
}

/// One cell of the table: labels, then at most one instruction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// The labels before the instruction.
    pub labels: Vec<Word>,
    /// The text of the instruction, comments blanked.
    pub instr: Option<Word>,
}

/// The type of a declaration, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// No type: `x=1`.
    None,
    /// A type: `int x=1`.
    Type(Word),
    /// An atomic type: `_Atomic int x=1`.
    Atomic(Word),
    /// A pointer to an unnamed type: `*p=x`.
    Pointer,
    /// A pointer: `int *p=x`; holds the type that it points to.
    PointerTo(Word),
    /// An array: `int t[2]`.
    Array {
        /// Type of a cell.
        of: Word,
        /// Number of cells.
        length: u32,
    },
}

/// One item of the initial state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    /// What is initialised.
    pub location: Location,
    /// Its type.
    pub ty: Declared,
    /// Its value; 0 where there is none.
    pub value: Option<Value>,
    /// The whole item.
    pub span: Span,
}

/// A register or a piece of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Which.
    pub kind: LocationKind,
    /// Where it stands.
    pub span: Span,
}

/// What a [`Location`] names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LocationKind {
    /// A register of a thread: `0:X1`.
    Register {
        /// Index of the thread.
        thread: usize,
        /// The register, as written.
        name: String,
    },
    /// A symbolic register, `%a` or `0:%a`; without a thread it is that of each thread that mentions it.
    Symbolic {
        /// Index of the thread.
        thread: Option<usize>,
        /// Its name without `%`.
        name: String,
    },
    /// A symbol of memory: `x` or `[x]`.
    Symbol(String),
    /// One cell of an array: `t[1]`. Sorts after every whole location.
    Element {
        /// The array.
        symbol: String,
        /// Which cell.
        index: u32,
    },
}

/// A value, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Which.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

/// What a [`Value`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// A number.
    Number {
        /// Its lower 64 bits, in two's complement.
        value: Number,
        /// As written.
        text: String,
    },
    /// The address of a symbol.
    Symbol(String),
    /// The address of a cell of an array: `t[1]`.
    Element {
        /// The array.
        symbol: String,
        /// Which cell.
        index: u32,
    },
    /// The address of an instruction: `P1:L0`.
    Label {
        /// Index of the thread.
        thread: usize,
        /// The label.
        name: String,
    },
    /// An instruction: `instr:"ADD W0,W0,#1"`, or `NOP`.
    Instruction {
        /// Its text.
        instr: Word,
        /// Whether it stands in quotes.
        quoted: bool,
    },
    /// The cells of an array.
    List(Vec<Value>),
}

/// One item of `locations [...]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// What to observe.
    pub location: Location,
    /// The type by which to print it, [`Declared::None`] for that of its declaration.
    pub ty: Declared,
}

/// A question: a quantified proposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// How the proposition is meant.
    pub quantifier: Quantifier,
    /// The proposition.
    pub prop: Prop,
}

/// A proposition over the final state. Conjunctions and disjunctions are flat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prop {
    /// An equation or an inequation.
    Atom(Atom),
    /// Negation.
    Not(Box<Prop>),
    /// All of them; `true` without any.
    And(Vec<Prop>),
    /// At least one of them; `false` without any.
    Or(Vec<Prop>),
    /// If the first then the second.
    Implies(Box<Prop>, Box<Prop>),
}

/// An equation between a location and a value or another location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom {
    /// The left side.
    pub left: Location,
    /// Whether the sides must be the same.
    pub equal: bool,
    /// The right side.
    pub right: Side,
}

/// The right side of an [`Atom`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// A value.
    Value(Value),
    /// The contents of a location.
    Location(Location),
}

impl Prop {
    /// Calls `visit` for each equation, from left to right.
    pub fn atoms<'a>(&'a self, visit: &mut dyn FnMut(&'a Atom)) {
        match self {
            Prop::Atom(atom) => visit(atom),
            Prop::Not(p) => p.atoms(visit),
            Prop::And(all) | Prop::Or(all) => all.iter().for_each(|p| p.atoms(visit)),
            Prop::Implies(p, q) => {
                p.atoms(visit);
                q.atoms(visit);
            }
        }
    }
}

impl Init {
    /// Whether the value is an instruction.
    pub fn is_instruction(&self) -> bool {
        self.value.as_ref().is_some_and(Value::is_instruction)
    }
}

impl Value {
    /// Whether it is an instruction.
    pub fn is_instruction(&self) -> bool {
        matches!(self.kind, ValueKind::Instruction { .. })
    }
}

impl Ast {
    /// The value of the first metadata line with this key, in any case.
    pub fn meta(&self, key: &str) -> Option<&Word> {
        self.meta.iter().find(|(k, _)| k.text.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }
}
