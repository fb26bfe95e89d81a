//! How memory is divided into parts that are read and written as a whole.
//!
//! A part lies inside one cell, and every access covers whole parts, so that all bytes of a part always
//! have the same source: one event per part is as exact as one per byte. Without accesses of several
//! sizes a part is a cell.

use crate::litmus::Test;
use crate::program::{Program, Value};

use super::path::{Action, Expr, Memory, Path, Paths};

/// A piece of memory: an index into [`Layout::parts`].
pub(crate) type PartId = u32;

/// A piece of memory that is accessed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// The symbol that holds it.
    pub symbol: usize,
    /// Its first byte in the symbol.
    pub offset: u32,
    /// Its bytes; only the parts of undivided cells have more than 8.
    pub size: u32,
    /// Its initial value (the lower 8 bytes).
    pub init: Value,
}

/// All parts, by symbol and offset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    pub parts: Vec<Part>,
    /// Whether an access has an address that only the execution determines.
    pub dynamic: bool,
    /// Whether cells are divided.
    mixed: bool,
    /// With cells divided and unknown addresses: bytes of each part.
    step: u32,
}

impl Layout {
    /// The layout that fits all accesses on all paths of a test.
    pub fn new(test: &Test, threads: &[Paths]) -> Layout {
        let program = &test.program;
        let mut accesses = Vec::new();
        let mut dynamic = false;
        for path in threads.iter().flat_map(|t| &t.whole) {
            for event in &path.events {
                let Action::Memory(memory) = &event.action else { continue };
                match path.exprs[memory.addr as usize] {
                    Expr::Const(address) => accesses.push((Some(address), unit(memory))),
                    _ => {
                        dynamic = true;
                        accesses.push((None, unit(memory)));
                    }
                }
                if memory.halves
                    && let Expr::Const(address) = path.exprs[memory.addr as usize]
                {
                    let half = Value::from(unit(memory));
                    accesses.push((Some(address.wrapping_add(half)), unit(memory)));
                }
            }
        }
        accesses.sort_unstable();
        accesses.dedup();
        let step = accesses.iter().map(|&(_, size)| size.min(8)).min().unwrap_or(8);
        let mut layout = Layout { parts: Vec::new(), dynamic, mixed: test.mixed, step };
        for symbol in 0..program.symbols.len() {
            layout.divide(program, symbol, &accesses);
        }
        layout
    }

    fn divide(&mut self, program: &Program, symbol: usize, accesses: &[(Option<Value>, u32)]) {
        let entry = &program.symbols[symbol];
        let (size, cell) = (entry.init.len() as u32, u32::from(entry.cell.max(1)));
        let mut ends: Vec<u32> = (1..=size / cell).map(|k| k * cell).collect();
        if self.mixed {
            // No part holds more than a value does.
            ends.extend((1..=size.div_ceil(8)).map(|k| (k * 8).min(size)));
            if self.dynamic {
                ends.extend((1..=size / self.step).map(|k| k * self.step));
            }
            for &(address, bytes) in accesses {
                let Some(offset) = address.and_then(|a| a.checked_sub(entry.base)) else { continue };
                if offset < Value::from(size) {
                    let offset = offset as u32;
                    ends.extend(
                        [offset, offset.saturating_add(bytes)].into_iter().filter(|&e| e > 0 && e < size),
                    );
                }
            }
        }
        ends.push(size);
        ends.sort_unstable();
        ends.dedup();
        let mut offset = 0;
        for end in ends {
            if end > offset {
                let init = little_endian(&entry.init[offset as usize..end as usize]);
                self.parts.push(Part { symbol, offset, size: end - offset, init });
                offset = end;
            }
        }
    }

    /// Whether the number of parts of an access depends on its address.
    pub fn pieces(&self, memory: &Memory, path: &Path, program: &Program) -> Vec<Piece> {
        let half = unit(memory);
        let halves = if memory.halves { 2 } else { 1 };
        let mut pieces = Vec::new();
        for upper in 0..halves {
            let start = upper * half;
            let mut offset = 0;
            let known = match path.exprs[memory.addr as usize] {
                Expr::Const(address) => Some(address.wrapping_add(Value::from(start))),
                _ => None,
            };
            while offset < half {
                let part =
                    known.and_then(|base| self.at(base.wrapping_add(Value::from(offset)), false, program));
                let size = match part {
                    _ if !self.mixed => half,
                    Some(part) => self.parts[part as usize].size,
                    None => self.step.min(half),
                };
                let size = size.clamp(1, half - offset);
                pieces.push(Piece { offset: start + offset, size, upper: upper == 1, shift: 8 * offset });
                offset += size;
            }
        }
        pieces
    }

    /// The part that begins at an address, if a read or a `write` can reach it.
    pub fn at(&self, address: Value, write: bool, program: &Program) -> Option<PartId> {
        let (symbol, offset) = program.symbol_at(address)?;
        if write && program.symbols[symbol].code {
            return None;
        }
        let index = self.parts.binary_search_by_key(&(symbol, offset), |p| (p.symbol, p.offset)).ok()?;
        Some(index as PartId)
    }

    /// The parts of a symbol that lie in a range of its bytes.
    pub fn within(&self, symbol: usize, from: u32, to: u32) -> impl Iterator<Item = (usize, &Part)> {
        let start = self.parts.partition_point(|p| (p.symbol, p.offset) < (symbol, from));
        self.parts[start..]
            .iter()
            .take_while(move |p| p.symbol == symbol && p.offset < to)
            .enumerate()
            .map(move |(k, part)| (start + k, part))
    }
}

/// Part of an access.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// First byte in the access.
    pub offset: u32,
    /// Bytes.
    pub size: u32,
    /// Whether it belongs to the upper half.
    pub upper: bool,
    /// Its lowest bit in the value of the half.
    pub shift: u32,
}

/// Bytes of what has a value of its own: an access, or half of one in two halves.
fn unit(memory: &Memory) -> u32 {
    u32::from(if memory.halves { memory.size / 2 } else { memory.size })
}

/// The lower eight bytes as a number.
pub(crate) fn little_endian(bytes: &[u8]) -> Value {
    bytes.iter().take(8).rev().fold(0, |value, &byte| (value << 8) | Value::from(byte))
}
