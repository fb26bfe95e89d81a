//! The built-in tests, and the rest of the program.

use std::path::Path;

use crate::Scene;

/// The library of one machine, in the source tree.
fn folder(machine: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    root.join("traces/library").join(machine).display().to_string()
}

#[test]
fn every_test_of_the_library_gives_its_expected_states() {
    for machine in ["x86tso", "armv8"] {
        let folder = folder(machine);
        let ran = Scene::new().run(&format!("run --format herd --expect {folder}/expected.log {folder}"));
        ran.exits(0).says(" 0 differ, 0 absent\n");
    }
}

#[test]
fn every_verdict_on_record_is_the_answer() {
    for machine in ["x86tso", "armv8"] {
        let log = Scene::new().run(&format!("run --format json {}", folder(machine)));
        for entry in traces::library::entries().iter().filter(|entry| entry.machine() == machine) {
            let kind = entry.kind.unwrap_or_else(|| panic!("{} has no verdict", entry.path));
            let line =
                log.stdout.lines().find(|line| line.contains(&format!("{{\"test\":\"{}\",", entry.name)));
            let line: serde_json::Value = serde_json::from_str(line.unwrap_or_default()).expect(entry.path);
            assert_eq!(line["observation"] != "never", kind.allowed, "{}", entry.path);
        }
    }
}

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
