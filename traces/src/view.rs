//! What a person sees of a machine, as plain data: for screens, pages, pictures and files alike.
//!
//! A [`View`] describes one state; `build` makes it from the machine, [`View::compare`] marks what differs
//! from an earlier one. What belongs to a run and not to a state, its counts, is put in by whoever counts. Nothing
//! here knows how it is drawn.

mod align;
mod build;
pub(crate) mod bytes;
mod caches;
mod core;
pub mod counts;
pub mod graph;
mod reasons;
mod steps;
mod words;

use align::Likeness;
use serde::{Deserialize, Serialize};

pub use build::build;
pub use bytes::{Bytes, Part, Source, bytes};
pub use counts::{Count, Counts};
pub use graph::{Edge, EdgeKind, Graph, GraphEvent, Tracker};
pub use steps::view as describe;
pub use words::{final_state, hardware_words, machine_words, source_line};

/// How an item differs from the state before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Change {
    /// It is as it was.
    #[default]
    Same,
    /// It was not there.
    New,
    /// It was different.
    Changed,
    /// It is no longer there.
    Gone,
}

impl Change {
    fn is_same(&self) -> bool {
        *self == Change::Same
    }
}

/// One state of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct View {
    /// `cores[thread]`.
    pub cores: Vec<CoreView>,
    /// Memory, cell by cell, in the order of the program's symbols.
    pub memory: Vec<Cell>,
    /// The lines of a second level that the cores share, `clean` or `dirty`; empty without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub level2: Vec<Line>,
    /// What is on the bus or between caches and homes.
    pub traffic: Vec<Message>,
    /// The steps that can be taken, in their fixed order.
    pub enabled: Vec<StepView>,
    /// The final state as tools print it (`0:rax=0; 1:rax=0;`), once the machine has finished.
    pub outcome: Option<String>,
    /// What the run that led here has cost; `None` without caches, and where nobody counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

/// One core.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CoreView {
    /// `P0`.
    pub name: String,
    /// The program, one row per instruction.
    pub program: Vec<Row>,
    /// The registers that the program mentions.
    pub registers: Vec<Cell>,
    /// The memory accesses in flight that have not completed, in program order.
    pub window: Vec<Access>,
    /// The store buffer, oldest first.
    pub buffer: Vec<Buffered>,
    /// The lines of the private cache; empty without caches.
    pub cache: Vec<Line>,
    /// Whether the thread has ended and nothing of it is in flight.
    pub finished: bool,
}

/// How far an instruction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Status {
    /// Not fetched yet.
    #[default]
    Ahead,
    /// Fetched on the guess that an earlier branch goes this way.
    Predicted,
    /// Fetched; it waits for something.
    Waiting,
    /// Fetched; it can execute now.
    Ready,
    /// A store in the store buffer.
    Buffered,
    /// A load that has its value but still depends on something incomplete.
    Bound,
    /// Complete.
    Done,
    /// Complete, and no longer in the window.
    Retired,
    /// On a path that is not taken.
    Skipped,
}

impl Status {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Status::Ahead => "",
            Status::Predicted => "predicted",
            Status::Waiting => "waits",
            Status::Ready => "ready",
            Status::Buffered => "in buffer",
            Status::Bound => "bound",
            Status::Done => "done",
            Status::Retired => "retired",
            Status::Skipped => "skipped",
        }
    }

    /// One character: the same information for narrow columns.
    pub fn sign(self) -> char {
        match self {
            Status::Ahead => ' ',
            Status::Predicted => '?',
            Status::Waiting => '.',
            Status::Ready => '>',
            Status::Buffered => 'b',
            Status::Bound => '~',
            Status::Done => '+',
            Status::Retired => '+',
            Status::Skipped => '-',
        }
    }
}

/// One instruction of a program column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Row {
    /// The labels before it.
    pub labels: Vec<String>,
    /// As it is written.
    pub text: String,
    /// How far its latest instance is.
    pub status: Status,
    /// More about the status: `read 0`, `x=1`, `waits for MFENCE`.
    pub detail: String,
    /// Instances in flight: more than 1 in a loop.
    pub instances: usize,
    /// Against the state before.
    #[serde(default, skip_serializing_if = "Change::is_same")]
    pub change: Change,
}

/// A named value: a register or a cell of memory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cell {
    /// The name.
    pub name: String,
    /// The value, or `?` while it is not known.
    pub value: String,
    /// Against the state before.
    #[serde(default, skip_serializing_if = "Change::is_same")]
    pub change: Change,
}

/// A memory access in flight.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    /// `P1.2 load x`.
    pub name: String,
    /// Index of the event on the core's path.
    pub event: usize,
    /// The bytes that it touches, and where a load gets them, as far as that is decided; `None` while the address is
    /// not known.
    pub bytes: Option<Bytes>,
    /// How far it is.
    pub status: Status,
    /// Why it cannot happen yet; empty if it can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
    /// Against the state before.
    #[serde(default, skip_serializing_if = "Change::is_same")]
    pub change: Change,
}

impl Access {
    /// Numbers of instances and events count from the beginning of a window, which moves: they name nothing for long.
    fn likeness(&self, now: &Access) -> Likeness {
        let instruction = |access: &Access| {
            let (first, rest) = access.name.split_once(' ').unwrap_or((&access.name, ""));
            let place = first.split_once('#').map_or(first, |(place, _)| place);
            (place.to_string(), rest.to_string())
        };
        if instruction(self) == instruction(now) && self.status == now.status && self.bytes == now.bytes {
            Likeness::Same
        } else if self.event == now.event && self.name == now.name {
            Likeness::Related
        } else {
            Likeness::None
        }
    }
}

/// An entry of a store buffer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Buffered {
    /// The location.
    pub location: String,
    /// The value.
    pub value: String,
    /// The bytes that it writes. Files have them only at the access of the same event in the window.
    #[serde(skip)]
    pub bytes: Option<Bytes>,
    /// The instruction: `P0.1`.
    pub from: String,
    /// Index of the event on the core's path.
    pub event: usize,
    /// Why it may not drain now; empty if it may. Files have it only at the access of the same event in the window.
    #[serde(skip)]
    pub why: Vec<String>,
    /// Against the state before.
    #[serde(default, skip_serializing_if = "Change::is_same")]
    pub change: Change,
}

impl Buffered {
    /// Whether it may drain is no part of what it is.
    fn likeness(&self, now: &Buffered) -> Likeness {
        if self.location == now.location && self.value == now.value && self.bytes == now.bytes {
            Likeness::Same
        } else if self.event == now.event && self.from == now.from {
            Likeness::Related
        } else {
            Likeness::None
        }
    }
}

/// A line of a cache.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Line {
    /// The symbols in it.
    pub name: String,
    /// The state as its protocol names it: `M`; in a shared second level `clean` or `dirty`.
    pub state: String,
    /// The values in it, cell by cell and separated by commas, or `-` where there are none.
    pub data: String,
    /// Its bytes; empty where there are none.
    pub bytes: Vec<u8>,
    /// Its set in the cache.
    pub set: u32,
    /// Its way in the set.
    pub way: u32,
    /// Whether it is an old copy whose invalidation waits in the core's queue.
    pub queued: bool,
    /// Against the state before.
    #[serde(default, skip_serializing_if = "Change::is_same")]
    pub change: Change,
}

impl Line {
    fn says_the_same(&self, other: &Line) -> bool {
        self.state == other.state && self.data == other.data
    }
}

/// Something on the bus or on its way between caches and homes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Message {
    /// What it says.
    pub text: String,
    /// Against the state before.
    #[serde(default, skip_serializing_if = "Change::is_same")]
    pub change: Change,
}

impl Message {
    fn likeness(&self, now: &Message) -> Likeness {
        if self.text == now.text { Likeness::Same } else { Likeness::None }
    }
}

/// A step that can be taken, or was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepView {
    /// The stable name: `P1.2 load x`.
    pub name: String,
    /// The core that takes it.
    pub core: usize,
    /// What kind: `load`, `buffer`, `drain`, `predict`, `cache`.
    pub kind: String,
    /// Index of the instruction it belongs to, if it has one.
    pub pc: Option<usize>,
    /// The bytes that it is about, and where a load gets them; `None` if it is no access.
    pub bytes: Option<Bytes>,
    /// What it does and why that matters.
    pub sentence: String,
    /// What it overtakes and which rule of the model lets it; `None` if it keeps program order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl StepView {
    /// What the step does and why that matters, and which rule lets it overtake others.
    pub fn story(&self) -> String {
        let rule = self.rule.iter().map(String::as_str);
        [self.sentence.as_str()].into_iter().chain(rule).collect::<Vec<_>>().join(" ")
    }
}

/// Whether a final state can still be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Reach {
    /// Nobody knows yet.
    #[default]
    Unknown,
    /// It can.
    Open,
    /// It cannot any more, since the step with this number.
    Lost(usize),
    /// It cannot, and never could on this machine.
    Never,
    /// The machine has ended in it.
    Here,
}

/// A final state and how things stand with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutcomeView {
    /// As tools print it: `0:rax=0; 1:rax=0;`.
    pub text: String,
    /// Whether no sequentially consistent run gives it; `None` while that is not known.
    pub weak: Option<bool>,
    /// Whether the test's condition is about it: its proposition holds there.
    pub asked: bool,
    /// Whether it can still be reached.
    pub reach: Reach,
}

impl OutcomeView {
    /// One character: `!` weak and open, `+` open, `x` lost, `=` here, `?` not known.
    pub fn sign(&self) -> char {
        match (self.reach, self.weak) {
            (Reach::Unknown, _) => '?',
            (Reach::Open, Some(true)) => '!',
            (Reach::Open, _) => '+',
            (Reach::Here, _) => '=',
            (Reach::Lost(_) | Reach::Never, _) => 'x',
        }
    }
}

/// What an enabled step does to the outcomes: indices into the list of outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Effect {
    /// Whether it is known.
    pub known: bool,
    /// Those that can still be reached after it.
    pub keeps: Vec<usize>,
    /// Those that could be reached and cannot after it.
    pub kills: Vec<usize>,
}

/// One step of the past or of an undone future.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Moment {
    /// The name of the step that led here; `start` for the first.
    pub name: String,
    /// How many steps lie before.
    pub depth: usize,
    /// The name of a bookmark.
    pub mark: Option<String>,
    /// The other branches that begin here.
    pub branches: usize,
    /// The outcomes that this step lost, by index.
    pub lost: Vec<usize>,
}

/// Marks in `now` what differs from `before` by key.
fn mark<T, K: PartialEq>(
    now: &mut [T],
    before: &[T],
    key: impl Fn(&T) -> K,
    same: impl Fn(&T, &T) -> bool,
    set: impl Fn(&mut T, Change),
) {
    for item in now {
        let change = match before.iter().find(|old| key(old) == key(item)) {
            None => Change::New,
            Some(old) if same(old, item) => Change::Same,
            Some(_) => Change::Changed,
        };
        set(item, change);
    }
}

impl View {
    /// Marks what differs from the view of the state before.
    pub fn compare(&mut self, before: &View) {
        for (now, old) in self.cores.iter_mut().zip(&before.cores) {
            for (row, was) in now.program.iter_mut().zip(&old.program) {
                let same =
                    row.status == was.status && row.detail == was.detail && row.instances == was.instances;
                row.change = if same { Change::Same } else { Change::Changed };
            }
            mark(
                &mut now.registers,
                &old.registers,
                |c| c.name.clone(),
                |a, b| a.value == b.value,
                |c, x| c.change = x,
            );
            align::mark(&mut now.window, &old.window, Access::likeness, |a, x| a.change = x);
            align::mark(&mut now.buffer, &old.buffer, Buffered::likeness, |b, x| b.change = x);
            mark(&mut now.cache, &old.cache, |l| l.name.clone(), Line::says_the_same, |l, x| l.change = x);
        }
        mark(&mut self.level2, &before.level2, |l| l.name.clone(), Line::says_the_same, |l, x| l.change = x);
        if let (Some(now), Some(old)) = (&mut self.counts, &before.counts) {
            now.compare(old);
        }
        mark(
            &mut self.memory,
            &before.memory,
            |c| c.name.clone(),
            |a, b| a.value == b.value,
            |c, x| c.change = x,
        );
        align::mark(&mut self.traffic, &before.traffic, Message::likeness, |m, x| m.change = x);
    }
}
