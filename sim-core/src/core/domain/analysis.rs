//! The fixed point: what registers hold before each instruction, and what memory can hold at any time.

use std::collections::{BTreeMap, BTreeSet};

use super::relevance::{Relevance, relevance};
use super::values::{Cell, Memory, Values, Written, apply, at, join, limit};
use super::{Domain, Site};
use crate::core::memory::{Image, Write};
use crate::order::{Layout, Place};
use crate::program::{Next, Op, Program, Thread, Tmp, Value};

/// Rounds over all threads before a set that still grows becomes "any value".
const ROUNDS_MAX: usize = 16;

/// Analyses a program.
pub(super) fn run(program: &Program, layout: &Layout) -> Domain {
    let mut analysis = Analysis {
        program,
        layout,
        memory: BTreeMap::new(),
        initial: Image::new(program),
        wild: false,
        sites: BTreeMap::new(),
        grown: false,
        widening: false,
    };
    let relevant: Vec<Relevance> = program.threads.iter().map(relevance).collect();
    for round in 0.. {
        analysis.grown = false;
        analysis.widening = round >= ROUNDS_MAX;
        for (thread, relevant) in relevant.iter().enumerate() {
            analysis.thread(thread, relevant);
        }
        if !analysis.grown {
            break;
        }
    }
    analysis.finish()
}

struct Analysis<'a> {
    program: &'a Program,
    layout: &'a Layout,
    memory: Memory,
    initial: Image,
    /// Whether some store could write anywhere.
    wild: bool,
    /// Number and values of each store.
    sites: BTreeMap<Site, (u32, Option<BTreeSet<u128>>)>,
    /// Whether memory can hold more than before the round.
    grown: bool,
    /// Whether what grows becomes "any value".
    widening: bool,
}

impl Analysis<'_> {
    fn finish(self) -> Domain {
        let stores = self.sites.into_iter().map(|(site, (_, values))| (site, values)).collect();
        Domain { stores, memory: (!self.wild).then_some(self.memory) }
    }

    /// Interprets one thread from its start to a fixed point.
    fn thread(&mut self, index: usize, relevant: &Relevance) {
        let thread = &self.program.threads[index];
        let end = thread.instrs.len();
        let mut before: Vec<Option<Vec<Values>>> = vec![None; end + 1];
        before[0] = Some(thread.init.iter().map(|v| Some(BTreeSet::from([(*v, 0)]))).collect());
        let mut open = vec![0];
        let mut visits = vec![0_u32; end + 1];
        while let Some(pc) = open.pop() {
            visits[pc] += 1;
            if pc >= end {
                continue;
            }
            let Some(registers) = before[pc].clone() else { continue };
            for (alt, relevant) in relevant[pc].iter().enumerate() {
                let after = self.alternative((index, pc, alt), registers.clone(), relevant);
                for next in successors(thread, pc, alt) {
                    if join(&mut before[next], &after, visits[next] > 8) {
                        open.push(next);
                    }
                }
            }
        }
    }

    /// Interprets one alternative; gives the registers after it. Guards are taken to hold: whether one
    /// does may depend on a guess that only what comes after the guard makes right. What is not relevant is any
    /// value.
    fn alternative(
        &mut self,
        (thread, pc, alt): (usize, usize, usize),
        mut registers: Vec<Values>,
        relevant: &BTreeSet<Tmp>,
    ) -> Vec<Values> {
        let program = self.program;
        let looping = in_loop(&program.threads[thread], pc);
        let mut tmps: BTreeMap<Tmp, Values> = BTreeMap::new();
        let mut stores = 0;
        for op in &program.threads[thread].instrs[pc].alts[alt].ops {
            let get = |tmp: &Tmp| tmps.get(tmp).cloned().unwrap_or_default();
            match op {
                Op::Const { dst, .. }
                | Op::Read { dst, .. }
                | Op::Alu { dst, .. }
                | Op::Guard { dst, .. }
                    if !relevant.contains(dst) => {}
                Op::Const { dst, value } => drop(tmps.insert(*dst, Some(BTreeSet::from([(*value, 0)])))),
                Op::Read { dst, reg, .. } => drop(tmps.insert(*dst, registers[usize::from(reg.0)].clone())),
                Op::Write { reg, src, .. } => registers[usize::from(reg.0)] = get(src),
                Op::Alu { dst, op, args } => {
                    let value = apply(*op, args, &get);
                    tmps.insert(*dst, value);
                }
                Op::Guard { dst, cond, .. } => drop(tmps.insert(*dst, get(cond))),
                Op::Load { addr, .. } if !relevant.contains(addr) => {}
                Op::Load { dst, high, addr, size, .. } => {
                    let whole = self.read(&get(addr), *size);
                    let halves = |shift: u32, bits: u32| {
                        whole.as_ref().map(|all| {
                            let mask = if bits >= 64 { Value::MAX } else { (1 << bits) - 1 };
                            all.iter().map(|(v, t)| ((*v >> shift) as Value & mask, *t)).collect()
                        })
                    };
                    let half = if high.is_some() { 4 * u32::from(*size) } else { 64 };
                    tmps.insert(*dst, halves(0, half));
                    if let Some(high) = high {
                        tmps.insert(*high, halves(half, half));
                    }
                }
                Op::Store { addr, value, high, size, .. } => {
                    let site = (thread, pc as u32, alt as u8, stores);
                    stores += 1;
                    let high = high.as_ref().map(get);
                    self.write(site, &get(addr), &get(value), high.as_ref(), *size, looping);
                }
                Op::Fence(_) => {}
            }
        }
        registers
    }

    /// What a load could return.
    fn read(&self, address: &Values, size: u8) -> Written {
        let mut all = BTreeSet::new();
        for (address, trace) in address.as_ref()? {
            if self.wild {
                return None;
            }
            let Some(place) = self.layout.place(*address, size, false) else { continue };
            all.extend(
                at(&self.memory, &self.initial, place, size)?.into_iter().map(|(v, t)| (v, t | trace)),
            );
        }
        limit(all)
    }

    fn write(
        &mut self,
        site: Site,
        address: &Values,
        low: &Values,
        high: Option<&Values>,
        size: u8,
        looping: bool,
    ) {
        let count = self.sites.len() as u32;
        let number = self.sites.entry(site).or_insert((count, Some(BTreeSet::new()))).0;
        // A store may feed itself only in a loop.
        let own = if looping || number >= 64 { 0 } else { 1_u64 << number };
        let written: Written = low.as_ref().and_then(|low| {
            let mut all = BTreeSet::new();
            for (low, trace) in low.iter().filter(|(_, t)| t & own == 0) {
                let write = |high: Option<Value>| Write::new(Place(0), size, *low, high).value;
                match high {
                    None => drop(all.insert((write(None), trace | own))),
                    Some(high) => {
                        for (high, more) in high.as_ref()?.iter().filter(|(_, t)| t & own == 0) {
                            all.insert((write(Some(*high)), trace | more | own));
                        }
                    }
                }
            }
            limit(all)
        });
        if let Some((_, values)) = self.sites.get_mut(&site) {
            *values = match (values.take(), &written) {
                (Some(mut old), Some(new)) => {
                    old.extend(new.iter().map(|(v, _)| *v));
                    Some(old)
                }
                _ => None,
            };
        }
        let Some(addresses) = address else {
            self.grown |= !self.wild;
            self.wild = true;
            return;
        };
        for (address, _) in addresses {
            let Some(place) = self.layout.place(*address, size, true) else { continue };
            self.note(Cell { place, size, thread: site.0 }, &written);
        }
    }

    /// Adds to what is written to a range of bytes.
    fn note(&mut self, cell: Cell, written: &Written) {
        let known = self.memory.get(&cell);
        let joined = match (known, written) {
            (None, new) => new.clone(),
            (Some(None), _) => return,
            (Some(Some(old)), Some(new)) if new.is_subset(old) => return,
            (Some(Some(old)), Some(new)) if !self.widening => limit(old.union(new).copied().collect()),
            (Some(Some(_)), _) => None,
        };
        if known != Some(&joined) {
            self.grown = true;
            self.memory.insert(cell, joined);
        }
    }
}

/// Whether an instruction may be executed more than once.
fn in_loop(thread: &Thread, pc: usize) -> bool {
    thread.instrs.iter().enumerate().any(|(from, instr)| {
        instr.alts.iter().any(|alt| match alt.next {
            Next::Jump(target) => target as usize <= pc && pc <= from,
            Next::Indirect(_) => true,
            Next::Fall | Next::End => false,
        })
    })
}

fn successors(thread: &Thread, pc: usize, alt: usize) -> Vec<usize> {
    match thread.instrs[pc].alts[alt].next {
        Next::Fall => vec![pc + 1],
        Next::Jump(target) => vec![target as usize],
        Next::End => Vec::new(),
        Next::Indirect(_) => (0..=thread.instrs.len()).collect(),
    }
}
