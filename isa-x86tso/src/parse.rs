//! From the text of one instruction to an [`Instr`].

use crate::check::Check;
use crate::instr::{Instr, Name, Operand, OperandKind};
use crate::lexer::{Kind, Token, tokens};
use crate::mnemonics::{self, Mnemonic};
use crate::operands::{Cursor, operand};
use crate::operation::Operation;
use crate::registers::Mode;
use crate::{att, intel, unmodelled};
use sim_core::diagnostic::{Diagnostic, Span, nearest};

/// Prefixes that repeat a string instruction; before others they have been given other meanings.
const REPEATS: [&str; 5] = ["rep", "repe", "repz", "repne", "repnz"];

/// Errors before which unknown words still get a suggestion.
const SUGGESTIONS_MAX: usize = 100;

/// Parses one instruction without its label. `text` begins at byte `at` of the file.
pub(crate) fn parse(mode: Mode, text: &str, at: u32, diagnostics: &mut Vec<Diagnostic>) -> Option<Instr> {
    let before = diagnostics.len();
    let tokens = tokens(text, at, diagnostics);
    let whole = Span::new(at as usize, at as usize + text.len());
    let (prefixes, rest) = Prefixes::take(&tokens);
    let Some((word, rest)) = rest.split_first() else {
        if diagnostics.len() == before {
            let span = tokens.last().map_or(whole, |last| last.span);
            diagnostics.push(Diagnostic::error("no-instruction", span, "an instruction is missing here"));
        }
        return None;
    };
    let mnemonic = find(mode, *word, rest, diagnostics)?;
    let operands = operands(mode, mnemonic, *word, rest, diagnostics)?;
    prefixes.check(mnemonic, diagnostics);
    let instr = Check { mode, mnemonic, word: word.span }.fit(prefixes.lock, operands, diagnostics);
    instr
        .filter(|_| diagnostics[before..].iter().all(|d| d.severity != sim_core::diagnostic::Severity::Error))
}

/// What stands before a mnemonic, each perhaps with a `;` after it.
#[derive(Default)]
struct Prefixes<'a> {
    lock: Option<Span>,
    repeat: Option<Token<'a>>,
}

impl<'a> Prefixes<'a> {
    fn take<'t>(mut tokens: &'t [Token<'a>]) -> (Self, &'t [Token<'a>]) {
        let mut prefixes = Prefixes::default();
        while let [first, rest @ ..] = tokens {
            if first.is_word("lock") {
                prefixes.lock = Some(first.span);
            } else if REPEATS.iter().any(|word| first.is_word(word)) {
                prefixes.repeat = Some(*first);
            } else {
                break;
            }
            tokens = match rest {
                [mark, rest @ ..] if mark.is(';') => rest,
                _ => rest,
            };
        }
        (prefixes, tokens)
    }

    /// `rep nop` is an old spelling of `pause`, and `rep ret` one of `ret`. Nothing else repeats.
    fn check(&self, mnemonic: &Mnemonic, diagnostics: &mut Vec<Diagnostic>) {
        let Some(repeat) = self.repeat else { return };
        if !matches!(mnemonic.operation, Operation::Nop | Operation::Return) {
            let message = format!("`{}` cannot stand before `{}`", repeat.text, mnemonic.word());
            let note = "It repeats string instructions, and these are known but not modelled.";
            diagnostics.push(Diagnostic::error("bad-prefix", repeat.span, message).note(note));
        }
    }
}

fn find(
    mode: Mode,
    word: Token<'_>,
    rest: &[Token<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'static Mnemonic> {
    let text = word.text;
    if word.kind != Kind::Word {
        let message = format!("an instruction is expected, not `{text}`");
        diagnostics.push(Diagnostic::error("no-instruction", word.span, message));
        return None;
    }
    if let Some(mnemonic) = mnemonics::find(text) {
        return Some(mnemonic);
    }
    if let Some(kind) = unmodelled::kind(text) {
        let message = format!("`{text}` is known but not modelled: {kind} instruction");
        diagnostics.push(Diagnostic::error("unmodelled-instruction", word.span, message));
        return None;
    }
    let mut diagnostic =
        Diagnostic::error("unknown-instruction", word.span, format!("`{text}` is not an instruction"));
    // Looking for what is near takes long enough to be felt in a file full of other things.
    let near = if diagnostics.len() < SUGGESTIONS_MAX { nearest(text, mnemonics::words()) } else { None };
    if let Some(near) = near {
        diagnostic = diagnostic.note(format!("The nearest instruction is `{}`.", mode.spell(near)));
    }
    diagnostics.push(diagnostic);
    // Registers are what else can be checked without knowing the instruction.
    let _ = split(word, rest, diagnostics).map(|groups| {
        for (group, span) in groups {
            one(mode, group, span, diagnostics);
        }
    });
    None
}

/// Parses all operands, in the order of the text; `None` after an error in any.
fn operands(
    mode: Mode,
    mnemonic: &Mnemonic,
    word: Token<'_>,
    rest: &[Token<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<Operand>> {
    let groups = split(word, rest, diagnostics)?;
    let jumps = matches!(mnemonic.operation, Operation::Jump | Operation::Branch(_));
    let parsed: Vec<Option<Operand>> = groups
        .into_iter()
        .map(
            |(group, span)| {
                if jumps { label(group, span, diagnostics) } else { one(mode, group, span, diagnostics) }
            },
        )
        .collect();
    parsed.into_iter().collect()
}

fn one(mode: Mode, group: &[Token<'_>], span: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Operand> {
    let mut cursor = Cursor::new(mode, group, span, diagnostics);
    match mode {
        Mode::Long => att::parse(&mut cursor),
        Mode::Protected => intel::parse(&mut cursor),
    }
}

fn label(group: &[Token<'_>], span: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Operand> {
    match group {
        [token] if matches!(token.kind, Kind::Word | Kind::Number) => {
            Some(operand(OperandKind::Label(Name { text: token.text.to_owned(), span }), span))
        }
        [first, ..] if first.is('*') => {
            let message = "known but not modelled: indirect jump";
            diagnostics
                .push(Diagnostic::error("unmodelled-instruction", span, message).note("Jump to a label."));
            None
        }
        _ => {
            diagnostics.push(Diagnostic::error("operand-syntax", span, "the target of a jump is a label"));
            None
        }
    }
}

/// The tokens of each operand with their span.
type Groups<'t, 'a> = Vec<(&'t [Token<'a>], Span)>;

/// Splits operands at the commas outside of brackets.
fn split<'t, 'a>(
    word: Token<'a>,
    rest: &'t [Token<'a>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Groups<'t, 'a>> {
    let mut groups = Vec::new();
    if rest.is_empty() {
        return Some(groups);
    }
    let mut depth = 0_usize;
    let mut commas = Vec::new();
    for (index, token) in rest.iter().enumerate() {
        match token.kind {
            Kind::Mark('(' | '[') => depth += 1,
            Kind::Mark(')' | ']') => depth = depth.saturating_sub(1),
            Kind::Mark(',') if depth == 0 => commas.push(index),
            _ => {}
        }
    }
    let mut start = 0;
    for end in commas.iter().copied().chain([rest.len()]) {
        match &rest[start..end] {
            [] => {
                let span = rest.get(end).or(rest.last()).map_or(word.span, |token| token.span);
                diagnostics.push(Diagnostic::error(
                    "operand-syntax",
                    span,
                    "an operand is missing beside this comma",
                ));
            }
            group @ [first, ..] => {
                let last = group[group.len() - 1];
                groups.push((group, first.span.to(last.span)));
            }
        }
        start = end + 1;
    }
    (groups.len() == commas.len() + 1).then_some(groups)
}
