//! The registers of a core, and the words that name them.

use sim_core::program::{Reg, Register};

/// Half or whole of a general-purpose register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Width {
    /// The lower 32 bits (`W0`); writing them clears the upper half.
    W,
    /// All 64 bits (`X0`).
    X,
}

impl Width {
    /// 32 or 64.
    pub fn bits(self) -> u8 {
        match self {
            Width::W => 32,
            Width::X => 64,
        }
    }

    /// 4 or 8.
    pub fn bytes(self) -> u8 {
        self.bits() / 8
    }

    /// The letter before the number.
    pub fn letter(self) -> char {
        match self {
            Width::W => 'W',
            Width::X => 'X',
        }
    }
}

/// Which register a word names, whatever the width.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// `X0` to `X30`.
    General(u8),
    /// `XZR`: reads as 0, drops what is written, and takes part in no dependency.
    Zero,
    /// `SP`.
    Stack,
    /// A symbolic register such as `X%a`, by its name without the percent sign.
    Symbolic(String),
}

/// A register operand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RegisterName {
    /// The part that is read or written.
    pub width: Width,
    /// The register.
    pub name: Name,
}

/// Number of the last general-purpose register, the link register.
pub const LINK: u8 = 30;
/// The zero register, for conditions that name it: no instruction reads or writes it.
pub const ZERO: Reg = Reg(0);
/// The stack pointer.
pub const STACK: Reg = Reg(1);
/// The condition flags, packed: bit 3 N, bit 2 Z, bit 1 C, bit 0 V.
pub const FLAGS: Reg = Reg(33);
/// The reservation of the last load exclusive: its address with the bytes per register in the upper
/// eight bits, exclusive or; 0 where there is none.
pub const RESERVATION: Reg = Reg(34);

/// The address that system registers in memory are relative to, under `Variant=NV2`.
pub const VNCR: Reg = Reg(35);
/// The name of [`VNCR`].
pub const BASE_OF_REGISTERS: &str = "VNCR_EL2";

/// The general-purpose register with this number, 0 to 30.
pub fn general(number: u8) -> Reg {
    Reg(number + 2)
}

/// The number of a general-purpose register: the inverse of [`general`].
pub fn number_of(reg: Reg) -> Option<u8> {
    reg.0.checked_sub(general(0).0).filter(|number| *number <= LINK)
}

/// Every register, in the order of their [`Reg`] numbers: as results list them, those without a number
/// first.
pub fn all() -> Vec<Register> {
    let named = |name: &str| Register { name: name.to_string(), hidden: false };
    let hidden = |name: &str| Register { name: name.to_string(), hidden: true };
    let mut registers = vec![named("XZR"), named("SP")];
    registers.extend((0..=LINK).map(|number| named(&format!("X{number}"))));
    registers.extend([hidden("NZCV"), hidden("Res"), named(BASE_OF_REGISTERS)]);
    registers
}

/// Reads a register operand in any case: `w3`, `XZR`, `SP`, `X%a`, `%a` (of 64 bits), `LR`, `FP`.
pub fn parse(word: &str) -> Option<RegisterName> {
    if let Some((before, name)) = word.split_once('%') {
        let width = match before {
            "w" | "W" => Width::W,
            "x" | "X" | "" => Width::X,
            _ => return None,
        };
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return plain.then(|| RegisterName { width, name: Name::Symbolic(name.to_string()) });
    }
    let upper = word.to_ascii_uppercase();
    let fixed = |width, name| Some(RegisterName { width, name });
    match upper.as_str() {
        "SP" => return fixed(Width::X, Name::Stack),
        "WSP" => return fixed(Width::W, Name::Stack),
        "XZR" => return fixed(Width::X, Name::Zero),
        "WZR" => return fixed(Width::W, Name::Zero),
        "LR" => return fixed(Width::X, Name::General(LINK)),
        "FP" => return fixed(Width::X, Name::General(29)),
        _ => {}
    }
    let width = match upper.as_bytes().first()? {
        b'W' => Width::W,
        b'X' => Width::X,
        _ => return None,
    };
    let number = small_number(&upper[1..])?;
    (number <= LINK).then_some(RegisterName { width, name: Name::General(number) })
}

/// The general-purpose register whose capability form a word names: `C1` names that of `X1`.
pub fn capability(word: &str) -> Option<RegisterName> {
    let number = small_number(word.strip_prefix(['C', 'c'])?)?;
    (number <= LINK).then_some(RegisterName { width: Width::X, name: Name::General(number) })
}

/// The family of the registers that [`capability`] knows.
pub const CAPABILITY: &str = "a Morello capability register";

/// The family of a register that the architecture has and litmuscope does not model.
pub fn unmodelled(word: &str) -> Option<&'static str> {
    let upper = word.to_ascii_uppercase();
    let upper = upper.split('.').next().unwrap_or_default();
    let number = small_number(upper.get(1..)?)?;
    match upper.as_bytes()[0] {
        b'V' | b'Q' | b'D' | b'S' | b'H' | b'B' if number < 32 => Some("a Neon or floating-point register"),
        b'Z' if number < 32 => Some("an SVE vector register"),
        b'P' if number < 16 => Some("an SVE predicate register"),
        b'C' if number <= LINK => Some(CAPABILITY),
        _ => None,
    }
}

/// A decimal number of one or two digits without a leading zero.
fn small_number(digits: &str) -> Option<u8> {
    let plain = matches!(digits.len(), 1 | 2) && digits.bytes().all(|b| b.is_ascii_digit());
    (plain && (digits.len() == 1 || !digits.starts_with('0'))).then(|| digits.parse().ok()).flatten()
}

impl std::fmt::Display for RegisterName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letter = self.width.letter();
        match (&self.name, self.width) {
            (Name::General(number), _) => write!(f, "{letter}{number}"),
            (Name::Zero, _) => write!(f, "{letter}ZR"),
            (Name::Stack, Width::X) => write!(f, "SP"),
            (Name::Stack, Width::W) => write!(f, "WSP"),
            (Name::Symbolic(name), _) => write!(f, "{letter}%{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case() {
        for (word, shown) in [
            ("w3", "W3"),
            ("X30", "X30"),
            ("lr", "X30"),
            ("wzr", "WZR"),
            ("sp", "SP"),
            ("%a", "X%a"),
            ("w%P0_a", "W%P0_a"),
        ] {
            assert_eq!(parse(word).map(|r| r.to_string()).as_deref(), Some(shown), "{word}");
        }
        for word in ["X31", "W07", "X", "R0", "x+1", "X%", "Y%a", "\u{e9}1", ""] {
            assert_eq!(parse(word), None, "{word}");
        }
    }

    #[test]
    fn numbers_match_the_list() {
        let all = all();
        for (reg, name) in [(ZERO, "XZR"), (STACK, "SP"), (general(0), "X0"), (general(LINK), "X30")] {
            assert_eq!(all[usize::from(reg.0)].name, name);
        }
        assert_eq!(all[usize::from(FLAGS.0)].name, "NZCV");
        assert_eq!(all[usize::from(RESERVATION.0)].name, "Res");
        assert_eq!(all[usize::from(VNCR.0)].name, BASE_OF_REGISTERS);
        assert_eq!(all.len(), usize::from(VNCR.0) + 1);
    }
}
