//! Arguments of `replay`.

use std::path::PathBuf;

use super::access::{AccessArgs, AccessOptions};
use super::run::available_jobs;

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    /// Recorded traces (*.trace.jsonl, also .gz and .zst) and folders with such files; or the files of one
    /// memory-access trace, one per core (also .gz, .zst and .zip)
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How to print results: for people, as one JSON object per line, or (memory-access traces) as CSV
    #[arg(long, short, value_enum, default_value_t = ReplayFormat::Text)]
    pub format: ReplayFormat,

    /// What the files hold [default: what their first lines look like]
    #[arg(long, value_enum)]
    pub kind: Option<ReplayKind>,

    /// Check that the completions of recorded traces also agree on caches with this protocol (or `off`);
    /// or the protocol of a memory-access trace [default: mesi]
    #[arg(long, value_name = "NAME")]
    pub protocol: Option<String>,

    /// Accept only recorded traces of this test (a file or a built-in test)
    #[arg(long, value_name = "TEST")]
    pub test: Option<String>,

    /// Threads to use [default: as many as the computer runs at once]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub jobs: Option<u32>,

    /// About memory-access traces.
    #[command(flatten)]
    pub accesses: AccessArgs,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReplayFormat {
    /// For people.
    Text,
    /// One object per line.
    Json,
    /// A table for other programs.
    Csv,
}

/// What files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReplayKind {
    /// Recorded traces.
    Steps,
    /// A memory-access trace of whatever format.
    Accesses,
    /// Labels and values, one file per core.
    LabelValue,
    /// DineroIV's traditional input.
    Din,
    /// Valgrind's Lackey.
    Lackey,
    /// `core,op,address,size`.
    Csv,
}

impl ReplayArgs {
    /// Threads to use, at least 1.
    pub fn jobs(&self) -> usize {
        self.jobs.map_or_else(available_jobs, |jobs| jobs as usize)
    }

    /// What to run a memory-access trace on.
    ///
    /// # Errors
    /// A sentence about the first argument that cannot be meant.
    pub fn access_options(&self) -> Result<AccessOptions, String> {
        self.accesses.validate(self.protocol.as_deref())
    }
}
