//! The instructions that are modelled: their words, operations, operand forms and sizes.

use crate::conditions::{self, Condition};
use crate::instr::Size;
use std::collections::BTreeMap;
use std::sync::LazyLock;

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

/// Kinds of operands, as a set.
pub(crate) type Kinds = u8;
/// A general register.
pub(crate) const R: Kinds = 1;
/// Memory.
pub(crate) const M: Kinds = 2;
/// An immediate.
pub(crate) const I: Kinds = 4;
/// A label.
pub(crate) const L: Kinds = 8;
/// The register CL, as a count.
pub(crate) const CL: Kinds = 16;
const RM: Kinds = R | M;
const RMI: Kinds = R | M | I;

/// Operand kinds of one form, destination first.
pub(crate) type Form = &'static [Kinds];

/// One word that names an instruction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mnemonic {
    /// Canonical spelling without size letters, in lower case.
    pub name: String,
    /// The size letters of the word.
    pub suffix: String,
    pub operation: Operation,
    /// The accepted forms; none has two memory operands.
    pub forms: &'static [Form],
    /// The size that the word gives.
    pub size: Option<Size>,
    /// The size of the source, where the word gives another for it.
    pub from: Option<Size>,
    /// The sizes that exist. Empty where there is nothing to size.
    pub sizes: &'static [Size],
}

const B: Size = Size::Byte;
const W: Size = Size::Word;
const D: Size = Size::Long;
const Q: Size = Size::Quad;

const ANY: &[Size] = &[B, W, D, Q];
const WIDE: &[Size] = &[W, D, Q];
const WIDER: &[Size] = &[D, Q];
const BYTE: &[Size] = &[B];
const NONE: &[Size] = &[];

/// Name, other words for it, operation, forms, sizes.
type Row = (&'static str, &'static [&'static str], Operation, &'static [Form], &'static [Size]);

const BINARY: &[Form] = &[&[RM, RMI]];
const UNARY: &[Form] = &[&[RM]];
const BARE: &[Form] = &[&[]];
const SHIFT: &[Form] = &[&[RM, I | CL], &[RM]];
const BIT: &[Form] = &[&[RM, R | I]];
const EITHER: &[Form] = &[&[RM, R], &[R, M]];

const ROWS: &[Row] = &[
    ("mov", &["movabs"], Operation::Move, BINARY, ANY),
    ("movnti", &[], Operation::MoveNonTemporal, &[&[M, R]], WIDER),
    ("lea", &[], Operation::LoadAddress, &[&[R, M]], WIDE),
    ("add", &[], Operation::Binary(Binary::Add), BINARY, ANY),
    ("adc", &[], Operation::Binary(Binary::AddCarry), BINARY, ANY),
    ("sub", &[], Operation::Binary(Binary::Subtract), BINARY, ANY),
    ("sbb", &[], Operation::Binary(Binary::SubtractBorrow), BINARY, ANY),
    ("and", &[], Operation::Binary(Binary::And), BINARY, ANY),
    ("or", &[], Operation::Binary(Binary::Or), BINARY, ANY),
    ("xor", &[], Operation::Binary(Binary::Xor), BINARY, ANY),
    ("cmp", &[], Operation::Binary(Binary::Compare), BINARY, ANY),
    ("test", &[], Operation::Binary(Binary::Test), &[&[RM, R | I], &[R, M]], ANY),
    ("inc", &[], Operation::Unary(Unary::Increment), UNARY, ANY),
    ("dec", &[], Operation::Unary(Unary::Decrement), UNARY, ANY),
    ("neg", &[], Operation::Unary(Unary::Negate), UNARY, ANY),
    ("not", &[], Operation::Unary(Unary::Not), UNARY, ANY),
    ("shl", &["sal"], Operation::Shift(Shift::Left), SHIFT, ANY),
    ("shr", &[], Operation::Shift(Shift::Right), SHIFT, ANY),
    ("sar", &[], Operation::Shift(Shift::ArithmeticRight), SHIFT, ANY),
    ("rol", &[], Operation::Shift(Shift::RotateLeft), SHIFT, ANY),
    ("ror", &[], Operation::Shift(Shift::RotateRight), SHIFT, ANY),
    ("imul", &[], Operation::Multiply { signed: true }, &[&[RM], &[R, RMI], &[R, RM, I]], ANY),
    ("mul", &[], Operation::Multiply { signed: false }, UNARY, ANY),
    ("bt", &[], Operation::Bit(BitChange::Keep), BIT, WIDE),
    ("bts", &[], Operation::Bit(BitChange::Set), BIT, WIDE),
    ("btr", &[], Operation::Bit(BitChange::Reset), BIT, WIDE),
    ("btc", &[], Operation::Bit(BitChange::Complement), BIT, WIDE),
    ("bswap", &[], Operation::ByteSwap, &[&[R]], WIDER),
    ("clc", &[], Operation::Carry(CarryChange::Clear), BARE, NONE),
    ("stc", &[], Operation::Carry(CarryChange::Set), BARE, NONE),
    ("cmc", &[], Operation::Carry(CarryChange::Complement), BARE, NONE),
    ("xchg", &[], Operation::Exchange, EITHER, ANY),
    ("uxch", &[], Operation::Exchange, EITHER, ANY),
    ("xadd", &[], Operation::ExchangeAdd, &[&[RM, R]], ANY),
    ("cmpxchg", &[], Operation::CompareExchange, EITHER, ANY),
    ("jmp", &[], Operation::Jump, &[&[L]], NONE),
    ("ret", &["retq", "retl"], Operation::Return, BARE, NONE),
    ("mfence", &[], Operation::Fence, BARE, NONE),
    ("lfence", &[], Operation::Event("LFENCE"), BARE, NONE),
    ("sfence", &[], Operation::Event("SFENCE"), BARE, NONE),
    ("clflush", &[], Operation::Event("ClFlush"), &[&[M]], NONE),
    ("clflushopt", &[], Operation::Event("ClFlushOpt"), &[&[M]], NONE),
    ("pause", &[], Operation::Nop, BARE, NONE),
    // The field's hashes spell all of these alike.
    ("NOP", &["nop", "endbr64", "endbr32", "cld"], Operation::Nop, BARE, NONE),
    ("NOP", &["nop", "nopw", "nopl", "nopq"], Operation::Nop, &[&[], &[RM]], NONE),
];

/// Words that give two sizes: word, signedness, source, destination.
const EXTENSIONS: &[(&str, bool, Size, Size)] = &[
    ("movzbw", false, B, W),
    ("movzbl", false, B, D),
    ("movzbq", false, B, Q),
    ("movzwl", false, W, D),
    ("movzwq", false, W, Q),
    ("movsbw", true, B, W),
    ("movsbl", true, B, D),
    ("movsbq", true, B, Q),
    ("movswl", true, W, D),
    ("movswq", true, W, Q),
    ("movslq", true, D, Q),
];

/// Words that give the size of the source at most: word, signedness, source.
const EXTENSIONS_BY_OPERANDS: &[(&str, bool, Option<Size>)] = &[
    ("movzx", false, None),
    ("movsx", true, None),
    ("movsxd", true, Some(D)),
    ("movzb", false, Some(B)),
    ("movzw", false, Some(W)),
];

/// AT&T word, Intel word, operation, size of the result (of each half, outside).
const WIDENINGS: &[(&str, &str, Operation, Size)] = &[
    ("cbtw", "cbw", Operation::WidenInside, W),
    ("cwtl", "cwde", Operation::WidenInside, D),
    ("cltq", "cdqe", Operation::WidenInside, Q),
    ("cwtd", "cwd", Operation::WidenOutside, W),
    ("cltd", "cdq", Operation::WidenOutside, D),
    ("cqto", "cqo", Operation::WidenOutside, Q),
];

static TABLE: LazyLock<BTreeMap<String, Mnemonic>> = LazyLock::new(|| {
    let mut table = Table(BTreeMap::new());
    for &(name, others, operation, forms, sizes) in ROWS {
        table.family(name, others, operation, forms, sizes);
    }
    for (condition, canonical, name) in conditions::all() {
        let (cmov, set, jump) =
            (format!("cmov{canonical}"), format!("set{canonical}"), format!("j{canonical}"));
        table.family(
            &cmov,
            &[&format!("cmov{name}")],
            Operation::ConditionalMove(condition),
            &[&[R, RM]],
            WIDE,
        );
        table.family(&set, &[&format!("set{name}")], Operation::Set(condition), UNARY, BYTE);
        table.family(&jump, &[&format!("j{name}")], Operation::Branch(condition), &[&[L]], NONE);
    }
    for &(word, signed, from, to) in EXTENSIONS {
        let sizes = Size::ALL.get(to as usize..=to as usize).unwrap_or(NONE);
        table.extension(word, signed, Some(from), Some(to), static_sizes(sizes));
    }
    for &(word, signed, from) in EXTENSIONS_BY_OPERANDS {
        table.extension(word, signed, from, None, WIDE);
    }
    for &(att, intel, operation, size) in WIDENINGS {
        for word in [att, intel] {
            let sized = Mnemonic {
                name: word.to_owned(),
                suffix: String::new(),
                operation,
                forms: BARE,
                size: Some(size),
                from: None,
                sizes: ANY,
            };
            table.0.insert(word.to_owned(), sized);
        }
    }
    table.0
});

/// The list of sizes, unchanged: names its lifetime.
fn static_sizes(sizes: &[Size]) -> &'static [Size] {
    match sizes {
        [Size::Word] => &[W],
        [Size::Long] => &[D],
        _ => &[Q],
    }
}

struct Table(BTreeMap<String, Mnemonic>);

impl Table {
    /// Adds `name` and `others`, each alone and with each size letter. What is there already stays.
    fn family(
        &mut self,
        name: &str,
        others: &[&str],
        operation: Operation,
        forms: &'static [Form],
        sizes: &'static [Size],
    ) {
        for &word in [name].iter().chain(others) {
            let letters = sizes.iter().map(|&size| (size.suffix(), Some(size)));
            for (suffix, size) in [("", None)].into_iter().chain(letters) {
                let sized = Mnemonic {
                    name: name.to_owned(),
                    suffix: suffix.to_owned(),
                    operation,
                    forms,
                    size,
                    from: None,
                    sizes,
                };
                let word = format!("{word}{suffix}").to_ascii_lowercase();
                match suffix.is_empty() {
                    true => drop(self.0.insert(word, sized)),
                    false => drop(self.0.entry(word).or_insert(sized)),
                }
            }
        }
    }

    fn extension(
        &mut self,
        word: &str,
        signed: bool,
        from: Option<Size>,
        size: Option<Size>,
        sizes: &'static [Size],
    ) {
        let operation = Operation::Extend { signed };
        let sized = Mnemonic {
            name: word.to_owned(),
            suffix: String::new(),
            operation,
            forms: &[&[R, RM]],
            size,
            from,
            sizes,
        };
        self.0.insert(word.to_owned(), sized);
    }
}

/// The instruction that a word names, in any case.
pub(crate) fn find(word: &str) -> Option<&'static Mnemonic> {
    TABLE.get(&word.to_ascii_lowercase())
}

/// All words.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    TABLE.keys().map(String::as_str)
}

impl Mnemonic {
    /// The word in lower case.
    pub fn word(&self) -> String {
        format!("{}{}", self.name, self.suffix)
    }
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
