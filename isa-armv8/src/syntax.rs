//! From text to operands, and the checks that every instruction makes of them.

mod lexer;
mod operand;
mod slots;

pub use lexer::{STRAY, Token, lex};
pub use operand::{Modifier, Operand, Shape, group};
pub use slots::{RegisterClass, Slots};
