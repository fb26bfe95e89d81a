//! Families of tests that grow in one direction, for measuring how cost grows.
//!
//! Texts in the litmus format, made to measure: rings of store buffering and load buffering, writers and
//! readers of one location, counters, independent readers.

use std::fmt::Write as _;

/// A family: one test for each size.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// What is measured, as the beginning of the names of its tests.
    pub name: &'static str,
    /// What the two numbers of a size count.
    pub sizes: [&'static str; 2],
    make: fn(usize, usize) -> Draft,
}

impl Family {
    /// The test of a size; numbers below 1 count as 1.
    pub fn test(&self, first: usize, second: usize) -> String {
        let (first, second) = (first.max(1), second.max(1));
        (self.make)(first, second).text(&format!("{}-{first}x{second}", self.name))
    }
}

/// All families.
pub const FAMILIES: [Family; 7] = [
    Family { name: "x86-ring", sizes: ["threads", "stores each"], make: x86_ring },
    Family { name: "x86-location", sizes: ["writers", "loads each"], make: x86_location },
    Family { name: "x86-counter", sizes: ["threads", "locked increments each"], make: x86_counter },
    Family { name: "x86-readers", sizes: ["locations", "readers"], make: x86_readers },
    Family { name: "armv8-ring", sizes: ["threads", "loads each"], make: armv8_ring },
    Family { name: "armv8-location", sizes: ["writers", "loads each"], make: armv8_location },
    Family { name: "armv8-exclusives", sizes: ["threads", "attempts each"], make: armv8_exclusives },
];

/// A test in the making.
#[derive(Default)]
struct Draft {
    arch: &'static str,
    locations: usize,
    /// `threads[t]`: its instructions.
    threads: Vec<Vec<String>>,
    condition: String,
}

impl Draft {
    fn text(&self, name: &str) -> String {
        let mut text = format!("{} {name}\n{{ ", self.arch);
        for location in 0..self.locations {
            let _ = write!(text, "int64_t {}; ", place(location));
        }
        if self.arch == "AArch64" {
            for thread in 0..self.threads.len() {
                for location in 0..self.locations {
                    let _ = write!(text, "{thread}:X{}={}; ", 20 + location, place(location));
                }
            }
        }
        text.push_str("}\n");
        let rows = self.threads.iter().map(Vec::len).max().unwrap_or(0);
        let heads: Vec<String> = (0..self.threads.len()).map(|thread| format!("P{thread}")).collect();
        let _ = writeln!(text, " {} ;", heads.join(" | "));
        for row in 0..rows {
            let cell = |thread: &Vec<String>| thread.get(row).cloned().unwrap_or_default();
            let cells: Vec<String> = self.threads.iter().map(cell).collect();
            let _ = writeln!(text, " {} ;", cells.join(" | "));
        }
        let _ = writeln!(text, "{}", self.condition);
        text
    }
}

fn place(index: usize) -> String {
    const NAMES: [&str; 6] = ["x", "y", "z", "a", "b", "c"];
    NAMES.get(index).map_or_else(|| format!("v{index}"), |name| name.to_string())
}

const X86: [&str; 6] = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi"];

/// Each thread stores to its own location, and loads the next thread's.
fn x86_ring(threads: usize, stores: usize) -> Draft {
    let thread = |t: usize| {
        let store = |n: usize| format!("movq ${},({})", n + 1, place(t));
        let load = format!("movq ({}),%rax", place((t + 1) % threads));
        (0..stores).map(store).chain([load]).collect()
    };
    Draft {
        arch: "X86_64",
        locations: threads,
        threads: (0..threads).map(thread).collect(),
        condition: "exists (0:rax=0)".to_string(),
    }
}

/// Each thread stores to one location, and loads it.
fn x86_location(writers: usize, loads: usize) -> Draft {
    let thread = |t: usize| {
        let load = |n: usize| format!("movq (x),%{}", X86[n % X86.len()]);
        [format!("movq ${},(x)", t + 1)].into_iter().chain((0..loads).map(load)).collect()
    };
    Draft {
        arch: "X86_64",
        locations: 1,
        threads: (0..writers).map(thread).collect(),
        condition: "exists (0:rax=1 /\\ x=1)".to_string(),
    }
}

/// Each thread increments one location.
fn x86_counter(threads: usize, times: usize) -> Draft {
    Draft {
        arch: "X86_64",
        locations: 1,
        threads: vec![vec!["lock incq (x)".to_string(); times]; threads],
        condition: format!("forall (x={})", threads * times),
    }
}

/// One writer for each location; readers that load all of them, each beginning with another.
fn x86_readers(locations: usize, readers: usize) -> Draft {
    let writers = (0..locations).map(|l| vec![format!("movq $1,({})", place(l))]);
    let reader = |r: usize| {
        let load = |n: usize| format!("movq ({}),%{}", place((r + n) % locations), X86[n % X86.len()]);
        (0..locations).map(load).collect()
    };
    Draft {
        arch: "X86_64",
        locations,
        threads: writers.chain((0..readers).map(reader)).collect(),
        condition: format!("exists ({locations}:rax=1)"),
    }
}

/// Each thread loads the next thread's location, and stores to its own.
fn armv8_ring(threads: usize, loads: usize) -> Draft {
    let thread = |t: usize| {
        let load = |n: usize| format!("LDR X{},[X{}]", n + 1, 20 + (t + 1) % threads);
        let store = ["MOV X0,#1".to_string(), format!("STR X0,[X{}]", 20 + t)];
        (0..loads).map(load).chain(store).collect()
    };
    Draft {
        arch: "AArch64",
        locations: threads,
        threads: (0..threads).map(thread).collect(),
        condition: "exists (0:X1=1)".to_string(),
    }
}

/// Each thread stores to one location, and loads it.
fn armv8_location(writers: usize, loads: usize) -> Draft {
    let thread = |t: usize| {
        let store = [format!("MOV X0,#{}", t + 1), "STR X0,[X20]".to_string()];
        let load = |n: usize| format!("LDR X{},[X20]", n + 1);
        store.into_iter().chain((0..loads).map(load)).collect()
    };
    Draft {
        arch: "AArch64",
        locations: 1,
        threads: (0..writers).map(thread).collect(),
        condition: "exists (0:X1=1 /\\ x=1)".to_string(),
    }
}

/// Each thread tries to increment one location with a load and a store exclusive.
fn armv8_exclusives(threads: usize, attempts: usize) -> Draft {
    let attempt = |n: usize| {
        let status = n + 4;
        ["LDXR X1,[X20]".to_string(), "ADD X2,X1,#1".to_string(), format!("STXR W{status},X2,[X20]")]
    };
    Draft {
        arch: "AArch64",
        locations: 1,
        threads: vec![(0..attempts).flat_map(attempt).collect(); threads],
        condition: format!("exists (x={})", threads * attempts),
    }
}

#[cfg(test)]
mod tests {
    use super::FAMILIES;
    use crate::load;

    #[test]
    fn every_family_makes_tests() {
        for family in FAMILIES {
            for (first, second) in [(1, 1), (2, 3), (4, 2)] {
                let text = family.test(first, second);
                let parsed = load::parse(&text);
                assert!(parsed.diagnostics.is_empty(), "{text}\n{:?}", parsed.diagnostics);
                assert!(parsed.value.is_some(), "{text}");
            }
        }
    }
}
