//! Traces as pages, pictures, films and handouts: all drawn from one [`Film`], which shows what the terminal
//! shows.

mod camera;
pub mod cast;
mod draw;
mod film;
mod handout;
pub mod html;
pub mod json;
mod kind;
pub mod markdown;
mod page;
mod reach;
pub mod svg;

pub use camera::{Each, OUTCOME_STATES_MAX, STEPS_MAX, Shots, film};
pub use film::{Branch, Film, Frame};
pub use kind::{Kind, numbered};
