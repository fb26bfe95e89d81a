//! What an instruction set hands over: threads of instructions as micro-operations.
//!
//! An instruction is a set of [`Alt`]ernatives, each a straight line of [`Op`]s in single-assignment
//! form over temporaries ([`Tmp`]) that live inside the instruction. Most instructions have one
//! alternative. A conditional branch has two (taken, not taken), a conditional select has two, a store
//! exclusive has two (succeeds, fails), a compare-and-swap may have four. Alternatives are told apart by
//! [`Op::Guard`]s; an alternative without a guard can always be chosen.
//!
//! The single-assignment form *is* the instruction's inner dataflow (`iico_data` in the field's terms):
//! an operation depends on the operations that define its arguments. `after` arguments are the inner
//! control (`iico_ctrl`). Ordering is stated as flags on accesses ([`Access`]) and the two sides of a
//! [`Fence`], never by name.

mod alu;
pub mod eval;

use crate::diagnostic::Span;
pub use alu::AluOp;

/// Contents of a register or a temporary. Narrower values are zero-extended.
pub type Value = u64;

bitflags::bitflags! {
    /// What a memory access is, beyond reading or writing.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
    pub struct Access: u16 {
        /// Load acquire (`A`): later accesses wait for it, and it waits for earlier releases.
        const ACQUIRE = 1 << 0;
        /// Load acquire, processor consistent (`Q`): later accesses wait for it.
        const ACQUIRE_PC = 1 << 1;
        /// Store release (`L`): it waits for all earlier accesses.
        const RELEASE = 1 << 2;
        /// Half of a load-exclusive / store-exclusive pair (`EX`).
        const EXCLUSIVE = 1 << 3;
        /// Half of a single-instruction atomic read-modify-write (`X`). The store of such an
        /// instruction pairs with the load before it in the same alternative.
        const ATOMIC = 1 << 4;
        /// The read of an atomic whose result no register receives (`NoRet`).
        const NO_RETURN = 1 << 5;
        /// Non-temporal (`NT`): a hint without a meaning for outcomes.
        const NON_TEMPORAL = 1 << 6;
        /// Ordered after the access before it in the same alternative (`iico_order`).
        const AFTER_PREVIOUS = 1 << 7;
        /// A locked access: everything before it completes first, everything after it waits.
        const LOCKED = 1 << 8;
    }
}

bitflags::bitflags! {
    /// One side of a [`Fence`]: which accesses it orders.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
    pub struct Side: u8 {
        /// Reads whose value some register receives.
        const READ = 1 << 0;
        /// Reads marked [`Access::NO_RETURN`].
        const NO_RETURN = 1 << 1;
        /// Writes.
        const WRITE = 1 << 2;
        /// Everything that follows, not only accesses: context synchronisation waits too.
        const ANY = 1 << 3;
        /// Every access.
        const MEMORY = Self::READ.bits() | Self::NO_RETURN.bits() | Self::WRITE.bits();
    }
}

/// A barrier: earlier accesses on its `before` side complete before later accesses on its `after` side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The name of the set that holds its event in a cat model, such as `MFENCE` or `DMB.SY`.
    pub name: &'static str,
    /// Which earlier accesses it waits for.
    pub before: Side,
    /// Which later events wait for it.
    pub after: Side,
    /// Context synchronisation (`ISB`): later accesses wait for the sources of earlier branches and of
    /// earlier addresses, and for what an earlier fence with [`Side::ANY`] waits for.
    pub context: bool,
}

/// A register of a thread: an index into [`Program::registers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(pub u8);

/// A temporary of one alternative: defined by exactly one operation of it, before its uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tmp(pub u16);

/// What a register is read for (the port of the read event).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Port {
    /// Neither an address nor the data of a store.
    Plain,
    /// The address of an access (`ADDR`).
    Address,
    /// The data of a store (`DATA`). Only these make `data` dependencies.
    Data,
}

/// What kind of choice an [`Op::Guard`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GuardKind {
    /// The condition of a branch: everything later depends on it by control (a `BCC` event).
    Branch,
    /// A choice inside the instruction that only its results depend on: conditional select,
    /// compare-and-swap (a `PRED` event).
    Pick,
    /// A check without an event of its own: the reservation of a store exclusive.
    Check,
}

/// One micro-operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A constant: an immediate, or the address of a symbol or label.
    Const {
        /// Receives the value.
        dst: Tmp,
        /// The constant.
        value: Value,
    },
    /// Reads a register.
    Read {
        /// Receives the whole register.
        dst: Tmp,
        /// The register.
        reg: Reg,
        /// What for.
        port: Port,
        /// The guard that this read waits for inside the instruction, if any.
        after: Option<Tmp>,
    },
    /// Writes the whole of a register.
    Write {
        /// The register.
        reg: Reg,
        /// Its new contents.
        src: Tmp,
        /// The guard that this write waits for inside the instruction, if any.
        after: Option<Tmp>,
    },
    /// A pure function. Unused arguments repeat an earlier one.
    Alu {
        /// Receives the result.
        dst: Tmp,
        /// The function.
        op: AluOp,
        /// Its arguments.
        args: [Tmp; 3],
    },
    /// The alternative is taken only if `cond` (0 or not 0) is as expected.
    Guard {
        /// Names this guard for `after` arguments; its value is the condition's.
        dst: Tmp,
        /// The condition.
        cond: Tmp,
        /// Whether the condition must be other than 0.
        expect: bool,
        /// Who depends on it.
        kind: GuardKind,
    },
    /// Reads memory: one single-copy atomic access, little endian.
    Load {
        /// Receives the value, zero-extended; of a 16-byte access the lower half.
        dst: Tmp,
        /// Receives the upper half of the access, where it is read in two halves (load exclusive pair):
        /// both halves then have `size / 2` bytes.
        high: Option<Tmp>,
        /// The address.
        addr: Tmp,
        /// 1, 2, 4, 8 or 16 bytes; 8 or 16 with `high`.
        size: u8,
        /// What kind of access.
        access: Access,
    },
    /// Writes memory: one single-copy atomic access, little endian.
    Store {
        /// The address.
        addr: Tmp,
        /// The value; its lower `size` bytes are written.
        value: Tmp,
        /// The upper half, where it is written in two halves (store exclusive pair).
        high: Option<Tmp>,
        /// 1, 2, 4, 8 or 16 bytes; 8 or 16 with `high`.
        size: u8,
        /// What kind of access.
        access: Access,
        /// The guard that this store waits for inside the instruction, if any.
        after: Option<Tmp>,
    },
    /// A barrier.
    Fence(Fence),
}

/// Where a thread goes after an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// To the instruction that follows.
    Fall,
    /// To the instruction with this index; the number of instructions means the end of the thread.
    Jump(u32),
    /// To the instruction whose [code address](code_address) the temporary holds. A value that is no
    /// [place](Thread::place_of) of this thread ends the thread.
    Indirect(Tmp),
    /// The thread ends.
    End,
}

/// One way in which an instruction can execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alt {
    /// What tells it from the others, in a word or two (`taken`, `succeeds`); empty if it is the only one.
    pub label: &'static str,
    /// In an order in which temporaries are defined before they are used.
    pub ops: Vec<Op>,
    /// Where control goes.
    pub next: Next,
}

/// One instruction of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instr {
    /// As it is written, with single blanks.
    pub text: String,
    /// Where it stands in the file.
    pub span: Span,
    /// Its alternatives, never empty. Where several can be chosen, any may be.
    pub alts: Vec<Alt>,
}

/// One thread of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The instructions: its own, then those of its guests. Index `instrs.len()` is the end.
    pub instrs: Vec<Instr>,
    /// Labels and the instructions they stand before, in the order of the text.
    pub labels: Vec<(String, u32)>,
    /// Initial contents: `init[register]`, one per entry of [`Program::registers`].
    pub init: Vec<Value>,
    /// The other threads whose instructions it can reach by indirect jumps, in the order of `instrs`.
    pub guests: Vec<Guest>,
}

/// The instructions of another thread among those of a thread that can execute them. Before the first of
/// them stands an instruction that ends the thread, where the instructions before them run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    /// Index of the thread that they belong to.
    pub thread: usize,
    /// Index of the first of them.
    pub first: u32,
    /// Number of them.
    pub length: u32,
}

/// A register of the architecture that the program mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// As it is printed in results.
    pub name: String,
    /// Whether it is a part of the machine that no program can name (a reservation, packed flags).
    pub hidden: bool,
}

/// A named piece of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its address. Symbols never overlap, and lie [`SYMBOL_ALIGN`] bytes apart or more.
    pub base: Value,
    /// The initial bytes; their number is the size of the symbol.
    pub init: Vec<u8>,
    /// Size of one cell in bytes: 1, 2, 4, 8 or 16. `init.len()` is a multiple of it.
    pub cell: u8,
    /// Whether the test declares its type, rather than leaving it to its uses.
    pub declared: bool,
    /// Whether it holds the instructions of a thread, one per cell from its first on. Such a symbol has the
    /// name and the [code address](code_address) of the thread, and no store reaches it.
    pub code: bool,
}

/// Every symbol begins at a multiple of this many bytes.
pub const SYMBOL_ALIGN: Value = 0x40;

/// A program: threads over registers and symbols.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// All registers; a [`Reg`] is an index.
    pub registers: Vec<Register>,
    /// All symbols, in the order of their bases.
    pub symbols: Vec<Symbol>,
    /// Spellings of instructions that values can be, sorted by the words that they are.
    pub words: Vec<(u32, String)>,
    /// All threads.
    pub threads: Vec<Thread>,
}

/// The address of instruction `index` of thread `thread`, for registers that hold code addresses.
pub fn code_address(thread: usize, index: u32) -> Value {
    CODE_BASE + ((thread as Value) << 24) + Value::from(index) * 4
}

/// The inverse of [`code_address`].
pub fn code_target(value: Value) -> Option<(usize, u32)> {
    let offset = value.checked_sub(CODE_BASE)?;
    let (thread, place) = (offset >> 24, offset & 0xff_ffff);
    (thread < 256 && place % 4 == 0).then_some((thread as usize, (place / 4) as u32))
}

/// Where code addresses begin: far from any symbol.
const CODE_BASE: Value = 0x0dec_0de0_0000_0000;

impl Thread {
    /// Number of instructions that belong to the thread itself.
    pub fn own(&self) -> u32 {
        self.guests.first().map_or(self.instrs.len() as u32, |guest| guest.first - 1)
    }

    /// Where this thread, whose index is `index`, goes when it jumps to a code address; `None` if that is
    /// no place in its own instructions or those of its guests.
    pub fn place_of(&self, index: usize, address: Value) -> Option<u32> {
        let (thread, offset) = code_target(address)?;
        let (first, length) = match self.guests.iter().find(|guest| guest.thread == thread) {
            Some(guest) => (guest.first, guest.length),
            None if thread == index => (0, self.own()),
            None => return None,
        };
        (offset <= length).then_some(first + offset)
    }

    /// The code address of an instruction of this thread, whose index is `index`: the inverse of
    /// [`Thread::place_of`].
    pub fn address_of(&self, index: usize, place: u32) -> Value {
        match self.guests.iter().rfind(|guest| guest.first <= place) {
            Some(guest) => code_address(guest.thread, place - guest.first),
            None => code_address(index, place),
        }
    }

    /// Appends the own instructions of `other`, the thread with index `thread`, unless they are there.
    pub fn invite(&mut self, thread: usize, other: &Thread) {
        if self.guests.iter().any(|guest| guest.thread == thread) {
            return;
        }
        let end = Alt { label: "", ops: Vec::new(), next: Next::End };
        self.instrs.push(Instr { text: String::new(), span: Span::default(), alts: vec![end] });
        let (first, length) = (self.instrs.len() as u32, other.own());
        for instr in &other.instrs[..length as usize] {
            let mut instr = instr.clone();
            for alt in &mut instr.alts {
                if let Next::Jump(target) = &mut alt.next {
                    *target += first;
                }
            }
            self.instrs.push(instr);
        }
        let labels = other.labels.iter().filter(|(_, place)| *place <= length);
        self.labels.extend(labels.map(|(name, place)| (name.clone(), place + first)));
        self.guests.push(Guest { thread, first, length });
    }
}

/// A place this far from a symbol is still told by it.
const NEAR_BYTES: Value = 4096;

impl Program {
    /// The most bytes that one access of the program has; 1 if it has none.
    pub fn widest_access(&self) -> u8 {
        let instrs = self.threads.iter().flat_map(|thread| &thread.instrs);
        let ops = instrs.flat_map(|instr| &instr.alts).flat_map(|alt| &alt.ops);
        let size = |op: &Op| match op {
            Op::Load { size, .. } | Op::Store { size, .. } => Some(*size),
            _ => None,
        };
        ops.filter_map(size).max().unwrap_or(1)
    }

    /// The symbol that holds the byte at `address`, and the byte's offset in it.
    pub fn symbol_at(&self, address: Value) -> Option<(usize, u32)> {
        let after = self.symbols.partition_point(|s| s.base <= address);
        let index = after.checked_sub(1)?;
        let offset = address - self.symbols[index].base;
        (offset < self.symbols[index].init.len() as Value).then_some((index, offset as u32))
    }

    /// The spelling of the instruction that a value is; its upper half is 0, or copies its highest bit.
    pub fn word(&self, value: Value) -> Option<&str> {
        let word = value as u32;
        let whole = Value::from(word) == value || word as i32 as Value == value;
        let index = self.words.binary_search_by_key(&word, |(word, _)| *word).ok().filter(|_| whole)?;
        Some(&self.words[index].1)
    }

    /// What an address is called: `x` for the beginning of a symbol, `P0:L0` for a labelled instruction.
    pub fn address_name(&self, address: Value) -> Option<String> {
        match code_target(address) {
            Some((thread, index)) => {
                let labels = &self.threads.get(thread)?.labels;
                let (label, _) = labels.iter().find(|(_, place)| *place == index)?;
                Some(format!("P{thread}:{label}"))
            }
            None => Some(self.symbols[self.symbol_based_at(address)?].name.clone()),
        }
    }

    /// What a place in memory is called, symbol or none: `x+2000`, or its number where no symbol is near.
    pub fn place_name(&self, address: Value) -> String {
        let near = self.symbols.iter().filter(|symbol| address.abs_diff(symbol.base) <= NEAR_BYTES);
        match near.min_by_key(|symbol| address.abs_diff(symbol.base)) {
            Some(symbol) if address == symbol.base => symbol.name.clone(),
            Some(symbol) if address > symbol.base => format!("{}+{}", symbol.name, address - symbol.base),
            Some(symbol) => format!("{}-{}", symbol.name, symbol.base - address),
            None => format!("address {address:#x}"),
        }
    }

    /// The symbol that begins at `address`.
    pub fn symbol_based_at(&self, address: Value) -> Option<usize> {
        self.symbols.binary_search_by_key(&address, |s| s.base).ok()
    }
}

impl Op {
    /// The temporary that the operation defines, if any (the lower half of a load in two halves).
    pub fn defines(&self) -> Option<Tmp> {
        match self {
            Op::Const { dst, .. }
            | Op::Read { dst, .. }
            | Op::Alu { dst, .. }
            | Op::Guard { dst, .. }
            | Op::Load { dst, .. } => Some(*dst),
            Op::Write { .. } | Op::Store { .. } | Op::Fence(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread of instructions with one empty alternative each.
    fn thread(nexts: &[Next], label: (&str, u32)) -> Thread {
        let instr = |next: &Next| {
            let alts = vec![Alt { label: "", ops: Vec::new(), next: *next }];
            Instr { text: String::new(), span: Span::default(), alts }
        };
        let labels = vec![(label.0.to_owned(), label.1)];
        Thread { instrs: nexts.iter().map(instr).collect(), labels, init: Vec::new(), guests: Vec::new() }
    }

    #[test]
    fn guests_keep_their_code_addresses_and_end_where_their_instructions_do() {
        let mut host = thread(&[Next::Fall, Next::Jump(2)], ("end", 2));
        let guest = thread(&[Next::Jump(1), Next::Fall, Next::Jump(3)], ("middle", 1));
        host.invite(1, &guest);
        host.invite(2, &guest);
        host.invite(1, &guest);
        let nexts: Vec<Next> = host.instrs.iter().map(|instr| instr.alts[0].next).collect();
        let (a, b) =
            ([Next::Jump(4), Next::Fall, Next::Jump(6)], [Next::Jump(8), Next::Fall, Next::Jump(10)]);
        let own = [Next::Fall, Next::Jump(2)];
        assert_eq!(nexts, [&own[..], &[Next::End], &a, &[Next::End], &b].concat());
        assert_eq!((host.own(), host.labels[1].1, host.labels[2].1), (2, 4, 8));
        for (address, place) in [(code_address(0, 2), 2), (code_address(1, 0), 3), (code_address(2, 3), 10)] {
            assert_eq!(host.place_of(0, address), Some(place));
            assert_eq!(host.address_of(0, place), address);
        }
        for nowhere in [code_address(0, 3), code_address(1, 4), code_address(3, 0), 0] {
            assert_eq!(host.place_of(0, nowhere), None);
        }
    }
}
