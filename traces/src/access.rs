//! Memory-access traces: the files of cache courses and tools, streamed to the cache simulator.
//!
//! | format | a line | cores |
//! | --- | --- | --- |
//! | label value | `0 0x817ae8` load, `1 0x..` store, `2 0x1b` other work in cycles, values in hex | one file each |
//! | din (DineroIV) | `0 817ae8` read, `1 ..` write, `2 ..` instruction fetch, hex | one |
//! | Lackey (`--trace-mem=yes`) | `I  ADDR,SIZE`, ` L ADDR,SIZE`, ` S ..`, ` M ..` (modify); address hex, size decimal | one |
//! | CSV | `core,op,address,size`: op `L`, `S`, `M`, `I` or `C` (address: cycles of other work); address decimal or 0x hex | in the file |
//!
//! Plain, `.gz`, `.zst`, and `.zip` with one member per core. What a file is, is seen from its first bytes,
//! not from its name. Memory does not grow with the length of a trace.

mod input;
pub mod measures;
mod parse;
pub mod plot;
mod reader;
mod simulate;

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};

use sim_core::memory::replay::{Event, REPLAY_CORES_MAX, Replay, Schedule, drive};

pub use reader::Reader;
pub use simulate::{Counts, Files, Setup, simulate};

/// How lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Label and value, one file per core.
    LabelValue,
    /// DineroIV's traditional input.
    Din,
    /// Valgrind's Lackey.
    Lackey,
    /// Comma-separated, with a column for the core.
    Csv,
}

impl Format {
    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::LabelValue => "label-value",
            Format::Din => "din",
            Format::Lackey => "lackey",
            Format::Csv => "csv",
        }
    }
}

/// Why a trace cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file, with the member of an archive.
    pub file: String,
    /// The line, from 1; 0 if it is about the whole file.
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for Error {}

/// An open trace.
pub struct Trace {
    /// All files.
    readers: Vec<Reader>,
    /// `cores[core]`: the readers of a core, in the order of their turns.
    cores: Vec<Vec<usize>>,
    /// The format of all readers.
    pub format: Format,
}

/// Opens the files of one trace: one per core in the order given, or one archive with the files of all cores.
///
/// # Errors
///
/// A file cannot be read or is of no known format, or the files are of different formats.
pub fn open(paths: &[PathBuf], format: Option<Format>) -> Result<Trace, Error> {
    let mut readers = vec![];
    for path in paths {
        for (name, input) in input::open(path)? {
            readers.push(Reader::new(name, input, format)?);
        }
    }
    let Some(first) = readers.first() else {
        return Err(Error {
            file: String::new(),
            line: 0,
            message: "a trace has at least one file".to_owned(),
        });
    };
    let format = first.format();
    let other = readers.iter().find(|reader| reader.format() != format);
    let problem = match other {
        Some(reader) => Some((
            reader,
            format!("this file is {}, the first one {}", reader.format().name(), format.name()),
        )),
        None if format == Format::Csv && readers.len() > 1 => {
            Some((&readers[1], "a CSV trace is one file, its first column names the core".to_owned()))
        }
        None => None,
    };
    if let Some((reader, message)) = problem {
        return Err(Error { file: reader.name().to_owned(), line: 0, message });
    }
    let cores = (0..readers.len()).map(|reader| vec![reader]).collect();
    Ok(Trace { readers, cores, format })
}

/// Whether a file holds a JSON object first, as recorded runs do, and so is no memory-access trace.
///
/// # Errors
///
/// The file cannot be read.
pub fn is_json(path: &Path) -> Result<bool, Error> {
    let fail = |message: String| Error { file: path.display().to_string(), line: 0, message };
    let Some((_, mut input)) = input::open(path)?.into_iter().next() else { return Ok(false) };
    let mut bytes = [0];
    loop {
        let read = input
            .read(&mut bytes)
            .map_err(|error| fail(format!("cannot be read: {}", crate::load::said(&error))))?;
        match bytes[0] {
            _ if read == 0 => return Ok(false),
            byte if byte.is_ascii_whitespace() => {}
            byte => return Ok(byte == b'{'),
        }
    }
}

impl Trace {
    /// The cores that the files speak for: at least 1; a CSV file may name more.
    pub fn cores(&self) -> usize {
        self.cores.len()
    }

    /// Says which core each file is about; files of one core follow each other. Without any, every file has a
    /// core of its own.
    ///
    /// # Errors
    ///
    /// There are more or fewer files, or the file names its cores itself.
    pub fn assign(&mut self, cores: &[usize]) -> Result<(), Error> {
        if cores.is_empty() {
            return Ok(());
        }
        let fail = |message| Err(Error { file: self.readers[0].name().to_owned(), line: 0, message });
        if self.format == Format::Csv {
            return fail("a CSV trace names its cores itself".to_owned());
        }
        if cores.len() != self.readers.len() {
            return fail(format!(
                "{} cores are named, and the trace has {} files",
                cores.len(),
                self.readers.len()
            ));
        }
        let count = cores.iter().max().map_or(0, |core| core + 1);
        if count > REPLAY_CORES_MAX {
            return fail(format!(
                "core {}, and there can be cores from 0 to {}",
                count - 1,
                REPLAY_CORES_MAX - 1
            ));
        }
        self.cores = vec![vec![]; count];
        for (reader, core) in cores.iter().enumerate() {
            self.cores[*core].push(reader);
        }
        Ok(())
    }

    /// Runs the trace to its end. The lines of a CSV file are taken in their order, whatever the schedule.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read; the counts are those of everything before it.
    pub fn run(&mut self, replay: &mut Replay, schedule: Schedule) -> Result<(), Error> {
        if self.format == Format::Csv {
            return in_order(&mut self.readers[0], replay);
        }
        if self.cores.len() > replay.cores() {
            let message = format!("{} cores, and the trace has {}", replay.cores(), self.cores.len());
            return Err(Error { file: self.readers[0].name().to_owned(), line: 0, message });
        }
        let mut readers: Vec<Option<&mut Reader>> = self.readers.iter_mut().map(Some).collect();
        let mut sources = Vec::new();
        for files in &self.cores {
            let mut later = files.iter().filter_map(|&at| readers[at].take()).collect::<VecDeque<_>>();
            let mut now = later.pop_front();
            sources.push(move |events: &mut Vec<Event>| fill(events, &mut now, &mut later));
        }
        drive(replay, &mut sources, schedule).map_err(|error| *error)
    }
}

/// The next events of files that follow each other.
fn fill<'a>(
    events: &mut Vec<Event>,
    now: &mut Option<&'a mut Reader>,
    later: &mut VecDeque<&'a mut Reader>,
) -> Result<(), Box<Error>> {
    while let Some(reader) = now {
        reader.fill(events)?;
        if !events.is_empty() {
            return Ok(());
        }
        *now = later.pop_front();
    }
    Ok(())
}

fn in_order(reader: &mut Reader, replay: &mut Replay) -> Result<(), Error> {
    let mut events = vec![];
    loop {
        events.clear();
        reader.fill(&mut events).map_err(|error| *error)?;
        if events.is_empty() {
            return Ok(());
        }
        for event in &events {
            let core = usize::from(event.core);
            replay.include(core);
            replay.event(core, event);
        }
    }
}
