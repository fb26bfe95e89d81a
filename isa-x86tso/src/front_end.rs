//! The two front ends as the container sees them.

use crate::instr::{Constant, Instr, Name, OperandKind};
use crate::lower;
use crate::registers::Mode;
use crate::{canonical, parse};
use sim_core::diagnostic::{Diagnostic, Span};
use sim_core::litmus::{Context, FrontEnd, Mentions, RegisterView};
use sim_core::program::{Alt, Register};

/// An x86 front end: [`X86_64`] or [`X86`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct X86FrontEnd {
    mode: Mode,
}

/// 64-bit mode, in AT&T syntax: `movl $1,(x)`.
pub const X86_64: X86FrontEnd = X86FrontEnd { mode: Mode::Long };

/// 32-bit protected mode, in Intel order: `MOV [x],1`.
pub const X86: X86FrontEnd = X86FrontEnd { mode: Mode::Protected };

/// [`X86_64`].
pub fn x86_64() -> X86FrontEnd {
    X86_64
}

/// [`X86`].
pub fn x86() -> X86FrontEnd {
    X86
}

impl FrontEnd for X86FrontEnd {
    type Instr = Instr;

    fn registers(&self) -> Vec<Register> {
        self.mode.registers()
    }

    fn register(&self, name: &str) -> Option<RegisterView> {
        self.mode.register(bare(name)).map(|named| named.view)
    }

    fn printed_register(&self, name: &str) -> Option<String> {
        self.mode.register(bare(name)).map(|named| self.mode.spell(named.name))
    }

    fn parse(&self, text: &str, at: u32, diagnostics: &mut Vec<Diagnostic>) -> Option<Instr> {
        parse::parse(self.mode, text, at, diagnostics)
    }

    fn mentions(&self, instr: &Instr) -> Mentions {
        let mut mentions = Mentions::default();
        let pair = |name: &Name| (name.text.clone(), name.span);
        let symbol = |constant: &Constant| constant.symbol.as_ref().map(pair);
        for operand in &instr.operands {
            match &operand.kind {
                OperandKind::Register(_) => {}
                OperandKind::Immediate(constant) => mentions.symbols.extend(symbol(constant)),
                OperandKind::Memory(memory) => mentions.symbols.extend(symbol(&memory.constant)),
                OperandKind::Label(name) => mentions.labels.push(pair(name)),
            }
        }
        mentions
    }

    fn canonical(&self, instr: &Instr, label: &dyn Fn(&str) -> String) -> String {
        canonical::spell(self.mode, instr, label)
    }

    fn lower(&self, instr: &Instr, _: Span, context: &dyn Context, _: &mut Vec<Diagnostic>) -> Vec<Alt> {
        lower::lower(self.mode, instr, context)
    }
}

/// A register's name without the `%` of AT&T syntax.
fn bare(name: &str) -> &str {
    name.strip_prefix('%').unwrap_or(name)
}
