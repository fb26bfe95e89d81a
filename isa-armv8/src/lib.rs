//! The AArch64 front end.
