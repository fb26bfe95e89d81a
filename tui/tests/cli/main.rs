//! The command line from the outside: arguments and files in, bytes and exit status out.

mod accesses;
mod engines;
mod errors;
mod expect;
mod formats;
mod hardware;
mod herd;
mod inputs;
mod interrupts;
mod library;
mod mixed;
mod protocol;
mod traces;
mod witness;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder of its own, in which the program runs.
struct Scene {
    dir: TempDir,
}

/// What a run gave.
#[derive(Debug)]
struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Scene {
    fn new() -> Scene {
        Scene { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Writes a file, with the folders that it lies in.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Scene {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, bytes).expect("a file");
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).expect("a file")
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs the program with the words of `line`.
    fn run(&self, line: &str) -> Ran {
        self.run_with(line, "")
    }

    /// The same, with `stdin` to read.
    fn run_with(&self, line: &str, stdin: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_litmuscope"))
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that does not read its input may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(stdin.as_bytes());
        let output = child.wait_with_output().expect("the program ends");
        Ran {
            status: output.status.code().expect("no signal"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Ran {
    #[track_caller]
    fn exits(&self, status: i32) -> &Ran {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    #[track_caller]
    fn prints(&self, expected: &str) -> &Ran {
        assert_eq!(self.stdout, expected, "{}", self.stderr);
        self
    }

    #[track_caller]
    fn says(&self, expected: &str) -> &Ran {
        assert!(self.stderr.contains(expected), "no `{expected}` in:\n{:.5000}", self.stderr);
        self
    }

    #[track_caller]
    fn shows(&self, expected: &str) -> &Ran {
        assert!(self.stdout.contains(expected), "no `{expected}` in:\n{}", self.stdout);
        self
    }

    /// No output is an accident of the implementation.
    #[track_caller]
    fn has_not_panicked(&self) -> &Ran {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

/// A store buffering test called `name`.
fn sb(name: &str) -> String {
    sb_with(name, "")
}

/// The same with an instruction between each store and load.
fn sb_with(name: &str, between: &str) -> String {
    let between = if between.is_empty() { String::new() } else { format!(" {between} | {between} ;\n") };
    format!(
        "X86_64 {name}\n{{ }}\n P0 | P1 ;\n movl $1,(x) | movl $1,(y) ;\n{between} \
         movl (y),%eax | movl (x),%eax ;\nexists (0:rax=0 /\\ 1:rax=0)\n"
    )
}

/// A test called `name` with some hundred states, whose condition never holds.
fn big(name: &str) -> String {
    ring(name, 4, 4)
}

/// Threads that write `stores` values each and read what a neighbour wrote, with about `stores` to the
/// power of `threads` states.
fn ring(name: &str, threads: usize, stores: usize) -> String {
    let row = |cell: &dyn Fn(usize) -> String| {
        format!(" {} ;\n", (0..threads).map(cell).collect::<Vec<_>>().join(" | "))
    };
    let mut text = format!("X86_64 {name}\n{{ }}\n{}", row(&|thread| format!("P{thread}")));
    for value in 1..=stores {
        text += &row(&|thread| format!("movl ${value},(v{thread})"));
    }
    text += &row(&|thread| format!("movl (v{}),%eax", (thread + 1) % threads));
    text + "exists (0:rax=99)\n"
}
