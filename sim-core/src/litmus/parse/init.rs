//! The initial state: `{ int x=1; 0:X1=x; int t[2]={1,2}; }`.

use super::problems::Problems;
use super::token::{Kind, Tokens};
use super::value::{element, location, not_modelled, value};
use crate::diagnostic::{Diagnostic, Span};
use crate::litmus::ast::{Declared, Init, Location, LocationKind, Value, ValueKind, Word};

/// Where the brace that closes the one at `open` is.
pub(super) fn closing_brace(text: &str, open: usize, problems: &mut Problems) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    if problems.none() {
        let error = Diagnostic::error(
            "unclosed-brace",
            Span::new(open, open + 1),
            "the initial state is never closed",
        );
        problems.push(error.note("it ends with a `}` before the table of instructions"));
    }
    None
}

/// The items between `start` and `end`.
pub(super) fn items(text: &str, start: usize, end: usize, problems: &mut Problems) -> Vec<Init> {
    let mut tokens = Tokens::new(text, start, end);
    let mut items = Vec::new();
    while tokens.peek().kind != Kind::End && !problems.full() {
        if tokens.eat(";") {
            continue;
        }
        let begin = tokens.peek().span;
        let item = item(&mut tokens, problems);
        let complete = item.is_some();
        if let Some((location, ty, value)) = item {
            items.push(Init { location, ty, value, span: begin.to(tokens.last()) });
        }
        if tokens.at(";") || tokens.peek().kind == Kind::End {
            continue;
        }
        if complete {
            tokens.unexpected::<()>("`;` after an item of the initial state", problems);
        }
        tokens.skip_to(&[";"]);
    }
    items
}

type Item = (Location, Declared, Option<Value>);

fn item(tokens: &mut Tokens, problems: &mut Problems) -> Option<Item> {
    if tokens.eat("*") {
        let location = location(tokens, problems)?;
        let value = pointed(tokens, problems)?;
        return Some((location, Declared::Pointer, value));
    }
    if tokens.eat_word("_Atomic") {
        let ty = type_name(tokens, problems)?;
        let (location, value) = typed(tokens, problems)?;
        return Some((location, Declared::Atomic(ty), value));
    }
    if !begins_type(tokens) {
        let location = location(tokens, problems)?;
        if let LocationKind::Element { symbol, .. } = &location.kind {
            let message = format!("a single cell of `{symbol}` cannot be initialised");
            let error = Diagnostic::error("init", location.span, message);
            problems.push(error.note(format!("initialise the whole array: `int {symbol}[2]={{1,2}}`")));
            return None;
        }
        let value = if equals(tokens) {
            tokens.eat("&");
            Some(value(tokens, problems)?)
        } else {
            None
        };
        return Some((location, Declared::None, value));
    }
    let ty = type_name(tokens, problems)?;
    if tokens.eat("*") {
        let location = location(tokens, problems)?;
        let value = pointed(tokens, problems)?;
        return Some((location, Declared::PointerTo(ty), value));
    }
    if tokens.peek().kind == Kind::Name && tokens.second().kind == Kind::Mark("[") {
        return array(ty, tokens, problems);
    }
    let (location, value) = typed(tokens, problems)?;
    Some((location, Declared::Type(ty), value))
}

/// Whether the next word is a type: a name before a location or a `*`.
fn begins_type(tokens: &Tokens) -> bool {
    tokens.peek().kind == Kind::Name
        && matches!(
            tokens.second().kind,
            Kind::Name | Kind::Number | Kind::Thread | Kind::Symbolic | Kind::Mark("*")
        )
        || tokens.peek().kind == Kind::Name
            && tokens.second().kind == Kind::Mark("[")
            && bracketed_name(tokens)
}

/// Whether a type is followed by `[x]`, rather than an array by `[1]`.
fn bracketed_name(tokens: &Tokens) -> bool {
    let mut later = tokens.clone();
    later.advance();
    later.second().kind == Kind::Name
}

/// One word, or the words of a C type such as `unsigned int`.
fn type_name(tokens: &mut Tokens, problems: &mut Problems) -> Option<Word> {
    let first = tokens.peek();
    if first.kind != Kind::Name {
        return tokens.unexpected("the name of a type", problems);
    }
    tokens.advance();
    let mut text = first.text.to_owned();
    while matches!(
        text.as_str(),
        "unsigned" | "signed" | "long" | "short" | "unsigned long" | "unsigned short"
    ) && matches!(tokens.peek().text, "int" | "long" | "char" | "short")
    {
        text.push(' ');
        text.push_str(tokens.advance().text);
    }
    Some(Word { text, span: first.span.to(tokens.last()) })
}

fn equals(tokens: &mut Tokens) -> bool {
    tokens.eat("=") || tokens.eat("==")
}

/// The rest of a declaration after its type: a location, and `=` with a value or `ATOMIC_INIT(value)`.
fn typed(tokens: &mut Tokens, problems: &mut Problems) -> Option<(Location, Option<Value>)> {
    let location = location(tokens, problems)?;
    if !equals(tokens) {
        return Some((location, None));
    }
    if tokens.eat_word("ATOMIC_INIT") {
        tokens.expect("(", "`(` after `ATOMIC_INIT`", problems)?;
        let value = value(tokens, problems)?;
        tokens.expect(")", "`)` after the value", problems)?;
        return Some((location, Some(value)));
    }
    tokens.eat("&");
    let value = value(tokens, problems)?;
    Some((location, Some(value)))
}

/// `=x` or `=&x` after a pointer, if it is there.
fn pointed(tokens: &mut Tokens, problems: &mut Problems) -> Option<Option<Value>> {
    if !equals(tokens) {
        return Some(None);
    }
    tokens.eat("&");
    Some(Some(value(tokens, problems)?))
}

fn array(of: Word, tokens: &mut Tokens, problems: &mut Problems) -> Option<Item> {
    let name = tokens.advance();
    let length = element(tokens, problems)?.unwrap_or(0);
    let location = Location { kind: LocationKind::Symbol(name.text.to_owned()), span: name.span };
    if length == 0 {
        let span = name.span.to(tokens.last());
        problems.push(Diagnostic::error("array", span, "an array has at least one cell"));
        return None;
    }
    let value = if equals(tokens) {
        if !tokens.at("{") {
            return tokens.unexpected("`{` and the cells of the array", problems);
        }
        Some(value(tokens, problems)?)
    } else {
        None
    };
    if let Some(Value { kind: ValueKind::List(cells), span }) = &value
        && cells.len() != length as usize
    {
        let message = format!("`{}` has {length} cells, and {} values are given", name.text, cells.len());
        problems.push(Diagnostic::error("array", *span, message));
        return None;
    }
    if tokens.at("[") {
        return not_modelled(tokens.peek().span, "arrays of arrays are", problems);
    }
    Some((location, Declared::Array { of, length }, value))
}
