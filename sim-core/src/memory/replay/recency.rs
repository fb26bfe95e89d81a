//! Lines in the order of their last uses.

/// Lines that stand together; twice as many are split.
const CHUNK: usize = 256;

/// Lines by last use, cut into chunks, so that a change moves few of them however many there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Recency {
    /// The last use and the line, sorted; no chunk is empty.
    chunks: Vec<Vec<(u64, u64)>>,
    len: usize,
}

impl Recency {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a line last used at `used`, when none of the others was.
    pub(super) fn insert(&mut self, used: u64, line: u64) {
        self.len += 1;
        let at = self.chunk(used).min(self.chunks.len().saturating_sub(1));
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(vec![(used, line)]);
            return;
        };
        let place = chunk.partition_point(|(other, _)| *other < used);
        chunk.insert(place, (used, line));
        if chunk.len() == 2 * CHUNK {
            let second = chunk.split_off(CHUNK);
            self.chunks.insert(at + 1, second);
        }
    }

    /// Takes out the line last used at `used`; how many lines were used later. `None` if there is none.
    pub(super) fn remove(&mut self, used: u64) -> Option<usize> {
        let at = self.chunk(used);
        let chunk = self.chunks.get_mut(at)?;
        let place = chunk.binary_search_by_key(&used, |(other, _)| *other).ok()?;
        let later = chunk.len() - place - 1 + self.chunks[at + 1..].iter().map(Vec::len).sum::<usize>();
        self.take(at, place);
        Some(later)
    }

    /// Takes out the line that was used first.
    pub(super) fn pop_first(&mut self) -> Option<u64> {
        (self.len > 0).then(|| self.take(0, 0))
    }

    fn take(&mut self, at: usize, place: usize) -> u64 {
        self.len -= 1;
        let (_, line) = self.chunks[at].remove(place);
        if self.chunks[at].is_empty() {
            self.chunks.remove(at);
        }
        line
    }

    /// The first chunk whose last line was not used before `used`.
    fn chunk(&self, used: u64) -> usize {
        self.chunks.partition_point(|chunk| chunk.last().is_some_and(|(last, _)| *last < used))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_is_a_sorted_list() {
        let (mut recency, mut told) = (Recency::default(), BTreeMap::new());
        for step in 0..6000u64 {
            let used = step * 7919 % 6007;
            recency.insert(used, step);
            told.insert(used, step);
            if step % 3 == 0 {
                let wanted = step * 31 % 6007;
                let later = told.remove(&wanted).map(|_| told.range(wanted..).count());
                assert_eq!(recency.remove(wanted), later, "{step}");
            }
            if step % 4 == 0 {
                assert_eq!(recency.pop_first(), told.pop_first().map(|(_, line)| line));
            }
            assert_eq!(recency.len(), told.len());
        }
        while let Some(line) = recency.pop_first() {
            assert_eq!(Some(line), told.pop_first().map(|(_, line)| line));
        }
        assert!(told.is_empty());
    }
}
