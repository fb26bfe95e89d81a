//! System registers that live in memory under nested virtualisation (`Variant=NV2`).
//!
//! With `FEAT_NV2` and `HCR_EL2.{NV,NV1,NV2}` set, a guest hypervisor's moves to and from these registers are
//! loads and stores of 64 bits at the address in `VNCR_EL2` plus an offset (Arm ARM, D8.11 "Enhanced support
//! for nested virtualization", table of the offsets from `VNCR_EL2`). Nothing else of that feature is
//! modelled. A move to `VNCR_EL2` itself is such a store, too: only the initial state sets its real value.

/// A register that lives in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemRegister {
    /// Its name.
    pub name: &'static str,
    /// Bytes from the address in `VNCR_EL2`.
    pub offset: u16,
    /// `op0`, `op1`, `CRn`, `CRm`, `op2` of its moves.
    pub encoding: [u16; 5],
}

const fn register(name: &'static str, offset: u16, encoding: [u16; 5]) -> SystemRegister {
    SystemRegister { name, offset, encoding }
}

/// The registers by offset.
static IN_MEMORY: [SystemRegister; 35] = [
    register("VTTBR_EL2", 0x020, [3, 4, 2, 1, 0]),
    register("VTCR_EL2", 0x040, [3, 4, 2, 1, 2]),
    register("VMPIDR_EL2", 0x050, [3, 4, 0, 0, 5]),
    register("CNTVOFF_EL2", 0x060, [3, 4, 14, 0, 3]),
    register("HCR_EL2", 0x078, [3, 4, 1, 1, 0]),
    register("HSTR_EL2", 0x080, [3, 4, 1, 1, 3]),
    register("VPIDR_EL2", 0x088, [3, 4, 0, 0, 0]),
    register("TPIDR_EL2", 0x090, [3, 4, 13, 0, 2]),
    register("HCRX_EL2", 0x0a0, [3, 4, 1, 2, 2]),
    register("VNCR_EL2", 0x0b0, [3, 4, 2, 2, 0]),
    register("CPACR_EL1", 0x100, [3, 0, 1, 0, 2]),
    register("CONTEXTIDR_EL1", 0x108, [3, 0, 13, 0, 1]),
    register("SCTLR_EL1", 0x110, [3, 0, 1, 0, 0]),
    register("ACTLR_EL1", 0x118, [3, 0, 1, 0, 1]),
    register("TCR_EL1", 0x120, [3, 0, 2, 0, 2]),
    register("AFSR0_EL1", 0x128, [3, 0, 5, 1, 0]),
    register("AFSR1_EL1", 0x130, [3, 0, 5, 1, 1]),
    register("ESR_EL1", 0x138, [3, 0, 5, 2, 0]),
    register("MAIR_EL1", 0x140, [3, 0, 10, 2, 0]),
    register("AMAIR_EL1", 0x148, [3, 0, 10, 3, 0]),
    register("MDSCR_EL1", 0x158, [2, 0, 0, 2, 2]),
    register("SPSR_EL1", 0x160, [3, 0, 4, 0, 0]),
    register("SCXTNUM_EL1", 0x188, [3, 0, 13, 0, 7]),
    register("TFSR_EL1", 0x190, [3, 0, 5, 6, 0]),
    register("ZCR_EL1", 0x1e0, [3, 0, 1, 2, 0]),
    register("TTBR0_EL1", 0x200, [3, 0, 2, 0, 0]),
    register("TTBR1_EL1", 0x210, [3, 0, 2, 0, 1]),
    register("FAR_EL1", 0x220, [3, 0, 6, 0, 0]),
    register("ELR_EL1", 0x230, [3, 0, 4, 0, 1]),
    register("SP_EL1", 0x240, [3, 4, 4, 1, 0]),
    register("VBAR_EL1", 0x250, [3, 0, 12, 0, 0]),
    register("TCR2_EL1", 0x270, [3, 0, 2, 0, 3]),
    register("PIR_EL1", 0x2a0, [3, 0, 10, 2, 3]),
    register("VDISR_EL2", 0x500, [3, 4, 12, 1, 1]),
    register("VSESR_EL2", 0x508, [3, 4, 5, 2, 3]),
];

/// The register called `word`, in any case.
pub fn in_memory(word: &str) -> Option<&'static SystemRegister> {
    IN_MEMORY.iter().find(|register| register.name.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_have_places_and_encodings_of_their_own() {
        for (index, register) in IN_MEMORY.iter().enumerate() {
            assert_eq!(register.offset % 8, 0, "{}", register.name);
            for later in &IN_MEMORY[index + 1..] {
                assert!(register.offset < later.offset, "{} {}", register.name, later.name);
                assert_ne!(register.encoding, later.encoding, "{} {}", register.name, later.name);
            }
        }
    }
}
