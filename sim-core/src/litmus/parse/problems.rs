//! A bounded list of diagnostics.

use crate::diagnostic::{Diagnostic, Severity};

/// Diagnostics of one file; after [`Problems::MOST`] errors further ones are dropped.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Diagnostic>,
    errors: usize,
}

impl Problems {
    /// How many errors of one file are worth reading.
    pub(crate) const MOST: usize = 20;

    /// Adds a diagnostic, unless there are too many errors already.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let error = diagnostic.severity == Severity::Error;
        if error {
            self.errors += 1;
        }
        if self.errors <= Self::MOST && (error || self.list.len() < 2 * Self::MOST) {
            self.list.push(diagnostic);
        }
    }

    /// Adds several.
    pub(crate) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Whether further errors would be dropped: there is no point in looking for them.
    pub(crate) fn full(&self) -> bool {
        self.errors > Self::MOST
    }

    /// Whether there is no error.
    pub(crate) fn none(&self) -> bool {
        self.errors == 0
    }

    /// All of them, the last with a note if some were dropped.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|d| (d.span, d.severity, d.code));
        if self.full()
            && let Some(last) = self.list.last_mut()
        {
            last.notes.push("there are more errors, which are not shown".to_owned());
        }
        self.list
    }
}
