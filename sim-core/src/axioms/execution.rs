//! A candidate execution as a model sees it: the sets and relations it finds defined.

use std::rc::Rc;

use crate::program::{Port, Value};

use super::bits::{Rel, Set};
use super::cat::eval::{BaseValue, Execution, FINAL, Level, READS_FROM, STATIC};
use super::cat::names::Base;
use super::enumerate::Limits;
use super::order::Orders;
use super::path::Action;
use super::solve::Solution;
use super::structure::{MemId, Structure, What};

/// A structure with a solution: reads-from is known, coherence may still be open.
pub(crate) struct Candidate<'s, 't> {
    /// The control paths.
    pub s: &'s Structure<'t>,
    /// Reads-from and values; always there while a model runs.
    pub so: Option<Solution>,
    /// Writes chosen as last of observed locations, where the model asks for that.
    pub last: Vec<MemId>,
    orders: Option<Orders>,
    limits: &'s Limits<'s>,
    /// Events of each thread, and all events.
    threads: Vec<Set>,
}

impl<'s, 't> Candidate<'s, 't> {
    pub fn new(s: &'s Structure<'t>, limits: &'s Limits<'s>) -> Candidate<'s, 't> {
        let events = s.events.len();
        let mut threads = vec![Set::empty(events); s.paths.len()];
        for (e, event) in s.events.iter().enumerate() {
            if let Some(thread) = event.thread {
                threads[thread].insert(e);
            }
        }
        Candidate { s, so: None, last: Vec::new(), orders: None, limits, threads }
    }

    /// Every coherence order.
    pub fn all_orders(&self) -> Vec<Rc<Rel>> {
        let Some(so) = &self.so else { return Vec::new() };
        let mut orders = Orders::new(self.s, so);
        std::iter::from_fn(|| orders.next(self.s)).collect()
    }

    fn set(&self, member: impl Fn(&What) -> bool) -> BaseValue {
        let events = &self.s.events;
        BaseValue::Set(Set::from_fn(events.len(), |e| member(&events[e].what)))
    }

    fn memory(&self, member: impl Fn(MemId) -> bool) -> BaseValue {
        self.set(|what| matches!(what, What::Memory(m) if member(*m)))
    }

    fn edges(&self, edges: &[(usize, usize)]) -> BaseValue {
        let mut rel = Rel::empty(self.s.events.len());
        edges.iter().for_each(|&(a, b)| rel.insert(a, b));
        BaseValue::Rel(rel)
    }

    /// Pairs of events that have the same key.
    fn equal<K: PartialEq>(&self, key: impl Fn(usize) -> Option<K>) -> Rel {
        let keys: Vec<Option<K>> = (0..self.s.events.len()).map(key).collect();
        Rel::from_fn(keys.len(), |a, b| keys[a].is_some() && keys[a] == keys[b])
    }

    /// Where a memory event is, if that is known.
    pub fn part(&self, mem: MemId) -> Option<u32> {
        self.s.mems[mem].part.or_else(|| self.so.as_ref().and_then(|so| so.part[mem]))
    }

    fn place(&self, event: usize) -> Option<u64> {
        let event = &self.s.events[event];
        match event.what {
            What::Memory(mem) => self.part(mem).map(u64::from),
            What::ReadReg(reg, _) | What::WriteReg(reg) => {
                Some((1 << 40) | (event.thread.unwrap_or(0) as u64) << 16 | u64::from(reg.0))
            }
            _ => None,
        }
    }

    /// How often locations change.
    fn places(&self) -> Level {
        if self.s.layout.dynamic { READS_FROM } else { STATIC }
    }

    fn rf(&self) -> BaseValue {
        let mut rel = Rel::empty(self.s.events.len());
        if let Some(so) = &self.so {
            for (read, write) in so.rf.iter().enumerate() {
                if let Some(write) = *write {
                    rel.insert(self.s.mems[write].event, self.s.mems[read].event);
                }
            }
        }
        BaseValue::Rel(rel)
    }

    fn po(&self) -> Rel {
        let mut rel = Rel::empty(self.s.events.len());
        for members in &self.threads {
            let mut earlier: Vec<usize> = Vec::new();
            for e in members.iter() {
                let instance = self.s.events[e].instance;
                for &a in earlier.iter().filter(|&&a| self.s.events[a].instance < instance) {
                    rel.insert(a, e);
                }
                earlier.push(e);
            }
        }
        rel
    }

    /// Dependencies from loads as the field's tools compute them: dataflow through registers only.
    fn dependency(&self, kind: Base) -> Rel {
        let mut rel = Rel::empty(self.s.events.len());
        for (thread, path) in self.s.paths.iter().enumerate() {
            let n = path.events.len();
            let mut flow = Rel::empty(n);
            path.rf_reg.iter().chain(&path.iico_data).for_each(|&(a, b)| flow.insert(a as usize, b as usize));
            let mut port = Rel::empty(n);
            for &(a, b) in &path.iico_data {
                let (from, to) = (&path.events[a as usize].action, &path.events[b as usize].action);
                let wanted = match (kind, from, to) {
                    (Base::Addr, Action::ReadReg(_, p), Action::Memory(_)) => *p == Port::Address,
                    (Base::Data, Action::ReadReg(_, p), Action::Memory(m)) => {
                        *p == Port::Data && m.stored.is_some()
                    }
                    (Base::Ctrl, _, Action::Branch) => true,
                    _ => false,
                };
                if wanted {
                    port.insert(a as usize, b as usize);
                }
            }
            let depends = flow.closure().then(&port);
            let load = |a: usize| matches!(&path.events[a].action, Action::Memory(m) if m.stored.is_none());
            for (a, b) in depends.pairs().filter(|&(a, _)| load(a)) {
                let (first, number) = self.s.visible[thread][a];
                let targets: Vec<usize> = if kind == Base::Ctrl {
                    let branch = path.events[b].instance;
                    self.threads[thread].iter().filter(|&e| self.s.events[e].instance > branch).collect()
                } else {
                    let (start, count) = self.s.visible[thread][b];
                    (start..start + count).collect()
                };
                for source in first..first + number {
                    targets.iter().for_each(|&target| rel.insert(source, target));
                }
            }
        }
        rel
    }

    fn pco(&self) -> Rel {
        let s = self.s;
        let mut rel = Rel::empty(s.events.len());
        for (a, x) in s.mems.iter().enumerate().filter(|(_, m)| m.is_write()) {
            for (b, y) in s.mems.iter().enumerate().filter(|(_, m)| m.is_write()) {
                let first = x.thread.is_none() && y.thread.is_some();
                let last = self.last.contains(&b) && !self.last.contains(&a);
                if a != b && self.part(a) == self.part(b) && (first || last) {
                    rel.insert(x.event, y.event);
                }
            }
        }
        rel
    }

    fn offset(&self, event: usize) -> Option<u32> {
        match self.s.events[event].what {
            What::Memory(mem) => self.part(mem).map(|part| self.s.layout.parts[part as usize].offset),
            _ => None,
        }
    }

    /// A relation that the structure alone defines.
    pub fn relation(&self, base: Base) -> Rel {
        let events = &self.s.events;
        match base {
            Base::Id => Rel::identity(&Set::full(events.len())),
            Base::Loc => self.equal(|e| self.place(e)),
            Base::SameLowOrderBits => self.equal(|e| self.offset(e)),
            Base::Int => {
                let mut rel = Rel::empty(events.len());
                self.threads.iter().for_each(|set| rel.or_with(&Rel::product(set, set)));
                rel
            }
            Base::Ext => {
                let all = Set::full(events.len());
                let inside = self.threads.iter().fold(Set::empty(events.len()), |a, b| a.or(b));
                let initial = all.minus(&inside);
                let mut rel = Rel::product(&initial, &inside);
                for set in &self.threads {
                    rel.or_with(&Rel::product(set, &all.minus(set)));
                }
                rel
            }
            Base::Po => self.po(),
            Base::Si => self.equal(|e| match events[e].what {
                What::Memory(mem) => Some(self.s.mems[mem].class),
                _ => None,
            }),
            Base::SameInstance => self.equal(|e| events[e].thread.map(|thread| (thread, events[e].instance))),
            Base::SameStatic => self.equal(|e| events[e].thread.map(|thread| (thread, events[e].instr))),
            Base::Pco => self.pco(),
            other => self.dependency(other),
        }
    }
}

impl Execution for Candidate<'_, '_> {
    fn events(&self) -> usize {
        self.s.events.len()
    }

    fn base(&self, base: Base) -> (BaseValue, Level) {
        let mems = &self.s.mems;
        let value = match base {
            Base::CoherenceOrders => return (BaseValue::CoherenceOrders, FINAL),
            Base::Rf => return (self.rf(), READS_FROM),
            Base::Loc | Base::SameLowOrderBits => {
                return (BaseValue::Rel(self.relation(base)), self.places());
            }
            Base::NoLoc => {
                let none = Set::from_fn(self.events(), |e| self.place(e).is_none());
                return (BaseValue::Set(none), self.places());
            }
            Base::Fw => return (self.memory(|m| self.last.contains(&m)), FINAL),
            Base::Pco => return (BaseValue::Rel(self.pco()), FINAL),
            Base::RfReg => self.edges(&self.s.rf_reg),
            Base::IicoData => self.edges(&self.s.iico_data),
            Base::IicoCtrl => self.edges(&self.s.iico_ctrl),
            Base::IicoOrder => self.edges(&self.s.iico_order),
            Base::M => self.memory(|_| true),
            Base::R => self.memory(|m| !mems[m].is_write()),
            Base::W => self.memory(|m| mems[m].is_write()),
            Base::Iw => self.memory(|m| mems[m].thread.is_none()),
            Base::Access(flags) => self.memory(|m| mems[m].access.intersects(flags)),
            Base::B => self.set(|what| matches!(what, What::Branch | What::Pick)),
            Base::Bcc => self.set(|what| matches!(what, What::Branch)),
            Base::Pred => self.set(|what| matches!(what, What::Pick)),
            Base::F => self.set(|what| matches!(what, What::Fence(_))),
            Base::Fence(name) => self.set(|what| matches!(what, What::Fence(n) if *n == name)),
            Base::Rreg => self.set(|what| matches!(what, What::ReadReg(..))),
            Base::Wreg => self.set(|what| matches!(what, What::WriteReg(_))),
            Base::AddrPort => self.set(|what| matches!(what, What::ReadReg(_, Port::Address))),
            Base::DataPort => self.set(|what| matches!(what, What::ReadReg(_, Port::Data))),
            Base::EmptySet => self.set(|_| false),
            other => BaseValue::Rel(self.relation(other)),
        };
        (value, STATIC)
    }

    fn location(&self, event: usize) -> (Option<u64>, Level) {
        (self.place(event), self.places())
    }

    fn data(&self, event: usize) -> Option<Value> {
        match self.s.events[event].what {
            What::Memory(mem) => self.so.as_ref().and_then(|so| so.data[mem]),
            _ => None,
        }
    }

    fn shown(&self, event: usize) -> bool {
        matches!(self.s.events[event].what, What::Memory(_) | What::Fence(_))
    }

    fn coherence_order(&mut self, first: bool) -> Option<Rc<Rel>> {
        let so = self.so.as_ref()?;
        if first {
            let orders = Orders::new(self.s, so);
            if orders.too_many {
                self.limits.reach("too many coherence orders".to_owned());
            }
            self.orders = Some(orders);
        }
        if self.limits.candidate() { self.orders.as_mut()?.next(self.s) } else { None }
    }
}
