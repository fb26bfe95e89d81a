//! Branches. What a branch depends on is the condition of a [`GuardKind::Branch`] guard.

use super::builder::Builder;
use crate::instr::{Branch, Target};
use crate::registers::{LINK, Name, RegisterName, Width};
use sim_core::diagnostic::Diagnostic;
use sim_core::litmus::Context;
use sim_core::program::{self, Alt, AluOp, GuardKind, Next, Port, Tmp, Value};

/// The alternatives of a branch.
pub fn lower(branch: &Branch, context: &dyn Context, diagnostics: &mut Vec<Diagnostic>) -> Vec<Alt> {
    match branch {
        Branch::Always { target, link } => {
            let Some(index) = resolve(target, context, diagnostics) else {
                return Vec::new();
            };
            let mut builder = Builder::new(context);
            if *link {
                write_link(&mut builder, context);
            }
            vec![builder.finish("", Next::Jump(index))]
        }
        Branch::Flags(condition, target) => {
            let Some(index) = resolve(target, context, diagnostics) else {
                return Vec::new();
            };
            if condition.always() {
                return vec![Builder::new(context).finish("", Next::Jump(index))];
            }
            two_ways(context, index, true, |builder| builder.condition(*condition))
        }
        Branch::Register { register, bit, zero, target } => {
            let Some(index) = resolve(target, context, diagnostics) else {
                return Vec::new();
            };
            two_ways(context, index, !zero, |builder| {
                let value = builder.value(register, Port::Plain);
                let Some(bit) = bit else { return value };
                let mask = builder.constant(1 << bit);
                builder.alu(AluOp::And, [value, mask])
            })
        }
        Branch::Indirect { register, link } => {
            let mut builder = Builder::new(context);
            let target = builder.read(register, Port::Plain, None);
            builder.pass(target, GuardKind::Branch);
            if *link {
                write_link(&mut builder, context);
            }
            vec![builder.finish("", Next::Indirect(target))]
        }
    }
}

/// Taken where the condition's being other than 0 equals `taken_if`, and not taken.
fn two_ways(
    context: &dyn Context,
    index: u32,
    taken_if: bool,
    condition: impl Fn(&mut Builder<'_>) -> Tmp,
) -> Vec<Alt> {
    let way = |label, expect, next| {
        let mut builder = Builder::new(context);
        let cond = condition(&mut builder);
        builder.guard(cond, expect, GuardKind::Branch);
        builder.finish(label, next)
    };
    vec![way("taken", taken_if, Next::Jump(index)), way("not taken", !taken_if, Next::Fall)]
}

fn write_link(builder: &mut Builder<'_>, context: &dyn Context) {
    let (thread, index) = context.place();
    let address = builder.constant(program::code_address(thread, index + 1));
    builder.write(&RegisterName { width: Width::X, name: Name::General(LINK) }, address, None);
}

/// The index of the instruction that a target means.
fn resolve(target: &Target, context: &dyn Context, diagnostics: &mut Vec<Diagnostic>) -> Option<u32> {
    let (distance, span) = match target {
        Target::Label(label, _) => return Some(context.label(label)),
        Target::Relative(distance, span) => (*distance, *span),
    };
    let (_, index) = context.place();
    let place = u32::try_from(i64::from(index) + distance).ok().filter(|place| *place <= context.length());
    if place.is_none() {
        let message =
            format!("{} bytes from this instruction there is no instruction of the thread", distance * 4);
        let bounds = (i64::from(index) * -4, (i64::from(context.length()) - i64::from(index)) * 4);
        let note = format!("the thread reaches from {} to {} bytes from here", bounds.0, bounds.1);
        diagnostics.push(Diagnostic::error("branch-out-of-thread", span, message).note(note));
    }
    place
}

/// The code address that a target means.
pub fn code_address(
    target: &Target,
    context: &dyn Context,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let index = resolve(target, context, diagnostics)?;
    Some(program::code_address(context.place().0, index))
}
