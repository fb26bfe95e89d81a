//! Sets of events and relations between them, as rows of 64-bit words.

use std::fmt;

/// Iterates over the bits of `words`, lowest first.
fn ones(words: &[u64]) -> impl Iterator<Item = usize> {
    words.iter().enumerate().flat_map(|(i, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            Some(i * 64 + bit)
        })
    })
}

/// A set of events out of a universe of `len` events, numbered from 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set {
    len: usize,
    words: Vec<u64>,
}

impl Set {
    /// The empty set.
    pub fn empty(len: usize) -> Set {
        Set { len, words: vec![0; len.div_ceil(64)] }
    }

    /// All events.
    pub fn full(len: usize) -> Set {
        Set::from_fn(len, |_| true)
    }

    /// The events that satisfy `member`.
    pub fn from_fn(len: usize, member: impl Fn(usize) -> bool) -> Set {
        let mut set = Set::empty(len);
        (0..len).filter(|&e| member(e)).for_each(|e| set.insert(e));
        set
    }

    /// Adds an event.
    pub fn insert(&mut self, event: usize) {
        self.words[event / 64] |= 1 << (event % 64);
    }

    /// Removes an event.
    pub fn remove(&mut self, event: usize) {
        self.words[event / 64] &= !(1 << (event % 64));
    }

    /// Whether the event is a member.
    pub fn has(&self, event: usize) -> bool {
        self.words[event / 64] >> (event % 64) & 1 != 0
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    /// The members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        ones(&self.words)
    }

    fn zip(&self, other: &Set, f: impl Fn(u64, u64) -> u64) -> Set {
        let words = self.words.iter().zip(&other.words).map(|(&a, &b)| f(a, b)).collect();
        Set { len: self.len, words }
    }

    /// Union.
    pub fn or(&self, other: &Set) -> Set {
        self.zip(other, |a, b| a | b)
    }

    /// Intersection.
    pub fn and(&self, other: &Set) -> Set {
        self.zip(other, |a, b| a & b)
    }

    /// Difference.
    pub fn minus(&self, other: &Set) -> Set {
        self.zip(other, |a, b| a & !b)
    }

    /// Whether all members are members of `other`.
    pub fn within(&self, other: &Set) -> bool {
        self.words.iter().zip(&other.words).all(|(&a, &b)| a & !b == 0)
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A relation over a universe of `len` events: row `a` is the set of the `b` with (a, b) in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rel {
    len: usize,
    /// Words of one row.
    width: usize,
    words: Vec<u64>,
}

impl Rel {
    /// The empty relation.
    pub fn empty(len: usize) -> Rel {
        let width = len.div_ceil(64);
        Rel { len, width, words: vec![0; len * width] }
    }

    /// The pairs that satisfy `member`.
    pub fn from_fn(len: usize, member: impl Fn(usize, usize) -> bool) -> Rel {
        let mut rel = Rel::empty(len);
        for a in 0..len {
            (0..len).filter(|&b| member(a, b)).for_each(|b| rel.insert(a, b));
        }
        rel
    }

    /// All pairs of a member of `a` and a member of `b`.
    pub fn product(a: &Set, b: &Set) -> Rel {
        let mut rel = Rel::empty(a.len);
        for e in a.iter() {
            rel.row_mut(e).copy_from_slice(&b.words);
        }
        rel
    }

    /// The identity on a set.
    pub fn identity(set: &Set) -> Rel {
        let mut rel = Rel::empty(set.len);
        set.iter().for_each(|e| rel.insert(e, e));
        rel
    }

    /// All pairs.
    pub fn full(len: usize) -> Rel {
        let all = Set::full(len);
        Rel::product(&all, &all)
    }

    /// Size of the universe.
    pub fn universe(&self) -> usize {
        self.len
    }

    fn row(&self, a: usize) -> &[u64] {
        &self.words[a * self.width..(a + 1) * self.width]
    }

    fn row_mut(&mut self, a: usize) -> &mut [u64] {
        &mut self.words[a * self.width..(a + 1) * self.width]
    }

    /// Adds a pair.
    pub fn insert(&mut self, a: usize, b: usize) {
        self.words[a * self.width + b / 64] |= 1 << (b % 64);
    }

    /// Removes a pair.
    pub fn remove(&mut self, a: usize, b: usize) {
        self.words[a * self.width + b / 64] &= !(1 << (b % 64));
    }

    /// Whether the pair is in the relation.
    pub fn has(&self, a: usize, b: usize) -> bool {
        self.words[a * self.width + b / 64] >> (b % 64) & 1 != 0
    }

    /// The successors of `a` in ascending order.
    pub fn next(&self, a: usize) -> impl Iterator<Item = usize> {
        ones(self.row(a))
    }

    /// All pairs in ascending order.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.len).flat_map(|a| self.next(a).map(move |b| (a, b)))
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    fn zip(&self, other: &Rel, f: impl Fn(u64, u64) -> u64) -> Rel {
        let words = self.words.iter().zip(&other.words).map(|(&a, &b)| f(a, b)).collect();
        Rel { len: self.len, width: self.width, words }
    }

    /// Union.
    pub fn or(&self, other: &Rel) -> Rel {
        self.zip(other, |a, b| a | b)
    }

    /// Adds all pairs of `other`.
    pub fn or_with(&mut self, other: &Rel) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, &b)| *a |= b);
    }

    /// Intersection.
    pub fn and(&self, other: &Rel) -> Rel {
        self.zip(other, |a, b| a & b)
    }

    /// Difference.
    pub fn minus(&self, other: &Rel) -> Rel {
        self.zip(other, |a, b| a & !b)
    }

    /// The pairs that are not in the relation.
    pub fn complement(&self) -> Rel {
        Rel::full(self.len).minus(self)
    }

    /// Whether all pairs are pairs of `other`.
    pub fn within(&self, other: &Rel) -> bool {
        self.words.iter().zip(&other.words).all(|(&a, &b)| a & !b == 0)
    }

    /// The pairs turned round.
    pub fn inverse(&self) -> Rel {
        let mut out = Rel::empty(self.len);
        for (a, b) in self.pairs() {
            out.insert(b, a);
        }
        out
    }

    /// Composition: (a, c) where (a, b) is here and (b, c) in `other`.
    pub fn then(&self, other: &Rel) -> Rel {
        let mut out = Rel::empty(self.len);
        for a in 0..self.len {
            let row = &mut out.words[a * self.width..(a + 1) * self.width];
            for b in ones(&self.words[a * self.width..(a + 1) * self.width]) {
                row.iter_mut().zip(other.row(b)).for_each(|(x, &y)| *x |= y);
            }
        }
        out
    }

    /// The pairs whose first event is in `set`: `[set]; self`.
    pub fn from(&self, set: &Set) -> Rel {
        let mut out = Rel::empty(self.len);
        for a in set.iter() {
            out.row_mut(a).copy_from_slice(self.row(a));
        }
        out
    }

    /// The pairs whose second event is in `set`: `self; [set]`.
    pub fn to(&self, set: &Set) -> Rel {
        let mut out = self.clone();
        for row in out.words.chunks_exact_mut(self.width.max(1)) {
            row.iter_mut().zip(&set.words).for_each(|(x, &y)| *x &= y);
        }
        out
    }

    /// The transitive closure (Warshall's algorithm on rows).
    #[must_use]
    pub fn closure(mut self) -> Rel {
        let mut through = vec![0; self.width];
        for b in 0..self.len {
            through.copy_from_slice(self.row(b));
            if through.iter().all(|&w| w == 0) {
                continue;
            }
            for a in 0..self.len {
                if self.has(a, b) {
                    self.row_mut(a).iter_mut().zip(&through).for_each(|(x, &y)| *x |= y);
                }
            }
        }
        self
    }

    /// The relation with all pairs (e, e).
    #[must_use]
    pub fn reflexive(mut self) -> Rel {
        (0..self.len).for_each(|e| self.insert(e, e));
        self
    }

    /// Whether no event is related to itself.
    pub fn is_irreflexive(&self) -> bool {
        (0..self.len).all(|e| !self.has(e, e))
    }

    /// Whether the relation has no cycle: events without a successor are peeled off until none is left.
    pub fn is_acyclic(&self) -> bool {
        let mut left = self.domain();
        loop {
            let mut shrunk = false;
            let mut any = false;
            for word in 0..self.width {
                let mut rest = left.words[word];
                while rest != 0 {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    let row = self.row(word * 64 + bit);
                    if row.iter().zip(&left.words).all(|(&r, &l)| r & l == 0) {
                        left.words[word] &= !(1 << bit);
                        shrunk = true;
                    } else {
                        any = true;
                    }
                }
            }
            if !any {
                return true;
            }
            if !shrunk {
                return false;
            }
        }
    }

    /// The first events of all pairs.
    pub fn domain(&self) -> Set {
        let mut set = Set::empty(self.len);
        (0..self.len).filter(|&a| self.row(a).iter().any(|&w| w != 0)).for_each(|a| set.insert(a));
        set
    }

    /// The second events of all pairs.
    pub fn range(&self) -> Set {
        let mut set = Set::empty(self.len);
        for row in self.words.chunks_exact(self.width.max(1)) {
            set.words.iter_mut().zip(row).for_each(|(x, &y)| *x |= y);
        }
        set
    }

    /// A shortest path from `from` to `to` with at least one edge, as the events on it, both ends
    /// included; among the shortest the one whose events are least.
    pub fn path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut before: Vec<Option<usize>> = vec![None; self.len];
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(a) = queue.pop_front() {
            for b in self.next(a) {
                if b == to {
                    let mut path = vec![to, a];
                    let mut at = a;
                    while at != from {
                        at = before[at]?;
                        path.push(at);
                    }
                    path.reverse();
                    return Some(path);
                }
                if before[b].is_none() && b != from {
                    before[b] = Some(a);
                    queue.push_back(b);
                }
            }
        }
        None
    }

    /// A shortest cycle, as its events, the first one repeated at the end.
    pub fn cycle(&self) -> Option<Vec<usize>> {
        (0..self.len).filter_map(|e| self.path(e, e)).min_by_key(Vec::len)
    }
}

impl fmt::Debug for Rel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pairs()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rel(len: usize, pairs: &[(usize, usize)]) -> Rel {
        let mut rel = Rel::empty(len);
        pairs.iter().for_each(|&(a, b)| rel.insert(a, b));
        rel
    }

    #[test]
    fn closure_and_cycles_across_words() {
        let chain = rel(130, &[(0, 70), (70, 129), (129, 3)]);
        assert!(chain.is_acyclic());
        assert_eq!(chain.cycle(), None);
        assert!(chain.clone().closure().has(0, 3));
        let ring = chain.or(&rel(130, &[(3, 0)]));
        assert!(!ring.is_acyclic());
        assert_eq!(ring.cycle(), Some(vec![0, 70, 129, 3, 0]));
        assert!(!ring.closure().is_irreflexive());
    }

    #[test]
    fn composition_inverse_and_restriction() {
        let a = rel(4, &[(0, 1), (1, 2)]);
        let b = rel(4, &[(1, 3), (2, 0)]);
        assert_eq!(a.then(&b), rel(4, &[(0, 3), (1, 0)]));
        assert_eq!(a.inverse(), rel(4, &[(1, 0), (2, 1)]));
        let one = Set::from_fn(4, |e| e == 1);
        assert_eq!(a.from(&one), rel(4, &[(1, 2)]));
        assert_eq!(a.to(&one), rel(4, &[(0, 1)]));
        assert_eq!(a.complement().complement(), a);
    }
}
