//! Caches, bugs and what-ifs from the command line.

use crate::{Scene, sb};

#[test]
fn caches_are_not_seen_in_results() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T"));
    let flat = scene.run("run --format herd t.litmus").exits(0).stdout.clone();
    for options in [
        "mesi",
        "dragon --ways 1",
        "msi-directory --shared-lines",
        "moesi --whole-transactions",
        "mesi --l2 64,1",
    ] {
        scene.run(&format!("run --format herd --protocol {options} t.litmus")).exits(0).prints(&flat);
    }
    scene.run("run --protocol mesi --ways 1 t.litmus").exits(0).shows("with mesi caches (sets=1, ways=1)");
    scene.run("run SB MP --protocol mesi --l2 64,1").exits(0).shows("2 tests with mesi caches (l2=64,1):");
    scene.run("run --protocol mesi --engine all t.litmus").exits(0).shows("complete");
}

#[test]
fn what_a_run_costs_is_said_wherever_it_is_shown() {
    let scene = Scene::new();
    let traced = scene.run("trace SB --protocol mesi --l2 64,1 --out t.trace.jsonl");
    traced.exits(0).says("misses (4 cold)").says("cycles (estimate)");
    scene.run("replay t.trace.jsonl").exits(0).shows("cycles (estimate)").shows("second level writes back");
    let json = scene.run("replay --format json t.trace.jsonl");
    json.exits(0).shows(r#""cold_misses":4"#).shows(r#""cycles_estimated_from":"hit 1"#);
    for name in ["t.html", "t.md", "t.json", "t.svg", "t.cast"] {
        scene.run(&format!("export t.trace.jsonl --to {name}")).exits(0);
        let text = scene.read(name);
        assert!(text.contains("estimate") && text.contains("clean"), "{name}");
    }
    // Without caches nothing is counted.
    scene.run("trace SB --out flat.trace.jsonl").exits(0);
    let flat = scene.run("replay --format json flat.trace.jsonl");
    assert!(!flat.exits(0).stdout.contains("counts"));
}

#[test]
fn what_is_not_architectural_is_labelled() {
    let scene = Scene::new();
    let ran = scene.run("run MP --what-if unordered-store-buffer");
    ran.exits(0)
        .shows("NOT ARCHITECTURAL: unordered-store-buffer")
        .shows("adds 1 final state that x86-TSO forbids");
    let ran = scene.run("run MP --format json --what-if invalidate-queue");
    ran.exits(0).shows(r#""not_architectural":["invalidate-queue"]"#).shows(r#""protocol":"mesi""#);
    ran.shows(r#""forbidden":[{"1:rax":"1","1:rbx":"0"}]"#);
    let ran = scene.run("run SB+mfences --protocol mesi --bug upgrade-ignored --warm-caches");
    ran.exits(0).shows("NOT ARCHITECTURAL: bug=upgrade-ignored").shows("adds 1 final state");
}

#[test]
fn runs_are_searched_for_on_hardware_that_no_architecture_describes() {
    let scene = Scene::new();
    for (test, options, outcome, steps) in [
        ("MP", "--what-if unordered-store-buffer", "1:rax=1; 1:rbx=0;", 6),
        ("armv8/MP+dmb.sy+addr", "--what-if invalidate-queue", "1:X0=1; 1:X3=0;", 16),
        ("SB+mfences", "--protocol msi --bug upgrade-unsent --warm-caches", "0:rax=0; 1:rax=0;", 6),
        ("IRIW", "--what-if shared-store-buffer", "1:rax=1; 1:rbx=0; 3:rax=1; 3:rbx=0;", 8),
    ] {
        let traced = scene.run(&format!("trace {test} {options} --out t.trace.jsonl"));
        traced.exits(0).says(&format!("{outcome} in {steps} steps"));
        scene.run("replay t.trace.jsonl").exits(0).shows("agrees").shows(outcome);
    }
    let all = scene.run("trace MP --protocol mesi --bug missing-invalidation --warm-caches --all --out runs");
    let listed = scene.run("run MP --protocol mesi --bug missing-invalidation --warm-caches --format json");
    let line: serde_json::Value = serde_json::from_str(listed.exits(0).stdout.trim()).expect("one object");
    let states = line["states"].as_array().expect("states").len();
    assert_eq!(all.exits(0).stdout.lines().count(), states, "a run for each final state");
    let never = scene.run("trace SB --what-if shared-store-buffer --outcome=0:rax=0;1:rax=0");
    never.exits(1).says("on x86-TSO (shared-store-buffer) ends in").says("all final states are known");
    let cut = scene.run("trace SB --what-if shared-store-buffer --outcome=0:rax=0;1:rax=0 --max-states 5");
    cut.exits(3).says("as far as was searched (the limit of 5 states)");
}

#[test]
fn axioms_say_what_tells_of_hardware_that_they_do_not_know() {
    let scene = Scene::new();
    let refused = scene.run("explain SB+mfences --protocol msi --bug upgrade-unsent");
    refused.exits(2).says("`litmuscope trace SB+mfences --protocol msi --bug upgrade-unsent`");
    scene.run("explain SB --what-if no-forwarding").exits(2).says("--what-if no-forwarding`");
    scene.run("explain SB --protocol mesi").exits(2).says("leave it out");
    scene.run("explain SB --machine sc").exits(0).shows("this cannot happen").shows("the axiom `sc`");
}

#[test]
fn impossible_hardware_is_refused_with_the_reason() {
    for (options, reason) in [
        ("--protocol mesi --ways 0", "the number of ways must be from 1 to 16, not 0"),
        ("--protocol mesi --line-size 3", "the line size must be a power of two from 4 to 4096 bytes, not 3"),
        ("--protocol mesi --ways 16", "the cache has 16 lines and memory only 2"),
        ("--protocol mosi", "no protocol is called `mosi`; there are msi, mesi"),
        ("--protocol msi --caches off", "contradict each other"),
        ("--engine axioms --protocol mesi", "the axioms have no caches"),
        ("--engine all --what-if no-forwarding", "engines cannot be compared about no-forwarding"),
        ("--what-if warm-caches", "this is architectural"),
        ("--protocol mesi --l2 1K", "`l2=1K`: expected bytes and ways, such as l2=256,2"),
        ("--protocol mesi --l2 64,0", "the number of ways must be from 1 to 16, not 0"),
        ("--protocol mesi --l2 1K,2", "second level: the cache has 16 lines and memory only 2"),
        ("--caches off --l2 64,1", "without caches there is nothing to shape"),
        ("--protocol mesi --witness", "`litmuscope trace` records runs on such hardware"),
    ] {
        Scene::new().run(&format!("run SB {options}")).exits(2).says(reason).has_not_panicked();
    }
}
