//! Lines as tools write them, in one pass. What these functions do not take is left to the general ones,
//! which are slower, allow more, and say what is wrong.

use sim_core::memory::replay::{Event, Op, REPLAY_CORES_MAX};

use super::digits::{decimal, hex};
use super::{SIZE_MAX, WORD_BYTES};

/// The event, and the bytes of the line with its end.
pub(in crate::access) type Common = Option<(Event, usize)>;

/// `0 0x817ae8`.
#[inline(always)]
pub(in crate::access) fn label_value(bytes: &[u8]) -> Common {
    let (head, digits) = bytes.split_first_chunk()?;
    // What is left of a head that differs from `0 0x` in the label only.
    let label = u32::from_le_bytes(*head) ^ u32::from_le_bytes(*b"0 0x");
    let op = *[Op::Load, Op::Store, Op::Compute].get(label as usize)?;
    let (address, count) = hex(digits);
    Some((Event { op, address, bytes: WORD_BYTES, core: 0 }, 4 + end(digits, count, 16)?))
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
    let event = Event { op, address: address & !3, bytes: WORD_BYTES, core: 0 };
    Some((event, 2 + end(digits, count, 16)?))
}

/// `I  04025310,3` or ` L 1ffe8,8`.
#[inline(always)]
pub(in crate::access) fn lackey(bytes: &[u8]) -> Common {
    let (op, digits) = match bytes {
        [b'I', b' ', b' ', digits @ ..] => (Op::Fetch, digits),
        [b' ', b'L', b' ', digits @ ..] => (Op::Load, digits),
        [b' ', b'S', b' ', digits @ ..] => (Op::Store, digits),
        [b' ', b'M', b' ', digits @ ..] => (Op::Modify, digits),
        _ => return None,
    };
    let (address, count) = hex(digits);
    let size = after(digits, count, 16, b',')?;
    let (bytes, taken) = sized(size)?;
    Some((Event { op, address, bytes, core: 0 }, 3 + count + 1 + taken))
}

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
    Some((Event { op, address, bytes, core }, core_digits + 3 + prefix + count + 1 + taken))
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
