//! What a variant of the architecture gives a meaning to: system registers in memory (`Variant=NV2`), and
//! accesses by capability (`Variant=morello`).

use super::builder::Builder;
use crate::registers::{CAPABILITY, RegisterName, VNCR};
use crate::system::SystemRegister;
use sim_core::diagnostic::{Diagnostic, Span};
use sim_core::litmus::Context;
use sim_core::program::{Access, Alt, AluOp, Next, Op, Port, Tmp, Value};

/// A move from (`read`) or to a system register that lives in memory: a plain access of 8 bytes.
pub fn transfer(
    read: bool,
    register: &RegisterName,
    system: &SystemRegister,
    span: Span,
    context: &dyn Context,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Alt> {
    if !context.variant("NV2") {
        let message = format!("the system register `{}` is not modelled, only NZCV", system.name);
        let note = "under Variant=NV2 it lives in memory, which is modelled";
        diagnostics.push(Diagnostic::error("not-modelled", span, message).note(note));
        return Vec::new();
    }
    let mut builder = Builder::new(context);
    let addr = place(system, &mut builder);
    let (size, access) = (8, Access::empty());
    if read {
        let value = builder.load(addr, size, access);
        builder.write(register, value, None);
    } else {
        let value = builder.read(register, Port::Data, None);
        builder.push(Op::Store { addr, value, high: None, size, access, after: None });
    }
    vec![builder.finish("", Next::Fall)]
}

/// Where a system register lives.
fn place(system: &SystemRegister, builder: &mut Builder<'_>) -> Tmp {
    let base = builder.read_address(VNCR);
    let offset = builder.constant(Value::from(system.offset));
    builder.alu(AluOp::Add(64), [base, offset])
}

/// An access whose base is a capability. No instruction that makes a valid one is modelled, hence there is
/// none: the access faults, and the thread ends without it.
pub fn capability_access(
    base: &RegisterName,
    span: Span,
    context: &dyn Context,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Alt> {
    if !context.variant("morello") {
        let name = base.to_string().replacen('X', "C", 1);
        let message = format!("`{name}` is {CAPABILITY}: known but not modelled");
        let note = "under Variant=morello an access by a register that holds no capability faults";
        diagnostics.push(Diagnostic::error("not-modelled", span, message).note(note));
        return Vec::new();
    }
    let mut builder = Builder::new(context);
    builder.read(base, Port::Address, None);
    vec![builder.finish("", Next::End)]
}
