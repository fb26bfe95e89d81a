//! From a state of the machine to its view.

use sim_core::core::Image;
use sim_core::machine::{Machine, State};
use sim_core::order::{Layout, Place};

use super::{Cell, Change, View, caches, core, steps, words};

/// The view of `state`, with nothing marked as changed.
pub fn build(machine: &mut Machine<'_>, state: &State) -> View {
    let enabled = machine.enabled(state);
    View {
        cores: (0..state.cores.len()).map(|c| core::build(machine, state, c, &enabled)).collect(),
        memory: memory(machine, state),
        level2: caches::level2(machine, state),
        traffic: caches::traffic(machine, state),
        enabled: enabled.iter().map(|step| steps::view(machine, state, step)).collect(),
        outcome: machine.outcome(state).map(|s| words::final_state(machine.test(), &s)),
        counts: None,
    }
}

/// Memory, cell by cell; behind caches it can be older than the last completed store.
fn memory(machine: &Machine<'_>, state: &State) -> Vec<Cell> {
    let test = machine.test();
    let behind = machine.memory_behind_caches(state);
    let image: &Image = behind.as_ref().unwrap_or(&state.memory);
    let layout = Layout::new(&test.program);
    let mut cells = Vec::new();
    for (index, symbol) in test.program.symbols.iter().enumerate() {
        let Some(start) = layout.start(index) else { continue };
        let size = symbol.cell.max(1);
        let count = symbol.init.len() / usize::from(size);
        for cell in 0..count {
            let place = Place(start.0 + (cell * usize::from(size)) as u16);
            let value = image.read(place, size) as u64;
            let name = if count == 1 { symbol.name.clone() } else { format!("{}[{cell}]", symbol.name) };
            let old = if state.memory.read(place, size) as u64 == value { "" } else { " (old)" };
            let value = format!("{}{old}", words::cell(test, symbol, value));
            cells.push(Cell { name, value, change: Change::Same });
        }
    }
    cells
}
