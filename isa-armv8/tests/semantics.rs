//! What instructions compute, against direct Rust over a grid of values.

mod support;

use sim_core::program::eval::Target;
use sim_core::program::{Value, code_address};
use support::{Core, FLAGS, x};

const GRID: [u64; 12] = [
    0,
    1,
    2,
    31,
    0x7f,
    0x80,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x0123_4567_89ab_cdef,
    0x8000_0000_0000_0000,
    u64::MAX,
];

/// Checks `X0` after an instruction on `X1`, `X2`, `X3` (and flags with carry set where `b` is odd).
#[track_caller]
fn check(text: &str, expect: impl Fn(u64, u64, u64, u64) -> u64) {
    for a in GRID {
        for b in GRID {
            let (c, carry) = (a.rotate_left(13) ^ 5, b & 1);
            let (core, target) = Core::new(a, b, c, carry << 1).step(text);
            assert_eq!(core.registers[x(0)], expect(a, b, c, carry), "{text} {a:#x} {b:#x} {c:#x} {carry}");
            assert_eq!(target, Target::Fall);
        }
    }
}

#[test]
fn addition_and_subtraction() {
    check("ADD X0, X1, X2", |a, b, _, _| a.wrapping_add(b));
    check("ADD W0, W1, W2", |a, b, _, _| u64::from((a as u32).wrapping_add(b as u32)));
    check("ADD X0, X1, #1, LSL #12", |a, _, _, _| a.wrapping_add(0x1000));
    check("ADD X0, X1, #-8", |a, _, _, _| a.wrapping_sub(8));
    check("add x0, x1, #0xff", |a, _, _, _| a.wrapping_add(255));
    check("SUB X0, X1, X2, LSL #3", |a, b, _, _| a.wrapping_sub(b << 3));
    check("SUB W0, W1, W2, ASR #4", |a, b, _, _| u64::from((a as u32).wrapping_sub((b as i32 >> 4) as u32)));
    check("ADD X0, X1, W2, UXTB", |a, b, _, _| a.wrapping_add(b & 0xff));
    check("ADD X0, X1, W2, SXTH #1", |a, b, _, _| a.wrapping_add((b as i16 as u64) << 1));
    check("SUB X0, X1, W2, SXTW #2", |a, b, _, _| a.wrapping_sub((b as i32 as u64) << 2));
    check("ADD X0, X1, X2, UXTX #4", |a, b, _, _| a.wrapping_add(b << 4));
    check("NEG X0, X1, LSR #1", |a, _, _, _| (a >> 1).wrapping_neg());
    check("NEG W0, W1", |a, _, _, _| u64::from((a as u32).wrapping_neg()));
    check("ADC X0, X1, X2", |a, b, _, c| a.wrapping_add(b).wrapping_add(c));
    check("SBC X0, X1, X2", |a, b, _, c| a.wrapping_sub(b).wrapping_sub(1 - c));
    check("SBC W0, W1, W2", |a, b, _, c| {
        u64::from((a as u32).wrapping_sub(b as u32).wrapping_sub(1 - c as u32))
    });
    check("NGC X0, X1", |a, _, _, c| 0u64.wrapping_sub(a).wrapping_sub(1 - c));
}

#[test]
fn bitwise_operations_and_moves() {
    check("AND X0, X1, X2", |a, b, _, _| a & b);
    check("AND W0, W1, #0xff", |a, _, _, _| a & 0xff);
    check("BIC X0, X1, X2, ROR #9", |a, b, _, _| a & !b.rotate_right(9));
    check("EOR W0, W1, W2, ROR #9", |a, b, _, _| u64::from(a as u32 ^ (b as u32).rotate_right(9)));
    check("EON X0, X1, X2", |a, b, _, _| a ^ !b);
    check("EON W0, W1, W2", |a, b, _, _| u64::from(!(a as u32 ^ b as u32)));
    check("ORR X0, X1, X2, LSL #63", |a, b, _, _| a | b << 63);
    check("ORN W0, W1, W2", |a, b, _, _| u64::from(a as u32 | !(b as u32)));
    check("MVN X0, X1", |a, _, _, _| !a);
    check("MVN W0, W1, LSR #3", |a, _, _, _| u64::from(!(a as u32 >> 3)));
    check("MOV X0, X1", |a, _, _, _| a);
    check("MOV W0, W1", |a, _, _, _| a & 0xffff_ffff);
    check("MOV W0, #-1", |_, _, _, _| 0xffff_ffff);
    check("MOV X0, #-1", |_, _, _, _| u64::MAX);
    check("MOV X0, XZR", |_, _, _, _| 0);
    check("MOVZ X0, #0xabcd, LSL #48", |_, _, _, _| 0xabcd << 48);
    check("MOVN W0, #1, LSL #16", |_, _, _, _| 0xfffe_ffff);
    check("MOVN X0, #0", |_, _, _, _| u64::MAX);
    let (core, _) = Core::new(0x1111_2222_3333_4444, 0, 0, 0).step("MOVK X1, #0xabcd, LSL #32");
    assert_eq!(core.registers[x(1)], 0x1111_abcd_3333_4444);
    let (core, _) = Core::new(0x1111_2222_3333_4444, 0, 0, 0).step("MOVK W1, #0xabcd");
    assert_eq!(core.registers[x(1)], 0x3333_abcd);
}

#[test]
fn shifts_and_fields() {
    check("LSL X0, X1, X2", |a, b, _, _| a << (b & 63));
    check("LSLV W0, W1, W2", |a, b, _, _| u64::from((a as u32) << (b & 31)));
    check("LSR W0, W1, W2", |a, b, _, _| u64::from(a as u32 >> (b & 31)));
    check("ASR X0, X1, X2", |a, b, _, _| (a as i64 >> (b & 63)) as u64);
    check("ROR W0, W1, #5", |a, _, _, _| u64::from((a as u32).rotate_right(5)));
    check("RORV X0, X1, X2", |a, b, _, _| a.rotate_right((b & 63) as u32));
    check("UBFX X0, X1, #8, #12", |a, _, _, _| a >> 8 & 0xfff);
    check("SBFX W0, W1, #4, #8", |a, _, _, _| u64::from((a >> 4) as i8 as u32));
    check("UBFIZ X0, X1, #40, #16", |a, _, _, _| (a & 0xffff) << 40);
    check("SBFIZ X0, X1, #4, #8", |a, _, _, _| ((a as i8 as i64) << 4) as u64);
    check("UBFM X0, X1, #0, #2", |a, _, _, _| a & 7);
    check("SBFM W0, W1, #28, #3", |a, _, _, _| u64::from((((a as u32) << 28) as i32 >> 24) as u32));
    check("UBFX X0, X1, #0, #64", |a, _, _, _| a);
    check("SXTB W0, W1", |a, _, _, _| u64::from(a as i8 as u32));
    check("SXTH X0, W1", |a, _, _, _| a as i16 as u64);
    check("SXTW X0, W1", |a, _, _, _| a as i32 as u64);
    check("UXTH W0, W1", |a, _, _, _| a & 0xffff);
    check("EXTR X0, X1, X2, #20", |a, b, _, _| a << 44 | b >> 20);
    check("EXTR W0, W1, W2, #0", |_, b, _, _| b & 0xffff_ffff);
    for a in GRID {
        let (core, _) = Core::new(a, u64::MAX, 0, 0).step("BFI X2, X1, #8, #4");
        assert_eq!(core.registers[x(2)], !0xf00 | (a & 15) << 8);
        let (core, _) = Core::new(a, 0x55, 0, 0).step("BFXIL W2, W1, #4, #4");
        assert_eq!(core.registers[x(2)], 0x50 | (a >> 4 & 15));
        let (core, _) = Core::new(a, 0, 0, 0).step("BFC X1, #60, #4");
        assert_eq!(core.registers[x(1)], a & u64::MAX >> 4);
    }
}

#[test]
fn functions_of_bits_products_and_quotients() {
    check("RBIT X0, X1", |a, _, _, _| a.reverse_bits());
    check("RBIT W0, W1", |a, _, _, _| u64::from((a as u32).reverse_bits()));
    check("REV X0, X1", |a, _, _, _| a.swap_bytes());
    check("REV32 X0, X1", |a, _, _, _| a.swap_bytes().rotate_left(32));
    check("REV16 W0, W1", |a, _, _, _| u64::from((a as u32).swap_bytes().rotate_left(16)));
    check("CLZ W0, W1", |a, _, _, _| u64::from((a as u32).leading_zeros()));
    check("CLS X0, X1", |a, _, _, _| {
        u64::from((if (a as i64) < 0 { !a } else { a }).leading_zeros().saturating_sub(1))
    });
    check("CNT W0, W1", |a, _, _, _| u64::from((a as u32).count_ones()));
    check("ABS X0, X1", |a, _, _, _| (a as i64).unsigned_abs());
    check("ABS W0, W1", |a, _, _, _| u64::from((a as i32).unsigned_abs()));
    check("MUL X0, X1, X2", |a, b, _, _| a.wrapping_mul(b));
    check("MADD W0, W1, W2, W3", |a, b, c, _| a.wrapping_mul(b).wrapping_add(c) & 0xffff_ffff);
    check("MSUB X0, X1, X2, X3", |a, b, c, _| c.wrapping_sub(a.wrapping_mul(b)));
    check("MNEG X0, X1, X2", |a, b, _, _| a.wrapping_mul(b).wrapping_neg());
    check("SMULL X0, W1, W2", |a, b, _, _| (a as i32 as i64).wrapping_mul(b as i32 as i64) as u64);
    check("UMADDL X0, W1, W2, X3", |a, b, c, _| {
        (a & 0xffff_ffff).wrapping_mul(b & 0xffff_ffff).wrapping_add(c)
    });
    check("SMSUBL X0, W1, W2, X3", |a, b, c, _| {
        c.wrapping_sub((a as i32 as i64).wrapping_mul(b as i32 as i64) as u64)
    });
    check("UMNEGL X0, W1, W2", |a, b, _, _| (a & 0xffff_ffff).wrapping_mul(b & 0xffff_ffff).wrapping_neg());
    check("UMULH X0, X1, X2", |a, b, _, _| ((u128::from(a) * u128::from(b)) >> 64) as u64);
    check("SMULH X0, X1, X2", |a, b, _, _| ((a as i64 as i128 * b as i64 as i128) >> 64) as u64);
    check("UDIV X0, X1, X2", |a, b, _, _| a.checked_div(b).unwrap_or(0));
    check("SDIV W0, W1, W2", |a, b, _, _| {
        if b as i32 == 0 { 0 } else { u64::from((a as i32).wrapping_div(b as i32) as u32) }
    });
}

/// N, Z, C and V of `a - b` or `a + b` at 64 bits.
fn flags_of(a: u64, b: u64, subtract: bool) -> u64 {
    let (result, carry) = if subtract {
        let (result, borrow) = a.overflowing_sub(b);
        (result, !borrow)
    } else {
        a.overflowing_add(b)
    };
    let overflow = if subtract {
        (a as i64).overflowing_sub(b as i64).1
    } else {
        (a as i64).overflowing_add(b as i64).1
    };
    (result >> 63) << 3 | u64::from(result == 0) << 2 | u64::from(carry) << 1 | u64::from(overflow)
}

#[test]
fn flags() {
    for a in GRID {
        for b in GRID {
            let core = Core::new(a, b, 0, 0b1111);
            let flags = |text: &str| core.step(text).0.registers[FLAGS];
            assert_eq!(flags("CMP X1, X2"), flags_of(a, b, true), "CMP {a:#x} {b:#x}");
            assert_eq!(flags("CMN X1, X2"), flags_of(a, b, false), "CMN {a:#x} {b:#x}");
            assert_eq!(flags("ADDS X0, X1, X2"), flags_of(a, b, false));
            assert_eq!(flags("NEGS X0, X2"), flags_of(0, b, true));
            let logic = |value: u64| (value >> 63) << 3 | u64::from(value == 0) << 2;
            assert_eq!(flags("TST X1, X2"), logic(a & b));
            assert_eq!(flags("BICS X0, X1, X2"), logic(a & !b));
            let narrow = flags_of(a << 32, b << 32, true);
            assert_eq!(flags("SUBS W0, W1, W2"), narrow, "SUBS W {a:#x} {b:#x}");
        }
    }
    let core = Core::new(0xf << 28, 0, 0, 0b0110);
    assert_eq!(core.step("MRS X0, NZCV").0.registers[x(0)], 0b0110 << 28);
    assert_eq!(core.step("MSR NZCV, X1").0.registers[FLAGS], 15);
}

#[test]
fn selects_and_conditional_compares() {
    for flags in 0..16 {
        let core = Core::new(10, 20, 0, flags);
        let equal = flags & 4 != 0;
        let x0 = |text: &str| core.step(text).0.registers[x(0)];
        assert_eq!(x0("CSEL X0, X1, X2, EQ"), if equal { 10 } else { 20 });
        assert_eq!(x0("CSINC X0, X1, X2, NE"), if equal { 21 } else { 10 });
        assert_eq!(x0("CSINV W0, W1, W2, EQ"), if equal { 10 } else { 0xffff_ffeb });
        assert_eq!(x0("CSNEG X0, X1, X2, EQ"), if equal { 10 } else { 20u64.wrapping_neg() });
        assert_eq!(x0("CSET W0, EQ"), u64::from(equal));
        assert_eq!(x0("CSETM X0, EQ"), if equal { u64::MAX } else { 0 });
        assert_eq!(x0("CINC X0, X1, EQ"), 10 + u64::from(equal));
        assert_eq!(x0("CNEG X0, X1, EQ"), if equal { 10u64.wrapping_neg() } else { 10 });
        assert_eq!(x0("CINV X0, X1, EQ"), if equal { !10 } else { 10 });
        assert_eq!(x0("CSEL X0, X1, X2, AL"), 10);
        let after = |text: &str| core.step(text).0.registers[FLAGS];
        assert_eq!(after("CCMP X1, X2, #5, EQ"), if equal { flags_of(10, 20, true) } else { 5 });
        assert_eq!(after("CCMN X1, #31, #9, NE"), if equal { 9 } else { flags_of(10, 31, false) });
    }
}

#[test]
fn branches() {
    let core = Core::new(0, 4, code_address(1, 5), 0b0100);
    for (text, target) in [
        ("B L3", Target::Jump(3)),
        ("B .-8", Target::Jump(6)),
        ("B.EQ L3", Target::Jump(3)),
        ("BNE L3", Target::Fall),
        ("B.AL L3", Target::Jump(3)),
        ("CBZ W1, .+12", Target::Jump(11)),
        ("CBNZ X1, L3", Target::Fall),
        ("TBNZ X2, #2, L3", Target::Jump(3)),
        ("TBZ W2, #2, L3", Target::Fall),
        ("BR X3", Target::Address(code_address(1, 5))),
        ("RET X3", Target::Address(code_address(1, 5))),
        ("RET", Target::Address(0)),
        ("UDF #0", Target::End),
        ("NOP", Target::Fall),
    ] {
        assert_eq!(core.step(text).1, target, "{text}");
    }
    for text in ["BL L3", "BLR X3"] {
        assert_eq!(core.step(text).0.registers[x(30)], code_address(1, 9), "{text}");
    }
    assert_eq!(core.step("BLR X30").1, Target::Address(0), "the target is read before the link is written");
    assert_eq!(core.step("ADR X0, L2").0.registers[x(0)], code_address(1, 2));
    let mut wide = Core::new(1 << 32, 0, 0, 0);
    assert_eq!(wide.step("CBZ W1, L3").1, Target::Jump(3));
    wide.registers[x(1)] = 1 << 31;
    assert_eq!(wide.step("CBNZ W1, L3").1, Target::Jump(3));
}

#[test]
fn addressing_modes() {
    let at = |address: u64| {
        Core::new(0x1000, 0xffff_ffff_ffff_fff8, 0xab, 0).with(address, 8, 0x8877_6655_f4f3_f2f1)
    };
    for (text, address, x0, base) in [
        ("LDR X0, [X1]", 0x1000, 0x8877_6655_f4f3_f2f1, 0x1000),
        ("LDR W0, [X1, #8]", 0x1008, 0xf4f3_f2f1, 0x1000),
        ("LDR W0, [X1, #-8]!", 0xff8, 0xf4f3_f2f1, 0xff8),
        ("LDR W0, [X1], #16", 0x1000, 0xf4f3_f2f1, 0x1010),
        ("LDRB W0, [X1, X2]", 0xff8, 0xf1, 0x1000),
        ("LDRH W0, [X1, W2, SXTW]", 0xff8, 0xf2f1, 0x1000),
        ("LDR W0, [X1, W2, UXTW #2]", 0x1000 + (0xffff_fff8 << 2), 0xf4f3_f2f1, 0x1000),
        ("LDR X0, [X1, X2, LSL #3]", 0x1000 - 64, 0x8877_6655_f4f3_f2f1, 0x1000),
        ("LDR X0, [X1, X2, SXTX]", 0xff8, 0x8877_6655_f4f3_f2f1, 0x1000),
        ("LDRSB X0, [X1]", 0x1000, 0xffff_ffff_ffff_fff1, 0x1000),
        ("LDRSB W0, [X1]", 0x1000, 0xffff_fff1, 0x1000),
        ("LDRSH W0, [X1]", 0x1000, 0xffff_f2f1, 0x1000),
        ("LDRSW X0, [X1], #4", 0x1000, 0xffff_ffff_f4f3_f2f1, 0x1004),
        ("LDUR X0, [X1, #-3]", 0xffd, 0x8877_6655_f4f3_f2f1, 0x1000),
        ("LDAPURSH X0, [X1, #1]", 0x1001, 0xffff_ffff_ffff_f2f1, 0x1000),
        ("LDAR W0, [X1]", 0x1000, 0xf4f3_f2f1, 0x1000),
        ("LDLARB W0, [X1, #0]", 0x1000, 0xf1, 0x1000),
        ("LDAPR X0, [X1]", 0x1000, 0x8877_6655_f4f3_f2f1, 0x1000),
    ] {
        let (core, _) = at(address).step(text);
        assert_eq!((core.registers[x(0)], core.registers[x(1)]), (x0, base), "{text}");
    }
    for (text, address, size, base) in [
        ("STR X3, [X1, #8]!", 0x1008, 8, 0x1008),
        ("STR W3, [X1], #-4", 0x1000, 4, 0xffc),
        ("STRB W3, [X1, X2]", 0xff8, 1, 0x1000),
        ("STRH W3, [X1]", 0x1000, 2, 0x1000),
        ("STLUR W3, [X1, #4]", 0x1004, 4, 0x1000),
        ("STLRH W3, [X1]", 0x1000, 2, 0x1000),
        ("STLLR X3, [X1]", 0x1000, 8, 0x1000),
    ] {
        let core = Core::new(0x1000, 0xffff_ffff_ffff_fff8, 0xffab, 0).with(address, 16, u128::MAX);
        let (after, _) = core.step(text);
        let kept = u128::MAX << (8 * size);
        let stored = if size == 1 { 0xab } else { 0xffab };
        assert_eq!(after.at(address, 16), kept | stored, "{text}");
        assert_eq!(after.registers[x(1)], base, "{text}");
    }
}

#[test]
fn pairs() {
    let core = Core::new(0x1000, 7, 9, 0).with(0x1000, 16, 0x8000_0004_0000_0003_8000_0002_0000_0001);
    let (after, _) = core.step("LDP W4, W5, [X1], #8");
    assert_eq!(
        (after.registers[x(4)], after.registers[x(5)], after.registers[x(1)]),
        (1, 0x8000_0002, 0x1008)
    );
    let (after, _) = core.step("LDPSW X4, X5, [X1]");
    assert_eq!((after.registers[x(4)], after.registers[x(5)]), (1, 0xffff_ffff_8000_0002));
    let (after, _) = core.step("LDIAPP X4, X5, [X1], #16");
    assert_eq!(
        (after.registers[x(4)], after.registers[x(5)]),
        (0x8000_0002_0000_0001, 0x8000_0004_0000_0003)
    );
    assert_eq!(after.registers[x(1)], 0x1010);
    let (after, _) = core.step("STP X2, X3, [X1, #-16]!");
    assert_eq!((after.at(0xff0, 16), after.registers[x(1)]), (9 << 64 | 7, 0xff0));
    let (after, _) = core.step("STILP W2, W3, [X1]");
    assert_eq!(after.at(0x1000, 8), 9 << 32 | 7);
}

#[test]
fn exclusives() {
    let core = Core::new(0x1000, 7, 9, 0).with(0x1000, 16, 5);
    let outcomes = |core: &Core, text: &str| -> Vec<(&str, Value, u128)> {
        core.ways(text)
            .iter()
            .map(|(label, core, _)| (*label, core.registers[x(0)], core.at(0x1000, 16)))
            .collect()
    };
    let fails = ("fails", 1, 5);
    assert_eq!(outcomes(&core, "STXR W0, W2, [X1]"), [fails], "no reservation");
    let (held, _) = core.step("LDXR W4, [X1]");
    assert_eq!(held.registers[x(4)], 5);
    assert_eq!(outcomes(&held, "STXR W0, W2, [X1]"), [("succeeds", 0, 7), fails]);
    assert_eq!(outcomes(&held, "STLXR W0, WZR, [X1]"), [("succeeds", 0, 0), fails]);
    assert_eq!(outcomes(&held, "STXRB W0, W2, [X1]"), [fails], "another size");
    assert_eq!(
        outcomes(&held, "STXP W0, W2, W3, [X1]"),
        [("succeeds", 0, 9 << 32 | 7), fails],
        "a pair of as much"
    );
    assert_eq!(outcomes(&held.step("CLREX").0, "STXR W0, W2, [X1]"), [fails]);
    let (moved, _) = held.step("ADD X1, X1, #4");
    assert_eq!(outcomes(&moved, "STXR W0, W2, [X1]"), [fails], "another address");
    for (label, spent, _) in held.ways("STXR W0, W2, [X1]") {
        assert_eq!(spent.ways("STXR W0, W2, [X1]").len(), 1, "the reservation is used up: {label}");
    }
    let (held, _) = core.clone().with(0x1008, 8, 6).step("LDAXP X4, X5, [X1]");
    assert_eq!((held.registers[x(4)], held.registers[x(5)]), (5, 6));
    let ways = held.ways("STLXP W0, X2, X3, [X1]");
    assert_eq!(ways[0].1.at(0x1000, 16), 9 << 64 | 7);
}

#[test]
fn fetch_and_modify() {
    type Modify = fn(u8, u8) -> u8;
    let operations: [(&str, Modify); 9] = [
        ("SWP", |_, b| b),
        ("LDADD", u8::wrapping_add),
        ("LDCLR", |a, b| a & !b),
        ("LDEOR", |a, b| a ^ b),
        ("LDSET", |a, b| a | b),
        ("LDSMAX", |a, b| (a as i8).max(b as i8) as u8),
        ("LDSMIN", |a, b| (a as i8).min(b as i8) as u8),
        ("LDUMAX", u8::max),
        ("LDUMIN", u8::min),
    ];
    for (name, modify) in operations {
        for order in ["", "A", "L", "AL"] {
            for (a, b) in [(0x80, 1), (1, 0x80), (0xff, 0xff), (3, 5)] {
                let core =
                    Core::new(0x1000, 0xff00 | u64::from(b), 0, 0).with(0x1000, 2, 0x4200 | u128::from(a));
                let expect = 0x4200 | u128::from(modify(a, b));
                let (after, _) = core.step(&format!("{name}{order}B W2, W0, [X1]"));
                assert_eq!(
                    (after.registers[x(0)], after.at(0x1000, 2)),
                    (a.into(), expect),
                    "{name}{order}B"
                );
                if let ("LD", op) = name.split_at(2)
                    && !order.contains('A')
                {
                    let (after, _) = core.step(&format!("ST{op}{order}B W2, [X1]"));
                    assert_eq!(after.at(0x1000, 2), expect, "ST{op}{order}B");
                }
            }
        }
    }
}

#[test]
fn compare_and_swap() {
    let outcomes = |core: &Core, text: &str| -> Vec<(&str, Value, u128)> {
        core.ways(text)
            .iter()
            .map(|(label, core, _)| (*label, core.registers[x(2)], core.at(0x1000, 16)))
            .collect()
    };
    let core = Core::new(0x1000, 0xab05, 9, 0).with(0x1000, 16, 5);
    assert_eq!(outcomes(&core, "CASALB W2, W3, [X1]"), [("succeeds", 5, 9), ("succeeds early", 5, 9)]);
    assert_eq!(outcomes(&core, "CAS W2, W3, [X1]"), [("fails, writes back", 5, 5), ("fails", 5, 5)]);
    let mut pair = Core::new(0x1000, 5, 6, 0).with(0x1000, 16, 6 << 64 | 5);
    pair.registers[x(4)..x(6)].copy_from_slice(&[7, 8]);
    assert_eq!(outcomes(&pair, "CASP X2, X3, X4, X5, [X1]")[0], ("succeeds", 5, 8 << 64 | 7));
    let half = pair.clone().with(0x1008, 8, 1);
    assert_eq!(outcomes(&half, "CASPA X2, X3, X4, X5, [X1]")[1], ("fails", 5, 1 << 64 | 5));
    let failed = &half.ways("CASP X2, X3, X4, X5, [X1]")[0].1;
    assert_eq!(failed.registers[x(3)], 1);
}
