//! Operands in Intel order and syntax: `1`, `EAX`, `[x]`, `DWORD PTR [EAX+ECX*4+8]`.
//!
//! As in other tools for litmus tests, immediates may begin with `$`. A symbol without brackets is the
//! memory that it names; `OFFSET x` and `$x` are its address.

use crate::instr::{Constant, Memory, Operand, OperandKind, Size};
use crate::lexer::Kind;
use crate::operands::{Cursor, operand};
use crate::registers::{Class, Named};
use sim_core::diagnostic::{Diagnostic, Span};

/// Parses one operand to its end.
pub(crate) fn parse(cursor: &mut Cursor<'_, '_, '_>) -> Option<Operand> {
    let start = cursor.here();
    if cursor.peek().is_some_and(|token| token.is('(')) {
        let diagnostic = Diagnostic::error("operand-syntax", start, "parentheses belong to AT&T syntax")
            .note("X86 tests are in Intel order and syntax: `MOV [x],1`, destination first.")
            .note("Begin the test with `X86_64` to write it in AT&T syntax.");
        return cursor.fail(diagnostic);
    }
    let kind = if cursor.take_mark('$') || cursor.take_word("offset") {
        OperandKind::Immediate(cursor.constant()?)
    } else {
        let size = size_keyword(cursor);
        let mut memory = Memory {
            segment: None,
            constant: Constant { symbol: None, offset: 0 },
            base: None,
            index: None,
            size,
        };
        sized(cursor, &mut memory)?
    };
    cursor.expect_end()?;
    Some(operand(kind, cursor.since(start)))
}

/// `DWORD PTR` or `DWORD`.
fn size_keyword(cursor: &mut Cursor<'_, '_, '_>) -> Option<Size> {
    // A symbol may be called `byte`: a keyword has an operand after it.
    cursor.peek_second().filter(|second| second.kind == Kind::Word || second.is('['))?;
    let size = Size::ALL.into_iter().find(|size| cursor.take_word(size.keyword()))?;
    cursor.take_word("ptr");
    Some(size)
}

/// What may follow a size: a register, a number, or memory with or without brackets.
fn sized(cursor: &mut Cursor<'_, '_, '_>, memory: &mut Memory) -> Option<OperandKind> {
    if let Some(named) = register(cursor)? {
        if named.class != Class::Segment || !cursor.take_mark(':') {
            return Some(OperandKind::Register(named));
        }
        memory.segment = Some(named);
    }
    let mut brackets = false;
    while cursor.peek().is_some() {
        if cursor.take_mark('[') {
            brackets = true;
            sum(cursor, memory)?;
            cursor.expect_mark(']')?;
        } else if brackets {
            break;
        } else {
            memory.constant = cursor.constant()?;
            if !cursor.peek().is_some_and(|token| token.is('[')) {
                break;
            }
        }
    }
    if !brackets && memory.constant.symbol.is_none() && memory.segment.is_none() {
        return Some(OperandKind::Immediate(memory.constant.clone()));
    }
    Some(OperandKind::Memory(memory.clone()))
}

/// The register at hand; `Some(None)` if there is none.
fn register(cursor: &mut Cursor<'_, '_, '_>) -> Option<Option<Named>> {
    let Some(first) = cursor.peek() else {
        return Some(None);
    };
    let percent = first.is('%');
    if !percent && !cursor.looks_like_register(first) {
        return Some(None);
    }
    cursor.take();
    let name = if percent { cursor.take() } else { Some(first) };
    match name {
        Some(name) => cursor.register(name, first.span.to(name.span)).map(Some),
        None => {
            cursor.fail(Diagnostic::error("operand-syntax", first.span, "a register is missing after `%`"))
        }
    }
}

/// The sum in brackets: numbers, a symbol, a base, a scaled index.
fn sum(cursor: &mut Cursor<'_, '_, '_>, memory: &mut Memory) -> Option<()> {
    let mut negative = cursor.take_mark('-');
    loop {
        let start = cursor.here();
        let leading_scale = cursor.peek().filter(|token| token.kind == Kind::Number);
        if let Some(named) = register(cursor)? {
            let scale = if cursor.take_mark('*') { Some(scale(cursor)?) } else { None };
            place(cursor, memory, named, scale, start, negative)?;
        } else if let Some(number) = leading_scale.filter(|_| cursor.peek_second().is_some_and(|t| t.is('*')))
        {
            cursor.take();
            cursor.take();
            let scale = cursor.scale(number)?;
            let Some(named) = register(cursor)? else {
                let diagnostic =
                    Diagnostic::error("operand-syntax", cursor.here(), "a register is expected after `*`");
                return cursor.fail(diagnostic);
            };
            place(cursor, memory, named, Some(scale), start, negative)?;
        } else {
            cursor.add_term(&mut memory.constant, negative)?;
        }
        negative = cursor.peek().is_some_and(|token| token.is('-'));
        if !cursor.take_mark('+') && !cursor.take_mark('-') {
            return Some(());
        }
    }
}

fn scale(cursor: &mut Cursor<'_, '_, '_>) -> Option<u8> {
    match cursor.peek() {
        Some(token) if token.kind == Kind::Number => {
            cursor.take();
            cursor.scale(token)
        }
        _ => {
            let span = cursor.here();
            cursor.fail(
                Diagnostic::error("operand-syntax", span, "a scale is expected after `*`")
                    .note("Scales are 1, 2, 4 and 8."),
            )
        }
    }
}

/// Puts a register of a sum where there is room: base first, unless it is scaled.
fn place(
    cursor: &mut Cursor<'_, '_, '_>,
    memory: &mut Memory,
    named: Named,
    scale: Option<u8>,
    start: Span,
    negative: bool,
) -> Option<()> {
    let span = cursor.since(start);
    if negative {
        return cursor.fail(Diagnostic::error(
            "operand-syntax",
            span,
            "a register cannot be subtracted in an address",
        ));
    }
    match scale {
        None if memory.base.is_none() => memory.base = Some(named),
        _ if memory.index.is_none() => memory.index = Some((named, scale.unwrap_or(1))),
        _ => {
            let diagnostic =
                Diagnostic::error("operand-syntax", span, "an address has two registers at most")
                    .note("An address is written `[base+index*scale+offset]`.");
            return cursor.fail(diagnostic);
        }
    }
    Some(())
}
