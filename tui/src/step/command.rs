//! What a person can do, with its keys and its words: the one table behind keys, help, palette and footer.

/// Something to do in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Take the selected step.
    Take,
    /// Select the next step.
    SelectNext,
    /// Select the previous step.
    SelectPrevious,
    /// Undo.
    Undo,
    /// Redo.
    Redo,
    /// To the start.
    First,
    /// To the end of the present line.
    Last,
    /// To the previous branch.
    BranchPrevious,
    /// To the next branch.
    BranchNext,
    /// Set or clear a bookmark.
    Mark,
    /// To the next bookmark.
    MarkNext,
    /// To the step that lost the selected outcome.
    WhereLost,
    /// Lead to the weak outcome.
    Weak,
    /// Play.
    Play,
    /// Faster.
    Faster,
    /// Slower.
    Slower,
    /// Focus the next panel.
    FocusNext,
    /// Focus the previous panel.
    FocusPrevious,
    /// The graph on the whole screen.
    Graph,
    /// What the run has cost.
    Counts,
    /// Why: the explanation on the whole screen.
    Explain,
    /// What is not possible yet, and why.
    Waiting,
    /// Try fences.
    Fence,
    /// Edit the test.
    Edit,
    /// Choose the machine.
    Machine,
    /// How finely to step.
    Resolution,
    /// Change the theme.
    Theme,
    /// Write the session as a page.
    Share,
    /// Open the gallery.
    Gallery,
    /// Find a command.
    Palette,
    /// Help.
    Help,
    /// Quit.
    Quit,
}

/// A command with its keys and words.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The command.
    pub command: Command,
    /// Its keys as they are shown, the first being the one in the footer.
    pub keys: &'static [&'static str],
    /// One or two words for the footer.
    pub short: &'static str,
    /// What it does.
    pub long: &'static str,
    /// The heading in the help under which it stands.
    pub section: &'static str,
}

const fn entry(
    command: Command,
    keys: &'static [&'static str],
    short: &'static str,
    long: &'static str,
    section: &'static str,
) -> Entry {
    Entry { command, keys, short, long, section }
}

/// All commands in the order of help and footer.
pub const ENTRIES: &[Entry] = &[
    entry(Command::Take, &["space", "enter"], "step", "Take the selected step (1-9 take that step)", "Steps"),
    entry(
        Command::SelectNext,
        &["down", "j"],
        "select",
        "Select the next step and preview it in all panels",
        "Steps",
    ),
    entry(Command::SelectPrevious, &["up", "k"], "select", "Select the previous step", "Steps"),
    entry(
        Command::Resolution,
        &["z"],
        "detail",
        "Step by every step, whole instructions, memory events, or choices only",
        "Steps",
    ),
    entry(Command::Undo, &["u", "left", "backspace"], "undo", "One step back", "Time"),
    entry(Command::Redo, &["r", "right"], "redo", "One step forward again", "Time"),
    entry(Command::First, &["home"], "start", "To the start", "Time"),
    entry(Command::Last, &["end"], "end", "To the end of this line of steps", "Time"),
    entry(Command::BranchPrevious, &["["], "branch", "To the previous branch of the past", "Time"),
    entry(Command::BranchNext, &["]"], "branch", "To the next branch of the past", "Time"),
    entry(Command::Mark, &["m"], "mark", "Set or clear a bookmark here", "Time"),
    entry(Command::MarkNext, &["'"], "next mark", "To the next bookmark", "Time"),
    entry(
        Command::Weak,
        &["w"],
        "weak",
        "Be led to the weak outcome (again: to the next one; Esc: no goal)",
        "Outcomes",
    ),
    entry(Command::Play, &["p"], "play", "Play toward the goal, or the default steps", "Outcomes"),
    entry(Command::Faster, &["+"], "faster", "Play faster", "Outcomes"),
    entry(Command::Slower, &["-"], "slower", "Play slower", "Outcomes"),
    entry(
        Command::WhereLost,
        &["b"],
        "where lost",
        "Back to where the selected outcome was lost",
        "Outcomes",
    ),
    entry(
        Command::Explain,
        &["e"],
        "why",
        "Explain: why steps wait, what the last step did, why outcomes are weak or forbidden",
        "Understanding",
    ),
    entry(
        Command::Graph,
        &["g"],
        "graph",
        "The execution as a graph, with the cycle that makes it weak",
        "Understanding",
    ),
    entry(
        Command::Counts,
        &["c"],
        "counts",
        "What this run has cost: hits, misses, messages and cycles (an estimate), by core and by line",
        "Understanding",
    ),
    entry(
        Command::Waiting,
        &["d"],
        "not yet",
        "What is not possible yet, and what each access waits for",
        "Understanding",
    ),
    entry(
        Command::Fence,
        &["f"],
        "fences",
        "Try fences at every place and see which outcomes are left",
        "Understanding",
    ),
    entry(Command::Machine, &["M"], "machine", "Run the same test on another machine", "Test"),
    entry(Command::Edit, &["E"], "edit", "Edit the test and run it again", "Test"),
    entry(Command::Share, &["x"], "export", "Write this session as a page to give away (NAME.html)", "Test"),
    entry(Command::Gallery, &["o"], "tests", "Open another test", "Test"),
    entry(Command::FocusNext, &["tab"], "panel", "Focus the next panel", "Screen"),
    entry(Command::FocusPrevious, &["backtab"], "panel", "Focus the previous panel", "Screen"),
    entry(Command::Theme, &["T"], "theme", "Change the colours", "Screen"),
    entry(
        Command::Palette,
        &[":"],
        "commands",
        "Find a command by its name, or go to a step by its number",
        "Screen",
    ),
    entry(Command::Help, &["?"], "help", "All keys", "Screen"),
    entry(Command::Quit, &["q", "ctrl-c"], "quit", "Leave", "Screen"),
];

/// The entry of a command.
pub fn of(command: Command) -> &'static Entry {
    // Every command stands in the table, which a test makes sure of.
    ENTRIES.iter().find(|e| e.command == command).unwrap_or(&ENTRIES[0])
}

/// The command of a key.
pub fn named(key: &str) -> Option<Command> {
    ENTRIES.iter().find(|e| e.keys.contains(&key)).map(|e| e.command)
}

/// The commands that match `query`, best first: its letters occur in order.
pub fn matching(query: &str) -> Vec<&'static Entry> {
    let mut found: Vec<(usize, &Entry)> = ENTRIES
        .iter()
        .filter_map(|e| fuzzy(&format!("{} {}", e.short, e.long), query).map(|score| (score, e)))
        .collect();
    found.sort_by_key(|(score, _)| *score);
    found.into_iter().map(|(_, e)| e).collect()
}

/// How far apart the letters of `query` lie in `text`, if they occur in order: less is better.
pub fn fuzzy(text: &str, query: &str) -> Option<usize> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let query: Vec<char> = query.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let Some(first) = query.first() else { return Some(0) };
    let starts = text.iter().enumerate().filter(|(_, c)| *c == first).map(|(i, _)| i);
    starts
        .filter_map(|start| {
            let mut at = start;
            for letter in &query[1..] {
                at += 1 + text[at + 1..].iter().position(|c| c == letter)?;
            }
            let word = start == 0 || !text[start - 1].is_alphanumeric();
            Some((at - start) * 4 + start / 8 + usize::from(!word) * 8)
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut keys: Vec<&str> = ENTRIES.iter().flat_map(|e| e.keys).copied().collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn the_palette_finds_by_letters_in_order() {
        let first = |query: &str| matching(query).first().map(|e| e.command);
        assert_eq!(first("fence"), Some(Command::Fence));
        assert_eq!(first("undo"), Some(Command::Undo));
        assert_eq!(first("gph"), Some(Command::Graph));
        assert_eq!(first("qqqq"), None);
        assert_eq!(matching("").len(), ENTRIES.len());
    }
}
