//! Which colours a person wants.

/// A set of colours. All say everything by letters and signs too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Told apart by people of every colour vision (the palette of Okabe and Ito), on dark or light.
    #[default]
    Safe,
    /// Softer, on dark.
    Dark,
    /// On light.
    Light,
    /// Without colours.
    Mono,
}

impl Theme {
    /// All of them.
    pub const ALL: [Theme; 4] = [Theme::Safe, Theme::Dark, Theme::Light, Theme::Mono];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Safe => "safe",
            Theme::Dark => "dark",
            Theme::Light => "light",
            Theme::Mono => "mono",
        }
    }

    /// The next one, around the end.
    pub fn next(self) -> Theme {
        let at = Theme::ALL.iter().position(|t| *t == self).unwrap_or(0);
        Theme::ALL[(at + 1) % Theme::ALL.len()]
    }
}
