//! Breadth-first search of a state space by several threads, the same for any number of them.
//!
//! The states of a level stand in a fixed order: shard by shard, in each as they were inserted. They are expanded in
//! batches. First the threads expand pieces of the batch, while nobody writes; then they fill the shards, each shard by
//! one thread, in the order of the pieces. So the number of a state depends on the space alone.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::piece::{Piece, nearer};
use super::space::{Space, Successor, Wrong};
use super::store::{Id, SHARDS, Shard, Store};

/// States that a piece has at most.
const PIECE: usize = 64;
/// Pieces that a batch has at most: enough work for many threads between two pauses.
const PIECES: usize = 64;
/// Successors that are looked up side by side, so that the waits for memory overlap.
const ABREAST: usize = 32;

/// Where a search stops that is not allowed to go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) states: usize,
    pub(super) bytes: usize,
    /// Bytes of `bytes` that are in use elsewhere.
    pub(super) beside: usize,
}

impl Limits {
    /// The limit that so many states and bytes reach, in words.
    pub(super) fn reached(&self, states: usize, bytes: usize) -> Option<String> {
        if states >= self.states {
            return Some(format!("{} states", self.states));
        }
        let full = bytes.saturating_add(self.beside) >= self.bytes;
        full.then(|| format!("{:.1} MB of memory", self.bytes as f64 / 1e6))
    }

    /// How many states to expand at once, at most `most`: near the limit few, to stop close to it.
    pub(super) fn batch(&self, states: usize, most: usize) -> usize {
        ((self.states - states) / 8).clamp(1, most)
    }
}

/// How a search ended.
#[derive(Debug)]
pub(super) enum End<V> {
    /// There are no more states.
    Complete,
    /// A limit was reached, in words.
    Limit(String),
    /// Something is wrong with this state or with a step from it, and with nothing that is nearer.
    Wrong(Id, Wrong<V>),
}

/// A search and what it has found.
pub(super) struct Search<'a, const N: usize, S: Space<N>> {
    space: &'a S,
    pub(super) store: Store<N>,
    /// `levels[distance][shard]`: the first state of that shard at that distance, and for the end of the last level.
    levels: Vec<[u32; SHARDS]>,
    pieces: Vec<Piece<N, S::Violation>>,
    /// For each thread.
    scratches: Vec<Mutex<S::Scratch>>,
    /// The numbers of what was inserted last into each shard, one after the other.
    locals: Vec<Vec<u32>>,
    /// `onward[shard][local]`: in which direction the state comes to rest, nowhere if it is at rest. Short at the end
    /// where nothing has been noted.
    onward: Vec<Vec<Id>>,
    pub(super) steps: usize,
}

impl<'a, const N: usize, S: Space<N>> Search<'a, N, S> {
    /// With nothing but the initial state.
    pub(super) fn new(space: &'a S) -> Search<'a, N, S> {
        let scratches: Vec<_> =
            (0..rayon::current_num_threads()).map(|_| Mutex::new(space.scratch())).collect();
        let (initial, shard) = space.initial(&mut locked(&scratches[0]));
        let mut store = Store::new();
        store.shards[shard].insert(&initial);
        let levels = vec![[0; SHARDS], store.lengths()];
        let (locals, onward) = (vec![vec![]; SHARDS], vec![vec![]; SHARDS]);
        Search { space, store, levels, pieces: vec![], scratches, locals, onward, steps: 0 }
    }

    /// The greatest distance at which there is a state.
    pub(super) fn depth(&self) -> usize {
        let beyond = self.store.lengths() != self.levels[self.levels.len() - 1];
        self.levels.len() - 2 + usize::from(beyond)
    }

    /// Bytes that the states take, with what finds them and what is noted of each.
    pub(super) fn bytes(&self) -> usize {
        self.store.bytes() + self.onward.iter().map(|onward| 4 * onward.len()).sum::<usize>()
    }

    /// What the threads have used.
    pub(super) fn scratches(&self) -> impl Iterator<Item = MutexGuard<'_, S::Scratch>> {
        self.scratches.iter().map(locked)
    }

    /// The states at a distance, in their order.
    pub(super) fn level(&self, distance: usize) -> impl Iterator<Item = Id> + use<N, S> {
        let (from, to) = (self.levels[distance], self.levels[distance + 1]);
        (0..SHARDS).flat_map(move |shard| (from[shard]..to[shard]).map(move |local| Id::new(shard, local)))
    }

    /// All states of a complete search, nearest first.
    pub(super) fn states(&self) -> impl Iterator<Item = Id> {
        (0..self.levels.len() - 1).flat_map(|distance| self.level(distance))
    }

    /// Searches to the end or to a limit.
    pub(super) fn run(&mut self, limits: &Limits) -> End<S::Violation> {
        loop {
            let mut level = self.level(self.levels.len() - 2).peekable();
            if level.peek().is_none() {
                self.levels.pop();
                return self.space.limit().map_or(End::Complete, End::Limit);
            }
            let mut wrong = None;
            while level.peek().is_some() {
                if let Some(limit) = self.limit(limits) {
                    return End::Limit(limit);
                }
                let size = limits.batch(self.store.len(), PIECE * PIECES);
                wrong = nearer(wrong, self.expand(&mut level, size));
                self.insert();
            }
            if let Some((state, wrong)) = wrong {
                return End::Wrong(state, wrong);
            }
            self.levels.push(self.store.lengths());
        }
    }

    fn limit(&self, limits: &Limits) -> Option<String> {
        let full = || self.store.is_full().then(|| "the most states that can be numbered".to_owned());
        limits.reached(self.store.len(), self.bytes()).or_else(full).or_else(|| self.space.limit())
    }

    /// Expands the next states of a level, at most `size` of them: what is wrong.
    fn expand(
        &mut self,
        level: &mut impl Iterator<Item = Id>,
        size: usize,
    ) -> Option<(Id, Wrong<S::Violation>)> {
        let pieces = size.div_ceil(PIECE);
        while self.pieces.len() < pieces {
            self.pieces.push(Piece::new());
        }
        let mut left = size;
        for piece in &mut self.pieces {
            let share = left.min(PIECE);
            piece.states.clear();
            piece.states.extend(level.take(share));
            left -= share;
        }
        let (space, store, scratches) = (self.space, &self.store, &self.scratches);
        self.pieces.par_iter_mut().for_each(|piece| {
            let thread = rayon::current_thread_index().unwrap_or(0);
            piece.expand(space, store, &mut locked(&scratches[thread % scratches.len()]));
        });
        self.steps += self.pieces.iter().map(|piece| piece.steps).sum::<usize>();
        self.pieces.iter().fold(None, |wrong, piece| nearer(wrong, piece.wrong))
    }

    /// Adds what the pieces have found.
    fn insert(&mut self) {
        let pieces = &self.pieces;
        let fill = |((number, shard), locals): ((usize, &mut Shard<N>), &mut Vec<u32>)| {
            locals.clear();
            for keys in pieces.iter().flat_map(|piece| piece.found[number].chunks(ABREAST)) {
                shard.touch(keys);
                locals.extend(keys.iter().map(|key| shard.insert(key)));
            }
        };
        self.store.shards.par_iter_mut().enumerate().zip(&mut self.locals).for_each(fill);
        let mut before = [0; SHARDS];
        for piece in pieces {
            for &(from, shard, place) in &piece.onward {
                let to = Id::new(shard, self.locals[shard][before[shard] + place]);
                let (noted, local) = (&mut self.onward[from.shard()], from.local() as usize);
                noted.resize(noted.len().max(local + 1), Id::NONE);
                noted[local] = to;
            }
            before.iter_mut().zip(&piece.found).for_each(|(before, found)| *before += found.len());
        }
    }

    /// A shortest way to a state, from the initial one on: it is not kept, but found again level by level.
    pub(super) fn way_to(&self, state: Id) -> Vec<Id> {
        let is_before = |level: &[u32; SHARDS]| level[state.shard()] <= state.local();
        let distance = self.levels.iter().rposition(is_before).unwrap_or(0);
        let mut scratch = self.space.scratch();
        let mut way = vec![state];
        for distance in (0..distance).rev() {
            let target = self.store.get(way[way.len() - 1]);
            let mut leads_there = |from: &Id| {
                let mut leads = false;
                let found = |successor: Successor<N>| leads |= successor.key == *target;
                let result = self.space.expand(self.store.get(*from), &mut scratch, found);
                result.is_ok() && leads
            };
            way.extend(self.level(distance).find(&mut leads_there));
        }
        way.reverse();
        way
    }

    /// The first state from which going onward never comes to rest.
    pub(super) fn endless(&self) -> Option<Id> {
        let onward = |id: Id| self.onward[id.shard()].get(id.local() as usize).copied().unwrap_or(Id::NONE);
        // Whether a state is unknown, on the walk from the present start, or comes to rest.
        let mut known: Vec<Vec<Rest>> =
            self.store.lengths().iter().map(|&length| vec![Rest::Unknown; length as usize]).collect();
        let mut walk = vec![];
        for start in self.states() {
            let mut at = start;
            while known[at.shard()][at.local() as usize] == Rest::Unknown {
                known[at.shard()][at.local() as usize] = Rest::Walked;
                walk.push(at);
                let next = onward(at);
                if next == Id::NONE {
                    break;
                }
                if known[next.shard()][next.local() as usize] == Rest::Walked {
                    return Some(start);
                }
                at = next;
            }
            walk.drain(..).for_each(|state| known[state.shard()][state.local() as usize] = Rest::Reached);
        }
        None
    }
}

fn locked<T>(scratch: &Mutex<T>) -> MutexGuard<'_, T> {
    scratch.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Unknown,
    Walked,
    Reached,
}

#[cfg(test)]
mod tests {
    use super::super::keys::{Key, hash};
    use super::super::store::shard_of;
    use super::*;

    /// States 0, 1, ...: from the first to all, from each onward to `onward[state]` unless it is the state itself.
    /// Any state may be wrong.
    struct Toy {
        onward: Vec<u64>,
        wrong: Option<u64>,
    }

    impl Space<1> for Toy {
        type Scratch = ();
        type Violation = ();

        fn scratch(&self) {}

        fn initial(&self, (): &mut ()) -> (Key<1>, usize) {
            ([0], shard_of(hash(&[0])))
        }

        fn expand(
            &self,
            &[here]: &Key<1>,
            (): &mut (),
            mut found: impl FnMut(Successor<1>),
        ) -> Result<(), Wrong<()>> {
            if self.wrong == Some(here) {
                return Err(Wrong { violation: (), at_step: false });
            }
            let successor =
                |to, onward| Successor { key: [to], shard: shard_of(hash(&[to])), weight: 1, onward };
            (1..self.onward.len() as u64).filter(|_| here == 0).for_each(|to| found(successor(to, false)));
            let onward = self.onward[here as usize];
            if onward != here {
                found(successor(onward, true));
            }
            Ok(())
        }
    }

    const FREE: Limits = Limits { states: usize::MAX, bytes: usize::MAX, beside: 0 };

    #[test]
    fn a_walk_that_goes_round_never_comes_to_rest() {
        let endless = |onward: &[u64]| {
            let toy = Toy { onward: onward.to_vec(), wrong: None };
            let mut search = Search::new(&toy);
            assert!(matches!(search.run(&FREE), End::Complete));
            assert_eq!(search.store.len(), onward.len());
            search.endless().map(|id| search.store.get(id)[0])
        };
        assert_eq!(endless(&[0, 0, 1, 2, 4, 1]), None);
        assert!([1, 2, 3].contains(&endless(&[0, 2, 3, 1]).expect("a round")));
        assert_eq!(endless(&[2, 1, 0]), Some(0));
        assert_eq!(endless(&[1, 1, 4, 0, 3, 4]), None);
        assert!([2, 3, 4].contains(&endless(&[1, 1, 3, 4, 2]).expect("a round")));
    }

    #[test]
    fn the_way_to_a_wrong_state_is_a_shortest_one() {
        let toy = Toy { onward: vec![1; 1000], wrong: Some(700) };
        let mut search = Search::new(&toy);
        let End::Wrong(state, _) = search.run(&FREE) else { panic!("a state is wrong") };
        let way: Vec<u64> = search.way_to(state).iter().map(|&id| search.store.get(id)[0]).collect();
        assert_eq!(way, [0, 700]);
        assert_eq!(search.depth(), 1);
    }

    #[test]
    fn a_search_stops_near_its_limits() {
        let toy = Toy { onward: vec![0; 60_000], wrong: None };
        let bytes = 1 << 20;
        let limited = [
            Limits { states: 50_000, ..FREE },
            Limits { bytes: 200_000, ..FREE },
            Limits { bytes, beside: bytes, ..FREE },
        ];
        for limits in limited {
            let mut search = Search::new(&toy);
            assert!(matches!(search.run(&limits), End::Limit(_)));
        }
        let mut search = Search::new(&toy);
        assert!(matches!(search.run(&FREE), End::Complete));
        assert_eq!((search.store.len(), search.depth(), search.steps), (60_000, 1, 119_998));
    }
}
