//! Arithmetic. Every register that is read makes the result depend on it.

use super::builder::Builder;
use crate::instr::{Compute, Fill, Function, Source};
use crate::registers::{FLAGS, Width};
use crate::syntax::Modifier;
use sim_core::program::{AluOp, Port, Tmp, Value};

/// Computes, and writes the target and the flags.
pub fn lower(compute: &Compute, builder: &mut Builder<'_>) {
    let width = compute.width();
    let sources: Vec<Tmp> =
        compute.sources.iter().map(|source| value(source, width, None, builder)).collect();
    let source = |at: usize| sources.get(at).or(sources.last()).copied();
    let (Some(a), Some(b), Some(c)) = (source(0), source(1), source(2)) else {
        debug_assert!(false, "every function has a source");
        return;
    };
    // The addition `a + b + c` whose flags are the instruction's.
    let (result, summands) = match compute.function {
        Function::Add { negate, carry } => sum([a, b], negate, carry, width, builder),
        Function::Logic { op, invert } => {
            let b = if invert { builder.invert(b, width.bits()) } else { b };
            let result = builder.alu(op, [a, b]);
            let zero = builder.constant(0);
            (result, [result, zero, zero])
        }
        function => {
            let result = evaluate(function, [a, b, c], width, builder);
            (result, [result; 3])
        }
    };
    builder.write(&compute.target, result, None);
    if compute.sets_flags {
        let flags = builder.alu(AluOp::AddFlags(width.bits()), summands);
        builder.write_hidden(FLAGS, flags, None);
    }
}

/// The value of a source at the width of the operation; bits above it may be set.
pub fn value(source: &Source, width: Width, after: Option<Tmp>, builder: &mut Builder<'_>) -> Tmp {
    match source {
        Source::Immediate(value) => builder.constant(value & (Value::MAX >> (64 - width.bits()))),
        Source::Register(register) => builder.read(register, Port::Plain, after),
        Source::Modified(register, modifier, amount) => {
            let value = builder.read(register, Port::Plain, after);
            modified(value, *modifier, *amount, width, builder)
        }
    }
}

/// A value shifted, or extended and then shifted.
pub fn modified(value: Tmp, modifier: Modifier, amount: u8, width: Width, builder: &mut Builder<'_>) -> Tmp {
    let w = width.bits();
    let (value, shift) = match modifier {
        Modifier::Lsl => (value, AluOp::Shl(w)),
        Modifier::Lsr => (value, AluOp::Shr(w)),
        Modifier::Asr => (value, AluOp::Sar(w)),
        Modifier::Ror => (value, AluOp::Ror(w)),
        Modifier::Extend(64, _) => (value, AluOp::Shl(w)),
        Modifier::Extend(bits, true) => (builder.alu(AluOp::SignExtend(bits), [value]), AluOp::Shl(w)),
        Modifier::Extend(bits, false) => (builder.narrow(value, bits), AluOp::Shl(w)),
    };
    if amount == 0 {
        return value;
    }
    let amount = builder.constant(Value::from(amount));
    builder.alu(shift, [value, amount])
}

/// A sum or difference, and the addition with three summands that it is.
pub fn sum(
    [a, b]: [Tmp; 2],
    negate: bool,
    carry: bool,
    width: Width,
    builder: &mut Builder<'_>,
) -> (Tmp, [Tmp; 3]) {
    let w = width.bits();
    let summand = if negate { builder.invert(b, w) } else { b };
    if carry {
        let flags = builder.read_hidden(FLAGS, None);
        let one = builder.constant(1);
        let shifted = builder.alu(AluOp::Shr(64), [flags, one]);
        let carry = builder.alu(AluOp::And, [shifted, one]);
        let partial = builder.alu(AluOp::Add(w), [a, summand]);
        return (builder.alu(AluOp::Add(w), [partial, carry]), [a, summand, carry]);
    }
    // The difference is computed as such, so that the machine sees that `a - a` is 0.
    let result = builder.alu(if negate { AluOp::Sub(w) } else { AluOp::Add(w) }, [a, b]);
    let carry = builder.constant(u64::from(negate));
    (result, [a, summand, carry])
}

/// The functions that never set flags.
fn evaluate(function: Function, [a, b, c]: [Tmp; 3], width: Width, builder: &mut Builder<'_>) -> Tmp {
    let w = width.bits();
    match function {
        Function::Copy | Function::Add { .. } | Function::Logic { .. } => a,
        Function::Shift(modifier) => {
            let most = builder.constant(Value::from(w - 1));
            let amount = builder.alu(AluOp::And, [b, most]);
            let op = match modifier {
                Modifier::Lsr => AluOp::Shr(w),
                Modifier::Asr => AluOp::Sar(w),
                Modifier::Ror => AluOp::Ror(w),
                Modifier::Lsl | Modifier::Extend(..) => AluOp::Shl(w),
            };
            builder.alu(op, [a, amount])
        }
        Function::Field { fill, rotate, last } => field([a, b], fill, rotate, last, w, builder),
        Function::Extract(0) => builder.with(b, a),
        Function::Extract(shift) => {
            let (down, up) = (builder.constant(shift.into()), builder.constant((w - shift).into()));
            let low = builder.alu(AluOp::Shr(w), [b, down]);
            let high = builder.alu(AluOp::Shl(w), [a, up]);
            builder.alu(AluOp::Or, [high, low])
        }
        Function::Keep(shift, value) => {
            let kept = builder.constant(!(0xffff << shift));
            let rest = builder.alu(AluOp::And, [a, kept]);
            let value = builder.constant(Value::from(value) << shift);
            builder.alu(AluOp::Or, [rest, value])
        }
        Function::Unary(op) => {
            let a = if op == AluOp::CountOnes { builder.narrow(a, w) } else { a };
            builder.alu(op, [a])
        }
        Function::Absolute => {
            let zero = builder.constant(0);
            let negative = builder.alu(AluOp::LessSigned(w), [a, zero]);
            let negated = builder.alu(AluOp::Sub(w), [zero, a]);
            builder.alu(AluOp::Select, [negative, negated, a])
        }
        Function::MultiplyAdd { negate, long } => {
            let [a, b] = match long {
                None => [a, b],
                Some(true) => [a, b].map(|factor| builder.alu(AluOp::SignExtend(32), [factor])),
                Some(false) => [a, b].map(|factor| builder.narrow(factor, 32)),
            };
            let product = builder.alu(AluOp::Mul(w), [a, b]);
            builder.alu(if negate { AluOp::Sub(w) } else { AluOp::Add(w) }, [c, product])
        }
        Function::Binary(op) => builder.alu(op, [a, b]),
    }
}

/// A moved bit field: the bits from `rotate` to `last` moved down to bit 0, or (where `last` is below
/// `rotate`) the bits from 0 to `last` moved up to bit `w - rotate`.
fn field([a, old]: [Tmp; 2], fill: Fill, rotate: u8, last: u8, w: u8, builder: &mut Builder<'_>) -> Tmp {
    let (down, bits, up) = match last.checked_sub(rotate) {
        Some(above) => (rotate, above + 1, 0),
        None => (0, last + 1, w - rotate),
    };
    let mut value = a;
    if down > 0 {
        let down = builder.constant(down.into());
        value = builder.alu(AluOp::Shr(w), [value, down]);
    }
    value = match fill {
        Fill::Sign => builder.alu(AluOp::SignExtend(bits), [value]),
        Fill::Zero | Fill::Old => builder.narrow(value, bits),
    };
    if up > 0 {
        let up = builder.constant(up.into());
        value = builder.alu(AluOp::Shl(w), [value, up]);
    }
    if fill != Fill::Old {
        return value;
    }
    let kept = builder.constant(!((Value::MAX >> (64 - bits)) << up));
    let rest = builder.alu(AluOp::And, [old, kept]);
    builder.alu(AluOp::Or, [rest, value])
}
