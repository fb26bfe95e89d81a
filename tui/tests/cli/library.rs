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
            (words.next(), words.next()) == (Some(name), Some(arch))
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
