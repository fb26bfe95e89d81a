//! The cat language of memory models: herd7's, as its public models use it.
//!
//! | module | holds |
//! | --- | --- |
//! | [`lexer`], [`parser`], [`instructions`] | from text to [`ast`] |
//! | [`resolve`] | from [`ast`] to [`ir`]: names become numbers, includes and settings of the tool vanish |
//! | [`names`] | what is bound before a model begins |
//! | [`value`], [`builtins`], [`eval`] | lazy evaluation of expressions |
//! | [`run`] | checks, choices, procedures |
//! | [`why`] | why a pair is in a relation |

pub(crate) mod ast;
mod builtins;
pub(crate) mod eval;
mod instructions;
pub(crate) mod ir;
mod lexer;
pub(crate) mod names;
mod parser;
mod resolve;
pub(crate) mod run;
pub(crate) mod value;
pub(crate) mod why;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Span};
use ast::Place;
pub use names::Vocabulary;

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// Its name, as it was asked for.
    pub name: String,
    /// Its contents.
    pub text: String,
}

/// What is wrong with a model, and in which of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file; the span of the diagnostic is a place in its text.
    pub file: ModelFile,
    /// What is wrong.
    pub diagnostic: Diagnostic,
}

/// A memory model.
#[derive(Debug, Clone)]
pub struct Model {
    /// The name that its title begins with, such as `X86` in `X86 TSO`, and where.
    pub title: Option<(String, Span)>,
    /// Whether it computes dependencies itself, from the events of registers.
    pub catdep: bool,
    files: Vec<ModelFile>,
    plain: ir::Program,
    mixed: ir::Program,
}

/// What every model finds bound, in the cat language.
const STDLIB: &str = include_str!("../../models/stdlib.cat");

/// Helper files that models include, in our own words, for where the public ones are not at hand.
const HELPERS: [(&str, &str); 5] = [
    ("coherence.cat", super::models::COHERENCE),
    ("stdlib.cat", STDLIB),
    ("cos.cat", include_str!("../../models/cos.cat")),
    ("filters.cat", include_str!("../../models/filters.cat")),
    ("x86fences.cat", include_str!("../../models/x86fences.cat")),
];

impl Model {
    /// Reads a model. `include` gives the text of a file that the model or one of its files includes,
    /// or `None` if there is no such file; our own helpers then stand in for the well-known ones.
    /// Its `stdlib.cat`, if it has one, runs after ours and before the model.
    ///
    /// # Errors
    /// The first problem, in the file where it is.
    pub fn load(
        name: &str,
        text: &str,
        vocabulary: &Vocabulary,
        include: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Model, Box<Problem>> {
        let mut files = Files { files: Vec::new(), parsed: Vec::new(), include };
        let result = files.model(name, text, vocabulary);
        let Files { files, .. } = files;
        match result {
            Ok((main, plain, mixed)) => {
                Ok(Model { title: main.title.clone(), catdep: main.catdep, files, plain, mixed })
            }
            Err((place, diagnostic)) => Err(Box::new(problem(&files, place, diagnostic))),
        }
    }

    /// The model as it is for tests with accesses of several sizes, or without.
    pub(crate) fn program(&self, mixed: bool) -> &ir::Program {
        if mixed { &self.mixed } else { &self.plain }
    }

    /// A problem in one of its files.
    pub(crate) fn problem(&self, place: Place, diagnostic: Diagnostic) -> Problem {
        problem(&self.files, place, diagnostic)
    }
}

fn problem(files: &[ModelFile], place: Place, mut diagnostic: Diagnostic) -> Problem {
    let none = || ModelFile { name: String::new(), text: String::new() };
    let file = files.get(usize::from(place.file)).cloned().unwrap_or_else(none);
    if diagnostic.code == "cat-unbound" {
        let name = diagnostic.span.of(&file.text);
        let binds = |text: &str| ["let", "with"].iter().any(|word| text.contains(&format!("{word} {name} ")));
        if let Some((helper, _)) = HELPERS.iter().find(|(_, text)| binds(text)) {
            diagnostic.notes = vec![format!("`include \"{helper}\"` binds it")];
        }
    }
    Problem { file, diagnostic }
}

struct Files<'a> {
    files: Vec<ModelFile>,
    parsed: Vec<Arc<ast::File>>,
    include: &'a dyn Fn(&str) -> Option<String>,
}

type Done<T> = Result<T, (Place, Diagnostic)>;

impl Files<'_> {
    fn model(
        &mut self,
        name: &str,
        text: &str,
        vocabulary: &Vocabulary,
    ) -> Done<(Arc<ast::File>, ir::Program, ir::Program)> {
        let mut order = vec![self.add("stdlib.cat (built in)", STDLIB.to_owned())?];
        if let Some(stdlib) = (self.include)("stdlib.cat") {
            order.push(self.add("stdlib.cat", stdlib)?);
        }
        let main = self.add(name, text.to_owned())?;
        order.push(main.clone());
        let plain = resolve::resolve(&order, vocabulary, &[], &mut |name, place| self.find(name, place))?;
        let mixed =
            resolve::resolve(&order, vocabulary, &["mixed"], &mut |name, place| self.find(name, place))?;
        Ok((main.1, plain, mixed))
    }

    fn add(&mut self, name: &str, text: String) -> Done<(u16, Arc<ast::File>)> {
        let index = self.files.len() as u16;
        let parsed = parser::parse(&text, index);
        self.files.push(ModelFile { name: name.to_owned(), text });
        let place = |diagnostic: Diagnostic| (Place { file: index, span: diagnostic.span }, diagnostic);
        let parsed = Arc::new(parsed.map_err(place)?);
        self.parsed.push(parsed.clone());
        Ok((index, parsed))
    }

    fn find(&mut self, name: &str, place: Place) -> Done<(u16, Arc<ast::File>)> {
        if let Some(index) = self.files.iter().position(|file| file.name == name) {
            return Ok((index as u16, self.parsed[index].clone()));
        }
        let helper = || HELPERS.iter().find(|(n, _)| *n == name).map(|(_, text)| (*text).to_owned());
        match (self.include)(name).or_else(helper) {
            Some(text) if self.files.len() < usize::from(u16::MAX) => self.add(name, text),
            _ => {
                let message = format!("there is no file \"{name}\"");
                let own: Vec<&str> = HELPERS.iter().map(|(name, _)| *name).collect();
                let note = format!(
                    "files are looked for in the folders of `-I` and beside the model; built in are {}",
                    own.join(", ")
                );
                Err((place, Diagnostic::error("cat-include", place.span, message).note(note)))
            }
        }
    }
}
