//! Code as memory: the instructions of a thread that some access may read are the cells of a symbol.

use super::code::Code;
use super::layout::Layout;
use super::propagate::Access;
use crate::litmus::parse::problems::Problems;
use crate::litmus::{Encoded, FrontEnd};
use crate::program::{AluOp, Op, Program, Reg, Symbol, Value, code_address, code_target};
use std::collections::BTreeSet;

/// Bytes of an instruction.
const CELL: u8 = 4;

/// Gives the program a symbol for each thread whose instructions some load may read, in order after all
/// other symbols; whether there are new ones. An instruction without a word is an error where its thread's
/// code is read for sure, and otherwise its thread has no symbol.
pub(super) fn extend<F: FrontEnd>(
    program: &mut Program,
    accesses: &[Access],
    code: &Code<F::Instr>,
    front_end: &F,
    layout: &Layout,
    problems: &mut Problems,
) -> bool {
    let before = program.symbols.len();
    let (sure, possible) = read_threads(program, accesses);
    for thread in sure.union(&possible) {
        let base = code_address(*thread, 0);
        if program.symbol_based_at(base).is_some() || code.threads[*thread].instrs.is_empty() {
            continue;
        }
        match code.encode(*thread, front_end, layout) {
            Ok(words) => add(program, *thread, base, &words),
            Err(diagnostics) if sure.contains(thread) => problems.extend(diagnostics),
            Err(_) => {}
        }
    }
    program.symbols.len() > before
}

/// The threads whose code is the known address of a load, and those whose code may be read by a load from
/// any address.
fn read_threads(program: &Program, accesses: &[Access]) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let threads = |values: &mut dyn Iterator<Item = Value>| -> BTreeSet<usize> {
        values
            .filter_map(code_target)
            .map(|(thread, _)| thread)
            .filter(|t| *t < program.threads.len())
            .collect()
    };
    let mut loads = accesses.iter().filter(|access| !access.store);
    let sure = threads(&mut loads.clone().flat_map(|access| access.addresses.iter().flatten().copied()));
    let anywhere = loads.any(|access| access.addresses.is_none());
    let possible = if anywhere { threads(&mut named(program)) } else { BTreeSet::new() };
    (sure, possible)
}

/// The registers, by thread, that some load fills with an instruction.
pub(super) fn filled(program: &Program, accesses: &[Access]) -> BTreeSet<(usize, Reg)> {
    let reads_code = |access: &&Access| {
        let mut addresses = access.addresses.iter().flatten();
        !access.store && access.size == CELL && addresses.any(|address| code_target(*address).is_some())
    };
    let mut filled = BTreeSet::new();
    for access in accesses.iter().filter(reads_code) {
        for alt in &program.threads[access.thread].instrs[access.instr].alts {
            let mut words = BTreeSet::new();
            for op in &alt.ops {
                match op {
                    Op::Load { dst, .. } => drop(words.insert(*dst)),
                    Op::Alu { dst, op: AluOp::ZeroExtend(32..) | AluOp::SignExtend(32), args }
                        if words.contains(&args[0]) =>
                    {
                        words.insert(*dst);
                    }
                    Op::Write { reg, src, .. } if words.contains(src) => {
                        filled.insert((access.thread, *reg));
                    }
                    _ => {}
                }
            }
        }
    }
    filled
}

/// The values that a program begins with or makes from nothing.
fn named(program: &Program) -> impl Iterator<Item = Value> {
    let ops = |op: &Op| match op {
        Op::Const { value, .. } => Some(*value),
        _ => None,
    };
    let cells = program.symbols.iter().flat_map(|symbol| symbol.init.as_chunks::<8>().0);
    let instrs = program.threads.iter().flat_map(|thread| &thread.instrs).flat_map(|instr| &instr.alts);
    let registers = program.threads.iter().flat_map(|thread| thread.init.iter().copied());
    let memory = cells.map(|bytes| Value::from_le_bytes(*bytes));
    registers.chain(memory).chain(instrs.flat_map(|alt| &alt.ops).filter_map(ops))
}

fn add(program: &mut Program, thread: usize, base: Value, words: &[Encoded]) {
    let place = program.symbols.partition_point(|symbol| symbol.base < base);
    let init = words.iter().flat_map(|encoded| encoded.word.to_le_bytes()).collect();
    let name = format!("P{thread}");
    program.symbols.insert(place, Symbol { name, base, init, cell: CELL, declared: true, code: true });
    for encoded in words {
        if let Err(place) = program.words.binary_search_by_key(&encoded.word, |(word, _)| *word) {
            program.words.insert(place, (encoded.word, encoded.text.clone()));
        }
    }
}
