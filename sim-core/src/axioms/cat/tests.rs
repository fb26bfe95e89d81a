//! Models over one small execution: message passing in which the second thread reads the flag and then
//! the old data. Events: 0 `P0: W x`, 1 `P0: W y`, 2 `P1: R y`, 3 `P1: R x`, 4 `W y` and 5 `W x` at first.

mod language;

use std::rc::Rc;

use super::eval::{BaseValue, Eval, Execution, Fail, Interp, Level, STATIC};
use super::names::Base;
use super::run::{Accepted, Watch};
use super::{Model, Vocabulary};
use crate::axioms::bits::{Rel, Set};

const EVENTS: usize = 6;

struct Mp;

fn rel(pairs: &[(usize, usize)]) -> Rel {
    let mut rel = Rel::empty(EVENTS);
    pairs.iter().for_each(|&(a, b)| rel.insert(a, b));
    rel
}

impl Execution for Mp {
    fn events(&self) -> usize {
        EVENTS
    }

    fn base(&self, base: Base) -> (BaseValue, Level) {
        let set = |all: &[usize]| BaseValue::Set(Set::from_fn(EVENTS, |e| all.contains(&e)));
        let value = match base {
            Base::Po => BaseValue::Rel(rel(&[(0, 1), (2, 3)])),
            Base::Rf => BaseValue::Rel(rel(&[(1, 2), (5, 3)])),
            Base::Loc => BaseValue::Rel(Rel::from_fn(EVENTS, |a, b| self.location(a) == self.location(b))),
            Base::Int => BaseValue::Rel(Rel::from_fn(EVENTS, |a, b| a < 4 && b < 4 && a / 2 == b / 2)),
            Base::Ext => BaseValue::Rel(Rel::from_fn(EVENTS, |a, b| a / 2 != b / 2 && (a < 4 || b < 4))),
            Base::Id | Base::Si => BaseValue::Rel(Rel::identity(&Set::full(EVENTS))),
            Base::M => set(&[0, 1, 2, 3, 4, 5]),
            Base::W => set(&[0, 1, 4, 5]),
            Base::R => set(&[2, 3]),
            Base::Iw => set(&[4, 5]),
            Base::CoherenceOrders => BaseValue::CoherenceOrders,
            _ => set(&[]),
        };
        (value, STATIC)
    }

    fn location(&self, event: usize) -> (Option<u64>, Level) {
        (Some([0, 1, 1, 0, 1, 0][event]), STATIC)
    }

    fn data(&self, event: usize) -> Option<u64> {
        Some([1, 1, 1, 0, 0, 0][event])
    }

    fn shown(&self, _: usize) -> bool {
        true
    }

    fn coherence_order(&mut self, first: bool) -> Option<Rc<Rel>> {
        first.then(|| Rc::new(rel(&[(4, 1), (5, 0)])))
    }
}

#[derive(Default)]
struct Count {
    ways: usize,
    flags: Vec<String>,
}

impl Watch<Mp> for Count {
    fn accepted(&mut self, _: &mut Interp<'_, Mp>, accepted: Accepted) -> Eval<bool> {
        self.ways += 1;
        self.flags = accepted.flags.to_vec();
        Ok(true)
    }
}

/// Ways through the model and the flags of the last; or what is wrong, and the words that are.
fn run(text: &str) -> Result<Count, (String, String)> {
    let include = |name: &str| match name {
        "loop.cat" => Some("include \"back.cat\"".to_owned()),
        "back.cat" => Some("include \"loop.cat\"".to_owned()),
        "bad.cat" => Some("let x = = y".to_owned()),
        "titled.cat" => Some("AArch64 Helper catdep let helped = now".to_owned()),
        _ => None,
    };
    let wrong = |p: super::Problem| (p.diagnostic.message, p.diagnostic.span.of(&p.file.text).to_owned());
    let model = Model::load("test.cat", text, &Vocabulary::default(), &include).map_err(|p| wrong(*p))?;
    let mut count = Count::default();
    match Interp::new(model.program(false), Mp).run(&mut count) {
        Ok(()) => Ok(count),
        Err(Fail::Error { place, diagnostic, .. }) => Err(wrong(model.problem(place, *diagnostic))),
        Err(other) => panic!("{other:?}"),
    }
}

/// Both expressions have the same members.
#[track_caller]
fn same(definitions: &str, a: &str, b: &str) {
    let text = format!("{definitions}\nempty (({a}) \\ ({b})) as less\nempty (({b}) \\ ({a})) as more");
    match run(&text) {
        Ok(count) => assert_eq!(count.ways, 1, "{a} is not {b}"),
        Err(wrong) => panic!("{a}: {wrong:?}"),
    }
}

#[track_caller]
fn ways(text: &str, expect: usize) {
    assert_eq!(run(text).map(|count| count.ways), Ok(expect), "{text}");
}

#[track_caller]
fn wrong(text: &str, message: &str, words: &str) {
    match run(text) {
        Ok(count) => panic!("{text} is accepted in {} ways", count.ways),
        Err((got, at)) => {
            assert!(got.contains(message), "{text}: {got}");
            assert_eq!(at, words, "{text}: {got}");
        }
    }
}

#[test]
fn operators() {
    let co = "include \"cos.cat\"";
    same("", "po | rf ; po & ext \\ id", "po | (rf ; ((po & ext) \\ id))");
    same("", "[W]; po; [W]", "po & (W * W)");
    same("", "domain po | range po", "M \\ IW");
    same(co, "fr", "(R * W) & loc & ext \\ (R * IW) \\ ([range (po; rf)]; loc)^-1 \\ (domain po * W)");
    same(co, "(po | rf | fr)+", "(po | rf | fr)+; (po | rf | fr)* | (po | rf | fr)");
    same("", "po*", "po | id");
    same("", "po?^-1", "po^-1 | id");
    same("", "~(~po)", "po");
    same("", "_ & po", "po");
    same("", "{} | po", "po");
    same("", "po \\ _", "0");
    same("", "W * R & po", "0");
}

#[test]
fn bindings_are_lexical_lazy_and_simultaneous() {
    same("let old = po let f x = po | x let po = rf", "f 0", "old");
    same("let old = po let po = rf and q = po", "q", "old");
    same("let po = rf let q = po", "q", "rf");
    same("let a = nosuch let f x = nosuch", "po", "po");
    same("", "0 ; nosuch", "0");
    same("", "try nosuch with po", "po");
    same("let (a, b) = (po, rf)", "b; a", "rf; po");
    same("let f (a, b) = a; b", "f (rf, po)", "rf; po");
    same("let f = fun x -> fun y -> x; y", "f rf po", "rf; po");
    same("", "let x = rf in let x = x; po in x", "rf; po");
    wrong("empty nosuch ; 0", "is not bound", "nosuch");
}

#[test]
fn recursion() {
    same("let rec r = po | rf | (r; r)", "r", "(po | rf)+");
    same("let rec a = po | (b; po) and b = rf | (a; rf)", "a | b", "(po | rf)+ \\ (po; po) \\ (rf; rf)");
    same("let f S = map (fun e -> e ++ {}) S", "0", "0");
    let all = "let rec all S = match S with {} -> {} || e ++ S -> e ++ (all S) end";
    same(all, "all W", "W");
    same(all, "all po", "po");
    wrong(
        "let rec r = if r = po then rf else po\nempty r",
        "no least fixpoint",
        "let rec r = if r = po then rf else po",
    );
    wrong("let rec f x = f x\nempty f 0", "too deep", "f x");
}

#[test]
fn choices_and_sets_of_values() {
    ways("with x from linearisations(W, loc & (IW * (W \\ IW)))", 6);
    ways("with x from linearisations(W, po | po^-1)", 0);
    ways("with x from classes-loc W acyclic (x * x) & po", 2);
    ways("with x from classes (po | rf)", 1);
    ways("with x from {}", 0);
    ways("with x from {po, po, rf}", 2);
    ways("forall x in {po, rf} do acyclic x end", 1);
    ways("forall x in {po, po^-1 | po} do acyclic x end", 0);
    ways("enum e = 'a || 'b with x from ~'a match x with 'a -> empty W || _ -> empty {} end", 1);
    wrong("with x from 0", "a set of values is expected", "0");
    wrong("with x from R acyclic [x]", "a set of events is expected", "x");
}

#[test]
fn checks_and_flags() {
    ways("acyclic po | rf", 1);
    ways("~acyclic po | po^-1", 1);
    ways("irreflexive po | po^-1", 1);
    ways("empty W", 0);
    ways("procedure p (a, b) = empty a \\ b end call p (po, po | rf)", 1);
    let count = run("flag ~empty po as some flag empty po as none undefined_unless empty po").unwrap();
    assert_eq!((count.ways, count.flags), (1, vec!["some".to_owned(), "*undef*".to_owned()]));
    ways("if \"mixed\" empty W else empty {} end show nosuch as x unshow y", 1);
    wrong("assert empty W as never", "the assertion `never` of the model fails", "empty W as never");
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    wrong("acyclic W", "a relation is expected", "W");
    wrong("empty po & W", "cannot be combined", "po & W");
    wrong("empty W; po", "a relation is expected", "W");
    wrong("empty [po]", "a set of events is expected", "po");
    wrong("empty po W", "`po` is no function", "W");
    wrong("let a = po acylic rf | po", "`po` is no function", "acylic");
    wrong("acylic po", "makes it a title", "acylic");
    wrong("include cos.cat", "in quotes is expected here, not `cos.cat`", "cos.cat");
    wrong("let f (a, b) = a empty f po", "takes a tuple of 2", "po");
    wrong("call nosuch (po)", "there is no procedure", "call nosuch (po)");
    wrong("include \"nosuch.cat\"", "there is no file", "include \"nosuch.cat\"");
    wrong("include \"loop.cat\"", "includes itself", "include \"loop.cat\"");
    wrong("include \"bad.cat\"", "an expression is expected", "=");
    wrong("let x = po |", "an expression is expected", "");
    wrong("let x = (po", "`)` is expected", "");
    wrong("nonsense here it is", "an instruction", "it");
    wrong("let x y z = po", "`=` is expected", "z");
}

impl PartialEq for Count {
    fn eq(&self, other: &Count) -> bool {
        self.ways == other.ways
    }
}

impl std::fmt::Debug for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ways", self.ways)
    }
}
