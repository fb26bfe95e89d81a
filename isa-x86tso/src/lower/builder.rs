//! Building one alternative: temporaries, registers by part, operands as places.

use crate::instr::{Constant, Instr, Memory, Operand, OperandKind, Size};
use crate::registers::{Class, Mode, Named};
use sim_core::litmus::{Context, RegisterView};
use sim_core::program::{Access, Alt, AluOp, GuardKind, Next, Op, Port, Reg, Tmp, Value};

/// Builds one alternative of one instruction. Values in temporaries are zero-extended.
pub(crate) struct Builder<'a> {
    pub mode: Mode,
    context: &'a dyn Context,
    /// What accesses of a read-modify-write are: locked, or plain.
    update: Access,
    ops: Vec<Op>,
    next: u16,
    /// What registers hold after the writes so far.
    written: Vec<(Reg, Tmp)>,
    /// The constants so far.
    constants: Vec<(Value, Tmp)>,
}

/// Where an operand is, with its address computed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Register(RegisterView),
    Memory(Tmp),
}

impl<'a> Builder<'a> {
    /// Empty.
    pub fn new(mode: Mode, instr: &Instr, context: &'a dyn Context) -> Self {
        let update = if instr.lock { Access::ATOMIC | Access::LOCKED } else { Access::empty() };
        Builder {
            mode,
            context,
            update,
            ops: Vec::new(),
            next: 0,
            written: Vec::new(),
            constants: Vec::new(),
        }
    }

    /// The alternative, after which control falls through.
    pub fn fall(self, label: &'static str) -> Alt {
        self.end(label, Next::Fall)
    }

    /// The alternative, after which control goes to `next`.
    pub fn end(self, label: &'static str, next: Next) -> Alt {
        Alt { label, ops: self.ops, next }
    }

    /// Makes this instruction's update of memory locked, as an exchange always is.
    pub fn lock(&mut self) {
        self.update = Access::ATOMIC | Access::LOCKED;
    }

    /// What accesses of a read-modify-write are.
    pub fn update(&self) -> Access {
        self.update
    }

    fn tmp(&mut self) -> Tmp {
        self.next += 1;
        Tmp(self.next - 1)
    }

    /// Adds an operation that defines nothing.
    pub fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// A constant; equal ones share a temporary.
    pub fn constant(&mut self, value: Value) -> Tmp {
        if let Some((_, known)) = self.constants.iter().find(|(known, _)| *known == value) {
            return *known;
        }
        let dst = self.tmp();
        self.constants.push((value, dst));
        self.ops.push(Op::Const { dst, value });
        dst
    }

    /// A function of one to three arguments.
    pub fn alu(&mut self, op: AluOp, args: &[Tmp]) -> Tmp {
        let dst = self.tmp();
        let arg = |index: usize| args.get(index).or(args.first()).copied().unwrap_or(dst);
        self.ops.push(Op::Alu { dst, op, args: [arg(0), arg(1), arg(2)] });
        dst
    }

    /// `value & mask`.
    pub fn mask(&mut self, value: Tmp, mask: Value) -> Tmp {
        let mask = self.constant(mask);
        self.alu(AluOp::And, &[value, mask])
    }

    /// `value << by`.
    pub fn shift_left(&mut self, value: Tmp, by: Value) -> Tmp {
        self.shifted(AluOp::Shl(64), value, by)
    }

    /// `value >> by`, zeros shifted in.
    pub fn shift_right(&mut self, value: Tmp, by: Value) -> Tmp {
        self.shifted(AluOp::Shr(64), value, by)
    }

    fn shifted(&mut self, op: AluOp, value: Tmp, by: Value) -> Tmp {
        if by == 0 {
            return value;
        }
        let by = self.constant(by);
        self.alu(op, &[value, by])
    }

    /// A guard on `cond`.
    pub fn guard(&mut self, cond: Tmp, expect: bool, kind: GuardKind) -> Tmp {
        let dst = self.tmp();
        self.ops.push(Op::Guard { dst, cond, expect, kind });
        dst
    }

    /// A whole register, as this instruction leaves it so far.
    pub fn read_whole(&mut self, reg: Reg, port: Port) -> Tmp {
        if let Some((_, value)) = self.written.iter().find(|(known, _)| *known == reg) {
            return *value;
        }
        let dst = self.tmp();
        self.ops.push(Op::Read { dst, reg, port, after: None });
        dst
    }

    /// Replaces a whole register; the write waits for `after`. Of two writes the first is dropped.
    pub fn write_whole(&mut self, reg: Reg, src: Tmp, after: Option<Tmp>) {
        self.ops.retain(|op| !matches!(op, Op::Write { reg: earlier, .. } if *earlier == reg));
        self.written.retain(|(earlier, _)| *earlier != reg);
        self.written.push((reg, src));
        self.ops.push(Op::Write { reg, src, after });
    }

    /// A part of a register.
    pub fn read_part(&mut self, view: RegisterView, port: Port) -> Tmp {
        let whole = self.read_whole(view.reg, port);
        let low = self.shift_right(whole, Value::from(view.low));
        if view.bits < 64 { self.alu(AluOp::ZeroExtend(view.bits), &[low]) } else { low }
    }

    /// Replaces a part of a register: 32 bits clear those above them, 8 and 16 keep the others.
    pub fn write_part(&mut self, view: RegisterView, value: Tmp, after: Option<Tmp>) {
        if view.bits >= 32 {
            return self.write_whole(view.reg, value, after);
        }
        let old = self.read_whole(view.reg, Port::Plain);
        let moved = self.shift_left(value, Value::from(view.low));
        let part = ((1 << view.bits) - 1) << view.low;
        let kept = self.mask(old, !part);
        let merged = self.alu(AluOp::Or, &[kept, moved]);
        self.write_whole(view.reg, merged, after);
    }

    /// The accumulator or the data register at a size.
    pub fn sized(reg: Reg, size: Size) -> RegisterView {
        RegisterView { reg, low: 0, bits: size.bits() }
    }

    /// The value of a constant, at 64 bits.
    pub fn value(&self, constant: &Constant) -> Value {
        let symbol = constant.symbol.as_ref().map_or(0, |name| self.context.symbol(&name.text));
        symbol.wrapping_add(constant.offset as Value)
    }

    /// The address of a memory operand, at the width of its registers.
    pub fn address(&mut self, memory: &Memory) -> Tmp {
        let constant = self.value(&memory.constant);
        // An address relative to the instruction pointer is that of its symbol.
        let base = memory.base.filter(|base| base.class == Class::General);
        let widths =
            memory.registers().filter(|named| named.class == Class::General).map(|named| named.view.bits);
        let bits = widths.max().unwrap_or(self.mode.bits());
        let base = base.map(|base| self.read_part(base.view, Port::Address));
        let index = memory.index.map(|(index, scale)| {
            let index = self.read_part(index.view, Port::Address);
            if scale == 1 {
                return index;
            }
            let by = self.constant(Value::from(scale.trailing_zeros()));
            self.alu(AluOp::Shl(bits), &[index, by])
        });
        let registers = match (base, index) {
            (Some(base), Some(index)) => self.alu(AluOp::Add(bits), &[base, index]),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return self.constant(if bits < 64 { constant & 0xffff_ffff } else { constant }),
        };
        if constant == 0 {
            return registers;
        }
        let constant = self.constant(constant);
        self.alu(AluOp::Add(bits), &[registers, constant])
    }

    /// Where a register or memory operand is. An immediate or a label has no place: `None`.
    pub fn place(&mut self, operand: &Operand) -> Option<Place> {
        match &operand.kind {
            OperandKind::Register(named) => Some(Place::Register(named.view)),
            OperandKind::Memory(memory) => Some(Place::Memory(self.address(memory))),
            OperandKind::Immediate(_) | OperandKind::Label(_) => None,
        }
    }

    /// Reads a place.
    pub fn read(&mut self, place: Place, size: Size, port: Port, access: Access) -> Tmp {
        match place {
            Place::Register(view) => self.read_part(view, port),
            Place::Memory(addr) => {
                let dst = self.tmp();
                self.ops.push(Op::Load { dst, high: None, addr, size: size.bytes(), access });
                dst
            }
        }
    }

    /// Writes a place; the write waits for `after`.
    pub fn write(&mut self, place: Place, size: Size, value: Tmp, access: Access, after: Option<Tmp>) {
        match place {
            Place::Register(view) => self.write_part(view, value, after),
            Place::Memory(addr) => {
                self.ops.push(Op::Store { addr, value, high: None, size: size.bytes(), access, after });
            }
        }
    }

    /// The value of an operand: register, plain load, or immediate at the size.
    pub fn source(&mut self, operand: &Operand, size: Size, port: Port) -> Tmp {
        match &operand.kind {
            OperandKind::Immediate(constant) => {
                let value = self.value(constant);
                let kept = if size == Size::Quad { value } else { value & ((1 << size.bits()) - 1) };
                self.constant(kept)
            }
            _ => match self.place(operand) {
                Some(place) => self.read(place, size, port, Access::empty()),
                None => self.constant(0),
            },
        }
    }
}

/// The port of a value that ends in `place`.
pub(crate) fn port_into(place: Place) -> Port {
    match place {
        Place::Register(_) => Port::Plain,
        Place::Memory(_) => Port::Data,
    }
}

/// The register of an operand that must be one.
pub(crate) fn register(operand: Option<&Operand>) -> Option<Named> {
    operand.and_then(Operand::register)
}
