//! The events and inner edges of each family of instructions, after herd7's semantics as recorded in the
//! table of events per instruction of the cat reference (section 5.1).
//!
//! Notation: one part per event that something flows into. `R/4` and `W/4` are memory accesses of 4 bytes
//! with their kinds, `=X0` the write of a register, `BCC` and `PRED` a branch and a pick. After `<` stand the sources
//! of its value (`X1:a` and `X1:d` are register reads through the address and data ports), after `<=` the
//! sources of inner control, after `<<` the access that it is ordered after. A register read that nothing
//! waits for stands alone.

mod support;

use isa_armv8::AArch64;
use sim_core::litmus::FrontEnd;
use sim_core::program::{Access, Alt, GuardKind, Op, Port, Tmp};
use std::collections::{BTreeMap, BTreeSet};
use support::alternatives;

/// The names of events, as sources of a value.
type Sources = BTreeSet<String>;

#[derive(Default)]
struct Graph {
    /// The events that the value of a temporary comes from.
    data: BTreeMap<Tmp, Sources>,
    /// The events that stand for a guard: itself, or for a check what it looks at.
    control: BTreeMap<Tmp, Sources>,
    reads: Vec<String>,
    parts: Vec<String>,
    accesses: Vec<String>,
}

impl Graph {
    fn of(&self, tmps: &[Tmp]) -> Sources {
        tmps.iter().flat_map(|tmp| self.data.get(tmp).cloned().unwrap_or_default()).collect()
    }

    fn event(&mut self, name: &str, data: Sources, after: Option<Tmp>, before: Option<String>) {
        let list = |sources: Sources| sources.into_iter().collect::<Vec<_>>().join(" ");
        let mut part = name.to_string();
        if !data.is_empty() {
            part += &format!(" < {}", list(data));
        }
        if let Some(after) = after {
            part += &format!(" <= {}", list(self.control.get(&after).cloned().unwrap_or_default()));
        }
        if let Some(before) = before {
            part += &format!(" << {before}");
        }
        self.parts.push(part);
    }

    /// An access: its name in the graph, with a number from the second of its kind on.
    fn access(
        &mut self,
        letter: char,
        size: u8,
        access: Access,
        data: Sources,
        after: Option<Tmp>,
    ) -> String {
        let number = self.accesses.iter().filter(|name| name.starts_with(letter)).count() + 1;
        let short = if number == 1 { letter.to_string() } else { format!("{letter}{number}") };
        let kinds = [
            (Access::ACQUIRE, "A"),
            (Access::ACQUIRE_PC, "Q"),
            (Access::RELEASE, "L"),
            (Access::EXCLUSIVE, "EX"),
            (Access::ATOMIC, "X"),
            (Access::NO_RETURN, "NoRet"),
            (Access::NON_TEMPORAL, "NT"),
        ];
        let mut name = format!("{short}/{size}");
        for (_, kind) in kinds.iter().filter(|(flag, _)| access.contains(*flag)) {
            name += &format!(".{kind}");
        }
        let before = self.accesses.last().cloned().filter(|_| access.contains(Access::AFTER_PREVIOUS));
        self.event(&name, data, after, before);
        self.accesses.push(short.clone());
        short
    }

    fn op(&mut self, op: &Op) {
        let register = |reg: sim_core::program::Reg| AArch64.registers()[usize::from(reg.0)].name.clone();
        match op {
            Op::Const { .. } => {}
            Op::Read { dst, reg, port, after } => {
                let port = match port {
                    Port::Plain => "",
                    Port::Address => ":a",
                    Port::Data => ":d",
                };
                let name = format!("{}{port}", register(*reg));
                match after {
                    Some(_) => self.event(&name, Sources::new(), *after, None),
                    None => self.reads.push(name.clone()),
                }
                self.data.insert(*dst, Sources::from([name]));
            }
            Op::Write { reg, src, after } => {
                self.event(&format!("={}", register(*reg)), self.of(&[*src]), *after, None);
            }
            Op::Alu { dst, args, .. } => {
                self.data.insert(*dst, self.of(args));
            }
            Op::Guard { dst, cond, kind, .. } => {
                let data = self.of(&[*cond]);
                let name = match kind {
                    GuardKind::Check => {
                        self.control.insert(*dst, data);
                        return;
                    }
                    GuardKind::Branch => "BCC",
                    GuardKind::Pick => "PRED",
                };
                self.event(name, data, None, None);
                self.control.insert(*dst, Sources::from([name.to_string()]));
            }
            Op::Load { dst, high, addr, size, access } => {
                let name = self.access('R', *size, *access, self.of(&[*addr]), None);
                for tmp in [Some(*dst), *high].into_iter().flatten() {
                    self.data.insert(tmp, Sources::from([name.clone()]));
                }
            }
            Op::Store { addr, value, high, size, access, after } => {
                let data =
                    self.of(&[Some(*addr), Some(*value), *high].into_iter().flatten().collect::<Vec<_>>());
                self.access('W', *size, *access, data, *after);
            }
            Op::Fence(fence) => self.parts.push(format!("{fence:?}")),
        }
    }
}

fn graph(alt: &Alt) -> String {
    let mut graph = Graph::default();
    alt.ops.iter().for_each(|op| graph.op(op));
    let used: Sources = graph.data.values().flatten().cloned().collect();
    assert!(graph.reads.iter().all(|read| used.contains(read)), "every read defines a value");
    let text = graph.parts.join("; ");
    let idle: Vec<String> =
        graph.reads.into_iter().filter(|read| !text.split([' ', ';']).any(|word| word == read)).collect();
    idle.into_iter()
        .chain(std::iter::once(text))
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let graphs: Vec<String> = alternatives(text).iter().map(graph).collect();
    assert_eq!(graphs, expect, "{text}");
}

#[test]
fn loads_and_stores() {
    check("LDR W0, [X1]", &["R/4 < X1:a; =X0 < R"]);
    check("LDR X0, [X1, X2, LSL #3]", &["R/8 < X1:a X2:a; =X0 < R"]);
    check("LDR W0, [X1, #4]!", &["R/4 < X1:a; =X1 < X1:a; =X0 < R"]);
    check("LDR W0, [X1], #4", &["R/4 < X1:a; =X1 < X1:a; =X0 < R"]);
    check("LDR WZR, [X1]", &["R/4 < X1:a"]);
    check("LDR X0, [SP]", &["R/8 < SP:a; =X0 < R"]);
    check("LDAR W0, [X1]", &["R/4.A < X1:a; =X0 < R"]);
    check("LDAPR W0, [X1]", &["R/4.Q < X1:a; =X0 < R"]);
    check("LDAPUR W0, [X1, #1]", &["R/4.Q < X1:a; =X0 < R"]);
    check("STR W0, [X1]", &["W/4 < X0:d X1:a"]);
    check("STR W1, [X1]", &["W/4 < X1:a X1:d"]);
    check("STR WZR, [X1]", &["W/4 < X1:a"]);
    check("STR W0, [X1, #4]!", &["W/4 < X0:d X1:a; =X1 < X1:a"]);
    check("STR W0, [X1], #4", &["W/4 < X0:d X1:a; =X1 < X0:d X1:a"]);
    check("STLR X0, [X1]", &["W/8.L < X0:d X1:a"]);
    check("LDP W0, W2, [X1]", &["R/4 < X1:a; R2/4 < X1:a; =X0 < R; =X2 < R2"]);
    check("LDNP X0, X2, [X1]", &["R/8.NT < X1:a; R2/8.NT < X1:a; =X0 < R; =X2 < R2"]);
    check("STP W0, W2, [X1]", &["W/4 < X0:d X1:a; W2/4 < X1:a X2:d"]);
    check("LDIAPP X0, X2, [X1]", &["R/8.Q < X1:a; R2/8.Q < X1:a << R; =X0 < R; =X2 < R2"]);
    check("STILP X0, X2, [X1]", &["W/8.L < X0:d X1:a; W2/8.L < X1:a X2:d << W"]);
}

#[test]
fn exclusives() {
    check("LDXR W0, [X1]", &["R/4.EX < X1:a; =Res < X1:a; =X0 < R"]);
    check("LDAXRB W0, [X1]", &["R/1.A.EX < X1:a; =Res < X1:a; =X0 < R"]);
    check("LDXP X0, X2, [X1]", &["R/16.EX < X1:a; =Res < X1:a; =X0 < R; =X2 < R"]);
    let fails = "X1:a; X2; =Res <= Res; =X0";
    check("STXR W0, W2, [X1]", &["W/4.EX < X1:a X2 <= Res X1:a; =Res <= Res; =X0", fails]);
    check("STLXR W0, X2, [X1]", &["W/8.L.EX < X1:a X2 <= Res X1:a; =Res <= Res; =X0", fails]);
    check(
        "STXP WZR, W2, W3, [X1]",
        &["W/8.EX < X1:a X2 X3 <= Res X1:a; =Res <= Res", "X1:a; X2; X3; =Res <= Res"],
    );
    check("CLREX", &["=Res"]);
}

#[test]
fn atomics() {
    check("SWP W0, W2, [X1]", &["R/4.X < X1:a; W/4.X < X0:d X1:a << R; =X2 < R"]);
    check("SWPAL W0, WZR, [X1]", &["R/4.X.NoRet < X1:a; W/4.L.X < X0:d X1:a << R"]);
    check("LDADDA X0, X2, [X1]", &["R/8.A.X < X1:a; W/8.X < R X0:d X1:a; =X2 < R"]);
    check("LDADDAL W0, WZR, [X1]", &["R/4.X.NoRet < X1:a; W/4.L.X < R X0:d X1:a"]);
    check("STADDL W0, [X1]", &["R/4.X.NoRet < X1:a; W/4.L.X < R X0:d X1:a"]);
    check(
        "CASAL W0, W2, [X1]",
        &[
            "R/4.A.X < X1:a; PRED < R X0:d; W/4.L.X < X1:a X2:d <= PRED; =X0 < R",
            "R/4.A.X < X1:a; PRED < R X0:d; W/4.L.X < X1:a X2:d <= PRED; =X0 < X0:d <= PRED",
            "R/4.A.X < X1:a; PRED < R X0:d; W/4.L.X < R X1:a <= PRED; =X0 < R",
            "R/4.A < X1:a; PRED < R X0:d; =X0 < R",
        ],
    );
    check(
        "CASA WZR, W2, [X1]",
        &[
            "R/4.X.NoRet < X1:a; PRED < R; W/4.X < X1:a X2:d <= PRED",
            "R/4.X.NoRet < X1:a; PRED < R; W/4.X < X1:a X2:d <= PRED",
            "R/4.X.NoRet < X1:a; PRED < R; W/4.X < R X1:a <= PRED",
            "R/4.X.NoRet < X1:a; PRED < R",
        ],
    );
    let compare = "R/4.X < X1:a; R2/4.X < X1:a; PRED < R R2 X2:d X3:d";
    let success = "W/4.X < X1:a X4:d X5:d <= PRED; W2/4.X < X1:a X4:d X5:d <= PRED";
    check(
        "CASP W2, W3, W4, W5, [X1]",
        &[
            &format!("{compare}; {success}; =X2 < R R2; =X3 < R R2"),
            &format!("{compare}; {success}; =X2 < X2:d X3:d <= PRED; =X3 < X2:d X3:d <= PRED"),
            &format!(
                "{compare}; W/4.X < R R2 X1:a <= PRED; W2/4.X < R R2 X1:a <= PRED; =X2 < R R2; =X3 < R R2"
            ),
            &format!("{}; =X2 < R R2; =X3 < R R2", compare.replace(".X", "")),
        ],
    );
}

#[test]
fn arithmetic() {
    check("ADD X0, X1, X2", &["=X0 < X1 X2"]);
    check("EOR W0, W1, W1", &["=X0 < X1"]);
    check("EXTR X0, X1, X2, #0", &["=X0 < X1 X2"]);
    check("MOV W0, #1", &["=X0"]);
    check("MOV X0, X1", &["=X0 < X1"]);
    check("MOVK W0, #1", &["=X0 < X0"]);
    check("BFI X0, X1, #1, #2", &["=X0 < X0 X1"]);
    check("SXTW X0, W1", &["=X0 < X1"]);
    check("ADDS X0, X1, X2", &["=X0 < X1 X2; =NZCV < X1 X2"]);
    check("CMP W1, #0", &["=NZCV < X1"]);
    check("ADC X0, X1, XZR", &["=X0 < NZCV X1"]);
    check("ADD XZR, X1, X2", &["X1; X2"]);
    check("MRS X0, NZCV", &["=X0 < NZCV"]);
    check("MSR NZCV, X0", &["=NZCV < X0"]);
    check("ADR X0, L1", &["=X0"]);
    check("MOV X0, %a", &["=X0 < X20"]);
}

#[test]
fn branches_and_selects() {
    check("B.EQ L1", &["BCC < NZCV", "BCC < NZCV"]);
    check("B.AL L1", &[""]);
    check("CBZ W1, L1", &["BCC < X1", "BCC < X1"]);
    check("TBNZ X1, #3, L1", &["BCC < X1", "BCC < X1"]);
    check("CBZ XZR, L1", &["BCC", "BCC"]);
    check("RET", &["BCC < X30"]);
    check("BLR X1", &["BCC < X1; =X30"]);
    check("BL L1", &["=X30"]);
    check("B L1", &[""]);
    check("NOP", &[""]);
    check("CSEL X0, X1, X2, EQ", &["PRED < NZCV; X1 <= PRED; =X0 < X1", "PRED < NZCV; X2 <= PRED; =X0 < X2"]);
    check("CSINC X0, XZR, X2, EQ", &["PRED < NZCV; =X0 <= PRED", "PRED < NZCV; X2 <= PRED; =X0 < X2"]);
    check("CSET W0, EQ", &["PRED < NZCV; =X0 <= PRED", "PRED < NZCV; =X0 <= PRED"]);
    check(
        "CCMP X1, X2, #0, NE",
        &["PRED < NZCV; X1 <= PRED; X2 <= PRED; =NZCV < X1 X2", "PRED < NZCV; =NZCV <= PRED"],
    );
    check("CCMN XZR, #3, #0, NE", &["PRED < NZCV; =NZCV <= PRED", "PRED < NZCV; =NZCV <= PRED"]);
}

#[test]
fn barriers() {
    let side = |text: &str| match &alternatives(text)[0].ops[..] {
        [Op::Fence(fence)] => {
            format!("{} {:?} {:?} {}", fence.name, fence.before, fence.after, fence.context)
        }
        ops => panic!("{text}: {ops:?}"),
    };
    for domain in ["", "ISH", "NSH", "OSH"] {
        for (kind, dmb, dsb) in [
            ("", "READ | NO_RETURN | WRITE) Side(READ | NO_RETURN | WRITE", "READ | NO_RETURN | WRITE"),
            ("LD", "READ) Side(READ | NO_RETURN | WRITE", "READ"),
            ("ST", "WRITE) Side(WRITE", "WRITE"),
        ] {
            let option = match format!("{domain}{kind}") {
                option if option.is_empty() => "SY".to_string(),
                option => option,
            };
            assert_eq!(side(&format!("DMB {option}")), format!("DMB.{option} Side({dmb}) false"));
            let after = "Side(READ | NO_RETURN | WRITE | ANY)";
            assert_eq!(side(&format!("dsb {option}")), format!("DSB.{option} Side({dsb}) {after} false"));
        }
    }
    for text in ["ISB", "ISB SY"] {
        assert_eq!(side(text), "ISB Side(0x0) Side(0x0) true");
    }
}
