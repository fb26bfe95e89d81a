//! Memory-access traces: the counts that other simulators give, and what is wrong with files.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sim_core::memory::counters::{Counters, Latencies};
use sim_core::memory::geometry::Geometry;
use sim_core::memory::protocol;
use sim_core::memory::replacement::Replacement;
use sim_core::memory::replay::{Config, Modify, Replay, Schedule};
use traces::access::{self, Error, Format};

/// The traces and expected counts beside the workspace, if they are there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/access-traces").join(name);
    path.exists().then_some(path)
}

fn cache(bytes: u64, ways: u32, line: u32) -> Geometry {
    Geometry::with_size(bytes, ways, line, Replacement::Lru).expect("a valid cache")
}

#[track_caller]
fn replay(protocol: &str, geometry: Geometry, paths: &[PathBuf], modify: Modify) -> Replay {
    let mut trace = access::open(paths, None).expect("a trace");
    let mut replay =
        Replay::new(&Config { modify, ..config(protocol, geometry, trace.cores()) }).expect("caches");
    trace.run(&mut replay, Schedule::RoundRobin).expect("a trace without errors");
    replay
}

fn config(protocol: &str, geometry: Geometry, cores: usize) -> Config {
    Config {
        protocol: protocol::find(protocol).expect("it is built in"),
        cores,
        geometry,
        instructions: Some(cache(32 << 10, 8, 64)),
        level2: None,
        latencies: Latencies::default(),
        modify: Modify::LoadStore,
    }
}

fn simulator(cores: usize) -> Replay {
    Replay::new(&config("mesi", cache(256, 2, 32), cores)).expect("a valid configuration")
}

/// The files of a multicore trace, by the name in the expected counts.
fn files(name: &str) -> Option<Vec<PathBuf>> {
    if name == "blackscholes" {
        return shared("blackscholes_four.zip").map(|path| vec![path]);
    }
    (0..4).map(|core| shared(&format!("{name}_{core}.data.gz"))).collect()
}

/// All counts of a run in the words of the expected file.
fn told(replay: &Replay) -> String {
    let core = |core: usize| {
        let c: &Counters = replay.counters(core);
        format!(
            "core {core} loads {} stores {} read_misses {} write_misses {} misses {}\n",
            c.loads,
            c.stores,
            c.read_misses,
            c.write_misses,
            c.misses()
        )
    };
    let cores: String = (0..replay.cores()).map(core).collect();
    let t = replay.total();
    format!(
        "{cores}BusRd {} BusRdX {} BusUpgr {} BusUpd {}  inval_txns_with_sharers {} lines_invalidated {}  \
         c2c_fills {} mem_fills {}  evict_writebacks {} flush_on_snoop {} shared_state_accesses {}\n\
         data traffic bytes (fills+writebacks+4*updates) {}\n",
        t.bus_rd,
        t.bus_rdx,
        t.bus_upgr,
        t.bus_upd,
        t.invalidating,
        t.invalidations_sent,
        t.cache_fills,
        t.memory_fills,
        t.writebacks,
        t.snoop_flushes,
        t.shared_accesses,
        t.bus_bytes
    )
}

#[test]
fn multicore_counts_are_those_of_other_simulators() {
    let Some(expected) = shared("expected-round-robin.txt") else { return };
    let expected = fs::read_to_string(expected).expect("a text");
    for block in expected.split("--- refsim ").skip(1) {
        let (head, counts) = block.split_once('\n').expect("a heading");
        let words: Vec<&str> = head.split(' ').collect();
        let Some(paths) = files(words[1]) else { continue };
        let replay = replay(words[0], cache(4096, 2, 32), &paths, Modify::LoadStore);
        assert_eq!(told(&replay).trim_end(), counts.trim_end(), "{head}");
    }
}

#[test]
fn single_cache_counts_are_those_of_cachegrind() {
    let Some(expected) = shared("expected-lackey.txt") else { return };
    for line in fs::read_to_string(expected).expect("a text").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let shape: Vec<u32> = words[1].split(',').map(|n| n.parse().expect("a number")).collect();
        let path = shared(&format!("{}.lackey.gz", words[0])).expect("a trace");
        let replay = replay("mesi", cache(shape[0].into(), shape[1], shape[2]), &[path], Modify::Load);
        let c = replay.counters(0);
        let counts = format!(
            "{{'rd': {}, 'wr': {}, 'rm': {}, 'wm': {},",
            c.loads, c.stores, c.read_misses, c.write_misses
        );
        assert!(line.contains(&counts), "{line}\n{counts}");
    }
}

#[test]
fn single_cache_counts_are_those_of_dinero() {
    let Some(expected) = shared("expected-din.txt") else { return };
    let text = fs::read_to_string(expected).expect("a text");
    for block in text.split("dineroIV ").skip(1) {
        let small = block.contains("D1=4k");
        let name = block.split(' ').next().expect("a name");
        let path = shared(&format!("{name}.din.gz")).expect("a trace");
        let geometry = if small { cache(4096, 2, 32) } else { cache(32 << 10, 8, 64) };
        let replay = replay("mesi", geometry, &[path], Modify::LoadStore);
        let c = replay.counters(0);
        // The rows: total, instructions, data, reads, writes, other.
        let row = |label: &str, nth: usize| -> Vec<u64> {
            let line = block.lines().filter(|line| line.trim().starts_with(label)).nth(nth).expect("a row");
            line.split_whitespace().skip(2).map(|n| n.parse().expect("a number")).collect()
        };
        assert_eq!((row("Demand Fetches", 0)[1], row("Demand Misses", 0)[1]), (c.fetches, c.fetch_misses));
        assert_eq!(row("Demand Fetches", 1)[2..5], [c.accesses(), c.loads, c.stores]);
        assert_eq!(row("Demand Misses", 1)[2..5], [c.misses(), c.read_misses, c.write_misses]);
    }
}

/// A file of its own for one test.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Temporary {
        let path = std::env::temp_dir().join(format!("litmuscope-{}-{name}", std::process::id()));
        fs::write(&path, bytes).expect("a temporary file");
        Temporary(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn run(file: &Temporary, cores: usize) -> Result<Counters, Error> {
    let mut trace = access::open(std::slice::from_ref(&file.0), None)?;
    let mut replay = simulator(cores);
    trace.run(&mut replay, Schedule::RoundRobin)?;
    Ok(replay.total())
}

#[track_caller]
fn counted(name: &str, bytes: &[u8], cores: usize, expected: (u64, u64, u64, u64)) {
    let total = run(&Temporary::new(name, bytes), cores).expect("a trace");
    assert_eq!((total.loads, total.stores, total.fetches, total.misses()), expected, "{name}");
}

const WORDS: &str = "0 0x10\n1 0x14\r\n2 0x1f\n\n0 0x40";

#[test]
fn formats_are_told_apart_by_their_lines() {
    counted("words", WORDS.as_bytes(), 1, (2, 1, 0, 2));
    counted("din", b"0 10\n1 14 comment\n2 1000\n", 1, (1, 1, 1, 1));
    counted("lackey", b"==1== tool\nI  04,3\n L 10,8\nhello\n S 1e,4\n M 50,4\n", 1, (2, 2, 1, 3));
    counted(
        "csv",
        b"core,op,address,size\n0,L,16,4\n1, S ,0x14,4\n# note\n1,C,9,1\n0,m,16,4\n",
        2,
        (2, 2, 0, 3),
    );
}

#[test]
fn compressed_files_are_seen_by_their_first_bytes() {
    let mut gz = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    gz.write_all(WORDS.as_bytes()).expect("memory does not fail");
    counted("gz", &gz.finish().expect("memory does not fail"), 1, (2, 1, 0, 2));
    let zst =
        ruzstd::encoding::compress_to_vec(WORDS.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    counted("zst", &zst, 1, (2, 1, 0, 2));
    let text = ruzstd::encoding::compress_to_vec(
        b"\n1 0x0\n".as_slice(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    counted("frames", &[zst, text].concat(), 1, (2, 2, 0, 2));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    for (name, text) in [("core_10", "1 0x0\n"), ("core_9", WORDS)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory does not fail");
        zip.write_all(text.as_bytes()).expect("memory does not fail");
    }
    let zip = Temporary::new("zip", &zip.finish().expect("memory does not fail").into_inner());
    let mut trace = access::open(std::slice::from_ref(&zip.0), None).expect("a trace");
    assert_eq!((trace.cores(), trace.format), (2, Format::LabelValue));
    let mut replay = simulator(2);
    trace.run(&mut replay, Schedule::RoundRobin).expect("a trace");
    assert_eq!((replay.counters(0).loads, replay.counters(1).stores), (2, 1));
}

#[track_caller]
fn refused(name: &str, bytes: &[u8], line: u64, message: &str) {
    let error = run(&Temporary::new(name, bytes), 1).expect_err("refused");
    assert_eq!((error.line, error.message.as_str()), (line, message), "{name}");
    assert!(error.file.ends_with(name));
}

#[test]
fn errors_name_the_line_and_the_word() {
    refused("label", b"0 0x10\n3 0x14\n", 2, "expected a label from 0 to 2, found `3`");
    refused("value", b"0 0x10\r\n1 0xzz", 2, "expected a hexadecimal value, found `0xzz`");
    refused("none", b"0 0x10\n1\n", 2, "expected a hexadecimal value, found nothing");
    refused("more", b"0 0x10\n1 0x14 x\n", 2, "expected nothing after the value, found `x`");
    let long = "expected a hexadecimal value of at most 16 digits, found `0x11111111111111111`";
    refused("long", b"0 0x10\n1 0x11111111111111111\n", 2, long);
    refused("word", b"0 10\n1 1g\n", 2, "expected a hexadecimal address, found `1g`");
    refused("size", b" L 10,4\n L 10,0\n", 2, "expected a size from 1 to 4096, found `0`");
    refused("core", b"0,L,16,4\n64,L,16,4\n", 2, "expected a core from 0 to 63, found `64`");
    refused("heading", b"# mine\ncpu,op,address,size\n", 2, "expected the column core, found `cpu`");
    refused(
        "columns",
        b"0,L,16,4\n0,L,16\n",
        2,
        "expected the four columns core,op,address,size, found `0,L,16`",
    );
    refused("mixed", b"0 0x10\n L 10,4\n", 2, "expected a label from 0 to 2, found `L`");
    refused("text", b"\nhello\n", 2, "`hello` is no line of a label value, din, Lackey or CSV trace");
    refused("empty", b"", 0, "has no line of a memory-access trace");
    let zeros = vec![b'0'; 1 << 20];
    refused("endless", &[b"0 0x10\n".as_slice(), &zeros].concat(), 2, "a line has more than 4096 bytes");
}

#[test]
fn files_of_one_trace_have_one_format() {
    let (one, other) = (Temporary::new("one", WORDS.as_bytes()), Temporary::new("other", b"0 10\n"));
    let error = access::open(&[one.0.clone(), other.0.clone()], None).err().expect("refused");
    assert_eq!(error.message, "this file is din, the first one label-value");
    assert!(error.file.ends_with("other"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Whatever is in a file: counts, or an error at one of its lines.
    #[test]
    fn no_file_is_a_panic(
        begin in prop::sample::select(vec!["0 0x10\n", "0 10\n", " L 10,4\n", "0,L,16,4\n", "", "\x1f\u{8b}", "PK\x03\x04"]),
        lines in prop::collection::vec("[0-2SLMI=# ][ ,]{0,2}[0-9a-fxXLMSIC]{0,18}[,]?[0-9]{0,5}[,0-9]{0,8}\r?", 0..20),
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let mut bytes = [begin.as_bytes(), lines.join("\n").as_bytes()].concat();
        for (place, byte) in noise.iter().filter(|_| !lines.is_empty()) {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        let count = bytes.split(|&byte| byte == b'\n').count() as u64;
        match run(&Temporary::new("any", &bytes), 1) {
            Ok(total) => prop_assert!(total.accesses() <= 2 * count),
            Err(error) => prop_assert!(error.line <= count, "{error}"),
        }
    }
}

#[test]
fn a_cut_file_is_an_error_not_an_end() {
    let mut gz = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    let text: String = (0..50_000).map(|n| format!("0 0x{:x}\n", n * 7919 % 65536)).collect();
    gz.write_all(text.as_bytes()).expect("memory does not fail");
    let whole = gz.finish().expect("memory does not fail");
    let error = run(&Temporary::new("cut.gz", &whole[..whole.len() / 2]), 1).expect_err("refused");
    assert_eq!(error.message, "the compressed file breaks off here");
    assert!(error.line > 1);
}

/// What a schedule by time changes: totals of accesses stay, order-dependent counts move a little.
#[test]
fn the_schedule_by_cycles_serves_the_earliest_core() {
    let slow = Temporary::new("slow", b"2 0xffff\n0 0x0\n");
    let fast = Temporary::new("fast", b"1 0x0\n1 0x0\n1 0x0\n");
    let mut misses = vec![];
    for schedule in [Schedule::RoundRobin, Schedule::Cycles] {
        let mut trace = access::open(&[slow.0.clone(), fast.0.clone()], None).expect("a trace");
        let mut replay = simulator(2);
        trace.run(&mut replay, schedule).expect("a trace");
        misses.push((replay.counters(0).memory_fills, replay.counters(1).misses(), replay.total().bus_upgr));
    }
    // In turns the load comes first and gets the line from memory; by time it comes last, from the writer.
    assert_eq!(misses, [(1, 1, 0), (0, 1, 0)]);
}
