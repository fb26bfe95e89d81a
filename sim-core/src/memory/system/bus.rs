//! Steps on an atomic snooping bus.

use super::{Access, Contents, Demand, Effect, MemoryUse, Refusal, State, Step, System, Transaction};
use crate::memory::snooping::Actions;
use crate::memory::table::{Entry, Permissions, Table};

type Done<D> = Result<Effect<D>, Refusal>;

pub(super) fn apply<D: Contents>(
    system: &System,
    table: &Table<Actions>,
    state: &mut impl Access<D>,
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
    state: &mut impl Access<D>,
    (core, line): (u8, u8),
    demand: Demand,
    written: &D,
) -> Done<D> {
    let held = state.with_bus(|bus| bus.as_ref().map(|bus| bus.core == core && bus.line == line));
    let (from, actions, entry) = state.with_copy(system.copy(core, line), |copy| {
        let from = copy.state;
        let Entry::Go { actions, next, .. } = table.entry(from, demand as usize) else {
            return Err(Refusal::Waits);
        };
        let takes_bus = actions.intersects(Actions::BUS);
        if held == Some(true) && demand != Demand::Load || held.is_some() && takes_bus {
            return Err(Refusal::Waits);
        }
        if !takes_bus {
            if demand == Demand::Store && actions.contains(Actions::HIT) {
                copy.data = written.clone();
            }
            copy.state = next;
            copy.forget(table.permissions(copy.state));
        }
        Ok((from, actions, table.place(from, demand as usize)))
    })?;
    let mut effect = Effect { cache_entry: Some(entry), ..Effect::default() };
    if actions.intersects(Actions::BUS) {
        let others = ((1u16 << system.cores) - 1) & !(1 << core);
        let transaction = Transaction {
            entry_state: from,
            event: demand as u8,
            core,
            line,
            waiting: if actions.snooped().is_some() { others } else { 0 },
            updates: 0,
            shared: false,
            flushed: None,
            written: if actions.contains(Actions::BUS_UPD) { written.clone() } else { D::default() },
        };
        state.with_bus(|bus| *bus = Some(transaction));
    } else if demand == Demand::Store && actions.contains(Actions::HIT) {
        effect.stored = Some((line, written.clone()));
    }
    Ok(effect)
}

fn snoop<D: Contents>(
    system: &System,
    table: &Table<Actions>,
    state: &mut impl Access<D>,
    core: u8,
) -> Done<D> {
    let snooped = state.with_bus(|bus| {
        let bus = bus.as_ref().filter(|bus| bus.waiting & 1 << core != 0)?;
        Some((bus.line, request(table, bus).snooped()? as usize))
    });
    let (line, event) = snooped.ok_or(Refusal::Waits)?;
    let (actions, place, data) = state.with_copy(system.copy(core, line), |copy| {
        let place = table.place(copy.state, event);
        let Entry::Go { actions, next, .. } = table.entry(copy.state, event) else {
            return Err(Refusal::Impossible { home: false, place });
        };
        let data = copy.data.clone();
        copy.state = next;
        copy.forget(table.permissions(copy.state));
        Ok((actions, place, data))
    })?;
    if actions.contains(Actions::MEMORY) {
        state.with_home(line, |home| home.memory = data.clone());
    }
    state.with_bus(|bus| {
        let Some(bus) = bus else { return };
        bus.waiting &= !(1 << core);
        bus.shared |= actions.contains(Actions::SHARED);
        if actions.contains(Actions::FLUSH) {
            bus.flushed = Some(data);
        }
        if actions.contains(Actions::UPDATE) {
            bus.updates |= 1 << core;
        }
    });
    Ok(Effect { cache_entry: Some(place), ..Effect::default() })
}

fn finish<D: Contents>(system: &System, table: &Table<Actions>, state: &mut impl Access<D>) -> Done<D> {
    let ended = state.with_bus(|bus| {
        let ends = |bus: &Transaction<D>| match table.entry(bus.entry_state, usize::from(bus.event)) {
            Entry::Go { actions, next, shared } if bus.waiting == 0 => Some((actions, next, shared)),
            Entry::Go { .. } | Entry::Stall | Entry::Impossible => None,
        };
        let entry = bus.as_ref().and_then(ends)?;
        bus.take().zip(Some(entry))
    });
    let (bus, (actions, next, shared)) = ended.ok_or(Refusal::Waits)?;
    let mut effect = Effect::default();
    let place = system.copy(bus.core, bus.line);
    if actions.intersects(Actions::BUS_RD | Actions::BUS_RDX) {
        let data = bus.flushed.unwrap_or_else(|| state.with_home(bus.line, |home| home.memory.clone()));
        state.with_copy(place, |copy| copy.data = data);
    }
    if actions.contains(Actions::WRITE_BACK) {
        let data = state.with_copy(place, |copy| copy.data.clone());
        state.with_home(bus.line, |home| home.memory = data);
    }
    if actions.contains(Actions::BUS_UPD) {
        for core in (0..system.cores).filter(|core| bus.updates & 1 << core != 0) {
            state.with_copy(system.copy(core, bus.line), |copy| {
                if table.permissions(copy.state).contains(Permissions::READ) {
                    copy.data = bus.written.clone();
                }
            });
        }
        state.with_copy(place, |copy| copy.data = bus.written.clone());
        effect.stored = Some((bus.line, bus.written));
    }
    state.with_copy(place, |copy| {
        copy.state = if bus.shared { shared } else { next };
        copy.forget(table.permissions(copy.state));
    });
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
