//! What a thread knows of what states consist of, and which entries of the tables it has used.

use std::sync::Arc;

use super::coverage::Coverage;
use super::fates::Fates;
use super::model::Model;
use super::numbers::Numbers;
use super::parts::{self, Known};
use super::tails::{self, Tails};

/// The numbers that all threads share.
#[derive(Debug)]
pub(super) struct Shared {
    parts: Arc<Numbers>,
    tails: Arc<Numbers>,
}

impl Shared {
    /// With nothing numbered.
    pub(super) fn new() -> Shared {
        let parts = Arc::new(Numbers::new(parts::UNKNOWN.into()));
        Shared { parts, tails: Arc::new(tails::numbers()) }
    }

    /// Why nothing more can be numbered, if so.
    pub(super) fn limit(&self) -> Option<String> {
        let full = |numbers: &Numbers, what| {
            numbers.is_full().then(|| format!("the most {what} that can be numbered"))
        };
        full(&self.parts, "parts of states").or_else(|| full(&self.tails, "sets of messages between cores"))
    }

    /// Bytes in use, about.
    pub(super) fn bytes(&self) -> usize {
        self.parts.bytes() + self.tails.bytes()
    }
}

/// What one thread knows and has used.
#[derive(Debug)]
pub(super) struct Means {
    pub(super) known: Known,
    pub(super) tails: Tails,
    pub(super) fates: Fates,
    pub(super) coverage: Coverage,
}

impl Means {
    /// With nothing known yet.
    pub(super) fn new(shared: &Shared, model: &Model) -> Means {
        Means {
            known: Known::new(Arc::clone(&shared.parts), model),
            tails: Tails::new(Arc::clone(&shared.tails)),
            fates: Fates::new(model),
            coverage: Coverage::new(&model.system.protocol.family),
        }
    }
}
