//! The contents of memory as bytes, and the writes that change it.

use smallvec::SmallVec;

use crate::order::{Layout, Place};
use crate::program::{Program, Value};

/// The bytes of all symbols, one after the other in the order of a [`Layout`].
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Image {
    bytes: SmallVec<[u8; 32]>,
    /// Per byte the guesses that it comes from; empty as long as there are none.
    guesses: Box<[u64]>,
}

/// One completed store: `size` bytes at `place`, little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Write {
    /// First byte in the image.
    pub place: Place,
    /// Number of bytes, 1 to 16.
    pub size: u8,
    /// The bytes; those past `size` are 0.
    pub value: u128,
    /// The guesses that the value comes from, as a bit set: see [`Guesses`](super::Guesses).
    pub guesses: u64,
}

impl Clone for Image {
    fn clone(&self) -> Image {
        // Unlike `SmallVec`'s own, this copies the bytes as one block.
        Image { bytes: SmallVec::from_slice(&self.bytes), guesses: self.guesses.clone() }
    }
}

impl Image {
    /// The initial memory of a program.
    pub fn new(program: &Program) -> Image {
        let layout = Layout::new(program);
        let mut bytes = SmallVec::new();
        for (index, symbol) in program.symbols.iter().enumerate() {
            if layout.start(index).is_some() {
                bytes.extend_from_slice(&symbol.init);
            }
        }
        Image { bytes, guesses: Box::default() }
    }

    /// The `size` bytes at `place` as a number; bytes outside the image read as 0.
    pub fn read(&self, place: Place, size: u8) -> u128 {
        let start = usize::from(place.0);
        let mut bytes = [0; 16];
        if let Some(found) = self.bytes.get(start..start + usize::from(size)) {
            bytes[..found.len()].copy_from_slice(found);
        }
        u128::from_le_bytes(bytes)
    }

    /// The bytes, in the order of the layout.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same with other bytes from `place` on, which come from no guess where they differ.
    #[must_use]
    pub fn with_bytes(&self, place: Place, bytes: &[u8]) -> Image {
        let mut image = self.clone();
        for (index, byte) in bytes.iter().enumerate() {
            let at = usize::from(place.0) + index;
            if let Some(old) = image.bytes.get_mut(at).filter(|old| **old != *byte) {
                *old = *byte;
                if let Some(guesses) = image.guesses.get_mut(at) {
                    *guesses = 0;
                }
            }
        }
        image
    }

    /// The guesses that the `size` bytes at `place` come from.
    pub fn guesses(&self, place: Place, size: u8) -> u64 {
        let start = usize::from(place.0);
        let found = self.guesses.get(start..start + usize::from(size)).unwrap_or(&[]);
        found.iter().fold(0, |all, byte| all | byte)
    }

    /// Performs a write.
    pub fn write(&mut self, write: Write) {
        let start = usize::from(write.place.0);
        if write.guesses != 0 && self.guesses.is_empty() {
            self.guesses = vec![0; self.bytes.len()].into();
        }
        if let Some(guesses) = self.guesses.get_mut(start..start + usize::from(write.size)) {
            guesses.fill(write.guesses);
        }
        if self.guesses.iter().all(|g| *g == 0) {
            self.guesses = Box::default();
        }
        if let Some(bytes) = self.bytes.get_mut(start..start + usize::from(write.size)) {
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
        Write { place, size, value: whole & ones(8 * u32::from(size)), guesses: 0 }
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
        let mut image = Image { bytes: SmallVec::from_elem(0, 12), guesses: Box::default() };
        image.write(write);
        assert_eq!(image.read(Place(4), 4), 0x2222_1111);
        assert_eq!(image.read(Place(11), 4), 0, "outside the image");
    }
}
