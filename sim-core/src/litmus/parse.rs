//! Reading a file: from text to [`Ast`].
//!
//! The parts are header, initial state, table and tail. Each reports its own errors and the next one
//! goes on behind it, so that one reading reports what is wrong in all of them.

mod code;
mod header;
mod init;
pub(super) mod problems;
mod tail;
mod text;
mod token;
mod value;

use super::ast::{Ast, Prop, Word};
use crate::diagnostic::{Diagnostic, Parsed, Span, nearest};
use problems::Problems;

/// Reads a whole file. Bounded: linear in the length of the text, and a bounded number of diagnostics.
///
/// # Errors
/// Every error points at the word that is wrong; the value is there if there is none.
pub fn parse(text: &str) -> Parsed<Ast> {
    let mut problems = Problems::default();
    let ast = read(text, &mut problems).and_then(|(ast, whole)| whole.then_some(ast));
    Parsed::new(ast, problems.finish())
}

/// What can be read of a text that [`parse`] finds errors in, so that errors in other parts of it can be
/// found too: broken items of the initial state are left out, and a broken tail is.
pub fn salvage(text: &str) -> Option<Ast> {
    read(text, &mut Problems::default()).map(|(ast, _)| ast)
}

/// The architecture that a file names, without reading further.
///
/// # Errors
/// If the file is empty or does not begin with a header.
pub fn arch(text: &str) -> Parsed<Word> {
    let mut problems = Problems::default();
    let head = header::first_line(text, &mut problems);
    Parsed::new(head.map(|head| head.arch), problems.finish())
}

/// Reads what final states are to be like: a condition with or without its quantifier, which does not matter,
/// or equations separated by `;` as results print a final state.
///
/// # Errors
/// Every error points at the word that is wrong; the value is there if there is none.
pub fn proposition(text: &str) -> Parsed<Prop> {
    let mut problems = Problems::default();
    let prop = tail::proposition(text, &mut problems);
    Parsed::new(prop, problems.finish())
}

/// What to say about an architecture that is none of `known`.
pub fn unknown_architecture(arch: &Word, known: &[&str]) -> Diagnostic {
    let elsewhere = ["ARM", "ASL", "BPF", "C", "CPP", "JAVA", "LISA", "MIPS", "PPC", "PTX", "RISCV", "ThumB"];
    let message = if elsewhere.iter().any(|name| name.eq_ignore_ascii_case(&arch.text)) {
        format!("architecture `{}` is known but not modelled", arch.text)
    } else {
        format!("unknown architecture `{}`", arch.text)
    };
    let error = Diagnostic::error("unknown-architecture", arch.span, message);
    let error = match nearest(&arch.text, known.iter().copied()) {
        Some(near) => error.note(format!("did you mean `{near}`?")),
        None => error,
    };
    error.note(format!("the architectures here are {}", known.join(", ")))
}

/// Reads a text; without its tail and `false` if that is broken.
fn read(text: &str, problems: &mut Problems) -> Option<(Ast, bool)> {
    if u32::try_from(text.len()).is_err() {
        let span = Span::new(0, 0);
        problems.push(Diagnostic::error("too-long", span, "the file is longer than 4 GiB"));
        return None;
    }
    let head = header::first_line(text, problems)?;
    let (meta, brace) = header::metadata(text, head.end, problems)?;
    let clean = text::blank_comments(text, brace, problems);
    let end = init::closing_brace(&clean, brace, problems)?;
    let init = init::items(&clean, brace + 1, end, problems);
    let code_end = code::end_of_table(&clean, end + 1);
    let threads = code::table(&clean, end + 1, code_end, problems);
    let tail = tail::tail(&clean, code_end, problems);
    let threads = threads?;
    let whole = tail.is_some();
    let tail = tail.unwrap_or_default();
    let ast = Ast {
        arch: head.arch,
        name: head.name,
        texname: head.texname,
        doc: head.doc,
        meta,
        init,
        threads,
        locations: tail.locations,
        filter: tail.filter,
        condition: tail.condition,
    };
    Some((ast, whole))
}
