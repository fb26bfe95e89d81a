//! What each form of the language means, a statement of its description after the other.

use super::super::{Model, Vocabulary};
use super::{run, same, ways, wrong};

#[test]
fn only_the_main_file_has_a_title_and_computes_dependencies() {
    let load = |text: &str| {
        let include =
            |name: &str| (name == "titled.cat").then(|| "AArch64 Helper catdep let a = po".to_owned());
        Model::load("m.cat", text, &Vocabulary::default(), &include).expect("it loads")
    };
    let title = |text: &str| load(text).title.map(|(name, _)| name);
    assert_eq!(title("X86 TSO let a = po"), Some("X86".to_owned()));
    assert_eq!(title("X86 \"and more\" let a = po"), Some("X86".to_owned()));
    assert_eq!(title("\"X86 in quotes\" let a = po"), None);
    assert_eq!(title("catdep include \"titled.cat\""), None);
    assert!(load("Title catdep let a = po").catdep);
    assert!(!load("Title include \"titled.cat\"").catdep);
}

#[test]
fn an_included_file_runs_anew_where_it_is_included() {
    let text = "let now = po include \"titled.cat\" let first = helped let now = rf include \"titled.cat\"";
    same(text, "first", "po");
    same(text, "helped", "rf");
}

#[test]
fn a_standard_library_beside_the_model_adds_to_ours() {
    let include =
        |name: &str| (name == "stdlib.cat").then(|| "lib let mine = po-loc let po-loc = 0".to_owned());
    let load = |text: &str| Model::load("m.cat", text, &Vocabulary::default(), &include).map(drop);
    assert!(load("empty mine | po-loc | fencerel emptyset").is_ok());
}

#[test]
fn level_eleven_reaches_as_far_right_as_it_can() {
    same("", "try nosuch; po with po | rf", "po | rf");
    same("", "let r = po in r | rf", "po | rf");
    same("", "(let r = po in r) | rf", "po | rf");
    same("let f = fun r -> r | rf", "f po", "po | rf");
    wrong("empty po | let r = po in r", "an expression is expected", "let");
    wrong("empty po | try po with rf", "an expression is expected", "try");
}

#[test]
fn both_sides_of_unions_and_intersections_are_evaluated() {
    wrong("empty 0 & nosuch", "is not bound", "nosuch");
    wrong("empty _ | nosuch", "is not bound", "nosuch");
    wrong("empty 0 \\ nosuch", "is not bound", "nosuch");
    same("", "if po = po then po else nosuch", "po");
    same("", "(po & 0); nosuch; po", "0");
}

#[test]
fn a_name_fails_only_where_it_is_evaluated() {
    wrong("let f x = nosuch empty f po", "is not bound", "nosuch");
    same("let a = nosuch let b = try a with po", "b", "po");
    same("let f x = nosuch let b = try f po with rf", "b", "rf");
    same("", "try (try nosuch with other) with po", "po");
    same("", "try po | W with po", "po");
    same("", "try po [R] with rf", "rf");
    same("", "try domain (fail 0) with W", "W");
}

#[test]
fn limits_and_assertions_are_not_caught() {
    wrong("let rec f x = f x empty try f 0 with 0", "too deep", "f x");
    wrong("assert empty W", "the assertion of the model fails", "empty W");
}

#[test]
fn events_and_pairs_become_sets_and_relations_in_few_places() {
    let first = "let first S = match S with {} -> {} || e ++ S -> e end let e = first W let p = first po";
    same(first, "e ++ {}", "{e}");
    same(first, "e * e", "[e ++ {}]");
    same(first, "p^-1 ++ 0", "(p ++ 0)^-1");
    same(first, "p; po^-1; po", "p; po^-1; po");
    same(first, "{p, p^-1}", "(p ++ 0) | (p^-1 ++ 0)");
    ways(&format!("{first} acyclic p forall x in {{e, e}} do empty (if x in W then 0 else po) end"), 1);
    wrong(&format!("{first} empty [e]"), "a set of events is expected", "e");
    wrong(&format!("{first} empty e | W"), "a set or a relation is expected", "e | W");
    wrong(&format!("{first} empty p | po"), "a set or a relation is expected", "p | po");
    wrong(&format!("{first} empty domain p"), "write `p ++ 0`", "p");
}

#[test]
fn conditions_compare_members() {
    same("", "if po & rf = 0 then po else rf", "po");
    same("", "if po subset po | rf then po else rf", "po");
    same("", "if po in {rf, po} then po else rf", "po");
    same("", "if (W | R) = _ then po else rf", "po");
    wrong("empty if W = po then 0 else 0", "is compared with", "if W = po then 0 else 0");
}

#[test]
fn settings_of_the_tool_combine() {
    same("", "if not \"a\" && not \"b\" then po else rf", "po");
    same("", "if \"a\" || not \"b\" && not \"c\" then po else rf", "po");
    same("", "if not (\"a\" || not \"b\") then po else rf", "rf");
    same("", "if variant \"mixed\" || \"MIXED\" then po else rf", "rf");
    ways("if not variant \"vmsa\" empty W else empty {} end", 0);
}

#[test]
fn functions_take_their_argument_whole_or_apart() {
    same("let f () = po", "f ()", "po");
    same("let f (x) = x", "f po", "po");
    wrong("let f (x, _) = x empty f (po, nosuch)", "is not bound", "nosuch");
    same("let f x = let (a, b) = x in a; b", "f (rf, po)", "rf; po");
    ways("let add r = map (fun s -> r | s) with x from add po {rf, 0} empty po \\ x", 2);
    wrong("let f (a, b, c) = a empty f (po, rf)", "takes a tuple of 3", "(po, rf)");
}

#[test]
fn recursive_functions_may_be_mutual_and_mixed_with_values() {
    let two = "let rec f S = match S with {} -> {} || e ++ S -> g S end
               and g S = match S with {} -> {} || e ++ S -> e ++ (f S) end";
    same(two, "f (W | R) | {}", "f (W | R)");
    same("let rec f x = x; r and r = po | f rf", "r", "po | (rf; po)");
    ways("let rec r = po | (r; r) when acyclic r", 1);
    ways("let rec r = po | rf | po^-1 | (r; r) when acyclic r empty r & 0", 0);
}

#[test]
fn sets_are_matched_from_their_least_element() {
    let middle = "let middle S = match S with {} -> {} || a | e ++ b -> e ++ {} end";
    same(
        middle,
        "middle (match W with {} -> {} || e ++ S -> e ++ {} end)",
        "match W with {} -> {} || e ++ S -> e ++ {} end",
    );
    same(
        "let size S = match S with {} -> po || x ++ S -> match S with {} -> rf || x ++ S -> 0 end end",
        "size {po}",
        "rf",
    );
    same("enum t = 'a || 'b || 'c let f t = match t with 'a -> po || _ -> rf end", "f 'c", "rf");
    wrong(
        "enum t = 'a || 'b empty match 'b with 'a -> po end",
        "no clause matches",
        "match 'b with 'a -> po end",
    );
}

#[test]
fn procedures_and_loops_leave_no_bindings_behind() {
    let text =
        "let r = po procedure p (x) = let r = rf empty x & r flag ~empty x as seen end call p (po) as named";
    assert_eq!(run(text).unwrap().flags, ["seen"]);
    same(text, "r", "po");
    same("let x = po forall x in {rf} do let y = x empty y & po end", "x", "po");
    ways("procedure p () = empty W end call p ()", 0);
    wrong("let f x = x call f po", "there is no procedure", "call f po");
}

#[test]
fn what_rejects_a_candidate_ends_it() {
    assert!(run("flag ~empty po as raised empty po empty nosuch").unwrap().flags.is_empty());
    ways("with x from {po, rf} with y from {W, R} empty x & 0", 4);
}

#[test]
fn what_other_languages_of_the_family_say_is_skipped() {
    ways("instructions X['Plain] default X['Plain] show nosuch, other unshow po debug nosuch", 1);
}

#[test]
fn built_in_functions() {
    ways("with x from classes-loc (W & IW)", 2);
    ways("with x from linearisations(IW, 0)", 2);
    ways("with x from linearisations(IW, IW * IW)", 0);
    same("", "different-values rf", "0");
    same("", "different-values (W * R) & rf^-1", "0");
    same("", "different-values (IW * W) & loc", "loc & (IW * (W \\ IW))");
    same("", "same-oa (W * W) | at-least-one-writable po", "0");
    same("", "as_transitive po", "po");
    same("", "udr po", "domain po | range po");
    wrong("empty fail 0", "`fail` was called", "0");
    wrong("empty domain W", "a relation is expected", "W");
    wrong("empty linearisations po", "a set and a relation are expected", "po");
}

#[test]
fn a_chain_of_includes_ends_with_an_error() {
    let next = |name: &str| name.strip_suffix(".cat").and_then(|number| number.parse::<u32>().ok());
    let include = |name: &str| next(name).map(|number| format!("include \"{}.cat\"", number + 1));
    let loaded = Model::load("m.cat", "include \"0.cat\"", &Vocabulary::default(), &include);
    let problem = loaded.expect_err("the chain has no end");
    assert!(problem.diagnostic.message.contains("files include each other"), "{problem:?}");
}

#[test]
fn advice_names_what_would_be_right() {
    let advice = |text: &str| {
        let problem = Model::load("m.cat", text, &Vocabulary::default(), &|_| None).expect_err("it is wrong");
        problem.diagnostic.notes.join(" ")
    };
    assert!(advice("let a = po acylic rf").contains("`acyclic`"));
    assert!(advice("let f x y = x; y").contains("`f (x, y)`"));
    assert!(advice("if \"mixed\" then empty po end").contains("no `then`"));
    assert!(advice("empty po ∪ rf").contains("written `|`"));
}
