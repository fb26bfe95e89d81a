//! One line of a trace.

pub(super) mod common;
mod digits;

use sim_core::memory::replay::{Event, Op, REPLAY_CORES_MAX};

use super::Format;

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// An event.
    Event(Event),
    /// A comment, a header, an empty line, other output of the tool.
    Nothing,
    /// What is wrong with it.
    Wrong(String),
}

/// Bytes of an access in formats that do not say: a word.
const WORD_BYTES: u32 = 4;
/// The most bytes of an access.
const SIZE_MAX: u64 = 4096;
/// The columns of a CSV file.
const COLUMNS: [&str; 4] = ["core", "op", "address", "size"];

/// Parses a line without its end.
pub(super) fn line(format: Format, text: &[u8]) -> Line {
    let parsed = match format {
        Format::LabelValue => label_value(text),
        Format::Din => din(text),
        Format::Lackey => lackey(text),
        Format::Csv => csv(text),
    };
    parsed.unwrap_or_else(Line::Wrong)
}

fn label_value(text: &[u8]) -> Result<Line, String> {
    let mut words = words(text);
    let Some(label) = words.next() else { return Ok(Line::Nothing) };
    let op = match label {
        b"0" => Op::Load,
        b"1" => Op::Store,
        b"2" => Op::Compute,
        _ => return Err(wrong("a label from 0 to 2", label)),
    };
    let value = hex("a hexadecimal value", words.next().unwrap_or_default())?;
    match words.next() {
        Some(more) => Err(wrong("nothing after the value", more)),
        None => Ok(Line::Event(Event { op, address: value, bytes: WORD_BYTES, core: 0, work: 0 })),
    }
}

fn din(text: &[u8]) -> Result<Line, String> {
    let mut words = words(text);
    let Some(label) = words.next() else { return Ok(Line::Nothing) };
    let op = match label {
        b"0" => Op::Load,
        b"1" => Op::Store,
        b"2" => Op::Fetch,
        _ => return Err(wrong("a label from 0 to 2", label)),
    };
    // An access is a whole word (DineroIV rounds the address down); what follows it is a comment.
    let address = hex("a hexadecimal address", words.next().unwrap_or_default())? & !3;
    Ok(Line::Event(Event { op, address, bytes: WORD_BYTES, core: 0, work: 0 }))
}

fn lackey(text: &[u8]) -> Result<Line, String> {
    let op = match text {
        [b'I', b' ', ..] => Op::Fetch,
        [b' ', b'L', b' ', ..] => Op::Load,
        [b' ', b'S', b' ', ..] => Op::Store,
        [b' ', b'M', b' ', ..] => Op::Modify,
        // Not as the tool writes it, and yet nothing else.
        _ if looks_like_an_access(text) => {
            return Err(wrong("`I  04025310,3` or ` L 1ffe8,8` (or `S`, `M`), spaces included", text));
        }
        // The tool's own messages, and the program's output between them.
        _ => return Ok(Line::Nothing),
    };
    let mut parts = text[2..].trim_ascii().splitn(2, |&byte| byte == b',');
    let address = hex("a hexadecimal address", parts.next().unwrap_or_default())?;
    let bytes = size(parts.next().unwrap_or_default())?;
    Ok(Line::Event(Event { op, address, bytes, core: 0, work: 0 }))
}

/// Whether a line is some letters, an address and a size.
fn looks_like_an_access(text: &[u8]) -> bool {
    let mut words = words(text);
    let (Some(kind), Some(place), None) = (words.next(), words.next(), words.next()) else { return false };
    let numbers = place.iter().position(|&byte| byte == b',').map(|comma| place.split_at(comma));
    kind.len() <= 2
        && kind.iter().all(u8::is_ascii_alphabetic)
        && numbers.is_some_and(|(address, size)| hex("", address).is_ok() && decimal(&size[1..]).is_some())
}

fn csv(text: &[u8]) -> Result<Line, String> {
    let text = text.trim_ascii_start();
    if text.is_empty() || text.starts_with(b"#") {
        return Ok(Line::Nothing);
    }
    let fields: Vec<&[u8]> = text.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).collect();
    let &[core, op, address, bytes] = fields.as_slice() else {
        return Err(wrong("the four columns core,op,address,size", text));
    };
    if !fields.iter().any(|field| field.first().is_some_and(u8::is_ascii_digit)) {
        let other =
            fields.iter().zip(COLUMNS).find(|(field, name)| !field.eq_ignore_ascii_case(name.as_bytes()));
        return other
            .map_or(Ok(Line::Nothing), |(field, name)| Err(wrong(&format!("the column {name}"), field)));
    }
    let number = decimal(core).filter(|core| *core < REPLAY_CORES_MAX as u64);
    let core = number.ok_or_else(|| wrong(&format!("a core from 0 to {}", REPLAY_CORES_MAX - 1), core))?;
    let op = match op {
        b"L" | b"l" => Op::Load,
        b"S" | b"s" => Op::Store,
        b"M" | b"m" => Op::Modify,
        b"I" | b"i" => Op::Fetch,
        b"C" | b"c" => Op::Compute,
        _ => return Err(wrong("an operation L, S, M, I or C", op)),
    };
    let address = match address.starts_with(b"0x") {
        true => hex("a hexadecimal address", address)?,
        false => decimal(address).ok_or_else(|| wrong("a decimal address, or one with 0x", address))?,
    };
    let bytes = match size(bytes) {
        // Work has no size, whatever stands there.
        Err(_) if op == Op::Compute => WORD_BYTES,
        size => size?,
    };
    Ok(Line::Event(Event { op, address, bytes, core: core as u16, work: 0 }))
}

/// What a file is, from a line of it that is neither empty nor a comment.
pub(super) fn detect(text: &[u8]) -> Option<Format> {
    if text.starts_with(b"==") || matches!(lackey(text), Ok(Line::Event(..))) {
        return Some(Format::Lackey);
    }
    if text.iter().filter(|&&byte| byte == b',').count() == COLUMNS.len() - 1 {
        return Some(Format::Csv);
    }
    let second = words(text).nth(1)?;
    let format = if second.starts_with(b"0x") { Format::LabelValue } else { Format::Din };
    matches!(line(format, text), Line::Event(..)).then_some(format)
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// A hexadecimal number with or without `0x`.
fn hex(expected: &str, text: &[u8]) -> Result<u64, String> {
    let number = text.strip_prefix(b"0x").unwrap_or(text);
    match digits::hex(number) {
        (value, count @ 1..=16) if count == number.len() => Ok(value),
        (_, 17) => Err(wrong(&format!("{expected} of at most 16 digits"), text)),
        _ => Err(wrong(expected, text)),
    }
}

fn decimal(text: &[u8]) -> Option<u64> {
    let (value, count) = digits::decimal(text);
    (count == text.len() && (1..=19).contains(&count)).then_some(value)
}

fn size(text: &[u8]) -> Result<u32, String> {
    let size = decimal(text).filter(|size| (1..=SIZE_MAX).contains(size));
    size.map(|size| size as u32).ok_or_else(|| wrong("a size from 1 to 4096", text))
}

/// What was found, as it can be shown: at most 40 characters.
pub(super) fn shown(found: &[u8]) -> String {
    let text = String::from_utf8_lossy(found);
    let more = if text.chars().nth(40).is_some() { "..." } else { "" };
    let shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    format!("`{shown}{more}`")
}

fn wrong(expected: &str, found: &[u8]) -> String {
    if found.is_empty() {
        return format!("expected {expected}, found nothing");
    }
    format!("expected {expected}, found {}", shown(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMATS: [Format; 4] = [Format::LabelValue, Format::Din, Format::Lackey, Format::Csv];

    fn quick(format: Format, bytes: &[u8]) -> common::Common {
        match format {
            Format::LabelValue => common::label_value(bytes),
            Format::Din => common::din(bytes),
            Format::Lackey => common::lackey(bytes),
            Format::Csv => common::csv(bytes),
        }
    }

    /// The quick parser takes nothing, or what the general one does and the whole line.
    fn both_agree(text: &[u8], end: &str, after: &str) -> Result<(), TestCaseError> {
        let whole = [text, end.as_bytes(), after.as_bytes()].concat();
        for format in FORMATS {
            if let Some((event, length)) = quick(format, &whole) {
                prop_assert_eq!(line(format, text), Line::Event(event));
                prop_assert_eq!(length, text.len() + end.len());
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn both_parsers_read_the_same(
            text in prop_oneof![
                "[0-3] (0x)?[0-9a-fA-F]{1,18}",
                "(I |[ ][LSM]|[LSM] ) [0-9a-f]{1,17},[0-9]{1,5}",
                "[ I-S]{3}[0-9a-f]{1,3},[0-9]{1,2}",
                "[0-9]{1,3},[LSMICx],(0x[0-9a-f]{1,17}|[0-9]{1,20}),[0-9]{1,5}",
            ],
            end in prop::sample::select(vec!["\n", "\r\n", " \n"]),
            after in prop::sample::select(vec!["", "0", "0 0x817ae8\n0 0x817af8\n", " L 1ffe8,8\n I 04025310,3"]),
        ) {
            both_agree(text.as_bytes(), end, after)?;
        }

        /// A line with any byte in it, or without one.
        #[test]
        fn both_parsers_refuse_the_same(
            text in prop_oneof!["[0-2] 0x[0-9a-f]{1,10}", "[0-2] [0-9a-f]{1,10}", " [LSM] [0-9a-f]{1,10},[1-9]"],
            at in any::<prop::sample::Index>(),
            byte in prop::option::of(any::<u8>().prop_filter("the end of a line", |byte| *byte != b'\n')),
        ) {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes.splice(at..=at, byte);
            both_agree(&bytes, "\n", "0 0x817ae8\n0 0x817af8\n")?;
        }
    }

    #[test]
    fn what_tools_write_is_read_quickly() {
        let after = "0 0x817ae8\n".repeat(3);
        for (format, lines) in [
            (Format::LabelValue, ["0 0x817ae8", "1 0x7e15fde8", "2 0x1b", "2 0x2", "0 0x7e15fde8a0"]),
            (Format::Din, ["0 817ae8", "1 7e15fde8", "2 1b", "2 2", "0 7e15fde8a0"]),
            (Format::Lackey, ["I  04025310,3", " L 1ffe8,8", " S 1ffefffe80,16", " M 0421e,4", "I  0,1"]),
            (Format::Csv, ["0,L,0x817ae8,4", "13,S,4711,8", "1,M,0,1", "2,I,0x4,4", "63,C,27,1"]),
        ] {
            for (text, end) in lines.into_iter().flat_map(|text| [(text, "\n"), (text, "\r\n")]) {
                let read = quick(format, format!("{text}{end}{after}").as_bytes());
                assert_eq!(read.map(|(_, length)| length), Some(text.len() + end.len()), "{text}");
                assert_eq!(read.map(|(event, _)| Line::Event(event)), Some(line(format, text.as_bytes())));
            }
        }
    }
}
