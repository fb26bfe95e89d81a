//! What a run costs, as a session shows it.

use super::*;

/// The counts of a session as the table shows them, without what the last step added.
fn counted(app: &App<'_>) -> Vec<(String, std::collections::BTreeMap<String, u64>)> {
    let counts = app.session.view.counts.as_ref().expect("it has caches");
    counts.columns().map(|count| (count.name.clone(), count.values.clone())).collect()
}

fn take(app: &mut App<'_>, name: &str) {
    let place = app.session.view.enabled.iter().position(|step| step.name == name);
    let place = place.unwrap_or_else(|| panic!("no {name} in {:?}", app.session.view.enabled));
    app.session.take(place);
}

#[test]
fn counts_follow_time_and_mark_what_the_last_step_added() {
    with_on("two-counters", &caches("mesi", &["shared-lines"]), |app| {
        let start = counted(app);
        take(app, "P0 load x,y: BusRd");
        press(app, &["c"]);
        let shown = text(&drawn(app, 80, 24));
        assert!(shown.contains("Counts after step 1"), "{shown}");
        let row = shown.lines().find(|line| line.contains("read requests"));
        assert!(row.is_some_and(|row| row.contains("1 +1")), "{shown}");
        assert!(shown.contains("Cycles are an estimate: hit 1, line from memory 100"), "{shown}");
        let after = counted(app);
        // Time goes on under the table, and back.
        press(app, &["u"]);
        assert_eq!(counted(app), start);
        press(app, &["r"]);
        assert_eq!(counted(app), after);
        press(app, &["c"]);
        assert!(app.popup.is_none());
        // Another branch has its own counts, and going back to the first has those of it.
        press(app, &["u"]);
        take(app, "P1 load x,y: BusRd");
        assert_eq!(app.session.view.counts.as_ref().unwrap().cores[1].value("bus_rd"), Some(1));
        press(app, &["["]);
        assert_eq!(counted(app), after);
    });
}

#[test]
fn counts_are_hidden_from_the_panels_of_a_lecture() {
    with_on("two-counters", &caches("mesi", &[]), |app| {
        assert!(text(&drawn(app, 120, 40)).contains("hits 0  misses 0"));
        app.settings.present = true;
        assert!(!text(&drawn(app, 120, 40)).contains("misses 0"));
        press(app, &["c"]);
        assert!(text(&drawn(app, 120, 40)).contains("Counts after step 0"));
    });
    with("SB", |app| {
        press(app, &["c"]);
        assert!(text(&drawn(app, 80, 24)).contains("Without caches nothing is counted"));
    });
}

#[test]
fn the_second_level_is_shown() {
    with_on("SB", &caches("mesi", &["l2=64,1"]), |app| {
        assert!(text(&drawn(app, 120, 40)).contains("second level  empty"));
        for name in ["P0 load y: BusRd", "P1 snoops BusRd y", "P0 ends BusRd y"] {
            if !app.session.view.enabled.iter().any(|step| step.name == name) {
                take(app, "P0.1 buffer x");
            }
            take(app, name);
        }
        let shown = text(&drawn(app, 120, 40));
        assert!(shown.contains("second level  y clean 0*"), "{shown}");
        let told = &app.session.history.now().item.described.sentence;
        assert!(told.contains("come from memory, and the second level keeps a copy"), "{told}");
        assert!(text(&drawn(app, 80, 24)).contains("| second level  y clean 0*"));
    });
}
