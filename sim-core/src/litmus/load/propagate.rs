//! Constant propagation: which addresses each access can have, and whose instructions each thread reaches.
//!
//! An abstract value is a small set of numbers, or any number. Registers are followed along the paths of
//! each thread; memory is one table for all threads, so the result holds for every interleaving. Both
//! only grow, hence the search for the fixed point ends.

mod value;

use crate::program::{AluOp, Instr, Next, Op, Program, Tmp, Value, code_target};
use std::collections::{BTreeMap, BTreeSet};
use std::iter::repeat_n;
use value::{Numbering, Set};

/// One access to memory that some path reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Access {
    /// Index of the thread.
    pub(super) thread: usize,
    /// Index of the instruction in it.
    pub(super) instr: usize,
    /// Size in bytes.
    pub(super) size: u8,
    /// Whether it is a store.
    pub(super) store: bool,
    /// The addresses that it can have; `None` for any.
    pub(super) addresses: Option<Vec<Value>>,
    /// Whether no branch decides if the instruction is executed.
    pub(super) certain: bool,
}

/// How many instructions are evaluated at most, before everything is taken to be possible.
const MOST_STEPS: usize = 200_000;

/// All accesses of a program, sorted. Symbols without a declared type count as having room for the
/// widest access. Gives every thread the guests that it can reach by indirect jumps.
pub(super) fn accesses(program: &mut Program) -> Vec<Access> {
    loop {
        let mut strangers = BTreeSet::new();
        let accesses = pass(program, &mut strangers);
        if strangers.is_empty() {
            return accesses;
        }
        for (thread, stranger) in strangers {
            let other = program.threads[stranger].clone();
            program.threads[thread].invite(stranger, &other);
        }
    }
}

/// All accesses, sorted; adds to `strangers` each thread with another one whose instructions it reaches and
/// does not have.
fn pass(program: &Program, strangers: &mut BTreeSet<(usize, usize)>) -> Vec<Access> {
    let mut memory = Memory::new(program);
    let mut steps = 0;
    let entries = loop {
        memory.grown = false;
        let entries: Vec<Entries> = (0..program.threads.len())
            .map(|thread| Walk::new(program, thread, &mut memory, strangers).run(&mut steps))
            .collect();
        if steps >= MOST_STEPS {
            return unknown_accesses(program);
        }
        if !memory.grown {
            break entries;
        }
    };
    let mut found = BTreeSet::new();
    for (thread, entries) in entries.iter().enumerate() {
        Walk::new(program, thread, &mut memory, strangers).note_accesses(entries, &mut found);
    }
    found.into_iter().collect()
}

/// Every access, at any address.
fn unknown_accesses(program: &Program) -> Vec<Access> {
    let mut found = BTreeSet::new();
    for (thread, code) in program.threads.iter().enumerate() {
        for (instr, instruction) in code.instrs.iter().enumerate() {
            for op in instruction.alts.iter().flat_map(|alt| &alt.ops) {
                if let Op::Load { size, .. } | Op::Store { size, .. } = op {
                    let (size, store) = (*size, matches!(op, Op::Store { .. }));
                    found.insert(Access { thread, instr, size, store, addresses: None, certain: false });
                }
            }
        }
    }
    found.into_iter().collect()
}

/// What each range of memory can hold.
struct Memory<'a> {
    program: &'a Program,
    /// Whether it can hold more than before the pass.
    grown: bool,
    /// By address and size: what was stored there.
    stored: BTreeMap<(Value, u8), Set>,
    /// By size: what was stored at some address that is not known.
    anywhere: BTreeMap<u8, Set>,
}

impl<'a> Memory<'a> {
    fn new(program: &'a Program) -> Memory<'a> {
        Memory { program, grown: false, stored: BTreeMap::new(), anywhere: BTreeMap::new() }
    }

    fn store(&mut self, addresses: &Set, size: u8, value: &Set) {
        let Some(known) = addresses.known() else {
            self.grown |= self.anywhere.entry(size).or_insert_with(Set::empty).join(value);
            return;
        };
        for &address in known {
            self.grown |= self.stored.entry((address, size)).or_insert_with(Set::empty).join(value);
        }
    }

    fn load(&self, addresses: &Set, size: u8) -> Set {
        let Some(known) = addresses.known() else { return Set::any() };
        if size > 8 {
            return Set::any();
        }
        let mut all = Set::empty();
        for &address in known {
            all.join(&self.load_one(address, size));
        }
        all
    }

    fn load_one(&self, address: Value, size: u8) -> Set {
        let mut all = self.initial(address, size);
        let end = address.saturating_add(Value::from(size));
        for (&(at, width), value) in self.stored.range((address.saturating_sub(16), 0)..(end, 0)) {
            if (at, width) == (address, size) {
                all.join(value);
            } else if at.saturating_add(Value::from(width)) > address {
                return Set::any();
            }
        }
        for (&width, value) in &self.anywhere {
            if width != size {
                return Set::any();
            }
            all.join(value);
        }
        all
    }

    /// The initial contents; 0 outside all symbols.
    fn initial(&self, address: Value, size: u8) -> Set {
        let mut bytes = [0; 8];
        for (byte, address) in bytes.iter_mut().zip(address..address.saturating_add(Value::from(size))) {
            if let Some((symbol, offset)) = self.program.symbol_at(address) {
                *byte = self.program.symbols[symbol].init[offset as usize];
            }
        }
        Set::one(Value::from_le_bytes(bytes))
    }
}

/// What the registers can hold before each instruction of a thread, by register; `None` where nothing reaches it.
type Entries = Vec<Option<Vec<Set>>>;

/// One pass over one thread.
struct Walk<'a, 'm> {
    program: &'a Program,
    thread: usize,
    memory: &'m mut Memory<'a>,
    strangers: &'m mut BTreeSet<(usize, usize)>,
    /// Where accesses are noted, once the registers are final.
    found: Option<&'m mut BTreeSet<Access>>,
    /// Whether no branch decides if the instruction at hand is executed.
    certain: bool,
}

impl<'a, 'm> Walk<'a, 'm> {
    fn new(
        program: &'a Program,
        thread: usize,
        memory: &'m mut Memory<'a>,
        strangers: &'m mut BTreeSet<(usize, usize)>,
    ) -> Walk<'a, 'm> {
        Walk { program, thread, memory, strangers, found: None, certain: false }
    }

    /// Follows the registers to their fixed point; gives up when `steps` reaches [`MOST_STEPS`].
    fn run(&mut self, steps: &mut usize) -> Entries {
        let thread = &self.program.threads[self.thread];
        let length = thread.instrs.len();
        let mut entry: Entries = vec![None; length];
        let mut pending = BTreeSet::new();
        if length > 0 {
            entry[0] = Some(thread.init.iter().map(|&value| Set::one(value)).collect());
            pending.insert(0);
        }
        while let Some(index) = pending.pop_first() {
            *steps += 1;
            if *steps >= MOST_STEPS {
                break;
            }
            let Some(registers) = entry[index].clone() else { continue };
            for (target, after) in self.instruction(index, &thread.instrs[index], registers) {
                if target >= length {
                    continue;
                }
                let changed = match &mut entry[target] {
                    Some(before) => join_all(before, &after),
                    unreached => {
                        *unreached = Some(after);
                        true
                    }
                };
                if changed {
                    pending.insert(target);
                }
            }
        }
        entry
    }

    /// Notes the accesses of each instruction that is reached, with everything that its registers can hold.
    fn note_accesses(&mut self, entries: &Entries, found: &'m mut BTreeSet<Access>) {
        let thread = &self.program.threads[self.thread];
        self.found = Some(found);
        // The instruction that is executed next whatever happens, if it is known.
        let mut certain = Some(0);
        for (index, registers) in entries.iter().enumerate() {
            let Some(registers) = registers else { continue };
            self.certain = certain == Some(index);
            let exits = self.instruction(index, &thread.instrs[index], registers.clone());
            if self.certain {
                let only = exits.first().map(|(target, _)| *target);
                let same = exits.iter().all(|(target, _)| Some(*target) == only);
                certain = only.filter(|&target| same && target > index);
            }
        }
    }

    /// Where control can go from an instruction, and with what registers.
    fn instruction(&mut self, index: usize, instr: &Instr, registers: Vec<Set>) -> Vec<(usize, Vec<Set>)> {
        let mut exits = Vec::new();
        for (alt, registers) in instr.alts.iter().zip(repeat_n(registers, instr.alts.len())) {
            let mut state = Alternative::new(registers);
            if !alt.ops.iter().all(|op| self.operation(index, op, &mut state)) {
                continue;
            }
            match alt.next {
                Next::Fall => exits.push((index + 1, state.registers)),
                Next::Jump(target) => exits.push((target as usize, state.registers)),
                Next::End => {}
                Next::Indirect(tmp) => {
                    let places = self.places(state.get(tmp).known());
                    exits.extend(places.into_iter().map(|place| (place, state.registers.clone())));
                }
            }
        }
        exits
    }

    /// Where an indirect jump goes that can have these targets; `None` for any.
    fn places(&mut self, targets: Option<&[Value]>) -> Vec<usize> {
        let (program, index) = (self.program, self.thread);
        let thread = &program.threads[index];
        let mut meet = |other: usize| {
            let stranger = other != index && thread.guests.iter().all(|guest| guest.thread != other);
            if stranger && other < program.threads.len() {
                self.strangers.insert((index, other));
            }
        };
        let Some(targets) = targets else {
            (0..program.threads.len()).for_each(meet);
            return (0..thread.instrs.len()).collect();
        };
        targets.iter().filter_map(|&target| code_target(target)).for_each(|(other, _)| meet(other));
        targets.iter().filter_map(|&target| Some(thread.place_of(index, target)? as usize)).collect()
    }

    /// The effect of one operation; `false` if the alternative cannot be taken.
    fn operation(&mut self, instr: usize, op: &Op, state: &mut Alternative) -> bool {
        match op {
            Op::Const { dst, value } => state.define_constant(*dst, *value),
            Op::Read { dst, reg, .. } => state.read(*dst, usize::from(reg.0)),
            Op::Write { reg, src, .. } => state.write(usize::from(reg.0), *src),
            Op::Alu { dst, op, args } => state.compute(*dst, *op, *args),
            Op::Guard { dst, cond, expect, .. } => return state.guard(*dst, *cond, *expect),
            Op::Load { dst, high, addr, size, .. } => {
                let addresses = state.get(*addr);
                self.note(instr, *size, false, &addresses);
                if high.is_some() {
                    // Halves are values of their own: narrower than a cell, they divide it.
                    self.note(instr, *size / 2, false, &addresses);
                }
                let value = if high.is_some() { Set::any() } else { self.memory.load(&addresses, *size) };
                state.define(*dst, value);
                if let Some(high) = high {
                    state.define(*high, Set::any());
                }
            }
            Op::Store { addr, value, high, size, .. } => {
                let addresses = state.get(*addr);
                self.note(instr, *size, true, &addresses);
                if high.is_some() {
                    self.note(instr, *size / 2, true, &addresses);
                }
                let whole = high.is_none() && *size <= 8;
                let value = if whole { state.get(*value).truncated(*size) } else { Set::any() };
                self.memory.store(&addresses, *size, &value);
            }
            Op::Fence(_) => {}
        }
        true
    }

    fn note(&mut self, instr: usize, size: u8, store: bool, addresses: &Set) {
        let Some(found) = &mut self.found else { return };
        let addresses = addresses.known().map(<[Value]>::to_vec);
        let (thread, certain) = (self.thread, self.certain);
        found.insert(Access { thread, instr, size, store, addresses, certain });
    }
}

fn join_all(before: &mut [Set], after: &[Set]) -> bool {
    let mut changed = false;
    for (before, after) in before.iter_mut().zip(after) {
        changed |= before.join(after);
    }
    changed
}

/// The state inside one alternative of an instruction.
struct Alternative {
    registers: Vec<Set>,
    /// By number; `None` before the definition.
    temporaries: Vec<Option<(Set, usize)>>,
    numbering: Numbering,
}

impl Alternative {
    fn new(registers: Vec<Set>) -> Alternative {
        let numbering = Numbering::new(registers.len());
        Alternative { registers, temporaries: Vec::new(), numbering }
    }

    fn temporary(&self, tmp: Tmp) -> Option<&(Set, usize)> {
        self.temporaries.get(usize::from(tmp.0))?.as_ref()
    }

    fn set(&mut self, tmp: Tmp, value: Set, number: usize) {
        let index = usize::from(tmp.0);
        if self.temporaries.len() <= index {
            self.temporaries.resize(index + 1, None);
        }
        self.temporaries[index] = Some((value, number));
    }

    fn get(&self, tmp: Tmp) -> Set {
        self.temporary(tmp).map_or_else(Set::any, |(set, _)| set.clone())
    }

    fn number(&self, tmp: Tmp) -> usize {
        self.temporary(tmp).map_or(usize::MAX, |(_, number)| *number)
    }

    fn define(&mut self, dst: Tmp, value: Set) {
        let number = self.numbering.fresh();
        self.set(dst, value, number);
    }

    fn define_constant(&mut self, dst: Tmp, value: Value) {
        let number = self.numbering.constant(value);
        self.set(dst, Set::one(value), number);
    }

    fn read(&mut self, dst: Tmp, reg: usize) {
        let value = self.registers.get(reg).cloned().unwrap_or_else(Set::any);
        let number = self.numbering.register(reg);
        self.set(dst, value, number);
    }

    fn write(&mut self, reg: usize, src: Tmp) {
        let value = self.get(src);
        if let Some(register) = self.registers.get_mut(reg) {
            *register = value;
            self.numbering.assign(reg, self.temporary(src).map(|(_, number)| *number));
        }
    }

    fn compute(&mut self, dst: Tmp, op: AluOp, args: [Tmp; 3]) {
        let numbers = args.map(|tmp| self.number(tmp));
        let value = if op.cancels() && numbers[0] == numbers[1] {
            Set::one(0)
        } else {
            Set::apply(op, args.map(|tmp| self.get(tmp)))
        };
        let number = match value.known() {
            Some(&[only]) => self.numbering.constant(only),
            _ => self.numbering.application(op, numbers),
        };
        self.set(dst, value, number);
    }

    fn guard(&mut self, dst: Tmp, cond: Tmp, expect: bool) -> bool {
        let value = self.get(cond);
        let possible = value.known().is_none_or(|known| known.iter().any(|&v| (v != 0) == expect));
        self.define(dst, value);
        possible
    }
}
