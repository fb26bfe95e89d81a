//! Each kind of error that shows only with an instruction set: its place and what it says.

use sim_core::diagnostic::Diagnostic;
use sim_core::litmus::{FrontEnd, arch, load, parse, unknown_architecture};

/// `LINE:COLUMN word: message` for each diagnostic, with its notes behind ` | `.
fn render(text: &str, diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let before = &text[..diagnostic.span.start as usize];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            let word = diagnostic.span.of(text);
            let notes: String = diagnostic.notes.iter().map(|note| format!(" | {note}")).collect();
            format!("{line}:{column} {word:?}: {}{notes}", diagnostic.message)
        })
        .collect()
}

fn problems<F: FrontEnd>(text: &str, front_end: &F) -> (bool, Vec<String>) {
    let parsed = parse(text);
    let ast = parsed.value.unwrap_or_else(|| panic!("{:?}", render(text, &parsed.diagnostics)));
    let loaded = load(&ast, front_end);
    (loaded.value.is_some(), render(text, &loaded.diagnostics))
}

fn any_problems(text: &str) -> (bool, Vec<String>) {
    if text.starts_with("AArch64") {
        problems(text, &isa_armv8::AArch64)
    } else {
        problems(text, &isa_x86tso::x86_64())
    }
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let (accepted, found) = any_problems(text);
    assert!(!accepted, "no error in {text:?}");
    assert_eq!(found, expect);
}

#[test]
fn duplicate_initialisations() {
    check(
        "AArch64 T\n{ x=1; [x]=2; 0:X1=x; 0:W1=x; }\nP0;\nNOP;\n",
        &[
            r#"2:8 "[x]": `x` is initialised more than once"#,
            r#"2:23 "0:W1": `0:W1` is initialised more than once"#,
        ],
    );
    check(
        "X86_64 T\n{ 0:rax=1; 0:EAX=2; int y; y=1; }\nP0;\nnop;\n",
        &[
            r#"2:12 "0:EAX": `0:EAX` is initialised more than once"#,
            r#"2:28 "y": `y` is initialised more than once"#,
        ],
    );
    check(
        "AArch64 T\n{ %a=x; %a=y; }\nP0;\nLDR W1,[X%a];\n",
        &[r#"2:9 "%a": `%a` is initialised more than once"#],
    );
}

#[test]
fn unknown_registers_and_threads() {
    check(
        "AArch64 T\n{ 0:X31=1; 0:Y1=2; 2:X0=3; }\nP0 | P1;\nNOP | NOP;\n",
        &[
            r#"2:3 "0:X31": unknown register `X31` | did you mean `X3`?"#,
            r#"2:12 "0:Y1": unknown register `Y1` | did you mean `X1`?"#,
            r#"2:20 "2:X0": there is no thread P2 | the threads of the test are P0 to P1"#,
        ],
    );
    check(
        "X86_64 T\n{ 0:rxa=1; }\nP0;\nnop;\nexists (0:rbz=1 /\\ 1:rax=0)\n",
        &[
            r#"2:3 "0:rxa": unknown register `rxa` | did you mean `rax`?"#,
            r#"5:9 "0:rbz": unknown register `rbz` | did you mean `rbx`?"#,
            r#"5:20 "1:rax": there is no thread P1 | the test has one thread, P0"#,
        ],
    );
    check(
        "AArch64 T\n{ 0:%a=1; }\nP0;\nNOP;\n",
        &[r#"2:3 "0:%a": no instruction mentions the symbolic register `%a`"#],
    );
    check(
        "AArch64 T\n{ 0:X1=P1:L; }\nP0;\nNOP;\n",
        &[r#"2:8 "P1:L": there is no thread P1 | the test has one thread, P0"#],
    );
}

#[test]
fn unknown_and_duplicate_labels() {
    check(
        "AArch64 T\n{}\nP0 | P1;\nLoop: | ;\nB Lop | B Loop;\n",
        &[
            r#"5:3 "Lop": there is no label `Lop` in this thread | did you mean `Loop`?"#,
            r#"5:11 "Loop": there is no label `Loop` in this thread | a label is set by `Loop:` in a cell of the same thread"#,
        ],
    );
    check("AArch64 T\n{}\nP0;\nL: NOP;\nL: NOP;\n", &[r#"5:1 "L": label `L` is defined twice in P0"#]);
    check(
        "AArch64 T\n{ 0:X1=P0:M; }\nP0;\nL: NOP;\n",
        &[
            r#"2:8 "P0:M": there is no label `M` in this thread | a label is set by `M:` in a cell of the same thread"#,
        ],
    );
}

#[test]
fn unknown_types() {
    check(
        "AArch64 T\n{ itn x=1; float y; ins_t *z; uint65_t 0:X1; pteval_t 0:X2; }\nP0;\nNOP;\n",
        &[
            r#"2:3 "itn": unknown type `itn` | did you mean `int`?"#,
            r#"2:12 "float": unknown type `float` | known are `int`, `int8_t` to `uint64_t`, `char`, `short`, `long`, `ins_t` and pointers"#,
            r#"2:31 "uint65_t": unknown type `uint65_t` | did you mean `uint64_t`?"#,
            r#"2:46 "pteval_t": page table entries are known but not modelled | known are `int`, `int8_t` to `uint64_t`, `char`, `short`, `long`, `ins_t` and pointers"#,
        ],
    );
    check(
        "AArch64 T\n{ ins_t z; foo 0:X1; }\nP0;\nNOP;\n",
        &[
            r#"2:12 "foo": unknown type `foo` | known are `int`, `int8_t` to `uint64_t`, `char`, `short`, `long`, `ins_t` and pointers"#,
        ],
    );
}

#[test]
fn arrays() {
    check(
        "AArch64 T\n{ int t[2]; 0:X1=t[2]; 0:X2={1,2}; x={1,2}; y=x[1]; }\nP0;\nNOP;\n",
        &[
            r#"2:18 "t[2]": `t` has no cell 2 | its cells are 0 to 1"#,
            r#"2:24 "0:X2={1,2}": a register holds one value, not an array"#,
            r#"2:38 "{1,2}": `x` is not declared as an array | write `int x[2]={1,2}`"#,
            r#"2:47 "x[1]": `x` has no cell 1 | it has one cell; an array is declared as `int x[2]`"#,
        ],
    );
    check(
        "AArch64 T\n{ int t[2]; }\nP0;\nNOP;\nexists (t=1 /\\ t[5]=0 /\\ t={1,2,3})\n",
        &[r#"5:16 "t[5]": `t` has no cell 5 | its cells are 0 to 1"#],
    );
    check(
        "AArch64 T\n{ int t[2]; }\nP0;\nNOP;\nexists (t=1 /\\ t={1,2,3} /\\ 0:X0={1,2})\n",
        &[r#"5:11 "1": `t` has 2 values, and is compared with one value"#],
    );
}

#[test]
fn wrong_accesses() {
    check(
        "AArch64 T\n{ int x; 0:X1=x; }\nP0;\nLDR X0,[X1];\n",
        &[
            r#"4:1 "LDR X0,[X1]": out of bounds: 8 bytes at x, and `x` has 4 | accesses stay inside one symbol, and begin at a multiple of their size from where it begins"#,
        ],
    );
    check(
        "AArch64 T\n{ uint64_t x; 0:X1=x; }\nP0;\nLDR W0,[X1,#2];\n",
        &[
            r#"4:1 "LDR W0,[X1,#2]": misaligned: 4 bytes at x+2 | accesses stay inside one symbol, and begin at a multiple of their size from where it begins"#,
        ],
    );
    check(
        "AArch64 T\n{ int t[2]; 0:X1=t; }\nP0;\nLDR W0,[X1,#8];\n",
        &[
            r#"4:1 "LDR W0,[X1,#8]": out of bounds: 4 bytes at t+8, and `t` has 8 | accesses stay inside one symbol, and begin at a multiple of their size from where it begins"#,
        ],
    );
    check(
        "AArch64 T\n{ 0:X1=x; }\nP0;\nLDR W0,[X1],#4;\nLDR W0,[X1];\n",
        &[
            r#"5:1 "LDR W0,[X1]": out of bounds: 4 bytes at x+4, and `x` has 4 | accesses stay inside one symbol, and begin at a multiple of their size from where it begins"#,
        ],
    );
    check(
        "AArch64 T\n{}\nP0;\nLDR W0,[X1];\n",
        &[
            r#"4:1 "LDR W0,[X1]": the access is to address 0x0, where no symbol lies | accesses stay inside one symbol, and begin at a multiple of their size from where it begins"#,
        ],
    );
    check(
        "AArch64 T\n{ int x; 0:X1=x; }\nP0;\nLDR W2,[X1];\nEOR W3,W2,W2;\nADD X3,X3,#1;\nSTRH W2,[X1,X3];\n",
        &[
            r#"7:1 "STRH W2,[X1,X3]": misaligned: 2 bytes at x+1 | accesses stay inside one symbol, and begin at a multiple of their size from where it begins"#,
        ],
    );
    check(
        "X86_64 T\n{ int x; }\nP0;\nmovq $1,(x);\n",
        &[
            r#"4:1 "movq $1,(x)": out of bounds: 8 bytes at x, and `x` has 4 | accesses stay inside one symbol, and begin at a multiple of their size from where it begins"#,
        ],
    );
    check(
        "X86_64 T\n{ uint16_t x; }\nP0;\nmovl 2(x),%eax;\n",
        &[
            r#"4:1 "movl 2(x),%eax": out of bounds: 4 bytes at x+2, and `x` has 2 | accesses stay inside one symbol, and begin at a multiple of their size from where it begins"#,
        ],
    );
}

#[test]
fn errors_of_several_cells_are_reported_at_once() {
    let text = "AArch64 T\n{}\nP0 | P1;\nLRD W0,[X1] | NOP;\nNOP | STLXPX W0,[X1];\n";
    let (_, found) = any_problems(text);
    let words: Vec<&str> = found.iter().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(words, ["4:1 \"LRD\"", "5:7 \"STLXPX\""]);
}

#[test]
fn metadata() {
    check("AArch64 T\nUnroll=two\n{}\nP0;\nNOP;\n", &[r#"2:8 "two": `two` is no number of iterations"#]);
}

#[test]
fn a_misspelt_type_of_a_register_is_a_warning() {
    let (accepted, found) = any_problems("AArch64 T\n{ unit64_t 0:X1=1; }\nP0;\nNOP;\n");
    assert!(accepted);
    assert_eq!(found, ["2:3 \"unit64_t\": unknown type `unit64_t` | did you mean `uint64_t`?"]);
}

#[test]
fn an_address_far_from_all_symbols_behind_a_branch_is_no_error() {
    let test = |store: &str| {
        let code = format!("{store} | CBNZ W0,L;\n | LDR W2,[X3];\n | L:;\n");
        any_problems(&format!(
            "AArch64 T\n{{ 0:X1=x; 1:X1=x; 1:X3=16; }}\nP0 | P1;\nMOV W0,#1 | LDR W0,[X1];\n{code}"
        ))
    };
    assert_eq!(test("STR W0,[X1]"), (true, Vec::new()));
    // Where nothing is stored, the branch is never taken.
    assert!(!test("NOP").0);
}

#[test]
fn unknown_architectures_are_named_with_those_that_are_known() {
    let say = |text: &str| {
        let word = arch(text).value.expect("an architecture");
        render(text, &[unknown_architecture(&word, &["AArch64", "X86", "X86_64"])])
    };
    let known = "the architectures here are AArch64, X86, X86_64";
    assert_eq!(
        say("\n AArch46 T"),
        [format!("2:2 \"AArch46\": unknown architecture `AArch46` | did you mean `AArch64`? | {known}")]
    );
    assert_eq!(
        say("PPC T"),
        [format!("1:1 \"PPC\": architecture `PPC` is known but not modelled | {known}")]
    );
}
