//! Any text gives an instruction or an error, and whatever is accepted can be spelled, read again and
//! lowered.

use crate::support::{lower, undefined};
use isa_x86tso::{X86, X86_64, X86FrontEnd};
use proptest::prelude::*;
use sim_core::diagnostic::Severity;
use sim_core::litmus::FrontEnd;

/// Text made of pieces of instructions, which gets further into the parser than noise does.
fn pieces() -> impl Strategy<Value = String> {
    let words = [
        "mov",
        "movl",
        "lock",
        ";",
        "rep",
        "xchg",
        "imul",
        "movzx",
        "jmp",
        "nop",
        "shl",
        "bts",
        "%",
        "$",
        "(",
        ")",
        "[",
        "]",
        ",",
        ":",
        "+",
        "-",
        "*",
        "eax",
        "rax",
        "ah",
        "cl",
        "r8b",
        "xmm0",
        "cs",
        "rip",
        "x",
        "1",
        "0x",
        "0xffffffffffffffff",
        "18446744073709551616",
        "DWORD",
        "PTR",
        "OFFSET",
        "é",
        "#",
        " ",
        "\t",
        "\0",
    ];
    proptest::collection::vec((proptest::sample::select(words.to_vec()), any::<bool>()), 0..14).prop_map(
        |parts| {
            parts
                .into_iter()
                .map(|(word, space)| if space { format!("{word} ") } else { word.into() })
                .collect()
        },
    )
}

/// Parses, spells and checks what must hold of any text.
fn survives(front_end: X86FrontEnd, text: &str, at: u32) {
    let mut diagnostics = Vec::new();
    let instr = front_end.parse(text, at, &mut diagnostics);
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(instr.is_none(), failed, "{text:?} {diagnostics:?}");
    for diagnostic in &diagnostics {
        let (start, end) = (diagnostic.span.start, diagnostic.span.end);
        assert!(
            at <= start && start <= end && end as usize <= at as usize + text.len(),
            "{text:?} {diagnostic:?}"
        );
    }
    if let Some(instr) = instr {
        front_end.mentions(&instr);
        let alts = lower(front_end, &instr);
        assert!(!alts.is_empty(), "{text:?}");
        assert_eq!(undefined(&alts), None, "{text:?}");
        let spelled = front_end.canonical(&instr, &|label| label.to_owned());
        if !spelled.starts_with("UNLOCKED") && spelled != "NOP" {
            let again = front_end.parse(&spelled, 0, &mut diagnostics).expect(&spelled);
            assert_eq!(front_end.canonical(&again, &|label| label.to_owned()), spelled);
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,40}", at in 0..1_000_000_u32) {
        survives(X86_64, &text, at);
        survives(X86, &text, at);
    }

    #[test]
    fn no_mixture_of_pieces_panics(text in pieces()) {
        survives(X86_64, &text, 1000);
        survives(X86, &text, 1000);
    }
}
