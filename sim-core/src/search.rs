//! All final states of a program, exactly and fast.
//!
//! # The search over words of stores
//!
//! Threads interact only through the sequence of completed stores, the *word*. Given the word, memory after
//! each of its letters is fixed, and what one thread does against it is no business of the others. So the
//! search walks over words, and keeps for each thread the *set* of [`Window`](crate::core::Window)s that it
//! can be in ([`Automaton`](automaton::Automaton)); a joint state is the memory and one set per thread ([`joint`]). Reads of
//! different threads never multiply, and words that nobody can tell apart meet in one joint state.
//!
//! *Exactness.* For one word, runs of different threads combine freely: each is a run against the same
//! word. So a tuple of final windows, one per thread, is an outcome exactly if it is in the product of the
//! sets that some word leads to.
//!
//! *Laziness.* A load that has not chosen its sources can still do whatever it could do had it chosen
//! them at the present memory. So a load chooses only when it must: because a foreign store is about
//! to change what it would read, or because a store of its own thread waits for it. A window in which
//! more loads have chosen at the present memory is never needed beside one in which fewer have.
//!
//! *Prediction.* A branch is predicted only when a load behind it chooses before the branch is decided.
//! Windows built on a prediction that turns out false are dropped: the run in which the prediction was
//! right is another window of the same set.

pub mod automaton;
mod bind;
pub mod cheapest;
mod endings;
pub mod joint;
pub(crate) mod product;
mod report;
mod seen;
mod union;
pub mod visible;
pub mod walk;
mod wide;
pub mod witness;
mod words;

pub use joint::outcomes;
pub use report::{Options, Progress, Report, Stats, Stuck};
pub use words::{Cost, Letter, Preference, Word};
