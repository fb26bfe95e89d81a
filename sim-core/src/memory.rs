//! What a core completes into: caches kept coherent by a protocol, and memory behind them.
//!
//! A protocol is a table ([`table`]): one file, one exhaustive `match`, which the machine looks up, the
//! checker explores ([`check`]) and `litmuscope protocol show` prints. [`snooping`] holds the protocols on an
//! atomic bus, [`directory`] those with a home and messages. [`system`] carries tables out, one step at a
//! time. [`caches`] puts a program's memory into lines of a [`geometry`] and offers the steps to whoever runs
//! the cores.
//!
//! # Adding a protocol
//!
//! On a bus: one file in `snooping/` with its states, one `match` over `(state, event)` without a catch-all
//! arm, and a name; one line in `snooping.rs` that lists it. With a directory: the same in `directory/`, with one
//! `match` for the caches and one for the home. Everything else follows from the table: the machine runs it,
//! `protocol show` prints it, `protocol check` proves it or shows a shortest run that breaks it, lists entries that
//! nothing reaches, and memory-access traces run on it. A seeded bug is a list of changed entries beside the table.

pub mod caches;
pub mod check;
pub mod counters;
pub mod directory;
pub mod geometry;
pub mod layout;
pub mod protocol;
pub mod replacement;
pub mod replay;
pub mod snooping;
pub mod system;
pub mod table;
