//! One line of a trace.

use sim_core::memory::replay::{Event, Op};

use super::Format;

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// An event, and the core that the line names, or 0.
    Event(u16, Event),
    /// A comment, a header, an empty line, other output of the tool.
    Nothing,
    /// What is wrong with it.
    Wrong(String),
}

/// Bytes of an access in formats that do not say: a word.
const WORD_BYTES: u32 = 4;

/// Parses the first line of `bytes` and tells how many bytes it has, the line end included.
pub(super) fn line(format: Format, bytes: &[u8]) -> (Line, usize) {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let text = bytes[..end.unwrap_or(bytes.len())].trim_ascii_end();
    let parsed = match format {
        Format::LabelValue => label_value(text),
        Format::Din => din(text),
        Format::Lackey => lackey(text),
        Format::Csv => csv(text),
    };
    (parsed, end.map_or(bytes.len(), |end| end + 1))
}

/// The common form of a label and a value, `0 0x817ae8` with one blank and a line feed, in one pass: the event
/// and the bytes of its line.
#[inline]
pub(super) fn plain_label_value(bytes: &[u8]) -> Option<(Event, usize)> {
    let [label @ b'0'..=b'2', b' ', b'0', b'x', digits @ ..] = bytes else { return None };
    let mut value = 0u64;
    for (place, &byte) in digits.iter().enumerate().take(17) {
        let digit = HEX[usize::from(byte)];
        if digit < 16 {
            value = value << 4 | u64::from(digit);
        } else if byte == b'\n' && (1..=16).contains(&place) {
            return Some((labelled(*label, value), 5 + place));
        } else {
            return None;
        }
    }
    None
}

#[inline]
fn labelled(label: u8, value: u64) -> Event {
    let op = match label {
        b'0' => Op::Load,
        b'1' => Op::Store,
        _ => Op::Compute,
    };
    Event { op, address: value, bytes: WORD_BYTES }
}

fn label_value(text: &[u8]) -> Line {
    let mut words = words(text);
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Line::Nothing,
        (Some(&[label @ b'0'..=b'2']), Some(value), None) => {
            match hex(value.strip_prefix(b"0x").unwrap_or(value)) {
                Some(value) => Line::Event(0, labelled(label, value)),
                None => wrong("a hexadecimal number", value),
            }
        }
        _ => wrong("a label from 0 to 2 and a value", text),
    }
}

fn din(text: &[u8]) -> Line {
    let mut words = words(text);
    let (Some(label), address) = (words.next(), words.next()) else { return Line::Nothing };
    let op = match label {
        b"0" => Op::Load,
        b"1" => Op::Store,
        b"2" => Op::Fetch,
        _ => return wrong("a label from 0 to 2", label),
    };
    let address = address.unwrap_or_default();
    match hex(address.strip_prefix(b"0x").unwrap_or(address)) {
        // An access is a whole word (DineroIV rounds the address down); what follows it is a comment.
        Some(address) => Line::Event(0, Event { op, address: address & !3, bytes: WORD_BYTES }),
        None => wrong("a hexadecimal address", address),
    }
}

fn lackey(text: &[u8]) -> Line {
    let op = match text {
        [b'I', b' ', ..] => Op::Fetch,
        [b' ', b'L', b' ', ..] => Op::Load,
        [b' ', b'S', b' ', ..] => Op::Store,
        [b' ', b'M', b' ', ..] => Op::Modify,
        // The tool's own messages, and the program's output between them.
        _ => return Line::Nothing,
    };
    let mut parts = text[2..].trim_ascii().splitn(2, |&byte| byte == b',');
    let (address, bytes) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match (hex(address), decimal(bytes)) {
        (Some(address), Some(bytes @ 1..=4096)) => Line::Event(0, Event { op, address, bytes: bytes as u32 }),
        (Some(_), _) => wrong("a size from 1 to 4096", bytes),
        (None, _) => wrong("a hexadecimal address", address),
    }
}

fn csv(text: &[u8]) -> Line {
    if text.is_empty() || text.starts_with(b"#") || text.eq_ignore_ascii_case(b"core,op,address,size") {
        return Line::Nothing;
    }
    let mut fields = text.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let (Some(core), Some(op), Some(address), Some(size), None) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return wrong("core,op,address,size", text);
    };
    let Some(core) = decimal(core).and_then(|core| u16::try_from(core).ok()) else {
        return wrong("the number of a core", core);
    };
    let op = match op {
        b"L" | b"l" => Op::Load,
        b"S" | b"s" => Op::Store,
        b"M" | b"m" => Op::Modify,
        b"I" | b"i" => Op::Fetch,
        b"C" | b"c" => Op::Compute,
        _ => return wrong("an operation L, S, M, I or C", op),
    };
    let Some(address) = address.strip_prefix(b"0x").map_or_else(|| decimal(address), hex) else {
        return wrong("an address", address);
    };
    match decimal(size) {
        Some(bytes @ 1..=4096) => Line::Event(core, Event { op, address, bytes: bytes as u32 }),
        Some(_) | None => wrong("a size from 1 to 4096", size),
    }
}

/// What a file is, from its first lines.
pub(super) fn detect(bytes: &[u8]) -> Option<Format> {
    let mut lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#"))?;
    if first.contains(&b',') && !matches!(csv(first), Line::Wrong(_)) {
        return Some(Format::Csv);
    }
    if first.starts_with(b"==") || matches!(lackey(first), Line::Event(..)) {
        return Some(Format::Lackey);
    }
    let second = words(first).nth(1)?;
    let format = if second.starts_with(b"0x") { Format::LabelValue } else { Format::Din };
    let readable = matches!(line(format, first).0, Line::Event(..));
    readable.then_some(format)
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

fn hex(text: &[u8]) -> Option<u64> {
    let digits = (1..=16).contains(&text.len()) && text.iter().all(u8::is_ascii_hexdigit);
    digits.then(|| text.iter().fold(0, |value, &byte| value << 4 | u64::from(HEX[usize::from(byte)])))
}

fn decimal(text: &[u8]) -> Option<u64> {
    let digits = (1..=19).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    digits.then(|| text.iter().fold(0, |value, &byte| value * 10 + u64::from(byte - b'0')))
}

fn wrong(expected: &str, found: &[u8]) -> Line {
    let shown: String =
        String::from_utf8_lossy(found).chars().take(40).flat_map(char::escape_default).collect();
    Line::Wrong(format!("expected {expected}, found `{shown}`"))
}

/// The values of hexadecimal digits, 255 for other bytes.
const HEX: [u8; 256] = {
    let mut table = [255; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit] as usize] = digit as u8;
        table[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};
