//! One core as a view.

use std::collections::BTreeSet;

use sim_core::core::{End, Window};
use sim_core::machine::{Machine, State, Step};
use sim_core::order::{Path, Taken, bits};
use sim_core::program::{Alt, GuardKind, Op, Value};

use super::reasons::reasons;
use super::{Access, Buffered, Cell, Change, CoreView, Row, Status, bytes, steps, words};

/// What is needed to describe one core.
struct Core<'m, 'a> {
    machine: &'m Machine<'a>,
    state: &'m State,
    core: usize,
    window: &'m Window,
    path: &'m Path,
    /// Events that an enabled step is about.
    ready: u64,
}

/// The view of one core.
pub(super) fn build(machine: &Machine<'_>, state: &State, core: usize, enabled: &[Step]) -> CoreView {
    let window = &state.cores[core].window;
    let path = machine.tree(core).path(window.node);
    let of_core = enabled.iter().filter(|s| s.core() == core);
    let ready = of_core.filter_map(steps::event).fold(0, |all, e| all | 1 << e);
    let this = Core { machine, state, core, window, path, ready };
    let all = path.loads | path.stores;
    CoreView {
        name: format!("P{core}"),
        program: this.program(),
        registers: this.registers(),
        window: this.in_flight(),
        buffer: this.buffer(),
        cache: super::caches::lines(machine, state, core),
        finished: machine.tree(core).node(window.node).end == End::Finished
            && window.complete(path) & all == all,
    }
}

impl Core<'_, '_> {
    fn program(&self) -> Vec<Row> {
        let thread = &self.machine.test().program.threads[self.core];
        let first = self.path.taken.first().map(|t| t.pc as usize);
        let node = self.machine.tree(self.core).node(self.window.node);
        let next = node.pc as usize;
        let rows = thread.instrs.iter().enumerate().map(|(pc, instr)| {
            let instances: Vec<usize> =
                (0..self.path.taken.len()).filter(|t| self.path.taken[*t].pc as usize == pc).collect();
            let last = self.path.taken.last().map(|t| t.pc as usize);
            let (status, detail) = match instances.last() {
                Some(taken) => self.instruction(*taken),
                None if pc == next && matches!(node.end, End::Fork(_)) => (Status::Waiting, self.undecided()),
                None if first.is_none_or(|first| pc < first) && pc < next => (Status::Retired, String::new()),
                None if last.is_some_and(|last| pc < last) => (Status::Skipped, String::new()),
                None => (Status::Ahead, String::new()),
            };
            let labels = thread.labels.iter().filter(|(_, at)| *at as usize == pc).map(|(l, _)| l.clone());
            Row {
                labels: labels.collect(),
                text: instr.text.clone(),
                status,
                detail,
                instances: instances.len(),
                change: Change::Same,
            }
        });
        rows.collect()
    }

    /// What the instruction at the end of the path waits for before it is known which way it goes.
    fn undecided(&self) -> String {
        let open: Vec<String> = bits(self.path.loads & !self.window.known)
            .map(|e| self.machine.access_words(self.core, self.path, e))
            .collect();
        match open.last() {
            Some(load) => format!("depends on {load}"),
            None => "can go either way".into(),
        }
    }

    /// How far the instruction with index `taken` on the path is.
    fn instruction(&self, taken: usize) -> (Status, String) {
        let events: Vec<usize> = (0..self.path.events.len())
            .filter(|e| self.path.events[*e].taken == Some(taken as u16))
            .collect();
        if events.is_empty() {
            return self.without_access(taken);
        }
        let states: Vec<(Status, String)> = events.iter().map(|e| self.event(*e)).collect();
        let details: Vec<&str> = states.iter().map(|(_, d)| d.as_str()).filter(|d| !d.is_empty()).collect();
        let detail = details.join(", ");
        let worst = states.iter().map(|(s, _)| *s).min_by_key(|s| rank(*s)).unwrap_or_default();
        if self.predicted(taken) && matches!(worst, Status::Waiting | Status::Ready) {
            return (Status::Predicted, detail);
        }
        (worst, detail)
    }

    /// Whether the path reaches this instruction only on a guess.
    fn predicted(&self, taken: usize) -> bool {
        self.path.guards.iter().any(|g| {
            g.kind == GuardKind::Branch
                && usize::from(g.taken) < taken
                && g.holds(self.path, &|e, high| self.window.loaded(self.path, e, high)).is_none()
        })
    }

    /// An instruction that does not access memory.
    fn without_access(&self, taken: usize) -> (Status, String) {
        let alt = self.alternative(self.path.taken[taken]);
        let undecided = self.path.guards.iter().any(|g| {
            usize::from(g.taken) == taken
                && g.holds(self.path, &|e, high| self.window.loaded(self.path, e, high)).is_none()
        });
        if undecided {
            return (Status::Predicted, format!("guess: {}", alt.label));
        }
        let fence = alt.ops.iter().any(|op| matches!(op, Op::Fence(_)));
        if fence {
            let complete = self.window.complete(self.path);
            let earlier = (0..self.path.events.len())
                .filter(|e| self.path.events[*e].taken.is_none_or(|t| usize::from(t) < taken));
            let open: Vec<usize> =
                earlier.filter(|e| complete & (1 << e) == 0 && self.held_by(taken, *e)).collect();
            return match open.first() {
                Some(e) => {
                    (Status::Waiting, format!("for {}", self.machine.access_words(self.core, self.path, *e)))
                }
                None => (Status::Done, String::new()),
            };
        }
        self.computed(taken, alt)
    }

    /// An instruction that only computes: whether its results are known, be it because they are the same whatever
    /// its inputs are.
    fn computed(&self, taken: usize, alt: &Alt) -> (Status, String) {
        let registers = &self.machine.test().program.registers;
        let later = &self.path.taken[taken + 1..];
        // The values of registers are known as they are at the end of the path.
        let stays = |reg: &usize| !later.iter().any(|at| written(self.alternative(*at)).contains(reg));
        let value = |reg: usize| self.window.eval(self.path, self.path.registers[reg]);
        let results: BTreeSet<usize> = written(alt).into_iter().filter(stays).collect();
        let inputs = alt.ops.iter().filter_map(|op| match op {
            Op::Read { reg, .. } => Some(usize::from(reg.0)),
            _ => None,
        });
        let pending = inputs.filter(|reg| !results.contains(reg) && stays(reg) && value(*reg).is_none());
        let pending: BTreeSet<&str> = pending.map(|reg| registers[reg].name.as_str()).collect();
        let pending = pending.into_iter().collect::<Vec<_>>().join(", ");
        let known: Option<Vec<Value>> = results.iter().map(|reg| value(*reg)).collect();
        match known.as_deref() {
            None if pending.is_empty() => (Status::Waiting, "for its inputs".into()),
            None => (Status::Waiting, format!("for {pending}")),
            Some([result]) if !pending.is_empty() => {
                let result = words::value(self.machine.test(), *result, 8);
                (Status::Done, format!("{result} for any {pending}"))
            }
            Some(_) => (Status::Done, alt.label.to_string()),
        }
    }

    fn alternative(&self, at: Taken) -> &Alt {
        let thread = &self.machine.test().program.threads[self.core];
        &thread.instrs[at.pc as usize].alts[usize::from(at.alt)]
    }

    /// Whether the fence at `taken` waits for event `e`.
    fn held_by(&self, taken: usize, e: usize) -> bool {
        use sim_core::program::{Access, Side};
        let alt = self.alternative(self.path.taken[taken]);
        let event = &self.path.events[e];
        let side = match (event.store, event.access.contains(Access::NO_RETURN)) {
            (true, _) => Side::WRITE,
            (false, true) => Side::NO_RETURN,
            (false, false) => Side::READ,
        };
        alt.ops.iter().any(|op| matches!(op, Op::Fence(f) if f.before.intersects(side)))
    }

    /// How far one access is, and what there is to say about it.
    fn event(&self, e: usize) -> (Status, String) {
        let event = &self.path.events[e];
        let complete = self.window.complete(self.path) & (1 << e) != 0;
        let location = self.machine.location(event);
        if event.store {
            let (_, value) = self.machine.written(self.state, self.core, e);
            return match (complete, self.state.cores[self.core].issued & (1 << e) != 0) {
                (true, _) => (Status::Done, format!("{location}={value} in memory")),
                (false, true) => (Status::Buffered, format!("{location}={value}")),
                (false, false) if self.ready & (1 << e) != 0 => (Status::Ready, String::new()),
                (false, false) => (Status::Waiting, self.short_why(e)),
            };
        }
        let code = event.place.and_then(|place| self.machine.symbol_at(place)).filter(|(s, _)| s.code);
        let size = if event.halves { event.size / 2 } else { event.size };
        let words = |value| match code {
            Some((symbol, _)) => words::cell(self.machine.test(), symbol, value),
            None => words::value(self.machine.test(), value, size.min(8)),
        };
        let half = |high| self.window.loaded(self.path, e as u8, high).map(words);
        let value = match (half(false), event.halves) {
            (Some(low), true) => half(true).map(|high| format!("{{{low},{high}}}")),
            (low, _) => low,
        };
        let read = value.as_ref().map_or("value pending".into(), |value| format!("read {location}={value}"));
        match (self.window.has(e), complete) {
            (true, true) if value.is_some() => (Status::Done, read),
            (true, _) => (Status::Bound, read),
            (false, _) if self.ready & (1 << e) != 0 => (Status::Ready, String::new()),
            (false, _) => (Status::Waiting, self.short_why(e)),
        }
    }

    /// What an access waits for, in a few words.
    fn short_why(&self, e: usize) -> String {
        match self.machine.waits(self.state, self.core, e).first() {
            Some(wait) => match wait.reason {
                sim_core::machine::Reason::Fence(taken) => {
                    let pc = self.path.taken[taken].pc as usize;
                    format!("for {}", self.machine.test().program.threads[self.core].instrs[pc].text)
                }
                _ => format!("for {}", self.machine.access_words(self.core, self.path, wait.event)),
            },
            None => match self.machine.behind_store(self.state, self.core, e) {
                Some(store) => format!("for {}", self.machine.access_words(self.core, self.path, store)),
                None if !self.machine.hits(self.state, self.core, e) => "for its line".into(),
                None => String::new(),
            },
        }
    }

    /// The registers that the thread mentions.
    fn registers(&self) -> Vec<Cell> {
        let program = &self.machine.test().program;
        let thread = &program.threads[self.core];
        let mut used = vec![false; program.registers.len()];
        for op in thread.instrs.iter().flat_map(|i| &i.alts).flat_map(|a| &a.ops) {
            if let Op::Read { reg, .. } | Op::Write { reg, .. } = op
                && let Some(used) = used.get_mut(usize::from(reg.0))
            {
                *used = true;
            }
        }
        let shown = program.registers.iter().enumerate().filter(|(r, register)| used[*r] && !register.hidden);
        shown
            .map(|(r, register)| {
                let value = self.path.registers.get(r).and_then(|expr| self.window.eval(self.path, *expr));
                let value = value.map_or("?".into(), |v| words::value(self.machine.test(), v, 8));
                Cell { name: register.name.clone(), value, change: Change::Same }
            })
            .collect()
    }

    fn in_flight(&self) -> Vec<Access> {
        let open = (self.path.loads | self.path.stores) & !self.window.complete(self.path);
        bits(open)
            .map(|e| Access {
                name: self.machine.access_words(self.core, self.path, e),
                event: e,
                bytes: bytes(self.machine, self.state, self.core, e),
                status: self.event(e).0,
                why: if self.ready & (1 << e) != 0 {
                    Vec::new()
                } else {
                    reasons(self.machine, self.state, self.core, e)
                },
                change: Change::Same,
            })
            .collect()
    }

    fn buffer(&self) -> Vec<Buffered> {
        bits(self.state.cores[self.core].issued & !self.window.done & self.path.stores)
            .map(|e| {
                let (location, value) = self.machine.written(self.state, self.core, e);
                let event = &self.path.events[e];
                let from = event.taken.map_or("earlier".into(), |t| {
                    format!("P{}.{}", self.core, self.path.taken[usize::from(t)].pc + 1)
                });
                let why = if self.ready & (1 << e) != 0 {
                    Vec::new()
                } else {
                    reasons(self.machine, self.state, self.core, e)
                };
                Buffered {
                    location,
                    value,
                    bytes: bytes(self.machine, self.state, self.core, e),
                    from,
                    event: e,
                    why,
                    change: Change::Same,
                }
            })
            .collect()
    }
}

/// The registers that an alternative writes.
fn written(alt: &Alt) -> BTreeSet<usize> {
    let writes = alt.ops.iter().filter_map(|op| match op {
        Op::Write { reg, .. } => Some(usize::from(reg.0)),
        _ => None,
    });
    writes.collect()
}

/// Less is further from complete.
fn rank(status: Status) -> u8 {
    match status {
        Status::Ahead | Status::Skipped => 0,
        Status::Waiting => 1,
        Status::Predicted => 2,
        Status::Ready => 3,
        Status::Bound => 4,
        Status::Buffered => 5,
        Status::Done => 6,
        Status::Retired => 7,
    }
}
