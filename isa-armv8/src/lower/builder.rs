//! Writing one alternative.

use crate::condition::Condition;
use crate::registers::{FLAGS, Name, RegisterName, STACK, Width, general};
use sim_core::litmus::Context;
use sim_core::program::{Access, Alt, AluOp, GuardKind, Next, Op, Port, Reg, Tmp, Value};

/// One alternative under construction.
pub struct Builder<'a> {
    context: &'a dyn Context,
    ops: Vec<Op>,
    /// `bits[tmp]`: the value of the temporary has no bit set from this one on.
    bits: Vec<u8>,
    /// Reads so far: the same register read again for the same purpose is the same event.
    reads: Vec<(Reg, Port, Option<Tmp>, Tmp)>,
    constants: Vec<(Value, Tmp)>,
}

impl<'a> Builder<'a> {
    /// An empty alternative.
    pub fn new(context: &'a dyn Context) -> Builder<'a> {
        Builder { context, ops: Vec::new(), bits: Vec::new(), reads: Vec::new(), constants: Vec::new() }
    }

    /// The alternative.
    pub fn finish(self, label: &'static str, next: Next) -> Alt {
        Alt { label, ops: self.ops, next }
    }

    /// Adds an operation that defines nothing.
    pub fn push(&mut self, op: Op) {
        debug_assert!(op.defines().is_none(), "a definition needs its temporary");
        self.ops.push(op);
    }

    fn fresh(&mut self, bits: u8) -> Tmp {
        let tmp = Tmp(self.bits.len() as u16);
        self.bits.push(bits);
        tmp
    }

    fn bits_of(&self, tmp: Tmp) -> u8 {
        self.bits.get(usize::from(tmp.0)).copied().unwrap_or(64)
    }

    /// A constant.
    pub fn constant(&mut self, value: Value) -> Tmp {
        if let Some((_, tmp)) = self.constants.iter().find(|(known, _)| *known == value) {
            return *tmp;
        }
        let dst = self.fresh((64 - value.leading_zeros()) as u8);
        self.constants.push((value, dst));
        self.ops.push(Op::Const { dst, value });
        dst
    }

    /// The register of a name; `None` for the zero register.
    fn number(&self, register: &RegisterName) -> Option<Reg> {
        match &register.name {
            Name::General(number) => Some(general(*number)),
            Name::Zero => None,
            Name::Stack => Some(STACK),
            Name::Symbolic(name) => Some(self.context.symbolic(name)),
        }
    }

    /// Reads all 64 bits of a register, whatever the width of the operand.
    pub fn read(&mut self, register: &RegisterName, port: Port, after: Option<Tmp>) -> Tmp {
        match self.number(register) {
            Some(reg) => self.read_number(reg, port, after, 64),
            None => self.constant(0),
        }
    }

    /// Reads a hidden register.
    pub fn read_hidden(&mut self, reg: Reg, after: Option<Tmp>) -> Tmp {
        self.read_number(reg, Port::Plain, after, if reg == FLAGS { 4 } else { 64 })
    }

    /// Reads a register that no operand names as an address.
    pub fn read_address(&mut self, reg: Reg) -> Tmp {
        self.read_number(reg, Port::Address, None, 64)
    }

    fn read_number(&mut self, reg: Reg, port: Port, after: Option<Tmp>, bits: u8) -> Tmp {
        let known = self.reads.iter().find(|(r, p, a, _)| (*r, *p, *a) == (reg, port, after));
        if let Some((.., tmp)) = known {
            return *tmp;
        }
        let dst = self.fresh(bits);
        self.reads.push((reg, port, after, dst));
        self.ops.push(Op::Read { dst, reg, port, after });
        dst
    }

    /// Writes a register: an X operand the whole value, a W operand its lower half zero-extended.
    pub fn write(&mut self, register: &RegisterName, value: Tmp, after: Option<Tmp>) {
        let Some(reg) = self.number(register) else {
            return;
        };
        let src = self.narrow(value, register.width.bits());
        self.ops.push(Op::Write { reg, src, after });
    }

    /// Writes a hidden register.
    pub fn write_hidden(&mut self, reg: Reg, src: Tmp, after: Option<Tmp>) {
        self.ops.push(Op::Write { reg, src, after });
    }

    /// A function of one to three arguments.
    pub fn alu<const N: usize>(&mut self, op: AluOp, args: [Tmp; N]) -> Tmp {
        const { assert!(N >= 1 && N <= 3) };
        let args = [0, 1, 2].map(|at: usize| args[at.min(N - 1)]);
        let dst = self.fresh(bits_after(op, args.map(|arg| self.bits_of(arg))));
        self.ops.push(Op::Alu { dst, op, args });
        dst
    }

    /// The lower `bits` bits.
    pub fn narrow(&mut self, value: Tmp, bits: u8) -> Tmp {
        if self.bits_of(value) <= bits { value } else { self.alu(AluOp::ZeroExtend(bits), [value]) }
    }

    /// The lower bits inverted.
    pub fn invert(&mut self, value: Tmp, bits: u8) -> Tmp {
        let ones = self.constant(Value::MAX >> (64 - bits));
        self.alu(AluOp::Xor, [value, ones])
    }

    /// `value` with a dependency on `other`.
    pub fn with(&mut self, value: Tmp, other: Tmp) -> Tmp {
        self.alu(AluOp::First, [value, other])
    }

    /// A guard; gives the temporary that names it.
    pub fn guard(&mut self, cond: Tmp, expect: bool, kind: GuardKind) -> Tmp {
        let dst = self.fresh(64);
        self.ops.push(Op::Guard { dst, cond, expect, kind });
        dst
    }

    /// A guard that always passes and depends on `value`.
    pub fn pass(&mut self, value: Tmp, kind: GuardKind) -> Tmp {
        let one = self.constant(1);
        let cond = self.with(one, value);
        self.guard(cond, true, kind)
    }

    /// 1 if the condition holds, else 0. Reads the flags unless it always holds.
    pub fn condition(&mut self, condition: Condition) -> Tmp {
        if condition.always() {
            return self.constant(1);
        }
        let flags = self.read_hidden(FLAGS, None);
        let table = self.constant(Value::from(condition.table()));
        let shifted = self.alu(AluOp::Shr(64), [table, flags]);
        let one = self.constant(1);
        self.alu(AluOp::And, [shifted, one])
    }

    /// A load; gives its value.
    pub fn load(&mut self, addr: Tmp, size: u8, access: Access) -> Tmp {
        let dst = self.fresh(size.saturating_mul(8).min(64));
        self.ops.push(Op::Load { dst, high: None, addr, size, access });
        dst
    }

    /// A load of two registers of `bytes` each in one access; gives the lower and the upper half.
    pub fn load_pair(&mut self, addr: Tmp, bytes: u8, access: Access) -> (Tmp, Tmp) {
        let (dst, high) = (self.fresh(8 * bytes), self.fresh(8 * bytes));
        self.ops.push(Op::Load { dst, high: Some(high), addr, size: 2 * bytes, access });
        (dst, high)
    }

    /// The lower bits of a register at the width of its operand.
    pub fn value(&mut self, register: &RegisterName, port: Port) -> Tmp {
        let whole = self.read(register, port, None);
        match register.width {
            Width::X => whole,
            Width::W => self.narrow(whole, 32),
        }
    }
}

/// An upper bound of the bits of a result, given those of the arguments.
fn bits_after(op: AluOp, [a, b, c]: [u8; 3]) -> u8 {
    match op {
        AluOp::Copy | AluOp::First => a,
        AluOp::And => a.min(b),
        AluOp::Or | AluOp::Xor => a.max(b),
        AluOp::Select => b.max(c),
        AluOp::ZeroExtend(bits) => a.min(bits),
        AluOp::SignExtend(_) | AluOp::MulHighUnsigned | AluOp::MulHighSigned => 64,
        AluOp::Eq | AluOp::LessUnsigned(_) | AluOp::LessSigned(_) => 1,
        AluOp::LeadingZeros(_) | AluOp::LeadingSigns(_) | AluOp::CountOnes => 7,
        AluOp::AddFlags(_) => 4,
        AluOp::Add(w)
        | AluOp::Sub(w)
        | AluOp::Mul(w)
        | AluOp::DivUnsigned(w)
        | AluOp::DivSigned(w)
        | AluOp::Shl(w)
        | AluOp::Shr(w)
        | AluOp::Sar(w)
        | AluOp::Ror(w)
        | AluOp::ReverseBits(w)
        | AluOp::ReverseBytes(w, _) => w,
    }
}
