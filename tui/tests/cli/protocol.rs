//! Coherence protocols from the command line.

use crate::Scene;

#[test]
fn protocols_and_their_bugs_are_listed() {
    let ran = Scene::new().run("protocol list");
    ran.exits(0).shows("msi-directory").shows("--bug missing-invalidation");
    ran.shows("(no test shows it: both copies are clean and equal)");
    let exercise = Scene::new().run("protocol list --exercise");
    exercise.exits(0).shows("--bug missing-invalidation\n");
    assert!(!exercise.stdout.contains("litmuscope run"), "who seeks must not be told");
}

#[test]
fn the_commands_that_are_listed_show_the_bugs() {
    let scene = Scene::new();
    let list = scene.run("protocol list").stdout;
    let commands: Vec<&str> =
        list.lines().filter_map(|line| line.trim().strip_prefix("litmuscope run ")).collect();
    assert!(commands.len() > 15, "{list}");
    for command in commands {
        scene
            .run(&format!("run {command}"))
            .exits(0)
            .shows("can happen")
            .shows("<-  forbidden by the architecture");
    }
}

#[test]
fn a_protocol_is_shown_as_its_table() {
    Scene::new().run("protocol show mesi").exits(0).shows("BusRd /E or S").shows("no copy");
    Scene::new().run("protocol show mesi --bug upgrade-ignored").exits(0).shows("!-");
    Scene::new().run("protocol show all").exits(0).shows("IS_D").shows("BusUpd");
}

#[test]
fn a_correct_protocol_is_proved() {
    let ran = Scene::new().run("protocol check msi-directory --cores 3");
    ran.exits(0).shows("every state is right").shows("3027 states");
    Scene::new()
        .run("protocol check all --cores 2 --lines 2 --values 1")
        .exits(0)
        .shows("dragon: 2 cores, 2 lines, 1 value");
}

#[test]
fn a_seeded_bug_is_a_violation_with_a_diagram() {
    let ran = Scene::new().run("protocol check mesi --cores 2 --bug missing-invalidation");
    ran.exits(1).shows("VIOLATED: single writer broken").shows("P1 snoops BusRd x");
    Scene::new().run("protocol check msi --lines 2 --bug all").exits(1).shows("2 of 2 bugs found");
    let ran = Scene::new().run("protocol check msi-directory --cores 1 --bug lost-ack");
    ran.exits(0).shows("the bug does not show with so few cores");
    let ran = Scene::new().run("protocol check msi-directory --bug lost-ack");
    ran.exits(1).shows("under way: ").shows("deadlock");
}

#[test]
fn a_limit_is_no_proof() {
    Scene::new()
        .run("protocol check mesi-directory --states 100")
        .exits(3)
        .shows("NOT COMPLETE: stopped at 100 states");
    let ran = Scene::new().run("protocol check mesi-directory --cores 4 --max-memory 100K");
    ran.exits(3).shows("NOT COMPLETE: stopped at 0.1 MB of memory; nothing wrong until then");
}

#[test]
fn wrong_names_and_numbers_are_explained() {
    Scene::new().run("protocol show mosi").exits(2).says("no protocol is called `mosi`; there are msi, mesi");
    Scene::new()
        .run("protocol check msi --bug x")
        .exits(2)
        .says("msi has no bug called `x`; it has dirty-dropped");
    Scene::new().run("protocol check msi --cores 0").exits(2).says("--cores");
    Scene::new().run("protocol check msi --lines 9").exits(2).says("--lines");
}
