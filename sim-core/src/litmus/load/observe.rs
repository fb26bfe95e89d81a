//! The tail: observables in the order of results, propositions over their slots.

use super::Machine;
use super::code::Code;
use super::declare::{Declarations, no_cell, number, registers};
use crate::diagnostic::Diagnostic;
use crate::litmus::ast::{self, Ast, Atom, Declared, Location, LocationKind, Side, Value, ValueKind};
use crate::litmus::parse::problems::Problems;
use crate::litmus::print::{self, Spelling};
use crate::litmus::{FrontEnd, types};
use crate::outcome::{Condition, Observable, Observables, Prop, Source, Term, Type};
use crate::program::{Program, Reg};
use std::collections::{BTreeMap, BTreeSet};

/// The tail, resolved.
pub(super) struct Tail {
    pub(super) observables: Observables,
    pub(super) filter: Option<Prop>,
    pub(super) condition: Condition,
}

/// The locations that the tail names.
pub(super) fn locations(ast: &Ast) -> Vec<&Location> {
    let mut all = shown(ast);
    if let Some(filter) = &ast.filter {
        filter.atoms(&mut |atom| sides(atom, &mut all));
    }
    all
}

/// The locations that `locations` and the condition name.
pub(in crate::litmus) fn shown(ast: &Ast) -> Vec<&Location> {
    let mut all: Vec<&Location> = ast.locations.iter().map(|observed| &observed.location).collect();
    ast.condition.prop.atoms(&mut |atom| sides(atom, &mut all));
    all
}

fn sides<'a>(atom: &'a Atom, all: &mut Vec<&'a Location>) {
    all.push(&atom.left);
    if let Side::Location(right) = &atom.right {
        all.push(right);
    }
}

/// The values that the tail names, in the order of the text.
pub(super) fn values(ast: &Ast) -> Vec<&Value> {
    let mut all = Vec::new();
    atoms(ast, &mut |atom| {
        if let Side::Value(value) = &atom.right {
            all.push(value);
        }
    });
    all
}

fn atoms<'a>(ast: &'a Ast, visit: &mut dyn FnMut(&'a Atom)) {
    if let Some(filter) = &ast.filter {
        filter.atoms(visit);
    }
    ast.condition.prop.atoms(visit);
}

/// Identity of an observable, in the order of results: registers, whole symbols, cells of arrays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Register(usize, Reg),
    Symbol(String),
    Element(String, u32),
}

fn key<F: FrontEnd>(
    location: &Location,
    machine: &Machine<F>,
    code: &Code<F::Instr>,
    declarations: &Declarations,
) -> Result<Key, Box<Diagnostic>> {
    match &location.kind {
        LocationKind::Symbol(name) => Ok(Key::Symbol(name.clone())),
        LocationKind::Element { symbol, index } => {
            let cells = declarations.of(symbol).cells;
            if *index >= cells {
                return Err(Box::new(no_cell(symbol, *index, cells, location.span)));
            }
            Ok(Key::Element(symbol.clone(), *index))
        }
        LocationKind::Register { .. } | LocationKind::Symbolic { .. } => {
            match registers(location, machine, code)?[..] {
                [(thread, view)] if view.low == 0 => Ok(Key::Register(thread, view.reg)),
                _ => {
                    let message = "this does not name one whole register";
                    let error = Diagnostic::error("unknown-register", location.span, message);
                    Err(Box::new(error.note("name a thread and a register that begins at bit 0")))
                }
            }
        }
    }
}

/// Reports locations of the tail that do not exist.
pub(super) fn check_names<F: FrontEnd>(
    ast: &Ast,
    machine: &Machine<F>,
    code: &Code<F::Instr>,
    declarations: &Declarations,
    problems: &mut Problems,
) {
    for location in locations(ast) {
        problems.extend(key(location, machine, code, declarations).err().map(|error| *error));
    }
}

struct Resolver<'a, F: FrontEnd> {
    machine: &'a Machine<'a, F>,
    code: &'a Code<F::Instr>,
    declarations: &'a Declarations,
    program: &'a Program,
    /// Registers that a load may fill with an instruction: of that type unless they have another.
    filled: &'a BTreeSet<(usize, Reg)>,
    found: BTreeMap<Key, Observable>,
}

pub(super) fn resolve<F: FrontEnd>(
    ast: &Ast,
    machine: &Machine<F>,
    code: &Code<F::Instr>,
    declarations: &Declarations,
    (program, filled): (&Program, &BTreeSet<(usize, Reg)>),
    problems: &mut Problems,
) -> Option<Tail> {
    let mut resolver = Resolver { machine, code, declarations, program, filled, found: BTreeMap::new() };
    for location in locations(ast) {
        resolver.add(location);
    }
    atoms(ast, &mut |atom| {
        if matches!(&atom.right, Side::Value(value) if value.is_instruction()) {
            resolver.holds_instruction(&atom.left);
        }
    });
    for observed in &ast.locations {
        resolver.retype(&observed.location, &observed.ty, problems);
    }
    if !problems.none() {
        return None;
    }
    let filter = match &ast.filter {
        Some(filter) => Some(resolver.prop(filter, problems)?),
        None => None,
    };
    let prop = resolver.prop(&ast.condition.prop, problems)?;
    let quantifier = ast.condition.quantifier;
    let text = print::condition(quantifier, &ast.condition.prop, &resolver);
    let items = resolver.found.into_values().collect();
    Some(Tail { observables: Observables { items }, filter, condition: Condition { quantifier, prop, text } })
}

impl<F: FrontEnd> Resolver<'_, F> {
    fn key(&self, location: &Location) -> Option<Key> {
        key(location, self.machine, self.code, self.declarations).ok()
    }

    fn add(&mut self, location: &Location) {
        let Some(key) = self.key(location) else { return };
        let observable = match &key {
            Key::Register(thread, reg) => Observable {
                name: self.location(location),
                source: Source::Register { thread: *thread, reg: *reg },
                ty: self.declarations.type_of(*thread, *reg).unwrap_or_else(|| {
                    if self.filled.contains(&(*thread, *reg)) { Type::INSTRUCTION } else { Type::INT }
                }),
                cells: 1,
            },
            Key::Symbol(name) => {
                let cells = self.declarations.of(name).cells;
                let Some(place) = self.memory(name, 0) else { return };
                Observable { name: self.location(location), source: place.0, ty: place.1, cells }
            }
            Key::Element(name, index) => {
                let Some(place) = self.memory(name, *index) else { return };
                Observable { name: self.location(location), source: place.0, ty: place.1, cells: 1 }
            }
        };
        self.found.entry(key).or_insert(observable);
    }

    /// Place and type of a cell.
    fn memory(&self, name: &str, index: u32) -> Option<(Source, Type)> {
        let symbol = self.program.symbols.iter().position(|symbol| symbol.name == name)?;
        let cell = self.program.symbols[symbol].cell;
        let ty = self.declarations.of(name).ty.unwrap_or(Type::number(cell, true));
        Some((Source::Memory { symbol, offset: index * u32::from(cell) }, ty))
    }

    /// What is compared with an instruction is printed as one.
    fn holds_instruction(&mut self, location: &Location) {
        if let Some(observable) = self.key(location).and_then(|key| self.found.get_mut(&key)) {
            observable.ty.instruction = true;
        }
    }

    /// `locations [0:X1 uint64_t;]` gives a type for printing.
    fn retype(&mut self, location: &Location, declared: &Declared, problems: &mut Problems) {
        match types::of(declared, self.machine.pointer) {
            Ok(None) => {}
            Ok(Some(ty)) => {
                let Some(key) = self.key(location) else { return };
                if let Some(observable) = self.found.get_mut(&key) {
                    let whole = matches!(observable.source, Source::Register { .. });
                    observable.ty = Type { bytes: if whole { ty.bytes } else { observable.ty.bytes }, ..ty };
                }
            }
            Err(error) => problems.push(*error),
        }
    }

    fn prop(&self, prop: &ast::Prop, problems: &mut Problems) -> Option<Prop> {
        let all = |list: &[ast::Prop], problems: &mut Problems| -> Option<Vec<Prop>> {
            list.iter().map(|p| self.prop(p, problems)).collect()
        };
        Some(match prop {
            ast::Prop::And(list) if list.is_empty() => Prop::True,
            ast::Prop::Or(list) if list.is_empty() => Prop::False,
            ast::Prop::And(list) => Prop::And(all(list, problems)?),
            ast::Prop::Or(list) => Prop::Or(all(list, problems)?),
            ast::Prop::Not(p) => Prop::Not(Box::new(self.prop(p, problems)?)),
            ast::Prop::Implies(p, q) => {
                Prop::Implies(Box::new(self.prop(p, problems)?), Box::new(self.prop(q, problems)?))
            }
            ast::Prop::Atom(atom) => self.atom(atom, problems)?,
        })
    }

    fn atom(&self, atom: &Atom, problems: &mut Problems) -> Option<Prop> {
        let (slot, left) = self.slots(&atom.left)?;
        let terms: Vec<Term> = match &atom.right {
            Side::Location(right) => {
                let (first, right) = self.slots(right)?;
                if right.cells != left.cells {
                    return different_lengths(atom, left, right.cells, problems);
                }
                (0..right.cells as usize).map(|cell| Term::Slot(first + cell)).collect()
            }
            Side::Value(Value { kind: ValueKind::List(cells), .. }) => {
                if cells.len() != left.cells as usize {
                    return different_lengths(atom, left, cells.len() as u32, problems);
                }
                cells.iter().map(|cell| self.constant(cell, left.ty)).collect::<Option<_>>()?
            }
            Side::Value(value) => {
                if left.cells != 1 {
                    return different_lengths(atom, left, 1, problems);
                }
                vec![self.constant(value, left.ty)?]
            }
        };
        let pair = |(cell, term): (usize, Term)| (Term::Slot(slot + cell), term);
        let mut pairs: Vec<(Term, Term)> = terms.into_iter().enumerate().map(pair).collect();
        if pairs.len() == 1 && !self.is_array(&atom.left) {
            let (a, b) = pairs.pop()?;
            return Some(if atom.equal { Prop::Equal(a, b) } else { Prop::Differ(a, b) });
        }
        let each = pairs.into_iter();
        Some(if atom.equal {
            Prop::And(each.map(|(a, b)| Prop::Equal(a, b)).collect())
        } else {
            Prop::Or(each.map(|(a, b)| Prop::Differ(a, b)).collect())
        })
    }

    fn is_array(&self, location: &Location) -> bool {
        matches!(&location.kind, LocationKind::Symbol(name) if self.declarations.of(name).array)
    }

    /// The first slot of a location, and its observable.
    fn slots(&self, location: &Location) -> Option<(usize, &Observable)> {
        let wanted = self.key(location)?;
        let mut slot = 0;
        for (key, observable) in &self.found {
            if *key == wanted {
                return Some((slot, observable));
            }
            slot += observable.cells as usize;
        }
        None
    }

    /// A constant, read by the type of the other side.
    fn constant(&self, value: &Value, ty: Type) -> Option<Term> {
        let base = |name: &str| {
            let symbol = self.program.symbols.iter().find(|symbol| symbol.name == name);
            symbol.map_or(0, |symbol| symbol.base)
        };
        let number = number(value, self.declarations, &base, self.code).ok()?;
        Some(Term::Const(ty.read(number), print::value(value, self)))
    }
}

impl<F: FrontEnd> print::Spelling for Resolver<'_, F> {
    fn location(&self, location: &Location) -> String {
        match &location.kind {
            LocationKind::Symbol(name) if self.declarations.of(name).array => name.clone(),
            LocationKind::Symbol(name) => format!("[{name}]"),
            LocationKind::Element { symbol, index } => format!("{symbol}[{index}]"),
            LocationKind::Register { thread, name } => {
                let printed = self.machine.front_end.printed_register(name);
                format!("{thread}:{}", printed.unwrap_or_else(|| name.clone()))
            }
            LocationKind::Symbolic { thread, name } => match thread {
                Some(thread) => format!("{thread}:%{name}"),
                None => format!("%{name}"),
            },
        }
    }

    fn instruction(&self, text: &str) -> String {
        self.code.instructions.spelling(text).to_owned()
    }
}

fn different_lengths(atom: &Atom, left: &Observable, cells: u32, problems: &mut Problems) -> Option<Prop> {
    let span = match &atom.right {
        Side::Value(value) => value.span,
        Side::Location(location) => location.span,
    };
    let message = format!("`{}` has {}, and is compared with {}", left.name, count(left.cells), count(cells));
    problems.push(Diagnostic::error("array", span, message));
    None
}

fn count(cells: u32) -> String {
    if cells == 1 { "one value".to_owned() } else { format!("{cells} values") }
}
