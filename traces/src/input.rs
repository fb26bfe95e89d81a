//! From the names on a command line to the tests they mean.
//!
//! A name is a file, a folder (all `*.litmus` files below it, sorted by path), a list of names
//! (`@list`: one name per line, relative to the list's folder, lists may nest, `#` begins a comment; as in
//! herd, a file whose own name begins with `@` is a list too), `-` for a list on the standard input, or the name of a built-in test.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::library::{self, Entry};
use crate::load::{ReadError, ReadErrorKind, Source, said};

/// A test to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file, as it was named.
    File(PathBuf),
    /// A test of the built-in library.
    BuiltIn(&'static Entry),
}

impl Input {
    /// The text.
    ///
    /// # Errors
    /// Those of [`Source::read`].
    pub fn read(&self) -> Result<Source, ReadError> {
        match self {
            Input::File(path) => Source::read(path),
            Input::BuiltIn(entry) => Ok(Source::new(entry.path, entry.text)),
        }
    }

    /// The entry of the library, for a built-in test.
    pub fn entry(&self) -> Option<&'static Entry> {
        match self {
            Input::File(_) => None,
            Input::BuiltIn(entry) => Some(entry),
        }
    }
}

/// Lists in lists deeper than this are refused.
const DEPTH_MAX: usize = 64;

/// The inputs that names mean, and a sentence for each name that means none.
#[derive(Debug, Default)]
pub struct Inputs {
    /// In the order of the names.
    pub found: Vec<Input>,
    /// What went wrong, in the order of the names.
    pub problems: Vec<String>,
}

impl Inputs {
    /// Follows `names`; `stdin` is what `-` reads.
    pub fn collect<'a>(names: impl IntoIterator<Item = &'a str>, stdin: &mut dyn BufRead) -> Inputs {
        let mut inputs = Inputs::default();
        let mut collector = Collector { inputs: &mut inputs, open_lists: Vec::new() };
        for name in names {
            if name == "-" {
                collector.list("standard input", Path::new(""), stdin);
            } else {
                collector.name(name, Path::new(""));
            }
        }
        inputs
    }
}

struct Collector<'a> {
    inputs: &'a mut Inputs,
    /// The lists being read, outermost first, to cut loops.
    open_lists: Vec<PathBuf>,
}

impl Collector<'_> {
    fn problem(&mut self, problem: impl Into<String>) {
        self.inputs.problems.push(problem.into());
    }

    /// Follows one name, relative to `dir`.
    fn name(&mut self, name: &str, dir: &Path) {
        let path = dir.join(name);
        if path.file_name().is_some_and(|base| base.to_string_lossy().starts_with('@')) && path.exists() {
            return self.list_file(path);
        }
        if let Some(list) = name.strip_prefix('@') {
            return self.list_file(dir.join(list));
        }
        if path.is_dir() {
            return self.folder(&path);
        }
        if path.exists() {
            return self.inputs.found.push(Input::File(path));
        }
        match library::find(name) {
            Ok(entry) => self.inputs.found.push(Input::BuiltIn(entry)),
            Err(near) => {
                let missing = ReadError { name: path.display().to_string(), kind: ReadErrorKind::Missing };
                let hint = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
                self.problem(format!("{missing}, and no built-in test has this name{hint}"));
            }
        }
    }

    fn list_file(&mut self, path: PathBuf) {
        let shown = path.display().to_string();
        if self.open_lists.contains(&path) {
            return self.problem(format!("{shown}: this list contains itself"));
        }
        if self.open_lists.len() >= DEPTH_MAX {
            return self.problem(format!("{shown}: lists are nested more than {DEPTH_MAX} deep"));
        }
        let file = match fs::File::open(&path) {
            Ok(_) if path.is_dir() => Err(ReadErrorKind::Directory),
            Ok(file) => Ok(file),
            Err(error) => Err(ReadErrorKind::of(&error)),
        };
        match file {
            Ok(file) => {
                let dir = path.parent().unwrap_or(Path::new("")).to_path_buf();
                self.open_lists.push(path);
                self.list(&shown, &dir, &mut BufReader::new(file));
                self.open_lists.pop();
            }
            Err(kind) => self.problem(ReadError { name: shown, kind }.to_string()),
        }
    }

    /// Follows the names in the lines of a list.
    fn list(&mut self, shown: &str, dir: &Path, lines: &mut dyn BufRead) {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            match lines.read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return self.problem(format!("{shown}: {}", said(&error))),
            }
            match std::str::from_utf8(&line).map(str::trim) {
                Ok("") => {}
                Ok(name) if name.starts_with('#') => {}
                Ok(name) => self.name(name, dir),
                Err(_) => return self.problem(format!("{shown}: line {number} is not UTF-8 text")),
            }
        }
    }

    fn folder(&mut self, path: &Path) {
        let mut files = BTreeSet::new();
        let mut visited = BTreeSet::new();
        if let Err((at, error)) = walk(path, &mut files, &mut visited) {
            return self.problem(format!("{}: {}", at.display(), said(&error)));
        }
        if files.is_empty() {
            return self.problem(format!("{}: no `*.litmus` file in this folder", path.display()));
        }
        self.inputs.found.extend(files.into_iter().map(Input::File));
    }
}

/// Adds the `*.litmus` files below `dir`, following links, but into no folder twice.
fn walk(
    dir: &Path,
    files: &mut BTreeSet<PathBuf>,
    visited: &mut BTreeSet<PathBuf>,
) -> Result<(), (PathBuf, io::Error)> {
    let fail = |error| (dir.to_path_buf(), error);
    if !visited.insert(dir.canonicalize().map_err(fail)?) {
        return Ok(());
    }
    for entry in fs::read_dir(dir).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            walk(&path, files, visited)?;
        } else if path.extension().is_some_and(|e| e == "litmus") {
            files.insert(path);
        }
    }
    Ok(())
}
