//! Event structures: one control path per thread, before anything is said about who reads from whom.

use crate::litmus::Test;
use crate::program::{Access, AluOp, Port, Reg, Value};

use super::layout::{Layout, PartId};
use super::path::{Action, Expr, ExprId, Path};

/// An access, or the part of one that lies in one [`Part`](super::layout::Part): an index into
/// [`Structure::mems`].
pub(crate) type MemId = usize;

/// What happens at an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A register is read.
    ReadReg(Reg, Port),
    /// A register is written.
    WriteReg(Reg),
    /// Memory is read or written.
    Memory(MemId),
    /// A branch is decided.
    Branch,
    /// A choice inside an instruction is decided.
    Pick,
    /// A fence of this name.
    Fence(&'static str),
}

/// An event that the model sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    /// Its thread; initial writes have none.
    pub thread: Option<usize>,
    /// Counts the instructions executed by the thread.
    pub instance: u32,
    /// Index of the instruction in the thread.
    pub instr: u32,
    /// What happens.
    pub what: What,
}

/// Where a written value comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stored {
    /// It is a read.
    No,
    /// An expression.
    Expr(ExprId),
    /// The initial value.
    Init(Value),
}

/// A memory event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mem {
    /// Index of its event.
    pub event: usize,
    /// Its thread; initial writes have none.
    pub thread: Option<usize>,
    /// See [`Event::instance`].
    pub instance: u32,
    /// What kind of access.
    pub access: Access,
    /// What it writes.
    pub stored: Stored,
    /// The address of the access and the offset of this part of it; initial writes have none.
    pub addr: Option<(ExprId, u32)>,
    /// Bytes.
    pub size: u32,
    /// The lowest bit of this part in the value of the access.
    pub shift: u32,
    /// Single-copy atomic access that it is a part of.
    pub class: u32,
    /// Where it is, if the program says so.
    pub part: Option<PartId>,
}

impl Mem {
    /// Whether it is a write.
    pub fn is_write(&self) -> bool {
        !matches!(self.stored, Stored::No)
    }

    /// `value` of the access cut to this part.
    pub fn cut(&self, value: Value) -> Value {
        let value = value >> self.shift.min(63);
        if self.size >= 8 { value } else { value & ((1 << (8 * self.size)) - 1) }
    }
}

/// An expression of a structure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Term {
    /// Known.
    Const(Value),
    /// What a load gives: an index into [`Structure::loads`].
    Load(u32),
    /// A function of earlier expressions.
    Alu(AluOp, [ExprId; 3]),
}

/// One control path per thread.
#[derive(Debug)]
pub(crate) struct Structure<'t> {
    /// The test.
    pub test: &'t Test,
    /// How memory is divided.
    pub layout: &'t Layout,
    /// Events that the model sees, threads first, then initial writes.
    pub events: Vec<Event>,
    /// Memory events.
    pub mems: Vec<Mem>,
    /// All expressions of all threads.
    pub terms: Vec<Term>,
    /// The parts that make up what a load gives, lowest first.
    pub loads: Vec<Vec<MemId>>,
    /// Conditions, and whether each must be other than 0.
    pub guards: Vec<(ExprId, bool)>,
    /// `registers[thread][register]`: the final contents.
    pub registers: Vec<Vec<ExprId>>,
    /// Edges inside instructions, by event.
    pub iico_data: Vec<(usize, usize)>,
    /// Control inside instructions.
    pub iico_ctrl: Vec<(usize, usize)>,
    /// Order inside instructions.
    pub iico_order: Vec<(usize, usize)>,
    /// From register writes to reads.
    pub rf_reg: Vec<(usize, usize)>,
    /// `paths[thread]`
    pub paths: Vec<&'t Path>,
    /// The events of each event of a path: `visible[thread][index]` is (first, number).
    pub visible: Vec<Vec<(usize, usize)>>,
}

impl<'t> Structure<'t> {
    /// The structure of one path per thread; register events are seen only `with_registers`.
    pub fn new(
        test: &'t Test,
        layout: &'t Layout,
        paths: &[&'t Path],
        with_registers: bool,
    ) -> Structure<'t> {
        let mut s = Structure {
            test,
            layout,
            events: Vec::new(),
            mems: Vec::new(),
            terms: Vec::new(),
            loads: Vec::new(),
            guards: Vec::new(),
            registers: Vec::new(),
            iico_data: Vec::new(),
            iico_ctrl: Vec::new(),
            iico_order: Vec::new(),
            rf_reg: Vec::new(),
            paths: paths.to_vec(),
            visible: Vec::new(),
        };
        let mut class = 0;
        for (thread, path) in paths.iter().enumerate() {
            s.thread(thread, path, with_registers, &mut class);
        }
        s.initial_writes(class);
        s
    }

    fn thread(&mut self, thread: usize, path: &Path, with_registers: bool, class: &mut u32) {
        let first_term = self.terms.len() as u32;
        // Where the parts of each load begin among `loads`: lower half, then upper.
        let mut load_of = vec![u32::MAX; path.events.len()];
        let mut visible = Vec::new();
        for (index, event) in path.events.iter().enumerate() {
            let first = self.events.len();
            let what = match &event.action {
                Action::ReadReg(..) | Action::WriteReg(_) if !with_registers => {
                    visible.push((first, 0));
                    continue;
                }
                Action::ReadReg(reg, port) => What::ReadReg(*reg, *port),
                Action::WriteReg(reg) => What::WriteReg(*reg),
                Action::Branch => What::Branch,
                Action::Pick => What::Pick,
                Action::Fence(fence) => What::Fence(fence.name),
                Action::Memory(memory) => {
                    if memory.stored.is_none() {
                        load_of[index] = self.loads.len() as u32;
                        self.loads.extend([Vec::new(), Vec::new()]);
                    }
                    for piece in self.layout.pieces(memory, path, &self.test.program) {
                        let id = self.mems.len();
                        let stored = match memory.stored {
                            None => {
                                self.loads[load_of[index] as usize + usize::from(piece.upper)].push(id);
                                Stored::No
                            }
                            Some((lower, upper)) => {
                                let half = if piece.upper { upper.unwrap_or(lower) } else { lower };
                                Stored::Expr(half + first_term)
                            }
                        };
                        let part = match path.exprs[memory.addr as usize] {
                            Expr::Const(address) => self.layout.at(
                                address.wrapping_add(Value::from(piece.offset)),
                                memory.stored.is_some(),
                                &self.test.program,
                            ),
                            _ => None,
                        };
                        self.mems.push(Mem {
                            event: self.events.len(),
                            thread: Some(thread),
                            instance: event.instance,
                            access: memory.access,
                            stored,
                            addr: Some((memory.addr + first_term, piece.offset)),
                            size: piece.size,
                            shift: piece.shift,
                            class: *class,
                            part,
                        });
                        self.events.push(Event {
                            thread: Some(thread),
                            instance: event.instance,
                            instr: event.instr,
                            what: What::Memory(id),
                        });
                    }
                    *class += 1;
                    visible.push((first, self.events.len() - first));
                    continue;
                }
            };
            let (instance, instr) = (event.instance, event.instr);
            self.events.push(Event { thread: Some(thread), instance, instr, what });
            visible.push((first, 1));
        }
        for expr in &path.exprs {
            self.terms.push(match expr {
                Expr::Const(value) => Term::Const(*value),
                Expr::Load(event, upper) => Term::Load(load_of[*event as usize] + u32::from(*upper)),
                Expr::Alu(op, args) => Term::Alu(*op, args.map(|a| a + first_term)),
            });
        }
        self.guards.extend(path.guards.iter().map(|&(id, expect)| (id + first_term, expect)));
        self.registers.push(path.registers.iter().map(|&id| id + first_term).collect());
        let spread = |edges: &[(u32, u32)], out: &mut Vec<(usize, usize)>| {
            for &(a, b) in edges {
                let ((a, n), (b, m)) = (visible[a as usize], visible[b as usize]);
                out.extend((a..a + n).flat_map(|a| (b..b + m).map(move |b| (a, b))));
            }
        };
        spread(&path.iico_data, &mut self.iico_data);
        spread(&path.iico_ctrl, &mut self.iico_ctrl);
        spread(&path.iico_order, &mut self.iico_order);
        spread(&path.rf_reg, &mut self.rf_reg);
        self.visible.push(visible);
    }

    fn initial_writes(&mut self, first_class: u32) {
        let mut touched = vec![self.layout.dynamic; self.layout.parts.len()];
        self.mems.iter().filter_map(|m| m.part).for_each(|part| touched[part as usize] = true);
        for (index, part) in self.layout.parts.iter().enumerate() {
            if !touched[index] {
                continue;
            }
            // The initial values of a symbol are one access where accesses have parts.
            let class = if self.test.mixed { part.symbol } else { index };
            self.mems.push(Mem {
                event: self.events.len(),
                thread: None,
                instance: 0,
                access: Access::empty(),
                stored: Stored::Init(part.init),
                addr: None,
                size: part.size,
                shift: 0,
                class: first_class + class as u32,
                part: Some(index as PartId),
            });
            let what = What::Memory(self.mems.len() - 1);
            self.events.push(Event { thread: None, instance: 0, instr: 0, what });
        }
    }
}
