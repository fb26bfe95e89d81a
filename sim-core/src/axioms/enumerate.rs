//! All candidate executions of a test, each judged by a model.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::litmus::Test;
use crate::outcome::State;

use super::cat::Model;
use super::cat::eval::{FINAL, Fail, Interp, READS_FROM};
use super::cat::run::Accepted;
use super::coherence::{Traits, traits};
use super::execution::Candidate;
use super::final_state::{Last, last_of, observed, state};
use super::layout::Layout;
use super::path::{Path, Paths, paths};
use super::solve::{Coherence, Solution, Solver};
use super::structure::Structure;

/// What is enumerated, and how far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds<'a> {
    pub unroll: u32,
    pub max_candidates: u64,
    pub stop: Option<&'a AtomicBool>,
}

/// How an enumeration ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ended {
    /// Whether paths were cut by the limit on loops.
    pub bounded: bool,
    /// The limit that ended it early, in words.
    pub truncated: Option<String>,
    /// Reads-from solutions tried.
    pub tried: u64,
    /// Whether an access left memory on some path: such paths are no executions.
    pub outside: bool,
}

/// An accepted execution.
pub(crate) struct Found<'a> {
    pub state: State,
    pub flags: &'a [String],
}

/// The combinations of control paths of a test.
pub(crate) struct Combinations<'t> {
    pub threads: Vec<Paths>,
    pub layout: Layout,
    test: &'t Test,
}

impl<'t> Combinations<'t> {
    pub fn new(test: &'t Test, unroll: u32) -> Combinations<'t> {
        let threads: Vec<Paths> =
            (0..test.program.threads.len()).map(|thread| paths(&test.program, thread, unroll)).collect();
        let layout = Layout::new(test, &threads);
        Combinations { threads, layout, test }
    }

    /// Calls `each` with the paths of every combination; `false` ends it.
    pub fn each<'c>(&'c self, each: &mut dyn FnMut(&[&'c Path]) -> bool) {
        let _ = self.test;
        let counts: Vec<usize> = self.threads.iter().map(|t| t.whole.len()).collect();
        if counts.contains(&0) {
            return;
        }
        let mut at = vec![0; counts.len()];
        loop {
            let chosen: Vec<&Path> = self.threads.iter().zip(&at).map(|(t, &k)| &t.whole[k]).collect();
            if !each(&chosen) {
                return;
            }
            let Some(next) = (0..at.len()).rev().find(|&k| at[k] + 1 < counts[k]) else { return };
            at[next] += 1;
            at[next + 1..].fill(0);
        }
    }
}

/// Calls `found` with every accepted execution; `false` ends the enumeration.
///
/// # Errors
/// What is wrong with the model.
pub(crate) fn enumerate(
    test: &Test,
    model: &Model,
    bounds: Bounds,
    found: &mut dyn FnMut(Found) -> bool,
) -> Result<Ended, Fail> {
    let combinations = Combinations::new(test, bounds.unroll);
    let program = model.program(test.mixed);
    let traits = traits(program);
    let mut ended = Ended {
        bounded: combinations.threads.iter().any(|t| t.cut),
        truncated: combinations
            .threads
            .iter()
            .any(|t| t.too_many)
            .then(|| "too many control paths".to_owned()),
        ..Ended::default()
    };
    let mut result = Ok(());
    combinations.each(&mut |paths| {
        let s = Structure::new(test, &combinations.layout, paths, model.catdep);
        let mut judge = Judge { traits: &traits, bounds, ended: &mut ended, found };
        match judge.structure(&s, program) {
            Ok(go_on) => go_on,
            Err(fail) => {
                result = Err(fail);
                false
            }
        }
    });
    match result {
        Ok(()) | Err(Fail::Stop) => Ok(ended),
        Err(fail) => Err(fail),
    }
}

struct Judge<'a, 'b> {
    traits: &'a Traits,
    bounds: Bounds<'a>,
    ended: &'a mut Ended,
    found: &'a mut (dyn FnMut(Found) -> bool + 'b),
}

impl Judge<'_, '_> {
    /// Judges all candidates of a structure; `false` if that ended the enumeration.
    fn structure(&mut self, s: &Structure, program: &super::cat::ir::Program) -> Result<bool, Fail> {
        let coherence = Coherence { per_location: self.traits.coherent, rmw: self.traits.coherent_rmw };
        let mut interp = Interp::new(program, Candidate::new(s));
        let mut solver = Solver::new(s, coherence);
        let mut result = Ok(());
        let whole = solver.run(&mut |so| {
            interp.exec.so = Some(so.clone());
            interp.moved(READS_FROM);
            result =
                if self.traits.native { self.judge(s, &mut interp) } else { self.each_last(s, &mut interp) };
            result.is_ok() && self.may_go_on()
        });
        self.ended.outside |= solver.outside;
        if interp.exec.too_many {
            self.ended.truncated.get_or_insert_with(|| "too many coherence orders".to_owned());
        }
        result.map(|()| whole)
    }

    fn may_go_on(&mut self) -> bool {
        self.ended.tried += 1;
        if self.bounds.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            self.ended.truncated = Some("stopped".to_owned());
        } else if self.ended.tried >= self.bounds.max_candidates {
            self.ended.truncated = Some(format!("{} candidates", self.bounds.max_candidates));
        } else {
            return true;
        }
        false
    }

    /// Runs the model over one candidate.
    fn judge<'m, 's, 't>(
        &mut self,
        s: &'s Structure<'t>,
        interp: &mut Interp<'m, Candidate<'s, 't>>,
    ) -> Result<(), Fail> {
        interp.run(&mut |exec, accepted: Accepted| {
            let Some(so) = exec.so.as_ref() else { return false };
            let last = match accepted.co {
                Some(co) => last_of(s, so, co),
                None => chosen_last(s, so, &exec.last),
            };
            let state = state(s, so, &last);
            if s.test.filter.as_ref().is_some_and(|filter| !filter.holds(&state)) {
                return true;
            }
            (self.found)(Found { state, flags: accepted.flags })
        })
    }

    /// For models that make coherence themselves: every choice of the last write to each observed location.
    fn each_last<'m, 's, 't>(
        &mut self,
        s: &'s Structure<'t>,
        interp: &mut Interp<'m, Candidate<'s, 't>>,
    ) -> Result<(), Fail> {
        let observed = observed(s);
        let Some(so) = interp.exec.so.clone() else { return Ok(()) };
        let mut choices: Vec<Vec<usize>> = Vec::new();
        for part in observed {
            let writes = |m: &usize| s.mems[*m].is_write() && so.part[*m] == Some(part);
            let all: Vec<usize> = (0..s.mems.len()).filter(writes).collect();
            let later: Vec<usize> = all.iter().copied().filter(|&m| s.mems[m].thread.is_some()).collect();
            let all = if later.is_empty() { all } else { later };
            if !all.is_empty() {
                choices.push(all);
            }
        }
        let mut at = vec![0; choices.len()];
        loop {
            interp.exec.last = choices.iter().zip(&at).map(|(all, &k)| all[k]).collect();
            interp.moved(FINAL);
            self.judge(s, interp)?;
            let Some(next) = (0..at.len()).rev().find(|&k| at[k] + 1 < choices[k].len()) else {
                return Ok(());
            };
            at[next] += 1;
            at[next + 1..].fill(0);
        }
    }
}

fn chosen_last(s: &Structure, so: &Solution, chosen: &[usize]) -> Last {
    let mut last = vec![None; s.layout.parts.len()];
    for &write in chosen {
        if let Some(part) = so.part[write] {
            last[part as usize] = Some(write);
        }
    }
    last
}
