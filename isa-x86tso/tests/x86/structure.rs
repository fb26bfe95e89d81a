//! Which accesses an instruction makes, of what kind, and in which alternatives: what memory models see.

use crate::support::alternatives;
use isa_x86tso::{X86, X86_64, X86FrontEnd};
use sim_core::litmus::FrontEnd;
use sim_core::program::{Access, Alt, Next, Op, Port, Side};

/// An alternative in short: `R4` and `W4` are accesses of 4 bytes, `*` marks locked atomic ones, `nt`
/// non-temporal ones, `F:` fences, `if`/`unless` guards, and `?` a store or register write that waits for one.
fn sketch(alt: &Alt) -> String {
    let kind = |access: Access| match access {
        a if a == Access::ATOMIC | Access::LOCKED => "*",
        a if a == Access::NON_TEMPORAL => "nt",
        a if a.is_empty() => "",
        _ => "!",
    };
    let mut words: Vec<String> = Vec::new();
    for op in &alt.ops {
        words.push(match op {
            Op::Load { size, access, .. } => format!("R{size}{}", kind(*access)),
            Op::Store { size, access, after, .. } => {
                format!("W{size}{}{}", kind(*access), if after.is_some() { "?" } else { "" })
            }
            Op::Guard { expect, kind, .. } => format!("{} {kind:?}", if *expect { "if" } else { "unless" }),
            Op::Fence(fence) => format!("F:{}", fence.name),
            Op::Write { after: Some(_), .. } => "reg?".to_owned(),
            _ => continue,
        });
    }
    let next = match alt.next {
        Next::Fall => String::new(),
        Next::Jump(index) => format!(" -> {index}"),
        Next::Indirect(_) => " -> ?".to_owned(),
        Next::End => " -> end".to_owned(),
    };
    let label = if alt.label.is_empty() { String::new() } else { format!("{}: ", alt.label) };
    format!("{label}{}{next}", words.join(" "))
}

#[track_caller]
fn check(front_end: X86FrontEnd, text: &str, expect: &[&str]) {
    let found: Vec<String> = alternatives(front_end, text).iter().map(sketch).collect();
    assert_eq!(found, expect, "{text}");
}

#[test]
fn plain_accesses() {
    check(X86_64, "movl $1,(x)", &["W4"]);
    check(X86_64, "movq (x),%rax", &["R8"]);
    check(X86_64, "movzbl (x),%eax", &["R1"]);
    check(X86_64, "movnti %eax,(x)", &["W4nt"]);
    check(X86_64, "leaq (x),%rax", &[""]);
    check(X86_64, "cmpw $1,(x)", &["R2"]);
    check(X86_64, "testb %al,(x)", &["R1"]);
    check(X86_64, "cmovel (x),%eax", &["R4"]);
    check(X86_64, "sete (x)", &["W1"]);
    check(X86_64, "btl %eax,(x)", &["R4"]);
    check(X86_64, "nopw (x)", &[""]);
}

#[test]
fn updates_are_atomic_only_when_locked() {
    for name in ["addl $1,", "sbbl %eax,", "incl ", "negl ", "notl ", "xaddl %eax,", "btsl $1,"] {
        check(X86_64, &format!("{name}(x)"), &["R4 W4"]);
        check(X86_64, &format!("lock; {name}(x)"), &["R4* W4*"]);
    }
    check(X86_64, "shll $1,(x)", &["R4 W4"]);
    for text in ["xchgl %eax,(x)", "xchgl (x),%eax", "lock xchgl (x),%eax", "uxchl (x),%eax"] {
        check(X86_64, text, &["R4* W4*"]);
    }
    check(X86_64, "xchgl %eax,%ebx", &[""]);
    check(X86, "XCHG [x],EAX", &["R4* W4*"]);
    check(X86, "LOCK INC BYTE PTR [x]", &["R1* W1*"]);
}

#[test]
fn a_failing_compare_and_exchange_only_reads() {
    let plain = ["equal: R4 if Pick W4?", "different: R4 unless Pick reg?"];
    let locked = ["equal: R4* if Pick W4*?", "different: R4* unless Pick reg?"];
    check(X86_64, "cmpxchgl %ebx,(x)", &plain);
    check(X86_64, "lock cmpxchgl %ebx,(x)", &locked);
    check(X86_64, "lock cmpxchgl (x),%ebx", &locked);
    check(X86_64, "cmpxchgl %ebx,%ecx", &["equal: if Pick reg?", "different: unless Pick reg?"]);
}

#[test]
fn control() {
    check(X86_64, "jmp L3", &[" -> 3"]);
    check(X86_64, "ret", &[" -> end"]);
    check(X86_64, "je L3", &["taken: if Branch -> 3", "not taken: unless Branch"]);
    check(X86_64, "jne L3", &["taken: unless Branch -> 3", "not taken: if Branch"]);
}

#[test]
fn only_mfence_orders() {
    for (text, name, orders) in [
        ("mfence", "MFENCE", true),
        ("lfence", "LFENCE", false),
        ("sfence", "SFENCE", false),
        ("clflush (x)", "ClFlush", false),
        ("clflushopt (x)", "ClFlushOpt", false),
    ] {
        let alts = alternatives(X86_64, text);
        let [Op::Fence(fence)] = alts[0].ops.as_slice() else { panic!("{text} is one fence") };
        let side = if orders { Side::MEMORY } else { Side::empty() };
        assert_eq!((fence.name, fence.before, fence.after, fence.context), (name, side, side, false));
    }
}

#[test]
fn ports_tell_addresses_and_data() {
    let registers = X86_64.registers();
    let ports = |text: &str| -> Vec<(&str, Port)> {
        let alts = alternatives(X86_64, text);
        let reads = alts[0].ops.iter().filter_map(|op| match op {
            Op::Read { reg, port, .. } => Some((registers[usize::from(reg.0)].name.as_str(), *port)),
            _ => None,
        });
        reads.collect()
    };
    assert_eq!(
        ports("movl %eax,(%rcx,%rdx)"),
        [("rcx", Port::Address), ("rdx", Port::Address), ("rax", Port::Data)]
    );
    assert_eq!(ports("movl (%rcx),%eax"), [("rcx", Port::Address)]);
    assert_eq!(ports("xchgl %eax,(x)"), [("rax", Port::Data)]);
    assert_eq!(ports("addl %eax,(x)"), [("rax", Port::Data)]);
    assert_eq!(ports("xorl %eax,%eax"), [("rax", Port::Plain), ("rax", Port::Plain)], "the read stays");
    assert_eq!(ports("movl %ebx,%eax"), [("rbx", Port::Plain)]);
}
