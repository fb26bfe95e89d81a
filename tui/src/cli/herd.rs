//! The command line of herd7: long options with one dash, booleans as words.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sim_core::diagnostic::nearest;
use traces::load::said;
use traces::machine::Machine;
use traces::model::ModelText;

use super::quantity;
use super::run::{Engine, Format, RunOptions};

/// What herd7's arguments ask for.
#[derive(Debug)]
pub enum Request {
    /// Run tests.
    Run {
        /// With these options.
        options: Box<RunOptions>,
        /// What was asked for and is not done.
        warnings: Vec<String>,
    },
    /// Print this and end.
    Print(String),
}

/// What to do about an option.
#[derive(Clone, Copy)]
enum Action {
    /// Part of what [`Parser::set`] does; the option takes a value.
    Set,
    /// The same without a value.
    Flag,
    /// Concerns pictures only, which `run` does not draw; with this many values.
    Picture(usize),
    /// Changes nothing here; with this many values.
    Nothing(usize),
    /// Would change results, and is not supported.
    Refuse,
    /// The same, with what to do instead.
    Instead(&'static str),
    /// Its value is a file of further options.
    Conf,
}

/// The options of herd7, by what becomes of them here.
const OPTIONS: &[(Action, &[&str])] = &[
    (
        Action::Set,
        &[
            "model",
            "cat",
            "I",
            "unroll",
            "timeout",
            "variant",
            "speedcheck",
            "hexa",
            "exit",
            "names",
            "oknames",
            "excl",
            "archcheck",
            "candidates",
            "rename",
            "kinds",
            "conds",
        ],
    ),
    (Action::Flag, &["version", "help", "-help", "-version", "nonames"]),
    (
        Action::Picture(1),
        &[
            "show",
            "doshow",
            "unshow",
            "showevents",
            "showflag",
            "view",
            "o",
            "suffix",
            "nshow",
            "showone",
            "showinitrf",
            "showfinalrf",
            "showpo",
            "symetric",
            "noid",
            "showraw",
            "oneinit",
            "showinitwrites",
            "cycles",
            "classes",
            "showobserved",
            "edgemerge",
            "showlegend",
            "showkind",
            "shortlegend",
            "labelinit",
            "showthread",
            "squished",
            "fixedsize",
            "extrachars",
            "brackets",
            "initrfpos",
            "finalrfpos",
            "initpos",
            "splines",
            "margin",
            "pad",
            "sep",
            "fontname",
            "fontsize",
            "edgefontsizedelta",
            "penwidth",
            "arrowsize",
            "edgeattr",
            "overlap",
            "graph",
            "dotmode",
            "mono",
            "scale",
            "xscale",
            "yscale",
            "dsiy",
            "siwidth",
            "ptscale",
            "boxscale",
            "shift",
            "threadposy",
            "relabel",
            "withbox",
            "labelbox",
            "movelabel",
            "dotcom",
            "dotheader",
            "tikz",
            "texmacros",
        ],
    ),
    (Action::Picture(0), &["gv", "evince", "preview"]),
    (Action::Conf, &["conf"]),
    (Action::Instead("tests in C are not run here, only those in the assembly of X86 and AArch64"), &["c11"]),
    (
        Action::Instead(
            "a model in the cat language is taken by -model FILE.cat, with the events of the test's architecture",
        ),
        &["bell"],
    ),
    (
        Action::Instead("write the macros out: they are of tests in C and LISA, which are not run here"),
        &["macros"],
    ),
    (Action::Nothing(0), &["v", "q", "switch"]),
    (
        Action::Nothing(1),
        &["optace", "initwrites", "debug", "set-libdir", "maxphantom", "dumpes", "badexecs", "checkfilter"],
    ),
    (
        Action::Refuse,
        &[
            "web",
            "libdir",
            "through",
            "throughflag",
            "skipcheck",
            "skipchecks",
            "strictskip",
            "badflag",
            "statelessrc11",
            "dumpallfaults",
            "machsize",
            "endian",
            "restrict",
            "outcomereads",
        ],
    ),
];

/// Variants that change nothing for the programs that can be run here.
const HARMLESS_VARIANTS: [&str; 3] = ["fullmixed", "self", "precise"];

/// The request that the arguments of `litmuscope herd` stand for.
///
/// # Errors
/// A sentence about the first option that herd7 does not have, or that would change results in a way
/// that is not supported.
pub fn parse(arguments: &[OsString]) -> Result<Request, String> {
    let words: Result<Vec<&str>, String> = arguments
        .iter()
        .map(|word| {
            word.to_str().ok_or_else(|| format!("{}: this is not UTF-8 text", word.to_string_lossy()))
        })
        .collect();
    let mut parser = Parser::default();
    match parser.take(&mut words?.into_iter())? {
        Some(text) => Ok(Request::Print(text)),
        None => parser.finish(),
    }
}

/// The words of a file of options, a line each, without their dash.
fn conf(path: &str) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("-conf {path}: {}", said(&error)))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines
        .flat_map(|line| {
            let (option, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let value = Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_string);
            [format!("-{option}")].into_iter().chain(value)
        })
        .collect())
}

fn action(option: &str) -> Result<Action, String> {
    let found = OPTIONS.iter().find(|(_, names)| names.contains(&option));
    found.map(|(action, _)| *action).ok_or_else(|| {
        let all = OPTIONS.iter().flat_map(|(_, names)| names.iter().copied());
        let hint = nearest(option, all).map(|n| format!("; did you mean -{n}?")).unwrap_or_default();
        format!("herd7 has no option -{option}{hint}")
    })
}

#[derive(Debug)]
struct Parser {
    options: RunOptions,
    model: Option<String>,
    include: Vec<PathBuf>,
    /// Whether a model may judge tests of an architecture that its title does not name.
    any_architecture: bool,
    pictures: Vec<String>,
    /// Whether executions are to be drawn,
    shows: bool,
    /// and somewhere.
    draws: bool,
}

impl Default for Parser {
    fn default() -> Parser {
        let options = RunOptions { forgiving: true, ..RunOptions::new(Vec::new(), Format::Herd) };
        Parser {
            options,
            model: None,
            include: Vec::new(),
            any_architecture: false,
            pictures: Vec::new(),
            shows: false,
            draws: false,
        }
    }
}

impl Parser {
    /// Takes options and names; returns what is to be printed instead of running tests, if so.
    fn take(&mut self, words: &mut dyn Iterator<Item = &str>) -> Result<Option<String>, String> {
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
                self.options.names.push(word.to_string());
                continue;
            };
            let mut value = || {
                words.next().ok_or_else(|| format!("option -{option} needs a value, as herd7 documents it"))
            };
            match action(option)? {
                Action::Set => self.set(option, value()?)?,
                Action::Flag if option.ends_with("version") => {
                    return Ok(Some(format!("litmuscope {}\n", env!("CARGO_PKG_VERSION"))));
                }
                Action::Flag if option.ends_with("help") => return Ok(Some(help())),
                Action::Flag => {}
                Action::Conf => {
                    let path = value()?;
                    let words = conf(path)?;
                    self.take(&mut words.iter().map(String::as_str))
                        .map_err(|reason| format!("-conf {path}: {reason}"))?;
                }
                Action::Picture(values) => {
                    let values: Vec<&str> = (0..values).map(|_| value()).collect::<Result<_, _>>()?;
                    self.shows |= option == "show" && values != ["none"];
                    self.draws |= matches!(option, "o" | "gv" | "evince") || option == "view";
                    self.pictures.push(option.to_string());
                }
                Action::Nothing(values) => {
                    for _ in 0..values {
                        value()?;
                    }
                }
                Action::Refuse => return Err(format!("option -{option} of herd7 is not supported")),
                Action::Instead(instead) => {
                    return Err(format!("option -{option} of herd7 is not supported: {instead}"));
                }
            }
        }
        Ok(None)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), String> {
        let bad = |reason: &str| format!("option -{option} {value}: {reason}");
        let boolean = || match value {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(bad("expected true or false")),
        };
        let options = &mut self.options;
        match option {
            "model" | "cat" => self.model = Some(value.to_string()),
            "I" => self.include.push(PathBuf::from(value)),
            "unroll" => options.limits.unroll = Some(value.parse().map_err(|_| bad("expected a number"))?),
            "timeout" => options.limits.timeout = Some(quantity::seconds(value).map_err(|e| bad(&e))?),
            "speedcheck" => options.verdict_only = value == "fast" || boolean()?,
            "hexa" => options.hexa = boolean()?,
            "exit" => options.stop_at_bad_input = boolean()?,
            "archcheck" => self.any_architecture = !boolean()?,
            "candidates" => {
                if boolean()? {
                    return Err(
                        "option -candidates true is not supported: there are none to count".to_string()
                    );
                }
            }
            "variant" => {
                for variant in value.split(',') {
                    match variant {
                        "mixed" => options.mixed = true,
                        _ if HARMLESS_VARIANTS.contains(&variant) => {}
                        _ => return Err(format!("-variant {variant} is not supported")),
                    }
                }
            }
            "names" => options.only.get_or_insert_default().extend(names_in(value)?),
            "oknames" => options.only.get_or_insert_default().extend(value.split(',').map(str::to_string)),
            "excl" => options.without.extend(names_in(value)?),
            "rename" => options.revisions.rename(value)?,
            "kinds" => options.revisions.kinds(value)?,
            "conds" => options.revisions.conditions(value)?,
            _ => return Err(format!("option -{option} of herd7 is not supported")),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Request, String> {
        if self.options.names.is_empty() {
            self.options.names.push("-".to_string());
        }
        if let Some(model) = self.model.take() {
            self.choose_model(&model)?;
        }
        if self.shows && self.draws {
            return Err("no executions are drawn here (-show with -o, -view, -gv or -evince): `litmuscope trace TEST \
                        -o RUN.trace.jsonl` records a run, and `litmuscope export RUN.trace.jsonl --to RUN.svg` draws it"
                .to_string());
        }
        let mut warnings = Vec::new();
        if !self.pictures.is_empty() {
            self.pictures.dedup();
            warnings.push(format!("no pictures are drawn: -{} ignored", self.pictures.join(", -")));
        }
        Ok(Request::Run { options: Box::new(self.options), warnings })
    }

    /// A file is a model for the axioms. Where there is none, the machines know some models by name.
    fn choose_model(&mut self, model: &str) -> Result<(), String> {
        let file = Path::new(model);
        if ModelText::find(file, &self.include).is_some() {
            // Files that a model includes are looked for in the current folder first.
            let folders: Vec<PathBuf> = std::iter::once(PathBuf::new()).chain(self.include.clone()).collect();
            let text = ModelText::file(file, &folders).map_err(|error| error.to_string())?;
            self.options.engine = Engine::Axioms;
            self.options.model = Some(if self.any_architecture { text.for_any_architecture() } else { text });
            return Ok(());
        }
        let base = file.file_name().map(|b| b.to_string_lossy().into_owned()).unwrap_or_default();
        self.options.machine = Some(match base.strip_suffix(".cat").unwrap_or(&base) {
            "sc" => Machine::Sc,
            "tso" | "x86tso" | "x86tso-mixed" => Machine::Tso,
            "aarch64" => Machine::Armv8,
            _ => return Err(format!("-model {model}: no such file, and no machine has this name")),
        });
        Ok(())
    }
}

/// The names in a file, one per line.
fn names_in(path: &str) -> Result<BTreeSet<String>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {}", said(&error)))?;
    let names = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(names.map(str::to_string).collect())
}

fn help() -> String {
    let list = |wanted: fn(&Action) -> bool| {
        let mut names: Vec<&str> =
            OPTIONS.iter().filter(|(a, _)| wanted(a)).flat_map(|(_, names)| names.iter().copied()).collect();
        names.sort_unstable();
        names.iter().map(|name| format!(" -{name}")).collect::<String>()
    };
    format!(
        "Usage: litmuscope herd [options of herd7] [test]*\n\n\
         Runs tests as `litmuscope run --format herd` does. Names are read from standard input if there are none.\n\n\
         Options that work:{}\n\nOptions about pictures, ignored with a warning:{}\n",
        list(|a| matches!(a, Action::Set | Action::Flag | Action::Conf)),
        list(|a| matches!(a, Action::Picture(_))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[track_caller]
    fn run(line: &str) -> (RunOptions, Vec<String>) {
        match parse(&words(line)) {
            Ok(Request::Run { options, warnings }) => (*options, warnings),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn known_models_are_machines() {
        let (options, warnings) = run("-model x86tso.cat -unroll 3 -variant mixed SB.litmus");
        assert_eq!(options.machine, Some(Machine::Tso));
        assert_eq!(options.limits.unroll, Some(3));
        assert!(options.mixed);
        assert_eq!(options.names, ["SB.litmus"]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_file_goes_before_the_machine_of_its_name() {
        let folder = std::env::temp_dir().join(format!("litmuscope-herd-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("aarch64.cat"), "acyclic po").unwrap();
        let (options, _) = run(&format!("-model aarch64.cat -I {} MP.litmus", folder.display()));
        assert_eq!((options.machine, options.engine), (None, Engine::Axioms));
        assert!(options.model.is_some_and(|model| model.name().ends_with("aarch64.cat")));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(run("-model aarch64.cat MP.litmus").0.machine, Some(Machine::Armv8));
    }

    #[test]
    fn presentation_is_ignored_with_one_warning() {
        let (options, warnings) = run("-show prop -fontsize 10 -squished true A.litmus");
        assert_eq!(options.names, ["A.litmus"]);
        assert_eq!(warnings, ["no pictures are drawn: -show, -fontsize, -squished ignored"]);
        run("-show none -o out A.litmus");
    }

    #[test]
    fn names_come_from_standard_input_if_there_are_none() {
        assert_eq!(run("-q").0.names, ["-"]);
    }

    #[test]
    fn what_would_change_results_is_refused_by_name() {
        for (line, word) in [
            ("-bell linux.bell", "-bell"),
            ("-model no-such.cat A", "no-such.cat"),
            ("-variant vmsa", "vmsa"),
            ("-modle x86tso.cat", "did you mean -model"),
            ("-unroll", "-unroll"),
            ("-unroll two", "-unroll two: expected a number"),
            ("-timeout soon", "-timeout soon: expected a number of seconds"),
            ("-c11", "tests in C are not run here"),
            ("-macros linux.def", "-macros"),
            ("-show prop -o out A", "litmuscope export"),
            ("-conf no-such.cfg", "-conf no-such.cfg: no such file"),
        ] {
            let message = parse(&words(line)).unwrap_err();
            assert!(message.contains(word), "{message}");
        }
    }
}
