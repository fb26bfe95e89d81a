//! Sizes of symbols without a declared type, wrong accesses, and whether sizes are mixed.

use super::propagate::Access;
use crate::diagnostic::Diagnostic;
use crate::litmus::parse::problems::Problems;
use crate::program::{Program, Value};

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
        let faults: Vec<String> =
            addresses.iter().filter_map(|&address| fault(program, address, access.size)).collect();
        if let Some(first) = faults.first()
            && faults.len() == addresses.len()
            && reported != Some((access.thread, access.instr))
        {
            reported = Some((access.thread, access.instr));
            let span = program.threads[access.thread].instrs[access.instr].span;
            problems.push(Diagnostic::error("bad-access", span, first.clone()).note(format!(
                "accesses are naturally aligned and stay inside one symbol: this one has {} bytes",
                access.size
            )));
        }
        differing |= addresses.iter().any(|&address| {
            program.symbol_at(address).is_some_and(|(symbol, _)| program.symbols[symbol].cell != access.size)
        });
    }
    differing
}

/// Why an access of `size` bytes at `address` cannot be, if so.
fn fault(program: &Program, address: Value, size: u8) -> Option<String> {
    let after = program.symbols.partition_point(|symbol| symbol.base <= address);
    let nearest = after.checked_sub(1).map(|index| &program.symbols[index]);
    let near = nearest
        .filter(|symbol| address - symbol.base < (symbol.init.len() as Value).next_multiple_of(64) + 64);
    let Some(symbol) = near else {
        return Some(format!("the access is to address {address:#x}, where no symbol lies"));
    };
    let offset = address - symbol.base;
    let place = match offset {
        0 => symbol.name.clone(),
        _ => format!("{}+{offset}", symbol.name),
    };
    if offset + Value::from(size) > symbol.init.len() as Value {
        return Some(format!(
            "out of bounds: {size} bytes at {place}, and `{}` has {} bytes",
            symbol.name,
            symbol.init.len()
        ));
    }
    (!offset.is_multiple_of(Value::from(size.max(1))))
        .then(|| format!("misaligned: {size} bytes at {place}, which is no multiple of {size}"))
}
