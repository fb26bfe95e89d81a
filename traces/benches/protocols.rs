//! How fast the checker explores protocols: states per second on one core.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sim_core::memory::check::{Config, check};
use sim_core::memory::protocol;

fn explore(c: &mut Criterion) {
    let mut group = c.benchmark_group("check");
    let instances = [
        ("msi-directory", 3, 1),
        ("mesi-directory", 3, 1),
        ("mesi-directory", 4, 1),
        ("msi-directory", 2, 2),
        ("mesi-directory", 2, 2),
        ("dragon", 3, 2),
    ];
    for (name, cores, lines) in instances {
        let config = Config::new(protocol::find(name).expect("it is built in"), cores, lines);
        let states = check(&config).expect("a valid configuration").states;
        group.throughput(Throughput::Elements(states as u64));
        group.bench_function(format!("{name}, {cores} cores, {lines} lines"), |b| {
            b.iter(|| black_box(check(&config).expect("a valid configuration").states));
        });
    }
    group.finish();
}

criterion_group!(benches, explore);
criterion_main!(benches);
