//! What a search over several lines must know of the states of one: each class of states that are equal up to a
//! renaming of cores, and how a step leads from class to class.

use super::keys::Key;
use super::lines::{Lines, Scratch};
use super::search::Search;
use super::space::Space;
use super::store::{SHARDS, Store};
use super::twins::Twins;
use super::words::{self, Places};
use crate::memory::system::CORES_MAX;

/// A cell for each place of a class, 4 bits each: the first of the places whose cores can be exchanged without a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cells(u64);

impl Cells {
    fn new(cells: impl IntoIterator<Item = u8>) -> Cells {
        let each = cells.into_iter().zip((0..).step_by(4));
        Cells(each.fold(0, |all, (cell, at)| all | u64::from(cell) << at))
    }

    #[inline]
    pub(super) fn get(self, place: usize) -> u8 {
        (self.0 >> (4 * place) & 15) as u8
    }
}

/// A step from a state of a class. Places are those of the class's representative.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// Which class it leads to.
    pub(super) class: u32,
    /// The place of the core that it is about, if it is about one.
    pub(super) actor: Option<u8>,
    /// Whether it needs a bus that is free.
    pub(super) takes_bus: bool,
    /// Whether the class that it leads to is [symmetric](Class::symmetric).
    pub(super) symmetric: bool,
    /// The cell, in the other class, of the core in each place.
    pub(super) to: Cells,
}

/// One class of states of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    pub(super) cells: Cells,
    /// Whether the line holds the bus.
    pub(super) busy: bool,
    /// Whether it has [`Classes::symmetries`].
    pub(super) symmetric: bool,
    edges_end: u32,
}

/// All classes of a line.
#[derive(Debug)]
pub(super) struct Classes {
    classes: Vec<Class>,
    edges: Vec<Edge>,
    /// Renamings of cells that do not change a state of the class, beyond those within a cell, by class; for the few
    /// classes that have them.
    symmetries: Vec<(u32, Vec<Cells>)>,
    /// The class of the initial state.
    pub(super) initial: u32,
}

impl Classes {
    /// From a complete search over one line in which nothing was wrong.
    pub(super) fn new<const N: usize>(search: &Search<N, Lines>, lines: &Lines) -> Classes {
        let (store, bases) = (&search.store, search.store.bases());
        let mut scratch = <Lines as Space<N>>::scratch(lines);
        let initial = number_of(store, &bases, lines.pack(&lines.model.initial(), &mut scratch));
        let mut all = Classes { classes: vec![], edges: vec![], symmetries: vec![], initial };
        for id in store.ids() {
            lines.enter(store.get(id), &mut scratch);
            let cells = Cells::new(scratch.twins.first);
            let Scratch { canonical, here, means, .. } = &mut scratch;
            canonical.pack::<N>(here, means);
            let symmetric = scratch.canonical.ways().len() > 1;
            all.classes.push(Class {
                cells,
                busy: words::is_busy(scratch.here.shared()),
                symmetric,
                edges_end: 0,
            });
            if symmetric {
                let moved =
                    |places: Places| Cells::new(places[..CORES_MAX].iter().map(|&at| cells.get(at.into())));
                let mut symmetries: Vec<Cells> = scratch.canonical.ways().map(moved).collect();
                symmetries.sort_unstable();
                symmetries.dedup();
                all.symmetries.push((all.classes.len() as u32 - 1, symmetries));
            }
        }
        for (number, id) in store.ids().enumerate() {
            lines.enter(store.get(id), &mut scratch);
            let busy = all.classes[number].busy;
            let found = lines.each_step(&mut scratch, &Twins::none(), |canonical, means, taken| {
                let class = number_of(store, &bases, canonical.pack(taken.after, means));
                let Class { cells, symmetric, .. } = *all.get(class);
                let places = canonical.ways().next().expect("there is a way to pack a state");
                all.edges.push(Edge {
                    class,
                    actor: taken.actor.map(|core| core as u8),
                    symmetric,
                    takes_bus: !busy && words::is_busy(taken.after.shared()),
                    to: Cells::new(places[..CORES_MAX].iter().map(|&place| cells.get(place.into()))),
                });
            });
            debug_assert!(found.is_ok(), "the search over one line found nothing wrong");
            all.classes[number].edges_end = all.edges.len() as u32;
        }
        all
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }

    /// Bytes in use.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.classes[..]) + size_of_val(&self.edges[..])
    }

    #[inline]
    pub(super) fn get(&self, class: u32) -> &Class {
        &self.classes[class as usize]
    }

    #[inline]
    pub(super) fn edges(&self, class: u32) -> &[Edge] {
        let start = if class == 0 { 0 } else { self.get(class - 1).edges_end };
        &self.edges[start as usize..self.get(class).edges_end as usize]
    }

    /// Renamings of a class's cells that do not change the state, the identity among them; none if there is no other.
    #[inline]
    pub(super) fn symmetries(&self, class: u32) -> &[Cells] {
        let found = self.symmetries.binary_search_by_key(&class, |entry| entry.0);
        found.map_or(&[], |place| &self.symmetries[place].1)
    }
}

/// The class of a representative, given its key and shard: how many keys stand before it.
fn number_of<const N: usize>(
    store: &Store<N>,
    bases: &[u32; SHARDS],
    packed: Option<(Key<N>, usize)>,
) -> u32 {
    let id = packed.and_then(|(key, shard)| store.find(shard, &key));
    let id = id.expect("a complete search is closed under steps");
    bases[id.shard()] + id.local()
}
