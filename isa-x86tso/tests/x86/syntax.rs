//! What is accepted, how it is spelled canonically, and where errors point.

use isa_x86tso::{X86, X86_64, X86FrontEnd};
use sim_core::diagnostic::Diagnostic;
use sim_core::litmus::FrontEnd;

/// Where instructions are said to stand in the file.
const AT: u32 = 1000;

fn parse(front_end: X86FrontEnd, text: &str) -> (Option<String>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let instr = front_end.parse(text, AT, &mut diagnostics);
    (instr.map(|instr| front_end.canonical(&instr, &|label| label.to_uppercase())), diagnostics)
}

#[track_caller]
fn accepts(front_end: X86FrontEnd, rows: &[(&str, &str)]) {
    for (text, canonical) in rows {
        let (found, diagnostics) = parse(front_end, text);
        assert_eq!(diagnostics, [], "{text}");
        assert_eq!(found.as_deref(), Some(*canonical), "{text}");
        // The canonical spelling means itself.
        if !canonical.contains("UNLOCKED") {
            assert_eq!(parse(front_end, canonical).0.as_deref(), Some(*canonical), "{canonical}");
        }
    }
}

#[test]
fn att_spellings() {
    accepts(
        X86_64,
        &[
            ("movl $1,(x)", "movl $1,(x)"),
            ("MOVL $0x1F , [x]", "movl $31,(x)"),
            ("mov 1,x", "mov $1,(x)"),
            ("movq %RBX,(x)", "movq %rbx,(x)"),
            ("movq rbx,(x)", "movq %rbx,(x)"),
            ("movw $-2,2(%rax)", "movw $-2,2(%rax)"),
            ("movq 0(%rax,%rbx,8),%rcx", "movq (%rax, %rbx,8),%rcx"),
            ("movl x+4(,%rbx,2),%ecx", "movl x+4(, %rbx,2),%ecx"),
            ("movl x-4,%ecx", "movl (x-4),%ecx"),
            ("movl 4(x),%ecx", "movl (x+4),%ecx"),
            ("movl x(%rip),%ecx", "movl x(%rip),%ecx"),
            ("movl %ds:(x),%ecx", "movl %ds:(x),%ecx"),
            ("movq $x+8,%rcx", "movq $x+8,%rcx"),
            ("movabsq $0xffffffffffffffff,%rcx", "movq $18446744073709551615,%rcx"),
            ("lock; incl (x)", "lock; incl (x)"),
            ("LOCK ADDL $1,(x)", "lock; addl $1,(x)"),
            ("lock\txchgl (y),%eax", "lock; xchgl (y),%eax"),
            ("xchgl %eax,(y)", "xchgl %eax,(y)"),
            ("lock cmpxchgl (x),%ebx", "lock; cmpxchgl (x),%ebx"),
            ("jz l0", "je L0"),
            ("jlt l0", "jl L0"),
            ("jnbe 1", "ja 1"),
            ("jae l0", "jnb L0"),
            ("setae %al", "setnb %al"),
            ("cmovbl (x),%eax", "cmovcl (x),%eax"),
            ("cmovl (x),%eax", "cmovl (x),%eax"),
            ("sall %cl,%eax", "shll %cl,%eax"),
            ("shl 2,%eax", "shl $2,%eax"),
            ("shl %eax", "shl %eax"),
            ("nop", "NOP"),
            ("endbr64", "NOP"),
            ("nopw %cs:0(%rax,%eax,0)", "NOP"),
            ("rep; nop", "NOP"),
            ("rep ret", "ret"),
            ("pause", "pause"),
            ("mfence", "mfence"),
            ("clflushopt (x)", "clflushopt (x)"),
            ("imull $3,(x),%eax", "imull $3,(x),%eax"),
            ("movl (k1),%eax", "movl (k1),%eax"),
        ],
    );
}

#[test]
fn intel_spellings() {
    accepts(
        X86,
        &[
            ("MOV [x],$1", "MOV [x],$1"),
            ("mov eax,[x]", "MOV EAX,[x]"),
            ("MOV EAX,x", "MOV EAX,[x]"),
            ("MOV EAX,offset x", "MOV EAX,$x"),
            ("MOV DWORD PTR [x+4],0x10", "MOV DWORD PTR [x+4],$16"),
            ("MOV BYTE [x],AL", "MOV BYTE PTR [x],AL"),
            ("MOV EAX,[4*ECX+EBX-8]", "MOV EAX,[EBX+ECX*4-8]"),
            ("MOV EAX,[EBX+ECX]", "MOV EAX,[EBX+ECX*1]"),
            ("MOV EAX,DS:[EBX]", "MOV EAX,DS:[EBX]"),
            ("MOVB [x],$1", "MOVB [x],$1"),
            ("CMP EAX,$1", "CMP  EAX,$1"),
            ("LOCK INC [x]", "LOCK; INC  [x]"),
            ("LOCK; XADD [x],EAX", "LOCK; XADD [x],EAX"),
            ("UXCH [x],EAX", "UNLOCKED XCHG [x],EAX"),
            ("JGE l1", "JGE L1"),
            ("CWDE", "CWDE"),
            ("MFENCE", "MFENCE"),
        ],
    );
}

/// `(code, word under the span, a part of the message or of a note)` of every diagnostic.
#[track_caller]
fn refuses(front_end: X86FrontEnd, text: &str, expect: &[(&str, &str, &str)]) {
    let (instr, diagnostics) = parse(front_end, text);
    assert!(instr.is_none(), "{text} is accepted");
    let padded = format!("{}{text}", " ".repeat(AT as usize));
    let found: Vec<(&str, &str)> = diagnostics.iter().map(|d| (d.code, d.span.of(&padded))).collect();
    let wanted: Vec<(&str, &str)> = expect.iter().map(|(code, word, _)| (*code, *word)).collect();
    assert_eq!(found, wanted, "{text}: {diagnostics:#?}");
    for (diagnostic, (_, _, part)) in diagnostics.iter().zip(expect) {
        let said =
            diagnostic.message.contains(part) || diagnostic.notes.iter().any(|note| note.contains(part));
        assert!(said, "{text}: {part:?} is not in {diagnostic:#?}");
    }
}

#[test]
fn unknown_and_unmodelled_instructions() {
    refuses(X86_64, "movlx $1,(x)", &[("unknown-instruction", "movlx", "nearest instruction is `movl`")]);
    refuses(X86, "XCGH [x],EAX", &[("unknown-instruction", "XCGH", "nearest instruction is `XCHG`")]);
    refuses(X86_64, "frobnicate", &[("unknown-instruction", "frobnicate", "is not an instruction")]);
    for (text, word, kind) in [
        ("movaps %xmm0,(x)", "movaps", "SSE"),
        ("movntdqa (x),%xmm0", "movntdqa", "SSE"),
        ("movd %xmm0,%eax", "movd", "SSE"),
        ("vmovdqu (x),%ymm0", "vmovdqu", "AVX"),
        ("fldl (x)", "fldl", "x87"),
        ("pushq %rax", "pushq", "stack"),
        ("call f", "call", "stack"),
        ("cpuid", "cpuid", "system"),
        ("divl %ebx", "divl", "division"),
        ("rep movsb", "movsb", "string"),
        ("lock cmpxchg16b (x)", "cmpxchg16b", "double-width exchange"),
        ("xbegin L0", "xbegin", "transactional memory"),
    ] {
        refuses(X86_64, text, &[("unmodelled-instruction", word, kind)]);
    }
    refuses(X86_64, "movq %xmm0,%rax", &[("unmodelled-register", "%xmm0", "SSE register")]);
    refuses(X86_64, "jmp *%rax", &[("unmodelled-instruction", "*%rax", "indirect jump")]);
}

#[test]
fn registers_and_numbers() {
    refuses(X86_64, "movl $1,%eaxx", &[("unknown-register", "%eaxx", "nearest register is `eax`")]);
    refuses(
        X86_64,
        "movl %foo,%raxx",
        &[("unknown-register", "%foo", ""), ("unknown-register", "%raxx", "nearest register is `rax`")],
    );
    refuses(X86, "MOV RAX,[x]", &[("unknown-register", "RAX", "64-bit mode only")]);
    refuses(X86_64, "movl $12z,%eax", &[("bad-number", "12z", "is not a number")]);
    refuses(X86_64, "movq $99999999999999999999,%rax", &[("bad-number", "99999999999999999999", "64 bits")]);
    refuses(X86_64, "movb $256,%al", &[("immediate-range", "$256", "between -128 and 255")]);
    refuses(X86_64, "movw $x,%ax", &[("immediate-range", "$x", "does not fit in 16 bits")]);
    refuses(X86_64, "movl $-2147483649,(x)", &[("immediate-range", "$-2147483649", "between -2147483648")]);
}

#[test]
fn operand_counts_and_kinds() {
    refuses(X86_64, "movl $1", &[("operand-count", "movl", "takes 2 operands, not 1")]);
    refuses(X86_64, "mfence %eax", &[("operand-count", "%eax", "takes no operand")]);
    refuses(X86_64, "addl $1,%eax,%ebx,%ecx", &[("operand-count", "%ebx,%ecx", "takes 2 operands, not 4")]);
    refuses(X86_64, "jmp", &[("operand-count", "jmp", "one operand")]);
    refuses(X86_64, "movl %eax,$1", &[("operand-kind", "$1", "source first")]);
    refuses(X86_64, "movl (x),(y)", &[("operand-kind", "(y)", "two memory operands")]);
    refuses(X86_64, "movl %cs,%eax", &[("operand-kind", "%cs", "segment register")]);
    refuses(X86_64, "shll %ebx,%eax", &[("operand-kind", "%ebx", "number or register CL")]);
    refuses(X86_64, "leal %eax,%ebx", &[("operand-kind", "%eax", "must be a memory operand")]);
    refuses(X86_64, "jne (x)", &[("operand-syntax", "(x)", "a label")]);
    refuses(X86_64, "addb %ah,%r8b", &[("operand-kind", "%ah", "cannot be used together with `%r8b`")]);
    refuses(X86, "MOV $1,$2", &[("operand-kind", "$1", "must be a register or memory operand")]);
}

#[test]
fn operand_sizes() {
    refuses(X86_64, "movl %ax,%ebx", &[("operand-size", "%ax", "16-bit instruction is `movw`")]);
    refuses(X86_64, "movq $1,%eax", &[("operand-size", "%eax", "64-bit register is `%rax`")]);
    refuses(X86_64, "add %eax,%bx", &[("operand-size", "%eax", "16-bit register is `%ax`")]);
    refuses(X86_64, "cmovc %al,%bl", &[("operand-size", "cmovc", "no 8-bit form")]);
    refuses(X86_64, "setne %eax", &[("operand-size", "setne", "works on 8 bits")]);
    refuses(X86_64, "movzbl %ax,%eax", &[("operand-size", "%ax", "the source of `movzbl` has 8")]);
    refuses(X86_64, "movzx (x),%eax", &[("operand-size", "(x)", "`movzbl`")]);
    refuses(X86_64, "movzx %eax,%ax", &[("operand-size", "%eax", "not narrower")]);
    refuses(X86, "MOVZX EAX,[x]", &[("operand-size", "[x]", "BYTE PTR")]);
    refuses(X86, "MOV WORD PTR [x],EAX", &[("operand-size", "EAX", "16-bit register is `AX`")]);
    refuses(X86, "MOVQ [x],$1", &[("operand-size", "MOVQ", "64-bit mode only")]);
}

#[test]
fn addresses() {
    refuses(X86_64, "movl (%rax,%rbx,3),%ecx", &[("bad-address", "(%rax,%rbx,3)", "cannot be scaled by 3")]);
    refuses(X86_64, "movl (%rax,%ebx),%ecx", &[("bad-address", "(%rax,%ebx)", "differ in width")]);
    refuses(X86_64, "movl (%rax,%rsp),%ecx", &[("bad-address", "(%rax,%rsp)", "cannot be an index")]);
    refuses(X86_64, "movl (%ax),%ecx", &[("bad-address", "(%ax)", "cannot be part of an address")]);
    refuses(X86_64, "movl %fs:(x),%ecx", &[("bad-address", "%fs:(x)", "thread-local")]);
    refuses(X86_64, "movl (x,%ecx", &[("operand-syntax", ",", "`)` is expected before `,`")]);
    refuses(X86_64, "movl %ecx,(x", &[("operand-syntax", "(x", "`)` is missing")]);
    refuses(X86_64, "movl (%rax,,4),%ecx", &[("operand-syntax", ",", "index register")]);
    refuses(X86, "MOV EAX,[EBX+ECX+EDX]", &[("operand-syntax", "EDX", "two registers at most")]);
    refuses(X86_64, "shl +eax", &[("operand-syntax", "eax", "`eax` is a register")]);
    refuses(X86, "MOV EAX,[EBX-ECX]", &[("operand-syntax", "ECX", "cannot be subtracted")]);
    refuses(X86, "MOV EAX,[x+y]", &[("operand-syntax", "y", "two symbols")]);
}

#[test]
fn locks_and_other_prefixes() {
    refuses(X86_64, "lock movl $1,(x)", &[("not-lockable", "lock", "cannot stand before `movl`")]);
    refuses(X86_64, "lock; cmpl $1,(x)", &[("not-lockable", "lock", "xadd, xchg and xor")]);
    refuses(X86_64, "lock incl %eax", &[("not-lockable", "lock", "needs a memory destination")]);
    refuses(X86_64, "lock addl (x),%eax", &[("not-lockable", "lock", "needs a memory destination")]);
    refuses(X86_64, "lock", &[("no-instruction", "lock", "missing")]);
    refuses(X86_64, "rep incl (x)", &[("bad-prefix", "rep", "cannot stand before `incl`")]);
    for text in
        ["adc", "add", "and", "or", "sbb", "sub", "xor", "xadd", "cmpxchg", "xchg", "bts", "btr", "btc"]
    {
        let (instr, diagnostics) = parse(X86_64, &format!("lock; {text} %eax,(x)"));
        assert_eq!((instr.is_some(), diagnostics), (true, vec![]), "{text}");
    }
    for text in ["inc", "dec", "neg", "not"] {
        assert_eq!(parse(X86_64, &format!("lock {text}l (x)")).1, [], "{text}");
    }
}

#[test]
fn the_other_syntax_is_recognised() {
    refuses(X86, "MOV (x),EAX", &[("operand-syntax", "(", "Intel order")]);
    refuses(X86_64, "mov dword ptr [x],eax", &[("operand-syntax", "dword ptr", "AT&T syntax")]);
}

#[test]
fn several_errors_at_once() {
    refuses(
        X86_64,
        "lock movw $70000,%fs:(x)",
        &[
            ("not-lockable", "lock", "movw"),
            ("bad-address", "%fs:(x)", "thread-local"),
            ("immediate-range", "$70000", "16 bits"),
        ],
    );
    refuses(
        X86_64,
        "mvol #1,%eaxx",
        &[
            ("stray-character", "#", "cannot be part"),
            ("unknown-instruction", "mvol", "movl"),
            ("unknown-register", "%eaxx", "eax"),
        ],
    );
    refuses(X86_64, "movl ,%eax", &[("operand-syntax", ",", "missing")]);
    refuses(X86_64, "12 %eax", &[("no-instruction", "12", "expected")]);
    refuses(X86_64, "movl $1 2,%eax", &[("operand-syntax", "2", "does not belong")]);
}

#[test]
fn registers_are_printed_as_tests_name_them() {
    let printed = |front_end: X86FrontEnd, name| front_end.printed_register(name);
    assert_eq!(printed(X86_64, "RAX").as_deref(), Some("rax"));
    assert_eq!(printed(X86_64, "%eax").as_deref(), Some("eax"));
    assert_eq!(printed(X86_64, "rip").as_deref(), Some("rip"));
    assert_eq!(printed(X86, "eax").as_deref(), Some("EAX"));
    assert_eq!(printed(X86, "rax"), None);
    assert_eq!(printed(X86_64, "flags"), None, "the packed flags have no name in a test");
}

#[test]
fn mentions_have_places() {
    let mut diagnostics = Vec::new();
    let mentions = |text: &str, diagnostics: &mut Vec<Diagnostic>| {
        let instr = X86_64.parse(text, AT, diagnostics).expect(text);
        let mentions = X86_64.mentions(&instr);
        let place = |(name, span): (String, sim_core::diagnostic::Span)| (name, span.start - AT);
        let symbols: Vec<_> = mentions.symbols.into_iter().map(place).collect();
        (symbols, mentions.labels.into_iter().map(place).collect::<Vec<_>>())
    };
    assert_eq!(mentions("movq $y,(x)", &mut diagnostics), (vec![("x".into(), 9), ("y".into(), 6)], vec![]));
    assert_eq!(mentions("jne  L0", &mut diagnostics), (vec![], vec![("L0".into(), 5)]));
}
