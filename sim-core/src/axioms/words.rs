//! Sentences for the edges of a cycle.

use super::cat::why::Link;
use super::explain::Step;
use super::graph::{Deed, Graph, GraphEvent};

/// The steps of a chain of links between events of the graph, fences folded into the step over them.
///
/// `index` gives the event of the graph for an event of the execution.
pub(crate) fn steps(links: Vec<Link>, graph: &Graph, index: &[Option<usize>]) -> Vec<Step> {
    let mut links = links;
    // A cycle that begins at a fence is turned so that it ends there.
    let fence =
        |event: usize| index[event].is_some_and(|e| matches!(graph.events[e].deed, Deed::Fence { .. }));
    let round = links.first().map(|l| l.from) == links.last().map(|l| l.to);
    if round && links.len() > 1 && fence(links[0].from) {
        links.rotate_left(1);
    }
    let mut out: Vec<Step> = Vec::new();
    for link in links {
        let (Some(from), Some(to)) = (index[link.from], index[link.to]) else { continue };
        let comment = link.comment.as_deref().map(str::to_owned);
        let (relation, within) = (link.name, link.within);
        let step = Step { from, to, relation, within, fence: None, comment, sentence: String::new() };
        match out.last_mut() {
            Some(last) if last.to == from && last.relation == "po" && step.relation == "po" => {
                if let Deed::Fence { name } = &graph.events[from].deed {
                    last.fence = Some(name.clone());
                    last.to = to;
                    continue;
                }
                out.push(step);
            }
            _ => out.push(step),
        }
    }
    for step in &mut out {
        // A dependency with or without choices is shown as the plain one where that holds as well.
        let plain = |e: &&super::graph::GraphEdge| {
            (e.from, e.to) == (step.from, step.to) && ["addr", "data", "ctrl"].contains(&e.relation)
        };
        if let (true, Some(edge)) = (step.relation.starts_with("pick-"), graph.edges.iter().find(plain)) {
            step.relation = edge.relation.to_owned();
        }
        step.sentence = sentence(step, graph);
    }
    out
}

fn thread(event: &GraphEvent) -> Option<String> {
    event.place.map(|(thread, _)| format!("P{thread}"))
}

/// `wrote x`, `read y`, `executed MFENCE`.
fn deed(event: &GraphEvent) -> String {
    match &event.deed {
        Deed::Read { location, .. } => format!("read {location}"),
        Deed::Write { location, .. } => format!("wrote {location}"),
        Deed::Fence { name } => format!("executed {}", spoken(name)),
    }
}

/// `read of y`, `write of x`.
fn noun(event: &GraphEvent) -> String {
    match &event.deed {
        Deed::Read { location, .. } => format!("read of {location}"),
        Deed::Write { location, .. } => format!("write of {location}"),
        Deed::Fence { name } => spoken(name),
    }
}

/// `x=1`
fn contents(event: &GraphEvent) -> String {
    match &event.deed {
        Deed::Read { location, value } | Deed::Write { location, value } => format!("{location}={value}"),
        Deed::Fence { name } => spoken(name),
    }
}

/// A sentence as a part of another: its first letter is small, unless its first word is an abbreviation.
fn in_a_sentence(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.as_str()) {
        (Some(first), rest) if !rest.starts_with(char::is_uppercase) => {
            first.to_lowercase().collect::<String>() + rest
        }
        _ => sentence.to_owned(),
    }
}

fn spoken(fence: &str) -> String {
    fence.replace('.', " ")
}

fn sentence(step: &Step, graph: &Graph) -> String {
    let (a, b) = (&graph.events[step.from], &graph.events[step.to]);
    let same = a.place.map(|p| p.0) == b.place.map(|p| p.0);
    let who = thread(a).unwrap_or_default();
    let other = thread(b).unwrap_or_default();
    match step.relation.as_str() {
        "rf" if a.place.is_none() => format!("{other} read {}, the initial value", contents(b)),
        "rf" if same => format!("{other} read {}, written by itself", contents(b)),
        "rf" => format!("{other} read {}, written by {who}", contents(b)),
        "co" if a.place.is_none() => {
            format!("{} at first, before {other} wrote {}", contents(a), contents(b))
        }
        "co" if same => format!("{who} wrote {} before {}", contents(a), contents(b)),
        "co" => format!("{who} wrote {} before {other} wrote {}", contents(a), contents(b)),
        "fr" if same => format!("{who} read {}, so before its own {}", contents(a), contents(b)),
        "fr" => format!("{who} read {}, so before {other}'s {}", contents(a), contents(b)),
        "rmw" | "amo" | "lxsx" => format!("{who} read and wrote {} as one atomic update", location(a)),
        "addr" => format!("{who}'s {} takes its address from its {}", noun(b), noun(a)),
        "data" => format!("{who}'s {} takes its data from its {}", noun(b), noun(a)),
        "ctrl" => format!("{who}'s {} stands behind a branch on its {}", noun(b), noun(a)),
        name if name.starts_with("pick") => {
            format!("{who}'s {} depends on its {} by way of a choice ({name})", noun(b), noun(a))
        }
        "si" | "sm" => format!("{who}'s {} and {} are parts of one access", noun(a), noun(b)),
        _ => {
            let (before, after) = (deed(a), deed(b));
            let (verb, again) = (before.split(' ').next(), after.split(' ').next());
            let after = if before == after {
                format!("it {after} again")
            } else if verb == again {
                after.split_once(' ').map_or("", |(_, rest)| rest).to_owned()
            } else {
                format!("it {after}")
            };
            let because = match (&step.fence, step.relation.as_str()) {
                (Some(fence), _) => format!("{} between them", spoken(fence)),
                (None, "po") => match (&step.comment, step.within.last().map(String::as_str)) {
                    (Some(comment), Some(clause)) => format!("{} ({clause})", in_a_sentence(comment)),
                    (None, Some("po-loc")) => "in program order, at one location".to_owned(),
                    (None, Some(clause)) => format!("in program order ({clause})"),
                    (_, None) => "in program order".to_owned(),
                },
                (None, "iico_order" | "iico_data" | "iico_ctrl") => "inside one instruction".to_owned(),
                (None, name) => name.to_owned(),
            };
            format!("{who} {before} before {after}: {because}")
        }
    }
}

fn location(event: &GraphEvent) -> &str {
    match &event.deed {
        Deed::Read { location, .. } | Deed::Write { location, .. } => location,
        Deed::Fence { name } => name,
    }
}
