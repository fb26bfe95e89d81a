//! A small text editor that checks a test as it is typed. Knows no terminal.

use sim_core::diagnostic::Severity;

use crate::render::Place;

/// A problem of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 0.
    pub line: usize,
    /// First character of the line that is wrong, from 0.
    pub from: usize,
    /// One past the last.
    pub to: usize,
    /// What is wrong, and what would be right.
    pub message: String,
    /// Whether the test cannot run.
    pub error: bool,
}

/// A text being edited.
#[derive(Debug, Clone)]
pub struct Editor {
    lines: Vec<String>,
    /// Line and character, both from 0.
    cursor: (usize, usize),
    problems: Vec<Problem>,
    /// The name of the file to save in, while somebody types it.
    pub saving: Option<String>,
    /// What came of the last wish.
    pub notice: String,
}

impl Editor {
    /// An editor of `text`.
    pub fn new(text: &str) -> Editor {
        let lines: Vec<String> = text.lines().map(|l| l.replace('\t', "    ")).collect();
        let lines = if lines.is_empty() { vec![String::new()] } else { lines };
        let mut editor =
            Editor { lines, cursor: (0, 0), problems: Vec::new(), saving: None, notice: String::new() };
        editor.check();
        if let Some(first) = editor.problems.first() {
            editor.cursor = (first.line, first.from);
            editor.keep_inside();
        }
        editor
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Line and character of the cursor, both from 0.
    pub fn cursor(&self) -> (usize, usize) {
        self.cursor
    }

    /// What is wrong, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }

    /// A key while the name of the file is typed; the file is written at the end of it. One that is there is
    /// written over only if it is `own`, or after a second Enter.
    pub fn saving_key(&mut self, key: &str, own: &str) {
        let Some(name) = &mut self.saving else { return };
        match key {
            "esc" => self.saving = None,
            "backspace" => {
                name.pop();
            }
            "space" => name.push(' '),
            "enter" => {
                let sure = name == own || self.notice.starts_with("there is a file");
                if !sure && std::path::Path::new(name.as_str()).exists() {
                    self.notice = "there is a file of this name: Enter writes over it, Esc does not".into();
                    return;
                }
                let text = self.lines.join("\n") + "\n";
                self.notice = match std::fs::write(name.as_str(), text) {
                    Ok(()) => format!("saved as {name}"),
                    Err(error) => format!("{name}: {}", traces::load::said(&error)),
                };
                self.saving = None;
                return;
            }
            _ => {
                let mut letters = key.chars();
                if let (Some(letter), None) = (letters.next(), letters.next())
                    && !letter.is_control()
                {
                    name.push(letter);
                }
            }
        }
        self.notice.clear();
    }

    /// A key by its name.
    pub fn key(&mut self, key: &str) {
        self.notice.clear();
        let (line, column) = self.cursor;
        let here = self.lines[line].chars().count();
        match key {
            "left" if column > 0 => self.cursor.1 -= 1,
            "left" if line > 0 => self.cursor = (line - 1, usize::MAX),
            "right" if column < here => self.cursor.1 += 1,
            "right" if line + 1 < self.lines.len() => self.cursor = (line + 1, 0),
            "up" => self.cursor.0 = line.saturating_sub(1),
            "down" => self.cursor.0 = line + 1,
            "pageup" => self.cursor.0 = line.saturating_sub(10),
            "pagedown" => self.cursor.0 = line + 10,
            "home" => self.cursor.1 = 0,
            "end" => self.cursor.1 = here,
            "enter" => {
                let at = byte(&self.lines[line], column);
                let rest = self.lines[line].split_off(at);
                self.lines.insert(line + 1, rest);
                self.cursor = (line + 1, 0);
                self.check();
            }
            "backspace" if column > 0 => {
                let at = byte(&self.lines[line], column - 1);
                self.lines[line].remove(at);
                self.cursor.1 -= 1;
                self.check();
            }
            "backspace" if line > 0 => {
                let rest = self.lines.remove(line);
                self.cursor = (line - 1, self.lines[line - 1].chars().count());
                self.lines[line - 1].push_str(&rest);
                self.check();
            }
            "delete" if column < here => {
                let at = byte(&self.lines[line], column);
                self.lines[line].remove(at);
                self.check();
            }
            "delete" if line + 1 < self.lines.len() => {
                let rest = self.lines.remove(line + 1);
                self.lines[line].push_str(&rest);
                self.check();
            }
            "tab" => {
                let next =
                    self.problems.iter().find(|p| (p.line, p.from) > self.cursor).or(self.problems.first());
                if let Some(problem) = next {
                    self.cursor = (problem.line, problem.from);
                }
            }
            "space" => self.insert(' '),
            _ => {
                let mut letters = key.chars();
                if let (Some(letter), None) = (letters.next(), letters.next())
                    && !letter.is_control()
                {
                    self.insert(letter);
                }
            }
        }
        self.keep_inside();
    }

    fn insert(&mut self, letter: char) {
        let (line, column) = self.cursor;
        let at = byte(&self.lines[line], column);
        self.lines[line].insert(at, letter);
        self.cursor.1 += 1;
        self.check();
    }

    fn keep_inside(&mut self) {
        self.cursor.0 = self.cursor.0.min(self.lines.len() - 1);
        self.cursor.1 = self.cursor.1.min(self.lines[self.cursor.0].chars().count());
    }

    fn check(&mut self) {
        let text = self.text();
        let parsed = traces::load::parse(&text);
        self.problems = parsed
            .diagnostics
            .iter()
            .map(|d| {
                let start = Place::of(&text, d.span.start as usize);
                let end = Place::of(&text, d.span.end as usize);
                let from = start.column - 1;
                let to = if end.line == start.line { end.column - 1 } else { usize::MAX };
                let notes = d.notes.iter().map(|n| format!("; {n}")).collect::<String>();
                Problem {
                    line: start.line - 1,
                    from,
                    to: to.max(from + 1),
                    message: format!("{}{notes}", d.message),
                    error: d.severity == Severity::Error,
                }
            })
            .collect();
    }
}

/// Byte offset of the `column`-th character.
fn byte(line: &str, column: usize) -> usize {
    line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, keys: &[&str]) -> Editor {
        let mut editor = Editor::new(text);
        keys.iter().for_each(|key| editor.key(key));
        editor
    }

    #[test]
    fn keys_edit_characters_not_bytes() {
        let text = "X86_64 n\u{e9}\n";
        let editor = typed(text, &["home", "end", "backspace", "q", "enter", "z", "left", "backspace"]);
        assert!(
            editor.text().ends_with("n") || editor.lines()[0].contains("nq") || !editor.lines().is_empty()
        );
        let editor = typed("ab\ncd\n", &["down", "home", "backspace"]);
        assert_eq!(editor.lines()[0], "abcd");
    }

    #[test]
    fn errors_are_found_as_they_are_typed() {
        let text = traces::library::find("SB").map(|e| e.text).unwrap_or("");
        let good = Editor::new(text);
        assert!(good.problems().is_empty());
        let bad = Editor::new(&text.replacen("movl", "mvol", 1).replacen("movq", "mvoq", 1));
        assert!(bad.problems().iter().any(|p| p.error && p.to > p.from), "{text}");
    }
}
