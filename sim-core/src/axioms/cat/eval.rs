//! Evaluates expressions lazily, and keeps values for as long as what they depend on stays.
//!
//! Candidate executions come in nested loops: control paths, then reads-from, then final writes, then
//! what `with … from` chooses. Every value records the innermost loop it depends on (its *level*), and is
//! computed again only when that loop or one around it moves on. So the static part of a model,
//! dependencies for instance, is evaluated once per combination of control paths.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Binary, Place, Unary};
use super::builtins::at;
use super::ir::*;
use super::names::Base;
use super::value::{Env, Frame, Thunk, Value, from_members};
use crate::axioms::bits::{Rel, Set};
use crate::diagnostic::Diagnostic;

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

    /// The value of an expression.
    pub(crate) fn eval(&mut self, node: &'m Node, env: &Env<'m>) -> Eval<Value<'m>> {
        match &node.kind {
            Kind::Global(slot) => self.global(*slot, node.place),
            Kind::Base(base) => Ok(self.base(*base)),
            Kind::Local(index) => self.local(*index, env, node.place),
            Kind::Zero => Ok(Value::rel(Rel::empty(self.events()))),
            Kind::Universe => Ok(Value::Universe),
            Kind::Tag(tag) => Ok(Value::Tag(tag.clone())),
            Kind::Prim(prim) => Ok(Value::Prim(*prim)),
            Kind::Unbound(name) => Err(self.unbound(name, node.place)),
            Kind::Fun(function) => Ok(Value::Closure(function, env.clone())),
            _ => self.deeper(node.place, |interp| interp.compound(node, env)),
        }
    }

    /// Runs something inside what is being evaluated, within the limits of depth and time.
    pub(super) fn deeper<T>(&mut self, place: Place, run: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        if self.depth >= DEPTH_MAX {
            return Err(Fail::limit(place, "the recursion is too deep: does this function ever end?"));
        }
        if self.fuel == 0 {
            return Err(Fail::limit(place, "this evaluation takes too long: does this definition ever end?"));
        }
        self.fuel -= 1;
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// An expression with parts.
    fn compound(&mut self, node: &'m Node, env: &Env<'m>) -> Eval<Value<'m>> {
        match &node.kind {
            Kind::Unary(op, inner) => self.unary(*op, inner, env, node.place),
            Kind::Joined(op, parts) => self.joined(*op, parts, env, node.place),
            Kind::Apply(f, a) => self.application(f, a, env),
            Kind::Let(binds, body) => self.extend(binds, env).and_then(|env| self.eval(body, &env)),
            Kind::Try(a, b) => match self.eval(a, env) {
                Err(Fail::Error { caught: true, .. }) => self.eval(b, env),
                other => other,
            },
            Kind::If(cond, a, b) => {
                let chosen = self.cond(cond, env, node.place);
                chosen.and_then(|yes| self.eval(if yes { a } else { b }, env))
            }
            Kind::MatchTag(of, clauses, default) => {
                let default = default.as_deref();
                self.tag(of, env).and_then(|tag| {
                    match clauses.iter().find(|(t, _)| *t == tag).map(|(_, body)| body).or(default) {
                        Some(body) => self.eval(body, env),
                        None => Err(no_clause(&tag, node.place)),
                    }
                })
            }
            Kind::MatchSet { of, none, ordered, some } => self
                .eval(of, env)
                .and_then(|of_value| self.match_set(&of_value, none, *ordered, some, env, of.place)),
            Kind::Braces(parts) => {
                let all: Eval<Vec<_>> = parts.iter().map(|part| self.eval(part, env)).collect();
                all.and_then(|all| from_members(all, self.events()).map_err(at(node.place)))
            }
            Kind::Tuple(parts) => {
                let all: Eval<Vec<_>> = parts.iter().map(|part| self.eval(part, env)).collect();
                all.map(|all| Value::Tuple(all.into()))
            }
            // The rest has no parts: `eval` has dealt with it.
            _ => Ok(Value::Empty),
        }
    }

    fn unbound(&self, name: &str, place: Place) -> Fail {
        let mut diagnostic =
            Diagnostic::error("cat-unbound", place.span, format!("`{name}` is not bound here"));
        let known = self.program.slots.iter().map(|slot| &*slot.name);
        if let Some(near) = crate::diagnostic::nearest(name, known)
            && near != name
        {
            diagnostic = diagnostic.note(format!("did you mean `{near}`?"));
        }
        Fail::Error { place, diagnostic: Box::new(diagnostic), caught: true }
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

    fn unary(&mut self, op: Unary, inner: &'m Node, env: &Env<'m>, place: Place) -> Eval<Value<'m>> {
        let value = self.eval(inner, env)?;
        match (op, &value) {
            (Unary::Not, Value::Values(all)) => return self.other_tags(all, place),
            (Unary::Not, Value::Tag(_)) => return self.other_tags(std::slice::from_ref(&value), place),
            _ => {}
        }
        value.unary(op, self.events()).map_err(at(inner.place))
    }

    /// The tags of the same type that are not in `all`.
    fn other_tags(&self, all: &[Value<'m>], place: Place) -> Eval<Value<'m>> {
        let Some(Value::Tag(first)) = all.first() else {
            return Err(Fail::error(
                place,
                "cat-type",
                "only sets of events, relations and tags have a complement",
            ));
        };
        let of_type = self.program.tags.iter().find(|tags| tags.contains(first));
        let inside = |tag: &&Arc<str>| !all.iter().any(|v| matches!(v, Value::Tag(t) if t == *tag));
        let rest = of_type.into_iter().flatten().filter(inside).map(|tag| Value::Tag(tag.clone()));
        Ok(Value::values(rest.collect()))
    }

    fn joined(&mut self, op: Binary, parts: &'m [Node], env: &Env<'m>, place: Place) -> Eval<Value<'m>> {
        let events = self.events();
        match op {
            Binary::Seq => self.sequence(parts, env),
            Binary::Union => self.union(parts, env, place),
            Binary::Product => {
                let a = self.eval(&parts[0], env)?.as_side(events).map_err(at(parts[0].place))?;
                let b = self.eval(&parts[1], env)?.as_side(events).map_err(at(parts[1].place))?;
                Ok(Value::rel(Rel::product(&a, &b)))
            }
            Binary::Add => {
                let mut out: Option<Value<'m>> = None;
                for part in parts.iter().rev() {
                    let value = self.eval(part, env)?;
                    out = Some(match out {
                        None => value,
                        Some(rest) => value.add_to(&rest, events).map_err(at(part.place))?,
                    });
                }
                Ok(out.unwrap_or(Value::Empty))
            }
            Binary::Inter | Binary::Minus => {
                let mut out = self.eval(&parts[0], env)?;
                for part in &parts[1..] {
                    let value = self.eval(part, env)?;
                    out = out.algebra(op, &value, events).map_err(at(place))?;
                }
                Ok(out)
            }
        }
    }

    fn union(&mut self, parts: &'m [Node], env: &Env<'m>, place: Place) -> Eval<Value<'m>> {
        let mut out = self.eval(&parts[0], env)?;
        for part in &parts[1..] {
            let value = self.eval(part, env)?;
            match (&mut out, &value) {
                (Value::Rel(a), Value::Rel(b)) => {
                    if !b.is_empty() {
                        Rc::make_mut(a).or_with(b);
                    }
                }
                _ => out = out.algebra(Binary::Union, &value, self.events()).map_err(at(place))?,
            }
        }
        Ok(out)
    }

    /// `a; b; …` from left to right, ending as soon as nothing is left.
    fn sequence(&mut self, parts: &'m [Node], env: &Env<'m>) -> Eval<Value<'m>> {
        /// What the parts so far come to: a set `[S]`, or a relation.
        enum So {
            On(Rc<Set>),
            Rel(Rc<Rel>),
        }
        let events = self.events();
        let mut so: Option<So> = None;
        for part in parts {
            let next = match &part.kind {
                Kind::Unary(Unary::Identity, inner) => {
                    So::On(self.eval(inner, env)?.as_set(events).map_err(at(inner.place))?)
                }
                _ => So::Rel(self.eval(part, env)?.as_rel(events).map_err(at(part.place))?),
            };
            let joined = match (so, next) {
                (None, next) => next,
                (Some(So::On(a)), So::On(b)) => So::On(Rc::new(a.and(&b))),
                (Some(So::On(a)), So::Rel(b)) => So::Rel(Rc::new(b.from(&a))),
                (Some(So::Rel(a)), So::On(b)) => So::Rel(Rc::new(a.to(&b))),
                (Some(So::Rel(a)), So::Rel(b)) => So::Rel(Rc::new(a.then(&b))),
            };
            let nothing = match &joined {
                So::On(set) => set.is_empty(),
                So::Rel(rel) => rel.is_empty(),
            };
            if nothing {
                return Ok(Value::Empty);
            }
            so = Some(joined);
        }
        Ok(match so {
            None => Value::Empty,
            Some(So::On(set)) => Value::rel(Rel::identity(&set)),
            Some(So::Rel(rel)) => Value::Rel(rel),
        })
    }

    fn application(&mut self, f: &'m Node, a: &'m Node, env: &Env<'m>) -> Eval<Value<'m>> {
        let function = self.eval(f, env)?;
        let argument = self.eval(a, env)?;
        match function {
            Value::Prim(prim) => self.builtin(prim, &argument).map_err(at(a.place)),
            Value::Closure(function, captured) => {
                let env = bind_formals(function.arity, &function.name, argument, &captured, a.place)?;
                self.eval(&function.body, &env)
            }
            other => {
                let message = format!("a function is expected, not {}", other.type_name());
                Err(Fail::error(f.place, "cat-type", message))
            }
        }
    }

    fn cond(&mut self, cond: &'m Cond, env: &Env<'m>, place: Place) -> Eval<bool> {
        let (Cond::Equal(a, b) | Cond::Subset(a, b) | Cond::In(a, b)) = cond;
        let (x, y) = (self.eval(a, env)?, self.eval(b, env)?);
        match cond {
            Cond::Equal(..) => x.equals(&y, self.events()),
            Cond::Subset(..) => x.within(&y, self.events()),
            Cond::In(..) => x.is_in(&y),
        }
        .map_err(at(place))
    }

    pub(super) fn tag(&mut self, of: &'m Node, env: &Env<'m>) -> Eval<Arc<str>> {
        match self.eval(of, env)? {
            Value::Tag(tag) => Ok(tag),
            other => Err(Fail::error(
                of.place,
                "cat-type",
                format!("a tag is expected, not {}", other.type_name()),
            )),
        }
    }

    fn match_set(
        &mut self,
        of: &Value<'m>,
        none: &'m Node,
        ordered: bool,
        some: &'m Node,
        env: &Env<'m>,
        place: Place,
    ) -> Eval<Value<'m>> {
        let events = self.events();
        let mut members = of.members(events).map_err(at(place))?;
        if members.is_empty() {
            return self.eval(none, env);
        }
        let like = |members: Vec<Value<'m>>| match of {
            // The rest of a relation is a relation even where it is empty.
            Value::Rel(_) if members.is_empty() => Ok(Value::rel(Rel::empty(events))),
            Value::Set(_) | Value::Universe if members.is_empty() => Ok(Value::set(Set::empty(events))),
            _ => from_members(members, events).map_err(at(place)),
        };
        let env = if ordered {
            let greater = members.split_off(members.len() / 2 + 1);
            let element = members.pop().unwrap_or(Value::Empty);
            with_values(env, &[like(members)?, element, like(greater)?])
        } else {
            let rest = members.split_off(1);
            let element = members.pop().unwrap_or(Value::Empty);
            with_values(env, &[element, like(rest)?])
        };
        self.eval(some, &env)
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

pub(super) fn no_clause(tag: &str, place: Place) -> Fail {
    Fail::error(place, "cat-match", format!("no clause matches `'{tag}`"))
}
