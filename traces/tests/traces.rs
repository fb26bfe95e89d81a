//! Recording and replaying, from the outside: what is recorded agrees, and whatever is changed is found.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use sim_core::machine::{self, Hardware, Step};
use sim_core::search::witness::Witnesses;
use sim_core::search::{Options, Preference};
use traces::export::{Shots, film};
use traces::format::{Compression, Header, Lines, Setup, Writer};
use traces::machine::Machine;
use traces::record::effect::effect;
use traces::record::random::{Random, random_run};
use traces::record::{Recorder, Run, schedule};
use traces::replay::{Expect, Replayed, Sessions, Verdict, replay, watch};
use traces::session::Session;
use traces::{library, load, view};

/// A file in memory.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

fn session(name: &str) -> (Session, &'static str) {
    let text = library::find(name).expect("a built-in test").text;
    let test = load::parse(text).value.expect("a test");
    let setup = Setup::new(Machine::of(&test.arch), &test);
    (Session::new(test, setup).expect("a machine"), text)
}

/// A trace of the built-in test `name` that `drive` makes.
fn record(name: &str, compression: Compression, drive: impl FnOnce(&mut Run<'_>)) -> Vec<u8> {
    let (session, text) = session(name);
    record_on(&session, text, compression, drive)
}

/// A trace of a test's text that `drive` makes.
fn record_text(text: &str, drive: impl FnOnce(&mut Run<'_>)) -> Vec<u8> {
    let test = load::parse(text).value.expect("a test");
    let setup = Setup::new(Machine::of(&test.arch), &test);
    let session = Session::new(test, setup).expect("a machine");
    record_on(&session, text, Compression::Plain, drive)
}

fn record_on(
    session: &Session,
    text: &str,
    compression: Compression,
    drive: impl FnOnce(&mut Run<'_>),
) -> Vec<u8> {
    let file = Buffer::default();
    let header = Header::new(&session.test, text, session.setup.clone());
    let recorder = Recorder::begin(Writer::new(file.clone(), compression), &header).unwrap();
    let mut run = Run::new(session.machine(), recorder);
    drive(&mut run);
    run.finish().unwrap();
    file.bytes()
}

fn random(name: &str, seed: u64) -> Vec<u8> {
    record(name, Compression::Plain, |run| {
        random_run(run, &mut Random::new(seed), 10_000).unwrap();
    })
}

fn play(bytes: &[u8]) -> Replayed {
    replay(&mut Lines::new(bytes), &Sessions::default(), None)
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_string).collect()
}

/// What is said about the trace `lines`, in the end.
#[track_caller]
fn check(lines: &[String], verdict: &str, says: &str) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let replayed = play(text.as_bytes());
    let (found, sentence) = match &replayed.verdict {
        Verdict::Agrees(_) => ("agrees", String::new()),
        Verdict::Open(reason) => ("open", reason.clone()),
        Verdict::Diverges(divergence) => ("diverges", divergence.to_string()),
        Verdict::Unusable { line, reason } => ("unusable", format!("line {line}: {reason}")),
    };
    assert_eq!((found, sentence.as_str()), (verdict, says));
}

fn sb() -> Vec<String> {
    let steps = "P0.1 b\nP0.2\nP1.1 buffer y # into its buffer\n\nP1.2\nP0\nP1\n";
    lines(&record("SB", Compression::Plain, |run| schedule::follow(run, steps).unwrap().unwrap()))
}

#[test]
fn a_schedule_gives_its_steps() {
    let names = [
        (1, r#"{"step":1,"name":"P0.1 buffer x","effect":"buffers x=1 [x+0..4]"}"#),
        (4, r#"{"step":4,"name":"P1.2 load x","effect":"reads 0 [x+0..4 from memory]"}"#),
        (7, r#"{"end":6,"outcome":"0:rax=0; 1:rax=0;"}"#),
    ];
    let trace = sb();
    for (line, expect) in names {
        assert_eq!(trace[line], expect);
    }
    check(&trace, "agrees", "");
}

const MIXED: &str = "X86_64 mixed\n{ uint64_t x = 0x8877665544332211; }\n P0 ;\n movb $1,2(x) ;\n movl (x),%eax ;\nexists (0:rax=0)\n";

#[test]
fn effects_and_views_tell_every_byte_of_a_load_from_its_source() {
    let trace = lines(&record_text(MIXED, |run| {
        schedule::follow(run, "P0.1 buffer").unwrap().unwrap();
        let view = view::build(&mut run.machine, &run.state);
        let said = |name: &str| {
            let step = view.enabled.iter().find(|step| step.name.starts_with(name)).unwrap();
            step.bytes.as_ref().unwrap().to_string()
        };
        assert_eq!(said("P0.1 drain"), "x+2..3");
        assert_eq!(said("P0.2 load"), "x+0..2 from memory, x+2..3 from P0.1, x+3..4 from memory");
        assert_eq!(view.cores[0].buffer[0].bytes.as_ref().unwrap().to_string(), "x+2..3");
        schedule::follow(run, "P0.2 load\nP0.1 drain").unwrap().unwrap();
    }));
    assert!(trace[1].ends_with(r#""effect":"buffers x+2:1=1 [x+2..3]"}"#), "{}", trace[1]);
    let reads = "reads 1140924945 [x+0..2 from memory, x+2..3 from P0.1, x+3..4 from memory]";
    assert!(trace[2].contains(reads), "{}", trace[2]);
    assert!(trace[3].contains("writes x+2:1=1 [x+2..3]"), "{}", trace[3]);
    check(&trace, "agrees", "");
}

#[test]
fn a_schedule_that_fits_no_step_or_several_is_pointed_at() {
    let (session, text) = session("SB");
    let header = Header::new(&session.test, text, session.setup.clone());
    let follow = |steps: &str| {
        let recorder = Recorder::begin(Writer::new(Buffer::default(), Compression::Plain), &header).unwrap();
        let mut run = Run::new(session.machine(), recorder);
        schedule::follow(&mut run, steps).unwrap().unwrap_err().to_string()
    };
    assert_eq!(
        follow("# begin\nP0.2 load y"),
        "line 2: no step `P0.2 load y` is possible here, only `P0.1 buffer x`, `P1.1 buffer y`"
    );
    assert_eq!(follow("P"), "line 1: `P` could be `P0.1 buffer x`, `P1.1 buffer y`");
    assert_eq!(
        follow("P0\nP0.2\nP0\nP1\nP1.2\nP1\nP0"),
        "line 7: `P0`: the machine has finished, no step is possible"
    );
}

#[test]
fn every_kind_of_damage_is_told_apart() {
    let trace = sb();
    let edited = |line: usize, from: &str, to: &str| {
        let mut edited = trace.clone();
        assert!(edited[line].contains(from));
        edited[line] = edited[line].replacen(from, to, 1);
        edited
    };
    check(
        &edited(4, "reads 0", "reads 1"),
        "diverges",
        "line 5: step 4 `P1.2 load x`: recorded `reads 1 [x+0..4 from memory]`, now `reads 0 [x+0..4 from memory]`",
    );
    check(
        &edited(2, "P0.2 load y", "P0.2 load x"),
        "diverges",
        "line 3: step 2 `P0.2 load x` is not possible here, only `P0.1 drain x`, `P0.2 load y`, `P1.1 buffer y`",
    );
    check(
        &edited(7, "0:rax=0", "0:rax=1"),
        "diverges",
        "line 8: the final state was recorded as `0:rax=1; 1:rax=0;`, and is `0:rax=0; 1:rax=0;`",
    );
    check(
        &edited(0, "\"version\":1", "\"version\":2"),
        "unusable",
        "line 1: written in version 2 of the format; this program reads version 1",
    );
    check(&edited(0, "movl $1,(x)", "movl $2,(x)")[..1], "unusable", &{
        let text = library::find("SB").unwrap().text;
        let new = traces::format::md5_of(&text.replacen("movl $1,(x)", "movl $2,(x)", 1));
        let old = traces::format::md5_of(text);
        format!("line 1: the text of test SB has been changed: its MD5 is {new}, and {old} was recorded")
    });
    check(
        &edited(0, "\"model\":\"tso\"", "\"model\":\"tsa\""),
        "unusable",
        "line 1: there is no machine `tsa`; did you mean `tso`? (machines: sc, tso, pso, armv8)",
    );

    let mut reordered = trace.clone();
    reordered.swap(2, 3);
    check(&reordered, "unusable", "line 3: step 3 follows step 1: step 2 is missing");
    let mut repeated = trace.clone();
    repeated.insert(3, trace[2].clone());
    check(&repeated, "unusable", "line 4: step 2 follows step 2: the lines are out of order");
    let mut longer = trace.clone();
    longer.push(trace[7].clone());
    check(&longer, "unusable", "line 9: a line behind the footer, which ends the trace");
    let mut short = trace.clone();
    short.remove(6);
    check(&short, "unusable", "line 7: the footer says that the last step is 6, but it is 5");
    check(&trace[1..], "unusable", "line 1: the header is missing: this is a later line of a trace");
    check(
        &trace[..4],
        "open",
        "the file ends without a footer: whoever wrote it was stopped; the 3 steps before it agree",
    );
    check(&[], "open", "the file is empty");
}

#[test]
fn a_trace_of_another_test_is_refused() {
    let of = load::parse(library::find("MP").unwrap().text).value.unwrap();
    let trace = random("SB", 0);
    let mut lines = Lines::new(trace.as_slice());
    let replayed = replay(&mut lines, &Sessions::default(), Some(&of));
    let Verdict::Unusable { line: 1, reason } = replayed.verdict else { panic!("{replayed:?}") };
    assert!(reason.starts_with("this is a trace of SB for X86_64 ("), "{reason}");
}

#[test]
fn branches_and_bookmarks_are_followed() {
    let mut trace = sb();
    // Back to after step 3, and on by another step.
    let tail = [
        r#"{"bookmark":"both \"0\""}"#,
        r#"{"back":3}"#,
        r#"{"step":4,"name":"P1.1 drain y","effect":"writes y=1 [y+0..4]"}"#,
        r#"{"end":4}"#,
    ];
    trace.truncate(7);
    trace.extend(tail.map(str::to_string));
    check(&trace, "agrees", "");
    trace[8] = r#"{"back":7}"#.to_string();
    check(&trace, "unusable", "line 9: goes back to step 7, but the last one was step 6");
}

/// Where a path begins anew at the very point at which it began, nothing of the old one is left: neither its stores are in the
/// buffer, nor are its loads undone.
#[test]
fn a_path_that_begins_anew_as_before_takes_nothing_back() {
    const SPIN: &str = "X86_64 spin
{ }
 P0            | P1            ;
L0:            | L1:           ;
 movl $1,(x)   | movl $1,(y)   ;
 movl (y),%eax | movl (x),%eax ;
 jmp L0        | jmp L1        ;
exists (0:rax=9)
";
    let test = load::parse(SPIN).value.expect("a test");
    let setup = Setup::new(Machine::of(&test.arch), &test);
    let session = Session::new(test, setup).expect("a machine");
    let (mut machine, mut random) = (session.machine().carrying(), Random::new(1));
    let mut state = machine.initial();
    let buffered = |machine: &machine::Machine<'_>, state: &machine::State, core: usize| {
        let path = machine.tree(core).path(state.cores[core].window.node);
        (state.cores[core].issued & path.stores & !state.cores[core].window.done).count_ones()
    };
    let mut begun = 0;
    for _ in 0..5000 {
        let steps = machine.enabled(&state);
        let step = steps[random.below(steps.len() as u64) as usize];
        let next = machine.apply(&state, &step).expect("it is enabled");
        let mut text = String::new();
        effect(&machine, &state, &next, &step, &mut text);
        assert!(!text.contains("undoes"), "{text}");
        for core in 0..2 {
            let (before, after) = (buffered(&machine, &state, core), buffered(&machine, &next, core));
            assert!(after.abs_diff(before) <= 1, "{}: {before}, {after}", machine.name(&state, &step));
            begun += usize::from(!machine.is_on_same_path(&state, &next, core));
        }
        state = next;
    }
    assert!(begun > 20, "{begun}");
}

/// Counts for ever, and so is never twice in the same state.
const COUNTER: &str =
    "X86_64 counter\n{ }\n P0 ;\nL: ;\n addl $1,%eax ;\n movl %eax,(x) ;\n jmp L ;\nexists (x=1)\n";

#[test]
fn runs_without_end_are_recorded_and_replayed_beyond_any_number_of_paths() {
    // More iterations than paths that a machine may hold.
    let steps = 40_000;
    let trace = record_text(COUNTER, |run| {
        assert_eq!(random_run(run, &mut Random::new(5), steps).unwrap(), steps);
        let weight = run.machine.weight_of_paths();
        assert!(weight < 1 << 19, "{weight}");
    });
    let replayed = play(&trace);
    assert_eq!((replayed.steps, replayed.verdict), (steps, Verdict::Agrees(None)));
}

#[test]
fn loads_that_are_undone_leave_none_of_their_guesses_behind() {
    let (session, _) = session("ticket-lock");
    let mut guessed = 0;
    for seed in 0..40 {
        let mut machine = session.machine();
        let (mut state, mut random) = (machine.initial(), Random::new(seed));
        for _ in 0..200 {
            let steps = machine.enabled(&state);
            if steps.is_empty() {
                break;
            }
            let step = steps[random.below(steps.len() as u64) as usize];
            guessed += u32::from(matches!(step, Step::Guess { .. }));
            state = machine.apply(&state, &step).expect("it is enabled");
            for window in state.cores.iter().map(|core| &core.window) {
                let loads = window.guesses.iter().flat_map(|guesses| &guesses.loads);
                for (place, (load, _)) in loads.clone().enumerate() {
                    assert!(window.has(usize::from(*load)), "seed {seed}");
                    assert!(loads.clone().take(place).all(|(other, _)| other != load), "seed {seed}");
                }
            }
        }
    }
    assert!(guessed > 0, "no run guesses");
}

#[test]
fn branches_begin_as_far_back_as_the_format_allows() {
    let steps = 5_000_usize;
    let mut trace = lines(&record_text(COUNTER, |run| {
        random_run(run, &mut Random::new(6), steps as u64).unwrap();
    }));
    let end = trace.pop().unwrap();
    let again = trace.clone();
    for to in [steps - 1, steps - 4096, steps - 4095, steps - 100] {
        trace.push(format!("{{\"back\":{to}}}"));
        trace.extend_from_slice(&again[to + 1..]);
    }
    let line = trace.len() + 1;
    check(&[&trace[..], &[end]].concat(), "agrees", "");
    trace.push(format!("{{\"back\":{}}}", steps - 4097));
    let says = format!(
        "line {line}: goes back to step 903, more than 4096 steps behind step 5000, which was the furthest"
    );
    check(&trace, "unusable", &says);
}

/// However a run goes to and fro: a step is taken and shown, or the trace is refused, by one rule.
#[test]
fn whatever_is_replayed_after_going_back_is_shown() {
    let all = lines(&record_text(COUNTER, |run| {
        random_run(run, &mut Random::new(6), 5_000).unwrap();
    }));
    for plan in [
        &[5000, 904, 914, 905, 1500, 904][..],
        &[4097, 1, 600, 0, 700, 60, 80],
        &[5000, 4000, 904, 5000, 0, 9],
    ] {
        let (mut trace, mut at, mut frames) = (vec![all[0].clone()], 0, 1);
        for &to in plan {
            if to < at {
                trace.push(format!("{{\"back\":{to}}}"));
            } else {
                trace.extend_from_slice(&all[at + 1..=to]);
                frames += to - at;
            }
            at = to;
        }
        let text: String = trace.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(play(text.as_bytes()).steps, frames as u64 - 1, "{plan:?}");
        let mut shown = 0;
        let mut each = |_: &traces::export::Film, frame: &traces::export::Frame| {
            assert_eq!(frame.number, shown);
            shown += 1;
        };
        let shots = Shots { keep: false, each: Some(&mut each), ..Shots::default() };
        film(&mut Lines::new(text.as_bytes()), shots).expect("a film");
        assert_eq!(shown, frames, "{plan:?}");
    }
}

#[test]
fn a_recording_is_gone_on_with_wherever_it_was_cut() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sb.trace.jsonl");
    let whole = sb().join("\n") + "\n";
    for cut in [whole.len(), whole.len() - 1, whole.find("\"P1.2").unwrap()] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut recorder = Recorder::resume(&path).unwrap();
        let steps = recorder.steps();
        assert_eq!(steps, if cut + 1 >= whole.len() { 6 } else { 3 });
        recorder.back(3).unwrap();
        recorder.step("P1.1 drain y", "writes y=1 [y+0..4]").unwrap();
        recorder.finish(None).unwrap();
        let replayed = play(&std::fs::read(&path).unwrap());
        assert_eq!((replayed.steps, replayed.verdict), (steps + 1, Verdict::Agrees(None)));
    }
    std::fs::write(&path, "{}\n").unwrap();
    assert!(Recorder::resume(&path).unwrap_err().to_string().starts_with("line 1: no line of a trace"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any run, recorded and replayed, is equal step by step; and a file that is cut anywhere is replayed
    /// up to there.
    #[test]
    fn whatever_is_recorded_agrees(which in any::<prop::sample::Index>(), seed: u64, cut in 0.0..1.0_f64) {
        let entry = which.get(library::entries());
        let trace = random(entry.path.rsplit('/').next().unwrap().trim_end_matches(".litmus"), seed);
        let steps = lines(&trace).len() as u64 - 2;
        let replayed = play(&trace);
        prop_assert!(matches!(replayed.verdict, Verdict::Agrees(_)), "{:?}", replayed);
        prop_assert_eq!(replayed.steps, steps);

        let cut = (trace.len() as f64 * cut) as usize;
        let prefix = play(&trace[..cut]);
        let whole_lines = trace[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
        prop_assert!(matches!(prefix.verdict, Verdict::Open(_)) || cut + 1 == trace.len(), "{:?}", prefix);
        let at_end = u64::from(trace[cut] == b'\n');
        prop_assert_eq!(prefix.steps, (whole_lines + at_end).saturating_sub(1).min(steps));
    }
}

#[test]
fn cutting_a_short_file_at_every_byte_replays_the_prefix() {
    let whole = sb().join("\n");
    for cut in 0..whole.len() {
        let replayed = play(&whole.as_bytes()[..cut]);
        let Verdict::Open(reason) = &replayed.verdict else { panic!("{cut}: {replayed:?}") };
        assert!(reason.contains("file"), "{reason}");
        assert!(replayed.steps <= 6);
    }
    assert!(matches!(play(whole.as_bytes()).verdict, Verdict::Agrees(_)));
}

#[test]
fn compressed_traces_are_replayed_up_to_a_cut() {
    for compression in [Compression::Gzip, Compression::Zstd] {
        let trace = record("SB", compression, |run| {
            random_run(run, &mut Random::new(3), 100).unwrap();
        });
        let play = |bytes: &[u8]| replay(&mut Lines::new(bytes), &Sessions::default(), None);
        assert!(matches!(play(&trace).verdict, Verdict::Agrees(Some(_))));
        for cut in 0..trace.len() {
            let replayed = play(&trace[..cut]);
            assert!(matches!(replayed.verdict, Verdict::Open(_)), "{compression:?} {cut}: {replayed:?}");
        }
    }
}

/// A session on caches.
fn on_caches(name: &str, protocol: Option<&str>, features: &[&str]) -> (Session, &'static str) {
    let (plain, text) = session(name);
    let hardware = Hardware::named(protocol, features.iter().copied()).unwrap();
    (Session::new(plain.test, plain.setup.on(&hardware)).unwrap(), text)
}

fn across(trace: &[u8], protocol: &str) -> Replayed {
    let expect = Expect { protocol: Some(protocol), ..Expect::default() };
    watch(&mut Lines::new(trace), &Sessions::default(), expect, &mut ())
}

#[test]
fn completions_agree_across_protocols() {
    const PROTOCOLS: [&str; 6] = ["off", "msi", "moesi", "dragon", "msi-directory", "mesi-directory"];
    for (name, recorded) in
        [("SB", Some("mesi")), ("armv8/MP+dmb.sy+addr", Some("mesi-directory")), ("MP", None)]
    {
        let (session, text) = on_caches(name, recorded, &[]);
        for seed in 0..4 {
            let trace = record_on(&session, text, Compression::Plain, |run| {
                random_run(run, &mut Random::new(seed), 10_000).unwrap();
            });
            for protocol in PROTOCOLS {
                let replayed = across(&trace, protocol);
                assert!(
                    matches!(replayed.verdict, Verdict::Agrees(Some(_))),
                    "{name} on {protocol}: {replayed:?}"
                );
            }
        }
    }
}

#[test]
fn loads_on_caches_read_from_the_cache() {
    let (session, text) = on_caches("SB", Some("mesi"), &[]);
    let trace = lines(&record_on(&session, text, Compression::Plain, |run| {
        random_run(run, &mut Random::new(1), 10_000).unwrap();
    }));
    assert!(trace.iter().any(|line| line.contains(" from cache]")), "{trace:#?}");
    assert!(trace.iter().any(|line| line.contains(" I -> ")), "{trace:#?}");
    check(&trace, "agrees", "");
}

#[test]
fn what_only_an_invalidate_queue_does_diverges_on_coherent_caches() {
    // The reader's old copy: with barriers on the writer's side only.
    let (session, text) = on_caches("MP", None, &["invalidate-queue"]);
    let (mut weak, mut usual) = (0, 0);
    for seed in 0..400 {
        let trace = record_on(&session, text, Compression::Plain, |run| {
            random_run(run, &mut Random::new(seed), 10_000).unwrap();
        });
        let Verdict::Agrees(Some(outcome)) = play(&trace).verdict else {
            panic!("seed {seed} does not agree")
        };
        let stale = outcome == "1:rax=1; 1:rbx=0;";
        match across(&trace, "off").verdict {
            Verdict::Diverges(divergence) => {
                assert!(divergence.to_string().contains(" on off"), "{divergence}");
                weak += 1;
            }
            verdict => {
                assert!(!stale && verdict == Verdict::Agrees(Some(outcome)), "seed {seed}: {verdict:?}");
                usual += 1;
            }
        }
    }
    assert!(weak > 0 && usual > 0, "{weak} diverge, {usual} agree");
}

#[test]
fn accesses_are_brought_to_their_caches_step_by_step() {
    let (session, text) = on_caches("SB", Some("moesi"), &[]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let witnesses = Witnesses::search(&session.test, session.order(), &Options::new(4, &stop));
    for state in 0..witnesses.report.outcomes.states.len() {
        let found = witnesses.run(state, Preference::Clearest, &stop).unwrap();
        let trace = record_on(&session, text, Compression::Plain, |run| {
            for step in &found.steps {
                run.bring(step).unwrap();
                run.take(step).unwrap();
            }
            run.settle().unwrap();
            assert_eq!(run.machine.outcome(&run.state), Some(found.outcome.clone()));
        });
        assert!(matches!(across(&trace, "mesi").verdict, Verdict::Agrees(Some(_))));
    }
}

/// What a run costs is counted again by its replay, also where it goes back and begins another branch.
#[test]
fn replays_count_what_the_present_branch_costs() {
    for protocol in ["mesi", "dragon", "mesi-directory"] {
        let (session, text) = on_caches("two-counters", Some(protocol), &["shared-lines", "l2=64,1"]);
        let mut counts = None;
        let trace = lines(&record_on(&session, text, Compression::Plain, |run| {
            random_run(run, &mut Random::new(2), 10_000).unwrap();
            counts = run.counts();
        }));
        let summary = counts.as_ref().map(|counts| counts.summary()).expect("it has caches");
        assert!(summary.contains("2 cold") && summary.ends_with("cycles (estimate)"), "{summary}");
        let steps = &trace[1..trace.len() - 1];
        for back in [0, 3] {
            // All steps; back; and those after it again.
            let again = [format!("{{\"back\":{back}}}")].into_iter().chain(steps[back..].iter().cloned());
            let twice = trace[..=steps.len()].iter().cloned().chain(again).chain(trace.last().cloned());
            let replayed = play((twice.collect::<Vec<_>>().join("\n") + "\n").as_bytes());
            assert!(matches!(replayed.verdict, Verdict::Agrees(Some(_))), "{:?}", replayed.verdict);
            assert_eq!(replayed.counts, counts, "{protocol}, back to {back}");
            assert_eq!(replayed.machine.as_ref(), Some(&session.setup));
        }
    }
    assert_eq!(play(&random("SB", 1)).counts, None, "without caches nothing is counted");
}
