//! Why a pair is in a relation: takes an expression apart down to the relations that an execution defines.

use std::rc::Rc;
use std::sync::Arc;

use super::ast::{Binary, Property, Unary, Use};
use super::builtins::at;
use super::eval::{Eval, Execution, Interp, bind_formals};
use super::ir::{Check, Kind, Node, SlotDef, Step};
use super::names::Base;
use super::value::{Env, Frame, Value};
use crate::axioms::bits::Rel;

/// A step from one event to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub from: usize,
    pub to: usize,
    /// The relation that holds between them.
    pub name: String,
    /// The definitions that it is a part of, the outermost first.
    pub within: Vec<String>,
    /// What the comment on the innermost of them says.
    pub comment: Option<Arc<str>>,
}

/// Relations that say no more when taken apart.
const WORDS: [&str; 5] = ["fr", "co", "rmw", "amo", "lxsx"];

impl<'m, E: Execution> Interp<'m, E> {
    /// What breaks a check that fails: a shortest cycle, or the first member of what should be empty.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn counterexample(&mut self, check: &'m Check) -> Eval<Vec<Link>> {
        let value = self.eval(&check.of, &None)?;
        if let Value::Set(_) | Value::Universe = value {
            return Ok(Vec::new());
        }
        let rel = value.as_rel(self.exec.events()).map_err(at(check.of.place))?;
        let events = match (check.negated, check.property) {
            (true, _) => None,
            (_, Property::Acyclic) => rel.cycle(),
            (_, Property::Irreflexive) => rel.pairs().find(|(a, b)| a == b).map(|(a, b)| vec![a, b]),
            (_, Property::Empty) => rel.pairs().next().map(|(a, b)| vec![a, b]),
        };
        let mut links = Vec::new();
        for pair in events.unwrap_or_default().windows(2) {
            if check.property == Property::Empty {
                self.why_each(&check.of, pair[0], pair[1], &mut links)?;
            } else {
                links.extend(self.why(&check.of, &None, pair[0], pair[1])?);
            }
        }
        Ok(links)
    }

    /// The steps of every operand of an intersection: what must not come together.
    fn why_each(&mut self, node: &'m Node, a: usize, b: usize, links: &mut Vec<Link>) -> Eval<()> {
        match &node.kind {
            Kind::Joined(Binary::Minus, parts) => self.why_each(&parts[0], a, b, links),
            Kind::Joined(Binary::Inter, parts) => {
                for part in parts {
                    if !self.restricts(part) {
                        links.extend(self.why(part, &None, a, b)?);
                    }
                }
                Ok(())
            }
            _ => {
                links.extend(self.why(node, &None, a, b)?);
                Ok(())
            }
        }
    }

    /// The steps by which (`a`, `b`) is in the relation that the expression stands for.
    fn why(&mut self, node: &'m Node, env: &Env<'m>, a: usize, b: usize) -> Eval<Vec<Link>> {
        self.deeper(node.place, |interp| interp.why_inside(node, env, a, b))
    }

    fn why_inside(&mut self, node: &'m Node, env: &Env<'m>, a: usize, b: usize) -> Eval<Vec<Link>> {
        match &node.kind {
            Kind::Global(slot) => self.why_named(*slot, a, b),
            Kind::Base(base) => Ok(vec![link(a, b, base_name(*base))]),
            Kind::Local(index) => self.why_local(*index, env, a, b),
            Kind::Joined(Binary::Union, parts) => {
                for part in parts {
                    if self.rel(part, env)?.has(a, b) {
                        return self.why(part, env, a, b);
                    }
                }
                Ok(vec![link(a, b, "?")])
            }
            Kind::Joined(Binary::Inter, parts) => {
                let telling = |part: &&Node| !self.restricts(part);
                match parts.iter().find(telling).or(parts.first()) {
                    Some(part) => self.why(part, env, a, b),
                    None => Ok(Vec::new()),
                }
            }
            Kind::Joined(Binary::Minus, parts) => self.why(&parts[0], env, a, b),
            Kind::Joined(Binary::Seq, parts) => self.why_sequence(parts, env, a, b),
            Kind::Joined(..) => Ok(vec![link(a, b, "product")]),
            Kind::Unary(Unary::Plus | Unary::Star | Unary::Option, inner) => {
                if a == b && !matches!(node.kind, Kind::Unary(Unary::Plus, _)) {
                    return Ok(Vec::new());
                }
                let path = self.rel(inner, env)?.path(a, b).unwrap_or_default();
                let mut links = Vec::new();
                for pair in path.windows(2) {
                    links.extend(self.why(inner, env, pair[0], pair[1])?);
                }
                Ok(links)
            }
            Kind::Unary(Unary::Identity, _) => Ok(Vec::new()),
            Kind::Unary(Unary::Inverse, inner) => {
                let name = self.why(inner, env, b, a)?.pop().map_or_else(|| "?".to_owned(), |l| l.name);
                Ok(vec![link(a, b, &format!("{name}^-1"))])
            }
            Kind::Let(binds, body) => {
                let env = self.extend(binds, env)?;
                self.why(body, &env, a, b)
            }
            Kind::Try(first, second) => {
                let chosen = if self.eval(first, env).is_ok() { first } else { second };
                self.why(chosen, env, a, b)
            }
            Kind::Apply(f, argument) => {
                let function = self.eval(f, env)?;
                let argument_value = self.eval(argument, env)?;
                // A function that only leaves out pairs adds no reason.
                if matches!(&argument_value, Value::Rel(rel) if rel.has(a, b)) {
                    return self.why(argument, env, a, b);
                }
                match function {
                    Value::Closure(function, captured) => {
                        let env = bind_formals(
                            function.arity,
                            &function.name,
                            argument_value,
                            &captured,
                            argument.place,
                        )?;
                        self.why(&function.body, &env, a, b)
                    }
                    _ => Ok(vec![link(a, b, "?")]),
                }
            }
            _ => Ok(vec![link(a, b, "?")]),
        }
    }

    /// The pairs of events that the model puts in an order here: those that a chain of what it wants to be without
    /// cycles joins.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn ordered(&mut self) -> Eval<Rel> {
        let mut ordered = Rel::empty(self.exec.events());
        let program = self.program;
        for step in &program.steps {
            if let Step::Check(Use::Require, check, Some(_)) = step
                && !check.negated
                && check.property != Property::Empty
            {
                ordered.or_with(&(*self.rel(&check.of, &None)?).clone().closure());
            }
        }
        Ok(ordered)
    }

    fn rel(&mut self, node: &'m Node, env: &Env<'m>) -> Eval<Rc<Rel>> {
        self.eval(node, env)?.as_rel(self.exec.events()).map_err(at(node.place))
    }

    /// Whether an operand of an intersection only restricts the others.
    fn restricts(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Base(base) => matches!(base, Base::Int | Base::Ext | Base::Loc | Base::Id),
            Kind::Joined(Binary::Product, _) | Kind::Unary(Unary::Not, _) => true,
            _ => false,
        }
    }

    fn why_named(&mut self, slot: u32, a: usize, b: usize) -> Eval<Vec<Link>> {
        let program = self.program;
        let entry = &program.slots[slot as usize];
        let whole = || Ok(vec![link(a, b, &entry.name)]);
        let mut links = match &entry.def {
            _ if WORDS.contains(&&*entry.name) => return whole(),
            SlotDef::Value(node) => self.why(node, &None, a, b)?,
            SlotDef::Recursive(group) => {
                let members = &program.groups[*group as usize].members;
                match members.iter().find(|(s, _)| *s == slot) {
                    Some((_, body)) => self.why_recursive(slot, body, a, b)?,
                    None => return whole(),
                }
            }
            _ => return whole(),
        };
        // What passes through registers and branches says more under its own name.
        let inner =
            |l: &Link| (l.to != b && !self.exec.shown(l.to)) || (l.from != a && !self.exec.shown(l.from));
        if links.iter().any(|l| inner(l) || l.name == "?" || l.name.ends_with("^-1")) {
            return whole();
        }
        for link in &mut links {
            if link.within.is_empty() {
                link.comment = entry.comment.clone();
            }
            link.within.insert(0, entry.name.to_string());
        }
        Ok(links)
    }

    /// A fixpoint `r = a | b | r; r`: a path of its parts that are no fixpoint themselves.
    fn why_recursive(&mut self, slot: u32, body: &'m Node, a: usize, b: usize) -> Eval<Vec<Link>> {
        let parts = match &body.kind {
            Kind::Joined(Binary::Union, parts) => &parts[..],
            _ => std::slice::from_ref(body),
        };
        let mut base = Rel::empty(self.exec.events());
        let mut direct = Vec::new();
        for part in parts.iter().filter(|part| !mentions(part, slot)) {
            let rel = self.rel(part, &None)?;
            base.or_with(&rel);
            direct.push((part, rel));
        }
        let Some(path) = base.path(a, b) else { return Ok(vec![link(a, b, "?")]) };
        let mut links = Vec::new();
        for pair in path.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            if let Some((part, _)) = direct.iter().find(|(_, rel)| rel.has(from, to)) {
                links.extend(self.why(part, &None, from, to)?);
            }
        }
        Ok(links)
    }

    fn why_local(&mut self, index: u32, env: &Env<'m>, a: usize, b: usize) -> Eval<Vec<Link>> {
        let mut left = index;
        let mut frame = env.clone();
        while let Some(at) = frame {
            frame = match &*at {
                Frame::Lazy(thunk, _) if left == 0 => return self.why(thunk.node, &thunk.env, a, b),
                Frame::Value(..) | Frame::Member(..) if left == 0 => break,
                Frame::Functions(all, _) if (left as usize) < all.len() => break,
                Frame::Functions(all, next) => {
                    left -= all.len() as u32;
                    next.clone()
                }
                Frame::Value(_, next) | Frame::Lazy(_, next) | Frame::Member(_, _, _, next) => {
                    left -= 1;
                    next.clone()
                }
            };
        }
        Ok(vec![link(a, b, "?")])
    }

    /// The events between the parts of `p; q; …`, each the first that leads on to `b`.
    fn why_sequence(&mut self, parts: &'m [Node], env: &Env<'m>, a: usize, b: usize) -> Eval<Vec<Link>> {
        let rels: Vec<Rc<Rel>> = parts.iter().map(|part| self.rel(part, env)).collect::<Eval<_>>()?;
        // What leads from after each part to `b`.
        let events = self.exec.events();
        let mut reach = vec![super::value::singleton(events, b)];
        for rel in rels.iter().rev() {
            let ends = reach[reach.len() - 1].clone();
            reach.push(rel.to(&ends).domain());
        }
        reach.reverse();
        let (mut links, mut here) = (Vec::new(), a);
        for (k, part) in parts.iter().enumerate() {
            let Some(next) = rels[k].next(here).find(|&e| reach[k + 1].has(e)) else {
                return Ok(vec![link(a, b, "?")]);
            };
            links.extend(self.why(part, env, here, next)?);
            here = next;
        }
        // An access and its only part are one event.
        links.retain(|l| l.from != l.to);
        Ok(links)
    }
}

fn link(from: usize, to: usize, name: &str) -> Link {
    Link { from, to, name: name.to_owned(), within: Vec::new(), comment: None }
}

/// Whether an expression mentions a slot.
fn mentions(node: &Node, slot: u32) -> bool {
    match &node.kind {
        Kind::Global(s) => *s == slot,
        Kind::Joined(_, parts) | Kind::Braces(parts) | Kind::Tuple(parts) => {
            parts.iter().any(|p| mentions(p, slot))
        }
        Kind::Unary(_, inner) => mentions(inner, slot),
        Kind::Apply(f, a) | Kind::Try(f, a) => mentions(f, slot) || mentions(a, slot),
        Kind::Let(..) | Kind::If(..) | Kind::MatchTag(..) | Kind::MatchSet { .. } => true,
        _ => false,
    }
}

fn base_name(base: Base) -> &'static str {
    super::names::predefined(&super::Vocabulary::default())
        .find(|(_, what)| *what == super::names::Predefined::Base(base))
        .map_or("?", |(name, _)| name)
}
