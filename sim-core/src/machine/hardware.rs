//! The hardware that a program runs on, by name: caches, and what differs from what architectures allow.
//!
//! A [`Hardware`] is named by the protocol of its caches and by a list of [`features`](Hardware::features), which
//! say everything that is not as usual: `ways=1`, `bug=missing-invalidation`, `invalidate-queue`. Both together are
//! enough to build it again ([`Hardware::named`]).

use crate::diagnostic::nearest;
use crate::memory::caches::Config;
use crate::memory::geometry::Geometry;
use crate::memory::layout::Packing;
use crate::memory::protocol::{self, Protocol};
use crate::memory::replacement::Replacement;
use crate::order::{Order, Rules};

bitflags::bitflags! {
    /// What hardware does beyond, or against, the plain machine.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Features: u16 {
        /// Caches acknowledge an invalidation before they apply it (McKenney, "Memory barriers: a hardware view for
        /// software hackers", 2010). Later loads that no barrier orders may still read the old copy, even if their
        /// address depends on a newer value.
        const INVALIDATE_QUEUE = 1 << 0;
        /// Cores 2n and 2n+1 can read each other's store buffer, so that stores are seen by one other core first:
        /// not multicopy atomic. Locations that both cores write are not kept coherent between them.
        const SHARED_STORE_BUFFER = 1 << 1;
        /// Loads do not see their own core's buffered stores, and wait until these have drained.
        const NO_FORWARDING = 1 << 2;
        /// Stores leave the store buffer in any order, also where the architecture keeps it.
        const UNORDERED_STORE_BUFFER = 1 << 3;
        /// Nothing checks whether two loads of one location have read in the wrong order.
        const NO_LOAD_HAZARD_CHECK = 1 << 4;
        /// At the start every cache holds every line that fits.
        const WARM = 1 << 5;
    }
}

impl Features {
    /// All, with their names and what they do, as a phrase.
    pub const ALL: [(Features, &'static str, &'static str); 6] = [
        (
            Features::INVALIDATE_QUEUE,
            "invalidate-queue",
            "caches acknowledge invalidations before they apply them",
        ),
        (Features::SHARED_STORE_BUFFER, "shared-store-buffer", "two cores each can read one store buffer"),
        (Features::NO_FORWARDING, "no-forwarding", "loads wait for their own core's stores to drain"),
        (
            Features::UNORDERED_STORE_BUFFER,
            "unordered-store-buffer",
            "stores leave the store buffer in any order",
        ),
        (
            Features::NO_LOAD_HAZARD_CHECK,
            "no-load-hazard-check",
            "loads of one location may read out of order",
        ),
        (Features::WARM, "warm-caches", "caches hold every line at the start"),
    ];

    /// Those that make a machine which no architecture here describes.
    pub const WHAT_IF: Features = Features::all().difference(Features::WARM);

    /// The feature called `name`, if any is.
    pub fn named(name: &str) -> Option<Features> {
        Features::ALL.iter().find(|(_, known, _)| *known == name).map(|(feature, ..)| *feature)
    }

    /// The names of those in this set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Features::ALL
            .into_iter()
            .filter(move |(feature, ..)| self.contains(*feature))
            .map(|(_, name, _)| name)
    }
}

/// What stands between cores and memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hardware {
    /// The private caches; `None` for one flat memory.
    pub caches: Option<Config>,
    /// The bug in the caches' protocol, by name.
    pub bug: Option<&'static str>,
    /// What else is not as usual.
    pub features: Features,
}

/// Bytes of a line, if nobody says how many.
pub const LINE_BYTES: u32 = 64;

impl Config {
    /// Caches that hold as much of a program as they can, in lines of [`LINE_BYTES`] that begin with a symbol each.
    pub fn of(protocol: Protocol) -> Config {
        Config {
            protocol,
            line_bytes: LINE_BYTES,
            geometry: None,
            packing: Packing::Apart,
            level2: None,
            early_ack: false,
        }
    }
}

impl Hardware {
    /// One flat memory.
    pub fn flat() -> Hardware {
        Hardware::default()
    }

    /// Caches under a correct protocol.
    pub fn cached(protocol: Protocol) -> Hardware {
        Hardware { caches: Some(Config::of(protocol)), ..Hardware::default() }
    }

    /// The hardware with this protocol (`None` and `off` for flat memory) and these features.
    ///
    /// # Errors
    ///
    /// A sentence about the first name that means nothing, or cannot be together with the others. What cannot be for a
    /// particular program is said by [`Machine::on`](super::Machine::on).
    pub fn named<'a>(
        protocol: Option<&str>,
        features: impl IntoIterator<Item = &'a str>,
    ) -> Result<Hardware, String> {
        let mut parts = Parts::default();
        for feature in features {
            parts.add(feature)?;
        }
        parts.build(protocol.filter(|name| *name != "off"))
    }

    /// The name of the caches' protocol.
    pub fn protocol(&self) -> Option<&'static str> {
        self.caches.as_ref().map(|config| config.protocol.name)
    }

    /// Everything that is not as usual, by name: with [`Hardware::protocol`], what [`Hardware::named`] takes.
    pub fn features(&self) -> Vec<String> {
        let mut names: Vec<String> = vec![];
        if let Some(config) = &self.caches {
            names.extend(self.bug.map(|bug| format!("bug={bug}")));
            let line_bytes = config.geometry.map_or(config.line_bytes, |geometry| geometry.line_bytes);
            if line_bytes != LINE_BYTES {
                names.push(format!("line-size={line_bytes}"));
            }
            if let Some(Geometry { sets, ways, .. }) = config.geometry {
                names.extend([format!("sets={sets}"), format!("ways={ways}")]);
            }
            names.extend(config.level2.map(|level2| format!("l2={},{}", level2.bytes(), level2.ways)));
            match config.geometry.or(config.level2).map(|geometry| geometry.replacement) {
                None | Some(Replacement::Lru) => {}
                Some(Replacement::Random { seed }) => names.push(format!("replacement=random:{seed}")),
                Some(policy) => names.push(format!("replacement={}", policy.name())),
            }
            if config.packing == Packing::Together {
                names.push("shared-lines".to_owned());
            }
        }
        names.extend(self.features.names().map(str::to_owned));
        names
    }

    /// What makes this a machine that no architecture here describes, by name; empty if nothing does.
    pub fn not_architectural(&self) -> Vec<String> {
        let what_if = self.features & Features::WHAT_IF;
        what_if.names().map(str::to_owned).chain(self.bug.map(|bug| format!("bug={bug}"))).collect()
    }

    /// Whether its local order says everything about it: it has no caches, and no buffer that two cores see.
    pub fn is_order_alone(&self) -> bool {
        self.caches.is_none() && !self.features.contains(Features::SHARED_STORE_BUFFER)
    }

    /// Whether loads always return the last completed store, so that the caches can be seen in no outcome.
    pub fn is_coherent(&self) -> bool {
        self.bug.is_none()
            && !self.features.intersects(Features::INVALIDATE_QUEUE | Features::SHARED_STORE_BUFFER)
    }

    /// The local order of an architecture as this hardware keeps it.
    pub fn order(&self, order: &Order) -> Order {
        let dropped = [
            (Features::NO_FORWARDING, Rules::FORWARDING),
            (Features::UNORDERED_STORE_BUFFER, Rules::WRITE_WRITE),
            (Features::NO_LOAD_HAZARD_CHECK, Rules::HAZARD),
        ];
        let rules = dropped.iter().filter(|(feature, _)| self.features.contains(*feature));
        order.without(rules.fold(Rules::empty(), |all, (_, rule)| all | *rule))
    }
}

/// The features that have been named so far.
#[derive(Default)]
struct Parts {
    bug: Option<String>,
    line_bytes: Option<u32>,
    sets: Option<u32>,
    ways: Option<u32>,
    replacement: Option<Replacement>,
    packing: Packing,
    /// Bytes and ways.
    level2: Option<(u64, u32)>,
    features: Features,
}

impl Parts {
    fn add(&mut self, text: &str) -> Result<(), String> {
        let number = |value: &str| {
            value.parse::<u32>().map_err(|_| format!("`{text}`: `{value}` is no number up to {}", u32::MAX))
        };
        match text.split_once('=') {
            Some(("bug", name)) => self.bug = Some(name.to_owned()),
            Some(("line-size", bytes)) => self.line_bytes = Some(number(bytes)?),
            Some(("sets", sets)) => self.sets = Some(number(sets)?),
            Some(("ways", ways)) => self.ways = Some(number(ways)?),
            Some(("replacement", name)) => self.replacement = Some(Replacement::named(name)?),
            Some(("l2", shape)) => self.level2 = Some(size_and_ways(shape)?),
            None if text == "shared-lines" => self.packing = Packing::Together,
            Some(_) | None => {
                let unknown = || {
                    let names = Features::ALL.map(|(_, name, _)| name);
                    let hint = nearest(text, names).map(|n| format!("; did you mean `{n}`?"));
                    let all = names.join(", ");
                    format!("there is no feature `{text}`{} (features: {all})", hint.unwrap_or_default())
                };
                self.features |= Features::named(text).ok_or_else(unknown)?;
            }
        }
        Ok(())
    }

    fn build(self, protocol: Option<&str>) -> Result<Hardware, String> {
        // Invalidations have to be of something.
        let default = self.features.contains(Features::INVALIDATE_QUEUE).then_some("mesi");
        let Some(name) = protocol.or(default) else {
            let shaped = self.bug.is_some() || self.line_bytes.is_some() || self.packing == Packing::Together;
            let shaped = shaped || self.sets.or(self.ways).is_some() || self.replacement.is_some();
            if shaped || self.level2.is_some() || self.features.contains(Features::WARM) {
                return Err("without caches there is nothing to shape: name a protocol".to_owned());
            }
            return Ok(Hardware { caches: None, bug: None, features: self.features });
        };
        let correct = protocol::find(name).ok_or_else(|| protocol::unknown(name))?;
        let (protocol, bug) = match &self.bug {
            None => (correct, None),
            Some(bug) => {
                let found = correct.bug(bug).ok_or_else(|| correct.unknown_bug(bug))?;
                (correct.with_bug(found), Some(found.name))
            }
        };
        let early_ack = self.features.contains(Features::INVALIDATE_QUEUE);
        if early_ack && protocol.updates() {
            return Err(format!("{name} never invalidates, so that no queue of invalidations can be"));
        }
        let line_bytes = self.line_bytes.unwrap_or(LINE_BYTES);
        let geometry = match (self.sets, self.ways, self.replacement) {
            (None, None, None) => None,
            (None, None, Some(_)) if self.level2.is_none() => {
                return Err("the caches hold everything and replace nothing: give sets or ways".to_owned());
            }
            (None, None, Some(_)) => None,
            (sets, ways, replacement) => Some(Geometry {
                line_bytes,
                sets: sets.unwrap_or(1),
                ways: ways.unwrap_or(1),
                replacement: replacement.unwrap_or_default(),
            }),
        };
        let shape = Geometry { line_bytes, sets: 1, ways: 1, replacement: Replacement::Lru };
        geometry.unwrap_or(shape).validate(None)?;
        let level2 = |(bytes, ways)| {
            Geometry::with_size(bytes, ways, line_bytes, self.replacement.unwrap_or_default())
                .map_err(|reason| format!("`l2={bytes},{ways}`: {reason}"))
        };
        let level2 = self.level2.map(level2).transpose()?;
        let features = if early_ack { self.features | Features::WARM } else { self.features };
        let packing = self.packing;
        let caches = Some(Config { protocol, line_bytes, geometry, packing, level2, early_ack });
        Ok(Hardware { caches, bug, features })
    }
}

/// `256,2`: bytes, and lines of each set.
fn size_and_ways(text: &str) -> Result<(u64, u32), String> {
    let numbers =
        text.split_once(',').and_then(|(bytes, ways)| Some((bytes.parse().ok()?, ways.parse().ok()?)));
    numbers.ok_or_else(|| format!("`l2={text}`: expected bytes and ways, such as l2=256,2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn hardware(protocol: Option<&str>, features: &str) -> Result<Hardware, String> {
        Hardware::named(protocol, features.split_whitespace())
    }

    #[test]
    fn names_say_everything() {
        for (protocol, features) in [
            (None, ""),
            (None, "shared-store-buffer no-forwarding"),
            (Some("mesi"), ""),
            (Some("dragon"), "line-size=16 sets=2 ways=1 replacement=random:7 shared-lines"),
            (Some("moesi"), "sets=1 ways=4 replacement=plru"),
            (Some("mesi"), "l2=256,2 replacement=fifo"),
            (Some("msi-directory"), "line-size=16 sets=2 ways=1 l2=64,4 shared-lines"),
            (Some("mesi"), "bug=upgrade-ignored line-size=32 warm-caches"),
            (Some("mesi-directory"), "invalidate-queue unordered-store-buffer warm-caches"),
        ] {
            let built = hardware(protocol, features).expect(features);
            assert_eq!((built.protocol(), built.features().join(" ").as_str()), (protocol, features));
        }
    }

    #[test]
    fn impossible_hardware_is_refused_with_the_reason() {
        #[track_caller]
        fn refused(protocol: Option<&str>, features: &str, reason: &str) {
            let error = hardware(protocol, features).expect_err("refused");
            assert!(error.contains(reason), "{error}");
        }
        refused(Some("mosi"), "", "no protocol is called `mosi`; there are msi, mesi");
        refused(Some("msi"), "bug=x", "msi has no bug called `x`; it has dirty-dropped");
        refused(Some("mesi"), "ways=0", "the number of ways must be from 1 to 16, not 0");
        refused(Some("mesi"), "line-size=3 ways=1", "the line size must be a power of two");
        refused(Some("mesi"), "ways=x", "`ways=x`: `x` is no number");
        refused(Some("mesi"), "replacement=fifo", "give sets or ways");
        refused(Some("mesi"), "l2=256", "`l2=256`: expected bytes and ways, such as l2=256,2");
        refused(Some("mesi"), "l2=256,0", "`l2=256,0`: the number of ways must be from 1 to 16, not 0");
        refused(Some("mesi"), "l2=100,1", "100 bytes are no whole number of sets of 1 lines of 64 bytes");
        refused(Some("mesi"), "ways=2 replacement=old", "no replacement policy is called `old`");
        refused(Some("mesi"), "invalidate-queues", "did you mean `invalidate-queue`?");
        refused(Some("dragon"), "invalidate-queue", "dragon never invalidates");
        refused(None, "ways=2", "without caches there is nothing to shape");
        refused(None, "l2=64,1", "without caches there is nothing to shape");
    }

    #[test]
    fn what_no_architecture_describes_is_named() {
        let plain = hardware(Some("mesi"), "warm-caches ways=1").expect("possible");
        assert!(plain.not_architectural().is_empty() && plain.is_coherent());
        let queue = hardware(None, "invalidate-queue").expect("possible");
        assert_eq!(
            (queue.protocol(), queue.not_architectural()),
            (Some("mesi"), vec!["invalidate-queue".into()])
        );
        assert!(!queue.is_coherent());
    }
}
