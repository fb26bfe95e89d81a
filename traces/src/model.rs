//! Models in the cat language: which one judges a test.

use std::path::{Path, PathBuf};

use sim_core::axioms::{Model, ModelFile, Problem, Vocabulary, models};
use sim_core::diagnostic::Diagnostic;

use crate::load::{ReadError, Source};
use crate::machine::Machine;

/// Names of architectures: a model whose title begins with one judges tests of that one only.
const ARCHITECTURES: [&str; 11] =
    ["AArch64", "ARM", "ASL", "BPF", "C", "LISA", "MIPS", "PPC", "RISCV", "X86", "X86_64"];

/// The text of a model, before it is read with the names of an architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelText {
    name: String,
    text: String,
    /// Where files lie that it includes, if it is a file itself.
    folders: Vec<PathBuf>,
    /// Whether it may judge tests of an architecture that its title does not name.
    any_architecture: bool,
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
        let (name, text) = (name.to_string(), text.to_string());
        ModelText { name, text, folders: Vec::new(), any_architecture: false }
    }

    /// The file that `model` names: as it is, or in one of the `folders`, the first that has it.
    pub fn find(model: &Path, folders: &[PathBuf]) -> Option<PathBuf> {
        let places = std::iter::once(model.to_path_buf()).chain(folders.iter().map(|dir| dir.join(model)));
        places.into_iter().find(|file| file.is_file())
    }

    /// The model in a file, found as [`ModelText::find`] does. What it includes is looked for in `folders` and then
    /// beside it; a name that is absolute or begins with `./` or `../` is a path as it stands.
    ///
    /// # Errors
    /// When the file cannot be read. Bytes that are not UTF-8 are errors where they stand, if not in a comment.
    pub fn file(model: &Path, folders: &[PathBuf]) -> Result<ModelText, ReadError> {
        let path = ModelText::find(model, folders).unwrap_or_else(|| model.to_path_buf());
        let Source { name, text, .. } = Source::read(&path)?;
        let folders = folders.iter().cloned().chain(path.parent().map(Path::to_path_buf)).collect();
        Ok(ModelText { name, text, folders, any_architecture: false })
    }

    /// The same model, for tests of any architecture, whatever its title names.
    #[must_use]
    pub fn for_any_architecture(self) -> ModelText {
        ModelText { any_architecture: true, ..self }
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
            let read = |file: &Path| Source::read(file).ok().map(|source| source.text);
            let as_it_stands = ["/", "./", "../"].iter().any(|start| name.starts_with(start));
            if as_it_stands {
                return read(Path::new(name));
            }
            self.folders.iter().find_map(|folder| read(&folder.join(name)))
        };
        let model = Model::load(&self.name, &self.text, vocabulary(arch), &include)?;
        match &model.title {
            Some((named, span)) if !self.any_architecture && !serves(named, arch) => {
                let message = format!("this model is for {named} tests, and the test is for {arch}");
                let file = ModelFile { name: self.name.clone(), text: self.text.clone() };
                let diagnostic = Diagnostic::error("cat-architecture", *span, message)
                    .note("a title in quotes names no architecture");
                Err(Box::new(Problem { file, diagnostic }))
            }
            _ => Ok(model),
        }
    }
}

/// Whether a model whose title begins with `named` can judge tests for `arch`. The two sizes of x86 have one model.
fn serves(named: &str, arch: &str) -> bool {
    let x86 = |name: &str| name == "X86" || name == "X86_64";
    named == arch || (x86(named) && x86(arch)) || !ARCHITECTURES.contains(&named)
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

    fn titled(text: &str) -> ModelText {
        let text = text.to_string();
        ModelText { name: "m.cat".to_string(), text, folders: Vec::new(), any_architecture: false }
    }

    #[test]
    fn a_title_names_the_architecture_that_a_model_is_for() {
        let code = |text: &str, arch: &str| titled(text).model(arch).err().map(|p| p.diagnostic.code);
        assert_eq!(code("X86 TSO acyclic po", "AArch64"), Some("cat-architecture"));
        assert_eq!(code("AArch64 acyclic po", "X86_64"), Some("cat-architecture"));
        assert_eq!(code("PPC acyclic po", "X86_64"), Some("cat-architecture"));
        assert_eq!(code("X86 TSO acyclic po", "X86_64"), None);
        assert_eq!(code("SC acyclic po", "AArch64"), None);
        assert_eq!(code("\"X86 TSO\" acyclic po", "AArch64"), None);
        assert!(titled("X86 TSO acyclic po").for_any_architecture().model("AArch64").is_ok());
    }

    #[test]
    fn files_are_looked_for_in_the_folders_and_then_beside_the_model() {
        let root = std::env::temp_dir().join(format!("litmuscope-model-{}", std::process::id()));
        let (beside, other) = (root.join("beside"), root.join("other"));
        for folder in [&beside, &other] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let write = |file: PathBuf, text: &str| std::fs::write(file, text).unwrap();
        write(beside.join("m.cat"), "include \"a.cat\" include \"b.cat\" acyclic from-a | from-b");
        write(beside.join("a.cat"), "let from-a =");
        write(beside.join("b.cat"), "let from-b = po");
        write(other.join("a.cat"), "let from-a = po");
        let model =
            |name: PathBuf, folders: &[PathBuf]| ModelText::file(&name, folders).unwrap().model("X86_64");
        assert!(model(beside.join("m.cat"), &[]).is_err());
        assert!(model(beside.join("m.cat"), std::slice::from_ref(&other)).is_ok());
        assert!(model(PathBuf::from("m.cat"), &[other, beside.clone()]).is_ok());
        let absolute = format!("include \"{}\" acyclic from-b", beside.join("b.cat").display());
        assert!(titled(&absolute).model("X86_64").is_ok());
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_missing_file_is_said() {
        let error = ModelText::file(Path::new("no/such.cat"), &[]).unwrap_err();
        assert_eq!(error.to_string(), "no/such.cat: no such file");
    }
}
