//! Why an access cannot happen yet, in as many sentences as a person reads.

use sim_core::machine::{Machine, Reason, State, Wait};

/// If more accesses than this are waited for by one reason, only the first is named.
const NAMED_MAX: usize = 2;

/// Why event `event` of a core cannot happen, as sentences without full stop; empty if it can. However long the window
/// is, there are no more of them than reasons twice over.
pub(super) fn reasons(machine: &Machine<'_>, state: &State, core: usize, event: usize) -> Vec<String> {
    let waits = machine.waits(state, core, event);
    if waits.is_empty() {
        return machine.why_not(state, core, event);
    }
    let path = machine.tree(core).path(state.cores[core].window.node);
    let subject = machine.access_words(core, path, event);
    let mut groups: Vec<(Reason, Vec<&Wait>)> = Vec::new();
    for wait in &waits {
        match groups.iter_mut().find(|(reason, _)| *reason == wait.reason) {
            Some((_, group)) => group.push(wait),
            None => groups.push((wait.reason, vec![wait])),
        }
    }
    let say = |wait: &Wait| format!("{subject} {}", machine.wait_words(core, path, wait));
    let mut sentences = Vec::new();
    for (_, group) in &groups {
        if group.len() <= NAMED_MAX {
            sentences.extend(group.iter().map(|wait| say(wait)));
        } else {
            sentences.push(format!("{}, and likewise for {} later ones", say(group[0]), group.len() - 1));
        }
    }
    sentences
}
