//! `litmuscope export`: traces as pages, pictures, recordings and handouts.

use std::fs;

use traces::export::{self, Film, Kind, cast, html, json, markdown, numbered, svg};
use traces::format::Lines;
use traces::load::said;
use traces::replay::Verdict;

use crate::cli::{ExportArgs, Status};
use crate::render;

/// Writes a trace as everything that the arguments name.
pub fn export(args: &ExportArgs) -> Status {
    let name = args.trace.display();
    let kinds: Result<Vec<(&String, Kind)>, String> =
        args.to.iter().map(|to| Kind::of(to).map(|kind| (to, kind))).collect();
    let fail = |message: &str, status| {
        render::error(message);
        status
    };
    let kinds = match kinds {
        Ok(kinds) => kinds,
        Err(message) => return fail(&message, Status::BadInput),
    };
    let mut lines = match Lines::open(&args.trace) {
        Ok(lines) => lines,
        Err(error) => return fail(&format!("{name}: {}", said(&error)), Status::BadInput),
    };
    let film = match export::film(&mut lines) {
        Ok(film) => film,
        Err(Verdict::Diverges(divergence)) => return fail(&format!("{name}: {divergence}"), Status::Failed),
        Err(Verdict::Unusable { line, reason }) => {
            return fail(&format!("{name}: line {line}: {reason}"), Status::BadInput);
        }
        Err(Verdict::Open(reason)) => return fail(&format!("{name}: {reason}"), Status::BadInput),
        Err(Verdict::Agrees(_)) => return Status::Done,
    };
    if let Some(note) = &film.note {
        anstream::eprintln!("note: {name}: {note}");
    }
    for (to, kind) in kinds {
        if let Err(message) = write(&film, to, kind) {
            return fail(&message, Status::BadInput);
        }
    }
    Status::Done
}

fn write(film: &Film, to: &str, kind: Kind) -> Result<(), String> {
    let put =
        |path: &str, text: String| fs::write(path, text).map_err(|error| format!("{path}: {}", said(&error)));
    let made = |text: serde_json::Result<String>| text.map_err(|error| format!("{to}: {error}"));
    match kind {
        Kind::Html => put(to, made(html::html(film))?),
        Kind::Json => put(to, made(json::json(film))?),
        Kind::Markdown => put(to, markdown::markdown(film)),
        Kind::Cast => put(to, cast::cast(film)),
        Kind::Svg => put(to, svg::moving(film)),
        Kind::SvgSeries => (0..film.frames.len())
            .try_for_each(|number| put(&numbered(to, number).unwrap_or_default(), svg::still(film, number))),
    }
}
