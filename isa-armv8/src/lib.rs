//! The AArch64 front end: user-mode integer instructions as micro-operations.
//!
//! | module | holds |
//! | --- | --- |
//! | `registers`, `condition` | the words that name registers and conditions |
//! | `system` | the system registers that can live in memory |
//! | `syntax` | tokens, operands, and the checks of operands |
//! | `parse` | the table of mnemonics, by family |
//! | `instr` | a parsed instruction |
//! | `canonical` | its one spelling, which is hashed |
//! | `lower` | its meaning |
//! | `encode` | the 32-bit word that it is |

mod canonical;
mod condition;
mod encode;
mod instr;
mod lower;
mod model;
mod order;
mod parse;
mod registers;
mod syntax;
mod system;

use sim_core::diagnostic::{Diagnostic, Span};
use sim_core::litmus::{Context, Encoded, FrontEnd, Mentions, RegisterView};
use sim_core::program::{Alt, Register};

pub use instr::Instr;
pub use model::{MODEL, VOCABULARY};
pub use order::{CLAUSES, order};
pub use parse::mnemonics;

/// The AArch64 instruction set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AArch64;

impl FrontEnd for AArch64 {
    type Instr = Instr;

    fn registers(&self) -> Vec<Register> {
        registers::all()
    }

    fn register(&self, name: &str) -> Option<RegisterView> {
        if name.eq_ignore_ascii_case(registers::BASE_OF_REGISTERS) {
            return Some(RegisterView { reg: registers::VNCR, low: 0, bits: 64 });
        }
        let register = registers::parse(name)?;
        let reg = match register.name {
            registers::Name::General(number) => registers::general(number),
            registers::Name::Stack => registers::STACK,
            registers::Name::Zero => registers::ZERO,
            registers::Name::Symbolic(_) => return None,
        };
        Some(RegisterView { reg, low: 0, bits: register.width.bits() })
    }

    fn printed_register(&self, name: &str) -> Option<String> {
        let view = self.register(name)?;
        registers::all().get(usize::from(view.reg.0)).map(|register| register.name.clone())
    }

    fn parse(&self, text: &str, at: u32, diagnostics: &mut Vec<Diagnostic>) -> Option<Instr> {
        parse::instruction(text, at, diagnostics)
    }

    fn mentions(&self, instr: &Instr) -> Mentions {
        instr.mentions()
    }

    fn canonical(&self, instr: &Instr, label: &dyn Fn(&str) -> String) -> String {
        canonical::spell(instr, label)
    }

    fn encode(
        &self,
        instr: &Instr,
        span: Span,
        context: &dyn Context,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Encoded> {
        match encode::word(instr, context) {
            Ok(word) => {
                let distance = |label: &str| {
                    let instrs = i64::from(context.label(label)) - i64::from(context.place().1);
                    format!(".{:+}", 4 * instrs)
                };
                Some(Encoded { word, text: canonical::spell_value(instr, &distance) })
            }
            Err(reason) => {
                diagnostics.push(Diagnostic::error("not-encodable", span, reason));
                None
            }
        }
    }

    fn lower(
        &self,
        instr: &Instr,
        _: Span,
        context: &dyn Context,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Alt> {
        lower::instruction(instr, context, diagnostics)
    }
}
