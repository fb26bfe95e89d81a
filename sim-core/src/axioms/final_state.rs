//! The final state of an execution.

use crate::outcome::{Observable, Source, State};
use crate::program::Value;

use super::bits::Rel;
use super::layout::PartId;
use super::solve::Solution;
use super::structure::{MemId, Structure};

/// The last write to each part of memory: `last[part]`, `None` where nothing accesses it.
pub(crate) type Last = Vec<Option<MemId>>;

/// The last writes under a coherence order.
pub(crate) fn last_of(s: &Structure, so: &Solution, co: &Rel) -> Last {
    let mut last = vec![None; s.layout.parts.len()];
    for (id, mem) in s.mems.iter().enumerate().filter(|(_, m)| m.is_write()) {
        if let (Some(part), true) = (so.part[id], co.next(mem.event).next().is_none()) {
            last[part as usize] = Some(id);
        }
    }
    last
}

/// The parts that the final state shows.
pub(crate) fn observed(s: &Structure) -> Vec<PartId> {
    let mut parts = Vec::new();
    for (item, cell) in s.test.observables.slots() {
        if let Some((symbol, from, to)) = bytes(s, item, cell) {
            parts.extend(s.layout.within(symbol, from, to).map(|(part, _)| part as PartId));
        }
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The symbol and the range of its bytes that a cell of an observable shows.
fn bytes(s: &Structure, item: &Observable, cell: u32) -> Option<(usize, u32, u32)> {
    match item.source {
        Source::Register { .. } => None,
        Source::Memory { symbol, offset } => {
            let size = u32::from(item.ty.bytes);
            let from = offset + cell * size;
            Some((symbol, from, (from + size).min(s.test.program.symbols[symbol].init.len() as u32)))
        }
    }
}

/// The final state.
pub(crate) fn state(s: &Structure, so: &Solution, last: &Last) -> State {
    let value = |item: &Observable, cell: u32| match item.source {
        Source::Register { thread, reg } => {
            let term = s.registers[thread][usize::from(reg.0)];
            so.terms[term as usize].unwrap_or(0)
        }
        Source::Memory { .. } => bytes(s, item, cell).map_or(0, |range| memory(s, so, last, range)),
    };
    State { values: s.test.observables.slots().map(|(item, cell)| item.ty.read(value(item, cell))).collect() }
}

fn memory(s: &Structure, so: &Solution, last: &Last, (symbol, from, to): (usize, u32, u32)) -> Value {
    let mut out = 0;
    for (index, part) in s.layout.within(symbol, from, to) {
        let value = last[index].and_then(|write| so.data[write]).unwrap_or(part.init);
        let shift = 8 * (part.offset - from);
        if shift < 64 {
            out |= value << shift;
        }
    }
    out
}
