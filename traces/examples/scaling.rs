//! How cost grows with threads, stores and loads: `cargo run --release -p litmuscope-traces --example scaling`.
//!
//! For each family one table: a row for each size until one takes longer than the limit (in seconds, the only
//! argument; 2 if there is none).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sim_core::outcome::Completeness;
use sim_core::search::{Options, outcomes};
use traces::families::FAMILIES;
use traces::load;
use traces::machine::Machine;

fn main() {
    let limit = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let limit = Duration::from_secs_f64(limit);
    println!("| family | size | final states | joint states | windows | seconds |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for family in FAMILIES {
        for second in [1, 2, 4] {
            for first in 2..=12 {
                // There are only so many registers for addresses.
                let Some(test) = load::parse(&family.test(first, second)).value else { break };
                let [a, b] = family.sizes;
                let stop = AtomicBool::new(false);
                let options = Options { parallel: true, ..Options::new(2, &stop) };
                let start = Instant::now();
                let report = std::thread::scope(|scope| {
                    let search = scope.spawn(|| outcomes(&test, &Machine::of(&test.arch).order(), &options));
                    while !search.is_finished() && start.elapsed() < limit {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    stop.store(true, Ordering::Relaxed);
                    search.join().expect("a search does not panic")
                });
                let stats = &report.stats;
                let states = match report.outcomes.completeness {
                    Completeness::Complete => report.outcomes.states.len().to_string(),
                    _ => "not all".to_string(),
                };
                println!(
                    "| {} | {first} {a}, {second} {b} | {states} | {} | {} | {:.3} |",
                    family.name,
                    stats.joint,
                    stats.windows.iter().sum::<u64>(),
                    start.elapsed().as_secs_f64()
                );
                if states == "not all" {
                    break;
                }
            }
        }
    }
}
