//! The instructions that are modelled: their words, operations, operand forms and sizes.

use crate::conditions;
use crate::instr::Size;
use crate::operation::{Binary, BitChange, CarryChange, Operation, Shift, Unary};
use std::collections::BTreeMap;
use std::sync::LazyLock;

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
const WIDENING: &[Form] = &[&[R, RM]];
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

/// Widening moves: word, signedness, and the sizes of source and destination where the word gives them.
const EXTENSIONS: &[(&str, bool, Option<Size>, Option<Size>)] = &[
    ("movzx", false, None, None),
    ("movzb", false, Some(B), None),
    ("movzw", false, Some(W), None),
    ("movzbw", false, Some(B), Some(W)),
    ("movzbl", false, Some(B), Some(D)),
    ("movzbq", false, Some(B), Some(Q)),
    ("movzwl", false, Some(W), Some(D)),
    ("movzwq", false, Some(W), Some(Q)),
    ("movsx", true, None, None),
    ("movsxd", true, Some(D), None),
    ("movsbw", true, Some(B), Some(W)),
    ("movsbl", true, Some(B), Some(D)),
    ("movsbq", true, Some(B), Some(Q)),
    ("movswl", true, Some(W), Some(D)),
    ("movswq", true, Some(W), Some(Q)),
    ("movslq", true, Some(D), Some(Q)),
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
        table.word(word, Operation::Extend { signed }, WIDENING, to, from);
    }
    for &(att, intel, operation, size) in WIDENINGS {
        for word in [att, intel] {
            table.word(word, operation, BARE, Some(size), None);
        }
    }
    table.0
});

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
                // A word that is whole comes before one with a size letter: `setb` is not `set` with `b`.
                if suffix.is_empty() {
                    self.0.insert(word, sized);
                } else {
                    self.0.entry(word).or_insert(sized);
                }
            }
        }
    }

    /// Adds one word whose sizes, if it gives any, are part of its name.
    fn word(
        &mut self,
        word: &str,
        operation: Operation,
        forms: &'static [Form],
        size: Option<Size>,
        from: Option<Size>,
    ) {
        let name = word.to_owned();
        let sized = Mnemonic { name, suffix: String::new(), operation, forms, size, from, sizes: WIDE };
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
