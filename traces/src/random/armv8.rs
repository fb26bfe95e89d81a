//! Random AArch64 programs.

mod atomics;
mod items;
mod values;

use super::{Rng, Sketch};

/// What memory looks like, and how addresses come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Symbols of four bytes, mostly accessed by name.
    Separate,
    /// Cells of one array, indexed by what was read.
    Array,
    /// Two symbols of eight bytes, and a third that holds the address of one of them.
    Pointer,
    /// Two symbols of eight bytes, accessed in parts, mostly the first.
    Mixed,
}

/// Registers that hold the addresses of the locations: `X20` that of the first.
const ADDRESSES: u8 = 20;
/// Registers that hold constants of which each byte is 1, 2, 3: `X26` to `X28`.
const CONSTANTS: u8 = 26;
/// Registers for values read: `X0` up to this one exclusively. Those above hold intermediate values.
const VALUES_END: u8 = 13;
/// Registers for intermediate values: up to this one exclusively.
const SCRATCH_END: u8 = 20;

/// A thread in the making.
struct Writer<'a> {
    rng: &'a mut Rng,
    shape: Shape,
    thread: usize,
    /// Number of locations.
    locations: u8,
    rows: Vec<String>,
    /// Registers that hold what was read, oldest first.
    reads: Vec<u8>,
    /// Registers that hold the address of a location, as read from memory.
    pointers: Vec<u8>,
    value: u8,
    scratch: u8,
    labels: u32,
    /// Labels to be placed, and after how many items.
    open: Vec<(u32, String)>,
    /// Memory accesses still to be made.
    accesses: u32,
}

/// A random program with about `accesses` memory accesses.
pub fn generate(rng: &mut Rng, name: String, shape: Shape, accesses: u32) -> Sketch {
    let count = rng.weighted(&[(6, 2), (3, 3), (1, 4)]);
    let locations = if shape == Shape::Separate { 2 + u8::from(rng.chance(1, 4)) } else { 2 };
    let mut sketch = Sketch {
        arch: "AArch64",
        name,
        init: memory(shape, locations),
        threads: Vec::new(),
        observed: Vec::new(),
    };
    for thread in 0..count {
        let share = accesses / count as u32 + u32::from((thread as u32) < accesses % count as u32);
        let writer = Writer::new(rng, shape, thread, locations, share.max(1));
        let (rows, observed) = writer.finish();
        sketch.init.extend(registers(shape, thread, locations, &observed));
        sketch.threads.push(rows);
        sketch.observed.extend(observed.iter().map(|r| format!("{thread}:X{r}")));
    }
    let names = (0..locations).map(|location| match shape {
        Shape::Array => format!("t[{location}]"),
        _ => SYMBOLS[usize::from(location)].to_string(),
    });
    sketch.observed.extend(names);
    if shape == Shape::Pointer {
        sketch.observed.push("p".into());
    }
    sketch
}

const SYMBOLS: [&str; 3] = ["x", "y", "z"];

fn memory(shape: Shape, locations: u8) -> Vec<String> {
    let named = |ty: &str| (0..locations).map(|l| format!("{ty} {}", SYMBOLS[usize::from(l)])).collect();
    match shape {
        Shape::Separate => named("int"),
        Shape::Array => vec![format!("int t[{locations}]")],
        Shape::Mixed => named("uint64_t"),
        Shape::Pointer => {
            let mut all: Vec<String> = named("int64_t");
            all.push("int64_t *p=x".into());
            all
        }
    }
}

/// The initial registers of a thread.
fn registers(shape: Shape, thread: usize, locations: u8, observed: &[u8]) -> Vec<String> {
    let mut init = Vec::new();
    match shape {
        Shape::Array => init.push(format!("{thread}:X{ADDRESSES}=t")),
        _ => {
            for location in 0..locations {
                let register = ADDRESSES + location;
                init.push(format!("{thread}:X{register}={}", SYMBOLS[usize::from(location)]));
            }
        }
    }
    if shape == Shape::Pointer {
        init.push(format!("{thread}:X{}=p", ADDRESSES + locations));
    }
    if shape == Shape::Mixed {
        for k in 0..3_u8 {
            let bytes = u64::from_le_bytes([k + 1; 8]);
            init.push(format!("uint64_t {thread}:X{}={bytes}", CONSTANTS + k));
        }
    }
    if matches!(shape, Shape::Mixed | Shape::Pointer) {
        init.extend(observed.iter().map(|r| format!("uint64_t {thread}:X{r}")));
    }
    init
}

impl<'a> Writer<'a> {
    fn new(rng: &'a mut Rng, shape: Shape, thread: usize, locations: u8, accesses: u32) -> Writer<'a> {
        Writer {
            rng,
            shape,
            thread,
            locations,
            rows: Vec::new(),
            reads: Vec::new(),
            pointers: Vec::new(),
            value: 0,
            scratch: VALUES_END,
            labels: 0,
            open: Vec::new(),
            accesses,
        }
    }

    /// The rows of the thread, and the registers that hold what it has read.
    fn finish(mut self) -> (Vec<String>, Vec<u8>) {
        if self.shape == Shape::Array && self.locations > 1 {
            self.row(format!("ADD X{},X{ADDRESSES},#4", ADDRESSES + 1));
        }
        while self.accesses > 0 && self.value + 3 < VALUES_END {
            self.item();
            self.close(1);
        }
        self.close(u32::MAX);
        let mut observed = self.reads;
        observed.sort_unstable();
        observed.dedup();
        (self.rows, observed)
    }

    fn row(&mut self, text: String) {
        self.rows.push(text);
    }

    fn spend(&mut self, accesses: u32) {
        self.accesses = self.accesses.saturating_sub(accesses);
    }

    fn label(&mut self) -> String {
        self.labels += 1;
        format!("L{}{}", self.thread, self.labels)
    }

    /// Places the labels that are due after `items` more items.
    fn close(&mut self, items: u32) {
        let mut open = std::mem::take(&mut self.open);
        open.retain_mut(|(left, label)| {
            *left = left.saturating_sub(items);
            if *left == 0 {
                self.rows.push(format!("{label}:"));
            }
            *left != 0
        });
        self.open = open;
    }

    /// A register for a value that will be read.
    fn result(&mut self) -> u8 {
        let register = self.value;
        self.value += 1;
        register
    }

    /// Two neighbouring registers for values that will be read, the first of even number.
    fn result_pair(&mut self) -> u8 {
        self.value += self.value % 2;
        let register = self.value;
        self.value += 2;
        register
    }

    /// A register for an intermediate value.
    fn temporary(&mut self) -> u8 {
        let register = self.scratch;
        self.scratch = if register + 1 == SCRATCH_END { VALUES_END } else { register + 1 };
        register
    }
}
