//! The built-in functions.

use std::rc::Rc;

use super::eval::{Execution, Fail, Interp};
use super::names::Prim;
use super::value::{TypeError, Value};
use crate::axioms::bits::{Rel, Set};

/// Most orders that `linearisations` gives.
const LINEARISATIONS_MAX: usize = 200_000;

impl<'m, E: Execution> Interp<'m, E> {
    /// The value of a built-in function.
    pub(super) fn builtin(&mut self, prim: Prim, argument: &Value<'m>) -> Result<Value<'m>, TypeError> {
        let events = self.events();
        Ok(match (prim, argument) {
            (Prim::Domain | Prim::Range, Value::Empty | Value::Universe) => argument.clone(),
            (Prim::Domain | Prim::Range, Value::Pair(..)) => {
                return Err("a relation is expected, not a pair of events: write `p ++ 0`".to_owned());
            }
            (Prim::Domain, r) => Value::set(r.as_rel(events)?.domain()),
            (Prim::Range, r) => Value::set(r.as_rel(events)?.range()),
            (Prim::ClassesLoc, s) => self.classes_by_location(&*s.as_set(events)?),
            (Prim::Classes, r) => classes(&*r.as_rel(events)?),
            (Prim::Linearisations, Value::Tuple(parts)) if parts.len() == 2 => {
                let (set, rel) = (parts[0].as_set(events)?, parts[1].as_rel(events)?);
                linearisations(&set, &rel)?
            }
            (Prim::Linearisations, _) => return Err("a set and a relation are expected".to_owned()),
            (Prim::DifferentValues, r) => {
                let rel = r.as_rel(events)?;
                let mut out = Rel::empty(events);
                for (a, b) in rel.pairs() {
                    if self.data_of(a) != self.data_of(b) {
                        out.insert(a, b);
                    }
                }
                Value::rel(out)
            }
            (Prim::Nothing, r) => {
                r.as_rel(events)?;
                Value::rel(Rel::empty(events))
            }
            (Prim::Same, v) => v.clone(),
            (Prim::Fail, _) => return Err("`fail` was called".to_owned()),
            (Prim::Unsupported, _) => {
                return Err("this function has no meaning for tests of assembly programs".to_owned());
            }
        })
    }

    fn classes_by_location(&mut self, set: &Set) -> Value<'m> {
        let events = self.events();
        let mut classes: indexmap::IndexMap<u64, Set> = indexmap::IndexMap::new();
        for e in set.iter() {
            if let Some(location) = self.location_of(e) {
                classes.entry(location).or_insert_with(|| Set::empty(events)).insert(e);
            }
        }
        Value::values(classes.into_values().map(Value::set).collect())
    }

    /// All values of a `with`: what it draws from must be a set of values, or the polymorphic empty set.
    pub(super) fn choices(&self, value: &Value<'m>) -> Result<Vec<Value<'m>>, TypeError> {
        match value {
            Value::Empty => Ok(Vec::new()),
            Value::Values(all) => Ok((**all).clone()),
            Value::Set(set) => Ok(set.iter().map(Value::Event).collect()),
            other => Err(format!("a set of values is expected, not {}", other.type_name())),
        }
    }
}

fn classes<'m>(rel: &Rel) -> Value<'m> {
    let both = rel.or(&rel.inverse()).closure();
    let field = rel.domain().or(&rel.range());
    let all = field.iter().map(|e| {
        let mut class = Set::empty(rel.universe());
        both.next(e).for_each(|f| class.insert(f));
        Value::set(class)
    });
    Value::values(all.collect())
}

/// All strict total orders on `set` that extend `rel` restricted to it.
fn linearisations<'m>(set: &Set, rel: &Rel) -> Result<Value<'m>, TypeError> {
    let within = rel.clone().closure().from(set).to(set);
    if !within.is_irreflexive() {
        return Ok(Value::Empty);
    }
    let members: Vec<usize> = set.iter().collect();
    let mut out = Vec::new();
    extend(&members, &within, &mut Vec::new(), &mut out)?;
    Ok(Value::values(out))
}

fn extend<'m>(
    members: &[usize],
    before: &Rel,
    order: &mut Vec<usize>,
    out: &mut Vec<Value<'m>>,
) -> Result<(), TypeError> {
    if order.len() == members.len() {
        if out.len() >= LINEARISATIONS_MAX {
            return Err(format!("there are more than {LINEARISATIONS_MAX} linearisations"));
        }
        let mut rel = Rel::empty(before.universe());
        for (i, &a) in order.iter().enumerate() {
            order[i + 1..].iter().for_each(|&b| rel.insert(a, b));
        }
        out.push(Value::Rel(Rc::new(rel)));
        return Ok(());
    }
    for &next in members {
        let free = |&m: &usize| m == next || order.contains(&m) || !before.has(m, next);
        if !order.contains(&next) && members.iter().all(free) {
            order.push(next);
            extend(members, before, order, out)?;
            order.pop();
        }
    }
    Ok(())
}

/// The failure of a built-in at a place.
pub(super) fn at(place: super::ast::Place) -> impl Fn(TypeError) -> Fail {
    move |message| Fail::error(place, "cat-type", message)
}
