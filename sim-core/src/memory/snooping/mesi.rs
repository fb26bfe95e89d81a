//! MESI, the Illinois protocol. Source: Papamarcos & Patel 1984; a cache that has the line supplies it
//! before memory does, whichever state it is in.

use super::{Actions, Event, bug, bus};
use crate::memory::protocol::{Family, Protocol};
use crate::memory::table::{Entry, Permissions, Table, go, rows};

rows! {
    State {
        I: Permissions::empty(), "no copy";
        S: Permissions::READ, "one of perhaps several equal copies; memory is up to date";
        E: Permissions::READ.union(Permissions::EXCLUSIVE), "the only copy; memory is up to date";
        M: Permissions::READ.union(Permissions::WRITE).union(Permissions::EXCLUSIVE)
            .union(Permissions::OWNED).union(Permissions::DIRTY), "the only copy, newer than memory";
    }
}

fn next(state: State, event: Event) -> Entry<State, Actions> {
    use Event::*;
    use State::*;
    let none = Actions::empty();
    match (state, event) {
        (I, Load) => bus(Actions::BUS_RD, E, S),
        (I, Store) => bus(Actions::BUS_RDX, M, M),
        (I, Evict) => Entry::Impossible,
        (I, BusRd | BusRdX | BusUpgr) => go(none, I),

        (S, Load) => go(Actions::HIT, S),
        (S, Store) => bus(Actions::BUS_UPGR, M, M),
        (S, Evict) => go(none, I),
        (S, BusRd) => go(Actions::SHARED | Actions::FLUSH, S),
        (S, BusRdX) => go(Actions::FLUSH, I),
        (S, BusUpgr) => go(none, I),

        (E, Load) => go(Actions::HIT, E),
        (E, Store) => go(Actions::HIT, M),
        (E, Evict) => go(none, I),
        (E, BusRd) => go(Actions::SHARED | Actions::FLUSH, S),
        (E, BusRdX) => go(Actions::FLUSH, I),

        (M, Load | Store) => go(Actions::HIT, M),
        (M, Evict) => bus(Actions::WRITE_BACK, I, I),
        (M, BusRd) => go(Actions::SHARED | Actions::FLUSH | Actions::MEMORY, S),
        (M, BusRdX) => go(Actions::FLUSH, I),

        (E | M, BusUpgr) => Entry::Impossible,
        (I | S | E | M, BusUpd) => Entry::Impossible,
    }
}

pub(super) fn protocol() -> Protocol {
    Protocol {
        name: "mesi",
        text: "MESI (Illinois), write-invalidate, on an atomic snooping bus",
        family: Family::Snooping(Table::compile("cache", next)),
        bugs: vec![
            bug(
                "missing-invalidation",
                "a shared copy survives another cache's read-for-ownership",
                &[(State::S, Event::BusRdX, go(Actions::FLUSH, State::S))],
            ),
            bug(
                "upgrade-ignored",
                "a shared copy survives another cache's upgrade",
                &[(State::S, Event::BusUpgr, go(Actions::empty(), State::S))],
            ),
            bug(
                "always-exclusive",
                "a read miss ends in E even if the shared line was raised",
                &[(State::I, Event::Load, bus(Actions::BUS_RD, State::E, State::E))],
            ),
            bug(
                "shared-line-silent",
                "a cache in E does not raise the shared line for another cache's read",
                &[(State::E, Event::BusRd, go(Actions::FLUSH, State::S))],
            ),
            bug(
                "memory-not-updated",
                "a flush for a reader does not reach memory, and the copies are clean afterwards",
                &[(State::M, Event::BusRd, go(Actions::SHARED | Actions::FLUSH, State::S))],
            ),
        ],
    }
}
