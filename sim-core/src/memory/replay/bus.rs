//! Transactions on an atomic bus: all caches snoop at once.

use super::caches::Caches;
use super::dense::STATES;
use super::{Cost, Holds};
use crate::memory::snooping::{Actions, Event};
use crate::memory::table::{Entry, Table};

/// Bytes of a word, the unit of an update.
const WORD_BYTES: u64 = 4;

/// What a snooped request comes to in a state.
#[derive(Debug, Clone, Copy)]
struct Snooped {
    next: u8,
    shared: bool,
    flush: bool,
}

/// The columns of the snooped requests, as a small array.
#[derive(Debug, Clone)]
pub(super) struct Bus {
    snoops: [Snooped; STATES * 4],
}

impl Bus {
    /// Compiles a table of at most [`STATES`] states.
    pub(super) fn new(table: &Table<Actions>) -> Bus {
        let mut snoops = [Snooped { next: 0, shared: false, flush: false }; STATES * 4];
        for state in 0..table.states.len() as u8 {
            for event in [Event::BusRd, Event::BusRdX, Event::BusUpgr, Event::BusUpd] {
                snoops[place(state, event)] = snooped(table, state, event);
            }
        }
        Bus { snoops }
    }

    /// Carries a request of a core out; whether the shared line was raised.
    pub(super) fn transact(
        &self,
        caches: &mut Caches,
        core: usize,
        line: u64,
        event: Event,
        cost: &mut Cost,
    ) -> bool {
        caches.now += 1;
        cost.holds = Holds::Bus;
        let (mut shared, mut flushed, mut taken) = (false, false, 0);
        for other in (0..caches.cores.len()).filter(|other| *other != core) {
            if let Some(at) = caches.find(other, line) {
                let snooped = self.snoops[place(caches.cores[other].ways[at].state, event)];
                shared |= snooped.shared;
                flushed |= snooped.flush;
                taken += u64::from(caches.answer(other, at, snooped.next, snooped.flush));
            }
        }
        caches.count_taken(core, taken);
        let line_bytes = u64::from(caches.geometry.line_bytes);
        let counters = &mut caches.cores[core].counters;
        match event {
            Event::BusRd => counters.bus_rd += 1,
            Event::BusRdX => counters.bus_rdx += 1,
            Event::BusUpgr => counters.bus_upgr += 1,
            Event::BusUpd => {
                counters.bus_upd += 1;
                counters.bus_bytes += WORD_BYTES;
                cost.cycles += caches.latencies.word;
            }
            Event::Load | Event::Store | Event::Evict => {}
        }
        if matches!(event, Event::BusRd | Event::BusRdX) {
            counters.bus_bytes += line_bytes;
            cost.cycles +=
                if flushed { caches.take_from_cache(core) } else { caches.take_from_memory(core, line) };
        }
        shared
    }

    /// Writes a line back.
    pub(super) fn write_back(&self, caches: &mut Caches, core: usize, line: u64, cost: &mut Cost) {
        caches.now += 1;
        cost.holds = Holds::Bus;
        cost.cycles += caches.write_back(core, line);
        caches.cores[core].counters.bus_bytes += u64::from(caches.geometry.line_bytes);
    }
}

fn place(state: u8, event: Event) -> usize {
    let column = (event as usize).wrapping_sub(Event::BusRd as usize) & 3;
    (usize::from(state) * 4 + column) & (STATES * 4 - 1)
}

fn snooped(table: &Table<Actions>, state: u8, event: Event) -> Snooped {
    match table.entry(state, event as usize) {
        Entry::Go { actions, next, .. } => Snooped {
            next,
            shared: actions.contains(Actions::SHARED),
            flush: actions.contains(Actions::FLUSH),
        },
        Entry::Stall | Entry::Impossible => Snooped { next: state, shared: false, flush: false },
    }
}
