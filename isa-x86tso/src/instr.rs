//! A parsed instruction.

use crate::mnemonics::Mnemonic;
use crate::registers::Named;
use sim_core::diagnostic::Span;

/// Width of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Size {
    Byte,
    Word,
    Long,
    Quad,
}

impl Size {
    pub const ALL: [Size; 4] = [Size::Byte, Size::Word, Size::Long, Size::Quad];

    /// 1, 2, 4 or 8.
    pub fn bytes(self) -> u8 {
        1 << (self as u8)
    }

    /// 8, 16, 32 or 64.
    pub fn bits(self) -> u8 {
        self.bytes() * 8
    }

    /// The size of so many bits.
    pub fn of_bits(bits: u8) -> Option<Size> {
        Size::ALL.into_iter().find(|size| size.bits() == bits)
    }

    /// The letter that ends a mnemonic.
    pub fn suffix(self) -> &'static str {
        ["b", "w", "l", "q"][self as usize]
    }

    /// The keyword before an Intel memory operand.
    pub fn keyword(self) -> &'static str {
        ["BYTE", "WORD", "DWORD", "QWORD"][self as usize]
    }
}

/// A name and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub text: String,
    pub span: Span,
}

/// A constant: `offset`, plus the address of a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constant {
    pub symbol: Option<Name>,
    /// At least -2^63 and below 2^64.
    pub offset: i128,
}

/// A memory operand: the sum of a constant, a base register and a scaled index register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    pub segment: Option<Named>,
    pub constant: Constant,
    pub base: Option<Named>,
    pub index: Option<(Named, u8)>,
    /// The size that a keyword such as `DWORD PTR` gives.
    pub size: Option<Size>,
}

impl Memory {
    /// Base and index.
    pub fn registers(&self) -> impl Iterator<Item = Named> {
        self.base.into_iter().chain(self.index.map(|(index, _)| index))
    }
}

/// What an operand is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OperandKind {
    Register(Named),
    Immediate(Constant),
    Memory(Memory),
    /// A label of the thread.
    Label(Name),
}

/// An operand and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operand {
    pub kind: OperandKind,
    pub span: Span,
}

impl Operand {
    /// The register, if it is one.
    pub fn register(&self) -> Option<Named> {
        match &self.kind {
            OperandKind::Register(named) => Some(*named),
            _ => None,
        }
    }

    /// The memory operand, if it is one.
    pub fn memory(&self) -> Option<&Memory> {
        match &self.kind {
            OperandKind::Memory(memory) => Some(memory),
            _ => None,
        }
    }
}

/// One parsed x86 instruction whose operands fit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instr {
    pub(crate) mnemonic: &'static Mnemonic,
    /// Whether it has the `lock` prefix.
    pub(crate) lock: bool,
    /// Width of the operation (of its destination, where they differ).
    pub(crate) size: Size,
    /// Width of the source: narrower in a widening move, else the same.
    pub(crate) from: Size,
    /// Destination first, whatever the syntax.
    pub(crate) operands: Vec<Operand>,
}
