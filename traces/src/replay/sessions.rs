//! What the replays of a batch share: most traces of a folder have few tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::{Equivalent, IndexMap};
use sim_core::core::Paths;
use sim_core::machine::Machine;

use super::memo::Memo;
use crate::format::{Header, Setup};
use crate::session::Session;

/// Sessions by test and machine, and what their machines have learnt, to be shared by all replays of a batch.
#[derive(Debug, Default)]
pub struct Sessions {
    known: Mutex<IndexMap<(String, Setup), Known, foldhash::fast::FixedState>>,
    /// What no machine has at present, the latest last.
    spare: Mutex<VecDeque<Learnt>>,
}

/// A session with what its header said, beside what it is known by.
#[derive(Debug)]
struct Known {
    hash: String,
    md5: String,
    session: Arc<Session>,
}

/// The paths that a machine of a session has grown, and the steps that it has taken on them.
#[derive(Debug)]
struct Learnt {
    session: Arc<Session>,
    paths: Vec<Paths>,
    memo: Memo,
}

/// The text of a test and a machine, as a key that is borrowed.
#[derive(Hash)]
struct Key<'h>(&'h str, &'h Setup);

impl Equivalent<(String, Setup)> for Key<'_> {
    fn equivalent(&self, (text, setup): &(String, Setup)) -> bool {
        self.0 == text && self.1 == setup
    }
}

impl Sessions {
    /// Not more sessions than this are kept.
    const KEPT_MAX: usize = 256;

    /// Paths that [weigh](Machine::weight_of_paths) more are not kept: about 6 MB.
    const WEIGHT_MAX: usize = 1 << 17;

    /// What more machines than this have learnt is not kept.
    const SPARE_MAX: usize = 8;

    /// The session that a header describes.
    ///
    /// # Errors
    /// Those of [`Session::of`].
    pub fn of(&self, header: &Header) -> Result<Arc<Session>, String> {
        let test = &header.test;
        if let Some(known) = lock(&self.known).get(&Key(&test.text, &header.machine))
            && known.hash == test.hash
            && known.md5 == test.md5
        {
            return Ok(Arc::clone(&known.session));
        }
        let session = Arc::new(Session::of(header)?);
        let mut sessions = lock(&self.known);
        if sessions.len() >= Self::KEPT_MAX {
            sessions.clear();
        }
        let (hash, md5) = (test.hash.clone(), test.md5.clone());
        let known = Known { hash, md5, session: Arc::clone(&session) };
        sessions.insert((test.text.clone(), header.machine.clone()), known);
        Ok(session)
    }

    /// A machine of a session, with what an earlier one has learnt if there is such.
    pub(super) fn machine<'s>(&self, session: &'s Arc<Session>) -> (Machine<'s>, Memo) {
        let mut machine = session.machine().carrying();
        let mut spare = lock(&self.spare);
        let place = spare.iter().rposition(|learnt| Arc::ptr_eq(&learnt.session, session));
        let Some(Learnt { paths, memo, .. }) = place.and_then(|place| spare.remove(place)) else {
            return (machine, Memo::default());
        };
        machine.resume(paths);
        (machine, memo)
    }

    /// Keeps what a machine has learnt for the next one of the same session, unless it is too much.
    pub(super) fn keep(&self, session: &Arc<Session>, mut machine: Machine<'_>, memo: Memo) {
        if machine.weight_of_paths() <= Self::WEIGHT_MAX {
            let mut spare = lock(&self.spare);
            spare.push_back(Learnt { session: Arc::clone(session), paths: machine.take_paths(), memo });
            if spare.len() > Self::SPARE_MAX {
                spare.pop_front();
            }
        }
    }
}

/// What a lock protects, also if a replay has panicked with it: nothing is ever half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
