//! Ctrl-C and timeouts.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use crate::{Scene, ring, sb};

/// A test that no computer finishes.
fn endless(name: &str) -> String {
    ring(name, 10, 15)
}

#[test]
fn a_timeout_ends_a_test_and_not_the_batch() {
    let scene = Scene::new();
    scene.file("1.litmus", endless("Slow")).file("2.litmus", sb("Fast"));
    let ran = scene.run("run --format herd --timeout 0.2 1.litmus 2.litmus");
    ran.exits(3).shows("\nIncomplete Slow the time limit of 0.2 s\n").shows("Test Fast Allowed\nStates 4\n");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_ends_a_test_and_not_the_batch() {
    let scene = Scene::new();
    scene.file("1.litmus", endless("Slow")).file("2.litmus", sb("Fast"));
    let ran = scene.run("run --format herd --max-memory 100M 1.litmus 2.litmus");
    ran.exits(3)
        .shows("\nIncomplete Slow the limit of 100 MiB of memory\n")
        .shows("Test Fast Allowed\nStates 4\n");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_run_with_the_results_so_far() {
    let scene = Scene::new();
    scene.file("1.litmus", sb("Fast")).file("2.litmus", endless("Slow")).file("3.litmus", sb("Late"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_litmuscope"))
        .args(["run", "--format", "herd", "-j", "1", "."])
        .current_dir(scene.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut log = String::new();
    // The block of the first test comes while the second runs.
    while !log.ends_with("\n\n") {
        assert_ne!(out.read_line(&mut log).expect("readable"), 0, "{log}");
    }
    // The worker may not have begun it when the first is printed.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(kill.success());
    out.read_to_string(&mut log).expect("readable");
    let status = child.wait().expect("the program ends").code();
    let mut errors = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut errors).expect("readable");
    assert_eq!(status, Some(3), "{errors}");
    assert!(log.contains("Test Fast Allowed"), "{log}");
    assert!(log.contains("Incomplete Slow interrupted"), "{log}");
    assert!(!log.contains("Late"), "{log}");
    assert!(errors.contains("interrupted: 1 of 3 tests were not begun"), "{errors}");
}
