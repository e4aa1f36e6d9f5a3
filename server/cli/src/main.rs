//! The `redlua` command.
fn main() {}
