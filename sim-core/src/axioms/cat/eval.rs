//! Evaluates lazily, and keeps values for as long as what they depend on stays. [`expression`] has the forms and
//! operators.
//!
//! Candidate executions come in nested loops: control paths, then reads-from, then final writes, then
//! what `with … from` chooses. Every value records the innermost loop it depends on (its *level*), and is
//! computed again only when that loop or one around it moves on. So the static part of a model,
//! dependencies for instance, is evaluated once per combination of control paths.

mod expression;

use std::cell::RefCell;
use std::rc::Rc;

use super::ast::Place;
use super::builtins::at;
use super::ir::*;
use super::names::Base;
use super::value::{Env, Frame, Thunk, Value};
use crate::axioms::bits::{Rel, Set};
use crate::diagnostic::Diagnostic;
pub(super) use expression::no_clause;

/// How often a value changes: the index of the loop it depends on.
pub(crate) type Level = usize;

/// Changes with the control paths only.
pub(crate) const STATIC: Level = 0;
/// Changes with reads-from.
pub(crate) const READS_FROM: Level = 1;
/// Changes with the choice of final writes.
pub(crate) const FINAL: Level = 2;
/// The outermost `with … from`; inner ones count on from here.
pub(crate) const CHOSEN: Level = 3;

/// Function applications and local evaluations inside each other.
const DEPTH_MAX: u32 = 1500;
/// Rounds of a fixpoint. A monotone one needs no more than there are pairs of events; this bound is
/// for those that are not.
const ROUNDS_MAX: u32 = 2000;
/// Expressions evaluated for one candidate.
const FUEL: u64 = 200_000_000;

/// The level of a kept value, and the count of that loop when it was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    level: Level,
    count: u64,
}

/// What a model is evaluated over.
pub(crate) trait Execution {
    /// Number of visible events.
    fn events(&self) -> usize;
    /// A set that the execution defines, or a relation, and how often it changes.
    fn base(&self, base: Base) -> (BaseValue, Level);
    /// A number for the location of an event, and how often that changes.
    fn location(&self, event: usize) -> (Option<u64>, Level);
    /// The value that a memory event reads or writes.
    fn data(&self, event: usize) -> Option<u64>;
    /// Whether explanations name the event: memory accesses and fences, not registers and branches.
    fn shown(&self, event: usize) -> bool;
    /// The coherence orders of the candidate, one after the other, starting anew where `first`.
    fn coherence_order(&mut self, first: bool) -> Option<Rc<Rel>>;
}

/// The value of a [`Base`].
pub(crate) enum BaseValue {
    /// A set.
    Set(Set),
    /// A relation.
    Rel(Rel),
    /// The set of all coherence orders, which the evaluator collects.
    CoherenceOrders,
}

/// Why an evaluation ended.
#[derive(Debug, Clone)]
pub(crate) enum Fail {
    /// The candidate is rejected.
    Reject,
    /// The model is wrong. Where `caught` is false, `try` does not help.
    Error { place: Place, diagnostic: Box<Diagnostic>, caught: bool },
    /// The caller wants no more.
    Stop,
}

impl Fail {
    pub fn error(place: Place, code: &'static str, message: impl Into<String>) -> Fail {
        let diagnostic = Box::new(Diagnostic::error(code, place.span, message));
        Fail::Error { place, diagnostic, caught: true }
    }

    /// An error that `try` does not catch: a limit.
    pub fn limit(place: Place, message: impl Into<String>) -> Fail {
        let diagnostic = Box::new(Diagnostic::error("cat-limit", place.span, message));
        Fail::Error { place, diagnostic, caught: false }
    }
}

pub(crate) type Eval<T> = Result<T, Fail>;

/// The evaluator of one model over the executions of one combination of control paths.
pub(crate) struct Interp<'m, E> {
    /// The model.
    pub program: &'m Program,
    /// The execution; whoever changes it calls [`Interp::moved`].
    pub exec: E,
    slots: Vec<Option<(Value<'m>, Stamp)>>,
    pub(super) checks: Vec<Option<(bool, Stamp)>>,
    bases: Vec<(Base, Value<'m>, Stamp)>,
    /// How often each loop has moved on.
    counts: Vec<u64>,
    /// The level of what is being evaluated.
    level: Level,
    depth: u32,
    /// How many `try` are open.
    trying: u32,
    fuel: u64,
}

impl<'m, E: Execution> Interp<'m, E> {
    pub fn new(program: &'m Program, exec: E) -> Interp<'m, E> {
        Interp {
            program,
            exec,
            slots: vec![None; program.slots.len()],
            checks: vec![None; program.checks as usize],
            bases: Vec::new(),
            counts: vec![0; CHOSEN],
            level: STATIC,
            depth: 0,
            trying: 0,
            fuel: FUEL,
        }
    }

    /// Forgets what depends on the loop `level` and those inside it.
    pub fn moved(&mut self, level: Level) {
        if self.counts.len() <= level {
            self.counts.resize(level + 1, 0);
        }
        self.counts[level..].iter_mut().for_each(|count| *count += 1);
        self.fuel = FUEL;
    }

    pub(super) fn fresh(&self, stamp: Stamp) -> bool {
        self.counts.get(stamp.level) == Some(&stamp.count)
    }

    fn stamp(&self, level: Level) -> Stamp {
        Stamp { level, count: self.counts.get(level).copied().unwrap_or(0) }
    }

    /// Number of visible events.
    pub(super) fn events(&self) -> usize {
        self.exec.events()
    }

    pub(super) fn location_of(&mut self, event: usize) -> Option<u64> {
        let (location, level) = self.exec.location(event);
        self.level = self.level.max(level);
        location
    }

    pub(super) fn data_of(&mut self, event: usize) -> Option<u64> {
        self.level = self.level.max(READS_FROM);
        self.exec.data(event)
    }

    /// Evaluates with a level of its own, and gives the stamp of the result.
    pub(super) fn measured<T>(&mut self, run: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<(T, Stamp)> {
        let outer = std::mem::replace(&mut self.level, STATIC);
        let result = run(self);
        let stamp = self.stamp(self.level);
        self.level = self.level.max(outer);
        result.map(|value| (value, stamp))
    }

    pub(super) fn reads(&mut self, stamp: Stamp) {
        self.level = self.level.max(stamp.level);
    }

    /// Binds a slot of `with … from`.
    pub(super) fn choose(&mut self, slot: u32, value: Value<'m>, level: Level) {
        let stamp = self.stamp(level);
        self.slots[slot as usize] = Some((value, stamp));
    }

    /// The value of a binding of the file level.
    pub(crate) fn global(&mut self, slot: u32, place: Place) -> Eval<Value<'m>> {
        if let Some((value, stamp)) = &self.slots[slot as usize]
            && self.fresh(*stamp)
        {
            let (value, stamp) = (value.clone(), *stamp);
            self.reads(stamp);
            return Ok(value);
        }
        let program = self.program;
        let entry = match &program.slots[slot as usize].def {
            SlotDef::Value(node) => self.measured(|i| i.eval(node, &None))?,
            SlotDef::Member { slot: tuple, index, arity } => {
                let at = program.slots[slot as usize].place;
                self.measured(|i| {
                    let tuple = i.global(*tuple, at)?;
                    member(&tuple, *index, *arity, at)
                })?
            }
            SlotDef::Recursive(group) => {
                self.fixpoint(*group)?;
                return self.global(slot, place);
            }
            SlotDef::Chosen => {
                let name = &program.slots[slot as usize].name;
                return Err(Fail::error(
                    place,
                    "cat-unbound",
                    format!("`{name}` is used before `with` binds it"),
                ));
            }
        };
        let value = entry.0.clone();
        self.slots[slot as usize] = Some(entry);
        Ok(value)
    }

    fn fixpoint(&mut self, group: u32) -> Eval<()> {
        let program = self.program;
        let group = &program.groups[group as usize];
        let ((), stamp) = self.measured(|i| {
            for &(slot, _) in &group.members {
                let stamp = i.stamp(STATIC);
                i.slots[slot as usize] = Some((Value::Empty, stamp));
            }
            for _ in 0..ROUNDS_MAX {
                let mut stable = true;
                for (slot, body) in &group.members {
                    let new = i.eval(body, &None)?;
                    let stamp = i.stamp(STATIC);
                    if let Some((old, _)) = i.slots[*slot as usize].replace((new.clone(), stamp)) {
                        stable &= new.within(&old, i.events()).map_err(at(body.place))?;
                    }
                }
                if let Some(check) = &group.when
                    && !i.check(check, &None)? {
                        return Err(Fail::Reject);
                    }
                if stable {
                    return Ok(());
                }
            }
            Err(Fail::limit(
                group.place,
                format!("this recursive definition still changes after {ROUNDS_MAX} rounds: it has no least fixpoint"),
            ))
        })
        .inspect_err(|_| group.members.iter().for_each(|&(slot, _)| self.slots[slot as usize] = None))?;
        for &(slot, _) in &group.members {
            if let Some(entry) = &mut self.slots[slot as usize] {
                entry.1 = stamp;
            }
        }
        Ok(())
    }

    fn base(&mut self, base: Base) -> Value<'m> {
        if let Some((_, value, stamp)) = self.bases.iter().find(|(b, ..)| *b == base)
            && self.fresh(*stamp)
        {
            let (value, stamp) = (value.clone(), *stamp);
            self.reads(stamp);
            return value;
        }
        let (value, level) = self.exec.base(base);
        let value = match value {
            BaseValue::Set(set) => Value::set(set),
            BaseValue::Rel(rel) => Value::rel(rel),
            BaseValue::CoherenceOrders => {
                let mut all = Vec::new();
                let mut first = true;
                while let Some(order) = self.exec.coherence_order(first) {
                    first = false;
                    all.push(Value::Rel(order));
                }
                Value::values(all)
            }
        };
        self.level = self.level.max(level);
        let stamp = self.stamp(level);
        self.bases.retain(|(b, ..)| *b != base);
        self.bases.push((base, value.clone(), stamp));
        value
    }

    fn local(&mut self, index: u32, env: &Env<'m>, place: Place) -> Eval<Value<'m>> {
        let mut left = index as usize;
        let mut at = env;
        loop {
            let Some(frame) = at else {
                return Err(Fail::limit(place, "this name has lost its binding"));
            };
            match (&**frame, left) {
                (Frame::Value(value, _), 0) => return Ok(value.clone()),
                (Frame::Lazy(thunk, _), 0) => return self.force(&thunk.clone()),
                (Frame::Member(thunk, index, arity, _), 0) => {
                    let (thunk, index, arity) = (thunk.clone(), *index, *arity);
                    let tuple = self.force(&thunk)?;
                    return member(&tuple, index, arity, place);
                }
                (Frame::Functions(all, _), _) if left < all.len() => {
                    return Ok(Value::Closure(&all[all.len() - 1 - left], Some(frame.clone())));
                }
                (Frame::Functions(all, next), _) => {
                    left -= all.len();
                    at = next;
                }
                (Frame::Value(_, next) | Frame::Lazy(_, next) | Frame::Member(_, _, _, next), _) => {
                    left -= 1;
                    at = next;
                }
            }
        }
    }

    fn force(&mut self, thunk: &Thunk<'m>) -> Eval<Value<'m>> {
        if let Some((value, stamp)) = &*thunk.kept.borrow()
            && self.fresh(*stamp)
        {
            self.reads(*stamp);
            return Ok(value.clone());
        }
        let (value, stamp) = self.measured(|i| i.eval(thunk.node, &thunk.env))?;
        *thunk.kept.borrow_mut() = Some((value.clone(), stamp));
        Ok(value)
    }

    /// The environment with local bindings added.
    pub(super) fn extend(&mut self, binds: &'m Binds, env: &Env<'m>) -> Eval<Env<'m>> {
        Ok(match binds {
            Binds::Functions(all) => Some(Rc::new(Frame::Functions(all, env.clone()))),
            Binds::Together(defs) => {
                let mut out = env.clone();
                let mut thunks = Vec::new();
                for def in defs {
                    let frame = match def {
                        LocalDef::Value(node) => {
                            let thunk = Rc::new(Thunk { node, env: env.clone(), kept: RefCell::new(None) });
                            thunks.push(Some(thunk.clone()));
                            Frame::Lazy(thunk, out)
                        }
                        LocalDef::Member { of, index, arity } => {
                            thunks.push(None);
                            match thunks.get(*of).cloned().flatten() {
                                Some(thunk) => Frame::Member(thunk, *index, *arity, out),
                                None => Frame::Value(Value::Empty, out),
                            }
                        }
                    };
                    out = Some(Rc::new(frame));
                }
                out
            }
            Binds::Fixpoint(bodies) => {
                let mut values = vec![Value::Empty; bodies.len()];
                for _ in 0..ROUNDS_MAX {
                    let mut stable = true;
                    for (k, body) in bodies.iter().enumerate() {
                        let new = self.eval(body, &with_values(env, &values))?;
                        if !matches!(new, Value::Closure(..)) {
                            stable &= new.within(&values[k], self.events()).map_err(at(body.place))?;
                        }
                        values[k] = new;
                    }
                    if stable {
                        return Ok(with_values(env, &values));
                    }
                }
                let place = bodies.first().map_or(Place::default(), |body| body.place);
                return Err(Fail::limit(place, "this recursive definition has no least fixpoint"));
            }
        })
    }
}

/// The environment with values added, the last innermost.
pub(super) fn with_values<'m>(env: &Env<'m>, values: &[Value<'m>]) -> Env<'m> {
    values.iter().fold(env.clone(), |env, value| Some(Rc::new(Frame::Value(value.clone(), env))))
}

/// The environment of a body whose formals are bound to an argument.
pub(super) fn bind_formals<'m>(
    arity: Option<usize>,
    name: &str,
    argument: Value<'m>,
    env: &Env<'m>,
    place: Place,
) -> Eval<Env<'m>> {
    match (arity, &argument) {
        (None, _) => Ok(with_values(env, &[argument])),
        (Some(n), Value::Tuple(parts)) if parts.len() == n => Ok(with_values(env, parts)),
        (Some(n), _) => {
            let message = format!("`{name}` takes a tuple of {n}, not {}", argument.type_name());
            Err(Fail::error(place, "cat-type", message))
        }
    }
}

fn member<'m>(tuple: &Value<'m>, index: usize, arity: usize, place: Place) -> Eval<Value<'m>> {
    match tuple {
        Value::Tuple(parts) if parts.len() == arity => Ok(parts[index].clone()),
        other => {
            let message = format!("a tuple of {arity} is expected, not {}", other.type_name());
            Err(Fail::error(place, "cat-type", message))
        }
    }
}
