//! A cache without contents or coherence: which lines are in it. Used for instructions and for the
//! shared second level.

use crate::memory::geometry::Geometry;
use crate::memory::replacement::Order;

/// No line.
pub(super) const VACANT: u64 = u64::MAX;

/// The tags of a cache.
#[derive(Debug, Clone)]
pub(super) struct Tags {
    geometry: Geometry,
    /// `lines[set * ways + way]`.
    lines: Vec<u64>,
    orders: Vec<Order>,
}

impl Tags {
    pub(super) fn new(geometry: Geometry) -> Tags {
        let order = |set| geometry.replacement.initial(geometry.ways, u64::from(set));
        Tags {
            geometry,
            lines: vec![VACANT; geometry.lines() as usize],
            orders: (0..geometry.sets).map(order).collect(),
        }
    }

    /// The line of an address.
    pub(super) fn line(&self, address: u64) -> u64 {
        address >> self.geometry.line_bytes.ilog2()
    }

    /// Uses a line, which is in the cache afterwards; whether it was before.
    pub(super) fn access(&mut self, line: u64) -> bool {
        let Geometry { ways, replacement, .. } = self.geometry;
        let set = self.geometry.set_of(line) as usize;
        let lines = &mut self.lines[set * ways as usize..][..ways as usize];
        let order = &mut self.orders[set];
        if let Some(way) = lines.iter().position(|&other| other == line) {
            order.hit(replacement, ways, way as u32);
            return true;
        }
        let vacant = lines.iter().position(|&other| other == VACANT);
        let way = vacant.map_or_else(|| order.victim(replacement, ways), |way| way as u32);
        lines[way as usize] = line;
        order.fill(replacement, ways, way);
        false
    }
}
