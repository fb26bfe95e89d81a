//! Conditional selects and compares: the condition is a pick, and only the chosen sources are read.

use super::builder::Builder;
use super::compute::{sum, value};
use crate::condition::Condition;
use crate::instr::{ConditionalCompare, Otherwise, Select};
use crate::registers::{FLAGS, Name, RegisterName};
use sim_core::litmus::Context;
use sim_core::program::{Alt, AluOp, GuardKind, Next, Port, Tmp, Value};

/// One alternative for each outcome of a condition that both can have.
fn ways(
    condition: Condition,
    labels: [&'static str; 2],
    context: &dyn Context,
    lower: impl Fn(bool, Option<Tmp>, &mut Builder<'_>),
) -> Vec<Alt> {
    let way = |label, holds| {
        let mut builder = Builder::new(context);
        let after = (!condition.always()).then(|| {
            let cond = builder.condition(condition);
            builder.guard(cond, holds, GuardKind::Pick)
        });
        lower(holds, after, &mut builder);
        builder.finish(label, Next::Fall)
    };
    if condition.always() { vec![way("", true)] } else { vec![way(labels[0], true), way(labels[1], false)] }
}

/// `CSEL` and its relatives.
pub fn select(select: &Select, context: &dyn Context) -> Vec<Alt> {
    ways(select.condition, ["picks first", "picks second"], context, |holds, after, builder| {
        let chosen = if holds { &select.first } else { &select.second };
        // The zero register is not read: the write itself waits for the pick.
        let write_after = if chosen.name == Name::Zero { after } else { None };
        let value = builder.read(chosen, Port::Plain, after);
        let otherwise = if holds { Otherwise::Same } else { select.otherwise };
        let value = change(value, otherwise, chosen, builder);
        builder.write(&select.target, value, write_after);
    })
}

fn change(value: Tmp, otherwise: Otherwise, register: &RegisterName, builder: &mut Builder<'_>) -> Tmp {
    let w = register.width.bits();
    match otherwise {
        Otherwise::Same => value,
        Otherwise::Invert => builder.invert(value, w),
        Otherwise::Increment => {
            let one = builder.constant(1);
            builder.alu(AluOp::Add(w), [value, one])
        }
        Otherwise::Negate => {
            let zero = builder.constant(0);
            builder.alu(AluOp::Sub(w), [zero, value])
        }
    }
}

/// `CCMP` and `CCMN`: the flags of a comparison, or given ones.
pub fn compare(compare: &ConditionalCompare, context: &dyn Context) -> Vec<Alt> {
    ways(compare.condition, ["compares", "sets flags"], context, |holds, after, builder| {
        if !holds {
            let flags = builder.constant(Value::from(compare.flags));
            builder.write_hidden(FLAGS, flags, after);
            return;
        }
        let width = compare.first.width;
        let first = builder.read(&compare.first, Port::Plain, after);
        let second = value(&compare.second, width, after, builder);
        let (_, summands) = sum([first, second], compare.negate, false, width, builder);
        let flags = builder.alu(AluOp::AddFlags(width.bits()), summands);
        builder.write_hidden(FLAGS, flags, if compare.first.name == Name::Zero { after } else { None });
    })
}
