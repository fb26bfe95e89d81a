//! Each kind of error in the container: its place and what it says.

use sim_core::diagnostic::{Diagnostic, Severity};
use sim_core::litmus::parse;

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

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let parsed = parse(text);
    assert!(parsed.value.is_none(), "no error in {text:?}");
    assert!(parsed.diagnostics.iter().all(|d| d.severity == Severity::Error));
    assert_eq!(render(text, &parsed.diagnostics), expect);
}

#[test]
fn a_file_without_a_test() {
    check("", &[r#"1:1 "": the file is empty | the first line is `ARCH NAME`, such as `X86_64 SB`"#]);
    check(
        "  \n\t(* only a comment *)\n",
        &[r#"1:1 "": the file is empty | the first line is `ARCH NAME`, such as `X86_64 SB`"#],
    );
    check(
        "\x7fELF\x02\x01",
        &[
            r#"1:1 "\u{7f}": a test begins with the name of its architecture | the first line is `ARCH NAME`, such as `X86_64 SB`"#,
        ],
    );
    check(
        "X86_64",
        &[
            r#"1:7 "": the name of the test is missing after `X86_64` | the first line is `ARCH NAME`, such as `X86_64 SB`"#,
        ],
    );
    check(
        "X86_64 SB\n",
        &[
            r#"1:10 "": the initial state `{ ... }` is missing after the header | an empty initial state is written `{}`"#,
        ],
    );
}

#[test]
fn comments_and_braces_that_are_not_closed() {
    check(
        "A T\n{ (* x }\nP0;\nNOP;\n",
        &[r#"2:3 "(*": this comment is never closed | comments nest: each `(*` needs its own `*)`"#],
    );
    check(
        "(* (* *) A T",
        &[r#"1:1 "(*": this comment is never closed | comments nest: each `(*` needs its own `*)`"#],
    );
    check(
        "A T\n{ x=1;\nP0;\nNOP;\n",
        &[
            r#"2:1 "{": the initial state is never closed | it ends with a `}` before the table of instructions"#,
        ],
    );
    check(
        "A T\n{ int t[2]={1,2; }\nP0;\nNOP;\n",
        &[
            r#"2:1 "{": the initial state is never closed | it ends with a `}` before the table of instructions"#,
        ],
    );
}

#[test]
fn items_of_the_initial_state() {
    check(
        "A T\n{ x=; y=1 z=2; 0:=3; int 0; }\nP0;\nNOP;\n",
        &[
            r#"2:5 ";": expected a number, a symbol or a label, found `;`"#,
            r#"2:11 "z": expected `;` after an item of the initial state, found `z`"#,
            r#"2:18 "=": expected a register after the thread, found `=`"#,
            r#"2:27 ";": expected `:` and a register after the thread, found `;`"#,
        ],
    );
    check(
        "A T\n{ x=99999999999999999999; y=0x1ffffffffffffffff; z=-9223372036854775809; }\nP0;\nNOP;\n",
        &[
            r#"2:5 "99999999999999999999": `99999999999999999999` does not fit in 64 bits"#,
            r#"2:29 "0x1ffffffffffffffff": `0x1ffffffffffffffff` does not fit in 64 bits"#,
            r#"2:52 "-9223372036854775809": `-9223372036854775809` does not fit in 64 bits"#,
        ],
    );
    check(
        "A T\n{ int t[2]={1,2,3}; int u[0]; int v[99999999]; t[0]=1; int w[2]=5; }\nP0;\nNOP;\n",
        &[
            r#"2:12 "{1,2,3}": `t` has 2 cells, and 3 values are given"#,
            r#"2:25 "u[0]": an array has at least one cell"#,
            r#"2:37 "99999999": `99999999` is too large for an array | an array has at most 65536 cells"#,
            r#"2:48 "t[0]": a single cell of `t` cannot be initialised | initialise the whole array: `int t[2]={1,2}`"#,
            r#"2:65 "5": expected `{` and the cells of the array, found `5`"#,
        ],
    );
    check(
        "A T\n{ int m[2][2]; }\nP0;\nNOP;\n",
        &[
            r#"2:11 "[": arrays of arrays are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
        ],
    );
    check(
        "A T\n{ 0:X1=@; }\nP0;\nNOP;\n",
        &[r#"2:8 "@": expected a number, a symbol or a label, found `@`"#],
    );
}

#[test]
fn forms_that_are_known_but_not_modelled() {
    check(
        "A T\n{ PTE(x)=(oa:PA(x)); 0:X1=PTE(y); x=x:green; [PA(x)]=1; }\nP0;\nNOP;\n",
        &[
            r#"2:3 "PTE": page table entries are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
            r#"2:27 "PTE": page table entries are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
            r#"2:38 ":": tagged and capability addresses are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
            r#"2:47 "PA": physical addresses are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
        ],
    );
    check(
        "A T\n{ 0:X1=instr:NOP; }\nP0;\nNOP;\nexists (fault(P0:L0,x))\n",
        &[
            r#"2:14 "NOP": expected an instruction in quotes such as `"NOP"`, found `NOP`"#,
            r#"5:9 "fault": faults are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
        ],
    );
    check(
        "A T\n{}\nP0 | P0.F;\nNOP | ERET;\n",
        &[
            r#"3:6 "P0.F": fault handlers are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
        ],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nlocations [fault(P0); 0:X1 ins_t;]\n",
        &[
            r#"5:12 "fault": faults are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
        ],
    );
    check(
        "A T\n{}\nP0;\ncodevar:f;\n",
        &[
            r#"4:1 "codevar": code variables are known but not modelled | modelled are plain memory and registers: numbers, symbols, cells of arrays and labels"#,
        ],
    );
}

#[test]
fn threads_and_rows() {
    check(
        "A T\n{}\nP0 | P2;\nNOP | NOP;\n",
        &[
            r#"3:6 "P2": threads are out of order: found `P2` | the threads are called P0, P1, and so on from left to right: this one is `P1`"#,
        ],
    );
    check(
        "A T\n{}\nP1;\nNOP;\n",
        &[
            r#"3:1 "P1": threads are out of order: found `P1` | the threads are called P0, P1, and so on from left to right: this one is `P0`"#,
        ],
    );
    check(
        "A T\n{}\nQ0 | P1;\nNOP;\n",
        &[
            r#"3:1 "Q0": `Q0` is no thread | the threads are called P0, P1, and so on from left to right: this one is `P0`"#,
        ],
    );
    check(
        "A T\n{}\nP0 | P1;\nNOP | NOP | NOP;\nNOP;\n",
        &[
            r#"4:1 "NOP | NOP | NOP": this row has 3 cells, and there are 2 threads | cells are separated by `|`; a cell may be empty, but not left out"#,
            r#"5:1 "NOP": this row has 1 cell, and there are 2 threads | cells are separated by `|`; a cell may be empty, but not left out"#,
        ],
    );
    check(
        "A T\n{}\nP0;\nNOP | NOP;\n",
        &[
            r#"4:1 "NOP | NOP": this row has 2 cells, and there is 1 thread | cells are separated by `|`; a cell may be empty, but not left out"#,
        ],
    );
    check(
        "A T\n{}\nP0 | P1;\nNOP | NOP\nNOP | NOP;\n",
        &[
            r#"4:10 "": expected `;` at the end of the row | each row of the table ends with `;`, the last one too"#,
        ],
    );
    check(
        "A T\n{}\nP0;\nMOV W0,#1\nMOV W1,#2;\n",
        &[
            r#"4:10 "": expected `;` at the end of the row | each row of the table ends with `;`, the last one too"#,
        ],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nNOP\nexists (x=1)\n",
        &[
            r#"5:4 "": expected `;` at the end of the row | each row of the table ends with `;`, the last one too"#,
        ],
    );
    check(
        "A T\n{}\n",
        &[
            r#"3:1 "": the table of instructions is missing | it begins with a row of threads that ends with `;`, such as `P0 | P1 ;`"#,
        ],
    );
    check(
        "A T\n{}\nexists (x=1)\n",
        &[
            r#"3:1 "": the table of instructions is missing | it begins with a row of threads that ends with `;`, such as `P0 | P1 ;`"#,
        ],
    );
}

#[test]
fn conditions() {
    check(
        "A T\n{}\nP0;\nNOP;\nexist (x=1)\n",
        &[r#"5:1 "exist": `exist` does not begin a condition | did you mean `exists`?"#],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nEXISTS (x=1)\n",
        &[r#"5:1 "EXISTS": `EXISTS` does not begin a condition | did you mean `exists`?"#],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nexists (x=1 /\\ y)\n",
        &[r#"5:17 ")": expected `=` or `!=` after the location, found `)`"#],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nexists (x=1\n",
        &[r#"6:1 "": expected `)`, `/\` or `\/`, nothing more comes"#],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nexists x=1) \n",
        &[r#"5:11 ")": expected the end of the condition, found `)`"#],
    );
    check("A T\n{}\nP0;\nNOP;\n~ forall (x=1)\n", &[r#"5:1 "~": only `exists` can be negated"#]);
    check(
        "A T\n{}\nP0;\nNOP;\nexists ()\n",
        &[r#"5:9 ")": expected a register such as `0:X1` or a symbol such as `x`, found `)`"#],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nforall x=1 y=2\n",
        &[r#"5:12 "y": expected the end of the condition, found `y`"#],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nlocations [x y=;0:X1\nexists (x=1)\n",
        &[
            r#"5:15 "=": expected `;` or `]` after a location, found `=`"#,
            r#"6:8 "(": expected `;` or `]` after a location, found `(`"#,
        ],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nlocations x;\nexists (x=1)\n",
        &[r#"5:11 "x": expected `[` after `locations`, found `x`"#],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nexists (0:X0=P9)\n",
        &[r#"5:14 "P9": expected a number, a symbol or a label, found `P9`"#],
    );
    check(
        "A T\n{}\nP0;\nNOP;\nexists (99999999999999999999:X0=1)\n",
        &[
            r#"5:9 "99999999999999999999": `99999999999999999999` is no thread | threads are called 0 or P0, 1 or P1, and so on"#,
        ],
    );
}

#[test]
fn several_errors_at_once() {
    check(
        "A T\n{ x=; }\nP0 | P1;\nNOP;\nexists (y)\n",
        &[
            r#"2:5 ";": expected a number, a symbol or a label, found `;`"#,
            r#"4:1 "NOP": this row has 1 cell, and there are 2 threads | cells are separated by `|`; a cell may be empty, but not left out"#,
            r#"5:10 ")": expected `=` or `!=` after the location, found `)`"#,
        ],
    );
}

#[test]
fn a_file_full_of_errors_reports_a_bounded_number() {
    let text = format!("A T\n{{ {} }}\nP0;\nNOP;\n", "x=; ".repeat(1000));
    let parsed = parse(&text);
    assert_eq!(parsed.diagnostics.len(), 20);
    let last = parsed.diagnostics.last().map(|last| last.notes.concat());
    assert_eq!(last.as_deref(), Some("there are more errors, which are not shown"));
}

#[test]
fn deep_nesting_is_refused_before_the_stack_ends() {
    for (open, condition) in [("(", "x=1"), ("~", "x=1"), ("x=1 => ", "x=1"), ("not (", "x=1")] {
        let text = format!("A T\n{{}}\nP0;\nNOP;\nexists {}{condition}", open.repeat(1_000_000));
        let parsed = parse(&text);
        let messages: Vec<&str> = parsed.diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages, ["the condition is nested more than 200 deep"]);
    }
}
