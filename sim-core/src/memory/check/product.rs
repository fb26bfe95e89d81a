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
use super::space::{Space, Successors, Wrong};
use super::words::insertion_sort;
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
    /// Words of a class in a packed state.
    class_words: usize,
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
            class_words: bits(classes.len()).div_ceil(16),
        }
    }

    /// The words of a packed state.
    pub(super) fn width(&self) -> usize {
        self.lines * self.class_words + (self.cores * self.lines * self.cell_bits).div_ceil(16)
    }

    /// The cell of a core in a line, from its column.
    #[inline]
    fn cell(&self, column: u32, line: usize) -> usize {
        (column >> (line * self.cell_bits)) as usize & ((1 << self.cell_bits) - 1)
    }

    /// Appends the classes, then the columns, bit behind bit.
    #[inline]
    fn pack(&self, tuple: &Tuple, out: &mut Vec<u16>) {
        for class in &tuple.classes[..self.lines] {
            out.push(*class as u16);
            if self.class_words > 1 {
                out.push((class >> 16) as u16);
            }
        }
        let (mut held, mut bits) = (0u64, 0);
        for column in &tuple.columns[..self.cores] {
            held |= u64::from(*column) << bits;
            bits += self.lines * self.cell_bits;
            while bits >= 16 {
                out.push(held as u16);
                held >>= 16;
                bits -= 16;
            }
        }
        if bits > 0 {
            out.push(held as u16);
        }
    }

    #[inline]
    fn unpack(&self, packed: &[u16]) -> Tuple {
        let (classes, columns) = packed.split_at(self.lines * self.class_words);
        let mut tuple = Tuple::default();
        for (class, words) in tuple.classes.iter_mut().zip(classes.chunks_exact(self.class_words)) {
            *class = words.iter().rfold(0, |number, &word| number << 16 | u32::from(word));
        }
        let (mut words, mut held, mut bits, width) = (columns.iter(), 0u64, 0, self.lines * self.cell_bits);
        for column in &mut tuple.columns[..self.cores] {
            while bits < width {
                held |= words.next().map_or(0, |&word| u64::from(word)) << bits;
                bits += 16;
            }
            *column = (held & ((1 << width) - 1)) as u32;
            held >>= width;
            bits -= width;
        }
        tuple
    }

    /// Makes a state its representative.
    #[inline]
    fn canonicalise(&self, tuple: &mut Tuple) {
        if !self.symmetry {
            return;
        }
        let classes = tuple.classes;
        let classes = &classes[..self.lines];
        if !classes.is_sorted() {
            let mut order: [usize; LINES_MAX] = std::array::from_fn(|line| line);
            order[..self.lines].sort_by_key(|&line| classes[line]);
            *tuple = self.reordered(tuple, &order);
        }
        let alike = classes.iter().enumerate().any(|(line, class)| classes[..line].contains(class));
        if alike || classes.iter().any(|&class| !self.classes.symmetries(class).is_empty()) {
            let mut least = None;
            self.try_orders(tuple, 0, &mut least);
            *tuple = least.unwrap_or(*tuple);
        } else {
            insertion_sort(&mut tuple.columns[..self.cores]);
        }
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
            insertion_sort(&mut sorted.columns[..self.cores]);
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

impl Space for Product<'_> {
    type Scratch = ();
    type Violation = std::convert::Infallible;

    fn scratch(&self) {}

    fn initial(&self) -> Vec<u16> {
        let class = self.classes.initial;
        let cells = self.classes.get(class).cells;
        let mut tuple = Tuple::default();
        for line in 0..self.lines {
            tuple.classes[line] = class;
            for core in 0..self.cores {
                tuple.columns[core] = self.with_cell(tuple.columns[core], line, cells.get(core));
            }
        }
        let mut packed = vec![];
        self.pack(&tuple, &mut packed);
        packed
    }

    fn expand(
        &self,
        packed: &[u16],
        (): &mut (),
        found: &mut Successors,
    ) -> Result<(), Wrong<Self::Violation>> {
        let tuple = self.unpack(packed);
        let busy = tuple.classes[..self.lines].iter().any(|&class| self.classes.get(class).busy);
        let weights = self.weights(&tuple);
        for line in 0..self.lines {
            let (places, cores) = self.stand(&tuple, line);
            let actor = |place: Option<u8>| place.map_or(15, |place| cores[usize::from(place & 15)]);
            for edge in self.classes.edges(tuple.classes[line]) {
                let weight = weights[usize::from(actor(edge.actor) & 15)];
                if weight == 0 || busy && edge.takes_bus {
                    continue;
                }
                let mut next = tuple;
                next.classes[line] = edge.class;
                for (column, &place) in next.columns[..self.cores].iter_mut().zip(&places) {
                    *column = self.with_cell(*column, line, edge.to.get(place.into()));
                }
                self.canonicalise(&mut next);
                self.pack(&next, found.buffer());
                found.push(weight);
            }
        }
        Ok(())
    }
}
