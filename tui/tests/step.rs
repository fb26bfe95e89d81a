//! A session as a person has it: real keys through a pseudo-terminal.

#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Long enough on a busy computer; a test that waits this long fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program on a terminal of 120 x 40.
struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn std::io::Write + Send>,
    child: Program,
    master: Box<dyn MasterPty + Send>,
    state: tempfile::TempDir,
    /// Set when nobody is to look at the screen any more.
    blind: Arc<AtomicBool>,
}

/// A process that does not outlive its test.
struct Program(Box<dyn Child + Send + Sync>);

impl Program {
    fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ = self.0.kill();
        }
    }
}

impl Terminal {
    fn start(arguments: &[&str]) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_litmuscope"));
        command.args(arguments);
        Terminal::run(command)
    }

    fn run(mut command: CommandBuilder) -> Terminal {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let state = tempfile::tempdir().unwrap();
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", state.path());
        let child = Program(pair.slave.spawn_command(command).unwrap());
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(40, 120, 0)));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (shared, blind) = (screen.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = blind.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = reader.read(&mut bytes) {
                if count == 0 || stopped.load(Ordering::Relaxed) {
                    break;
                }
                shared.lock().unwrap().process(&bytes[..count]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Terminal { screen, keys, child, master: pair.master, state, blind }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    #[track_caller]
    fn wait_for(&self, text: &str) {
        let start = Instant::now();
        while !self.text().contains(text) {
            assert!(start.elapsed() < PATIENCE, "no `{text}` on:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for the end, and checks that the terminal was given back.
    #[track_caller]
    fn end(&mut self) {
        let start = Instant::now();
        while !self.child.has_ended() {
            assert!(start.elapsed() < PATIENCE, "the program does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(200));
        let parser = self.screen.lock().unwrap();
        assert!(!parser.screen().alternate_screen(), "still on the other screen");
        assert!(!parser.screen().hide_cursor(), "the cursor is hidden");
        assert_eq!(parser.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }
}

#[test]
fn a_session_ends_in_the_weak_outcome_and_is_recorded() {
    let mut terminal = Terminal::start(&["step", "SB"]);
    terminal.wait_for("1 weak");
    terminal.press("w");
    terminal.wait_for("to go");
    for step in 1..=6 {
        terminal.press(" ");
        terminal.wait_for(&format!("step {step}"));
    }
    terminal.wait_for("Weak:");
    terminal.press("q");
    terminal.end();
    let path = terminal.state.path().join("litmuscope").join("SB.trace.jsonl");
    let trace = std::fs::read_to_string(path).unwrap();
    let last = trace.lines().last().unwrap();
    assert!(last.contains("0:rax=0; 1:rax=0;"), "{trace}");
}

#[test]
fn the_gallery_opens_a_test() {
    let mut terminal = Terminal::start(&[]);
    terminal.wait_for("Tests");
    terminal.press("iriw");
    terminal.wait_for("search iriw");
    terminal.press("\r");
    terminal.wait_for("Outcomes");
    terminal.press("?");
    terminal.wait_for("One step back");
    terminal.press("\x03");
    terminal.end();
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let mut terminal = Terminal::start(&["step", "MP"]);
    terminal.wait_for("Outcomes");
    let id = terminal.child.0.process_id().unwrap();
    let sent = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status().unwrap();
    assert!(sent.success());
    terminal.end();
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let mut terminal = Terminal::start(&["step", "SB"]);
    terminal.wait_for("all 25 states");
    let size = PtySize { rows: 15, cols: 60, pixel_width: 0, pixel_height: 0 };
    terminal.screen.lock().unwrap().screen_mut().set_size(15, 60);
    terminal.master.resize(size).unwrap();
    terminal.press("?");
    terminal.wait_for("This panel");
    terminal.press("\x1b");
    terminal.press("q");
    terminal.end();
}

#[test]
fn a_session_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.trace.jsonl");
    let file = file.to_str().unwrap();
    let mut terminal = Terminal::start(&["step", "SB", "--record", file]);
    terminal.wait_for("1 weak");
    terminal.press("11");
    terminal.wait_for("step 2");
    terminal.press("q");
    terminal.end();
    let mut terminal = Terminal::start(&["step", file]);
    terminal.wait_for("step 2");
    terminal.press("1");
    terminal.wait_for("step 3");
    terminal.press("q");
    terminal.end();
    let trace = std::fs::read_to_string(file).unwrap();
    assert_eq!(trace.lines().count(), 5, "header, three steps, footer: {trace}");
}

#[test]
fn a_terminal_that_is_closed_ends_the_program() {
    let mut terminal = Terminal::start(&["step", "SB"]);
    terminal.wait_for("Outcomes");
    // What is drawn last wakes the reader, which lets go of the terminal too.
    terminal.blind.store(true, Ordering::Relaxed);
    terminal.press("?");
    let Terminal { mut child, keys, master, .. } = terminal;
    std::thread::sleep(Duration::from_millis(500));
    drop((keys, master));
    let start = Instant::now();
    while !child.has_ended() {
        assert!(start.elapsed() < PATIENCE, "the program runs on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn ctrl_z_gives_the_terminal_away_and_takes_it_again() {
    let mut terminal = Terminal::start(&["step", "SB"]);
    terminal.wait_for("Outcomes");
    // Without a shell that waits for it the program is brought to the front again at once.
    terminal.press("\x1a");
    terminal.press("1");
    terminal.wait_for("step 1");
    terminal.press("q");
    terminal.end();
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_speaks() {
    const INSIDE: &str = "LITMUSCOPE_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        let _screen = tui::step::terminal::Screen::open().unwrap();
        panic!("on purpose");
    }
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_panic_gives_the_terminal_back_before_it_speaks", "--nocapture"]);
    command.env(INSIDE, "1");
    let mut terminal = Terminal::run(command);
    terminal.wait_for("on purpose");
    terminal.end();
}
