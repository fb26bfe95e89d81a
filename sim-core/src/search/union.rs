//! The union of products of sets, each tuple visited once.
//!
//! Many products share most of their members, so that listing one after the other meets the same tuples
//! again and again. Here the products are walked together, one coordinate at a time: the value chosen for
//! a coordinate leaves those products whose set holds it, and of each only the *rest*, its sets of the later
//! coordinates. Products with equal rests are one from there on. So each tuple is met once, and no
//! beginning of a tuple is met that no product completes.

use indexmap::IndexSet;

type Hash = foldhash::fast::FixedState;

/// A set number and the rest behind it.
type Rest = (u32, u32);

/// A union of products of `width` sets.
pub(super) struct Union {
    /// `rests[c]`: the different rests of the products from coordinate `c` on; the rest behind the last
    /// coordinate is 0.
    rests: Vec<IndexSet<Rest, Hash>>,
    /// The products.
    all: Vec<u32>,
}

/// What is done with the tuples of a [`Union`].
pub(super) trait Visitor {
    /// The members of set `set` of coordinate `coordinate`.
    fn members(&self, coordinate: usize, set: u32) -> &[u32];

    /// `member` becomes the value of `coordinate`, all earlier ones being chosen; `false` to visit no tuple
    /// that begins so.
    fn choose(&mut self, coordinate: usize, member: u32) -> bool;

    /// All coordinates are chosen; `false` to end the walk.
    fn visit(&mut self) -> bool;
}

impl Union {
    /// The union of `products`, each `width` set numbers.
    pub fn new<'a>(width: usize, products: impl Iterator<Item = &'a [u32]>) -> Union {
        let mut rests: Vec<IndexSet<Rest, Hash>> = vec![IndexSet::default(); width];
        let mut all: Vec<u32> = products
            .map(|sets| (0..width).rev().fold(0, |rest, c| rests[c].insert_full((sets[c], rest)).0 as u32))
            .collect();
        all.sort_unstable();
        all.dedup();
        Union { rests, all }
    }

    /// Visits each tuple once; `false` if the visitor has ended the walk.
    pub fn walk(&self, visitor: &mut impl Visitor) -> bool {
        self.all.is_empty() || self.from(0, &self.all, visitor)
    }

    /// Visits the tuples of some rests from a coordinate on; `false` if the walk has ended.
    fn from(&self, coordinate: usize, open: &[u32], visitor: &mut impl Visitor) -> bool {
        let Some(rests) = self.rests.get(coordinate) else { return visitor.visit() };
        let of = |class: &u32| rests[*class as usize];
        if let [class] = open {
            let (set, rest) = of(class);
            return (0..visitor.members(coordinate, set).len()).all(|index| {
                let member = visitor.members(coordinate, set)[index];
                !visitor.choose(coordinate, member) || self.from(coordinate + 1, &[rest], visitor)
            });
        }
        let mut branches: Vec<(u32, u32)> = Vec::new();
        for (set, rest) in open.iter().map(of) {
            branches.extend(visitor.members(coordinate, set).iter().map(|member| (*member, rest)));
        }
        branches.sort_unstable();
        branches.dedup();
        let mut open = Vec::new();
        branches.chunk_by(|a, b| a.0 == b.0).all(|branch| {
            open.clear();
            open.extend(branch.iter().map(|(_, rest)| *rest));
            !visitor.choose(coordinate, branch[0].0) || self.from(coordinate + 1, &open, visitor)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    struct Collect {
        sets: Vec<Vec<u32>>,
        tuple: Vec<u32>,
        found: Vec<Vec<u32>>,
    }

    impl Visitor for Collect {
        fn members(&self, _: usize, set: u32) -> &[u32] {
            &self.sets[set as usize]
        }

        fn choose(&mut self, coordinate: usize, member: u32) -> bool {
            self.tuple[coordinate] = member;
            true
        }

        fn visit(&mut self) -> bool {
            self.found.push(self.tuple.clone());
            true
        }
    }

    fn tuples(sets: &[Vec<u32>], product: &[u32]) -> Vec<Vec<u32>> {
        product.iter().fold(vec![Vec::new()], |tuples, set| {
            let longer = |tuple: Vec<u32>| {
                sets[*set as usize]
                    .iter()
                    .map(move |m| [tuple.clone(), vec![*m]].concat())
                    .collect::<Vec<_>>()
            };
            tuples.into_iter().flat_map(longer).collect()
        })
    }

    proptest! {
        #[test]
        fn visits_each_tuple_of_each_product_once(
            sets in prop::collection::vec(prop::collection::btree_set(0_u32..5, 1..4), 1..6),
            products in prop::collection::vec(prop::collection::vec(0_u32..6, 3), 0..8),
        ) {
            let sets: Vec<Vec<u32>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
            let products: Vec<Vec<u32>> =
                products.into_iter().map(|p| p.into_iter().map(|s| s % sets.len() as u32).collect()).collect();
            let expected: BTreeSet<Vec<u32>> = products.iter().flat_map(|p| tuples(&sets, p)).collect();
            let mut collect = Collect { sets, tuple: vec![0; 3], found: Vec::new() };
            Union::new(3, products.iter().map(|p| p.as_slice())).walk(&mut collect);
            let found: BTreeSet<Vec<u32>> = collect.found.iter().cloned().collect();
            prop_assert_eq!(found.len(), collect.found.len());
            prop_assert_eq!(found, expected);
        }
    }
}
