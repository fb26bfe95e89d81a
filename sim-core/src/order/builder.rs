//! Builds a [`Path`] one instruction at a time, applying the rules of an [`Order`]: [`load`] and [`store`]
//! have the clauses by which an access waits, [`later`] those by which it makes others wait.

mod closure;
mod dataflow;
mod later;
mod load;
mod store;

use std::sync::Arc;

use super::base::{Base, Data};
use super::expr::{Expr, ExprId};
use super::layout::{Layout, Place, shared_bytes};
use super::path::{EVENTS_MAX, Event, Guard, Mask, Path, Taken, bits};
use super::{Order, Rules};
use crate::program::{Access, Alt, GuardKind, Next, Op, Port, Thread, Value};
use dataflow::{Info, get, set};

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
    /// What the conditions of branches so far were computed from and picked by.
    control: Mask,
    /// What the addresses of accesses so far were computed from and picked by.
    address: Mask,
    /// What any later store, and any later context synchronisation, waits for.
    pub wait_write: Mask,
    pub wait_any: Mask,
    releases: Mask,
    no_return: Mask,
    /// The events with known address, by where they lie.
    placed: Vec<(Place, u8, Mask)>,
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
            b.pending_data(&mut event, index as u8, p.data);
            event.early_without = b.path.loads_of_value(&event);
            event.before = p.before;
            b.path.stores |= 1 << index;
            if p.access.contains(Access::RELEASE) {
                b.releases |= 1 << index;
            }
            b.close(&event, 0);
            b.append(event);
        }
        b.path.wait_read = base.wait_read;
        b.wait_write = base.wait_write;
        b.wait_any = base.wait_any;
        b.bound_buffer(order);
        b
    }

    /// Gives a store that was pending when the path began, event `number`, what it writes.
    fn pending_data(&mut self, event: &mut Event, number: u8, data: Data) {
        let exprs = &mut self.path.exprs;
        match data {
            Data::Known(low, high) => {
                event.value = Some(exprs.add_const(low));
                event.high = high.map(|high| exprs.add_const(high));
            }
            Data::Carried { halves } => {
                event.slot = self.path.slots;
                self.path.slots += 1 + u8::from(halves);
                event.value = Some(exprs.add(Expr::Load { event: number, high: false }));
                event.high = halves.then(|| exprs.add(Expr::Load { event: number, high: true }));
            }
        }
        event.halves = event.high.is_some();
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
            early_without: 0,
            sources: 0,
            picked: 0,
            uses: 0,
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
        let before = self.path.taken.iter().rposition(|earlier| earlier.pc == taken.pc);
        self.path.earlier.push(before.map_or(0, |before| self.path.earlier[before] + 1));
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
                guard.cond = self.path.exprs.shortened(guard.cond);
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
                    self.control |= info.picked;
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
                        let expr = self.path.exprs.add_new(Expr::Load { event: number, high });
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
            Some(address) => {
                env.layout.place(address, event.size, event.store).map(Some).ok_or(Infeasible::Outside)
            }
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
        if event.older != 0 {
            self.path.hazardous |= bit;
        }
        if event.pair.is_some() {
            self.path.paired |= bit;
        }
        if event.groups.iter().any(|g| g.waits != 0) {
            self.path.soft |= bit;
        }
        if event.access.contains(Access::EXCLUSIVE) {
            self.exclusive = Some(number as u8);
        }
        self.close(&event, sources);
        self.append(event);
        Ok(number as u8)
    }

    fn append(&mut self, mut event: Event) {
        let bit = 1 << self.path.events.len();
        let address = event.place.is_none().then_some(event.address);
        let used = [event.value, event.high, address].into_iter().flatten();
        event.uses = used.fold(0, |all, expr| all | self.path.exprs.loads(expr));
        self.path.users.push(0);
        bits(event.uses).for_each(|e| self.path.users[e] |= bit);
        if let Some(place) = event.place {
            match self.placed.iter_mut().find(|(at, size, _)| (*at, *size) == (place, event.size)) {
                Some((.., events)) => *events |= bit,
                None => self.placed.push((place, event.size, bit)),
            }
        }
        self.path.events.push(Arc::new(event));
    }

    /// The placed events of `among` that share a byte with an access.
    fn overlapping(&self, among: Mask, place: Place, size: u8) -> Mask {
        let touching =
            self.placed.iter().filter(|(at, other, _)| shared_bytes((place, size), (*at, *other)) != 0);
        touching.fold(0, |all, (.., events)| all | events) & among
    }

    /// What an access waits for inside its own instruction.
    fn inside(&self, rules: Rules, event: &Event, first: usize) -> Mask {
        let number = self.path.events.len();
        let ordered = rules.contains(Rules::INSIDE) && event.access.contains(Access::AFTER_PREVIOUS);
        if ordered && number > first { 1 << (number - 1) } else { 0 }
    }
}

/// The lowest `count` bits.
fn low_mask(count: usize) -> Mask {
    if count >= EVENTS_MAX { Mask::MAX } else { (1 << count) - 1 }
}
