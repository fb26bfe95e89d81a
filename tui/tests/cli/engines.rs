//! The engines, and models in the cat language.

use crate::{Scene, ring, sb, sb_with};

#[test]
fn engines_agree() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T")).file("u.litmus", sb_with("U", "mfence"));
    let search = scene.run("run --format herd .").stdout;
    for engine in ["machine", "axioms", "all"] {
        scene.run(&format!("run --format herd --engine {engine} .")).exits(0).prints(&search);
    }
}

#[test]
fn an_engine_that_gets_no_end_is_named() {
    let scene = Scene::new();
    let ran = scene
        .file("t.litmus", ring("T", 4, 8))
        .run("run --format herd --engine all --max-states 20000 t.litmus");
    ran.exits(3).says("note: t.litmus: the machine did not get to the end: the limit of 20000 states\n");
}

#[test]
fn axioms_count_candidates_as_herd_does() {
    let scene = Scene::new();
    // The two stores of 1 to x give two candidate executions of the same final state.
    let test = "X86_64 T\n{ }\n P0 | P1 ;\n movl $1,(x) | movl $1,(x) ;\nexists ([x]=1)\n";
    scene.file("t.litmus", test);
    scene.run("run --format herd t.litmus").exits(0).shows("Positive: 1 Negative: 0\n");
    scene.run("run --format herd --engine axioms t.litmus").exits(0).shows("Positive: 2 Negative: 0\n");
}

#[test]
fn a_model_of_ones_own() {
    let scene = Scene::new();
    scene
        .file("t.litmus", sb("T"))
        .file("sc.cat", "\"one order\"\ninclude \"cos.cat\"\ninclude \"lib/order.cat\"\n");
    scene.file("lib/order.cat", "acyclic po | rf | co | fr as order\n");
    scene.run("run --format herd --engine axioms --model sc.cat t.litmus").exits(0).shows("States 3\n");
    scene.run("herd -model sc.cat t.litmus").exits(0).shows("States 3\n");
    scene.file("mine.cat", "\"one order\"\ninclude \"cos.cat\"\nacyclic po | rf | co | fr as order\n");
    scene.run("herd -model mine.cat t.litmus").exits(0).shows("States 3\n");
    scene.file("lib/all.cat", "include \"cos.cat\"\ninclude \"order.cat\"\n");
    for command in
        ["run --format herd --model all.cat -I lib t.litmus", "herd -model all.cat -I lib t.litmus"]
    {
        scene.run(command).exits(0).shows("States 3\n");
    }
    scene
        .run("run --model mine.cat t.litmus")
        .exits(0)
        .shows("T (X86_64) under mine.cat")
        .shows("3 executions");
}

#[test]
fn flags_of_a_model_are_shown() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T")).file(
        "m.cat",
        "include \"cos.cat\"\nacyclic po-loc | rf | co | fr\nflag ~empty R as reads\nundefined_unless empty W\n",
    );
    scene
        .run("run --format herd --model m.cat t.litmus")
        .exits(0)
        .shows("Undef\n")
        .shows("Flag *undef*\nFlag reads\n");
    scene.run("run --format json --model m.cat t.litmus").exits(0).shows("\"flags\":[\"*undef*\",\"reads\"]");
    scene.run("run --model m.cat t.litmus").exits(0).shows("undefined behaviour").shows("the flag reads");
}

#[test]
fn a_model_for_another_architecture_leaves_the_other_tests_alone() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T")).file("m.cat", "AArch64 strange\nacyclic po | rf\n");
    let ran = scene.run("run --format herd --model m.cat t.litmus armv8/SB");
    ran.exits(2)
        .shows("Test SB")
        .says("this model is for AArch64 tests")
        .says("t.litmus: the model cannot judge");
    scene.run("herd -archcheck false -model m.cat t.litmus").exits(0).shows("Test T");
}

#[test]
fn a_model_that_is_wrong_says_where() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T")).file("u.litmus", sb("U"));
    for (model, place) in [
        ("\"bad\"\nacyclic po | nosuch\n", " --> m.cat:2:14\n"),
        ("\"bad\"\nacyclic po | W\n", " --> m.cat:2:"),
        ("\"bad\"\ninclude \"missing.cat\"\n", " --> m.cat:2:1\n"),
        ("\"bad\"\nlet let\n", " --> m.cat:2:5\n"),
        ("\"bad\"\ninclude \"m.cat\"\n", " --> m.cat:2:1\n"),
    ] {
        let ran = scene
            .file("m.cat", model)
            .run("run --format herd --engine axioms --model m.cat t.litmus u.litmus");
        ran.exits(2).prints("").says(place).has_not_panicked();
        assert_eq!(ran.stderr.matches("error[").count(), 1, "once, not for every test:\n{}", ran.stderr);
    }
    scene.run("run --engine axioms --model no.cat t.litmus").exits(2).says("no.cat: no such file");
}

#[test]
fn outcomes_are_explained() {
    let scene = Scene::new();
    scene
        .run("explain SB")
        .exits(0)
        .shows("SB: this can happen.")
        .shows("No sequentially consistent machine");
    scene.run("explain MP").exits(0).shows("MP: this cannot happen.").shows("It breaks the axiom");
    let looping = scene.run("explain spinlock-xchg");
    looping.exits(0).shows("not known: no execution does this in which a loop jumps back at most 2 times");
    assert!(!looping.stdout.contains("cannot happen"));
    scene.run("explain SB --outcome 0:rax=7;1:rax=0").exits(0).shows("no execution gives these values");
    for (outcome, answer) in [
        ("0:rax=0/\\~(1:rax=1)", "can happen"),
        ("exists(0:rax=0/\\1:rax=0)", "can happen"),
        ("~exists(0:rax=0)", "can happen"),
        ("0:rbx=1\\/0:rax=0=>false", "can happen"),
        ("x=0", "no execution gives these values"),
        ("[x]=[y]", "can happen"),
        ("(0:rax=0;1:rax=0", ""),
    ] {
        let ran = scene.run(&format!("explain SB --outcome {outcome}"));
        match answer {
            "" => ran.exits(2).says("--outcome:1:9").says("expected `)`").has_not_panicked(),
            answer => ran.exits(0).shows(answer),
        };
    }
    scene.run("explain SB --outcome 7:rax=7").exits(2).says("--outcome:1:1").says("P7");
    scene.run("explain SB --outcome nonsense").exits(2).says("expected `=` or `!=`");
    scene.run("explain SB --outcome 0:nonsense=1").exits(2).says("nonsense").says("--outcome:1:1");
}
