//! What instructions do, apart from their words and operands.

use crate::conditions::Condition;

/// Two-operand arithmetic and logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    AddCarry,
    Subtract,
    SubtractBorrow,
    And,
    Or,
    Xor,
    Compare,
    Test,
}

/// One-operand arithmetic and logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Increment,
    Decrement,
    Negate,
    Not,
}

/// Shifts and rotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shift {
    Left,
    Right,
    ArithmeticRight,
    RotateLeft,
    RotateRight,
}

/// What an instruction of the bit test family does to the bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BitChange {
    Keep,
    Set,
    Reset,
    Complement,
}

/// What to do with the carry flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CarryChange {
    Clear,
    Set,
    Complement,
}

/// What an instruction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Move,
    MoveNonTemporal,
    Extend {
        signed: bool,
    },
    /// The accumulator's lower half into the whole of it.
    WidenInside,
    /// The accumulator's sign into the data register.
    WidenOutside,
    LoadAddress,
    Binary(Binary),
    Unary(Unary),
    Shift(Shift),
    Multiply {
        signed: bool,
    },
    Bit(BitChange),
    ByteSwap,
    Carry(CarryChange),
    Exchange,
    ExchangeAdd,
    CompareExchange,
    ConditionalMove(Condition),
    Set(Condition),
    Jump,
    Branch(Condition),
    Return,
    /// A full fence.
    Fence,
    /// An event of this name that orders nothing.
    Event(&'static str),
    Nop,
}

impl Operation {
    /// Whether `lock` may stand before it when its destination is memory (SDM volume 2, LOCK).
    pub fn lockable(self) -> bool {
        match self {
            Operation::Binary(binary) => !matches!(binary, Binary::Compare | Binary::Test),
            Operation::Bit(change) => change != BitChange::Keep,
            Operation::Unary(_)
            | Operation::Exchange
            | Operation::ExchangeAdd
            | Operation::CompareExchange => true,
            _ => false,
        }
    }
}
