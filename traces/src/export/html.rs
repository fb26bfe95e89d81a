//! One self-contained page that steps through a run. It loads nothing and sends nothing.

use super::{Film, Frame, handout, page};

/// The page, with `{{...}}` where the film goes.
const PAGE: &str = include_str!("page.html");

/// The film as a page.
///
/// # Errors
/// None that this data can give: only what the serializer may say.
pub fn html(film: &Film) -> serde_json::Result<String> {
    // Inside a script element only `<` could end it.
    let json = page::json(film)?.replace('<', "\\u003c");
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
            "handout" => page.push_str(&handout::before(film)),
            "cost" => page.push_str(&handout::after(film)),
            _ => {}
        }
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// The run as a list of links, which can be read without the script, and printed.
fn timeline(film: &Film) -> String {
    film.frames.iter().map(moment).collect()
}

fn moment(frame: &Frame) -> String {
    let (name, story) = frame.told();
    let number = frame.number;
    let back = frame.back_words().map(|back| format!("<i>{back}</i>")).unwrap_or_default();
    let mark = frame.bookmark.as_ref().map(|mark| format!("<em>{}</em>", escape(mark))).unwrap_or_default();
    let effect = escape(&frame.effect);
    let says = match (effect.is_empty(), story.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("<span class=\"says\"><code>{effect}</code></span>"),
        _ => format!("<span class=\"says\"><code>{effect}</code> {}</span>", escape(&story)),
    };
    let name = escape(name);
    format!("<li>{back}<a href=\"#step={number}\"><b>{number}</b> {name}</a>{mark}{says}</li>\n")
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
