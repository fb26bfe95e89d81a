//! Values of a control path as expressions over the values that its loads return.

mod bits;

use super::path::Mask;
use crate::program::{AluOp, Value};

/// Index of an expression of one path.
pub type ExprId = u32;

/// One expression. Arguments come earlier in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A constant.
    Const(Value),
    /// What a load event of the path returns, or a store event carries that was pending when the path began.
    Load {
        /// Index of the event.
        event: u8,
        /// Whether the upper half of a load in two halves is meant.
        high: bool,
    },
    /// A pure function.
    Alu(AluOp, [ExprId; 3]),
}

/// The expressions of one path, each stored once.
///
/// Constants are folded, also where an operation cancels (`x ^ x`): a value that does not depend on a
/// load is a constant here, while its *dependency* on the load is kept by the path's source masks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exprs {
    /// Each with the load events that its value depends on.
    table: Vec<(Expr, Mask)>,
}

impl Exprs {
    /// The expression with this index.
    pub fn get(&self, id: ExprId) -> Expr {
        self.table[id as usize].0
    }

    /// The value of an expression that does not depend on any load.
    pub fn constant(&self, id: ExprId) -> Option<Value> {
        match self.get(id) {
            Expr::Const(value) => Some(value),
            _ => None,
        }
    }

    /// The index of `expr`, stored at its first use.
    pub fn add(&mut self, expr: Expr) -> ExprId {
        // Paths have a few dozen expressions, and equal ones are near.
        if let Some(index) = self.table.iter().rposition(|(other, _)| *other == expr) {
            return index as ExprId;
        }
        self.add_new(expr)
    }

    /// The index of `expr`, which is not stored yet.
    pub fn add_new(&mut self, expr: Expr) -> ExprId {
        debug_assert!(self.table.iter().all(|(other, _)| *other != expr));
        let loads = match expr {
            Expr::Const(_) => 0,
            Expr::Load { event, .. } => 1 << event,
            Expr::Alu(_, args) => args.into_iter().fold(0, |all, arg| all | self.loads(arg)),
        };
        self.table.push((expr, loads));
        (self.table.len() - 1) as ExprId
    }

    /// The index of a constant.
    pub fn add_const(&mut self, value: Value) -> ExprId {
        self.add(Expr::Const(value))
    }

    /// The index of a function's result, folded where it is known.
    pub fn add_alu(&mut self, op: AluOp, args: [ExprId; 3]) -> ExprId {
        let known = args.map(|a| self.constant(a));
        if let [Some(a), Some(b), Some(c)] = known {
            return self.add_const(op.apply([a, b, c]));
        }
        match op {
            AluOp::Copy | AluOp::First => return args[0],
            _ if op.cancels() && args[0] == args[1] => return self.add_const(0),
            AluOp::Eq if args[0] == args[1] => return self.add_const(1),
            AluOp::And | AluOp::Mul(_) if known[..2].contains(&Some(0)) => return self.add_const(0),
            AluOp::And | AluOp::Or if args[0] == args[1] => return args[0],
            AluOp::Or | AluOp::Xor | AluOp::Add(64) if known[0] == Some(0) => return args[1],
            AluOp::Or | AluOp::Xor | AluOp::Add(64) | AluOp::Sub(64) if known[1] == Some(0) => {
                return args[0];
            }
            AluOp::Select => match known[0] {
                Some(0) => return args[2],
                Some(_) => return args[1],
                None if args[1] == args[2] => return args[1],
                None => {}
            },
            AluOp::ZeroExtend(64) | AluOp::SignExtend(64) => return args[0],
            AluOp::ZeroExtend(bits) => {
                if let Expr::Alu(AluOp::ZeroExtend(inner), _) = self.get(args[0])
                    && inner <= bits
                {
                    return args[0];
                }
            }
            _ => {}
        }
        self.add(Expr::Alu(op, args))
    }

    /// The value of an expression, where `load(event, high)` gives the values that are known.
    pub fn eval(&self, id: ExprId, load: &impl Fn(u8, bool) -> Option<Value>) -> Option<Value> {
        match self.get(id) {
            Expr::Const(value) => Some(value),
            Expr::Load { event, high } => load(event, high),
            Expr::Alu(op, args) => self.apply(op, args, load),
        }
    }

    /// The value of a function. Its arguments are mostly constants and loads, for which there is no call.
    fn apply(
        &self,
        op: AluOp,
        [a, b, c]: [ExprId; 3],
        load: &impl Fn(u8, bool) -> Option<Value>,
    ) -> Option<Value> {
        let value = |id: ExprId| match self.get(id) {
            Expr::Const(value) => Some(value),
            Expr::Load { event, high } => load(event, high),
            Expr::Alu(op, args) => self.apply(op, args, load),
        };
        let first = value(a)?;
        let second = if b == a { first } else { value(b)? };
        let third = if c == a {
            first
        } else if c == b {
            second
        } else {
            value(c)?
        };
        Some(op.apply([first, second, third]))
    }

    /// The load events that an expression's value depends on.
    pub fn loads(&self, id: ExprId) -> Mask {
        self.table[id as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cancels_is_constant_and_what_does_not_is_not() {
        let mut exprs = Exprs::default();
        let load = exprs.add(Expr::Load { event: 3, high: false });
        let zero = exprs.add_alu(AluOp::Xor, [load, load, load]);
        assert_eq!(exprs.constant(zero), Some(0));
        let one = exprs.add_const(1);
        let sum = exprs.add_alu(AluOp::Add(32), [load, one, one]);
        assert_eq!(exprs.constant(sum), None);
        assert_eq!(exprs.loads(sum), 1 << 3);
        assert_eq!(exprs.eval(sum, &|_, _| Some(u64::from(u32::MAX))), Some(0));
        assert_eq!(exprs.eval(sum, &|_, _| None), None);
    }
}
