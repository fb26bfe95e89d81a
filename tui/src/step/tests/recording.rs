//! What was done is in the file, and can be gone on with.

use std::path::Path;

use traces::format::Lines;
use traces::replay::{Sessions, Verdict, replay};
use traces::session::Session as Bench;

use super::{PATIENCE, press, with};
use crate::step::open::{Opening, Wishes};
use crate::step::record::{Recording, free_path};
use crate::step::session::Session;

/// Runs `act` on a session of the trace in `path` and records what it does there too.
fn resumed<R>(path: &Path, act: impl FnOnce(&mut Session<'_>, &mut Recording) -> R) -> R {
    let opening = Opening::trace(path).unwrap();
    let test = traces::load::parse(&opening.document.text).value.unwrap();
    let bench = Bench::new(test, opening.document.setup.clone()).unwrap();
    let mut session = Session::new(&bench);
    assert_eq!(session.repeat(&opening.past), opening.past.len());
    let mut recording = Recording::resume(path, &session).unwrap();
    let result = act(&mut session, &mut recording);
    recording.finish(&session);
    result
}

#[track_caller]
fn verdict(path: &Path) -> Verdict {
    replay(&mut Lines::open(path).unwrap(), &Sessions::default(), None).verdict
}

#[test]
fn a_session_is_resumed_where_it_ended_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SB.trace.jsonl");
    let (names, visited) = with("SB", |app| {
        let mut recording = Recording::start(&path, &app.session, app.document).unwrap();
        for key in ["1", "1", "m", "u", "2", "1"] {
            press(app, &[key]);
            recording.follow(&app.session);
        }
        recording.finish(&app.session);
        (app.session.deeds(), app.session.history.count())
    });
    let before = std::fs::read_to_string(&path).unwrap();
    let outcome = resumed(&path, |session, recording| {
        assert_eq!((session.deeds(), session.history.count()), (names, visited));
        assert_eq!(session.history.marks().len(), 1, "bookmarks too");
        session.settle(PATIENCE);
        while session.take(0) {
            recording.follow(session);
        }
        session.final_text()
    });
    assert!(outcome.is_some());
    assert_eq!(verdict(&path), Verdict::Agrees(outcome));
    let after = std::fs::read_to_string(&path).unwrap();
    let kept = before.lines().count() - 1;
    assert!(before.lines().take(kept).eq(after.lines().take(kept)), "all but the footer is as it was");
    assert!(after.lines().count() > kept + 2);
}

#[test]
fn a_session_that_was_killed_is_resumed_from_its_last_whole_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.trace.jsonl");
    with("SB", |app| {
        let mut recording = Recording::start(&path, &app.session, app.document).unwrap();
        press(app, &["1", "1"]);
        recording.follow(&app.session);
    });
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    resumed(&path, |session, _| assert_eq!(session.history.now().depth, 1));
    assert_eq!(verdict(&path), Verdict::Agrees(None));
}

#[test]
fn what_is_no_session_of_this_machine_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.trace.jsonl");
    with("SB", |app| {
        let mut recording = Recording::start(&path, &app.session, app.document).unwrap();
        press(app, &["1"]);
        recording.follow(&app.session);
    });
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("buffers x=1", "buffers x=7")).unwrap();
    assert!(Opening::trace(&path).is_err());
    std::fs::write(&path, "hello\n").unwrap();
    assert!(Opening::trace(&path).is_err());
    assert!(Opening::named(path.to_str().unwrap(), &Wishes::default()).is_err());
}

#[test]
fn names_of_files_are_never_used_twice() {
    let folder = tempfile::tempdir().unwrap();
    let name = |path: Option<std::path::PathBuf>| path.unwrap().file_name().unwrap().to_owned();
    assert_eq!(name(free_path(folder.path(), "a/b+c d.litmus", "html")), "b+c_d.html");
    assert_eq!(name(free_path(folder.path(), "a/b+c d.litmus", "html")), "b+c_d-2.html");
}

#[test]
fn the_same_steps_go_on_on_another_machine_as_far_as_they_are_possible() {
    let names = with("SB", |app| {
        press(app, &["w", "space", "space", "space"]);
        app.session.deeds()
    });
    let entry = traces::library::find("SB").unwrap();
    let wishes = Wishes { machine: Some(traces::machine::Machine::Sc), ..Wishes::default() };
    let opening = Opening::text(entry.name, entry.text, &wishes).unwrap();
    let test = traces::load::parse(entry.text).value.unwrap();
    let bench = Bench::new(test, opening.document.setup).unwrap();
    let mut session = Session::new(&bench);
    let done = session.repeat(&names);
    assert!(0 < done && done < names.len(), "SC forbids the load before the store has drained: {done}");
}
