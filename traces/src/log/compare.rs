//! Comparing the blocks of a run with those of an expected log.

use std::collections::BTreeMap;

use super::{Block, LogState, Verdict, read};

/// How results compare with an expected log so far.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The blocks that are still to be met, by name: one for each hash.
    expected: BTreeMap<String, Vec<Block>>,
    /// Tests with equal states and verdict.
    pub equal: usize,
    /// Tests that contradict the log.
    pub differ: usize,
    /// Tests whose result is incomplete and contradicts nothing.
    pub undecided: usize,
    /// Tests that the log does not have.
    pub unexpected: usize,
    /// Tests whose hash is not the expected one, as (name, expected hash, hash): the log may be about
    /// other tests of these names. Their states are compared all the same.
    pub other_hash: Vec<(String, String, String)>,
}

/// How one result contradicts the expected block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Expected states that were not found, though the result is complete.
    pub missing: Vec<LogState>,
    /// States found that the log does not have, though it was not bounded.
    pub extra: Vec<LogState>,
    /// Expected verdict and the result's, where they differ.
    pub verdicts: Option<(Option<Verdict>, Option<Verdict>)>,
}

impl Comparison {
    /// A comparison with the blocks of `log`; of several blocks for one test the last counts. Tests of
    /// two architectures may share a name: their hashes tell them apart.
    pub fn with(log: &str) -> Comparison {
        let mut expected: BTreeMap<String, Vec<Block>> = BTreeMap::new();
        for block in read(log) {
            let named = expected.entry(block.name.clone()).or_default();
            named.retain(|other| other.hash != block.hash);
            named.push(block);
        }
        Comparison { expected, ..Comparison::default() }
    }

    /// Number of expected tests.
    pub fn len(&self) -> usize {
        self.absent().count() + self.equal + self.differ + self.undecided
    }

    /// Whether the log has no block.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Compares one result, whose states are all unless `incomplete`; each expected test counts once.
    ///
    /// A log that was bounded has some of the states, and an incomplete result has too: then only states
    /// outside the other, complete set are differences.
    pub fn add(&mut self, got: &Block, incomplete: bool) -> Option<Difference> {
        let Some(expected) = self.take(got) else {
            self.unexpected += 1;
            return None;
        };
        let missing: Vec<LogState> = expected.states.difference(&got.states).cloned().collect();
        let extra: Vec<LogState> = got.states.difference(&expected.states).cloned().collect();
        let partial = incomplete && !missing.is_empty();
        if let (Some(a), Some(b)) = (&expected.hash, &got.hash)
            && !a.eq_ignore_ascii_case(b)
        {
            self.other_hash.push((got.name.clone(), a.clone(), b.clone()));
        }
        let same_verdict = expected.bounded || incomplete || expected.verdict == got.verdict;
        let difference = Difference {
            missing: if incomplete { Vec::new() } else { missing },
            extra: if expected.bounded { Vec::new() } else { extra },
            verdicts: (!same_verdict).then_some((expected.verdict, got.verdict)),
        };
        if difference.is_none() {
            *(if partial { &mut self.undecided } else { &mut self.equal }) += 1;
            return None;
        }
        self.differ += 1;
        Some(difference)
    }

    /// Takes the expected block that `got` is to be compared with: that of its name and hash, otherwise
    /// the last of its name.
    fn take(&mut self, got: &Block) -> Option<Block> {
        let named = self.expected.get_mut(&got.name)?;
        let same = named.iter().position(|block| block.hash == got.hash);
        let at = same.or(named.len().checked_sub(1))?;
        Some(named.remove(at))
    }

    /// The expected tests without a result, sorted.
    pub fn absent(&self) -> impl Iterator<Item = &str> {
        self.expected.iter().flat_map(|(name, blocks)| blocks.iter().map(move |_| name.as_str()))
    }
}

impl Difference {
    fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.verdicts.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(verdict: &str, states: &[&str]) -> String {
        format!("Test T Allowed\nStates {}\n{}\n{verdict}\n", states.len(), states.join("\n"))
    }

    #[track_caller]
    fn check(
        expected: &str,
        got: &str,
        incomplete: bool,
        counts: (usize, usize, usize),
    ) -> Option<Difference> {
        let mut comparison = Comparison::with(expected);
        let difference = comparison.add(&read(got)[0], incomplete);
        assert_eq!((comparison.equal, comparison.differ, comparison.undecided), counts);
        difference
    }

    #[test]
    fn order_and_spelling_do_not_matter() {
        let expected = block("No", &["[x]=1; [y]=0x2;", "[x]=2; [y]=1;"]);
        let got = block("No", &["y=1; x=2;", "x=1; y=2;"]);
        check(&expected, &got, false, (1, 0, 0));
    }

    #[test]
    fn missing_and_extra_states_are_named() {
        let got = block("Ok", &["x=2;", "x=3;"]);
        let difference = check(&block("No", &["x=1;", "x=2;"]), &got, false, (0, 1, 0)).unwrap();
        assert_eq!((difference.missing.len(), difference.extra.len()), (1, 1));
        assert_eq!(difference.verdicts, Some((Some(Verdict::No), Some(Verdict::Ok))));
    }

    #[test]
    fn a_bounded_log_is_a_lower_bound() {
        check(&block("Loop No", &["x=1;"]), &block("Ok", &["x=1;", "x=2;"]), false, (1, 0, 0));
        check(&block("Loop No", &["x=1;", "x=3;"]), &block("Ok", &["x=1;"]), false, (0, 1, 0));
    }

    #[test]
    fn an_incomplete_result_differs_only_by_what_it_has() {
        check(&block("Ok", &["x=1;", "x=2;"]), &block("Undef", &["x=1;"]), true, (0, 0, 1));
        check(&block("Ok", &["x=1;", "x=2;"]), &block("Undef", &["x=3;"]), true, (0, 1, 0));
    }

    #[test]
    fn tests_of_one_name_are_told_apart_by_their_hash() {
        let hashed = |state: &str, hash: &str| format!("{}Hash={hash}\n\n", block("Ok", &[state]));
        let log = [hashed("x=1;", "a"), hashed("x=9;", "b"), hashed("x=2;", "b")].concat();
        let mut comparison = Comparison::with(&log);
        assert_eq!(comparison.len(), 2);
        for (state, hash) in [("x=1;", "a"), ("x=2;", "b")] {
            assert_eq!(comparison.add(&read(&hashed(state, hash))[0], false), None);
        }
        assert_eq!((comparison.equal, comparison.absent().count()), (2, 0));
    }

    #[test]
    fn tests_without_a_result_are_absent() {
        let comparison = Comparison::with(&block("Ok", &["x=1;"]));
        assert_eq!(comparison.absent().collect::<Vec<_>>(), ["T"]);
    }
}
