//! The built-in tests, and the rest of the program.

use crate::Scene;

#[test]
fn tests_are_listed() {
    let scene = Scene::new();
    let ran = scene.run("list");
    ran.exits(0);
    let sb = ran.stdout.lines().find(|line| line.starts_with("SB ")).expect("SB");
    assert!(sb.contains("X86_64") && sb.contains("allowed"), "{sb}");
    let some = scene.run("list sb+").stdout;
    assert!(some.lines().count() < ran.stdout.lines().count());
    assert!(some.lines().all(|line| line.contains("SB+")));
    scene.run("list -v SB").exits(0).shows("x86tso/");
}

#[test]
fn tests_are_listed_in_the_order_in_which_to_read_them() {
    let list = Scene::new().run("list").stdout;
    let at = |name: &str, arch: &str| {
        let found = list.lines().position(|line| {
            let mut words = line.split_whitespace();
            let bare = words.next().and_then(|typed| typed.rsplit('/').next());
            (bare, words.next()) == (Some(name), Some(arch))
        });
        found.unwrap_or_else(|| panic!("{arch} {name} is not listed"))
    };
    let places = [
        at("flag-then-double", "X86_64"),
        at("SB", "X86_64"),
        at("CoRR", "X86_64"),
        at("SB+mfences", "X86_64"),
        at("flag-then-double", "AArch64"),
        at("SB", "AArch64"),
        at("MP+dmb.sys", "AArch64"),
    ];
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn what_is_listed_can_be_typed() {
    let scene = Scene::new();
    let list = scene.run("list SB").stdout;
    let armv8 = list.lines().filter(|line| line.contains(" AArch64 "));
    let typed: Vec<&str> = armv8.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(typed.contains(&"armv8/SB"), "{typed:?}");
    for name in typed {
        scene.run(&format!("run {name}")).exits(0).shows("(AArch64)");
    }
}

#[test]
fn names_that_are_nearly_right_are_put_right() {
    let scene = Scene::new();
    scene.run("run SB.litmus").exits(2).says("did you mean `SB`?");
    scene.run("SB.litmus").exits(2).says("`SB` is a test: `litmuscope run SB`");
    scene
        .file("sb.trace.jsonl", "")
        .run("sb.trace.jsonl")
        .exits(2)
        .says("`litmuscope replay sb.trace.jsonl`");
    assert!(!scene.run("SC.litmus").exits(2).stderr.contains("is a test"));
    scene.run("run aarch64/SB").exits(2).says("did you mean `armv8/SB`?");
    scene.run("step armv8/SB.litmus").exits(2);
    scene.run("SB").exits(2).says("`litmuscope run SB`");
}

#[test]
fn shells_complete() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        Scene::new().run(&format!("completions {shell}")).exits(0).shows("litmuscope");
    }
}

#[test]
fn help_and_version() {
    Scene::new().run("--version").exits(0).shows("litmuscope ");
    Scene::new().run("run --help").exits(0).shows("Exit status:");
    Scene::new().run("").exits(2).says("Usage:");
}
