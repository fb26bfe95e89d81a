//! The list of built-in tests, and how keys change it. Knows no terminal.

use traces::library::{self, Entry};
use traces::machine::Machine;

use super::command::fuzzy;

/// The list, narrowed by what was typed.
#[derive(Debug, Clone, Default)]
pub struct Gallery {
    /// What was typed.
    pub query: String,
    /// Index of the selected test among those found.
    pub selected: usize,
    /// A short message about the last key.
    pub notice: String,
    /// Where the person wants to go.
    pub choice: Option<Choice>,
}

/// How the gallery is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Out of the program.
    Quit,
    /// To this test.
    Open(&'static Entry),
}

/// Tests that show the most in the least time: they come first.
const FIRST: [(&str, &str); 6] = [
    ("X86_64", "SB"),
    ("AArch64", "MP"),
    ("AArch64", "SB"),
    ("AArch64", "LB"),
    ("X86_64", "IRIW"),
    ("X86_64", "SB+mfences"),
];

impl Gallery {
    /// The tests that match, best first; those for newcomers first while nothing was typed.
    pub fn found(&self) -> Vec<&'static Entry> {
        let place = |e: &Entry| FIRST.iter().position(|f| *f == (e.arch, e.name)).unwrap_or(FIRST.len());
        let mut scored: Vec<(usize, usize, &'static Entry)> = library::entries()
            .iter()
            .filter_map(|e| {
                Some((if self.query.is_empty() { 0 } else { score(e, &self.query)? }, place(e), e))
            })
            .collect();
        scored.sort_by_key(|(score, place, _)| (*score, *place));
        scored.into_iter().map(|(_, _, e)| e).collect()
    }

    /// A key by its name.
    pub fn key(&mut self, key: &str) {
        let count = self.found().len();
        self.notice.clear();
        match key {
            "ctrl-c" => self.choice = Some(Choice::Quit),
            "esc" if self.query.is_empty() => self.choice = Some(Choice::Quit),
            "esc" => *self = Gallery::default(),
            "down" | "ctrl-n" | "tab" => self.selected = (self.selected + 1).min(count.saturating_sub(1)),
            "up" | "ctrl-p" | "backtab" => self.selected = self.selected.saturating_sub(1),
            "pagedown" => self.selected = (self.selected + 10).min(count.saturating_sub(1)),
            "pageup" => self.selected = self.selected.saturating_sub(10),
            "home" => self.selected = 0,
            "end" => self.selected = count.saturating_sub(1),
            "enter" => self.choice = self.found().get(self.selected).copied().map(Choice::Open),
            "backspace" => {
                self.query.pop();
                self.selected = 0;
            }
            "space" => self.typed(' '),
            _ => {
                let mut letters = key.chars();
                if let (Some(letter), None) = (letters.next(), letters.next()) {
                    self.typed(letter);
                }
            }
        }
    }

    /// A click on a test selects it; on the selected one it opens it.
    pub fn click(&mut self, test: Option<usize>) {
        match test {
            Some(test) if test == self.selected => self.key("enter"),
            Some(test) => self.selected = test,
            None => {}
        }
    }

    fn typed(&mut self, letter: char) {
        self.query.push(letter);
        self.selected = 0;
    }
}

/// How well a test matches, if it does: less is better. Words that name its architecture only narrow; the rest is
/// sought in its name, and then in its description.
fn score(entry: &Entry, query: &str) -> Option<usize> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let arch = plain(&format!("{} {} {}", entry.arch, entry.machine(), Machine::of(entry.arch).order().name));
    let names_arch = |word: &&str| word.len() > 2 && arch.contains(&plain(word));
    let (of_arch, rest): (Vec<&str>, Vec<&str>) = query.split_whitespace().partition(names_arch);
    if rest.is_empty() {
        return Some(of_arch.len());
    }
    let rest = rest.join(" ");
    let name = fuzzy(entry.name, &rest).map(|s| s + usize::from(s > 0) + entry.name.len() / 4);
    // Letters far apart are no match that a person would see.
    let name = name.filter(|score| *score < 60);
    let words = || {
        let text = format!("{} {}", entry.name, entry.description).to_lowercase();
        text.contains(&rest.to_lowercase()).then_some(1000)
    };
    name.or_else(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_are_found_by_their_names() {
        let found = |query: &str| Gallery { query: query.into(), ..Gallery::default() }.found();
        for (query, machine) in
            [("aarch64", "armv8"), ("armv8-a", "armv8"), ("x86", "x86tso"), ("tso", "x86tso")]
        {
            let all = library::entries().iter().filter(|entry| entry.machine() == machine).count();
            let first = found(query).iter().take_while(|entry| entry.machine() == machine).count();
            assert_eq!(first, all, "{query}");
        }
        assert_eq!(found("Armv8 SB")[0].label(), "armv8/SB");
    }

    #[test]
    fn typing_narrows_and_enter_opens() {
        let mut gallery = Gallery::default();
        assert_eq!(gallery.found()[0].name, "SB");
        for key in ["i", "r", "i", "w"] {
            gallery.key(key);
        }
        assert!(gallery.found()[0].name.starts_with("IRIW"), "{}", gallery.found()[0].name);
        gallery.key("enter");
        assert!(matches!(gallery.choice, Some(Choice::Open(e)) if e.name.starts_with("IRIW")));
        gallery.key("esc");
        assert_eq!(gallery.query, "");
        gallery.key("esc");
        assert_eq!(gallery.choice, Some(Choice::Quit));
    }
}
