//! How fast traces are replayed: recorded steps, and accesses over caches, per second on one core.

use std::hint::black_box;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sim_core::machine::Hardware;
use sim_core::memory::counters::Latencies;
use sim_core::memory::geometry::Geometry;
use sim_core::memory::protocol;
use sim_core::memory::replacement::Replacement;
use sim_core::memory::replay::{Modify, Schedule};
use traces::access::{Files, Setup as Caches, simulate};
use traces::format::{Compression, Header, Lines, Setup, Writer};
use traces::library;
use traces::load;
use traces::machine::Machine;
use traces::record::random::{Random, random_run};
use traces::record::{Recorder, Run};
use traces::replay::{Sessions, Verdict, replay};
use traces::session::Session;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic before").write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A random run of at most `steps` steps, on caches if a protocol is named, and how many it has.
fn recorded(text: &str, protocol: Option<&str>, steps: u64) -> (Vec<u8>, u64) {
    let test = load::parse(text).value.expect("a test");
    let hardware = Hardware::named(protocol, []).expect("it is built in");
    let setup = Setup::new(Machine::of(&test.arch), &test).on(&hardware);
    let session = Session::new(test, setup).expect("a machine");
    let file = Buffer::default();
    let header = Header::new(&session.test, text, session.setup.clone());
    let recorder = Recorder::begin(Writer::new(file.clone(), Compression::Plain), &header).expect("memory");
    let mut run = Run::new(session.machine(), recorder);
    let taken = random_run(&mut run, &mut Random::new(1), steps).expect("memory");
    run.finish().expect("memory");
    let bytes = file.0.lock().expect("no panic before").clone();
    (bytes, taken)
}

/// Threads that store and load in turn.
fn straight(threads: usize, pairs: usize) -> String {
    let row = |cell: &dyn Fn(usize) -> String| {
        format!(" {} ;\n", (0..threads).map(cell).collect::<Vec<_>>().join(" | "))
    };
    let mut text = format!("X86_64 straight\n{{ }}\n{}", row(&|thread| format!("P{thread}")));
    for value in 1..=pairs {
        text += &row(&|thread| format!("movl ${value},(v{thread})"));
        text += &row(&|thread| format!("movl (v{}),%eax", (thread + 1) % threads));
    }
    text + "exists (0:rax=99)\n"
}

/// Threads that exchange a flag for ever.
const PING_PONG: &str = "X86_64 ping-pong
{ }
 P0            | P1            ;
L0:            | L1:           ;
 movl $1,(x)   | movl (x),%eax ;
 movl (y),%eax | movl %eax,(y) ;
 movl $0,(x)   | jmp L1        ;
 jmp L0        |               ;
exists (0:rax=9)
";

/// Threads that take a lock again and again.
const XCHG: &str = "X86_64 xchg
{ }
 P0                  | P1                  ;
L0:                  | L1:                 ;
 movl $1,%eax        | movl $1,%eax        ;
 xchgl %eax,(lock)   | xchgl %eax,(lock)   ;
 cmpl $0,%eax        | cmpl $0,%eax        ;
 jne L0              | jne L1              ;
 movl (c),%ebx       | movl (c),%ebx       ;
 addl $1,%ebx        | addl $1,%ebx        ;
 movl %ebx,(c)       | movl %ebx,(c)       ;
 movl $0,(lock)      | movl $0,(lock)      ;
 jmp L0              | jmp L1              ;
exists (c=1)
";

const CASAL: &str = "AArch64 casal
{ 0:X2=lock; 0:X4=c; 1:X2=lock; 1:X4=c; }
 P0               | P1               ;
 MOV W0,#1        | MOV W0,#1        ;
L0:               | L1:              ;
 MOV W1,#0        | MOV W1,#0        ;
 CASAL W1,W0,[X2] | CASAL W1,W0,[X2] ;
 CBNZ W1,L0       | CBNZ W1,L1       ;
 LDR W3,[X4]      | LDR W3,[X4]      ;
 ADD W3,W3,#1     | ADD W3,W3,#1     ;
 STR W3,[X4]      | STR W3,[X4]      ;
 STLR WZR,[X2]    | STLR WZR,[X2]    ;
 B L0             | B L1             ;
exists (c=1)
";

/// Threads that add up without end, so that no state and no path comes back.
const SUMS: &str = "X86_64 sums
{ }
 P0              | P1              ;
L0:              | L1:             ;
 movl (x),%eax   | movl (y),%eax   ;
 addl %eax,%ebx  | addl %eax,%ebx  ;
 addl $1,%ebx    | addl $3,%ebx    ;
 movl %ebx,(y)   | movl %ebx,(x)   ;
 jmp L0          | jmp L1          ;
exists (0:rbx=1)
";

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("steps");
    let ticket_lock = library::find("armv8/ticket-lock").expect("it is built in").text;
    let runs = [
        ("two threads", straight(2, 8), None),
        ("three threads", straight(3, 14), None),
        ("ping-pong", PING_PONG.into(), None),
        ("ping-pong, mesi", PING_PONG.into(), Some("mesi")),
        ("ping-pong, msi-directory", PING_PONG.into(), Some("msi-directory")),
        ("xchg", XCHG.into(), None),
        ("casal", CASAL.into(), None),
        ("casal, mesi", CASAL.into(), Some("mesi")),
        ("ticket-lock", ticket_lock.into(), None),
        ("sums", SUMS.into(), None),
        ("sums, mesi", SUMS.into(), Some("mesi")),
    ];
    for (name, text, protocol) in runs {
        let (bytes, steps) = recorded(&text, protocol, 20_000);
        let sessions = Sessions::default();
        group.throughput(Throughput::Elements(steps));
        group.bench_function(name, |b| {
            b.iter(|| {
                let replayed = replay(&mut Lines::new(bytes.as_slice()), &sessions, None);
                assert!(matches!(replayed.verdict, Verdict::Agrees(_)), "{replayed:?}");
                black_box(replayed.steps)
            });
        });
    }
    group.finish();
}

fn accesses(c: &mut Criterion) {
    const EACH: u64 = 250_000;
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for core in 0..4 {
        let path = folder.path().join(format!("core{core}"));
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
        let mut random = Random::new(core);
        for _ in 0..EACH {
            // Mostly a small hot region of the core's own; now and then anything, or what all share.
            let address = match random.below(50) {
                0 => random.below(1 << 22),
                1 => 0x4000_0000 + random.below(1 << 10),
                _ => core << 24 | random.below(2048),
            };
            writeln!(file, "{} 0x{:x}\n2 0x3", u64::from(random.below(10) < 4), address & !3)
                .expect("a file");
        }
        paths.push(path);
    }
    let files = Files { paths, ..Files::default() };
    let caches = Caches {
        protocol: protocol::find("mesi").expect("it is built in"),
        geometry: Geometry::with_size(4096, 2, 32, Replacement::Lru).expect("a cache"),
        instructions: None,
        level2: None,
        latencies: Latencies::default(),
        schedule: Schedule::RoundRobin,
        modify: Modify::LoadStore,
    };
    let mut group = c.benchmark_group("accesses");
    group.throughput(Throughput::Elements(4 * EACH));
    group.bench_function("four cores, mesi", |b| {
        b.iter(|| black_box(simulate(&files, &caches).expect("a trace").total));
    });
    group.finish();
}

criterion_group!(benches, steps, accesses);
criterion_main!(benches);
