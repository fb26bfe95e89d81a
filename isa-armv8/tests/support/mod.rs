//! A sequential AArch64 for tests: parses, lowers and runs single instructions.

#![allow(dead_code, reason = "each test file uses a part")]

use isa_armv8::AArch64;
use sim_core::diagnostic::{Diagnostic, Severity, Span};
use sim_core::litmus::{Context, FrontEnd};
use sim_core::program::eval::{Bytes, Target, run};
use sim_core::program::{Alt, Reg, Value};
use std::collections::BTreeMap;

/// Instruction 8 of 20 of thread 1; label `Ln` stands before instruction `n`; symbolic registers are `X20`.
pub struct Surroundings;

impl Context for Surroundings {
    fn place(&self) -> (usize, u32) {
        (1, 8)
    }
    fn length(&self) -> u32 {
        20
    }
    fn symbol(&self, _: &str) -> Value {
        0
    }
    fn label(&self, name: &str) -> u32 {
        name.trim_start_matches('L').parse().unwrap_or(0)
    }
    fn symbolic(&self, _: &str) -> Reg {
        Reg(x(20) as u8)
    }
}

/// The diagnostics of one instruction, parsed and lowered.
pub fn diagnose(text: &str) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if let Some(instr) = AArch64.parse(text, 0, &mut diagnostics) {
        let alts = AArch64.lower(&instr, Span::new(0, text.len()), &Surroundings, &mut diagnostics);
        assert_eq!(alts.is_empty(), diagnostics.iter().any(|d| d.severity == Severity::Error), "{text}");
    }
    diagnostics
}

/// The alternatives of one instruction, which must have no errors.
#[track_caller]
pub fn alternatives(text: &str) -> Vec<Alt> {
    let mut diagnostics = Vec::new();
    let instr = AArch64.parse(text, 0, &mut diagnostics).unwrap_or_else(|| panic!("{text}: {diagnostics:?}"));
    let alts = AArch64.lower(&instr, Span::new(0, text.len()), &Surroundings, &mut diagnostics);
    assert!(!alts.is_empty(), "{text}: {diagnostics:?}");
    alts
}

/// Registers and memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Core {
    pub registers: Vec<Value>,
    pub memory: BTreeMap<Value, u8>,
}

/// Number of a general-purpose register among the registers: `XZR` and `SP` come first.
pub fn x(number: usize) -> usize {
    number + 2
}

/// Number of the packed flags among the registers.
pub const FLAGS: usize = 33;

impl Core {
    /// `X1`, `X2`, `X3` and the flags as given, everything else 0.
    pub fn new(x1: Value, x2: Value, x3: Value, flags: Value) -> Core {
        let mut registers = vec![0; AArch64.registers().len()];
        registers[x(1)..x(4)].copy_from_slice(&[x1, x2, x3]);
        registers[FLAGS] = flags;
        Core { registers, memory: BTreeMap::new() }
    }

    /// Writes memory.
    pub fn with(mut self, address: Value, size: u8, value: u128) -> Core {
        self.memory.store(address, size, value);
        self
    }

    /// Reads memory.
    pub fn at(&self, address: Value, size: u8) -> u128 {
        self.memory.load(address, size)
    }

    /// Every way in which the instruction can execute, as (label, core after it, where it goes).
    #[track_caller]
    pub fn ways(&self, text: &str) -> Vec<(&'static str, Core, Target)> {
        let mut ways = Vec::new();
        for alt in alternatives(text) {
            let mut after = self.clone();
            if let Some(target) = run(&alt, &mut after.registers, &mut after.memory) {
                ways.push((alt.label, after, target));
            }
        }
        ways
    }

    /// The only way in which the instruction can execute.
    #[track_caller]
    pub fn step(&self, text: &str) -> (Core, Target) {
        let mut ways = self.ways(text);
        assert_eq!(ways.len(), 1, "{text}");
        let (_, core, target) = ways.remove(0);
        (core, target)
    }
}
