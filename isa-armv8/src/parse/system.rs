//! Barriers, hints, flags, and what ends a thread.

use super::Table;
use crate::instr::Kind;
use crate::registers::Width;
use crate::syntax::{RegisterClass, Shape, Slots};
use sim_core::diagnostic::{Diagnostic, nearest};
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

/// What a prefetch can be for.
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
    for name in ["NOP", "YIELD", "WFE", "WFI", "SEV", "SEVL", "DGH", "CSDB", "ESB"] {
        table.add(name, "", |slots| {
            slots.count(0..=0)?;
            Some(Kind::Nothing)
        });
    }
    table.add("HINT", "#imm", |slots| {
        slots.count(1..=1)?;
        slots.immediate(0, 0..=127, 1)?;
        Some(Kind::Nothing)
    });
    table.add("BTI", "{c|j|jc}", |slots| {
        slots.count(0..=1)?;
        option(slots, 0, &["C", "J", "JC"])?;
        Some(Kind::Nothing)
    });
    for name in ["UDF", "SVC"] {
        table.add(name, "#imm16", |slots| {
            slots.count(1..=1)?;
            slots.immediate(0, 0..=0xffff, 1)?;
            Some(Kind::Trap)
        });
    }
    table.add("CLREX", "{#imm}", |slots| {
        slots.count(0..=1)?;
        if !slots.operands.is_empty() {
            slots.immediate(0, 0..=15, 1)?;
        }
        Some(Kind::ClearExclusive)
    });
    table.add("ADR", "Xd, label", |slots| {
        slots.count(2..=2)?;
        let register = slots.register(0, RegisterClass::Zero, Some(Width::X));
        let target = slots.target(1);
        Some(Kind::CodeAddress(register?, target?))
    });
    table.add("MRS", "Xt, NZCV", |slots| {
        slots.count(2..=2)?;
        let register = slots.register(0, RegisterClass::Zero, Some(Width::X));
        flags(slots, 1)?;
        Some(Kind::ReadFlags(register?))
    });
    table.add("MSR", "NZCV, Xt", |slots| {
        slots.count(2..=2)?;
        let found = flags(slots, 0);
        let register = slots.register(1, RegisterClass::Zero, Some(Width::X))?;
        found?;
        Some(Kind::WriteFlags(register))
    });
    super::memory::add_prefetches(table);
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

/// Checks that the system register is the one that is modelled.
fn flags(slots: &mut Slots<'_>, at: usize) -> Option<()> {
    let operand = slots.operands.get(at)?;
    match &operand.shape {
        Shape::Word(word) if word.eq_ignore_ascii_case("NZCV") => Some(()),
        Shape::Word(word) => {
            let message = format!("the system register `{word}` is not modelled, only NZCV");
            slots.error("not-modelled", operand.span, message)
        }
        _ => slots.error("not-a-system-register", operand.span, "a system register is needed here: NZCV"),
    }
}

/// Checks what a prefetch is for: a name, or a number of five bits.
pub fn prefetch_operation(slots: &mut Slots<'_>) -> Option<()> {
    match slots.operands.first()?.shape {
        Shape::Immediate(_) => slots.immediate(0, 0..=31, 1).map(drop),
        _ => option(slots, 0, &PREFETCHES).map(drop),
    }
}
