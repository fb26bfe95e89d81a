//! The machines by name: which local order a test is run with.

use sim_core::diagnostic::nearest;
use sim_core::order::Order;

/// A machine: one general machine with the local order of an architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// Sequential consistency: every access waits for all earlier ones.
    Sc,
    /// x86-TSO: loads do not wait for earlier stores.
    Tso,
    /// Partial store order: stores to different locations do not wait for each other either.
    Pso,
    /// Armv8-A.
    Armv8,
}

impl Machine {
    /// All of them.
    pub const ALL: [Machine; 4] = [Machine::Sc, Machine::Tso, Machine::Pso, Machine::Armv8];

    /// The name on command lines and in results.
    pub fn name(self) -> &'static str {
        match self {
            Machine::Sc => "sc",
            Machine::Tso => "tso",
            Machine::Pso => "pso",
            Machine::Armv8 => "armv8",
        }
    }

    /// The machine called `name`, or an alias of it.
    ///
    /// # Errors
    /// A sentence that says which names there are.
    pub fn named(name: &str) -> Result<Machine, String> {
        match name.to_ascii_lowercase().as_str() {
            "sc" => Ok(Machine::Sc),
            "tso" | "x86tso" | "x86-tso" => Ok(Machine::Tso),
            "pso" => Ok(Machine::Pso),
            "armv8" | "aarch64" | "arm" => Ok(Machine::Armv8),
            _ => {
                let all = Machine::ALL.map(Machine::name);
                let hint = nearest(name, all).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
                Err(format!("there is no machine `{name}`{hint} (machines: {})", all.join(", ")))
            }
        }
    }

    /// The machine of an architecture.
    pub fn of(arch: &str) -> Machine {
        if arch == "AArch64" { Machine::Armv8 } else { Machine::Tso }
    }

    /// Its local order.
    pub fn order(self) -> Order {
        match self {
            Machine::Sc => Order::sc(),
            Machine::Tso => isa_x86tso::order(),
            Machine::Pso => Order::pso(),
            Machine::Armv8 => isa_armv8::order(),
        }
    }
}
