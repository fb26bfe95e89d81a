//! Which values each store could write, by an over-approximation over all runs.
//!
//! Needed where a store may complete before its value is known (no model that orders it after the loads
//! its value comes from): the value is guessed from here and checked when those loads have chosen.
//!
//! An abstract interpretation, flow-sensitive in registers and flow-insensitive in memory. A value carries
//! the stores it went through, so that a store outside loops never feeds itself (an increment of memory
//! would otherwise have endlessly many values).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::memory::{Image, Write};
use super::tree::Tree;
use super::window::Window;
use crate::order::{Layout, Place};
use crate::program::{AluOp, Next, Op, Program, Thread, Tmp, Value};

/// Most values of one set; more are "any value".
const VALUES_MAX: usize = 512;
/// Rounds over all threads before a set that still grows is taken to be endless.
const ROUNDS_MAX: usize = 64;

/// A value with the set of stores (by number) that it went through.
type Traced = (Value, u64);

/// Values of whole writes, traced; `None` is any value.
type Written = Option<BTreeSet<(u128, u64)>>;

/// A set of values; `None` is any value.
type Values = Option<BTreeSet<Traced>>;

/// One store of the program: thread, instruction, alternative, and which store of it.
pub type Site = (usize, u32, u8, u8);

/// The values that each store could write.
#[derive(Debug, Clone, Default)]
pub struct Domain {
    stores: BTreeMap<Site, Option<BTreeSet<u128>>>,
    /// Per place and size of a write, the values written; `None` if nothing is known of memory.
    memory: Option<BTreeMap<(u16, u8), Written>>,
}

impl Domain {
    /// Analyses a program.
    pub fn new(program: &Program, layout: &Layout) -> Domain {
        let mut analysis = Analysis {
            program,
            layout,
            memory: BTreeMap::new(),
            initial: Image::new(program),
            wild: false,
            sites: BTreeMap::new(),
        };
        for _ in 0..ROUNDS_MAX {
            let before = (analysis.memory.clone(), analysis.wild);
            for thread in 0..program.threads.len() {
                analysis.thread(thread);
            }
            if (&before.0, before.1) == (&analysis.memory, analysis.wild) {
                return analysis.finish();
            }
        }
        // Something grows without end: nothing is known.
        let stores = analysis.sites.keys().map(|site| (*site, None)).collect();
        Domain { stores, memory: None }
    }

    /// What the store could write; `None` if that could be anything.
    pub fn values(&self, site: Site) -> Option<&BTreeSet<u128>> {
        self.stores.get(&site)?.as_ref()
    }
}

/// The domain of a program, computed when it is first needed.
#[derive(Debug)]
pub struct LazyDomain<'a> {
    program: &'a Program,
    layout: &'a Layout,
    domain: SharedDomain,
}

/// A domain that is computed when the first of those who share it needs it.
pub type SharedDomain = Arc<OnceLock<Domain>>;

impl<'a> LazyDomain<'a> {
    /// The domain of `program`, not computed yet.
    pub fn new(program: &'a Program, layout: &'a Layout) -> LazyDomain<'a> {
        LazyDomain::shared(program, layout, Arc::default())
    }

    /// The domain of `program`, shared with others.
    pub fn shared(program: &'a Program, layout: &'a Layout, domain: SharedDomain) -> LazyDomain<'a> {
        LazyDomain { program, layout, domain }
    }

    /// The values that some bytes can have in any run; `None` if that could be anything.
    pub fn contents(&self, place: Place, size: u8) -> Option<BTreeSet<u128>> {
        let domain = self.domain.get_or_init(|| Domain::new(self.program, self.layout));
        let written = domain.memory.as_ref()?;
        let values = at(written, &Image::new(self.program), place, size)?;
        Some(values.into_iter().map(|(value, _)| value).collect())
    }

    /// What store `e` of a window's path could turn out to write; `None` if that could be anything.
    pub fn writes(&self, tree: &Tree<'_>, window: &Window, e: usize) -> Option<Vec<Write>> {
        let path = tree.path(window.node);
        if let Some(write) = window.write(path, e) {
            return Some(vec![write]);
        }
        let event = &path.events[e];
        let place = event.place?;
        let domain = self.domain.get_or_init(|| Domain::new(self.program, self.layout));
        let values = domain.values(tree.site(window.node, e)?)?;
        Some(values.iter().map(|v| Write { value: *v, ..Write::new(place, event.size, 0, None) }).collect())
    }
}

struct Analysis<'a> {
    program: &'a Program,
    layout: &'a Layout,
    /// Values written, by place and size.
    memory: BTreeMap<(u16, u8), Written>,
    initial: Image,
    /// Whether some store could write anywhere.
    wild: bool,
    /// Number and values of each store.
    sites: BTreeMap<Site, (u32, Option<BTreeSet<u128>>)>,
}

impl Analysis<'_> {
    fn finish(self) -> Domain {
        let stores = self.sites.into_iter().map(|(site, (_, values))| (site, values)).collect();
        Domain { stores, memory: (!self.wild).then_some(self.memory) }
    }

    /// Interprets one thread from its start to a fixed point.
    fn thread(&mut self, index: usize) {
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
            for alt in 0..thread.instrs[pc].alts.len() {
                let looping = in_loop(thread, pc);
                let after = self.alternative(index, pc, alt, registers.clone(), looping);
                for next in successors(thread, pc, alt) {
                    if join(&mut before[next], &after, visits[next] > 8) {
                        open.push(next);
                    }
                }
            }
        }
    }

    /// Interprets one alternative; gives the registers after it. Guards are taken to hold: whether one
    /// does may depend on a guess that only what comes after the guard makes right.
    fn alternative(
        &mut self,
        thread: usize,
        pc: usize,
        alt: usize,
        mut registers: Vec<Values>,
        looping: bool,
    ) -> Vec<Values> {
        let program = self.program;
        let mut tmps: BTreeMap<Tmp, Values> = BTreeMap::new();
        let mut stores = 0;
        for op in &program.threads[thread].instrs[pc].alts[alt].ops {
            let get = |tmp: &Tmp| tmps.get(tmp).cloned().unwrap_or_default();
            match op {
                Op::Const { dst, value } => drop(tmps.insert(*dst, Some(BTreeSet::from([(*value, 0)])))),
                Op::Read { dst, reg, .. } => drop(tmps.insert(*dst, registers[usize::from(reg.0)].clone())),
                Op::Write { reg, src, .. } => registers[usize::from(reg.0)] = get(src),
                Op::Alu { dst, op, args } => {
                    let value = apply(*op, args, &get);
                    tmps.insert(*dst, value);
                }
                Op::Guard { dst, cond, .. } => drop(tmps.insert(*dst, get(cond))),
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
            let Some(place) = self.layout.place(*address, size) else { continue };
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
            self.wild = true;
            return;
        };
        for (address, _) in addresses {
            let Some(place) = self.layout.place(*address, size) else { continue };
            let cell = self.memory.entry((place.0, size)).or_insert_with(|| Some(BTreeSet::new()));
            *cell = match (cell.take(), &written) {
                (Some(mut old), Some(new)) => {
                    old.extend(new.iter().copied());
                    limit(old)
                }
                _ => None,
            };
        }
    }
}

/// The values that some bytes could have.
fn at(memory: &BTreeMap<(u16, u8), Written>, initial: &Image, place: Place, size: u8) -> Written {
    let range = |p: u16, s: u8| u32::from(p)..u32::from(p) + u32::from(s);
    let mine = range(place.0, size);
    let touching: Vec<_> = memory
        .iter()
        .filter(|((p, s), _)| {
            let other = range(*p, *s);
            other.start < mine.end && mine.start < other.end
        })
        .collect();
    let mut all = BTreeSet::from([(initial.read(place, size), 0)]);
    if touching.iter().all(|((p, s), _)| (*p, *s) == (place.0, size)) {
        for (_, values) in touching {
            all.extend(values.as_ref()?.iter().copied());
        }
        return limit(all);
    }
    // Parts of different writes: each byte by itself.
    let mut whole = BTreeSet::from([(0_u128, 0_u64)]);
    for byte in 0..size {
        let at = place.0 + u16::from(byte);
        let mut values = BTreeSet::from([(initial.read(Place(at), 1), 0)]);
        for ((p, s), written) in &touching {
            if range(*p, *s).contains(&u32::from(at)) {
                let shift = 8 * u32::from(at - p);
                values.extend(written.as_ref()?.iter().map(|(v, t)| ((v >> shift) & 0xff, *t)));
            }
        }
        whole = limit(
            whole
                .iter()
                .flat_map(|(w, t)| values.iter().map(move |(v, u)| (w | v << (8 * byte), t | u)))
                .collect(),
        )?;
    }
    Some(whole)
}

/// The set with only the least traces of each value, unless it is too large.
fn limit<V: Ord + Copy>(values: BTreeSet<(V, u64)>) -> Option<BTreeSet<(V, u64)>> {
    let all: Vec<(V, u64)> = values.into_iter().collect();
    let least: BTreeSet<(V, u64)> = all
        .iter()
        .filter(|(v, t)| !all.iter().any(|(w, u)| w == v && u != t && u & !t == 0))
        .copied()
        .collect();
    (least.len() <= VALUES_MAX).then_some(least)
}

fn apply(op: AluOp, args: &[Tmp; 3], get: &impl Fn(&Tmp) -> Values) -> Values {
    if op.cancels() && args[0] == args[1] {
        return Some(BTreeSet::from([(0, 0)]));
    }
    let sets = args.each_ref().map(get);
    let [a, b, c] = [sets[0].as_ref()?, sets[1].as_ref()?, sets[2].as_ref()?];
    // A temporary that stands for several arguments has one value in all of them.
    let only = |value: &Traced| BTreeSet::from([*value]);
    let mut all = BTreeSet::new();
    for x in a {
        let seconds = if args[1] == args[0] { &only(x) } else { b };
        for y in seconds {
            let thirds = match args[2] {
                third if third == args[0] => &only(x),
                third if third == args[1] => &only(y),
                _ => c,
            };
            for z in thirds {
                all.insert((op.apply([x.0, y.0, z.0]), x.1 | y.1 | z.1));
                if all.len() > 4 * VALUES_MAX {
                    return None;
                }
            }
        }
    }
    limit(all)
}

/// Joins `from` into `into`; says if that changed it. A set that has been joined often becomes any value.
fn join(into: &mut Option<Vec<Values>>, from: &[Values], often: bool) -> bool {
    let Some(old) = into else {
        *into = Some(from.to_vec());
        return true;
    };
    let mut changed = false;
    for (old, new) in old.iter_mut().zip(from) {
        let Some(values) = old else { continue };
        let grown = match new {
            Some(new) if new.is_subset(values) => continue,
            Some(new) if !often => limit(values.union(new).copied().collect()),
            _ => None,
        };
        if *old != grown {
            *old = grown;
            changed = true;
        }
    }
    changed
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
