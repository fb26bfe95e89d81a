//! Tests of the x86 front ends through the interface that the container uses.

mod robustness;
mod semantics;
mod structure;
mod support;
mod syntax;
