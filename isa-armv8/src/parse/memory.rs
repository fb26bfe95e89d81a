//! Loads and stores.

use super::Table;
use crate::instr::{Address, Index, Kind, Source, Transfer};
use crate::registers::{Name, RegisterName, Width};
use crate::syntax::{Modifier, Operand, RegisterClass, Shape, Slots};
use sim_core::diagnostic::{Diagnostic, Span};
use sim_core::program::Access;

/// How large the memory side of an access is.
#[derive(Debug, Clone, Copy)]
enum Size {
    /// As the register.
    Register,
    /// A byte or halfword, zero-extended to a W register.
    Narrow(u8),
    /// Sign-extended to either register, or (4 bytes) to an X register.
    Signed(u8),
}

impl Size {
    /// The bytes for a register of this width.
    fn bytes(self, width: Width) -> u8 {
        match self {
            Size::Register => width.bytes(),
            Size::Narrow(bytes) | Size::Signed(bytes) => bytes,
        }
    }

    /// The width that the register must have, if only one is possible.
    fn width(self) -> Option<Width> {
        match self {
            Size::Register | Size::Signed(1 | 2) => None,
            Size::Narrow(_) => Some(Width::W),
            Size::Signed(_) => Some(Width::X),
        }
    }

    fn signed(self) -> bool {
        matches!(self, Size::Signed(_))
    }
}

/// The suffixes of loads; the last three are not of stores.
const SIZES: [(&str, Size); 6] = [
    ("", Size::Register),
    ("B", Size::Narrow(1)),
    ("H", Size::Narrow(2)),
    ("SB", Size::Signed(1)),
    ("SH", Size::Signed(2)),
    ("SW", Size::Signed(4)),
];

/// Which addresses an instruction can have.
#[derive(Debug, Clone, Copy)]
enum Mode {
    /// Everything that `LDR` has.
    Full,
    /// `[Xn, #-256..255]`.
    Unscaled,
    /// The base alone.
    Base,
    /// `[Xn, #imm]`, `[Xn, #imm]!`, `[Xn], #imm` in multiples of the size.
    Pair,
    /// `[Xn, #imm]` in multiples of the size.
    PairOffset,
    /// The base, or the base written back by this many times the size of both registers: after the
    /// access where positive, before it where negative.
    PairStep(i8),
}

pub fn add(table: &mut Table) {
    let none = Access::empty();
    let families = [
        ("LDR", Mode::Full, none, 6),
        ("LDUR", Mode::Unscaled, none, 6),
        ("LDAPUR", Mode::Unscaled, Access::ACQUIRE_PC, 6),
        ("LDAR", Mode::Base, Access::ACQUIRE, 3),
        ("LDLAR", Mode::Base, Access::ACQUIRE, 3),
        ("LDAPR", Mode::Base, Access::ACQUIRE_PC, 3),
        ("STR", Mode::Full, none, 3),
        ("STUR", Mode::Unscaled, none, 3),
        ("STLUR", Mode::Unscaled, Access::RELEASE, 3),
        ("STLR", Mode::Base, Access::RELEASE, 3),
        ("STLLR", Mode::Base, Access::RELEASE, 3),
    ];
    for (stem, mode, access, sizes) in families {
        for (suffix, size) in &SIZES[..sizes] {
            let load = stem.starts_with('L');
            let usage = match mode {
                Mode::Full => "Rt, [Xn{, #imm | Xm{, LSL #k}}]",
                Mode::Unscaled => "Rt, [Xn{, #imm}]",
                _ => "Rt, [Xn]",
            };
            table.add(format!("{stem}{suffix}"), usage, move |slots| {
                let transfer = transfer(slots, 0, 1, *size, mode, access)?;
                Some(if load { Kind::Load(transfer) } else { Kind::Store(transfer) })
            });
        }
    }
    add_pairs(table);
    add_exclusives(table);
}

fn add_pairs(table: &mut Table) {
    let none = Access::empty();
    let both = Size::Register;
    let pairs = [
        ("LDP", Mode::Pair, none, both, false),
        ("LDPSW", Mode::Pair, none, Size::Signed(4), false),
        ("LDNP", Mode::PairOffset, Access::NON_TEMPORAL, both, false),
        ("LDAP", Mode::Base, Access::ACQUIRE, both, false),
        ("LDIAPP", Mode::PairStep(1), Access::ACQUIRE_PC, both, true),
        ("STP", Mode::Pair, none, both, false),
        ("STNP", Mode::PairOffset, Access::NON_TEMPORAL, both, false),
        ("STLP", Mode::Base, Access::RELEASE, both, false),
        ("STILP", Mode::PairStep(-1), Access::RELEASE, both, true),
    ];
    for (name, mode, access, size, in_order) in pairs {
        let usage = match mode {
            Mode::Pair | Mode::PairOffset => "Rt1, Rt2, [Xn{, #imm}]",
            _ => "Rt1, Rt2, [Xn]",
        };
        table.add(name, usage, move |slots| {
            let transfer = Transfer { in_order, ..transfer(slots, 0, 2, size, mode, access)? };
            Some(if name.starts_with('L') { Kind::Load(transfer) } else { Kind::Store(transfer) })
        });
    }
}

fn add_exclusives(table: &mut Table) {
    for (letter, order) in [("", Access::empty()), ("A", Access::ACQUIRE)] {
        let access = order | Access::EXCLUSIVE;
        for (suffix, size) in &SIZES[..3] {
            table.add(format!("LD{letter}XR{suffix}"), "Rt, [Xn]", move |slots| {
                Some(Kind::LoadExclusive(transfer(slots, 0, 1, *size, Mode::Base, access)?))
            });
        }
        table.add(format!("LD{letter}XP"), "Rt1, Rt2, [Xn]", move |slots| {
            Some(Kind::LoadExclusive(transfer(slots, 0, 2, Size::Register, Mode::Base, access)?))
        });
    }
    for (letter, order) in [("", Access::empty()), ("L", Access::RELEASE)] {
        let access = order | Access::EXCLUSIVE;
        for (suffix, size) in &SIZES[..3] {
            table.add(format!("ST{letter}XR{suffix}"), "Ws, Rt, [Xn]", move |slots| {
                store_exclusive(slots, 1, *size, access)
            });
        }
        table.add(format!("ST{letter}XP"), "Ws, Rt1, Rt2, [Xn]", move |slots| {
            store_exclusive(slots, 2, Size::Register, access)
        });
    }
}

fn store_exclusive(slots: &mut Slots<'_>, registers: usize, size: Size, access: Access) -> Option<Kind> {
    slots.count(registers + 2..=registers + 2)?;
    let status = slots.register(0, RegisterClass::Zero, Some(Width::W));
    let transfer = transfer(slots, 1, registers, size, Mode::Base, access)?;
    let status = status?;
    let used =
        |name: &Name| transfer.registers.iter().chain([&transfer.address.base]).any(|r| r.name == *name);
    if status.name != Name::Zero && used(&status.name) {
        unpredictable(slots, 0, "the status register is used by the store itself");
    }
    Some(Kind::StoreExclusive(status, transfer))
}

/// Reads `registers` registers from operand `first` on, and the address after them.
fn transfer(
    slots: &mut Slots<'_>,
    first: usize,
    registers: usize,
    size: Size,
    mode: Mode,
    access: Access,
) -> Option<Transfer> {
    let at = first + registers;
    slots.count(at + 1..=at + 2)?;
    let mut width = size.width();
    let mut named: Vec<Option<RegisterName>> = Vec::new();
    for place in first..at {
        let register = slots.register(place, RegisterClass::Zero, width);
        if registers > 1 {
            width = width.or(register.as_ref().map(|register| register.width));
        }
        named.push(register);
    }
    let bytes = named.iter().flatten().next().map_or(4, |register| size.bytes(register.width));
    let address = address(slots, at, bytes, mode);
    let registers = named.into_iter().collect::<Option<Vec<_>>>()?;
    let (signed, in_order) = (size.signed(), false);
    let transfer = Transfer { registers, bytes, signed, access, in_order, address: address? };
    check_registers(slots, at, &transfer);
    Some(transfer)
}

/// Warns about registers that are written twice, or used and written back; `at` is the address operand.
fn check_registers(slots: &mut Slots<'_>, at: usize, transfer: &Transfer) {
    let base = &transfer.address.base.name;
    if transfer.address.index != Index::Offset
        && transfer.registers.iter().any(|register| register.name == *base)
    {
        unpredictable(slots, at, "the base is written back, and is a register of the access");
    }
    if let [first, second] = transfer.registers.as_slice()
        && slots.name.starts_with('L')
        && first.name == second.name
        && first.name != Name::Zero
    {
        unpredictable(slots, at - 1, "both registers of the pair are the same");
    }
}

/// A warning at operand `at`: the architecture leaves open what happens.
fn unpredictable(slots: &mut Slots<'_>, at: usize, reason: &str) {
    let Some(operand) = slots.operands.get(at) else { return };
    // The brackets are not the word.
    let span = match &operand.shape {
        Shape::Memory(parts, _) => parts.first().map_or(operand.span, |base| base.span),
        _ => operand.span,
    };
    let warning = Diagnostic::warning("unpredictable", span, format!("{reason}: constrained unpredictable"));
    slots.diagnostics.push(warning.note("here all registers are read before any is written"));
}

/// Reads the address at operand `at`, of an access of `bytes` bytes per register.
fn address(slots: &mut Slots<'_>, at: usize, bytes: u8, mode: Mode) -> Option<Address> {
    if matches!(mode, Mode::Base) {
        return slots.base_only(at);
    }
    let (parts, pre, span) = slots.memory(at)?;
    let post = slots.operands.get(at + 1);
    let base = slots.base(parts.first()?);
    let (offset, index) = match (parts, post) {
        ([_, more @ ..], Some(post)) => {
            if pre || !more.is_empty() {
                let message = "an address has one offset: in the brackets, or after them";
                return slots.error("two-offsets", post.span, message);
            }
            (slots.as_immediate(post, i128::MIN..=i128::MAX, 1)?, Index::Post)
        }
        ([_], None) if pre => {
            return slots.error("no-offset", span, "write-back needs an offset in the brackets");
        }
        ([_], None) => (0, Index::Offset),
        ([_, Operand { shape: Shape::Immediate(offset), .. }], None) => {
            (*offset, if pre { Index::Pre } else { Index::Offset })
        }
        ([_, register, more @ ..], None) => {
            let offset = register_offset(slots, register, more, bytes, mode);
            if pre {
                return slots.error("no-write-back", span, "an offset in a register cannot be written back");
            }
            return Some(Address { base: base?, offset: offset?, index: Index::Offset });
        }
        ([], _) => return None,
    };
    let place = post.or(parts.get(1)).map_or(span, |operand| operand.span);
    check_offset(slots, offset, place, index, bytes, mode)?;
    Some(Address { base: base?, offset: Source::Immediate(offset as i64 as u64), index })
}

/// Checks the range of an immediate offset.
fn check_offset(
    slots: &mut Slots<'_>,
    offset: i128,
    span: Span,
    index: Index,
    bytes: u8,
    mode: Mode,
) -> Option<()> {
    let step = i128::from(bytes);
    let unscaled = -256..=255;
    let indexed = index != Index::Offset;
    match mode {
        Mode::Full if indexed => slots.in_range(offset, span, unscaled, 1)?,
        Mode::Full if unscaled.contains(&offset) => offset,
        Mode::Full => slots.in_range(offset, span, 0..=4095 * step, step)?,
        Mode::Pair => slots.in_range(offset, span, -64 * step..=63 * step, step)?,
        Mode::Unscaled | Mode::PairOffset if indexed => {
            let message = format!("{} does not write its base back", slots.name);
            return slots.error("no-write-back", span, message);
        }
        Mode::Unscaled => slots.in_range(offset, span, unscaled, 1)?,
        Mode::PairOffset => slots.in_range(offset, span, -64 * step..=63 * step, step)?,
        Mode::Base | Mode::PairStep(_) if !indexed => slots.in_range(offset, span, 0..=0, 1)?,
        Mode::Base => return None,
        Mode::PairStep(times) => {
            let right = if times < 0 { Index::Pre } else { Index::Post };
            if index != right {
                let message = format!("{} cannot write its base back in this way", slots.name);
                return slots.error("no-write-back", span, message);
            }
            let only = i128::from(times) * 2 * step;
            slots.in_range(offset, span, only..=only, 1)?
        }
    };
    Some(())
}

/// Reads `Xm{, LSL|SXTX #k}` or `Wm, UXTW|SXTW {#k}` in brackets.
fn register_offset(
    slots: &mut Slots<'_>,
    register: &Operand,
    more: &[Operand],
    bytes: u8,
    mode: Mode,
) -> Option<Source> {
    let place = more.first().map_or(register.span, |operand| operand.span);
    let index = slots.as_register(register, RegisterClass::Zero, None)?;
    if !matches!(mode, Mode::Full) {
        let message = format!("{} takes no offset in a register", slots.name);
        return slots.error("no-register-offset", register.span, message);
    }
    let (modifier, amount) = match more {
        [] if index.width == Width::X => return Some(Source::Register(index)),
        // The field's tools read a W register without an extension as signed.
        [] => (Modifier::Extend(32, true), None),
        [Operand { shape: Shape::Modifier(modifier, amount), .. }] => (*modifier, *amount),
        [first, rest @ ..] => {
            let wrong = rest.first().unwrap_or(first);
            return slots.error("not-a-shift", wrong.span, "only LSL, UXTW, SXTW or SXTX can stand here");
        }
    };
    let right = match modifier {
        Modifier::Lsl => index.width == Width::X && amount.is_some(),
        Modifier::Extend(32, _) => true,
        Modifier::Extend(64, _) => index.width == Width::X,
        _ => false,
    };
    if !right {
        let message = match index.width {
            Width::X => "after an X register only LSL #k, UXTW, SXTW or SXTX can stand",
            Width::W => "after a W register only UXTW or SXTW can stand",
        };
        return slots.error("wrong-shift", place, message);
    }
    let amount = slots.in_range(amount.unwrap_or(0), place, 0..=4, 1)?;
    let scale = i128::from(bytes.trailing_zeros());
    if amount != 0 && amount != scale {
        let held = if scale == 0 { "0".to_string() } else { format!("0 or {scale}") };
        slots.not_encodable(place, amount, &format!("{held} for an access of {bytes} bytes"));
    }
    Some(Source::Modified(index, modifier, amount as u8))
}

/// Prefetches: their addresses are checked, and have no effect.
pub fn add_prefetches(table: &mut Table) {
    for (name, mode) in [("PRFM", Mode::Full), ("PRFUM", Mode::Unscaled)] {
        table.add(name, "operation, [Xn{, #imm}]", move |slots| {
            slots.count(2..=2)?;
            let operation = super::system::prefetch_operation(slots);
            if let Some((parts, true, span)) = slots.memory(1) {
                debug_assert!(!parts.is_empty());
                return slots.error("no-write-back", span, "a prefetch does not write its base back");
            }
            let address = address(slots, 1, 8, mode)?;
            if let Some((_, span)) = slots.capability {
                return slots.error("not-modelled", span, "prefetches by capability are not modelled");
            }
            Some(Kind::Prefetch(operation?, address))
        });
    }
}
