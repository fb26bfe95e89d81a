//! Sets of values that say which stores they went through, and tables of what is written where.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::core::memory::Image;
use crate::order::Place;
use crate::program::{AluOp, Tmp, Value};

/// Most values of one set; more are "any value".
const VALUES_MAX: usize = 512;

/// A value with the set of stores (by number) that it went through.
type Traced = (Value, u64);

/// Values of whole writes, traced; `None` is any value.
pub(super) type Written = Option<BTreeSet<(u128, u64)>>;

/// A set of values; `None` is any value.
pub(super) type Values = Option<BTreeSet<Traced>>;

/// What one thread writes to one range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    /// First byte.
    pub place: Place,
    /// Number of bytes, 1 to 16.
    pub size: u8,
    /// The thread that writes.
    pub thread: usize,
}

impl Cell {
    pub fn bytes(self) -> Range<u32> {
        span(self.place, self.size)
    }

    pub fn is_exactly(self, place: Place, size: u8) -> bool {
        (self.place, self.size) == (place, size)
    }
}

/// The bytes of an access.
fn span(place: Place, size: u8) -> Range<u32> {
    u32::from(place.0)..u32::from(place.0) + u32::from(size)
}

/// What is written to each range of bytes by each thread.
pub(super) type Memory = BTreeMap<Cell, Written>;

/// What is written to ranges that share bytes with an access.
pub(super) fn overlapping(
    memory: &Memory,
    place: Place,
    size: u8,
) -> impl Iterator<Item = (&Cell, &Written)> {
    let mine = span(place, size);
    memory.iter().filter(move |(cell, _)| {
        let other = cell.bytes();
        other.start < mine.end && mine.start < other.end
    })
}

/// The values that some bytes could have.
pub(super) fn at(memory: &Memory, initial: &Image, place: Place, size: u8) -> Written {
    let touching: Vec<_> = overlapping(memory, place, size).collect();
    let mut all = BTreeSet::from([(initial.read(place, size), 0)]);
    if touching.iter().all(|(cell, _)| cell.is_exactly(place, size)) {
        for (_, values) in touching {
            all.extend(values.as_ref()?.iter().copied());
        }
        return limit(all);
    }
    // Parts of different writes: each byte by itself.
    let mut whole = BTreeSet::from([(0_u128, 0_u64)]);
    for byte in 0..size {
        let at = place.0 + u16::from(byte);
        let mut values = BTreeSet::from([(initial.read(Place(at), 1), 0)]);
        for (cell, written) in &touching {
            if cell.bytes().contains(&u32::from(at)) {
                let shift = 8 * u32::from(at - cell.place.0);
                values.extend(written.as_ref()?.iter().map(|(v, t)| ((v >> shift) & 0xff, *t)));
            }
        }
        whole = limit(
            whole
                .iter()
                .flat_map(|(w, t)| values.iter().map(move |(v, u)| (w | v << (8 * byte), t | u)))
                .collect(),
        )?;
    }
    Some(whole)
}

/// The set with only the least traces of each value, unless it is too large.
pub(super) fn limit<V: Ord + Copy>(values: BTreeSet<(V, u64)>) -> Option<BTreeSet<(V, u64)>> {
    let all: Vec<(V, u64)> = values.into_iter().collect();
    let mut least = BTreeSet::new();
    for same in all.chunk_by(|(v, _), (w, _)| v == w) {
        least.extend(same.iter().filter(|(_, t)| !same.iter().any(|(_, u)| u != t && u & !t == 0)));
    }
    (least.len() <= VALUES_MAX).then_some(least)
}

pub(super) fn apply(op: AluOp, args: &[Tmp; 3], get: &impl Fn(&Tmp) -> Values) -> Values {
    if op.cancels() && args[0] == args[1] {
        return Some(BTreeSet::from([(0, 0)]));
    }
    let sets = args.each_ref().map(get);
    let [a, b, c] = [sets[0].as_ref()?, sets[1].as_ref()?, sets[2].as_ref()?];
    // A temporary that stands for several arguments has one value in all of them.
    let only = |value: &Traced| BTreeSet::from([*value]);
    let mut all = BTreeSet::new();
    for x in a {
        let seconds = if args[1] == args[0] { &only(x) } else { b };
        for y in seconds {
            let thirds = match args[2] {
                third if third == args[0] => &only(x),
                third if third == args[1] => &only(y),
                _ => c,
            };
            for z in thirds {
                all.insert((op.apply([x.0, y.0, z.0]), x.1 | y.1 | z.1));
                if all.len() > 4 * VALUES_MAX {
                    return None;
                }
            }
        }
    }
    limit(all)
}

/// Joins `from` into `into`; says if that changed it. A set that has been joined often becomes any value.
pub(super) fn join(into: &mut Option<Vec<Values>>, from: &[Values], often: bool) -> bool {
    let Some(old) = into else {
        *into = Some(from.to_vec());
        return true;
    };
    let mut changed = false;
    for (old, new) in old.iter_mut().zip(from) {
        let Some(values) = old else { continue };
        let grown = match new {
            Some(new) if new.is_subset(values) => continue,
            Some(new) if !often => limit(values.union(new).copied().collect()),
            _ => None,
        };
        if *old != grown {
            *old = grown;
            changed = true;
        }
    }
    changed
}
