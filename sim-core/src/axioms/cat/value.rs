//! Values of the cat language and the operators on them.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Binary, Unary};
use super::ir::{Function, Node};
use super::names::Prim;
use crate::axioms::bits::{Rel, Set};

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value<'m> {
    /// `{}`: the empty set, relation or set of values.
    Empty,
    /// `_`: all events, or all pairs.
    Universe,
    /// A set of events.
    Set(Rc<Set>),
    /// A relation.
    Rel(Rc<Rel>),
    /// One event.
    Event(usize),
    /// Two events.
    Pair(usize, usize),
    /// A tag.
    Tag(Arc<str>),
    /// A tuple.
    Tuple(Rc<[Value<'m>]>),
    /// A set of values, sorted and without doubles.
    Values(Rc<Vec<Value<'m>>>),
    /// A function with what it captured.
    Closure(&'m Function, Env<'m>),
    /// A built-in function.
    Prim(Prim),
}

/// Local bindings, the innermost first.
pub(crate) type Env<'m> = Option<Rc<Frame<'m>>>;

/// One or several local bindings.
#[derive(Debug)]
pub(crate) enum Frame<'m> {
    /// A value.
    Value(Value<'m>, Env<'m>),
    /// An expression that is evaluated when it is first needed.
    Lazy(Rc<Thunk<'m>>, Env<'m>),
    /// Part of the tuple in a thunk: which, of how many.
    Member(Rc<Thunk<'m>>, usize, usize, Env<'m>),
    /// Functions that see each other, the last innermost.
    Functions(&'m [Arc<Function>], Env<'m>),
}

/// A binding's expression and where its names are bound.
#[derive(Debug)]
pub(crate) struct Thunk<'m> {
    pub node: &'m Node,
    pub env: Env<'m>,
    pub kept: std::cell::RefCell<Option<(Value<'m>, super::eval::Stamp)>>,
}

/// What went wrong with the types of operands.
pub(crate) type TypeError = String;

impl<'m> Value<'m> {
    /// The name of the value's type, as messages give it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Empty => "the empty set",
            Value::Universe => "the universe",
            Value::Set(_) => "a set of events",
            Value::Rel(_) => "a relation",
            Value::Event(_) => "an event",
            Value::Pair(..) => "a pair of events",
            Value::Tag(_) => "a tag",
            Value::Tuple(_) => "a tuple",
            Value::Values(_) => "a set of values",
            Value::Closure(..) => "a function",
            Value::Prim(_) => "a built-in function",
        }
    }

    pub fn set(set: Set) -> Value<'m> {
        Value::Set(Rc::new(set))
    }

    pub fn rel(rel: Rel) -> Value<'m> {
        Value::Rel(Rc::new(rel))
    }

    /// A set of values; sorts.
    pub fn values(mut all: Vec<Value<'m>>) -> Value<'m> {
        all.sort_by(Value::order);
        all.dedup_by(|a, b| a.order(b) == Ordering::Equal);
        Value::Values(Rc::new(all))
    }

    /// Whether the value is known to have no member.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Empty => true,
            Value::Set(s) => s.is_empty(),
            Value::Rel(r) => r.is_empty(),
            Value::Values(v) => v.is_empty(),
            _ => false,
        }
    }

    /// A total order of values of one type; closures are all equal.
    pub fn order(&self, other: &Value<'m>) -> Ordering {
        match (self, other) {
            (Value::Set(a), Value::Set(b)) => a.cmp(b),
            (Value::Rel(a), Value::Rel(b)) => a.cmp(b),
            (Value::Event(a), Value::Event(b)) => a.cmp(b),
            (Value::Pair(a, b), Value::Pair(c, d)) => (a, b).cmp(&(c, d)),
            (Value::Tag(a), Value::Tag(b)) => a.cmp(b),
            (Value::Tuple(a), Value::Tuple(b)) => order_all(a, b),
            (Value::Values(a), Value::Values(b)) => order_all(a, b),
            (a, b) if a.is_empty() && b.is_empty() => Ordering::Equal,
            (a, b) if a.is_empty() != b.is_empty() => b.is_empty().cmp(&a.is_empty()),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Empty => 0,
            Value::Universe => 1,
            Value::Set(_) => 2,
            Value::Rel(_) => 3,
            Value::Event(_) => 4,
            Value::Pair(..) => 5,
            Value::Tag(_) => 6,
            Value::Tuple(_) => 7,
            Value::Values(_) => 8,
            Value::Closure(..) => 9,
            Value::Prim(_) => 10,
        }
    }

    /// As an operand of `;`, `+`, `^-1`, a check of cycles.
    pub fn as_rel(&self, events: usize) -> Result<Rc<Rel>, TypeError> {
        Ok(match self {
            Value::Rel(r) => r.clone(),
            Value::Empty => Rc::new(Rel::empty(events)),
            Value::Universe => Rc::new(Rel::full(events)),
            Value::Pair(a, b) => {
                let mut rel = Rel::empty(events);
                rel.insert(*a, *b);
                Rc::new(rel)
            }
            Value::Set(_) => {
                return Err("a relation is expected, not a set of events: write `[S]`".to_owned());
            }
            other => return Err(format!("a relation is expected, not {}", other.type_name())),
        })
    }

    /// As an operand of `[…]`, or an argument that is a set.
    pub fn as_set(&self, events: usize) -> Result<Rc<Set>, TypeError> {
        Ok(match self {
            Value::Set(s) => s.clone(),
            Value::Empty => Rc::new(Set::empty(events)),
            Value::Universe => Rc::new(Set::full(events)),
            other => return Err(format!("a set of events is expected, not {}", other.type_name())),
        })
    }

    /// As an operand of a product: an event is the set of it alone.
    pub fn as_side(&self, events: usize) -> Result<Rc<Set>, TypeError> {
        match self {
            Value::Event(e) => Ok(Rc::new(singleton(events, *e))),
            other => other.as_set(events),
        }
    }

    /// Whether both have the same members.
    pub fn equals(&self, other: &Value<'m>, events: usize) -> Result<bool, TypeError> {
        Ok(match (self, other) {
            (Value::Universe, Value::Universe) => true,
            (Value::Universe, Value::Set(_)) => *self.as_set(events)? == *other.as_set(events)?,
            (Value::Universe, Value::Rel(_)) => *self.as_rel(events)? == *other.as_rel(events)?,
            (Value::Set(_) | Value::Rel(_), Value::Universe) => return other.equals(self, events),
            (a, b) if a.rank() == b.rank() => a.order(b) == Ordering::Equal,
            (a, Value::Empty) | (Value::Empty, a) if a.is_collection() => a.is_empty(),
            (a, b) => return Err(format!("{} is compared with {}", a.type_name(), b.type_name())),
        })
    }

    fn is_collection(&self) -> bool {
        matches!(self, Value::Empty | Value::Universe | Value::Set(_) | Value::Rel(_) | Value::Values(_))
    }

    /// Whether all members of `self` are members of `other`.
    pub fn within(&self, other: &Value<'m>, events: usize) -> Result<bool, TypeError> {
        Ok(match (self, other) {
            (Value::Empty, _) | (_, Value::Universe) => true,
            (Value::Set(a), b) => a.within(&*b.as_set(events)?),
            (Value::Rel(a), b) => a.within(&*b.as_rel(events)?),
            (Value::Universe, Value::Set(b)) => Set::full(events).within(b),
            (Value::Universe, Value::Rel(b)) => Rel::full(events).within(b),
            (Value::Values(a), Value::Values(b)) => {
                a.iter().all(|v| b.binary_search_by(|w| w.order(v)).is_ok())
            }
            (a, Value::Empty) if a.is_collection() => a.is_empty(),
            (a, b) => return Err(format!("{} cannot be a part of {}", a.type_name(), b.type_name())),
        })
    }

    /// Whether the value is a member of `of`.
    pub fn is_in(&self, of: &Value<'m>) -> Result<bool, TypeError> {
        Ok(match (self, of) {
            (_, Value::Empty) => false,
            (_, Value::Universe) => true,
            (Value::Event(e), Value::Set(s)) => s.has(*e),
            (Value::Event(e), Value::Event(f)) => e == f,
            (Value::Pair(a, b), Value::Rel(r)) => r.has(*a, *b),
            (Value::Pair(a, b), Value::Pair(c, d)) => (a, b) == (c, d),
            (v, Value::Values(all)) => all.binary_search_by(|w| w.order(v)).is_ok(),
            (v, of) => return Err(format!("{} cannot be a member of {}", v.type_name(), of.type_name())),
        })
    }

    /// `self ++ rest`
    pub fn add_to(self, rest: &Value<'m>, events: usize) -> Result<Value<'m>, TypeError> {
        match (&self, rest) {
            (Value::Closure(..) | Value::Prim(_), _) => Err("a function cannot be put into a set".to_owned()),
            (Value::Event(_) | Value::Pair(..), Value::Universe) => Ok(Value::Universe),
            (Value::Event(e), Value::Set(_) | Value::Empty) => {
                let mut set = (*rest.as_set(events)?).clone();
                set.insert(*e);
                Ok(Value::set(set))
            }
            (Value::Pair(a, b), Value::Rel(_) | Value::Empty) => {
                let mut rel = (*rest.as_rel(events)?).clone();
                rel.insert(*a, *b);
                Ok(Value::rel(rel))
            }
            (Value::Event(_) | Value::Pair(..), other) => {
                Err(format!("{} cannot be added to {}", self.type_name(), other.type_name()))
            }
            (_, Value::Empty) => Ok(Value::values(vec![self])),
            (_, Value::Values(all)) => {
                let mut all = (**all).clone();
                all.push(self);
                Ok(Value::values(all))
            }
            (_, other) => Err(format!("{} cannot be added to {}", self.type_name(), other.type_name())),
        }
    }

    /// An operator with one operand, except `[…]` and what needs the tags of a type.
    pub fn unary(&self, op: Unary, events: usize) -> Result<Value<'m>, TypeError> {
        Ok(match (op, self) {
            (Unary::Not, Value::Empty) => Value::Universe,
            (Unary::Not, Value::Universe) => Value::Empty,
            (Unary::Not, Value::Set(s)) => Value::set(Set::full(events).minus(s)),
            (Unary::Not, Value::Rel(r)) => Value::rel(r.complement()),
            (Unary::Not, other) => return Err(format!("{} has no complement", other.type_name())),
            (Unary::Inverse, Value::Pair(a, b)) => Value::Pair(*b, *a),
            (Unary::Inverse, Value::Empty | Value::Universe) => self.clone(),
            (Unary::Inverse, other) => Value::rel(other.as_rel(events)?.inverse()),
            (Unary::Plus, Value::Empty) => Value::Empty,
            (Unary::Plus, other) => Value::rel((*other.as_rel(events)?).clone().closure()),
            (Unary::Star, other) => Value::rel((*other.as_rel(events)?).clone().closure().reflexive()),
            (Unary::Option, other) => Value::rel((*other.as_rel(events)?).clone().reflexive()),
            (Unary::Identity, other) => Value::rel(Rel::identity(&*other.as_set(events)?)),
        })
    }

    /// `a | b`, `a & b`, `a \ b`
    pub fn algebra(&self, op: Binary, other: &Value<'m>, events: usize) -> Result<Value<'m>, TypeError> {
        match (self, other) {
            (Value::Tag(_), b) => return Value::values(vec![self.clone()]).algebra(op, b, events),
            (a, Value::Tag(_)) => return a.algebra(op, &Value::values(vec![other.clone()]), events),
            (Value::Pair(..), Value::Rel(_)) if op == Binary::Inter => {
                return Ok(Value::rel(self.as_rel(events)?.and(&*other.as_rel(events)?)));
            }
            (Value::Rel(_), Value::Pair(..)) if op == Binary::Inter => {
                return other.algebra(op, self, events);
            }
            _ => {}
        }
        for side in [self, other] {
            if !side.is_collection() {
                return Err(format!("a set or a relation is expected, not {}", side.type_name()));
            }
        }
        Ok(match (op, self, other) {
            (Binary::Union, Value::Empty, b) => b.clone(),
            (Binary::Union, a, Value::Empty) => a.clone(),
            (Binary::Union, Value::Universe, _) | (Binary::Union, _, Value::Universe) => Value::Universe,
            (Binary::Inter, Value::Empty, _) | (Binary::Inter, _, Value::Empty) => Value::Empty,
            (Binary::Inter, Value::Universe, b) => b.clone(),
            (Binary::Inter, a, Value::Universe) => a.clone(),
            (Binary::Minus, Value::Empty, _) | (Binary::Minus, _, Value::Universe) => Value::Empty,
            (Binary::Minus, a, Value::Empty) => a.clone(),
            (Binary::Minus, Value::Universe, b) => b.unary(Unary::Not, events)?,
            (_, Value::Set(a), Value::Set(b)) => Value::set(match op {
                Binary::Union => a.or(b),
                Binary::Inter => a.and(b),
                _ => a.minus(b),
            }),
            (_, Value::Rel(a), Value::Rel(b)) => Value::rel(match op {
                Binary::Union => a.or(b),
                Binary::Inter => a.and(b),
                _ => a.minus(b),
            }),
            (_, Value::Values(a), Value::Values(b)) => {
                let inside = |v: &Value<'m>| b.binary_search_by(|w| w.order(v)).is_ok();
                let mut all: Vec<Value<'m>> = match op {
                    Binary::Union => (**a).clone(),
                    Binary::Inter => a.iter().filter(|v| inside(v)).cloned().collect(),
                    _ => a.iter().filter(|v| !inside(v)).cloned().collect(),
                };
                if op == Binary::Union {
                    all.extend(b.iter().cloned());
                }
                Value::values(all)
            }
            (_, a, b) => return Err(format!("{} and {} cannot be combined", a.type_name(), b.type_name())),
        })
    }

    /// The members, in ascending order.
    pub fn members(&self, events: usize) -> Result<Vec<Value<'m>>, TypeError> {
        Ok(match self {
            Value::Empty => Vec::new(),
            Value::Universe => (0..events).map(Value::Event).collect(),
            Value::Set(s) => s.iter().map(Value::Event).collect(),
            Value::Rel(r) => r.pairs().map(|(a, b)| Value::Pair(a, b)).collect(),
            Value::Values(v) => (**v).clone(),
            Value::Tag(_) => vec![self.clone()],
            other => return Err(format!("a set is expected, not {}", other.type_name())),
        })
    }
}

fn order_all<'m>(a: &[Value<'m>], b: &[Value<'m>]) -> Ordering {
    let different = a.iter().zip(b).map(|(a, b)| a.order(b)).find(|&o| o != Ordering::Equal);
    different.unwrap_or(a.len().cmp(&b.len()))
}

/// The set of one event.
pub(crate) fn singleton(events: usize, event: usize) -> Set {
    let mut set = Set::empty(events);
    set.insert(event);
    set
}

/// The value of a set with these members: of events a set, of pairs a relation.
pub(crate) fn from_members<'m>(all: Vec<Value<'m>>, events: usize) -> Result<Value<'m>, TypeError> {
    let mut out = Value::Empty;
    if all.iter().all(|v| !matches!(v, Value::Event(_) | Value::Pair(..))) && !all.is_empty() {
        return Ok(Value::values(all));
    }
    for value in all {
        out = value.add_to(&out, events)?;
    }
    Ok(out)
}
