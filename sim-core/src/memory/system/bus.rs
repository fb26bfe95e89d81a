//! Steps on an atomic snooping bus.

use super::{Contents, Demand, Effect, MemoryUse, Refusal, State, Step, System, Transaction};
use crate::memory::snooping::Actions;
use crate::memory::table::{Entry, Permissions, Table};

type Done<D> = Result<Effect<D>, Refusal>;

pub(super) fn apply<D: Contents>(
    system: &System,
    table: &Table<Actions>,
    state: &mut State<D>,
    step: &Step<D>,
) -> Done<D> {
    match step {
        Step::Core { core, line, demand, written } => {
            demanded(system, table, state, (*core, *line), *demand, written)
        }
        Step::Snoop { core } => snoop(system, table, state, *core),
        Step::Finish => finish(system, table, state),
        Step::Deliver(_) => Err(Refusal::Waits),
    }
}

fn demanded<D: Contents>(
    system: &System,
    table: &Table<Actions>,
    state: &mut State<D>,
    (core, line): (u8, u8),
    demand: Demand,
    written: &D,
) -> Done<D> {
    let place = system.copy(core, line);
    let from = state.copies[place].state;
    let entry = table.place(from, demand as usize);
    let Entry::Go { actions, next, .. } = table.entry(from, demand as usize) else {
        return Err(Refusal::Waits);
    };
    let own = state.bus.as_ref().is_some_and(|bus| bus.core == core && bus.line == line);
    if own && demand != Demand::Load || state.bus.is_some() && actions.intersects(Actions::BUS) {
        return Err(Refusal::Waits);
    }
    let mut effect = Effect { cache_entry: Some(entry), ..Effect::default() };
    if actions.intersects(Actions::BUS) {
        let others = ((1u16 << system.cores) - 1) & !(1 << core);
        state.bus = Some(Transaction {
            entry_state: from,
            event: demand as u8,
            core,
            line,
            waiting: if actions.snooped().is_some() { others } else { 0 },
            updates: 0,
            shared: false,
            flushed: None,
            written: if actions.contains(Actions::BUS_UPD) { written.clone() } else { D::default() },
        });
        return Ok(effect);
    }
    let copy = &mut state.copies[place];
    if demand == Demand::Store && actions.contains(Actions::HIT) {
        copy.data = written.clone();
        effect.stored = Some((line, written.clone()));
    }
    copy.state = next;
    copy.forget(table.permissions(copy.state));
    Ok(effect)
}

fn snoop<D: Contents>(system: &System, table: &Table<Actions>, state: &mut State<D>, core: u8) -> Done<D> {
    let Some(bus) = state.bus.as_mut().filter(|bus| bus.waiting & 1 << core != 0) else {
        return Err(Refusal::Waits);
    };
    let Some(event) = request(table, bus).snooped().map(|event| event as usize) else {
        return Err(Refusal::Waits);
    };
    let copy = &mut state.copies[system.copy(core, bus.line)];
    let place = table.place(copy.state, event);
    let Entry::Go { actions, next, .. } = table.entry(copy.state, event) else {
        return Err(Refusal::Impossible { home: false, place });
    };
    bus.waiting &= !(1 << core);
    bus.shared |= actions.contains(Actions::SHARED);
    if actions.contains(Actions::FLUSH) {
        bus.flushed = Some(copy.data.clone());
    }
    if actions.contains(Actions::MEMORY) {
        state.homes[usize::from(bus.line)].memory = copy.data.clone();
    }
    if actions.contains(Actions::UPDATE) {
        bus.updates |= 1 << core;
    }
    copy.state = next;
    copy.forget(table.permissions(copy.state));
    Ok(Effect { cache_entry: Some(place), ..Effect::default() })
}

fn finish<D: Contents>(system: &System, table: &Table<Actions>, state: &mut State<D>) -> Done<D> {
    let Some(bus) = state.bus.take_if(|bus| bus.waiting == 0) else {
        return Err(Refusal::Waits);
    };
    let Entry::Go { actions, next, shared } = table.entry(bus.entry_state, usize::from(bus.event)) else {
        return Err(Refusal::Waits);
    };
    let mut effect = Effect::default();
    let home = &mut state.homes[usize::from(bus.line)];
    let place = system.copy(bus.core, bus.line);
    if actions.intersects(Actions::BUS_RD | Actions::BUS_RDX) {
        state.copies[place].data = bus.flushed.unwrap_or_else(|| home.memory.clone());
    }
    if actions.contains(Actions::WRITE_BACK) {
        home.memory = state.copies[place].data.clone();
    }
    if actions.contains(Actions::BUS_UPD) {
        for core in (0..system.cores).filter(|core| bus.updates & 1 << core != 0) {
            let copy = &mut state.copies[system.copy(core, bus.line)];
            if table.permissions(copy.state).contains(Permissions::READ) {
                copy.data = bus.written.clone();
            }
        }
        state.copies[place].data = bus.written.clone();
        effect.stored = Some((bus.line, bus.written));
    }
    let copy = &mut state.copies[place];
    copy.state = if bus.shared { shared } else { next };
    copy.forget(table.permissions(copy.state));
    Ok(effect)
}

/// The request that a transaction carries out.
pub(super) fn request<D>(table: &Table<Actions>, bus: &Transaction<D>) -> Actions {
    match table.entry(bus.entry_state, usize::from(bus.event)) {
        Entry::Go { actions, .. } => actions & Actions::BUS,
        Entry::Stall | Entry::Impossible => Actions::empty(),
    }
}

/// How a step uses memory: it delivers what no cache flushes, and takes what is written back or flushed to it.
pub(super) fn memory_use<D: Contents>(
    system: &System,
    table: &Table<Actions>,
    state: &State<D>,
    step: &Step<D>,
) -> Option<MemoryUse> {
    let bus = state.bus.as_ref()?;
    let request = request(table, bus);
    let write = match step {
        Step::Finish if request.contains(Actions::WRITE_BACK) => true,
        Step::Finish if request.intersects(Actions::BUS_RD | Actions::BUS_RDX) && bus.flushed.is_none() => {
            false
        }
        Step::Snoop { core } => {
            let from = state.copies[system.copy(*core, bus.line)].state;
            let entry = table.entry(from, request.snooped()? as usize);
            matches!(entry, Entry::Go { actions, .. } if actions.contains(Actions::MEMORY)).then_some(true)?
        }
        Step::Finish | Step::Core { .. } | Step::Deliver(_) => return None,
    };
    Some(MemoryUse { line: bus.line, write })
}
