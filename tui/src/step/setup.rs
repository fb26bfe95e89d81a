//! Choosing a machine: a form with a line for each thing that can differ.

use sim_core::machine::hardware::LINE_BYTES;
use sim_core::machine::{Features, Hardware};
use sim_core::memory::protocol;
use traces::format::Setup;
use traces::machine::Machine;
use traces::view::machine_words;

/// The form, with one choice per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The lines.
    pub lines: Vec<Choice>,
    /// Index of the selected line.
    pub selected: usize,
    /// Why the machine that is chosen cannot be, if somebody wanted it.
    pub problem: String,
    base: Setup,
}

/// One thing that can differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is.
    pub name: &'static str,
    /// What it can be; never empty.
    pub options: Vec<Choosable>,
    /// Index of what it is.
    pub at: usize,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choosable {
    /// As traces and command lines name it; empty for what is usual.
    key: String,
    /// As people read it.
    pub name: String,
    /// A few words about it.
    pub words: String,
}

/// Depths of store buffers that are offered beside that of the present machine.
const DEPTHS: [u32; 5] = [1, 2, 3, 4, 8];
/// Numbers of lines per cache that are offered.
const WAYS: [u32; 3] = [1, 2, 4];

fn choosable(key: impl Into<String>, name: impl Into<String>, words: impl Into<String>) -> Choosable {
    Choosable { key: key.into(), name: name.into(), words: words.into() }
}

impl Choice {
    fn new(name: &'static str, options: Vec<Choosable>, now: &str) -> Choice {
        let at = options.iter().position(|o| o.key == now).unwrap_or(0);
        Choice { name, options, at }
    }

    fn key(&self) -> &str {
        &self.options[self.at].key
    }
}

impl Form {
    /// The form that shows a machine.
    pub fn new(now: &Setup) -> Form {
        let mut form = Form { lines: Vec::new(), selected: 0, problem: String::new(), base: now.clone() };
        form.fill(now);
        form
    }

    /// Makes the lines for a machine: which bugs there are depends on the protocol.
    fn fill(&mut self, now: &Setup) {
        let models = Machine::ALL.map(|m| choosable(m.name(), m.name(), machine_words(m.order().name)));
        let depth = now.store_buffer.map_or(String::new(), |d| d.to_string());
        let mut depths = vec![choosable("", "no bound", "as the architecture allows")];
        let more = now.store_buffer.filter(|d| !DEPTHS.contains(d));
        depths.extend(DEPTHS.into_iter().chain(more).map(|count| {
            let stores = if count == 1 { "1 store".to_string() } else { format!("{count} stores") };
            choosable(count.to_string(), stores, "later accesses wait while it is full; hides outcomes")
        }));
        let name = now.protocol.as_deref().unwrap_or("");
        let mut protocols = vec![choosable("", "no caches", "one flat memory")];
        protocols.extend(protocol::all().iter().map(|p| choosable(p.name, p.name, p.text)));
        let mut lines = vec![
            Choice::new("memory model", models.into(), &now.model),
            Choice::new("store buffer", depths, &depth),
            Choice::new("caches", protocols, name),
        ];
        let feature = |prefix: &str| {
            let found = now.features.iter().find(|f| f.starts_with(prefix));
            found.cloned().unwrap_or_default()
        };
        if let Some(protocol) = protocol::find(name) {
            let mut sizes = vec![choosable("", "large enough", "nothing has to make room")];
            sizes.extend(WAYS.map(|ways| {
                choosable(format!("ways={ways}"), lines_words(ways), "the least recently used makes room")
            }));
            let packing = vec![
                choosable("", "a line each", "no false sharing"),
                choosable("shared-lines", "packed", "neighbours share lines: false sharing"),
            ];
            let mut bugs = vec![choosable("", "none", "the protocol as it should be")];
            bugs.extend(protocol.bugs.iter().map(|b| choosable(format!("bug={}", b.name), b.name, b.text)));
            let line_size = feature("line-size=");
            let line_bytes = line_size.strip_prefix("line-size=").and_then(|bytes| bytes.parse().ok());
            let second = feature("l2=");
            lines.push(Choice::new("cache size", sizes, &feature("ways=")));
            lines.push(Choice::new(
                "second level",
                level2(line_bytes.unwrap_or(LINE_BYTES), &second),
                &second,
            ));
            lines.push(Choice::new("variables", packing, &feature("shared-lines")));
            lines.push(Choice::new("bug", bugs, &feature("bug=")));
        }
        let mut what_if = vec![choosable("", "nothing", "hardware as the architecture describes it")];
        let all = Features::ALL.into_iter().filter(|(f, ..)| Features::WHAT_IF.contains(*f));
        what_if.extend(all.map(|(_, name, words)| choosable(name, name, words)));
        let now = what_if.iter().find(|w| !w.key.is_empty() && self.base.features.contains(&w.key));
        let now = now.map(|w| w.key.clone()).unwrap_or_default();
        lines.push(Choice::new("what if", what_if, &now));
        self.lines = lines;
    }

    /// A key by its name.
    pub fn key(&mut self, key: &str) {
        let moved =
            |at: usize, by: isize, count: usize| (at as isize + by).rem_euclid(count as isize) as usize;
        self.problem.clear();
        match key {
            "down" | "j" | "tab" => self.selected = moved(self.selected, 1, self.lines.len()),
            "up" | "k" | "backtab" => self.selected = moved(self.selected, -1, self.lines.len()),
            "left" | "right" | "h" | "l" | "space" => {
                let by = if matches!(key, "left" | "h") { -1 } else { 1 };
                let line = &mut self.lines[self.selected];
                line.at = moved(line.at, by, line.options.len());
                self.base = self.setup();
                let setup = self.base.clone();
                self.fill(&setup);
                self.selected = self.selected.min(self.lines.len() - 1);
            }
            _ => {}
        }
    }

    /// The machine that is chosen.
    pub fn setup(&self) -> Setup {
        let key = |name: &str| self.lines.iter().find(|l| l.name == name).map_or("", Choice::key);
        let protocol = Some(key("caches")).filter(|name| !name.is_empty()).map(str::to_string);
        // What no line is about stays as it is, as long as there are caches for it.
        let known = |feature: &String| {
            let offered = self.lines.iter().flat_map(|l| &l.options).any(|o| o.key == *feature);
            let shapes = feature.contains('=') || feature == "warm-caches" || feature == "shared-lines";
            offered || shapes && (protocol.is_none() || feature.starts_with("bug="))
        };
        let mut features: Vec<String> = self.base.features.iter().filter(|f| !known(f)).cloned().collect();
        for name in ["cache size", "second level", "variables", "bug", "what if"] {
            features.extend(Some(key(name)).filter(|key| !key.is_empty()).map(str::to_string));
        }
        let setup = Setup {
            model: key("memory model").to_string(),
            store_buffer: key("store buffer").parse().ok(),
            protocol,
            features,
            unroll: self.base.unroll,
        };
        // Names in their usual order, so that equal machines have equal names.
        match setup.hardware() {
            Ok(hardware) => setup.on(&hardware),
            Err(_) => setup,
        }
    }
}

fn lines_words(count: u32) -> String {
    if count == 1 { "1 line".to_string() } else { format!("{count} lines") }
}

/// The second levels that are offered for lines of this size, the present one among them.
fn level2(line_bytes: u32, now: &str) -> Vec<Choosable> {
    let words = "a cache that all cores share, before memory";
    let of_one_set = |ways: u32| {
        let bytes = u64::from(line_bytes) * u64::from(ways);
        choosable(format!("l2={bytes},{ways}"), lines_words(ways), words)
    };
    let mut offered = vec![choosable("", "none", "memory itself answers")];
    offered.extend(WAYS.map(of_one_set));
    if offered.iter().all(|choice| choice.key != now) {
        offered.push(choosable(now, now, words));
    }
    offered
}

/// A machine in a few words: `x86-TSO, store buffer of 2, mesi, ways=1`.
pub fn words(setup: &Setup, order: &str) -> String {
    let mut words = vec![order.to_string()];
    words.extend(setup.store_buffer.map(|entries| format!("store buffer of {entries}")));
    words.extend(setup.protocol.clone());
    words.extend(setup.features.iter().cloned());
    words.join(", ")
}

/// Whether a machine is one that some architecture describes.
pub fn is_architectural(setup: &Setup) -> bool {
    setup.hardware().is_ok_and(|hardware: Hardware| hardware.not_architectural().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Setup {
        let test = traces::load::parse(traces::library::find("SB").unwrap().text).value.unwrap();
        Setup::new(Machine::Tso, &test)
    }

    #[test]
    fn the_form_shows_and_changes_a_machine() {
        let setup = Setup { store_buffer: Some(2), model: "pso".into(), ..plain() };
        let mut form = Form::new(&setup);
        assert_eq!(form.setup(), setup, "nothing chosen, nothing changed");
        ["left", "down", "right"].iter().for_each(|key| form.key(key));
        assert_eq!(form.setup(), Setup { store_buffer: Some(3), ..plain() });
    }

    #[test]
    fn hardware_is_chosen_by_name_and_bugs_belong_to_their_protocol() {
        let features = ["bug=upgrade-ignored", "line-size=32", "ways=2", "l2=128,2", "no-forwarding"];
        let hardware = Hardware::named(Some("mesi"), features).unwrap();
        let setup = plain().on(&hardware);
        let mut form = Form::new(&setup);
        assert_eq!(form.setup(), setup);
        assert!(!is_architectural(&setup) && is_architectural(&plain()));
        ["down", "down", "left"].iter().for_each(|key| form.key(key));
        let other = form.setup();
        assert_ne!(other.protocol, setup.protocol);
        assert!(!other.features.iter().any(|f| f.starts_with("bug=")), "{other:?}");
        while form.setup().protocol.is_some() {
            form.key("left");
        }
        assert_eq!(form.setup().features, ["no-forwarding"], "without caches nothing shapes them");
    }
}
