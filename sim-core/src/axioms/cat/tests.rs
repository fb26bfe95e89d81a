//! Loading and evaluating models over a small fixed execution.
