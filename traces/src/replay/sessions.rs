//! What the replays of a batch share: most traces of a folder have few tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::{Equivalent, IndexMap};
use sim_core::core::Paths;
use sim_core::machine::Machine;

use crate::format::{Header, Setup};
use crate::record::PATHS_KEPT;
use crate::session::Session;

/// Sessions by test and machine, and the paths that their machines have grown, to be shared by all replays of a batch.
#[derive(Debug, Default)]
pub struct Sessions {
    known: Mutex<IndexMap<(String, Setup), Known, foldhash::fast::FixedState>>,
    /// Paths that no machine has at present, the latest last.
    paths: Mutex<VecDeque<(Arc<Session>, Vec<Paths>)>>,
}

/// A session with what its header said, beside what it is known by.
#[derive(Debug)]
struct Known {
    hash: String,
    md5: String,
    session: Arc<Session>,
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

    /// Not more machines' paths than this are kept.
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

    /// A machine of a session, with paths that an earlier one has grown if there are such.
    pub(super) fn machine<'s>(&self, session: &'s Arc<Session>) -> Machine<'s> {
        let mut machine = session.machine().carrying();
        let mut spare = lock(&self.paths);
        let grown = spare.iter().rposition(|(of, _)| Arc::ptr_eq(of, session));
        if let Some((_, paths)) = grown.and_then(|place| spare.remove(place)) {
            machine.resume(paths);
        }
        machine
    }

    /// Keeps the paths of a machine for the next one of the same session, unless they are too many.
    pub(super) fn keep(&self, session: &Arc<Session>, mut machine: Machine<'_>) {
        if machine.paths() <= PATHS_KEPT {
            let mut spare = lock(&self.paths);
            spare.push_back((Arc::clone(session), machine.take_paths()));
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
