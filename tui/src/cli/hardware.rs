//! Options that say what stands between cores and memory.

use clap::{Args, ValueEnum};
use sim_core::machine::hardware::{Features, Hardware};

use super::quantity;

/// Whether there are caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Caches {
    /// MESI, unless --protocol says another one.
    On,
    /// One flat memory.
    Off,
}

/// The hardware as it is asked for.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Hardware")]
pub struct HardwareArgs {
    /// The coherence protocol of private caches, or `off` (see `litmuscope protocol list`)
    #[arg(long, value_name = "NAME")]
    protocol: Option<String>,

    /// Private caches, or one flat memory [default: off, or on where an option is about caches]
    #[arg(long, value_enum, value_name = "ON/OFF")]
    caches: Option<Caches>,

    /// Bytes of a cache line: a power of two from 4 to 4096 [default: 64]
    #[arg(long, value_name = "BYTES")]
    line_size: Option<u32>,

    /// Sets of each cache: a power of two [default: as many as the test needs, or 1 with --ways]
    #[arg(long, value_name = "N")]
    sets: Option<u32>,

    /// Lines of each set [default: as many as the test needs, or 1 with --sets]
    #[arg(long, value_name = "N")]
    ways: Option<u32>,

    /// Which line of a full set makes room: lru, plru, fifo, random or random:SEED [default: lru]
    #[arg(long, value_name = "POLICY")]
    replacement: Option<String>,

    /// A second level of cache that all cores share, between their caches and memory, such as 128,2
    #[arg(long, value_name = "SIZE,WAYS")]
    l2: Option<String>,

    /// Put neighbouring variables into one line, as far as they fit
    #[arg(long)]
    shared_lines: bool,

    /// Let every cache hold every line at the start
    #[arg(long)]
    warm_caches: bool,

    /// Seed this bug into the protocol (see `litmuscope protocol list`); not architectural
    #[arg(long, value_name = "BUG")]
    bug: Option<String>,

    /// Build the hardware otherwise than any architecture here describes: invalidate-queue,
    /// shared-store-buffer, no-forwarding, unordered-store-buffer or no-load-hazard-check. Shows what that adds
    /// and takes away
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    what_if: Vec<String>,
}

impl HardwareArgs {
    /// The hardware that these options mean.
    ///
    /// # Errors
    /// A sentence about the first that cannot be meant.
    pub fn hardware(&self) -> Result<Hardware, String> {
        for name in &self.what_if {
            if Features::named(name).is_some_and(|feature| !Features::WHAT_IF.contains(feature)) {
                return Err(format!("--what-if {name}: this is architectural; there is an option --{name}"));
            }
        }
        let number = |name: &str, value: Option<u32>| value.map(|value| format!("{name}={value}"));
        let mut features = self.what_if.clone();
        features.extend(number("line-size", self.line_size));
        features.extend(number("sets", self.sets));
        features.extend(number("ways", self.ways));
        features.extend(self.l2.as_deref().map(level2));
        features.extend(self.replacement.as_ref().map(|policy| format!("replacement={policy}")));
        features.extend(self.shared_lines.then(|| "shared-lines".to_string()));
        features.extend(self.bug.as_ref().map(|bug| format!("bug={bug}")));
        features.extend(self.warm_caches.then(|| "warm-caches".to_string()));
        let about_caches = features.len() > self.what_if.len() || self.caches == Some(Caches::On);
        let protocol = match (&self.protocol, self.caches) {
            (Some(name), Some(Caches::Off)) if name != "off" => {
                return Err(format!("--caches off and --protocol {name} contradict each other"));
            }
            (None, Some(Caches::Off)) => Some("off"),
            (Some(name), _) => Some(name.as_str()),
            (None, _) => about_caches.then_some("mesi"),
        };
        Hardware::named(protocol, features.iter().map(String::as_str))
    }
}

/// Options about hardware where only axioms judge, so that they can be refused in words.
#[derive(Debug, Clone, Default, Args)]
pub struct StrangeArgs {
    /// As in [`HardwareArgs`].
    #[arg(long, value_name = "NAME", hide = true)]
    protocol: Option<String>,
    /// As in [`HardwareArgs`].
    #[arg(long, value_name = "BUG", hide = true)]
    bug: Option<String>,
    /// As in [`HardwareArgs`].
    #[arg(long, value_name = "NAME", hide = true)]
    what_if: Option<String>,
}

impl StrangeArgs {
    /// # Errors
    /// What to do with `test` instead, if any of these options is there.
    pub fn refuse(&self, test: &str) -> Result<(), String> {
        let Some(strange) = self.what_if.as_ref().or(self.bug.as_ref()) else {
            return self.protocol.as_ref().map_or(Ok(()), |name| {
                Err(format!(
                    "--protocol {name}: axioms judge what programs see, and no program sees coherent caches: leave it out"
                ))
            });
        };
        let bug = self.bug.as_ref().map(|bug| format!("bug={bug}"));
        let features: Vec<&str> = self.what_if.as_deref().into_iter().chain(bug.as_deref()).collect();
        let options = options(self.protocol.as_deref(), &features);
        Err(format!(
            "the axioms describe architectures, and none has {strange}: `litmuscope trace {test} {options}` records a \
             run to what this hardware shows, and `litmuscope step {test} {options}` leads through one"
        ))
    }
}

/// The options that ask for hardware with this protocol and these features, as [`Hardware::named`] takes them.
pub fn options(protocol: Option<&str>, features: &[&str]) -> String {
    let protocol = protocol.map(|name| format!("--protocol {name}"));
    let features = features.iter().map(|feature| match feature.split_once('=') {
        Some((name, value)) => format!("--{name} {value}"),
        None if Features::named(feature).is_some_and(|f| Features::WHAT_IF.contains(f)) => {
            format!("--what-if {feature}")
        }
        None => format!("--{feature}"),
    });
    protocol.into_iter().chain(features).collect::<Vec<_>>().join(" ")
}

/// The name of a second level of this size, which may have a unit.
fn level2(text: &str) -> String {
    let parts = text.split_once(',').and_then(|(size, ways)| Some((quantity::bytes(size).ok()?, ways)));
    parts.map_or_else(|| format!("l2={text}"), |(bytes, ways)| format!("l2={bytes},{ways}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Alone {
        #[command(flatten)]
        hardware: HardwareArgs,
    }

    #[test]
    fn options_ask_for_the_hardware_that_they_are_made_of() {
        for (protocol, features) in [
            (None, "shared-store-buffer"),
            (Some("dragon"), "line-size=16 sets=2 ways=1 replacement=random:7 shared-lines"),
            (Some("mesi"), "bug=upgrade-ignored l2=256,2 warm-caches"),
            (Some("mesi-directory"), "invalidate-queue no-forwarding warm-caches"),
        ] {
            let features: Vec<&str> = features.split_whitespace().collect();
            let line = format!("litmuscope {}", options(protocol, &features));
            let args = Alone::try_parse_from(line.split_whitespace()).expect(&line);
            assert_eq!(args.hardware.hardware(), Hardware::named(protocol, features), "{line}");
        }
    }
}
