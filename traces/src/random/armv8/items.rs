//! The instructions of a random thread, one idea at a time.

use super::values::Size;
use super::{ADDRESSES, Shape, Writer};

#[derive(Debug, Clone, Copy)]
enum Item {
    Load,
    Store,
    Fence,
    Branch,
    Swap,
    Update,
    CompareAndSwap,
    Exclusive,
    Pair,
    Indexed,
    Wait,
    Pointer,
}

impl Writer<'_> {
    /// One more item.
    pub fn item(&mut self) {
        let pairs = if matches!(self.shape, Shape::Array | Shape::Mixed) { 4 } else { 0 };
        let indexed = if self.shape == Shape::Array { 2 } else { 0 };
        let pointers = if self.shape == Shape::Pointer { 20 } else { 0 };
        let item = self.rng.weighted(&[
            (24, Item::Load),
            (22, Item::Store),
            (9, Item::Fence),
            (9, Item::Branch),
            (4, Item::Swap),
            (6, Item::Update),
            (6, Item::CompareAndSwap),
            (8, Item::Exclusive),
            (pairs, Item::Pair),
            (indexed, Item::Indexed),
            (1, Item::Wait),
            (pointers, Item::Pointer),
        ]);
        match item {
            Item::Load => self.load(),
            Item::Store => self.store(),
            Item::Fence => {
                let fence = *self.rng.pick(&[
                    "DMB SY", "DMB SY", "DMB LD", "DMB LD", "DMB ST", "DMB ST", "DSB SY", "DSB LD", "DSB ST",
                    "ISB", "ISB", "ISB",
                ]);
                self.row(fence.to_string());
            }
            Item::Branch => self.branch(),
            Item::Swap => self.swap(),
            Item::Update => self.update(),
            Item::CompareAndSwap => self.compare_and_swap(),
            Item::Exclusive => self.exclusive(),
            Item::Pair => self.pair(),
            Item::Indexed => self.indexed(),
            Item::Wait => self.wait(),
            Item::Pointer => self.pointer(),
        }
    }

    fn load(&mut self) {
        let size = self.size();
        let mnemonic = self.rng.weighted(&[(12, "LDR"), (4, "LDAR"), (3, "LDAPR")]);
        let target = self.target(size, mnemonic == "LDR");
        let result = self.result();
        self.row(format!(
            "{mnemonic}{} {}{result},[{}{}]",
            size.suffix, size.letter, target.base, target.index
        ));
        self.reads.push(result);
        self.spend(1);
    }

    /// A store of some data.
    pub fn store(&mut self) {
        let location = self.location();
        self.store_in(location);
    }

    /// A store of some data to a given location, unless the address is computed.
    pub fn store_in(&mut self, location: u8) {
        let size = self.size();
        let mnemonic = self.rng.weighted(&[(12, "STR"), (4, "STLR")]);
        let data = self.data();
        let target = self.target_in(location, size, mnemonic == "STR");
        self.row(format!(
            "{mnemonic}{} {}{data},[{}{}]",
            size.suffix, size.letter, target.base, target.index
        ));
        self.spend(1);
    }

    /// A load or store of two neighbouring words.
    fn pair(&mut self) {
        let base = ADDRESSES;
        self.spend(2);
        if self.rng.chance(1, 2) {
            let mnemonic = *self.rng.pick(&["LDP", "LDIAPP"]);
            let result = self.result_pair();
            self.row(format!("{mnemonic} W{result},W{},[X{base}]", result + 1));
            self.reads.extend([result, result + 1]);
        } else {
            let mnemonic = *self.rng.pick(&["STP", "STILP"]);
            let (one, two) = (self.data(), self.data());
            self.row(format!("{mnemonic} W{one},W{two},[X{base}]"));
        }
    }

    /// Two accesses by an address register that the first moves on.
    fn indexed(&mut self) {
        let moving = self.temporary();
        self.row(format!("MOV X{moving},X{ADDRESSES}"));
        let form = *self.rng.pick(&["],#4", ",#4]!"]);
        if self.rng.chance(1, 2) {
            let result = self.result();
            self.row(format!("LDR W{result},[X{moving}{form}"));
            self.reads.push(result);
        } else {
            let data = self.data();
            self.row(format!("STR W{data},[X{moving}{form}"));
        }
        let result = self.result();
        self.row(format!("LDR W{result},[X{moving}]"));
        self.reads.push(result);
        self.spend(2);
    }

    /// A loop that waits until a location is not 0.
    fn wait(&mut self) {
        let (label, location, result) = (self.label(), self.location(), self.result());
        let size = if self.shape == Shape::Pointer { Size::of(8) } else { Size::of(4) };
        let mnemonic = *self.rng.pick(&["LDR", "LDAR"]);
        self.row(format!("{label}:"));
        self.row(format!("{mnemonic} {}{result},[X{}]", size.letter, ADDRESSES + location));
        self.row(format!("CBZ W{result},{label}"));
        self.reads.push(result);
        self.spend(1);
    }

    /// A load or store of an address.
    fn pointer(&mut self) {
        let cell = ADDRESSES + self.locations;
        if self.rng.chance(2, 3) {
            let register = self.result();
            let mnemonic = *self.rng.pick(&["LDR", "LDR", "LDAR"]);
            self.row(format!("{mnemonic} X{register},[X{cell}]"));
            self.pointers.push(register);
        } else {
            let location = ADDRESSES + self.location();
            let from = match self.pointers.last() {
                Some(pointer) if self.rng.chance(1, 3) => *pointer,
                _ => location,
            };
            let mnemonic = *self.rng.pick(&["STR", "STR", "STLR"]);
            self.row(format!("{mnemonic} X{from},[X{cell}]"));
        }
        self.spend(1);
    }
}
