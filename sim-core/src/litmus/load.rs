//! From [`Ast`] to [`Test`]: names become registers, addresses and indices.
//!
//! The steps, each in a module: the front end reads the cells ([`code`]), declarations give types and
//! values ([`declare`]), symbols get places ([`layout`]), instructions are lowered, constant propagation
//! finds what they access ([`propagate`], [`sizes`]), code that is read becomes memory ([`code_memory`]),
//! and the tail becomes observables and propositions ([`observe`]).

pub(super) mod code;
mod code_memory;
mod declare;
mod instructions;
mod layout;
pub(super) mod observe;
mod propagate;
mod sizes;

use super::ast::Ast;
use super::parse::problems::Problems;
use super::{FrontEnd, Test, hash};
use crate::diagnostic::{Diagnostic, Parsed};
use crate::program::{Program, Register, Thread};
use code::Code;
use declare::Declarations;
use layout::Layout;

/// Makes a test of a parsed file: every name resolved, every instruction lowered.
///
/// # Errors
/// Unknown instructions, registers, labels, types and threads, duplicate initialisations, accesses that
/// constant propagation shows to be misaligned or outside their symbol; each at its place.
pub fn load<F: FrontEnd>(ast: &Ast, front_end: &F) -> Parsed<Test> {
    let mut problems = Problems::default();
    let test = resolve(ast, front_end, &mut problems);
    Parsed::new(test, problems.finish())
}

/// The registers of an architecture, and what follows from them.
pub(super) struct Machine<'a, F> {
    pub(super) front_end: &'a F,
    pub(super) registers: Vec<Register>,
    /// Width of a pointer in bytes: that of the widest register.
    pub(super) pointer: u8,
}

impl<'a, F: FrontEnd> Machine<'a, F> {
    fn new(front_end: &'a F) -> Machine<'a, F> {
        let registers = front_end.registers();
        let widest = registers.iter().filter_map(|r| front_end.register(&r.name)).map(|view| view.bits).max();
        Machine { front_end, registers, pointer: widest.map_or(8, |bits| (bits / 8).clamp(1, 8)) }
    }
}

fn resolve<F: FrontEnd>(ast: &Ast, front_end: &F, problems: &mut Problems) -> Option<Test> {
    let machine = Machine::new(front_end);
    let code = Code::read(ast, &machine, problems);
    let declarations = Declarations::read(ast, &machine, &code, problems);
    observe::check_names(ast, &machine, &code, &declarations, problems);
    if !problems.none() {
        return None;
    }
    let layout = Layout::new(ast, &code, &declarations, problems)?;
    let mut program = Program {
        registers: machine.registers.clone(),
        symbols: layout.symbols(&declarations, &code),
        words: code.instructions.spellings(),
        threads: Vec::with_capacity(ast.threads.len()),
    };
    for (thread, column) in code.threads.iter().enumerate() {
        program.threads.push(Thread {
            instrs: code.lower(thread, front_end, &layout, problems),
            labels: column.labels.iter().map(|label| (label.name.clone(), label.index)).collect(),
            init: declarations.register_values(thread, &machine, &code, &layout),
            guests: Vec::new(),
        });
    }
    if !problems.none() {
        return None;
    }
    let asked = asks_for_mixed(ast);
    let mut accesses = propagate::accesses(&mut program);
    while code_memory::extend(&mut program, &accesses, &code, front_end, &layout, problems) {
        accesses = propagate::accesses(&mut program);
    }
    if !problems.none() {
        return None;
    }
    sizes::infer(&mut program, &accesses, asked);
    let differing = sizes::check(&program, &accesses, problems);
    let filled = code_memory::filled(&program, &accesses);
    let tail = observe::resolve(ast, &machine, &code, &declarations, (&program, &filled), problems);
    let unroll = unroll(ast, problems);
    let tail = tail.filter(|_| problems.none())?;
    let hash = ast.meta("Hash").map(|word| word.text.clone());
    Some(Test {
        arch: ast.arch.text.clone(),
        name: ast.name.text.clone(),
        doc: ast.doc.as_ref().map(|doc| doc.text.clone()),
        meta: ast.meta.iter().map(|(key, value)| (key.text.clone(), value.text.clone())).collect(),
        program,
        observables: tail.observables,
        filter: tail.filter,
        condition: tail.condition,
        hash: hash.unwrap_or_else(|| hash::compute(ast, &code, front_end)),
        mixed: asked || differing,
        unroll,
    })
}

/// Herd's hash of a test, whatever a `Hash=` line says: 32 hexadecimal digits.
///
/// # Errors
/// Where the front end cannot read a cell.
pub fn computed_hash<F: FrontEnd>(ast: &Ast, front_end: &F) -> Parsed<String> {
    let mut problems = Problems::default();
    let code = Code::read(ast, &Machine::new(front_end), &mut problems);
    let hash = problems.none().then(|| hash::compute(ast, &code, front_end));
    Parsed::new(hash, problems.finish())
}

/// What the lines `Variant=` name.
fn variants(ast: &Ast) -> Vec<String> {
    let lines = ast.meta.iter().filter(|(key, _)| key.text.eq_ignore_ascii_case("Variant"));
    let names = lines.flat_map(|(_, list)| list.text.split([',', ' ']));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn asks_for_mixed(ast: &Ast) -> bool {
    variants(ast).iter().any(|variant| variant.eq_ignore_ascii_case("mixed"))
}

fn unroll(ast: &Ast, problems: &mut Problems) -> Option<u32> {
    let word = ast.meta("Unroll")?;
    match word.text.parse() {
        Ok(bound) => Some(bound),
        Err(_) => {
            let message = format!("`{}` is no number of iterations", word.text);
            problems.push(Diagnostic::error("unroll", word.span, message));
            None
        }
    }
}
