//! Fields that many encodings have.

use crate::instr::{Instr, Target};
use crate::registers::{Name, RegisterName, Width, number_of};
use crate::syntax::{Modifier, Shape};
use sim_core::litmus::Context;

/// An instruction in its place, whose fields are asked for.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    /// The instruction.
    pub instr: &'a Instr,
    /// Its place, its labels and its symbolic registers.
    pub context: &'a dyn Context,
}

/// Where number 31 means the zero register, and where the stack pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// `XZR`, `WZR`.
    Zero,
    /// `SP`, `WSP`.
    Stack,
}

impl Fields<'_> {
    /// The number of a register in a field whose number 31 is `last`.
    ///
    /// # Errors
    /// If the register is the other number 31.
    pub fn register(&self, register: &RegisterName, last: Last) -> Result<u32, String> {
        match (&register.name, last) {
            (Name::General(number), _) => Ok(u32::from(*number)),
            (Name::Zero, Last::Zero) | (Name::Stack, Last::Stack) => Ok(31),
            (Name::Zero | Name::Stack, _) => {
                Err(format!("no encoding of {} has {register} there", self.instr.name))
            }
            (Name::Symbolic(name), _) => number_of(self.context.symbolic(name))
                .map(u32::from)
                .ok_or_else(|| format!("{register} stands for no register")),
        }
    }

    /// As [`Fields::register`] where number 31 is the zero register.
    pub fn zero(&self, register: &RegisterName) -> Result<u32, String> {
        self.register(register, Last::Zero)
    }

    /// As [`Fields::register`] where number 31 is the stack pointer.
    pub fn stack(&self, register: &RegisterName) -> Result<u32, String> {
        self.register(register, Last::Stack)
    }

    /// `Rd` or `Rt` in bits 0 to 4, `Rn` in bits 5 to 9, `Rm` or `Rs` in bits 16 to 20; number 31 is the
    /// zero register.
    pub fn three(&self, [d, n, m]: [&RegisterName; 3]) -> Result<u32, String> {
        Ok(self.zero(m)? << 16 | self.zero(n)? << 5 | self.zero(d)?)
    }

    /// The distance to a target in instructions, as a number of `bits` bits.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn distance(&self, target: &Target, bits: u32) -> Result<u32, String> {
        let distance = match target {
            Target::Label(label, _) => {
                i64::from(self.context.label(label)) - i64::from(self.context.place().1)
            }
            Target::Relative(distance, _) => *distance,
        };
        self.signed(distance, bits)
    }

    /// A number in two's complement of `bits` bits, 1 to 31.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn signed(&self, number: i64, bits: u32) -> Result<u32, String> {
        let half = 1_i64 << (bits - 1);
        if (-half..half).contains(&number) {
            Ok(number as u32 & ((1 << bits) - 1))
        } else {
            Err(self.not_encodable(number))
        }
    }

    /// What to say about a number that no encoding holds.
    pub fn not_encodable(&self, number: i64) -> String {
        format!("no encoding of {} holds {number}", self.instr.name)
    }

    /// The number of the operand with this index; 0 where it has none.
    pub fn number(&self, operand: usize) -> i128 {
        match self.instr.operands.get(operand).map(|operand| &operand.shape) {
            Some(Shape::Immediate(number)) => *number,
            _ => 0,
        }
    }

    /// The shift that the text gives to its last operand, and its amount where one is written. Encodings
    /// tell a shift by 0 from none where the meaning is the same.
    pub fn written_shift(&self) -> Option<(Modifier, Option<i128>)> {
        let last = |operands: &[crate::syntax::Operand]| match operands.last()?.shape {
            Shape::Modifier(modifier, amount) => Some((modifier, amount)),
            _ => None,
        };
        match &self.instr.operands.last()?.shape {
            Shape::Memory(parts, _) => last(parts),
            _ => last(&self.instr.operands),
        }
    }
}

/// The bit `sf`: 1 for operations of 64 bits.
pub fn wide(width: Width) -> u32 {
    u32::from(width == Width::X) << 31
}

/// The field `option` of an extended register.
pub fn extension(bits: u8, signed: bool) -> u32 {
    u32::from(signed) << 2 | bits.trailing_zeros().saturating_sub(3)
}

/// The field `shift` of a shifted register; extensions have none.
pub fn shift(modifier: Modifier) -> u32 {
    match modifier {
        Modifier::Lsl | Modifier::Extend(..) => 0,
        Modifier::Lsr => 1,
        Modifier::Asr => 2,
        Modifier::Ror => 3,
    }
}
