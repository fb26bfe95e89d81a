//! The command line of herd7.

use crate::{Scene, sb};

#[test]
fn it_stands_in_for_herd() {
    let scene = Scene::new();
    let log = scene.file("t.litmus", sb("T")).run("run --format herd t.litmus").stdout;
    scene.run("herd -model x86tso.cat t.litmus").exits(0).prints(&log);
    scene.run_with("herd", "t.litmus\n").exits(0).prints(&log);
    scene.run("herd -model sc.cat t.litmus").exits(0).shows("States 3\n");
}

#[test]
fn pictures_are_ignored_with_one_warning() {
    let scene = Scene::new();
    let ran = scene.file("t.litmus", sb("T")).run("herd -show all -squished true t.litmus");
    ran.exits(0).shows("States 4\n");
    assert_eq!(ran.stderr, "warning: no pictures are drawn: -show, -squished ignored\n");
    scene.run("herd -show all -o pictures t.litmus").exits(2).says("`litmuscope export");
}

#[test]
fn tests_are_selected_by_name() {
    let scene = Scene::new();
    scene.file("a.litmus", sb("A")).file("b.litmus", sb("B")).file("names", "# one\nB\n");
    let ran = scene.run("herd -names names a.litmus b.litmus");
    ran.exits(0).shows("Test B");
    assert!(!ran.stdout.contains("Test A"));
    let ran = scene.run("herd -excl names a.litmus b.litmus");
    ran.exits(0).shows("Test A");
    assert!(!ran.stdout.contains("Test B"));
}

#[test]
fn files_change_names_kinds_and_conditions() {
    let scene = Scene::new();
    scene
        .file("t.litmus", sb("T"))
        .file("names", "T Other\n")
        .file("kinds", "# what is expected\nT Forbid\n")
        .file("conds", "T \"forall (0:rax=0)\"\n")
        .file("all.cfg", "# options\nkinds kinds\nhexa true\n");
    scene
        .run("herd -rename names t.litmus")
        .exits(0)
        .shows("Test Other Allowed\n")
        .shows("Observation Other ");
    let forbidden = scene.run("herd -kinds kinds t.litmus");
    forbidden.exits(0).shows("Test T Forbidden\n").shows("\nNo\n").shows("Condition ~exists (");
    let asked = scene.run("herd -conds conds t.litmus");
    asked.exits(0).shows("Test T Required\n").shows("Condition forall (0:rax=0)\n").shows("States 2\n");
    scene.run("herd -conf all.cfg t.litmus").exits(0).shows("Test T Forbidden\n").shows("0:rax=0x0;");
    scene.run("herd -kinds t.litmus t.litmus").exits(2).says("t.litmus: line 1: expected a name, and Allow");
}

#[test]
fn a_test_that_cannot_be_read_does_not_stop_the_others() {
    let scene = Scene::new();
    scene.file("a.litmus", "nonsense").file("b.litmus", sb("B"));
    scene
        .run("herd a.litmus missing.litmus b.litmus")
        .exits(0)
        .shows("Test B")
        .says("a.litmus")
        .says("missing");
    scene.run("herd -exit true a.litmus b.litmus").exits(2);
}

#[test]
fn hexadecimal_values() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T")).run("herd -hexa true t.litmus").exits(0).shows("0:rax=0x0; 1:rax=0x1;\n");
}

#[test]
fn unknown_options_are_refused() {
    Scene::new().run("herd -modle x86tso.cat").exits(2).says("did you mean -model?");
    Scene::new().run("herd -bell linux.bell").exits(2).says("option -bell of herd7 is not supported");
}
