//! Data, addresses and conditions: where they come from.

use super::{ADDRESSES, CONSTANTS, Shape, Writer};

/// Width of an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// In bytes.
    pub bytes: u8,
    /// Suffix of mnemonics: `B`, `H` or nothing.
    pub suffix: &'static str,
    /// First letter of data registers.
    pub letter: char,
}

/// Where an access goes.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address register.
    pub base: String,
    /// What is added to it, as an operand with its comma, if the instruction may have one.
    pub index: String,
}

impl Target {
    fn at(register: u8) -> Target {
        Target { base: format!("X{register}"), index: String::new() }
    }
}

impl Writer<'_> {
    /// The width of the next access.
    pub fn size(&mut self) -> Size {
        let bytes = match self.shape {
            Shape::Separate | Shape::Array => 4,
            Shape::Pointer => 8,
            Shape::Mixed => self.rng.weighted(&[(3, 1), (3, 2), (3, 4), (2, 8)]),
        };
        Size::of(bytes)
    }

    /// A read register, if there is one; mostly a late one.
    fn read(&mut self) -> Option<u8> {
        let count = self.reads.len();
        if count == 0 {
            return None;
        }
        let back = if self.rng.chance(2, 3) { 0 } else { self.rng.below(count as u32) as usize };
        Some(self.reads[count - 1 - back])
    }

    /// A register with a constant.
    pub fn constant(&mut self) -> u8 {
        if self.shape == Shape::Mixed {
            return CONSTANTS + self.rng.below(3) as u8;
        }
        let register = self.temporary();
        let value = 1 + self.rng.below(2);
        self.row(format!("MOV W{register},#{value}"));
        register
    }

    /// A register with a value to be stored, constant or computed from what was read.
    pub fn data(&mut self) -> u8 {
        let Some(read) = self.read() else { return self.constant() };
        match self.rng.weighted(&[(10, 0), (4, 1), (3, 2), (2, 3), (3, 4)]) {
            0 => self.constant(),
            1 => {
                let register = self.temporary();
                let value = 1 + self.rng.below(2);
                self.row(format!("EOR W{register},W{read},W{read}"));
                self.row(format!("ADD W{register},W{register},#{value}"));
                register
            }
            2 => read,
            3 => {
                let register = self.temporary();
                self.row(format!("ADD W{register},W{read},#1"));
                register
            }
            _ => self.selected(read),
        }
    }

    /// A register with one of two values, picked by what was read.
    fn selected(&mut self, read: u8) -> u8 {
        let one = self.constant();
        let two = if self.rng.chance(1, 2) { self.constant() } else { read };
        let register = self.temporary();
        let value = self.rng.below(2);
        let condition = *self.rng.pick(&["EQ", "NE"]);
        self.row(format!("CMP W{read},#{value}"));
        self.row(format!("CSEL W{register},W{one},W{two},{condition}"));
        register
    }

    /// A location: in programs of several sizes mostly the first.
    pub fn location(&mut self) -> u8 {
        match self.shape {
            Shape::Mixed if self.rng.chance(3, 4) => 0,
            _ => self.rng.below(u32::from(self.locations)) as u8,
        }
    }

    /// An address for an access of `size`; `indexed` if the instruction may add an offset or a register.
    pub fn target(&mut self, size: Size, indexed: bool) -> Target {
        let location = self.location();
        self.target_in(location, size, indexed)
    }

    /// The same in a given location, unless the address is computed.
    pub fn target_in(&mut self, location: u8, size: Size, indexed: bool) -> Target {
        let register = ADDRESSES + location;
        let part = if self.shape == Shape::Mixed {
            self.rng.below(8 / u32::from(size.bytes)) * u32::from(size.bytes)
        } else {
            0
        };
        let plain = self.rng.chance(3, 5);
        match self.read() {
            Some(read) if !plain => self.dependent(read, register, part, indexed),
            _ if part == 0 => Target::at(register),
            _ if indexed => Target { index: format!(",#{part}"), ..Target::at(register) },
            _ => {
                let moved = self.temporary();
                self.row(format!("ADD X{moved},X{register},#{part}"));
                Target::at(moved)
            }
        }
    }

    /// An address that depends on what was read: falsely, truly, or by a pick.
    fn dependent(&mut self, read: u8, register: u8, part: u32, indexed: bool) -> Target {
        if let Some(pointer) = self.pointers.last().copied()
            && self.rng.chance(3, 4)
        {
            return Target::at(pointer);
        }
        let offset = self.temporary();
        if self.shape == Shape::Array && self.rng.chance(2, 3) {
            self.row(format!("AND W{offset},W{read},#1"));
            if indexed {
                return Target { index: format!(",W{offset},UXTW #2"), ..Target::at(ADDRESSES) };
            }
            let moved = self.temporary();
            self.row(format!("ADD X{moved},X{ADDRESSES},W{offset},UXTW #2"));
            return Target::at(moved);
        }
        if part == 0 && self.rng.chance(1, 3) {
            let other = ADDRESSES + self.location();
            let value = self.rng.below(2);
            self.row(format!("CMP W{read},#{value}"));
            self.row(format!("CSEL X{offset},X{register},X{other},EQ"));
            return Target::at(offset);
        }
        self.row(format!("EOR W{offset},W{read},W{read}"));
        if part != 0 {
            self.row(format!("ADD W{offset},W{offset},#{part}"));
        }
        if indexed {
            return Target { index: format!(",W{offset},UXTW"), ..Target::at(register) };
        }
        let moved = self.temporary();
        self.row(format!("ADD X{moved},X{register},W{offset},UXTW"));
        Target::at(moved)
    }

    /// A branch on what was read, over the items up to a label.
    pub fn branch(&mut self) {
        let Some(read) = self.read() else { return };
        let label = self.label();
        match self.rng.below(5) {
            0 => self.row(format!("CBNZ W{read},{label}")),
            1 => self.row(format!("CBZ W{read},{label}")),
            2 => self.row(format!("TBNZ W{read},#0,{label}")),
            3 => {
                let picked = self.selected(read);
                self.row(format!("CBNZ W{picked},{label}"));
            }
            _ => {
                let value = self.rng.below(3);
                let condition = *self.rng.pick(&["EQ", "NE", "GE"]);
                self.row(format!("CMP W{read},#{value}"));
                self.row(format!("B.{condition} {label}"));
            }
        }
        let items = self.rng.weighted(&[(3, 1), (2, 2), (1, 3)]);
        self.open.push((items, label));
    }
}

impl Size {
    /// The width of so many bytes: 1, 2, 4 or 8.
    pub fn of(bytes: u8) -> Size {
        let suffix = match bytes {
            1 => "B",
            2 => "H",
            _ => "",
        };
        Size { bytes, suffix, letter: if bytes == 8 { 'X' } else { 'W' } }
    }
}
