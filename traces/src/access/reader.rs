//! Lines of a stream as events, a block at a time.

use sim_core::memory::replay::{Event, Op};

use super::input::Input;
use super::parse::{self, Line};
use super::{Error, Format, Modify};

/// Bytes read at a time.
const BLOCK_BYTES: usize = 1 << 16;
/// The longest line.
const LINE_BYTES_MAX: usize = 1 << 12;
/// Events parsed at a time.
const EVENTS: usize = 1 << 10;

/// One file of a trace.
pub struct Reader {
    name: String,
    input: Input,
    format: Format,
    modify: Modify,
    /// Bytes `at..` are still to be parsed; the last line may be incomplete unless `ended`.
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    lines: u64,
    /// Parsed events with their cores; those before `taken` have been handed out.
    events: Vec<(u16, Event)>,
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
            format: Format::Csv,
            modify: Modify::default(),
            buffer: vec![],
            at: 0,
            ended: false,
            lines: 0,
            events: Vec::with_capacity(EVENTS),
            taken: 0,
            problem: None,
        };
        reader.refill().map_err(|error| *error)?;
        let detected = format.or_else(|| parse::detect(&reader.buffer));
        let unknown = "no memory-access trace: neither label value, din, Lackey nor CSV".to_owned();
        reader.format = detected.ok_or_else(|| reader.error(unknown))?;
        Ok(reader)
    }

    /// The file, with the member of an archive.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the lines are read.
    pub fn format(&self) -> Format {
        self.format
    }

    pub(super) fn set_modify(&mut self, modify: Modify) {
        self.modify = modify;
    }

    /// An error at the line that was read last.
    pub(super) fn error(&self, message: String) -> Error {
        Error { file: self.name.clone(), line: self.lines, message }
    }

    /// The next event, of whatever core.
    ///
    /// # Errors
    ///
    /// A line that cannot be read, or the file.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event>, Box<Error>> {
        Ok(self.next_with_core()?.map(|(_, event)| event))
    }

    /// The next event and its core (0 in formats that do not name one).
    #[inline]
    pub(super) fn next_with_core(&mut self) -> Result<Option<(usize, Event)>, Box<Error>> {
        if self.taken == self.events.len() && !self.next_block()? {
            return Ok(None);
        }
        let (core, event) = self.events[self.taken];
        self.taken += 1;
        Ok(Some((usize::from(core), event)))
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
            if self.at == self.buffer.len() && self.ended {
                return Ok(false);
            }
            self.parse_block()?;
        }
        Ok(true)
    }

    /// Parses the complete lines at hand, up to a block of events.
    fn parse_block(&mut self) -> Result<(), Box<Error>> {
        self.refill()?;
        // What follows the last line end is a line only at the end of the stream.
        let last = self.buffer[self.at..].iter().rposition(|&byte| byte == b'\n');
        let complete = match last {
            Some(last) if !self.ended => self.at + last + 1,
            None if !self.ended => {
                return Err(Box::new(self.error(format!("a line has more than {LINE_BYTES_MAX} bytes"))));
            }
            Some(_) | None => self.buffer.len(),
        };
        while self.at < complete && self.events.len() < EVENTS {
            if self.format == Format::LabelValue {
                self.parse_plain(complete);
                if self.at == complete {
                    break;
                }
            }
            self.lines += 1;
            let (line, taken) = parse::line(self.format, &self.buffer[self.at..complete]);
            self.at += taken;
            match line {
                Line::Event(core, mut event) => {
                    if event.op == Op::Modify && self.modify == Modify::Load {
                        event.op = Op::Load;
                    }
                    self.events.push((core, event));
                }
                Line::Nothing => {}
                Line::Wrong(message) => {
                    self.problem = Some(Box::new(self.error(message)));
                    // Nothing after a wrong line is read.
                    (self.at, self.ended) = (self.buffer.len(), true);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Parses lines of labels and values for as long as they have the common form.
    fn parse_plain(&mut self, complete: usize) {
        while self.events.len() < EVENTS
            && let Some((event, taken)) = parse::plain_label_value(&self.buffer[self.at..complete])
        {
            self.events.push((0, event));
            self.at += taken;
            self.lines += 1;
        }
    }

    /// Makes sure that a line is at hand, if the stream has one.
    fn refill(&mut self) -> Result<(), Box<Error>> {
        if self.ended || self.buffer.len() - self.at > LINE_BYTES_MAX {
            return Ok(());
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        while !self.ended && self.buffer.len() <= BLOCK_BYTES {
            let kept = self.buffer.len();
            self.buffer.resize(kept + BLOCK_BYTES, 0);
            let read = self.input.read(&mut self.buffer[kept..]);
            self.buffer.truncate(kept + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    return Err(Box::new(self.error(format!("cannot be read: {error}"))));
                }
            }
        }
        Ok(())
    }
}
