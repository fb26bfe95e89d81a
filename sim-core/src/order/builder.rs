//! Builds a [`Path`] one instruction at a time, applying the rules of an [`Order`].

use super::expr::{Expr, ExprId};
use super::path::{EVENTS_MAX, Event, Group, Guard, Mask, Path, Taken, bits};
use super::{Order, Rules};
use crate::program::{Access, Alt, Fence, GuardKind, Next, Op, Port, Program, Side, Thread, Tmp, Value};

/// Offset of an access in the image of memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(pub u16);

/// How symbols lie in the image of memory: one after the other, without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Per symbol: its address, its length, its offset in the image; by ascending address.
    symbols: Vec<(Value, u32, u16)>,
}

impl Layout {
    /// The layout of a program's memory. Symbols that do not fit in an image of 64 KiB have no place.
    pub fn new(program: &Program) -> Layout {
        let mut offset = 0_usize;
        let mut symbols = Vec::new();
        for symbol in &program.symbols {
            if let Ok(start) = u16::try_from(offset)
                && offset + symbol.init.len() <= usize::from(u16::MAX)
            {
                symbols.push((symbol.base, symbol.init.len() as u32, start));
                offset += symbol.init.len();
            }
        }
        Layout { symbols }
    }

    /// Where an access of `size` bytes at `address` lies; `None` if it is not inside one symbol.
    pub fn place(&self, address: Value, size: u8) -> Option<Place> {
        let index = self.symbols.partition_point(|s| s.0 <= address).checked_sub(1)?;
        let (base, len, start) = self.symbols[index];
        let offset = address - base;
        (offset + Value::from(size) <= Value::from(len)).then(|| Place(start + offset as u16))
    }

    /// Offset of a symbol in the image.
    pub fn start(&self, symbol: usize) -> Option<Place> {
        self.symbols.get(symbol).map(|s| Place(s.2))
    }
}

/// A store that had not completed when a path began, with known address and value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pending {
    /// Where it writes.
    pub place: Place,
    /// Its address.
    pub address: Value,
    /// Width in bytes.
    pub size: u8,
    /// Lower 8 bytes of its value.
    pub value: Value,
    /// Upper half, of a store in two halves.
    pub high: Option<Value>,
    /// What kind of access.
    pub access: Access,
    /// The pending stores that it waits for: bit `i` is the `i`-th.
    pub before: Mask,
}

/// Where a path begins: a point of a thread at which everything earlier but some stores is complete.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Base {
    /// Index of the next instruction.
    pub pc: u32,
    /// Contents of each register.
    pub registers: Box<[Value]>,
    /// Stores that have not completed, in program order.
    pub pending: Vec<Pending>,
    /// The pending stores that later loads wait for.
    pub wait_read: Mask,
    /// The pending stores that later stores wait for.
    pub wait_write: Mask,
    /// The pending stores that context synchronisation waits for.
    pub wait_any: Mask,
}

/// Most instructions that one path can hold.
const INSTRUCTIONS_MAX: usize = 4096;

/// Why an alternative cannot be appended to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Infeasible {
    /// A condition is known to be other than assumed.
    Guard,
    /// The path would hold more than [`EVENTS_MAX`] events, or thousands of instructions.
    TooLong,
    /// An access is known to lie outside all symbols.
    Outside,
}

/// Where control goes after an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// To this instruction.
    To(u32),
    /// To the instruction whose code address is this expression.
    Indirect(ExprId),
    /// The thread has ended.
    End,
}

/// What is known of a temporary.
#[derive(Debug, Clone, Copy, Default)]
struct Info {
    expr: ExprId,
    /// Sources by true dataflow.
    sources: Mask,
    /// Sources by true dataflow or pick.
    picked: Mask,
    /// The part of `sources` that comes through registers read as data.
    data: Mask,
    /// The part of `picked` that comes through registers read as data.
    data_picked: Mask,
}

impl Info {
    fn join(&mut self, other: &Info) {
        self.sources |= other.sources;
        self.picked |= other.picked;
        self.data |= other.data;
        self.data_picked |= other.data_picked;
    }
}

/// What a path is built in: one thread of a program under an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Env<'a> {
    pub thread: &'a Thread,
    pub order: &'a Order,
    pub layout: &'a Layout,
}

/// A path and what is needed to append to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Builder {
    pub path: Path,
    register_picked: Vec<Mask>,
    /// Sources of the conditions of branches so far, by true dataflow and by pick.
    control: Mask,
    control_picked: Mask,
    /// Sources of the addresses of accesses so far.
    address: Mask,
    address_picked: Mask,
    /// What any later store, and any later context synchronisation, waits for.
    pub wait_write: Mask,
    pub wait_any: Mask,
    releases: Mask,
    no_return: Mask,
    /// Per event: everything that is ordered before it.
    closure: Vec<Mask>,
    /// Per store: what a load that forwards from it waits for.
    forward: Vec<Mask>,
    /// The latest exclusive access.
    pub exclusive: Option<u8>,
    /// Known addresses of events whose address depends on loads.
    pub facts: Vec<(u8, Place)>,
}

impl Builder {
    pub fn new(base: &Base, order: &Order) -> Builder {
        let mut b = Builder::default();
        b.path.registers = base.registers.iter().map(|v| b.path.exprs.add_const(*v)).collect();
        b.path.register_sources = vec![0; base.registers.len()];
        b.register_picked = vec![0; base.registers.len()];
        for (index, p) in base.pending.iter().enumerate() {
            let mut event = b.event(None, true, p.access, p.size, 0);
            event.address = b.path.exprs.add_const(p.address);
            event.place = Some(p.place);
            event.value = Some(b.path.exprs.add_const(p.value));
            event.high = p.high.map(|v| b.path.exprs.add_const(v));
            event.halves = p.high.is_some();
            event.before = p.before;
            b.path.stores |= 1 << index;
            if p.access.contains(Access::RELEASE) {
                b.releases |= 1 << index;
            }
            b.close(&event, 0);
            b.path.events.push(event);
        }
        b.path.wait_read = base.wait_read;
        b.wait_write = base.wait_write;
        b.wait_any = base.wait_any;
        b.bound_buffer(order);
        b
    }

    fn event(&self, taken: Option<u16>, store: bool, access: Access, size: u8, address: ExprId) -> Event {
        Event {
            taken,
            store,
            access,
            size,
            slot: 0,
            address,
            place: None,
            value: None,
            high: None,
            halves: false,
            before: 0,
            before_bytes: Vec::new(),
            groups: Vec::new(),
            older: 0,
            pair: None,
            protects: 0,
            sources: 0,
            picked: 0,
            address_sources: 0,
        }
    }

    /// Appends the alternative `taken`, or says why it cannot be.
    pub fn push(&mut self, env: Env<'_>, taken: Taken) -> Result<Flow, Infeasible> {
        let alt: &Alt = &env.thread.instrs[taken.pc as usize].alts[usize::from(taken.alt)];
        if self.path.taken.len() >= INSTRUCTIONS_MAX {
            return Err(Infeasible::TooLong);
        }
        let index = self.path.taken.len() as u16;
        let first = self.path.events.len();
        self.path.taken.push(taken);
        let mut tmps: Vec<Info> = Vec::with_capacity(alt.ops.len());
        for op in &alt.ops {
            self.op(env, op, index, first, &mut tmps)?;
        }
        self.accumulate(env, first);
        let flow = match alt.next {
            Next::Fall => Flow::To(taken.pc + 1),
            Next::Jump(target) => Flow::To(target),
            Next::End => Flow::End,
            Next::Indirect(tmp) => Flow::Indirect(get(&tmps, tmp).expr),
        };
        Ok(flow)
    }

    /// Assumes that an indirect jump goes to code address `target`.
    pub fn assume_target(&mut self, expr: ExprId, target: Value) -> Result<(), Infeasible> {
        let target = self.path.exprs.add_const(target);
        let cond = self.path.exprs.add_alu(crate::program::AluOp::Eq, [expr, target, target]);
        let taken = (self.path.taken.len() - 1) as u16;
        self.guard(Guard { taken, cond, expect: true, kind: GuardKind::Branch, loads: 0 })
    }

    fn guard(&mut self, mut guard: Guard) -> Result<(), Infeasible> {
        match self.path.exprs.constant(guard.cond) {
            Some(value) if (value != 0) == guard.expect => Ok(()),
            Some(_) => Err(Infeasible::Guard),
            None => {
                guard.loads = self.path.exprs.loads(guard.cond);
                self.path.guards.push(guard);
                Ok(())
            }
        }
    }

    fn op(
        &mut self,
        env: Env<'_>,
        op: &Op,
        taken: u16,
        first: usize,
        tmps: &mut Vec<Info>,
    ) -> Result<(), Infeasible> {
        match op {
            Op::Const { dst, value } => {
                let expr = self.path.exprs.add_const(*value);
                set(tmps, *dst, Info { expr, ..Info::default() });
            }
            Op::Read { dst, reg, port, after } => {
                let reg = usize::from(reg.0);
                let sources = self.path.register_sources[reg];
                let picked = self.register_picked[reg] | after.map_or(0, |a| get(tmps, a).picked);
                let data = if *port == Port::Data { Mask::MAX } else { 0 };
                set(
                    tmps,
                    *dst,
                    Info {
                        expr: self.path.registers[reg],
                        sources,
                        picked,
                        data: sources & data,
                        data_picked: picked & data,
                    },
                );
            }
            Op::Write { reg, src, after } => {
                let info = get(tmps, *src);
                let reg = usize::from(reg.0);
                self.path.registers[reg] = info.expr;
                self.path.register_sources[reg] = info.sources;
                self.register_picked[reg] = info.picked | after.map_or(0, |a| get(tmps, a).picked);
            }
            Op::Alu { dst, op, args } => {
                let mut info = get(tmps, args[0]);
                for arg in &args[1..] {
                    info.join(&get(tmps, *arg));
                }
                info.expr = self.path.exprs.add_alu(*op, args.map(|a| get(tmps, a).expr));
                set(tmps, *dst, info);
            }
            Op::Guard { dst, cond, expect, kind } => {
                let info = get(tmps, *cond);
                self.guard(Guard { taken, cond: info.expr, expect: *expect, kind: *kind, loads: 0 })?;
                if *kind == GuardKind::Branch {
                    self.control |= info.sources;
                    self.control_picked |= info.picked;
                }
                set(tmps, *dst, info);
            }
            Op::Load { dst, high, addr, size, access } => {
                let address = get(tmps, *addr);
                let mut event = self.event(Some(taken), false, *access, *size, address.expr);
                event.halves = high.is_some();
                event.slot = self.path.slots;
                self.path.slots += 1 + u8::from(event.halves);
                let number = self.load(env, event, &address, first)?;
                let event = &self.path.events[usize::from(number)];
                let (sources, picked) = (event.sources, event.picked);
                for (dst, high) in [(Some(*dst), false), (*high, true)] {
                    if let Some(dst) = dst {
                        let expr = self.path.exprs.add(Expr::Load { event: number, high });
                        set(tmps, dst, Info { expr, sources, picked, data: 0, data_picked: 0 });
                    }
                }
            }
            Op::Store { addr, value, high, size, access, after } => {
                let address = get(tmps, *addr);
                let mut data = get(tmps, *value);
                let mut event = self.event(Some(taken), true, *access, *size, address.expr);
                event.value = Some(data.expr);
                if let Some(high) = high {
                    let high = get(tmps, *high);
                    event.high = Some(high.expr);
                    event.halves = true;
                    data.join(&high);
                }
                let after = after.map_or(0, |a| get(tmps, a).picked);
                self.store(env, event, &address, &data, after, first)?;
            }
            Op::Fence(fence) => self.fence(env.order, fence),
        }
        Ok(())
    }

    /// Where an access lies, if its address is known by now.
    fn place(&self, env: Env<'_>, event: &Event) -> Result<Option<Place>, Infeasible> {
        match self.path.exprs.constant(event.address) {
            Some(address) => env.layout.place(address, event.size).map(Some).ok_or(Infeasible::Outside),
            None => {
                let number = self.path.events.len() as u8;
                Ok(self.facts.iter().find(|(e, _)| *e == number).map(|(_, place)| *place))
            }
        }
    }

    /// Records an access whose predecessors are complete.
    fn add(&mut self, event: Event, sources: Mask) -> Result<u8, Infeasible> {
        let number = self.path.events.len();
        if number >= EVENTS_MAX {
            return Err(Infeasible::TooLong);
        }
        let bit: Mask = 1 << number;
        if event.store {
            self.path.stores |= bit;
        } else {
            self.path.loads |= bit;
        }
        if event.place.is_none() {
            self.path.unplaced |= bit;
        }
        if event.groups.iter().any(|g| g.waits != 0) {
            self.path.soft |= bit;
        }
        if event.access.contains(Access::EXCLUSIVE) {
            self.exclusive = Some(number as u8);
        }
        self.close(&event, sources);
        self.path.events.push(event);
        Ok(number as u8)
    }

    /// Appends the closure of an event and what forwarding from it waits for.
    fn close(&mut self, event: &Event, forward: Mask) {
        let waits = event.groups.iter().fold(event.before, |all, group| all | group.waits);
        self.closure.push(self.all_before(waits, &event.before_bytes));
        self.forward.push(forward);
    }

    /// Everything that is ordered before an event that waits for the events `direct` and for some bytes of
    /// the loads in `partly`: such a load counts with what those bytes wait for only.
    fn all_before(&self, direct: Mask, partly: &[(u8, u16)]) -> Mask {
        let mut direct = direct;
        for (load, bytes) in partly {
            let load = &self.path.events[usize::from(*load)];
            let groups = load.groups.iter().filter(|g| g.bytes & bytes != 0);
            direct |= groups.fold(load.before, |all, group| all | group.waits);
        }
        bits(direct).fold(direct, |all, e| all | self.closure[e])
    }

    /// What the predecessors of a store were computed or picked from.
    fn picked_before(&self, direct: Mask, partly: &[(u8, u16)]) -> Mask {
        let mut picked = 0;
        for e in bits(self.all_before(direct, partly)) {
            picked |= self.path.events[e].picked & !(1 << e);
        }
        for (load, bytes) in partly {
            let groups = self.path.events[usize::from(*load)].groups.iter().filter(|g| g.bytes & bytes != 0);
            picked |= groups.fold(0, |all, g| all | self.path.events[usize::from(g.store)].picked);
        }
        picked
    }

    fn load(
        &mut self,
        env: Env<'_>,
        mut event: Event,
        address: &Info,
        first: usize,
    ) -> Result<u8, Infeasible> {
        let rules = env.order.rules;
        event.place = self.place(env, &event)?;
        event.address_sources = address.sources;
        let earlier = low_mask(first);
        let mut before = self.path.wait_read;
        if rules.contains(Rules::ADDRESS) {
            before |= address.sources;
        }
        if rules.contains(Rules::RELEASE_ACQUIRE) && event.access.contains(Access::ACQUIRE) {
            before |= self.releases;
        }
        if rules.contains(Rules::LOCKED) && event.access.contains(Access::LOCKED) {
            before |= self.path.stores & earlier;
        }
        before |= self.inside(rules, &event, first);
        let number = self.path.events.len() as u8;
        event.sources = if usize::from(number) < EVENTS_MAX { 1 << number } else { 0 };
        event.picked = event.sources;
        if let Some(place) = event.place {
            self.forwarding(rules, &mut event, place, earlier, &mut before);
            if rules.contains(Rules::HAZARD) {
                event.older = self.overlapping(self.path.loads & earlier, place, event.size);
            }
        }
        event.before = before;
        for group in &mut event.groups {
            group.waits &= !before;
        }
        self.address |= address.sources;
        self.address_picked |= address.picked;
        self.add(event, 0)
    }

    /// Finds, for each byte of a load, the latest own store that covers it.
    fn forwarding(&self, rules: Rules, event: &mut Event, place: Place, earlier: Mask, before: &mut Mask) {
        let mut open = event.bytes();
        for number in (0..EVENTS_MAX).rev().filter(|e| self.path.stores & earlier & (1 << e) != 0) {
            let store = &self.path.events[number];
            let Some(at) = store.place else { continue };
            let bytes = shared_bytes((place, event.size), (at, store.size)) & open;
            if bytes == 0 {
                continue;
            }
            open &= !bytes;
            event.sources |= store.sources;
            event.picked |= store.picked;
            if rules.contains(Rules::FORWARDING) {
                let mut waits = if rules.contains(Rules::FORWARD) { self.forward[number] } else { 0 };
                if let Some(load) = store.pair
                    && rules.contains(Rules::FORWARD_ATOMIC)
                    && event.access.intersects(Access::ACQUIRE | Access::ACQUIRE_PC)
                {
                    waits |= 1 << load;
                }
                event.groups.push(Group { store: number as u8, bytes, waits });
            } else {
                *before |= 1 << number;
            }
            if open == 0 {
                break;
            }
        }
    }

    /// The placed events of `among` that share a byte with an access.
    fn overlapping(&self, among: Mask, place: Place, size: u8) -> Mask {
        bits(among)
            .filter(|e| {
                let other = &self.path.events[*e];
                other.place.is_some_and(|at| shared_bytes((place, size), (at, other.size)) != 0)
            })
            .fold(0, |mask, e| mask | 1 << e)
    }

    /// What an access waits for inside its own instruction.
    fn inside(&self, rules: Rules, event: &Event, first: usize) -> Mask {
        let number = self.path.events.len();
        let ordered = rules.contains(Rules::INSIDE) && event.access.contains(Access::AFTER_PREVIOUS);
        if ordered && number > first { 1 << (number - 1) } else { 0 }
    }

    fn store(
        &mut self,
        env: Env<'_>,
        mut event: Event,
        address: &Info,
        data: &Info,
        after: Mask,
        first: usize,
    ) -> Result<u8, Infeasible> {
        let rules = env.order.rules;
        event.place = self.place(env, &event)?;
        let earlier = low_mask(first);
        event.pair = self.pair(&event, first);
        event.sources = address.sources | data.sources;
        event.address_sources = address.sources;
        event.picked = address.picked | data.picked | after | event.sources;
        let when = |rule: Rules, mask: Mask| if rules.contains(rule) { mask } else { 0 };
        let mut before = self.wait_write;
        before |= when(Rules::ADDRESS, address.sources);
        before |= when(Rules::DATA, data.data);
        before |= when(Rules::INSIDE_DATA, self.path.loads & !earlier);
        before |= when(Rules::CONTROL, self.control);
        before |= when(Rules::ADDRESS_PO, self.address);
        let picks = address.picked | data.data_picked | after | self.control_picked | self.address_picked;
        before |= when(Rules::PICK, picks);
        if event.access.contains(Access::RELEASE) {
            before |= when(Rules::RELEASE, (self.path.loads | self.path.stores) & earlier);
        }
        before |= self.inside(rules, &event, first);
        if let Some(load) = event.pair {
            before |= when(Rules::ATOMIC_PAIR, 1 << load);
            if rules.contains(Rules::ATOMICITY) {
                event.protects = self.protected(&event, usize::from(load));
            }
        }
        if let Some(place) = event.place
            && rules.contains(Rules::SAME_LOCATION)
        {
            for other in
                bits(self.overlapping((self.path.loads | self.path.stores) & earlier, place, event.size))
            {
                let shared = {
                    let o = &self.path.events[other];
                    o.place.map_or(0, |at| shared_bytes((at, o.size), (place, event.size)))
                };
                let whole = self.path.events[other].store || shared == self.path.events[other].bytes();
                if whole {
                    before |= 1 << other;
                } else {
                    event.before_bytes.push((other as u8, shared));
                }
            }
        }
        // The store itself is no predecessor: its own load may be among the sources of its address.
        before &= low_mask(self.path.events.len());
        if rules.contains(Rules::PICK_BEFORE) {
            before |= self.picked_before(before, &event.before_bytes);
        }
        event.before = before;
        let forward = address.sources | data.data;
        self.address |= address.sources;
        self.address_picked |= address.picked;
        self.add(event, forward)
    }

    /// The load that a store completes a read-modify-write with.
    fn pair(&self, store: &Event, first: usize) -> Option<u8> {
        if store.access.contains(Access::ATOMIC) {
            // Inside one instruction: the load of the same address.
            return (first..self.path.events.len())
                .find(|e| {
                    let load = &self.path.events[*e];
                    !load.store && load.access.contains(Access::ATOMIC) && load.address == store.address
                })
                .map(|e| e as u8);
        }
        if store.access.contains(Access::EXCLUSIVE) {
            return self.exclusive.filter(|e| !self.path.events[usize::from(*e)].store);
        }
        None
    }

    /// The bytes of a pair that no own store between load and store covers.
    fn protected(&self, store: &Event, load: usize) -> u16 {
        let Some(place) = self.path.events[load].place else { return 0 };
        let mut open = store.bytes();
        for between in self.path.events[load + 1..].iter().filter(|e| e.store) {
            if let Some(at) = between.place {
                open &= !shared_bytes((place, store.size), (at, between.size));
            }
        }
        open
    }

    /// What every store waits for that comes on the path from event `from` on, or after the path.
    pub fn store_waits(&self, order: &Order, from: usize) -> Mask {
        let when = |rule: Rules, mask: Mask| if order.rules.contains(rule) { mask } else { 0 };
        let after = self.wait_write
            | when(Rules::CONTROL, self.control)
            | when(Rules::ADDRESS_PO, self.address)
            | when(Rules::PICK, self.control_picked | self.address_picked);
        let stores = self.path.stores & !low_mask(from);
        bits(stores).fold(after, |all, e| all & self.closure[e])
    }

    fn fence(&mut self, order: &Order, fence: &Fence) {
        let path = &mut self.path;
        if order.rules.contains(Rules::FENCE) {
            let mut waits = 0;
            for (side, mask) in [
                (Side::READ, path.loads & !self.no_return),
                (Side::NO_RETURN, self.no_return),
                (Side::WRITE, path.stores),
            ] {
                waits |= if fence.before.contains(side) { mask } else { 0 };
            }
            if fence.after.intersects(Side::READ | Side::NO_RETURN) {
                path.wait_read |= waits;
            }
            if fence.after.contains(Side::WRITE) {
                self.wait_write |= waits;
            }
            if fence.after.contains(Side::ANY) {
                self.wait_any |= waits;
            }
        }
        if fence.context && order.rules.contains(Rules::CONTEXT) {
            let waits =
                self.control | self.control_picked | self.address | self.address_picked | self.wait_any;
            path.wait_read |= waits;
            self.wait_write |= waits;
        }
    }

    /// Adds what the events from `first` on make later instructions wait for.
    fn accumulate(&mut self, env: Env<'_>, first: usize) {
        let rules = env.order.rules;
        for number in first..self.path.events.len() {
            let event = &self.path.events[number];
            let bit: Mask = 1 << number;
            let (read, write) = if event.store {
                let full = event.pair.is_some_and(|load| {
                    event.access.contains(Access::ATOMIC | Access::RELEASE)
                        && self.path.events[usize::from(load)].access.contains(Access::ACQUIRE)
                });
                let full = full && rules.contains(Rules::ATOMIC_FULL);
                let locked = event.access.contains(Access::LOCKED) && rules.contains(Rules::LOCKED);
                if event.access.contains(Access::RELEASE) {
                    self.releases |= bit;
                }
                (
                    full || locked || rules.contains(Rules::WRITE_READ),
                    full || rules.contains(Rules::WRITE_WRITE),
                )
            } else {
                if event.access.contains(Access::NO_RETURN) {
                    self.no_return |= bit;
                }
                let acquire = event.access.intersects(Access::ACQUIRE | Access::ACQUIRE_PC)
                    && rules.contains(Rules::ACQUIRE);
                (acquire || rules.contains(Rules::READ_READ), acquire || rules.contains(Rules::READ_WRITE))
            };
            if read {
                self.path.wait_read |= bit;
            }
            if write {
                self.wait_write |= bit;
            }
        }
        self.bound_buffer(env.order);
    }

    /// With a bounded store buffer, whatever comes now waits for all stores but the latest few.
    fn bound_buffer(&mut self, order: &Order) {
        let Some(entries) = order.buffer else { return };
        let mut older = self.path.stores;
        for _ in 0..entries.min(Mask::BITS) {
            if older != 0 {
                older &= !(1 << (Mask::BITS - 1 - older.leading_zeros()));
            }
        }
        self.path.wait_read |= older;
        self.wait_write |= older;
    }
}

/// Bytes of the first access that the second covers too: bit `i` is byte `i` of the first.
pub(crate) fn shared_bytes(a: (Place, u8), b: (Place, u8)) -> u16 {
    let (a_start, b_start) = (i32::from(a.0.0), i32::from(b.0.0));
    let from = (b_start - a_start).max(0);
    let to = (b_start + i32::from(b.1) - a_start).min(i32::from(a.1));
    if from >= to {
        return 0;
    }
    let below = |n: i32| ((1_u32 << n) - 1) as u16;
    below(to) & !below(from)
}

/// The lowest `count` bits.
fn low_mask(count: usize) -> Mask {
    if count >= EVENTS_MAX { Mask::MAX } else { (1 << count) - 1 }
}

fn get(tmps: &[Info], tmp: Tmp) -> Info {
    tmps.get(usize::from(tmp.0)).copied().unwrap_or_default()
}

fn set(tmps: &mut Vec<Info>, tmp: Tmp, info: Info) {
    let index = usize::from(tmp.0);
    if tmps.len() <= index {
        tmps.resize(index + 1, Info::default());
    }
    tmps[index] = info;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_bytes_are_relative_to_the_first() {
        assert_eq!(shared_bytes((Place(4), 4), (Place(6), 4)), 0b1100);
        assert_eq!(shared_bytes((Place(6), 4), (Place(4), 4)), 0b0011);
        assert_eq!(shared_bytes((Place(4), 4), (Place(0), 4)), 0);
        assert_eq!(shared_bytes((Place(4), 4), (Place(0), 16)), 0b1111);
    }
}
