//! Random X86_64 programs.

use super::{Rng, Sketch};

/// Registers for values read: for each width in bytes, its name.
const RESULTS: [[&str; 4]; 8] = [
    ["al", "ax", "eax", "rax"],
    ["bl", "bx", "ebx", "rbx"],
    ["cl", "cx", "ecx", "rcx"],
    ["dl", "dx", "edx", "rdx"],
    ["sil", "si", "esi", "rsi"],
    ["dil", "di", "edi", "rdi"],
    ["r8b", "r8w", "r8d", "r8"],
    ["r9b", "r9w", "r9d", "r9"],
];

const SYMBOLS: [&str; 3] = ["x", "y", "z"];

struct Writer<'a> {
    rng: &'a mut Rng,
    mixed: bool,
    thread: usize,
    locations: u32,
    rows: Vec<String>,
    /// Indices into [`RESULTS`] of what was read.
    reads: Vec<usize>,
    next: usize,
    labels: u32,
    open: Vec<(u32, String)>,
    accesses: u32,
}

/// A random program with about `accesses` memory accesses, of several sizes if `mixed`.
pub fn generate(rng: &mut Rng, name: String, mixed: bool, accesses: u32) -> Sketch {
    let count = rng.weighted(&[(5, 2_u32), (4, 3), (1, 4)]);
    let locations = if mixed { 2 } else { 2 + u32::from(rng.chance(1, 3)) };
    let ty = if mixed { "uint64_t " } else { "int " };
    let mut sketch = Sketch {
        arch: "X86_64",
        name,
        init: SYMBOLS[..locations as usize].iter().map(|s| format!("{ty}{s}")).collect(),
        threads: Vec::new(),
        observed: Vec::new(),
    };
    for thread in 0..count {
        let share = accesses / count + u32::from(thread < accesses % count);
        let mut writer = Writer {
            rng: &mut *rng,
            mixed,
            thread: thread as usize,
            locations,
            rows: Vec::new(),
            reads: Vec::new(),
            next: 0,
            labels: 0,
            open: Vec::new(),
            accesses: share.max(1),
        };
        while writer.accesses > 0 && writer.next + 1 < RESULTS.len() {
            writer.item();
            writer.close(1);
        }
        writer.close(u32::MAX);
        let mut observed = writer.reads;
        observed.sort_unstable();
        observed.dedup();
        if mixed {
            sketch.init.extend(observed.iter().map(|r| format!("uint64_t {thread}:{}", RESULTS[*r][3])));
        }
        sketch.threads.push(writer.rows);
        sketch.observed.extend(observed.iter().map(|r| format!("{thread}:{}", RESULTS[*r][3])));
    }
    sketch.observed.extend(SYMBOLS[..locations as usize].iter().map(|s| (*s).to_string()));
    sketch
}

/// Width of an access: index into the names of a register, suffix, bytes.
type Size = (usize, char, u32);

impl Writer<'_> {
    fn item(&mut self) {
        match self.rng.weighted(&[(10, 0), (10, 1), (3, 2), (3, 3), (4, 4), (3, 5), (3, 6), (1, 7)]) {
            0 => self.load(),
            1 => self.store(),
            2 => {
                let fence = self.rng.weighted(&[(6, "mfence"), (1, "sfence"), (1, "lfence")]);
                self.rows.push(fence.to_string());
            }
            3 => self.branch(),
            4 => self.exchange(),
            5 => self.update(),
            6 => self.compare_exchange(),
            _ => self.wait(),
        }
    }

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

    fn label(&mut self) -> String {
        self.labels += 1;
        format!("L{}{}", self.thread, self.labels)
    }

    fn size(&mut self) -> Size {
        if !self.mixed {
            return (2, 'l', 4);
        }
        self.rng.weighted(&[(3, (0, 'b', 1)), (3, (1, 'w', 2)), (3, (2, 'l', 4)), (2, (3, 'q', 8))])
    }

    /// The operand for an access to some location.
    fn place(&mut self, bytes: u32) -> String {
        let location = if self.mixed && self.rng.chance(3, 4) { 0 } else { self.rng.below(self.locations) };
        let symbol = SYMBOLS[location as usize];
        let part = if self.mixed { self.rng.below(8 / bytes) * bytes } else { 0 };
        if part == 0 {
            return format!("({symbol})");
        }
        self.rows.push(format!("movq ${symbol},%r10"));
        format!("{part}(%r10)")
    }

    /// A constant of which each byte is 1 or 2, or the small number itself.
    fn constant(&mut self, bytes: u32) -> u64 {
        let byte = 1 + u64::from(self.rng.below(2));
        if self.mixed { byte * (0x0101_0101 >> (32 - 8 * bytes.min(4))) } else { byte }
    }

    /// A register that holds something to be stored.
    fn data(&mut self, size: Size) -> String {
        if let Some(read) = self.reads.last().copied()
            && self.rng.chance(1, 3)
        {
            return format!("%{}", RESULTS[read][size.0]);
        }
        let value = self.constant(size.2);
        self.rows.push(format!("movl ${value},%r11d"));
        format!("%{}", ["r11b", "r11w", "r11d", "r11"][size.0])
    }

    /// A fresh register for what will be read.
    fn result(&mut self) -> usize {
        let result = self.next;
        self.next += 1;
        self.reads.push(result);
        result
    }

    fn spend(&mut self, accesses: u32) {
        self.accesses = self.accesses.saturating_sub(accesses);
    }

    fn load(&mut self) {
        let size = self.size();
        let place = self.place(size.2);
        let result = self.result();
        self.rows.push(format!("mov{} {place},%{}", size.1, RESULTS[result][size.0]));
        self.spend(1);
    }

    fn store(&mut self) {
        let size = self.size();
        let place = self.place(size.2);
        if self.rng.chance(1, 2) {
            let value = self.constant(size.2);
            self.rows.push(format!("mov{} ${value},{place}", size.1));
        } else {
            let data = self.data(size);
            self.rows.push(format!("mov{} {data},{place}", size.1));
        }
        self.spend(1);
    }

    fn exchange(&mut self) {
        let size = self.size();
        let place = self.place(size.2);
        let result = self.result();
        let value = self.constant(size.2);
        self.rows.push(format!("movl ${value},%{}", RESULTS[result][2]));
        self.rows.push(format!("xchg{} %{},{place}", size.1, RESULTS[result][size.0]));
        self.spend(2);
    }

    /// The prefix of a read-modify-write: mostly `lock`. Among accesses of several sizes always: the axioms
    /// let an unlocked one read some bytes before its own write and others after it, the machine does not.
    fn prefix(&mut self) -> &'static str {
        if !self.mixed && self.rng.chance(1, 4) { "" } else { "lock " }
    }

    /// A read-modify-write by arithmetic.
    fn update(&mut self) {
        let size = self.size();
        let place = self.place(size.2);
        let prefix = self.prefix();
        self.spend(2);
        let row = match self.rng.below(4) {
            0 => format!("{prefix}inc{} {place}", size.1),
            1 => format!("{prefix}or{} ${},{place}", size.1, self.constant(size.2)),
            2 => {
                let data = self.data(size);
                format!("{prefix}add{} {data},{place}", size.1)
            }
            _ => {
                let result = self.result();
                let value = self.constant(size.2);
                self.rows.push(format!("movl ${value},%{}", RESULTS[result][2]));
                format!("{prefix}xadd{} %{},{place}", size.1, RESULTS[result][size.0])
            }
        };
        self.rows.push(row);
    }

    /// `cmpxchg`, whose comparison is with the first result register.
    fn compare_exchange(&mut self) {
        let size = self.size();
        let place = self.place(size.2);
        let data = self.data(size);
        let value = if self.rng.chance(2, 3) { 0 } else { self.constant(size.2) };
        self.rows.push(format!("movl ${value},%eax"));
        let prefix = self.prefix();
        self.rows.push(format!("{prefix}cmpxchg{} {data},{place}", size.1));
        let result = self.result();
        self.rows.push(format!("movq %rax,%{}", RESULTS[result][3]));
        self.spend(2);
    }

    /// A jump on what was read, over the items up to a label.
    fn branch(&mut self) {
        let Some(read) = self.reads.last().copied() else { return };
        let label = self.label();
        let value = self.rng.below(3);
        let jump = *self.rng.pick(&["je", "jne", "jge"]);
        self.rows.push(format!("cmpl ${value},%{}", RESULTS[read][2]));
        self.rows.push(format!("{jump} {label}"));
        let items = 1 + self.rng.below(2);
        self.open.push((items, label));
    }

    /// A loop that waits until a location is not 0.
    fn wait(&mut self) {
        let label = self.label();
        let symbol = SYMBOLS[self.rng.below(self.locations) as usize];
        let result = self.result();
        self.rows.push(format!("{label}:"));
        self.rows.push(format!("movl ({symbol}),%{}", RESULTS[result][2]));
        self.rows.push(format!("cmpl $0,%{}", RESULTS[result][2]));
        self.rows.push(format!("je {label}"));
        self.spend(1);
    }
}
