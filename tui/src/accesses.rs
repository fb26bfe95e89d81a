//! `litmuscope replay` of memory-access traces: what caches make of them.

mod report;
mod sweep;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use traces::access::{Files, Format, simulate};

use crate::cli::{AccessOptions, ReplayArgs, ReplayFormat, ReplayKind, Status};
use crate::render;
use crate::run::batch;
use crate::run::progress::Bar;

/// Replays the files of one memory-access trace.
pub fn replay(args: &ReplayArgs, paths: Vec<PathBuf>) -> Status {
    let fail = |message: &str| {
        render::error(message);
        Status::BadInput
    };
    if args.test.is_some() {
        return fail("--test is for recorded traces, and these are memory-access traces");
    }
    let options = match args.access_options() {
        Ok(options) => options,
        Err(message) => return fail(&message),
    };
    let format = match args.kind {
        Some(ReplayKind::LabelValue) => Some(Format::LabelValue),
        Some(ReplayKind::Din) => Some(Format::Din),
        Some(ReplayKind::Lackey) => Some(Format::Lackey),
        Some(ReplayKind::Csv) => Some(Format::Csv),
        Some(ReplayKind::Steps | ReplayKind::Accesses) | None => None,
    };
    let files = Files { paths, format, cores: options.cores.clone() };
    if options.sweep {
        return sweep(args, &files, &options).unwrap_or_else(|message| fail(&message));
    }
    let Some(Ok(setup)) = options.setups.first() else { return Status::Done };
    match simulate(&files, setup) {
        Ok(counts) => {
            anstream::print!("{}", report::one(args.format, &files, setup, &counts));
            Status::Done
        }
        Err(error) => fail(&error.to_string()),
    }
}

/// Makes sure that a picture can be put there, before there is one.
fn can_be_drawn(path: &Path) -> Result<(), String> {
    let name = path.display();
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("svg")) {
        return Err(format!(
            "--plot {name}: the picture is an SVG: call it {}",
            path.with_extension("svg").display()
        ));
    }
    match path.parent() {
        Some(folder) if folder != Path::new("") && !folder.is_dir() => {
            Err(format!("--plot {name}: there is no folder {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Tries all configurations, in parallel, and compares them.
fn sweep(args: &ReplayArgs, files: &Files, options: &AccessOptions) -> Result<Status, String> {
    let mut setups = Vec::new();
    for setup in &options.setups {
        match setup {
            Ok(setup) => setups.push(setup),
            Err(reason) => anstream::eprintln!("note: left out: {reason}"),
        }
    }
    if setups.is_empty() {
        return Err("--sweep: none of these caches can be".to_string());
    }
    if let Some(path) = &options.plot {
        can_be_drawn(path)?;
    }
    let bar = Bar::new(setups.len(), "configurations");
    let (mut runs, mut failed) = (Vec::new(), None);
    batch::ordered(
        setups.len(),
        args.jobs(),
        |_, at| simulate(files, setups[at]),
        |at, counts| {
            bar.step();
            match counts {
                Ok(counts) => {
                    runs.push((setups[at], counts));
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failed = Some(error.to_string());
                    ControlFlow::Break(())
                }
            }
        },
    );
    bar.clear();
    if let Some(message) = failed {
        return Err(message);
    }
    let points = sweep::points(&runs);
    match args.format {
        ReplayFormat::Text => {
            anstream::print!("{}", sweep::text(&report::heading(files, &runs[0].1), &points))
        }
        ReplayFormat::Csv => anstream::print!("{}", sweep::csv(&runs)),
        ReplayFormat::Json => {
            runs.iter()
                .for_each(|(setup, counts)| anstream::print!("{}", report::json(files, setup, counts)));
        }
    }
    if let Some(path) = &options.plot {
        let picture = traces::access::plot::svg(&report::heading(files, &runs[0].1), &points);
        std::fs::write(path, picture)
            .map_err(|error| format!("{}: {}", path.display(), traces::load::said(&error)))?;
    }
    Ok(Status::Done)
}
