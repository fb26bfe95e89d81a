//! `replay` of memory-access traces.

use crate::Scene;

/// Two cores that write neighbouring words of one line in turn.
fn shared_line() -> Scene {
    let scene = Scene::new();
    scene.file("zero.data", "1 0x100\n2 0x5\n1 0x100\n1 0x100\n");
    scene.file("one.data", "1 0x104\n1 0x104\n0 0x2000\n");
    scene
}

/// The counts of one column of a report by the names of its rows.
fn counts(text: &str) -> impl Fn(&str) -> Vec<u64> {
    let rows: Vec<Vec<String>> =
        text.lines().map(|line| line.split("  ").map(|cell| cell.trim().to_string()).collect()).collect();
    move |name: &str| {
        let row = rows.iter().find(|row| row.iter().any(|cell| cell == name)).expect("a row with this name");
        row.iter().filter_map(|cell| cell.parse().ok()).collect()
    }
}

#[test]
fn counts_are_told_per_core_and_in_all() {
    let scene = shared_line();
    let ran = scene.run("replay --size 256 --ways 2 --line 32 zero.data one.data");
    ran.exits(0)
        .shows("zero.data and 1 more, label-value, 2 cores\nmesi, 256 B 2-way lru with lines of 32 bytes");
    let of = counts(&ran.stdout);
    assert_eq!(of("accesses"), [3, 3, 6]);
    assert_eq!(of("misses"), [3, 3, 6]);
    assert_eq!(of("cold"), [1, 2, 3]);
    assert_eq!(of("false sharing"), [2, 1, 3]);
    assert_eq!(of("true sharing"), [0, 0, 0]);
    assert_eq!(of("invalidations received"), [2, 2, 4]);
    assert_eq!(of("cycles of other work"), [5, 0, 5]);
    ran.shows("Coherence misses by line\n").shows("0x100              3             0  0 1; words 0 1");
}

#[test]
fn json_and_csv_have_the_same_counts() {
    let scene = shared_line();
    let json = scene.run("replay --format json zero.data one.data");
    let json: serde_json::Value = serde_json::from_str(&json.exits(0).stdout).unwrap();
    assert_eq!(json["total"]["false_sharing_misses"], 3);
    assert_eq!(json["shared_lines"][0]["address"], "0x100");
    let csv = scene.run("replay --format csv zero.data one.data");
    let rows: Vec<Vec<&str>> = csv.exits(0).stdout.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), ["core", "0", "1", "total"]);
    for (place, key) in rows[0].iter().enumerate().skip(1) {
        assert_eq!(json["total"][key].to_string(), rows[3][place], "{key}");
        assert_eq!(json["cores"][1][key].to_string(), rows[2][place], "{key}");
    }
}

#[test]
fn a_csv_trace_names_its_cores_and_protocols_differ() {
    let scene = Scene::new();
    scene.file("t.csv", "core,op,address,size\n0,S,0x40,4\n1,L,0x40,4\n0,S,0x40,4\n1,L,0x40,4\n");
    let misses = |protocol: &str| {
        let ran = scene.run(&format!("replay --protocol {protocol} t.csv"));
        counts(&ran.exits(0).stdout)("misses")
    };
    assert_eq!((misses("mesi"), misses("dragon")), (vec![1, 2, 3], vec![1, 1, 2]));
}

#[test]
fn a_directory_counts_messages() {
    let scene = shared_line();
    let options = "replay --size 256 --ways 2 --line 32 --latency message=7 zero.data one.data";
    let ran = scene.run(&format!("{options} --protocol mesi-directory"));
    let of = counts(&ran.exits(0).stdout);
    // Zero's first store and one's last load come from memory, the other stores from the other cache.
    assert_eq!((of("GetM"), of("GetS"), of("Fwd-GetM")), (vec![3, 2, 5], vec![0, 1, 1], vec![2, 2, 4]));
    assert_eq!((of("invalidations sent"), of("false sharing")), (vec![2, 2, 4], vec![2, 1, 3]));
    assert_eq!((of("messages"), of("bytes of traffic")), (vec![8, 8, 16], vec![160, 160, 320]));
    ran.shows("each message on the way 7");
    assert!(!ran.stdout.contains("BusRd"));
    let csv = scene.run(&format!("{options} --sweep protocol=msi,msi-directory,mesi-directory --format csv"));
    let rows: Vec<&str> =
        csv.exits(0).stdout.lines().map(|row| row.split_once(',').expect("columns").0).collect();
    assert_eq!(rows, ["protocol", "msi", "msi-directory", "mesi-directory"]);
}

#[test]
fn files_are_given_to_cores() {
    let scene = shared_line();
    let ran = scene.run("replay --cores 1,1 zero.data one.data");
    let of = counts(&ran.exits(0).stdout);
    assert_eq!(of("accesses"), [0, 6, 6]);
    assert_eq!(of("misses"), [0, 2, 2]);
    scene.run("replay --cores 0,1,2 zero.data one.data").exits(2).says("3 cores are named");
}

#[test]
fn a_sweep_is_one_table_and_a_picture() {
    let scene = shared_line();
    let options =
        "--sweep protocol=msi,mesi --sweep size=128..512 --sweep ways=1,2 --line 32 --plot sweep.svg";
    let ran = scene.run(&format!("replay {options} --jobs 1 zero.data one.data"));
    ran.exits(0).shows("misses per 100 accesses\n");
    let rows = |name: &str| ran.stdout.lines().filter(|line| line.starts_with(name)).count();
    // A row and a bar for each of three sizes and two numbers of ways.
    assert_eq!((rows("msi "), rows("mesi ")), (12, 12));
    assert!(scene.read("sweep.svg").contains("bytes of traffic per access"));
    scene.run(&format!("replay {options} --jobs 3 zero.data one.data")).exits(0).prints(&ran.stdout);
    let csv = scene.run("replay --sweep ways=1,2,3 --format csv zero.data one.data");
    assert_eq!(
        csv.exits(0)
            .says("note: left out: --size 32K --ways 3 --line 64: 32768 bytes are no whole number")
            .stdout
            .lines()
            .count(),
        3
    );
    let json = scene.run("replay --sweep ways=1,2 --format json zero.data one.data");
    assert_eq!(json.exits(0).stdout.lines().count(), 2);
}

#[test]
fn what_is_wrong_is_said() {
    let scene = shared_line();
    scene.file("bad.data", "0 0x10\n3 0x14\n");
    scene.run("replay bad.data").exits(2).says("bad.data:2: expected a label from 0 to 2");
    scene.file("prose.txt", "once upon a time\n");
    scene.run("replay prose.txt").exits(2).says("is no line of a label value, din, Lackey or CSV trace");
    scene.run("replay --kind din zero.data").exits(0).shows("zero.data, din, 1 core\n");
    scene.run("replay --kind steps zero.data").exits(2).shows("unusable");
    scene.run("replay --protocol mesj zero.data").exits(2).says("no protocol is called `mesj`");
    scene.run("replay --ways 3 zero.data").exits(2).says("no whole number of sets");
    scene.run("replay --icache 1,2 zero.data").exits(2).says("expected SIZE,WAYS,LINE");
    scene.run("replay --l2 1M zero.data").exits(2).says("expected SIZE,WAYS");
    scene
        .run("replay --size 3K zero.data")
        .exits(2)
        .says("--size 3K --ways 8 --line 64")
        .says("2048 or 4096 would do");
    scene.run("replay --ways 0 zero.data").exits(2).says("the number of ways must be from 1 to 16, not 0");
    scene
        .run("replay --latency memory=x zero.data")
        .exits(2)
        .says("--latency memory=x: expected a number of cycles");
    scene
        .run("replay --latency disk=9 zero.data")
        .exits(2)
        .says("--latency disk=9: expected hit=N, memory=N");
    scene.run("replay zero.data two.data").exits(2).says("two.data: No such file");
    scene.run("replay --sweep colour=red zero.data").exits(2).says("expected protocol=");
    scene.run("replay --sweep size=9..8 zero.data").exits(2).says("nothing lies between");
    scene.run("replay --plot a.svg zero.data").exits(2).says("--sweep");
    scene.run("replay --test SB zero.data").exits(2).says("--test is for recorded traces");
    scene.run("trace SB --out sb.trace.jsonl").exits(0);
    scene.run("replay sb.trace.jsonl zero.data").exits(2).says("replay memory-access traces by themselves");
}
