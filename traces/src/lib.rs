//! Files of litmuscope: finding and loading tests, the built-in library, logs.
//!
//! | module | holds |
//! | --- | --- |
//! | [`access`] | memory-access traces of other tools, streamed to the cache simulator |
//! | [`export`] | traces as pages, pictures, films and handouts |
//! | [`mod@format`] | the format of recorded traces |
//! | [`fences`] | fences as architectures write them, put into tests |
//! | [`input`] | from the names on a command line to the tests they mean |
//! | [`load`] | from a file to a text, from a text to a test |
//! | [`machine`] | the machines by name, and which one an architecture has |
//! | [`library`] | the tests that come with the program |
//! | [`log`] | logs of herd, litmus and their kin: reading, comparing |
//! | [`model`] | the cat model that judges a test |
//! | [`random`] | random programs, and whether the engines agree on them |
//! | [`record`] | writing traces: from a session, by hand, at random |
//! | [`replay`] | taking every step of a trace again, and comparing |
//! | [`session`] | a test on a machine given by name |
//! | [`show`] | final states as the field's tools print them |
//! | [`view`] | what a person sees of a machine, as plain data |

pub mod access;
pub mod export;
pub mod families;
pub mod fences;
pub mod format;
pub mod input;
pub mod library;
pub mod load;
pub mod log;
pub mod machine;
pub mod model;
pub mod random;
pub mod record;
pub mod replay;
pub mod session;
pub mod show;
pub mod view;
