//! MSI. Source: Culler, Singh & Gupta 1999, §5.3.1, with the upgrade transaction.

use super::{Actions, Event, bug, bus};
use crate::memory::protocol::{Family, Protocol};
use crate::memory::table::{Entry, Permissions, Table, go, rows};

rows! {
    State {
        I: Permissions::empty(), "no copy";
        S: Permissions::READ, "one of perhaps several equal copies; memory is up to date";
        M: Permissions::READ.union(Permissions::WRITE).union(Permissions::EXCLUSIVE)
            .union(Permissions::OWNED).union(Permissions::DIRTY), "the only copy, newer than memory";
    }
}

fn next(state: State, event: Event) -> Entry<State, Actions> {
    use Event::*;
    use State::*;
    let none = Actions::empty();
    match (state, event) {
        (I, Load) => bus(Actions::BUS_RD, S, S),
        (I, Store) => bus(Actions::BUS_RDX, M, M),
        (I, Evict) => Entry::Impossible,
        (I, BusRd | BusRdX | BusUpgr) => go(none, I),

        (S, Load) => go(Actions::HIT, S),
        (S, Store) => bus(Actions::BUS_UPGR, M, M),
        (S, Evict) => go(none, I),
        (S, BusRd) => go(Actions::SHARED, S),
        (S, BusRdX | BusUpgr) => go(none, I),

        (M, Load | Store) => go(Actions::HIT, M),
        (M, Evict) => bus(Actions::WRITE_BACK, I, I),
        (M, BusRd) => go(Actions::SHARED | Actions::FLUSH | Actions::MEMORY, S),
        (M, BusRdX) => go(Actions::FLUSH, I),
        (M, BusUpgr) => Entry::Impossible,

        (I | S | M, BusUpd) => Entry::Impossible,
    }
}

pub(super) fn protocol() -> Protocol {
    Protocol {
        name: "msi",
        text: "MSI, write-invalidate, on an atomic snooping bus",
        family: Family::Snooping(Table::compile("cache", next)),
        bugs: vec![
            bug(
                "dirty-dropped",
                "a modified line is evicted like a clean one, without a write-back",
                &[(State::M, Event::Evict, go(Actions::empty(), State::I))],
            ),
            bug(
                "upgrade-unsent",
                "a store to a shared line does not ask for the line alone",
                &[(State::S, Event::Store, go(Actions::HIT, State::M))],
            ),
        ],
    }
}
