//! What exports say of a run: which frame, which branch, what changed, and how much of a long run.

use std::fs;
use std::path::Path;

use traces::export::{Film, Frame, STEPS_MAX, Shots, film, html, json, markdown, svg};
use traces::format::{Header, Lines, Setup, Writer};
use traces::load;
use traces::machine::Machine;
use traces::record::random::{Random, random_run};
use traces::record::{Recorder, Run, schedule};
use traces::session::Session;
use traces::view::counts::MEASURES as COUNTS;
use traces::view::{Change, Reach};

const SB: &str = "X86_64 SB\n{ x=0; y=0; }\n P0 | P1 ;\n movl $1,(x) | movl $1,(y) ;\n movl (y),%eax | movl (x),%eax ;\nexists (0:rax=0 /\\ 1:rax=0)\n";

/// Two threads that store and load without end.
const SPIN: &str = "X86_64 spin\n{ }\n P0 | P1 ;\n L0: | L1: ;\n movl $1,(x) | movl $1,(y) ;\n movl (y),%eax | movl (x),%eax ;\n jmp L0 | jmp L1 ;\nexists (0:rax=0)\n";

/// The trace of a test under a schedule.
fn recorded(text: &str, steps: &str) -> String {
    let follow = |run: &mut Run<'_>| schedule::follow(run, steps).unwrap().unwrap();
    recorded_on(text, |setup| setup, follow)
}

/// The trace of `steps` steps of a test, drawn at random.
fn drawn(text: &str, steps: u64, change: impl Fn(Setup) -> Setup) -> String {
    let draw = |run: &mut Run<'_>| assert!(random_run(run, &mut Random::new(1), steps).unwrap() <= steps);
    recorded_on(text, change, draw)
}

fn recorded_on(text: &str, change: impl Fn(Setup) -> Setup, steps: impl Fn(&mut Run<'_>)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let test = load::parse(text).value.expect("a test");
    let setup = change(Setup::new(Machine::of(&test.arch), &test));
    let session = Session::new(test, setup).expect("a machine");
    let path = dir.path().join("t.trace.jsonl");
    let header = Header::new(&session.test, text, session.setup.clone());
    let recorder = Recorder::begin(Writer::create(&path).unwrap(), &header).unwrap();
    let mut run = Run::new(session.machine(), recorder);
    steps(&mut run);
    run.finish().unwrap();
    fs::read_to_string(path).unwrap()
}

fn shown(trace: &str, shots: Shots<'_>) -> Film {
    film(&mut Lines::new(trace.as_bytes()), shots).expect("a film")
}

/// Every state as one JSON object, with a file's memory or not.
fn full(trace: &str, shots: Shots<'_>) -> serde_json::Value {
    let mut out = json::Writer::new(Vec::new());
    let mut each = |film: &Film, frame: &Frame| out.frame(film, frame);
    let film = shown(trace, Shots { keep: false, each: Some(&mut each), ..shots });
    serde_json::from_slice(&out.finish(&film).unwrap()).expect("JSON")
}

/// SB, where P1 reads early, and where it goes back and drains instead.
fn branched() -> String {
    let trace = recorded(SB, "P1.1 buffer y\nP1.2 load x\n");
    let [header, one, two, ..] = trace.lines().collect::<Vec<_>>()[..] else { panic!("{trace}") };
    let other = recorded(SB, "P1.1 buffer y\nP1.1 drain y\nP0.1 buffer x\nP0.2 load y\n");
    let other: Vec<&str> = other.lines().skip(2).take(3).collect();
    let back = "{\"bookmark\":\"read\"}\n{\"back\":1}";
    format!(
        "{header}\n{one}\n{two}\n{back}\n{}\n{{\"back\":1}}\n{{\"bookmark\":\"again\"}}\n{{\"end\":1}}\n",
        other.join("\n")
    )
}

fn spinning(steps: usize) -> String {
    drawn(SPIN, steps as u64, |setup| setup)
}

#[test]
fn a_branch_is_named_by_the_frame_that_it_leaves() {
    let film = shown(&branched(), Shots::default());
    let numbers: Vec<(usize, usize)> = film.frames.iter().map(|frame| (frame.number, frame.after)).collect();
    assert_eq!(numbers, [(0, 0), (1, 0), (2, 1), (3, 1), (4, 3), (5, 4)]);
    assert_eq!(film.frames[3].back_words().as_deref(), Some("back to step 1"));
    assert_eq!(film.frames[5].branch_words().as_deref(), Some("branch 2, from step 1"));
    // The drain that shuts both states with 0:rax=0 is step 2 of its branch, and frame 3.
    let lost = film.frames[5].outcomes.iter().filter(|outcome| outcome.reach == Reach::Lost(3)).count();
    assert_eq!(lost, 2, "{:?}", film.frames[5].outcomes);
    let table = markdown::markdown(&film);
    assert!(
        table.contains("| | *back to step 1* | branch 2, from step 1 | | | |\n| 3 | P1.1 drain y |"),
        "{table}"
    );
    let picture = svg::still(&film, 5);
    assert!(picture.contains("step 5 of 5") && picture.contains(">branch 2, from step 1<"), "{picture}");
    assert!(svg::still(&film, 2).contains(">read<"));
    assert!(!svg::still(&film, 2).contains("branch"));
    let page = html::html(&film).unwrap();
    assert!(page.contains("<li><i>back to step 1</i><a href=\"#step=3\">"), "no way back in the page");
}

#[test]
fn a_name_for_an_earlier_state_is_given_to_it() {
    let film = shown(&branched(), Shots::default());
    let marks = film.frames.iter().map(|frame| frame.bookmark.as_deref()).collect::<Vec<_>>();
    assert_eq!(marks, [None, Some("again"), Some("read"), None, None, None]);
    let full = full(&branched(), Shots::default());
    let marks = serde_json::json!([{"frame": 2, "name": "read"}, {"frame": 1, "name": "again"}]);
    assert_eq!(full["bookmarks"], marks);
}

#[test]
fn only_the_buffer_of_the_core_that_acts_changes() {
    let film = shown(&spinning(300), Shots::default());
    assert!(film.frames.iter().any(|frame| frame.view.cores[0].buffer.len() > 1));
    for frame in &film.frames[1..] {
        let step = frame.step.as_ref().unwrap();
        for (index, core) in frame.view.cores.iter().enumerate() {
            let marked: Vec<Change> = core.buffer.iter().map(|entry| entry.change).collect();
            let new = usize::from(index == step.core && step.kind == "buffer");
            let place = format!("{} {} {marked:?}", frame.number, step.name);
            assert_eq!(marked.iter().filter(|change| **change != Change::Same).count(), new, "{place}");
            assert!(new == 0 || marked.last() == Some(&Change::New), "{place}");
        }
    }
}

#[test]
fn what_a_store_waits_for_does_not_grow_with_the_buffer() {
    let trace = spinning(300);
    let film = shown(&trace, Shots::default());
    let core = &film.frames.last().unwrap().view.cores[0];
    assert!(core.buffer.len() >= 10, "{core:?}");
    let last = &core.buffer.last().unwrap().why;
    assert_eq!(last.len(), 1, "{last:?}");
    assert!(last[0].contains("and likewise for"), "{last:?}");
    // The same is said in the window, and only there in files.
    let full = full(&trace, Shots::default());
    let core = &full["frames"][300]["view"]["cores"][0];
    let entry = core["buffer"].as_array().unwrap().last().unwrap();
    let access = core["window"].as_array().unwrap().iter().find(|access| access["event"] == entry["event"]);
    assert_eq!(access.unwrap()["why"][0], last[0].as_str());
    assert!(entry.get("why").is_none());
}

#[test]
fn a_long_run_is_cut_and_every_export_says_so() {
    let steps = STEPS_MAX + 100;
    let trace = spinning(steps);
    let film = shown(&trace, Shots::default());
    assert_eq!((film.frames.len(), film.steps), (STEPS_MAX + 1, steps));
    let (page, table) = (html::html(&film).unwrap(), markdown::markdown(&film));
    let says = format!("of {steps} steps the first 2000 are shown");
    assert!(page.contains(&says) && table.contains(&says));
    let picture = svg::still(&film, 1500);
    assert!(
        picture.contains(&format!("step 1500 of {steps}")) && picture.contains("(the first 2000 are shown)")
    );
    // Less than 2 KB per step: what does not change is there once.
    assert!(page.len() < STEPS_MAX * 2000, "{}", page.len());
    let all = full(&trace, Shots::default());
    assert_eq!(all["frames"].as_array().unwrap().len(), steps + 1);
    assert_eq!(all["steps"], steps);
}

#[test]
fn a_range_of_a_run_is_what_it_is_in_the_whole() {
    let trace = spinning(68);
    let whole = full(&trace, Shots::default());
    let part = full(&trace, Shots { steps: 20..=30, ..Shots::default() });
    assert_eq!(part["frames"].as_array().unwrap()[..], whole["frames"].as_array().unwrap()[20..=30]);
    let film = shown(&trace, Shots { steps: 20..=30, ..Shots::default() });
    assert_eq!(film.notes().as_deref(), Some("of 68 steps 20 to 30 are shown"));
    assert!(html::html(&film).unwrap().contains("#step=20\""));
    let lines = &mut Lines::new(trace.as_bytes());
    assert!(traces::export::film(lines, Shots { steps: 69..=80, ..Shots::default() }).is_err());
}

#[test]
fn where_nothing_is_between_caches_a_picture_says_so() {
    let cached = drawn(SB, 100, |plain| Setup { protocol: Some("mesi".to_string()), ..plain });
    let film = shown(&cached, Shots::default());
    let busy = film.frames.iter().position(|frame| !frame.view.traffic.is_empty()).unwrap();
    assert!(svg::still(&film, 0).contains(">(nothing)<"));
    assert!(!svg::still(&film, busy).contains(">(nothing)<"));
    // On paper: the test, the question with its answer, all states, and what it has cost.
    let page = html::html(&film).unwrap();
    for part in [
        "<h2>The question</h2>",
        "Sometimes: 1 of the 4 final states is so.",
        "<h2>What the run has cost</h2>",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn every_key_is_described() {
    let cached = drawn(SB, 100, |plain| Setup {
        protocol: Some("mesi".to_string()),
        features: vec!["l2=128,2".to_string()],
        ..plain
    });
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("EXPORT.md");
    let document = fs::read_to_string(document).unwrap();
    let mut missing = Vec::new();
    for trace in [branched(), cached, spinning(30)] {
        keys(&full(&trace, Shots::default()), &mut |key| {
            let described =
                document.contains(&format!("`{key}`")) || document.contains(&format!("{{\"{key}\":"));
            let counted = COUNTS.iter().any(|measure| measure.key == key) || key == "cycles";
            if !described && !counted {
                missing.push(key.to_string());
            }
        });
    }
    assert!(missing.is_empty(), "not described: {missing:?}");
}

/// All keys of a value.
fn keys(value: &serde_json::Value, see: &mut impl FnMut(&str)) {
    match value {
        serde_json::Value::Object(map) => map.iter().for_each(|(key, value)| {
            see(key);
            keys(value, see);
        }),
        serde_json::Value::Array(list) => list.iter().for_each(|value| keys(value, see)),
        _ => {}
    }
}
