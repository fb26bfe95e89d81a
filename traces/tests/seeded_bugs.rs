//! Every bug that can be seeded into a protocol, and the program that sees it: on a machine with that protocol, the
//! test has a final state that the architecture forbids. Without the bug it has none.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use sim_core::litmus::Test;
use sim_core::machine::Hardware;
use sim_core::memory::protocol;
use sim_core::outcome::State;
use sim_core::search::visible::{self, Transactions};
use sim_core::search::{self, Options};
use traces::load;
use traces::machine::Machine;

/// A test on x86: its name, its initial state, its columns (instructions separated by `;`).
fn test(name: &str) -> Test {
    let (init, columns): (&str, &[&str]) = match name {
        // A line is evicted and fetched again.
        "evict" => ("x=0; y=0;", &["movl $1,(x); movl $1,(y); mfence; movl (x),%eax"]),
        "evict-read" => ("x=0; y=0;", &["movl (x),%ebx; movl $1,(x); movl $1,(y); mfence; movl (x),%eax"]),
        // Message passing to somebody who has the old copy.
        "reread" => {
            ("x=0; y=0;", &["movl (x),%eax; movl (y),%ebx; movl (x),%ecx", "movl $1,(x); movl $1,(y)"])
        }
        "reread-after-read" => (
            "x=0; y=0;",
            &["movl (x),%eax; movl (y),%ebx; movl (x),%ecx", "movl (x),%ecx; movl $1,(x); movl $1,(y)"],
        ),
        "reread-shared" => (
            "x=0; y=0;",
            &["movl (x),%eax; movl (y),%ebx; movl (x),%ecx", "movl $1,(x); movl $1,(y)", "movl (x),%eax"],
        ),
        // The same line is read, evicted and read again.
        "back" => ("x=0; y=0;", &["movl $1,(x); movl $1,(y)", "movl (x),%eax; movl (y),%ebx; movl (x),%ecx"]),
        // The owner of a line that another core writes after it.
        "owner" => (
            "x=0; y=0;",
            &["movl $1,(x); mfence; movl (y),%ebx; movl (x),%ecx", "movl (x),%eax; movl $2,(x); movl $1,(y)"],
        ),
        "two-writers" => (
            "x=0; y=0;",
            &["movl $1,(x); movl (y),%eax; movl (x),%ecx", "movl $2,(x); movl (y),%ebx; movl (x),%edx"],
        ),
        "increments" => ("x=0;", &["lock incl (x)", "lock incl (x)"]),
        "two-stores" => ("x=0;", &["movl $1,(x); movl $2,(x)"]),
        "store-buffering" => {
            ("x=0; y=0;", &["movl $1,(x); mfence; movl (y),%eax", "movl $1,(y); mfence; movl (x),%eax"])
        }
        // `a` and `b` share a line, so that its writer waits for the line while it reads it.
        "neighbours" => {
            ("a=0; b=0; c=0;", &["movl $1,(a); movl $1,(c)", "movl $2,(b); movl (c),%eax; movl (a),%ebx"])
        }
        _ => panic!("no test {name}"),
    };
    let columns: Vec<Vec<&str>> = columns.iter().map(|c| c.split(';').map(str::trim).collect()).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    let row = |cells: Vec<String>| format!(" {} ;\n", cells.join(" | "));
    let mut text = format!("X86_64 {name}\n{{ {init} }}\n");
    text += &row((0..columns.len()).map(|thread| format!("P{thread}")).collect());
    for line in 0..height {
        text += &row(columns.iter().map(|c| c.get(line).unwrap_or(&"").to_string()).collect());
    }
    let registers = columns.iter().enumerate().flat_map(|(thread, column)| {
        let loads = column.iter().filter(|instr| instr.starts_with("movl ("));
        loads.filter_map(move |instr| Some(format!("{thread}:{}", instr.split('%').nth(1)?)))
    });
    let observed: BTreeSet<String> = registers.collect();
    let locations: Vec<String> = observed.into_iter().chain([format!("[{}]", &init[..1])]).collect();
    text += &format!("locations [{};]\nexists (true)\n", locations.join("; "));
    let parsed = load::parse(&text);
    parsed.value.unwrap_or_else(|| panic!("{:?} in\n{text}", parsed.diagnostics))
}

/// Where each bug is seen: protocol, bug, features of the hardware, test.
const SEEN: &[(&str, &str, &str, &str)] = &[
    ("msi", "dirty-dropped", "ways=1", "evict"),
    ("msi", "upgrade-unsent", "warm-caches", "store-buffering"),
    ("mesi", "missing-invalidation", "", "reread-shared"),
    ("mesi", "upgrade-ignored", "warm-caches", "store-buffering"),
    ("mesi", "always-exclusive", "", "reread-after-read"),
    ("mesi", "shared-line-silent", "", "reread-after-read"),
    ("mesi", "memory-not-updated", "ways=1", "back"),
    ("moesi", "owner-drops", "ways=1", "back"),
    ("moesi", "owner-silent", "ways=1", "back"),
    ("moesi", "owner-survives", "", "owner"),
    ("dragon", "missed-update", "warm-caches", "store-buffering"),
    ("msi-directory", "early-ack", "", "reread"),
    ("msi-directory", "missing-invalidation", "warm-caches", "store-buffering"),
    ("msi-directory", "lost-upgrade-race", "line-size=8 shared-lines warm-caches", "neighbours"),
    ("msi-directory", "two-owners", "", "increments"),
    ("msi-directory", "stale-writeback", "ways=1", "two-writers"),
    ("mesi-directory", "silent-upgrade", "warm-caches", "store-buffering"),
    ("mesi-directory", "dirty-given-back-clean", "warm-caches", "two-stores"),
    ("mesi-directory", "exclusive-ignores-writer", "", "reread"),
    ("mesi-directory", "sharers-not-told", "warm-caches", "store-buffering"),
    ("mesi-directory", "put-data-dropped", "ways=1", "evict-read"),
];

/// Bugs that no program sees in its final state, and why. The checker finds them too.
const UNSEEN: &[(&str, &str, &str)] = &[
    ("mesif", "two-owners", "both copies are clean and equal"),
    ("dragon", "two-owners", "both copies take every update, so that they stay equal"),
    ("msi-directory", "writeback-race", "whoever has asked for the line waits for ever"),
    ("msi-directory", "lost-ack", "the writer waits for ever"),
    ("msi-directory", "home-not-told", "every later request waits for ever"),
    ("msi-directory", "stale-forward", "the old owner has nothing to answer with, and everybody waits"),
    (
        "mesi-directory",
        "ack-counted-early",
        "the data that come later find no taker, and nothing comes to rest",
    ),
    ("mesi-directory", "exclusive-writeback-race", "whoever has asked for the line waits for ever"),
];

/// The final states on some hardware that the architecture forbids.
fn forbidden(test: &Test, hardware: &Hardware, transactions: Transactions) -> Vec<State> {
    let stop = AtomicBool::new(false);
    let options = Options {
        unroll: 2,
        max_states: 60_000,
        verdict_only: false,
        stop: &stop,
        progress: None,
        parallel: false,
    };
    let order = Machine::of(&test.arch).order();
    let allowed = search::outcomes(test, &order, &options).outcomes.states;
    let found =
        visible::on(test, &order, hardware, transactions, &options).expect("possible").outcomes.states;
    found.into_iter().filter(|state| !allowed.contains(state)).collect()
}

fn hardware(protocol: &str, bug: Option<&str>, features: &str) -> Hardware {
    let bug = bug.map(|bug| format!("bug={bug}"));
    let features = features.split_whitespace().chain(bug.as_deref());
    Hardware::named(Some(protocol), features).expect("possible")
}

#[test]
fn programs_see_the_bugs() {
    for (protocol, bug, features, name) in SEEN {
        let test = test(name);
        // Three threads have many interleavings, and need none of them to see their bug.
        let wide = test.program.threads.len() > 2;
        let transactions = if wide { Transactions::Whole } else { Transactions::Interleaved };
        let seen = forbidden(&test, &hardware(protocol, Some(bug), features), transactions);
        assert!(!seen.is_empty(), "{name} does not see {protocol} {bug}");
        let correct = forbidden(&test, &hardware(protocol, None, features), transactions);
        assert_eq!(correct, [], "{name} on {protocol} without {bug}");
    }
}

#[test]
fn every_bug_is_accounted_for() {
    let all = protocol::all();
    let bugs = all.iter().flat_map(|p| p.bugs.iter().map(|bug| (p.name, bug.name)));
    let told = SEEN.iter().map(|(p, bug, ..)| (*p, *bug)).chain(UNSEEN.iter().map(|(p, bug, _)| (*p, *bug)));
    assert_eq!(bugs.collect::<BTreeSet<_>>(), told.collect::<BTreeSet<_>>());
    for (protocol, bug, why) in UNSEEN {
        for (name, features) in [("reread", ""), ("back", "ways=1"), ("two-writers", "warm-caches")] {
            let broken = hardware(protocol, Some(bug), features);
            assert_eq!(forbidden(&test(name), &broken, Transactions::Interleaved), [], "{bug}: {why}");
        }
    }
}
