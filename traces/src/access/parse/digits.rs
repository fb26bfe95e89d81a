//! Numbers at the beginning of some bytes, eight digits at a time.

/// Every byte of a word the same.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The hexadecimal number that `bytes` begin with and how many digits it has: 0 to 17, with more than 16 it is
/// too large.
#[inline(always)]
pub(super) fn hex(bytes: &[u8]) -> (u64, usize) {
    match bytes.first_chunk().map(hex_of_eight) {
        Some((value, 8)) if bytes.get(8).is_some_and(u8::is_ascii_hexdigit) => more_hex(bytes, value, 8),
        Some(number) => number,
        None => more_hex(bytes, 0, 0),
    }
}

/// Goes on after `count` digits worth `value`.
#[cold]
fn more_hex(bytes: &[u8], mut value: u64, mut count: usize) -> (u64, usize) {
    while count < 17
        && let Some(digit) = bytes.get(count).and_then(|byte| char::from(*byte).to_digit(16))
    {
        value = value << 4 | u64::from(digit);
        count += 1;
    }
    (value, count)
}

/// The decimal number that `bytes` begin with and how many digits it has: 0 to 20, with more than 19 it is too
/// large.
#[inline(always)]
pub(super) fn decimal(bytes: &[u8]) -> (u64, usize) {
    let (mut value, mut count) = (0u64, 0);
    while count < 20
        && let Some(digit @ b'0'..=b'9') = bytes.get(count)
    {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        count += 1;
    }
    (value, count)
}

/// The hexadecimal number that eight bytes begin with, and how many digits it has. All are looked at at once, each in
/// its own eight bits of a word, the first lowest (after Warren, Hacker's Delight, chapter 6).
#[inline(always)]
pub(super) fn hex_of_eight(bytes: &[u8; 8]) -> (u64, usize) {
    let text = u64::from_le_bytes(*bytes);
    // Sums of seven bits do not carry into the next byte; the top bit says whether a byte reaches a bound. A byte is in
    // a range if it reaches one of its bounds and not the other, and in one of two ranges at most.
    let ascii = text & each(0x7f);
    let lower_case = ascii | each(0x20);
    let digit = (ascii + each(0x80 - b'0')) ^ (ascii + each(0x7f - b'9'));
    let letter = (lower_case + each(0x80 - b'a')) ^ (lower_case + each(0x7f - b'f'));
    let others = (!(digit ^ letter) | text) & each(0x80);
    let count = others.trailing_zeros() / 8;
    // The digits' values, moved up so that the last digit is in the highest byte. Without digits, the value is any.
    let values = (text & each(0x0f)) + 9 * (text >> 6 & each(1));
    let digits = values.wrapping_shl(64 - 8 * count);
    // Neighbours are joined to bytes, these to pairs, these to fours: the first is worth more. Each product adds
    // a copy moved up by the first one's distance and worth.
    let bytes = (digits.wrapping_mul(1 + (1 << 12)) >> 8) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes.wrapping_mul(1 + (1 << 24)) >> 16) & 0x0000_ffff_0000_ffff;
    (pairs.wrapping_mul(1 + (1 << 48)) >> 32, count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_those_that_the_standard_library_reads(text in "[0-9a-fA-F]{0,20}[^0-9a-fA-F]{0,9}") {
            let digits = text.bytes().take_while(u8::is_ascii_hexdigit).count();
            let (value, count) = hex(text.as_bytes());
            prop_assert_eq!(count, digits.min(17));
            if (1..=16).contains(&count) {
                prop_assert_eq!(Ok(value), u64::from_str_radix(&text[..count], 16));
            }
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let (value, count) = decimal(text.as_bytes());
            prop_assert_eq!(count, digits.min(20));
            if (1..=19).contains(&count) {
                prop_assert_eq!(Ok(value), text[..count].parse());
            }
        }

        #[test]
        fn any_bytes_are_told_from_digits(bytes in prop::array::uniform8(any::<u8>())) {
            prop_assert_eq!(hex_of_eight(&bytes).1, bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count());
        }
    }
}
