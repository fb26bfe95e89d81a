//! What a core completes into: caches kept coherent by a protocol, and memory behind them.
//!
//! A protocol is a table ([`table`]): one file, one exhaustive `match`, which the machine looks up, the
//! checker explores ([`check`]) and `litmuscope protocol show` prints. [`snooping`] holds the protocols on an
//! atomic bus, [`directory`] those with a home and messages. [`system`] carries tables out, one step at a
//! time.

pub mod check;
pub mod directory;
pub mod protocol;
pub mod snooping;
pub mod system;
pub mod table;
