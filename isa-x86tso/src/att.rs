//! Operands in AT&T syntax: `$1`, `%rax`, `(x)`, `4(%rax,%rbx,8)`.
//!
//! As in other tools for litmus tests, `%` may be left out, a bare number is an immediate, and `[x]` is
//! another way to write `(x)`.

use crate::instr::{Constant, Memory, Operand, OperandKind};
use crate::lexer::{Kind, Token};
use crate::operands::{Cursor, operand};
use crate::registers::{Class, Named};
use sim_core::diagnostic::Diagnostic;

const NOTHING: Constant = Constant { symbol: None, offset: 0 };

/// Parses one operand to its end.
pub(crate) fn parse(cursor: &mut Cursor<'_, '_, '_>) -> Option<Operand> {
    let start = cursor.here();
    if let (Some(size), Some(second)) = (cursor.peek(), cursor.peek_second())
        && size.kind == Kind::Word
        && second.is_word("ptr")
    {
        let message = "sizes before operands belong to Intel syntax";
        let diagnostic = Diagnostic::error("operand-syntax", size.span.to(second.span), message)
            .note("X86_64 tests are in AT&T syntax: `movl (x),%eax`, source first.");
        return cursor.fail(diagnostic);
    }
    let kind = if cursor.take_mark('$') {
        OperandKind::Immediate(cursor.constant()?)
    } else {
        register_or_address(cursor)?
    };
    cursor.expect_end()?;
    Some(operand(kind, cursor.since(start)))
}

fn register_or_address(cursor: &mut Cursor<'_, '_, '_>) -> Option<OperandKind> {
    let Some(named) = register(cursor)? else {
        return address(cursor, None);
    };
    if named.class == Class::Segment && cursor.take_mark(':') {
        return address(cursor, Some(named));
    }
    Some(OperandKind::Register(named))
}

/// The register at hand; `Some(None)` if there is none.
fn register(cursor: &mut Cursor<'_, '_, '_>) -> Option<Option<Named>> {
    let Some(first) = cursor.peek() else {
        return Some(None);
    };
    if first.is('%') {
        cursor.take();
        let Some(name) = cursor.take() else {
            let message = "a register is missing after `%`";
            return cursor.fail(Diagnostic::error("operand-syntax", first.span, message));
        };
        return cursor.register(name, first.span.to(name.span)).map(Some);
    }
    if !cursor.looks_like_register(first) {
        return Some(None);
    }
    cursor.take();
    cursor.register(first, first.span).map(Some)
}

/// An address or, where it is a number alone, an immediate.
fn address(cursor: &mut Cursor<'_, '_, '_>, segment: Option<Named>) -> Option<OperandKind> {
    let opens = |token: Token<'_>| token.is('(') || token.is('[');
    let before = match cursor.peek() {
        Some(token) if opens(token) => None,
        _ => Some(cursor.constant()?),
    };
    let mut memory = Memory { segment, constant: NOTHING, base: None, index: None, size: None };
    let bracketed = cursor.peek().is_some_and(opens);
    if bracketed {
        inside(cursor, &mut memory)?;
    }
    if let Some(before) = before {
        if !bracketed && segment.is_none() && before.symbol.is_none() {
            return Some(OperandKind::Immediate(before));
        }
        if let (Some(_), Some(symbol)) = (&before.symbol, &memory.constant.symbol) {
            let diagnostic = Diagnostic::error(
                "operand-syntax",
                symbol.span,
                "the addresses of two symbols cannot be added",
            );
            return cursor.fail(diagnostic);
        }
        memory.constant.offset += before.offset;
        memory.constant.symbol = before.symbol.or(memory.constant.symbol);
    }
    Some(OperandKind::Memory(memory))
}

/// `(x)`, `(x+4)`, `(base)`, `(base,index)`, `(base,index,scale)`, `(,index,scale)`, or the same in `[]`.
fn inside(cursor: &mut Cursor<'_, '_, '_>, memory: &mut Memory) -> Option<()> {
    let close = match cursor.take() {
        Some(open) if open.is('[') => ']',
        _ => ')',
    };
    memory.base = register(cursor)?;
    let index_follows = cursor.peek().is_some_and(|token| token.is(','));
    if memory.base.is_none() && !index_follows {
        memory.constant = cursor.constant()?;
        return cursor.expect_mark(close);
    }
    if cursor.take_mark(',') {
        let Some(index) = register(cursor)? else {
            let diagnostic =
                Diagnostic::error("operand-syntax", cursor.here(), "an index register is expected here")
                    .note("An address is written `offset(base,index,scale)`.");
            return cursor.fail(diagnostic);
        };
        let mut scale = 1;
        if cursor.take_mark(',') {
            match cursor.take() {
                Some(token) if token.kind == Kind::Number => scale = cursor.scale(token)?,
                _ => {
                    let diagnostic =
                        Diagnostic::error("operand-syntax", cursor.here(), "a scale is expected here")
                            .note("Scales are 1, 2, 4 and 8.");
                    return cursor.fail(diagnostic);
                }
            }
        }
        memory.index = Some((index, scale));
    }
    cursor.expect_mark(close)
}
