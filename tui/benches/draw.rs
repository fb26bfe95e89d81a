//! How long a key takes until the screen shows what it did, with four cores on 200 x 60: below 16 ms nobody
//! can tell. `draw` is the screen alone, `key and draw` a step forward or back in time before it, `preview
//! and draw` an arrow.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use traces::session::Session as Bench;
use tui::step::app::{App, Settings};
use tui::step::open::{Opening, Wishes};
use tui::step::session::Session;
use tui::step::theme::Theme;
use tui::step::ui;

fn draw(criterion: &mut Criterion) {
    for name in ["x86tso/IRIW", "armv8/IRIW"] {
        let opening = Opening::named(name, &Wishes::default()).expect("a built-in test");
        let test = traces::load::parse(&opening.document.text).value.expect("a test");
        let bench = Bench::new(test, opening.document.setup.clone()).expect("a machine");
        let settings = Settings { theme: Theme::Safe, present: false, pause: 800 };
        let mut app = App::new(Session::new(&bench), &opening.document, settings);
        app.session.settle(Duration::from_secs(60));
        for key in ["w", "space", "space", "space", "space"] {
            app.key(key);
            app.session.settle(Duration::from_secs(60));
        }
        let mut terminal = Terminal::new(TestBackend::new(200, 60)).expect("a screen");
        let mut group = criterion.benchmark_group(name);
        group.bench_function("draw", |b| {
            b.iter(|| terminal.draw(|frame| ui::draw(frame, black_box(&app))).map(|_| ()));
        });
        let mut back = false;
        group.bench_function("key and draw", |b| {
            b.iter(|| {
                back = !back;
                app.key(if back { "u" } else { "r" });
                app.tick(1);
                terminal.draw(|frame| ui::draw(frame, black_box(&app))).map(|_| ())
            });
        });
        group.bench_function("preview and draw", |b| {
            b.iter(|| {
                app.key("down");
                terminal.draw(|frame| ui::draw(frame, black_box(&app))).map(|_| ())
            });
        });
        group.finish();
    }
}

criterion_group!(benches, draw);
criterion_main!(benches);
