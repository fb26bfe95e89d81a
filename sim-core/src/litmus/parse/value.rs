//! Values and locations, as the initial state and the tail write them.

use super::problems::Problems;
use super::token::{Kind, Token, Tokens, shorten};
use crate::diagnostic::{Diagnostic, Span};
use crate::litmus::ast::{Location, LocationKind, Value, ValueKind, Word};

/// An error about a form that the format has and the machine has not.
pub(super) fn not_modelled<T>(span: Span, what: &str, problems: &mut Problems) -> Option<T> {
    let message = format!("{what} known but not modelled");
    problems.push(
        Diagnostic::error("not-modelled", span, message)
            .note("modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"),
    );
    None
}

/// What a word begins that the machine has not, if it does.
pub(super) fn system_form(word: &str) -> Option<&'static str> {
    Some(match word {
        "PTE" | "TTD" => "page table entries are",
        "PA" => "physical addresses are",
        "INTID" | "intid" => "interrupts are",
        "tag" | "TAG" => "memory tags are",
        "fault" | "Fault" => "faults are",
        "pac" | "pacda" | "pacdb" | "pacia" | "pacib" => "pointer authentication is",
        "SS" | "SSCap" => "shadow stacks are",
        "parel1_t" | "PAREL1_T" => "translation results are",
        _ => return None,
    })
}

/// Refuses a system form that comes next: `PTE(x)`.
pub(super) fn refuse_system_form(tokens: &mut Tokens, problems: &mut Problems) -> Option<()> {
    let token = tokens.peek();
    match system_form(token.text) {
        Some(what) if tokens.second().kind == Kind::Mark("(") => not_modelled(token.span, what, problems),
        _ => Some(()),
    }
}

/// Index of a thread: `0` or `P0`.
pub(super) fn thread(token: Token, problems: &mut Problems) -> Option<usize> {
    let digits = token.text.strip_prefix('P').unwrap_or(token.text);
    match digits.parse() {
        Ok(index) => Some(index),
        Err(_) => {
            let message = format!("`{}` is no thread", shorten(token.text));
            let error = Diagnostic::error("thread", token.span, message);
            problems.push(error.note("threads are called 0 or P0, 1 or P1, and so on"));
            None
        }
    }
}

/// A number of cells or of one cell.
pub(super) fn index(token: Token, problems: &mut Problems) -> Option<u32> {
    let (value, _) = number(token, problems)?;
    match u32::try_from(value) {
        Ok(index) if index <= MOST_CELLS => Some(index),
        _ => {
            let message = format!("`{}` is too large for an array", shorten(token.text));
            let error = Diagnostic::error("array", token.span, message);
            problems.push(error.note(format!("an array has at most {MOST_CELLS} cells")));
            None
        }
    }
}

/// The longest array.
pub(super) const MOST_CELLS: u32 = 65_536;

/// A number, its lower 64 bits in two's complement, and as written.
pub(super) fn number(token: Token, problems: &mut Problems) -> Option<(u64, String)> {
    let (negative, digits) = match token.text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, token.text),
    };
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let parsed = match hex {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    match parsed {
        Ok(value) if !negative => Some((value, token.text.to_owned())),
        Ok(value) if value <= 1 << 63 => Some((value.wrapping_neg(), token.text.to_owned())),
        _ => {
            let message = format!("`{}` does not fit in 64 bits", shorten(token.text));
            problems.push(Diagnostic::error("number", token.span, message));
            None
        }
    }
}

/// `0:X1`, `P0:X1`, `%a`, `0:%a`, `x`, `[x]` or `t[1]`.
pub(super) fn location(tokens: &mut Tokens, problems: &mut Problems) -> Option<Location> {
    refuse_system_form(tokens, problems)?;
    let token = tokens.peek();
    let kind = match token.kind {
        Kind::Number | Kind::Thread => {
            tokens.advance();
            let thread = thread(token, problems)?;
            tokens.expect(":", "`:` and a register after the thread", problems)?;
            register(thread, tokens, problems)?
        }
        Kind::Symbolic => {
            tokens.advance();
            LocationKind::Symbolic { thread: None, name: token.text[1..].to_owned() }
        }
        Kind::Mark("[") => {
            tokens.advance();
            refuse_system_form(tokens, problems)?;
            let symbol = symbol(tokens, problems)?;
            tokens.expect("]", "`]` after the symbol", problems)?;
            LocationKind::Symbol(symbol)
        }
        Kind::Name => {
            let symbol = symbol(tokens, problems)?;
            match element(tokens, problems)? {
                Some(index) => LocationKind::Element { symbol, index },
                None => LocationKind::Symbol(symbol),
            }
        }
        _ => return tokens.unexpected("a register such as `0:X1` or a symbol such as `x`", problems),
    };
    Some(Location { kind, span: token.span.to(tokens.last()) })
}

fn register(thread: usize, tokens: &mut Tokens, problems: &mut Problems) -> Option<LocationKind> {
    let token = tokens.peek();
    let kind = match token.kind {
        Kind::Name | Kind::Thread => LocationKind::Register { thread, name: token.text.to_owned() },
        Kind::Symbolic => LocationKind::Symbolic { thread: Some(thread), name: token.text[1..].to_owned() },
        _ => return tokens.unexpected("a register after the thread", problems),
    };
    tokens.advance();
    Some(kind)
}

/// The name of a symbol, without a memory tag.
fn symbol(tokens: &mut Tokens, problems: &mut Problems) -> Option<String> {
    let token = tokens.peek();
    if token.kind != Kind::Name {
        return tokens.unexpected("the name of a symbol", problems);
    }
    tokens.advance();
    if tokens.at(":") {
        return not_modelled(tokens.peek().span, "tagged and capability addresses are", problems);
    }
    Some(token.text.to_owned())
}

/// `[1]` after the name of an array, if it is there.
pub(super) fn element(tokens: &mut Tokens, problems: &mut Problems) -> Option<Option<u32>> {
    if !tokens.eat("[") {
        return Some(None);
    }
    let token = tokens.peek();
    if token.kind != Kind::Number {
        return tokens.unexpected("a number of cells", problems);
    }
    tokens.advance();
    let index = index(token, problems)?;
    tokens.expect("]", "`]` after the number", problems)?;
    Some(Some(index))
}

/// A number, an address, a code address or the cells of an array.
pub(super) fn value(tokens: &mut Tokens, problems: &mut Problems) -> Option<Value> {
    if tokens.at("{") {
        return list(tokens, problems);
    }
    refuse_system_form(tokens, problems)?;
    let token = tokens.peek();
    let kind = match token.kind {
        Kind::Number | Kind::Thread if tokens.second().kind == Kind::Mark(":") => {
            tokens.advance();
            tokens.advance();
            let thread = thread(token, problems)?;
            let label = tokens.peek();
            if !matches!(label.kind, Kind::Name | Kind::Thread) {
                return tokens.unexpected("a label after the thread", problems);
            }
            tokens.advance();
            if tokens.at(":") {
                return not_modelled(tokens.peek().span, "capabilities are", problems);
            }
            ValueKind::Label { thread, name: label.text.to_owned() }
        }
        Kind::Number => {
            tokens.advance();
            let (value, text) = number(token, problems)?;
            ValueKind::Number { value, text }
        }
        Kind::Name if token.text == "label" && tokens.second().kind == Kind::Mark(":") => {
            tokens.advance();
            tokens.advance();
            quoted_label(tokens, problems)?
        }
        Kind::Name if token.text == "instr" && tokens.second().kind == Kind::Mark(":") => {
            tokens.advance();
            tokens.advance();
            quoted_instruction(tokens, problems)?
        }
        Kind::Name if matches!(token.text, "NOP" | "nop") => {
            tokens.advance();
            let instr = Word { text: token.text.to_owned(), span: token.span };
            ValueKind::Instruction { instr, quoted: false }
        }
        Kind::Name => {
            let symbol = symbol(tokens, problems)?;
            match element(tokens, problems)? {
                Some(index) => ValueKind::Element { symbol, index },
                None => ValueKind::Symbol(symbol),
            }
        }
        Kind::Mark("(") => return not_modelled(token.span, "page table entries are", problems),
        Kind::Mark(":") => return not_modelled(token.span, "memory tags are", problems),
        Kind::Mark("`") => return not_modelled(token.span, "values in backquotes are", problems),
        _ => return tokens.unexpected("a number, a symbol or a label", problems),
    };
    Some(Value { kind, span: token.span.to(tokens.last()) })
}

/// `"P0:L0"` after `label:`.
fn quoted_label(tokens: &mut Tokens, problems: &mut Problems) -> Option<ValueKind> {
    let token = tokens.peek();
    let inside = token.text.trim_matches('"');
    if token.kind == Kind::Quoted
        && let Some((thread, name)) = inside.split_once(':')
        && let Ok(thread) = thread.strip_prefix('P').unwrap_or(thread).parse()
    {
        tokens.advance();
        return Some(ValueKind::Label { thread, name: name.to_owned() });
    }
    tokens.unexpected("a label in quotes such as `\"P0:L0\"`", problems)
}

/// `"ADD W0,W0,#1"` after `instr:`.
fn quoted_instruction(tokens: &mut Tokens, problems: &mut Problems) -> Option<ValueKind> {
    let token = tokens.peek();
    if token.kind != Kind::Quoted {
        return tokens.unexpected("an instruction in quotes such as `\"NOP\"`", problems);
    }
    tokens.advance();
    let (start, end) = (token.span.start as usize + 1, token.span.end as usize - 1);
    let text = token.text[1..token.text.len() - 1].to_owned();
    Some(ValueKind::Instruction { instr: Word { text, span: Span::new(start, end) }, quoted: true })
}

fn list(tokens: &mut Tokens, problems: &mut Problems) -> Option<Value> {
    let open = tokens.advance().span;
    let mut cells = Vec::new();
    loop {
        if tokens.at("{") {
            return tokens.unexpected("a number or a symbol", problems);
        }
        cells.push(value(tokens, problems)?);
        if tokens.eat("}") {
            return Some(Value { kind: ValueKind::List(cells), span: open.to(tokens.last()) });
        }
        tokens.expect(",", "`,` or `}` after a cell", problems)?;
    }
}
