//! Control paths: what a thread executes, with values as expressions over what it loads.
//!
//! A path is one choice of alternative for each instruction along one way through the program. Loops are
//! unrolled as herd7 does: on one path, each instruction may be the target of a limited number of
//! backward jumps; a path that would jump once more is cut.

use crate::program::{Access, Alt, AluOp, Fence, GuardKind, Next, Op, Port, Program, Reg, Tmp, Value};

/// An expression of a path: an index into [`Path::exprs`].
pub(crate) type ExprId = u32;

/// A value, symbolically. Arguments come before their uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Expr {
    /// Known.
    Const(Value),
    /// What a load gives: the index of its event, and whether its upper half.
    Load(u32, bool),
    /// A function of others.
    Alu(AluOp, [ExprId; 3]),
}

/// What happens at an event of a path.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// A register is read.
    ReadReg(Reg, Port),
    /// A register is written.
    WriteReg(Reg),
    /// Memory is accessed.
    Memory(Memory),
    /// A branch is decided.
    Branch,
    /// A choice inside an instruction is decided.
    Pick,
    /// A barrier.
    Fence(Fence),
}

/// An access to memory.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    /// The value written, with its upper half where it is written in two; `None` for a read.
    pub stored: Option<(ExprId, Option<ExprId>)>,
    /// The address.
    pub addr: ExprId,
    /// Bytes, both halves together.
    pub size: u8,
    /// Whether it has two halves with registers of their own.
    pub halves: bool,
    /// What kind of access.
    pub access: Access,
}

/// An event of a path.
#[derive(Debug, Clone)]
pub(crate) struct PathEvent {
    /// What happens.
    pub action: Action,
    /// Index of the instruction in the thread.
    pub instr: u32,
    /// Counts the instructions executed on the path.
    pub instance: u32,
}

/// Pairs of events, by index.
pub(crate) type Edges = Vec<(u32, u32)>;

/// One way through a thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Path {
    /// All expressions.
    pub exprs: Vec<Expr>,
    /// Events in program order.
    pub events: Vec<PathEvent>,
    /// Conditions, and whether each must be other than 0.
    pub guards: Vec<(ExprId, bool)>,
    /// Final contents of each register.
    pub registers: Vec<ExprId>,
    /// Dataflow inside instructions.
    pub iico_data: Edges,
    /// Control inside instructions.
    pub iico_ctrl: Edges,
    /// Order inside instructions.
    pub iico_order: Edges,
    /// From each register write to the reads of its value.
    pub rf_reg: Edges,
    /// Whether the path ends early because a loop was unrolled often enough.
    pub cut: bool,
}

/// The paths of one thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paths {
    /// All ways to the end.
    pub whole: Vec<Path>,
    /// Ways that were cut: whether there is one.
    pub cut: bool,
    /// Whether there are more than the limit.
    pub too_many: bool,
}

/// More paths of one thread than any test in use has.
const PATHS_MAX: usize = 50_000;
/// More instructions on one path than any test in use has.
const LENGTH_MAX: u32 = 5_000;

/// All paths of a thread with at most `unroll` backward jumps to each instruction.
pub(crate) fn paths<'p>(program: &'p Program, thread: usize, unroll: u32) -> Paths {
    let mut out = Paths::default();
    let mut start = Walk {
        path: Path::default(),
        at: 0,
        instances: 0,
        decided: false,
        chosen: Vec::new(),
        jumps: vec![0; program.threads[thread].instrs.len() + 1],
        writers: vec![None; program.registers.len()],
    };
    for &value in &program.threads[thread].init {
        let id = start.constant(value);
        start.path.registers.push(id);
    }
    start.path.registers.resize(program.registers.len(), 0);
    if start.path.exprs.is_empty() {
        start.constant(0);
    }
    let mut open = vec![start];
    while let Some(walk) = open.pop() {
        if out.whole.len() >= PATHS_MAX || walk.instances >= LENGTH_MAX {
            out.too_many = true;
            break;
        }
        let instrs = &program.threads[thread].instrs;
        let Some(instr) = instrs.get(walk.at as usize) else {
            out.whole.push(walk.path);
            continue;
        };
        // Pushed in reverse, so that the first alternative is walked first.
        let mut next = Vec::new();
        let known = walk.path.exprs.len();
        let taken = |alt: &'p Alt| {
            let mut walk = walk.clone();
            walk.alternative(&alt.ops).map(|temps| (alt, walk, temps))
        };
        let ways: Vec<(&'p Alt, Walk, Vec<Option<Temp>>)> = instr.alts.iter().filter_map(taken).collect();
        let several = ways.len() > 1;
        for (alt, mut walk, temps) in ways {
            if several {
                walk.chosen[known..].fill(true);
            }
            walk.follow(alt.next, &temps, thread, program, unroll, &mut next);
        }
        for walk in next.into_iter().rev() {
            if walk.path.cut {
                out.cut = true;
            } else {
                open.push(walk);
            }
        }
    }
    out
}

/// A temporary: its value and the events it comes from inside the instruction.
type Temp = (ExprId, Vec<u32>);

#[derive(Clone)]
struct Walk {
    path: Path,
    at: u32,
    instances: u32,
    /// Backward jumps to each instruction so far.
    jumps: Vec<u32>,
    /// Whether the last instruction branched on a condition that the program alone determines.
    decided: bool,
    /// `chosen[expression]`: whether it depends on which of several alternatives was taken, as the status
    /// of a store exclusive does.
    chosen: Vec<bool>,
    /// The event that wrote each register last.
    writers: Vec<Option<u32>>,
}

impl Walk {
    fn expr(&mut self, expr: Expr) -> ExprId {
        self.path.exprs.push(expr);
        self.chosen.push(false);
        (self.path.exprs.len() - 1) as ExprId
    }

    fn constant(&mut self, value: Value) -> ExprId {
        self.expr(Expr::Const(value))
    }

    fn known(&self, id: ExprId) -> Option<Value> {
        match self.path.exprs.get(id as usize) {
            Some(Expr::Const(value)) => Some(*value),
            _ => None,
        }
    }

    fn alu(&mut self, op: AluOp, args: [ExprId; 3]) -> ExprId {
        if matches!(op, AluOp::Copy | AluOp::First) {
            return args[0];
        }
        let known = args.map(|a| self.known(a));
        let zero = match op {
            AluOp::And | AluOp::Mul(_) => known[0] == Some(0) || known[1] == Some(0),
            _ => op.cancels() && args[0] == args[1],
        };
        let id = match known {
            [Some(a), Some(b), Some(c)] => self.constant(op.apply([a, b, c])),
            _ if zero => self.constant(0),
            _ => self.expr(Expr::Alu(op, args)),
        };
        self.chosen[id as usize] = args.iter().any(|&a| self.chosen[a as usize]);
        id
    }

    fn event(&mut self, action: Action) -> u32 {
        let event = PathEvent { action, instr: self.at, instance: self.instances };
        self.path.events.push(event);
        (self.path.events.len() - 1) as u32
    }

    /// Runs the operations of an alternative; `None` if a guard is known to fail.
    fn alternative(&mut self, ops: &[Op]) -> Option<Vec<Option<Temp>>> {
        let mut temps: Vec<Option<Temp>> = Vec::new();
        let mut last_access = None;
        self.decided = false;
        for op in ops {
            let value = self.operation(op, &temps, &mut last_access)?;
            if let (Some(dst), Some(value)) = (op.defines(), value) {
                let index = usize::from(dst.0);
                if temps.len() <= index {
                    temps.resize(index + 1, None);
                }
                temps[index] = Some(value);
            }
            if let Op::Load { dst, high: Some(high), .. } = op {
                let sources = get(&temps, *dst).1;
                let event = (self.path.events.len() - 1) as u32;
                let upper = self.expr(Expr::Load(event, true));
                let index = usize::from(high.0);
                if temps.len() <= index {
                    temps.resize(index + 1, None);
                }
                temps[index] = Some((upper, sources));
            }
        }
        self.instances += 1;
        Some(temps)
    }

    fn operation(&mut self, op: &Op, temps: &[Option<Temp>], last: &mut Option<u32>) -> Option<Option<Temp>> {
        let temp = |t: &Tmp| get(temps, *t);
        Some(match op {
            Op::Const { value, .. } => Some((self.constant(*value), Vec::new())),
            Op::Read { reg, port, after, .. } => {
                let event = self.event(Action::ReadReg(*reg, *port));
                if let Some(writer) = self.writers[usize::from(reg.0)] {
                    self.path.rf_reg.push((writer, event));
                }
                self.control(after, temps, event);
                Some((self.path.registers[usize::from(reg.0)], vec![event]))
            }
            Op::Write { reg, src, after } => {
                let (value, sources) = temp(src);
                let event = self.event(Action::WriteReg(*reg));
                self.data(&sources, event);
                self.control(after, temps, event);
                self.path.registers[usize::from(reg.0)] = value;
                self.writers[usize::from(reg.0)] = Some(event);
                None
            }
            Op::Alu { op, args, .. } => {
                let args = args.each_ref().map(temp);
                let mut sources: Vec<u32> = args.iter().flat_map(|(_, sources)| sources.clone()).collect();
                sources.sort_unstable();
                sources.dedup();
                Some((self.alu(*op, args.map(|(id, _)| id)), sources))
            }
            Op::Guard { cond, expect, kind, .. } => {
                let (id, sources) = temp(cond);
                match self.known(id) {
                    Some(value) if (value != 0) != *expect => return None,
                    Some(_) => self.decided |= *kind == GuardKind::Branch && !self.chosen[id as usize],
                    None => self.path.guards.push((id, *expect)),
                }
                let action = match kind {
                    GuardKind::Branch => Action::Branch,
                    GuardKind::Pick => Action::Pick,
                    GuardKind::Check => return Some(Some((id, sources))),
                };
                let event = self.event(action);
                self.data(&sources, event);
                Some((id, vec![event]))
            }
            Op::Load { high, addr, size, access, .. } => {
                let (addr, sources) = temp(addr);
                let halves = high.is_some();
                let memory = Memory { stored: None, addr, size: *size, halves, access: *access };
                let event = self.access(memory, &sources, last);
                Some((self.expr(Expr::Load(event, false)), vec![event]))
            }
            Op::Store { addr, value, high, size, access, after } => {
                let (addr, mut sources) = temp(addr);
                let (lower, more) = temp(value);
                sources.extend(more);
                let upper = high.as_ref().map(|high| {
                    let (upper, more) = temp(high);
                    sources.extend(more);
                    upper
                });
                let stored = Some((lower, upper));
                let memory = Memory { stored, addr, size: *size, halves: high.is_some(), access: *access };
                let event = self.access(memory, &sources, last);
                self.control(after, temps, event);
                None
            }
            Op::Fence(fence) => {
                self.event(Action::Fence(*fence));
                None
            }
        })
    }

    fn access(&mut self, memory: Memory, sources: &[u32], last: &mut Option<u32>) -> u32 {
        let ordered = memory.access.contains(Access::AFTER_PREVIOUS);
        let event = self.event(Action::Memory(memory));
        self.data(sources, event);
        if let (true, Some(before)) = (ordered, *last) {
            self.path.iico_order.push((before, event));
        }
        *last = Some(event);
        event
    }

    fn data(&mut self, sources: &[u32], event: u32) {
        self.path.iico_data.extend(sources.iter().map(|&source| (source, event)));
    }

    fn control(&mut self, after: &Option<Tmp>, temps: &[Option<Temp>], event: u32) {
        if let Some(guard) = after {
            self.path.iico_ctrl.extend(get(temps, *guard).1.iter().map(|&source| (source, event)));
        }
    }

    /// Adds to `out` where control can go from here.
    fn follow(
        mut self,
        next: Next,
        temps: &[Option<Temp>],
        thread: usize,
        program: &Program,
        unroll: u32,
        out: &mut Vec<Walk>,
    ) {
        let end = program.threads[thread].instrs.len() as u32;
        match next {
            Next::Fall => self.at += 1,
            Next::End => self.at = end,
            Next::Jump(target) => self.jump(target, unroll),
            Next::Indirect(tmp) => {
                let (id, _) = get(temps, tmp);
                return self.indirect(id, thread, program, unroll, out);
            }
        }
        out.push(self);
    }

    /// Goes to an instruction. A loop whose condition is known at each turn is run to its end.
    fn jump(&mut self, target: u32, unroll: u32) {
        if target <= self.at && !self.decided {
            let count = &mut self.jumps[target as usize];
            *count += 1;
            self.path.cut |= *count > unroll;
        }
        self.at = target;
    }

    /// Goes where an expression says: if it is not known, to every label and to the end.
    fn indirect(mut self, id: ExprId, thread: usize, program: &Program, unroll: u32, out: &mut Vec<Walk>) {
        let code = &program.threads[thread];
        let end = code.instrs.len() as u32;
        if let Some(value) = self.known(id) {
            match code.place_of(thread, value) {
                Some(target) => self.jump(target, unroll),
                None => self.at = end,
            }
            return out.push(self);
        }
        let mut targets: Vec<u32> = code.labels.iter().map(|(_, target)| *target).collect();
        targets.sort_unstable();
        targets.dedup();
        let mut elsewhere = self.clone();
        for target in targets {
            let mut walk = self.clone();
            let place = walk.constant(code.address_of(thread, target));
            let same = walk.alu(AluOp::Eq, [id, place, place]);
            walk.path.guards.push((same, true));
            walk.jump(target, unroll);
            out.push(walk);
            let place = elsewhere.constant(code.address_of(thread, target));
            let same = elsewhere.alu(AluOp::Eq, [id, place, place]);
            elsewhere.path.guards.push((same, false));
        }
        elsewhere.at = end;
        out.push(elsewhere);
    }
}

/// The temporary; the front end defines every temporary before its uses.
fn get(temps: &[Option<Temp>], tmp: Tmp) -> Temp {
    let found = temps.get(usize::from(tmp.0)).cloned().flatten();
    debug_assert!(found.is_some(), "{tmp:?} is used before it is defined");
    found.unwrap_or_default()
}
