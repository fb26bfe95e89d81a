//! Writing traces: step by step, from a session or a search, by hand or at random.

pub mod bring;
pub mod effect;
pub mod goal;
pub mod random;
pub(crate) mod room;
pub mod schedule;

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use sim_core::machine::{Machine, State, Step, Tally};
use sim_core::outcome::Observables;
use sim_core::outcome::State as FinalState;
use sim_core::program::Program;

use crate::format::{self, Compression, Footer, Header, Line, Lines, Mark, Writer};
use crate::view::Counts;
use effect::effect;
use room::Room;

/// Writes a trace, line by line. What was written survives the death of the process.
#[derive(Debug)]
pub struct Recorder {
    writer: Writer,
    /// The number of the last step on the present branch.
    steps: u64,
}

impl Recorder {
    /// Begins a file; one that is there is replaced. Its name says whether it is compressed (`.gz`, `.zst`).
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(path: &Path, header: &Header) -> io::Result<Recorder> {
        Recorder::begin(Writer::create(path)?, header)
    }

    /// Begins a trace in a writer.
    ///
    /// # Errors
    /// Those of the system.
    pub fn begin(writer: Writer, header: &Header) -> io::Result<Recorder> {
        let mut recorder = Recorder { writer, steps: 0 };
        recorder.line(header)?;
        Ok(recorder)
    }

    /// Goes on with a file that ends anywhere: in a footer, which is taken back, or in the middle of a line,
    /// which is dropped. The machine has to be brought to its last state by
    /// [`replay`](crate::replay::replay).
    ///
    /// # Errors
    /// Those of the system; a file that is compressed, or is no trace up to its last line, has the kind
    /// `InvalidData`.
    pub fn resume(path: &Path) -> io::Result<Recorder> {
        let refuse = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
        if Compression::of(path) != Compression::Plain {
            return Err(refuse("only a trace that is not compressed can be gone on with".to_string()));
        }
        let mut lines = Lines::open(path)?;
        let (mut steps, mut length) = (None, 0);
        while lines.advance()? {
            let bytes = lines.bytes();
            let bytes_read = bytes.len() as u64 + 1;
            let parsed = std::str::from_utf8(bytes).map_err(|e| e.to_string());
            let parsed = parsed.and_then(|text| Line::parse(text).map_err(|e| e.to_string()));
            let after = match parsed {
                Ok(Line::Header(_)) => 0,
                Ok(Line::Step(step)) => step.step,
                Ok(Line::Mark(Mark::Back(step))) => step,
                Ok(Line::Mark(Mark::Bookmark(_))) => steps.unwrap_or(0),
                Ok(Line::Footer(_)) => break,
                Err(_) if !lines.whole => break,
                Err(reason) => return Err(refuse(format!("line {}: {reason}", lines.number))),
            };
            if !lines.whole {
                break;
            }
            steps = Some(after);
            length += bytes_read;
        }
        let steps = steps.ok_or_else(|| refuse("there is no header".to_string()))?;
        OpenOptions::new().write(true).open(path)?.set_len(length)?;
        Ok(Recorder { writer: Writer::append(path)?, steps })
    }

    /// The number of the last step on the present branch.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// A step was taken.
    ///
    /// # Errors
    /// Those of the system.
    pub fn step(&mut self, name: &str, effect: &str) -> io::Result<()> {
        self.steps += 1;
        self.line(&format::Step { step: self.steps, name: name.into(), effect: effect.into() })
    }

    /// The machine is back where it was after step `step`, which is 0 for the beginning; what follows is
    /// another branch.
    ///
    /// # Errors
    /// Those of the system; a step that has not been taken has the kind `InvalidInput`.
    pub fn back(&mut self, step: u64) -> io::Result<()> {
        if step > self.steps {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("step {step} was not taken")));
        }
        self.steps = step;
        self.line(&Mark::Back(step))
    }

    /// The present state gets a name.
    ///
    /// # Errors
    /// Those of the system.
    pub fn bookmark(&mut self, name: &str) -> io::Result<()> {
        self.line(&Mark::Bookmark(name.to_string()))
    }

    /// Ends the trace; `outcome` is the final state as [`outcome_text`] writes it, if the machine has finished.
    ///
    /// # Errors
    /// Those of the system.
    pub fn finish(mut self, outcome: Option<String>) -> io::Result<()> {
        self.line(&Footer { end: self.steps, outcome })?;
        self.writer.flush()
    }

    fn line(&mut self, line: &impl serde::Serialize) -> io::Result<()> {
        self.writer.line(&serde_json::to_string(line)?)
    }
}

/// A final state as traces write it: `0:rax=0; [x]=1;`.
pub fn outcome_text(program: &Program, observables: &Observables, outcome: &FinalState) -> String {
    sim_core::litmus::print::state(program, observables, outcome)
}

/// A machine whose steps are recorded as they are taken.
#[derive(Debug)]
pub struct Run<'a> {
    /// The machine.
    pub machine: Machine<'a>,
    /// Its present state.
    pub state: State,
    /// What it has cost so far, if there are caches.
    tally: Option<Tally>,
    recorder: Recorder,
    room: Room,
}

/// More steps than bring the lines of one access in any correct protocol.
const CACHE_STEPS_MAX: usize = 10_000;

impl<'a> Run<'a> {
    /// A run from the initial state.
    pub fn new(mut machine: Machine<'a>, recorder: Recorder) -> Run<'a> {
        let state = machine.initial();
        let tally = machine.caches().map(|_| Tally::new(&machine));
        Run { room: Room::default(), machine, state, tally, recorder }
    }

    /// What it has cost so far, if there are caches.
    pub fn counts(&self) -> Option<Counts> {
        Counts::of(&self.machine, self.tally.as_ref()?)
    }

    /// Takes a step.
    ///
    /// # Errors
    /// Those of the system; a step that the present state does not allow has the kind `InvalidInput`.
    pub fn take(&mut self, step: &Step) -> io::Result<()> {
        let Some(next) = self.machine.apply(&self.state, step) else {
            let message = format!("the machine does not allow {step:?} after step {}", self.recorder.steps());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        };
        let mut text = String::new();
        effect(&self.machine, &self.state, &next, step, &mut text);
        self.recorder.step(&self.machine.name(&self.state, step), &text)?;
        if let Some(tally) = &mut self.tally {
            tally.note(&self.machine, &self.state, step, &next);
        }
        self.state = next;
        if self.room.is_exceeded(&self.machine) {
            self.machine.prune(&mut [&mut self.state]);
            self.room.after_pruning(&self.machine);
        }
        Ok(())
    }

    /// Takes what has to happen between caches before `step` can.
    ///
    /// # Errors
    /// Those of the system.
    pub fn bring(&mut self, step: &Step) -> io::Result<()> {
        for _ in 0..CACHE_STEPS_MAX {
            if self.machine.allows(&self.state, step) {
                break;
            }
            let Some(next) = bring::toward(&mut self.machine, &self.state, step) else { break };
            self.take(&next)?;
        }
        Ok(())
    }

    /// Lets what is under way between caches come to its end.
    ///
    /// # Errors
    /// Those of the system.
    pub fn settle(&mut self) -> io::Result<()> {
        for _ in 0..CACHE_STEPS_MAX {
            let Some(next) = bring::under_way(&mut self.machine, &self.state) else { break };
            self.take(&next)?;
        }
        Ok(())
    }

    /// How many steps it has taken.
    pub fn steps(&self) -> u64 {
        self.recorder.steps()
    }

    /// The final state as [`outcome_text`] writes it, if the machine has finished.
    pub fn outcome(&self) -> Option<String> {
        let test = self.machine.test();
        let outcome = self.machine.outcome(&self.state)?;
        Some(outcome_text(&test.program, &test.observables, &outcome))
    }

    /// Ends the trace.
    ///
    /// # Errors
    /// Those of the system.
    pub fn finish(self) -> io::Result<()> {
        let outcome = self.outcome();
        self.recorder.finish(outcome)
    }
}
