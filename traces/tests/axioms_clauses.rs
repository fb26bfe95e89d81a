//! Every axiom and every ordering clause of our models matters: without it, the outcomes of the litmus
//! test that the model names for it change.

use sim_core::axioms::{Model, Options, Vocabulary, models, outcomes};
use sim_core::litmus::Test;
use sim_core::outcome::State;
use traces::{library, load};

/// A clause by the name it is bound to, or an axiom by its name, and the test that shows it.
type Clauses = &'static [(&'static str, &'static str)];

const X86TSO: Clauses = &[
    ("coherence", "CoWR"),
    ("atomic", "lock-inc"),
    ("obs", "SB+mfences"),
    ("order-ww", "MP"),
    ("order-rr", "MP"),
    ("order-rw", "LB"),
    ("order-mfence", "SB+mfences"),
    ("order-locked-read", "SB+lock-cmpxchg-fails"),
    ("order-locked-write", "SB+xchgs"),
    ("tso", "MP"),
];

const ARMV8: Clauses = &[
    ("internal", "CoWR"),
    ("atomic", "ldxr-inc"),
    ("bob-dmb", "SB+dmb.sys"),
    ("bob-dmb-ld", "LB+dmb.lds"),
    ("bob-dmb-st", "2+2W+dmb.sts"),
    ("bob-dsb", "SB+dsb.sys"),
    ("bob-dsb-ld", "MP+dmb.sy+dsb.ld"),
    ("bob-dsb-st", "SB+dsb.sts"),
    ("bob-isb-ctrl", "MP+dmb.sy+ctrlisb"),
    ("bob-isb-addr", "MP+dmb.sy+addr-isb"),
    ("bob-amo", "SB+SWPALs"),
    ("bob-rel-acq", "SB+rel-acqs"),
    ("bob-acq", "MP+rel+acq"),
    ("bob-rel", "MP+rel+acq"),
    ("lob-inside", "STILP-order"),
    ("lob-loc", "MP-Koeln"),
    ("dob-addr", "MP+dmb.sy+addr"),
    ("dob-addr-rfi", "MP+rel+addr-lrs-acq"),
    ("dob-data-rfi", "MP+rel+data-lrs-acq"),
    ("pob-addr", "LB+pick-addr+dmb.sy"),
    ("pob-data", "LB+datas"),
    ("pob-ctrl", "LB+ctrls"),
    ("pob-addr-po", "LB+addrs+WW"),
    ("aob-rmw", "MP+rel-ldadda+dmb.ld"),
    ("aob-rfi", "MP+rel+rmw-lrs-acq"),
    ("pick-lob", "LB+pick-rfi-acqpc+dmb.sy"),
    ("obs", "MP+dmb.sys"),
    ("haz-ob", "CoRR+amo.swph0h0-posh0a.w0+w0"),
    ("external", "MP+dmb.sys"),
];

const SC: Clauses = &[("atomic", "lock-inc"), ("sc", "SB")];
const COHERENCE: Clauses = &[("coherence", "CoWR"), ("atomic", "lock-inc")];
const PSO: Clauses = &[
    ("coherence", "CoWR"),
    ("atomic", "lock-inc"),
    ("obs", "SB+mfences"),
    ("order-load", "LB"),
    ("order-loc", "half-over-whole"),
    ("order-fence", "SB+mfences"),
    ("order-atomic", "SB+xchgs"),
    ("pso", "LB"),
];

/// The model with the text of `coherence.cat` in place of its name, so that its axioms can be taken out too.
fn whole(text: &str) -> String {
    let axioms =
        models::COHERENCE.strip_prefix("\"coherence\"").expect("a title").replace("include \"cos.cat\"", "");
    text.replace("include \"coherence.cat\"", &format!("include \"cos.cat\"\n{axioms}"))
}

/// The model without a clause: the clause is the empty relation, the axiom is gone.
fn without(text: &str, name: &str) -> String {
    let mut found = false;
    let lines = text.lines().map(|line| {
        let clause = line.strip_prefix("let ").and_then(|rest| rest.split(' ').next()) == Some(name);
        let axiom = line.ends_with(&format!(" as {name}"));
        found |= clause || axiom;
        if clause {
            format!("let {name} = 0")
        } else if axiom {
            String::new()
        } else {
            line.to_owned()
        }
    });
    let edited: Vec<String> = lines.collect();
    assert!(found, "the model has no `{name}` on one line");
    edited.join("\n")
}

/// The comment before the line that begins the clause or ends the axiom.
fn comment<'t>(text: &'t str, name: &str) -> &'t str {
    let at = text.find(&format!("let {name} =")).or_else(|| text.find(&format!(" as {name}"))).unwrap_or(0);
    text[..at].rfind("(*").map_or("", |start| &text[start..at])
}

fn litmus(name: &str, machine: &str) -> Test {
    let entry = library::find(&format!("{machine}/{name}"));
    let entry = entry.unwrap_or_else(|_| panic!("no test {name} for {machine}"));
    load::parse(entry.text).value.unwrap_or_else(|| panic!("{name} does not load"))
}

fn states(test: &Test, text: &str, vocabulary: &Vocabulary) -> Vec<State> {
    let model = Model::load("model.cat", text, vocabulary, &|_| None)
        .unwrap_or_else(|p| panic!("{}: {}", p.diagnostic.span.of(&p.file.text), p.diagnostic.message));
    let report = outcomes(test, &model, Options::default())
        .unwrap_or_else(|p| panic!("{}: {}", p.diagnostic.span.of(&p.file.text), p.diagnostic.message));
    report.outcomes.states
}

#[track_caller]
fn check(text: &str, vocabulary: &Vocabulary, machine: &str, clauses: Clauses) {
    let text = &whole(text);
    for (clause, name) in clauses {
        assert!(comment(text, clause).contains(name), "the comment on `{clause}` does not name {name}");
        let test = litmus(name, machine);
        let whole = states(&test, text, vocabulary);
        let less = states(&test, &without(text, clause), vocabulary);
        assert_ne!(whole, less, "without `{clause}`, {name} has the same outcomes");
        assert!(
            whole.iter().all(|state| less.contains(state)),
            "without `{clause}`, {name} loses an outcome"
        );
    }
}

#[test]
fn each_clause_of_x86_tso_shows_in_its_test() {
    check(isa_x86tso::MODEL, &isa_x86tso::VOCABULARY, "x86tso", X86TSO);
}

#[test]
fn each_clause_of_armv8_shows_in_its_test() {
    check(isa_armv8::MODEL, &isa_armv8::VOCABULARY, "armv8", ARMV8);
}

#[test]
fn each_clause_of_the_other_models_shows_in_its_test() {
    let x86 = isa_x86tso::VOCABULARY;
    check(models::SC, &x86, "x86tso", SC);
    check(models::COHERENCE, &x86, "x86tso", COHERENCE);
    check(models::PSO, &x86, "x86tso", PSO);
}

/// The words of what is bound to `name`, or of what the axiom `name` asks.
fn words<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let axiom = text.lines().find(|line| line.ends_with(&format!(" as {name}")));
    let body = axiom.unwrap_or_else(|| {
        let start = text.find(&format!("let {name} =")).unwrap_or_else(|| panic!("no {name}"));
        let body = &text[start + "let  =".len() + name.len()..];
        let ends = ["\n(*", "\nlet ", "\nacyclic"].map(|end| body.find(end).unwrap_or(body.len()));
        &body[..ends.into_iter().min().unwrap_or(0)]
    });
    body.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|word| !word.is_empty())
}

/// No axiom, and no clause of the global orders, is left out of the tables above.
#[test]
fn the_tables_have_every_clause() {
    let complete = |text: &str, unions: &[&str], clauses: Clauses| {
        let text = whole(text);
        let listed = |word: &str| clauses.iter().any(|(clause, _)| *clause == word);
        let asks =
            |line: &&str| ["acyclic", "irreflexive", "empty"].iter().any(|word| line.starts_with(word));
        for axiom in
            text.lines().filter(asks).filter_map(|line| line.rsplit_once(" as ")).map(|(_, name)| name)
        {
            assert!(listed(axiom), "the axiom `{axiom}` has no test");
        }
        for union in unions {
            for word in words(&text, union) {
                let known = listed(word) || unions.contains(&word) || ["acyclic", "as"].contains(&word);
                assert!(known, "`{word}` in `{union}` has no test");
            }
        }
    };
    complete(isa_x86tso::MODEL, &["ghb"], X86TSO);
    complete(isa_armv8::MODEL, &["dob", "pob", "aob", "bob", "lob", "external"], ARMV8);
    complete(models::PSO, &["pso"], PSO);
    complete(models::SC, &[], SC);
    complete(models::COHERENCE, &[], COHERENCE);
}
