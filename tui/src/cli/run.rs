//! Validated options of `run`.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use sim_core::machine::Hardware;
use sim_core::search::visible::Transactions;
use traces::machine::Machine;
use traces::model::ModelText;

use super::args::RunArgs;
use crate::run::revise::Revisions;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// Result blocks as herd7 prints them.
    Herd,
    /// One object per line.
    Json,
}

/// How outcomes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The search over completed stores.
    Search,
    /// Every reachable state of the visible machine.
    Machine,
    /// Candidate executions under a cat model.
    Axioms,
    /// All three, compared.
    All,
}

/// What ends a test early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time per test.
    pub timeout: Option<Duration>,
    /// States per test.
    pub max_states: Option<u64>,
    /// Bytes for the whole process; where they do not suffice, the test that has run longest ends.
    pub max_memory: u64,
    /// Back-jumps to one target in one thread.
    pub unroll: Option<u32>,
    /// Stores per store buffer.
    pub store_buffer: Option<u32>,
}

/// One of equal, contiguous parts of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0; less than `of`.
    pub index: usize,
    /// Number of parts.
    pub of: usize,
}

impl Shard {
    /// The whole.
    pub const ALL: Shard = Shard { index: 0, of: 1 };

    fn parse(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((i, n)) if (1..=n).contains(&i) => Ok(Shard { index: i - 1, of: n }),
            _ => Err(format!("--shard {text}: expected I/N with I from 1 to N, such as 1/4")),
        }
    }

    /// The part of `count` items.
    pub fn range(self, count: usize) -> std::ops::Range<usize> {
        // In 128 bits, for no count overflows there.
        let cut = |index: usize| (count as u128 * index as u128 / self.of as u128) as usize;
        cut(self.index)..cut(self.index + 1)
    }
}

/// Everything that `run` needs to know.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The tests' names, as given.
    pub names: Vec<String>,
    /// How results are printed.
    pub format: Format,
    /// The machine for all tests, if not each test's own.
    pub machine: Option<Machine>,
    /// Threads to use, at least 1.
    pub jobs: usize,
    /// What ends a test early.
    pub limits: Limits,
    /// Which part of the tests to run.
    pub shard: Shard,
    /// Where results go, if not to standard output.
    pub out: Option<PathBuf>,
    /// An expected log.
    pub expect: Option<PathBuf>,
    /// How outcomes are found.
    pub engine: Engine,
    /// The cat model for the axioms, if not that of the machine.
    pub model: Option<ModelText>,
    /// What stands between cores and memory.
    pub hardware: Hardware,
    /// How steps between caches are explored.
    pub transactions: Transactions,
    /// Whether only the condition's answer matters.
    pub verdict_only: bool,
    /// Whether to show runs to the final states.
    pub witness: bool,
    /// Whether to show figures.
    pub stats: bool,
    /// Whether to show the progress of a single test.
    pub progress: bool,
    /// Whether all tests count as having accesses of mixed sizes.
    pub mixed: bool,
    /// Whether the output has times.
    pub time: bool,
    /// Whether values are printed in hexadecimal.
    pub hexa: bool,
    /// Whether the first test that cannot be used ends the run.
    pub stop_at_bad_input: bool,
    /// The names of the tests to run, if not all.
    pub only: Option<BTreeSet<String>>,
    /// The names of tests not to run.
    pub without: BTreeSet<String>,
    /// What is changed in tests.
    pub revisions: Revisions,
    /// Whether tests that cannot be used are no failure of the run.
    pub forgiving: bool,
}

impl RunOptions {
    /// The defaults, for `names`.
    pub fn new(names: Vec<String>, format: Format) -> RunOptions {
        RunOptions {
            names,
            format,
            machine: None,
            jobs: available_jobs(),
            limits: Limits {
                timeout: None,
                max_states: None,
                max_memory: default_memory(),
                unroll: None,
                store_buffer: None,
            },
            shard: Shard::ALL,
            out: None,
            expect: None,
            engine: Engine::Search,
            model: None,
            hardware: Hardware::flat(),
            transactions: Transactions::Interleaved,
            verdict_only: false,
            witness: false,
            stats: false,
            progress: false,
            mixed: false,
            time: false,
            hexa: false,
            stop_at_bad_input: false,
            only: None,
            without: BTreeSet::new(),
            revisions: Revisions::default(),
            forgiving: false,
        }
    }
}

impl RunArgs {
    /// The options that these arguments mean.
    ///
    /// # Errors
    /// A sentence about the first argument that cannot be meant.
    pub fn validate(self) -> Result<RunOptions, String> {
        let jobs = match self.jobs {
            Some(0) => return Err("--jobs 0: at least one thread is needed".to_string()),
            Some(jobs) => jobs.min(1024),
            None => available_jobs(),
        };
        let asked = self.engine.or(self.model.is_given().then_some(Engine::Axioms));
        if self.model.is_given() && !matches!(asked, Some(Engine::Axioms | Engine::All)) {
            return Err(
                "--model is read by the axioms only: leave out --engine, or say axioms or all".to_string()
            );
        }
        let hardware = self.hardware.hardware()?;
        let engine = engine_for(asked, &hardware)?;
        if self.witness && engine != Engine::Search {
            let instead = match hardware.is_order_alone() {
                true => "leave out --engine",
                false => "`litmuscope trace` records runs on such hardware",
            };
            return Err(format!("--witness is read off the search: {instead}"));
        }
        if self.witness && (self.verdict_only || self.format == Format::Herd) {
            return Err(
                "--witness needs a list of final states with room for runs: use --format text or json"
                    .to_string(),
            );
        }
        let mut options = RunOptions::new(self.paths, self.format);
        options.engine = engine;
        options.hardware = hardware;
        if self.whole_transactions {
            options.transactions = Transactions::Whole;
        }
        options.machine = self.machine.as_deref().map(Machine::named).transpose()?;
        options.jobs = jobs;
        options.limits = Limits {
            timeout: self.timeout,
            max_states: self.max_states,
            max_memory: self.max_memory.unwrap_or_else(default_memory),
            unroll: self.unroll,
            store_buffer: self.store_buffer,
        };
        options.shard = self.shard.as_deref().map_or(Ok(Shard::ALL), Shard::parse)?;
        options.out = self.out;
        options.expect = self.expect;
        options.model = self.model.read()?;
        options.verdict_only = self.verdict_only;
        options.witness = self.witness;
        options.stats = self.stats;
        options.progress = self.progress;
        options.mixed = self.mixed;
        options.time = self.time;
        Ok(options)
    }
}

/// The engine to use on `hardware`: the one that was asked for, if it can show this hardware.
fn engine_for(asked: Option<Engine>, hardware: &Hardware) -> Result<Engine, String> {
    let strange = hardware.not_architectural();
    match (asked, strange.is_empty()) {
        (Some(Engine::Axioms), false) => {
            Err(format!("the axioms know nothing of {}: use another engine", strange.join(", ")))
        }
        (Some(Engine::All), false) => {
            Err(format!("engines cannot be compared about {}: use --engine machine", strange.join(", ")))
        }
        (Some(Engine::Search), _) if !hardware.is_order_alone() => {
            Err("the search has no caches and no shared buffers: use --engine machine".to_string())
        }
        (Some(Engine::Axioms), true) if !hardware.is_order_alone() => {
            Err("the axioms have no caches: use --engine machine".to_string())
        }
        (Some(engine), _) => Ok(engine),
        (None, _) if hardware.is_order_alone() => Ok(Engine::Search),
        (None, _) => Ok(Engine::Machine),
    }
}

/// As many threads as the computer runs at once.
pub fn available_jobs() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Half of the computer's memory; 2 GiB where the system does not say how much there is.
pub(super) fn default_memory() -> u64 {
    let total = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        kib.checked_mul(1024)
    });
    total.map_or(2 << 30, |total| total / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_a_partition_in_order() {
        for count in [0, 1, 7, 2554] {
            for of in [1, 2, 3, 16] {
                let parts: Vec<usize> = (0..of).flat_map(|index| Shard { index, of }.range(count)).collect();
                assert_eq!(parts, (0..count).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn shards_count_from_one() {
        assert_eq!(Shard::parse("2/3"), Ok(Shard { index: 1, of: 3 }));
        for text in ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/2/3"] {
            assert!(Shard::parse(text).is_err(), "{text}");
        }
    }
}
