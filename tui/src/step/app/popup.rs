//! Keys while something lies over the panels.

use traces::format::Setup;
use traces::machine::Machine;
use traces::session::Session as Bench;

use super::{App, Next, Popup};
use crate::step::command::{self, Command};
use crate::step::edit::Editor;
use crate::step::fence::Trial;
use crate::step::open::{Document, Opening};

/// Not more lines than this are scrolled away.
const SCROLL_MAX: usize = 60;

impl App<'_> {
    pub(super) fn popup_key(&mut self, popup: Popup, key: &str) {
        let by = match key {
            "down" | "j" | "ctrl-n" => 1,
            "up" | "k" | "ctrl-p" => -1,
            "pagedown" | "space" => 10,
            "pageup" => -10,
            _ => 0,
        };
        self.popup = match popup {
            Popup::Edit(editor) => self.edit_key(editor, key),
            Popup::Palette { query, selected } => self.palette_key(query, selected, key),
            _ if matches!(key, "esc" | "q") => None,
            Popup::Help { scroll } => {
                Some(Popup::Help { scroll: scroll.saturating_add_signed(by).min(SCROLL_MAX) })
            }
            Popup::Explain { scroll } => {
                Some(Popup::Explain { scroll: scroll.saturating_add_signed(by).min(SCROLL_MAX) })
            }
            Popup::Waiting { scroll } => {
                Some(Popup::Waiting { scroll: scroll.saturating_add_signed(by).min(SCROLL_MAX) })
            }
            Popup::Graph => match command::named(key) {
                Some(Command::Graph) => None,
                Some(command @ (Command::SelectNext | Command::SelectPrevious)) => {
                    self.command(command);
                    Some(Popup::Graph)
                }
                _ => {
                    self.time_goes_on(key);
                    Some(Popup::Graph)
                }
            },
            Popup::Counts { scroll } => match command::named(key) {
                Some(Command::Counts) => None,
                _ if self.time_goes_on(key) => Some(Popup::Counts { scroll }),
                _ => Some(Popup::Counts { scroll: scroll.saturating_add_signed(by).min(SCROLL_MAX) }),
            },
            Popup::Machine(mut form) => {
                form.key(key);
                if key == "enter" {
                    let document = Document { setup: form.setup(), ..self.document.clone() };
                    match Bench::new(self.session.test().clone(), document.setup.clone()) {
                        Ok(_) => {
                            let past = self.session.deeds();
                            self.next = Some(Next::Open(Box::new(Opening { document, past, trace: None })));
                        }
                        Err(reason) => form.problem = reason,
                    }
                }
                Some(Popup::Machine(form))
            }
            Popup::Fences { trials, selected } => {
                let count = trials.found().len();
                let last = count.saturating_sub(1) as isize;
                let selected = (selected as isize + by).clamp(0, last) as usize;
                if key == "enter"
                    && let Some(Trial { name, text, .. }) = trials.found().get(selected)
                {
                    self.open(name.clone(), text.clone());
                }
                Some(Popup::Fences { trials, selected })
            }
        };
    }

    /// Moves in time under what shows the run; whether the key is one for that.
    fn time_goes_on(&mut self, key: &str) -> bool {
        match command::named(key) {
            Some(
                command @ (Command::Undo
                | Command::Redo
                | Command::Take
                | Command::First
                | Command::Last
                | Command::BranchPrevious
                | Command::BranchNext
                | Command::Theme),
            ) => self.command(command),
            _ => return false,
        }
        true
    }

    /// Goes to a session of another text, which can be read, on this machine if it is of its architecture.
    fn open(&mut self, name: String, text: String) {
        let Some(test) = traces::load::parse(&text).value else { return };
        let setup = if test.arch == self.session.test().arch {
            Setup { unroll: Setup::new(Machine::of(&test.arch), &test).unroll, ..self.document.setup.clone() }
        } else {
            Setup::new(Machine::of(&test.arch), &test)
        };
        let document = Document { name, text, setup };
        self.next = Some(Next::Open(Box::new(Opening { document, past: Vec::new(), trace: None })));
    }

    fn palette_key(&mut self, mut query: String, selected: usize, key: &str) -> Option<Popup> {
        let found = command::matching(&query);
        match key {
            "esc" => return None,
            "enter" => {
                if let Ok(depth) = query.trim().parse::<usize>() {
                    self.session.travel(|history| {
                        history.jump_depth(depth);
                        true
                    });
                } else if let Some(entry) = found.get(selected) {
                    self.command(entry.command);
                }
                return self.popup.take();
            }
            "down" | "ctrl-n" => {
                let selected = (selected + 1).min(found.len().saturating_sub(1));
                return Some(Popup::Palette { query, selected });
            }
            "up" | "ctrl-p" => return Some(Popup::Palette { query, selected: selected.saturating_sub(1) }),
            "backspace" => {
                query.pop();
            }
            "space" => query.push(' '),
            letter if letter.chars().count() == 1 => query.push_str(letter),
            _ => {}
        }
        Some(Popup::Palette { query, selected: 0 })
    }

    fn edit_key(&mut self, mut editor: Box<Editor>, key: &str) -> Option<Popup> {
        match key {
            _ if editor.saving.is_some() => editor.saving_key(key, &self.document.name),
            "esc" => return None,
            "ctrl-s" => {
                let name = &self.document.name;
                let file = if name.ends_with(".litmus") { name.clone() } else { format!("{name}.litmus") };
                editor.saving = Some(file);
            }
            "f5" | "ctrl-r" => {
                if editor.problems().iter().any(|p| p.error) {
                    editor.notice = "it cannot run yet: what is wrong is underlined, Tab goes there".into();
                } else {
                    self.open(self.document.name.clone(), editor.text());
                }
            }
            _ => editor.key(key),
        }
        Some(Popup::Edit(editor))
    }
}
