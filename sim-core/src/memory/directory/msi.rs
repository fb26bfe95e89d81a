//! MSI with a directory. Source: Sorin, Hill & Wood, §8.2, tables 8.1 and 8.2; differences in
//! [the parent module](super).

use super::{CacheActions, CacheEvent, HomeActions, HomeEvent, RACED, cache_bug, home_bug};
use crate::memory::protocol::{Family, Protocol};
use crate::memory::table::{Entry, Permissions, Table, go, rows};

const WAITS: Permissions = Permissions::TRANSIENT;
const DATA_WAITS: Permissions = Permissions::DATA.union(Permissions::TRANSIENT);
const READ_WAITS: Permissions = Permissions::READ.union(Permissions::TRANSIENT);

rows! {
    State {
        I: Permissions::empty(), "no copy";
        S: Permissions::READ, "one of perhaps several equal copies";
        M: Permissions::READ.union(Permissions::WRITE).union(Permissions::EXCLUSIVE)
            .union(Permissions::OWNED).union(Permissions::DIRTY), "the only copy, newer than memory";
        IS_D: WAITS, "wants to read; waits for data";
        IM_AD: WAITS, "wants to write; waits for data and acks";
        IM_A: DATA_WAITS, "wants to write; has the data, waits for acks";
        SM_AD: READ_WAITS, "wants to write a shared copy; waits for data and acks";
        SM_A: READ_WAITS, "wants to write a shared copy; has the data, waits for acks";
        MI_A: DATA_WAITS, "has given the line back; waits for the home, answers forwarded requests";
        SI_A: WAITS, "has given up its shared copy; waits for the home, answers an invalidation";
        II_A: WAITS, "has given up and has answered the request that was forwarded; waits for the home";
        MI_F: DATA_WAITS, "the home has told that a request is on its way; waits for it with the data";
        SI_F: WAITS, "the home has told that an invalidation is on its way; waits for it";
    }
}

fn cache(state: State, event: CacheEvent) -> Entry<State, CacheActions> {
    use CacheActions as A;
    use CacheEvent::*;
    use State::*;
    let none = A::empty();
    match (state, event) {
        (I, Load) => go(A::GET_S, IS_D),
        (I, Store) => go(A::GET_M, IM_AD),
        (I, Evict | FwdGetS | FwdGetM | Inv | PutAck | PutRaced | Data | DataAcks | InvAck | LastAck) => {
            Entry::Impossible
        }

        (S, Load) => go(A::HIT, S),
        (S, Store) => go(A::GET_M, SM_AD),
        (S, Evict) => go(A::PUT_S, SI_A),
        (S, Inv) => go(A::ACK, I),
        (S, FwdGetS | FwdGetM | PutAck | PutRaced | Data | DataAcks | InvAck | LastAck) => Entry::Impossible,

        (M, Load | Store) => go(A::HIT, M),
        (M, Evict) => go(A::PUT_M, MI_A),
        (M, FwdGetS) => go(A::DATA_TO_REQUESTER | A::DATA_TO_HOME, S),
        (M, FwdGetM) => go(A::DATA_TO_REQUESTER, I),
        (M, Inv | PutAck | PutRaced | Data | DataAcks | InvAck | LastAck) => Entry::Impossible,

        (IS_D, Load | Store | Evict | Inv) => Entry::Stall,
        (IS_D, Data) => go(A::TAKE, S),
        (IS_D, FwdGetS | FwdGetM | PutAck | PutRaced | DataAcks | InvAck | LastAck) => Entry::Impossible,

        (IM_AD, Load | Store | Evict | FwdGetS | FwdGetM) => Entry::Stall,
        (IM_AD, Data) => go(A::TAKE, M),
        (IM_AD, DataAcks) => go(A::TAKE, IM_A),
        (IM_AD, InvAck) => go(none, IM_AD),
        (IM_AD, Inv | PutAck | PutRaced | LastAck) => Entry::Impossible,

        (IM_A, Load | Store | Evict | FwdGetS | FwdGetM) => Entry::Stall,
        (IM_A, InvAck) => go(none, IM_A),
        (IM_A, LastAck) => go(none, M),
        (IM_A, Inv | PutAck | PutRaced | Data | DataAcks) => Entry::Impossible,

        (SM_AD, Load) => go(A::HIT, SM_AD),
        (SM_AD, Store | Evict | FwdGetS | FwdGetM) => Entry::Stall,
        (SM_AD, Inv) => go(A::ACK, IM_AD),
        (SM_AD, Data) => go(A::TAKE, M),
        (SM_AD, DataAcks) => go(A::TAKE, SM_A),
        (SM_AD, InvAck) => go(none, SM_AD),
        (SM_AD, PutAck | PutRaced | LastAck) => Entry::Impossible,

        (SM_A, Load) => go(A::HIT, SM_A),
        (SM_A, Store | Evict | FwdGetS | FwdGetM) => Entry::Stall,
        (SM_A, InvAck) => go(none, SM_A),
        (SM_A, LastAck) => go(none, M),
        (SM_A, Inv | PutAck | PutRaced | Data | DataAcks) => Entry::Impossible,

        (MI_A, Load | Store | Evict) => Entry::Stall,
        (MI_A, FwdGetS) => go(A::DATA_TO_REQUESTER | A::DATA_TO_HOME, SI_A),
        (MI_A, FwdGetM) => go(A::DATA_TO_REQUESTER, II_A),
        (MI_A, PutAck) => go(none, I),
        (MI_A, PutRaced) => go(none, MI_F),
        (MI_A, Inv | Data | DataAcks | InvAck | LastAck) => Entry::Impossible,

        (SI_A, Load | Store | Evict) => Entry::Stall,
        (SI_A, Inv) => go(A::ACK, II_A),
        (SI_A, PutAck) => go(none, I),
        (SI_A, PutRaced) => go(none, SI_F),
        (SI_A, FwdGetS | FwdGetM | Data | DataAcks | InvAck | LastAck) => Entry::Impossible,

        (II_A, Load | Store | Evict) => Entry::Stall,
        (II_A, PutRaced) => go(none, I),
        (II_A, FwdGetS | FwdGetM | Inv | PutAck | Data | DataAcks | InvAck | LastAck) => Entry::Impossible,

        (MI_F, Load | Store | Evict) => Entry::Stall,
        (MI_F, FwdGetM) => go(A::DATA_TO_REQUESTER, I),
        (MI_F, FwdGetS | Inv | PutAck | PutRaced | Data | DataAcks | InvAck | LastAck) => Entry::Impossible,

        (SI_F, Load | Store | Evict) => Entry::Stall,
        (SI_F, Inv) => go(A::ACK, I),
        (SI_F, FwdGetS | FwdGetM | PutAck | PutRaced | Data | DataAcks | InvAck | LastAck) => {
            Entry::Impossible
        }

        (I | S | M | IS_D | IM_AD | IM_A | SM_AD | SM_A | MI_A | SI_A | II_A | MI_F | SI_F, DataE) => {
            Entry::Impossible
        }
    }
}

/// The directory's states.
mod home {
    use crate::memory::table::{Permissions, rows};

    rows! {
        pub(super) Home {
            I: Permissions::empty(), "no cache has the line; memory is up to date";
            S: Permissions::empty(), "some caches share the line; memory is up to date";
            M: Permissions::OWNED, "one cache owns the line; memory may be out of date";
            S_D: Permissions::TRANSIENT, "the old owner has been asked to share; waits for its data";
        }
    }

    pub(super) use Home::{I, M, S, S_D};
}

fn directory(state: home::Home, event: HomeEvent) -> Entry<home::Home, HomeActions> {
    use HomeActions as A;
    use HomeEvent::*;
    use home::{I, M, S, S_D};
    match (state, event) {
        (I, GetS) => go(A::DATA | A::ADD_SHARER, S),
        (I, GetM) => go(A::DATA | A::SET_OWNER, M),
        (I, PutRaced) => go(RACED, I),
        (I, PutM | PutS | PutLast | Data) => Entry::Impossible,

        (S, GetS) => go(A::DATA | A::ADD_SHARER, S),
        (S, GetM) => go(A::DATA | A::INV | A::SET_OWNER, M),
        (S, PutS) => go(A::REMOVE | A::PUT_ACK, S),
        (S, PutLast) => go(A::REMOVE | A::PUT_ACK, I),
        (S, PutRaced) => go(RACED, S),
        (S, PutM | Data) => Entry::Impossible,

        (M, GetS) => go(A::FWD_GET_S | A::OWNER_SHARES | A::ADD_SHARER, S_D),
        (M, GetM) => go(A::FWD_GET_M | A::SET_OWNER, M),
        (M, PutM) => go(A::WRITE | A::REMOVE | A::PUT_ACK, I),
        (M, PutRaced) => go(RACED, M),
        (M, PutS | PutLast | Data) => Entry::Impossible,

        (S_D, GetS | GetM | PutS | PutRaced) => Entry::Stall,
        (S_D, Data) => go(A::WRITE, S),
        (S_D, PutM | PutLast) => Entry::Impossible,

        (I | S | M | S_D, PutE) => Entry::Impossible,
    }
}

pub(super) fn protocol() -> Protocol {
    use CacheActions as A;
    Protocol {
        name: "msi-directory",
        text: "MSI with a directory, three hops, unordered network",
        family: Family::Directory {
            cache: Table::compile("cache", cache),
            home: Table::compile("directory", directory),
        },
        bugs: vec![
            cache_bug(
                "early-ack",
                "a writer takes the line as soon as it has the data, before the sharers have acknowledged",
                &[
                    (State::IM_AD, CacheEvent::DataAcks, go(A::TAKE, State::M)),
                    (State::M, CacheEvent::InvAck, go(A::empty(), State::M)),
                    (State::M, CacheEvent::LastAck, go(A::empty(), State::M)),
                ],
            ),
            cache_bug(
                "missing-invalidation",
                "a sharer acknowledges an invalidation and keeps its copy",
                &[(State::S, CacheEvent::Inv, go(A::ACK, State::S))],
            ),
            cache_bug(
                "lost-upgrade-race",
                "a sharer that is about to upgrade keeps its copy when another writer wins",
                &[(State::SM_AD, CacheEvent::Inv, go(A::ACK, State::SM_AD))],
            ),
            cache_bug(
                "writeback-race",
                "a cache whose write-back lost the race forgets the line before it has answered",
                &[(State::MI_A, CacheEvent::PutRaced, go(A::empty(), State::I))],
            ),
            cache_bug(
                "lost-ack",
                "a cache that is giving up its shared copy does not acknowledge an invalidation",
                &[(State::SI_A, CacheEvent::Inv, go(A::empty(), State::II_A))],
            ),
            cache_bug(
                "home-not-told",
                "an owner that is asked to share sends the data to the reader only",
                &[(State::M, CacheEvent::FwdGetS, go(A::DATA_TO_REQUESTER, State::S))],
            ),
            home_bug(
                "stale-forward",
                "the directory forwards a write and does not note the new owner",
                &[(home::M, HomeEvent::GetM, go(HomeActions::FWD_GET_M, home::M))],
            ),
            home_bug(
                "two-owners",
                "the directory answers a writer from memory although a cache owns the line",
                &[(home::M, HomeEvent::GetM, go(HomeActions::DATA | HomeActions::SET_OWNER, home::M))],
            ),
            home_bug(
                "stale-writeback",
                "the directory lets a write-back from an old owner overwrite memory",
                &[
                    (home::I, HomeEvent::PutRaced, go(RACED | HomeActions::WRITE, home::I)),
                    (home::S, HomeEvent::PutRaced, go(RACED | HomeActions::WRITE, home::S)),
                    (
                        home::S,
                        HomeEvent::PutS,
                        go(HomeActions::WRITE | HomeActions::REMOVE | HomeActions::PUT_ACK, home::S),
                    ),
                ],
            ),
        ],
    }
}
