//! The instruction table: every mnemonic with how it is written and how its operands are read.

mod alu;
mod atomic;
mod branch;
mod field;
mod memory;
mod multiply;
mod select;
mod system;
mod unmodelled;

use crate::instr::{Instr, Kind};
use crate::syntax::{self, Slots, Token};
use sim_core::diagnostic::{Diagnostic, Severity, Span, nearest};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Reads the operands of one instruction.
type Reader = Box<dyn Fn(&mut Slots<'_>) -> Option<Kind> + Send + Sync>;

/// One mnemonic.
struct Entry {
    /// How its operands are written.
    operands: &'static str,
    read: Reader,
}

/// The mnemonics in upper case.
#[derive(Default)]
struct Table {
    entries: BTreeMap<String, Entry>,
}

impl Table {
    /// Adds a mnemonic; it must be new.
    fn add(
        &mut self,
        name: impl Into<String>,
        operands: &'static str,
        read: impl Fn(&mut Slots<'_>) -> Option<Kind> + Send + Sync + 'static,
    ) {
        let before = self.entries.insert(name.into(), Entry { operands, read: Box::new(read) });
        debug_assert!(before.is_none(), "two meanings for one mnemonic");
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    branch::add(&mut table);
    memory::add(&mut table);
    atomic::add(&mut table);
    alu::add(&mut table);
    field::add(&mut table);
    multiply::add(&mut table);
    select::add(&mut table);
    system::add(&mut table);
    table
});

/// Every mnemonic in upper case, in alphabetical order, with how its operands are written.
pub fn mnemonics() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.entries.iter().map(|(name, entry)| (name.as_str(), entry.operands))
}

/// Parses one instruction that begins at byte `at` of its file.
pub fn instruction(text: &str, at: u32, diagnostics: &mut Vec<Diagnostic>) -> Option<Instr> {
    let mut found = Vec::new();
    let instr = read(text, at, &mut found);
    let failed = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    debug_assert!(failed || instr.is_some(), "an instruction refused without a reason");
    diagnostics.append(&mut found);
    instr.filter(|_| !failed)
}

fn read(text: &str, at: u32, diagnostics: &mut Vec<Diagnostic>) -> Option<Instr> {
    let tokens = syntax::lex(text, at, diagnostics);
    let Some((first, rest)) = tokens.split_first() else {
        if diagnostics.is_empty() {
            let span = Span::new(at as usize, (at as usize).saturating_add(text.len()));
            diagnostics.push(Diagnostic::error("no-instruction", span, "an instruction is missing"));
        }
        return None;
    };
    let (Token::Word(word), span) = first else {
        diagnostics.push(Diagnostic::error(
            "no-instruction",
            first.1,
            "an instruction begins with a mnemonic",
        ));
        return None;
    };
    let upper = word.to_ascii_uppercase();
    let Some((name, entry)) = TABLE.entries.get_key_value(&upper) else {
        diagnostics.push(unknown(word, &upper, *span));
        return None;
    };
    // Without a stray character the operands can be told apart, whatever else is wrong.
    if diagnostics.iter().any(|diagnostic| diagnostic.code == syntax::STRAY) {
        return None;
    }
    let operands = syntax::group(rest, diagnostics)?;
    let wrong_numbers: Vec<Span> = diagnostics.iter().map(|diagnostic| diagnostic.span).collect();
    let usage = usage(name, entry);
    let mut slots =
        Slots { name, span: *span, operands: &operands, usage: &usage, capability: None, diagnostics };
    let kind = (entry.read)(&mut slots);
    let kind = match slots.capability {
        Some((base, span)) => kind.map(|_| Kind::CapabilityAccess(base, span)),
        None => kind,
    };
    // A number that is none stands for 0; whether 0 is in range does not matter.
    let mut seen = 0;
    diagnostics.retain(|diagnostic| {
        seen += 1;
        seen <= wrong_numbers.len() || !wrong_numbers.contains(&diagnostic.span)
    });
    Some(Instr { name, operands, kind: kind? })
}

/// How an instruction is written.
fn usage(name: &str, entry: &Entry) -> String {
    format!("{name} {}", entry.operands).trim_end().to_string()
}

/// The error for a mnemonic that is not in the table.
fn unknown(word: &str, upper: &str, span: Span) -> Diagnostic {
    if let Some(family) = unmodelled::family(upper) {
        let message = format!("`{word}` is known but not modelled: {family}");
        return Diagnostic::error("not-modelled", span, message);
    }
    let error = Diagnostic::error("unknown-instruction", span, format!("`{word}` is not an instruction"));
    match nearest(upper, mnemonics().map(|(name, _)| name)) {
        Some(near) => {
            let usage = TABLE.entries.get(near).map(|entry| usage(near, entry)).unwrap_or_default();
            error.note(format!("did you mean {near}? It is written `{usage}`"))
        }
        None => error,
    }
}
