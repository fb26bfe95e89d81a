//! Expressions: what each form and operator gives.

use std::rc::Rc;
use std::sync::Arc;

use super::{DEPTH_MAX, Eval, Execution, Fail, Interp, bind_formals, with_values};
use crate::axioms::bits::{Rel, Set};
use crate::axioms::cat::ast::{Binary, Place, Unary};
use crate::axioms::cat::builtins::at;
use crate::axioms::cat::ir::{Cond, Kind, Node};
use crate::axioms::cat::value::{Env, Value, from_members};
use crate::diagnostic::Diagnostic;

impl<'m, E: Execution> Interp<'m, E> {
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
    pub(in crate::axioms::cat) fn deeper<T>(
        &mut self,
        place: Place,
        run: impl FnOnce(&mut Self) -> Eval<T>,
    ) -> Eval<T> {
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
            Kind::Try(a, b) => {
                self.trying += 1;
                let tried = self.eval(a, env);
                self.trying -= 1;
                match tried {
                    Err(Fail::Error { caught: true, .. }) => self.eval(b, env),
                    other => other,
                }
            }
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
        // Where the error is caught, nobody reads the advice, which takes long to find.
        if self.trying == 0 {
            let names = &self.program.names;
            if names.iter().any(|known| known == name) {
                diagnostic =
                    diagnostic.note("it is bound further down, or it is a procedure, which `call` runs");
            } else if let Some(near) = crate::diagnostic::nearest(name, names.iter().map(String::as_str)) {
                diagnostic = diagnostic.note(format!("did you mean `{near}`?"));
            }
        }
        Fail::Error { place, diagnostic: Box::new(diagnostic), caught: true }
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

    pub(in crate::axioms::cat) fn tag(&mut self, of: &'m Node, env: &Env<'m>) -> Eval<Arc<str>> {
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

/// No clause of a match fits a tag.
pub(in crate::axioms::cat) fn no_clause(tag: &str, place: Place) -> Fail {
    Fail::error(place, "cat-match", format!("no clause matches `'{tag}`"))
}
