//! From a file to a text, and from a text to a test.
//!
//! Reading fails with a [`ReadError`], which has no place in a text. Everything that is wrong with a
//! text is a [`Diagnostic`] with a span in [`Source::text`].

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sim_core::diagnostic::{Diagnostic, Parsed, Span};
use sim_core::litmus::ast::{Ast, Condition};
use sim_core::litmus::{self, Test};
use sim_core::outcome::Quantifier;

/// A file with more bytes than this is no litmus test, and is refused without being read.
pub const SIZE_MAX: u64 = 16 << 20;

/// A text, and the name by which messages call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A path as it was given, or the name of a built-in test.
    pub name: String,
    /// The text; where the file's bytes were not UTF-8, with replacement characters.
    pub text: String,
    /// Byte offset in `text` of the first replacement for bytes that were not UTF-8.
    pub broken_at: Option<usize>,
}

impl Source {
    /// A source whose text is at hand.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source { name: name.into(), text: text.into(), broken_at: None }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When there is no such file, or it cannot be read, or it is a directory, or it has more than
    /// [`SIZE_MAX`] bytes. Bytes that are not UTF-8 are no error here, but one of [`Source::parse`].
    pub fn read(path: &Path) -> Result<Source, ReadError> {
        let name = path.display().to_string();
        let fail = |kind| ReadError { name: name.clone(), kind };
        let io = |error: io::Error| fail(ReadErrorKind::of(&error));
        let file = File::open(path).map_err(io)?;
        let meta = file.metadata().map_err(io)?;
        if meta.is_dir() {
            return Err(fail(ReadErrorKind::Directory));
        }
        if meta.len() > SIZE_MAX {
            return Err(fail(ReadErrorKind::TooLarge));
        }
        let mut bytes = Vec::new();
        file.take(SIZE_MAX + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > SIZE_MAX {
            return Err(fail(ReadErrorKind::TooLarge));
        }
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Source { name, text, broken_at: None },
            Err(error) => Source {
                name,
                text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
                broken_at: Some(error.utf8_error().valid_up_to()),
            },
        })
    }

    /// The test in the text, by the front end of the architecture that its header names.
    pub fn parse(&self) -> Parsed<Test> {
        if let Some(at) = self.broken_at {
            let end = at + char::REPLACEMENT_CHARACTER.len_utf8();
            let error = Diagnostic::error("not-utf8", Span::new(at, end), "this is not UTF-8 text")
                .note("Save the file as UTF-8, or remove the byte.");
            return Parsed::new(None, vec![error]);
        }
        parse_named(&self.text, self.stem())
    }

    /// The test in the text with the question `about` its final states in place of its condition: a condition
    /// with or without quantifier, or a final state as results print it.
    ///
    /// # Errors
    /// What is wrong with `about`, with spans in it; or with the text, which [`Source::parse`] tells.
    pub fn parse_about(&self, about: &str) -> Parsed<Test> {
        let asked = litmus::proposition(about);
        let (Some(prop), Some(mut ast)) = (asked.value, litmus::parse(&self.text).value) else {
            return Parsed::new(None, asked.diagnostics);
        };
        ast.condition = Condition { quantifier: Quantifier::Exists, prop };
        load(&ast).unwrap_or_else(|| Parsed::new(None, Vec::new()))
    }

    /// The name of the file without folders and `.litmus`.
    fn stem(&self) -> &str {
        let base = self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name);
        base.strip_suffix(".litmus").unwrap_or(base)
    }
}

/// Architectures that have a front end, as headers name them.
pub const ARCHITECTURES: [&str; 3] = ["X86_64", "X86", "AArch64"];

/// The test in `text`, by the front end of the architecture that its header names.
///
/// Where the text is broken, and where its instructions are, all errors of both kinds are found.
pub fn parse(text: &str) -> Parsed<Test> {
    parse_named(text, "unnamed")
}

/// The same; a header may leave the name of the test to its file by `--`.
fn parse_named(text: &str, file: &str) -> Parsed<Test> {
    let parsed = litmus::parse(text);
    let Some(mut ast) = parsed.value else {
        let rest = litmus::salvage(text).and_then(|ast| load(&ast)).map(|loaded| loaded.diagnostics);
        let diagnostics = parsed.diagnostics.into_iter().chain(rest.unwrap_or_default()).collect();
        return Parsed::new(None, with_unknown_architecture(text, diagnostics));
    };
    if ast.name.text == "--" {
        ast.name.text = file.to_string();
    }
    let loaded = match load(&ast) {
        Some(loaded) => loaded,
        None => Parsed::new(None, vec![litmus::unknown_architecture(&ast.arch, &ARCHITECTURES)]),
    };
    let diagnostics = parsed.diagnostics.into_iter().chain(loaded.diagnostics).collect();
    Parsed::new(loaded.value, diagnostics)
}

/// The test by the front end of its architecture, if that has one.
fn load(ast: &Ast) -> Option<Parsed<Test>> {
    match ast.arch.text.as_str() {
        "X86_64" => Some(litmus::load(ast, &isa_x86tso::X86_64)),
        "X86" => Some(litmus::load(ast, &isa_x86tso::X86)),
        "AArch64" => Some(litmus::load(ast, &isa_armv8::AArch64)),
        _ => None,
    }
}

/// What is wrong with a text that cannot be parsed: only its architecture, if nobody knows that, for the
/// rest may be right there.
fn with_unknown_architecture(text: &str, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    match litmus::arch(text).value {
        Some(arch) if !ARCHITECTURES.contains(&arch.text.as_str()) => {
            vec![litmus::unknown_architecture(&arch, &ARCHITECTURES)]
        }
        _ => diagnostics,
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// The file, as it was given.
    pub name: String,
    /// The reason.
    pub kind: ReadErrorKind,
}

/// The reason of a [`ReadError`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// There is no such file.
    Missing,
    /// A file was wanted.
    Directory,
    /// More than [`SIZE_MAX`] bytes.
    TooLarge,
    /// What the system says.
    Other(String),
}

/// What is wrong with a file or folder, without the system's number for it.
pub fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_string(),
        _ if error.raw_os_error().is_some() => {
            let words = error.to_string();
            let words = words.split(" (os error").next().unwrap_or(&words);
            let mut letters = words.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
        _ => error.to_string(),
    }
}

impl ReadErrorKind {
    /// The reason that an error of the system stands for.
    pub fn of(error: &io::Error) -> ReadErrorKind {
        match error.kind() {
            io::ErrorKind::NotFound => ReadErrorKind::Missing,
            io::ErrorKind::IsADirectory => ReadErrorKind::Directory,
            _ => ReadErrorKind::Other(said(error)),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.kind {
            ReadErrorKind::Missing => write!(f, "{name}: no such file"),
            ReadErrorKind::Directory => write!(f, "{name}: is a directory, where a file was expected"),
            ReadErrorKind::TooLarge => {
                write!(f, "{name}: has more than {} MiB, too much for a litmus test", SIZE_MAX >> 20)
            }
            ReadErrorKind::Other(reason) => write!(f, "{name}: {reason}"),
        }
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, code: &str, under: &str) {
        let parsed = parse(text);
        assert!(parsed.value.is_none());
        assert_eq!(parsed.diagnostics[0].code, code);
        assert_eq!(parsed.diagnostics[0].span.of(text), under);
    }

    #[test]
    fn a_header_is_asked_for_its_architecture() {
        check("", "empty", "");
        check("ARM64 MP\n{ }\n P0 ;\n bogus ;\n", "unknown-architecture", "ARM64");
        check("RISCV MP\n\"never ends", "unknown-architecture", "RISCV");
    }

    #[test]
    fn broken_utf8_is_pointed_at() {
        let dir = std::env::temp_dir().join(format!("litmuscope-load-{}", std::process::id()));
        std::fs::write(&dir, b"X86_64 S\xffB\n").unwrap();
        let source = Source::read(&dir);
        std::fs::remove_file(&dir).unwrap();
        let source = source.unwrap();
        let parsed = source.parse();
        assert_eq!(parsed.diagnostics[0].code, "not-utf8");
        assert_eq!(parsed.diagnostics[0].span, Span::new(8, 11));
    }

    #[test]
    fn files_that_cannot_be_read_say_why() {
        let missing = Source::read(Path::new("no/such.litmus")).unwrap_err();
        assert_eq!(missing.to_string(), "no/such.litmus: no such file");
        let directory = Source::read(Path::new(".")).unwrap_err();
        assert_eq!(directory.kind, ReadErrorKind::Directory);
    }
}
