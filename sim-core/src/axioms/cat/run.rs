//! Runs the instructions of a model over one candidate.

use std::rc::Rc;

use super::ast::{Place, Property, Use};
use super::builtins::at;
use super::eval::{CHOSEN, Eval, Execution, Fail, Interp, bind_formals, no_clause, with_values};
use super::ir::{Check, Kind, Step};
use super::names::Base;
use super::value::{Env, Value};
use crate::axioms::bits::Rel;

/// A way through the model that accepted the candidate.
pub(crate) struct Accepted<'a> {
    /// Flags that were raised, in order.
    pub flags: &'a [String],
    /// The coherence order, where the model chose it from [`Base::CoherenceOrders`].
    pub co: Option<&'a Rc<Rel>>,
}

/// Sees what a model says about candidates.
pub(crate) trait Watch<E> {
    /// A way through the model accepted the candidate; `false` ends the enumeration.
    ///
    /// # Errors
    /// Ends the enumeration.
    fn accepted(&mut self, interp: &mut Interp<'_, E>, accepted: Accepted) -> Eval<bool>;

    /// A check of the file level failed, with this coherence order if the model chose one.
    ///
    /// # Errors
    /// Ends the enumeration.
    fn rejected<'m>(
        &mut self,
        _interp: &mut Interp<'m, E>,
        _check: &'m Check,
        _co: Option<&Rc<Rel>>,
    ) -> Eval<()> {
        Ok(())
    }
}

/// What is decided so far on a way through the model.
struct Way<'a, E> {
    flags: Vec<String>,
    /// Number of `with … from` passed.
    choices: usize,
    co: Option<Rc<Rel>>,
    watch: &'a mut dyn Watch<E>,
}

impl<'m, E: Execution> Interp<'m, E> {
    /// Runs the model; each way through it that rejects nothing is accepted.
    ///
    /// # Errors
    /// What is wrong with the model, or [`Fail::Stop`] after `watch` wanted no more.
    pub fn run(&mut self, watch: &mut dyn Watch<E>) -> Eval<()> {
        let mut way = Way { flags: Vec::new(), choices: 0, co: None, watch };
        match self.steps(&self.program.steps, &None, &mut way) {
            Err(Fail::Reject) | Ok(()) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// The steps of the file level: each way that passes them all is accepted.
    fn steps(&mut self, steps: &'m [Step], env: &Env<'m>, way: &mut Way<'_, E>) -> Eval<()> {
        for (k, step) in steps.iter().enumerate() {
            if let Step::With(slot, set) = step {
                return self.each_choice(*slot, set, &steps[k + 1..], way);
            }
            match self.step(step, env, way) {
                Err(Fail::Reject) => {
                    if let Step::Check(_, check, _) = step {
                        way.watch.rejected(self, check, way.co.as_ref())?;
                    }
                    return Err(Fail::Reject);
                }
                other => other?,
            }
        }
        let accepted = Accepted { flags: &way.flags, co: way.co.as_ref() };
        if way.watch.accepted(self, accepted)? { Ok(()) } else { Err(Fail::Stop) }
    }

    fn each_choice(
        &mut self,
        slot: u32,
        set: &'m super::ir::Node,
        rest: &'m [Step],
        way: &mut Way<'_, E>,
    ) -> Eval<()> {
        let level = CHOSEN + way.choices;
        way.choices += 1;
        let flags = way.flags.len();
        let one = |interp: &mut Self, value: Value<'m>, way: &mut Way<'_, E>| {
            interp.moved(level);
            interp.choose(slot, value, level);
            let result = interp.steps(rest, &None, way);
            way.flags.truncate(flags);
            match result {
                Err(Fail::Reject) | Ok(()) => Ok(()),
                Err(other) => Err(other),
            }
        };
        if let Kind::Base(Base::CoherenceOrders) = set.kind {
            let mut first = true;
            while let Some(order) = self.exec.coherence_order(first) {
                first = false;
                way.co = Some(order.clone());
                one(self, Value::Rel(order), way)?;
            }
            way.co = None;
        } else {
            let value = self.eval(set, &None)?;
            for value in self.choices(&value).map_err(at(set.place))? {
                one(self, value, way)?;
            }
        }
        way.choices -= 1;
        Err(Fail::Reject)
    }

    fn block(&mut self, steps: &'m [Step], env: &Env<'m>, way: &mut Way<'_, E>) -> Eval<()> {
        let mut env = env.clone();
        for step in steps {
            if let Step::Let(binds) = step {
                env = self.extend(binds, &env)?;
            } else {
                self.step(step, &env, way)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &'m Step, env: &Env<'m>, way: &mut Way<'_, E>) -> Eval<()> {
        match step {
            Step::Check(what_for, check, index) => {
                let holds = match index {
                    Some(index) => self.kept_check(check, *index)?,
                    None => self.check(check, env)?,
                };
                outcome(*what_for, check, holds, way)
            }
            Step::Let(binds) => self.extend(binds, env).map(drop),
            Step::Forall(set, body) => {
                let value = self.eval(set, env)?;
                for member in value.members(self.exec.events()).map_err(at(set.place))? {
                    self.block(body, &with_values(env, &[member]), way)?;
                }
                Ok(())
            }
            Step::Call(index, argument) => {
                let program = self.program;
                let procedure = &program.procedures[*index as usize];
                let value = self.eval(argument, env)?;
                let env = bind_formals(procedure.arity, "this procedure", value, &None, argument.place)?;
                self.deeper(argument.place, |interp| interp.block(&procedure.body, &env, way))
            }
            Step::Match(of, clauses, default) => {
                let tag = self.tag(of, env)?;
                let clause = clauses.iter().find(|(t, _)| *t == tag).map(|(_, body)| body);
                match clause.or(default.as_ref()) {
                    Some(body) => self.block(body, env, way),
                    None => Err(no_clause(&tag, of.place)),
                }
            }
            Step::Unbound(name, place) => {
                Err(Fail::error(*place, "cat-unbound", format!("there is no procedure `{name}`")))
            }
            Step::With(_, set) => Err(Fail::error(
                set.place,
                "cat-unsupported",
                "`with` is understood at the level of a file only",
            )),
        }
    }

    /// Whether a check of the file level holds, evaluated anew only if what it depends on has changed.
    fn kept_check(&mut self, check: &'m Check, index: u32) -> Eval<bool> {
        if let Some((holds, stamp)) = self.checks[index as usize]
            && self.fresh(stamp)
        {
            return Ok(holds);
        }
        let kept = self.measured(|interp| interp.check(check, &None))?;
        self.checks[index as usize] = Some(kept);
        Ok(kept.0)
    }

    /// Whether a check holds.
    pub(super) fn check(&mut self, check: &'m Check, env: &Env<'m>) -> Eval<bool> {
        let value = self.eval(&check.of, env)?;
        let rel = || value.as_rel(self.exec.events()).map_err(at(check.of.place));
        let holds = match check.property {
            Property::Acyclic => rel()?.is_acyclic(),
            Property::Irreflexive => rel()?.is_irreflexive(),
            Property::Empty => match &value {
                Value::Empty | Value::Set(_) | Value::Rel(_) => value.is_empty(),
                Value::Universe => self.exec.events() == 0,
                Value::Event(_) | Value::Pair(..) => false,
                other => {
                    let message =
                        format!("a set of events or a relation is expected, not {}", other.type_name());
                    return Err(Fail::error(check.of.place, "cat-type", message));
                }
            },
        };
        Ok(holds != check.negated)
    }
}

fn outcome<E>(what_for: Use, check: &Check, holds: bool, way: &mut Way<'_, E>) -> Eval<()> {
    let mut flag = |name: &str| {
        if !way.flags.iter().any(|f| f == name) {
            way.flags.push(name.to_owned());
        }
        Ok(())
    };
    match (what_for, holds, &check.name) {
        (Use::Require, false, _) => Err(Fail::Reject),
        (Use::Flag, true, Some(name)) => flag(name),
        (Use::Undefined, false, _) => flag("*undef*"),
        (Use::Assert, false, name) => Err(assertion(name.as_deref(), check.place)),
        _ => Ok(()),
    }
}

fn assertion(name: Option<&str>, place: Place) -> Fail {
    let what = name.map_or_else(String::new, |name| format!(" `{name}`"));
    Fail::limit(place, format!("the assertion{what} of the model fails"))
}
