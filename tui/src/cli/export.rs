//! Arguments of `export`.

use std::path::PathBuf;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// A recorded trace
    #[arg(value_name = "TRACE")]
    pub trace: PathBuf,

    /// What to write, by its ending: a page (.html), a picture that moves (.svg) or one per step
    /// (NAME-%02d.svg), a terminal recording (.cast), a handout (.md), every state in full (.json); several
    /// with commas between
    #[arg(long, required = true, value_name = "FILE", value_delimiter = ',')]
    pub to: Vec<String>,
}
