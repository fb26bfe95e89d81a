//! The command line of herd7: long options with one dash, booleans as words.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sim_core::diagnostic::nearest;
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
    /// Would change results, and is not supported; with this many values.
    Refuse,
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
    (Action::Nothing(0), &["v", "q", "switch"]),
    (
        Action::Nothing(1),
        &["optace", "initwrites", "debug", "set-libdir", "maxphantom", "dumpes", "badexecs", "checkfilter"],
    ),
    (
        Action::Refuse,
        &[
            "conf",
            "web",
            "c11",
            "bell",
            "macros",
            "libdir",
            "rename",
            "kinds",
            "conds",
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
    let mut words = words?.into_iter();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            parser.options.names.push(word.to_string());
            continue;
        };
        let mut value =
            || words.next().ok_or_else(|| format!("option -{option} needs a value, as herd7 documents it"));
        match action(option)? {
            Action::Set => parser.set(option, value()?)?,
            Action::Flag if option.ends_with("version") => {
                return Ok(Request::Print(format!("litmuscope {}\n", env!("CARGO_PKG_VERSION"))));
            }
            Action::Flag if option.ends_with("help") => return Ok(Request::Print(help())),
            Action::Flag => {}
            Action::Picture(values) => {
                parser.pictures.push(option.to_string());
                for _ in 0..values {
                    value()?;
                }
            }
            Action::Nothing(values) => {
                for _ in 0..values {
                    value()?;
                }
            }
            Action::Refuse => return Err(format!("option -{option} of herd7 is not supported")),
        }
    }
    parser.finish()
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
}

impl Default for Parser {
    fn default() -> Parser {
        let options = RunOptions::new(Vec::new(), Format::Herd);
        Parser { options, model: None, include: Vec::new(), any_architecture: false, pictures: Vec::new() }
    }
}

impl Parser {
    fn set(&mut self, option: &str, value: &str) -> Result<(), String> {
        let bad = |expected: &str| format!("option -{option} {value}: expected {expected}");
        let boolean = || match value {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(bad("true or false")),
        };
        let options = &mut self.options;
        match option {
            "model" | "cat" => self.model = Some(value.to_string()),
            "I" => self.include.push(PathBuf::from(value)),
            "unroll" => options.limits.unroll = Some(value.parse().map_err(|_| bad("a number"))?),
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
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {}", error.kind()))?;
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
        list(|a| matches!(a, Action::Set | Action::Flag)),
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
        let (options, warnings) = run("-show prop -o out -fontsize 10 -squished true A.litmus");
        assert_eq!(options.names, ["A.litmus"]);
        assert_eq!(warnings, ["no pictures are drawn: -show, -o, -fontsize, -squished ignored"]);
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
            ("-unroll two", "-unroll two"),
        ] {
            let message = parse(&words(line)).unwrap_err();
            assert!(message.contains(word), "{message}");
        }
    }
}
