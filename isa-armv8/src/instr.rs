//! A parsed instruction: what it says, checked, before names are resolved.

use crate::condition::Condition;
use crate::registers::{Name, RegisterName, Width};
use crate::syntax::{Modifier, Operand, Shape};
use crate::system::SystemRegister;
use sim_core::diagnostic::Span;
use sim_core::litmus::Mentions;
use sim_core::program::{Access, AluOp, Fence};

/// One parsed instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instr {
    /// The mnemonic in upper case.
    pub name: &'static str,
    /// The operands as written.
    pub operands: Vec<Operand>,
    /// What it means.
    pub kind: Kind,
}

/// The families of instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `NOP` and the other hints, by number: no effect.
    Hint(u8),
    /// A prefetch: its operation in five bits, and an address that is not accessed.
    Prefetch(u8, Address),
    /// `UDF`: the thread ends.
    Undefined(u16),
    /// `SVC`: the thread ends.
    SupervisorCall(u16),
    /// Control flow.
    Branch(Branch),
    /// A barrier.
    Fence(Fence),
    /// `CLREX` with its operand, 15 where it has none.
    ClearExclusive(u8),
    /// `MRS Xt,NZCV`.
    ReadFlags(RegisterName),
    /// `MSR NZCV,Xt`.
    WriteFlags(RegisterName),
    /// `MRS` of a register that lives in memory, and where its name stands.
    ReadSystem(RegisterName, &'static SystemRegister, Span),
    /// `MSR` of a register that lives in memory, and where its name stands.
    WriteSystem(RegisterName, &'static SystemRegister, Span),
    /// `ADR`.
    CodeAddress(RegisterName, Target),
    /// Arithmetic from registers to a register and the flags.
    Compute(Compute),
    /// `CSEL` and its relatives.
    Select(Select),
    /// `CCMP` and `CCMN`.
    Compare(ConditionalCompare),
    /// Loads of one or two registers.
    Load(Transfer),
    /// Stores of one or two registers.
    Store(Transfer),
    /// Load exclusive.
    LoadExclusive(Transfer),
    /// Store exclusive: the status register and the rest.
    StoreExclusive(RegisterName, Transfer),
    /// Swap and fetch-and-modify.
    Atomic(Atomic),
    /// Compare-and-swap.
    CompareSwap(CompareSwap),
    /// Any access whose base is the capability form of this register, and where that stands.
    CapabilityAccess(RegisterName, Span),
}

/// Where a branch goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A label of the thread, and where it is written.
    Label(String, Span),
    /// A distance in instructions, and where it is written.
    Relative(i64, Span),
}

/// Control flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Branch {
    /// `B`, or `BL` (linked).
    Always {
        /// To where.
        target: Target,
        /// Whether `X30` receives the address of the next instruction.
        link: bool,
    },
    /// `B.cond`.
    Flags(Condition, Target),
    /// `CBZ`, `CBNZ`, `TBZ`, `TBNZ`.
    Register {
        /// What is tested.
        register: RegisterName,
        /// The bit that is tested; `None` tests all of them.
        bit: Option<u8>,
        /// Whether it branches when what is tested is 0.
        zero: bool,
        /// To where.
        target: Target,
    },
    /// `BR`, `RET`, or `BLR` (linked).
    Indirect {
        /// Holds the target.
        register: RegisterName,
        /// Whether `X30` receives the address of the next instruction.
        link: bool,
    },
}

/// A value that an instruction computes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A register at the width of the operation.
    Register(RegisterName),
    /// A register shifted or extended.
    Modified(RegisterName, Modifier, u8),
    /// A constant.
    Immediate(u64),
}

/// Arithmetic: `target := function(sources)` at the width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compute {
    /// The destination; the zero register where only the flags matter.
    pub target: RegisterName,
    /// What is computed.
    pub function: Function,
    /// As many as the function needs.
    pub sources: Vec<Source>,
    /// Whether the flags are written.
    pub sets_flags: bool,
}

/// What [`Compute`] computes. `a`, `b`, `c` are its sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `a`.
    Copy,
    /// `a + b`, or `a - b`.
    Add {
        /// Whether `b` is subtracted.
        negate: bool,
        /// Whether the carry flag is added (of a subtraction: its inverse subtracted).
        carry: bool,
    },
    /// A bitwise operation.
    Logic {
        /// `And`, `Or` or `Xor`.
        op: AluOp,
        /// Whether `b` is inverted first.
        invert: bool,
    },
    /// `a` shifted by `b` modulo the width.
    Shift(Modifier),
    /// A field of `a` moved, after `SBFM`, `UBFM`, `BFM`.
    Field {
        /// What fills the other bits.
        fill: Fill,
        /// Right rotation, 0 to width - 1.
        rotate: u8,
        /// Highest bit of the field, 0 to width - 1.
        last: u8,
    },
    /// The lower half of `a:b` after a shift right.
    Extract(u8),
    /// 16 bits (second) at this position (first) of `a` replaced: `MOVK`.
    Keep(u8, u16),
    /// A function of one argument.
    Unary(AluOp),
    /// The smaller or larger of the magnitude of `a`: `|a|`.
    Absolute,
    /// `c + a * b` or `c - a * b`.
    MultiplyAdd {
        /// Whether the product is subtracted.
        negate: bool,
        /// `a` and `b` are 32-bit numbers, extended with or without sign.
        long: Option<bool>,
    },
    /// A function of two arguments.
    Binary(AluOp),
}

/// What fills the bits around a moved field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Zeros.
    Zero,
    /// Copies of the field's highest bit above it, zeros below.
    Sign,
    /// The old bits of the destination, the second source.
    Old,
}

/// What a conditional select does to its second source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// Nothing: `CSEL`.
    Same,
    /// Adds 1: `CSINC`.
    Increment,
    /// Inverts the bits: `CSINV`.
    Invert,
    /// Negates: `CSNEG`.
    Negate,
}

/// `CSEL` and its relatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// The destination.
    pub target: RegisterName,
    /// Chosen if the condition holds.
    pub first: RegisterName,
    /// Chosen if it does not.
    pub second: RegisterName,
    /// What happens to the second.
    pub otherwise: Otherwise,
    /// The condition.
    pub condition: Condition,
}

/// `CCMP` and `CCMN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionalCompare {
    /// First operand.
    pub first: RegisterName,
    /// Second operand.
    pub second: Source,
    /// Whether the second is subtracted (`CCMP`).
    pub negate: bool,
    /// The flags if the condition does not hold.
    pub flags: u8,
    /// The condition.
    pub condition: Condition,
}

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The base register.
    pub base: RegisterName,
    /// What is added.
    pub offset: Source,
    /// How the base changes.
    pub index: Index,
}

/// How an access uses and changes its base register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// At base + offset; the base stays.
    Offset,
    /// At base + offset, which the base becomes.
    Pre,
    /// At the base, which becomes base + offset.
    Post,
}

/// A load or store of one or two registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// One or two registers.
    pub registers: Vec<RegisterName>,
    /// Bytes per register in memory.
    pub bytes: u8,
    /// Whether a load extends the sign to the width of the register.
    pub signed: bool,
    /// What kind of access.
    pub access: Access,
    /// Whether the second access is ordered after the first.
    pub in_order: bool,
    /// Where.
    pub address: Address,
}

/// What an atomic stores, from the old value and the operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modify {
    /// The operand.
    Swap,
    /// Their sum.
    Add,
    /// The old value without the operand's bits.
    Clear,
    /// Exclusive or.
    Xor,
    /// Or.
    Set,
    /// The larger or smaller of them.
    Extreme {
        /// As signed numbers.
        signed: bool,
        /// The larger.
        largest: bool,
    },
}

/// Swap and fetch-and-modify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atomic {
    /// What is stored.
    pub modify: Modify,
    /// The operand.
    pub source: RegisterName,
    /// Receives the old value.
    pub target: RegisterName,
    /// Bytes in memory.
    pub bytes: u8,
    /// `ACQUIRE` and `RELEASE`, as the suffix says.
    pub order: Access,
    /// The base register.
    pub base: RegisterName,
}

/// Compare-and-swap of one register or of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompareSwap {
    /// Compared with memory, and receive the old contents: one or two.
    pub compared: Vec<RegisterName>,
    /// Stored on success: as many.
    pub stored: Vec<RegisterName>,
    /// Bytes per register in memory.
    pub bytes: u8,
    /// `ACQUIRE` and `RELEASE`, as the suffix says.
    pub order: Access,
    /// The base register.
    pub base: RegisterName,
}

impl Compute {
    /// The width of the operation.
    pub fn width(&self) -> Width {
        self.target.width
    }
}

impl Kind {
    /// The label that the instruction names, if any.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Kind::CodeAddress(_, target) => Some(target),
            Kind::Branch(
                Branch::Always { target, .. } | Branch::Flags(_, target) | Branch::Register { target, .. },
            ) => Some(target),
            _ => None,
        }
    }
}

impl Instr {
    /// The labels and symbolic registers that the instruction names.
    pub fn mentions(&self) -> Mentions {
        let mut mentions = Mentions::default();
        if let Some(Target::Label(label, span)) = self.kind.target() {
            mentions.labels.push((label.clone(), *span));
        }
        collect_symbolic(&self.operands, &mut mentions.symbolic);
        mentions
    }
}

fn collect_symbolic(operands: &[Operand], found: &mut Vec<(String, Span)>) {
    for operand in operands {
        match &operand.shape {
            Shape::Register(RegisterName { name: Name::Symbolic(name), .. }) => {
                found.push((name.clone(), operand.span));
            }
            Shape::Memory(parts, _) => collect_symbolic(parts, found),
            _ => {}
        }
    }
}
