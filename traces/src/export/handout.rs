//! What a page has on paper, beside its list of steps: the test, what it asks, how it can end, and what the run has cost.

use std::fmt::Write as _;

use super::html::escape;
use super::{Film, Frame};
use crate::view::{Count, Counts, OutcomeView};

/// What stands before the steps.
pub(super) fn before(film: &Film) -> String {
    let mut text = format!("<h2>The test</h2><pre>{}</pre>", escape(film.source.trim_end()));
    let _ = write!(text, "<h2>The question</h2><p><code>{}</code></p>", escape(&film.condition));
    let _ = write!(text, "<p>{}</p><h2>Final states</h2>", escape(&film.answer()));
    if let Some(reason) = &film.without_outcomes {
        let _ = write!(text, "<p>{}</p>", escape(reason));
    }
    let items = finals(film).iter().map(|outcome| {
        let words = outcome_words(film, outcome).map(|words| format!(" ({words})")).unwrap_or_default();
        format!("<li><code>{}</code>{words}</li>", escape(&outcome.text))
    });
    let _ = write!(text, "<ul>{}</ul>", items.collect::<String>());
    text
}

/// What stands after them.
pub(super) fn after(film: &Film) -> String {
    film.frames.last().and_then(|frame| frame.view.counts.as_ref()).map(costs).unwrap_or_default()
}

fn costs(counts: &Counts) -> String {
    let cells = |tag: &str, texts: Vec<String>| -> String {
        texts.into_iter().map(|text| format!("<{tag}>{text}</{tag}>")).collect()
    };
    let heads = counts.columns().map(|column| escape(&column.name)).collect();
    let mut text = format!("<h2>What the run has cost</h2><table><tr><td></td>{}</tr>", cells("th", heads));
    for measure in counts.measures() {
        let value = |count: &Count| count.value(measure.key).map_or(String::new(), |value| value.to_string());
        let label = format!("{}{}", "&nbsp;&nbsp;".repeat(measure.depth), escape(measure.label));
        let values = cells("td", counts.columns().map(value).collect());
        let _ = write!(text, "<tr><th>{label}</th>{values}</tr>");
    }
    let _ = write!(text, "</table><p>{}</p>", escape(&counts.words()));
    text
}

/// The final states of the test, as they stand at the end of what is shown.
pub(super) fn finals(film: &Film) -> &[OutcomeView] {
    film.frames.last().map_or(&[], |frame| &frame.outcomes)
}

/// What is special about a final state.
pub(super) fn outcome_words(film: &Film, outcome: &OutcomeView) -> Option<String> {
    let ended = film.frames.iter().any(|frame| frame.view.outcome.as_ref() == Some(&outcome.text));
    let words = [
        (ended, "this run ends so"),
        (outcome.weak == Some(true), "weak: no sequentially consistent run gives it"),
        (outcome.asked, "what the test asks about"),
    ];
    let words: Vec<&str> = words.into_iter().filter(|(is, _)| *is).map(|(_, words)| words).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

impl Film {
    /// The answer to the test's question, as far as the film has it, and how the run ends.
    pub fn answer(&self) -> String {
        let finals = finals(self);
        let asked = finals.iter().filter(|outcome| outcome.asked).count();
        let answer = match (asked, finals.len()) {
            (_, 0) => None,
            (0, all) => Some(format!("Never: none of the {all} final states is so.")),
            (asked, all) if asked == all => Some(format!("Always: all {all} final states are so.")),
            (1, all) => Some(format!("Sometimes: 1 of the {all} final states is so.")),
            (asked, all) => Some(format!("Sometimes: {asked} of the {all} final states are so.")),
        };
        let end = |frame: &Frame| frame.view.outcome.as_ref().map(|end| format!("This run ends in {end}."));
        let end = self
            .frames
            .last()
            .and_then(end)
            .unwrap_or("What is shown of this run does not reach an end.".into());
        answer.into_iter().chain([end]).collect::<Vec<_>>().join(" ")
    }
}
