//! A sequential x86 for tests: parses, lowers and runs instructions one after the other.

use sim_core::diagnostic::{Diagnostic, Span};
use sim_core::litmus::{Context, FrontEnd};
use sim_core::program::eval::{Bytes, Target, run};
use sim_core::program::{Alt, Op, Reg, Tmp, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Address of the symbol `x`; other symbols follow by first letter.
pub const X: Value = 0x1000;

/// Symbols by their first letter, labels by their number.
struct Names;

impl Context for Names {
    fn place(&self) -> (usize, u32) {
        (0, 0)
    }
    fn symbol(&self, name: &str) -> Value {
        X + 0x40 * Value::from(name.bytes().next().unwrap_or(b'x').wrapping_sub(b'x'))
    }
    fn label(&self, name: &str) -> u32 {
        name.trim_start_matches('L').parse().unwrap_or(0)
    }
    fn symbolic(&self, _: &str) -> Reg {
        Reg(0)
    }
}

/// The alternatives of a parsed instruction.
pub fn lower<F: FrontEnd>(front_end: F, instr: &F::Instr) -> Vec<Alt> {
    let mut diagnostics = Vec::new();
    let alts = front_end.lower(instr, Span::default(), &Names, &mut diagnostics);
    assert_eq!(diagnostics, []);
    alts
}

/// A temporary that is used before it is defined, or defined twice.
pub fn undefined(alts: &[Alt]) -> Option<Tmp> {
    alts.iter().find_map(|alt| {
        let mut defined = BTreeSet::new();
        alt.ops.iter().find_map(|op| {
            let used: Vec<Tmp> = match op {
                Op::Const { .. } | Op::Fence(_) => Vec::new(),
                Op::Read { after, .. } => after.iter().copied().collect(),
                Op::Write { src, after, .. } => after.iter().chain([src]).copied().collect(),
                Op::Alu { args, .. } => args.to_vec(),
                Op::Guard { cond, .. } => vec![*cond],
                Op::Load { addr, .. } => vec![*addr],
                Op::Store { addr, value, after, .. } => after.iter().chain([addr, value]).copied().collect(),
            };
            let missing = used.into_iter().find(|tmp| !defined.contains(tmp));
            missing.or(op.defines().filter(|tmp| !defined.insert(*tmp)))
        })
    })
}

/// The alternatives of one instruction, which must parse without a diagnostic.
#[track_caller]
pub fn alternatives(front_end: impl FrontEnd, text: &str) -> Vec<Alt> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let instr = front_end.parse(text, 0, &mut diagnostics);
    assert_eq!(diagnostics, [], "{text}");
    let instr = instr.unwrap_or_else(|| panic!("{text} gives nothing"));
    lower(front_end, &instr)
}

/// Registers and memory.
#[derive(Debug, Clone)]
pub struct Cpu<F> {
    front_end: F,
    registers: Vec<Value>,
    pub memory: BTreeMap<Value, u8>,
}

impl<F: FrontEnd + Copy> Cpu<F> {
    pub fn new(front_end: F) -> Self {
        Cpu { front_end, registers: vec![0; front_end.registers().len()], memory: BTreeMap::new() }
    }

    /// Runs instructions separated by `|`, each of which must be able to execute in exactly one way.
    /// Gives where the last one goes.
    #[track_caller]
    pub fn run(&mut self, program: &str) -> Target {
        let mut target = Target::Fall;
        for text in program.split('|') {
            let alts = alternatives(self.front_end, text);
            let mut ways = Vec::new();
            for alt in &alts {
                let (mut registers, mut memory) = (self.registers.clone(), self.memory.clone());
                if let Some(target) = run(alt, &mut registers, &mut memory) {
                    ways.push((registers, memory, target));
                }
            }
            assert_eq!(ways.len(), 1, "{text}");
            (self.registers, self.memory, target) = ways.remove(0);
        }
        target
    }

    #[track_caller]
    pub fn get(&self, name: &str) -> Value {
        let view = self.front_end.register(name).expect(name);
        let whole = self.registers[usize::from(view.reg.0)] >> view.low;
        if view.bits == 64 { whole } else { whole & ((1 << view.bits) - 1) }
    }

    #[track_caller]
    pub fn set(&mut self, name: &str, value: Value) {
        let view = self.front_end.register(name).expect(name);
        let mask = (Value::MAX >> (64 - view.bits)) << view.low;
        let whole = &mut self.registers[usize::from(view.reg.0)];
        *whole = (*whole & !mask) | ((value << view.low) & mask);
    }

    pub fn load(&self, address: Value, size: u8) -> Value {
        self.memory.load(address, size) as Value
    }

    pub fn store(&mut self, address: Value, size: u8, value: Value) {
        self.memory.store(address, size, u128::from(value));
    }
}
