//! What instructions compute, against the definitions of the Intel manual restated in Rust.

use crate::support::{Cpu, X};
use isa_x86tso::{X86, X86_64};
use sim_core::program::eval::Target;

type Cpu64 = Cpu<isa_x86tso::X86FrontEnd>;

/// Values around every boundary of every width.
const GRID: [u64; 14] = [
    0,
    1,
    2,
    0x0f,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX,
];

/// Suffix, bits, and the names of two registers.
const SIZES: [(&str, u32, &str, &str); 4] =
    [("b", 8, "al", "bl"), ("w", 16, "ax", "bx"), ("l", 32, "eax", "ebx"), ("q", 64, "rax", "rbx")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Flags {
    cf: bool,
    pf: bool,
    zf: bool,
    sf: bool,
    of: bool,
}

fn mask(bits: u32) -> u64 {
    u64::MAX >> (64 - bits)
}

fn signed(value: u64, bits: u32) -> i128 {
    i128::from(((value << (64 - bits)) as i64) >> (64 - bits))
}

/// Flags of a result, given the exact unsigned and signed results.
fn flags(bits: u32, unsigned: i128, exact: i128) -> Flags {
    let result = unsigned as u64 & mask(bits);
    Flags {
        cf: unsigned < 0 || unsigned > i128::from(mask(bits)),
        pf: (result as u8).count_ones().is_multiple_of(2),
        zf: result == 0,
        sf: result >> (bits - 1) == 1,
        of: exact != signed(result, bits),
    }
}

/// Reads the flags by `setcc` into registers that the tests do not use.
#[track_caller]
fn read_flags(cpu: &Cpu64) -> Flags {
    let mut copy = cpu.clone();
    copy.run("setc %r8b|setp %r9b|setz %r10b|sets %r11b|seto %r12b");
    let is = |name| copy.get(name) != 0;
    Flags { cf: is("r8b"), pf: is("r9b"), zf: is("r10b"), sf: is("r11b"), of: is("r12b") }
}

/// Runs `instruction` on a in the accumulator and b in rbx, for all pairs and sizes, with CF as said, and
/// compares the accumulator and the flags with `expect`.
#[track_caller]
fn check_binary(name: &str, carry_in: bool, expect: impl Fn(u32, u64, u64) -> (u64, Flags)) {
    for (suffix, bits, ra, rb) in SIZES {
        for a in GRID {
            for b in GRID {
                let mut cpu = Cpu::new(X86_64);
                cpu.run(if carry_in { "stc" } else { "clc" });
                cpu.set(ra, a);
                cpu.set(rb, b);
                cpu.run(&format!("{name}{suffix} %{rb},%{ra}"));
                let got = (cpu.get(ra), read_flags(&cpu));
                assert_eq!(got, expect(bits, a & mask(bits), b & mask(bits)), "{name}{suffix} {a:#x} {b:#x}");
            }
        }
    }
}

fn sum(bits: u32, a: u64, b: u64, carry: i128) -> (u64, Flags) {
    let unsigned = i128::from(a) + i128::from(b) + carry;
    (unsigned as u64 & mask(bits), flags(bits, unsigned, signed(a, bits) + signed(b, bits) + carry))
}

fn difference(bits: u32, a: u64, b: u64, borrow: i128) -> (u64, Flags) {
    let unsigned = i128::from(a) - i128::from(b) - borrow;
    (unsigned as u64 & mask(bits), flags(bits, unsigned, signed(a, bits) - signed(b, bits) - borrow))
}

#[test]
fn additions_and_subtractions() {
    check_binary("add", true, |bits, a, b| sum(bits, a, b, 0));
    check_binary("adc", false, |bits, a, b| sum(bits, a, b, 0));
    check_binary("adc", true, |bits, a, b| sum(bits, a, b, 1));
    check_binary("sub", true, |bits, a, b| difference(bits, a, b, 0));
    check_binary("sbb", false, |bits, a, b| difference(bits, a, b, 0));
    check_binary("sbb", true, |bits, a, b| difference(bits, a, b, 1));
    check_binary("cmp", true, |bits, a, b| (a, difference(bits, a, b, 0).1));
}

#[test]
fn logic_clears_carry_and_overflow() {
    let logic = |bits: u32, result: u64| (result, flags(bits, i128::from(result), signed(result, bits)));
    check_binary("and", true, |bits, a, b| logic(bits, a & b));
    check_binary("or", true, |bits, a, b| logic(bits, a | b));
    check_binary("xor", true, |bits, a, b| logic(bits, a ^ b));
    check_binary("test", true, |bits, a, b| (a, logic(bits, a & b).1));
}

#[test]
fn increment_and_decrement_keep_the_carry() {
    for (suffix, bits, ra, _) in SIZES {
        for a in GRID {
            for carry in [false, true] {
                for (name, by) in [("inc", 1), ("dec", -1)] {
                    let mut cpu = Cpu::new(X86_64);
                    cpu.run(if carry { "stc" } else { "clc" });
                    cpu.set(ra, a);
                    cpu.run(&format!("{name}{suffix} %{ra}"));
                    let a = a & mask(bits);
                    let unsigned = i128::from(a) + by;
                    let expect = Flags { cf: carry, ..flags(bits, unsigned, signed(a, bits) + by) };
                    assert_eq!(
                        (cpu.get(ra), read_flags(&cpu)),
                        (unsigned as u64 & mask(bits), expect),
                        "{name} {a:#x}"
                    );
                }
            }
        }
    }
}

#[test]
fn negation_subtracts_from_zero_and_complement_keeps_flags() {
    for (suffix, bits, ra, _) in SIZES {
        for a in GRID {
            let mut cpu = Cpu::new(X86_64);
            cpu.set(ra, a);
            cpu.run(&format!("neg{suffix} %{ra}"));
            let expect = difference(bits, 0, a & mask(bits), 0);
            assert_eq!((cpu.get(ra), read_flags(&cpu)), expect, "neg{suffix} {a:#x}");
            cpu.run(&format!("not{suffix} %{ra}"));
            assert_eq!(
                (cpu.get(ra), read_flags(&cpu)),
                (!expect.0 & mask(bits), expect.1),
                "not{suffix} {a:#x}"
            );
        }
    }
}

/// All conditions and their aliases after a comparison, against comparisons in Rust.
#[test]
fn conditions_after_a_comparison() {
    type Holds = fn(u64, u64, i128, i128) -> bool;
    let table: &[(&str, Holds)] = &[
        ("e z", |a, b, _, _| a == b),
        ("ne nz", |a, b, _, _| a != b),
        ("b c nae", |a, b, _, _| a < b),
        ("ae nb nc", |a, b, _, _| a >= b),
        ("be na", |a, b, _, _| a <= b),
        ("a nbe", |a, b, _, _| a > b),
        ("l nge", |_, _, a, b| a < b),
        ("ge nl", |_, _, a, b| a >= b),
        ("le ng", |_, _, a, b| a <= b),
        ("g nle", |_, _, a, b| a > b),
        ("s", |_, _, a, b| (a.wrapping_sub(b) as u32) >> 31 == 1),
        ("ns", |_, _, a, b| (a.wrapping_sub(b) as u32) >> 31 == 0),
        ("p pe", |a, b, _, _| (a.wrapping_sub(b) as u8).count_ones().is_multiple_of(2)),
        ("np po", |a, b, _, _| (a.wrapping_sub(b) as u8).count_ones() % 2 == 1),
        ("o", |_, _, a, b| i32::try_from(a - b).is_err()),
        ("no", |_, _, a, b| i32::try_from(a - b).is_ok()),
    ];
    for a in GRID {
        for b in GRID {
            let mut cpu = Cpu::new(X86_64);
            cpu.set("eax", a);
            cpu.set("ebx", b);
            cpu.set("rcx", 0x1111_1111_1111_1111);
            cpu.set("rdx", 0x2222_2222_2222_2222);
            cpu.run("cmpl %ebx,%eax");
            let (a, b) = (cpu.get("eax"), cpu.get("ebx"));
            for (names, holds) in table {
                let holds = holds(a, b, signed(a, 32), signed(b, 32));
                for name in names.split(' ') {
                    let mut cpu = cpu.clone();
                    let target = cpu.run(&format!("set{name} %r8b|cmov{name}q %rdx,%rcx|j{name} L9"));
                    assert_eq!(target, if holds { Target::Jump(9) } else { Target::Fall }, "j{name} {a} {b}");
                    assert_eq!(cpu.get("r8"), u64::from(holds), "set{name} {a} {b}");
                    let moved = if holds { 0x2222_2222_2222_2222 } else { 0x1111_1111_1111_1111 };
                    assert_eq!(cpu.get("rcx"), moved, "cmov{name} {a} {b}");
                }
            }
        }
    }
}

#[test]
fn partial_registers_merge_and_32_bits_zero_extend() {
    let run = |program: &str| {
        let mut cpu = Cpu::new(X86_64);
        cpu.set("rax", 0x1122_3344_5566_7788);
        cpu.set("rbx", 0xaabb_ccdd_eeff_0011);
        cpu.store(X, 8, 0x0123_4567_89ab_cdef);
        cpu.run(program);
        cpu.get("rax")
    };
    assert_eq!(run("movb $1,%al"), 0x1122_3344_5566_7701);
    assert_eq!(run("movb $1,%ah"), 0x1122_3344_5566_0188);
    assert_eq!(run("movw $1,%ax"), 0x1122_3344_5566_0001);
    assert_eq!(run("movl $1,%eax"), 1);
    assert_eq!(run("movl $-1,%eax"), 0xffff_ffff);
    assert_eq!(run("movq $-1,%rax"), u64::MAX);
    assert_eq!(run("movb (x),%ah"), 0x1122_3344_5566_ef88);
    assert_eq!(run("movl %ebx,%eax"), 0xeeff_0011);
    assert_eq!(run("xchgb %al,%ah"), 0x1122_3344_5566_8877);
    assert_eq!(run("xaddb %al,%ah"), 0x1122_3344_5566_ff77);
    assert_eq!(run("addb %ah,%al"), 0x1122_3344_5566_77ff);
    assert_eq!(run("cmovnel (x),%eax"), 0x89ab_cdef);
    assert_eq!(run("stc|cmovncl (x),%eax"), 0x5566_7788);
    assert_eq!(run("movzbl %ah,%eax"), 0x77);
    assert_eq!(run("movsbl %al,%eax"), 0xffff_ff88);
    assert_eq!(run("movsbq (x),%rax"), 0xffff_ffff_ffff_ffef);
    assert_eq!(run("movswl (x),%eax"), 0xffff_cdef);
    assert_eq!(run("movzwq (x),%rax"), 0xcdef);
    assert_eq!(run("movslq (x),%rax"), 0xffff_ffff_89ab_cdef);
    assert_eq!(run("movsbw %al,%ax"), 0x1122_3344_5566_ff88);
    assert_eq!(run("movzx %bl,%eax"), 0x11);
    assert_eq!(run("bswapl %eax"), 0x8877_6655);
    assert_eq!(run("bswap %rax"), 0x8877_6655_4433_2211);
    assert_eq!(run("cbtw"), 0x1122_3344_5566_ff88);
    assert_eq!(run("movw $0x8000,%ax|cwtl"), 0xffff_8000);
    assert_eq!(run("movl $0x80000000,%eax|cltq"), 0xffff_ffff_8000_0000);
    assert_eq!(run("notb %al"), 0x1122_3344_5566_7777);
}

#[test]
fn addresses() {
    let run = |program: &str| {
        let mut cpu = Cpu::new(X86_64);
        cpu.set("rbx", X);
        cpu.set("rcx", 3);
        cpu.set("rdx", u64::MAX);
        for offset in 0..64 {
            cpu.store(X + offset, 1, offset);
        }
        cpu.run(program);
        cpu.get("rax")
    };
    assert_eq!(run("movzbl (x),%eax"), 0);
    assert_eq!(run("movzbl x+5,%eax"), 5);
    assert_eq!(run("movzbl 5(x),%eax"), 5);
    assert_eq!(run("movzbl [x],%eax"), 0);
    assert_eq!(run("movzbl 7(%rbx),%eax"), 7);
    assert_eq!(run("movzbl (%rbx,%rcx,4),%eax"), 12);
    assert_eq!(run("movzbl 2(%rbx,%rcx),%eax"), 5);
    assert_eq!(run("movzbl x(,%rcx,8),%eax"), 24);
    assert_eq!(run("movzbl x+1(%rcx),%eax"), 4);
    assert_eq!(run("movzbl x(%rip),%eax"), 0);
    assert_eq!(run("movzbl %ds:9(%rbx),%eax"), 9);
    assert_eq!(run("movzbl 8(%rbx,%rdx,2),%eax"), 6);
    assert_eq!(run("movzbl (%ebx),%eax"), 0);
    assert_eq!(run("leaq 8(%rbx,%rdx,2),%rax"), X + 6);
    assert_eq!(run("leal (%rdx,%rdx),%eax"), 0xffff_fffe);
    assert_eq!(run("leaq (%edx,%edx),%rax"), 0xffff_fffe);
    assert_eq!(run("movq $x,%rax"), X);
    assert_eq!(run("movl $x+4,%eax"), X + 4);
}

/// One step of a shift or rotation as the manual's pseudo code has it: the new value and the bit out.
fn step(name: &str, bits: u32, value: u64) -> (u64, bool) {
    let (top, low) = (value >> (bits - 1) & 1, value & 1);
    match name {
        "shl" => (value << 1 & mask(bits), top == 1),
        "shr" => (value >> 1, low == 1),
        "sar" => (value >> 1 | top << (bits - 1), low == 1),
        "rol" => ((value << 1 | top) & mask(bits), top == 1),
        _ => (value >> 1 | low << (bits - 1), low == 1),
    }
}

#[test]
fn shifts_and_rotations() {
    for (suffix, bits, ra, _) in SIZES {
        for name in ["shl", "shr", "sar", "rol", "ror"] {
            for a in GRID {
                for count in [0, 1, 2, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 255] {
                    let mut cpu = Cpu::new(X86_64);
                    cpu.set(ra, a);
                    cpu.set("cl", count);
                    // Flags before: CF, ZF and PF set, SF and OF clear.
                    cpu.run("xorl %r14d,%r14d|stc");
                    let before = read_flags(&cpu);
                    let mut immediate = cpu.clone();
                    cpu.run(&format!("{name}{suffix} %cl,%{ra}"));
                    immediate.run(&format!("{name}{suffix} ${count},%{ra}"));
                    assert_eq!(cpu.get("rax"), immediate.get("rax"));
                    assert_eq!(read_flags(&cpu), read_flags(&immediate));

                    let times = count % if bits == 64 { 64 } else { 32 };
                    let (mut value, mut out) = (a & mask(bits), before.cf);
                    let original = value;
                    for _ in 0..times {
                        (value, out) = step(name, bits, value);
                    }
                    let what = format!("{name}{suffix} {a:#x} by {count}");
                    assert_eq!(cpu.get(ra), value, "{what}");
                    let got = read_flags(&cpu);
                    if times == 0 {
                        assert_eq!(got, before, "{what}");
                        continue;
                    }
                    assert_eq!(got.cf, out, "{what}");
                    if times == 1 {
                        assert_eq!(got.of, (value ^ original) >> (bits - 1) & 1 == 1, "{what}");
                    }
                    let rotated = name.starts_with("ro");
                    let of_result = flags(bits, i128::from(value), signed(value, bits));
                    let rest = if rotated { before } else { of_result };
                    assert_eq!((got.zf, got.sf, got.pf), (rest.zf, rest.sf, rest.pf), "{what}");
                }
            }
        }
    }
}

#[test]
fn multiplications() {
    for (suffix, bits, ra, rb) in SIZES {
        for a in GRID {
            for b in GRID {
                let mut cpu = Cpu::new(X86_64);
                cpu.set(ra, a);
                cpu.set(rb, b);
                let (ua, ub) = (u128::from(cpu.get(ra)), u128::from(cpu.get(rb)));
                let (sa, sb) = (signed(ua as u64, bits), signed(ub as u64, bits));
                for (name, product) in [("mul", (ua * ub) as i128), ("imul", sa * sb)] {
                    let mut cpu = cpu.clone();
                    cpu.run(&format!("{name}{suffix} %{rb}"));
                    let upper = match bits {
                        8 => cpu.get("ah"),
                        _ => cpu.get("rdx") & mask(bits),
                    };
                    let what = format!("{name}{suffix} {a:#x} {b:#x}");
                    assert_eq!(cpu.get(ra), product as u64 & mask(bits), "{what}");
                    assert_eq!(upper, (product >> bits) as u64 & mask(bits), "{what}");
                    let fits = match name {
                        "mul" => (product as u128) >> bits == 0,
                        _ => signed(product as u64 & mask(bits), bits) == product,
                    };
                    let got = read_flags(&cpu);
                    assert_eq!((got.cf, got.of), (!fits, !fits), "{what}");
                }
                if bits > 8 {
                    let mut cpu = cpu.clone();
                    cpu.run(&format!("imul{suffix} %{rb},%{ra}"));
                    assert_eq!(cpu.get(ra), (sa * sb) as u64 & mask(bits));
                    assert_eq!(read_flags(&cpu).of, signed((sa * sb) as u64 & mask(bits), bits) != sa * sb);
                    cpu.run(&format!("imul{suffix} $-3,%{rb},%{ra}"));
                    assert_eq!(cpu.get(ra), (sb * -3) as u64 & mask(bits));
                    cpu.run(&format!("imul{suffix} $5,%{rb}"));
                    assert_eq!(cpu.get(rb), (sb * 5) as u64 & mask(bits));
                }
            }
        }
    }
}

#[test]
fn the_accumulators_sign_fills_the_data_register() {
    for (program, value, expect) in [
        ("cwtd", 0x8000, 0x5555_5555_5555_ffff_u64),
        ("cwtd", 0x7fff, 0x5555_5555_5555_0000),
        ("cltd", 0x8000_0000, 0xffff_ffff),
        ("cltd", 0x7fff_ffff, 0),
        ("cqto", 1 << 63, u64::MAX),
    ] {
        let mut cpu = Cpu::new(X86_64);
        cpu.set("rax", value);
        cpu.set("rdx", 0x5555_5555_5555_5555);
        cpu.run(program);
        assert_eq!(cpu.get("rdx"), expect, "{program} {value:#x}");
    }
}

#[test]
fn single_bits() {
    for (name, after) in [("bt", 0b0101_u64), ("bts", 0b0101), ("btr", 0b0001), ("btc", 0b0001)] {
        let mut cpu = Cpu::new(X86_64);
        cpu.set("eax", 0b0101);
        // The index of a register operand counts modulo the width; flags but CF stay.
        cpu.set("ecx", 34);
        cpu.run(&format!("testl %r15d,%r15d|{name}l %ecx,%eax"));
        assert_eq!(cpu.get("rax"), after, "{name}");
        let got = read_flags(&cpu);
        assert!(got.cf && got.zf, "{name}");
    }
    for (name, after) in [("bt", 0b0101_u64), ("bts", 0b0111), ("btr", 0b0101), ("btc", 0b0111)] {
        let mut cpu = Cpu::new(X86_64);
        cpu.store(X, 4, 0b0101);
        cpu.run(&format!("stc|{name}l $1,(x)"));
        assert_eq!((cpu.load(X, 4), read_flags(&cpu).cf), (after, false), "{name}");
    }
    // With memory a register's index is signed and reaches other words.
    let mut cpu = Cpu::new(X86_64);
    cpu.set("ecx", 65);
    cpu.run("btsl %ecx,(x)");
    assert_eq!(cpu.load(X + 8, 4), 2);
    cpu.set("ecx", u64::MAX);
    cpu.run("btsl %ecx,(x)");
    assert_eq!(cpu.load(X - 4, 4), 1 << 31);
    cpu.set("rcx", 70);
    cpu.run("btsq %rcx,(x)");
    assert_eq!(cpu.load(X + 8, 8), 2 | 1 << 6);
}

#[test]
fn updates_of_memory() {
    let mut cpu = Cpu::new(X86_64);
    cpu.store(X, 8, 0x1_0000_0005);
    cpu.set("eax", 7);
    cpu.run("lock xaddl %eax,(x)");
    assert_eq!((cpu.load(X, 8), cpu.get("eax")), (0x1_0000_000c, 5));
    cpu.run("xchgl %eax,(x)");
    assert_eq!((cpu.load(X, 8), cpu.get("eax")), (0x1_0000_0005, 12));
    cpu.run("xchgl (x),%eax");
    assert_eq!((cpu.load(X, 8), cpu.get("eax")), (0x1_0000_000c, 5));
    cpu.run("lock; incl (x)|decw (x)|lock negb (x)|notl (x)");
    assert_eq!(cpu.load(X, 8), 0x1_0000_0000 | u64::from(!0xf4_u32));
    cpu.run("movq $-1,(x)|movb %al,3(x)|movnti %eax,4(x)|orw $0x100,6(x)");
    assert_eq!(cpu.load(X, 8), 0x0100_0005_05ff_ffff);
    cpu.run("xaddl %eax,%eax");
    assert_eq!(cpu.get("eax"), 10);
}

#[test]
fn compare_and_exchange() {
    for program in ["cmpxchgl %ebx,(x)", "lock cmpxchgl %ebx,(x)", "lock; cmpxchgl (x),%ebx"] {
        let mut cpu = Cpu::new(X86_64);
        cpu.set("rax", 0xffff_ffff_0000_0005);
        cpu.set("ebx", 9);
        cpu.store(X, 4, 5);
        cpu.run(program);
        assert_eq!((cpu.load(X, 4), cpu.get("rax")), (9, 0xffff_ffff_0000_0005), "{program}");
        assert!(read_flags(&cpu).zf);
        cpu.run(program);
        assert_eq!((cpu.load(X, 4), cpu.get("rax")), (9, 9), "{program}");
        let got = read_flags(&cpu);
        assert!(!got.zf && got.cf && got.sf, "5 - 9 borrows");
    }
    // Between registers the source is first.
    let mut cpu = Cpu::new(X86_64);
    cpu.set("ecx", 3);
    cpu.run("cmpxchgl %ecx,%ebx");
    assert_eq!((cpu.get("ebx"), cpu.get("ecx")), (3, 3));
}

#[test]
fn intel_order() {
    let mut cpu = Cpu::new(X86);
    cpu.set("EBX", X);
    cpu.set("ECX", 2);
    cpu.run("MOV [x],$1|MOV DWORD PTR [x+4],2|MOV EAX,[EBX+ECX*2]|add eax, 0x10|MOV [EBX+8],AL");
    assert_eq!((cpu.get("EAX"), cpu.load(X, 4), cpu.load(X + 8, 4)), (18, 1, 18));
    cpu.run("MOV WORD PTR [x],-1|MOVZX EDX,BYTE PTR [x]|LEA ESI,[EBX+4]|MOV EDI,OFFSET x|SUB [EBX],ECX");
    assert_eq!((cpu.get("EDX"), cpu.get("ESI"), cpu.get("EDI")), (255, X + 4, X));
    assert_eq!(cpu.load(X, 4), 0xfffd);
    assert_eq!(cpu.run("CMP EAX,$18|JE L4"), Target::Jump(4));
    cpu.run("LOCK; XADD [x],EAX|LOCK CMPXCHG [x],ECX");
    assert_eq!((cpu.load(X, 4), cpu.get("EAX")), (0x1_000f, 0x1_000f));
    // Addresses wrap at 32 bits.
    cpu.set("EBX", 0xffff_fffc);
    cpu.run("MOV [EBX+8],EAX");
    assert_eq!(cpu.load(4, 4), 0x1_000f);
}
