//! States as short byte strings.
//!
//! Per copy 2 bytes (state 6 bits, acks 6 bits, data 4 bits); per line at home 4 bytes (state and memory, owner, sharers);
//! the bus 1 byte if free, 7 if not; then 3 bytes per message, sorted.

use crate::memory::system::{CacheLine, Home, Kind, Message, State, System, Transaction};

const ACKS_BIAS: i8 = 32;

pub(super) fn copy(copy: &CacheLine<u8>) -> u16 {
    u16::from(copy.state) << 10 | u16::from((copy.acks + ACKS_BIAS) as u8) << 4 | u16::from(copy.data)
}

pub(super) fn push_copy(key: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(&key.to_be_bytes());
}

pub(super) fn push_home(home: &Home<u8>, out: &mut Vec<u8>) {
    let [high, low] = home.sharers.to_be_bytes();
    out.extend_from_slice(&[home.state << 4 | home.memory, home.owner, high, low]);
}

pub(super) fn push_bus(bus: Option<&Transaction<u8>>, out: &mut Vec<u8>) {
    let Some(bus) = bus else {
        out.push(0);
        return;
    };
    let [waiting, updates] = [bus.waiting.to_be_bytes(), bus.updates.to_be_bytes()];
    let flushed = bus.flushed.map_or(15, |data| data);
    out.extend_from_slice(&[
        1 | u8::from(bus.shared) << 1 | bus.event << 2 | bus.entry_state << 4,
        bus.core << 4 | bus.line,
        flushed << 4 | bus.written,
        waiting[0],
        waiting[1],
        updates[0],
        updates[1],
    ]);
}

/// A message as 24 bits, in the order of messages.
pub(super) fn message(message: &Message<u8>) -> u32 {
    let nibbles =
        [message.kind as u8, message.line, message.to, message.requester, message.acks, message.data];
    nibbles.iter().fold(0, |key, &nibble| key << 4 | u32::from(nibble))
}

pub(super) fn push_message(key: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&key.to_be_bytes()[1..]);
}

/// The inverse of packing, into a state whose vectors are reused.
pub(super) fn unpack(system: &System, bytes: &[u8], state: &mut State<u8>) {
    let copies = usize::from(system.cores) * usize::from(system.lines);
    let (copy_bytes, rest) = bytes.split_at(2 * copies);
    let (home_bytes, rest) = rest.split_at(4 * usize::from(system.lines));
    let (bus_bytes, message_bytes) = rest.split_at(if rest[0] == 0 { 1 } else { 7 });
    state.copies.clear();
    state.copies.extend(copy_bytes.chunks_exact(2).map(|b| {
        let key = u16::from_be_bytes([b[0], b[1]]);
        let acks = (key >> 4 & 0x3f) as i8 - ACKS_BIAS;
        CacheLine { state: (key >> 10) as u8, acks, data: (key & 0xf) as u8 }
    }));
    state.homes.clear();
    state.homes.extend(home_bytes.chunks_exact(4).map(|b| Home {
        state: b[0] >> 4,
        owner: b[1],
        sharers: u16::from_be_bytes([b[2], b[3]]),
        memory: b[0] & 0xf,
    }));
    state.bus = (bus_bytes.len() > 1).then(|| Transaction {
        entry_state: bus_bytes[0] >> 4,
        event: bus_bytes[0] >> 2 & 3,
        core: bus_bytes[1] >> 4,
        line: bus_bytes[1] & 0xf,
        waiting: u16::from_be_bytes([bus_bytes[3], bus_bytes[4]]),
        updates: u16::from_be_bytes([bus_bytes[5], bus_bytes[6]]),
        shared: bus_bytes[0] & 2 != 0,
        flushed: Some(bus_bytes[2] >> 4).filter(|&data| data != 15),
        written: bus_bytes[2] & 0xf,
    });
    state.messages.clear();
    state.messages.extend(message_bytes.chunks_exact(3).map(|b| Message {
        kind: KINDS[usize::from(b[0] >> 4)],
        line: b[0] & 0xf,
        to: b[1] >> 4,
        requester: b[1] & 0xf,
        acks: b[2] >> 4,
        data: b[2] & 0xf,
    }));
}

/// The kinds by number; the two numbers that no kind has never occur.
const KINDS: [Kind; 16] = [
    Kind::GetS,
    Kind::GetM,
    Kind::PutS,
    Kind::PutE,
    Kind::PutM,
    Kind::DataHome,
    Kind::FwdGetS,
    Kind::FwdGetM,
    Kind::Inv,
    Kind::PutAck,
    Kind::PutRaced,
    Kind::DataE,
    Kind::Data,
    Kind::InvAck,
    Kind::InvAck,
    Kind::InvAck,
];
