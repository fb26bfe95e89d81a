//! `litmuscope step`: the machine, one step at a time, with what can still happen.
//!
//! State ([`app`], [`session`], [`gallery`], [`edit`]) knows no terminal and changes by the names of keys;
//! [`ui`] draws it; [`terminal`] holds the terminal; the loops are here.

pub mod app;
pub mod command;
pub mod edit;
pub mod fence;
pub mod gallery;
pub mod history;
pub mod open;
pub mod reach;
pub mod reason;
pub mod record;
pub mod session;
pub mod setup;
pub mod share;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod ui;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use traces::session::Session as Bench;

use crate::cli::Status;
use app::{App, Next, Settings};
use gallery::{Choice, Gallery};
use open::{Opening, Refusal, Wishes};
use record::Recording;
use session::Session;
use terminal::{Input, Screen};
use theme::Theme;

/// What a session starts with.
#[derive(Debug, Clone)]
pub struct StepOptions {
    /// A file, a trace, or the name of a built-in test; `None` for the gallery.
    pub test: Option<String>,
    /// A recorded session to go on with, in place of a test.
    pub resume: Option<PathBuf>,
    /// The machine, where it is to differ from that of the test's architecture.
    pub wishes: Wishes,
    /// The colours.
    pub theme: Theme,
    /// For a projector.
    pub present: bool,
    /// Where to record the session; `None` for the user's folder.
    pub record: Option<PathBuf>,
}

/// Runs a session on the terminal.
pub fn run(options: &StepOptions) -> Status {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        crate::render::error("stepping needs a terminal; `litmuscope run` prints results without one");
        return Status::BadInput;
    }
    let first = match (&options.resume, &options.test) {
        (Some(path), _) => Opening::trace(path).map(|opening| Next::Open(Box::new(opening))),
        (None, Some(name)) => Opening::named(name, &options.wishes).map(|o| Next::Open(Box::new(o))),
        (None, None) => Ok(Next::Gallery),
    };
    let left = first.and_then(|first| {
        // The screen is given back before anything is printed.
        let left = Screen::open().and_then(|mut screen| visit(&mut screen, first, options));
        left.map_err(|e| Refusal::Sentence(format!("the terminal: {e}")))
    });
    match left {
        Ok(recorded) => {
            if let Some(path) = recorded {
                println!("Recorded. To go on: litmuscope step {}", path.display());
            }
            Status::Done
        }
        Err(refusal) => {
            refusal.print();
            Status::BadInput
        }
    }
}

/// Goes from session to session until somebody leaves. Returns the file of the last one, if it has steps.
fn visit(screen: &mut Screen, first: Next, options: &StepOptions) -> io::Result<Option<PathBuf>> {
    let mut settings = Settings {
        theme: options.theme,
        present: options.present,
        pause: if options.present { 2000 } else { 800 },
    };
    let mut recorded = None;
    let mut next = first;
    loop {
        next = match next {
            Next::Quit => return Ok(recorded),
            Next::Gallery => browse(screen, options, &settings)?,
            Next::Open(opening) => {
                let path;
                (next, path) = step(screen, *opening, &mut settings, options.record.as_ref())?;
                recorded = path.or(recorded);
                next
            }
        };
    }
}

/// The gallery, until a choice is made.
fn browse(screen: &mut Screen, options: &StepOptions, settings: &Settings) -> io::Result<Next> {
    let mut gallery = Gallery::default();
    loop {
        screen.terminal.draw(|frame| ui::gallery::draw(frame, &gallery, settings.theme))?;
        match screen.input(Duration::from_millis(250))? {
            Some(Input::Key(key)) => gallery.key(&key),
            Some(Input::Click(column, row)) => {
                let size = screen.terminal.size()?;
                gallery.click(ui::gallery::target(size.into(), &gallery, column, row));
            }
            Some(Input::Scroll(down)) => gallery.key(if down { "down" } else { "up" }),
            Some(Input::Resize) | None => {}
        }
        match gallery.choice.take() {
            _ if screen.ended() => return Ok(Next::Quit),
            None => {}
            Some(Choice::Quit) => return Ok(Next::Quit),
            Some(Choice::Open(entry)) => match Opening::text(entry.name, entry.text, &options.wishes) {
                Ok(opening) => return Ok(Next::Open(Box::new(opening))),
                Err(_) => gallery.notice = format!("{} cannot be read", entry.name),
            },
        }
    }
}

/// One test, until it is left. Returns the file of the session, if it has steps.
fn step(
    screen: &mut Screen,
    opening: Opening,
    settings: &mut Settings,
    record: Option<&PathBuf>,
) -> io::Result<(Next, Option<PathBuf>)> {
    let Opening { document, past, trace } = opening;
    // What is opened from inside has been checked.
    let Some(test) = traces::load::parse(&document.text).value else { return Ok((Next::Gallery, None)) };
    let bench = Bench::new(test, document.setup.clone()).map_err(io::Error::other)?;
    let mut session = Session::new(&bench);
    let done = session.repeat(&past);
    let mut recording = match (&trace, record) {
        (Some(trace), None) => Recording::resume(trace, &session),
        (Some(trace), Some(copy)) => {
            std::fs::copy(trace, copy)?;
            Recording::resume(copy, &session)
        }
        (None, Some(path)) => Recording::start(path, &session, &document),
        (None, None) => {
            record::fresh_path(&document.name).and_then(|path| Recording::start(&path, &session, &document))
        }
    };
    let mut app = App::new(session, &document, settings.clone());
    app.recorded = recording.as_ref().map(|r| r.path().display().to_string());
    app.notice = match (past.len(), &trace) {
        (0, _) => String::new(),
        (all, _) if done < all => format!("{done} of {all} steps are possible here too"),
        (_, Some(_)) => "here the recorded session ended".into(),
        (_, None) => "the same steps again".into(),
    };
    let mut last = Instant::now();
    let mut stale = true;
    let next = loop {
        if stale {
            screen.terminal.draw(|frame| ui::draw(frame, &app))?;
        }
        let pause = if app.playing.is_some() || !app.session.is_settled() { 15 } else { 60 };
        let input = screen.input(Duration::from_millis(pause))?;
        stale = input.is_some();
        match input {
            Some(Input::Key(key)) => app.key(&key),
            Some(Input::Scroll(down)) => app.scroll(down),
            Some(Input::Click(column, row)) => {
                let size = screen.terminal.size()?;
                app.click(ui::target(size.into(), &app, column, row));
            }
            Some(Input::Resize) | None => {}
        }
        stale |= app.tick(last.elapsed().as_millis() as u64);
        last = Instant::now();
        if screen.ended() {
            app.next = Some(Next::Quit);
        }
        if let Some(recording) = &mut recording {
            recording.follow(&app.session);
        }
        if let Some(next) = app.next.take() {
            break next;
        }
    };
    *settings = app.settings.clone();
    let path = recording.and_then(|recording| {
        let (path, empty) = (recording.path().to_path_buf(), recording.is_empty());
        recording.finish(&app.session);
        if empty && record.is_none() {
            // Nobody asked for a file without a step.
            let _ = std::fs::remove_file(&path);
        }
        (!empty).then_some(path)
    });
    Ok((next, path))
}
