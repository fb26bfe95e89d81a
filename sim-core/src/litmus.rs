//! The `.litmus` container: header, initial state, columns, condition; and how a front end plugs in.
//!
//! [`load()`] reads the container, asks the [`FrontEnd`] of its architecture for each instruction, lays
//! out memory and resolves every name, so that a [`Test`] holds indices and numbers only.

pub mod ast;
mod front_end;
mod hash;
mod load;
mod parse;
pub mod print;
mod test;
mod types;

pub use front_end::{Context, Encoded, FrontEnd, Mentions, RegisterView};
pub use load::{computed_hash, load};
pub use parse::{arch, parse, proposition, salvage, unknown_architecture};
pub use test::Test;
