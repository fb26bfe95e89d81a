//! `trace`, `replay` and `export`: one recorded run becomes everything, and whatever is wrong is said.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Scene, sb};

/// A scene with the weak run of SB recorded.
fn recorded() -> Scene {
    let scene = Scene::new();
    scene
        .run("trace SB --outcome=0:rax=0;1:rax=0 --out sb.trace.jsonl")
        .exits(0)
        .says("SB: 0:rax=0; 1:rax=0; in 6 steps");
    scene
}

#[test]
fn a_run_is_recorded_replayed_and_exported() {
    let scene = recorded();
    scene
        .run("replay sb.trace.jsonl")
        .exits(0)
        .prints("sb.trace.jsonl: agrees, 6 steps; 0:rax=0; 1:rax=0;\n");
    scene.run("export sb.trace.jsonl --to sb.html,sb.svg,sb-%02d.svg,sb.cast,sb.md,sb.json").exits(0);
    assert!(scene.read("sb.html").contains("<title>SB on x86-TSO</title>"));
    assert!(scene.read("sb.svg").contains("id=\"step-6\""));
    assert!(scene.read("sb-06.svg").contains("step 6 of 6"));
    assert!(!scene.path().join("sb-07.svg").exists());
    assert!(scene.read("sb.md").contains("reads 0 \\[y+0..4 from memory\\]"));
    let mut cast = scene.read("sb.cast");
    cast.truncate(cast.find('\n').unwrap());
    let header: serde_json::Value = serde_json::from_str(&cast).unwrap();
    assert_eq!(header["version"], 2);
    let film: serde_json::Value = serde_json::from_str(&scene.read("sb.json")).unwrap();
    assert_eq!(film["frames"].as_array().unwrap().len(), 7);
    let load = film["frames"].as_array().unwrap().iter().find(|f| f["step"]["kind"] == "load").unwrap();
    assert_eq!(load["step"]["bytes"]["parts"][0]["source"], "Memory");
}

#[test]
fn every_final_state_has_a_run() {
    let scene = Scene::new();
    scene
        .run("trace SB --all --out runs")
        .exits(0)
        .shows("runs/SB-1.trace.jsonl  0:rax=0; 1:rax=0;  6 steps");
    scene.run("replay runs").exits(0).shows("4 traces, 24 steps: 4 agree");
    let json = scene.run("replay runs --format json");
    let last: serde_json::Value = serde_json::from_str(json.exits(0).stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["summary"]["traces"], &last["summary"]["agree"]), (&4.into(), &4.into()));
}

#[test]
fn random_runs_follow_from_their_seed_and_compress_by_name() {
    let scene = Scene::new();
    for out in ["a.trace.jsonl", "b.trace.jsonl", "c.trace.jsonl.gz", "d.trace.jsonl.zst"] {
        scene.run(&format!("trace SB --random 1 --seed 7 --out {out}")).exits(0);
        scene.run(&format!("replay {out}")).exits(0).shows("agrees, 6 steps");
    }
    assert_eq!(scene.read("a.trace.jsonl"), scene.read("b.trace.jsonl"));
    assert!(scene.read("a.trace.jsonl").contains("\"seed\":7"));
    scene.run("trace SB --random 1 --seed 8").exits(0).shows("\"seed\":8");
}

#[test]
fn schedules_are_followed() {
    let scene = Scene::new();
    scene.file("weak.txt", "P0.1 buffer x\nP0.2\nP1.1   # its buffer\nP1.2\nP0\nP1\n");
    scene
        .run("trace SB --schedule weak.txt --out sb.trace.jsonl")
        .exits(0)
        .says("SB: 6 steps; 0:rax=0; 1:rax=0;");
    scene.run("replay sb.trace.jsonl").exits(0).shows("0:rax=0; 1:rax=0;");
    scene.file("wrong.txt", "P0.1\nP2.1\n");
    scene
        .run("trace SB --schedule wrong.txt --out wrong.trace.jsonl")
        .exits(2)
        .says("line 2: no step `P2.1`");
    assert!(!scene.path().join("wrong.trace.jsonl").exists());
    let kept = scene.read("sb.trace.jsonl");
    scene.run("trace SB --schedule wrong.txt --out sb.trace.jsonl").exits(2);
    assert_eq!(scene.read("sb.trace.jsonl"), kept);
}

#[test]
fn what_cannot_be_traced_is_said() {
    let scene = Scene::new();
    scene.run("trace MP").exits(1).says("no run of MP on x86-TSO answers");
    scene.run("trace SB --outcome 0:rax=7").exits(1).says("no run of SB on x86-TSO ends in 0:rax=7");
    scene.run("trace SB --outcome 7:rax=0").exits(2).says("there is no thread P7");
    scene.run("trace SB --outcome 0:rbx=0").exits(2).says("final states of SB have no `0:rbx`");
    scene.run("trace SB --outcome 0:rax=0,1:rax=0").exits(2).says("expected `;`");
    scene.run("trace SB --outcome ~(0:rax=1\\/1:rax=1)").exits(0).says("SB: 0:rax=0; 1:rax=0; in 6 steps");
    scene.run("trace SB --random 2").exits(2).says("--out FOLDER");
    scene.run("trace SB --all").exits(2).says("--out");
    scene.run("trace SB --random 2 --out runs.trace.jsonl").exits(2).says("is named like a file");
    scene.file("taken", "");
    scene.run("trace SB --all --out taken").exits(2).says("taken is a file");
    scene
        .run("trace SB --random 1 --max-steps 3 --out 3.trace.jsonl")
        .exits(0)
        .says("stopped by --max-steps 3");
    scene.run("trace SB --machine tsa").exits(2).says("did you mean `tso`?");
    scene.run("trace nowhere.litmus").exits(2);
    scene.run("trace SB --schedule nowhere.txt").exits(2).says("nowhere.txt");
    scene.run("trace SB --out no/such/folder/sb.trace.jsonl").exits(2).says("no/such/folder");
    scene.file("big.litmus", crate::big("big"));
    scene.run("trace big.litmus --max-states 3").exits(3).says("as far as was searched");
}

#[test]
fn what_is_wrong_with_a_trace_is_told_by_text_and_status() {
    let scene = recorded();
    let trace = scene.read("sb.trace.jsonl");
    let lines: Vec<&str> = trace.lines().collect();
    scene.file("edited.trace.jsonl", trace.replacen("reads 0", "reads 1", 1));
    scene.run("replay edited.trace.jsonl").exits(1).shows("recorded `reads 1 [");
    let json = scene.run("replay edited.trace.jsonl --format json");
    let first: serde_json::Value =
        serde_json::from_str(json.exits(1).stdout.lines().next().unwrap()).unwrap();
    assert_eq!(first["verdict"], "diverges");
    assert!(first["divergence"]["effect"].as_str().unwrap().starts_with("reads 0"), "{first}");
    scene.run("export edited.trace.jsonl --to sb.html").exits(1).says("recorded `reads 1 [");

    scene.file("cut.trace.jsonl", &trace[..trace.len() - 60]);
    scene.run("replay cut.trace.jsonl").exits(3).shows("ends early: the file ends in the middle of line");
    scene.run("export cut.trace.jsonl --to cut.html").exits(0).says("note: cut.trace.jsonl");
    scene.file("newer.trace.jsonl", trace.replacen("\"version\":1", "\"version\":7", 1));
    scene.run("replay newer.trace.jsonl").exits(2).shows("line 1: written in version 7 of the format");
    let order = [lines[0], lines[2], lines[1]].join("\n");
    scene.file("order.trace.jsonl", order);
    scene.run("replay order.trace.jsonl").exits(2).shows("line 2: step 2 follows step 0: step 1 is missing");
    scene.run("replay sb.trace.jsonl --test MP").exits(2).shows("this is a trace of SB");
    scene.run("replay sb.trace.jsonl --test SB").exits(0);
    scene.file("named.trace.jsonl", trace.replacen("\"name\":\"SB\"", "\"name\":\"SC\"", 1));
    scene.run("replay named.trace.jsonl").exits(2).shows("line 1: the header says that this is the test SC");
    scene
        .run("replay SB.litmus")
        .exits(2)
        .says("SB.litmus is a test, not a trace: `litmuscope run SB.litmus`");
    scene.run("replay nowhere.trace.jsonl").exits(2).shows("cannot be read");
    scene.run("replay sb.trace.jsonl --format csv").exits(2).says("--format csv is for memory-access traces");
    scene.run("replay sb.trace.jsonl --sweep ways=1,2").exits(2).says("--sweep is for memory-access traces");
    scene.run("replay sb.trace.jsonl --size 4K").exits(2).says("--size is for memory-access traces");
    fs::create_dir(scene.path().join("empty")).unwrap();
    scene.run("replay empty").exits(2).says("no trace");
    scene.run("export sb.trace.jsonl --to sb.pdf").exits(2).says("expected a name that ends in .html");
    scene.run("export sb.trace.jsonl --to no/such/folder/sb.html").exits(2).says("no/such/folder");
    scene.run("export nowhere.trace.jsonl --to sb.html").exits(2).says("nowhere.trace.jsonl");
}

/// A terminal obeys control characters, so none of a file reaches it.
#[test]
fn what_a_trace_holds_is_printed_on_one_line() {
    let scene = recorded();
    let trace = scene.read("sb.trace.jsonl");
    scene.file("red.trace.jsonl", trace.replacen("\"reads 0", "\"\\u001b[31mred\\n\\u0007 reads 0", 1));
    scene.run("replay red.trace.jsonl").exits(1).shows("recorded `\u{241b}[31mred\u{240a}\u{2407} reads 0");
    let long = format!("\"reads 0{}", "x".repeat(100_000));
    scene.file("long.trace.jsonl", trace.replacen("\"reads 0", &long, 1));
    assert!(scene.run("replay long.trace.jsonl").exits(1).stdout.len() < 10_000);
}

/// How a file is compressed, its bytes say and not its name; a mark or an empty line says nothing.
#[test]
fn traces_are_read_whatever_wraps_them() {
    let scene = recorded();
    let trace = scene.read("sb.trace.jsonl");
    for ending in ["gz", "zst"] {
        scene.run(&format!("trace SB --outcome=0:rax=0;1:rax=0 --out sb.trace.jsonl.{ending}")).exits(0);
        let bytes = fs::read(scene.path().join(format!("sb.trace.jsonl.{ending}"))).unwrap();
        fs::write(scene.path().join("renamed.trace.jsonl"), &bytes).unwrap();
        scene.run("replay renamed.trace.jsonl").exits(0).shows("agrees, 6 steps");
        for at in (0..bytes.len()).step_by(5) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            fs::write(scene.path().join("damaged.trace.jsonl"), &damaged).unwrap();
            let replayed = scene.run("replay damaged.trace.jsonl");
            assert!(replayed.status != 1, "{ending}, byte {at}: {}", replayed.stdout);
        }
    }
    scene.file("plain.trace.jsonl.zst", &trace);
    scene.run("replay plain.trace.jsonl.zst").exits(0);
    scene.file("edited.trace.jsonl", format!("\u{feff}{}\n \n", trace.replace('\n', "\r\n")));
    scene.run("replay edited.trace.jsonl").exits(0).shows("agrees, 6 steps");
}

#[test]
fn names_and_ranges_that_mean_nothing_are_pointed_at() {
    let scene = recorded();
    for (name, word) in
        [("sb-%s.svg", "^^\n"), ("sb-%03d.html", "^^^^\n"), ("sb-%02d-%02d.svg", "        ^^^^\n")]
    {
        let refused = scene.run(&format!("export sb.trace.jsonl --to {name}"));
        refused.exits(2).says(word).says("once: `--to sb-%02d.svg`");
    }
    scene
        .run("export . --to sb.html")
        .exits(2)
        .says("this is a folder; give one trace in it, such as ./sb.trace.jsonl");
    scene.run("export sb.trace.jsonl --to sb.html --steps 9..4").exits(2).says("must not be greater");
    scene
        .run("export sb.trace.jsonl --to sb.json --steps 7..9")
        .exits(2)
        .says("there is no step 7 to show: the last one is step 6");
    assert!(fs::read_dir(scene.path()).unwrap().count() == 1, "nothing is left behind");
    scene
        .run("export sb.trace.jsonl --to sb-%d.svg,sb.json --steps 2..3")
        .exits(0)
        .says("of 6 steps 2 to 3 are shown");
    assert!(scene.read("sb-2.svg").contains("(2 to 3 are shown)") && !scene.path().join("sb-4.svg").exists());
    let film: serde_json::Value = serde_json::from_str(&scene.read("sb.json")).unwrap();
    assert_eq!((&film["frames"][0]["number"], film["frames"].as_array().unwrap().len()), (&2.into(), 2));
}

#[test]
fn completions_are_compared_across_protocols() {
    let scene = Scene::new();
    scene.run("trace SB --protocol mesi --outcome=0:rax=0;1:rax=0 --out sb.trace.jsonl").exits(0);
    assert!(scene.read("sb.trace.jsonl").contains("from cache"));
    scene.run("replay sb.trace.jsonl").exits(0).shows("0:rax=0; 1:rax=0;");
    scene.run("replay --protocol moesi sb.trace.jsonl").exits(0).shows("(completions also on moesi)");
    scene.run("replay --protocol off sb.trace.jsonl").exits(0);
    scene.run("replay --protocol mesj sb.trace.jsonl").exits(2).says("mesj");
    scene.run("trace SB --protocol mesi --bug upgrade-ignored --random 1 --out bug.trace.jsonl").exits(0);
    scene
        .run("replay --protocol moesi bug.trace.jsonl")
        .exits(2)
        .shows("unusable: cannot be compared with moesi: moesi has no bug called");
    scene.run("export sb.trace.jsonl --to sb.html,sb-%02d.svg,sb.md").exits(0);
    assert!(scene.read("sb.md").contains("lines of the cache"));
}

#[test]
fn one_corrupt_file_among_ten_thousand_is_named_and_the_rest_counted() {
    let scene = Scene::new();
    scene.run("trace SB --random 10000 --seed 1 --out many").exits(0);
    scene.file("many/SB-05000.trace.jsonl", b"{\"format\":\"litmuscope-trace\",\xff\xfe\n");
    let one = scene.run("replay many --jobs 1");
    one.exits(2).shows("many/SB-05000.trace.jsonl: unusable: line 1").shows(": 9999 agree, 1 unusable\n");
    assert_eq!(one.stdout.lines().count(), 2, "{:.2000}", one.stdout);
    scene.run("replay many --jobs 3").exits(2).prints(&one.stdout);
}

#[test]
fn a_killed_recording_leaves_a_beginning_that_replays() {
    let scene = Scene::new();
    let text = sb("SB")
        .replacen(" movl $1,(x)", "L0: | L1: ;\n movl $1,(x)", 1)
        .replace("exists", " jmp L0 | jmp L1 ;\nexists");
    scene.file("loop.litmus", text);
    let mut child = Command::new(env!("CARGO_BIN_EXE_litmuscope"))
        .args(["trace", "loop.litmus", "--random", "1", "--max-steps", "1G", "--out", "loop.trace.jsonl"])
        .current_dir(scene.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let path = scene.path().join("loop.trace.jsonl");
    while fs::metadata(&path).map_or(0, |file| file.len()) < 20_000 {
        assert!(child.try_wait().unwrap().is_none(), "the run has no end");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    scene.run("replay loop.trace.jsonl").exits(3).shows("ends early");
}
