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
mod parse;
mod reader;

use std::fmt;
use std::path::{Path, PathBuf};

use sim_core::memory::replay::{Replay, Schedule, drive};

pub use reader::Reader;

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

/// How a modification counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Modify {
    /// A load, then a store to the same bytes.
    #[default]
    LoadStore,
    /// A load only, as cachegrind counts.
    Load,
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
    /// One per core, or a single one whose lines name their cores.
    readers: Vec<Reader>,
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
    Ok(Trace { readers, format })
}

/// Whether a file looks like a memory-access trace (and not like a recorded run, for instance).
pub fn is_access_trace(path: &Path) -> bool {
    open(&[path.to_owned()], None).is_ok()
}

impl Trace {
    /// The cores that the files speak for; a CSV file may name up to the simulator's.
    pub fn cores(&self) -> usize {
        self.readers.len()
    }

    /// Runs the trace to its end. The lines of a CSV file are taken in their order, whatever the schedule.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read; the counts are those of everything before it.
    pub fn run(&mut self, replay: &mut Replay, schedule: Schedule, modify: Modify) -> Result<(), Error> {
        for reader in &mut self.readers {
            reader.set_modify(modify);
        }
        if self.format == Format::Csv {
            return in_order(&mut self.readers[0], replay);
        }
        if self.readers.len() > replay.cores() {
            let message = format!("{} cores, and the trace has {}", replay.cores(), self.readers.len());
            return Err(Error { file: self.readers[0].name().to_owned(), line: 0, message });
        }
        let mut sources: Vec<_> = self.readers.iter_mut().map(|reader| || reader.next_event()).collect();
        drive(replay, &mut sources, schedule).map_err(|error| *error)
    }
}

fn in_order(reader: &mut Reader, replay: &mut Replay) -> Result<(), Error> {
    while let Some((core, event)) = reader.next_with_core().map_err(|error| *error)? {
        if core >= replay.cores() {
            return Err(reader.error(format!("core {core} of {}", replay.cores())));
        }
        replay.event(core, event);
    }
    Ok(())
}
