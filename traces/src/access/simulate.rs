//! One run of a trace over caches, from options to counts.

use std::path::PathBuf;

use sim_core::memory::counters::{Counters, Latencies};
use sim_core::memory::geometry::Geometry;
use sim_core::memory::protocol::Protocol;
use sim_core::memory::replay::{Config, Modify, Replay, Schedule, SharedLine};

use super::{Error, Format, open};

/// The files of one trace, and which core each is about.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// One file per core, or one file or archive for all.
    pub paths: Vec<PathBuf>,
    /// How lines are read; without it, the first lines tell.
    pub format: Option<Format>,
    /// The core of each file, files of one core following each other; empty for one core per file in their
    /// order. A CSV file names its cores itself.
    pub cores: Vec<usize>,
}

/// What a trace runs on.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The coherence protocol.
    pub protocol: Protocol,
    /// Every core's data cache.
    pub geometry: Geometry,
    /// Every core's instruction cache.
    pub instructions: Option<Geometry>,
    /// A shared cache between the data caches and memory.
    pub level2: Option<Geometry>,
    /// Cycles that things take.
    pub latencies: Latencies,
    /// Whose turn it is.
    pub schedule: Schedule,
    /// How a modification counts.
    pub modify: Modify,
}

/// What a run gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// How the lines were read.
    pub format: Format,
    /// `cores[core]`.
    pub cores: Vec<Counters>,
    /// All cores together; the cycles are those of the core that ended last.
    pub total: Counters,
    /// Lines that went from core to core, those with most false sharing first.
    pub shared_lines: Vec<SharedLine>,
}

/// Runs a trace to its end.
///
/// # Errors
/// The first line that cannot be read, or why there are no such caches.
pub fn simulate(files: &Files, setup: &Setup) -> Result<Counts, Error> {
    let mut trace = open(&files.paths, files.format)?;
    trace.assign(&files.cores)?;
    let config = Config {
        protocol: setup.protocol.clone(),
        cores: trace.cores(),
        geometry: setup.geometry,
        instructions: setup.instructions,
        level2: setup.level2,
        latencies: setup.latencies,
        modify: setup.modify,
    };
    let mut replay =
        Replay::new(&config).map_err(|message| Error { file: String::new(), line: 0, message })?;
    trace.run(&mut replay, setup.schedule)?;
    if replay.total() == Counters::default() {
        let names: Vec<String> = files.paths.iter().map(|path| path.display().to_string()).collect();
        let message = format!("no line is an access of a {} trace", trace.format.name());
        return Err(Error { file: names.join(", "), line: 0, message });
    }
    Ok(Counts {
        format: trace.format,
        cores: (0..replay.cores()).map(|core| *replay.counters(core)).collect(),
        total: replay.total(),
        shared_lines: replay.shared_lines(),
    })
}
