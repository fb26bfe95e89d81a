//! Condition codes.

/// A condition on the flags N, Z, C and V.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Z set.
    Eq,
    /// Z clear.
    Ne,
    /// C set.
    Cs,
    /// C clear.
    Cc,
    /// N set.
    Mi,
    /// N clear.
    Pl,
    /// V set.
    Vs,
    /// V clear.
    Vc,
    /// C set and Z clear.
    Hi,
    /// Not [`Condition::Hi`].
    Ls,
    /// N equals V.
    Ge,
    /// N differs from V.
    Lt,
    /// Z clear, N equals V.
    Gt,
    /// Not [`Condition::Gt`].
    Le,
    /// Always.
    Al,
    /// Always, too.
    Nv,
}

/// Spellings: the first of each condition is the canonical one.
const NAMES: [(&str, Condition); 18] = [
    ("EQ", Condition::Eq),
    ("NE", Condition::Ne),
    ("CS", Condition::Cs),
    ("HS", Condition::Cs),
    ("CC", Condition::Cc),
    ("LO", Condition::Cc),
    ("MI", Condition::Mi),
    ("PL", Condition::Pl),
    ("VS", Condition::Vs),
    ("VC", Condition::Vc),
    ("HI", Condition::Hi),
    ("LS", Condition::Ls),
    ("GE", Condition::Ge),
    ("LT", Condition::Lt),
    ("GT", Condition::Gt),
    ("LE", Condition::Le),
    ("AL", Condition::Al),
    ("NV", Condition::Nv),
];

impl Condition {
    /// Every spelling with its condition.
    pub fn names() -> impl Iterator<Item = (&'static str, Condition)> {
        NAMES.into_iter()
    }

    /// The condition called `word`, in any case.
    pub fn parse(word: &str) -> Option<Condition> {
        NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, condition)| *condition)
    }

    /// The canonical spelling.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, condition)| *condition == self).map_or("", |(name, _)| name)
    }

    /// The field `cond` of encodings, 0 to 15 (Arm ARM, "Condition code").
    pub fn code(self) -> u32 {
        use Condition::*;
        let in_order = [Eq, Ne, Cs, Cc, Mi, Pl, Vs, Vc, Hi, Ls, Ge, Lt, Gt, Le, Al, Nv];
        in_order.iter().position(|condition| *condition == self).map_or(0, |place| place as u32)
    }

    /// Whether it holds whatever the flags.
    pub fn always(self) -> bool {
        matches!(self, Condition::Al | Condition::Nv)
    }

    /// The condition that holds where this one does not; those that always hold stay.
    pub fn inverse(self) -> Condition {
        use Condition::*;
        match self {
            Eq => Ne,
            Ne => Eq,
            Cs => Cc,
            Cc => Cs,
            Mi => Pl,
            Pl => Mi,
            Vs => Vc,
            Vc => Vs,
            Hi => Ls,
            Ls => Hi,
            Ge => Lt,
            Lt => Ge,
            Gt => Le,
            Le => Gt,
            Al | Nv => self,
        }
    }

    /// Whether it holds for packed flags (bit 3 N, bit 2 Z, bit 1 C, bit 0 V).
    pub fn holds(self, flags: u8) -> bool {
        let [v, c, z, n] = [0, 1, 2, 3].map(|bit| flags >> bit & 1 == 1);
        use Condition::*;
        match self {
            Eq => z,
            Cs => c,
            Mi => n,
            Vs => v,
            Hi => c && !z,
            Ge => n == v,
            Gt => n == v && !z,
            Al | Nv => true,
            Ne | Cc | Pl | Vc | Ls | Lt | Le => !self.inverse().holds(flags),
        }
    }

    /// The truth table: bit `flags` is set where the condition holds for those packed flags.
    pub fn table(self) -> u16 {
        (0..16).filter(|flags| self.holds(*flags)).fold(0, |table, flags| table | 1 << flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_and_its_inverse_share_no_flags() {
        for (name, condition) in NAMES {
            let both = (condition.table(), condition.inverse().table());
            if condition.always() {
                assert_eq!(both, (0xffff, 0xffff), "{name}");
            } else {
                assert_eq!(both.0, !both.1, "{name}");
            }
        }
    }

    #[test]
    fn signed_and_unsigned_comparisons() {
        // 3 - 5: N only. 5 - 5: Z and C. 5 - 3: C only.
        for (flags, holding) in [
            (0b1000, "NE CC MI VC LS LT LE"),
            (0b0110, "EQ CS PL VC LS GE LE"),
            (0b0010, "NE CS PL VC HI GE GT"),
        ] {
            let held: Vec<_> = NAMES
                .iter()
                .filter(|(name, c)| c.name() == *name && !c.always() && c.holds(flags))
                .map(|(name, _)| *name)
                .collect();
            assert_eq!(held.join(" "), holding);
        }
    }
}
