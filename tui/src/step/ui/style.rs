//! Colours and emphasis.

use ratatui::style::{Color, Modifier, Style};
use traces::view::Change;

use crate::step::theme::Theme;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// Less important.
    Dim,
    /// A heading.
    Title,
    /// Borders.
    Border,
    /// The border of the panel with the focus.
    Focus,
    /// The selected line.
    Selected,
    /// What the last step changed.
    Changed,
    /// What the selected step would change.
    Preview,
    /// A weak outcome.
    Weak,
    /// An outcome that can be reached.
    Open,
    /// What is lost or gone.
    Lost,
    /// A key.
    Key,
    /// An error.
    Error,
    /// The goal.
    Goal,
}

impl Theme {
    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let emphasis = match role {
            Role::Text => plain,
            Role::Dim | Role::Border => {
                plain.add_modifier(if self == Theme::Mono { Modifier::DIM } else { Modifier::empty() })
            }
            Role::Lost => plain.add_modifier(
                Modifier::DIM | if self == Theme::Mono { Modifier::CROSSED_OUT } else { Modifier::empty() },
            ),
            Role::Selected => plain.add_modifier(
                Modifier::BOLD | if self == Theme::Mono { Modifier::REVERSED } else { Modifier::empty() },
            ),
            Role::Preview => plain.add_modifier(Modifier::ITALIC),
            Role::Error => plain.add_modifier(Modifier::UNDERLINED),
            _ => plain.add_modifier(Modifier::BOLD),
        };
        match self.colour(role) {
            Some(colour) if role == Role::Selected => emphasis.bg(colour),
            Some(colour) => emphasis.fg(colour),
            None => emphasis,
        }
    }

    fn colour(self, role: Role) -> Option<Color> {
        let (safe, dark, light) = match role {
            Role::Text | Role::Title => return None,
            Role::Dim => (245, 244, 242),
            Role::Border => (240, 238, 250),
            Role::Focus => (74, 111, 25),
            Role::Selected => (237, 236, 254),
            Role::Changed => (214, 222, 130),
            Role::Preview => (74, 117, 31),
            Role::Weak => (208, 210, 160),
            Role::Open => (36, 114, 28),
            Role::Lost => (242, 240, 247),
            Role::Key => (74, 111, 25),
            Role::Error => (203, 203, 124),
            Role::Goal => (175, 176, 90),
        };
        match self {
            Theme::Safe => Some(Color::Indexed(safe)),
            Theme::Dark => Some(Color::Indexed(dark)),
            Theme::Light => Some(Color::Indexed(light)),
            Theme::Mono => None,
        }
    }

    /// The style of something that changed.
    pub fn change(self, change: Change) -> Style {
        match change {
            Change::Same => self.style(Role::Text),
            Change::New | Change::Changed => self.style(Role::Changed),
            Change::Gone => self.style(Role::Lost),
        }
    }
}

/// The sign of something that changed, so that colour is never needed.
pub fn sign(change: Change) -> &'static str {
    match change {
        Change::Same => "",
        Change::New | Change::Changed => "*",
        Change::Gone => "-",
    }
}
