//! Replacement policies. What a policy remembers of a set is one number, so that it is cheap to store, to
//! compare and to hash.

/// The most ways of a set.
pub const WAYS_MAX: u32 = 16;

/// Which line of a full set makes room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Replacement {
    /// The least recently used.
    #[default]
    Lru,
    /// The one that a binary tree of bits points to, each of which points away from the last use.
    TreePlru,
    /// The oldest.
    Fifo,
    /// Any, drawn from a generator that starts with a seed.
    Random {
        /// The seed.
        seed: u64,
    },
}

impl Replacement {
    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Replacement::Lru => "lru",
            Replacement::TreePlru => "plru",
            Replacement::Fifo => "fifo",
            Replacement::Random { .. } => "random",
        }
    }

    /// The policy called `lru`, `plru`, `fifo`, `random` or `random:SEED`.
    ///
    /// # Errors
    ///
    /// A sentence that lists the names.
    pub fn named(name: &str) -> Result<Replacement, String> {
        let unknown = || {
            format!(
                "no replacement policy is called `{name}`; there are lru, plru, fifo, random and random:SEED"
            )
        };
        match name.split_once(':') {
            Some(("random", seed)) => {
                seed.parse().map(|seed| Replacement::Random { seed }).map_err(|_| unknown())
            }
            Some(_) => Err(unknown()),
            None => {
                [Replacement::Lru, Replacement::TreePlru, Replacement::Fifo, Replacement::Random { seed: 0 }]
                    .into_iter()
                    .find(|policy| policy.name() == name)
                    .ok_or_else(unknown)
            }
        }
    }

    /// What the policy remembers of the set with number `set` before any use.
    pub fn initial(self, ways: u32, set: u64) -> Order {
        match self {
            // One nibble per way, the last used or filled lowest.
            Replacement::Lru | Replacement::Fifo => {
                Order((0..ways).fold(0, |order, way| order | u64::from(ways - 1 - way) << (4 * way)))
            }
            Replacement::TreePlru => Order(0),
            Replacement::Random { seed } => Order(scramble(seed ^ scramble(set))),
        }
    }
}

/// What a policy remembers of one set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Order(u64);

impl Order {
    /// Notes a hit in a way.
    #[inline]
    pub fn hit(&mut self, policy: Replacement, ways: u32, way: u32) {
        match policy {
            Replacement::Lru => self.move_first(way),
            Replacement::TreePlru => self.point_away(ways, way),
            Replacement::Fifo | Replacement::Random { .. } => {}
        }
    }

    /// Notes that a way has been filled.
    #[inline]
    pub fn fill(&mut self, policy: Replacement, ways: u32, way: u32) {
        match policy {
            Replacement::Lru | Replacement::Fifo => self.move_first(way),
            Replacement::TreePlru => self.point_away(ways, way),
            Replacement::Random { .. } => self.0 = scramble(self.0),
        }
    }

    /// The way that makes room next, all being in use.
    #[inline]
    pub fn victim(self, policy: Replacement, ways: u32) -> u32 {
        match policy {
            Replacement::Lru | Replacement::Fifo => (self.0 >> (4 * (ways - 1)) & 0xf) as u32,
            Replacement::TreePlru => self.pointed_to(ways),
            Replacement::Random { .. } => ((u128::from(self.0) * u128::from(ways)) >> 64) as u32,
        }
    }

    #[inline]
    fn move_first(&mut self, way: u32) {
        let way = u64::from(way);
        if self.0 & 0xf == way {
            return;
        }
        // The lowest nibble that is the way's: what is nothing after `xor` is the first to borrow.
        let each = 0x1111_1111_1111_1111;
        let other = self.0 ^ (way * each);
        let place = (other.wrapping_sub(each) & !other & (each << 3)).trailing_zeros() & !3;
        // All nibbles before the way's move up by one.
        let before = self.0 & ((1 << place) - 1);
        let after = self.0.checked_shr(place + 4).unwrap_or(0).checked_shl(place + 4).unwrap_or(0);
        self.0 = after | before << 4 | way;
    }

    /// Node 1 is the root, the children of `n` are `2n` and `2n + 1`; a set bit points to the right.
    #[inline]
    fn point_away(&mut self, ways: u32, way: u32) {
        let mut node = 1;
        let mut half = ways / 2;
        while half > 0 {
            let right = way & half != 0;
            if right {
                self.0 &= !(1 << node)
            } else {
                self.0 |= 1 << node
            }
            node = 2 * node + u32::from(right);
            half /= 2;
        }
    }

    #[inline]
    fn pointed_to(self, ways: u32) -> u32 {
        let mut node = 1;
        while node < ways {
            node = 2 * node + (self.0 >> node & 1) as u32;
        }
        node - ways
    }
}

/// One step of a generator that visits all numbers (the finaliser of SplitMix64 after its increment).
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The policies as one would tell them: lists of ways, and a tree of pointers.
    struct Naive {
        policy: Replacement,
        /// Oldest first.
        list: Vec<u32>,
        /// Whether a node of the tree points to the upper half, by the range of ways below it.
        tree: std::collections::BTreeMap<(u32, u32), bool>,
        ways: u32,
    }

    impl Naive {
        fn note(&mut self, way: u32, filled: bool) {
            if filled || self.policy == Replacement::Lru {
                self.list.retain(|&other| other != way);
                self.list.push(way);
            }
            let (mut low, mut high) = (0, self.ways);
            while high - low > 1 {
                let middle = u32::midpoint(low, high);
                self.tree.insert((low, high), way < middle);
                (low, high) = if way < middle { (low, middle) } else { (middle, high) };
            }
        }

        fn victim(&self) -> u32 {
            if self.policy != Replacement::TreePlru {
                return self.list[0];
            }
            let (mut low, mut high) = (0, self.ways);
            while high - low > 1 {
                let middle = u32::midpoint(low, high);
                let upper = self.tree.get(&(low, high)).copied().unwrap_or(false);
                (low, high) = if upper { (middle, high) } else { (low, middle) };
            }
            low
        }
    }

    proptest! {
        /// LRU, FIFO and tree-PLRU choose as the naive lists and trees do.
        #[test]
        fn policies_choose_as_told(
            policy in prop_oneof![Just(Replacement::Lru), Just(Replacement::Fifo), Just(Replacement::TreePlru)],
            size in 0u32..5,
            uses in prop::collection::vec((0u32..16, any::<bool>()), 0..60),
        ) {
            let ways = 1 << size;
            let mut order = policy.initial(ways, 0);
            let mut naive = Naive { policy, list: (0..ways).collect(), tree: Default::default(), ways };
            for (way, filled) in uses {
                let way = way % ways;
                if filled { order.fill(policy, ways, way) } else { order.hit(policy, ways, way) }
                naive.note(way, filled);
                prop_assert_eq!(order.victim(policy, ways), naive.victim());
            }
        }

        /// A drawn way exists, and the same seed draws the same ways.
        #[test]
        fn random_is_in_range_and_repeatable(seed in any::<u64>(), ways in 1u32..=16, set in any::<u64>()) {
            let policy = Replacement::Random { seed };
            let (mut one, mut other) = (policy.initial(ways, set), policy.initial(ways, set));
            for _ in 0..20 {
                let way = one.victim(policy, ways);
                prop_assert!(way < ways);
                prop_assert_eq!(way, other.victim(policy, ways));
                one.fill(policy, ways, way);
                other.fill(policy, ways, way);
            }
        }
    }

    #[test]
    fn random_reaches_every_way() {
        let policy = Replacement::Random { seed: 1 };
        let mut order = policy.initial(8, 0);
        let mut seen = [false; 8];
        for _ in 0..200 {
            let way = order.victim(policy, 8);
            seen[way as usize] = true;
            order.fill(policy, 8, way);
        }
        assert_eq!(seen, [true; 8]);
    }
}
