//! What a session can begin with: a test, or a recorded session to go on with.

use std::path::{Path, PathBuf};

use sim_core::machine::Hardware;
use traces::format::{Header, Lines, Setup};
use traces::load::Source;
use traces::machine::Machine;
use traces::replay::{self, Expect, Sessions, Verdict, Watch};
use traces::session::Session as Bench;

/// The text that a session runs, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it came from: a file or the name of a built-in test.
    pub name: String,
    /// The text.
    pub text: String,
    /// The machine it runs on.
    pub setup: Setup,
}

/// Something done in an earlier session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// The step with this name was taken.
    Step(String),
    /// Back to the state after so many steps.
    Back(usize),
    /// The state was marked.
    Mark,
}

/// A session to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What to run.
    pub document: Document,
    /// What is done before anybody is asked.
    pub past: Vec<Deed>,
    /// The trace that the past is from, and that is to be gone on with.
    pub trace: Option<PathBuf>,
}

/// Why something cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A sentence.
    Sentence(String),
    /// Problems of a text, each with its excerpt.
    Problems(String),
}

impl Refusal {
    /// Says it on the error stream.
    pub fn print(&self) {
        match self {
            Refusal::Sentence(sentence) => crate::render::error(sentence),
            Refusal::Problems(problems) => anstream::eprint!("{problems}"),
        }
    }
}

/// What is asked of the machine, over what a test or a trace says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// The memory model.
    pub machine: Option<Machine>,
    /// Most stores in a store buffer.
    pub store_buffer: Option<u32>,
    /// What stands between cores and memory.
    pub hardware: Hardware,
}

impl Wishes {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Wishes::default()
    }

    /// The machine for a test.
    fn setup(&self, test: &sim_core::litmus::Test) -> Setup {
        let model = self.machine.unwrap_or_else(|| Machine::of(&test.arch));
        Setup { store_buffer: self.store_buffer, ..Setup::new(model, test).on(&self.hardware) }
    }
}

impl Opening {
    /// A text with nothing done yet.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn text(name: &str, text: &str, wishes: &Wishes) -> Result<Opening, Refusal> {
        let parsed = traces::load::parse(text);
        let Some(test) = parsed.value else {
            let source = Source::new(name.to_string(), text.to_string());
            return Err(Refusal::Problems(crate::render::diagnostics(&source, &parsed.diagnostics)));
        };
        let document = Document { name: name.into(), text: text.into(), setup: wishes.setup(&test) };
        // Not every test fits into every cache.
        Bench::new(test, document.setup.clone()).map_err(Refusal::Sentence)?;
        Ok(Opening { document, past: Vec::new(), trace: None })
    }

    /// A file, a trace, or a built-in test.
    ///
    /// # Errors
    /// Why there is nothing of this name that can be run.
    pub fn named(name: &str, wishes: &Wishes) -> Result<Opening, Refusal> {
        let path = Path::new(name);
        if !path.exists() {
            let entry = match traces::library::find(name) {
                Ok(entry) => entry,
                Err(near) => {
                    let hint = match near {
                        Some(near) => format!("; did you mean `{near}`?"),
                        None => " (`litmuscope list` lists them)".into(),
                    };
                    let sentence = format!("there is no file and no built-in test `{name}`{hint}");
                    return Err(Refusal::Sentence(sentence));
                }
            };
            return Opening::text(entry.name, entry.text, wishes);
        }
        if name.contains(".trace.jsonl") {
            if !wishes.is_empty() {
                let sentence = "a recorded session goes on on its own machine: leave the machine's options \
                                out, and change it inside with M";
                return Err(Refusal::Sentence(sentence.into()));
            }
            return Opening::trace(path);
        }
        let source = Source::read(path).map_err(|e| Refusal::Sentence(e.to_string()))?;
        Opening::text(&source.name, &source.text, wishes)
    }

    /// A recorded session, to be gone on with.
    ///
    /// # Errors
    /// Why it cannot be: it is no trace, or the machine does something else today.
    pub fn trace(path: &Path) -> Result<Opening, Refusal> {
        let refuse = |reason: &str| Err(Refusal::Sentence(format!("{}: {reason}", path.display())));
        let mut past = Past::default();
        let mut lines = match Lines::open(path) {
            Ok(lines) => lines,
            Err(error) => return refuse(&error.to_string()),
        };
        let found = replay::watch(&mut lines, &Sessions::default(), Expect::default(), &mut past);
        match found.verdict {
            Verdict::Agrees(_) | Verdict::Open(_) => {}
            Verdict::Diverges(divergence) => return refuse(&divergence.to_string()),
            Verdict::Unusable { line, reason } => return refuse(&format!("line {line}: {reason}")),
        }
        let Some(Header { test, machine, .. }) = past.header else {
            return refuse("there is no header: nothing to go on with");
        };
        let document = Document { name: test.name, text: test.text, setup: machine };
        Ok(Opening { document, past: past.deeds, trace: Some(path.to_path_buf()) })
    }
}

/// Collects what a trace tells.
#[derive(Debug, Default)]
struct Past {
    header: Option<Header>,
    deeds: Vec<Deed>,
}

impl Watch for Past {
    fn begin(
        &mut self,
        header: &Header,
        _: &mut sim_core::machine::Machine<'_>,
        _: &sim_core::machine::State,
        _: &'static str,
    ) {
        self.header = Some(header.clone());
    }

    fn step(
        &mut self,
        machine: &mut sim_core::machine::Machine<'_>,
        before: &sim_core::machine::State,
        step: &sim_core::machine::Step,
        _: &sim_core::machine::State,
        _: &str,
    ) {
        self.deeds.push(Deed::Step(machine.name(before, step)));
    }

    fn back(&mut self, to: u64) {
        self.deeds.push(Deed::Back(to as usize));
    }

    fn bookmark(&mut self, _: &str) {
        self.deeds.push(Deed::Mark);
    }
}
