//! The registers of both modes, and the names that view them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sim_core::litmus::RegisterView;
use sim_core::program::{Reg, Register};

/// Which machine a test is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// 64-bit mode, written in AT&T syntax (`X86_64`).
    Long,
    /// 32-bit protected mode, written in Intel order (`X86`).
    Protected,
}

/// What a register can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Data and addresses.
    General,
    /// The instruction pointer: base of an address, nothing else.
    Pointer,
    /// A segment: prefix of an address, nothing else.
    Segment,
}

/// A register as an instruction names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    /// Lower-case name without `%`.
    pub name: &'static str,
    /// The bits that it stands for.
    pub view: RegisterView,
    /// What it can be used for.
    pub class: Class,
}

impl Named {
    /// Whether it is one of the eight registers that only 64-bit mode has.
    pub fn is_numbered(&self) -> bool {
        self.class == Class::General && self.view.reg.0 >= FIRST_NUMBERED
    }

    /// Whether an operand of this name needs the prefix of 64-bit mode (REX): the registers that only
    /// this mode has, 64 bits of the others, and low bytes of registers without a high byte.
    pub fn needs_prefix(&self) -> bool {
        let low_byte = self.view.bits == 8 && self.view.low == 0;
        let high_byte = |row: &[&str; 5]| !row[4].is_empty();
        let beside_high_byte = GENERAL.get(usize::from(self.view.reg.0)).is_some_and(high_byte);
        self.class == Class::General
            && (self.view.bits == 64 || self.is_numbered() || low_byte && !beside_high_byte)
    }
}

/// One row per general register, in the order in which results list them: names of its 64, 32, 16 and
/// low 8 bits, and of bits 8 to 15.
const GENERAL: [[&str; 5]; 16] = [
    ["rax", "eax", "ax", "al", "ah"],
    ["rbx", "ebx", "bx", "bl", "bh"],
    ["rcx", "ecx", "cx", "cl", "ch"],
    ["rdx", "edx", "dx", "dl", "dh"],
    ["rsi", "esi", "si", "sil", ""],
    ["rdi", "edi", "di", "dil", ""],
    ["rbp", "ebp", "bp", "bpl", ""],
    ["rsp", "esp", "sp", "spl", ""],
    ["r8", "r8d", "r8w", "r8b", ""],
    ["r9", "r9d", "r9w", "r9b", ""],
    ["r10", "r10d", "r10w", "r10b", ""],
    ["r11", "r11d", "r11w", "r11b", ""],
    ["r12", "r12d", "r12w", "r12b", ""],
    ["r13", "r13d", "r13w", "r13b", ""],
    ["r14", "r14d", "r14w", "r14b", ""],
    ["r15", "r15d", "r15w", "r15b", ""],
];

/// The first row that only 64-bit mode has.
const FIRST_NUMBERED: u8 = 8;

/// Lowest bit and width of each column of [`GENERAL`].
const PARTS: [(u8, u8); 5] = [(0, 64), (0, 32), (0, 16), (0, 8), (8, 8)];

const SEGMENTS: [&str; 6] = ["cs", "ds", "es", "fs", "gs", "ss"];

/// The accumulator, whatever its width.
pub(crate) const ACCUMULATOR: Reg = Reg(0);
/// The upper half of wide products and of sign extensions.
pub(crate) const DATA: Reg = Reg(3);
/// The stack pointer, which no address can scale.
pub(crate) const STACK: Reg = Reg(7);

impl Mode {
    /// Width of addresses and of the widest registers, in bits.
    pub fn bits(self) -> u8 {
        match self {
            Mode::Long => 64,
            Mode::Protected => 32,
        }
    }

    /// The header's name of the architecture.
    pub fn arch(self) -> &'static str {
        match self {
            Mode::Long => "X86_64",
            Mode::Protected => "X86",
        }
    }

    fn general_count(self) -> u8 {
        match self {
            Mode::Long => 16,
            Mode::Protected => FIRST_NUMBERED,
        }
    }

    /// The hidden register that holds the flags, packed as module `flags` says.
    pub fn flags(self) -> Reg {
        Reg(self.general_count() + 1 + SEGMENTS.len() as u8)
    }

    /// A register's name as this mode's tests spell it: `rax`, `EAX`.
    pub fn spell(self, name: &str) -> String {
        match self {
            Mode::Long => name.to_ascii_lowercase(),
            Mode::Protected => name.to_ascii_uppercase(),
        }
    }

    /// All registers: general ones, instruction pointer, segments, flags.
    pub fn registers(self) -> Vec<Register> {
        let widest = usize::from(self == Mode::Protected);
        let general = GENERAL.iter().take(usize::from(self.general_count())).map(|row| row[widest]);
        let pointer = ["rip", "eip"][widest];
        general
            .chain([pointer])
            .chain(SEGMENTS)
            .map(|name| Register { name: self.spell(name), hidden: false })
            .chain([Register { name: self.spell("flags"), hidden: true }])
            .collect()
    }

    /// Every name of a register that this mode has.
    pub fn names(self) -> impl Iterator<Item = Named> {
        let count = self.general_count();
        let general = GENERAL.iter().enumerate().take(usize::from(count)).flat_map(move |(index, row)| {
            row.iter().zip(PARTS).filter(|(name, _)| !name.is_empty()).map(move |(&name, (low, bits))| {
                Named { name, view: RegisterView { reg: Reg(index as u8), low, bits }, class: Class::General }
            })
        });
        let bits = self.bits();
        let other = move |name: &'static str, index: u8, bits: u8, class: Class| Named {
            name,
            view: RegisterView { reg: Reg(index), low: 0, bits },
            class,
        };
        let pointer = other(if bits == 64 { "rip" } else { "eip" }, count, bits, Class::Pointer);
        let segments =
            (count + 1..).zip(SEGMENTS).map(move |(index, name)| other(name, index, 16, Class::Segment));
        general.filter(move |named| bits == 64 || !named.needs_prefix()).chain([pointer]).chain(segments)
    }

    /// The register called `name`, in any case, without `%`.
    pub fn register(self, name: &str) -> Option<Named> {
        static LONG: LazyLock<ByName> = LazyLock::new(|| by_name(Mode::Long));
        static PROTECTED: LazyLock<ByName> = LazyLock::new(|| by_name(Mode::Protected));
        let table = match self {
            Mode::Long => &LONG,
            Mode::Protected => &PROTECTED,
        };
        table.get(name.to_ascii_lowercase().as_str()).copied()
    }

    /// The name of the `bits` lowest bits of a general register.
    pub fn part(self, reg: Reg, bits: u8) -> Option<Named> {
        self.names().find(|n| n.view.reg == reg && n.view.bits == bits && n.view.low == 0)
    }
}

/// The registers of a mode by their lower-case names. Loading a test asks for registers more often than for
/// anything else.
type ByName = BTreeMap<&'static str, Named>;

fn by_name(mode: Mode) -> ByName {
    mode.names().map(|named| (named.name, named)).collect()
}

/// Why a name that is no register of a mode is still known, if it is: `SSE register`, for example.
pub(crate) fn unmodelled_register(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = stem.len() < name.len();
    match stem {
        "xmm" if numbered => Some("SSE"),
        "ymm" if numbered => Some("AVX"),
        "zmm" | "k" if numbered => Some("AVX-512"),
        "mm" if numbered => Some("MMX"),
        "cr" | "dr" if numbered => Some("system"),
        "st" => Some("x87"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_view_parts_of_registers() {
        let view = |mode: Mode, name| mode.register(name).map(|n| (n.view.reg.0, n.view.low, n.view.bits));
        assert_eq!(view(Mode::Long, "RaX"), Some((0, 0, 64)));
        assert_eq!(view(Mode::Long, "ch"), Some((2, 8, 8)));
        assert_eq!(view(Mode::Long, "r15w"), Some((15, 0, 16)));
        assert_eq!(view(Mode::Long, "sil"), Some((4, 0, 8)));
        assert_eq!(view(Mode::Protected, "EDI"), Some((5, 0, 32)));
        assert_eq!(view(Mode::Protected, "BH"), Some((1, 8, 8)));
        for missing in ["rax", "r8d", "sil", "rip"] {
            assert_eq!(view(Mode::Protected, missing), None, "{missing}");
        }
    }

    #[test]
    fn indices_agree_with_the_list_of_registers() {
        for mode in [Mode::Long, Mode::Protected] {
            let registers = mode.registers();
            for named in mode.names() {
                let widest = &registers[usize::from(named.view.reg.0)];
                if named.view.bits == mode.bits() || named.class != Class::General {
                    assert_eq!(widest.name, mode.spell(named.name));
                }
            }
            assert_eq!(registers.len(), usize::from(mode.flags().0) + 1);
            assert!(registers[usize::from(mode.flags().0)].hidden);
        }
    }
}
