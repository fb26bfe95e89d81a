//! x86: the front ends for `X86_64` tests (AT&T syntax, source first) and `X86` tests (Intel order,
//! destination first), as [`X86_64`] and [`X86`].
//!
//! | module | holds |
//! | --- | --- |
//! | `registers` | names of registers, and the parts of registers that they view |
//! | `lexer` | words, numbers and marks with their places |
//! | `instr` | a parsed instruction and its operands |
//! | `operands`, `att`, `intel` | the two spellings of operands |
//! | `mnemonics`, `operation`, `conditions`, `unmodelled` | the instructions that there are, and those known by name only |
//! | `parse`, `check`, `sizes` | from text to an instruction; operand counts, kinds, sizes; `lock` |
//! | `canonical` | the spelling that is shown and hashed |
//! | `lower`, `flags` | meaning: micro-operations |
//! | `order` | the local order of x86-TSO |
//!
//! Meaning follows the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: flags,
//! partial registers and shift counts are the silicon's. What the manual leaves undefined is fixed to
//! one of the allowed values and said in `flags`.

mod att;
mod canonical;
mod check;
mod conditions;
mod flags;
mod front_end;
mod instr;
mod intel;
mod lexer;
mod lower;
mod mnemonics;
mod model;
mod operands;
mod operation;
mod order;
mod parse;
mod registers;
mod sizes;
mod unmodelled;

pub use front_end::{X86, X86_64, X86FrontEnd, x86, x86_64};
pub use instr::Instr;
pub use model::{MODEL, VOCABULARY};
pub use order::{CLAUSES, order};
