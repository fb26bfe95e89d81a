//! Which cache line holds which byte of a program's memory.

use crate::program::{Program, Value};

/// How symbols lie in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Packing {
    /// Every symbol begins a line of its own.
    #[default]
    Apart,
    /// Symbols follow each other, each aligned to its cell: several share a line.
    Together,
}

/// One symbol's place: its bytes from `base` on lie at `offset` and after, counted from the first line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    base: Value,
    bytes: u64,
    offset: u64,
}

/// Lines of a program's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Bytes of a line.
    pub line_bytes: u32,
    /// The name of each line, from the symbols in it: `x`, `x,y`, `t+64`.
    pub names: Vec<String>,
    /// The initial contents of each line.
    pub contents: Vec<Vec<u8>>,
    places: Vec<Place>,
}

impl Layout {
    /// Lays out the symbols of a program in lines of `line_bytes` bytes.
    pub fn new(program: &Program, line_bytes: u32, packing: Packing) -> Layout {
        let line = u64::from(line_bytes.max(1));
        let mut layout =
            Layout { line_bytes: line_bytes.max(1), names: vec![], contents: vec![], places: vec![] };
        let mut end = 0u64;
        for symbol in &program.symbols {
            let align = match packing {
                Packing::Apart => line,
                Packing::Together => u64::from(symbol.cell.max(1)),
            };
            let offset = end.next_multiple_of(align);
            end = offset + symbol.init.len() as u64;
            layout.places.push(Place { base: symbol.base, bytes: symbol.init.len() as u64, offset });
            layout.write(offset, &symbol.init);
            layout.name(&symbol.name, offset, end);
        }
        layout
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let line = u64::from(self.line_bytes);
        let needed = (offset + bytes.len() as u64).div_ceil(line) as usize;
        while self.contents.len() < needed {
            self.contents.push(vec![0; self.line_bytes as usize]);
            self.names.push(String::new());
        }
        for (place, &byte) in bytes.iter().enumerate() {
            let at = offset + place as u64;
            self.contents[(at / line) as usize][(at % line) as usize] = byte;
        }
    }

    fn name(&mut self, symbol: &str, offset: u64, end: u64) {
        let line = u64::from(self.line_bytes);
        for number in offset / line..end.div_ceil(line) {
            let name = &mut self.names[number as usize];
            if !name.is_empty() {
                name.push(',');
            }
            name.push_str(symbol);
            if number * line > offset {
                name.push_str(&format!("+{}", number * line - offset));
            }
        }
    }

    /// The number of lines.
    pub fn lines(&self) -> usize {
        self.contents.len()
    }

    /// The line and the offset in it of the byte at an address, if a symbol holds it.
    pub fn locate(&self, address: Value) -> Option<(usize, usize)> {
        let after = self.places.partition_point(|place| place.base <= address);
        let place = &self.places[after.checked_sub(1)?];
        let inside = address - place.base;
        let at = place.offset + inside;
        let line = u64::from(self.line_bytes);
        (inside < place.bytes).then_some(((at / line) as usize, (at % line) as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Symbol;

    fn program(sizes: &[(usize, u8)]) -> Program {
        let symbol = |(number, &(size, cell)): (usize, &(usize, u8))| Symbol {
            name: ["x", "y", "t"][number].to_owned(),
            base: 0x1000 + 0x40 * number as Value,
            init: vec![number as u8 + 1; size],
            cell,
            declared: false,
            code: false,
        };
        Program { symbols: sizes.iter().enumerate().map(symbol).collect(), ..Program::default() }
    }

    #[test]
    fn symbols_apart_have_lines_of_their_own() {
        let layout = Layout::new(&program(&[(4, 4), (8, 8), (40, 8)]), 32, Packing::Apart);
        assert_eq!(layout.names, ["x", "y", "t", "t+32"]);
        assert_eq!(layout.locate(0x1044), Some((1, 4)));
        assert_eq!(layout.locate(0x1080 + 39), Some((3, 7)));
        assert_eq!(layout.locate(0x1004), None);
        assert_eq!(layout.locate(0), None);
        assert_eq!(layout.contents[3][..9], [3, 3, 3, 3, 3, 3, 3, 3, 0]);
    }

    #[test]
    fn symbols_together_share_a_line() {
        let layout = Layout::new(&program(&[(4, 4), (8, 8), (4, 4)]), 16, Packing::Together);
        assert_eq!(layout.names, ["x,y", "t"]);
        assert_eq!(layout.locate(0x1040), Some((0, 8)));
        assert_eq!(layout.locate(0x1080), Some((1, 0)));
    }
}
