//! The states of several lines as a space to search.
//!
//! A step changes one line, and all that one line can know of the others is whether one of them holds the bus. So a state
//! is a tuple of states of one line, and of each of these it is enough to keep its class and which core stands where in
//! the class's representative ("collapse", Holzmann 1997; what a step does to one line is found once, "transition caching",
//! Blom, van de Pol & Weber 2010). Whatever can be wrong is wrong with one line: that is looked for before.
//!
//! A core's place counts up to exchanges that change nothing, its *cell*. All that tells cores apart is then which
//! cell each has in each line: sorting the cores by that gives one representative for all renamings of cores. Lines are
//! sorted by class; orders of lines of the same class, and the rare classes that are symmetric in another way, are tried
//! out.

use super::classes::{Cells, Classes};
use super::keys::Key;
use super::sort;
use crate::memory::system::CORES_MAX;

const LINES_MAX: usize = super::LINES_MAX as usize;

/// Several lines of the same kind.
#[derive(Debug)]
pub(super) struct Product<'a> {
    classes: &'a Classes,
    cores: usize,
    lines: usize,
    symmetry: bool,
    /// Bits of a cell.
    cell_bits: usize,
    /// Bits of a class.
    class_bits: usize,
}

/// A state: `classes[line]`, and `columns[core]` with the core's cell in each line, the first line's in the lowest bits.
/// The rest is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Tuple {
    classes: [u32; LINES_MAX],
    columns: [u32; CORES_MAX],
}

impl<'a> Product<'a> {
    pub(super) fn new(classes: &'a Classes, cores: u8, lines: u8, symmetry: bool) -> Product<'a> {
        let bits = |count: usize| (usize::BITS - (count - 1).leading_zeros()) as usize;
        Product {
            classes,
            cores: cores.into(),
            lines: lines.into(),
            symmetry,
            cell_bits: bits(cores.into()),
            class_bits: bits(classes.len()),
        }
    }

    /// The bits of a key.
    pub(super) fn bits(&self) -> usize {
        self.lines * (self.class_bits + self.cores * self.cell_bits)
    }

    /// The state in which nothing has happened.
    pub(super) fn initial<const N: usize>(&self) -> Key<N> {
        let class = self.classes.initial;
        let cells = self.classes.get(class).cells;
        let mut tuple = Tuple::default();
        for line in 0..self.lines {
            tuple.classes[line] = class;
            for core in 0..self.cores {
                tuple.columns[core] = self.with_cell(tuple.columns[core], line, cells.get(core));
            }
        }
        self.pack(&tuple)
    }

    /// Takes every step from a state: the representatives of where they lead, and how many steps each stands for.
    #[inline]
    pub(super) fn expand<const N: usize>(&self, key: &Key<N>, mut found: impl FnMut(Key<N>, usize)) {
        let tuple = self.unpack(key);
        let busy = tuple.classes[..self.lines].iter().any(|&class| self.classes.get(class).busy);
        let weights = self.weights(&tuple);
        for line in 0..self.lines {
            let (places, cores) = self.stand(&tuple, line);
            let actor = |place: Option<u8>| place.map_or(15, |place| cores[usize::from(place & 15)]);
            let rest = self.without(&tuple, line);
            let free = self.is_plain(&rest);
            for edge in self.classes.edges(tuple.classes[line]) {
                let weight = weights[usize::from(actor(edge.actor) & 15)];
                if weight == 0 || busy && edge.takes_bus {
                    continue;
                }
                let others = &rest.classes[..self.lines - 1];
                let before = || others.iter().map(|&other| usize::from(other < edge.class)).sum();
                let at = if self.symmetry { before() } else { line };
                let mut next = self.with(&rest, at, edge.class, |core| edge.to.get(places[core].into()));
                if self.symmetry {
                    if free && !edge.symmetric && others.get(at) != Some(&edge.class) {
                        sort::by_pairs(&mut next.columns[..self.cores]);
                    } else {
                        next = self.least(&next);
                    }
                }
                found(self.pack(&next), weight);
            }
        }
    }

    /// The cell of a core in a line, from its column.
    #[inline]
    fn cell(&self, column: u32, line: usize) -> usize {
        (column >> (line * self.cell_bits)) as usize & ((1 << self.cell_bits) - 1)
    }

    /// The classes, then the columns, bit behind bit.
    #[inline]
    fn pack<const N: usize>(&self, tuple: &Tuple) -> Key<N> {
        let (mut key, mut at) = ([0; N], 0);
        let mut push = |number: u32, bits: usize| {
            let number = u64::from(number);
            key[at / 64] |= number << (at % 64);
            if at % 64 + bits > 64 {
                key[at / 64 + 1] |= number >> (64 - at % 64);
            }
            at += bits;
        };
        tuple.classes[..self.lines].iter().for_each(|&class| push(class, self.class_bits));
        let width = self.lines * self.cell_bits;
        tuple.columns[..self.cores].iter().for_each(|&column| push(column, width));
        key
    }

    #[inline]
    fn unpack<const N: usize>(&self, key: &Key<N>) -> Tuple {
        let mut at = 0;
        let mut next = |bits: usize| {
            let mut number = key[at / 64] >> (at % 64);
            if at % 64 + bits > 64 {
                number |= key[at / 64 + 1] << (64 - at % 64);
            }
            at += bits;
            (number & ((1 << bits) - 1)) as u32
        };
        let mut tuple = Tuple::default();
        tuple.classes[..self.lines].iter_mut().for_each(|class| *class = next(self.class_bits));
        let width = self.lines * self.cell_bits;
        tuple.columns[..self.cores].iter_mut().for_each(|column| *column = next(width));
        tuple
    }

    /// The state without one of its lines.
    #[inline]
    fn without(&self, tuple: &Tuple, line: usize) -> Tuple {
        let mut rest = *tuple;
        for other in line + 1..self.lines {
            rest.classes[other - 1] = tuple.classes[other];
        }
        rest.classes[self.lines - 1] = 0;
        let low = line * self.cell_bits;
        for column in &mut rest.columns[..self.cores] {
            let all = u64::from(*column);
            *column = (all & ((1 << low) - 1) | all >> (low + self.cell_bits) << low) as u32;
        }
        rest
    }

    /// The state with one more line, before the line that is now in its place.
    #[inline]
    fn with(&self, rest: &Tuple, line: usize, class: u32, cell: impl Fn(usize) -> u8) -> Tuple {
        let mut tuple = *rest;
        tuple.classes[line] = class;
        for other in line + 1..self.lines {
            tuple.classes[other] = rest.classes[other - 1];
        }
        let low = line * self.cell_bits;
        for (core, column) in tuple.columns[..self.cores].iter_mut().enumerate() {
            let others = u64::from(*column);
            let placed = (others >> low << self.cell_bits | u64::from(cell(core))) << low;
            *column = (others & ((1 << low) - 1) | placed) as u32;
        }
        tuple
    }

    /// Whether of the lines but one each has a class of its own, and none that is symmetric.
    #[inline]
    fn is_plain(&self, rest: &Tuple) -> bool {
        let classes = &rest.classes[..self.lines - 1];
        classes.windows(2).all(|pair| pair[0] != pair[1])
            && !classes.iter().any(|&class| self.classes.get(class).symmetric)
    }

    /// The representative of a state whose lines are sorted by class.
    fn least(&self, tuple: &Tuple) -> Tuple {
        let mut least = None;
        self.try_orders(tuple, 0, &mut least);
        least.unwrap_or(*tuple)
    }

    /// The state with its lines in another order: `order[new] = old`.
    fn reordered(&self, tuple: &Tuple, order: &[usize]) -> Tuple {
        let mut other = Tuple::default();
        for (new, &old) in order[..self.lines].iter().enumerate() {
            other.classes[new] = tuple.classes[old];
            for (column, &before) in other.columns[..self.cores].iter_mut().zip(&tuple.columns) {
                *column |= (self.cell(before, old) as u32) << (new * self.cell_bits);
            }
        }
        other
    }

    /// Tries all orders of the lines from `fixed` on that leave their classes sorted, with all renamings of their cells.
    fn try_orders(&self, tuple: &Tuple, fixed: usize, least: &mut Option<Tuple>) {
        if fixed == self.lines {
            let mut sorted = *tuple;
            sort::by_pairs(&mut sorted.columns[..self.cores]);
            if least.is_none_or(|least| sorted < least) {
                *least = Some(sorted);
            }
            return;
        }
        let class = tuple.classes[fixed];
        for choice in (fixed..self.lines).filter(|&line| tuple.classes[line] == class) {
            if (fixed..choice).any(|line| self.are_equal(tuple, line, choice)) {
                continue;
            }
            let mut order: [usize; LINES_MAX] = std::array::from_fn(|line| line);
            order.swap(fixed, choice);
            let chosen = self.reordered(tuple, &order);
            self.try_orders(&chosen, fixed + 1, least);
            for &renaming in self.classes.symmetries(class) {
                self.try_orders(&self.renamed(&chosen, fixed, renaming), fixed + 1, least);
            }
        }
    }

    /// Whether two lines of the same class are in the same state.
    fn are_equal(&self, tuple: &Tuple, one: usize, other: usize) -> bool {
        tuple.columns[..self.cores].iter().all(|&column| self.cell(column, one) == self.cell(column, other))
    }

    /// The state with the cells of a line renamed.
    fn renamed(&self, tuple: &Tuple, line: usize, renaming: Cells) -> Tuple {
        let mut other = *tuple;
        for column in &mut other.columns[..self.cores] {
            *column = self.with_cell(*column, line, renaming.get(self.cell(*column, line)));
        }
        other
    }

    #[inline]
    fn with_cell(&self, column: u32, line: usize, cell: u8) -> u32 {
        let shift = line * self.cell_bits;
        column & !(((1 << self.cell_bits) - 1) << shift) | u32::from(cell) << shift
    }

    /// Which core stands in which place of a line's class: the places of the cores, and the cores in the places.
    #[inline]
    fn stand(&self, tuple: &Tuple, line: usize) -> ([u8; CORES_MAX], [u8; 16]) {
        let cells = self.classes.get(tuple.classes[line]).cells;
        let mut free = [0u16; 16];
        for place in 0..self.cores {
            free[usize::from(cells.get(place))] |= 1 << place;
        }
        let (mut places, mut cores) = ([0; CORES_MAX], [0; 16]);
        for (core, &column) in tuple.columns[..self.cores].iter().enumerate() {
            let free = &mut free[self.cell(column, line) & 15];
            let place = free.trailing_zeros() as usize & 15;
            *free &= free.wrapping_sub(1);
            (places[core], cores[place]) = (place as u8, core as u8);
        }
        (places, cores)
    }

    /// For how many cores each core acts: cores with the same cell in every line are interchangeable, and the first of
    /// them acts for all. Behind the cores, for steps that are about none: 1.
    fn weights(&self, tuple: &Tuple) -> [usize; 16] {
        let mut weights = [1; 16];
        for core in (1..self.cores).rev().filter(|_| self.symmetry) {
            if tuple.columns[core] == tuple.columns[core - 1] {
                weights[core - 1] += std::mem::take(&mut weights[core]);
            }
        }
        weights
    }
}
