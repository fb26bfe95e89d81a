//! One self-contained page that steps through a run. It loads nothing and sends nothing.

use std::fmt::Write as _;

use serde::Serialize;

use super::Film;
use crate::view::Status;
use crate::view::counts::{CYCLES, MEASURES};

/// The page, with `{{...}}` where the film goes.
const PAGE: &str = include_str!("page.html");

/// What the page's script reads.
#[derive(Serialize)]
struct Data<'a> {
    film: &'a Film,
    /// Per status: its word and its sign.
    words: Vec<(Status, &'static str, char)>,
    /// `signs[frame]`: the sign of each outcome.
    signs: Vec<String>,
    /// Per row of the table of counts: its key, its label and how far it is indented.
    measures: Vec<(&'static str, &'static str, usize)>,
}

/// The film as a page.
///
/// # Errors
/// None that this data can give: only what the serializer may say.
pub fn html(film: &Film) -> serde_json::Result<String> {
    const ALL: [Status; 9] = [
        Status::Ahead,
        Status::Predicted,
        Status::Waiting,
        Status::Ready,
        Status::Buffered,
        Status::Bound,
        Status::Done,
        Status::Retired,
        Status::Skipped,
    ];
    let measures = MEASURES.iter().chain([&CYCLES]);
    let data = Data {
        film,
        words: ALL.iter().map(|status| (*status, status.word(), status.sign())).collect(),
        signs: film.frames.iter().map(|f| f.outcomes.iter().map(|o| o.sign()).collect()).collect(),
        measures: measures.map(|measure| (measure.key, measure.label, measure.depth)).collect(),
    };
    // Inside a script element only `<` could end it.
    let json = serde_json::to_string(&data)?.replace('<', "\\u003c");
    let mut page = String::with_capacity(PAGE.len() + json.len() + 1024);
    let mut rest = PAGE;
    // In one pass, so that nothing in the test is taken for a place in the page.
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((key, after)) = after.split_once("}}") else { break };
        match key {
            "title" => page.push_str(&escape(&film.heading())),
            "data" => page.push_str(&json),
            "timeline" => page.push_str(&timeline(film)),
            _ => {}
        }
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// The run as a list of links, which can be read without the script.
fn timeline(film: &Film) -> String {
    let mut list = String::new();
    for (number, frame) in film.frames.iter().enumerate() {
        let (name, story) = frame.told();
        let branch = if number > 0 && frame.after + 1 != number { " class=\"branch\"" } else { "" };
        let mark = frame.bookmark.as_ref().map(|b| format!(" <em>{}</em>", escape(b))).unwrap_or_default();
        let _ = writeln!(
            list,
            "<li{branch}><a href=\"#step={number}\"><b>{number}</b> {}</a>{mark}<span class=\"says\">{}</span></li>",
            escape(name),
            escape(&story)
        );
    }
    list
}

/// Text for a page or a picture.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // What XML does not have.
            c if c.is_control() && c != '\n' && c != '\t' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
