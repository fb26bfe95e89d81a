//! What can happen to a core's part of a state under a directory protocol, and what comes of it.

use super::fates::FateId;
use super::parts::ME;
use super::words::{self, NOTES_COUNT, ends};
use crate::memory::system::{Demand, NOBODY, Step};

/// What a core's cache does or the home does for it: the arrival of a message, as the core sees it, or a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Act(u16);

/// In place of the kind of a message: a demand.
const DEMAND: u16 = 15 << 12;

impl Act {
    pub(super) fn arrival(message: u16) -> Act {
        Act(message)
    }

    pub(super) fn demand(step: &Step<u8>) -> Option<Act> {
        match step {
            Step::Core { demand, written, .. } => {
                Some(Act(DEMAND | (*demand as u16) << 4 | u16::from(*written)))
            }
            Step::Snoop { .. } | Step::Finish | Step::Deliver(_) => None,
        }
    }

    /// The message that arrives, if one does.
    pub(super) fn message(self) -> Option<u16> {
        self.is_under_way().then_some(self.0)
    }

    /// Whether it is under way, rather than a new demand.
    #[inline]
    pub(super) fn is_under_way(self) -> bool {
        self.0 < DEMAND
    }

    /// Whether it happens at home.
    #[inline]
    pub(super) fn is_at_home(self) -> bool {
        self.is_under_way() && ends(self.0).0 == usize::from(NOBODY)
    }

    /// Whether it is the arrival of a message that names another core.
    pub(super) fn is_link(self) -> bool {
        self.is_under_way() && words::link(self.0).is_some()
    }

    pub(super) fn step(self) -> Step<u8> {
        if self.is_under_way() {
            return Step::Deliver(words::message(self.0));
        }
        let demand = Demand::ALL[usize::from(self.0 >> 4 & 3)];
        Step::Core { core: ME as u8, line: 0, demand, written: (self.0 & 15) as u8 }
    }
}

/// All that decides what an act does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    /// The part of the core that acts; [`UNKNOWN`](super::parts::UNKNOWN) if none does.
    pub(super) part: u16,
    pub(super) act: Act,
    /// At home: its word. Otherwise 0, as what follows.
    pub(super) home: u16,
    /// At home: of how many other cores the directory notes what, by notes; of the first nothing.
    pub(super) others: [u8; NOTES_COUNT],
}

impl Case {
    #[inline]
    pub(super) fn key(&self) -> u64 {
        let others = self.others[1..].iter().fold(0, |all, &count| all << 4 | u64::from(count));
        u64::from(self.part) << 44 ^ u64::from(self.act.0) << 28 ^ u64::from(self.home) << 12 ^ others
    }
}

/// What an act does.
#[derive(Debug, Clone)]
pub(super) enum Done {
    /// It changes something.
    Change(Change),
    /// It has to wait.
    Waits,
    /// The table has no entry for it.
    Impossible {
        /// Whether it is the directory's table.
        home: bool,
        /// The number of the entry.
        place: usize,
    },
}

/// A change of a state.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The part of the core that acts, afterwards.
    pub(super) part: u16,
    /// The word of home afterwards, if it is an act at home.
    pub(super) home: u16,
    /// What has been stored, to which contents are now relative.
    pub(super) stored: u8,
    /// What happens to another core that is concerned, by what the directory notes of it. At a cache only that which the
    /// message names is, as if nothing were noted of it.
    pub(super) fates: [Option<FateId>; NOTES_COUNT],
    /// New loose messages, if any.
    pub(super) loose: Option<Box<Loose>>,
}

/// New loose messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Loose {
    /// Links to each other core that is concerned, by what the directory notes of it, as the core sees them that acts.
    pub(super) links: [Vec<u16>; NOTES_COUNT],
    /// Those that name no core.
    pub(super) rest: Vec<u16>,
}
