//! A frame as lines of text in fixed places: what pictures and terminal recordings draw.

use super::{Film, Frame};
use crate::view::{Change, CoreView, Count, Row, StepView};

/// How a piece of text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// As it is.
    Plain,
    /// A heading.
    Title,
    /// Less important.
    Soft,
    /// Changed by the last step; a `*` stands before it.
    Changed,
    /// A weak final state that is reachable or reached.
    Weak,
    /// Another final state that is.
    Open,
}

/// Text in one line, from one column on.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub row: usize,
    pub column: usize,
    pub ink: Ink,
    pub text: String,
}

/// The places of everything, the same for all frames of a film.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Width of one core's column, in characters.
    core_width: usize,
    /// First rows.
    registers: usize,
    buffer: usize,
    /// Where there are caches.
    cache: Option<usize>,
    /// Where costs are counted.
    counts: Option<usize>,
    memory: usize,
    /// Where there is a second level.
    level2: Option<usize>,
    /// Where something is ever under way between caches.
    traffic: Option<usize>,
    outcomes: usize,
    sentence: usize,
    /// Size in characters.
    pub columns: usize,
    pub rows: usize,
}

impl Sheet {
    /// Measures all frames.
    pub fn new(film: &Film) -> Sheet {
        let cores = || film.frames.iter().flat_map(|frame| &frame.view.cores);
        let longest =
            cores().flat_map(|core| program(core).into_iter().map(|(_, text)| text.chars().count()));
        let chips =
            cores().flat_map(|core| registers(core).into_iter().chain(buffer(core)).chain(cache(core)));
        let widest = longest.chain(chips.map(|(_, text)| text.chars().count() + 2)).max().unwrap_or(0);
        let core_width = widest.clamp(22, 60) + 3;
        let count = film.frames.first().map_or(0, |f| f.view.cores.len());
        let columns = (core_width * count).clamp(72, 240);
        let rows_max = |of: &dyn Fn(&CoreView) -> usize| cores().map(of).max().unwrap_or(0);
        let mut next = 3 + rows_max(&|core| core.program.len());
        // A part with a free row above it; and one with a heading between.
        let mut part = |rows: usize| {
            let first = next + 1;
            next = first + rows;
            first
        };
        let registers = part(rows_max(&|core| core.registers.len()).max(1));
        let mut headed = |rows: usize| part(rows + 1) + 1;
        let buffer = headed(rows_max(&|core| core.buffer.len()).max(1));
        let cache_rows = rows_max(&|core| core.cache.len());
        let cache = (cache_rows > 0).then(|| headed(cache_rows));
        let counted = film.frames.iter().any(|frame| frame.view.counts.is_some());
        let counts = counted.then(|| headed(COSTS.len()));
        // Its heading stands beside it.
        let memory = headed(0) - 1;
        let has_level2 = film.frames.iter().any(|frame| !frame.view.level2.is_empty());
        let level2 = has_level2.then(|| headed(0) - 1);
        let most_traffic = film.frames.iter().map(|frame| frame.view.traffic.len()).max().unwrap_or(0);
        let traffic = (most_traffic > 0).then(|| headed(most_traffic));
        let states = film.frames.first().map_or(0, |f| f.outcomes.len());
        let outcomes = if states > 0 || film.without_outcomes.is_some() { headed(states) } else { memory };
        let sentence = part(0);
        let lines = film.frames.iter().map(|f| wrap(&story_of(f), columns).len()).max().unwrap_or(0);
        let effects = film.frames.iter().map(|f| wrap(&f.effect, columns).len()).max().unwrap_or(0);
        let rows = sentence + 1 + effects + lines;
        Sheet {
            core_width,
            registers,
            buffer,
            cache,
            counts,
            memory,
            level2,
            traffic,
            outcomes,
            sentence,
            columns,
            rows,
        }
    }

    /// The pieces of one frame.
    pub fn pieces(&self, film: &Film, number: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut put = |row, column, ink, text: String| pieces.push(Piece { row, column, ink, text });
        let Some(frame) = film.frames.get(number) else { return pieces };
        let count = format!("step {} of {}", frame.number, film.steps);
        put(0, 0, Ink::Title, cut(&film.heading(), self.columns.saturating_sub(count.len() + 2)));
        put(0, self.columns.saturating_sub(count.len()), Ink::Soft, count);
        let right = film.cut_words().map(|words| format!("({words})")).unwrap_or_default();
        let left = frame.branch_words().into_iter().chain(frame.bookmark.clone());
        let left = left.collect::<Vec<_>>().join("; ");
        put(1, 0, Ink::Soft, cut(&left, self.columns.saturating_sub(right.len() + 2)));
        put(1, self.columns.saturating_sub(right.len()), Ink::Soft, right);
        for (index, core) in frame.view.cores.iter().enumerate() {
            let left = index * self.core_width;
            let acts = frame.step.as_ref().is_some_and(|step| step.core == index);
            put(2, left, Ink::Title, format!("{}{}", core.name, if acts { " acts" } else { "" }));
            for (row, (ink, text)) in program(core).into_iter().enumerate() {
                put(3 + row, left, ink, cut(&text, self.core_width - 2));
            }
            for (row, (ink, text)) in registers(core).into_iter().enumerate() {
                put(self.registers + row, left + 2, ink, text);
            }
            put(self.buffer - 1, left, Ink::Soft, "store buffer".to_string());
            let entries = buffer(core);
            if entries.is_empty() {
                put(self.buffer, left + 2, Ink::Soft, "(empty)".to_string());
            }
            for (row, (ink, text)) in entries.into_iter().enumerate() {
                put(self.buffer + row, left + 2, ink, text);
            }
            if let Some(first) = self.cache {
                put(first - 1, left, Ink::Soft, "cache".to_string());
                for (row, (ink, text)) in cache(core).into_iter().enumerate() {
                    put(first + row, left + 2, ink, text);
                }
            }
        }
        if let (Some(first), Some(counted)) = (self.counts, &frame.view.counts) {
            for (index, core) in counted.cores.iter().enumerate() {
                let left = index * self.core_width;
                put(first - 1, left, Ink::Soft, "cost so far".to_string());
                for (row, (ink, text)) in costs(core).into_iter().enumerate() {
                    put(first + row, left + 2, ink, text);
                }
            }
        }
        let cells = frame.view.memory.iter().map(|c| starred(c.change, format!("{}={}", c.name, c.value)));
        in_a_row(&mut put, self.memory, "memory", cells.collect());
        if let Some(row) = self.level2 {
            let lines = frame.view.level2.iter();
            let lines = lines.map(|l| starred(l.change, format!("{} {} {}", l.name, l.state, l.data)));
            in_a_row(&mut put, row, "second level", lines.collect());
        }
        if let Some(first) = self.traffic {
            put(first - 1, 0, Ink::Soft, "between caches".to_string());
            if frame.view.traffic.is_empty() {
                put(first, 2, Ink::Soft, "(nothing)".to_string());
            }
            for (row, message) in frame.view.traffic.iter().enumerate() {
                let (ink, text) = starred(message.change, message.text.clone());
                put(first + row, 2, ink, cut(&text, self.columns - 2));
            }
        }
        if let Some(reason) = &film.without_outcomes {
            put(self.outcomes - 1, 0, Ink::Soft, cut(&format!("final states: {reason}"), self.columns));
        } else if !frame.outcomes.is_empty() {
            put(self.outcomes - 1, 0, Ink::Soft, "final states".to_string());
        }
        for (row, outcome) in frame.outcomes.iter().enumerate() {
            let ink = match (outcome.sign(), outcome.weak) {
                ('x' | '?', _) => Ink::Soft,
                (_, Some(true)) => Ink::Weak,
                _ => Ink::Open,
            };
            put(self.outcomes + row, 2, ink, format!("{} {}", outcome.sign(), outcome.text));
        }
        let name = frame.step.as_ref().map_or("start", |step| step.name.as_str());
        put(self.sentence, 0, Ink::Title, name.to_string());
        let mut row = self.sentence;
        for (ink, text) in [(Ink::Soft, frame.effect.as_str()), (Ink::Plain, story_of(frame).as_str())] {
            for line in wrap(text, self.columns).into_iter().filter(|line| !line.is_empty()) {
                row += 1;
                put(row, 0, ink, line);
            }
        }
        pieces.retain(|piece| !piece.text.is_empty());
        pieces
    }
}

/// A heading, and after it texts side by side.
fn in_a_row(
    put: &mut impl FnMut(usize, usize, Ink, String),
    row: usize,
    heading: &str,
    texts: Vec<(Ink, String)>,
) {
    put(row, 0, Ink::Soft, heading.to_string());
    let mut column = heading.len() + 2;
    for (ink, text) in texts {
        let width = text.chars().count() + 2;
        put(row, column, ink, text);
        column += width;
    }
}

/// The counts that a picture has room for, by label and key.
const COSTS: [(&str, &str); 6] = [
    ("hits", "hits"),
    ("misses", "misses"),
    ("false sharing", "false_sharing_misses"),
    ("messages", "messages"),
    ("bytes moved", "bus_bytes"),
    ("cycles (estimate)", "cycles"),
];

fn costs(core: &Count) -> impl IntoIterator<Item = (Ink, String)> {
    COSTS.map(|(label, key)| {
        let change = if core.added.contains_key(key) { Change::Changed } else { Change::Same };
        starred(change, format!("{label} {}", core.value(key).unwrap_or(0)))
    })
}

fn story_of(frame: &Frame) -> String {
    frame.step.as_ref().map_or("Nothing has happened yet.".to_string(), StepView::story)
}

fn starred(change: Change, text: String) -> (Ink, String) {
    match change {
        Change::New | Change::Changed => (Ink::Changed, format!("*{text}")),
        Change::Same | Change::Gone => (Ink::Plain, format!(" {text}")),
    }
}

/// The instructions, with what there is to say about each in one column.
fn program(core: &CoreView) -> Vec<(Ink, String)> {
    let written = |row: &Row| {
        let labels: String = row.labels.iter().map(|l| format!("{l}: ")).collect();
        format!("{labels}{}", row.text)
    };
    let width = core.program.iter().map(|row| written(row).chars().count()).max().unwrap_or(0);
    core.program
        .iter()
        .map(|row| {
            let detail = if row.detail.is_empty() { row.status.word() } else { &row.detail };
            let (ink, mark) = match row.change {
                Change::New | Change::Changed => (Ink::Changed, '*'),
                Change::Same | Change::Gone => (Ink::Plain, ' '),
            };
            let text = format!("{mark}{} {:width$}  {detail}", row.status.sign(), written(row));
            (ink, text.trim_end().to_string())
        })
        .collect()
}

fn registers(core: &CoreView) -> Vec<(Ink, String)> {
    core.registers.iter().map(|r| starred(r.change, format!("{}={}", r.name, r.value))).collect()
}

fn buffer(core: &CoreView) -> Vec<(Ink, String)> {
    core.buffer.iter().map(|b| starred(b.change, format!("{}:={}", b.location, b.value))).collect()
}

fn cache(core: &CoreView) -> Vec<(Ink, String)> {
    core.cache.iter().map(|l| starred(l.change, format!("{} {} {}", l.name, l.state, l.data))).collect()
}

/// Text of at most `width` characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        text.to_string()
    } else {
        text.chars().take(width - 1).chain(['>']).collect()
    }
}

/// Lines of at most `width` characters, broken between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let length = lines[last].chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(word.to_string());
        } else {
            if length > 0 {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}
