//! Mnemonics that the architecture has and litmuscope does not model.

/// Families by whole mnemonics.
const WORDS: [(&str, &[&str]); 8] = [
    (
        "a system instruction",
        &[
            "ERET", "HVC", "SMC", "BRK", "HLT", "DCPS1", "DCPS2", "DCPS3", "DRPS", "SYS", "SYSL", "SYSP",
            "TLBI", "TLBIP", "AT", "DC", "IC", "CFP", "CPP", "DVP", "COSP", "MRRS", "MSRR", "TCOMMIT",
            "TSTART", "TTEST", "TCANCEL", "WFET", "WFIT", "TRCIT", "TSB", "PSB", "SB", "PSSBB", "SSBB",
            "CLRBHB", "GCSB", "GCSPUSHM", "GCSPOPM", "GCSSS1", "GCSSS2", "GCSSTR", "GCSSTTR",
        ],
    ),
    ("an address relative to a page", &["ADRP"]),
    (
        "unprivileged access (LDTR, STTR and their relatives)",
        &[
            "LDTR", "LDTRB", "LDTRH", "LDTRSB", "LDTRSH", "LDTRSW", "STTR", "STTRB", "STTRH", "LDTXR",
            "STTXR", "LDATXR", "STLTXR", "SWPT", "SWPTA", "SWPTL", "SWPTAL", "CAST", "CASAT", "CASLT",
            "CASALT",
        ],
    ),
    (
        "memory tagging (MTE)",
        &[
            "STG", "ST2G", "STZG", "STZ2G", "STGP", "LDG", "STGM", "LDGM", "STZGM", "IRG", "GMI", "ADDG",
            "SUBG", "SUBP", "SUBPS",
        ],
    ),
    (
        "64-byte and 128-byte accesses",
        &[
            "LD64B", "ST64B", "ST64BV", "ST64BV0", "SWPP", "SWPPA", "SWPPL", "SWPPAL", "LDCLRP", "LDCLRPA",
            "LDCLRPL", "LDCLRPAL", "LDSETP", "LDSETPA", "LDSETPL", "LDSETPAL", "RCWCAS", "RCWSWP", "RCWSET",
            "RCWCLR",
        ],
    ),
    (
        "memory copy and set (MOPS)",
        &[
            "CPYP", "CPYM", "CPYE", "CPYFP", "CPYFM", "CPYFE", "SETP", "SETM", "SETE", "SETGP", "SETGM",
            "SETGE",
        ],
    ),
    (
        "checksums and flag manipulation",
        &[
            "CRC32B", "CRC32H", "CRC32W", "CRC32X", "CRC32CB", "CRC32CH", "CRC32CW", "CRC32CX", "RMIF",
            "SETF8", "SETF16", "CFINV", "AXFLAG", "XAFLAG",
        ],
    ),
    (
        "Neon, floating point or SVE",
        &[
            "MOVI", "MVNI", "DUP", "INS", "UMOV", "SMOV", "ADDV", "ADDP", "ZIP1", "ZIP2", "UZP1", "UZP2",
            "TRN1", "TRN2", "TBL", "TBX", "EXT", "BSL", "BIT", "BIF", "MLA", "MLS", "SHL", "SSHL", "USHL",
            "SSHR", "USHR", "XTN", "CMEQ", "CMGE", "CMGT", "CMHI", "CMHS", "CMLE", "CMLT", "CMTST", "SCVTF",
            "UCVTF", "PTRUE", "PFALSE", "WHILELT", "WHILELE", "WHILELO", "WHILELS", "INDEX", "CNTB", "CNTH",
            "CNTW", "CNTD", "INCB", "INCH", "INCW", "INCD", "RDVL", "RDFFR", "SETFFR", "SMSTART", "SMSTOP",
            "ZERO", "MOVA", "UADDV", "SADDV", "MOVPRFX", "SEL", "PRFB", "PRFH", "PRFW", "PRFD", "DECB",
            "DECH", "DECW", "DECD",
        ],
    ),
];

/// Families by how the mnemonic begins. Tried after the whole mnemonics.
const PREFIXES: [(&str, &[&str]); 3] = [
    (
        "pointer authentication (PAC)",
        &[
            "PAC", "AUT", "XPAC", "BRAA", "BRAB", "BLRAA", "BLRAB", "RETAA", "RETAB", "ERETA", "LDRAA",
            "LDRAB",
        ],
    ),
    (
        "Neon, floating point or SVE",
        &[
            "FADD", "FSUB", "FMUL", "FDIV", "FMOV", "FCMP", "FCCMP", "FCVT", "FSQRT", "FABS", "FNEG",
            "FMADD", "FMSUB", "FNM", "FMAX", "FMIN", "FRINT", "FCSEL", "FMLA", "FMLS", "FRECP", "FRSQRT",
            "FCM", "LD1", "LD2", "LD3", "LD4", "ST1", "ST2", "ST3", "ST4", "LDFF1", "LDNF1", "LDNT1",
            "STNT1", "LDAP1", "STL1", "SQ", "UQ", "SHADD", "UHADD", "SABD", "UABD", "SABA", "UABA", "PMUL",
            "AES", "SHA1", "SHA256", "SHA512", "BF16", "BFDOT", "BFMLAL", "BFMMLA", "SDOT", "UDOT", "SMMLA",
            "UMMLA",
        ],
    ),
    (
        "a Morello instruction",
        &["SCVALUE", "SCBNDS", "SCPERM", "CSEAL", "CHK", "GCVALUE", "LDCT", "STCT", "CLRTAG"],
    ),
];

/// The family of a mnemonic in upper case.
pub fn family(upper: &str) -> Option<&'static str> {
    // Vector arrangements may follow a dot.
    let stem = upper.split('.').next().unwrap_or(upper);
    let word = WORDS.iter().find(|(_, words)| words.contains(&stem)).map(|(family, _)| *family);
    let prefix = || PREFIXES.iter().find(|(_, stems)| stems.iter().any(|s| stem.starts_with(s)));
    word.or_else(|| prefix().map(|(family, _)| *family))
}
