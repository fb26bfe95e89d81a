//! Final states, conditions over them, and verdicts.

use crate::program::{Reg, Value, code_target};

/// The type by which an observed value is read and printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Type {
    /// Width in bytes: 1, 2, 4, 8 or 16 (of which the lower 8 are shown).
    pub bytes: u8,
    /// Whether the highest bit is a sign.
    pub signed: bool,
    /// Whether values are instructions, printed by their [spelling](crate::program::Program::words).
    pub instruction: bool,
}

impl Type {
    /// C's `int`, the default of the format.
    pub const INT: Type = Type { bytes: 4, signed: true, instruction: false };

    /// The format's `ins_t`: an instruction, which is a word of four bytes.
    pub const INSTRUCTION: Type = Type { bytes: 4, signed: false, instruction: true };

    /// Numbers of this width.
    pub fn number(bytes: u8, signed: bool) -> Type {
        Type { bytes, signed, instruction: false }
    }

    /// `value` cut to the type's width and extended to 64 bits by its sign. A code address stays whole,
    /// as it has no smaller form: an untyped register may hold one.
    pub fn read(self, value: Value) -> Value {
        if self.bytes >= 4 && code_target(value).is_some() {
            return value;
        }
        let unused = 64 - 8 * u32::from(self.bytes.clamp(1, 8));
        if self.signed { (((value << unused) as i64) >> unused) as Value } else { value << unused >> unused }
    }
}

/// Where an observed value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The final contents of a register.
    Register {
        /// Index of the thread.
        thread: usize,
        /// The register.
        reg: Reg,
    },
    /// The final contents of memory.
    Memory {
        /// Index of the symbol.
        symbol: usize,
        /// Byte offset of the first cell in it.
        offset: u32,
    },
}

/// One printed item of a final state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observable {
    /// As results print it on the left of `=`: `0:X1`, `[x]`, `t[1]`, or `t` for a whole array.
    pub name: String,
    /// Where its value is.
    pub source: Source,
    /// Type of one cell.
    pub ty: Type,
    /// Number of cells: 1, or the length of an array that is observed as a whole.
    pub cells: u32,
}

/// What a final state consists of.
///
/// A state has one value per cell of each observable, in this order: `values.len()` is
/// [`Observables::width`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observables {
    /// Sorted as they are printed: registers by thread and name, then memory.
    pub items: Vec<Observable>,
}

impl Observables {
    /// Number of values of a state.
    pub fn width(&self) -> usize {
        self.items.iter().map(|item| item.cells as usize).sum()
    }

    /// Each value of a state as (item, cell of the item).
    pub fn slots(&self) -> impl Iterator<Item = (&Observable, u32)> {
        self.items.iter().flat_map(|item| (0..item.cells).map(move |cell| (item, cell)))
    }
}

/// A final state: `values[slot]`, each read by the type of its observable (sign- or zero-extended).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// One per slot of the [`Observables`].
    pub values: Box<[Value]>,
}

/// One side of an equation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The value in a slot of the state.
    Slot(usize),
    /// A constant, already read by the type of the other side, and as it is written.
    Const(Value, String),
}

/// A proposition over final states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prop {
    /// Holds always.
    True,
    /// Holds never.
    False,
    /// Equality of two values.
    Equal(Term, Term),
    /// Inequality of two values.
    Differ(Term, Term),
    /// Negation.
    Not(Box<Prop>),
    /// All of them.
    And(Vec<Prop>),
    /// At least one of them.
    Or(Vec<Prop>),
    /// If the first then the second.
    Implies(Box<Prop>, Box<Prop>),
}

impl Term {
    fn value(&self, known: &dyn Fn(usize) -> Option<Value>) -> Option<Value> {
        match self {
            Term::Slot(slot) => known(*slot),
            Term::Const(value, _) => Some(*value),
        }
    }
}

impl Prop {
    /// Whether the proposition holds in `state`.
    pub fn holds(&self, state: &State) -> bool {
        self.known(&|slot| Some(state.values[slot])) == Some(true)
    }

    /// Whether the proposition holds in every state with the given slots (`Some(true)`), in none
    /// (`Some(false)`), or perhaps in some; `known(slot)` is `None` for a slot that is open.
    pub fn known(&self, known: &dyn Fn(usize) -> Option<Value>) -> Option<bool> {
        let equal = |a: &Term, b: &Term| Some(a.value(known)? == b.value(known)?);
        match self {
            Prop::True => Some(true),
            Prop::False => Some(false),
            Prop::Equal(a, b) => equal(a, b),
            Prop::Differ(a, b) => equal(a, b).map(|equal| !equal),
            Prop::Not(p) => p.known(known).map(|holds| !holds),
            Prop::And(all) => unless(all, false, known),
            Prop::Or(any) => unless(any, true, known),
            Prop::Implies(p, q) => match p.known(known) {
                Some(true) => q.known(known),
                Some(false) => Some(true),
                None => q.known(known).filter(|holds| *holds),
            },
        }
    }
}

/// `Some(decisive)` if one of `props` is so, its opposite if all are known not to be, else `None`.
fn unless(props: &[Prop], decisive: bool, known: &dyn Fn(usize) -> Option<Value>) -> Option<bool> {
    let mut open = false;
    for prop in props {
        match prop.known(known) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(!decisive)
}

/// How the condition's proposition is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// Some final state satisfies it.
    Exists,
    /// No final state satisfies it.
    NotExists,
    /// Every final state satisfies it.
    Forall,
}

impl Quantifier {
    /// As conditions are spelled.
    pub fn word(self) -> &'static str {
        match self {
            Quantifier::Exists => "exists",
            Quantifier::NotExists => "~exists",
            Quantifier::Forall => "forall",
        }
    }
}

/// The question that a test asks about its final states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// How the proposition is meant.
    pub quantifier: Quantifier,
    /// The proposition.
    pub prop: Prop,
    /// The whole condition in the canonical spelling, such as `exists (0:X0=1 /\ [x]=2)`.
    pub text: String,
}

impl Condition {
    /// Means the proposition otherwise.
    pub fn quantify(&mut self, quantifier: Quantifier) {
        let prop = self.text.find('(').map_or("", |at| &self.text[at..]);
        self.text = format!("{} {prop}", quantifier.word());
        self.quantifier = quantifier;
    }
}

/// Whether all final states are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// All of them, for every number of iterations of every loop.
    Complete,
    /// All of them among runs in which no loop jumps back more than this many times.
    Bounded {
        /// Back-jumps to one target in one thread.
        unroll: u32,
    },
    /// A limit ended the search: more final states may exist.
    Truncated {
        /// Which limit, such as `the time limit of 10 s` or `the limit of 1000000 states`.
        limit: String,
        /// States explored until then.
        explored: u64,
    },
}

impl Completeness {
    /// Why more final states may exist, in words; `None` if all are known.
    pub fn reason(&self) -> Option<String> {
        match self {
            Completeness::Complete => None,
            Completeness::Bounded { unroll } => Some(format!("loops cut after {unroll} back-jumps")),
            Completeness::Truncated { limit, .. } => Some(limit.clone()),
        }
    }

    /// What is known if a search that explored so many states was ended by `limit`, if by any.
    #[must_use]
    pub fn within(self, limit: Option<String>, explored: u64) -> Completeness {
        match (limit, self) {
            (Some(limit), _) | (None, Completeness::Truncated { limit, .. }) => {
                Completeness::Truncated { limit, explored }
            }
            (None, found) => found,
        }
    }
}

/// How a proposition fares over the final states of a complete search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Observation {
    /// In no final state.
    Never,
    /// In some and not in others.
    Sometimes,
    /// In every final state.
    Always,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes {
    /// The distinct final states that pass the filter, sorted.
    pub states: Vec<State>,
    /// Whether these are all.
    pub completeness: Completeness,
}

impl Outcomes {
    /// Number of states in which `prop` holds and in which it does not.
    pub fn count(&self, prop: &Prop) -> (usize, usize) {
        let positive = self.states.iter().filter(|state| prop.holds(state)).count();
        (positive, self.states.len() - positive)
    }

    /// How `prop` fares over the states that were found.
    pub fn observation(&self, prop: &Prop) -> Observation {
        match self.count(prop) {
            (0, _) => Observation::Never,
            (_, 0) => Observation::Always,
            _ => Observation::Sometimes,
        }
    }

    /// Whether the condition is answered with yes by the states found.
    pub fn holds(&self, condition: &Condition) -> bool {
        let (positive, negative) = self.count(&condition.prop);
        match condition.quantifier {
            Quantifier::Exists => positive > 0,
            Quantifier::NotExists => positive == 0,
            Quantifier::Forall => negative == 0,
        }
    }

    /// Whether more states could not change [`Outcomes::holds`]: an example or a counterexample was
    /// found, or all states are known.
    pub fn decided(&self, condition: &Condition) -> bool {
        let (positive, negative) = self.count(&condition.prop);
        self.completeness == Completeness::Complete
            || match condition.quantifier {
                Quantifier::Exists | Quantifier::NotExists => positive > 0,
                Quantifier::Forall => negative > 0,
            }
    }
}
