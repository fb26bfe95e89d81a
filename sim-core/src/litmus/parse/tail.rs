//! The tail: `locations [...]`, `filter` and the condition.
//!
//! As the field's tools declare it, negation binds tightest, then `=>` (to the right), then `/\`, then
//! `\/`.

use super::problems::Problems;
use super::token::{Kind, Tokens};
use super::value::{location, refuse_system_form, value};
use crate::diagnostic::Diagnostic;
use crate::litmus::ast::{Atom, Condition, Declared, Observed, Prop, Side, Word};
use crate::outcome::Quantifier;

/// What the tail says.
pub(super) struct Tail {
    pub(super) locations: Vec<Observed>,
    pub(super) filter: Option<Prop>,
    pub(super) condition: Condition,
}

impl Default for Tail {
    /// That of a test without one: `forall (true)`.
    fn default() -> Tail {
        let condition = Condition { quantifier: Quantifier::Forall, prop: Prop::And(Vec::new()) };
        Tail { locations: Vec::new(), filter: None, condition }
    }
}

/// The deepest nesting of a proposition that is read.
const DEEPEST: usize = 200;

/// Reads the tail, which begins at `start`.
pub(super) fn tail(text: &str, start: usize, problems: &mut Problems) -> Option<Tail> {
    let mut tokens = Tokens::new(text, start, text.len());
    let mut locations = Vec::new();
    if tokens.eat_word("locations") {
        tokens.expect("[", "`[` after `locations`", problems)?;
        locations = observed_locations(&mut tokens, problems);
    }
    let filter = if tokens.eat_word("filter") { Some(disjunction(&mut tokens, 0, problems)?) } else { None };
    let condition = condition(&mut tokens, problems)?;
    tokens.eat(";");
    if tokens.eat_word("with") {
        // Kinds under other models: they do not change this one's question.
        while !matches!(tokens.peek().kind, Kind::End | Kind::Mark("<<")) {
            tokens.advance();
        }
    }
    match tokens.peek().kind {
        Kind::End | Kind::Mark("<<") => Some(Tail { locations, filter, condition }),
        _ => tokens.unexpected("the end of the condition", problems),
    }
}

/// Reads a text that is a condition, a proposition, or equations separated by `;`.
pub(super) fn proposition(text: &str, problems: &mut Problems) -> Option<Prop> {
    let mut tokens = Tokens::new(text, 0, text.len());
    let quantified = ["exists", "forall", "final", "observed", "Observed"];
    let negated = (tokens.at("~") || tokens.at_word("not")) && tokens.second().text == "exists";
    let prop = if negated || quantified.iter().any(|word| tokens.at_word(word)) {
        condition(&mut tokens, problems)?.prop
    } else {
        let mut all = vec![disjunction(&mut tokens, 0, problems)?];
        while tokens.eat(";") && tokens.peek().kind != Kind::End {
            all.push(disjunction(&mut tokens, 0, problems)?);
        }
        join(all, Prop::And)
    };
    tokens.eat(";");
    match tokens.peek().kind {
        Kind::End => Some(prop),
        _ => tokens.unexpected("`;`, `/\\`, `\\/` or the end", problems),
    }
}

fn observed_locations(tokens: &mut Tokens, problems: &mut Problems) -> Vec<Observed> {
    let mut items = Vec::new();
    while !tokens.eat("]") && !problems.full() {
        match observed(tokens, problems) {
            Some(item) => items.push(item),
            None => tokens.skip_to(&[";", "]"]),
        }
        if !tokens.eat(";") && !tokens.at("]") {
            tokens.unexpected::<()>("`;` or `]` after a location", problems);
            tokens.skip_to(&[";", "]"]);
            tokens.eat(";");
            if tokens.peek().kind == Kind::End {
                break;
            }
        }
    }
    items
}

fn observed(tokens: &mut Tokens, problems: &mut Problems) -> Option<Observed> {
    let location = location(tokens, problems)?;
    let token = tokens.peek();
    let mut ty = Declared::None;
    if token.kind == Kind::Name {
        tokens.advance();
        let word = Word { text: token.text.to_owned(), span: token.span };
        ty = if tokens.eat("*") { Declared::PointerTo(word) } else { Declared::Type(word) };
    } else if tokens.eat("*") {
        ty = Declared::Pointer;
    }
    Some(Observed { location, ty })
}

fn condition(tokens: &mut Tokens, problems: &mut Problems) -> Option<Condition> {
    let quantifier = if matches!(tokens.peek().kind, Kind::End | Kind::Mark("<<")) {
        return Some(Tail::default().condition);
    } else if tokens.eat_word("observed") || tokens.eat_word("Observed") {
        let prop = observations(tokens, problems)?;
        return Some(Condition { quantifier: Quantifier::Exists, prop });
    } else if tokens.eat("~") || tokens.eat_word("not") {
        if !tokens.eat_word("exists") {
            return tokens.unexpected("`exists` after the negation", problems);
        }
        Quantifier::NotExists
    } else if tokens.eat_word("exists") || tokens.eat_word("final") || tokens.at("(") {
        Quantifier::Exists
    } else if tokens.eat_word("forall") {
        Quantifier::Forall
    } else {
        return tokens.unexpected("`exists`, `~exists`, `forall` or `final`", problems);
    };
    let prop = disjunction(tokens, 0, problems)?;
    Some(Condition { quantifier, prop })
}

/// `x=1; y=2; and x=2;`: a disjunction of conjunctions.
fn observations(tokens: &mut Tokens, problems: &mut Problems) -> Option<Prop> {
    let mut any = Vec::new();
    let mut all = Vec::new();
    loop {
        if matches!(tokens.peek().kind, Kind::End | Kind::Mark("<<")) {
            any.push(Prop::And(all));
            return Some(Prop::Or(any));
        }
        if tokens.eat_word("and") {
            any.push(Prop::And(std::mem::take(&mut all)));
            continue;
        }
        all.push(atom(tokens, problems)?);
        tokens.expect(";", "`;` after an equation", problems)?;
    }
}

fn disjunction(tokens: &mut Tokens, depth: usize, problems: &mut Problems) -> Option<Prop> {
    let first = conjunction(tokens, depth, problems)?;
    let mut any = vec![first];
    while tokens.eat("\\/") {
        any.push(conjunction(tokens, depth, problems)?);
    }
    Some(join(any, Prop::Or))
}

fn conjunction(tokens: &mut Tokens, depth: usize, problems: &mut Problems) -> Option<Prop> {
    let first = implication(tokens, depth, problems)?;
    let mut all = vec![first];
    while tokens.eat("/\\") {
        all.push(implication(tokens, depth, problems)?);
    }
    Some(join(all, Prop::And))
}

/// The only proposition, or all of them under `kind`, those of the same kind flattened into it.
fn join(mut list: Vec<Prop>, kind: fn(Vec<Prop>) -> Prop) -> Prop {
    if list.len() == 1
        && let Some(only) = list.pop()
    {
        return only;
    }
    let conjunctive = matches!(kind(Vec::new()), Prop::And(_));
    let mut flat = Vec::with_capacity(list.len());
    for prop in list {
        match prop {
            Prop::And(inner) if conjunctive && !inner.is_empty() => flat.extend(inner),
            Prop::Or(inner) if !conjunctive && !inner.is_empty() => flat.extend(inner),
            other => flat.push(other),
        }
    }
    kind(flat)
}

fn implication(tokens: &mut Tokens, depth: usize, problems: &mut Problems) -> Option<Prop> {
    let left = negation(tokens, depth, problems)?;
    if !tokens.at("=>") {
        return Some(left);
    }
    deep(tokens, depth, problems)?;
    tokens.advance();
    let right = implication(tokens, depth + 1, problems)?;
    Some(Prop::Implies(Box::new(left), Box::new(right)))
}

fn negation(tokens: &mut Tokens, depth: usize, problems: &mut Problems) -> Option<Prop> {
    if tokens.at("~") || tokens.at_word("not") {
        deep(tokens, depth, problems)?;
        tokens.advance();
        let prop = negation(tokens, depth + 1, problems)?;
        return Some(Prop::Not(Box::new(prop)));
    }
    if tokens.at("(") {
        deep(tokens, depth, problems)?;
        tokens.advance();
        let prop = disjunction(tokens, depth + 1, problems)?;
        tokens.expect(")", "`)`, `/\\` or `\\/`", problems)?;
        return Some(prop);
    }
    if tokens.eat_word("true") {
        return Some(Prop::And(Vec::new()));
    }
    if tokens.eat_word("false") {
        return Some(Prop::Or(Vec::new()));
    }
    atom(tokens, problems)
}

fn deep(tokens: &Tokens, depth: usize, problems: &mut Problems) -> Option<()> {
    if depth < DEEPEST {
        return Some(());
    }
    let message = format!("the condition is nested more than {DEEPEST} deep");
    problems.push(Diagnostic::error("too-deep", tokens.peek().span, message));
    None
}

fn atom(tokens: &mut Tokens, problems: &mut Problems) -> Option<Prop> {
    let left = location(tokens, problems)?;
    let equal = if tokens.eat("=") || tokens.eat("==") {
        true
    } else if tokens.eat("!=") || tokens.eat("<>") {
        false
    } else {
        return tokens.unexpected("`=` or `!=` after the location", problems);
    };
    let right = side(tokens, problems)?;
    Some(Prop::Atom(Atom { left, equal, right }))
}

/// A value, or the contents of a location: `1:X1`, `[y]` or `*y`. A bare `y` is the address of `y`.
fn side(tokens: &mut Tokens, problems: &mut Problems) -> Option<Side> {
    refuse_system_form(tokens, problems)?;
    let token = tokens.peek();
    match token.kind {
        Kind::Mark("*") => {
            tokens.advance();
            Some(Side::Location(location(tokens, problems)?))
        }
        Kind::Mark("[") | Kind::Symbolic => Some(Side::Location(location(tokens, problems)?)),
        Kind::Thread | Kind::Number if tokens.second().kind == Kind::Mark(":") => {
            Some(Side::Location(location(tokens, problems)?))
        }
        Kind::Mark("&") => {
            tokens.advance();
            Some(Side::Value(value(tokens, problems)?))
        }
        _ => Some(Side::Value(value(tokens, problems)?)),
    }
}
