//! The machine of litmuscope: everything that is the same on every architecture.
//!
//! Data flows one way:
//!
//! | module | holds |
//! | --- | --- |
//! | [`diagnostic`] | spans, diagnostics, [`diagnostic::Parsed`] |
//! | [`program`] | what an instruction set hands over: threads of micro-operations |
//! | [`litmus`] | the `.litmus` container, and how a front end plugs into it |
//! | [`memory`] | caches, coherence protocols as tables, their checker |
//! | [`outcome`] | observables, conditions, final states, verdicts |
//!
//! Nothing here reads a file, looks at a clock, or names an instruction or an architecture.

pub mod axioms;
pub mod core;
pub mod diagnostic;
pub mod litmus;
pub mod machine;
pub mod memory;
pub mod order;
pub mod outcome;
pub mod program;
pub mod search;
