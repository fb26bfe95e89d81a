//! What every protocol table is made of: rows are states, columns are events, an entry says what
//! happens. A protocol writes its entries as one exhaustive `match` over its own state type; here they
//! are compiled to a dense array that the machine, the checker and the replayer look up.

use std::fmt::Write;

bitflags::bitflags! {
    /// What a cache may do with a line in a state, and what it must remember about it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
    pub struct Permissions: u8 {
        /// A load may hit.
        const READ = 1 << 0;
        /// A store may hit without anyone being told, now.
        const WRITE = 1 << 1;
        /// No other cache has a copy.
        const EXCLUSIVE = 1 << 2;
        /// This cache answers requests for the line.
        const OWNED = 1 << 3;
        /// Memory may be out of date; the copy must be written back before it is dropped.
        const DIRTY = 1 << 4;
        /// A transaction of this cache is under way.
        const TRANSIENT = 1 << 5;
        /// The cache holds the contents, though no load may hit.
        const DATA = 1 << 6;
        /// The cache holds the contents.
        const HOLDS = Self::READ.bits() | Self::DATA.bits();
    }
}

/// One state of a protocol: a row of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateInfo {
    /// As in the literature: `M`, `IS_D` (subscripts are what the state waits for).
    pub name: &'static str,
    /// What a cache may do in it.
    pub permissions: Permissions,
    /// What it means, as a phrase.
    pub text: &'static str,
}

/// A state type of a protocol: an enumeration whose discriminants count from 0.
pub trait Row: Copy + 'static {
    /// All states, by index.
    const ALL: &'static [Self];
    /// The row number.
    fn index(self) -> u8;
    /// Name, permissions, meaning.
    fn info(self) -> StateInfo;
}

/// An event type: the columns of a table.
pub trait Column: Copy + 'static {
    /// All events, by index.
    const ALL: &'static [Self];
    /// The column number.
    fn index(self) -> usize;
    /// As in the literature: `Load`, `BusRd`, `Fwd-GetS`.
    fn name(self) -> &'static str;
}

/// The action set of a table.
pub trait Action: bitflags::Flags + Copy + Default + PartialEq + std::fmt::Debug {
    /// The actions as a person reads them, in the order in which they are listed.
    const NAMES: &'static [(Self, &'static str)];

    /// The actions as a person reads them, empty if there are none.
    fn text(self) -> String {
        let mut text = String::new();
        self.push_text(&mut text);
        text
    }

    /// Appends the [text](Self::text) of the actions to `out`.
    fn push_text(self, out: &mut String) {
        let set = Self::NAMES.iter().filter(|(flag, _)| self.contains(*flag));
        for (place, (_, name)) in set.enumerate() {
            out.push_str(if place == 0 { "" } else { " " });
            out.push_str(name);
        }
    }
}

/// Declares the states of a protocol: `visibility State { NAME: permissions, "meaning"; ... }`.
macro_rules! rows {
    ($vis:vis $name:ident { $($state:ident: $permissions:expr, $text:literal;)+ }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types, reason = "the literature's names, as IS_D")]
        $vis enum $name { $($state),+ }

        impl $crate::memory::table::Row for $name {
            const ALL: &'static [Self] = &[$($name::$state),+];
            fn index(self) -> u8 { self as u8 }
            fn info(self) -> $crate::memory::table::StateInfo {
                match self {
                    $($name::$state => $crate::memory::table::StateInfo {
                        name: stringify!($state), permissions: $permissions, text: $text,
                    }),+
                }
            }
        }
    };
}

/// Declares an event type: `Name { Variant "name" "meaning"; ... }`.
macro_rules! columns {
    ($(#[$meta:meta])* $name:ident { $($event:ident $text:literal $doc:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $doc] $event),+ }

        impl $crate::memory::table::Column for $name {
            const ALL: &'static [Self] = &[$($name::$event),+];
            fn index(self) -> usize { self as usize }
            fn name(self) -> &'static str { match self { $($name::$event => $text),+ } }
        }
    };
}
pub(crate) use {columns, rows};

/// One entry of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<S, A> {
    /// Do the actions and go on.
    Go {
        /// What is done, all of it at once.
        actions: A,
        /// The next state; if the entry asks for the bus, the state after a transaction that no
        /// other cache has raised the shared line for.
        next: S,
        /// The next state if another cache has raised the shared line. Equal to `next` where that
        /// makes no difference.
        shared: S,
    },
    /// The event waits until the state is another one.
    Stall,
    /// The event cannot happen in this state; the checker reports it if it does.
    Impossible,
}

/// `actions`, then `next`.
pub(crate) fn go<S: Copy, A>(actions: A, next: S) -> Entry<S, A> {
    Entry::Go { actions, next, shared: next }
}

/// A table, compiled: `entries[state * columns + event]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<A> {
    /// Whose table it is: `cache` or `directory`.
    pub title: &'static str,
    /// The rows. State 0 is the one that everything starts in.
    pub states: Vec<StateInfo>,
    /// The names of the columns.
    pub events: Vec<&'static str>,
    entries: Vec<Entry<u8, A>>,
}

impl<A: Action> Table<A> {
    /// Compiles the entries that `next` gives for every state and event.
    pub(crate) fn compile<S: Row, E: Column>(
        title: &'static str,
        next: impl Fn(S, E) -> Entry<S, A>,
    ) -> Table<A> {
        let mut entries = Vec::with_capacity(S::ALL.len() * E::ALL.len());
        for &state in S::ALL {
            entries.extend(E::ALL.iter().map(|&event| lower(next(state, event))));
        }
        Table {
            title,
            states: S::ALL.iter().map(|s| s.info()).collect(),
            events: E::ALL.iter().map(|e| e.name()).collect(),
            entries,
        }
    }

    /// The entry of a state and an event.
    #[inline]
    pub fn entry(&self, state: u8, event: usize) -> Entry<u8, A> {
        self.entries[self.place(state, event)]
    }

    /// The number of an entry, counted row by row; less than [`Table::len`].
    #[inline]
    pub fn place(&self, state: u8, event: usize) -> usize {
        usize::from(state) * self.events.len() + event
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry, which no protocol has.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether some entry's actions satisfy `which`.
    pub fn any(&self, which: impl Fn(A) -> bool) -> bool {
        self.entries.iter().any(|entry| matches!(entry, Entry::Go { actions, .. } if which(*actions)))
    }

    /// The permissions of a state.
    #[inline]
    pub fn permissions(&self, state: u8) -> Permissions {
        self.states[usize::from(state)].permissions
    }

    /// The name of a state.
    pub fn name(&self, state: u8) -> &'static str {
        self.states[usize::from(state)].name
    }

    /// The entry with number `place` as `state + event`.
    pub fn label(&self, place: usize) -> String {
        let columns = self.events.len();
        format!("{}: {} + {}", self.title, self.states[place / columns].name, self.events[place % columns])
    }

    /// Whether the entry with number `place` can happen according to the table.
    pub fn is_possible(&self, place: usize) -> bool {
        self.entries[place] != Entry::Impossible
    }

    pub(crate) fn replace(&mut self, place: usize, entry: Entry<u8, A>) {
        self.entries[place] = entry;
    }

    /// The table as text: one row per state, `·` for entries that cannot happen, without the columns of
    /// events that never happen. Entries with a number
    /// in `marked` carry a `!`.
    pub fn render(&self, marked: &[usize]) -> String {
        let used = |&column: &usize| {
            (0..self.states.len()).any(|row| self.is_possible(self.place(row as u8, column)))
        };
        let columns: Vec<usize> = (0..self.events.len()).filter(used).collect();
        let names = columns.iter().map(|&column| self.events[column]);
        let mut grid = vec![std::iter::once("").chain(names).map(str::to_owned).collect()];
        for (row, state) in self.states.iter().enumerate() {
            let mut cells = vec![state.name.to_owned()];
            for &column in &columns {
                let place = self.place(row as u8, column);
                let mark = if marked.contains(&place) { "!" } else { "" };
                cells.push(format!("{mark}{}", self.cell(row as u8, self.entries[place])));
            }
            grid.push(cells);
        }
        let mut out = align(&grid);
        out.push('\n');
        for state in &self.states {
            let _ = writeln!(out, "{:<6} {}", state.name, state.text);
        }
        out
    }

    fn cell(&self, state: u8, entry: Entry<u8, A>) -> String {
        match entry {
            Entry::Stall => "stall".to_owned(),
            Entry::Impossible => "·".to_owned(),
            Entry::Go { actions, next, shared } => {
                let mut parts = vec![];
                if !actions.text().is_empty() {
                    parts.push(actions.text());
                }
                if next != shared {
                    parts.push(format!("/{} or {}", self.name(next), self.name(shared)));
                } else if next != state {
                    parts.push(format!("/{}", self.name(next)));
                }
                if parts.is_empty() { "-".to_owned() } else { parts.join(" ") }
            }
        }
    }
}

fn lower<S: Row, A>(entry: Entry<S, A>) -> Entry<u8, A> {
    match entry {
        Entry::Go { actions, next, shared } => {
            Entry::Go { actions, next: next.index(), shared: shared.index() }
        }
        Entry::Stall => Entry::Stall,
        Entry::Impossible => Entry::Impossible,
    }
}

/// One changed entry: how a seeded bug is written down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patch<A> {
    /// The number of the entry in its table.
    pub place: usize,
    /// What stands there instead.
    pub entry: Entry<u8, A>,
}

impl<A> Patch<A> {
    pub(crate) fn new<S: Row, E: Column>(state: S, event: E, entry: Entry<S, A>) -> Patch<A> {
        Patch { place: usize::from(state.index()) * E::ALL.len() + event.index(), entry: lower(entry) }
    }
}

fn align(grid: &[Vec<String>]) -> String {
    let columns = grid.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| grid.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for (number, row) in grid.iter().enumerate() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        let _ = writeln!(out, "{}", line.trim_end());
        if number == 0 {
            let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            let _ = writeln!(out, "{}", rule.join("  "));
        }
    }
    out
}
