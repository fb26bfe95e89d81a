//! The x86 front ends.
