//! Barriers, hints, flags, and what ends a thread.

use super::Table;
use crate::instr::Kind;
use crate::registers::Width;
use crate::syntax::{RegisterClass, Shape, Slots};
use crate::system::{self, SystemRegister};
use sim_core::diagnostic::{Diagnostic, Span, nearest};
use sim_core::program::{Fence, Side};

/// What a barrier does, by domain. All domains mean the same for threads that share memory
/// (aarch64fences.cat gives them one meaning). Domain, names of the sets, before, after.
const BARRIERS: [(&str, [&str; 2], Side, Side); 12] = {
    const ALL: Side = Side::MEMORY;
    [
        ("SY", ["DMB.SY", "DSB.SY"], ALL, ALL),
        ("LD", ["DMB.LD", "DSB.LD"], Side::READ, ALL),
        ("ST", ["DMB.ST", "DSB.ST"], Side::WRITE, Side::WRITE),
        ("ISH", ["DMB.ISH", "DSB.ISH"], ALL, ALL),
        ("ISHLD", ["DMB.ISHLD", "DSB.ISHLD"], Side::READ, ALL),
        ("ISHST", ["DMB.ISHST", "DSB.ISHST"], Side::WRITE, Side::WRITE),
        ("NSH", ["DMB.NSH", "DSB.NSH"], ALL, ALL),
        ("NSHLD", ["DMB.NSHLD", "DSB.NSHLD"], Side::READ, ALL),
        ("NSHST", ["DMB.NSHST", "DSB.NSHST"], Side::WRITE, Side::WRITE),
        ("OSH", ["DMB.OSH", "DSB.OSH"], ALL, ALL),
        ("OSHLD", ["DMB.OSHLD", "DSB.OSHLD"], Side::READ, ALL),
        ("OSHST", ["DMB.OSHST", "DSB.OSHST"], Side::WRITE, Side::WRITE),
    ]
};

/// Hints by number (Arm ARM, "Hints").
const HINTS: [(&str, u8); 9] = [
    ("NOP", 0),
    ("YIELD", 1),
    ("WFE", 2),
    ("WFI", 3),
    ("SEV", 4),
    ("SEVL", 5),
    ("DGH", 6),
    ("ESB", 16),
    ("CSDB", 20),
];

/// What a prefetch can be for: six operations each of loads, instructions and stores.
const PREFETCHES: [&str; 18] = [
    "PLDL1KEEP",
    "PLDL1STRM",
    "PLDL2KEEP",
    "PLDL2STRM",
    "PLDL3KEEP",
    "PLDL3STRM",
    "PLIL1KEEP",
    "PLIL1STRM",
    "PLIL2KEEP",
    "PLIL2STRM",
    "PLIL3KEEP",
    "PLIL3STRM",
    "PSTL1KEEP",
    "PSTL1STRM",
    "PSTL2KEEP",
    "PSTL2STRM",
    "PSTL3KEEP",
    "PSTL3STRM",
];

pub fn add(table: &mut Table) {
    table.add("DMB", "domain", |slots| barrier(slots, false));
    table.add("DSB", "domain", |slots| barrier(slots, true));
    table.add("ISB", "{SY}", |slots| {
        slots.count(0..=1)?;
        option(slots, 0, &["SY"])?;
        let (before, after) = (Side::empty(), Side::empty());
        Some(Kind::Fence(Fence { name: "ISB", before, after, context: true }))
    });
    for (name, number) in HINTS {
        table.add(name, "", move |slots| {
            slots.count(0..=0)?;
            Some(Kind::Hint(number))
        });
    }
    table.add("HINT", "#imm", |slots| {
        slots.count(1..=1)?;
        Some(Kind::Hint(slots.immediate(0, 0..=127, 1)? as u8))
    });
    table.add("BTI", "{c|j|jc}", |slots| {
        slots.count(0..=1)?;
        let targets = option(slots, 0, &["C", "J", "JC"])?.map_or(0, |index| index as u8 + 1);
        Some(Kind::Hint(32 + 2 * targets))
    });
    table.add("UDF", "#imm16", |slots| Some(Kind::Undefined(number(slots)?)));
    table.add("SVC", "#imm16", |slots| Some(Kind::SupervisorCall(number(slots)?)));
    table.add("CLREX", "{#imm}", |slots| {
        slots.count(0..=1)?;
        let number = if slots.operands.is_empty() { 15 } else { slots.immediate(0, 0..=15, 1)? };
        Some(Kind::ClearExclusive(number as u8))
    });
    table.add("ADR", "Xd, label", |slots| {
        slots.count(2..=2)?;
        let register = slots.register(0, RegisterClass::Zero, Some(Width::X));
        let target = slots.target(1);
        Some(Kind::CodeAddress(register?, target?))
    });
    table.add("MRS", "Xt, system register", |slots| {
        slots.count(2..=2)?;
        let register = slots.register(0, RegisterClass::Zero, Some(Width::X));
        let (system, span) = system_register(slots, 1)?;
        Some(match system {
            System::Flags => Kind::ReadFlags(register?),
            System::InMemory(system) => Kind::ReadSystem(register?, system, span),
        })
    });
    table.add("MSR", "system register, Xt", |slots| {
        slots.count(2..=2)?;
        let system = system_register(slots, 0);
        let register = slots.register(1, RegisterClass::Zero, Some(Width::X))?;
        let (system, span) = system?;
        Some(match system {
            System::Flags => Kind::WriteFlags(register),
            System::InMemory(system) => Kind::WriteSystem(register, system, span),
        })
    });
    super::memory::add_prefetches(table);
}

/// The only operand, a number of 16 bits.
fn number(slots: &mut Slots<'_>) -> Option<u16> {
    slots.count(1..=1)?;
    slots.immediate(0, 0..=0xffff, 1).map(|number| number as u16)
}

fn barrier(slots: &mut Slots<'_>, waits_for_all: bool) -> Option<Kind> {
    slots.count(1..=1)?;
    let index = option(slots, 0, &BARRIERS.map(|barrier| barrier.0))??;
    let (_, [dmb, dsb], before, after) = BARRIERS[index];
    // A DSB holds back whatever follows, DSB ST also loads (B.1, DSB-ob).
    let fence = match waits_for_all {
        false => Fence { name: dmb, before, after, context: false },
        true => Fence { name: dsb, before, after: Side::MEMORY | Side::ANY, context: false },
    };
    Some(Kind::Fence(fence))
}

/// The index of the word at `at` in `words`; `Some(None)` where there is no such operand.
fn option(slots: &mut Slots<'_>, at: usize, words: &[&str]) -> Option<Option<usize>> {
    let Some(operand) = slots.operands.get(at) else {
        return Some(None);
    };
    let word = match &operand.shape {
        Shape::Word(word) => word.as_str(),
        _ => "",
    };
    if let Some(index) = words.iter().position(|known| known.eq_ignore_ascii_case(word)) {
        return Some(Some(index));
    }
    let message = format!("{} has no such option", slots.name);
    let note = match nearest(word, words.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("it is one of {}", words.join(" ")),
    };
    slots.diagnostics.push(Diagnostic::error("unknown-option", operand.span, message).note(note));
    None
}

/// The system registers that are known.
enum System {
    /// `NZCV`.
    Flags,
    /// One that lives in memory under nested virtualisation.
    InMemory(&'static SystemRegister),
}

/// A system register, and where its name stands.
fn system_register(slots: &mut Slots<'_>, at: usize) -> Option<(System, Span)> {
    let operand = slots.operands.get(at)?;
    let Shape::Word(word) = &operand.shape else {
        return slots.error("not-a-system-register", operand.span, "a system register is needed here: NZCV");
    };
    if word.eq_ignore_ascii_case("NZCV") {
        return Some((System::Flags, operand.span));
    }
    match system::in_memory(word) {
        Some(register) => Some((System::InMemory(register), operand.span)),
        None => {
            let message = format!("the system register `{word}` is not modelled, only NZCV");
            slots.error("not-modelled", operand.span, message)
        }
    }
}

/// What a prefetch is for: a name, or a number of five bits.
pub fn prefetch_operation(slots: &mut Slots<'_>) -> Option<u8> {
    match slots.operands.first()?.shape {
        Shape::Immediate(_) => slots.immediate(0, 0..=31, 1).map(|number| number as u8),
        _ => option(slots, 0, &PREFETCHES)?.map(|index| (index / 6 * 8 + index % 6) as u8),
    }
}
