//! Where symbols and accesses lie in memory.

use crate::program::{Program, Value};

/// Offset of an access in the image of memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(pub u16);

/// How symbols lie in the image of memory: one after the other, without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Per symbol: its address, its length, its offset in the image; by ascending address.
    symbols: Vec<(Value, u32, u16)>,
    /// How many symbols stores reach: those of code come last.
    writable: usize,
}

impl Layout {
    /// The layout of a program's memory. Symbols that do not fit in an image of 64 KiB have no place.
    pub fn new(program: &Program) -> Layout {
        let mut offset = 0_usize;
        let mut symbols = Vec::new();
        for symbol in &program.symbols {
            if let Ok(start) = u16::try_from(offset)
                && offset + symbol.init.len() <= usize::from(u16::MAX)
            {
                symbols.push((symbol.base, symbol.init.len() as u32, start));
                offset += symbol.init.len();
            }
        }
        let writable = program.symbols.iter().take(symbols.len()).filter(|symbol| !symbol.code).count();
        Layout { symbols, writable }
    }

    /// Where a load or a store of `size` bytes at `address` lies; `None` if it is not inside one symbol that
    /// it can reach.
    pub fn place(&self, address: Value, size: u8, store: bool) -> Option<Place> {
        let index = self.symbols.partition_point(|s| s.0 <= address).checked_sub(1)?;
        if store && index >= self.writable {
            return None;
        }
        let (base, len, start) = self.symbols[index];
        let offset = address - base;
        (offset + Value::from(size) <= Value::from(len)).then(|| Place(start + offset as u16))
    }

    /// Offset of a symbol in the image.
    pub fn start(&self, symbol: usize) -> Option<Place> {
        self.symbols.get(symbol).map(|s| Place(s.2))
    }
}

/// Bytes of the first access that the second covers too: bit `i` is byte `i` of the first.
pub(crate) fn shared_bytes(a: (Place, u8), b: (Place, u8)) -> u16 {
    let (a_start, b_start) = (i32::from(a.0.0), i32::from(b.0.0));
    let from = (b_start - a_start).max(0);
    let to = (b_start + i32::from(b.1) - a_start).min(i32::from(a.1));
    if from >= to {
        return 0;
    }
    let below = |n: i32| ((1_u32 << n) - 1) as u16;
    below(to) & !below(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_bytes_are_relative_to_the_first() {
        assert_eq!(shared_bytes((Place(4), 4), (Place(6), 4)), 0b1100);
        assert_eq!(shared_bytes((Place(6), 4), (Place(4), 4)), 0b0011);
        assert_eq!(shared_bytes((Place(4), 4), (Place(0), 4)), 0);
        assert_eq!(shared_bytes((Place(4), 4), (Place(0), 16)), 0b1111);
    }
}
