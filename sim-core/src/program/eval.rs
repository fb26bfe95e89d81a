//! One alternative run by itself, in sequence: what an instruction means when nothing else happens.
//!
//! For tests of instruction sets against their manuals. The machine does not use it.

use super::{Alt, Next, Op, Reg, Tmp, Value};
use std::collections::BTreeMap;

/// Memory as a run sees it: little endian, `size` in bytes, 1 to 16.
pub trait Bytes {
    /// Reads; the value is zero-extended.
    fn load(&self, address: Value, size: u8) -> u128;
    /// Writes the lower `size` bytes of `value`.
    fn store(&mut self, address: Value, size: u8, value: u128);
}

/// Bytes by address; absent ones are 0.
impl Bytes for BTreeMap<Value, u8> {
    fn load(&self, address: Value, size: u8) -> u128 {
        let byte = |index: u8| {
            let at = address.wrapping_add(Value::from(index));
            u128::from(self.get(&at).copied().unwrap_or(0)) << (8 * u32::from(index))
        };
        (0..size.min(16)).map(byte).sum()
    }

    fn store(&mut self, address: Value, size: u8, value: u128) {
        for (index, byte) in value.to_le_bytes().into_iter().enumerate().take(usize::from(size)) {
            self.insert(address.wrapping_add(index as Value), byte);
        }
    }
}

/// Where control goes after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To the instruction that follows.
    Fall,
    /// To the instruction with this index.
    Jump(u32),
    /// To the instruction with this code address.
    Address(Value),
    /// The thread ends.
    End,
}

/// Runs `alt` on `registers` (indexed by [`Reg`]; absent ones read as 0) and `memory`.
///
/// Gives `None`, and changes nothing, if a guard is not as expected. Nobody else takes part, so a
/// reservation check is an ordinary guard.
pub fn run(alt: &Alt, registers: &mut [Value], memory: &mut impl Bytes) -> Option<Target> {
    let mut values: BTreeMap<Tmp, Value> = BTreeMap::new();
    let mut written: BTreeMap<Reg, Value> = BTreeMap::new();
    let mut stores: Vec<(Value, u8, u128)> = Vec::new();
    for op in &alt.ops {
        let get = |tmp: Tmp| values.get(&tmp).copied().unwrap_or(0);
        let defined = match op {
            Op::Const { value, .. } => *value,
            Op::Read { reg, .. } => {
                let old = registers.get(usize::from(reg.0)).copied().unwrap_or(0);
                written.get(reg).copied().unwrap_or(old)
            }
            Op::Alu { op, args, .. } => op.apply(args.map(get)),
            Op::Guard { cond, expect, .. } => {
                let value = get(*cond);
                if (value != 0) != *expect {
                    return None;
                }
                value
            }
            Op::Load { high, addr, size, .. } => {
                let loaded = memory.load(get(*addr), *size);
                let half = high.map(|high| (high, u32::from(size / 2) * 8));
                if let Some((high, bits)) = half {
                    values.insert(high, (loaded >> bits) as Value);
                }
                let kept = half.map_or(u128::MAX, |(_, bits)| (1 << bits) - 1);
                (loaded & kept) as Value
            }
            Op::Store { addr, value, high, size, .. } => {
                let upper = high.map_or(0, |high| u128::from(get(high)) << (u32::from(size / 2) * 8));
                let lower = match high {
                    Some(_) => u128::from(get(*value)) & ((1 << (u32::from(size / 2) * 8)) - 1),
                    None => u128::from(get(*value)),
                };
                stores.push((get(*addr), *size, upper | lower));
                0
            }
            Op::Write { reg, src, .. } => {
                written.insert(*reg, get(*src));
                0
            }
            Op::Fence(_) => 0,
        };
        if let Some(tmp) = op.defines() {
            values.insert(tmp, defined);
        }
    }
    for (reg, value) in written {
        if let Some(place) = registers.get_mut(usize::from(reg.0)) {
            *place = value;
        }
    }
    for (address, size, value) in stores {
        memory.store(address, size, value);
    }
    Some(match alt.next {
        Next::Fall => Target::Fall,
        Next::Jump(index) => Target::Jump(index),
        Next::Indirect(tmp) => Target::Address(values.get(&tmp).copied().unwrap_or(0)),
        Next::End => Target::End,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Access, AluOp, GuardKind, Port};
    use super::*;

    fn swap_if_equal(expect: bool) -> Alt {
        let (addr, old, wanted, same, guard, new) = (Tmp(0), Tmp(1), Tmp(2), Tmp(3), Tmp(4), Tmp(5));
        let access = Access::ATOMIC;
        let mut ops = vec![
            Op::Const { dst: addr, value: 0x40 },
            Op::Load { dst: old, high: None, addr, size: 2, access },
            Op::Read { dst: wanted, reg: Reg(0), port: Port::Plain, after: None },
            Op::Alu { dst: same, op: AluOp::Eq, args: [old, wanted, wanted] },
            Op::Guard { dst: guard, cond: same, expect, kind: GuardKind::Pick },
            Op::Const { dst: new, value: 0x1234_5678 },
        ];
        if expect {
            ops.push(Op::Store { addr, value: new, high: None, size: 2, access, after: Some(guard) });
        }
        ops.push(Op::Write { reg: Reg(0), src: old, after: None });
        Alt { label: "", ops, next: Next::Jump(7) }
    }

    #[test]
    fn a_refused_guard_changes_nothing_and_a_passed_one_stores_the_lower_bytes() {
        let mut memory = BTreeMap::from([(0x40, 5), (0x41, 1), (0x42, 9)]);
        let mut registers = [0x104];
        assert_eq!(run(&swap_if_equal(true), &mut registers, &mut memory), None);
        assert_eq!((registers, memory.load(0x40, 4)), ([0x104], 0x0009_0105));
        assert_eq!(run(&swap_if_equal(false), &mut registers, &mut memory), Some(Target::Jump(7)));
        assert_eq!(run(&swap_if_equal(true), &mut registers, &mut memory), Some(Target::Jump(7)));
        assert_eq!((registers, memory.load(0x40, 4)), ([0x105], 0x0009_5678));
    }
}
