//! `litmuscope export`: traces as pages, pictures, recordings and handouts.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use traces::export::{self, Film, Frame, Kind, Shots, cast, html, json, markdown, numbered, svg};
use traces::format::Lines;
use traces::load::{Source, said};
use traces::replay::Verdict;

use crate::cli::{ExportArgs, Status};
use crate::render;

/// Writes a trace as everything that the arguments name.
pub fn export(args: &ExportArgs) -> Status {
    match run(args) {
        Ok(()) => Status::Done,
        Err((message, status)) => {
            message.iter().for_each(|message| render::error(message));
            status
        }
    }
}

/// What went wrong, if that has not been said yet, and with which status the program ends.
type Failure = (Option<String>, Status);

fn bad(message: String) -> Failure {
    (Some(message), Status::BadInput)
}

fn run(args: &ExportArgs) -> Result<(), Failure> {
    let name = args.trace.display();
    let mut kinds: Vec<(&str, Kind)> = Vec::new();
    for to in &args.to {
        let kind = Kind::of(to).map_err(|problem| {
            anstream::eprint!("{}", render::diagnostics(&Source::new("--to", to.as_str()), &[problem]));
            (None, Status::BadInput)
        })?;
        if kinds.iter().any(|(other, _)| Path::new(other) == Path::new(to)) {
            return Err(bad(format!("--to names {to} twice")));
        }
        kinds.push((to, kind));
    }
    if args.trace.is_dir() {
        let message =
            format!("{name}: this is a folder; give one trace in it, such as {}", example(&args.trace));
        return Err(bad(message));
    }
    let mut lines = Lines::open(&args.trace).map_err(|error| bad(format!("{name}: {}", said(&error))))?;
    let streams = kinds.iter().filter(|(_, kind)| *kind == Kind::Json);
    let streams: Result<Vec<Stream>, Failure> =
        streams.map(|(to, _)| Stream::create(to).map_err(bad)).collect();
    let mut streams = streams?;
    let mut each = |film: &Film, frame: &Frame| streams.iter_mut().for_each(|s| s.json.frame(film, frame));
    let shots = Shots {
        steps: args.steps.clone().unwrap_or(0..=usize::MAX),
        keep: kinds.iter().any(|(_, kind)| *kind != Kind::Json),
        each: kinds.iter().any(|(_, kind)| *kind == Kind::Json).then_some(&mut each),
    };
    let film = match export::film(&mut lines, shots) {
        Ok(film) => film,
        Err(verdict) => {
            streams.into_iter().for_each(Stream::drop);
            return Err(match verdict {
                Verdict::Diverges(divergence) => (Some(format!("{name}: {divergence}")), Status::Failed),
                Verdict::Unusable { line, reason } => bad(format!("{name}: line {line}: {reason}")),
                Verdict::Open(reason) => bad(format!("{name}: {reason}")),
                Verdict::Agrees(_) => bad(format!("{name}: there is nothing to show")),
            });
        }
    };
    if let Some(notes) = film.notes() {
        anstream::eprintln!("note: {name}: {notes}");
    }
    streams.into_iter().try_for_each(|stream| stream.finish(&film)).map_err(bad)?;
    kinds.into_iter().try_for_each(|(to, kind)| write(&film, to, kind)).map_err(bad)
}

/// The name of the first trace in a folder, or of one that could be there.
fn example(folder: &Path) -> String {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let trace = names.filter(|path| path.to_string_lossy().contains(".trace.jsonl")).min();
    trace.unwrap_or_else(|| folder.join("NAME.trace.jsonl")).display().to_string()
}

/// A file of all states, which has its name only once it is complete.
struct Stream {
    to: String,
    part: PathBuf,
    json: json::Writer<BufWriter<File>>,
}

impl Stream {
    fn create(to: &str) -> Result<Stream, String> {
        let part = PathBuf::from(format!("{to}.part"));
        let file = File::create(&part).map_err(|error| format!("{to}: {}", said(&error)))?;
        Ok(Stream { to: to.to_string(), part, json: json::Writer::new(BufWriter::new(file)) })
    }

    /// Leaves no trace of it.
    fn drop(self) {
        let _ = fs::remove_file(self.part);
    }

    fn finish(self, film: &Film) -> Result<(), String> {
        let written: io::Result<()> = self.json.finish(film).and_then(|_| fs::rename(&self.part, &self.to));
        written.map_err(|error| {
            let _ = fs::remove_file(&self.part);
            format!("{}: {}", self.to, said(&error))
        })
    }
}

fn write(film: &Film, to: &str, kind: Kind) -> Result<(), String> {
    let put =
        |path: &str, text: String| fs::write(path, text).map_err(|error| format!("{path}: {}", said(&error)));
    match kind {
        // Written while the trace was replayed.
        Kind::Json => Ok(()),
        Kind::Html => put(to, html::html(film).map_err(|error| format!("{to}: {error}"))?),
        Kind::Markdown => put(to, markdown::markdown(film)),
        Kind::Cast => put(to, cast::cast(film)),
        Kind::Svg => put(to, svg::moving(film)),
        Kind::SvgSeries => film.frames.iter().enumerate().try_for_each(|(index, frame)| {
            put(&numbered(to, frame.number).unwrap_or_default(), svg::still(film, index))
        }),
    }
}
