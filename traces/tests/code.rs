//! Code as memory, and what variants of Armv8-A add: the states that every engine finds.

use sim_core::outcome::Completeness;
use traces::load;
use traces::machine::Machine;
use traces::random::compare::{Engine, Limits, run};
use traces::show::{self, Radix};

/// Checks the final states of a test, on each engine.
#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let parsed = load::parse(text);
    let test = parsed.value.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    for engine in Engine::ALL {
        let found = run(engine, &test, Machine::of(&test.arch), &Limits::default());
        assert_eq!(found.completeness, Completeness::Complete, "{}", engine.name());
        let states: Vec<String> =
            found.states.iter().map(|s| show::state(&test, s, Radix::Decimal)).collect();
        assert_eq!(states, expect, "{}", engine.name());
    }
}

/// Checks the words that errors point at, with what they say.
#[track_caller]
fn refused(text: &str, expect: &[(&str, &str)]) {
    let parsed = load::parse(text);
    assert!(parsed.value.is_none(), "no error in {text}");
    let found: Vec<(&str, &str)> =
        parsed.diagnostics.iter().map(|d| (d.span.of(text), d.message.as_str())).collect();
    assert_eq!(found, expect);
}

#[test]
fn a_load_through_a_label_reads_the_instruction() {
    check(
        "AArch64 T\n{ 0:X1=P1:L; }\n P0 | P1 ;\n LDR W2,[X1] | MOV W5,#1 ;\n LDR W3,[X1,#4] |L: ;\n\
         MOV W4,#0 | CBZ W5,L ;\n | lsl w6, w7, #3 ;\nlocations [0:X2; 0:X3; 0:X4;]\nforall (true)\n",
        &[r#"0:X2=instr:"CBZ W5,.+0"; 0:X3=instr:"LSL W6,W7,#3"; 0:X4=0;"#],
    );
}

#[test]
fn which_instruction_is_read_can_depend_on_the_run() {
    check(
        "AArch64 T\n{ int64_t p=P0:A; 0:X1=p; 1:X1=p; 1:X3=P0:B; }\n P0 | P1 ;\n LDR X2,[X1] | STR X3,[X1] ;\n\
         LDR W4,[X2] | ;\nA: NOP | ;\nB: RET | ;\nexists (0:X4=instr:\"RET\" /\\ p=label:\"P0:B\")\n",
        &[r#"0:X4=instr:"NOP"; [p]=label:"P0:B";"#, r#"0:X4=instr:"RET"; [p]=label:"P0:B";"#],
    );
}

#[test]
fn instructions_are_values_of_registers_and_memory() {
    check(
        "AArch64 T\n{ ins_t x=NOP; ins_t t[2]={instr:\"RET\",instr:\"B .+8\"}; 0:X1=x; 0:X2=t; 0:X5=instr:\"ret x30\"; }\n\
         P0 ;\n LDR W3,[X2] ;\n STR W3,[X1] ;\n CMP W3,W5 ;\n CSET W4,EQ ;\n\
         locations [x; t; 0:X5; t[1];]\nexists (0:X4=1)\n",
        &[
            r#"0:X4=1; 0:X5=instr:"RET X30"; t={instr:"RET X30",instr:"B .+8"}; [x]=instr:"RET X30"; t[1]=instr:"B .+8";"#,
        ],
    );
}

#[test]
fn words_that_the_test_does_not_contain_are_numbers() {
    check(
        "AArch64 T\n{ ins_t 0:X2; ins_t 0:X3=NOP; }\n P0 ;\n ADD W2,W3,#32 ;\nlocations [0:X2; 0:X3;]\nforall (true)\n",
        &[r#"0:X2=3573751871; 0:X3=instr:"NOP";"#],
    );
}

#[test]
fn code_does_not_change() {
    refused(
        "AArch64 T\n{ 0:X1=P0:L; 0:X2=NOP; }\n P0 ;\nL: STR W2,[X1] ;\nexists (0:X2=0)\n",
        &[("STR W2,[X1]", "a store to an instruction: code that changes is known but not modelled")],
    );
    // Which address a store has is known only at run time: such runs are no runs, and are reported.
    let text = "AArch64 T\n{ int64_t p=z; 0:X1=p; 0:X2=P1:L; 1:X1=p; }\n P0 | P1 ;\n STR X2,[X1] | LDR X3,[X1] ;\n\
                |L: STR W4,[X3] ;\nexists (z=0)\n";
    let test = load::parse(text).value.expect("a test");
    for engine in Engine::ALL {
        let found = run(engine, &test, Machine::of(&test.arch), &Limits::default());
        assert_eq!(found.states.len(), 1, "{}", engine.name());
    }
}

#[test]
fn what_is_no_instruction_or_has_no_word_is_said() {
    refused(
        "AArch64 T\n{ 0:X1=instr:\"B L0\"; 0:X2=instr:\"ADDD W0,W0,W0\"; 0:X3=instr:\"MOV W0,#0x12345678\"; }\n P0 ;\n\
         L0: NOP ;\nexists (0:X1=0)\n",
        &[
            ("L0", "`L0` has no meaning in an instruction that is a value"),
            ("ADDD", "`ADDD` is not an instruction"),
            ("MOV W0,#0x12345678", "no encoding of MOV holds 305419896"),
        ],
    );
    refused(
        "AArch64 T\n{ 0:X1=P0:L; }\n P0 ;\n LDR W2,[X1] ;\nL: MOV W0,#0x12345678 ;\nexists (0:X2=0)\n",
        &[("MOV W0,#0x12345678", "no encoding of MOV holds 305419896")],
    );
    refused(
        "X86_64 T\n{ 0:rax=instr:\"nop\"; }\n P0 ;\n nop ;\nexists (0:rax=0)\n",
        &[("nop", "instructions as values are known but not modelled for this architecture")],
    );
}

#[test]
fn system_registers_live_in_memory_under_nested_virtualisation() {
    check(
        "AArch64 T\nVariant=NV2\n{ uint64_t m[80]; 0:VNCR_EL2=m; 1:X1=m; }\n P0 | P1 ;\n MOV X0,#1 | LDR X2,[X1,#0x250] ;\n\
         MSR ELR_EL1,X0 | DMB LD ;\n DMB ST | LDR X3,[X1,#0x230] ;\n MSR VBAR_EL1,X0 | ;\nexists (1:X2=1 /\\ 1:X3=0)\n",
        &["1:X2=0; 1:X3=0;", "1:X2=0; 1:X3=1;", "1:X2=1; 1:X3=1;"],
    );
    refused(
        "AArch64 T\n{ }\n P0 ;\n MRS X0,ELR_EL1 ;\nexists (0:X0=0)\n",
        &[("ELR_EL1", "the system register `ELR_EL1` is not modelled, only NZCV")],
    );
}

#[test]
fn an_access_without_a_valid_capability_ends_the_thread() {
    check(
        "AArch64 T\nVariant=morello\n{ int x=1; 0:X1=x; }\n P0 ;\n MOV W2,#2 ;\n STR W2,[X1] ;\n LDR W3,[C1,#4] ;\n\
         STR WZR,[X1] ;\nlocations [0:X3;]\nexists (x=2)\n",
        &["0:X3=0; [x]=2;"],
    );
    refused(
        "AArch64 T\n{ int x=1; 0:X1=x; }\n P0 ;\n SWP W2,W3,[C1] ;\nexists (x=1)\n",
        &[("C1", "`C1` is a Morello capability register: known but not modelled")],
    );
}
