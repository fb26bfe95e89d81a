//! Lines of a stream as events, a block at a time.

use std::io::ErrorKind;

use sim_core::memory::replay::{Event, Op};

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
    /// What stopped the parser, told after the events before it.
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

    /// Puts the next events into an empty list, and none at the end of the file.
    ///
    /// # Errors
    ///
    /// A line that cannot be read, or the file.
    pub fn fill(&mut self, events: &mut Vec<Event>) -> Result<(), Box<Error>> {
        events.reserve(EVENTS);
        while events.is_empty() {
            if let Some(problem) = self.problem.take() {
                return Err(problem);
            }
            self.refill();
            if self.at == self.filled {
                let broken = self.broken.take();
                return broken.map_or(Ok(()), |message| Err(Box::new(self.error(1, message))));
            }
            match self.format {
                Format::LabelValue => self.parse_block(events, common::label_value),
                Format::Din => self.parse_block(events, common::din),
                Format::Lackey => self.parse_block(events, common::lackey),
                Format::Csv => self.parse_block(events, common::csv),
            }
        }
        Ok(())
    }

    /// Parses lines at hand, up to a block of events or to a line that cannot be read.
    fn parse_block(&mut self, events: &mut Vec<Event>, common: impl Fn(&[u8]) -> Common + Copy) {
        while events.len() < EVENTS {
            self.parse_common(events, common);
            if events.len() == EVENTS || !self.parse_line(events) {
                return;
            }
        }
    }

    /// Parses lines for as long as they are as tools write them.
    #[inline]
    fn parse_common(&mut self, events: &mut Vec<Event>, common: impl Fn(&[u8]) -> Common + Copy) {
        let mut rest = &self.buffer[self.at..self.filled];
        let mut lines = 0;
        while events.len() < EVENTS
            && let Some((event, taken)) = common(rest)
        {
            rest = &rest[taken..];
            lines += 1;
            add(events, event);
        }
        self.at = self.filled - rest.len();
        self.lines += lines;
    }

    /// Parses any line; whether there was one that can be read.
    fn parse_line(&mut self, events: &mut Vec<Event>) -> bool {
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
                add(events, event);
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
                        ErrorKind::UnexpectedEof => "the compressed file breaks off here".to_owned(),
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

/// Adds an event: work joins what the same core did before it.
#[inline(always)]
fn add(events: &mut Vec<Event>, event: Event) {
    match events.last_mut() {
        Some(last) if event.op == Op::Compute && event.core == last.core => {
            last.work = last.work.saturating_add(event.address);
        }
        _ => events.push(event),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Work on its own, and as one piece.
    fn apart(events: impl IntoIterator<Item = Event>) -> Vec<Event> {
        let mut found: Vec<Event> = vec![];
        for Event { op, address, bytes, core, work } in events {
            let (op, cycles) = if op == Op::Compute { (None, address + work) } else { (Some(op), work) };
            found.extend(op.map(|op| Event { op, address, bytes, core, work: 0 }));
            match found.last_mut() {
                _ if cycles == 0 => {}
                Some(last) if last.op == Op::Compute => last.address += cycles,
                _ => found.push(Event { op: Op::Compute, address: cycles, bytes, core, work: 0 }),
            }
        }
        found
    }

    /// All events of a text, and the line that stopped the reader with what is wrong there.
    fn read(format: Format, text: &str) -> (Vec<Event>, Option<(u64, String)>) {
        let input = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        let mut reader = Reader::new("text".to_owned(), input, Some(format)).expect("it has a format");
        let mut all = vec![];
        loop {
            let mut events = vec![];
            match reader.fill(&mut events) {
                Ok(()) if events.is_empty() => return (all, None),
                Ok(()) => all.extend(events),
                Err(error) => return (all, Some((error.line, error.message))),
            }
        }
    }

    /// The same, line by line.
    fn read_slowly(format: Format, text: &str) -> (Vec<Event>, Option<(u64, String)>) {
        let mut all = vec![];
        for (number, line) in (1..).zip(text.lines()) {
            match parse::line(format, line.as_bytes().trim_ascii_end()) {
                Line::Event(event) => all.push(event),
                Line::Nothing => {}
                Line::Wrong(message) => return (all, Some((number, message))),
            }
        }
        (all, None)
    }

    proptest! {
        #[test]
        fn blocks_hold_what_the_lines_say(
            lines in prop::collection::vec(
                prop_oneof![
                    400 => "[01] 0x[0-9a-f]{1,9}",
                    400 => "2 0x[0-9a-f]{1,3}",
                    20 => " *[0-2] [0-9A-F]{1,9} *",
                    1 => ".{0,9}",
                ],
                0..1000,
            ),
            ended in any::<bool>(),
        ) {
            let text = lines.join("\n") + if ended { "\n" } else { "" };
            let (events, problem) = read(Format::LabelValue, &text);
            let (told, wrong) = read_slowly(Format::LabelValue, &text);
            prop_assert_eq!(problem, wrong);
            prop_assert_eq!(apart(events), apart(told));
        }
    }

    #[test]
    fn work_of_another_core_stands_alone() {
        let (events, problem) = read(Format::Csv, "0,L,0,4\n1,C,7,1\n1,C,8,1\n0,C,9,1\n0,L,0,4\n0,C,3,1\n");
        let shown: Vec<_> =
            events.iter().map(|event| (event.core, event.op, event.address, event.work)).collect();
        assert_eq!(problem, None);
        let compute = Op::Compute;
        assert_eq!(shown, [(0, Op::Load, 0, 0), (1, compute, 7, 8), (0, compute, 9, 0), (0, Op::Load, 0, 3)]);
    }
}
