//! The cells of the table as instructions of the front end, labels and symbolic registers resolved.

use super::Machine;
use super::instructions::Instructions;
use super::layout::Layout;
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::litmus::ast::{Ast, Column, LocationKind};
use crate::litmus::parse::problems::Problems;
use crate::litmus::{Context, Encoded, FrontEnd, Mentions};
use crate::program::{Instr, Reg, Value};
use std::collections::{BTreeMap, BTreeSet};

/// All threads.
pub(in crate::litmus) struct Code<I> {
    pub(in crate::litmus) threads: Vec<ThreadCode<I>>,
    /// The instructions that are values.
    pub(super) instructions: Instructions,
    /// What `Variant=` names.
    variants: Vec<String>,
}

/// One thread.
pub(in crate::litmus) struct ThreadCode<I> {
    pub(in crate::litmus) instrs: Vec<Parsed<I>>,
    /// In the order of the text.
    pub(in crate::litmus) labels: Vec<Label>,
    places: BTreeMap<String, u32>,
    /// Registers that symbolic registers are bound to.
    pub(in crate::litmus) bound: BTreeMap<String, Reg>,
}

/// One instruction.
pub(in crate::litmus) struct Parsed<I> {
    pub(in crate::litmus) instr: I,
    /// As written, blanks normalised: the canonical spelling is made for hashes, not for people.
    text: String,
    pub(in crate::litmus) span: Span,
    pub(in crate::litmus) mentions: Mentions,
}

/// A label and the instruction that it stands before.
pub(in crate::litmus) struct Label {
    pub(in crate::litmus) name: String,
    pub(in crate::litmus) index: u32,
}

impl<I: Clone> Code<I> {
    /// Reads all cells.
    pub(super) fn read<F>(ast: &Ast, machine: &Machine<F>, problems: &mut Problems) -> Code<I>
    where
        F: FrontEnd<Instr = I>,
    {
        let mut threads = Vec::new();
        for (index, column) in ast.threads.iter().enumerate() {
            let mut code = instructions(column, machine.front_end, problems);
            code.check_labels(problems);
            code.bind(ast, index, column, machine, problems);
            threads.push(code);
        }
        let instructions = Instructions::read(ast, machine.front_end, problems);
        Code { threads, instructions, variants: super::variants(ast) }
    }

    /// The instruction that a label of a thread stands before.
    pub(super) fn label(&self, thread: usize, name: &str) -> Option<u32> {
        self.threads.get(thread)?.places.get(name).copied()
    }

    /// The labels of a thread, for suggestions.
    pub(super) fn labels(&self, thread: usize) -> impl Iterator<Item = &str> {
        self.threads.get(thread).into_iter().flat_map(|code| code.places.keys().map(String::as_str))
    }

    /// The symbols that instructions mention.
    pub(super) fn symbols(&self) -> impl Iterator<Item = &str> {
        let instrs = self.threads.iter().flat_map(|code| &code.instrs);
        instrs.flat_map(|parsed| parsed.mentions.symbols.iter().map(|(name, _)| name.as_str()))
    }

    /// The micro-operations of a thread.
    pub(super) fn lower<F>(
        &self,
        thread: usize,
        front_end: &F,
        layout: &Layout,
        problems: &mut Problems,
    ) -> Vec<Instr>
    where
        F: FrontEnd<Instr = I>,
    {
        let code = &self.threads[thread];
        let mut instrs = Vec::with_capacity(code.instrs.len());
        for (index, parsed) in code.instrs.iter().enumerate() {
            if problems.full() {
                break;
            }
            let place = self.place(thread, index, layout);
            let mut diagnostics = Vec::new();
            let alts = front_end.lower(&parsed.instr, parsed.span, &place, &mut diagnostics);
            if alts.is_empty() && diagnostics.is_empty() {
                let message = "this instruction has no meaning here";
                diagnostics.push(Diagnostic::error("not-modelled", parsed.span, message));
            }
            problems.extend(diagnostics);
            let text = parsed.text.clone();
            instrs.push(Instr { text, span: parsed.span, alts });
        }
        instrs
    }

    /// The words of a thread's instructions.
    ///
    /// # Errors
    /// What is wrong with those that have none.
    pub(super) fn encode<F>(
        &self,
        thread: usize,
        front_end: &F,
        layout: &Layout,
    ) -> Result<Vec<Encoded>, Vec<Diagnostic>>
    where
        F: FrontEnd<Instr = I>,
    {
        let (mut words, mut diagnostics) = (Vec::new(), Vec::new());
        for (index, parsed) in self.threads[thread].instrs.iter().enumerate() {
            let place = self.place(thread, index, layout);
            words.extend(front_end.encode(&parsed.instr, parsed.span, &place, &mut diagnostics));
        }
        if diagnostics.is_empty() { Ok(words) } else { Err(diagnostics) }
    }

    fn place<'a>(&'a self, thread: usize, index: usize, layout: &'a Layout) -> Place<'a, I> {
        let code = &self.threads[thread];
        Place { thread, index: index as u32, code, variants: &self.variants, layout }
    }
}

fn instructions<F: FrontEnd>(
    column: &Column,
    front_end: &F,
    problems: &mut Problems,
) -> ThreadCode<F::Instr> {
    let mut code = ThreadCode {
        instrs: Vec::new(),
        labels: Vec::new(),
        places: BTreeMap::new(),
        bound: BTreeMap::new(),
    };
    for cell in &column.cells {
        if problems.full() {
            break;
        }
        let index = code.instrs.len() as u32;
        for label in &cell.labels {
            if code.places.insert(label.text.clone(), index).is_some() {
                let message = format!("label `{}` is defined twice in {}", label.text, column.heading.text);
                problems.push(Diagnostic::error("duplicate-label", label.span, message));
            }
            code.labels.push(Label { name: label.text.clone(), index });
        }
        let Some(text) = &cell.instr else { continue };
        let mut diagnostics = Vec::new();
        if let Some(instr) = front_end.parse(&text.text, text.span.start, &mut diagnostics) {
            let mentions = front_end.mentions(&instr);
            let words: Vec<&str> = text.text.split_whitespace().collect();
            code.instrs.push(Parsed { instr, text: words.join(" "), span: text.span, mentions });
        } else if diagnostics.is_empty() {
            let message = format!("`{}` is no instruction", text.text);
            diagnostics.push(Diagnostic::error("unknown-instruction", text.span, message));
        }
        problems.extend(diagnostics);
    }
    code
}

impl<I> ThreadCode<I> {
    fn check_labels(&self, problems: &mut Problems) {
        for (name, span) in self.instrs.iter().flat_map(|parsed| &parsed.mentions.labels) {
            if !self.places.contains_key(name) {
                problems.push(unknown_label(name, *span, self.places.keys().map(String::as_str)));
            }
        }
    }

    /// Binds each symbolic register to a register that nothing else in the thread names.
    fn bind<F: FrontEnd<Instr = I>>(
        &mut self,
        ast: &Ast,
        thread: usize,
        column: &Column,
        machine: &Machine<F>,
        problems: &mut Problems,
    ) {
        let mut wanted: BTreeMap<&str, Span> = BTreeMap::new();
        for (name, span) in self.instrs.iter().flat_map(|parsed| &parsed.mentions.symbolic) {
            wanted.entry(name).or_insert(*span);
        }
        if wanted.is_empty() {
            return;
        }
        let used = used_registers(ast, thread, column, machine.front_end);
        let mut free = numbered_registers(machine).filter(|reg| !used.contains(reg));
        for (name, span) in wanted {
            match free.next() {
                Some(reg) => {
                    self.bound.insert(name.to_owned(), reg);
                }
                None => {
                    let message = format!("no register is left for `%{name}`");
                    problems.push(Diagnostic::error("no-register", span, message));
                    return;
                }
            }
        }
    }
}

/// What to say about a label that does not exist.
pub(super) fn unknown_label<'a>(name: &str, span: Span, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let error =
        Diagnostic::error("unknown-label", span, format!("there is no label `{name}` in this thread"));
    match nearest(name, known) {
        Some(near) => error.note(format!("did you mean `{near}`?")),
        None => error.note(format!("a label is set by `{name}:` in a cell of the same thread")),
    }
}

/// The registers that may stand for symbolic ones: general registers have numbers.
fn numbered_registers<F: FrontEnd>(machine: &Machine<F>) -> impl Iterator<Item = Reg> {
    machine.registers.iter().filter(|register| !register.hidden).filter_map(|register| {
        let view = machine.front_end.register(&register.name)?;
        let digits = register.name.trim_start_matches(|first: char| first.is_ascii_alphabetic());
        let numbered = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        (numbered && view.low == 0 && view.bits == machine.pointer * 8).then_some(view.reg)
    })
}

/// The registers that the text of a thread, its initial state or the tail names.
fn used_registers<F: FrontEnd>(ast: &Ast, thread: usize, column: &Column, front_end: &F) -> BTreeSet<Reg> {
    let mut used = BTreeSet::new();
    let mut add = |name: &str| used.extend(front_end.register(name).map(|view| view.reg));
    for cell in column.cells.iter().filter_map(|cell| cell.instr.as_ref()) {
        let words = cell.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(|word| !word.is_empty()).for_each(&mut add);
    }
    let mut add_location = |kind: &LocationKind| match kind {
        LocationKind::Register { thread: here, name } if *here == thread => add(name),
        _ => {}
    };
    ast.init.iter().for_each(|item| add_location(&item.location.kind));
    super::observe::locations(ast).iter().for_each(|location| add_location(&location.kind));
    used
}

/// The surroundings of one instruction.
struct Place<'a, I> {
    thread: usize,
    index: u32,
    code: &'a ThreadCode<I>,
    variants: &'a [String],
    layout: &'a Layout,
}

impl<I> Context for Place<'_, I> {
    fn place(&self) -> (usize, u32) {
        (self.thread, self.index)
    }

    fn length(&self) -> u32 {
        self.code.instrs.len() as u32
    }

    fn variant(&self, name: &str) -> bool {
        self.variants.iter().any(|variant| variant.eq_ignore_ascii_case(name))
    }

    fn symbol(&self, name: &str) -> Value {
        self.layout.base(name)
    }

    fn label(&self, name: &str) -> u32 {
        self.code.places.get(name).copied().unwrap_or(self.code.instrs.len() as u32)
    }

    fn symbolic(&self, name: &str) -> Reg {
        self.code.bound.get(name).copied().unwrap_or(Reg(0))
    }
}
