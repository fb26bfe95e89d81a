//! The flags: how they are packed into one hidden register, how results set them, how conditions read them.
//!
//! Definitions are those of the SDM, volume 1, 3.4.3.1. Where the manual leaves a flag undefined, these
//! values are used, each a value that the manual allows:
//!
//! * logic operations clear AF; shifts clear it too;
//! * a shift by more than 1 sets OF as a shift by 1 does, and a shift by the width or more shifts zeros
//!   (for `sar` signs) into CF; a rotation by more than 1 sets OF from its result as one by 1 does;
//! * a multiplication sets SF, ZF and PF from the lower half of the product and clears AF;
//! * the bit test instructions leave all flags but CF alone.

use crate::conditions::{Condition, Test};
use crate::lower::Builder;
use sim_core::program::{AluOp, Port, Tmp, Value};

/// Overflow. Bits 0 to 3 lie as [`AluOp::AddFlags`] gives them.
pub(crate) const OVERFLOW: Value = 1 << 0;
/// Carry.
pub(crate) const CARRY: Value = 1 << 1;
/// Zero.
pub(crate) const ZERO: Value = 1 << 2;
/// Sign.
pub(crate) const SIGN: Value = 1 << 3;
/// Carry out of bit 3, where `a ^ b ^ result` has it.
pub(crate) const ADJUST: Value = 1 << 4;
/// An even number of ones in the lowest byte.
pub(crate) const PARITY: Value = 1 << 5;
/// All of them.
pub(crate) const ALL: Value = OVERFLOW | CARRY | ZERO | SIGN | ADJUST | PARITY;

/// The place of a flag.
fn place(flag: Value) -> Value {
    Value::from(flag.trailing_zeros())
}

impl Builder<'_> {
    /// `a + b + carry` at `bits` bits, and all flags of it.
    pub(crate) fn add_with_flags(&mut self, bits: u8, a: Tmp, b: Tmp, carry: Option<Tmp>) -> (Tmp, Tmp) {
        let zero = self.constant(0);
        let sum = self.alu(AluOp::Add(bits), &[a, b]);
        let result = match carry {
            Some(carry) => self.alu(AluOp::Add(bits), &[sum, carry]),
            None => sum,
        };
        let packed = self.alu(AluOp::AddFlags(bits), &[a, b, carry.unwrap_or(zero)]);
        (result, self.complete(packed, Some((a, b)), result, PARITY))
    }

    /// `a - b - borrow` at `bits` bits, and all flags of it. The carry flag is the borrow.
    pub(crate) fn subtract_with_flags(
        &mut self,
        bits: u8,
        a: Tmp,
        b: Tmp,
        borrow: Option<Tmp>,
    ) -> (Tmp, Tmp) {
        let (one, ones) = (self.constant(1), self.constant(Value::MAX));
        let difference = self.alu(AluOp::Sub(bits), &[a, b]);
        let (result, carry) = match borrow {
            Some(borrow) => {
                (self.alu(AluOp::Sub(bits), &[difference, borrow]), self.alu(AluOp::Xor, &[borrow, one]))
            }
            None => (difference, one),
        };
        let complement = self.alu(AluOp::Xor, &[b, ones]);
        let packed = self.alu(AluOp::AddFlags(bits), &[a, complement, carry]);
        (result, self.complete(packed, Some((a, b)), result, PARITY | CARRY))
    }

    /// SF, ZF and PF of `result`; CF, OF and AF clear.
    pub(crate) fn result_flags(&mut self, bits: u8, result: Tmp) -> Tmp {
        let zero = self.constant(0);
        let packed = self.alu(AluOp::AddFlags(bits), &[result, zero, zero]);
        self.complete(packed, None, result, PARITY)
    }

    /// Adds AF (of these operands, or clear) and PF to the packed flags of an addition, after which the
    /// flags of `flip` are complemented.
    fn complete(&mut self, packed: Tmp, operands: Option<(Tmp, Tmp)>, result: Tmp, flip: Value) -> Tmp {
        let byte = self.alu(AluOp::ZeroExtend(8), &[result]);
        let ones = self.alu(AluOp::CountOnes, &[byte]);
        let moved = self.shift_left(ones, place(PARITY));
        let odd = self.mask(moved, PARITY);
        let mut flags = self.alu(AluOp::Or, &[packed, odd]);
        if let Some((a, b)) = operands {
            let carries = self.alu(AluOp::Xor, &[a, b]);
            let carries = self.alu(AluOp::Xor, &[carries, result]);
            let adjust = self.mask(carries, ADJUST);
            flags = self.alu(AluOp::Or, &[flags, adjust]);
        }
        let flip = self.constant(flip);
        self.alu(AluOp::Xor, &[flags, flip])
    }

    /// The 0 or 1 in the lowest bit of `bit`, put into the place of `flag`.
    pub(crate) fn flag(&mut self, flag: Value, bit: Tmp) -> Tmp {
        let bit = self.mask(bit, 1);
        self.shift_left(bit, place(flag))
    }

    /// Reads the packed flags.
    pub(crate) fn read_flags(&mut self) -> Tmp {
        let reg = self.mode.flags();
        self.read_whole(reg, Port::Plain)
    }

    /// The carry flag as 0 or 1.
    pub(crate) fn carry(&mut self) -> Tmp {
        let flags = self.read_flags();
        let moved = self.shift_right(flags, place(CARRY));
        self.mask(moved, 1)
    }

    /// Replaces all flags; the write waits for `after`.
    pub(crate) fn write_flags(&mut self, flags: Tmp, after: Option<Tmp>) {
        let reg = self.mode.flags();
        self.write_whole(reg, flags, after);
    }

    /// Replaces the flags of `which`, a set, and keeps the others.
    pub(crate) fn merge_flags(&mut self, which: Value, flags: Tmp) {
        let old = self.read_flags();
        let merged = self.merge(old, flags, which);
        self.write_flags(merged, None);
    }

    /// `old` with the bits of `which` taken from `new`.
    pub(crate) fn merge(&mut self, old: Tmp, new: Tmp, which: Value) -> Tmp {
        let (kept, taken) = (self.mask(old, !which), self.mask(new, which));
        self.alu(AluOp::Or, &[kept, taken])
    }

    /// 1 if the condition's test holds (before any negation), else 0.
    pub(crate) fn test(&mut self, condition: Condition) -> Tmp {
        let flags = self.read_flags();
        let deciding = match condition.test {
            Test::Overflow => self.shift_right(flags, place(OVERFLOW)),
            Test::Carry => self.shift_right(flags, place(CARRY)),
            Test::Zero => self.shift_right(flags, place(ZERO)),
            Test::Sign => self.shift_right(flags, place(SIGN)),
            Test::Parity => self.shift_right(flags, place(PARITY)),
            Test::CarryOrZero => {
                let (carry, zero) =
                    (self.shift_right(flags, place(CARRY)), self.shift_right(flags, place(ZERO)));
                self.alu(AluOp::Or, &[carry, zero])
            }
            Test::Less => self.sign_differs_from_overflow(flags),
            Test::LessOrEqual => {
                let (less, zero) =
                    (self.sign_differs_from_overflow(flags), self.shift_right(flags, place(ZERO)));
                self.alu(AluOp::Or, &[less, zero])
            }
        };
        self.mask(deciding, 1)
    }

    fn sign_differs_from_overflow(&mut self, flags: Tmp) -> Tmp {
        let sign = self.shift_right(flags, place(SIGN));
        let overflow = self.shift_right(flags, place(OVERFLOW));
        self.alu(AluOp::Xor, &[sign, overflow])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Mode;
    use sim_core::diagnostic::Span;
    use sim_core::litmus::{Context, FrontEnd};
    use sim_core::program::Reg;
    use sim_core::program::eval::run;
    use std::collections::BTreeMap;

    /// A place without symbols and labels.
    struct Nowhere;

    impl Context for Nowhere {
        fn place(&self) -> (usize, u32) {
            (0, 0)
        }
        fn symbol(&self, _: &str) -> Value {
            0
        }
        fn label(&self, _: &str) -> u32 {
            0
        }
        fn symbolic(&self, _: &str) -> Reg {
            Reg(0)
        }
    }

    /// The packed flags after `instruction` on rax = `a` and rbx = `b`.
    fn flags(instruction: &str, a: Value, b: Value) -> Value {
        let mut diagnostics = Vec::new();
        let instr = crate::X86_64.parse(instruction, 0, &mut diagnostics).expect(instruction);
        let alts = crate::X86_64.lower(&instr, Span::default(), &Nowhere, &mut diagnostics);
        let mut registers = vec![0; Mode::Long.registers().len()];
        (registers[0], registers[1]) = (a, b);
        run(&alts[0], &mut registers, &mut BTreeMap::new()).expect("it has no guard");
        registers[usize::from(Mode::Long.flags().0)]
    }

    #[test]
    fn the_adjust_flag_is_the_carry_out_of_bit_3() {
        // No modelled instruction shows this flag, so it is read from where it is packed.
        for a in 0..=0x21 {
            for b in 0..=0x21 {
                let sum = (a & 15) + (b & 15) > 15;
                let difference = (a & 15) < (b & 15);
                for size in ["b", "l", "q"] {
                    let (ra, rb) = match size {
                        "b" => ("%al", "%bl"),
                        "l" => ("%eax", "%ebx"),
                        _ => ("%rax", "%rbx"),
                    };
                    let adjust = |name: &str| flags(&format!("{name}{size} {rb},{ra}"), a, b) & ADJUST != 0;
                    assert_eq!(adjust("add"), sum, "{a} + {b}");
                    assert_eq!(adjust("sub"), difference, "{a} - {b}");
                    assert!(!adjust("or"), "logic clears it");
                }
            }
        }
    }
}
