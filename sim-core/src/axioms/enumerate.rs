//! All candidate executions of a test, each judged by a model.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::litmus::Test;
use crate::outcome::State;

use super::bits::Rel;
use super::cat::Model;
use super::cat::eval::{FINAL, Fail, Interp, READS_FROM};
use super::cat::ir::{Check, Program};
use super::cat::run::{Accepted, Watch};
use super::coherence::traits;
use super::execution::Candidate;
use super::final_state::{Last, last_of, observed, state};
use super::layout::Layout;
use super::path::{Path, Paths, paths};
use super::solve::{Coherence, Solution, Solver};
use super::structure::Structure;

/// How far an enumeration goes, and how it ended.
#[derive(Debug)]
pub(crate) struct Limits<'a> {
    /// Backward jumps to one instruction on one path.
    pub unroll: u32,
    /// Choices tried before giving up: see [`Limits::candidate`].
    pub max_candidates: u64,
    /// Ends the enumeration when it becomes true.
    pub stop: Option<&'a AtomicBool>,
    tried: Cell<u64>,
    reached: RefCell<Option<String>>,
}

impl<'a> Limits<'a> {
    pub fn new(unroll: u32, max_candidates: u64, stop: Option<&'a AtomicBool>) -> Limits<'a> {
        Limits { unroll, max_candidates, stop, tried: Cell::new(0), reached: RefCell::new(None) }
    }

    /// Counts a choice, of a source for a read, of final writes or of a coherence order; `false` if it is
    /// one too many.
    pub fn candidate(&self) -> bool {
        self.tried.set(self.tried.get() + 1);
        if self.tried.get() > self.max_candidates {
            self.reach(format!("{} choices", self.max_candidates));
        }
        self.go_on()
    }

    /// Whether no limit is reached yet.
    pub fn go_on(&self) -> bool {
        if self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            self.reach("stopped".to_owned());
        }
        self.reached.borrow().is_none()
    }

    /// Records a limit; the first stays.
    pub fn reach(&self, limit: String) {
        self.reached.borrow_mut().get_or_insert(limit);
    }

    /// Choices tried so far.
    pub fn tried(&self) -> u64 {
        self.tried.get()
    }

    /// The limit that ended the enumeration, if one did.
    pub fn reached(&self) -> Option<String> {
        self.reached.borrow().clone()
    }
}

/// What an enumeration met on its way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Met {
    /// Whether paths were cut by the limit on loops.
    pub cut: bool,
    /// Whether an access left memory on some path: such paths are no executions.
    pub outside: bool,
}

/// What the model says about a candidate.
pub(crate) trait Visitor {
    /// It is accepted; `false` ends the enumeration.
    ///
    /// # Errors
    /// Ends the enumeration.
    fn accepted(
        &mut self,
        interp: &mut Interp<'_, Candidate<'_, '_>>,
        ending: Ending,
        flags: &[String],
    ) -> Result<bool, Fail>;

    /// A check rejects it.
    ///
    /// # Errors
    /// Ends the enumeration.
    fn rejected<'m>(
        &mut self,
        _interp: &mut Interp<'m, Candidate<'_, '_>>,
        _check: &'m Check,
        _ending: Ending,
    ) -> Result<(), Fail> {
        Ok(())
    }

    /// Whether it wants to see rejected candidates too.
    fn wants_rejected(&self) -> bool {
        false
    }
}

/// How an execution ends.
pub(crate) struct Ending {
    /// The final state.
    pub state: State,
    /// The coherence order, unless the model makes it by itself.
    pub co: Option<Rc<Rel>>,
}

/// The combinations of control paths of a test.
pub(crate) struct Combinations {
    pub threads: Vec<Paths>,
    pub layout: Layout,
}

impl Combinations {
    pub fn new(test: &Test, unroll: u32) -> Combinations {
        let threads: Vec<Paths> =
            (0..test.program.threads.len()).map(|thread| paths(&test.program, thread, unroll)).collect();
        let layout = Layout::new(test, &threads);
        Combinations { threads, layout }
    }

    /// Calls `each` with the paths of every combination; `false` ends it.
    pub fn each<'c>(&'c self, each: &mut dyn FnMut(&[&'c Path]) -> bool) {
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

/// Shows the visitor the candidates of a test; where `pruned`, none that coherence rules out for a model
/// that requires coherence.
///
/// # Errors
/// What is wrong with the model.
pub(crate) fn enumerate(
    test: &Test,
    model: &Model,
    limits: &Limits,
    pruned: bool,
    visitor: &mut dyn Visitor,
) -> Result<Met, Fail> {
    let combinations = Combinations::new(test, limits.unroll);
    let program = model.program(test.mixed);
    let traits = traits(program);
    if combinations.threads.iter().any(|t| t.too_many) {
        limits.reach("too many control paths".to_owned());
    }
    let mut met = Met { cut: combinations.threads.iter().any(|t| t.cut), outside: false };
    let mut result = Ok(());
    combinations.each(&mut |paths| {
        let s = Structure::new(test, &combinations.layout, paths, model.catdep);
        let coherence =
            Coherence { per_location: pruned && traits.coherent, rmw: pruned && traits.coherent_rmw };
        let mut judge = Judge { s: &s, native: traits.native, limits, visitor };
        result = judge.structure(program, coherence, &mut met);
        result.is_ok() && limits.go_on()
    });
    match result {
        Ok(()) | Err(Fail::Stop) => Ok(met),
        Err(fail) => Err(fail),
    }
}

struct Judge<'a, 's, 't> {
    s: &'s Structure<'t>,
    native: bool,
    limits: &'s Limits<'s>,
    visitor: &'a mut dyn Visitor,
}

impl<'s, 't> Judge<'_, 's, 't> {
    /// Judges all candidates of a structure.
    fn structure(&mut self, program: &Program, coherence: Coherence, met: &mut Met) -> Result<(), Fail> {
        let mut interp = Interp::new(program, Candidate::new(self.s, self.limits));
        let mut solver = Solver::new(self.s, coherence, self.limits);
        let mut result = Ok(());
        solver.run(&mut |so| {
            interp.exec.so = Some(so.clone());
            interp.moved(READS_FROM);
            result = if self.native { interp.run(self) } else { self.each_last(&mut interp) };
            result.is_ok() && self.limits.go_on()
        });
        met.outside |= solver.outside;
        result
    }

    fn ending(&self, candidate: &Candidate, co: Option<&Rc<Rel>>) -> Option<Ending> {
        let so = candidate.so.as_ref()?;
        let last = match co {
            Some(co) => last_of(self.s, so, co),
            None => chosen_last(self.s, so, &candidate.last),
        };
        let state = state(self.s, so, &last);
        let counted = self.s.test.filter.as_ref().is_none_or(|filter| filter.holds(&state));
        counted.then(|| Ending { state, co: co.cloned() })
    }

    /// For models that make coherence themselves: every choice of the last write to each observed location.
    fn each_last(&mut self, interp: &mut Interp<'_, Candidate<'s, 't>>) -> Result<(), Fail> {
        let s = self.s;
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
            if !self.limits.candidate() {
                return Ok(());
            }
            interp.run(self)?;
            let Some(next) = (0..at.len()).rev().find(|&k| at[k] + 1 < choices[k].len()) else {
                return Ok(());
            };
            at[next] += 1;
            at[next + 1..].fill(0);
        }
    }
}

impl<'s, 't> Watch<Candidate<'s, 't>> for Judge<'_, 's, 't> {
    fn accepted(
        &mut self,
        interp: &mut Interp<'_, Candidate<'s, 't>>,
        accepted: Accepted,
    ) -> Result<bool, Fail> {
        match self.ending(&interp.exec, accepted.co) {
            Some(ending) => self.visitor.accepted(interp, ending, accepted.flags),
            None => Ok(true),
        }
    }

    fn rejected<'m>(
        &mut self,
        interp: &mut Interp<'m, Candidate<'s, 't>>,
        check: &'m Check,
        co: Option<&Rc<Rel>>,
    ) -> Result<(), Fail> {
        if !self.visitor.wants_rejected() {
            return Ok(());
        }
        // A check that fails before coherence is chosen rejects every coherence order.
        let open = if self.native && co.is_none() { interp.exec.all_orders() } else { Vec::new() };
        let orders = if open.is_empty() { vec![co.cloned()] } else { open.into_iter().map(Some).collect() };
        for order in orders {
            if let Some(ending) = self.ending(&interp.exec, order.as_ref()) {
                self.visitor.rejected(interp, check, ending)?;
            }
        }
        Ok(())
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
