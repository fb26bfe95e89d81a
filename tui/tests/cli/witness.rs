//! `run --witness`: how final states come about.

use crate::{Scene, sb};

#[test]
fn each_final_state_is_shown_with_its_run() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T"));
    let ran = scene.run("run --witness t.litmus");
    ran.exits(0)
        .shows("0:rax=0; 1:rax=0  * weak\n")
        .shows("6 steps, 1 access completes before an earlier one");
    ran.shows("0:rax=1; 1:rax=1\n").shows("6 steps, in program order");
    assert_eq!(ran.stdout.matches("P0.1 drain x").count(), 4);
}

#[test]
fn as_json_there_is_one_of_each_kind_for_each_final_state() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T"));
    let ran = scene.run("run --witness --format json t.litmus");
    let line: serde_json::Value = serde_json::from_str(ran.exits(0).stdout.trim()).expect("one object");
    let (states, witnesses) = (line["states"].as_array(), line["witnesses"].as_array());
    let (states, witnesses) = (states.expect("states"), witnesses.expect("witnesses"));
    assert_eq!((states.len(), witnesses.len()), (4, 4));
    for witness in witnesses {
        for kind in ["clearest", "shortest"] {
            assert_eq!(witness[kind]["steps"].as_array().map(Vec::len), Some(6), "{kind}");
        }
    }
    assert_eq!(witnesses[0]["clearest"]["inversions"], 1);
    assert_eq!(witnesses[0]["clearest"]["steps"][0]["step"], "P1.1 buffer y");
}

#[test]
fn what_cannot_have_witnesses_says_why() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T"));
    scene.run("run --witness --format herd t.litmus").exits(2).says("use --format text or json");
    scene.run("run --witness --verdict-only t.litmus").exits(2).says("final states");
    scene.run("run --witness --engine axioms t.litmus").exits(2).says("read off the search");
}

#[test]
fn figures_tell_where_the_search_grew() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T"));
    let ran = scene.run("run --stats t.litmus");
    ran.exits(0).shows("windows of P0").shows("joint states after 1 stores, the most");
    assert!(!ran.stdout.contains("reading"), "times only where they were asked for");
    scene.run("run --stats --time t.litmus").exits(0).shows("finding outcomes").shows("reading");
}
