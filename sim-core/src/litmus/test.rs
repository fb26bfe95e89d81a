//! A test that is ready to run.

use crate::outcome::{Condition, Observables, Prop};
use crate::program::Program;

/// A litmus test with every name resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Architecture as the header names it, such as `AArch64`.
    pub arch: String,
    /// Name from the header.
    pub name: String,
    /// The quoted description, if any.
    pub doc: Option<String>,
    /// Metadata lines `key = value`, in the order of the file.
    pub meta: Vec<(String, String)>,
    /// The program, with the initial state.
    pub program: Program,
    /// The registers and cells that make up a final state, sorted as they are printed.
    pub observables: Observables,
    /// Final states that do not satisfy it are not counted.
    pub filter: Option<Prop>,
    /// The test's question.
    pub condition: Condition,
    /// 32 hexadecimal digits that identify the test across tools (herd's `Hash`).
    pub hash: String,
    /// Whether some location can be accessed with different sizes or in parts, or the header asks
    /// for it (`Variant=mixed`).
    pub mixed: bool,
    /// `Unroll=` of the header.
    pub unroll: Option<u32>,
}
