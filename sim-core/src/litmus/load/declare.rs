//! The initial state: types and values of registers and symbols, each given once.

use super::code::{Code, unknown_label};
use super::layout::Layout;
use super::{Machine, observe};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::litmus::ast::{Ast, Declared, Init, Location, LocationKind, Value, ValueKind};
use crate::litmus::parse::problems::Problems;
use crate::litmus::{FrontEnd, RegisterView, types};
use crate::outcome::Type;
use crate::program::{self, Reg, code_address};
use std::collections::BTreeMap;

/// What the initial state says.
#[derive(Default)]
pub(super) struct Declarations {
    registers: BTreeMap<(usize, Reg), RegisterDeclaration>,
    symbols: BTreeMap<String, SymbolDeclaration>,
    /// Symbols that values or the tail mention.
    mentioned: Vec<String>,
}

struct RegisterDeclaration {
    ty: Option<Type>,
    view: RegisterView,
    value: Option<Value>,
}

/// What is known of a symbol.
pub(super) struct SymbolDeclaration {
    /// Type of a cell, `None` if it is not declared.
    pub(super) ty: Option<Type>,
    /// Number of cells.
    pub(super) cells: u32,
    /// Whether it is an array, printed as a whole in braces.
    pub(super) array: bool,
    value: Option<Value>,
}

impl SymbolDeclaration {
    const UNDECLARED: SymbolDeclaration = SymbolDeclaration { ty: None, cells: 1, array: false, value: None };

    /// The values of the cells from the first on; those that are missing are 0.
    pub(super) fn values(&self) -> &[Value] {
        match &self.value {
            Some(Value { kind: ValueKind::List(cells), .. }) => cells,
            Some(value) => std::slice::from_ref(value),
            None => &[],
        }
    }
}

impl Declarations {
    pub(super) fn read<F: FrontEnd>(
        ast: &Ast,
        machine: &Machine<F>,
        code: &Code<F::Instr>,
        problems: &mut Problems,
    ) -> Declarations {
        let mut all = Declarations::default();
        for item in &ast.init {
            if problems.full() {
                break;
            }
            match &item.location.kind {
                LocationKind::Symbol(name) => all.symbol(name, item, machine, problems),
                LocationKind::Element { .. } => {}
                LocationKind::Register { .. } | LocationKind::Symbolic { .. } => {
                    match registers(&item.location, machine, code) {
                        Ok(found) => found.into_iter().for_each(|(thread, view)| {
                            all.register(thread, view, item, machine, problems);
                        }),
                        Err(error) => problems.push(*error),
                    }
                }
            }
            item.value.iter().for_each(|value| all.mention(value));
        }
        for location in observe::locations(ast) {
            if let LocationKind::Symbol(name) | LocationKind::Element { symbol: name, .. } = &location.kind {
                all.mentioned.push(name.clone());
            }
        }
        observe::values(ast).into_iter().for_each(|value| all.mention(value));
        all.check_values(ast, code, problems);
        all
    }

    /// Reports what values name and does not exist.
    fn check_values<I: Clone>(&self, ast: &Ast, code: &Code<I>, problems: &mut Problems) {
        let mut values: Vec<&Value> = ast.init.iter().filter_map(|item| item.value.as_ref()).collect();
        values.extend(observe::values(ast));
        while let Some(value) = values.pop() {
            match &value.kind {
                ValueKind::List(cells) => values.extend(cells),
                _ => problems.extend(number(value, self, &|_| 0, code).err().map(|error| *error)),
            }
        }
    }

    fn mention(&mut self, value: &Value) {
        match &value.kind {
            ValueKind::Symbol(name) | ValueKind::Element { symbol: name, .. } => {
                self.mentioned.push(name.clone());
            }
            ValueKind::List(cells) => cells.iter().for_each(|cell| self.mention(cell)),
            ValueKind::Number { .. } | ValueKind::Label { .. } | ValueKind::Instruction { .. } => {}
        }
    }

    fn symbol<F>(&mut self, name: &str, item: &Init, machine: &Machine<F>, problems: &mut Problems) {
        let ty = match types::of(&item.ty, machine.pointer) {
            Ok(ty) => ty.or(implied(item)),
            Err(error) => return problems.push(*error),
        };
        let (cells, array) = match item.ty {
            Declared::Array { length, .. } => (length, true),
            _ => (1, false),
        };
        if let Some(Value { kind: ValueKind::List(_), span }) = &item.value
            && !array
        {
            let message = format!("`{name}` is not declared as an array");
            problems.push(
                Diagnostic::error("array", *span, message).note(format!("write `int {name}[2]={{1,2}}`")),
            );
            return;
        }
        let declaration = SymbolDeclaration { ty, cells, array, value: item.value.clone() };
        if self.symbols.insert(name.to_owned(), declaration).is_some() {
            problems.push(twice(name, item));
        }
    }

    fn register<F>(
        &mut self,
        thread: usize,
        view: RegisterView,
        item: &Init,
        machine: &Machine<F>,
        problems: &mut Problems,
    ) {
        let ty = match types::of(&item.ty, machine.pointer) {
            Ok(ty) => ty.or(implied(item)),
            // The type of a register only says how to print it.
            Err(error) if error.notes.iter().any(|note| note.starts_with("did you mean")) => {
                problems.push(Diagnostic { severity: crate::diagnostic::Severity::Warning, ..*error });
                None
            }
            Err(error) => return problems.push(*error),
        };
        let list = matches!(&item.value, Some(Value { kind: ValueKind::List(_), .. }));
        if list || matches!(item.ty, Declared::Array { .. }) {
            problems.push(Diagnostic::error("array", item.span, "a register holds one value, not an array"));
            return;
        }
        let declaration = RegisterDeclaration { ty, view, value: item.value.clone() };
        if self.registers.insert((thread, view.reg), declaration).is_some() {
            problems.push(twice(&describe(&item.location.kind), item));
        }
    }

    /// What is known of a symbol.
    pub(super) fn of(&self, symbol: &str) -> &SymbolDeclaration {
        self.symbols.get(symbol).unwrap_or(&SymbolDeclaration::UNDECLARED)
    }

    /// The declared type of a register.
    pub(super) fn type_of(&self, thread: usize, reg: Reg) -> Option<Type> {
        self.registers.get(&(thread, reg))?.ty
    }

    /// The symbols of the initial state and of the tail; some are listed more than once.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.symbols.keys().chain(&self.mentioned).map(String::as_str)
    }

    /// Initial contents of all registers of a thread.
    pub(super) fn register_values<F: FrontEnd>(
        &self,
        thread: usize,
        machine: &Machine<F>,
        code: &Code<F::Instr>,
        layout: &Layout,
    ) -> Vec<program::Value> {
        let mut values = vec![0; machine.registers.len()];
        for (&(_, reg), declaration) in self.registers.range((thread, Reg(0))..=(thread, Reg(u8::MAX))) {
            let Some(value) = &declaration.value else { continue };
            let Ok(number) = number(value, self, &|name| layout.base(name), code) else { continue };
            let RegisterView { low, bits, .. } = declaration.view;
            let mask = if bits >= 64 { program::Value::MAX } else { (1 << bits) - 1 };
            if let Some(slot) = values.get_mut(usize::from(reg.0)) {
                *slot = (number & mask) << low;
            }
        }
        values
    }
}

/// The type of an item without one that begins as an instruction.
fn implied(item: &Init) -> Option<Type> {
    item.is_instruction().then_some(Type::INSTRUCTION)
}

/// The registers that a location of the initial state or of the tail names, by thread.
///
/// # Errors
/// If there is no such thread or register.
pub(super) fn registers<F: FrontEnd>(
    location: &Location,
    machine: &Machine<F>,
    code: &Code<F::Instr>,
) -> Result<Vec<(usize, RegisterView)>, Box<Diagnostic>> {
    let threads = code.threads.len();
    match &location.kind {
        LocationKind::Register { thread, .. } | LocationKind::Symbolic { thread: Some(thread), .. }
            if *thread >= threads =>
        {
            Err(Box::new(no_thread(*thread, threads, location.span)))
        }
        LocationKind::Register { thread, name } => match machine.front_end.register(name) {
            Some(view) => Ok(vec![(*thread, view)]),
            None => Err(Box::new(unknown_register(name, location.span, machine))),
        },
        LocationKind::Symbolic { thread, name } => {
            let bits = machine.pointer * 8;
            let of_threads = code.threads.iter().enumerate();
            let here = of_threads.filter(|(index, _)| thread.is_none_or(|only| only == *index));
            let found: Vec<_> = here
                .filter_map(|(index, code)| Some((index, *code.bound.get(name)?)))
                .map(|(index, reg)| (index, RegisterView { reg, low: 0, bits }))
                .collect();
            if found.is_empty() {
                let message = format!("no instruction mentions the symbolic register `%{name}`");
                return Err(Box::new(Diagnostic::error("unknown-register", location.span, message)));
            }
            Ok(found)
        }
        LocationKind::Symbol(_) | LocationKind::Element { .. } => Ok(Vec::new()),
    }
}

/// What a value stands for; a list stands for nothing.
///
/// # Errors
/// If it names a thread, a label or a cell that does not exist.
pub(super) fn number<I: Clone>(
    value: &Value,
    declarations: &Declarations,
    layout: &dyn Fn(&str) -> program::Value,
    code: &Code<I>,
) -> Result<program::Value, Box<Diagnostic>> {
    match &value.kind {
        ValueKind::Number { value, .. } => Ok(*value),
        ValueKind::Symbol(name) => Ok(layout(name)),
        ValueKind::Element { symbol, index } => {
            let declaration = declarations.of(symbol);
            if *index >= declaration.cells {
                return Err(Box::new(no_cell(symbol, *index, declaration.cells, value.span)));
            }
            let cell = declaration.ty.map_or(4, |ty| ty.bytes);
            Ok(layout(symbol) + program::Value::from(*index) * program::Value::from(cell))
        }
        ValueKind::Label { thread, name } => {
            if *thread >= code.threads.len() {
                return Err(Box::new(no_thread(*thread, code.threads.len(), value.span)));
            }
            match code.label(*thread, name) {
                Some(index) => Ok(code_address(*thread, index)),
                None => Err(Box::new(unknown_label(name, value.span, code.labels(*thread)))),
            }
        }
        ValueKind::Instruction { instr, .. } => Ok(code.instructions.word(&instr.text).into()),
        ValueKind::List(_) => {
            let message = "expected one value, found an array";
            Err(Box::new(Diagnostic::error("array", value.span, message)))
        }
    }
}

/// What to say about a cell that an array does not have.
pub(super) fn no_cell(symbol: &str, index: u32, cells: u32, span: Span) -> Diagnostic {
    let error = Diagnostic::error("array", span, format!("`{symbol}` has no cell {index}"));
    match cells {
        1 => error.note(format!("it has one cell; an array is declared as `int {symbol}[2]`")),
        _ => error.note(format!("its cells are 0 to {}", cells - 1)),
    }
}

fn twice(name: &str, item: &Init) -> Diagnostic {
    Diagnostic::error("duplicate-init", item.location.span, format!("`{name}` is initialised more than once"))
}

fn describe(kind: &LocationKind) -> String {
    match kind {
        LocationKind::Register { thread, name } => format!("{thread}:{name}"),
        LocationKind::Symbolic { thread: Some(thread), name } => format!("{thread}:%{name}"),
        LocationKind::Symbolic { thread: None, name } => format!("%{name}"),
        LocationKind::Symbol(name) => name.clone(),
        LocationKind::Element { symbol, index } => format!("{symbol}[{index}]"),
    }
}

fn no_thread(thread: usize, threads: usize, span: Span) -> Diagnostic {
    let error = Diagnostic::error("no-thread", span, format!("there is no thread P{thread}"));
    match threads {
        1 => error.note("the test has one thread, P0"),
        _ => error.note(format!("the threads of the test are P0 to P{}", threads.saturating_sub(1))),
    }
}

fn unknown_register<F: FrontEnd>(name: &str, span: Span, machine: &Machine<F>) -> Diagnostic {
    let error = Diagnostic::error("unknown-register", span, format!("unknown register `{name}`"));
    let shown = machine.registers.iter().filter(|register| !register.hidden);
    match nearest(name, shown.map(|register| register.name.as_str())) {
        Some(near) => error.note(format!("did you mean `{near}`?")),
        None => error,
    }
}
