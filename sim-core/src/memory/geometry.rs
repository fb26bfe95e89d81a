//! The shape of a cache: line size, sets, ways, and what it replaces.

use super::replacement::{Replacement, WAYS_MAX};

/// The shape of a set-associative cache. Write-back, write-allocate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Bytes of a line: a power of two from 4 to 4096.
    pub line_bytes: u32,
    /// The number of sets: a power of two.
    pub sets: u32,
    /// Lines of a set, 1 to [`WAYS_MAX`].
    pub ways: u32,
    /// What is replaced in a full set.
    pub replacement: Replacement,
}

impl Geometry {
    /// A cache of `bytes` bytes in all.
    ///
    /// # Errors
    ///
    /// Why there is no such cache.
    pub fn with_size(
        bytes: u64,
        ways: u32,
        line_bytes: u32,
        replacement: Replacement,
    ) -> Result<Geometry, String> {
        Geometry { line_bytes, sets: 1, ways, replacement }.validate(None)?;
        let set = u64::from(ways) * u64::from(line_bytes);
        let sets = u32::try_from(bytes / set).map_err(|_| format!("{bytes} bytes are too many"))?;
        if !bytes.is_multiple_of(set) || !sets.is_power_of_two() {
            let larger = (1 << sets.checked_ilog2().map_or(0, |log| log + 1)) * set;
            let right = if sets == 0 { larger.to_string() } else { format!("{} or {larger}", larger / 2) };
            return Err(format!(
                "{bytes} bytes are no whole number of sets of {ways} lines of {line_bytes} bytes, or no power of two \
                 of them; {right} would do"
            ));
        }
        let geometry = Geometry { line_bytes, sets, ways, replacement };
        geometry.validate(None)?;
        Ok(geometry)
    }

    /// Why there is no such cache before a memory of `memory_bytes`, if there is none.
    ///
    /// # Errors
    ///
    /// A sentence that names the parameter, its value and what it may be.
    pub fn validate(&self, memory_bytes: Option<u64>) -> Result<(), String> {
        let Geometry { line_bytes, sets, ways, replacement } = *self;
        if !line_bytes.is_power_of_two() || !(4..=4096).contains(&line_bytes) {
            return Err(format!(
                "the line size must be a power of two from 4 to 4096 bytes, not {line_bytes}"
            ));
        }
        if !sets.is_power_of_two() || sets > 1 << 20 {
            return Err(format!("the number of sets must be a power of two up to {}, not {sets}", 1 << 20));
        }
        if !(1..=WAYS_MAX).contains(&ways) {
            return Err(format!("the number of ways must be from 1 to {WAYS_MAX}, not {ways}"));
        }
        if replacement == Replacement::TreePlru && !ways.is_power_of_two() {
            return Err(format!("tree-PLRU needs a power of two of ways, not {ways}"));
        }
        match memory_bytes.map(|bytes| bytes / u64::from(line_bytes)) {
            Some(lines) if self.lines() > lines => {
                Err(format!("the cache has {} lines and memory only {lines}", self.lines()))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Lines in all.
    pub fn lines(&self) -> u64 {
        u64::from(self.sets) * u64::from(self.ways)
    }

    /// Bytes in all.
    pub fn bytes(&self) -> u64 {
        self.lines() * u64::from(self.line_bytes)
    }

    /// The set of a line, lines being counted from address 0.
    pub fn set_of(&self, line: u64) -> u32 {
        (line & u64::from(self.sets - 1)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(line_bytes: u32, sets: u32, ways: u32, replacement: Replacement, reason: &str) {
        let geometry = Geometry { line_bytes, sets, ways, replacement };
        assert_eq!(geometry.validate(Some(1024)).expect_err("refused"), reason);
    }

    #[test]
    fn impossible_shapes_are_refused_with_the_reason() {
        let lru = Replacement::Lru;
        refused(3, 1, 1, lru, "the line size must be a power of two from 4 to 4096 bytes, not 3");
        refused(32, 1, 0, lru, "the number of ways must be from 1 to 16, not 0");
        refused(32, 3, 1, lru, "the number of sets must be a power of two up to 1048576, not 3");
        refused(32, 1, 3, Replacement::TreePlru, "tree-PLRU needs a power of two of ways, not 3");
        refused(32, 32, 2, lru, "the cache has 64 lines and memory only 32");
        let odd = Geometry::with_size(100, 2, 32, lru).expect_err("refused");
        assert!(odd.starts_with("100 bytes are no whole number of sets of 2 lines of 32 bytes, or"));
        assert!(odd.ends_with("; 64 or 128 would do"), "{odd}");
        let six = Geometry::with_size(3072, 8, 64, lru).expect_err("refused");
        assert!(six.ends_with("; 2048 or 4096 would do"), "{six}");
        let few = Geometry::with_size(32, 2, 32, lru).expect_err("refused");
        assert!(few.ends_with("; 64 would do"), "{few}");
        let none = Geometry::with_size(4096, 0, 32, lru).expect_err("refused");
        assert_eq!(none, "the number of ways must be from 1 to 16, not 0");
    }

    #[test]
    fn sizes_and_shapes_agree() {
        let geometry = Geometry::with_size(4096, 2, 32, Replacement::Lru).expect("a cache");
        assert_eq!((geometry.sets, geometry.lines(), geometry.bytes()), (64, 128, 4096));
        assert_eq!(geometry.set_of(65), 1);
    }
}
