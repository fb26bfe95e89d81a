//! Arguments of `step`.

use clap::ValueEnum;

use crate::step::StepOptions;
use crate::step::theme::Theme;
use traces::machine::Machine;

/// Arguments of `step`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StepArgs {
    /// A file or a built-in test [default: choose from the built-in tests]
    #[arg(value_name = "TEST")]
    pub test: Option<String>,

    /// The machine to run on: sc, tso, pso or armv8 [default: that of the test's architecture]
    #[arg(long, short, value_name = "NAME")]
    pub machine: Option<String>,

    /// The colours [default: safe, or mono if NO_COLOR is set]
    #[arg(long, value_enum)]
    pub theme: Option<ThemeName>,

    /// For a projector: fewer things, and steps played slowly
    #[arg(long)]
    pub present: bool,

    /// Record the session in this file [default: one per test in the user's folder for state]
    #[arg(long, value_name = "FILE")]
    pub record: Option<std::path::PathBuf>,
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
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let theme = match self.theme {
            Some(ThemeName::Safe) => Theme::Safe,
            Some(ThemeName::Dark) => Theme::Dark,
            Some(ThemeName::Light) => Theme::Light,
            Some(ThemeName::Mono) => Theme::Mono,
            None if plain => Theme::Mono,
            None => Theme::Safe,
        };
        let machine = self.machine.as_deref().map(Machine::named).transpose()?;
        Ok(StepOptions { test: self.test, machine, theme, present: self.present, record: self.record })
    }
}
