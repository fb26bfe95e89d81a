//! Conditions and states in the canonical spelling of the field's logs.

use std::fmt::Write as _;

use super::ast::{Atom, Location, Prop, Side, Value, ValueKind};
use crate::outcome::{Observables, Quantifier, State, Type};
use crate::program::{self, Program, code_target};

/// How the words of a test are spelled.
pub(super) trait Spelling {
    /// A location.
    fn location(&self, location: &Location) -> String;
    /// An instruction that is a value.
    fn instruction(&self, text: &str) -> String;
}

/// A condition as logs print it, such as `exists (0:X0=1 /\ [x]=2)`.
pub(super) fn condition(quantifier: Quantifier, prop: &Prop, spelling: &dyn Spelling) -> String {
    let mut text = format!("{} (", quantifier.word());
    proposition(prop, Inside::Nothing, spelling, &mut text);
    text.push(')');
    text
}

/// The operator around a proposition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    And,
    Or,
    Implies,
}

fn proposition(prop: &Prop, inside: Inside, spelling: &dyn Spelling, out: &mut String) {
    match prop {
        Prop::Atom(atom) => equation(atom, spelling, out),
        Prop::Not(p) => {
            out.push_str("not (");
            proposition(p, Inside::Nothing, spelling, out);
            out.push(')');
        }
        Prop::And(all) if all.is_empty() => out.push_str("true"),
        Prop::Or(any) if any.is_empty() => out.push_str("false"),
        Prop::And(all) => {
            let parts: Vec<&Prop> = all.iter().collect();
            chain(&parts, " /\\ ", Inside::And, inside == Inside::Implies, spelling, out);
        }
        Prop::Or(any) => {
            let parts: Vec<&Prop> = any.iter().collect();
            let parentheses = matches!(inside, Inside::And | Inside::Implies);
            chain(&parts, " \\/ ", Inside::Or, parentheses, spelling, out);
        }
        Prop::Implies(p, q) => {
            let parentheses = matches!(inside, Inside::And | Inside::Or);
            chain(&[p, q], " => ", Inside::Implies, parentheses, spelling, out);
        }
    }
}

fn chain(
    parts: &[&Prop],
    operator: &str,
    inside: Inside,
    parentheses: bool,
    spelling: &dyn Spelling,
    out: &mut String,
) {
    if parentheses {
        out.push('(');
    }
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push_str(operator);
        }
        proposition(part, inside, spelling, out);
    }
    if parentheses {
        out.push(')');
    }
}

fn equation(atom: &Atom, spelling: &dyn Spelling, out: &mut String) {
    let right = match &atom.right {
        Side::Value(right) => value(right, spelling),
        Side::Location(right) => spelling.location(right),
    };
    let left = spelling.location(&atom.left);
    let equation = if atom.equal { format!("{left}={right}") } else { format!("not ({left}={right})") };
    out.push_str(&equation);
}

/// A value as conditions print it: numbers in decimal, as signed numbers of 64 bits.
pub(super) fn value(value: &Value, spelling: &dyn Spelling) -> String {
    match &value.kind {
        ValueKind::Number { value, .. } => (*value as i64).to_string(),
        ValueKind::Symbol(name) => name.clone(),
        ValueKind::Element { symbol, index } => format!("{symbol}[{index}]"),
        ValueKind::Label { thread, name } => format!("label:\"P{thread}:{name}\""),
        ValueKind::Instruction { instr, .. } => quoted(&spelling.instruction(&instr.text)),
        ValueKind::List(cells) => {
            let cells: Vec<String> = cells.iter().map(|cell| self::value(cell, spelling)).collect();
            format!("{{{}}}", cells.join(","))
        }
    }
}

/// An instruction as a value.
fn quoted(text: &str) -> String {
    format!("instr:\"{text}\"")
}

/// A final state on one line, such as `1:X0=0; [x]=1; t={1,2};`; empty if nothing is observed.
pub fn state(program: &Program, observables: &Observables, state: &State) -> String {
    let values = values(observables, state, |ty, cell| contents(program, ty, cell));
    let equations: Vec<String> =
        observables.items.iter().zip(values).map(|(item, value)| format!("{}={value};", item.name)).collect();
    equations.join(" ")
}

/// The printed value of each observable, such as `1` or `{1,2}`; `cell` prints one cell.
pub fn values(
    observables: &Observables,
    state: &State,
    cell: impl Fn(Type, program::Value) -> String,
) -> Vec<String> {
    let mut values = state.values.iter();
    let mut shown = Vec::with_capacity(observables.items.len());
    for item in &observables.items {
        let cells: Vec<String> =
            values.by_ref().take(item.cells as usize).map(|&value| cell(item.ty, value)).collect();
        let whole = item.cells > 1 || is_array_name(&item.name);
        shown.push(if whole { format!("{{{}}}", cells.join(",")) } else { cells.join(",") });
    }
    shown
}

/// Whether an observable's name is that of a whole array: neither a register, `[x]` nor `t[1]`.
fn is_array_name(name: &str) -> bool {
    !name.contains([':', '[', '%'])
}

/// An observed value: an instruction where the type says so and the program names it, the name of a symbol
/// or label if it is the address of one, else a decimal number.
pub fn contents(program: &Program, ty: Type, value: program::Value) -> String {
    let mut text = String::new();
    push_contents(program, ty, value, &mut text);
    text
}

/// Appends what [`contents`] gives to `out`.
pub fn push_contents(program: &Program, ty: Type, value: program::Value, out: &mut String) {
    if ty.instruction
        && let Some(text) = program.word(value)
    {
        out.push_str(&quoted(text));
        return;
    }
    if ty.bytes >= 4
        && let Some((thread, index)) = code_target(value)
        && let Some(code) = program.threads.get(thread)
        && let Some((label, _)) = code.labels.iter().find(|(_, place)| *place == index)
    {
        // Writing to a string cannot fail, so the result is of no interest.
        let _ = write!(out, "label:\"P{thread}:{label}\"");
        return;
    }
    if ty.bytes >= 4
        && let Some((symbol, offset)) = program.symbol_at(value)
    {
        out.push_str(&program.symbols[symbol].name);
        if offset != 0 {
            out.push('+');
            push_decimal(offset.into(), out);
        }
        return;
    }
    if ty.signed && (value as i64) < 0 {
        out.push('-');
        push_decimal((value as i64).unsigned_abs(), out);
    } else {
        push_decimal(value, out);
    }
}

/// Appends a number in decimal: what formatting does, without its machinery, for texts of which there are millions.
pub fn push_decimal(mut number: u64, out: &mut String) {
    if number < 100 {
        if number >= 10 {
            out.push(char::from(b'0' + (number / 10) as u8));
        }
        out.push(char::from(b'0' + (number % 10) as u8));
        return;
    }
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[first..]).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::push_decimal;

    #[test]
    fn numbers_are_written_as_formatting_writes_them() {
        for number in [0, 9, 10, 99, 100, 4_294_967_296, u64::MAX] {
            let mut text = String::from("x=");
            push_decimal(number, &mut text);
            assert_eq!(text, format!("x={number}"));
        }
    }
}
