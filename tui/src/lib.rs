//! The program `litmuscope` as a library, so that its screens can be measured and tested.
//!
//! [`cli`] turns arguments into validated options, one module per command does the work; [`step`] is the
//! stepping session.

mod accesses;
pub mod cli;
mod explain;
mod export;
mod library;
mod render;
mod replay;
mod run;
pub mod step;
mod table;
mod trace;
