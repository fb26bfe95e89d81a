//! The axioms of Armv8-A and the names that its models use.

use sim_core::axioms::Vocabulary;
use sim_core::program::Access;

/// Armv8-A in the cat language.
pub const MODEL: &str = include_str!("../models/armv8.cat");

/// What the sets of AArch64 are called in models.
pub const VOCABULARY: Vocabulary = Vocabulary {
    accesses: &[
        ("A", Access::ACQUIRE),
        ("Q", Access::ACQUIRE_PC),
        ("L", Access::RELEASE),
        ("X", Access::ATOMIC),
        ("EX", Access::EXCLUSIVE),
        ("NoRet", Access::NO_RETURN),
        ("NT", Access::NON_TEMPORAL),
    ],
    fences: &[
        "ISB",
        "DMB.SY",
        "DMB.LD",
        "DMB.ST",
        "DMB.ISH",
        "DMB.ISHLD",
        "DMB.ISHST",
        "DMB.NSH",
        "DMB.NSHLD",
        "DMB.NSHST",
        "DMB.OSH",
        "DMB.OSHLD",
        "DMB.OSHST",
        "DSB.SY",
        "DSB.LD",
        "DSB.ST",
        "DSB.ISH",
        "DSB.ISHLD",
        "DSB.ISHST",
        "DSB.NSH",
        "DSB.NSHLD",
        "DSB.NSHST",
        "DSB.OSH",
        "DSB.OSHLD",
        "DSB.OSHST",
    ],
    empty: &[
        "S",
        "T",
        "GCS",
        "AF",
        "DB",
        "MMU",
        "D-MMU",
        "Translation",
        "AccessFlag",
        "Permission",
        "TagCheck",
        "SVC",
        "UndefinedInstruction",
        "TLBI",
        "TLBIIS",
        "TLBInXS",
        "DC.CVAC",
        "DC.CVAU",
        "DC.CIVAC",
        "DC.IVAC",
        "DC.ZVA",
        "IC.IALLU",
        "IC.IALLUIS",
        "IC.IVAU",
    ],
};
