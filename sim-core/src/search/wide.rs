//! Many joint states at once: each thread of the program is worked on by itself.
//!
//! What one thread can do against a word is no business of the others, so that the questions which a
//! layer of joint states asks of each thread can be answered in parallel, thread by thread. Each thread
//! answers its questions in a fixed order, and the answers are put together in a fixed order: the report
//! does not depend on how many processors there are.

use std::ops::Range;

use rayon::prelude::*;

use super::automaton::{Automaton, Emission};
use super::joint::{Joint, Search};

impl Search<'_> {
    /// Looks at some joint states, all of them known.
    pub(super) fn steps(&mut self, block: Range<usize>, parallel: bool) {
        let from = block.start;
        let joints: Vec<_> = block.map(|index| self.at(index)).collect();
        let answers = each(&mut self.threads, parallel, |thread, automaton| {
            let answer = |(joint, memory): &(Joint, _)| {
                let (set, id) = (joint.sets[thread], joint.memory);
                (automaton.endings(set, memory, id), automaton.emit(set, memory, id))
            };
            joints.iter().map(answer).collect::<Vec<_>>()
        });
        let mut letters: Vec<(usize, usize, Emission)> = Vec::new();
        for (index, (_, memory)) in joints.iter().enumerate() {
            let endings: Vec<_> = answers.iter().map(|answers| answers[index].0.clone()).collect();
            if endings.iter().all(|e| !e.is_empty()) {
                self.record(from + index, memory, &endings);
            }
            for (thread, answers) in answers.iter().enumerate() {
                letters.extend(answers[index].1.iter().map(|emission| (index, thread, *emission)));
            }
        }
        let sets = each(&mut self.threads, parallel, |thread, automaton| {
            let after = |(index, by, emission): &(usize, usize, Emission)| {
                let (joint, memory) = &joints[*index];
                if *by == thread {
                    emission.set
                } else {
                    automaton.observe(joint.sets[thread], memory, joint.memory, emission.write)
                }
            };
            letters.iter().map(after).collect::<Vec<_>>()
        });
        for (letter, (index, thread, emission)) in letters.iter().enumerate() {
            self.letters += 1;
            let sets = sets.iter().map(|sets| sets[letter]);
            if sets.clone().zip(&self.threads).all(|(set, automaton)| !automaton.is_empty(set)) {
                self.reach(from + index, &joints[*index].1, *thread, emission, sets.collect());
            }
        }
    }
}

/// Asks every thread of the program; the answers are in the order of the threads.
fn each<'a, T: Send>(
    threads: &mut [Automaton<'a>],
    parallel: bool,
    ask: impl Fn(usize, &mut Automaton<'a>) -> T + Sync,
) -> Vec<T> {
    if parallel {
        threads.par_iter_mut().enumerate().map(|(thread, automaton)| ask(thread, automaton)).collect()
    } else {
        threads.iter_mut().enumerate().map(|(thread, automaton)| ask(thread, automaton)).collect()
    }
}
