//! The formats, byte by byte, and that they do not depend on the number of threads.

use crate::{Scene, big, sb, sb_with};

const SB_BLOCK: &str = "\
Test T Allowed
States 4
0:rax=0; 1:rax=0;
0:rax=0; 1:rax=1;
0:rax=1; 1:rax=0;
0:rax=1; 1:rax=1;
Ok
Witnesses
Positive: 1 Negative: 3
Condition exists (0:rax=0 /\\ 1:rax=0)
Observation T Sometimes 1 3
";

#[test]
fn a_herd_block() {
    let scene = Scene::new();
    let ran = scene.file("t.litmus", sb("T")).run("run --format herd t.litmus");
    ran.exits(0);
    let (block, hash) = ran.stdout.split_once("Hash=").expect("a hash");
    assert_eq!(block, SB_BLOCK);
    assert_eq!(hash.trim_end().len(), 32);
    assert!(hash.ends_with("\n\n"));
}

#[test]
fn a_forbidden_outcome() {
    let scene = Scene::new();
    scene.file("t.litmus", sb_with("T", "mfence"));
    let ran = scene.run("run --format herd t.litmus");
    ran.exits(0).shows("States 3\n").shows("\nNo\nWitnesses\nPositive: 0 Negative: 3\n");
    ran.shows("Observation T Never 0 3\n");
}

#[test]
fn quantifiers_swap_the_witnesses_as_herd_does() {
    let scene = Scene::new();
    scene.file("n.litmus", sb("N").replace("exists", "~exists"));
    scene.file("f.litmus", sb("F").replace("exists", "forall"));
    let ran = scene.run("run --format herd n.litmus");
    ran.shows("Test N Forbidden\n").shows("\nNo\nWitnesses\nPositive: 3 Negative: 1\n");
    ran.shows("Observation N Sometimes 1 3\n");
    let ran = scene.run("run --format herd f.litmus");
    ran.shows("Test F Required\n").shows("\nNo\nWitnesses\nPositive: 1 Negative: 3\n");
}

#[test]
fn the_machine_decides() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T"));
    scene.run("run --format herd --machine sc t.litmus").exits(0).shows("States 3\n").shows("\nNo\n");
    scene.run("run --format herd --machine tso t.litmus").exits(0).shows("States 4\n").shows("\nOk\n");
}

#[test]
fn text_marks_the_weak_outcome_and_answers_in_words() {
    let scene = Scene::new();
    let ran = scene.file("t.litmus", sb("T")).run("run t.litmus");
    ran.exits(0).shows("T (X86_64) on x86-TSO\n").shows("4 final states, 1 weak\n");
    ran.shows("  *       0      0  <-\n").shows("can happen: in 1 of 4 final states\n");
    assert!(!ran.stdout.contains('\u{1b}'), "colours go to terminals only");
    let ran = scene.run("--color always run t.litmus");
    assert!(ran.stdout.contains('\u{1b}'));
}

#[test]
fn json_has_one_object_per_line() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T")).file("u.litmus", "X86_64 U\n{\n");
    let ran = scene.run("run --format json t.litmus u.litmus");
    ran.exits(2);
    let lines: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["test"], "T");
    assert_eq!(lines[0]["holds"], true);
    assert_eq!(lines[0]["observation"], "sometimes");
    assert_eq!(lines[0]["complete"], true);
    assert_eq!(lines[0]["states"].as_array().map(Vec::len), Some(4));
    assert_eq!(lines[0]["states"][0]["0:rax"], "0");
    assert_eq!(lines[1]["file"], "u.litmus");
    assert!(lines[1]["errors"][0]["line"].is_u64());
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let scene = Scene::new();
    let fences = ["", "mfence", "lfence", "sfence", "nop"];
    for number in 0..40 {
        let name = format!("T{number:02}");
        scene.file(&format!("all/{name}.litmus"), sb_with(&name, fences[number % fences.len()]));
    }
    scene.file("all/bad.litmus", "nonsense");
    for format in ["herd", "json", "text"] {
        let one = scene.run(&format!("run --format {format} -j 1 all"));
        for jobs in [2, 7] {
            let many = scene.run(&format!("run --format {format} -j {jobs} all"));
            assert_eq!((one.status, &one.stdout, &one.stderr), (many.status, &many.stdout, &many.stderr));
        }
    }
}

#[test]
fn shards_concatenate_to_the_whole() {
    let scene = Scene::new();
    for number in 0..10 {
        scene.file(&format!("all/{number}.litmus"), sb(&format!("T{number}")));
    }
    let whole = scene.run("run --format herd all").stdout;
    let parts: String =
        (1..=3).map(|i| scene.run(&format!("run --format herd --shard {i}/3 all")).stdout).collect();
    assert_eq!(whole, parts);
}

#[test]
fn results_can_go_to_a_file() {
    let scene = Scene::new();
    let whole = scene.file("t.litmus", sb("T")).run("run --format herd t.litmus").stdout;
    scene.run("--color always run --format herd --out o.txt t.litmus").exits(0).prints("");
    assert_eq!(scene.read("o.txt"), whole);
}

#[test]
fn a_limit_is_never_a_no() {
    let scene = Scene::new();
    scene.file("t.litmus", big("T"));
    let ran = scene.run("run --format herd --max-states 10 t.litmus");
    ran.exits(3)
        .shows("\nIncomplete T the limit of 10 states\n")
        .shows("\nUndef\n")
        .shows("\nObservation T Unknown 0 ");
    let ran = scene.run("run --format json --max-states 10 t.litmus");
    let line: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&line["holds"], &line["complete"]), (&serde_json::Value::Null, &false.into()));
    scene
        .run("run --max-states 10 t.litmus")
        .exits(3)
        .shows("not known: ")
        .shows("incomplete: the limit of 10 states;");
    scene.run("run --format herd t.litmus").exits(0).shows("\nNo\n").shows("\nObservation T Never 0 ");
}

#[test]
fn times_only_where_they_are_asked_for() {
    let scene = Scene::new();
    scene.file("t.litmus", sb("T"));
    assert!(!scene.run("run --format herd t.litmus").stdout.contains("Time"));
    scene.run("run --format herd --time t.litmus").shows("\nTime T 0.");
}
