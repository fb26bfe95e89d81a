//! Resolves names: from files as they are written to a [`Program`].

use std::sync::Arc;

use indexmap::IndexMap;

use super::ast::{self, BindTo, Expr, ExprKind, Formals, Ins, InsKind, Pattern, Place, SetPattern, Variant};
use super::ir::*;
use super::lexer::KEYWORDS;
use super::names::{Predefined, Vocabulary, predefined};
use crate::diagnostic::{Diagnostic, nearest};

/// How deeply files may include each other: more than any model needs, less than the stack holds.
const INCLUDES_MAX: usize = 100;

/// What a name of the file level means.
#[derive(Debug, Clone)]
enum Entry {
    Slot(u32),
    Procedure(u32),
    Predefined(Predefined),
}

/// Gives the parsed file of that name, or what is wrong about it.
pub(super) type Include<'a> =
    dyn FnMut(&str, Place) -> Result<(u16, Arc<ast::File>), (Place, Diagnostic)> + 'a;

/// Resolves a sequence of files as one model, the later seeing the names of the earlier.
///
/// # Errors
/// A place and what is wrong there.
pub(super) fn resolve(
    files: &[(u16, Arc<ast::File>)],
    vocabulary: &Vocabulary,
    variants: &[&str],
    include: &mut Include,
) -> Result<Program, (Place, Diagnostic)> {
    let globals =
        predefined(vocabulary).map(|(name, what)| (name.to_owned(), Entry::Predefined(what))).collect();
    let mut resolver = Resolver {
        globals,
        locals: Vec::new(),
        program: Program::default(),
        variants,
        include,
        open: Vec::new(),
        trying: 0,
    };
    let mut steps = Vec::new();
    for (index, file) in files {
        resolver.open.push(*index);
        resolver.file_level(&file.body, &mut steps)?;
        resolver.open.pop();
    }
    resolver.program.steps = steps;
    resolver.program.names = resolver.globals.into_keys().collect();
    Ok(resolver.program)
}

struct Resolver<'a> {
    globals: IndexMap<String, Entry>,
    /// Names of local bindings, the innermost last; `None` is a binding without a name.
    locals: Vec<Option<String>>,
    program: Program,
    variants: &'a [&'a str],
    include: &'a mut Include<'a>,
    /// Files that are being resolved.
    open: Vec<u16>,
    /// How many `try` are open, whose failures are caught.
    trying: u32,
}

type Done<T> = Result<T, (Place, Diagnostic)>;

fn error<T>(place: Place, code: &'static str, message: impl Into<String>) -> Done<T> {
    Err((place, Diagnostic::error(code, place.span, message)))
}

impl Resolver<'_> {
    fn holds(&self, variant: &Variant) -> bool {
        match variant {
            Variant::Name(name) => self.variants.iter().any(|v| v.eq_ignore_ascii_case(name)),
            Variant::Not(inner) => !self.holds(inner),
            Variant::And(a, b) => self.holds(a) && self.holds(b),
            Variant::Or(a, b) => self.holds(a) || self.holds(b),
        }
    }

    fn slot(&mut self, name: &str, def: SlotDef, place: Place) -> u32 {
        let index = self.program.slots.len() as u32;
        self.program.slots.push(Slot { name: name.into(), def, place, comment: None });
        index
    }

    fn bind_global(&mut self, name: &str, slot: u32) {
        self.globals.insert(name.to_owned(), Entry::Slot(slot));
    }

    fn file_level(&mut self, body: &[Ins], steps: &mut Vec<Step>) -> Done<()> {
        for ins in body {
            match &ins.kind {
                InsKind::Let(binds, when) => {
                    let first = self.program.slots.len();
                    self.global_binds(binds, when.as_ref(), ins.place)?;
                    if let Some(slot) = self.program.slots.get_mut(first) {
                        slot.comment = ins.comment.as_deref().map(Into::into);
                    }
                }
                InsKind::Include(name) => {
                    let (index, file) = (self.include)(name, ins.place)?;
                    if self.open.contains(&index) {
                        let message = format!("\"{name}\" includes itself");
                        return error(ins.place, "cat-include", message);
                    }
                    if self.open.len() >= INCLUDES_MAX {
                        let message = format!("more than {INCLUDES_MAX} files include each other");
                        return error(ins.place, "cat-include", message);
                    }
                    self.open.push(index);
                    self.file_level(&file.body, steps)?;
                    self.open.pop();
                }
                InsKind::If(variant, yes, no) => {
                    let chosen = if self.holds(variant) { yes } else { no };
                    self.file_level(chosen, steps)?;
                }
                InsKind::With(name, set) => {
                    let set = self.expr(set)?;
                    let slot = self.slot(name, SlotDef::Chosen, ins.place);
                    self.bind_global(name, slot);
                    steps.push(Step::With(slot, set));
                }
                InsKind::Enum(name, tags) => {
                    let tags: Vec<Arc<str>> = tags.iter().map(|t| t.as_str().into()).collect();
                    let all = tags.iter().map(|t| Node { kind: Kind::Tag(t.clone()), place: ins.place });
                    let def = SlotDef::Value(Node { kind: Kind::Braces(all.collect()), place: ins.place });
                    self.program.tags.push(tags);
                    let slot = self.slot(name, def, ins.place);
                    self.bind_global(name, slot);
                }
                InsKind::Check(what_for, check) => {
                    let comment = ins.comment.as_deref().map(Into::into);
                    let check = Check { comment, ..self.check(check)? };
                    let index = self.program.checks;
                    self.program.checks += 1;
                    steps.push(Step::Check(*what_for, check, Some(index)));
                }
                _ => self.step(ins, steps)?,
            }
        }
        Ok(())
    }

    /// What means the same at the level of a file and inside a procedure.
    fn step(&mut self, ins: &Ins, steps: &mut Vec<Step>) -> Done<()> {
        match &ins.kind {
            InsKind::Check(what_for, check) => steps.push(Step::Check(*what_for, self.check(check)?, None)),
            InsKind::Procedure(name, formals, body) => {
                // Known inside its own body, so that it may call itself.
                let index = self.program.procedures.len() as u32;
                let arity = arity(formals);
                self.program.procedures.push(Procedure { arity, body: Vec::new() });
                self.globals.insert(name.clone(), Entry::Procedure(index));
                // Locals around the definition are out of reach: a procedure is a thing of the file.
                let outer = std::mem::take(&mut self.locals);
                self.push_formals(formals);
                let body = self.block(body);
                self.locals = outer;
                self.program.procedures[index as usize].body = body?;
            }
            InsKind::Call(name, argument) => {
                let argument = self.expr(argument)?;
                steps.push(match self.globals.get(name) {
                    Some(Entry::Procedure(index)) => Step::Call(*index, argument),
                    _ => Step::Unbound(name.as_str().into(), ins.place),
                });
            }
            InsKind::Forall(name, set, body) => {
                let set = self.expr(set)?;
                self.locals.push(Some(name.clone()));
                let body = self.block(body);
                self.locals.pop();
                steps.push(Step::Forall(set, body?));
            }
            InsKind::Match(of, clauses, default) => {
                let of = self.expr(of)?;
                let clauses: Done<Vec<_>> =
                    clauses.iter().map(|(tag, body)| Ok((tag.as_str().into(), self.block(body)?))).collect();
                let default = default.as_ref().map(|body| self.block(body)).transpose()?;
                steps.push(Step::Match(of, clauses?, default));
            }
            InsKind::Let(binds, when) => {
                if when.is_some() {
                    return error(
                        ins.place,
                        "cat-unsupported",
                        "`when` is understood at the level of a file only",
                    );
                }
                let binds = self.local_binds(binds)?;
                steps.push(Step::Let(binds));
            }
            InsKind::If(variant, yes, no) => {
                let chosen = if self.holds(variant) { yes } else { no };
                for ins in chosen {
                    self.step(ins, steps)?;
                }
            }
            InsKind::Nothing => {}
            InsKind::Include(_) | InsKind::With(..) | InsKind::Enum(..) => {
                return error(ins.place, "cat-unsupported", "this is understood at the level of a file only");
            }
        }
        Ok(())
    }

    /// Instructions whose bindings end with them.
    fn block(&mut self, body: &[Ins]) -> Done<Vec<Step>> {
        let depth = self.locals.len();
        let mut steps = Vec::new();
        let done = body.iter().try_for_each(|ins| self.step(ins, &mut steps));
        self.locals.truncate(depth);
        done.map(|()| steps)
    }

    fn check(&mut self, check: &ast::Check) -> Done<Check> {
        Ok(Check {
            negated: check.negated,
            property: check.property,
            of: self.expr(&check.of)?,
            name: check.name.as_deref().map(Into::into),
            place: check.place,
            comment: None,
        })
    }

    fn global_binds(&mut self, binds: &ast::Binds, when: Option<&ast::Check>, place: Place) -> Done<()> {
        if binds.recursive {
            return self.recursive_binds(binds, when, place);
        }
        let mut bound = Vec::new();
        for bind in &binds.binds {
            let value = self.bound(bind)?;
            match &bind.to {
                BindTo::Value(None) => {}
                BindTo::Value(Some(name)) | BindTo::Function(name, _) => {
                    bound.push((name.clone(), self.slot(name, SlotDef::Value(value), bind.place)));
                }
                BindTo::Tuple(all) => {
                    let tuple = self.slot("", SlotDef::Value(value), bind.place);
                    for (index, name) in all.iter().enumerate() {
                        let Some(name) = name else { continue };
                        let def = SlotDef::Member { slot: tuple, index, arity: all.len() };
                        bound.push((name.clone(), self.slot(name, def, bind.place)));
                    }
                }
            }
        }
        for (name, slot) in bound {
            self.bind_global(&name, slot);
        }
        Ok(())
    }

    fn recursive_binds(&mut self, binds: &ast::Binds, when: Option<&ast::Check>, place: Place) -> Done<()> {
        let group = self.program.groups.len() as u32;
        let mut slots = Vec::new();
        for bind in &binds.binds {
            let (BindTo::Value(Some(name)) | BindTo::Function(name, _)) = &bind.to else {
                return error(bind.place, "cat-type", "a recursive definition needs one name on its left");
            };
            let slot = self.slot(name, SlotDef::Recursive(group), bind.place);
            self.bind_global(name, slot);
            slots.push(slot);
        }
        self.program.groups.push(Group { members: Vec::new(), when: None, place });
        let mut members = Vec::new();
        for (bind, slot) in binds.binds.iter().zip(slots) {
            let value = self.bound(bind)?;
            if matches!(bind.to, BindTo::Function(..)) {
                self.program.slots[slot as usize].def = SlotDef::Value(value);
            } else {
                members.push((slot, value));
            }
        }
        let when = when.map(|check| self.check(check)).transpose()?;
        let entry = &mut self.program.groups[group as usize];
        (entry.members, entry.when) = (members, when);
        Ok(())
    }

    /// The right side of a binding; a function where its left side has formals.
    fn bound(&mut self, bind: &ast::Bind) -> Done<Node> {
        match &bind.to {
            BindTo::Function(name, formals) => {
                let kind = self.function(name, formals, &bind.value)?;
                Ok(Node { kind, place: bind.place })
            }
            _ => self.expr(&bind.value),
        }
    }

    fn function(&mut self, name: &str, formals: &Formals, body: &Expr) -> Done<Kind> {
        let depth = self.locals.len();
        self.push_formals(formals);
        let body = self.expr(body);
        self.locals.truncate(depth);
        Ok(Kind::Fun(Arc::new(Function { name: name.into(), arity: arity(formals), body: body? })))
    }

    fn push_formals(&mut self, formals: &Formals) {
        match formals {
            Formals::One(pattern) => self.locals.push(pattern.clone()),
            Formals::Tuple(all) => self.locals.extend(all.iter().cloned()),
        }
    }

    /// Leaves the bound names among the locals.
    fn local_binds(&mut self, binds: &ast::Binds) -> Done<Binds> {
        if !binds.recursive {
            let (mut defs, mut names) = (Vec::new(), Vec::new());
            for bind in &binds.binds {
                let of = defs.len();
                defs.push(LocalDef::Value(self.bound(bind)?));
                match &bind.to {
                    BindTo::Value(pattern) => names.push(pattern.clone()),
                    BindTo::Function(name, _) => names.push(Some(name.clone())),
                    BindTo::Tuple(all) => {
                        names.push(None);
                        for (index, name) in all.iter().enumerate() {
                            defs.push(LocalDef::Member { of, index, arity: all.len() });
                            names.push(name.clone());
                        }
                    }
                }
            }
            self.locals.extend(names);
            return Ok(Binds::Together(defs));
        }
        for bind in &binds.binds {
            let (BindTo::Value(Some(name)) | BindTo::Function(name, _)) = &bind.to else {
                return error(bind.place, "cat-type", "a recursive definition needs one name on its left");
            };
            self.locals.push(Some(name.clone()));
        }
        let bodies: Done<Vec<Node>> = binds.binds.iter().map(|bind| self.bound(bind)).collect();
        let bodies = bodies?;
        let functions: Option<Vec<Arc<Function>>> = bodies
            .iter()
            .map(|node| if let Kind::Fun(function) = &node.kind { Some(function.clone()) } else { None })
            .collect();
        Ok(functions.map_or(Binds::Fixpoint(bodies), Binds::Functions))
    }

    fn name(&self, name: &str) -> Kind {
        let local = self.locals.iter().rev().position(|n| n.as_deref() == Some(name));
        if let Some(index) = local {
            return Kind::Local(index as u32);
        }
        match self.globals.get(name) {
            Some(Entry::Slot(slot)) => Kind::Global(*slot),
            Some(Entry::Predefined(Predefined::Base(base))) => Kind::Base(*base),
            Some(Entry::Predefined(Predefined::Prim(prim))) => Kind::Prim(*prim),
            Some(Entry::Procedure(_)) | None => Kind::Unbound(name.into()),
        }
    }

    /// A function and its argument. What the execution defines is no function: most likely an operator or a keyword
    /// is missing or misspelt, which must not stay unseen because nothing evaluates it.
    fn application(&mut self, f: &Expr, a: &Expr) -> Done<Kind> {
        let function = self.boxed(f)?;
        if let (Kind::Base(_), ExprKind::Name(name), 0) = (&function.kind, &f.kind, self.trying) {
            let message = format!("`{name}` is no function and takes no argument");
            let mut diagnostic = Diagnostic::error("cat-type", a.place.span, message);
            if let ExprKind::Name(next) = &a.kind
                && let Some(meant) = nearest(next, KEYWORDS)
            {
                diagnostic = diagnostic.note(format!("did you mean `{meant}`?"));
            }
            return Err((a.place, diagnostic));
        }
        Ok(Kind::Apply(function, self.boxed(a)?))
    }

    fn boxed(&mut self, e: &Expr) -> Done<Box<Node>> {
        self.expr(e).map(Box::new)
    }

    fn all(&mut self, all: &[Expr]) -> Done<Vec<Node>> {
        all.iter().map(|e| self.expr(e)).collect()
    }

    fn expr(&mut self, e: &Expr) -> Done<Node> {
        let kind = match &e.kind {
            ExprKind::Zero => Kind::Zero,
            ExprKind::Universe => Kind::Universe,
            ExprKind::Tag(tag) => Kind::Tag(tag.as_str().into()),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Braces(all) => Kind::Braces(self.all(all)?),
            ExprKind::Tuple(all) => Kind::Tuple(self.all(all)?),
            ExprKind::Apply(f, a) => self.application(f, a)?,
            ExprKind::Unary(op, a) => Kind::Unary(*op, self.boxed(a)?),
            ExprKind::Joined(op, all) => Kind::Joined(*op, self.all(all)?),
            ExprKind::Let(binds, body) => {
                let depth = self.locals.len();
                let binds = self.local_binds(binds)?;
                let body = self.boxed(body);
                self.locals.truncate(depth);
                Kind::Let(binds, body?)
            }
            ExprKind::Fun(formals, body) => self.function("fun", formals, body)?,
            ExprKind::Try(a, b) => {
                self.trying += 1;
                let a = self.boxed(a);
                self.trying -= 1;
                Kind::Try(a?, self.boxed(b)?)
            }
            ExprKind::If(ast::Cond::Variant(variant), a, b) => {
                return self.expr(if self.holds(variant) { a } else { b });
            }
            ExprKind::If(cond, a, b) => {
                let cond = match cond {
                    ast::Cond::Equal(x, y) => Cond::Equal(self.expr(x)?, self.expr(y)?),
                    ast::Cond::Subset(x, y) => Cond::Subset(self.expr(x)?, self.expr(y)?),
                    ast::Cond::In(x, y) => Cond::In(self.expr(x)?, self.expr(y)?),
                    ast::Cond::Variant(_) => return error(e.place, "cat-syntax", "a condition is expected"),
                };
                Kind::If(Box::new(cond), self.boxed(a)?, self.boxed(b)?)
            }
            ExprKind::MatchTag(of, clauses, default) => {
                let of = self.boxed(of)?;
                let clauses: Done<Vec<_>> =
                    clauses.iter().map(|(tag, body)| Ok((tag.as_str().into(), self.expr(body)?))).collect();
                let default = default.as_ref().map(|body| self.boxed(body)).transpose()?;
                Kind::MatchTag(of, clauses?, default)
            }
            ExprKind::MatchSet(of, none, pattern, some) => {
                let (of, none) = (self.boxed(of)?, self.boxed(none)?);
                let names: Vec<Pattern> = match pattern {
                    SetPattern::Any(a, b) => vec![a.clone(), b.clone()],
                    SetPattern::Ordered(a, b, c) => vec![a.clone(), b.clone(), c.clone()],
                };
                let depth = self.locals.len();
                self.locals.extend(names);
                let some = self.boxed(some);
                self.locals.truncate(depth);
                let ordered = matches!(pattern, SetPattern::Ordered(..));
                Kind::MatchSet { of, none, ordered, some: some? }
            }
        };
        Ok(Node { kind, place: e.place })
    }
}

fn arity(formals: &Formals) -> Option<usize> {
    match formals {
        Formals::One(_) => None,
        Formals::Tuple(all) => Some(all.len()),
    }
}
