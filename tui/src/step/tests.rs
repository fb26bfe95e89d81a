//! Keys in, state and screens out.

mod counts;
mod reach;
mod recording;

use std::fmt::Write as _;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use sim_core::machine::Hardware;
use traces::format::Lines;
use traces::replay::{Sessions, Verdict, replay};
use traces::session::Session as Bench;
use traces::view::{Reach, Status};

use super::app::{App, Next, Popup, Settings};
use super::command::{self, Command};
use super::gallery::Gallery;
use super::open::{Opening, Wishes};
use super::record::Recording;
use super::session::Session;
use super::theme::Theme;
use super::ui;

/// Long enough for the background on a busy computer; a test that waits this long fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `act` on a session of the built-in test `name`.
fn with<R>(name: &str, act: impl FnOnce(&mut App<'_>) -> R) -> R {
    with_on(name, &Wishes::default(), act)
}

/// Runs `act` on a session of the built-in test `name` on another machine.
fn with_on<R>(name: &str, wishes: &Wishes, act: impl FnOnce(&mut App<'_>) -> R) -> R {
    visit(name, wishes, PATIENCE, act)
}

/// The same without waiting longer than `patience` for the background.
fn visit<R>(name: &str, wishes: &Wishes, patience: Duration, act: impl FnOnce(&mut App<'_>) -> R) -> R {
    let entry = traces::library::find(name).unwrap();
    let document = Opening::text(entry.name, entry.text, wishes).unwrap().document;
    let test = traces::load::parse(entry.text).value.unwrap();
    let bench = Bench::new(test, document.setup.clone()).unwrap();
    let session = Session::new(&bench);
    let settings = Settings { theme: Theme::Safe, present: false, pause: 100 };
    let mut app = App::new(session, &document, settings);
    app.session.settle(patience);
    act(&mut app)
}

/// Caches with this protocol and these features.
fn caches(protocol: &str, features: &[&str]) -> Wishes {
    let hardware = Hardware::named(Some(protocol), features.iter().copied()).unwrap();
    Wishes { hardware, ..Wishes::default() }
}

fn press(app: &mut App<'_>, keys: &[&str]) {
    for key in keys {
        app.key(key);
        app.session.settle(PATIENCE);
    }
}

fn drawn(app: &App<'_>, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| ui::draw(frame, app)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in 0..buffer.area.height {
        let line: String = (0..buffer.area.width).map(|column| buffer[(column, row)].symbol()).collect();
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The text, and below it every run of cells that is not plain, with its style.
fn styled(buffer: &Buffer) -> String {
    let mut dump = text(buffer);
    for row in 0..buffer.area.height {
        let mut column = 0;
        while column < buffer.area.width {
            let style = buffer[(column, row)].style();
            let start = column;
            let mut run = String::new();
            while column < buffer.area.width && buffer[(column, row)].style() == style {
                run.push_str(buffer[(column, row)].symbol());
                column += 1;
            }
            let fg = style.fg.unwrap_or_default();
            let bg = style.bg.unwrap_or_default();
            let plain = fg == ratatui::style::Color::Reset && style.add_modifier.is_empty() && bg == fg;
            if !plain && !run.trim().is_empty() {
                let _ = writeln!(dump, "{row},{start} {fg} on {bg} {:?}: {}", style.add_modifier, run.trim());
            }
        }
    }
    dump
}

#[test]
fn a_newcomer_reaches_the_weak_outcome_of_store_buffering() {
    with("SB", |app| {
        press(app, &["w"]);
        let goal = app.session.goal.clone().unwrap();
        assert_eq!(app.session.outcomes[goal.outcome].weak, Some(true));
        let left = goal.way.unwrap().len();
        assert!(left >= 4);
        // On the way nobody has to be asked for it again, be the next step seen by others or not.
        for _ in 0..2 {
            app.key("space");
            assert!(app.session.goal.as_ref().is_some_and(|goal| goal.way.is_some()));
        }
        app.session.settle(PATIENCE);
        for _ in 0..20 {
            if app.session.view.outcome.is_some() {
                break;
            }
            press(app, &["space"]);
        }
        let outcome = &app.session.outcomes[goal.outcome];
        assert_eq!((outcome.reach, outcome.sign()), (Reach::Here, '='));
        assert_eq!(app.session.graph.cycle.len(), 4, "{}", app.session.graph.cycle_words);
        assert!(drawn(app, 120, 40).area.width == 120 && text(&drawn(app, 120, 40)).contains("Weak"));
    });
}

#[test]
fn steps_say_what_they_keep_and_lose_and_when() {
    with("SB", |app| {
        press(app, &["z", "z"]);
        let decide = app.session.effects.iter().position(|e| e.known && !e.kills.is_empty());
        let index = decide.expect("a load of a store that is buffered decides something");
        let lost = app.session.effects[index].kills[0];
        app.session.take(index);
        app.session.settle(PATIENCE);
        let depth = app.session.history.now().depth;
        assert!(matches!(app.session.outcomes[lost].reach, Reach::Lost(d) if d <= depth));
        press(app, &["home"]);
        assert_eq!(app.session.outcomes[lost].reach, Reach::Open, "back in time it is open again");
    });
}

#[test]
fn the_way_to_the_weak_outcome_leads_through_caches() {
    for protocol in ["mesi", "dragon", "msi-directory"] {
        with_on("SB", &caches(protocol, &[]), |app| {
            press(app, &["w"]);
            let goal = app.session.goal.clone().unwrap().outcome;
            for _ in 0..120 {
                if app.session.view.outcome.is_some() {
                    break;
                }
                press(app, &["space"]);
            }
            assert_eq!(app.session.outcomes[goal].reach, Reach::Here, "{protocol}");
            let seen: Vec<String> =
                app.session.view.cores.iter().flat_map(|c| &c.cache).map(|l| l.state.clone()).collect();
            assert!(!seen.is_empty(), "{protocol}");
            assert!(app.session.replays(), "{protocol}");
            assert!(text(&drawn(app, 120, 40)).contains("cache"), "{protocol}");
        });
    }
}

#[test]
fn what_if_shows_outcomes_that_the_architecture_forbids() {
    let plain = with("armv8/MP+dmb.sy+addr", |app| app.session.outcomes.len());
    with_on("armv8/MP+dmb.sy+addr", &caches("mesi", &["invalidate-queue"]), |app| {
        assert!(app.session.outcomes.len() > plain, "an old copy can be read");
        assert_eq!(app.session.beyond.len(), app.session.outcomes.len() - plain);
        press(app, &["w", "space", "space"]);
        assert!(app.session.effects.iter().all(|e| e.known));
    });
}

#[test]
fn waiting_names_the_fence_and_what_it_waits_for() {
    with("SB+mfences", |app| {
        press(app, &["1"]);
        let why: Vec<String> =
            app.session.view.cores.iter().flat_map(|c| &c.window).flat_map(|a| a.why.clone()).collect();
        assert!(why.iter().any(|w| w.contains("mfence") && w.contains("store x")), "{why:?}");
    });
}

#[test]
fn a_load_says_which_bytes_come_from_the_store_buffer() {
    with("x86tso/SB+rfi-part-both", |app| {
        let forwards = |app: &App<'_>| {
            let steps = app.session.view.enabled.iter();
            steps.filter_map(|s| s.bytes.as_ref()).any(|bytes| bytes.parts.len() > 1)
        };
        for _ in 0..6 {
            if forwards(app) {
                break;
            }
            press(app, &["1"]);
        }
        assert!(forwards(app));
        let index =
            app.session.view.enabled.iter().position(|s| s.bytes.as_ref().is_some_and(|b| b.parts.len() > 1));
        app.session.select(index.unwrap());
        let screen = text(&drawn(app, 120, 40));
        assert!(screen.contains("Byte by byte: x+0..2 from P0.1"), "{screen}");
        assert!(screen.contains(" 0:rbx=0; 1:rbx=257"), "outcomes can be told apart: {screen}");
    });
}

#[test]
fn time_is_a_tree() {
    with("SB", |app| {
        press(app, &["1", "1", "u", "2"]);
        let second = app.session.history.now().item.described.name.clone();
        press(app, &["["]);
        assert_ne!(app.session.history.now().item.described.name, second);
        press(app, &["m", "home", "'"]);
        assert!(app.session.history.now().mark);
        press(app, &["home", "u"]);
        assert!(app.notice.contains("start"));
    });
}

#[test]
fn popups_open_and_close_by_their_keys() {
    with("MP", |app| {
        for key in ["?", ":", "g", "e", "M", "f", "E"] {
            press(app, &[key]);
            assert!(app.popup.is_some(), "{key}");
            let _ = drawn(app, 120, 40);
            press(app, &["esc"]);
            assert!(app.popup.is_none(), "{key}");
        }
        press(app, &[":", "q", "u", "i", "t", "enter"]);
        assert_eq!(app.next, Some(Next::Quit));
        app.next = None;
        press(app, &["1", "M", "left", "enter"]);
        let Some(Next::Open(opening)) = &app.next else { panic!("no other machine") };
        assert_eq!((opening.document.setup.model.as_str(), opening.past.len()), ("sc", 1));
    });
}

#[test]
fn fences_are_tried_everywhere() {
    with("SB", |app| {
        press(app, &["f"]);
        let Some(Popup::Fences { trials, .. }) = &mut app.popup else { panic!("no popup") };
        let start = std::time::Instant::now();
        while !trials.finished && start.elapsed() < PATIENCE {
            trials.poll();
            std::thread::sleep(Duration::from_millis(5));
        }
        let forbidding: Vec<&str> =
            trials.found().iter().filter(|t| t.forbids == Some(true)).map(|t| t.title.as_str()).collect();
        assert_eq!(forbidding, ["mfence between all accesses of every thread"]);
        assert_eq!(trials.found().len(), 3);
        press(app, &["enter"]);
        let Some(Next::Open(opening)) = &app.next else { panic!("no test with the fence") };
        assert_eq!(opening.document.name, "SB+mfences");
        assert_eq!(traces::load::parse(&opening.document.text).value.unwrap().name, "SB+mfences");
    });
}

#[test]
fn screens_say_the_same_at_every_size() {
    with("SB", |app| {
        press(app, &["w", "space", "space", "space", "space"]);
        // The number of the states is that of a background search that has ended.
        for (width, height) in [(120, 40), (80, 24), (59, 14), (200, 60)] {
            let screen = drawn(app, width, height);
            assert!(text(&screen).contains("SB"));
            insta::assert_snapshot!(format!("sb_{width}x{height}"), styled(&screen));
        }
    });
}

#[test]
fn small_screens_keep_what_matters_most() {
    with("SB", |app| {
        let screen = text(&drawn(app, 60, 15));
        assert!(["tab panel", "? help", "q quit"].iter().all(|keys| screen.contains(keys)), "{screen}");
    });
    with_on("IRIW", &caches("mesi", &[]), |app| {
        let screen = text(&drawn(app, 80, 24));
        assert!(screen.contains("1 movl (x),%eax") && screen.contains("2 movl (y),%ebx"), "{screen}");
        assert!(
            screen.contains(" 13 more (Tab, arrows) ") && screen.contains(" 2 more (arrows) "),
            "{screen}"
        );
    });
    with_on("armv8/MP+dmb.sy+addr", &caches("mesi", &["invalidate-queue", "l2=128,2"]), |app| {
        press(app, &["w"]);
        let screen = text(&drawn(app, 120, 40));
        let header = screen.lines().next().unwrap_or("");
        assert!(header.contains("step 0  goal ") && header.contains(" to go)"), "{header}");
    });
    with("armv8/IRIW", |app| {
        let first = &app.session.outcomes[app.session.ranked()[0]];
        assert!(first.asked && first.weak == Some(true), "{}", first.text);
    });
}

#[test]
fn for_a_projector_there_is_air_between_lines() {
    with("SB", |app| {
        app.settings.present = true;
        let screen = text(&drawn(app, 120, 40));
        let row = |word: &str| screen.lines().position(|line| line.contains(word)).expect("a row");
        assert_eq!(row("2 movl (y),%eax") - row("1 movl $1,(x)"), 2, "{screen}");
        assert_eq!(row("0:rax=1; 1:rax=0") - row("0:rax=0; 1:rax=0"), 2, "{screen}");
    });
}

#[test]
fn what_is_computed_says_whether_its_inputs_matter() {
    with("armv8/MP+dmb.sy+addr", |app| {
        let row = &app.session.view.cores[1].program[1];
        assert_eq!((row.status, row.detail.as_str()), (Status::Done, "0 for any X0"));
    });
}

#[test]
fn without_colours_nothing_is_coloured() {
    with("SB", |app| {
        app.settings.theme = Theme::Mono;
        press(app, &["w", "space"]);
        let screen = drawn(app, 120, 40);
        let colours = screen
            .content
            .iter()
            .any(|c| c.fg != ratatui::style::Color::Reset || c.bg != ratatui::style::Color::Reset);
        assert!(!colours);
    });
}

/// A small generator of numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

#[test]
fn ten_thousand_random_keys_do_no_harm() {
    const SEED: u64 = 20_261_123;
    println!("seed {SEED}");
    let mut dice = Dice(SEED);
    let mut keys: Vec<&str> = command::ENTRIES
        .iter()
        .filter(|e| !matches!(e.command, Command::Quit | Command::Gallery))
        .flat_map(|e| e.keys)
        .copied()
        .collect();
    keys.extend([
        "1", "2", "3", "4", "5", "esc", "esc", "x", "delete", "pageup", "pagedown", "f5", "\u{e9}",
        "\u{4e2d}",
    ]);
    let folder = tempfile::tempdir().unwrap();
    let tests = traces::library::entries();
    let mut left = 10_000;
    while left > 0 {
        let entry = &tests[dice.roll(tests.len())];
        let wishes = match dice.roll(6) {
            0 => caches("mesi", &["ways=1"]),
            1 => caches("moesi", &["shared-lines"]),
            2 => caches("mesi-directory", &["no-forwarding"]),
            3 => Wishes { store_buffer: Some(1), ..Wishes::default() },
            _ => Wishes::default(),
        };
        // A pair of accesses may need more lines at once than one.
        let fits = Opening::text(entry.name, entry.text, &wishes).is_ok();
        let wishes = if fits { wishes } else { Wishes::default() };
        // The background may still be at work: keys do no harm then either.
        let name = format!("{}/{}", entry.machine(), entry.name);
        visit(&name, &wishes, Duration::from_millis(300), |app| {
            let path = folder.path().join(format!("{left}.trace.jsonl"));
            let mut recording = Recording::start(&path, &app.session, app.document).unwrap();
            for _ in 0..200 {
                left -= 1;
                app.key(keys[dice.roll(keys.len())]);
                app.tick(dice.roll(200) as u64);
                recording.follow(&app.session);
                if dice.roll(20) == 0 {
                    let _ = drawn(app, 1 + dice.roll(220) as u16, 1 + dice.roll(70) as u16);
                }
                app.next = None;
            }
            // The run that the history tells of leads to the state that is shown, and so does the file.
            assert!(app.session.replays(), "{} {SEED}", entry.name);
            recording.finish(&app.session);
            let replayed = replay(&mut Lines::open(&path).unwrap(), &Sessions::default(), None);
            assert_eq!(replayed.verdict, Verdict::Agrees(app.session.final_text()), "{} {SEED}", entry.name);
        });
    }
}

#[test]
fn the_gallery_fits_every_size() {
    let mut gallery = Gallery::default();
    for key in ["down", "down", "m", "p"] {
        gallery.key(key);
    }
    for (width, height) in [(120, 40), (80, 24), (59, 14), (1, 1), (7, 3)] {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| ui::gallery::draw(frame, &gallery, Theme::Safe)).unwrap();
        let screen = text(terminal.backend().buffer());
        assert!(width < 30 || screen.contains("MP"), "{screen}");
    }
}
