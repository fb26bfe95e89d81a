//! The terminal: raw mode in, everything back out, keys by their names.

use std::io::{self, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
    MouseButton, MouseEventKind,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

/// How long the loop has to end by itself after a signal.
const GRACE: Duration = Duration::from_millis(1500);

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key, by its name.
    Key(String),
    /// A click at this column and row.
    Click(u16, u16),
    /// The wheel was turned, down or up.
    Scroll(bool),
    /// The terminal has another size, or needs to be drawn again.
    Resize,
}

/// The terminal while it is ours. Gives it back when dropped, and before a panic speaks.
#[derive(Debug)]
pub struct Screen {
    /// Where to draw.
    pub terminal: Terminal<CrosstermBackend<io::Stdout>>,
    ended: Arc<AtomicBool>,
    /// A key that came together with the one before.
    next: Option<String>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// What the system says if this is no terminal.
    pub fn open() -> io::Result<Screen> {
        let ended = Arc::new(AtomicBool::new(false));
        // A signal to end is a wish to quit: the loop sees it and the terminal is given back.
        let flag = ended.clone();
        let _ = ctrlc::set_handler(move || {
            flag.store(true, Ordering::Relaxed);
            // Reading keys from a terminal that was closed never returns: then nobody sees the wish.
            std::thread::sleep(GRACE);
            let _ = restore();
            std::process::exit(1);
        });
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let _ = restore();
            hook(info);
        }));
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, EnableMouseCapture)?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(Screen { terminal, ended, next: None })
    }

    /// Whether a signal asked the program to end.
    pub fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// What a person did within `time`, if anything.
    ///
    /// # Errors
    /// What the system says if the terminal is gone.
    pub fn input(&mut self, time: Duration) -> io::Result<Option<Input>> {
        if let Some(key) = self.next.take() {
            return Ok(Some(Input::Key(key)));
        }
        if !event::poll(time)? {
            return Ok(None);
        }
        Ok(match event::read()? {
            // Escape and a key right after it look like that key with Alt.
            Event::Key(key)
                if key.kind != KeyEventKind::Release && key.modifiers.contains(KeyModifiers::ALT) =>
            {
                self.next = name(key);
                Some(Input::Key("esc".into()))
            }
            Event::Key(key) if key.kind != KeyEventKind::Release => match name(key) {
                Some(key) if key == "ctrl-z" => {
                    self.suspend()?;
                    Some(Input::Resize)
                }
                key => key.map(Input::Key),
            },
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Some(Input::Click(mouse.column, mouse.row)),
                MouseEventKind::ScrollDown => Some(Input::Scroll(true)),
                MouseEventKind::ScrollUp => Some(Input::Scroll(false)),
                _ => None,
            },
            Event::Resize(..) => Some(Input::Resize),
            _ => None,
        })
    }

    /// Gives the terminal back to the shell until the program is brought to the front again.
    fn suspend(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        {
            restore()?;
            let _ =
                std::process::Command::new("kill").args(["-TSTP", &std::process::id().to_string()]).status();
            enable_raw_mode()?;
            execute!(stdout(), EnterAlternateScreen, EnableMouseCapture, Clear(ClearType::All))?;
        }
        // Everything is drawn anew. `clear` would first ask the terminal where the cursor is.
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = restore();
    }
}

fn restore() -> io::Result<()> {
    let raw = disable_raw_mode();
    execute!(stdout(), DisableMouseCapture, LeaveAlternateScreen, ratatui::crossterm::cursor::Show)?;
    raw
}

/// The name of a key: `a`, `A`, `space`, `ctrl-c`, `left`; `None` for keys that nothing is bound to.
pub fn name(key: KeyEvent) -> Option<String> {
    let base = match key.code {
        KeyCode::Char(' ') => "space".to_string(),
        KeyCode::Char(letter) if key.modifiers.contains(KeyModifiers::CONTROL) => {
            letter.to_ascii_lowercase().to_string()
        }
        KeyCode::Char(letter) => letter.to_string(),
        KeyCode::Enter => "enter".into(),
        KeyCode::Esc => "esc".into(),
        KeyCode::Backspace => "backspace".into(),
        KeyCode::Delete => "delete".into(),
        KeyCode::Tab => "tab".into(),
        KeyCode::BackTab => "backtab".into(),
        KeyCode::Left => "left".into(),
        KeyCode::Right => "right".into(),
        KeyCode::Up => "up".into(),
        KeyCode::Down => "down".into(),
        KeyCode::Home => "home".into(),
        KeyCode::End => "end".into(),
        KeyCode::PageUp => "pageup".into(),
        KeyCode::PageDown => "pagedown".into(),
        KeyCode::F(number) => format!("f{number}"),
        _ => return None,
    };
    Some(if key.modifiers.contains(KeyModifiers::CONTROL) { format!("ctrl-{base}") } else { base })
}
