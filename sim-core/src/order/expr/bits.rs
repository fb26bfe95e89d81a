//! Leaving out of an expression what does not show in the bits that matter.
//!
//! A condition asks for one flag, and the flags of an addition are computed together: most of what they are computed by is
//! of no use to the condition, which is asked again and again.

use super::{Expr, ExprId, Exprs};
use crate::program::{AluOp, Value};

/// How deep an expression is looked into.
const DEPTH_MAX: u32 = 8;

impl Exprs {
    /// An expression of the same value and the same loads as this one, which takes no longer to compute.
    pub fn shortened(&mut self, id: ExprId) -> ExprId {
        let short = self.in_bits(id, Value::MAX, DEPTH_MAX);
        if self.loads(short) == self.loads(id) { short } else { id }
    }

    /// An expression that has the same value in the bits of `mask`.
    fn in_bits(&mut self, id: ExprId, mask: Value, depth: u32) -> ExprId {
        let Expr::Alu(op, [a, b, _]) = self.get(id) else { return id };
        let Some(deeper) = depth.checked_sub(1) else { return id };
        match (op, self.constant(b)) {
            (AluOp::And, Some(kept)) => {
                let a = self.in_bits(a, mask & kept, deeper);
                self.add_alu(op, [a, b, b])
            }
            (AluOp::Shr(width), Some(by)) if by < Value::from(width) => {
                let a = self.in_bits(a, mask << by & lowest(width), deeper);
                self.add_alu(op, [a, b, b])
            }
            (AluOp::Or | AluOp::Xor, _) if self.possible(b, deeper) & mask == 0 => {
                self.in_bits(a, mask, deeper)
            }
            (AluOp::Or | AluOp::Xor, _) if self.possible(a, deeper) & mask == 0 => {
                self.in_bits(b, mask, deeper)
            }
            (AluOp::Or | AluOp::Xor, _) => {
                let (a, b) = (self.in_bits(a, mask, deeper), self.in_bits(b, mask, deeper));
                self.add_alu(op, [a, b, b])
            }
            _ => id,
        }
    }

    /// The bits that the value of an expression can have.
    fn possible(&self, id: ExprId, depth: u32) -> Value {
        let (op, [a, b, _]) = match self.get(id) {
            Expr::Const(value) => return value,
            Expr::Load { .. } => return Value::MAX,
            Expr::Alu(op, args) => (op, args),
        };
        let Some(deeper) = depth.checked_sub(1) else { return Value::MAX };
        match (op, self.constant(b)) {
            (AluOp::And, _) => self.possible(a, deeper) & self.possible(b, deeper),
            (AluOp::Or | AluOp::Xor, _) => self.possible(a, deeper) | self.possible(b, deeper),
            (AluOp::Shl(width), Some(by)) if by < Value::from(width) => {
                self.possible(a, deeper) << by & lowest(width)
            }
            (AluOp::Shr(width), Some(by)) if by < Value::from(width) => {
                (self.possible(a, deeper) & lowest(width)) >> by
            }
            (AluOp::ZeroExtend(width), _) => self.possible(a, deeper) & lowest(width),
            (AluOp::Eq, _) => 1,
            (AluOp::AddFlags(_), _) => 0b1111,
            _ => Value::MAX,
        }
    }
}

/// A number with its lower `bits` bits set.
fn lowest(bits: u8) -> Value {
    Value::MAX.checked_shr(64 - u32::from(bits)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % bound
        }
    }

    #[test]
    fn what_is_shortened_has_the_same_value() {
        use AluOp::{Add, AddFlags, And, CountOnes, Eq, Or, Shl, Shr, Sub, Xor, ZeroExtend};
        let ops = [And, And, Or, Xor, Shl(32), Shr(32), Shr(64), Shl(64), ZeroExtend(8), ZeroExtend(32)];
        let ops = [&ops[..], &[Add(32), Sub(32), AddFlags(32), CountOnes, Eq]].concat();
        let constants = [0, 1, 2, 4, 5, 16, 33, 63, 0xff, 0xffff_ffff, Value::MAX];
        let mut numbers = Numbers(1);
        let mut shorter = 0;
        for _ in 0..200 {
            let mut exprs = Exprs::default();
            let mut ids: Vec<ExprId> =
                (0..2).map(|event| exprs.add(Expr::Load { event, high: false })).collect();
            ids.extend(constants.iter().map(|constant| exprs.add_const(*constant)));
            for _ in 0..20 {
                let [a, b] = [numbers.below(ids.len()), numbers.below(ids.len())];
                let op = ops[numbers.below(ops.len())];
                ids.push(exprs.add_alu(op, [ids[a], ids[b], ids[b]]));
            }
            for (id, mask) in ids.iter().flat_map(|id| constants.map(|mask| (*id, mask))) {
                let mask = exprs.add_const(mask);
                let id = exprs.add_alu(And, [id, mask, mask]);
                let short = exprs.shortened(id);
                shorter += usize::from(short != id);
                assert_eq!(exprs.loads(short), exprs.loads(id));
                for [x, y] in [[0, 0], [1, 2], [5, Value::MAX], [1 << 31, 0xffff_ffff], [77, 1 << 63]] {
                    let load = |event, _| Some([x, y][usize::from(event)]);
                    assert_eq!(exprs.eval(short, &load), exprs.eval(id, &load), "{:?}", exprs.get(id));
                }
            }
        }
        assert!(shorter > 100, "{shorter}");
    }

    #[test]
    fn a_flag_needs_no_other_flags() {
        let mut exprs = Exprs::default();
        let load = exprs.add(Expr::Load { event: 0, high: false });
        let [one, two, five, sixteen] = [1, 2, 5, 16].map(|constant| exprs.add_const(constant));
        let packed = exprs.add_alu(AluOp::AddFlags(32), [load, five, one]);
        let adjust = exprs.add_alu(AluOp::And, [load, sixteen, sixteen]);
        let flags = exprs.add_alu(AluOp::Or, [packed, adjust, adjust]);
        let moved = exprs.add_alu(AluOp::Shr(64), [flags, two, two]);
        let zero = exprs.add_alu(AluOp::And, [moved, one, one]);
        let moved = exprs.add_alu(AluOp::Shr(64), [packed, two, two]);
        let direct = exprs.add_alu(AluOp::And, [moved, one, one]);
        assert_eq!(exprs.shortened(zero), direct);
    }
}
