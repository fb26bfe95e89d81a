//! The contents of memory as bytes, and the writes that change it.

use crate::order::{Layout, Place};
use crate::program::{Program, Value};

/// The bytes of all symbols, one after the other in the order of a [`Layout`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Image(pub Box<[u8]>);

/// One completed store: `size` bytes at `place`, little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Write {
    /// First byte in the image.
    pub place: Place,
    /// Number of bytes, 1 to 16.
    pub size: u8,
    /// The bytes; those past `size` are 0.
    pub value: u128,
}

impl Image {
    /// The initial memory of a program.
    pub fn new(program: &Program) -> Image {
        let layout = Layout::new(program);
        let mut bytes = Vec::new();
        for (index, symbol) in program.symbols.iter().enumerate() {
            if layout.start(index).is_some() {
                bytes.extend_from_slice(&symbol.init);
            }
        }
        Image(bytes.into())
    }

    /// The `size` bytes at `place` as a number; bytes outside the image read as 0.
    pub fn read(&self, place: Place, size: u8) -> u128 {
        let start = usize::from(place.0);
        let mut bytes = [0; 16];
        if let Some(found) = self.0.get(start..start + usize::from(size)) {
            bytes[..found.len()].copy_from_slice(found);
        }
        u128::from_le_bytes(bytes)
    }

    /// Performs a write.
    pub fn write(&mut self, write: Write) {
        let start = usize::from(write.place.0);
        if let Some(bytes) = self.0.get_mut(start..start + usize::from(write.size)) {
            bytes.copy_from_slice(&write.value.to_le_bytes()[..usize::from(write.size)]);
        }
    }
}

impl Write {
    /// A write of the lower bytes of `low`, or of the halves `low` and `high`.
    pub fn new(place: Place, size: u8, low: Value, high: Option<Value>) -> Write {
        let whole = match high {
            Some(high) => {
                let half = 4 * u32::from(size);
                (u128::from(low) & ones(half)) | (u128::from(high) << half)
            }
            None => u128::from(low),
        };
        Write { place, size, value: whole & ones(8 * u32::from(size)) }
    }
}

/// A number with its lower `bits` bits set; `bits` is at most 128.
pub(crate) fn ones(bits: u32) -> u128 {
    if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_joined_little_endian() {
        let write = Write::new(Place(2), 8, 0x1_1111_1111, Some(0x2222_2222));
        assert_eq!(write.value, 0x2222_2222_1111_1111);
        let mut image = Image(vec![0; 12].into());
        image.write(write);
        assert_eq!(image.read(Place(4), 4), 0x2222_1111);
        assert_eq!(image.read(Place(11), 4), 0, "outside the image");
    }
}
