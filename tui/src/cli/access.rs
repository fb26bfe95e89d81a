//! Arguments of `replay` for memory-access traces.

use std::path::PathBuf;

use sim_core::memory::counters::Latencies;
use sim_core::memory::geometry::Geometry;
use sim_core::memory::protocol::{self, Protocol};
use sim_core::memory::replacement::Replacement;
use sim_core::memory::replay::{Modify, Schedule};
use traces::access::Setup;

use super::quantity;

/// Arguments of `replay` for memory-access traces.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Memory-access traces")]
pub struct AccessArgs {
    /// Bytes of each core's data cache
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes, default_value = "32K")]
    pub size: u64,

    /// Lines per set
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub ways: u32,

    /// Bytes per line
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes, default_value = "64")]
    pub line: u64,

    /// What makes room in a full set
    #[arg(long, value_enum, default_value_t = Policy::Lru)]
    pub replacement: Policy,

    /// The seed of random replacement
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,

    /// Every core's instruction cache, such as 32K,8,64: without one, fetches are only counted
    #[arg(long, value_name = "SIZE,WAYS,LINE")]
    pub icache: Option<String>,

    /// A second level that the cores share, such as 1M,16: only its hits and misses are counted
    #[arg(long, value_name = "SIZE,WAYS")]
    pub l2: Option<String>,

    /// The core of each file, such as 0,0,1,1; files of one core follow each other [default: a core per file]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    pub cores: Vec<usize>,

    /// Whose turn it is
    #[arg(long, value_enum, default_value_t = Turns::RoundRobin)]
    pub schedule: Turns,

    /// Cycles that things take, such as memory=80,word=1: of hit, memory, level2, word, writeback, message
    #[arg(long, value_name = "WHAT=N,...", value_delimiter = ',')]
    pub latency: Vec<String>,

    /// How an access that modifies counts
    #[arg(long, value_enum, default_value_t = Modification::LoadStore)]
    pub modify: Modification,

    /// Try all combinations of these values, such as protocol=msi,mesi or size=1K..64K or ways=1,2,4 or
    /// line=32,64; may be repeated
    #[arg(long, value_name = "WHAT=VALUES")]
    pub sweep: Vec<String>,

    /// Draw the sweep as a picture
    #[arg(long, value_name = "FILE.svg", requires = "sweep")]
    pub plot: Option<PathBuf>,
}

/// What makes room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Policy {
    /// The least recently used line.
    Lru,
    /// A binary tree of bits approximates that.
    Plru,
    /// The oldest line.
    Fifo,
    /// Any line.
    Random,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Turns {
    /// The cores take turns, one data access each.
    RoundRobin,
    /// The core that is earliest in time; the bus serves one transaction at a time, first come first served.
    Cycles,
}

/// How a modification counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Modification {
    /// A load, then a store.
    LoadStore,
    /// A load only, as cachegrind counts.
    Load,
}

/// What to try.
#[derive(Debug, Clone)]
pub struct AccessOptions {
    /// The configurations, and of those that there cannot be a sentence each.
    pub setups: Vec<Result<Setup, String>>,
    /// Whether several are compared.
    pub sweep: bool,
    /// The core of each file.
    pub cores: Vec<usize>,
    /// Where to draw the comparison.
    pub plot: Option<PathBuf>,
}

/// Not more combinations than this.
const SETUPS_MAX: usize = 4096;

impl AccessArgs {
    /// The first of these arguments that somebody has given with another value than the default.
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            (self.size != 32 << 10, "--size"),
            (self.ways != 8, "--ways"),
            (self.line != 64, "--line"),
            (self.replacement != Policy::Lru, "--replacement"),
            (self.seed != 0, "--seed"),
            (self.icache.is_some(), "--icache"),
            (self.l2.is_some(), "--l2"),
            (!self.cores.is_empty(), "--cores"),
            (self.schedule != Turns::RoundRobin, "--schedule"),
            (!self.latency.is_empty(), "--latency"),
            (self.modify != Modification::LoadStore, "--modify"),
            (!self.sweep.is_empty(), "--sweep"),
            (self.plot.is_some(), "--plot"),
        ];
        given.into_iter().find_map(|(given, name)| given.then_some(name))
    }

    /// The configurations that these arguments mean, on `protocol` if nothing else is said.
    ///
    /// # Errors
    /// A sentence about the first argument that cannot be meant.
    pub fn validate(&self, protocol: Option<&str>) -> Result<AccessOptions, String> {
        let axes = self.axes(protocol)?;
        let count = [axes.protocols.len(), axes.sizes.len(), axes.ways.len(), axes.lines.len()];
        let count =
            count.into_iter().try_fold(1_usize, usize::checked_mul).filter(|count| *count <= SETUPS_MAX);
        count.ok_or_else(|| format!("--sweep: more than {SETUPS_MAX} combinations"))?;
        let icache = self.icache.as_deref().map(|text| self.icache(text)).transpose()?;
        let mut setups = Vec::new();
        for protocol in &axes.protocols {
            for &size in &axes.sizes {
                for &ways in &axes.ways {
                    for &line in &axes.lines {
                        setups.push(self.setup(protocol, (size, ways, line), icache));
                    }
                }
            }
        }
        if let ([Err(reason)], true) = (setups.as_slice(), self.sweep.is_empty()) {
            return Err(reason.clone());
        }
        Ok(AccessOptions {
            setups,
            sweep: !self.sweep.is_empty(),
            cores: self.cores.clone(),
            plot: self.plot.clone(),
        })
    }

    fn setup(
        &self,
        protocol: &Protocol,
        (size, ways, line): (u64, u32, u32),
        instructions: Option<Geometry>,
    ) -> Result<Setup, String> {
        let level2 = self.l2.as_deref().map(|text| self.level2(text, line)).transpose()?;
        Ok(Setup {
            protocol: protocol.clone(),
            geometry: Geometry::with_size(size, ways, line, self.policy())
                .map_err(|reason| format!("--size {} --ways {ways} --line {line}: {reason}", short(size)))?,
            instructions,
            level2,
            latencies: self.latencies()?,
            schedule: match self.schedule {
                Turns::RoundRobin => Schedule::RoundRobin,
                Turns::Cycles => Schedule::Cycles,
            },
            modify: match self.modify {
                Modification::LoadStore => Modify::LoadStore,
                Modification::Load => Modify::Load,
            },
        })
    }

    fn latencies(&self) -> Result<Latencies, String> {
        let mut latencies = Latencies::default();
        for text in &self.latency {
            let (what, cycles) = text.split_once('=').unwrap_or((text, ""));
            let place = match what {
                "hit" => &mut latencies.hit,
                "memory" => &mut latencies.memory,
                "level2" => &mut latencies.level2,
                "word" => &mut latencies.word,
                "writeback" => &mut latencies.writeback,
                "message" => &mut latencies.hop,
                _ => {
                    return Err(format!(
                        "--latency {text}: expected hit=N, memory=N, level2=N, word=N, writeback=N or message=N"
                    ));
                }
            };
            let number = cycles.parse::<u32>();
            *place = number.map_err(|_| format!("--latency {text}: expected a number of cycles"))?.into();
        }
        Ok(latencies)
    }

    fn policy(&self) -> Replacement {
        match self.replacement {
            Policy::Lru => Replacement::Lru,
            Policy::Plru => Replacement::TreePlru,
            Policy::Fifo => Replacement::Fifo,
            Policy::Random => Replacement::Random { seed: self.seed },
        }
    }

    fn icache(&self, text: &str) -> Result<Geometry, String> {
        let [size, ways, line] = *numbers("--icache", text)? else {
            return Err(format!("--icache {text}: expected SIZE,WAYS,LINE, such as 32K,8,64"));
        };
        Geometry::with_size(size, narrow(ways), narrow(line), self.policy())
            .map_err(|reason| format!("--icache {text}: {reason}"))
    }

    fn level2(&self, text: &str, line: u32) -> Result<Geometry, String> {
        let [size, ways] = *numbers("--l2", text)? else {
            return Err(format!("--l2 {text}: expected SIZE,WAYS, such as 1M,16"));
        };
        Geometry::with_size(size, narrow(ways), line, self.policy())
            .map_err(|reason| format!("--l2 {text}: {reason}"))
    }

    /// What varies, and the one value of what does not.
    fn axes(&self, protocol: Option<&str>) -> Result<Axes, String> {
        let mut axes = Axes {
            protocols: vec![named(protocol.unwrap_or("mesi"))?],
            sizes: vec![self.size],
            ways: vec![self.ways],
            lines: vec![narrow(self.line)],
        };
        for sweep in &self.sweep {
            let expected =
                || format!("--sweep {sweep}: expected protocol=..., size=..., ways=... or line=...");
            let (what, values) = sweep.split_once('=').ok_or_else(expected)?;
            match what {
                "protocol" if values == "all" => axes.protocols = protocol::all(),
                "protocol" => axes.protocols = values.split(',').map(named).collect::<Result<_, _>>()?,
                "size" => axes.sizes = numbers("--sweep size", values)?.into(),
                "ways" => axes.ways = numbers("--sweep ways", values)?.iter().map(|n| narrow(*n)).collect(),
                "line" => axes.lines = numbers("--sweep line", values)?.iter().map(|n| narrow(*n)).collect(),
                _ => return Err(expected()),
            }
        }
        Ok(axes)
    }
}

struct Axes {
    protocols: Vec<Protocol>,
    sizes: Vec<u64>,
    ways: Vec<u32>,
    lines: Vec<u32>,
}

/// The protocol with a name.
fn named(name: &str) -> Result<Protocol, String> {
    protocol::find(name).ok_or_else(|| protocol::unknown(name))
}

/// Numbers with commas between, where `1K..8K` means 1K, 2K, 4K, 8K.
fn numbers(option: &str, text: &str) -> Result<Box<[u64]>, String> {
    let number = |text: &str| quantity::bytes(text).map_err(|error| format!("{option} {text}: {error}"));
    let mut all = Vec::new();
    for part in text.split(',') {
        match part.split_once("..") {
            None => all.push(number(part)?),
            Some((first, last)) => {
                let (mut next, last) = (number(first)?, number(last)?);
                while next <= last {
                    all.push(next);
                    let Some(doubled) = next.checked_mul(2) else { break };
                    next = doubled;
                }
            }
        }
    }
    if all.is_empty() { Err(format!("{option} {text}: nothing lies between")) } else { Ok(all.into()) }
}

/// Bytes as the command line takes them: `3K`.
fn short(bytes: u64) -> String {
    match bytes {
        _ if bytes.is_multiple_of(1 << 20) => format!("{}M", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{}K", bytes >> 10),
        _ => bytes.to_string(),
    }
}

/// A number that is checked later: one that does not fit is too large in any case.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_are_read() {
        assert_eq!(numbers("--x", "1K..4K,7").as_deref(), Ok([1024, 2048, 4096, 7].as_slice()));
        assert_eq!(numbers("--x", "8..4"), Err("--x 8..4: nothing lies between".to_string()));
        assert!(numbers("--x", "many").is_err());
    }

    #[derive(Debug, clap::Parser)]
    struct Alone {
        #[command(flatten)]
        accesses: AccessArgs,
    }

    #[test]
    fn defaults_are_not_given() {
        let given = |line: &str| {
            let args = <Alone as clap::Parser>::try_parse_from(line.split_whitespace()).expect(line);
            args.accesses.given()
        };
        assert_eq!(given("replay"), None);
        for option in
            ["--size 4K", "--ways 4", "--line 32", "--seed 1", "--schedule cycles", "--sweep ways=1,2"]
        {
            assert_eq!(given(&format!("replay {option}")), option.split(' ').next(), "{option}");
        }
    }

    #[test]
    fn protocols_have_names() {
        assert!(named("mesi").is_ok() && named("msi-directory").is_ok());
        assert!(named("mesj").is_err_and(|e| e.contains("no protocol is called `mesj`")));
    }
}
