//! Jumps, the end of a thread, fences.

use super::Builder;
use crate::conditions::Condition;
use crate::instr::{Instr, OperandKind};
use crate::registers::Mode;
use sim_core::litmus::Context;
use sim_core::program::{Alt, Fence, GuardKind, Next, Op, Side};

fn target(instr: &Instr, context: &dyn Context) -> Next {
    match instr.operands.first().map(|operand| &operand.kind) {
        Some(OperandKind::Label(name)) => Next::Jump(context.label(&name.text)),
        _ => Next::End,
    }
}

/// A jump to a label; without one, the end of the thread.
pub(super) fn leave(instr: &Instr, context: &dyn Context) -> Vec<Alt> {
    vec![Alt { label: "", ops: Vec::new(), next: target(instr, context) }]
}

/// A conditional jump: taken, or not.
pub(super) fn branch(mode: Mode, instr: &Instr, condition: Condition, context: &dyn Context) -> Vec<Alt> {
    let side = |taken: bool| {
        let mut b = Builder::new(mode, instr, context);
        let test = b.test(condition);
        b.guard(test, taken != condition.negated, GuardKind::Branch);
        if taken { b.end("taken", target(instr, context)) } else { b.fall("not taken") }
    };
    vec![side(true), side(false)]
}

/// `mfence`: every earlier access completes, and every earlier store drains, before any later access.
pub(super) fn fence(b: &mut Builder<'_>) {
    b.push(Op::Fence(Fence { name: "MFENCE", before: Side::MEMORY, after: Side::MEMORY, context: false }));
}

/// An event that orders nothing on write-back memory beyond what TSO orders: `lfence`, `sfence`, `clflush`.
pub(super) fn event(b: &mut Builder<'_>, name: &'static str) {
    b.push(Op::Fence(Fence { name, before: Side::empty(), after: Side::empty(), context: false }));
}
