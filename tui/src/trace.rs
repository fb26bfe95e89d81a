//! `litmuscope trace`: recording runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use sim_core::outcome::{Completeness, Outcomes, Prop, Quantifier, State};
use sim_core::search::witness::{self, Witnesses};
use sim_core::search::{Options, Preference};
use traces::format::{Compression, Header, Setup, Writer};
use traces::input::{Input, Inputs};
use traces::load::{Source, said};
use traces::machine::Machine;
use traces::record::goal::Goal;
use traces::record::random::{Random, random_run};
use traces::record::{Recorder, Run, outcome_text, schedule};
use traces::session::Session;
use traces::view::{Counts, hardware_words};

use crate::cli::{Runs, Status, TraceOptions};
use crate::render;
use crate::replay::is_named_like_a_trace;
use crate::run::text::words;

/// Records the runs that the options ask for.
pub fn trace(options: &TraceOptions) -> Status {
    let (source, session) = match open(options) {
        Ok(opened) => opened,
        Err(status) => return status,
    };
    let tracer = Tracer { options, source: &source, session: &session };
    let done = match &options.runs {
        Runs::Outcome(outcome) => tracer.outcome(outcome.as_deref()),
        Runs::All => tracer.all(),
        Runs::Random { count, seed, steps_max } => tracer.random(*count, *seed, *steps_max),
        Runs::Schedule(path) => tracer.schedule(path),
    };
    done.unwrap_or_else(|message| {
        render::error(&message);
        Status::BadInput
    })
}

/// Loads the test.
fn open(options: &TraceOptions) -> Result<(Source, Session), Status> {
    let inputs = Inputs::collect([options.test.as_str()], &mut io::empty());
    let fail = |message: &str| {
        render::error(message);
        Status::BadInput
    };
    let input: &Input = match (inputs.problems.first(), inputs.found.as_slice()) {
        (Some(problem), _) => return Err(fail(problem)),
        (None, [input]) => input,
        _ => return Err(fail(&format!("{}: expected one test", options.test))),
    };
    let source = input.read().map_err(|error| fail(&error.to_string()))?;
    let parsed = source.parse();
    anstream::eprint!("{}", render::diagnostics(&source, &parsed.diagnostics));
    let test = parsed.value.ok_or(Status::BadInput)?;
    let model = options.machine.unwrap_or_else(|| Machine::of(&test.arch));
    let setup = Setup::new(model, &test).on(&options.hardware);
    let session = Session::new(test, setup).map_err(|message| fail(&message))?;
    Ok((source, session))
}

/// Final states, sorted, with a run to each.
struct Found<'s> {
    states: Vec<State>,
    /// Whether there are no more.
    completeness: Completeness,
    /// The run to the state with an index; `None` if none was put together.
    run: Box<dyn Fn(usize) -> Option<witness::Run> + 's>,
}

/// States that the search over words may hold, if nobody says how many.
const SEARCHED_MAX: u64 = 5_000_000;
/// States of the machine that may be looked at, if nobody says how many: they take more room.
const WALKED_MAX: u64 = 1_000_000;

struct Tracer<'a> {
    options: &'a TraceOptions,
    source: &'a Source,
    session: &'a Session,
}

impl Tracer<'_> {
    /// One run, to a state that has the wanted values.
    fn outcome(&self, wanted: Option<&str>) -> Result<Status, String> {
        let test = &self.session.test;
        let goal = match wanted.map(|text| self.goal(text)).transpose() {
            Ok(goal) => goal,
            Err(status) => return Ok(status),
        };
        let answer = |state: &State| match (&test.condition.quantifier, &test.condition.prop) {
            (_, Prop::True) => true,
            (Quantifier::Forall, prop) => !prop.holds(state),
            (_, prop) => prop.holds(state),
        };
        let holds = |state: &State| goal.as_ref().map_or_else(|| answer(state), |goal| goal.holds(state));
        let stop = AtomicBool::new(false);
        let found = self.found(&stop, &holds);
        let wanted_states: Vec<usize> =
            (0..found.states.len()).filter(|s| holds(&found.states[*s])).collect();
        if wanted_states.is_empty() {
            return Ok(self.nothing(&found.completeness, wanted));
        }
        let Some(run) = wanted_states.iter().filter_map(|state| (found.run)(*state)).next() else {
            let example = outcome_text(&test.program, &test.observables, &found.states[wanted_states[0]]);
            render::error(&format!(
                "{}: no run to {example} was put together, though there is one",
                test.name
            ));
            return Ok(Status::Incomplete);
        };
        let mut recording = self.begin(self.options.out.as_deref(), None)?;
        self.play(&mut recording, &run)?;
        let (counts, steps) = (recording.counts(), words::counted(recording.steps(), "step"));
        recording.finish().map_err(|error| self.cannot_write(&error))?;
        let order = words::inversions(run.inversions);
        let outcome = outcome_text(&test.program, &test.observables, &run.outcome);
        anstream::eprintln!("{}: {outcome} in {steps}, {order}", test.name);
        self.say_costs(counts.as_ref());
        Ok(Status::Done)
    }

    /// What `--outcome` asks for; what is wrong with it is said.
    fn goal(&self, text: &str) -> Result<Goal, Status> {
        let parsed = Goal::parse(self.source, &self.session.test, text);
        anstream::eprint!("{}", render::diagnostics(&Source::new("--outcome", text), &parsed.diagnostics));
        parsed.value.ok_or(Status::BadInput)
    }

    /// One run to every final state.
    fn all(&self) -> Result<Status, String> {
        let test = &self.session.test;
        let folder = self.folder()?;
        let stop = AtomicBool::new(false);
        let found = self.found(&stop, &|_| false);
        let digits = found.states.len().to_string().len();
        let mut missing = 0;
        for (index, state) in found.states.iter().enumerate() {
            let outcome = outcome_text(&test.program, &test.observables, state);
            let Some(run) = (found.run)(index) else {
                render::error(&format!("{}: no run to {outcome} was put together", test.name));
                missing += 1;
                continue;
            };
            let path = folder.join(format!("{}-{:0digits$}.trace.jsonl", file_stem(&test.name), index + 1));
            let mut recording = self.begin(Some(&path), None)?;
            self.play(&mut recording, &run)?;
            let counts = recording.counts().map(|counts| format!(": {}", counts.summary()));
            let steps = words::counted(recording.steps(), "step");
            recording.finish().map_err(|error| self.cannot_write(&error))?;
            let costs = counts.unwrap_or_default();
            anstream::println!("{}  {outcome}  {steps}{costs}", path.display());
        }
        Ok(match found.completeness.reason() {
            None if missing == 0 => Status::Done,
            None => Status::Incomplete,
            Some(limit) => {
                render::error(&format!("{}: incomplete: {limit}; there may be more final states", test.name));
                Status::Incomplete
            }
        })
    }

    fn random(&self, count: u64, seed: u64, steps_max: u64) -> Result<Status, String> {
        let folder = if count > 1 { Some(self.folder()?) } else { None };
        let digits = count.to_string().len();
        let name = file_stem(&self.session.test.name);
        let (mut steps, mut stopped) = (0, 0);
        for index in 0..count {
            let seed = seed.wrapping_add(index);
            let path = match folder {
                Some(folder) => Some(folder.join(format!("{name}-{:0digits$}.trace.jsonl", index + 1))),
                None => self.options.out.clone(),
            };
            let mut run = self.begin(path.as_deref(), Some(seed))?;
            let taken = random_run(&mut run, &mut Random::new(seed), steps_max);
            steps += taken.map_err(|error| self.cannot_write(&error))?;
            stopped += u64::from(run.steps() == steps_max && run.outcome().is_none());
            if count == 1 {
                self.say_costs(run.counts().as_ref());
            }
            run.finish().map_err(|error| self.cannot_write(&error))?;
        }
        let (runs, steps) = (words::counted(count, "random run"), words::counted(steps, "step"));
        let limit = match stopped {
            0 => String::new(),
            _ if count == 1 => {
                format!("; stopped by --max-steps {steps_max} before the machine had finished")
            }
            _ => format!(
                "; {stopped} of them stopped by --max-steps {steps_max} before the machine had finished"
            ),
        };
        anstream::eprintln!("{}: {runs}, {steps}{limit}", self.session.test.name);
        Ok(Status::Done)
    }

    /// The run that a file describes, if it describes one: otherwise nothing is written.
    fn schedule(&self, path: &Path) -> Result<Status, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {}", path.display(), said(&error)))?;
        let follow = |run: &mut Run<'_>| -> Result<(), String> {
            let followed = schedule::follow(run, &text).map_err(|error| self.cannot_write(&error))?;
            followed.map_err(|error| format!("{}: {error}", path.display()))
        };
        let nowhere = Recorder::begin(Writer::new(io::sink(), Compression::Plain), &self.header(None));
        follow(&mut Run::new(self.session.machine(), nowhere.map_err(|error| self.cannot_write(&error))?))?;
        let mut run = self.begin(self.options.out.as_deref(), None)?;
        follow(&mut run)?;
        let end = run.outcome().unwrap_or_else(|| "the machine has not finished".to_string());
        anstream::eprintln!("{}: {}; {end}", self.session.test.name, words::counted(run.steps(), "step"));
        self.say_costs(run.counts().as_ref());
        run.finish().map_err(|error| self.cannot_write(&error))?;
        Ok(Status::Done)
    }

    /// Says what a run over caches has cost.
    fn say_costs(&self, counts: Option<&Counts>) {
        if let Some(counts) = counts {
            anstream::eprintln!("{}: {}", self.session.test.name, counts.summary());
        }
    }

    /// The final states and runs to them, as far as `enough`: where the states of the machine are walked over, the
    /// first state that is enough ends the walk.
    fn found<'s>(&'s self, stop: &'s AtomicBool, enough: &dyn Fn(&State) -> bool) -> Found<'s> {
        let (session, preference) = (self.session, self.preference());
        let unlimited = Options::new(session.setup.unroll, stop);
        if session.is_searchable() {
            let max_states = self.options.max_states.unwrap_or(SEARCHED_MAX);
            let options = Options { max_states, parallel: true, ..unlimited };
            let found = Witnesses::search(&session.test, session.order(), &options);
            let Outcomes { states, completeness } = found.report.outcomes.clone();
            return Found { states, completeness, run: Box::new(move |at| found.run(at, preference, stop)) };
        }
        let max_states = self.options.max_states.unwrap_or(WALKED_MAX);
        let mut walk = session.walk(preference, Options { max_states, ..unlimited });
        let mut runs: Vec<witness::Run> = Vec::new();
        for run in walk.by_ref() {
            let last = enough(&run.outcome);
            runs.push(run);
            if last {
                break;
            }
        }
        runs.sort_by(|a, b| a.outcome.cmp(&b.outcome));
        let states = runs.iter().map(|run| run.outcome.clone()).collect();
        Found { states, completeness: walk.completeness(), run: Box::new(move |at| runs.get(at).cloned()) }
    }

    fn preference(&self) -> Preference {
        if self.options.shortest { Preference::Shortest } else { Preference::Clearest }
    }

    /// Says that there is no such run.
    fn nothing(&self, completeness: &Completeness, wanted: Option<&str>) -> Status {
        let (test, model) = (&self.session.test, self.session.order().name);
        let machine = format!("{model}{}", hardware_words(self.session.hardware()));
        let what = match wanted {
            Some(wanted) => format!("no run of {} on {machine} ends in {wanted}", test.name),
            None => format!("no run of {} on {machine} answers `{}`", test.name, test.condition.text),
        };
        match completeness.reason() {
            None => {
                render::error(&format!("{what}: all final states are known"));
                Status::Failed
            }
            Some(limit) => {
                render::error(&format!("{what}, as far as was searched ({limit})"));
                Status::Incomplete
            }
        }
    }

    fn begin(&self, path: Option<&Path>, seed: Option<u64>) -> Result<Run<'_>, String> {
        let header = self.header(seed);
        let recorder = match path {
            Some(path) => Recorder::create(path, &header),
            None => Recorder::begin(Writer::new(io::stdout(), Compression::Plain), &header),
        };
        let recorder = recorder.map_err(|error| match path {
            Some(path) => format!("{}: {}", path.display(), said(&error)),
            None => self.cannot_write(&error),
        })?;
        Ok(Run::new(self.session.machine(), recorder))
    }

    fn header(&self, seed: Option<u64>) -> Header {
        let session = self.session;
        Header { seed, ..Header::new(&session.test, &self.source.text, session.setup.clone()) }
    }

    fn play(&self, recording: &mut Run<'_>, run: &witness::Run) -> Result<(), String> {
        let mut play = || {
            for step in &run.steps {
                recording.bring(step)?;
                recording.take(step)?;
            }
            recording.settle()
        };
        play().map_err(|error| self.cannot_write(&error))
    }

    fn folder(&self) -> Result<&PathBuf, String> {
        let folder = self.options.out.as_ref().ok_or("several traces need a folder: add --out FOLDER")?;
        let name = folder.display();
        if folder.is_file() || (!folder.is_dir() && is_named_like_a_file(folder)) {
            let is = if folder.is_file() { "is a file" } else { "is named like a file" };
            return Err(format!("{name} {is}, and several traces need a folder: --out FOLDER"));
        }
        fs::create_dir_all(folder).map_err(|error| format!("{name}: {}", said(&error)))?;
        let entries = fs::read_dir(folder).map_err(|error| format!("{name}: {}", said(&error)))?;
        let earlier =
            entries.filter_map(Result::ok).filter(|entry| is_named_like_a_trace(&entry.path())).count();
        if earlier > 0 {
            let traces = words::counted(earlier as u64, "trace");
            anstream::eprintln!(
                "{name} holds {traces} already: one of the same name is replaced, others stay"
            );
        }
        Ok(folder)
    }

    fn cannot_write(&self, error: &io::Error) -> String {
        if error.kind() == io::ErrorKind::InvalidInput {
            return format!("{}: {error}; this is an error of litmuscope", self.session.test.name);
        }
        match &self.options.out {
            Some(path) => format!("{}: cannot write the trace: {}", path.display(), said(error)),
            None => format!("cannot write the trace: {}", said(error)),
        }
    }
}

/// Whether a path ends like that of a trace, or of a compressed file.
fn is_named_like_a_file(path: &Path) -> bool {
    is_named_like_a_trace(path) || Compression::of(path) != Compression::Plain
}

/// A test's name as part of a file's: without what would lead into a folder.
fn file_stem(name: &str) -> String {
    name.replace(['/', '\\'], "_")
}
