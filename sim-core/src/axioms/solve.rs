//! Reads-from, and the values that it gives.
//!
//! Each read takes each write of its location in turn. Values follow from equations: what is stored is
//! an expression over what is loaded. Equations whose values stay open because reads-from and data form
//! a cycle have no solution here: values never come out of thin air.

use crate::program::Value;

use super::enumerate::Limits;
use super::layout::PartId;
use super::order::Order;
use super::structure::{MemId, Stored, Structure, Term};

/// What is known about the values of a structure.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    /// `terms[expression]`
    pub terms: Vec<Option<Value>>,
    /// `data[memory event]`: what it reads or writes.
    pub data: Vec<Option<Value>>,
    /// `part[memory event]`: where it is.
    pub part: Vec<Option<PartId>>,
    /// `rf[memory event]`: the write that a read takes its value from.
    pub rf: Vec<Option<MemId>>,
    /// What coherence must respect.
    pub order: Order,
}

/// How much of coherence is known to be required of every candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coherence {
    /// Program order, reads-from and coherence agree at each location.
    pub per_location: bool,
    /// The write of a read-modify-write comes after what its read reads.
    pub rmw: bool,
}

/// Enumerates the ways in which reads take their values.
pub(crate) struct Solver<'s, 't> {
    s: &'s Structure<'t>,
    limits: &'s Limits<'s>,
    coherence: Coherence,
    reads: Vec<MemId>,
    writes: Vec<MemId>,
    /// Expressions that are not constant.
    open_terms: Vec<usize>,
    /// Whether a memory event is at no place of memory, so that there is no execution.
    pub outside: bool,
}

/// Called for each solution; `false` ends the enumeration.
pub(crate) type OnSolution<'a> = dyn FnMut(&Solution) -> bool + 'a;

impl<'s, 't> Solver<'s, 't> {
    pub fn new(s: &'s Structure<'t>, coherence: Coherence, limits: &'s Limits<'s>) -> Solver<'s, 't> {
        let ids = |write: bool| (0..s.mems.len()).filter(|&m| s.mems[m].is_write() == write).collect();
        let open = |term: &Term| !matches!(term, Term::Const(_));
        let open_terms = (0..s.terms.len()).filter(|&t| open(&s.terms[t])).collect();
        Solver { s, limits, coherence, reads: ids(false), writes: ids(true), open_terms, outside: false }
    }

    /// Calls `found` for each solution; `false` if it ended the enumeration.
    pub fn run(&mut self, found: &mut OnSolution) -> bool {
        let s = self.s;
        let known = |term: &Term| if let Term::Const(value) = term { Some(*value) } else { None };
        let mut start = Solution {
            terms: s.terms.iter().map(known).collect(),
            data: vec![None; s.mems.len()],
            part: s.mems.iter().map(|m| m.part).collect(),
            rf: vec![None; s.mems.len()],
            order: Order::new(s.mems.len()),
        };
        for (id, mem) in s.mems.iter().enumerate() {
            if let Stored::Init(value) = mem.stored {
                start.data[id] = Some(value);
            }
        }
        if !self.propagate(&mut start)
            || (!s.layout.dynamic && !start.order.program(s, self.coherence, &start.part))
        {
            return true;
        }
        self.assign(start, found)
    }

    fn assign(&mut self, so: Solution, found: &mut OnSolution) -> bool {
        let open = |&&read: &&MemId| so.rf[read].is_none();
        let next = self.reads.iter().filter(open).find(|&&read| so.part[read].is_some());
        let Some(&read) = next.or_else(|| self.reads.iter().find(open)) else {
            return self.finish(so, found);
        };
        if !self.limits.candidate() {
            return false;
        }
        for index in 0..self.writes.len() {
            let write = self.writes[index];
            if !self.may_read(&so, read, write) {
                continue;
            }
            let mut so = so.clone();
            so.rf[read] = Some(write);
            let coherent =
                self.s.layout.dynamic || so.order.read(self.s, self.coherence, &so.part, &so.rf, read);
            if coherent && self.propagate(&mut so) && !self.assign(so, found) {
                return false;
            }
        }
        true
    }

    fn may_read(&self, so: &Solution, read: MemId, write: MemId) -> bool {
        let (r, w) = (&self.s.mems[read], &self.s.mems[write]);
        let same_instruction = w.thread.is_some() && w.thread == r.thread && w.instance == r.instance;
        let same_part = match (so.part[read], so.part[write]) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        same_part && !same_instruction
    }

    fn finish(&mut self, mut so: Solution, found: &mut OnSolution) -> bool {
        let open = so.terms.iter().any(Option::is_none) || so.part.iter().any(Option::is_none);
        if open || so.data.iter().any(Option::is_none) {
            return true;
        }
        if self.s.layout.dynamic {
            let (s, coherence) = (self.s, self.coherence);
            let ok = so.order.program(s, coherence, &so.part)
                && self.reads.iter().all(|&read| so.order.read(s, coherence, &so.part, &so.rf, read));
            if !ok {
                return true;
            }
        }
        found(&so)
    }

    /// Follows all equations; `false` if one has no solution.
    fn propagate(&mut self, so: &mut Solution) -> bool {
        let s = self.s;
        let mut changed = true;
        while changed {
            changed = false;
            for &id in &self.open_terms {
                if so.terms[id].is_none() {
                    so.terms[id] = value(s, so, &s.terms[id]);
                    changed |= so.terms[id].is_some();
                }
            }
            for &id in &self.writes {
                if so.data[id].is_none()
                    && let Stored::Expr(expr) = s.mems[id].stored
                {
                    so.data[id] = so.terms[expr as usize].map(|value| s.mems[id].cut(value));
                    changed |= so.data[id].is_some();
                }
            }
            for &id in &self.reads {
                if let (None, Some(write)) = (so.data[id], so.rf[id]) {
                    so.data[id] = so.data[write].map(|value| Stored::trim(value, s.mems[id].size));
                    changed |= so.data[id].is_some();
                }
            }
            for (id, mem) in s.mems.iter().enumerate() {
                if let (None, Some((addr, offset))) = (so.part[id], mem.addr) {
                    let Some(address) = so.terms[addr as usize] else { continue };
                    let place = address.wrapping_add(Value::from(offset));
                    so.part[id] = s.layout.at(place, mem.is_write(), &s.test.program);
                    if so.part[id].is_none() {
                        self.outside = true;
                        return false;
                    }
                    changed = true;
                }
            }
        }
        let met = |&(id, expect): &(u32, bool)| so.terms[id as usize].is_none_or(|v| (v != 0) == expect);
        let agrees = |&read: &MemId| match (so.part[read], so.rf[read].and_then(|w| so.part[w])) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        s.guards.iter().all(met) && (!s.layout.dynamic || self.reads.iter().all(agrees))
    }
}

impl Stored {
    fn trim(value: Value, size: u32) -> Value {
        if size >= 8 { value } else { value & ((1 << (8 * size)) - 1) }
    }
}

fn value(s: &Structure, so: &Solution, term: &Term) -> Option<Value> {
    match term {
        Term::Const(value) => Some(*value),
        Term::Load(load) => {
            let mut out = 0;
            for &part in &s.loads[*load as usize] {
                out |= so.data[part]? << s.mems[part].shift.min(63);
            }
            Some(out)
        }
        Term::Alu(op, [a, b, c]) => {
            let arg = |id: &u32| so.terms[*id as usize];
            Some(op.apply([arg(a)?, arg(b)?, arg(c)?]))
        }
    }
}
