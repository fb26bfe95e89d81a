//! The models that belong to no architecture, in the cat language.

/// Every model by its name.
pub const ALL: [(&str, &str); 3] = [("sc", SC), ("pso", PSO), ("coherence", COHERENCE)];

/// Sequential consistency.
pub const SC: &str = include_str!("../../models/sc.cat");
/// Partial store order.
pub const PSO: &str = include_str!("../../models/pso.cat");
/// Coherence and atomicity alone.
pub const COHERENCE: &str = include_str!("../../models/coherence.cat");
