//! What the temporaries of one instruction are computed and picked from.

use crate::order::expr::ExprId;
use crate::order::path::Mask;
use crate::program::Tmp;

/// What is known of a temporary.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Info {
    pub expr: ExprId,
    /// Sources by true dataflow.
    pub sources: Mask,
    /// Sources by true dataflow or pick: never less than `sources`.
    pub picked: Mask,
    /// The part of `sources` that comes through registers read as data.
    pub data: Mask,
    /// The part of `picked` that comes through registers read as data.
    pub data_picked: Mask,
}

impl Info {
    /// Adds what another value is computed from.
    pub fn join(&mut self, other: &Info) {
        self.sources |= other.sources;
        self.picked |= other.picked;
        self.data |= other.data;
        self.data_picked |= other.data_picked;
    }
}

/// A temporary; nothing is known of one that was never set.
pub(super) fn get(tmps: &[Info], tmp: Tmp) -> Info {
    tmps.get(usize::from(tmp.0)).copied().unwrap_or_default()
}

/// Sets a temporary.
pub(super) fn set(tmps: &mut Vec<Info>, tmp: Tmp, info: Info) {
    let index = usize::from(tmp.0);
    if tmps.len() <= index {
        tmps.resize(index + 1, Info::default());
    }
    tmps[index] = info;
}
