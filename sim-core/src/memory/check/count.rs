//! How many states of several lines there are: breadth first, by several threads, the same for any number of them.
//!
//! Nothing can be wrong with a state of several lines that was not found to be wrong with one, so that no way to a state is
//! ever asked for: what is kept is a set of keys, and the keys of one level. A level is expanded in batches. First the
//! threads expand pieces of the batch and sort what they find by shard, then they fill the shards, each shard by one thread,
//! in the order of the pieces.

use rayon::prelude::*;

use super::keys::{Key, SHARDS, Shard, shard_of};
use super::product::Product;
use super::search::Limits;

/// States that a piece has at most.
const PIECE: usize = 512;
/// Pieces that a batch has at most: enough work for many threads between two pauses.
const PIECES: usize = 64;

/// What has been counted.
#[derive(Debug, Clone)]
pub(super) struct Count {
    pub(super) states: usize,
    pub(super) steps: usize,
    /// The greatest distance of a state.
    pub(super) depth: usize,
    pub(super) bytes: usize,
    /// The limit that was reached before the end, in words.
    pub(super) limit: Option<String>,
}

/// What a thread finds at a time: successors by shard.
struct Piece<const N: usize> {
    found: [Vec<Key<N>>; SHARDS],
    steps: usize,
}

impl<const N: usize> Piece<N> {
    fn new() -> Piece<N> {
        Piece { found: [const { vec![] }; SHARDS], steps: 0 }
    }

    fn expand(&mut self, product: &Product, states: &[Key<N>]) {
        self.found.iter_mut().for_each(Vec::clear);
        self.steps = 0;
        for state in states {
            product.expand(state, |key, weight| {
                self.found[shard_of(&key)].push(key);
                self.steps += weight;
            });
        }
    }
}

/// Counts the states of a product whose keys are `N` numbers.
pub(super) fn count<const N: usize>(product: &Product, limits: &Limits) -> Count {
    let mut shards: Vec<Shard<N>> = (0..SHARDS).map(|_| Shard::new()).collect();
    let mut fresh: Vec<Vec<Key<N>>> = vec![vec![]; SHARDS];
    let mut pieces: Vec<Piece<N>> = vec![];
    let initial = product.initial();
    let shard = shard_of(&initial);
    shards[shard].add(&[initial], &mut fresh[shard]);
    let mut count = Count { states: 1, steps: 0, depth: 0, bytes: 0, limit: None };
    for distance in 0.. {
        let level = fresh.concat();
        if level.is_empty() {
            break;
        }
        fresh.iter_mut().for_each(Vec::clear);
        let mut left = &level[..];
        while !left.is_empty() {
            let keys = level.len() + fresh.iter().map(Vec::len).sum::<usize>();
            count.bytes = shards.iter().map(Shard::bytes).sum::<usize>() + keys * size_of::<Key<N>>();
            count.limit = limits.reached(count.states, count.bytes);
            if count.limit.is_some() {
                return count;
            }
            let (batch, rest) = left.split_at(limits.batch(count.states, PIECE * PIECES).min(left.len()));
            left = rest;
            let used = batch.len().div_ceil(PIECE);
            pieces.resize_with(used.max(pieces.len()), Piece::new);
            let pieces = &mut pieces[..used];
            let work = pieces.par_iter_mut().zip(batch.par_chunks(PIECE));
            work.for_each(|(piece, states)| piece.expand(product, states));
            let pieces = &*pieces;
            let filled = shards.par_iter_mut().zip(&mut fresh).enumerate();
            filled.for_each(|(number, (shard, fresh))| {
                pieces.iter().for_each(|piece| shard.add(&piece.found[number], fresh));
            });
            count.steps += pieces.iter().map(|piece| piece.steps).sum::<usize>();
            count.states = shards.iter().map(Shard::len).sum();
            count.depth = distance + usize::from(fresh.iter().any(|fresh| !fresh.is_empty()));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::super::classes::Classes;
    use super::super::lines::Lines;
    use super::super::model::Model;
    use super::super::search::Search;
    use super::super::{Config, KEY_MAX, check};
    use super::*;
    use crate::memory::protocol;

    #[test]
    fn long_keys_count_the_same() {
        for (name, cores, number_of_lines) in [("moesi", 3, 3), ("msi-directory", 2, 2)] {
            let protocol = protocol::find(name).expect("it is built in");
            let lines = Lines::new(Model::new(protocol.clone(), cores, 2), true);
            let limits = Limits { states: usize::MAX, bytes: usize::MAX, beside: 0 };
            let mut one = Search::<2, Lines>::new(&lines);
            one.run(&limits);
            let classes = Classes::new(&one, &lines);
            let product = Product::new(&classes, cores, number_of_lines, true);
            let report =
                check(&Config::new(protocol, cores, number_of_lines)).expect("a valid configuration");
            for count in [count::<2>(&product, &limits), count::<KEY_MAX>(&product, &limits)] {
                let (counted, reported) =
                    ((count.states, count.steps, count.depth), (report.states, report.steps, report.depth));
                assert_eq!(counted, reported, "{name}");
                assert_eq!(count.limit, None);
            }
        }
    }
}
