//! Arguments of `replay`.

use std::path::PathBuf;

use super::run::available_jobs;

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub struct ReplayArgs {
    /// Traces (*.trace.jsonl, also .gz and .zst), and folders with such files
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How to print results: for people, or as one JSON object per line
    #[arg(long, short, value_enum, default_value_t = ReplayFormat::Text)]
    pub format: ReplayFormat,

    /// Accept only traces of this test (a file or a built-in test)
    #[arg(long, value_name = "TEST")]
    pub test: Option<String>,

    /// Threads to use [default: as many as the computer runs at once]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub jobs: Option<u32>,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReplayFormat {
    /// For people.
    Text,
    /// One object per line.
    Json,
}

impl ReplayArgs {
    /// Threads to use, at least 1.
    pub fn jobs(&self) -> usize {
        self.jobs.map_or_else(available_jobs, |jobs| jobs as usize)
    }
}
