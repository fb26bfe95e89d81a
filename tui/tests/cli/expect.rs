//! `--expect`: results against a log.

use crate::{Scene, big, sb};

/// A scene with the test T and the log that running it gives.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T"));
    scene.run("run --format herd --out t.log t.litmus").exits(0);
    scene
}

#[test]
fn equal_results_are_counted() {
    scene().run("run --format herd --expect t.log t.litmus").exits(0).says("1 equal, 0 differ, 0 absent\n");
}

#[test]
fn differing_states_are_listed() {
    let scene = scene();
    let log = scene.read("t.log").replace("0:rax=0; 1:rax=0;", "0:rax=7; 1:rax=7;");
    let ran = scene.file("other.log", log).run("run --format herd --expect other.log t.litmus");
    ran.exits(1).says("differ  T\n    missing: 0:rax=7; 1:rax=7;\n    extra: 0:rax=0; 1:rax=0;\n");
    ran.says("0 equal, 1 differ, 0 absent\n");
}

#[test]
fn a_differing_verdict_is_named() {
    let scene = scene();
    let log = scene.read("t.log").replace("\nOk\n", "\nNo\n");
    let ran = scene.file("other.log", log).run("run --format herd --expect other.log t.litmus");
    ran.exits(1).says("differ  T: expected No, got Ok\n");
}

#[test]
fn absent_tests_fail_unless_they_belong_to_another_shard() {
    let scene = scene();
    let log = scene.read("t.log");
    scene.file("two.log", log.clone() + &log.replace("Test T", "Test U"));
    scene
        .run("run --format herd --expect two.log t.litmus")
        .exits(1)
        .says("absent  U\n1 equal, 0 differ, 1 absent");
    scene.run("run --format herd --expect two.log --shard 1/1 t.litmus").exits(1);
    scene.run("run --format herd --expect two.log --shard 2/2 t.litmus").exits(0);
}

#[test]
fn an_incomplete_result_contradicts_nothing() {
    let scene = Scene::new();
    scene.file("t.litmus", big("T"));
    scene.run("run --format herd --out t.log t.litmus").exits(0);
    let ran = scene.run("run --format herd --max-states 10 --expect t.log t.litmus");
    ran.exits(3).says("0 equal, 0 differ, 0 absent, 1 incomplete\n");
}
