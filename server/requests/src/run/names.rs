//! The names of the commands that lenses and actions offer.

/// Runs a script or a function.
pub const RUN: &str = "redlua.run";
/// Runs the examples of a document.
pub const RUN_EXAMPLES: &str = "redlua.runExamples";
/// Empties the keyspace that a document's runs share.
pub const RESET_KEYSPACE: &str = "redlua.resetKeyspace";
/// Writes the reply of the embedded engine into an example.
pub const UPDATE_EXAMPLE: &str = "redlua.updateExample";
/// Shows a script with its includes pasted.
pub const SHOW_ASSEMBLED: &str = "redlua.showAssembled";
/// Shows what a script does as a whole.
pub const SHOW_SUMMARY: &str = "redlua.showSummary";
/// Shows the page of a rule, a command or a function.
pub const EXPLAIN: &str = "redlua.explain";
