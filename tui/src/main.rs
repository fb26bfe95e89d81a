//! The program `litmuscope`.

fn main() {}
