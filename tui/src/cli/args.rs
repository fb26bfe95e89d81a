//! The arguments as they are given.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use super::export::ExportArgs;
use super::hardware::{HardwareArgs, StrangeArgs};
use super::model::ModelArgs;
use super::protocol::ProtocolCommand;
use super::quantity;
use super::replay::ReplayArgs;
use super::run::{Engine, Format};
use super::trace::TraceArgs;

/// See the weak outcome emerge: an operational simulator of cached multicores for litmus tests.
#[derive(Debug, Parser)]
#[command(name = "litmuscope", version, max_term_width = 100)]
pub struct Args {
    /// When to colour.
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN")]
    pub color: Color,

    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Even into a file.
    Always,
    /// Not at all.
    Never,
}

impl Color {
    /// Makes it the choice of all streams.
    pub fn write_global(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run tests and show every possible final state
    #[command(after_long_help = RUN_NOTES)]
    Run(Box<RunArgs>),

    /// Record a run of a test as a trace
    #[command(after_long_help = TRACE_NOTES)]
    Trace(Box<TraceArgs>),

    /// Take every step of recorded traces again, and compare; or count what caches make of a
    /// memory-access trace
    #[command(after_long_help = REPLAY_NOTES)]
    Replay(Box<ReplayArgs>),
    /// Step through a test: see its outcomes emerge
    Step(super::step::StepArgs),

    /// Say why an outcome of a test can happen, or which axiom forbids it
    Explain {
        /// A file or a built-in test
        test: String,
        /// The outcome: any condition, such as `0:rax=0 /\ ~(x=1)`, or a final state as results print it,
        /// `0:rax=0; [x]=1` [default: the test's condition]
        #[arg(long, value_name = "STATE")]
        outcome: Option<String>,
        /// The cat model
        #[command(flatten)]
        model: ModelArgs,
        /// The machine whose model judges: sc, tso, pso or armv8 [default: that of the test's architecture]
        #[arg(long, short, value_name = "NAME", conflicts_with = "model")]
        machine: Option<String>,
        /// Hardware, of which axioms say nothing: refused with what to do instead
        #[command(flatten)]
        hardware: StrangeArgs,
    },

    /// Write a trace as a page, pictures, a recording or a handout
    Export(ExportArgs),

    /// List the built-in tests
    List {
        /// Only tests with one of these words in their name
        names: Vec<String>,
        /// Also show where each expectation comes from
        #[arg(long, short)]
        verbose: bool,
    },

    /// Show and check coherence protocols
    Protocol {
        /// What to do with them
        #[command(subcommand)]
        command: ProtocolCommand,
    },

    /// Run tests with the options of herd7, for scripts made for it
    #[command(disable_help_flag = true)]
    Herd {
        /// Options as herd7 takes them (`-model x86tso.cat -unroll 2 ...`), and files
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },

    /// Print a completion script for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

const TRACE_NOTES: &str = "\
Exit status: 0 recorded; 1 no run ends so; 2 bad input or usage; 3 the search was not complete.";

const REPLAY_NOTES: &str = "\
Memory-access traces are those of cache courses and tools: Dinero din, Valgrind Lackey, files of labels and \
values (0 load, 1 store, 2 other work), one per core, and CSV with the columns core,op,address,size (op L, S, \
M for modify, I for fetch, C for cycles of other work). All files named are one trace. The caches are \
write-back and write-allocate, and empty at the start; a transaction on the bus happens at once. A miss \
is an access to a line that the cache does not have; a store to a shared line is none. Cycles are an estimate: a hit 1, a \
line from memory 100 more, from the second level 20, from another cache 2 for each word, a write-back 100.

Exit status: 0 everything agrees; 1 the machine does something else; 2 a file is no trace, or cannot be \
read; 3 a trace ends before its footer, and agrees so far. Of several, 2 counts before 1, and that before 3.";

const RUN_NOTES: &str = "\
Exit status: 0 everything ran; 1 an expectation failed or engines disagree; 2 bad input or usage; \
3 a result is incomplete. Of several, bad input counts before a failed expectation, and that before \
an incomplete result.

Ctrl-C ends the run with the results so far; a second Ctrl-C ends it at once.";

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Files, folders (every *.litmus below), lists of names (@FILE), `-` for names on standard input,
    /// or built-in tests (see `litmuscope list`)
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,

    /// How to print results: for people, for the herd tool family, or as one JSON object per line
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// The machine to run on: sc, tso, pso or armv8 [default: that of each test's architecture]
    #[arg(long, short, value_name = "NAME")]
    pub machine: Option<String>,

    /// Threads to use [default: as many as the computer runs at once]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,

    /// Give up on a test after this many seconds, however many engines look at it
    #[arg(long, value_name = "SECS", value_parser = quantity::seconds)]
    pub timeout: Option<Duration>,

    /// Give up on a test after this many states
    #[arg(long, value_name = "N", value_parser = quantity::count)]
    pub max_states: Option<u64>,

    /// Use at most this much memory, such as 4G; where it does not suffice, give up on the test that has
    /// run longest [default: half of the computer's]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    pub max_memory: Option<u64>,

    /// Follow at most this many back-jumps of each loop, instead of all that reach new states
    #[arg(long, value_name = "N")]
    pub unroll: Option<u32>,

    /// Bound each store buffer to this many stores; this may hide outcomes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub store_buffer: Option<u32>,

    /// Run only the I-th of N equal parts of the tests (I from 1); the parts' results, concatenated, are
    /// the results of all
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,

    /// Write results to this file
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Compare the final states and verdicts with this log of herd or its kin, and list what differs
    #[arg(long, value_name = "FILE.log")]
    pub expect: Option<PathBuf>,

    /// How outcomes are found: the search, the visible machine, the axioms, or all three, compared
    /// [default: the search, or the machine where hardware is chosen that the search does not have, or the
    /// axioms where a model is given]
    #[arg(long, value_enum)]
    pub engine: Option<Engine>,

    /// The cat model for the axioms
    #[command(flatten)]
    pub model: ModelArgs,

    /// What stands between cores and memory
    #[command(flatten)]
    pub hardware: HardwareArgs,

    /// Take every access with all that its caches do for it as one step: the same outcomes on coherent
    /// hardware, in far fewer states
    #[arg(long, help_heading = "Hardware")]
    pub whole_transactions: bool,

    /// Answer the condition only, without listing final states
    #[arg(long)]
    pub verdict_only: bool,

    /// Show how each final state comes about: the run that stays closest to program order, and the shortest
    #[arg(long)]
    pub witness: bool,

    /// Show figures: states, transitions, memory, times
    #[arg(long)]
    pub stats: bool,

    /// Show the progress of a single test on standard error
    #[arg(long)]
    pub progress: bool,

    /// Treat accesses of different sizes to one location as such even where no test seems to need it
    #[arg(long)]
    pub mixed: bool,

    /// Show times in the output (on a terminal, text does so anyway); the output is then not reproducible
    #[arg(long)]
    pub time: bool,
}
