//! Runs all engines on random programs until something differs, or for ever.
//!
//! `cargo run --release -p litmuscope-traces --example fuzz -- --seed 1 --minutes 60 --family armv8-mixed`
//!
//! Options: `--seed N` (where to begin; 1), `--minutes M` (how long; 1), `--accesses A` (per program, about;
//! varies from 3 to 8), `--family NAME` (all in turn), `--seconds S` (per engine and program; 10),
//! `--show` (prints the program of `--seed` and ends), `--file PATH` (compares the engines on that test and
//! ends). A difference is printed as a litmus file, as small as
//! it could be made, with the states that only one engine finds; the run then goes on. Exit status 1 if
//! something differed.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use traces::random::compare::{Engine, Limits, Verdict, compare};
use traces::random::minimise::minimise;
use traces::random::{Family, Sketch};

struct Arguments {
    seed: u64,
    minutes: f64,
    accesses: Option<u32>,
    family: Option<Family>,
    seconds: u64,
    show: bool,
    file: Option<String>,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        seed: 1,
        minutes: 1.0,
        accesses: None,
        family: None,
        seconds: 10,
        show: false,
        file: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--show" {
            found.show = true;
            continue;
        }
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        let number = || value.parse().map_err(|_| format!("{word}: `{value}` is not a number"));
        match word.as_str() {
            "--seed" => found.seed = number()?,
            "--seconds" => found.seconds = number()?,
            "--accesses" => found.accesses = Some(number()? as u32),
            "--minutes" => found.minutes = value.parse().map_err(|_| format!("`{value}` is not a number"))?,
            "--file" => found.file = Some(value),
            "--family" => {
                let family = Family::ALL.iter().find(|(name, _)| *name == value);
                found.family = Some(family.ok_or(format!("there is no family `{value}`"))?.1);
            }
            _ => return Err(format!("there is no option `{word}`")),
        }
    }
    Ok(found)
}

fn main() -> ExitCode {
    match arguments() {
        Ok(arguments) => run(&arguments),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn sketch(arguments: &Arguments, seed: u64) -> Sketch {
    let family = arguments.family.unwrap_or(Family::ALL[(seed % Family::ALL.len() as u64) as usize].1);
    family.generate(seed, arguments.accesses.unwrap_or(3 + (seed / 7 % 6) as u32))
}

fn run(arguments: &Arguments) -> ExitCode {
    if arguments.show {
        print!("{}", sketch(arguments, arguments.seed).text());
        return ExitCode::SUCCESS;
    }
    let limits = Limits { time: Some(Duration::from_secs(arguments.seconds)), ..Limits::default() };
    if let Some(file) = &arguments.file {
        return match std::fs::read_to_string(file) {
            Ok(text) => {
                let verdict = compare(&text, &Engine::ALL, &limits);
                println!("{verdict:#?}");
                ExitCode::from(u8::from(!matches!(verdict, Verdict::Equal(_))))
            }
            Err(why) => {
                eprintln!("{file}: {why}");
                ExitCode::from(2)
            }
        };
    }
    let begin = Instant::now();
    let (mut equal, mut states, mut open, mut refused, mut differ) = (0_u64, 0, 0, 0, 0);
    let mut seed = arguments.seed;
    while begin.elapsed().as_secs_f64() < arguments.minutes * 60.0 {
        let sketch = sketch(arguments, seed);
        seed += 1;
        match compare(&sketch.text(), &Engine::ALL, &limits) {
            Verdict::Equal(count) => {
                equal += 1;
                states += count;
            }
            Verdict::Open(_) => open += 1,
            Verdict::Refused(why) => {
                refused += 1;
                if refused <= 3 {
                    println!("refused: {why}\n{}", sketch.text());
                }
            }
            Verdict::Differ(_) => {
                differ += 1;
                report(&sketch, &limits);
            }
        }
    }
    println!(
        "seeds {} to {}: {equal} equal ({states} states), {differ} differ, {open} not finished, {refused} refused",
        arguments.seed,
        seed - 1
    );
    ExitCode::from(u8::from(differ > 0))
}

fn report(sketch: &Sketch, limits: &Limits) {
    let small =
        minimise(sketch, &mut |s| matches!(compare(&s.text(), &Engine::ALL, limits), Verdict::Differ(_)));
    println!("(* {} *)\n{}", sketch.name, small.text());
    if let Verdict::Differ(difference) = compare(&small.text(), &Engine::ALL, limits) {
        for (engine, states) in difference.engines.iter().zip([&difference.first, &difference.second]) {
            println!("only {}: {} states", engine.name(), states.len());
            states.iter().take(8).for_each(|state| println!("  {state}"));
        }
    }
    println!();
}
