//! Explanations of outcomes, in words.

use sim_core::axioms::{Explanation, Model, Options, Vocabulary, explain};
use traces::{library, load};

#[track_caller]
fn check(name: &str, model: &str, vocabulary: Vocabulary, machine: &str, axiom: &str, sentences: &[&str]) {
    let found = library::entries().iter().find(|e| e.name == name && e.machine() == machine);
    let test = load::parse(found.unwrap_or_else(|| panic!("no test {name}")).text).value.expect("it loads");
    let model = Model::load("model.cat", model, &vocabulary, &|_| None).expect("the model loads");
    let explanation =
        explain(&test, &model, &test.condition.prop, Options::default()).expect("the model runs");
    let broken = match explanation {
        Explanation::Forbidden(broken) => broken,
        Explanation::Allowed { beyond_sc: Some(broken), .. } => *broken,
        other => panic!("{other:?}"),
    };
    let got: Vec<&str> = broken.failure.steps.iter().map(|step| step.sentence.as_str()).collect();
    assert_eq!(got, sentences, "{name}");
    assert_eq!(broken.failure.axiom, axiom);
}

fn x86(name: &str, axiom: &str, sentences: &[&str]) {
    check(name, isa_x86tso::MODEL, isa_x86tso::VOCABULARY, "x86tso", axiom, sentences);
}

fn arm(name: &str, axiom: &str, sentences: &[&str]) {
    check(name, isa_armv8::MODEL, isa_armv8::VOCABULARY, "armv8", axiom, sentences);
}

#[test]
fn x86_cycles_in_words() {
    x86(
        "MP",
        "tso",
        &[
            "P0 wrote x before y: stores leave the store buffer in program order (order-ww)",
            "P1 read y=1, written by P0",
            "P1 read y before x: loads read in program order (order-rr)",
            "P1 read x=0, so before P0's x=1",
        ],
    );
    x86(
        "SB+mfences",
        "tso",
        &[
            "P0 wrote x before it read y: MFENCE between them",
            "P0 read y=0, so before P1's y=1",
            "P1 wrote y before it read x: MFENCE between them",
            "P1 read x=0, so before P0's x=1",
        ],
    );
    x86(
        "lock-inc",
        "atomic",
        &[
            "P1 read and wrote x as one atomic update",
            "P1 read x=0, so before P0's x=1",
            "P0 wrote x=1 before P1 wrote x=1",
        ],
    );
}

#[test]
fn what_only_a_weak_machine_allows_breaks_sequential_consistency() {
    x86(
        "SB",
        "sc",
        &[
            "P0 wrote x before it read y: in program order",
            "P0 read y=0, so before P1's y=1",
            "P1 wrote y before it read x: in program order",
            "P1 read x=0, so before P0's x=1",
        ],
    );
}

#[test]
fn orders_that_a_weak_machine_does_not_keep_are_marked() {
    let lacks = |name: &str, machine: &str, model: &str, vocabulary: Vocabulary| {
        let found = library::entries().iter().find(|e| e.name == name && e.machine() == machine);
        let test = load::parse(found.expect("the test").text).value.expect("it loads");
        let model = Model::load("model.cat", model, &vocabulary, &|_| None).expect("the model loads");
        let found = explain(&test, &model, &test.condition.prop, Options::default());
        match found.expect("the model runs") {
            Explanation::Allowed { execution, beyond_sc: Some(broken), lacks, .. } => {
                // It is told about the execution that is shown.
                assert_eq!(broken.execution.events, execution.events, "{name}");
                let steps = broken.failure.steps;
                lacks.into_iter().map(|step| steps[step].sentence.clone()).collect::<Vec<String>>()
            }
            other => panic!("{other:?}"),
        }
    };
    let x86 = |name: &str| lacks(name, "x86tso", isa_x86tso::MODEL, isa_x86tso::VOCABULARY);
    let arm = |name: &str| lacks(name, "armv8", isa_armv8::MODEL, isa_armv8::VOCABULARY);
    assert_eq!(x86("R+mfence+po"), ["P1 wrote y before it read x: in program order"]);
    assert_eq!(arm("PPOCA"), ["P1 read y before x: in program order"]);
    assert_eq!(x86("peterson"), ["P1 wrote turn before it read flag0: in program order"]);
}

#[test]
fn arm_cycles_in_words() {
    arm(
        "MP+dmb.sy+addr",
        "external",
        &[
            "P0 wrote x before y: DMB SY between them",
            "P1 read y=1, written by P0",
            "P1's read of x takes its address from its read of y",
            "P1 read x=0, so before P0's x=1",
        ],
    );
    arm(
        "LB+ctrls",
        "external",
        &[
            "P0's write of y stands behind a branch on its read of x",
            "P1 read y=1, written by P0",
            "P1's write of x stands behind a branch on its read of y",
            "P0 read x=1, written by P1",
        ],
    );
    arm(
        "CoRR",
        "internal",
        &[
            "P1 read x=1, written by P0",
            "P1 read x before it read x again: in program order, at one location",
            "P1 read x=0, so before P0's x=1",
        ],
    );
}

#[test]
fn values_that_nobody_writes_are_impossible() {
    let entry = library::entries().iter().find(|e| e.name == "MP").expect("MP");
    let test = load::parse(&entry.text.replace("1:rax=1", "1:rax=7").replace("1:EAX=1", "1:EAX=7"))
        .value
        .expect("it loads");
    let model =
        Model::load("model.cat", isa_x86tso::MODEL, &isa_x86tso::VOCABULARY, &|_| None).expect("the model");
    let explanation =
        explain(&test, &model, &test.condition.prop, Options::default()).expect("the model runs");
    assert_eq!(explanation, Explanation::Impossible);
}

#[test]
fn loops_are_told_of_as_briefly_as_can_be_and_never_said_to_forbid_what_longer_ones_might_do() {
    let explained = |name: &str, model: &str, vocabulary: Vocabulary| {
        let test = load::parse(library::find(name).expect("a test").text).value.expect("it loads");
        let model = Model::load("model.cat", model, &vocabulary, &|_| None).expect("the model loads");
        explain(&test, &model, &test.condition.prop, Options::default()).expect("the model runs")
    };
    let reads = |graph: &sim_core::axioms::Graph| {
        graph.events.iter().filter(|e| matches!(e.deed, sim_core::axioms::Deed::Read { .. })).count()
    };
    match explained("armv8/MP+wait", isa_armv8::MODEL, isa_armv8::VOCABULARY) {
        Explanation::Allowed { execution, cut, .. } => assert_eq!((reads(&execution), cut), (2, Some(2))),
        other => panic!("{other:?}"),
    }
    match explained("spinlock-xchg", isa_x86tso::MODEL, isa_x86tso::VOCABULARY) {
        Explanation::Unseen { nearest: Some(broken), unroll: 2 } => assert_eq!(reads(&broken.execution), 4),
        other => panic!("{other:?}"),
    }
}
