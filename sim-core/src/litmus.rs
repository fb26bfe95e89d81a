//! The `.litmus` container: header, initial state, columns, condition; and how a front end plugs in.
//!
//! [`load`] reads the container, asks the [`FrontEnd`] of its architecture for each instruction, lays
//! out memory and resolves every name, so that a [`Test`] holds indices and numbers only.

mod front_end;
mod test;

pub use front_end::{Context, FrontEnd, Mentions, RegisterView};
pub use test::Test;
