//! Instructions as values: `instr:"ADD W0,W0,#1"` in the initial state and in the tail.

use crate::diagnostic::Diagnostic;
use crate::litmus::ast::{Ast, Value, ValueKind, Word};
use crate::litmus::parse::problems::Problems;
use crate::litmus::{Context, Encoded, FrontEnd};
use crate::program::{self, Reg};
use std::collections::BTreeMap;

/// The words of all instructions that are values, by their text.
#[derive(Default)]
pub(super) struct Instructions {
    known: BTreeMap<String, Encoded>,
}

impl Instructions {
    pub(super) fn read<F: FrontEnd>(ast: &Ast, front_end: &F, problems: &mut Problems) -> Instructions {
        let mut values: Vec<&Value> = ast.init.iter().filter_map(|item| item.value.as_ref()).collect();
        values.extend(super::observe::values(ast));
        let mut known = BTreeMap::new();
        while let Some(value) = values.pop() {
            match &value.kind {
                ValueKind::List(cells) => values.extend(cells),
                ValueKind::Instruction { instr, .. } if !known.contains_key(&instr.text) => {
                    let mut diagnostics = Vec::new();
                    if let Some(encoded) = encode(instr, front_end, &mut diagnostics) {
                        known.insert(instr.text.clone(), encoded);
                    }
                    problems.extend(diagnostics);
                }
                _ => {}
            }
        }
        Instructions { known }
    }

    /// The word of an instruction; 0 for one that has none, which is an error.
    pub(super) fn word(&self, text: &str) -> u32 {
        self.known.get(text).map_or(0, |encoded| encoded.word)
    }

    /// The canonical spelling of an instruction; the text of one that has no word.
    pub(super) fn spelling<'a>(&'a self, text: &'a str) -> &'a str {
        self.known.get(text).map_or(text, |encoded| &encoded.text)
    }

    /// All words with their spellings, sorted, each word once.
    pub(super) fn spellings(&self) -> Vec<(u32, String)> {
        let words: BTreeMap<u32, &str> =
            self.known.values().map(|encoded| (encoded.word, encoded.text.as_str())).collect();
        words.into_iter().map(|(word, text)| (word, text.to_owned())).collect()
    }
}

fn encode<F: FrontEnd>(instr: &Word, front_end: &F, diagnostics: &mut Vec<Diagnostic>) -> Option<Encoded> {
    let parsed = front_end.parse(&instr.text, instr.span.start, diagnostics)?;
    let mentions = front_end.mentions(&parsed);
    for (name, span) in mentions.labels.iter().chain(&mentions.symbols).chain(&mentions.symbolic) {
        let message = format!("`{name}` has no meaning in an instruction that is a value");
        let error = Diagnostic::error("instruction-value", *span, message);
        diagnostics.push(error.note("write the target of a branch as a distance, such as `.+8`"));
    }
    if !diagnostics.is_empty() {
        return None;
    }
    front_end.encode(&parsed, instr.span, &Nowhere, diagnostics)
}

/// The surroundings of an instruction that stands in no thread.
struct Nowhere;

impl Context for Nowhere {
    fn place(&self) -> (usize, u32) {
        (0, 0)
    }

    fn symbol(&self, _: &str) -> program::Value {
        0
    }

    fn label(&self, _: &str) -> u32 {
        0
    }

    fn symbolic(&self, _: &str) -> Reg {
        Reg(0)
    }
}
