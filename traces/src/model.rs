//! Models in the cat language: which one judges a test.

use std::path::{Path, PathBuf};

use sim_core::axioms::{Model, Problem, Vocabulary, models};

use crate::load::{ReadError, ReadErrorKind};
use crate::machine::Machine;

/// The text of a model, before it is read with the names of an architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelText {
    name: String,
    text: String,
    /// Where files lie that it includes, if it is a file itself.
    folders: Vec<PathBuf>,
}

impl ModelText {
    /// The project's own model of a machine.
    pub fn of(machine: Machine) -> ModelText {
        let (name, text) = match machine {
            Machine::Sc => ("sc.cat", models::SC),
            Machine::Pso => ("pso.cat", models::PSO),
            Machine::Tso => ("x86tso.cat", isa_x86tso::MODEL),
            Machine::Armv8 => ("armv8.cat", isa_armv8::MODEL),
        };
        ModelText { name: name.to_string(), text: text.to_string(), folders: Vec::new() }
    }

    /// The model in a file; what it includes is looked for beside it and in `folders`.
    ///
    /// # Errors
    /// When the file cannot be read or is not UTF-8 text.
    pub fn file(path: &Path, folders: &[PathBuf]) -> Result<ModelText, ReadError> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let beside = path.parent().map(Path::to_path_buf);
                Ok(ModelText {
                    name,
                    text,
                    folders: beside.into_iter().chain(folders.iter().cloned()).collect(),
                })
            }
            Err(error) => Err(ReadError { name, kind: ReadErrorKind::of(&error) }),
        }
    }

    /// Its name: that of its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model, read with the names that models for `arch` use.
    ///
    /// # Errors
    /// The first problem, in the file where it is.
    pub fn model(&self, arch: &str) -> Result<Model, Box<Problem>> {
        let include = |name: &str| {
            // Only files beside the model or in a folder that was named: a model is no way out of them.
            let inside = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
            let mut files = self.folders.iter().filter(|_| inside).map(|folder| folder.join(name));
            files.find_map(|file| std::fs::read_to_string(file).ok())
        };
        Model::load(&self.name, &self.text, vocabulary(arch), &include)
    }
}

/// The names that models for `arch` use.
fn vocabulary(arch: &str) -> &'static Vocabulary {
    if arch == "AArch64" { &isa_armv8::VOCABULARY } else { &isa_x86tso::VOCABULARY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_has_a_model_for_its_own_tests() {
        for machine in Machine::ALL {
            let model = ModelText::of(machine);
            for arch in ["X86_64", "AArch64"] {
                let read = model.model(arch);
                let foreign =
                    Machine::of(arch) != machine && matches!(machine, Machine::Tso | Machine::Armv8);
                assert!(read.is_ok() || foreign, "{} for {arch}: {:?}", model.name(), read.err());
            }
        }
    }

    #[test]
    fn a_missing_file_is_said() {
        let error = ModelText::file(Path::new("no/such.cat"), &[]).unwrap_err();
        assert_eq!(error.to_string(), "no/such.cat: no such file");
    }
}
