//! Sizes of symbols without a declared type, wrong accesses, and whether sizes are mixed.

use super::propagate::Access;
use crate::diagnostic::Diagnostic;
use crate::litmus::parse::problems::Problems;
use crate::program::{Program, SYMBOL_ALIGN, Symbol, Value, code_target};

/// Gives every symbol without a declared type the size of the widest access to it, if that is more than
/// it has; unless the test asks for `mixed` sizes: there it is an `int`, as the field's tools have it.
pub(super) fn infer(program: &mut Program, accesses: &[Access], mixed: bool) {
    if mixed {
        return;
    }
    for access in accesses {
        for &address in access.addresses.iter().flatten() {
            let Some(index) = program.symbol_based_at(address) else { continue };
            let symbol = &mut program.symbols[index];
            if !symbol.declared && symbol.cell < access.size {
                symbol.cell = access.size;
                symbol.init.resize(usize::from(access.size), 0);
            }
        }
    }
}

/// Reports accesses that cannot be right, and says whether some access may have another size than the
/// cells it meets.
pub(super) fn check(program: &Program, accesses: &[Access], problems: &mut Problems) -> bool {
    let mut differing = false;
    let mut reported = None;
    for access in accesses {
        let Some(addresses) = &access.addresses else {
            differing |= program.symbols.iter().any(|symbol| symbol.cell != access.size);
            continue;
        };
        let place = (access.thread, access.instr);
        let span = program.threads[access.thread].instrs[access.instr].span;
        let to_code = addresses.iter().all(|&address| code_target(address).is_some());
        if access.store && to_code && !addresses.is_empty() {
            if reported != Some(place) {
                let message = "a store to an instruction: code that changes is known but not modelled";
                problems.push(Diagnostic::error("not-modelled", span, message));
            }
            reported = Some(place);
        } else if let Some(fault) = fault(program, access, addresses)
            && reported != Some(place)
        {
            reported = Some(place);
            problems.push(Diagnostic::error("bad-access", span, fault).note(
                "accesses stay inside one symbol, and begin at a multiple of their size from where it begins",
            ));
        }
        differing |= addresses.iter().any(|&address| {
            program.symbol_at(address).is_some_and(|(symbol, _)| program.symbols[symbol].cell != access.size)
        });
    }
    differing
}

/// Why an access cannot be right, if it is wrong for each of its addresses. An address far from every
/// symbol is no fault behind a branch: the branch may be there to prevent it.
fn fault(program: &Program, access: &Access, addresses: &[Value]) -> Option<String> {
    let mut first = None;
    for &address in addresses {
        let fault = match neighbour(program, address) {
            Some((symbol, offset)) => fault_at(&program.symbols[symbol], offset, access.size)?,
            None if access.certain => {
                format!("the access is to {}, where no symbol lies", program.place_name(address))
            }
            None => return None,
        };
        first.get_or_insert(fault);
    }
    first
}

/// The symbol that an address lies in or near, and the offset from where it begins.
fn neighbour(program: &Program, address: Value) -> Option<(usize, Value)> {
    let symbol = program.symbols.partition_point(|symbol| symbol.base <= address).checked_sub(1)?;
    let offset = address - program.symbols[symbol].base;
    let room = (program.symbols[symbol].init.len() as Value).next_multiple_of(SYMBOL_ALIGN);
    (offset < room + SYMBOL_ALIGN).then_some((symbol, offset))
}

fn fault_at(symbol: &Symbol, offset: Value, size: u8) -> Option<String> {
    let place = match offset {
        0 => symbol.name.clone(),
        _ => format!("{}+{offset}", symbol.name),
    };
    let length = symbol.init.len();
    if offset + Value::from(size) > length as Value {
        return Some(format!("out of bounds: {size} bytes at {place}, and `{}` has {length}", symbol.name));
    }
    (!offset.is_multiple_of(Value::from(size.max(1)))).then(|| format!("misaligned: {size} bytes at {place}"))
}
