//! The protocols by name, and the bugs that can be seeded into them.

use super::directory::{self, CacheActions, HomeActions};
use super::snooping::{self, Actions};
use super::table::{Action, Patch, Table};

/// The tables of a protocol, by kind of interconnect.
#[derive(Debug, Clone, PartialEq)]
pub enum Family {
    /// Caches that snoop an atomic bus.
    Snooping(Table<Actions>),
    /// Caches and homes that send messages.
    Directory {
        /// What a cache does; columns are [`directory::CacheEvent`]s.
        cache: Table<CacheActions>,
        /// What the home does; columns are [`directory::HomeEvent`]s.
        home: Table<HomeActions>,
    },
}

/// A coherence protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Protocol {
    /// As on the command line: `mesi`, `msi-directory`.
    pub name: &'static str,
    /// What it is, in a line.
    pub text: &'static str,
    /// Its tables.
    pub family: Family,
    /// What can be broken in it.
    pub bugs: Vec<Bug>,
}

/// A seeded bug: entries of a table that stand otherwise than they should.
#[derive(Debug, Clone, PartialEq)]
pub struct Bug {
    /// As on the command line, unique in its protocol.
    pub name: &'static str,
    /// What is wrong, as a sentence without its full stop.
    pub text: &'static str,
    pub(crate) bus: Vec<Patch<Actions>>,
    pub(crate) cache: Vec<Patch<CacheActions>>,
    pub(crate) home: Vec<Patch<HomeActions>>,
}

/// All protocols, bus protocols first.
pub fn all() -> Vec<Protocol> {
    let mut all = snooping::protocols();
    all.extend(directory::protocols());
    all
}

/// The protocol with a name.
pub fn find(name: &str) -> Option<Protocol> {
    all().into_iter().find(|p| p.name == name)
}

/// A sentence for a name that no protocol has.
pub fn unknown(name: &str) -> String {
    let names: Vec<&str> = all().iter().map(|protocol| protocol.name).collect();
    format!("no protocol is called `{name}`; there are {}", names.join(", "))
}

impl Protocol {
    /// A sentence for a name that no bug of this protocol has.
    pub fn unknown_bug(&self, name: &str) -> String {
        let names: Vec<&str> = self.bugs.iter().map(|bug| bug.name).collect();
        format!("{} has no bug called `{name}`; it has {}", self.name, names.join(", "))
    }

    /// Whether stores to shared lines update the other copies instead of invalidating them.
    pub fn updates(&self) -> bool {
        match &self.family {
            Family::Snooping(table) => table.any(|actions| actions.contains(Actions::BUS_UPD)),
            Family::Directory { .. } => false,
        }
    }

    /// The bug with a name.
    pub fn bug(&self, name: &str) -> Option<&Bug> {
        self.bugs.iter().find(|b| b.name == name)
    }

    /// This protocol with a bug in it.
    pub fn with_bug(&self, bug: &Bug) -> Protocol {
        let mut broken = self.clone();
        match &mut broken.family {
            Family::Snooping(table) => apply(table, &bug.bus),
            Family::Directory { cache, home } => {
                apply(cache, &bug.cache);
                apply(home, &bug.home);
            }
        }
        broken
    }

    /// The tables as text; with a bug, the broken tables with `!` at the changed entries.
    pub fn render(&self, bug: Option<&Bug>) -> String {
        let shown = bug.map_or_else(|| self.clone(), |bug| self.with_bug(bug));
        let mut out = format!("{}: {}\n", self.name, self.text);
        if let Some(bug) = bug {
            out += &format!("bug {}: {}\n", bug.name, bug.text);
        }
        out.push('\n');
        match &shown.family {
            Family::Snooping(table) => out += &table.render(&places(bug, |b| &b.bus)),
            Family::Directory { cache, home } => {
                out += &format!("{}\n{}", cache.title, cache.render(&places(bug, |b| &b.cache)));
                out += &format!("\n{}\n{}", home.title, home.render(&places(bug, |b| &b.home)));
            }
        }
        out
    }
}

fn places<A>(bug: Option<&Bug>, of: impl Fn(&Bug) -> &Vec<Patch<A>>) -> Vec<usize> {
    bug.map_or_else(Vec::new, |bug| of(bug).iter().map(|patch| patch.place).collect())
}

fn apply<A: Action>(table: &mut Table<A>, patches: &[Patch<A>]) {
    for patch in patches {
        table.replace(patch.place, patch.entry);
    }
}
