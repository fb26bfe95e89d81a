//! Caches, bus and messages as views.

use sim_core::machine::{CacheStep, Machine, State, Step};
use sim_core::memory::caches::Caches;

use super::{Change, Line, Message, words};

/// The lines of a core's cache, set by set, and after them the old copies in its invalidate queue.
pub(super) fn lines(machine: &Machine<'_>, state: &State, core: usize) -> Vec<Line> {
    let Some((caches, at)) = machine.caches_in(state) else { return Vec::new() };
    let line = |number, state, bytes| line(machine, caches, number, state, bytes);
    let resident = caches.resident(at, core).into_iter().map(|(number, set, way)| Line {
        set,
        way,
        ..line(number, caches.state_name(at, core, number), caches.bytes(at, core, number))
    });
    let queued = caches
        .queue(at, core)
        .map(|number| Line { queued: true, ..line(number, "Inv queued", caches.queued(at, core, number)) });
    resident.chain(queued).collect()
}

/// The lines of the second level that the cores share, set by set.
pub(super) fn level2(machine: &Machine<'_>, state: &State) -> Vec<Line> {
    let Some((caches, at)) = machine.caches_in(state) else { return Vec::new() };
    let held = caches.level2_lines(at).into_iter();
    held.map(|held| {
        let state = if held.dirty { "dirty" } else { "clean" };
        Line { set: held.set, way: held.way, ..line(machine, caches, held.line, state, Some(held.bytes)) }
    })
    .collect()
}

fn line(machine: &Machine<'_>, caches: &Caches, number: usize, state: &str, bytes: Option<&[u8]>) -> Line {
    Line {
        name: caches.layout().names[number].clone(),
        state: state.to_string(),
        data: bytes.map_or("-".to_string(), |bytes| data(machine, caches, number, bytes)),
        bytes: bytes.map(<[u8]>::to_vec).unwrap_or_default(),
        ..Line::default()
    }
}

/// The values of the program's cells in a line, in the order of its symbols.
fn data(machine: &Machine<'_>, caches: &Caches, line: usize, bytes: &[u8]) -> String {
    let test = machine.test();
    let mut values = Vec::new();
    for symbol in &test.program.symbols {
        let size = usize::from(symbol.cell.max(1));
        for first in (0..symbol.init.len()).step_by(size) {
            let place = caches.locate(symbol.base + first as u64);
            let Some((_, offset)) = place.filter(|(at, _)| *at == line) else { continue };
            let Some(cell) = bytes.get(offset..offset + size) else { continue };
            let value = cell.iter().take(8).rev().fold(0, |all, byte| all << 8 | u64::from(*byte));
            values.push(words::cell(test, symbol, value));
        }
    }
    values.join(",")
}

/// What is on the bus or on its way between caches and the directory.
pub(super) fn traffic(machine: &Machine<'_>, state: &State) -> Vec<Message> {
    let Some((caches, at)) = machine.caches_in(state) else { return Vec::new() };
    let message = |text: String| Message { text, change: Change::Same };
    let bus = caches.transaction(at).map(|transaction| {
        let waiting: Vec<String> = transaction.waiting.iter().map(|core| format!("P{core}")).collect();
        let waiting =
            if waiting.is_empty() { String::new() } else { format!("; to snoop: {}", waiting.join(" ")) };
        let shared = if transaction.shared { "; shared" } else { "" };
        let flushed = if transaction.flushed { "; data on the bus" } else { "" };
        let line = &caches.layout().names[transaction.line];
        message(format!(
            "{} {line} from P{}{shared}{flushed}{waiting}",
            transaction.request, transaction.core
        ))
    });
    let deliveries = (0..at.coherence.messages.len()).map(|place| {
        let core = 0;
        let step = Step::Cache { core, step: CacheStep::Deliver { message: place as u8 } };
        message(machine.name(state, &step))
    });
    bus.into_iter().chain(deliveries).collect()
}
