//! The steps of a directory protocol from a state that is known by its parts.

use super::acts::{Act, Case, Done};
use super::joined::{Joined, Taken};
use super::means::Means;
use super::model::{Model, Violation};
use super::moves::Moves;
use super::parts::{UNKNOWN, seen_by, told_by};
use super::space::Wrong;
use super::twins::Twins;
use super::words::{self, NOTES_COUNT, link};
use crate::memory::system::CORES_MAX;

/// What a thread needs to take steps.
#[derive(Debug)]
pub(super) struct Network {
    moves: Moves,
    next: Joined,
}

/// A state whose steps are taken.
struct Here<'a> {
    state: &'a Joined,
    /// What the directory notes of each core.
    notes: [u8; CORES_MAX],
    /// Of how many cores it notes what.
    counts: [u8; NOTES_COUNT],
}

/// Who takes a step.
struct Actor {
    core: Option<usize>,
    /// Whether the home does, for the core.
    at_home: bool,
    /// The place of the message that arrives, if it is a loose one.
    message: Option<usize>,
}

impl Here<'_> {
    fn new<'a>(state: &'a Joined, means: &Means) -> Here<'a> {
        let mut here = Here { state, notes: [0; CORES_MAX], counts: [0; NOTES_COUNT] };
        for (note, &part) in here.notes.iter_mut().zip(state.parts()) {
            *note = means.known.facts(part).notes;
            here.counts[usize::from(*note)] += 1;
        }
        here
    }

    /// The case in which an act takes place at home for a core, or at a cache for a message from another one.
    #[inline]
    fn case(&self, core: Option<usize>, act: Act) -> Case {
        let part = core.map_or(UNKNOWN, |core| self.state.parts()[core]);
        if !act.is_at_home() {
            return Case { part, act, home: 0, others: [0; NOTES_COUNT] };
        }
        let mut others = self.counts;
        if let Some(core) = core {
            others[usize::from(self.notes[core])] -= 1;
        }
        // Those of which nothing is noted are not concerned.
        others[0] = 0;
        Case { part, act, home: self.state.shared()[0], others }
    }
}

impl Network {
    /// With nothing known yet.
    pub(super) fn new(model: &Model) -> Network {
        Network { moves: Moves::new(model), next: Joined::new(model) }
    }

    /// Takes every step from a state, of the steps of twins only the first one's.
    pub(super) fn each_step(
        &mut self,
        model: &Model,
        state: &Joined,
        twins: &Twins,
        means: &mut Means,
        mut taken: impl FnMut(&mut Means, Taken),
    ) -> Result<(), Wrong<Violation>> {
        let here = Here::new(state, means);
        for (core, &part) in state.parts().iter().enumerate() {
            let weight = twins.weight(Some(core));
            if weight == 0 {
                continue;
            }
            for number in self.moves.acts(part, model, means) {
                let (act, done) = self.moves.act(number);
                let done =
                    done.unwrap_or_else(|| self.moves.number(&here.case(Some(core), act), model, means));
                let actor = Actor { core: Some(core), at_home: act.is_at_home(), message: None };
                if self.step(model, &here, &actor, done, means)? {
                    let progress = act.is_under_way();
                    taken(means, Taken { progress, actor: actor.core, weight, after: &self.next });
                }
            }
        }
        for place in 0..means.tails.messages(state.tail()).len() {
            let loose = means.tails.messages(state.tail());
            let message = loose[place];
            let core = link(message).map(|(to, _)| to);
            let weight = twins.weight(core);
            if weight == 0 || place > 0 && loose[place - 1] == message {
                continue;
            }
            let act = Act::arrival(core.map_or(message, |core| seen_by(core, message)));
            let done = self.moves.number(&here.case(core, act), model, means);
            let actor = Actor { core, at_home: act.is_at_home(), message: Some(place) };
            if self.step(model, &here, &actor, done, means)? {
                taken(means, Taken { progress: true, actor: core, weight, after: &self.next });
            }
        }
        Ok(())
    }

    /// Takes a step, unless it has to wait: whether `next` is the state after it.
    #[inline]
    fn step(
        &mut self,
        model: &Model,
        here: &Here,
        actor: &Actor,
        done: u32,
        means: &mut Means,
    ) -> Result<bool, Wrong<Violation>> {
        let change = match self.moves.done(done) {
            Done::Waits => return Ok(false),
            Done::Impossible { home, place } => {
                let violation = Violation::Impossible { home: *home, place: *place };
                return Err(Wrong { violation, at_step: true });
            }
            Done::Change(change) => change,
        };
        let Means { known, tails, fates, .. } = means;
        let (next, parts) = (&mut self.next, here.state.parts());
        *next = *here.state;
        let mut tail = next.tail();
        if let Some(core) = actor.core {
            next.put(core, change.part);
        }
        if let Some(place) = actor.message {
            let linked = link(tails.messages(tail)[place]).map(|(_, requester)| requester);
            tail = tails.without(tail, place);
            if let (Some(other), Some(fate)) = (linked, change.fates[0]) {
                next.put(other, fates.fated(parts[other], fate, model, known));
            }
        }
        if actor.at_home {
            next.put_shared(&[change.home]);
            for (other, &part) in parts.iter().enumerate() {
                let fate = change.fates[usize::from(here.notes[other])];
                if let (Some(fate), false) = (fate, actor.core == Some(other)) {
                    next.put(other, fates.fated(part, fate, model, known));
                }
            }
        }
        if let Some(loose) = &change.loose {
            for other in (0..parts.len()).filter(|&other| actor.core != Some(other)) {
                for &message in &loose.links[usize::from(here.notes[other])] {
                    tail = tails.with(tail, told_by(actor.core.unwrap_or(other), other, message));
                }
            }
            for &message in &loose.rest {
                tail = tails.with(tail, message);
            }
        }
        next.put_tail(tail);
        if change.stored != 0 {
            rebase(next, change.stored, model, means);
        }
        Ok(true)
    }
}

/// Makes contents relative to what has been stored.
fn rebase(state: &mut Joined, stored: u8, model: &Model, means: &mut Means) {
    let Means { known, tails, fates, .. } = means;
    for core in 0..state.parts().len() {
        let part = fates.rebased(state.parts()[core], stored, model, known);
        state.put(core, part);
    }
    let home = state.shared()[0];
    state.put_shared(&[words::with_memory(home, model.relative(words::memory(home), stored))]);
    state.put_tail(tails.rebased(state.tail(), stored, model));
}

#[cfg(test)]
mod tests {
    use super::super::canonical::Canonical;
    use super::super::keys::Key;
    use super::super::lines::{Lines, Scratch};
    use super::super::space::Space;
    use super::*;
    use crate::memory::protocol::{self, Family, Protocol};
    use proptest::prelude::*;

    /// Every directory protocol, correct and with each of its bugs.
    fn protocols() -> Vec<Protocol> {
        let mut correct = protocol::all();
        correct.retain(|protocol| matches!(protocol.family, Family::Directory { .. }));
        let broken = |correct: &Protocol| {
            correct.bugs.iter().map(|bug| correct.with_bug(bug)).collect::<Vec<Protocol>>()
        };
        let bugs: Vec<Protocol> = correct.iter().flat_map(broken).collect();
        correct.into_iter().chain(bugs).collect()
    }

    /// Steps as they are given to a function.
    type Steps<'a> = &'a mut dyn FnMut(&mut Canonical, &mut Means, Taken);

    /// Where a step leads, how many steps it stands for, and whether it was under way.
    type Came = (Key<2>, usize, bool);

    /// What comes of each step, sorted.
    fn taken(
        steps: impl FnOnce(Steps) -> Result<(), Wrong<Violation>>,
    ) -> Result<Vec<Came>, Wrong<Violation>> {
        let mut all = vec![];
        steps(&mut |canonical, means, step| {
            let (key, _) = canonical.pack(step.after, means).expect("there are numbers enough");
            all.push((key, step.weight, step.progress));
        })?;
        all.sort_unstable();
        Ok(all)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Steps by parts lead where steps on words lead, and use the same entries of the tables.
        #[test]
        fn steps_by_parts_are_those_on_words(
            number in 0..protocols().len(),
            cores in 2u8..6,
            values in 1u8..4,
            symmetry: bool,
            choices in prop::collection::vec(0usize..1000, 0..60),
        ) {
            let lines = Lines::new(Model::new(protocols().swap_remove(number), cores, values), symmetry);
            let scratch = || <Lines as Space<2>>::scratch(&lines);
            let (mut one, mut other) = (scratch(), scratch());
            let (mut key, _) = <Lines as Space<2>>::initial(&lines, &mut one);
            for choice in choices {
                lines.enter(&key, &mut one);
                lines.enter(&key, &mut other);
                let twins = one.twins;
                let by_parts = taken(|taken| lines.each_step(&mut one, &twins, taken));
                let on_words = taken(|taken| {
                    let Scratch { canonical, here, means, on_words, .. } = &mut other;
                    let taken = |means: &mut Means, step: Taken| taken(canonical, means, step);
                    on_words.each_step(&lines.model, here, &twins, means, taken)
                });
                let Ok(steps) = on_words else {
                    // Which of several impossible steps comes first may differ.
                    prop_assert!(by_parts.is_err());
                    break;
                };
                prop_assert_eq!(by_parts.ok(), Some(steps.clone()));
                prop_assert_eq!(&one.means.coverage, &other.means.coverage);
                let Some(&(next, ..)) = steps.get(choice % steps.len().max(1)) else { break };
                key = next;
            }
        }
    }
}
