//! Quantities on the command line.

use std::time::Duration;

/// Seconds, such as `10` or `0.5`.
///
/// # Errors
/// A sentence, for anything that is not a positive number.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 =
        text.parse().map_err(|_| "expected a number of seconds, such as 10 or 0.5".to_string())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("expected more than 0 seconds".to_string()),
    }
}

/// A count that may end in `k`, `M` or `G` (powers of 1000), such as `2M`; at least 1.
///
/// # Errors
/// A sentence.
pub fn count(text: &str) -> Result<u64, String> {
    scaled(text, 1000, &["k", "M", "G"], "a count of at least 1, such as 100000 or 2M")
}

/// Bytes that may end in `K`, `M`, `G` or `T` (powers of 1024), such as `512M`; at least 1.
///
/// # Errors
/// A sentence.
pub fn bytes(text: &str) -> Result<u64, String> {
    let plain = text.trim_end_matches(['B', 'b']).trim_end_matches('i');
    scaled(plain, 1024, &["K", "M", "G", "T"], "a size, such as 512M or 4G")
}

fn scaled(text: &str, base: u64, units: &[&str], expected: &str) -> Result<u64, String> {
    let fail = || format!("expected {expected}");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let power = match units.iter().position(|u| u.eq_ignore_ascii_case(unit)) {
        Some(at) => at as u32 + 1,
        None if unit.is_empty() => 0,
        None => return Err(fail()),
    };
    let number: u64 = digits.parse().map_err(|_| fail())?;
    let product = number.checked_mul(base.pow(power)).ok_or_else(fail)?;
    if product == 0 { Err(fail()) } else { Ok(product) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_units() {
        assert_eq!(count("12"), Ok(12));
        assert_eq!(count("2M"), Ok(2_000_000));
        assert_eq!(bytes("4GiB"), Ok(4 << 30));
        assert_eq!(bytes("512m"), Ok(512 << 20));
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "0", "-1", "1.5", "3X", "99999999999999999999", "18446744073709551615G"] {
            assert!(count(text).is_err(), "{text}");
            assert!(bytes(text).is_err(), "{text}");
        }
        for text in ["", "0", "-1", "inf", "NaN", "1e400", "ten"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
