//! The format of recorded traces: JSON Lines, one thing per line, readable and complete in itself.
//!
//! A file begins with a [`Header`], which holds the test and everything about the machine; then there is a
//! [`Step`] per line, by its stable name and with its effect, among them [`Mark`]s; and at the end a
//! [`Footer`]. Every line is written whole and at once, so that whatever stops the writer leaves a valid
//! beginning. `traces/FORMAT.md` describes every field, with an example.

mod frames;
mod line;
mod stream;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use sim_core::litmus::Test;

pub(crate) use frames::Frames;
pub use line::{Line, LineError};
pub use stream::{Compression, Lines, TooLong, Writer};

/// The version of the format that this program writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// What `format` says in every header.
pub const FORMAT: &str = "litmuscope-trace";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of the program that wrote the file.
    pub tool: String,
    /// The test.
    pub test: TestHeader,
    /// The machine it ran on.
    pub machine: Setup,
    /// What the random choices were drawn from, if steps were chosen at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// The test of a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestHeader {
    /// Its name.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// Its identity across tools: herd's `Hash`.
    pub hash: String,
    /// The MD5 of its text: 32 hexadecimal digits.
    pub md5: String,
    /// Its text, as in a `.litmus` file.
    pub text: String,
}

/// A machine by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The memory model: `sc`, `tso`, `pso` or `armv8`.
    pub model: String,
    /// The coherence protocol of its caches; none where cores share one flat memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// What else differs from the plain machine, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
    /// Most stores per store buffer, if bounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_buffer: Option<u32>,
    /// Back-jumps to one place that a core may predict before any of them is decided.
    pub unroll: u32,
}

/// One step of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step<'a> {
    /// Its number, from 1; one more than the step before it on the same branch.
    pub step: u64,
    /// Its stable name.
    #[serde(borrow)]
    pub name: std::borrow::Cow<'a, str>,
    /// What it changed, as [`effect`](crate::record::effect) writes it.
    #[serde(borrow)]
    pub effect: std::borrow::Cow<'a, str>,
}

/// What a session notes between steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Mark {
    /// The machine is back where it was after the step of this number; the next step begins a branch.
    Back(u64),
    /// A name for the state after the last step.
    Bookmark(String),
}

/// The last line of a trace that was ended on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Footer {
    /// The number of the last step.
    pub end: u64,
    /// The final state, if the machine has finished: `0:rax=0; 1:rax=0;`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

impl Header {
    /// The header for a run of `test`, whose text is `text`.
    pub fn new(test: &Test, text: &str, machine: Setup) -> Header {
        Header {
            format: FORMAT.to_string(),
            version: VERSION,
            tool: env!("CARGO_PKG_VERSION").to_string(),
            test: TestHeader {
                name: test.name.clone(),
                arch: test.arch.clone(),
                hash: test.hash.clone(),
                md5: md5_of(text),
                text: text.to_string(),
            },
            machine,
            seed: None,
        }
    }
}

/// The MD5 of a text in hexadecimal digits.
pub fn md5_of(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
