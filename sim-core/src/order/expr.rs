//! Values of a control path as expressions over the values that its loads return.

mod bits;

use std::hash::BuildHasher as _;

use memchr::memrchr_iter;

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
    table: Vec<Entry>,
    /// One byte of each expression's hash: by it expressions of a long path are found.
    marks: Vec<u8>,
}

/// An expression, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    expr: Expr,
    /// The load events that its value depends on.
    loads: Mask,
    /// How many expressions it takes to compute the value if what is needed twice is computed twice, or a lower bound of it.
    steps: u32,
}

impl Exprs {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The expression with this index.
    pub fn get(&self, id: ExprId) -> Expr {
        self.table[id as usize].expr
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
        let mut known = memrchr_iter(mark(&expr), &self.marks);
        match known.find(|index| self.table[*index].expr == expr) {
            Some(index) => index as ExprId,
            None => self.add_new(expr),
        }
    }

    /// The index of `expr`, which is not stored yet.
    pub fn add_new(&mut self, expr: Expr) -> ExprId {
        debug_assert!(self.table.iter().all(|entry| entry.expr != expr));
        let (loads, steps) = match expr {
            Expr::Const(_) => (0, 1),
            Expr::Load { event, .. } => (1 << event, 1),
            Expr::Alu(_, [a, b, c]) => {
                let others = [b, c].into_iter().filter(|arg| *arg != a);
                let others = others.take(if b == c { 1 } else { 2 });
                [a].into_iter().chain(others).fold((0, 1_u32), |(loads, steps), arg| {
                    let arg = &self.table[arg as usize];
                    (loads | arg.loads, steps.saturating_add(arg.steps))
                })
            }
        };
        self.table.push(Entry { expr, loads, steps });
        self.marks.push(mark(&expr));
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
        if self.table[id as usize].steps > STEPS_MAX {
            return self.eval_each_once(id, load);
        }
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
        args: [ExprId; 3],
        load: &impl Fn(u8, bool) -> Option<Value>,
    ) -> Option<Value> {
        let value = |id: ExprId| match self.get(id) {
            Expr::Const(value) => Some(value),
            Expr::Load { event, high } => load(event, high),
            Expr::Alu(op, args) => self.apply(op, args, load),
        };
        values(args, value).map(|values| op.apply(values))
    }

    /// The same for an expression of which much is needed more than once: with what every expression before it has as its
    /// value.
    fn eval_each_once(&self, id: ExprId, load: &impl Fn(u8, bool) -> Option<Value>) -> Option<Value> {
        let mut needed = vec![false; id as usize + 1];
        needed[id as usize] = true;
        for at in (0..needed.len()).rev() {
            if needed[at]
                && let Expr::Alu(_, args) = self.table[at].expr
            {
                args.into_iter().for_each(|arg| needed[arg as usize] = true);
            }
        }
        let mut known: Vec<Option<Value>> = vec![None; needed.len()];
        for at in (0..needed.len()).filter(|at| needed[*at]) {
            known[at] = match self.table[at].expr {
                Expr::Const(value) => Some(value),
                Expr::Load { event, high } => load(event, high),
                Expr::Alu(op, args) => values(args, |arg| known[arg as usize]).map(|values| op.apply(values)),
            };
        }
        known[id as usize]
    }

    /// The load events that an expression's value depends on.
    pub fn loads(&self, id: ExprId) -> Mask {
        self.table[id as usize].loads
    }
}

/// Values of larger expressions are computed from those of all that they consist of.
const STEPS_MAX: u32 = 256;

/// The values of the arguments of a function, if all are known; arguments that it does not have repeat others.
fn values([a, b, c]: [ExprId; 3], value: impl Fn(ExprId) -> Option<Value>) -> Option<[Value; 3]> {
    let first = value(a)?;
    let second = if b == a { first } else { value(b)? };
    let third = if c == a {
        first
    } else if c == b {
        second
    } else {
        value(c)?
    };
    Some([first, second, third])
}

fn mark(expr: &Expr) -> u8 {
    foldhash::fast::FixedState::default().hash_one(expr) as u8
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

    /// Fibonacci numbers: what is needed twice is not computed twice, or this would take for ever.
    #[test]
    fn what_is_needed_often_is_computed_once() {
        let mut exprs = Exprs::default();
        let load = exprs.add(Expr::Load { event: 0, high: false });
        let (mut last, mut next) = (load, exprs.add_const(1));
        let (mut expect_last, mut expect_next) = (5_u64, 1_u64);
        for count in 0..90 {
            let sum = exprs.add_alu(AluOp::Add(64), [last, next, next]);
            (last, next) = (next, sum);
            (expect_last, expect_next) = (expect_next, expect_last.wrapping_add(expect_next));
            assert_eq!(exprs.eval(next, &|_, _| Some(5)), Some(expect_next), "{count}");
            assert_eq!(exprs.eval(next, &|_, _| None), None);
            assert_eq!(exprs.loads(next), 1);
            let zero = exprs.add_const(0);
            assert_eq!(exprs.add_alu(AluOp::Add(64), [zero, next, next]), next);
        }
    }
}
