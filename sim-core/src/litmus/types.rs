//! Types of the format: C's names for sizes and signs.

use super::ast::{Declared, Word};
use crate::diagnostic::{Diagnostic, nearest};
use crate::outcome::Type;

/// The names that are known, with bytes and sign.
const KNOWN: [(&str, u8, bool); 36] = [
    ("int", 4, true),
    ("int8_t", 1, true),
    ("uint8_t", 1, false),
    ("int16_t", 2, true),
    ("uint16_t", 2, false),
    ("int32_t", 4, true),
    ("uint32_t", 4, false),
    ("int64_t", 8, true),
    ("uint64_t", 8, false),
    ("char", 1, true),
    ("signed char", 1, true),
    ("unsigned char", 1, false),
    ("bool", 1, false),
    ("_Bool", 1, false),
    ("short", 2, true),
    ("short int", 2, true),
    ("unsigned short", 2, false),
    ("unsigned short int", 2, false),
    ("signed int", 4, true),
    ("unsigned", 4, false),
    ("unsigned int", 4, false),
    ("long", 8, true),
    ("long int", 8, true),
    ("long long", 8, true),
    ("long long int", 8, true),
    ("unsigned long", 8, false),
    ("unsigned long int", 8, false),
    ("unsigned long long", 8, false),
    ("intptr_t", 8, true),
    ("uintptr_t", 8, false),
    ("size_t", 8, false),
    ("__int128", 16, true),
    ("__uint128", 16, false),
    ("int128", 16, true),
    ("int128_t", 16, true),
    ("uint128_t", 16, false),
];

/// The type called `name`.
pub(super) fn named(name: &str) -> Option<Type> {
    if name == "ins_t" {
        return Some(Type::INSTRUCTION);
    }
    KNOWN.iter().find(|(known, ..)| *known == name).map(|&(_, bytes, signed)| Type::number(bytes, signed))
}

/// What to say about a type that is not known.
pub(super) fn unknown(name: &Word) -> Diagnostic {
    let message = match name.text.as_str() {
        "pteval_t" => "page table entries are known but not modelled".to_owned(),
        other => format!("unknown type `{other}`"),
    };
    let error = Diagnostic::error("unknown-type", name.span, message);
    match nearest(&name.text, KNOWN.iter().map(|(known, ..)| *known)) {
        Some(near) => error.note(format!("did you mean `{near}`?")),
        None => error
            .note("known are `int`, `int8_t` to `uint64_t`, `char`, `short`, `long`, `ins_t` and pointers"),
    }
}

/// The type of one cell, `None` where none is declared; `pointer` is the width of a pointer in bytes.
///
/// # Errors
/// If the name is not known.
pub(super) fn of(declared: &Declared, pointer: u8) -> Result<Option<Type>, Box<Diagnostic>> {
    match declared {
        Declared::None => Ok(None),
        Declared::Pointer | Declared::PointerTo(_) => Ok(Some(Type::number(pointer, false))),
        Declared::Type(name) | Declared::Atomic(name) | Declared::Array { of: name, .. } => {
            named(&name.text).map(Some).ok_or_else(|| Box::new(unknown(name)))
        }
    }
}
