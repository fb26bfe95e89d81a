//! Which temporaries of a thread can have a say in where it accesses memory, or in what it stores there.

use std::collections::BTreeSet;

use crate::program::{Op, Reg, Thread, Tmp};

/// The relevant temporaries: `[instruction][alternative]`.
///
/// Flow-insensitive in registers. Conditions have no say, as the analysis takes each way at every fork.
pub(super) type Relevance = Vec<Vec<BTreeSet<Tmp>>>;

/// Finds the relevant temporaries of a thread.
pub(super) fn relevance(thread: &Thread) -> Relevance {
    let mut registers = BTreeSet::new();
    loop {
        let before = registers.len();
        let relevance: Relevance = thread
            .instrs
            .iter()
            .map(|instr| instr.alts.iter().map(|alt| backwards(&alt.ops, &mut registers)).collect())
            .collect();
        if registers.len() == before {
            return relevance;
        }
    }
}

/// The relevant temporaries of one alternative, if these registers are relevant behind it; adds the registers that
/// they are read from.
fn backwards(ops: &[Op], registers: &mut BTreeSet<Reg>) -> BTreeSet<Tmp> {
    let mut relevant = BTreeSet::new();
    for op in ops.iter().rev() {
        match op {
            Op::Store { addr, value, high, .. } => {
                relevant.extend([addr, value].into_iter().chain(high).copied())
            }
            Op::Load { dst, high, addr, .. } => {
                if [dst].into_iter().chain(high).any(|tmp| relevant.contains(tmp)) {
                    relevant.insert(*addr);
                }
            }
            Op::Write { reg, src, .. } if registers.contains(reg) => drop(relevant.insert(*src)),
            Op::Read { dst, reg, .. } if relevant.contains(dst) => drop(registers.insert(*reg)),
            Op::Alu { dst, args, .. } if relevant.contains(dst) => relevant.extend(args),
            Op::Guard { dst, cond, .. } if relevant.contains(dst) => drop(relevant.insert(*cond)),
            Op::Const { .. }
            | Op::Read { .. }
            | Op::Write { .. }
            | Op::Alu { .. }
            | Op::Guard { .. }
            | Op::Fence(_) => {}
        }
    }
    relevant
}
