//! Lines as tools write them, in one pass. What these functions do not take is left to the general ones,
//! which are slower, allow more, and say what is wrong.

use sim_core::memory::replay::{Event, Op, REPLAY_CORES_MAX};

use super::digits::{decimal, hex, hex_of_eight};
use super::{SIZE_MAX, WORD_BYTES};

/// The event, and the bytes of the line with its end.
pub(in crate::access) type Common = Option<(Event, usize)>;

/// What is looked at of a line whose number has up to eight digits; there are more bytes at hand but for the last lines.
const WINDOW_BYTES: usize = 16;

/// `0 0x817ae8`.
#[inline(always)]
pub(in crate::access) fn label_value(bytes: &[u8]) -> Common {
    let window = bytes.first_chunk::<WINDOW_BYTES>()?;
    let (head, digits) = window.split_first_chunk()?;
    // What is left of a head that differs from `0 0x` in the label only.
    let op = match u32::from_le_bytes(*head) ^ u32::from_le_bytes(*b"0 0x") {
        0 => Op::Load,
        1 => Op::Store,
        2 => Op::Compute,
        _ => return None,
    };
    let (address, taken) = short_hex(digits.first_chunk()?).or_else(|| last_hex(&bytes[head.len()..]))?;
    Some((Event { op, address, bytes: WORD_BYTES, core: 0, work: 0 }, head.len() + taken))
}

/// A number of one digit, or of up to eight, at the end of a line, and how many bytes that takes.
#[inline(always)]
fn short_hex(bytes: &[u8; 10]) -> Option<(u64, usize)> {
    // Other work is often one of few cycles.
    if bytes[1] == b'\n' {
        return Some((u64::from(char::from(bytes[0]).to_digit(16)?), 2));
    }
    let (value, count) = hex_of_eight(bytes.first_chunk()?);
    Some((value, end(bytes, count, 8)?))
}

/// A number at the end of a line, however many digits it has, and how many bytes that takes.
#[cold]
#[inline(never)]
fn last_hex(bytes: &[u8]) -> Option<(u64, usize)> {
    let (value, count) = hex(bytes);
    Some((value, end(bytes, count, 16)?))
}

/// `0 817ae8`.
#[inline(always)]
pub(in crate::access) fn din(bytes: &[u8]) -> Common {
    let [label @ b'0'..=b'2', b' ', digits @ ..] = bytes else { return None };
    let op = match label {
        b'0' => Op::Load,
        b'1' => Op::Store,
        _ => Op::Fetch,
    };
    let (address, count) = hex(digits);
    let event = Event { op, address: address & !3, bytes: WORD_BYTES, core: 0, work: 0 };
    Some((event, 2 + end(digits, count, 16)?))
}

/// `I  04025310,3` or ` L 1ffe8,8`.
#[inline(always)]
pub(in crate::access) fn lackey(bytes: &[u8]) -> Common {
    let (&[first, second, third], digits) = bytes.split_first_chunk()?;
    // One of the first two is a letter and the other a space, which is gone then.
    let letter = first ^ second ^ b' ';
    let (op, begins) = (*LACKEY_OPS.get(usize::from(letter.wrapping_sub(b'I')))?)?;
    if (first, third) != (begins, b' ') {
        return None;
    }
    let (address, count) = hex(digits);
    let size = after(digits, count, 16, b',')?;
    let (bytes, taken) = sized(size)?;
    Some((Event { op, address, bytes, core: 0, work: 0 }, 3 + count + 1 + taken))
}

/// From letter `I` to `S`: the operation, and what its lines begin with.
const LACKEY_OPS: [Option<(Op, u8)>; 11] = {
    let mut ops = [None; 11];
    ops[0] = Some((Op::Fetch, b'I'));
    ops[(b'L' - b'I') as usize] = Some((Op::Load, b' '));
    ops[(b'M' - b'I') as usize] = Some((Op::Modify, b' '));
    ops[(b'S' - b'I') as usize] = Some((Op::Store, b' '));
    ops
};

/// `0,L,0x817ae8,4`.
#[inline(always)]
pub(in crate::access) fn csv(bytes: &[u8]) -> Common {
    let (core, core_digits) = decimal(bytes);
    let core = u16::try_from(core).ok().filter(|core| usize::from(*core) < REPLAY_CORES_MAX)?;
    let (op, number) = match after(bytes, core_digits, 2, b',')? {
        [b'L', b',', number @ ..] => (Op::Load, number),
        [b'S', b',', number @ ..] => (Op::Store, number),
        [b'M', b',', number @ ..] => (Op::Modify, number),
        [b'I', b',', number @ ..] => (Op::Fetch, number),
        [b'C', b',', number @ ..] => (Op::Compute, number),
        _ => return None,
    };
    let (prefix, (address, count), most) = match number {
        [b'0', b'x', digits @ ..] => (2, hex(digits), 16),
        digits => (0, decimal(digits), 19),
    };
    let size = after(&number[prefix..], count, most, b',')?;
    let (bytes, taken) = sized(size)?;
    Some((Event { op, address, bytes, core, work: 0 }, core_digits + 3 + prefix + count + 1 + taken))
}

/// What follows a number of 1 to `most` digits and a separator.
#[inline(always)]
fn after(bytes: &[u8], count: usize, most: usize, separator: u8) -> Option<&[u8]> {
    match bytes.get(count..)? {
        [first, rest @ ..] if *first == separator && (1..=most).contains(&count) => Some(rest),
        _ => None,
    }
}

/// Where the next line begins, behind a number of 1 to `most` digits.
#[inline(always)]
fn end(bytes: &[u8], count: usize, most: usize) -> Option<usize> {
    match bytes.get(count..)? {
        _ if !(1..=most).contains(&count) => None,
        [b'\n', ..] => Some(count + 1),
        [b'\r', b'\n', ..] => Some(count + 2),
        _ => None,
    }
}

/// The size at the end of a line, and how many bytes that takes.
#[inline(always)]
fn sized(bytes: &[u8]) -> Option<(u32, usize)> {
    let (size, count) = decimal(bytes);
    let taken = end(bytes, count, 4)?;
    (1..=SIZE_MAX).contains(&size).then_some((size as u32, taken))
}
