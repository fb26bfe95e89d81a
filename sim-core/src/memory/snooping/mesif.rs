//! MESIF on a bus. Source: Goodman & Hum 2009 (the forward state); the youngest sharer (F) answers for the
//! clean copies, so that exactly one cache answers. Differs: a bus instead of point-to-point links.

use super::{Actions, Event, bug, bus};
use crate::memory::protocol::{Family, Protocol};
use crate::memory::table::{Entry, Permissions, Table, go, rows};

rows! {
    State {
        I: Permissions::empty(), "no copy";
        S: Permissions::READ, "a copy that another cache or memory answers for";
        F: Permissions::READ.union(Permissions::OWNED), "the copy that answers for all others; memory is up to date";
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
        (I, Load) => bus(Actions::BUS_RD, E, F),
        (I, Store) => bus(Actions::BUS_RDX, M, M),
        (I, Evict) => Entry::Impossible,
        (I, BusRd | BusRdX | BusUpgr) => go(none, I),

        (S, Load) => go(Actions::HIT, S),
        (S, Store) => bus(Actions::BUS_UPGR, M, M),
        (S, Evict) => go(none, I),
        (S, BusRd) => go(Actions::SHARED, S),
        (S, BusRdX | BusUpgr) => go(none, I),

        (F, Load) => go(Actions::HIT, F),
        (F, Store) => bus(Actions::BUS_UPGR, M, M),
        (F, Evict) => go(none, I),
        (F, BusRd) => go(Actions::SHARED | Actions::FLUSH, S),
        (F, BusRdX) => go(Actions::FLUSH, I),
        (F, BusUpgr) => go(none, I),

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
        (I | S | F | E | M, BusUpd) => Entry::Impossible,
    }
}

pub(super) fn protocol() -> Protocol {
    Protocol {
        name: "mesif",
        text: "MESIF, write-invalidate with one forwarder, on an atomic snooping bus",
        family: Family::Snooping(Table::compile("cache", next)),
        bugs: vec![bug(
            "two-owners",
            "the forwarder stays forwarder when it hands the line to another cache",
            &[(State::F, Event::BusRd, go(Actions::SHARED | Actions::FLUSH, State::F))],
        )],
    }
}
