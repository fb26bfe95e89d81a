//! The pure functions of micro-operations: integer arithmetic on 64-bit containers.

use super::Value;

/// A pure function of up to three values. `w` is a width in bits, 8, 16, 32 or 64; results of
/// functions with a width are truncated to it, and arguments are too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AluOp {
    /// The first argument.
    Copy,
    /// The first argument, with a dependency on the second.
    First,
    /// `a + b`.
    Add(u8),
    /// `a - b`.
    Sub(u8),
    /// `a & b`.
    And,
    /// `a | b`.
    Or,
    /// `a ^ b`.
    Xor,
    /// `a * b`.
    Mul(u8),
    /// The upper 64 bits of the unsigned 128-bit product.
    MulHighUnsigned,
    /// The upper 64 bits of the signed 128-bit product.
    MulHighSigned,
    /// Unsigned division; 0 where the divisor is 0.
    DivUnsigned(u8),
    /// Signed division rounding to zero; 0 where the divisor is 0.
    DivSigned(u8),
    /// `a << b`, 0 where `b >= w`.
    Shl(u8),
    /// `a >> b`, zeros shifted in, 0 where `b >= w`.
    Shr(u8),
    /// `a >> b`, the sign shifted in.
    Sar(u8),
    /// Rotation right by `b mod w`.
    Ror(u8),
    /// The lower bits zero-extended; any number of bits from 1 to 64.
    ZeroExtend(u8),
    /// The lower bits sign-extended to 64; any number of bits from 1 to 64.
    SignExtend(u8),
    /// 1 if `a == b`, else 0.
    Eq,
    /// 1 if `a < b` unsigned at the width, else 0.
    LessUnsigned(u8),
    /// 1 if `a < b` signed at the width, else 0.
    LessSigned(u8),
    /// `b` if `a` is not 0, else `c`.
    Select,
    /// The bits of the lower `w` in reverse order.
    ReverseBits(u8),
    /// The bytes of each chunk (bits, second) of the lower `w` bits (first) in reverse order.
    ReverseBytes(u8, u8),
    /// Number of leading zeros of the lower `w` bits.
    LeadingZeros(u8),
    /// Number of bits after the highest of `w` that equal it.
    LeadingSigns(u8),
    /// Number of bits set.
    CountOnes,
    /// Packed flags of the addition `a + b + c` at the width, `c` being 0 or 1:
    /// bit 3 negative, bit 2 zero, bit 1 carry out, bit 0 signed overflow.
    AddFlags(u8),
}

/// `value` truncated to its lower `bits` bits; `bits` is 1 to 64.
fn truncate(value: Value, bits: u8) -> Value {
    if bits >= 64 { value } else { value & ((1 << bits) - 1) }
}

/// The lower `bits` bits of `value` as a signed number.
fn signed(value: Value, bits: u8) -> i64 {
    let unused = 64 - u32::from(bits.clamp(1, 64));
    ((value << unused) as i64) >> unused
}

impl AluOp {
    /// The function's value.
    pub fn apply(self, [a, b, c]: [Value; 3]) -> Value {
        match self {
            AluOp::Copy | AluOp::First => a,
            AluOp::Add(w) => truncate(a.wrapping_add(b), w),
            AluOp::Sub(w) => truncate(a.wrapping_sub(b), w),
            AluOp::And => a & b,
            AluOp::Or => a | b,
            AluOp::Xor => a ^ b,
            AluOp::Mul(w) => truncate(a.wrapping_mul(b), w),
            AluOp::MulHighUnsigned => ((u128::from(a) * u128::from(b)) >> 64) as Value,
            AluOp::MulHighSigned => ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as Value,
            AluOp::DivUnsigned(w) => truncate(a, w).checked_div(truncate(b, w)).unwrap_or(0),
            AluOp::DivSigned(w) => match signed(b, w) {
                0 => 0,
                divisor => truncate(signed(a, w).wrapping_div(divisor) as Value, w),
            },
            AluOp::Shl(w) if b >= Value::from(w) => 0,
            AluOp::Shl(w) => truncate(a << b, w),
            AluOp::Shr(w) if b >= Value::from(w) => 0,
            AluOp::Shr(w) => truncate(a, w) >> b,
            AluOp::Sar(w) => truncate((signed(a, w) >> b.min(63)) as Value, w),
            AluOp::Ror(w) => {
                let (a, by) = (truncate(a, w), (b % Value::from(w)) as u32);
                if by == 0 { a } else { truncate((a >> by) | (a << (u32::from(w) - by)), w) }
            }
            AluOp::ZeroExtend(w) => truncate(a, w),
            AluOp::SignExtend(w) => signed(a, w) as Value,
            AluOp::Eq => Value::from(a == b),
            AluOp::LessUnsigned(w) => Value::from(truncate(a, w) < truncate(b, w)),
            AluOp::LessSigned(w) => Value::from(signed(a, w) < signed(b, w)),
            AluOp::Select => {
                if a != 0 {
                    b
                } else {
                    c
                }
            }
            AluOp::ReverseBits(w) => truncate(a, w).reverse_bits() >> (64 - u32::from(w)),
            AluOp::ReverseBytes(w, chunk) => reverse_bytes(a, w, chunk),
            AluOp::LeadingZeros(w) => Value::from(truncate(a, w).leading_zeros()) - (64 - Value::from(w)),
            AluOp::LeadingSigns(w) => {
                let a = signed(a, w);
                Value::from((a ^ (a >> 63)).leading_zeros()) - (64 - Value::from(w)) - 1
            }
            AluOp::CountOnes => Value::from(a.count_ones()),
            AluOp::AddFlags(w) => add_flags(truncate(a, w), truncate(b, w), c & 1, w),
        }
    }

    /// Whether the result is the same whatever the value of an argument, where two arguments are the
    /// same temporary: `a ^ a` and `a - a` are 0.
    pub fn cancels(self) -> bool {
        matches!(self, AluOp::Sub(_) | AluOp::Xor)
    }
}

fn reverse_bytes(a: Value, w: u8, chunk: u8) -> Value {
    let (bytes, step) = (usize::from(w / 8), usize::from((chunk / 8).max(1)));
    let mut out = a.to_le_bytes();
    out[..bytes].chunks_mut(step).for_each(<[u8]>::reverse);
    truncate(Value::from_le_bytes(out), w)
}

fn add_flags(a: Value, b: Value, carry: Value, w: u8) -> Value {
    let wide = u128::from(a) + u128::from(b) + u128::from(carry);
    let result = truncate(wide as Value, w);
    let (sa, sb, sr) = (signed(a, w) < 0, signed(b, w) < 0, signed(result, w) < 0);
    let overflow = sa == sb && sr != sa;
    (Value::from(sr) << 3)
        | (Value::from(result == 0) << 2)
        | (Value::from(wide >> w != 0) << 1)
        | Value::from(overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(op: AluOp, args: [Value; 3], expect: Value) {
        assert_eq!(op.apply(args), expect, "{op:?} {args:x?}");
    }

    #[test]
    fn shifts_stay_inside_their_width() {
        check(AluOp::Shl(32), [0x8000_0001, 1, 0], 2);
        check(AluOp::Shl(64), [1, 64, 0], 0);
        check(AluOp::Sar(8), [0x80, 3, 0], 0xf0);
        check(AluOp::Sar(64), [1 << 63, 200, 0], Value::MAX);
        check(AluOp::Ror(32), [1, 1, 0], 0x8000_0000);
        check(AluOp::Ror(64), [1, 64, 0], 1);
    }

    #[test]
    fn flags_of_an_addition() {
        // 5 - 5 as 5 + !5 + 1: zero and carry (no borrow).
        check(AluOp::AddFlags(32), [5, !5, 1], 0b0110);
        // 3 - 5: negative, borrow.
        check(AluOp::AddFlags(32), [3, !5, 1], 0b1000);
        // The largest signed 8-bit number plus one: negative and overflow.
        check(AluOp::AddFlags(8), [0x7f, 1, 0], 0b1001);
        check(AluOp::AddFlags(64), [Value::MAX, 1, 0], 0b0110);
    }

    #[test]
    fn bits_and_bytes_in_reverse() {
        check(AluOp::ReverseBits(32), [1, 0, 0], 0x8000_0000);
        check(AluOp::ReverseBytes(32, 32), [0x0102_0304, 0, 0], 0x0403_0201);
        check(AluOp::ReverseBytes(32, 16), [0x0102_0304, 0, 0], 0x0201_0403);
        check(AluOp::LeadingZeros(32), [1, 0, 0], 31);
        check(AluOp::LeadingSigns(32), [0xffff_ffff, 0, 0], 31);
        check(AluOp::DivSigned(32), [0xffff_fffe, 2, 0], 0xffff_ffff);
    }
}
