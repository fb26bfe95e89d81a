//! No text makes the container or a front end panic, take long, or place a diagnostic outside the text.

use proptest::prelude::*;
use sim_core::diagnostic::Diagnostic;
use sim_core::litmus::{FrontEnd, computed_hash, load, parse, print};
use sim_core::outcome::State;

/// Tests that use most forms of the format, as seeds.
const SEEDS: [&str; 4] = [
    "AArch64 MP+dmb.sy+addr (tex) \"description\"\nCycle=Rfe DpAddrdR\n(* a (* nested *) comment *)\n\
     { int x=-1; uint64_t y=0x10; int t[2]={1,2}; int *p=&x; 0:X1=x; P1:X3=t; int64_t 1:X5; }\n\
     P0 | P1 ;\n MOV W0,#1 | L0: LDR W0,[X3] ;\n STR W0,[X1] | EOR W2,W0,W0 ;\n DMB SY | LDR W4,[X3,W2,SXTW] ;\n\
     STLR W0,[X1],#0 | CBNZ W4,L0 ;\n\
     locations [x; 1:X0 uint64_t; t;]\nfilter not (y=3)\nexists (1:X0=1 /\\ 1:X4=0 => t={1,2} \\/ ~x!=2)\n",
    "AArch64 S\nVariant=mixed\nUnroll=3\n{ 0:%a=x; 0:X2=P0:L1; }\nP0;\nSTRH WZR,[X%a];\nADR X3,L1;\nBR X2;\nL1: L2:;\n\
     LDXR W1,[X%a];\nSTXR W4,W1,[X%a];\nforall (0:X2=label:\"P0:L1\" /\\ [x]=0:X1)",
    "X86_64 SB\n{ uint64_t x; uint64_t y; 0:rcx=y; }\nP0 | P1;\nmovq $1,(x) | lock; xaddq %rax,(y);\nmfence | loop: movw 2(%rcx),%bx;\n\
     movq (y),%rax | jne loop;\nexists (0:rax=0 /\\ 1:rbx=0)\n",
    "X86 R\n{ }\n P0 | P1 ;\n MOV [x],$1 | MOV [y],$2 ;\n XCHG EAX,[y] | MFENCE ;\n  | MOV EAX,[x] ;\n~exists (y=2 /\\ 1:EAX=0)\n",
];

/// Pieces that mutations put in.
const PIECES: [&str; 34] = [
    "{",
    "}",
    "(*",
    "*)",
    ";",
    "|",
    "\"",
    "(",
    ")",
    "[",
    "]",
    "=",
    "/\\",
    "\\/",
    "not ",
    "~",
    "exists ",
    "0:",
    "P0",
    "P9:",
    ":",
    ",",
    "-",
    "0x",
    "99999999999999999999",
    "\n",
    "é",
    "\u{0}",
    "%",
    "*",
    "&",
    "lock;",
    "#-1",
    "x[3]",
];

fn places(text: &str, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
        assert!(text.get(start..end).is_some(), "{diagnostic:?} lies outside the text or inside a character");
    }
}

fn exercise<F: FrontEnd>(text: &str, front_end: &F) {
    let parsed = parse(text);
    places(text, &parsed.diagnostics);
    let Some(ast) = parsed.value else { return };
    let loaded = load(&ast, front_end);
    places(text, &loaded.diagnostics);
    let hash = computed_hash(&ast, front_end);
    if let Some(test) = loaded.value {
        assert_eq!(hash.value.map(|hash| hash.len()), Some(32));
        let state = State { values: vec![0; test.observables.width()].into() };
        test.condition.prop.holds(&state);
        print::state(&test.program, &test.observables, &state);
    }
}

fn exercise_all(text: &str) {
    exercise(text, &isa_armv8::AArch64);
    exercise(text, &isa_x86tso::x86_64());
    exercise(text, &isa_x86tso::x86());
}

/// Replaces `length` characters from `at` on by a piece.
fn mutate(text: &str, (at, length, piece): (usize, usize, usize)) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = at % (characters.len() + 1);
    let rest = (at + length).min(characters.len());
    characters[..at]
        .iter()
        .copied()
        .chain(PIECES[piece].chars())
        .chain(characters[rest..].iter().copied())
        .collect()
}

#[test]
fn the_seeds_are_tests() {
    for seed in SEEDS {
        assert!(parse(seed).value.is_some(), "{:?} in {seed}", parse(seed).diagnostics);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn mutated_tests_never_panic(
        seed in 0..SEEDS.len(),
        mutations in prop::collection::vec((any::<usize>(), 0usize..12, 0..PIECES.len()), 1..6),
    ) {
        exercise_all(&mutations.into_iter().fold(SEEDS[seed].to_owned(), |text, mutation| mutate(&text, mutation)));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise_all(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_words_never_panic(words in prop::collection::vec(0..PIECES.len(), 0..60)) {
        let words: String = words.into_iter().map(|word| PIECES[word]).collect();
        exercise_all(&format!("AArch64 T\n{{{words}}}\nP0;\nNOP;\n"));
        exercise_all(&format!("X86_64 T\n{{}}\nP0;\n{words};\n"));
        exercise_all(&format!("X86 T\n{{}}\nP0;\nNOP;\nexists {words}"));
        exercise_all(&words);
    }
}

/// Work is bounded: linear in the length, however the text is broken.
#[test]
fn long_garbage_is_read_once() {
    let check = |piece: &str, length: usize| {
        let garbage = piece.repeat(length / piece.len());
        exercise(&garbage, &isa_armv8::AArch64);
        exercise(&format!("AArch64 T\n{garbage}"), &isa_armv8::AArch64);
        exercise(&format!("AArch64 T\n{{{garbage}}}\nP0;\nNOP;\n"), &isa_armv8::AArch64);
        exercise(&format!("AArch64 T\n{{}}\nP0;\n{garbage}"), &isa_armv8::AArch64);
        exercise(&format!("AArch64 T\n{{}}\nP0;\nNOP;\nexists {garbage}"), &isa_armv8::AArch64);
    };
    for piece in
        PIECES.iter().chain(&["x=1;", "NOP;\n", "L:", "P0|", "NOP|NOP;\n", "x=1 /\\ ", "\"\n", "(*)"])
    {
        check(piece, 500_000);
    }
    check("x=1;", 10_000_000);
    check("\u{0}(*\"", 10_000_000);
}
