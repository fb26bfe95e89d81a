//! Arguments of `step`.

use clap::ValueEnum;

use super::hardware::HardwareArgs;
use crate::step::StepOptions;
use crate::step::open::Wishes;
use crate::step::theme::Theme;
use traces::machine::Machine;

/// Arguments of `step`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StepArgs {
    /// A file, a built-in test, or a recorded session (NAME.trace.jsonl) to go on with [default: choose
    /// from the built-in tests]
    #[arg(value_name = "TEST")]
    pub test: Option<String>,

    /// Go on with this recorded session, whatever its name; what is done is added to it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["test", "machine", "store_buffer"])]
    pub resume: Option<std::path::PathBuf>,

    /// The machine to run on: sc, tso, pso or armv8 [default: that of the test's architecture]
    #[arg(long, short, value_name = "NAME")]
    pub machine: Option<String>,

    /// Most stores that a store buffer holds [default: no bound]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub store_buffer: Option<u32>,

    /// The colours [default: safe, or mono if NO_COLOR is set]
    #[arg(long, value_enum)]
    pub theme: Option<ThemeName>,

    /// For a projector: fewer things, air between lines, and steps played slowly
    #[arg(long)]
    pub present: bool,

    /// Record the session in this file [default: a new one in the user's folder for state]
    #[arg(long, value_name = "FILE")]
    pub record: Option<std::path::PathBuf>,

    /// What stands between cores and memory.
    #[command(flatten)]
    pub hardware: HardwareArgs,
}

/// A theme by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// Told apart by people of every colour vision
    Safe,
    /// Softer, on dark
    Dark,
    /// On light
    Light,
    /// Without colours
    Mono,
}

impl StepArgs {
    /// The options, if the arguments make sense.
    pub fn validate(self) -> Result<StepOptions, String> {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || anstream::ColorChoice::global() == anstream::ColorChoice::Never;
        let theme = match self.theme {
            Some(ThemeName::Safe) => Theme::Safe,
            Some(ThemeName::Dark) => Theme::Dark,
            Some(ThemeName::Light) => Theme::Light,
            Some(ThemeName::Mono) => Theme::Mono,
            None if plain => Theme::Mono,
            None => Theme::Safe,
        };
        let wishes = Wishes {
            machine: self.machine.as_deref().map(Machine::named).transpose()?,
            store_buffer: self.store_buffer,
            hardware: self.hardware.hardware()?,
        };
        Ok(StepOptions {
            test: self.test,
            resume: self.resume,
            wishes,
            theme,
            present: self.present,
            record: self.record,
        })
    }
}
