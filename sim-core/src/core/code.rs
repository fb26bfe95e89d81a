//! The static side of one thread: its instructions, its loop heads, the registers that still matter.

use crate::order::{Layout, Order};
use crate::program::{Next, Op, Thread};

/// A thread with what can be said of it before it runs.
#[derive(Debug, Clone)]
pub struct Code<'a> {
    /// The thread.
    pub thread: &'a Thread,
    /// The local order it runs under.
    pub order: &'a Order,
    /// How symbols lie in memory.
    pub layout: &'a Layout,
    /// Index of the thread in its program.
    pub index: usize,
    /// `live[pc]`: the registers whose contents before instruction `pc` can matter later, as a bit set.
    live: Vec<u64>,
    /// `head[pc]`: whether some instruction at or after `pc` jumps to it.
    heads: Vec<bool>,
    /// Where an indirect jump can go: labels, and what follows a jump.
    pub targets: Vec<u32>,
}

impl<'a> Code<'a> {
    /// Analyses a thread of which the registers in the bit set `observed` belong to final states.
    pub fn new(
        thread: &'a Thread,
        index: usize,
        observed: u64,
        order: &'a Order,
        layout: &'a Layout,
    ) -> Code<'a> {
        let mut targets: Vec<u32> = thread.labels.iter().map(|(_, pc)| *pc).collect();
        let mut heads = vec![false; thread.instrs.len() + 1];
        for (pc, instr) in thread.instrs.iter().enumerate() {
            for alt in &instr.alts {
                match alt.next {
                    Next::Jump(target) if target as usize <= pc => heads[target as usize] = true,
                    Next::Jump(_) | Next::Indirect(_) => targets.push(pc as u32 + 1),
                    _ => {}
                }
            }
        }
        if thread.instrs.iter().flat_map(|i| &i.alts).any(|a| matches!(a.next, Next::Indirect(_))) {
            targets.iter().for_each(|t| heads[*t as usize] = true);
        }
        targets.sort_unstable();
        targets.dedup();
        let live = liveness(thread, observed, &targets);
        Code { thread, order, layout, index, live, heads, targets }
    }

    /// The registers whose contents before instruction `pc` can matter, as a bit set.
    pub fn live(&self, pc: u32) -> u64 {
        self.live[pc as usize]
    }

    /// Whether a loop can jump back to `pc`.
    pub fn is_head(&self, pc: u32) -> bool {
        self.heads[pc as usize]
    }

    /// Index one past the last instruction: the end of the thread.
    pub fn end(&self) -> u32 {
        self.thread.instrs.len() as u32
    }
}

/// Backward liveness of registers to a fixed point.
fn liveness(thread: &Thread, observed: u64, targets: &[u32]) -> Vec<u64> {
    let end = thread.instrs.len();
    let mut live = vec![0; end + 1];
    live[end] = observed;
    loop {
        let mut changed = false;
        for pc in (0..end).rev() {
            let mut before = 0;
            for alt in &thread.instrs[pc].alts {
                let mut needed = match alt.next {
                    Next::Fall => live[pc + 1],
                    Next::Jump(target) => live[target as usize],
                    Next::End => observed,
                    Next::Indirect(_) => targets.iter().fold(observed, |all, t| all | live[*t as usize]),
                };
                for op in alt.ops.iter().rev() {
                    match op {
                        Op::Write { reg, .. } => needed &= !(1 << reg.0),
                        Op::Read { reg, .. } => needed |= 1 << reg.0,
                        _ => {}
                    }
                }
                before |= needed;
            }
            changed |= live[pc] != before;
            live[pc] = before;
        }
        if !changed {
            return live;
        }
    }
}
