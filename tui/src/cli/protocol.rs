//! `litmuscope protocol`: coherence protocols as tables, and their checker.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use sim_core::memory::check::{self, Config, LINES_MAX, Report, VALUES_MAX};
use sim_core::memory::protocol::{self, Bug, Protocol};
use sim_core::memory::system::CORES_MAX;
use sim_core::outcome::Completeness;
use traces::library::{self, Seeded, Seen};

use super::{Status, hardware, quantity, usage_error};

/// What to do with a protocol.
#[derive(Debug, Subcommand)]
pub enum ProtocolCommand {
    /// List the protocols, and the bugs that can be seeded into them, each with a test that shows it
    List {
        /// Name the bugs only: as an exercise, find out what each does and which test shows it
        #[arg(long)]
        exercise: bool,
    },

    /// Show a protocol as its table: states, events, actions and next states
    Show {
        /// The protocol, or `all`
        name: String,
        /// Show it with this bug; `!` marks the changed entries
        #[arg(long, value_name = "BUG")]
        bug: Option<String>,
    },

    /// Explore every reachable state of a protocol and check its invariants
    #[command(after_long_help = CHECK_NOTES)]
    Check(CheckArgs),
}

/// What to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The protocol, or `all`
    name: String,
    /// The number of cores
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=CORES_MAX as i64))]
    cores: u8,
    /// The number of lines
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=LINES_MAX as i64))]
    lines: u8,
    /// How many values a line can have
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=VALUES_MAX as i64))]
    values: u8,
    /// Seed this bug, or each in turn with `all`
    #[arg(long, value_name = "BUG")]
    bug: Option<String>,
    /// Tell states apart that differ only in the names of cores and lines
    #[arg(long)]
    no_symmetry: bool,
    /// Threads to use [default: as many as the computer runs at once]; the report does not depend on it
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Stop when this many states have been found, or a few more
    #[arg(long, visible_alias = "states", default_value = "4G", value_name = "N", value_parser = quantity::count)]
    max_states: u64,
    /// Stop when the found states take this much memory, such as 4G [default: half of the computer's]
    #[arg(long, value_name = "SIZE", value_parser = quantity::bytes)]
    max_memory: Option<u64>,
}

const CHECK_NOTES: &str = "\
Checked in every state: at most one cache is exclusive, and then no other can read (single writer, many \
readers); readable copies equal the last completed store (data value); at most one cache answers for a line; memory is \
up to date when nobody else is; what is under way can go on (no deadlock, no lost message); nothing happens that \
the table calls impossible. Entries of the tables that nothing reaches are listed.

Exit status: 0 every state is right, 1 a violation (with a shortest run that shows it), 2 bad usage, 3 a limit was \
reached first.";

/// Runs the command.
pub fn run(command: &ProtocolCommand) -> Status {
    let result = match command {
        ProtocolCommand::List { exercise } => Ok((list(*exercise), Status::Done)),
        ProtocolCommand::Show { name, bug } => show(name, bug.as_deref()),
        ProtocolCommand::Check(args) => check_all(args),
    };
    match result {
        Ok((text, status)) => {
            anstream::print!("{text}");
            status
        }
        Err(message) => usage_error(&message),
    }
}

fn list(exercise: bool) -> String {
    let seeded = library::seeded();
    let mut out = String::new();
    for protocol in protocol::all() {
        let _ = writeln!(out, "{:<15} {}", protocol.name, protocol.text);
        for bug in &protocol.bugs {
            if exercise {
                let _ = writeln!(out, "    --bug {}", bug.name);
                continue;
            }
            let _ = writeln!(out, "    --bug {:<26} {}", bug.name, bug.text);
            let told = seeded.iter().find(|told| (told.protocol, told.bug) == (protocol.name, bug.name));
            let _ = writeln!(out, "        {}", told.map(shown_by).unwrap_or_default());
        }
    }
    out
}

/// The command that shows a bug.
fn shown_by(seeded: &Seeded) -> String {
    let Seeded { protocol, bug, seen } = seeded;
    match seen {
        Seen::In { test, features } => {
            let bug = format!("bug={bug}");
            let features: Vec<&str> = [bug.as_str()].into_iter().chain(features.iter().copied()).collect();
            format!("litmuscope run {test} {}", hardware::options(Some(protocol), &features))
        }
        Seen::Nowhere(reason) => {
            format!("litmuscope protocol check {protocol} --bug {bug}   (no test shows it: {reason})")
        }
    }
}

fn named(name: &str) -> Result<Vec<Protocol>, String> {
    if name == "all" {
        return Ok(protocol::all());
    }
    protocol::find(name).map(|protocol| vec![protocol]).ok_or_else(|| protocol::unknown(name))
}

fn bug_of<'a>(protocol: &'a Protocol, name: &str) -> Result<&'a Bug, String> {
    protocol.bug(name).ok_or_else(|| protocol.unknown_bug(name))
}

fn show(name: &str, bug: Option<&str>) -> Result<(String, Status), String> {
    let mut shown = vec![];
    for protocol in named(name)? {
        let bug = bug.map(|bug| bug_of(&protocol, bug)).transpose()?;
        shown.push(protocol.render(bug));
    }
    Ok((shown.join("\n"), Status::Done))
}

fn check_all(args: &CheckArgs) -> Result<(String, Status), String> {
    let (mut out, mut status) = (String::new(), Status::Done);
    let (mut sought, mut found) = (0, 0);
    let at_most = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    for protocol in named(&args.name)? {
        let bugs: Vec<Option<&Bug>> = match args.bug.as_deref() {
            None => vec![None],
            Some("all") => protocol.bugs.iter().map(Some).collect(),
            Some(bug) => vec![Some(bug_of(&protocol, bug)?)],
        };
        for bug in bugs {
            let checked = bug.map_or_else(|| protocol.clone(), |bug| protocol.with_bug(bug));
            let config = Config {
                values: args.values,
                symmetry: !args.no_symmetry,
                jobs: args.jobs.map_or_else(super::run::available_jobs, usize::from),
                states_max: at_most(args.max_states),
                bytes_max: at_most(args.max_memory.unwrap_or_else(super::run::default_memory)),
                ..Config::new(checked, args.cores, args.lines)
            };
            let start = Instant::now();
            let report = check::check(&config)?;
            sought += usize::from(bug.is_some());
            found += usize::from(bug.is_some() && report.counterexample.is_some());
            out += &told(&config, bug, &report, start.elapsed());
            status = status.and(judged(&report));
        }
    }
    if sought > 1 {
        let _ = writeln!(out, "{found} of {sought} bugs found");
    }
    Ok((out, status))
}

fn judged(report: &Report) -> Status {
    match (&report.counterexample, &report.completeness) {
        (Some(_), _) => Status::Failed,
        (None, Completeness::Complete) => Status::Done,
        (None, _) => Status::Incomplete,
    }
}

fn told(config: &Config, bug: Option<&Bug>, report: &Report, time: Duration) -> String {
    let mut out = format!(
        "{}: {}, {}, {}{}\n",
        config.protocol.name,
        counted(config.cores, "core"),
        counted(config.lines, "line"),
        counted(config.values, "value"),
        if config.symmetry { ", up to renaming" } else { "" }
    );
    if let Some(bug) = bug {
        let _ = writeln!(out, "  bug {}: {}", bug.name, bug.text);
    }
    let (seconds, megabytes) = (time.as_secs_f64(), report.bytes as f64 / 1e6);
    // A rate says something where there was time to have one.
    let rate = if seconds < 0.01 {
        String::new()
    } else {
        format!(" ({:.2} M states/s)", report.states as f64 / seconds / 1e6)
    };
    let (states, steps, depth) = (report.states, report.steps, report.depth);
    let _ = writeln!(
        out,
        "  {states} states, {steps} steps, depth {depth}, {megabytes:.1} MB, {seconds:.3} s{rate}"
    );
    match (&report.counterexample, &report.completeness) {
        (Some(found), _) => {
            let one = if config.lines > 1 { " (one line is enough for that)" } else { "" };
            let _ = writeln!(out, "  VIOLATED: {}{one}\n{}", found.violation, found.diagram);
        }
        (None, Completeness::Complete) => {
            let missed = if bug.is_some() { ": the bug does not show with so few cores" } else { "" };
            let _ = writeln!(out, "  every state is right{missed}");
            for entry in &report.unreached {
                let _ = writeln!(out, "  never reached: {entry}");
            }
        }
        (None, Completeness::Truncated { limit, .. }) => {
            let _ = writeln!(out, "  NOT COMPLETE: stopped at {limit}; nothing wrong until then");
        }
        (None, _) => {
            let _ = writeln!(out, "  NOT COMPLETE");
        }
    }
    out
}

fn counted(number: u8, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
