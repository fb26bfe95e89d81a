//! Steps of caches and homes that send messages.

use super::{
    Access, CORES_MAX, Contents, Demand, Effect, Home, Kind, MemoryUse, Message, NOBODY, Refusal, State,
    Step, System,
};
use crate::memory::directory::{CacheActions, CacheEvent, HomeActions, HomeEvent};
use crate::memory::table::{Action, Entry, Table};

type Done<D> = Result<Effect<D>, Refusal>;

pub(super) fn apply<D: Contents>(
    system: &System,
    cache: &Table<CacheActions>,
    home: &Table<HomeActions>,
    state: &mut impl Access<D>,
    step: &Step<D>,
) -> Done<D> {
    match step {
        Step::Core { core, line, demand, written } => {
            demanded(system, cache, state, (*core, *line), *demand, written)
        }
        Step::Deliver(message) if message.to == NOBODY => at_home(home, state, message),
        Step::Deliver(message) => at_cache(system, cache, state, message),
        Step::Snoop { .. } | Step::Finish => Err(Refusal::Waits),
    }
}

/// The actions and the next state of an entry, and its number.
fn look_up<A: Action>(
    table: &Table<A>,
    home: bool,
    state: u8,
    event: usize,
) -> Result<(A, u8, usize), Refusal> {
    let place = table.place(state, event);
    match table.entry(state, event) {
        Entry::Go { actions, next, .. } => Ok((actions, next, place)),
        Entry::Stall => Err(Refusal::Waits),
        Entry::Impossible => Err(Refusal::Impossible { home, place }),
    }
}

pub(super) fn stalled_entry<D: Contents>(
    system: &System,
    cache: &Table<CacheActions>,
    home: &Table<HomeActions>,
    state: &State<D>,
    message: &Message<D>,
) -> Option<(bool, usize)> {
    if message.to == NOBODY {
        let at = &state.homes[usize::from(message.line)];
        let event = home_event(message.kind, message.requester, at) as usize;
        return (home.entry(at.state, event) == Entry::Stall).then(|| (true, home.place(at.state, event)));
    }
    let copy = &state.copies[system.copy(message.to, message.line)];
    let event = cache_event(message, copy.acks).0 as usize;
    (cache.entry(copy.state, event) == Entry::Stall).then(|| (false, cache.place(copy.state, event)))
}

fn demanded<D: Contents>(
    system: &System,
    table: &Table<CacheActions>,
    state: &mut impl Access<D>,
    (core, line): (u8, u8),
    demand: Demand,
    written: &D,
) -> Done<D> {
    let (actions, place, data) = state.with_copy(system.copy(core, line), |copy| {
        let looked_up = look_up(table, false, copy.state, demand as usize);
        let (actions, next, place) = looked_up.map_err(|_| Refusal::Waits)?;
        if demand == Demand::Store && actions.contains(CacheActions::HIT) {
            copy.data = written.clone();
        }
        let data = if actions.contains(CacheActions::PUT_M) { copy.data.clone() } else { D::default() };
        copy.state = next;
        copy.forget(table.permissions(copy.state));
        Ok((actions, place, data))
    })?;
    let mut effect = Effect { cache_entry: Some(place), ..Effect::default() };
    if demand == Demand::Store && actions.contains(CacheActions::HIT) {
        effect.stored = Some((line, written.clone()));
    }
    let requests = [
        (CacheActions::GET_S, Kind::GetS),
        (CacheActions::GET_M, Kind::GetM),
        (CacheActions::PUT_S, Kind::PutS),
        (CacheActions::PUT_E, Kind::PutE),
        (CacheActions::PUT_M, Kind::PutM),
    ];
    for (flag, kind) in requests {
        if actions.contains(flag) {
            state.send(Message { kind, line, to: NOBODY, requester: core, acks: 0, data: data.clone() });
        }
    }
    Ok(effect)
}

/// The event that a message is for a cache that waits for `acks` acks, and that count afterwards.
fn cache_event<D>(message: &Message<D>, acks: i8) -> (CacheEvent, i8) {
    match message.kind {
        Kind::FwdGetS => (CacheEvent::FwdGetS, acks),
        Kind::FwdGetM => (CacheEvent::FwdGetM, acks),
        Kind::Inv => (CacheEvent::Inv, acks),
        Kind::PutAck => (CacheEvent::PutAck, acks),
        Kind::PutRaced => (CacheEvent::PutRaced, acks),
        Kind::DataE => (CacheEvent::DataE, acks),
        Kind::InvAck if acks == 1 => (CacheEvent::LastAck, 0),
        Kind::InvAck => (CacheEvent::InvAck, acks.saturating_sub(1)),
        Kind::Data | Kind::DataHome | Kind::GetS | Kind::GetM | Kind::PutS | Kind::PutE | Kind::PutM => {
            let acks = acks.saturating_add_unsigned(message.acks);
            (if acks == 0 { CacheEvent::Data } else { CacheEvent::DataAcks }, acks)
        }
    }
}

fn at_cache<D: Contents>(
    system: &System,
    table: &Table<CacheActions>,
    state: &mut impl Access<D>,
    message: &Message<D>,
) -> Done<D> {
    let received = state.place_of(message).ok_or(Refusal::Waits)?;
    let (actions, place, data) = state.with_copy(system.copy(message.to, message.line), |copy| {
        let (event, acks) = cache_event(message, copy.acks);
        let (actions, next, place) = look_up(table, false, copy.state, event as usize)?;
        let data = copy.data.clone();
        if actions.contains(CacheActions::TAKE) {
            copy.data = message.data.clone();
        }
        copy.acks = acks;
        copy.state = next;
        copy.forget(table.permissions(copy.state));
        Ok((actions, place, data))
    })?;
    state.take(received);
    let answer = |to, kind, data| Message { kind, line: message.line, to, requester: NOBODY, acks: 0, data };
    if actions.contains(CacheActions::DATA_TO_REQUESTER) {
        state.send(answer(message.requester, Kind::Data, data.clone()));
    }
    if actions.contains(CacheActions::DATA_TO_HOME) {
        state.send(answer(NOBODY, Kind::DataHome, data));
    }
    if actions.contains(CacheActions::ACK) {
        state.send(answer(message.requester, Kind::InvAck, D::default()));
    }
    Ok(Effect { cache_entry: Some(place), ..Effect::default() })
}

fn home_event<D>(kind: Kind, requester: u8, home: &Home<D>) -> HomeEvent {
    let bit = 1u16.checked_shl(u32::from(requester)).unwrap_or(0);
    match kind {
        Kind::GetS => HomeEvent::GetS,
        Kind::GetM => HomeEvent::GetM,
        Kind::PutM if home.owner == requester => HomeEvent::PutM,
        Kind::PutS | Kind::PutE if home.owner == requester => HomeEvent::PutE,
        Kind::PutS | Kind::PutE | Kind::PutM if home.sharers == bit => HomeEvent::PutLast,
        Kind::PutS | Kind::PutE | Kind::PutM if home.sharers & bit != 0 => HomeEvent::PutS,
        Kind::PutS | Kind::PutE | Kind::PutM => HomeEvent::PutRaced,
        Kind::DataHome | Kind::Data | Kind::DataE | Kind::InvAck => HomeEvent::Data,
        Kind::FwdGetS | Kind::FwdGetM | Kind::Inv | Kind::PutAck | Kind::PutRaced => HomeEvent::Data,
    }
}

fn at_home<D: Contents>(
    table: &Table<HomeActions>,
    state: &mut impl Access<D>,
    message: &Message<D>,
) -> Done<D> {
    let received = state.place_of(message).ok_or(Refusal::Waits)?;
    let (actions, before, place) = state.with_home(message.line, |home| {
        let event = home_event(message.kind, message.requester, home);
        let (actions, next, place) = look_up(table, true, home.state, event as usize)?;
        let before = home.clone();
        home.state = next;
        book(home, actions, message);
        Ok((actions, before, place))
    })?;
    state.take(received);
    answer(state, actions, &before, message);
    Ok(Effect { home_entry: Some(place), ..Effect::default() })
}

/// What the home notes.
fn book<D: Contents>(home: &mut Home<D>, actions: HomeActions, message: &Message<D>) {
    let from = message.requester;
    if actions.contains(HomeActions::WRITE) {
        home.memory = message.data.clone();
    }
    if actions.contains(HomeActions::INV) {
        home.sharers = 0;
    }
    if actions.contains(HomeActions::ADD_SHARER) {
        home.sharers |= 1 << from;
    }
    if actions.contains(HomeActions::OWNER_SHARES) && home.owner != NOBODY {
        home.sharers |= 1 << home.owner;
        home.owner = NOBODY;
    }
    if actions.contains(HomeActions::SET_OWNER) {
        home.owner = from;
    }
    if actions.contains(HomeActions::REMOVE) {
        home.sharers &= !(1 << from);
        if home.owner == from {
            home.owner = NOBODY;
        }
    }
}

/// What the home sends; `before` is its entry as the message found it.
fn answer<D: Contents>(
    state: &mut impl Access<D>,
    actions: HomeActions,
    before: &Home<D>,
    message: &Message<D>,
) {
    let from = message.requester;
    let told = if actions.contains(HomeActions::INV) { before.sharers & !(1 << from) } else { 0 };
    let (line, data) = (message.line, before.memory.clone());
    let to = |to: u8, kind: Kind| Message { kind, line, to, requester: NOBODY, acks: 0, data: D::default() };
    if actions.contains(HomeActions::DATA) {
        let acks = told.count_ones() as u8;
        state.send(Message { acks, data: data.clone(), ..to(from, Kind::Data) });
    }
    if actions.contains(HomeActions::DATA_E) {
        state.send(Message { data, ..to(from, Kind::DataE) });
    }
    for (flag, kind) in [(HomeActions::FWD_GET_S, Kind::FwdGetS), (HomeActions::FWD_GET_M, Kind::FwdGetM)] {
        if actions.contains(flag) && before.owner != NOBODY {
            state.send(Message { requester: from, ..to(before.owner, kind) });
        }
    }
    for core in (0..CORES_MAX as u8).filter(|core| told & 1 << core != 0) {
        state.send(Message { requester: from, ..to(core, Kind::Inv) });
    }
    for (flag, kind) in [(HomeActions::PUT_ACK, Kind::PutAck), (HomeActions::PUT_RACED, Kind::PutRaced)] {
        if actions.contains(flag) {
            state.send(to(from, kind));
        }
    }
}

/// How the arrival of a message uses memory: the home delivers data from it, or writes data to it.
pub(super) fn memory_use<D: Contents>(
    home: &Table<HomeActions>,
    state: &State<D>,
    message: &Message<D>,
) -> Option<MemoryUse> {
    let at = state.homes.get(usize::from(message.line)).filter(|_| message.to == NOBODY)?;
    let event = home_event(message.kind, message.requester, at) as usize;
    let Entry::Go { actions, .. } = home.entry(at.state, event) else { return None };
    let write = actions.contains(HomeActions::WRITE);
    let read = actions.intersects(HomeActions::DATA | HomeActions::DATA_E);
    (write || read).then_some(MemoryUse { line: message.line, write })
}
