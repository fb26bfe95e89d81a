//! What the container asks of an instruction set.

use crate::diagnostic::{Diagnostic, Span};
use crate::program::{Alt, Reg, Register, Value};

/// A register as a name refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisterView {
    /// The register; several names may view one.
    pub reg: Reg,
    /// Lowest bit of the view: 8 for `%ah`, else 0.
    pub low: u8,
    /// Width of the view in bits: 8, 16, 32 or 64.
    pub bits: u8,
}

/// The names that an instruction mentions, with their places in the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions {
    /// Labels of the same thread.
    pub labels: Vec<(String, Span)>,
    /// Symbols of memory.
    pub symbols: Vec<(String, Span)>,
    /// Symbolic registers such as `X%a`, which the container binds to free registers, as
    /// (name without its width letter, place).
    pub symbolic: Vec<(String, Span)>,
}

/// What [`FrontEnd::lower`] may ask about the program around an instruction.
pub trait Context {
    /// Index of the thread and of the instruction in it.
    fn place(&self) -> (usize, u32);
    /// Number of instructions of the thread: the largest index that a branch can go to. A context of a
    /// lone instruction need not know it.
    fn length(&self) -> u32 {
        u32::MAX
    }
    /// Whether `Variant=` of the test names this variant, in any case. A context of a lone instruction has
    /// none.
    fn variant(&self, _name: &str) -> bool {
        false
    }
    /// Address of a symbol. Every mentioned symbol has one.
    fn symbol(&self, name: &str) -> Value;
    /// Index of the instruction that a label of this thread stands before. Every mentioned label has one.
    fn label(&self, name: &str) -> u32;
    /// The register that a symbolic register of this thread is bound to.
    fn symbolic(&self, name: &str) -> Reg;
}

/// An instruction as a value: the word of memory that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The word.
    pub word: u32,
    /// Its spelling in values, such as `ADD W0,W0,#1`; targets of branches are distances.
    pub text: String,
}

/// An instruction set: syntax, and meaning by lowering to micro-operations.
pub trait FrontEnd {
    /// One parsed instruction.
    type Instr: Clone;

    /// All registers of the architecture, in the order in which results list them; a [`Reg`] is an index
    /// into them.
    fn registers(&self) -> Vec<Register>;

    /// The register called `name`, in any case that the architecture's assemblers accept.
    fn register(&self, name: &str) -> Option<RegisterView>;

    /// The name by which results print a register that a test calls `name`: `rax` stays `rax`, and
    /// `W0` is printed as `X0` where the field's tools do so. `None` if there is no such register.
    fn printed_register(&self, name: &str) -> Option<String>;

    /// Parses one instruction without its label. `text` begins at byte `at` of the file; spans of
    /// diagnostics are relative to the file. Gives `None` only after pushing at least one error.
    fn parse(&self, text: &str, at: u32, diagnostics: &mut Vec<Diagnostic>) -> Option<Self::Instr>;

    /// The names that the instruction mentions.
    fn mentions(&self, instr: &Self::Instr) -> Mentions;

    /// The canonical spelling, as hashed and shown; `label` gives the spelling of each label.
    fn canonical(&self, instr: &Self::Instr, label: &dyn Fn(&str) -> String) -> String;

    /// The word of memory that the instruction is. What has none pushes an error and gives `None`.
    fn encode(
        &self,
        _instr: &Self::Instr,
        span: Span,
        _context: &dyn Context,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Encoded> {
        let message = "instructions as values are known but not modelled for this architecture";
        diagnostics.push(Diagnostic::error("not-modelled", span, message));
        None
    }

    /// The meaning. What cannot be lowered in this place pushes an error and gives no alternative.
    fn lower(
        &self,
        instr: &Self::Instr,
        span: Span,
        context: &dyn Context,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Alt>;
}
