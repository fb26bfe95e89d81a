//! Fences as an architecture writes them, and a test's text with a fence put in.

use sim_core::litmus::Test;

/// The barriers of an architecture, weakest first, as they are written.
pub fn of(arch: &str) -> &'static [&'static str] {
    match arch {
        "AArch64" => &["DMB LD", "DMB ST", "DMB SY"],
        "X86" | "X86_64" => &["mfence"],
        _ => &[],
    }
}

/// A place right after an instruction: thread and index of the instruction.
pub type Place = (usize, usize);

/// The places at which a fence could matter: between two instructions of a thread that both access memory,
/// right after the first.
pub fn places(test: &Test) -> Vec<Place> {
    let mut places = Vec::new();
    for (thread, code) in test.program.threads.iter().enumerate() {
        let accesses: Vec<usize> = (0..code.instrs.len())
            .filter(|pc| {
                let ops = code.instrs[*pc].alts.iter().flat_map(|a| &a.ops);
                ops.into_iter().any(|op| {
                    matches!(op, sim_core::program::Op::Load { .. } | sim_core::program::Op::Store { .. })
                })
            })
            .collect();
        places.extend(accesses.iter().rev().skip(1).rev().map(|pc| (thread, *pc)));
    }
    places
}

/// `text`, which `test` was read from, with `fence` put in at each of `places`: each in a row of its own.
pub fn insert(test: &Test, text: &str, fence: &str, places: &[Place]) -> String {
    let mut rows: Vec<(usize, usize)> = places
        .iter()
        .filter_map(|(thread, pc)| {
            let instr = test.program.threads.get(*thread)?.instrs.get(*pc)?;
            let end = instr.span.end as usize;
            let line_end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at);
            Some((line_end, *thread))
        })
        .collect();
    rows.sort_unstable();
    let mut changed = text.to_string();
    for (line_end, thread) in rows.into_iter().rev() {
        let start = text[..line_end].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..line_end].trim_end().trim_end_matches(';');
        let cells = line.split('|').enumerate().map(|(column, cell)| {
            let width = cell.chars().count();
            let content = if column == thread { format!(" {fence} ") } else { String::new() };
            format!("{content:<width$}")
        });
        let row = cells.collect::<Vec<String>>().join("|");
        changed.insert_str(line_end, &format!("\n{row};"));
    }
    changed
}

/// `text`, a test called `old`, with another name in its header.
pub fn renamed(text: &str, old: &str, new: &str) -> String {
    // The name is the second word of the header, which is the first line that has two.
    let header = text.lines().find(|line| line.split_whitespace().nth(1) == Some(old));
    match header {
        Some(header) => text.replacen(header, &header.replacen(&format!(" {old}"), &format!(" {new}"), 1), 1),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_goes_into_its_own_column() {
        let text = "X86_64 SB\n{ x=0; y=0; }\n P0          | P1          ;\n movl $1,(x) | movl $1,(y) ;\n \
                    movl (y),%eax | movl (x),%eax ;\nexists (0:rax=0 /\\ 1:rax=0)\n";
        let test = crate::load::parse(text).value.unwrap();
        assert_eq!(places(&test), [(0, 0), (1, 0)]);
        let fenced = insert(&test, text, "mfence", &[(1, 0)]);
        let read = crate::load::parse(&fenced).value.unwrap();
        let texts = |thread: usize| {
            read.program.threads[thread].instrs.iter().map(|i| i.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(texts(0).len(), 2);
        assert_eq!(texts(1)[1], "mfence");
        let renamed = crate::load::parse(&renamed(&fenced, "SB", "SB+mfence")).value.unwrap();
        assert_eq!((renamed.name.as_str(), renamed.condition), ("SB+mfence", read.condition));
        let both = insert(&test, text, "mfence", &places(&test));
        let read = crate::load::parse(&both).value.unwrap();
        assert!(read.program.threads.iter().all(|t| t.instrs.len() == 3));
    }
}
