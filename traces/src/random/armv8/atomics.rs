//! Read-modify-writes of a random thread.

use super::values::Size;
use super::{Shape, Writer};

/// Orderings of the atomics of the Large System Extensions.
const ORDERINGS: [&str; 5] = ["", "", "A", "L", "AL"];

impl Writer<'_> {
    /// A register name for a result, or now and then the zero register.
    fn result_or_none(&mut self, size: Size) -> (String, Option<u8>) {
        if self.rng.chance(1, 5) {
            return (format!("{}ZR", size.letter), None);
        }
        let result = self.result();
        (format!("{}{result}", size.letter), Some(result))
    }

    pub(super) fn swap(&mut self) {
        let (size, data) = (self.size(), self.data());
        let target = self.target(size, false);
        let ordering = *self.rng.pick(&ORDERINGS);
        let (name, result) = self.result_or_none(size);
        self.row(format!("SWP{ordering}{} {}{data},{name},[{}]", size.suffix, size.letter, target.base));
        self.reads.extend(result);
        self.spend(2);
    }

    /// `LD<op>` or `ST<op>`.
    pub(super) fn update(&mut self) {
        let (size, data) = (self.size(), self.data());
        let target = self.target(size, false);
        let operation = *self.rng.pick(&["ADD", "ADD", "EOR", "SET", "CLR", "SMAX", "UMIN"]);
        let (suffix, letter) = (size.suffix, size.letter);
        if self.rng.chance(1, 3) {
            let ordering = *self.rng.pick(&["", "L"]);
            self.row(format!("ST{operation}{ordering}{suffix} {letter}{data},[{}]", target.base));
        } else {
            let ordering = *self.rng.pick(&ORDERINGS);
            let (name, result) = self.result_or_none(size);
            self.row(format!("LD{operation}{ordering}{suffix} {letter}{data},{name},[{}]", target.base));
            self.reads.extend(result);
        }
        self.spend(2);
    }

    pub(super) fn compare_and_swap(&mut self) {
        self.spend(2);
        let ordering = *self.rng.pick(&ORDERINGS);
        if matches!(self.shape, Shape::Mixed | Shape::Array) && self.rng.chance(1, 4) {
            return self.compare_and_swap_pair(ordering);
        }
        let (size, data) = (self.size(), self.data());
        let target = self.target(size, false);
        let (name, result) = self.result_or_none(size);
        if let Some(result) = result {
            let source = if self.rng.chance(1, 3) { self.reads.last().copied() } else { None };
            match source {
                Some(read) => self.row(format!("MOV W{result},W{read}")),
                None => {
                    let value = self.rng.below(3);
                    self.row(format!("MOV W{result},#{value}"));
                }
            }
        }
        self.row(format!("CAS{ordering}{} {name},{}{data},[{}]", size.suffix, size.letter, target.base));
        self.reads.extend(result);
    }

    fn compare_and_swap_pair(&mut self, ordering: &str) {
        let (result, new) = (self.result_pair(), self.result_pair());
        for (register, values) in [(result, 2), (result + 1, 2), (new, 3), (new + 1, 3)] {
            let value = self.rng.below(values);
            self.row(format!("MOV W{register},#{value}"));
        }
        let base = super::ADDRESSES;
        self.row(format!("CASP{ordering} W{result},W{},W{new},W{},[X{base}]", result + 1, new + 1));
        self.reads.extend([result, result + 1]);
        self.spend(2);
    }

    /// A load exclusive, perhaps something in between, and a store exclusive, mostly to the same place.
    pub(super) fn exclusive(&mut self) {
        if self.shape == Shape::Mixed && self.rng.chance(1, 4) {
            return self.exclusive_pair();
        }
        let (size, location) = (self.size(), self.location());
        let target = self.target_in(location, size, false);
        let result = self.result();
        let load = *self.rng.pick(&["LDXR", "LDXR", "LDAXR"]);
        self.row(format!("{load}{} {}{result},[{}]", size.suffix, size.letter, target.base));
        self.reads.push(result);
        self.spend(2);
        match self.rng.below(8) {
            0 => self.store_in(location),
            1 if self.value + 4 < super::VALUES_END => self.item(),
            2 if self.value + 4 < super::VALUES_END => {
                let again = self.result();
                let other = self.target(size, false);
                self.row(format!("LDXR{} {}{again},[{}]", size.suffix, size.letter, other.base));
                self.reads.push(again);
                self.spend(1);
            }
            _ => {}
        }
        if self.rng.chance(1, 12) {
            return;
        }
        let to = if self.rng.chance(1, 8) { self.target(size, false) } else { target };
        let size = if self.shape == Shape::Mixed && self.rng.chance(1, 10) { Size::of(1) } else { size };
        let data = self.exclusive_data();
        let status = self.result();
        let store = *self.rng.pick(&["STXR", "STXR", "STLXR"]);
        self.row(format!("{store}{} W{status},{}{data},[{}]", size.suffix, size.letter, to.base));
        self.reads.push(status);
    }

    /// The data of a store exclusive: often computed from what was read, which orders nothing.
    fn exclusive_data(&mut self) -> u8 {
        if self.rng.chance(1, 2) { self.data() } else { self.constant() }
    }

    fn exclusive_pair(&mut self) {
        let base = super::ADDRESSES;
        let result = self.result_pair();
        let load = *self.rng.pick(&["LDXP", "LDAXP"]);
        self.row(format!("{load} W{result},W{},[X{base}]", result + 1));
        self.reads.extend([result, result + 1]);
        if self.rng.chance(1, 4) {
            self.store_in(0);
        }
        let (one, two) = (self.exclusive_data(), self.exclusive_data());
        let status = self.result();
        let store = *self.rng.pick(&["STXP", "STLXP"]);
        self.row(format!("{store} W{status},W{one},W{two},[X{base}]"));
        self.reads.push(status);
        self.spend(2);
    }
}
