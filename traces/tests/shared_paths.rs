//! Paths that iterations of a loop and traces of a test share change nothing that anybody can see.

use std::sync::{Arc, Mutex};

use sim_core::machine::Hardware;
use traces::format::{Compression, Header, Lines, Setup, Writer};
use traces::load;
use traces::machine::Machine;
use traces::record::effect::effect;
use traces::record::random::{Random, random_run};
use traces::record::{Recorder, Run};
use traces::replay::{Replayed, Sessions, Verdict, replay};
use traces::session::Session;

/// Counts in memory for ever.
const COUNTERS: &str = "X86_64 counters
{ }
 P0             | P1              ;
L:              | L:              ;
 movl (x),%eax  | movl (x),%eax   ;
 addl $1,%eax   | xchgl %eax,(y)  ;
 movl %eax,(x)  | addl $1,%eax    ;
 jmp L          | movl %eax,(z)   ;
                | jmp L           ;
exists (x=1)
";

/// Counts under a lock for ever, and predicts.
const LOCKS: &str = "AArch64 locks
{ 0:X1=lock; 0:X5=c; 1:X1=lock; 1:X5=c; }
 P0                | P1                ;
spin:              | spin:             ;
 LDAXR W0,[X1]     | MOV W0,#1         ;
 CBNZ W0,spin      | SWPAL W0,W0,[X1]  ;
 MOV W2,#1         | CBNZ W0,spin      ;
 STXR W3,W2,[X1]   | LDR W4,[X5]       ;
 CBNZ W3,spin      | ADD W4,W4,#1      ;
 DMB ISH           | STR W4,[X5]       ;
 LDR W4,[X5]       | STLR WZR,[X1]     ;
 ADD W4,W4,#1      | B spin            ;
 STR W4,[X5]       |                   ;
 STLR WZR,[X1]     |                   ;
 B spin            |                   ;
exists (c=1)
";

fn session(text: &str, protocol: Option<&str>) -> Session {
    let test = load::parse(text).value.expect("a test");
    let hardware = Hardware::named(protocol, []).expect("hardware");
    let setup = Setup::new(Machine::of(&test.arch), &test).on(&hardware);
    Session::new(test, setup).expect("a machine")
}

/// Takes random steps on a machine that carries pending values and on one that does not; gives the numbers of paths.
fn side_by_side(session: &Session, steps: usize) -> (usize, usize) {
    let (mut carrying, mut plain) = (session.machine().carrying(), session.machine());
    let (mut left, mut right) = (carrying.initial(), plain.initial());
    let mut random = Random::new(3);
    for _ in 0..steps {
        let (found, expected) = (carrying.enabled(&left), plain.enabled(&right));
        let names: Vec<String> = found.iter().map(|step| carrying.name(&left, step)).collect();
        let wanted: Vec<String> = expected.iter().map(|step| plain.name(&right, step)).collect();
        assert_eq!(names, wanted);
        if names.is_empty() {
            break;
        }
        let pick = random.below(names.len() as u64) as usize;
        let next = (carrying.apply(&left, &found[pick]), plain.apply(&right, &expected[pick]));
        let (Some(to_left), Some(to_right)) = next else { panic!("{} is listed", names[pick]) };
        let (mut seen, mut told) = (String::new(), String::new());
        effect(&carrying, &left, &to_left, &found[pick], &mut seen);
        effect(&plain, &right, &to_right, &expected[pick], &mut told);
        assert_eq!((seen, &to_left.memory), (told, &to_right.memory), "{}", names[pick]);
        (left, right) = (to_left, to_right);
    }
    (carrying.paths(), plain.paths())
}

#[test]
fn a_machine_that_carries_pending_values_does_what_any_other_does() {
    for (text, protocol) in [(COUNTERS, None), (LOCKS, None), (COUNTERS, Some("mesi"))] {
        side_by_side(&session(text, protocol), 600);
    }
}

#[test]
fn iterations_that_store_other_values_are_on_the_same_paths() {
    let (shared, own) = side_by_side(&session(COUNTERS, None), 2000);
    assert!(3 * shared < own, "{shared} paths, and {own} without carrying");
}

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

fn recorded(session: &Session, text: &str, seed: u64) -> String {
    let file = Buffer::default();
    let header = Header::new(&session.test, text, session.setup.clone());
    let recorder = Recorder::begin(Writer::new(file.clone(), Compression::Plain), &header).unwrap();
    let mut run = Run::new(session.machine(), recorder);
    random_run(&mut run, &mut Random::new(seed), 120).unwrap();
    run.finish().unwrap();
    String::from_utf8(file.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn what_earlier_replays_have_grown_changes_no_verdict() {
    let sessions = Sessions::default();
    let play = |trace: &str, sessions: &Sessions| -> Replayed {
        replay(&mut Lines::new(trace.as_bytes()), sessions, None)
    };
    for seed in 0..6 {
        for (text, protocol) in [(COUNTERS, None), (LOCKS, Some("msi-directory")), (LOCKS, None)] {
            let trace = recorded(&session(text, protocol), text, seed);
            let agrees = play(&trace, &sessions);
            assert_eq!((agrees.steps, &agrees.verdict), (120, &Verdict::Agrees(None)));
            // A step in the middle becomes another one: what is possible instead is listed the same.
            let another = trace.replacen("\"step\":60,\"name\":\"", "\"step\":60,\"name\":\"P7", 1);
            // It has another effect: what it has been before is told the same, and by the same step.
            let (before, after) = trace.split_at(trace.find("{\"step\":60,").unwrap());
            let changed = before.to_string() + &after.replacen("\"effect\":\"", "\"effect\":\"never ", 1);
            for edited in [another, changed] {
                let found = play(&edited, &sessions);
                assert!(matches!(&found.verdict, Verdict::Diverges(at) if at.step == 60), "{found:?}");
                assert_eq!(found, play(&edited, &Sessions::default()));
            }
        }
    }
}
