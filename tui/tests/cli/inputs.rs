//! The forms of PATH.

use crate::{Scene, sb};

/// The names of the tests that ran, in order.
fn names(log: &str) -> Vec<&str> {
    log.lines().filter_map(|line| line.strip_prefix("Test ")?.split(' ').next()).collect()
}

#[track_caller]
fn check(scene: &Scene, paths: &str, stdin: &str, expected: &[&str]) {
    let ran = scene.run_with(&format!("run --format herd {paths}"), stdin);
    ran.exits(0);
    assert_eq!(names(&ran.stdout), expected);
}

fn scene() -> Scene {
    let scene = Scene::new();
    for name in ["b/2", "b/1", "a/x/deep", "top"] {
        scene.file(&format!("{name}.litmus"), sb(name.rsplit('/').next().expect("a name")));
    }
    scene.file("b/notes.txt", "not a test");
    scene
}

#[test]
fn folders_are_walked_in_order() {
    check(&scene(), ".", "", &["deep", "1", "2", "top"]);
    check(&scene(), "b a", "", &["1", "2", "deep"]);
}

#[test]
fn lists_name_tests_relative_to_themselves_and_nest() {
    let scene = scene();
    scene.file("b/@all", "# both\n2.litmus\n\n1.litmus\n@more\n").file("b/@more", "../a\n");
    check(&scene, "b/@all", "", &["2", "1", "deep"]);
    scene.file("plain", "top.litmus\n");
    check(&scene, "@plain", "", &["top"]);
    scene.file("b/plain", "1.litmus\n");
    check(&scene, "@b/plain", "", &["1"]);
}

#[test]
fn a_list_that_contains_itself_ends() {
    let scene = scene();
    scene.file("@loop", "top.litmus\n@loop\n");
    scene.run("run --format herd @loop").exits(2).says("this list contains itself").shows("Test top");
}

#[test]
fn a_dash_reads_names() {
    check(&scene(), "-", "b/2.litmus\ntop.litmus\n", &["2", "top"]);
}

#[test]
fn built_in_tests_have_names() {
    check(&scene(), "SB x86tso/MP", "", &["SB", "MP"]);
}
