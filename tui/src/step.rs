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
pub mod reach;
pub mod reason;
pub mod record;
pub mod session;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod ui;

use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use sim_core::order::Layout;
use traces::load::Source;
use traces::machine::Machine;

use crate::cli::Status;
use app::{App, Document, Next, Settings};
use gallery::{Choice, Gallery};
use record::Recording;
use session::Session;
use terminal::{Input, Screen};
use theme::Theme;

/// What a session starts with.
#[derive(Debug, Clone)]
pub struct StepOptions {
    /// A file or the name of a built-in test; `None` for the gallery.
    pub test: Option<String>,
    /// The machine; `None` for that of the test's architecture.
    pub machine: Option<Machine>,
    /// The colours.
    pub theme: Theme,
    /// For a projector.
    pub present: bool,
    /// Where to record the session; `None` for the user's folder.
    pub record: Option<std::path::PathBuf>,
}

/// Back-jumps that are followed of a loop whose states do not repeat.
const UNROLL: u32 = 4;

/// Runs a session on the terminal.
pub fn run(options: &StepOptions) -> Status {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        crate::render::error("stepping needs a terminal; `litmuscope run` prints results without one");
        return Status::BadInput;
    }
    let mut next = match &options.test {
        None => Next::Gallery,
        Some(name) => match find(name) {
            Ok((name, text)) => Next::Open { name, text, machine: options.machine },
            Err(message) => {
                crate::render::error(&message);
                return Status::BadInput;
            }
        },
    };
    if let Next::Open { name, text, .. } = &next {
        let parsed = traces::load::parse(text);
        if parsed.value.is_none() {
            let source = Source::new(name.clone(), text.clone());
            anstream::eprint!("{}", crate::render::diagnostics(&source, &parsed.diagnostics));
            return Status::BadInput;
        }
    }
    let outcome = Screen::open().and_then(|mut screen| {
        let mut settings = Settings {
            theme: options.theme,
            present: options.present,
            pause: if options.present { 2000 } else { 800 },
        };
        loop {
            next = match next {
                Next::Quit => return Ok(()),
                Next::Gallery => browse(&mut screen, settings.theme)?,
                Next::Open { name, text, machine } => {
                    let (left, changed) =
                        open(&mut screen, &name, &text, machine.or(options.machine), settings, options)?;
                    settings = changed;
                    left
                }
            };
        }
    });
    match outcome {
        Ok(()) => Status::Done,
        Err(error) => {
            crate::render::error(&format!("the terminal: {error}"));
            Status::BadInput
        }
    }
}

/// The name and text of a file or a built-in test.
fn find(name: &str) -> Result<(String, String), String> {
    let path = std::path::Path::new(name);
    if path.exists() {
        return Source::read(path).map(|s| (s.name, s.text)).map_err(|e| e.to_string());
    }
    match traces::library::find(name) {
        Ok(entry) => Ok((entry.name.to_string(), entry.text.to_string())),
        Err(Some(near)) => {
            Err(format!("there is no file and no built-in test `{name}`; did you mean `{near}`?"))
        }
        Err(None) => {
            Err(format!("there is no file and no built-in test `{name}` (`litmuscope list` lists them)"))
        }
    }
}

/// The gallery, until a choice is made.
fn browse(screen: &mut Screen, theme: Theme) -> io::Result<Next> {
    let mut gallery = Gallery::default();
    loop {
        screen.terminal.draw(|frame| ui::gallery::draw(frame, &gallery, theme))?;
        if let Some(Input::Key(key)) = screen.input(Duration::from_millis(250))? {
            gallery.key(&key);
        }
        match gallery.choice.take() {
            _ if screen.ended() => return Ok(Next::Quit),
            None => {}
            Some(Choice::Quit) => return Ok(Next::Quit),
            Some(Choice::Open(entry)) => {
                return Ok(Next::Open { name: entry.name.into(), text: entry.text.into(), machine: None });
            }
        }
    }
}

/// One test, until it is left.
fn open(
    screen: &mut Screen,
    name: &str,
    text: &str,
    machine: Option<Machine>,
    settings: Settings,
    options: &StepOptions,
) -> io::Result<(Next, Settings)> {
    // What is opened from inside has been checked.
    let Some(test) = traces::load::parse(text).value else { return Ok((Next::Gallery, settings)) };
    let machine = machine.unwrap_or_else(|| Machine::of(&test.arch));
    let order = machine.order();
    let layout = Layout::new(&test.program);
    let document = Document { name: name.into(), text: text.into(), machine };
    let unroll = test.unroll.unwrap_or(UNROLL);
    let session = Session::new(&test, &order, &layout, unroll);
    let path = options.record.clone().or_else(|| record::default_path(name));
    let mut recording = path.as_ref().and_then(|path| Recording::start(path, &session, &document));
    let mut app = App::new(session, &document, settings);
    app.recorded = path.filter(|_| recording.is_some()).map(|path| path.display().to_string());
    let mut last = Instant::now();
    let mut stale = true;
    loop {
        if stale {
            screen.terminal.draw(|frame| ui::draw(frame, &app))?;
        }
        let pause = if app.playing.is_some() || !app.session.is_settled() { 15 } else { 60 };
        stale = match screen.input(Duration::from_millis(pause))? {
            Some(Input::Key(key)) => {
                app.key(&key);
                true
            }
            Some(Input::Click(column, row)) => {
                let size = screen.terminal.size()?;
                app.click(ui::target(size.into(), &app, column, row));
                true
            }
            Some(Input::Resize) => true,
            None => false,
        };
        stale |= app.tick(last.elapsed().as_millis() as u64);
        last = Instant::now();
        if screen.ended() {
            app.next = Some(Next::Quit);
        }
        if let Some(recording) = &mut recording {
            recording.follow(&app.session);
        }
        if let Some(next) = app.next.take() {
            if let Some(recording) = recording {
                recording.finish(&app.session);
            }
            return Ok((next, app.settings.clone()));
        }
    }
}
