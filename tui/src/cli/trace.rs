//! Arguments of `trace`.

use std::path::PathBuf;

use sim_core::machine::Hardware;
use traces::machine::Machine;

use super::hardware::HardwareArgs;
use super::quantity;

/// Arguments of `trace`.
#[derive(Debug, clap::Args)]
pub struct TraceArgs {
    /// A file or a built-in test (see `litmuscope list`)
    #[arg(value_name = "TEST")]
    pub test: String,

    /// The final state to reach, or part of it: '0:rax=0; 1:rax=0' [default: one that answers the test's
    /// question]
    #[arg(long, value_name = "STATE", group = "what")]
    pub outcome: Option<String>,

    /// A run to every final state, each in its own file in the folder --out
    #[arg(long, group = "what", requires = "out")]
    pub all: bool,

    /// This many runs in which each step is drawn at random; several go into the folder --out
    #[arg(long, value_name = "N", group = "what", value_parser = clap::value_parser!(u64).range(1..))]
    pub random: Option<u64>,

    /// The steps in this file: one name per line, or as much of it as is needed; `#` begins a comment
    #[arg(long, value_name = "FILE", group = "what")]
    pub schedule: Option<PathBuf>,

    /// The run with the fewest steps, instead of the one that departs least from program order
    #[arg(long, conflicts_with_all = ["random", "schedule"])]
    pub shortest: bool,

    /// What random choices are drawn from; run I of several is that of seed S + I - 1
    #[arg(long, value_name = "S", default_value_t = 0, requires = "random")]
    pub seed: u64,

    /// Stop random runs after this many steps
    #[arg(long, value_name = "N", value_parser = quantity::count, default_value = "1000000", requires = "random")]
    pub max_steps: u64,

    /// The machine to run on: sc, tso, pso or armv8 [default: that of the test's architecture]
    #[arg(long, short, value_name = "NAME")]
    pub machine: Option<String>,

    /// Give up the search after this many states [default: 5M; 1M on hardware that only its own states tell of]
    #[arg(long, value_name = "N", value_parser = quantity::count)]
    pub max_states: Option<u64>,

    /// The file to write, compressed if its name ends in .gz or .zst, or the folder [default: standard output]
    #[arg(long, short, value_name = "PATH")]
    pub out: Option<PathBuf>,

    /// What stands between cores and memory.
    #[command(flatten)]
    pub hardware: HardwareArgs,
}

/// Which runs to trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runs {
    /// One to a final state with these values; without them, to one that answers the test's question.
    Outcome(Option<String>),
    /// One to every final state.
    All,
    /// Random ones.
    Random {
        /// How many.
        count: u64,
        /// The seed of the first.
        seed: u64,
        /// Most steps of each.
        steps_max: u64,
    },
    /// The one that a file describes.
    Schedule(PathBuf),
}

/// Everything that `trace` needs to know.
#[derive(Debug, Clone)]
pub struct TraceOptions {
    /// The test's name, as given.
    pub test: String,
    /// Which runs.
    pub runs: Runs,
    /// Whether the shortest run is wanted.
    pub shortest: bool,
    /// The machine, if not the test's own.
    pub machine: Option<Machine>,
    /// What stands between cores and memory.
    pub hardware: Hardware,
    /// Most states that a search may hold, if somebody says how many.
    pub max_states: Option<u64>,
    /// Where to write.
    pub out: Option<PathBuf>,
}

impl TraceArgs {
    /// The options that these arguments mean.
    ///
    /// # Errors
    /// A sentence about the first argument that cannot be meant.
    pub fn validate(self) -> Result<TraceOptions, String> {
        let runs = match (self.all, self.random, self.schedule) {
            (true, ..) => Runs::All,
            (_, Some(count), _) if count > 1 && self.out.is_none() => {
                return Err(format!(
                    "--random {count}: several runs need a folder to go into: add --out FOLDER"
                ));
            }
            (_, Some(count), _) => Runs::Random { count, seed: self.seed, steps_max: self.max_steps },
            (_, _, Some(path)) => Runs::Schedule(path),
            _ => Runs::Outcome(self.outcome),
        };
        Ok(TraceOptions {
            test: self.test,
            runs,
            shortest: self.shortest,
            machine: self.machine.as_deref().map(Machine::named).transpose()?,
            hardware: self.hardware.hardware()?,
            max_states: self.max_states,
            out: self.out,
        })
    }
}
