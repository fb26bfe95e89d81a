//! MOESI. Source: Sweazey & Smith 1986; a modified line that others read stays dirty in its owner's cache
//! (O), which answers from then on; clean shared copies leave the answer to the owner or to memory.

use super::{Actions, Event, bug, bus};
use crate::memory::protocol::{Family, Protocol};
use crate::memory::table::{Entry, Permissions, Table, go, rows};

rows! {
    State {
        I: Permissions::empty(), "no copy";
        S: Permissions::READ, "a copy that someone else, a cache or memory, answers for";
        E: Permissions::READ.union(Permissions::EXCLUSIVE), "the only copy; memory is up to date";
        O: Permissions::READ.union(Permissions::OWNED).union(Permissions::DIRTY),
            "the copy that answers for all others; newer than memory";
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
        (S, BusRd) => go(Actions::SHARED, S),
        (S, BusRdX | BusUpgr) => go(none, I),

        (E, Load) => go(Actions::HIT, E),
        (E, Store) => go(Actions::HIT, M),
        (E, Evict) => go(none, I),
        (E, BusRd) => go(Actions::SHARED | Actions::FLUSH, S),
        (E, BusRdX) => go(Actions::FLUSH, I),

        (O, Load) => go(Actions::HIT, O),
        (O, Store) => bus(Actions::BUS_UPGR, M, M),
        (O, Evict) => bus(Actions::WRITE_BACK, I, I),
        (O, BusRd) => go(Actions::SHARED | Actions::FLUSH, O),
        (O, BusRdX) => go(Actions::FLUSH, I),
        (O, BusUpgr) => go(none, I),

        (M, Load | Store) => go(Actions::HIT, M),
        (M, Evict) => bus(Actions::WRITE_BACK, I, I),
        (M, BusRd) => go(Actions::SHARED | Actions::FLUSH, O),
        (M, BusRdX) => go(Actions::FLUSH, I),

        (E | M, BusUpgr) => Entry::Impossible,
        (I | S | E | O | M, BusUpd) => Entry::Impossible,
    }
}

pub(super) fn protocol() -> Protocol {
    Protocol {
        name: "moesi",
        text: "MOESI, write-invalidate with dirty sharing, on an atomic snooping bus",
        family: Family::Snooping(Table::compile("cache", next)),
        bugs: vec![
            bug(
                "owner-drops",
                "an owned line is evicted like a clean one, without a write-back",
                &[(State::O, Event::Evict, go(Actions::empty(), State::I))],
            ),
            bug(
                "owner-silent",
                "the owner does not answer a reader, who takes memory's old data",
                &[(State::O, Event::BusRd, go(Actions::SHARED, State::O))],
            ),
            bug(
                "owner-survives",
                "the owner keeps its copy when a sharer upgrades",
                &[(State::O, Event::BusUpgr, go(Actions::empty(), State::O))],
            ),
        ],
    }
}
