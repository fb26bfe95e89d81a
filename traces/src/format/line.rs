//! From a line of a trace to what it says.

use std::fmt;

use memchr::memchr;

use super::{FORMAT, Footer, Header, Mark, Step, VERSION};

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    /// The first line.
    Header(Box<Header>),
    /// A step.
    Step(Step<'a>),
    /// A note between steps.
    Mark(Mark),
    /// The last line.
    Footer(Footer),
}

/// Why a line says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineError {
    /// It is not whole JSON: where it breaks off, from 0, and why.
    NotJson(usize, String),
    /// It is JSON, but none of the lines of a trace.
    NotALine(String),
    /// It is the header of another version of the format.
    Version(u64),
}

impl<'a> Line<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &'a str) -> Result<Line<'a>, LineError> {
        // Steps are nearly all of a trace, and this is how they are written.
        match plain_step(text).map(Line::Step).or_else(|| plain_end(text)) {
            Some(line) => Ok(line),
            None => parse_any(text),
        }
    }
}

/// A step as [`Recorder`](crate::record::Recorder) writes it, if nothing in it is escaped.
fn plain_step(text: &str) -> Option<Step<'_>> {
    let rest = text.strip_prefix("{\"step\":")?;
    if has_escapes(text.as_bytes()) {
        return None;
    }
    let (step, rest) = rest.split_at(rest.bytes().position(|byte| !byte.is_ascii_digit())?);
    let rest = rest.strip_prefix(",\"name\":\"")?;
    let (name, rest) = rest.split_at(memchr(b'"', rest.as_bytes())?);
    let rest = rest.strip_prefix("\",\"effect\":\"")?;
    let (effect, rest) = rest.split_at(memchr(b'"', rest.as_bytes())?);
    let plain = (1..=DIGITS_MAX).contains(&step.len()) && (step == "0" || !step.starts_with('0'));
    if !plain || rest != "\"}" {
        return None;
    }
    let step = step.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    Some(Step { step, name: name.into(), effect: effect.into() })
}

/// Numbers of so many digits fit.
const DIGITS_MAX: usize = 19;

/// Whether something in a line of JSON is escaped, or should be.
fn has_escapes(line: &[u8]) -> bool {
    fn odd(bytes: &[u8]) -> u8 {
        // Without a way out of the loop, a block of bytes is looked at in one instruction.
        bytes.iter().fold(0, |odd, byte| odd | u8::from(*byte == b'\\') | u8::from(*byte < b' '))
    }
    let blocks = line.as_chunks::<16>().0;
    // What is left over is looked at with so much of what comes before that it is a block too.
    let last = line.last_chunk::<16>().map_or(line, |block| block);
    blocks.iter().fold(odd(last), |any, block| any | odd(block)) != 0
}

/// A first or last line with the key in front by which [`Recorder`](crate::record::Recorder) begins it, if nothing is wrong
/// with it.
fn plain_end(text: &str) -> Option<Line<'_>> {
    if text.starts_with("{\"format\":") {
        let header: Header = serde_json::from_str(text).ok()?;
        let known = header.format == FORMAT && header.version == VERSION;
        known.then(|| Line::Header(Box::new(header)))
    } else if text.starts_with("{\"end\":") {
        serde_json::from_str(text).ok().map(Line::Footer)
    } else {
        None
    }
}

/// Any line, by its keys.
fn parse_any(text: &str) -> Result<Line<'_>, LineError> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|e| LineError::NotJson(e.column().saturating_sub(1), e.to_string()))?;
    let Some(object) = value.as_object() else {
        return Err(LineError::NotALine("expected an object in braces".to_string()));
    };
    let has = |key: &str| object.contains_key(key);
    if has("format") {
        let named = object["format"].as_str() == Some(FORMAT);
        if let (true, Some(version)) = (named, object.get("version").and_then(serde_json::Value::as_u64))
            && version != u64::from(VERSION)
        {
            return Err(LineError::Version(version));
        }
        if !named {
            return Err(LineError::NotALine(format!("this is not a {FORMAT} but {}", object["format"])));
        }
        read(text).map(|header| Line::Header(Box::new(header)))
    } else if has("step") {
        read(text).map(Line::Step)
    } else if has("end") {
        read(text).map(Line::Footer)
    } else if has("back") || has("bookmark") {
        read(text).map(Line::Mark)
    } else {
        Err(LineError::NotALine("none of `format`, `step`, `back`, `bookmark`, `end`".to_string()))
    }
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, LineError> {
    serde_json::from_str(text).map_err(|error| {
        // The place in the line is of no help: it is where the object ends.
        let reason = error.to_string();
        LineError::NotALine(reason.split(" at line ").next().unwrap_or(&reason).to_string())
    })
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::NotJson(column, reason) => {
                let reason = reason.split(" at line ").next().unwrap_or(reason);
                write!(f, "not JSON at character {}: {reason}", column + 1)
            }
            LineError::NotALine(reason) => write!(f, "no line of a trace: {reason}"),
            LineError::Version(version) => {
                write!(f, "written in version {version} of the format; this program reads version {VERSION}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        match Line::parse(text) {
            Ok(line) => panic!("{line:?}"),
            Err(error) => assert_eq!(error.to_string(), expect),
        }
    }

    #[test]
    fn lines_are_told_apart_by_their_keys() {
        let step = Line::parse(r#"{"step":3,"name":"P0 drain x","effect":"x=1"}"#);
        assert!(matches!(step, Ok(Line::Step(Step { step: 3, .. }))));
        for odd in [r#"{"step":03,"name":"a","effect":"b"}"#, r#"{"step":3,"name":"a","effect":"b\q"}"#] {
            assert!(Line::parse(odd).is_err(), "{odd}");
        }
        let escaped = Line::parse(r#"{"step":3,"name":"a\"b","effect":"","more":1}"#);
        assert!(escaped.is_err_and(|error| error.to_string().contains("unknown field")));
        let spaced = Line::parse(r#"{ "name": "P0 \"drain\" x", "effect": "", "step": 3 }"#);
        assert!(matches!(spaced, Ok(Line::Step(step)) if step.name == "P0 \"drain\" x"));
        assert_eq!(Line::parse(r#"{"back":0}"#), Ok(Line::Mark(Mark::Back(0))));
        assert!(matches!(Line::parse(r#"{"end":4}"#), Ok(Line::Footer(Footer { end: 4, outcome: None }))));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        check("{\"step\":1,\"na", "not JSON at character 13: EOF while parsing a string");
        check("[]", "no line of a trace: expected an object in braces");
        check("{\"stop\":1}", "no line of a trace: none of `format`, `step`, `back`, `bookmark`, `end`");
        check("{\"step\":1,\"name\":\"a\"}", "no line of a trace: missing field `effect`");
        check(
            r#"{"format":"litmuscope-trace","version":9}"#,
            "written in version 9 of the format; this program reads version 1",
        );
    }
}
