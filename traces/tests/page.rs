//! The exported page in a real browser: every state that it shows is the trace's. Skipped where there is no
//! Chromium.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use traces::export::{Film, Shots, film, html};
use traces::format::{Header, Lines, Setup, Writer};
use traces::machine::Machine;
use traces::record::{Recorder, Run, schedule};
use traces::session::Session;
use traces::{library, load};

/// The program to run, if there is one.
fn chromium() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        let asked = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    })
}

fn sb(dir: &Path, shots: Shots<'_>) -> Film {
    let text = library::find("SB").expect("a built-in test").text;
    let test = load::parse(text).value.expect("a test");
    let setup = Setup::new(Machine::of(&test.arch), &test);
    let session = Session::new(test, setup).expect("a machine");
    let path = dir.join("sb.trace.jsonl");
    let header = Header::new(&session.test, text, session.setup.clone());
    let recorder = Recorder::begin(Writer::create(&path).unwrap(), &header).unwrap();
    let mut run = Run::new(session.machine(), recorder);
    schedule::follow(&mut run, "P0.1\nP0.2\nP1.1\nP1.1\nP1.2\nP0.1").unwrap().unwrap();
    run.finish().unwrap();
    film(&mut Lines::new(fs::File::open(path).unwrap()), shots).expect("a film")
}

/// The page's elements after its script has run.
fn dom(browser: &str, dir: &Path, page: &Path, hash: &str) -> String {
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(format!("file://{}{hash}", page.display()))
        .stderr(Stdio::null())
        .output()
        .expect("a browser");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The elements with the attributes of `b` and `span class` left out.
fn without_marks(dom: &str) -> String {
    let mut plain = dom.to_string();
    for (element, kept) in [("<b class=\"", "<b"), ("<span class=\"", "<span")] {
        let text = plain;
        let mut parts = text.split(element);
        plain = parts.next().unwrap_or("").to_string();
        for part in parts {
            plain.push_str(kept);
            plain.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
        }
    }
    plain
}

#[track_caller]
fn check(dom: &str, film: &Film, number: usize) {
    // Marks of change are drawn, and not part of what is compared.
    let dom = &without_marks(dom);
    let frame = film.frames.iter().find(|frame| frame.number == number).unwrap();
    let has = |what: &str| assert!(dom.contains(what), "state {number}: no `{what}` in the page");
    has(&format!("data-step=\"{number}\""));
    has(&format!("<small> of {}</small>", film.steps));
    let name = frame.step.as_ref().map_or("The start", |step| step.name.as_str());
    has(&format!("id=\"name\">{name}</span>"));
    has(&format!("aria-current=\"step\"><b>{number}</b>"));
    let registers = frame.view.cores.iter().flat_map(|core| &core.registers);
    for cell in registers.chain(&frame.view.memory) {
        has(&format!("{}=<b>{}</b>", cell.name, cell.value));
    }
    let stores: usize = frame.view.cores.iter().map(|core| core.buffer.len()).sum();
    assert_eq!(dom.matches(":=<b").count(), stores, "stores in store buffers of state {number}");
    for entry in frame.view.cores.iter().flat_map(|core| &core.buffer) {
        has(&format!("{}:=<b>{}</b>", entry.location, entry.value));
    }
    for outcome in &frame.outcomes {
        has(&format!("<b>{}</b><span><span>{}</span>", outcome.sign(), outcome.text));
    }
}

#[test]
fn the_page_shows_every_state_of_the_trace() {
    let Some(browser) = chromium() else { return };
    let dir = tempfile::tempdir().unwrap();
    let film = sb(dir.path(), Shots::default());
    assert_eq!(film.frames.len(), 7);
    let page = dir.path().join("sb.html");
    let text = html::html(&film).unwrap();
    fs::write(&page, &text).unwrap();
    for number in 0..film.frames.len() {
        check(&dom(browser, dir.path(), &page, &format!("#step={number}")), &film, number);
    }
    // With the keys: to the end, one too far, two back.
    let keys = ["End", "ArrowRight", "ArrowLeft", "ArrowLeft"];
    let press = |key: &str| {
        format!("dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', cancelable: true}}));")
    };
    let script: String = keys.iter().map(|key| press(key)).collect();
    fs::write(&page, text.replace("</body>", &format!("<script>{script}</script></body>"))).unwrap();
    check(&dom(browser, dir.path(), &page, ""), &film, 4);
}

#[test]
fn a_part_of_a_run_keeps_its_numbers() {
    let Some(browser) = chromium() else { return };
    let dir = tempfile::tempdir().unwrap();
    let film = sb(dir.path(), Shots { steps: 2..=4, ..Shots::default() });
    let page = dir.path().join("sb.html");
    fs::write(&page, html::html(&film).unwrap()).unwrap();
    for (hash, shown) in [("", 2), ("#step=3", 3), ("#step=6", 4)] {
        let dom = dom(browser, dir.path(), &page, hash);
        check(&dom, &film, shown);
        assert!(dom.contains("<small>(2 to 4 are shown)</small>"));
    }
}

#[test]
fn the_page_loads_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let text = html::html(&sb(dir.path(), Shots::default())).unwrap();
    assert!(!text.contains("http:") && !text.contains("https:") && !text.contains(" src="));
    assert!(text.contains("default-src 'none'"));
}
