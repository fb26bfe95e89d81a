//! Dragon, a write-update protocol. Source: McCreight 1984, as told by Culler, Singh & Gupta 1999, §5.3.3.
//! Differs: any cache that has the line supplies it; a write miss is a read transaction, after which
//! the store finds the line like any other store; a line that was never loaded has a state (I).

use super::{Actions, Event, bug, bus};
use crate::memory::protocol::{Family, Protocol};
use crate::memory::table::{Entry, Permissions, Table, go, rows};

rows! {
    State {
        I: Permissions::empty(), "no copy";
        E: Permissions::READ.union(Permissions::EXCLUSIVE), "the only copy; memory is up to date";
        Sc: Permissions::READ, "shared clean: one of several copies, someone else answers for it";
        Sm: Permissions::READ.union(Permissions::OWNED).union(Permissions::DIRTY),
            "shared modified: one of several copies, the last writer's; newer than memory";
        M: Permissions::READ.union(Permissions::WRITE).union(Permissions::EXCLUSIVE)
            .union(Permissions::OWNED).union(Permissions::DIRTY), "the only copy, newer than memory";
    }
}

fn next(state: State, event: Event) -> Entry<State, Actions> {
    use Event::*;
    use State::*;
    let none = Actions::empty();
    let supply = Actions::SHARED | Actions::FLUSH;
    match (state, event) {
        (I, Load | Store) => bus(Actions::BUS_RD, E, Sc),
        (I, Evict) => Entry::Impossible,
        (I, BusRd | BusUpd) => go(none, I),

        (E, Load) => go(Actions::HIT, E),
        (E, Store) => go(Actions::HIT, M),
        (E, Evict) => go(none, I),
        (E, BusRd) => go(supply, Sc),

        (Sc, Load) => go(Actions::HIT, Sc),
        (Sc, Store) => bus(Actions::BUS_UPD, M, Sm),
        (Sc, Evict) => go(none, I),
        (Sc, BusRd) => go(supply, Sc),
        (Sc, BusUpd) => go(Actions::SHARED | Actions::UPDATE, Sc),

        (Sm, Load) => go(Actions::HIT, Sm),
        (Sm, Store) => bus(Actions::BUS_UPD, M, Sm),
        (Sm, Evict) => bus(Actions::WRITE_BACK, I, I),
        (Sm, BusRd) => go(supply, Sm),
        (Sm, BusUpd) => go(Actions::SHARED | Actions::UPDATE, Sc),

        (M, Load | Store) => go(Actions::HIT, M),
        (M, Evict) => bus(Actions::WRITE_BACK, I, I),
        (M, BusRd) => go(supply, Sm),

        (E | M, BusUpd) => Entry::Impossible,
        (I | E | Sc | Sm | M, BusRdX | BusUpgr) => Entry::Impossible,
    }
}

pub(super) fn protocol() -> Protocol {
    Protocol {
        name: "dragon",
        text: "Dragon, write-update, on an atomic snooping bus",
        family: Family::Snooping(Table::compile("cache", next)),
        bugs: vec![
            bug(
                "missed-update",
                "a shared clean copy does not take the new word",
                &[(State::Sc, Event::BusUpd, go(Actions::SHARED, State::Sc))],
            ),
            bug(
                "two-owners",
                "the last writer stays responsible for the line after another cache's update",
                &[(State::Sm, Event::BusUpd, go(Actions::SHARED | Actions::UPDATE, State::Sm))],
            ),
        ],
    }
}
