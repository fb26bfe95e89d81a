//! One search on several processors.

use std::sync::atomic::AtomicBool;

use sim_core::search::{Options, outcomes};
use traces::families::FAMILIES;
use traces::load;
use traces::machine::Machine;

#[test]
fn the_report_does_not_depend_on_the_number_of_processors() {
    let stop = AtomicBool::new(false);
    let mut wide = 0;
    for family in FAMILIES {
        let test = load::parse(&family.test(6, 2)).value.expect("a test");
        let order = Machine::of(&test.arch).order();
        let one = outcomes(&test, &order, &Options::new(2, &stop));
        let many = outcomes(&test, &order, &Options { parallel: true, ..Options::new(2, &stop) });
        assert_eq!(one, many, "{}", test.name);
        wide += usize::from(one.stats.layers.iter().any(|joint| *joint > 256));
    }
    assert!(wide > 0, "no layer was wide enough to be worked on in parallel");
}
