//! Lines of a stream as events, a block at a time.

use std::io::ErrorKind;

use sim_core::memory::replay::Event;

use super::input::Input;
use super::parse::common::{self, Common};
use super::parse::{self, Line};
use super::{Error, Format};

/// Bytes at hand, of which at least a longest line is there to be parsed.
const BUFFER_BYTES: usize = 1 << 16;
/// The longest line, with its end.
const LINE_BYTES_MAX: usize = 1 << 12;
/// Events parsed at a time: so few that those of several cores stay in the fastest cache.
const EVENTS: usize = 1 << 8;

/// One file of a trace.
pub struct Reader {
    name: String,
    input: Input,
    format: Format,
    /// Bytes `at..filled` are still to be parsed; the last line may be incomplete unless `ended`.
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    ended: bool,
    /// Why the stream ended, if it should not have.
    broken: Option<String>,
    lines: u64,
    /// Parsed events; those before `taken` have been handed out.
    events: Vec<Event>,
    taken: usize,
    /// What stopped the parser, told when the events before it have been taken.
    problem: Option<Box<Error>>,
}

impl Reader {
    /// Reads from a stream; without a format, the first lines tell it.
    pub(super) fn new(name: String, input: Input, format: Option<Format>) -> Result<Reader, Error> {
        let mut reader = Reader {
            name,
            input,
            format: format.unwrap_or(Format::Csv),
            buffer: vec![0; BUFFER_BYTES],
            at: 0,
            filled: 0,
            ended: false,
            broken: None,
            lines: 0,
            events: Vec::with_capacity(EVENTS),
            taken: 0,
            problem: None,
        };
        reader.refill();
        if format.is_none() {
            reader.format = reader.detect()?;
        }
        Ok(reader)
    }

    /// The format that the first line with something in it looks like.
    fn detect(&self) -> Result<Format, Error> {
        let fail = |line: u64, message: String| Error { file: self.name.clone(), line, message };
        let lines = self.buffer[..self.filled].split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end);
        match (1..).zip(lines).find(|(_, text)| !text.is_empty() && !text.starts_with(b"#")) {
            Some((number, text)) => parse::detect(text).ok_or_else(|| {
                let found = parse::shown(text);
                fail(number, format!("{found} is no line of a label value, din, Lackey or CSV trace"))
            }),
            None => match &self.broken {
                Some(message) => Err(fail(1, message.clone())),
                None => Err(fail(0, "has no line of a memory-access trace".to_owned())),
            },
        }
    }

    /// The file, with the member of an archive.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the lines are read.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The next event.
    ///
    /// # Errors
    ///
    /// A line that cannot be read, or the file.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event>, Box<Error>> {
        if self.taken == self.events.len() && !self.next_block()? {
            return Ok(None);
        }
        let event = self.events[self.taken];
        self.taken += 1;
        Ok(Some(event))
    }

    /// Parses more events; whether there are any.
    #[cold]
    fn next_block(&mut self) -> Result<bool, Box<Error>> {
        self.events.clear();
        self.taken = 0;
        while self.events.is_empty() {
            if let Some(problem) = self.problem.take() {
                return Err(problem);
            }
            self.refill();
            if self.at == self.filled {
                let broken = self.broken.take();
                return broken.map_or(Ok(false), |message| Err(Box::new(self.error(1, message))));
            }
            match self.format {
                Format::LabelValue => self.parse_block(common::label_value),
                Format::Din => self.parse_block(common::din),
                Format::Lackey => self.parse_block(common::lackey),
                Format::Csv => self.parse_block(common::csv),
            }
        }
        Ok(true)
    }

    /// Parses lines at hand, up to a block of events or to a line that cannot be read.
    fn parse_block(&mut self, common: impl Fn(&[u8]) -> Common + Copy) {
        while self.events.len() < EVENTS {
            self.parse_common(common);
            if self.events.len() == EVENTS || !self.parse_line() {
                return;
            }
        }
    }

    /// Parses lines for as long as they are as tools write them.
    #[inline]
    fn parse_common(&mut self, common: impl Fn(&[u8]) -> Common + Copy) {
        let before = self.events.len();
        let mut rest = &self.buffer[self.at..self.filled];
        while self.events.len() < EVENTS
            && let Some((event, taken)) = common(rest)
        {
            rest = &rest[taken..];
            self.events.push(event);
        }
        self.at = self.filled - rest.len();
        self.lines += (self.events.len() - before) as u64;
    }

    /// Parses any line; whether there was one that can be read.
    fn parse_line(&mut self) -> bool {
        let rest = &self.buffer[self.at..self.filled];
        let end = rest.iter().position(|&byte| byte == b'\n').map(|end| end + 1);
        let length = match end {
            Some(end) => end,
            // What follows the last line end is a line only at the end of the stream.
            None if rest.is_empty() || (!self.ended && rest.len() <= LINE_BYTES_MAX) => return false,
            None => rest.len(),
        };
        let line = if length > LINE_BYTES_MAX {
            Line::Wrong(format!("a line has more than {LINE_BYTES_MAX} bytes"))
        } else {
            parse::line(self.format, rest[..length].trim_ascii_end())
        };
        self.at += length;
        self.lines += 1;
        match line {
            Line::Event(event) => {
                self.events.push(event);
                true
            }
            Line::Nothing => true,
            Line::Wrong(message) => {
                self.problem = Some(Box::new(self.error(0, message)));
                false
            }
        }
    }

    /// An error at the line that was parsed last, or some lines after it.
    fn error(&self, after: u64, message: String) -> Error {
        Error { file: self.name.clone(), line: self.lines + after, message }
    }

    /// Makes sure that a line is at hand, if the stream has one.
    fn refill(&mut self) {
        if self.ended || self.filled - self.at > LINE_BYTES_MAX {
            return;
        }
        self.buffer.copy_within(self.at..self.filled, 0);
        (self.at, self.filled) = (0, self.filled - self.at);
        while !self.ended && self.filled < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.broken = Some(match error.kind() {
                        ErrorKind::UnexpectedEof => {
                            "the compressed file breaks off or is damaged here".to_owned()
                        }
                        _ => format!("cannot be read: {}", crate::load::said(&error)),
                    });
                    self.ended = true;
                    // A line without its end may have been cut.
                    let last = self.buffer[..self.filled].iter().rposition(|&byte| byte == b'\n');
                    self.filled = last.map_or(0, |last| last + 1);
                }
            }
        }
    }
}
